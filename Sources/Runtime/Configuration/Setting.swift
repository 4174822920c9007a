import EntenteModel

/// One thing that an operator may set: its name, what it may be, and what it is where nobody says.
///
/// This is the one declaration: reading, checking, `entente config` and the table of Docs/Configuration.md follow it.
package struct Setting: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// `HOST:PORT`.
        case address
        /// A path, from where the program runs unless it begins with `/`.
        case path
        /// A name of one line.
        case name
        case choice([String])
        /// The id of an entry: 64 hexadecimal digits.
        case entry
        /// A whole number in a range, of a unit.
        case count(ClosedRange<Int>, unit: String)
    }

    /// The section and the name in it, with a dot between: as in the file, `{"section": {"name": …}}`.
    package let key: String
    package let kind: Kind
    /// Nil: nothing is set, and `standardWords` says what holds then.
    package let standard: SettingValue?
    package let standardWords: String
    /// One sentence, without a full stop.
    package let summary: String

    init(_ key: String, _ kind: Kind, standard: SettingValue?, words: String = "", _ summary: String) {
        self.key = key
        self.kind = kind
        self.standard = standard
        standardWords = words.isEmpty ? standard?.text ?? "" : words
        self.summary = summary
    }

    /// `ENTENTE_NETWORK_INBOUND_MAX` for `network.inboundMax`.
    package var environmentName: String {
        var out = "ENTENTE_"
        for scalar in key.unicodeScalars {
            switch scalar {
            case ".": out += "_"
            case "A"..."Z": out += "_" + String(scalar)
            default: out += String(scalar).uppercased()
            }
        }
        return out
    }

    /// What it may be, as words: "16 to 4096 connections".
    package var range: String {
        switch kind {
        case .address: "`HOST:PORT`"
        case .path: "a path"
        case .name: "a name"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .entry: "the id of an entry"
        case .count(let range, let unit): "\(range.lowerBound) to \(range.upperBound) \(unit)"
        }
    }

    /// The value, if it is one that this setting may have; otherwise what it has to be.
    package func check(_ value: SettingValue) -> Result<SettingValue, Wrong> {
        switch (kind, value) {
        case (.address, .text(let text)) where HostPort(text) != nil: .success(value)
        case (.path, .text(let text)) where !text.isEmpty && !text.utf8.contains(0) && text.utf8.count <= Self.textBytesMax: .success(value)
        case (.name, .text(let text)) where !text.isEmpty && text.utf8.count <= Self.textBytesMax && LogText.line(text) == text:
            .success(value)
        case (.choice(let words), .text(let text)) where words.contains(text): .success(value)
        case (.entry, .text(let text)) where EntryID(hex: text) != nil: .success(value)
        case (.count(let range, _), .count(let count)) where range.contains(count): .success(value)
        default: .failure(Wrong(expected: range.replacing("`", with: "")))
        }
    }

    /// Bytes of a path or a name: what the system takes for a path.
    private static let textBytesMax = 4096

    package struct Wrong: Error, Hashable, Sendable {
        package let expected: String
    }
}

package enum SettingValue: Hashable, Sendable {
    case text(String)
    case count(Int)

    package var text: String {
        switch self {
        case .text(let text): text
        case .count(let count): String(count)
        }
    }

    package var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .count(let count): .integer(Int64(count))
        }
    }
}
