/// Swift source with the comments and the insides of string literals blanked, so that a word in prose is no use of it.
///
/// A scanner, not a parser: it knows line comments, nested block comments, and plain, raw and multi-line literals.
/// Lines keep their numbers.
struct SwiftCode {
    let lines: [String]

    /// The sources and tests of this repository, each scanned once.
    static let all: [String: SwiftCode] = {
        var out: [String: SwiftCode] = [:]
        for path in Repository.paths where path.hasSuffix(".swift") { out[path] = SwiftCode(Repository.text(path) ?? "") }
        return out
    }()

    static func of(_ path: String) -> SwiftCode { all[path] ?? SwiftCode("") }

    /// - Parameter keepingLiterals: with it the comments alone are blanked.
    init(_ source: String, keepingLiterals: Bool = false) {
        let text = Array(source.utf8)
        var out = text
        var index = 0
        let (slash, star) = (UInt8(ascii: "/"), UInt8(ascii: "*"))
        func has(_ first: UInt8, _ second: UInt8, at place: Int) -> Bool {
            place + 1 < text.count && text[place] == first && text[place + 1] == second
        }
        func blank(to end: Int) {
            for place in index..<min(end, text.count) where text[place] != UInt8(ascii: "\n") { out[place] = UInt8(ascii: " ") }
            index = min(end, text.count)
        }
        while index < text.count {
            switch text[index] {
            case slash where has(slash, slash, at: index):
                blank(to: text[index...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count)
            case slash where has(slash, star, at: index):
                var (depth, end) = (1, index + 2)
                while depth > 0, end < text.count {
                    let step = has(slash, star, at: end) ? 1 : has(star, slash, at: end) ? -1 : 0
                    depth += step
                    end += step == 0 ? 1 : 2
                }
                blank(to: end)
            case UInt8(ascii: "\""), UInt8(ascii: "#"):
                let end = Self.endOfLiteral(text, index)
                if let end, keepingLiterals { index = end } else if let end { blank(to: end) } else { index += 1 }
            default: index += 1
            }
        }
        lines = String(decoding: out, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func has(_ word: [UInt8], in text: [UInt8], at place: Int) -> Bool {
        place + word.count <= text.count && text[place..<(place + word.count)].elementsEqual(word)
    }

    /// Where the string literal that begins at `start` ends, or nil if none begins there.
    private static func endOfLiteral(_ text: [UInt8], _ start: Int) -> Int? {
        var index = start
        while index < text.count, text[index] == UInt8(ascii: "#") { index += 1 }
        let pounds = index - start
        guard index < text.count, text[index] == UInt8(ascii: "\"") else { return nil }
        let three = [UInt8](repeating: UInt8(ascii: "\""), count: 3)
        let quote = has(three, in: text, at: index) ? three : [UInt8(ascii: "\"")]
        let end = quote + [UInt8](repeating: UInt8(ascii: "#"), count: pounds)
        index += quote.count
        while index < text.count, !has(end, in: text, at: index) {
            if quote.count == 1, text[index] == UInt8(ascii: "\n") { break }
            index += pounds == 0 && text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(text.count, index + end.count)
    }
}
