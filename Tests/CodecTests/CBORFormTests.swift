import EntenteCodec
import Testing

/// Every short string of bytes, and every first byte, against a second reading of RFC 8949 §4.2.1 that is written otherwise.
@Suite struct CBORFormTests {
    /// What the rules say of bytes, item by item, as a grammar: the count of bytes of the item that begins at `start`, or nil.
    /// It builds nothing and shares no code with the reader.
    static func itemBytes(_ bytes: [UInt8], from start: Int, depth: Int = 0) -> Int? {
        guard start < bytes.count else { return nil }
        let first = bytes[start]
        if first == 0xF4 || first == 0xF5 || first == 0xF6 { return 1 }
        guard first < 0xC0 else { return nil }
        let small = Int(first % 32)
        var argument = small
        var headBytes = 1
        if small > 23 {
            guard small < 28 else { return nil }
            headBytes = [2, 3, 5, 9][small - 24]
            guard start + headBytes <= bytes.count else { return nil }
            let digits = bytes[(start + 1)..<(start + headBytes)]
            // The upper half must say something; of a single byte, more than 23.
            guard small == 24 ? bytes[start + 1] > 23 : digits.prefix((headBytes - 1) / 2).contains(where: { $0 > 0 }) else { return nil }
            guard digits.dropLast(7).allSatisfy({ $0 == 0 }) || first < 0x40 else { return nil }
            argument = digits.suffix(7).reduce(0) { $0 * 256 + Int($1) }
        }
        let rest = bytes.count - start - headBytes
        switch first / 32 {
        case 0, 1: return headBytes
        case 2: return argument <= rest ? headBytes + argument : nil
        case 3:
            guard argument <= rest else { return nil }
            let text = bytes[(start + headBytes)..<(start + headBytes + argument)]
            return Array(String(decoding: text, as: UTF8.self).utf8) == Array(text) ? headBytes + argument : nil
        case 4, 5:
            let isMap = first / 32 == 5
            guard depth < 16, argument <= rest else { return nil }
            var end = start + headBytes
            var keys: [[UInt8]] = []
            for index in 0..<(isMap ? 2 * argument : argument) {
                guard let count = itemBytes(bytes, from: end, depth: depth + 1) else { return nil }
                if isMap, index.isMultiple(of: 2) { keys.append(Array(bytes[end..<(end + count)])) }
                end += count
            }
            for (key, next) in zip(keys, keys.dropFirst()) where !key.lexicographicallyPrecedes(next) { return nil }
            return end - start
        default: return nil
        }
    }

    /// A reader that accepts what the grammar does, gives the same bytes back, and refuses everything else.
    static func disagreement(on bytes: [UInt8]) -> String? {
        let isRight = itemBytes(bytes, from: 0) == bytes.count
        do throws(CBORError) {
            let value = try CBORValue(decoding: bytes)
            guard isRight else { return "accepted \(Hex.encode(bytes))" }
            return value.encoded == bytes ? nil : "\(Hex.encode(bytes)) became \(Hex.encode(value.encoded))"
        } catch {
            return isRight ? "refused \(Hex.encode(bytes)): \(error)" : nil
        }
    }

    @Test func `every string of at most two bytes is read as the rules say`() {
        var found: [String] = []
        for first in UInt8.min...255 {
            if let text = Self.disagreement(on: [first]) { found.append(text) }
            for second in UInt8.min...255 {
                if let text = Self.disagreement(on: [first, second]) { found.append(text) }
            }
        }
        #expect(found == [])
    }

    @Test(arguments: UInt64(0)..<4) func `random strings are read as the rules say`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        /// Bytes that begin something are more likely than others.
        let likely: [UInt8] = [
            0, 1, 0x17, 0x18, 0x19, 0x20, 0x38, 0x40, 0x41, 0x61, 0x62, 0x80, 0x81, 0x82, 0xA1, 0xA2, 0xF5, 0xF6, 0xC3, 0xA9,
        ]
        var found: [String] = []
        var acceptedCount = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Int.random(in: 0..<4, using: &random) > 0
                    ? likely[Int.random(in: 0..<likely.count, using: &random)] : UInt8.random(in: 0...255, using: &random)
            }
            if Self.itemBytes(bytes, from: 0) == bytes.count { acceptedCount += 1 }
            if let text = Self.disagreement(on: bytes) { found.append(text) }
        }
        #expect(found == [])
        // Else the test says nothing.
        #expect(acceptedCount > 200)
    }

    /// The examples of RFC 8949, appendix A, that are in the deterministic subset, and those that are not.
    @Test func `the RFC's examples are read or refused as they are deterministic or not`() throws {
        let accepted = [
            "00", "01", "0a", "17", "1818", "1819", "1864", "1903e8", "1a000f4240", "1b000000e8d4a51000", "1bffffffffffffffff",
            "3bffffffffffffffff", "20", "29", "3863", "3903e7", "f4", "f5", "f6", "40", "4401020304", "60", "6161", "6449455446", "62225c",
            "62c3bc", "63e6b0b4", "64f0908591", "80", "83010203", "8301820203820405", "a0", "a201020304", "a26161016162820203",
            "826161a161626163", "a56161614161626142616361436164614461656145",
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        ]
        let refused = [
            "c249010000000000000000", "c349010000000000000000", "f90000", "f93c00", "fb3ff199999999999a", "fa47c35000", "f97c00", "f7",
            "f0",
            "f8ff", "c074323031332d30332d32315432303a30343a30305a", "d818456449455446", "5f42010243030405ff", "7f657374726561646d696e67ff",
            "9fff", "9f018202039f0405ffff", "83018202039f0405ff", "bf61610161629f0203ffff", "826161bf61626163ff",
        ]
        for hex in accepted {
            let bytes = try #require(Hex.decode(hex))
            #expect(try CBORValue(decoding: bytes).encoded == bytes)
        }
        for hex in refused { #expect(throws: CBORError.self) { try CBORValue(decoding: Hex.decode(hex) ?? []) } }
    }

    /// A stranger's nesting is bounded before the stack is.
    @Test(arguments: [UInt8(0x81), 0xA1]) func `a million opened arrays or maps are too deep, and cost nothing`(opening: UInt8) throws {
        let bytes = [UInt8](repeating: opening, count: 1_000_000)
        #expect(throws: CBORError.tooDeep) { try CBORValue(decoding: bytes) }
        let sixteen = [UInt8](repeating: 0x81, count: 16) + [0]
        #expect(try CBORValue(decoding: sixteen).encoded == sixteen)
        #expect(throws: CBORError.tooDeep) { try CBORValue(decoding: [0x81] + sixteen) }
    }
}

/// Chance that is the same in every run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
