/// Swift source with the comments and the insides of string literals blanked, so that a word in prose is no use of it.
///
/// A scanner, not a parser: it knows line comments, nested block comments, and plain, raw and multi-line literals.
/// Lines keep their numbers.
struct SwiftCode {
    let lines: [String]

    init(_ source: String) {
        var out: [Character] = []
        let text = Array(source)
        var index = 0
        func at(_ offset: Int) -> Character? { index + offset < text.count ? text[index + offset] : nil }
        func blank(_ count: Int) {
            for character in text[index..<min(text.count, index + count)] { out.append(character.isNewline ? character : " ") }
            index += count
        }
        while index < text.count {
            if at(0) == "/", at(1) == "/" {
                while let character = at(0), !character.isNewline { blank(1) }
            } else if at(0) == "/", at(1) == "*" {
                var depth = 0
                repeat {
                    if at(0) == "/", at(1) == "*" {
                        depth += 1
                        blank(2)
                    } else if at(0) == "*", at(1) == "/" {
                        depth -= 1
                        blank(2)
                    } else {
                        blank(1)
                    }
                } while depth > 0 && index < text.count
            } else if let literal = Self.literal(text, index) {
                blank(literal)
            } else {
                out.append(text[index])
                index += 1
            }
        }
        lines = String(out).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The length of the string literal that begins at `start`, or nil if none does.
    private static func literal(_ text: [Character], _ start: Int) -> Int? {
        var index = start
        while index < text.count, text[index] == "#" { index += 1 }
        let pounds = index - start
        guard index < text.count, text[index] == "\"" else { return nil }
        func has(_ word: String, at place: Int) -> Bool {
            let word = Array(word)
            return place + word.count <= text.count && Array(text[place..<(place + word.count)]) == word
        }
        let quote = has("\"\"\"", at: index) ? "\"\"\"" : "\""
        let end = quote + String(repeating: "#", count: pounds)
        index += quote.count
        while index < text.count, !has(end, at: index) {
            if quote == "\"", text[index].isNewline { break }
            index += pounds == 0 && text[index] == "\\" ? 2 : 1
        }
        return min(text.count, index + end.count) - start
    }
}
