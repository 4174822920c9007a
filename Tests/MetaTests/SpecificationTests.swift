import Testing

/// Every numbered sentence of the specifications is proved by a test that names it.
@Suite struct SpecificationTests {
    /// Ids of the sentences that a line of Specs/*.md begins with: `- **E-12** …`, `**E-12**: …`, `| E-12 | …`.
    static let sentences: [(id: String, path: String)] = Repository.paths(under: "Specs/", endingIn: ".md").flatMap { path in
        DocumentTests.prose(of: path).compactMap { line in
            line.firstMatch(of: /^\s*(?:[-*|]\s+)?(?:\*\*|`)?([A-Z]{1,2}-[0-9]+)\b/).map { (String($0.1), path) }
        }
    }

    /// Sentences that the code of a test names. A comment may name what it likes: it proves nothing.
    static let named: Set<String> = {
        var ids: Set<String> = []
        for path in Repository.paths(under: "Tests/", endingIn: ".swift") where !path.hasPrefix("Tests/MetaTests/") {
            ids.formUnion(named(in: Repository.text(path) ?? ""))
        }
        return ids
    }()

    /// Those in the name of a test, which is a sentence, in the title of a `@Test`, and in a literal that is nothing but an
    /// id: the data of a case, which says what sentence it is of.
    static func named(in source: String) -> Set<String> {
        var ids: Set<String> = []
        /// Behind a `@Test`, until its function comes; its title may stand at the beginning of the next line.
        var (isBeforeFunction, isBeforeTitle) = (false, false)
        for line in SwiftCode(source, keepingLiterals: true).lines where line.utf8.contains(where: { $0 != UInt8(ascii: " ") }) {
            if isBeforeTitle, let title = line.firstMatch(of: /^\s*"((?:[^"\\]|\\.)*)"/) { ids.formUnion(Self.ids(in: title.1)) }
            isBeforeTitle = false
            if line.contains("@Test") {
                isBeforeFunction = true
                isBeforeTitle = line.hasSuffix("@Test(")
                if let title = line.firstMatch(of: /@Test\("((?:[^"\\]|\\.)*)"/) { ids.formUnion(Self.ids(in: title.1)) }
            }
            if isBeforeFunction, line.contains("func ") {
                if let name = line.firstMatch(of: /\bfunc `([^`]*)`/) { ids.formUnion(Self.ids(in: name.1)) }
                isBeforeFunction = false
            }
            if line.contains("-"), line.contains("\"") {
                for match in line.matches(of: /"([A-Z]{1,2}-[0-9]+)"/) { ids.insert(String(match.1)) }
            }
        }
        return ids
    }

    private static func ids(in text: Substring) -> Set<String> {
        Set(text.matches(of: /\b[A-Z]{1,2}-[0-9]+\b/).map { String($0.0) })
    }

    @Test func `a sentence is named by the code of a test, and not by a comment or by what a literal tells`() {
        let source = """
            /// E-1
            @Test func `a rule (E-2, E-3)`() { #expect(true) } // E-4
            @Test("E-5: another rule", arguments: [("E-6", 1)])
            func another(_ case: (String, Int)) { print("as E-7 says") }
            func `no test of E-8`() {}
            @Test(
                "E-10: a title on a line of its own", arguments: 0..<2)
            func third(_ number: Int) {}
            /* @Test func `a rule that was taken out (E-9)`() */
            """
        #expect(Self.named(in: source) == ["E-2", "E-3", "E-5", "E-6", "E-10"])
    }

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
