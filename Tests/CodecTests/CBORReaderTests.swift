import EntenteCodec
import Testing

/// The reader of a structure's fields: each asks for one type and one bound. The forms themselves are in EncodingTests, on the
/// cases of Specs/vectors/encoding.json. (Specs/01-encoding.md)
@Suite struct CBORReaderTests {
    private func reader(_ hex: String) throws -> CBORReader { CBORReader(try #require(Hex.decode(hex))) }

    @Test func `a number over its bound is out of range`() throws {
        var small = try reader("18ff")
        #expect(throws: CBORError.outOfRange) { try small.unsigned(max: 254) }
        var fitting = try reader("18ff")
        #expect(try fitting.unsigned(max: 255) == 255)
        var count = try reader("1bffffffffffffffff")
        #expect(throws: CBORError.outOfRange) { try count.count(max: .max) }
        var negative = try reader("00")
        #expect(try negative.count(max: -5) == 0)
    }

    @Test func `a string over its bound is too long before a byte of it is looked at`() throws {
        var bytes = try reader("43")
        #expect(throws: CBORError.tooLong(limit: 2)) { try bytes.byteString(max: 2) }
        var text = try reader("7bffffffffffffffff")
        #expect(throws: CBORError.tooLong(limit: CBORLimits.countMax)) { try text.text() }
        var unbounded = try reader("5a00400000")
        #expect(throws: CBORError.truncated) { try unbounded.byteString() }
        var tooMany = try reader("5a00400001")
        #expect(throws: CBORError.tooLong(limit: CBORLimits.countMax)) { try tooMany.byteString() }
    }

    @Test func `an array or a map with more items than bytes is cut short`() throws {
        var array = try reader("9a00400000" + "00")
        #expect(throws: CBORError.truncated) { try array.array() }
        var map = try reader("a2" + "000000")
        #expect(throws: CBORError.truncated) { try map.map() }
        var bounded = try reader("83000000")
        #expect(throws: CBORError.tooLong(limit: 2)) { try bounded.array(max: 2) }
        var exact = try reader("83000000")
        #expect(throws: CBORError.outOfRange) { try exact.array(exactly: 2) }
    }

    @Test func `fixed sizes are exact`() throws {
        let full = String(repeating: "ab", count: 32)
        var id = try reader("5820" + full)
        #expect(try id.bytes32().hex == full)
        var short = try reader("581f" + full.dropLast(2))
        #expect(throws: CBORError.outOfRange) { try short.bytes32() }
        var long = try reader("5821" + full + "00")
        #expect(throws: CBORError.tooLong(limit: 32)) { try long.bytes32() }
        var salt = try reader("50" + full.prefix(32))
        #expect(try salt.bytes16().hex == full.prefix(32))
        var shortSalt = try reader("4f" + full.prefix(30))
        #expect(throws: CBORError.outOfRange) { try shortSalt.bytes16() }
    }

    @Test func `another type is told by the one that was expected`() throws {
        let types: [(String, CBORType)] = [
            ("00", .unsigned), ("20", .negative), ("40", .bytes), ("60", .text), ("80", .array), ("a0", .map), ("f5", .bool), ("f6", .null),
        ]
        for (hex, type) in types {
            #expect(try reader(hex).peek() == type)
            for expected in types.map(\.1) where expected != type {
                var reader = try reader(hex)
                #expect(throws: CBORError.unexpectedType(expected: expected)) {
                    switch expected {
                    case .unsigned: _ = try reader.unsigned()
                    case .negative: _ = try reader.negative()
                    case .bytes: _ = try reader.byteString()
                    case .text: _ = try reader.text()
                    case .array: _ = try reader.array()
                    case .map: _ = try reader.map()
                    case .bool: _ = try reader.bool()
                    case .null: try reader.null()
                    }
                }
                // A refused item is not consumed.
                #expect(reader.offset == 0)
            }
        }
    }

    @Test func `a null may stand for a field, and is consumed only if it is there`() throws {
        var absent = try reader("f600")
        #expect(try absent.nullIfPresent())
        #expect(try !absent.nullIfPresent())
        #expect(try absent.unsigned() == 0)
        #expect(throws: CBORError.truncated) { try absent.nullIfPresent() }
    }

    @Test func `the fields of a map come once each, in ascending order`() throws {
        func keys(_ hex: String) throws(CBORError) -> [UInt64] {
            var reader = CBORReader(Hex.decode(hex) ?? [])
            var keys: [UInt64] = []
            try reader.fields { key, reader throws(CBORError) in
                guard key < 100 else { throw .unknownField(key) }
                keys.append(key)
                _ = try reader.unsigned()
            }
            return keys
        }
        #expect(try keys("a3" + "0101" + "0202" + "181803") == [1, 2, 24])
        #expect(try keys("a0") == [])
        #expect(throws: CBORError.mapKeyOrder) { try keys("a2" + "0101" + "0101") }
        #expect(throws: CBORError.mapKeyOrder) { try keys("a2" + "0201" + "0101") }
        #expect(throws: CBORError.unknownField(100)) { try keys("a1" + "186401") }
        #expect(throws: CBORError.unexpectedType(expected: .unsigned)) { try keys("a1" + "2001") }
        #expect(throws: CBORError.truncated) { try keys("a1" + "01") }
    }

    @Test func `a structure is refused where it would be written otherwise`() throws {
        /// Zero is written by leaving it out.
        struct Optional: CBORCodable, Equatable {
            var count: UInt64 = 0
            init(_ count: UInt64) { self.count = count }
            init(_ reader: inout CBORReader) throws(CBORError) {
                let items = try reader.array(max: 1)
                if items == 1 { count = try reader.unsigned() }
            }
            func encode(to writer: inout CBORWriter) {
                writer.array(count == 0 ? 0 : 1)
                if count > 0 { writer.unsigned(count) }
            }
        }
        #expect(try Optional(canonical: [0x80]) == Optional(0))
        #expect(try Optional(canonical: [0x81, 5]) == Optional(5))
        #expect(throws: CBORError.notCanonical) { try Optional(canonical: [0x81, 0]) }
        #expect(throws: CBORError.trailingBytes) { try Optional(canonical: [0x80, 0]) }
        #expect(throws: CBORError.truncated) { try Optional(canonical: []) }
    }

    @Test func `a reader may begin anywhere and never leaves its bytes`() throws {
        var inside = CBORReader([0, 1, 2], from: 2)
        #expect(try inside.unsigned() == 2)
        #expect(inside.isAtEnd)
        for offset in [-1, 3, 4, Int.max, Int.min] {
            var outside = CBORReader([], from: offset)
            #expect(throws: CBORError.truncated) { try outside.unsigned() }
        }
    }
}
