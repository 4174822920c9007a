import Foundation
import Testing

/// The shapes that scripts rely on, and what one site alone does; with and without a running node.
@Suite(.serialized) struct AnswerTests {
    @Test(arguments: [false, true])
    func `one site answers in the shapes that scripts rely on`(withNode: Bool) async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        if withNode {
            let ready = try await siege.start()
            #expect(ready["network"] as? String == "Réseau" && ready["site"] as? String == "Siège")
            #expect(ready["listen"] as? String == siege.address)
            #expect((ready["socket"] as? String)?.isEmpty == false)
        }

        let posted = try await siege.entente("post", "--space", "everyone", "Bonjour à tous 🎉")
        #expect(posted.status == 0, "\(posted.complaint)")
        let id = posted.output.split(separator: "\n").joined()
        #expect(id.count == 64)
        let reply = try await siege.entente(
            "post", "--space", "everyone", "--reply-to", String(id.prefix(8)), "-", "--json", input: "Suite\n")
        let replyID = try #require(try reply.object()["id"] as? String)

        let timeline = try await siege.entente("timeline", "--json").array()
        try #require(timeline.count == 2)
        for item in timeline {
            #expect(
                Set(item.keys) == [
                    "id", "space", "author", "time", "text", "replyTo", "edited", "erased", "hidden", "hiddenBy", "reactions",
                    "concurrent",
                ])
            #expect(item["space"] as? String == "everyone")
            let author = try #require(item["author"] as? [String: Any])
            #expect(author["name"] as? String == "Alice" && (author["id"] as? String)?.count == 64)
            #expect(item["edited"] as? Bool == false && item["erased"] as? Bool == false && (item["reactions"] as? [Any])?.isEmpty == true)
            #expect((item["time"] as? String)?.hasSuffix("Z") == true)
        }
        #expect(timeline.map { $0["id"] as? String } == [id, replyID])
        #expect(timeline.map { $0["text"] as? String } == ["Bonjour à tous 🎉", "Suite"])
        #expect(timeline[0]["replyTo"] is NSNull && timeline[1]["replyTo"] as? String == id)

        let status = try await siege.entente("status", "--json").object()
        #expect(status["network"] as? String == "Réseau" && status["site"] as? String == "Siège")
        #expect((status["entries"] as? Int ?? 0) > 4 && (status["peers"] as? [Any])?.isEmpty == true)
        for space in try #require(status["spaces"] as? [[String: Any]]) {
            #expect(Set(space.keys).isSuperset(of: ["name", "entries", "logs", "fingerprint"]))
        }

        let members = try await siege.entente("members", "--json").array()
        #expect(
            members.contains { $0["name"] as? String == "Alice" && $0["kind"] as? String == "person" && $0["state"] as? String == "active" }
        )
        #expect(members.contains { $0["name"] as? String == "Siège" && $0["kind"] as? String == "site" })
        for member in members {
            #expect(Set(member.keys).isSuperset(of: ["id", "name", "kind", "role", "spaces", "until", "state"]))
        }

        #expect(try await siege.entente("space", "create", "Été").status == 0)
        let spaces = try await siege.entente("space", "list", "--json").array()
        #expect(Set(spaces.compactMap { $0["name"] as? String }).isSuperset(of: ["everyone", "Été"]))

        #expect(try await siege.entente("peers", "--json").array().isEmpty)
        let sync = try await siege.entente("sync", "--wait", "1", "--json")
        #expect(try sync.status == 0 && sync.object()["inSync"] as? Bool == true)

        let verified = try await siege.entente("verify", "--json")
        #expect(try verified.status == 0 && (verified.object()["faults"] as? [Any])?.isEmpty == true, "\(verified.output)")
        if withNode {
            let (status, time) = try await siege.stop()
            #expect(status == 0 && time < .seconds(5))
        }
    }

    @Test func `what is stored can be looked at beside a running node`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let id = try await siege.entente("post", "--space", "everyone", "Regarde").output.split(separator: "\n").joined()
        let entry = try await siege.entente("inspect", "entry", String(id.prefix(10)), "--json").object()
        #expect(entry["id"] as? String == id && entry["kind"] as? String == "post" && entry["visible"] as? Bool == true)
        #expect((entry["body"] as? [String: Any])?["text"] as? String == "Regarde")
        let log = try #require(entry["log"] as? Int)
        let entries = try await siege.entente("inspect", "log", String(log), "--json").array()
        #expect(entries.contains { $0["id"] as? String == id })
        let logs = try await siege.entente("inspect", "logs", "--json").array()
        #expect(logs.contains { $0["log"] as? Int == log && $0["space"] as? String == entry["space"] as? String })
        let heads = try await siege.entente("inspect", "heads", "--json").array()
        #expect(heads.first?["space"] as? String == "registry" && heads.count == 2)
        let registry = try await siege.entente("inspect", "registry", "--json").array()
        #expect(registry.first?["kind"] as? String == "genesis")
        #expect(registry.allSatisfy { $0["space"] as? String == "registry" })
        for arguments in [["inspect", "logs"], ["inspect", "heads"], ["inspect", "registry"], ["inspect", "entry", id]] {
            let outcome = try await Program.run(arguments + ["--dir", siege.directory.path])
            #expect(outcome.status == 0 && !outcome.output.isEmpty)
        }
        #expect(try await siege.entente("inspect", "entry", String(repeating: "0", count: 64)).status == 1)
        #expect(try await siege.entente("inspect", "log", "999").status == 1)
    }

    @Test func `a post cannot reach the reader's terminal`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let text = "a\u{1B}[2Jb\u{202E}c\r\n2026-01-01 00:00  everyone  Bob  (00000000)"
        #expect(try await siege.entente("post", "--space", "everyone", text).status == 0)
        let shown = try await siege.entente("timeline").output
        #expect(shown.contains("a\\u{1B}[2Jb\\u{202E}c"))
        #expect(!shown.unicodeScalars.contains { "\u{1B}\u{202E}\r".unicodeScalars.contains($0) })
        #expect(!shown.split(separator: "\n").contains { $0.hasPrefix("2026-01-01 00:00") })
        let json = try await siege.entente("timeline", "--json")
        #expect(!json.output.unicodeScalars.contains { "\u{1B}\u{202E}\r".unicodeScalars.contains($0) })
        #expect(try json.array().first?["text"] as? String == text)
    }

    @Test func `what is not there is exit code 1`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        for arguments in [
            ["post", "--space", "nowhere", "Bonjour"], ["post", "--space", "everyone", "--as", "Bob", "Bonjour"],
            ["post", "--space", "everyone", "--reply-to", "00000000", "Bonjour"], ["timeline", "--space", "nowhere"],
            ["revoke", "Bob", "--yes"],
            ["invite", "--site", "B", "--role", "site", "--space", "nowhere", "--until", "2030-12-31", "--out", "b.invitation"],
        ] {
            let outcome = try await Program.run(arguments + ["--json", "--dir", siege.directory.path], in: siege.folder.url)
            #expect(outcome.status == 1, "\(arguments): \(outcome.complaint)")
            #expect(Set(try outcome.refusal().keys) == ["error", "why", "hint"])
        }
        #expect(!FileManager.default.fileExists(atPath: siege.folder.file("b.invitation").path))
    }

    @Test func `a network is founded once`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let again = try await siege.entente("init", "--network", "N", "--site", "S", "--member", "M", "--json")
        #expect(again.status == 1)
        #expect(try await siege.entente("status", "--json").object()["network"] as? String == "Réseau")
    }

    @Test func `an invitation is a file of its owner alone, and never overwrites one`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let arguments = ["invite", "--site", "Brest", "--role", "site", "--until", "2030-12-31", "--dir", siege.directory.path]
        let first = try await Program.run(arguments + ["--out", "b.invitation", "--json"], in: siege.folder.url)
        #expect(first.status == 0, "\(first.complaint)")
        #expect(try first.object()["uses"] as? Int == 1)
        let file = siege.folder.file("b.invitation")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let before = try Data(contentsOf: file)
        let second = try await Program.run(arguments + ["--out", "b.invitation"], in: siege.folder.url)
        #expect(second.status == 1)
        #expect(try Data(contentsOf: file) == before)
        let printed = try await Program.run(arguments + ["--out", "-"], in: siege.folder.url)
        #expect(printed.status == 0 && printed.output.split(separator: "\n").count == 1)
    }
}
