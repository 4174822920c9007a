import Foundation
import Testing

/// What people read, from the command line; with and without a running node.
@Suite(.serialized) struct ReadingTests {
    @Test("V-31, V-32: conversations, searches and people", arguments: [false, true])
    func reading(withNode: Bool) async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        if withNode { try await siege.start() }
        func post(_ text: String, answering id: String? = nil) async throws -> String {
            let more = id.map { ["--reply-to", String($0.prefix(8))] } ?? []
            let outcome = try await Program.run(
                ["post", "--space", "everyone", text, "--dir", siege.directory.path] + more, in: siege.folder.url)
            #expect(outcome.status == 0, "\(outcome.complaint)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let first = try await post("Réunion sécurité lundi")
        let second = try await post("J'y serai", answering: first)
        _ = try await post("Autre chose")

        let thread = try await siege.entente("thread", String(second.prefix(8)), "--json").array()
        #expect(thread.map { $0["id"] as? String } == [first, second])
        let shown = try await siege.entente("thread", first, "--history").output
        #expect(shown.contains("      J'y serai") && !shown.contains("Autre") && !shown.contains("There is more"))
        let cut = try await siege.entente("thread", second, "--limit", "1").output
        #expect(
            cut.contains("J'y serai") && cut.contains("There is more of this conversation than 1 post.\n") && cut.contains("--limit 1000"))
        #expect(try await siege.entente("thread", second, "--limit", "1", "--json").array().map { $0["more"] as? Bool } == [true])

        for words in [
            ["reunion", "securite"], ["SÉCURITÉ"], ["secur*", "--author", "Alice", "--since", "2020-01-01", "--until", "2099-12-31"],
        ] {
            let outcome = try await Program.run(["search"] + words + ["--json", "--dir", siege.directory.path], in: siege.folder.url)
            #expect(try outcome.array().map { $0["id"] as? String } == [first], "\(words) \(outcome.complaint)")
        }
        let time = try #require(thread.first?["time"] as? String)
        let day = time.prefix(10)
        #expect(try await siege.entente("search", "lundi", "--since", String(day), "--until", String(day), "--json").array().count == 1)
        #expect(try await siege.entente("search", "secur").output == "Nothing was found.\n")
        #expect(try await siege.entente("search", "lundi", "--until", "2020-01-01", "--json").array().isEmpty)
        #expect(try await siege.entente("search", "\"NEAR(\" OR").status == 0)
        #expect(try await siege.entente("search", "!").status == 2)

        let people = try await siege.entente("people", "--json").array()
        #expect(people.contains { $0["name"] as? String == "Alice" })

        let before = try await siege.entente("inspect", "views", "--json").object()
        #expect(before["state"] as? String == "current")
        let rebuilt = try await siege.entente("rebuild")
        #expect(rebuilt.status == 0 && rebuilt.output == "What people read is made again.\n", "\(rebuilt.complaint)")
        let after = try await siege.entente("inspect", "views", "--json").object()
        #expect(NSDictionary(dictionary: before) == NSDictionary(dictionary: after))
    }
}
