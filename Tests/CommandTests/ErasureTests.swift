import Foundation
import Testing

/// What is erased is in no file of any site. The words are searched as bytes, in everything that the directories hold.
@Suite struct ErasureTests {
    static let words = "le-code-du-portail-est-4711"
    /// Words that an index of words keeps as they are, and others that it keeps in lower case.
    static let needles = [words, "xylocope", "ZinzolinQuetsche", "zinzolinquetsche"]

    /// Names of the files of the site that hold the words.
    static func files(of site: Site, with words: String) throws -> [String] {
        let needle = Data(words.utf8)
        return try site.files().filter { try Data(contentsOf: $0).range(of: needle) != nil }.map(\.lastPathComponent).sorted()
    }

    @Test func `what is erased is in no file of the author's site, nor of one that had it (T-22)`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let invitation = try await siege.entente("invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--out", "-")
            .output
        let brest = try Site("Brest")
        let joined = try await brest.entente(
            "join", "-", "--site", "Brest", "--member", "Yann", "--listen", brest.address, "--wait", "30", input: invitation)
        try #require(joined.status == 0, "\(joined.complaint)")
        try await brest.start()

        // One body inside a page, one over many of them, and an edit; with neighbours that stay.
        func post(_ text: String) async throws -> String {
            let outcome = try await siege.entente("post", "--space", "everyone", "-", input: text)
            try #require(outcome.status == 0, "\(outcome.complaint)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        for number in 0..<20 { _ = try await post("Un mot de plus, numéro \(number)") }
        let short = try await post("Attention : \(Self.words), xylocope ZinzolinQuetsche")
        let long = try await post(String(repeating: Self.words + " ", count: 1000))
        let edited = try await post("Bonjour")
        #expect(try await siege.entente("edit", String(edited.prefix(8)), "Bonjour, \(Self.words)").status == 0)
        for number in 0..<20 { _ = try await post("Encore un mot, numéro \(number)") }
        try await brest.eventually("sync", "--wait", "5") { $0.status == 0 }
        // Read back, so that whatever keeps views has them too.
        #expect(try await brest.entente("timeline", "--limit", "100").output.contains(Self.words))
        for site in [siege, brest] {
            #expect(try await site.entente("search", "zinzolinquetsche", "--json").array().count == 1)
            for needle in Self.needles { #expect(try !Self.files(of: site, with: needle).isEmpty, "\(site.name) \(needle)") }
            // In lower case nobody has written it: there it is the index's.
            #expect(try Self.files(of: site, with: "zinzolinquetsche").allSatisfy { $0.hasPrefix("views.db") }, "\(site.name)")
        }

        for id in [short, long, edited] {
            let asked = try await siege.entente("erase", id, "--json")
            #expect(asked.status == 2, "nobody can be asked")
            let outcome = try await siege.entente("erase", String(id.prefix(12)), "--yes", "--json")
            #expect(outcome.status == 0, "\(outcome.complaint)")
            #expect(try outcome.object()["target"] as? String == id)
        }
        #expect(try await siege.entente("erase", short, "--yes", "--json").status == 1)
        try await brest.eventually("timeline", "--limit", "100") { !$0.output.contains(Self.words) }
        for site in [siege, brest] {
            try await Self.eventuallyGone(from: site)
            #expect(try await site.entente("timeline", "--limit", "100").output.contains("numéro 19"))
            #expect(try await site.entente("verify").status == 0)
        }
        // And not after the nodes have ended and begun again.
        for site in [siege, brest] {
            #expect(try await site.stop().status == 0)
            #expect(try Self.holders(at: site) == [], "\(site.name)")
            try await site.start()
            #expect(try Self.holders(at: site) == [], "\(site.name)")
        }
    }

    /// A reader may hold the write-ahead log for a moment.
    private static func eventuallyGone(from site: Site) async throws {
        let end = ContinuousClock.now + .seconds(15)
        while try !holders(at: site).isEmpty, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try holders(at: site) == [], "\(site.name)")
    }

    /// Files that hold any of the words, in the form in which they were written or in an index's.
    private static func holders(at site: Site) throws -> [String] {
        try needles.flatMap { needle in try files(of: site, with: needle).map { "\($0): \(needle)" } }
    }

    @Test func `erase says what it would destroy, and does nothing until somebody says yes`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let id = try await siege.entente("post", "--space", "everyone", "Une bêtise").output.split(separator: "\n").joined()
        let preview = try await siege.entente("erase", id, "--dry-run")
        #expect(preview.status == 0 && preview.output.contains("cannot be taken back"))
        #expect(try await siege.entente("timeline").output.contains("Une bêtise"))
        #expect(try await siege.entente("erase", id).status == 2)
        #expect(try await siege.entente("timeline").output.contains("Une bêtise"))
        #expect(try await siege.entente("erase", id, "--yes").status == 0)
        #expect(try await !siege.entente("timeline").output.contains("Une bêtise"))
    }

    @Test func `edit, react, hide and unhide answer in words and in JSON, and refuse with what to do next`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let id = try await siege.entente("post", "--space", "everyone", "Bonjour").output.split(separator: "\n").joined()
        let short = String(id.prefix(8))
        #expect(try await siege.entente("edit", short, "-", input: "Bonjour à tous\n").output == "Edited post \(short) in everyone.\n")
        let reaction = try await siege.entente("react", short, "👍", "--json").object()
        #expect(reaction["kind"] as? String == "reaction" && reaction["target"] as? String == id)
        #expect(try await siege.entente("react", short, "👍", "--json").refusal()["hint"]?.contains("--undo") == true)
        #expect(try await siege.entente("react", short, "👍", "--undo").output == "Took 👍 back from post \(short) in everyone.\n")
        #expect(try await siege.entente("hide", short).output.contains("entente unhide \(short)"))
        #expect(try await siege.entente("hide", short).status == 1)
        for command in [["timeline"], ["thread", short], ["search", "bonjour"]] {
            let shown = try await Program.run(command + ["--dir", siege.directory.path], in: siege.folder.url).output
            #expect(!shown.contains("Bonjour à tous"), "\(command)")
            let hidden = try await Program.run(command + ["--hidden", "--dir", siege.directory.path], in: siege.folder.url).output
            #expect(hidden.contains("    [hidden by Alice]\n    Bonjour à tous\n"), "\(command): \(hidden)")
            let json = try await Program.run(command + ["--hidden", "--json", "--dir", siege.directory.path], in: siege.folder.url).array()
            #expect((json.first?["hiddenBy"] as? [[String: Any]])?.first?["name"] as? String == "Alice")
        }
        #expect(try await siege.entente("unhide", short).output == "Post \(short) in everyone is shown again.\n")
        #expect(try await siege.entente("edit", short, " ").status == 2)
        #expect(try await siege.entente("edit", "0123", "x").status == 2)
        #expect(try await siege.entente("edit", "00000000", "x").status == 1)
    }
}
