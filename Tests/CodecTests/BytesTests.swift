import EntenteCodec
import Testing

/// Fixed bytes and hexadecimal. (Specs/00-conventions.md, C-1 and C-2)
@Suite struct BytesTests {
    @Test func `32 bytes are given back as they were, and no other count is taken`() {
        let bytes = (0..<32).map { UInt8($0 * 7 & 0xFF) }
        #expect(Bytes32(bytes)?.bytes == bytes)
        for count in [0, 16, 31, 33, 64] { #expect(Bytes32([UInt8](repeating: 1, count: count)) == nil) }
        #expect(Bytes16(bytes.prefix(16))?.bytes == Array(bytes.prefix(16)))
        for count in [0, 15, 17, 32] { #expect(Bytes16([UInt8](repeating: 1, count: count)) == nil) }
    }

    /// C-2
    @Test func `order is that of the bytes, the first one first`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            // Few values, so that equal beginnings are common.
            func some(_ count: Int) -> [UInt8] { (0..<count).map { _ in [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0 } }
            let (a, b) = (some(32), some(32))
            let (c, d) = (try #require(Bytes32(a)), try #require(Bytes32(b)))
            #expect((c < d) == a.lexicographicallyPrecedes(b))
            #expect((c == d) == (a == b))
            #expect(c.prefix64 == a.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
            let (e, f) = (try #require(Bytes16(a.prefix(16))), try #require(Bytes16(b.prefix(16))))
            #expect((e < f) == a.prefix(16).lexicographicallyPrecedes(b.prefix(16)))
        }
    }

    /// C-1
    @Test func `numbers are written with the most significant byte first`() {
        var bytes: [UInt8] = [9]
        bytes.appendBigEndian(0x0102_0304_0506_0708)
        #expect(bytes == [9, 1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func `hexadecimal is written in lower case and read in both`() {
        let all = [UInt8](0...255)
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.encode([0, 10, 255]) == "000aff")
        #expect(Hex.decode("000AfF") == [0, 10, 255])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "g0", " 00", "0x00", "00\n", "é0", "٠٠", "--", "+1", "/0", ":0", "@0", "`0"] {
            #expect(Hex.decode(text) == nil)
        }
        #expect(Bytes32(hex: String(repeating: "0", count: 62)) == nil)
        #expect(Bytes32(hex: String(repeating: "0", count: 64)) == .zero)
    }

    @Test func `random bytes are as many as were asked for, and those of the generator`() {
        for count in [0, 1, 7, 8, 9, 31, 32, 33] {
            var (one, same, other) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1), SeededGenerator(seed: 2))
            let bytes = [UInt8](randomCount: count, using: &one)
            #expect(bytes.count == count)
            #expect(bytes == [UInt8](randomCount: count, using: &same))
            if count > 7 { #expect(bytes != [UInt8](randomCount: count, using: &other)) }
        }
    }

    @Test func `words are the bytes, the first one first`() throws {
        let counted = Array(UInt8(1)...32)
        let long = try #require(Bytes32(counted))
        #expect(long.words.0 == 0x0102_0304_0506_0708 && Bytes32(words: long.words) == long && long.bytes == counted)
        let short = try #require(Bytes16(counted.prefix(16)))
        #expect(short.words.1 == 0x090A_0B0C_0D0E_0F10 && Bytes16(words: short.words) == short && short.bytes == Array(counted.prefix(16)))
    }
}
