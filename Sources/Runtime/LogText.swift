/// Text from elsewhere, made fit for one line of a terminal or a log.
package enum LogText {
    /// Characters of a text that are shown.
    private static let charactersMax = 300

    /// The text with every character that could steer a terminal, break a line or turn the direction of writing
    /// written as `\u{1B}`; a long one is cut.
    package static func line(_ text: String) -> String {
        var out = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < charactersMax else { return out + "…" }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// Words of a command that a person may type next.
package enum Shell {
    /// The word, in quotes if a shell would read anything in it.
    package static func word(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "./_-:%".utf8.contains(byte)
                }
            }
        return isPlain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
