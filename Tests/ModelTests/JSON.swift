/// The little JSON that the vectors are written in: fields in the order given, ASCII, one vector a line.
///
/// Foundation's writer is not asked, so that the bytes of a vector file are the same with every release of it.
indirect enum JSON {
    case text(String)
    case number(UInt64)
    case bool(Bool)
    case null
    case list([JSON])
    case fields([(String, JSON)])

    /// On one line.
    var line: String {
        switch self {
        case .text(let text): JSON.quoted(text)
        case .number(let number): String(number)
        case .bool(let bool): String(bool)
        case .null: "null"
        case .list(let items): "[" + items.map(\.line).joined(separator: ", ") + "]"
        case .fields(let fields): "{" + fields.map { JSON.quoted($0.0) + ": " + $0.1.line }.joined(separator: ", ") + "}"
        }
    }

    /// A file: the outermost lists have one item a line.
    static func file(_ sections: [(String, JSON)]) -> String {
        let parts = sections.map { name, value in
            guard case .list(let items) = value else { return quoted(name) + ": " + value.line }
            return quoted(name) + ": [\n" + items.map(\.line).joined(separator: ",\n") + "\n]"
        }
        return "{\n" + parts.joined(separator: ",\n") + "\n}\n"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22, 0x5C: out += "\\" + String(UnicodeScalar(UInt8(unit)))
            case 0x20..<0x7F: out += String(UnicodeScalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return out + "\""
    }
}
