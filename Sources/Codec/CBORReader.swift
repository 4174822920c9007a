/// Reads deterministic CBOR and nothing else. (RFC 8949 §4.2.1; Specs/01-encoding.md)
///
/// A cursor over bytes from outside: each method reads one item or throws, never reads past the end, and allocates no
/// more than the bytes that are there. A field-by-field structure uses it directly; `CBORValue` reads any item.
package struct CBORReader: Sendable {
    package let bytes: [UInt8]
    package private(set) var offset: Int

    package init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = min(max(offset, 0), bytes.count)
    }

    package var isAtEnd: Bool { offset == bytes.count }

    /// Throws unless every byte has been read.
    package func end() throws(CBORError) {
        guard isAtEnd else { throw .trailingBytes }
    }

    /// The type of the next item, which is not consumed.
    package func peek() throws(CBORError) -> CBORType {
        guard offset < bytes.count else { throw .truncated }
        switch bytes[offset] {
        case 0x00..<0x20: return .unsigned
        case 0x20..<0x40: return .negative
        case 0x40..<0x60: return .bytes
        case 0x60..<0x80: return .text
        case 0x80..<0xA0: return .array
        case 0xA0..<0xC0: return .map
        case 0xF4, 0xF5: return .bool
        case 0xF6: return .null
        default: throw .unsupportedType
        }
    }

    package mutating func unsigned(max: UInt64 = .max) throws(CBORError) -> UInt64 {
        let value = try head(.unsigned)
        guard value <= max else { throw .outOfRange }
        return value
    }

    /// An unsigned number as a count or a small integer, at most `max`.
    package mutating func count(max: Int) throws(CBORError) -> Int {
        Int(try unsigned(max: UInt64(Swift.max(0, max))))
    }

    /// The n of -1 - n.
    package mutating func negative() throws(CBORError) -> UInt64 { try head(.negative) }

    package mutating func byteString(max: Int = CBORLimits.countMax) throws(CBORError) -> ArraySlice<UInt8> {
        try take(try length(.bytes, max: max))
    }

    package mutating func bytes32() throws(CBORError) -> Bytes32 {
        guard let value = Bytes32(try byteString(max: Bytes32.count)) else { throw .outOfRange }
        return value
    }

    package mutating func bytes16() throws(CBORError) -> Bytes16 {
        guard let value = Bytes16(try byteString(max: Bytes16.count)) else { throw .outOfRange }
        return value
    }

    /// A text of at most `max` bytes of valid UTF-8.
    package mutating func text(max: Int = CBORLimits.countMax) throws(CBORError) -> String {
        let slice = try take(try length(.text, max: max))
        guard let text = String(validating: slice, as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }

    /// The number of items of the array that begins here.
    package mutating func array(max: Int = CBORLimits.countMax) throws(CBORError) -> Int {
        let count = try length(.array, max: max)
        guard count <= bytes.count - offset else { throw .truncated }  // each item takes at least one byte
        return count
    }

    /// Throws unless an array of exactly `count` items begins here.
    package mutating func array(exactly count: Int) throws(CBORError) {
        guard try array() == count else { throw .outOfRange }
    }

    /// The number of pairs of the map that begins here.
    package mutating func map(max: Int = CBORLimits.countMax) throws(CBORError) -> Int {
        let count = try length(.map, max: max)
        guard count <= (bytes.count - offset) / 2 else { throw .truncated }
        return count
    }

    package mutating func bool() throws(CBORError) -> Bool {
        guard try peek() == .bool else { throw .unexpectedType(expected: .bool) }
        defer { offset += 1 }
        return bytes[offset] == 0xF5
    }

    package mutating func null() throws(CBORError) {
        guard try peek() == .null else { throw .unexpectedType(expected: .null) }
        offset += 1
    }

    /// True, and consumed, if the next item is null.
    package mutating func nullIfPresent() throws(CBORError) -> Bool {
        guard try peek() == .null else { return false }
        offset += 1
        return true
    }

    /// Reads one item of any type, nested at most `depthMax` deep, checks it whole and returns its bytes. It builds no
    /// tree: four megabytes of nulls cost nothing but the reading.
    package mutating func anyItem(depthMax: Int = CBORLimits.depthMax) throws(CBORError) -> ArraySlice<UInt8> {
        let start = offset
        try skipItem(depthLeft: depthMax)
        return bytes[start..<offset]
    }

    private mutating func skipItem(depthLeft: Int) throws(CBORError) {
        switch try peek() {
        case .unsigned: _ = try unsigned()
        case .negative: _ = try negative()
        case .bytes: _ = try byteString()
        case .text: _ = try text()
        case .bool, .null: offset += 1
        case .array:
            guard depthLeft > 0 else { throw .tooDeep }
            for _ in 0..<(try array()) { try skipItem(depthLeft: depthLeft - 1) }
        case .map:
            guard depthLeft > 0 else { throw .tooDeep }
            var previous: Range<Int>?
            for _ in 0..<(try map()) {
                let start = offset
                try skipItem(depthLeft: depthLeft - 1)
                let key = start..<offset
                if let previous, !bytes[previous].lexicographicallyPrecedes(bytes[key]) { throw .mapKeyOrder }
                previous = key
                try skipItem(depthLeft: depthLeft - 1)
            }
        }
    }

    /// Reads a map with small unsigned keys in ascending order; `field` reads the value of a key or throws
    /// `.unknownField`.
    package mutating func fields(
        _ field: (UInt64, inout CBORReader) throws(CBORError) -> Void
    ) throws(CBORError) {
        var previous: UInt64?
        for _ in 0..<(try map()) {
            let key = try unsigned()
            if let previous, key <= previous { throw .mapKeyOrder }
            previous = key
            try field(key, &self)
        }
    }

    private mutating func length(_ type: CBORType, max: Int) throws(CBORError) -> Int {
        let value = try head(type)
        guard value <= UInt64(Swift.max(0, max)) else { throw .tooLong(limit: max) }
        return Int(value)
    }

    private mutating func take(_ count: Int) throws(CBORError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - offset else { throw .truncated }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    private mutating func head(_ expected: CBORType) throws(CBORError) -> UInt64 {
        guard try peek() == expected else { throw .unexpectedType(expected: expected) }
        let information = bytes[offset] & 0x1F
        switch information {
        case 0..<24:
            offset += 1
            return UInt64(information)
        case 24...27:
            let size = 1 << Int(information - 24)
            guard size < bytes.count - offset else { throw .truncated }
            var value: UInt64 = 0
            for byte in bytes[(offset + 1)...(offset + size)] { value = value << 8 | UInt64(byte) }
            let smallest: UInt64 = [24, 0x100, 0x1_0000, 0x1_0000_0000][Int(information - 24)]
            guard value >= smallest else { throw .notShortest }
            offset += 1 + size
            return value
        case 31: throw .indefiniteLength
        default: throw .unsupportedType
        }
    }
}
