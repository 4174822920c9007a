import Testing

/// Every numbered sentence of the specifications is proved by a test that names it.
@Suite struct SpecificationTests {
    /// Ids of the sentences that a line of Specs/*.md begins with: `- **E-12** …`, `**E-12**: …`, `| E-12 | …`.
    static let sentences: [(id: String, path: String)] = Repository.paths(under: "Specs/", endingIn: ".md").flatMap { path in
        DocumentTests.prose(of: path).compactMap { line in
            line.firstMatch(of: /^\s*(?:[-*|]\s+)?(?:\*\*|`)?([A-Z]{1,2}-[0-9]+)\b/).map { (String($0.1), path) }
        }
    }

    static let named: Set<String> = {
        var ids: Set<String> = []
        for path in Repository.paths(under: "Tests/", endingIn: ".swift") where !path.hasPrefix("Tests/MetaTests/") {
            for match in (Repository.text(path) ?? "").matches(of: /\b[A-Z]{1,2}-[0-9]+\b/) { ids.insert(String(match.0)) }
        }
        return ids
    }()

    @Test func `every numbered sentence is named by a test`() {
        let without = Self.sentences.filter { !Self.named.contains($0.id) && Self.exempted[$0.id] == nil }
        #expect(without.map { "\($0.path): \($0.id)" } == [])
    }

    @Test func `no two sentences have one number`() {
        let ids = Self.sentences.map(\.id).sorted()
        #expect(zip(ids, ids.dropFirst()).filter { $0 == $1 }.map(\.0) == [])
    }

    @Test func `an exemption has a reason, and a sentence that no test names`() {
        let known = Set(Self.sentences.map(\.id))
        for (id, reason) in Self.exempted.sorted(by: { $0.key < $1.key }) {
            #expect(!reason.isEmpty && known.contains(id) && !Self.named.contains(id), "\(id)")
        }
    }
}
