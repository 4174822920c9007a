import Testing

@testable import entente

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("Réunion à 10 h 🎉", "Réunion à 10 h 🎉"), ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"), ("\u{07}", "\\u{7}"), ("a\rb", "a\\u{D}b"),
        ("\u{202E}fdp.exe\u{202C}", "\\u{202E}fdp.exe\\u{202C}"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("\u{9B}31m", "\\u{9B}31m"), ("a\nb", "a\\u{A}b"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("\u{7F}", "\\u{7F}"),
    ])
    func `what would move the cursor or reorder a line is spelled out, and nothing else`(text: String, shown: String) {
        #expect(PlainText.line(text) == shown)
    }

    @Test func `every line of a post is indented, so that none passes for ours`() {
        #expect(PlainText.block("one\r\n2026-01-01 forged", indent: "    ") == "    one\\u{D}\n    2026-01-01 forged")
    }

    @Test func `JSON keeps the text whole, and shows no control character either`() {
        let text = "a\u{1B}\u{202E}\"\\\nb🎉"
        #expect(JSON.string(text).line == #""a\u001b\u202e\"\\\nb🎉""#)
    }

    @Test func `an array is one element a line`() {
        #expect(JSON.array([.number(1), .fields(["a": .null])]).document == "[\n1,\n{\"a\":null}\n]")
        #expect(JSON.array([]).document == "[]")
    }
}
