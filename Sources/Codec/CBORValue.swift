/// Any item of deterministic CBOR, as a tree.
///
/// For what has no structure of its own: a body of an unknown kind, the harness, a test. Everything else reads and
/// writes its fields directly.
package indirect enum CBORValue: Hashable, Sendable {
    case unsigned(UInt64)
    /// -1 - n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    /// The pairs in ascending order of the encoded keys.
    case map([Pair])
    case bool(Bool)
    case null

    package struct Pair: Hashable, Sendable {
        package let key: CBORValue
        package let value: CBORValue
        package init(_ key: CBORValue, _ value: CBORValue) {
            self.key = key
            self.value = value
        }
    }

    /// Decodes exactly one item.
    package init(decoding bytes: [UInt8]) throws(CBORError) {
        var reader = CBORReader(bytes)
        self = try CBORValue(&reader)
        try reader.end()
    }

    package init(_ reader: inout CBORReader) throws(CBORError) { try self.init(&reader, depth: 0) }

    private init(_ reader: inout CBORReader, depth: Int) throws(CBORError) {
        switch try reader.peek() {
        case .unsigned: self = .unsigned(try reader.unsigned())
        case .negative: self = .negative(try reader.negative())
        case .bytes: self = .bytes(Array(try reader.byteString()))
        case .text: self = .text(try reader.text())
        case .bool: self = .bool(try reader.bool())
        case .null:
            try reader.null()
            self = .null
        case .array:
            guard depth < CBORLimits.depthMax else { throw .tooDeep }
            var items: [CBORValue] = []
            for _ in 0..<(try reader.array()) { items.append(try CBORValue(&reader, depth: depth + 1)) }
            self = .array(items)
        case .map:
            guard depth < CBORLimits.depthMax else { throw .tooDeep }
            var pairs: [Pair] = []
            var previous: ArraySlice<UInt8>?
            for _ in 0..<(try reader.map()) {
                let start = reader.offset
                let key = try CBORValue(&reader, depth: depth + 1)
                let encoded = reader.bytes[start..<reader.offset]
                if let previous, !previous.lexicographicallyPrecedes(encoded) { throw .mapKeyOrder }
                previous = encoded
                pairs.append(Pair(key, try CBORValue(&reader, depth: depth + 1)))
            }
            self = .map(pairs)
        }
    }

    package func encode(to writer: inout CBORWriter) {
        switch self {
        case .unsigned(let value): writer.unsigned(value)
        case .negative(let value): writer.negative(value)
        case .bytes(let value): writer.byteString(value)
        case .text(let value): writer.text(value)
        case .bool(let value): writer.bool(value)
        case .null: writer.null()
        case .array(let items):
            writer.array(items.count)
            for item in items { item.encode(to: &writer) }
        case .map(let pairs):
            writer.map(pairs.count)
            for pair in pairs {
                pair.key.encode(to: &writer)
                pair.value.encode(to: &writer)
            }
        }
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        encode(to: &writer)
        return writer.bytes
    }
}

/// A structure with one encoding.
package protocol CBORCodable: Sendable {
    init(_ reader: inout CBORReader) throws(CBORError)
    func encode(to writer: inout CBORWriter)
}

extension CBORCodable {
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// Decodes exactly one item and refuses it unless encoding it again gives the same bytes.
    package init(canonical bytes: [UInt8]) throws(CBORError) {
        var reader = CBORReader(bytes)
        try self.init(&reader)
        try reader.end()
        guard encoded == bytes else { throw .notCanonical }
    }
}
