/// Reads JSON as RFC 8259 has it, and less: no field twice in one object, bounded in depth. The caller bounds the bytes.
///
/// A person writes configuration by hand, so a fault says the line.
package struct JSONReader {
    /// Arrays and objects, one in the other.
    private static let depthMax = 64

    package struct Fault: Error, Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        /// What was expected, or is wrong, without a full stop.
        package let reason: String
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value that the bytes are.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        var reader = JSONReader(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw reader.fault("the bytes are no UTF-8") }
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.fault("something follows the value") }
        return value
    }

    private func fault(_ reason: String) -> Fault {
        Fault(line: 1 + bytes.prefix(position).count { $0 == UInt8(ascii: "\n") }, reason: reason)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        guard depth < Self.depthMax else { throw fault("it is nested more than \(Self.depthMax) deep") }
        skipSpace()
        guard let byte = next else { throw fault("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
            where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
            throw fault("this is no value of JSON")
        }
    }

    private mutating func object(depth: Int) throws(Fault) -> JSONValue {
        position += 1
        var fields: [JSONValue.Field] = []
        // Names are equal when their bytes are; a String would also equal its other Unicode form.
        var names: Set<[UInt8]> = []
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a name in quotes is missing") }
            let name = try string()
            guard names.insert(Array(name.utf8)).inserted else { throw fault("“\(LogText.line(name))” is there twice") }
            guard take(":") else { throw fault("a colon is missing after “\(LogText.line(name))”") }
            fields.append(.init(name, try value(depth: depth + 1)))
            if take("}") { return .object(fields) }
            guard take(",") else { throw fault("a comma or } is missing") }
        }
    }

    private mutating func array(depth: Int) throws(Fault) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take("]") { return .array([]) }
        while true {
            elements.append(try value(depth: depth + 1))
            if take("]") { return .array(elements) }
            guard take(",") else { throw fault("a comma or ] is missing") }
        }
    }

    private mutating func digits() -> Int {
        let begin = position
        while let byte = next, (48...57).contains(byte) { position += 1 }
        return position - begin
    }

    private mutating func number() throws(Fault) -> JSONValue {
        let begin = position
        if next == UInt8(ascii: "-") { position += 1 }
        let isZero = next == UInt8(ascii: "0")
        let count = digits()
        guard count > 0, !isZero || count == 1 else { throw fault("this is no number") }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            position += 1
            isWhole = false
            guard digits() > 0 else { throw fault("digits are missing after the point") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            isWhole = false
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { throw fault("digits are missing in the exponent") }
        }
        let text = String(decoding: bytes[begin..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw fault("the number is too large") }
        return .real(value)
    }

    private mutating func string() throws(Fault) -> String {
        position += 1
        var out: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): out += Array(String(try escape()).utf8)
            case 0..<0x20: throw fault("a control character stands in a text")
            default: out.append(byte)
            }
        }
        throw fault("a text does not end")
    }

    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        guard let byte = next else { throw fault("a text does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try unit()
            guard (0xD800...0xDBFF).contains(first) else {
                guard let scalar = Unicode.Scalar(first) else { throw fault("half of a character is escaped") }
                return scalar
            }
            guard bytes[position...].starts(with: "\\u".utf8) else { throw fault("half of a character is escaped") }
            position += 2
            let second = try unit()
            guard (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00))
            else { throw fault("half of a character is escaped") }
            return scalar
        default: throw fault("there is no such escape")
        }
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw fault("four digits are missing after \\u")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
