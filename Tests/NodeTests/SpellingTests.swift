import EntenteNode
import Testing

@Suite struct SpellingTests {
    @Test(arguments: [
        ("membrs", "members"), ("Membres", "members"), ("mebmers", "members"), ("revok", "revoke"), ("levae", "leave"),
        ("Nolwen", "Nolwenn"),
    ])
    func `what was mistyped by little is guessed`(typed: String, meant: String) {
        #expect(Spelling.nearest(to: typed, among: ["leave", "members", "revoke", "Nolwenn"]) == meant)
    }

    @Test(arguments: ["", "nonsense", "me", "remembers me"])
    func `what is like nothing is not guessed`(typed: String) {
        #expect(Spelling.nearest(to: typed, among: ["leave", "members", "revoke"]) == nil)
    }

    @Test func `of two that are as near the first is guessed, and of none nothing`() {
        #expect(Spelling.nearest(to: "bab", among: ["bob", "beb"]) == "bob")
        #expect(Spelling.nearest(to: "bob", among: [String]()) == nil)
    }
}
