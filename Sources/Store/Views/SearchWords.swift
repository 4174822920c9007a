/// What somebody is looking for: all of the words, in any order. Written by people, so nothing in it is syntax but one sign:
/// a word that ends in `*` finds every word that begins so.
package struct SearchWords: Hashable, Sendable {
    /// Words of one search.
    package static let countMax = 32
    /// Bytes of one search.
    package static let bytesMax = 1024

    /// The words as FTS5 reads them: each in quotes, in which nothing has a meaning. (sqlite.org/fts5.html, section 3.1)
    let expression: String

    /// Nil for a text without a letter or a digit, and for one that is too long.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        var terms: [String] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 } }) {
            // What has no letter and no digit is no word to the index, and a search for it would find nothing.
            guard word.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
            let isPrefix = word.last == "*"
            let quoted = word.split(separator: "\"", omittingEmptySubsequences: true).joined(separator: " ")
            terms.append("\"" + quoted + "\"" + (isPrefix ? "*" : ""))
        }
        guard !terms.isEmpty, terms.count <= Self.countMax else { return nil }
        expression = terms.joined(separator: " ")
    }
}
