import Foundation
import Testing

/// What `import` says is written is written, and what it refuses is named with its line.
@Suite struct ImportTests {
    static func line(_ fields: [String: String]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys]), as: UTF8.self)
    }

    @Test func `what one network exports another one imports, replies and order included`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        func post(_ text: String, _ more: String...) async throws -> String {
            let outcome = try await Program.run(
                ["post", "--space", "everyone", "-", "--dir", siege.directory.path] + more, input: Data(text.utf8))
            try #require(outcome.status == 0, "\(outcome.complaint)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let question = try await post("Où en est le chantier ?\nDeux lignes, “guillemets” et 👷🏽‍♀️")
        _ = try await post("Ça avance", "--reply-to", question)
        let gone = try await post("À oublier")
        #expect(try await siege.entente("edit", question, "Où en est-on ?").status == 0)
        #expect(try await siege.entente("erase", gone, "--yes").status == 0)
        let exported = try await siege.entente("export", "--space", "everyone")
        #expect(exported.status == 0)
        let lines = exported.output.split(separator: "\n")
        #expect(lines.count == 2 && !exported.output.contains("oublier"))

        let other = try await Site.founding("Atelier", member: "Alice")
        let imported = try await other.entente("import", "-", "--json", input: exported.output)
        #expect(imported.status == 0, "\(imported.complaint)")
        #expect(try imported.object()["written"] as? Int == 2)
        let again = try await other.entente("export").output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(again.map { $0["text"] as? String } == ["Où en est-on ?", "Ça avance"])
        #expect(again.last?["replyTo"] as? String == again.first?["id"] as? String)
        #expect(again.first?["id"] as? String != question)
    }

    @Test func `a line that is wrong is named with its number, and does not hinder the others`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let file = siege.folder.file("posts.jsonl")
        let lines = [
            try Self.line(["author": "Alice", "space": "everyone", "text": "premier"]), "no JSON", "",
            try Self.line(["author": "Eve", "space": "everyone", "text": "pas d’ici"]),
            try Self.line(["author": "Alice", "space": "nulle part", "text": "perdu"]),
            try Self.line(["author": "Alice", "space": "everyone", "text": ""]),
            try Self.line(["author": "Alice", "space": "everyone", "text": String(repeating: "é", count: 70_000)]),
            try Self.line(["space": "everyone", "text": "anonyme"]),
            try Self.line(["author": "Alice", "space": "everyone", "text": "réponse à rien", "replyTo": "0123456789abcdef"]),
            try Self.line(["author": "Alice", "space": "everyone", "text": "dernier", "time": "2020-05-06T07:08:09.000Z"]),
            try Self.line(["author": "Alice", "space": "everyone", "text": "quand ?", "time": "hier"]),
            try Self.line(["author": "Alice", "space": "everyone", "text": "à qui ?", "reply_to": "0123456789abcdef"]),
            #"{"author":"Alice","space":"everyone","text":"un","text":"deux"}"#,
            #"{"author":"Alice","space":"everyone","text":7}"#,
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        let outcome = try await siege.entente("import", file.path, "--dated")
        #expect(outcome.status == 1)
        #expect(outcome.output == "2 posts written, 11 refused.\n")
        let complaints = outcome.complaint.split(separator: "\n").map(String.init)
        #expect(complaints.compactMap { Int($0.dropFirst(5).prefix { $0 != ":" }) } == [2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14])
        #expect(complaints.contains { $0.contains("“hier” is no time: it is written like 2026") })
        #expect(complaints.contains { $0.contains("no post has a field “reply_to”: there are author") })
        #expect(complaints.contains { $0.contains("“text” is there twice") })
        #expect(complaints.contains { $0.contains("“text” has to be a text, and is a number") })
        let timeline = try await siege.entente("timeline").output
        #expect(timeline.contains("    premier\n") && timeline.contains("    [2020-05-06 07:08] dernier\n"))
        let nowhere = try await siege.entente("import", "nowhere.jsonl")
        #expect(
            nowhere.status == 2 && nowhere.complaint.contains("nowhere.jsonl cannot be read")
                && nowhere.complaint.contains("no file of that name"))
        let folder = try await siege.entente("import", "/")
        #expect(folder.status == 2 && folder.complaint.contains("It is a folder"))
        // Who signs for all is wrong for all: once, and nothing is written.
        let nobody = try await siege.entente("import", file.path, "--as", "Nobody")
        #expect(nobody.status == 1 && nobody.complaint.contains("were not written") && nobody.output.isEmpty)
        #expect(nobody.complaint.components(separatedBy: "Nobody").count <= 4, "\(nobody.complaint)")
        #expect(try await siege.entente("timeline").output == timeline)
    }

    @Test func `an import of thousands of lines goes in pieces, beside a running node, and nothing is lost or doubled`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let lines = try (0..<1500).map { try Self.line(["author": "x", "space": "everyone", "text": "message \($0)"]) }
        let outcome = try await siege.entente("import", "-", "--as", "Alice", "--json", input: lines.joined(separator: "\n") + "\n")
        #expect(outcome.status == 0, "\(outcome.complaint)")
        siege.kill9()
        try await siege.start()
        let texts = try await siege.entente("export").output.split(separator: "\n").map { line in
            (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["text"] as? String
        }
        #expect(texts == (0..<1500).map { "message \($0)" })
    }

    @Test func `log show names a log by an entry, a device or a number`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let id = try await siege.entente("post", "--space", "everyone", "Bonjour").output.split(separator: "\n").joined()
        let shown = try await siege.entente("log", "show", String(id.prefix(8)))
        #expect(shown.status == 0 && shown.output.contains("Bonjour") && shown.output.hasPrefix("Log "))
        let entries = try await siege.entente("log", "show", id, "--json").array()
        let device = try #require(entries.first?["device"] as? String)
        #expect(entries.contains { $0["id"] as? String == id })
        #expect(try await siege.entente("log", "show", String(device.prefix(8)), "--json").array().count >= entries.count)
        #expect(try await siege.entente("log", "show", "1").status == 0)
        #expect(try await siege.entente("log", "show", "00000000").status == 1)
    }
}
