import EntenteCodec
import EntenteReconciliation
import Testing

@Suite struct MessageReaderTests {
    private func read(_ hex: String) throws -> [ItemRange] {
        let bytes = try #require(Hex.decode(hex.replacing(" ", with: "")))
        return try ranges(of: bytes).map(\.range)
    }

    @Test("R-2: a message is the version byte and then ranges to its end; there may be none")
    func structure() throws {
        #expect(try read("61").isEmpty)
        #expect(try read("61 0000 00") == [ItemRange(upper: .infinity, content: .skip)])
        #expect(try read("61 0600 00 0000 0200").map(\.upper) == [.at(5), .infinity])
        #expect(throws: ReconciliationFault.truncated) { try read("") }
    }

    @Test("R-3: a first byte outside 60 to 6f is not negentropy at all", arguments: ["00", "5f", "70", "ff", "e1"])
    func versionByte(hex: String) {
        #expect(throws: ReconciliationFault.notNegentropy) { try read(hex) }
    }

    @Test("R-5: varints of all sizes come back, and are as short as they can be")
    func varints() throws {
        for shift in 0..<64 {
            for value in [UInt64(1) << UInt64(shift), (UInt64(1) << UInt64(shift)) - 1] {
                var encoded: [UInt8] = []
                Varint.append(value, to: &encoded)
                #expect(encoded.count <= Varint.bytesMax && (encoded.count == 1 || encoded[0] != 0x80))
                // Read where any number may stand: as a mode that is not known.
                guard value > 2 else { continue }
                #expect(throws: ReconciliationFault.unknownMode(value)) { try ranges(of: [0x61, 0, 0] + encoded) }
            }
        }
    }

    @Test("R-5: a varint with a leading zero digit, or of more than 64 bits, is refused")
    func badVarints() {
        #expect(throws: ReconciliationFault.varintNotShortest) { try read("61 8000 00 00") }
        #expect(throws: ReconciliationFault.varintNotShortest) { try read("61 00 8000 00") }
        #expect(throws: ReconciliationFault.varintNotShortest) { try read("61 0000 8081") }
        #expect(throws: ReconciliationFault.varintTooLong) { try read("61 0000 8280808080808080 8000") }
        #expect(throws: ReconciliationFault.varintTooLong) { try read("61 ffffffffffffffffffffffffffffff") }
        #expect(throws: ReconciliationFault.unknownMode(.max)) { try read("61 0000 81ffffffffffffffff7f") }
    }

    @Test("R-6: modes are 0, 1 and 2")
    func modes() throws {
        let fingerprint = "000102030405060708090a0b0c0d0e0f"
        #expect(try read("61 0000 01" + fingerprint)[0].content == .fingerprint(#require(Bytes16(Array(0..<16)))))
        #expect(try read("61 0000 02 00")[0].content == .list([]))
        #expect(throws: ReconciliationFault.unknownMode(3)) { try read("61 0000 03") }
        #expect(throws: ReconciliationFault.unknownMode(128)) { try read("61 0000 8100") }
    }

    @Test("R-6: a message that ends inside a field is refused, wherever it is cut")
    func truncation() throws {
        var message = CraftedMessage()
        message.fingerprint(try #require(Bytes16([UInt8](repeating: 9, count: 16))), to: ItemBound(before: .at(300, [1, 2, 3])))
        message.list([.zero, .zero], to: .at(70_000))
        let whole = message.bytes
        let boundaries = [1, 1 + 2 + 1 + 32 + 1 + 16, whole.count]
        for count in 0...whole.count {
            if boundaries.contains(count) {
                #expect(throws: Never.self) { try ranges(of: Array(whole.prefix(count))) }
            } else {
                #expect(throws: ReconciliationFault.truncated) { try ranges(of: Array(whole.prefix(count))) }
            }
        }
    }

    @Test("R-6: a list that claims more ids than the message has bytes is refused before anything is allocated")
    func hugeCounts() {
        #expect(throws: ReconciliationFault.truncated) { try read("61 0000 02 81ffffffffffffffff7f") }
        #expect(throws: ReconciliationFault.truncated) { try read("61 0000 02 01" + String(repeating: "00", count: 31)) }
    }

    @Test("R-7: timestamps are written as one more than the difference to the bound before, infinity as 0")
    func timestamps() throws {
        #expect(try read("61 0600 00 0100 00 0300 00 0000 00").map(\.upper) == [.at(5), .at(5), .at(7), .infinity])
        // 2^64 - 2, the last timestamp there is, and then infinity.
        #expect(try read("61 81ffffffffffffffff7f 00 00 00 00 00").map(\.upper) == [.at(.max - 1), .infinity])
    }

    @Test("R-7: a timestamp that reaches 2^64 - 1 without being infinity is refused")
    func timestampOverflow() {
        #expect(throws: ReconciliationFault.timestampTooLarge) { try read("61 0300 00 81ffffffffffffffff7f 00 00") }
        #expect(throws: ReconciliationFault.timestampTooLarge) { try read("61 81ffffffffffffffff7f 00 00 02 00 00") }
        #expect(throws: ReconciliationFault.timestampTooLarge) { try read("61 0000 00 01 00 00") }
    }

    @Test("R-7: a prefix has at most 32 bytes, is filled with zeros, and infinity has none")
    func prefixes() throws {
        #expect(try read("61 06 02 abcd 00")[0].upper == ItemBound(before: .at(5, [0xAB, 0xCD])))
        #expect(throws: ReconciliationFault.prefixTooLong) { try read("61 06 21" + String(repeating: "00", count: 33) + "00") }
        #expect(throws: ReconciliationFault.prefixTooLong) { try read("61 06 81ffffffffffffffff7f") }
        #expect(throws: ReconciliationFault.prefixAtInfinity) { try read("61 00 01 00 00") }
    }

    @Test("R-7: bounds ascend; an empty range is allowed, also after infinity")
    func ascending() throws {
        #expect(throws: ReconciliationFault.boundsNotAscending) { try read("61 06 02 abcd 00 01 02 abcc 00") }
        #expect(throws: ReconciliationFault.boundsNotAscending) { try read("61 06 01 ab 00 01 00 00") }
        #expect(try read("61 06 02 abcd 00 01 02 abcd 00").count == 2)
        #expect(try read("61 0000 00 0000 00").count == 2)
    }
}
