/// Text from other people, made safe to print on a terminal.
enum PlainText {
    /// True for what would move the cursor, colour, ring, hide or reorder: C0, DEL, C1, the line and paragraph
    /// separators, the bidirectional embeddings, overrides and isolates, and what takes no room and so makes two names
    /// look alike. The joiners U+200C and U+200D pass: Persian and many emoji are written with them. All are below U+10000.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }

    /// One line: every unsafe character is written `\u{1B}`.
    static func line(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Several lines, each indented, so that no line of a post passes for a line of ours.
    static func block(_ text: String, indent: String) -> String {
        // Scalars, since CR LF is one character.
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { indent + line(String($0)) }
            .joined(separator: "\n")
    }

    /// Columns aligned by their longest cell, two spaces apart, the last one ragged. Cells are made safe here.
    static func table(_ rows: [[String]], indent: String = "") -> [String] {
        let rows = rows.map { $0.map(line) }
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            var out = indent
            for (column, cell) in row.enumerated() {
                out += cell
                if column < row.count - 1 { out += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return out
        }
    }

    /// `2026-03-01T10:20:30.456Z` as `2026-03-01 10:20`: enough for people; anything else as it is.
    static func minute(_ time: String) -> String {
        let bytes = Array(time.utf8)
        guard bytes.count >= 16, bytes[4] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T") else { return line(time) }
        return line(String(time.prefix(10)) + " " + String(time.dropFirst(11).prefix(5)))
    }

    /// `1 entry`, `2 entries`.
    static func count(_ count: some BinaryInteger, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

    /// The first eight digits of an id.
    static func short(_ id: String) -> String { String(line(id).prefix(8)) }
}
