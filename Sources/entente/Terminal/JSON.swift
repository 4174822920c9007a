/// A JSON value whose fields are written in the order given, so that one answer is always the same bytes.
enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Int64)
    case string(String)
    case array([JSON])
    case object([Field])

    struct Field: Hashable, Sendable {
        let name: String
        let value: JSON
        init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    static func fields(_ fields: KeyValuePairs<String, JSON>) -> JSON { .object(fields.map { Field($0.key, $0.value) }) }
    static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
    static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
    static func count(_ count: some BinaryInteger) -> JSON { .number(Int64(clamping: count)) }

    /// One line, except that the elements of an outermost array have a line each.
    var document: String {
        guard case .array(let elements) = self, !elements.isEmpty else { return line }
        return "[\n" + elements.map(\.line).joined(separator: ",\n") + "\n]"
    }

    /// The value without a line break. Control characters of other people's text are written as escapes, the
    /// bidirectional ones too, so that the text is safe to show and still whole.
    var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): String(value)
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.line).joined(separator: ",") + "]"
        case .object(let fields): "{" + fields.map { Self.quoted($0.name) + ":" + $0.value.line }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where PlainText.isUnsafe(scalar):
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
