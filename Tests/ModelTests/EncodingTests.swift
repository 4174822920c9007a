import EntenteCodec
import Testing

/// Specs/01-encoding.md, on the cases of Specs/vectors/encoding.json and on random trees.
@Suite struct EncodingTests {
    @Test func `an accepted item reads and is written as it was`() throws {
        for item in EncodingCases.accepted {
            let bytes = try #require(Hex.decode(item.hex))
            #expect(try CBORValue(decoding: bytes) == item.value, "\(item.name)")
            #expect(item.value.encoded == bytes, "\(item.name)")
            var reader = CBORReader(bytes)
            #expect(Array(try reader.anyItem()) == bytes)
        }
    }

    @Test func `a refused item is refused for its own reason`() throws {
        for item in EncodingCases.refused {
            let bytes = try #require(Hex.decode(item.hex))
            #expect(throws: item.error, "\(item.name) (\(item.sentence))") { try CBORValue(decoding: bytes) }
            #expect(throws: item.error, "\(item.name) (\(item.sentence))") {
                var reader = CBORReader(bytes)
                _ = try reader.anyItem()
                try reader.end()
            }
        }
    }

    @Test func `each sentence that refuses has a refused item`() {
        #expect(Set(EncodingCases.refused.map(\.sentence)).isSuperset(of: ["B-1", "B-2", "B-3", "B-4", "B-5", "B-6", "B-7", "B-8"]))
        #expect(EncodingCases.refused.count >= EncodingCases.accepted.count)
    }

    @Test(arguments: 0..<6)
    func `a random tree reads back, and each of its beginnings is too short (B-8)`(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<60 {
            let value = CBORValue.random(depth: 4, using: &random)
            let bytes = value.encoded
            #expect(try CBORValue(decoding: bytes) == value)
            for count in 0..<Swift.min(bytes.count, 200) {
                #expect(throws: CBORError.truncated) { try CBORValue(decoding: Array(bytes.prefix(count))) }
            }
        }
    }

    @Test(arguments: 0..<6)
    func `what reads is what would be written, whatever was done to the bytes (B-10)`(seed: UInt64) {
        var random = Seeded(seed &+ 100)
        for _ in 0..<1500 {
            var bytes = CBORValue.random(depth: 3, using: &random).encoded
            for _ in 0..<Int.random(in: 1...3, using: &random) { bytes.tamper(using: &random) }
            let value = try? CBORValue(decoding: bytes)
            if let value { #expect(value.encoded == bytes) }
            // The reader that builds no tree says the same.
            var reader = CBORReader(bytes)
            let isRead = (try? reader.anyItem()) != nil && reader.isAtEnd
            #expect(isRead == (value != nil))
        }
    }

    @Test func `a length is not believed before its bytes are there (B-8, B-9)`() {
        for head in [0x40, 0x60, 0x80, 0xA0] as [UInt8] {
            // 2^32 - 1 announced, and then 4 MiB with nothing behind it.
            #expect(throws: CBORError.tooLong(limit: CBORLimits.countMax)) { try CBORValue(decoding: [head | 26, 0xFF, 0xFF, 0xFF, 0xFF]) }
            #expect(throws: CBORError.truncated) { try CBORValue(decoding: [head | 26, 0x00, 0x40, 0x00, 0x00]) }
        }
    }

    @Test func `a text or a byte string of four mebibytes is read, one byte more is not (B-9)`() throws {
        let bytes = [UInt8](repeating: 0x61, count: CBORLimits.countMax)
        for head in [0x5A, 0x7A] as [UInt8] {
            var reader = CBORReader([head, 0x00, 0x40, 0x00, 0x00] + bytes)
            #expect(try reader.anyItem().count == bytes.count + 5)
            #expect(throws: CBORError.tooLong(limit: CBORLimits.countMax)) {
                var reader = CBORReader([head, 0x00, 0x40, 0x00, 0x01] + bytes + [0x61])
                _ = try reader.anyItem()
            }
        }
    }
}

extension CBORValue {
    static func random(depth: Int, using random: inout some RandomNumberGenerator) -> CBORValue {
        func number() -> UInt64 {
            let width = UInt64.random(in: 0...63, using: &random)
            return UInt64.random(in: 0...UInt64.max, using: &random) >> width
        }
        let count = Int.random(in: 0...5, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .unsigned(number())
        case 1: return .negative(number())
        case 2: return .bytes([UInt8](randomCount: count * 12, using: &random))
        case 3: return .text(String(repeating: ["a", "é", "👋", "\u{0}"].randomElement(using: &random) ?? "", count: count))
        case 4: return .bool(Bool.random(using: &random))
        case 5: return .null
        case 6: return .array((0..<count).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            var seen: Set<[UInt8]> = []
            let pairs = (0..<count).map { _ in
                Pair(.random(depth: depth - 1, using: &random), .random(depth: depth - 1, using: &random))
            }
            return .map(
                pairs.filter { seen.insert($0.key.encoded).inserted }
                    .sorted { $0.key.encoded.lexicographicallyPrecedes($1.key.encoded) })
        }
    }
}
