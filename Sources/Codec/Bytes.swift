/// Thirty-two bytes as one trivial value: a hash, a public key, an id.
///
/// Equality and order are those of the bytes, read from the first one on. It has no heap storage, so that a table of
/// a million ids is one allocation.
package struct Bytes32: Hashable, Sendable, Comparable {
    package static let count = 32
    package static let zero = Bytes32(0, 0, 0, 0)

    /// The bytes as four big-endian words, first bytes first.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    private init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) { words = (a, b, c, d) }

    /// From four big-endian words, as `words` gives them.
    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        let start = bytes.startIndex
        words = (
            bytes.bigEndianWord(at: start), bytes.bigEndianWord(at: start + 8), bytes.bigEndianWord(at: start + 16),
            bytes.bigEndianWord(at: start + 24)
        )
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Nil unless the text is 64 hexadecimal digits.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.count)
        appendBytes(to: &out)
        return out
    }

    package func appendBytes(to out: inout [UInt8]) {
        out.appendBigEndian(words.0)
        out.appendBigEndian(words.1)
        out.appendBigEndian(words.2)
        out.appendBigEndian(words.3)
    }

    /// The first eight bytes as a big-endian number: a short index for a long id.
    package var prefix64: UInt64 { words.0 }

    package var hex: String { Hex.encode(bytes) }

    package static func == (a: Bytes32, b: Bytes32) -> Bool { a.words == b.words }

    package static func < (a: Bytes32, b: Bytes32) -> Bool { a.words < b.words }

    package func hash(into hasher: inout Hasher) {
        // Ids are hashes or keys already, but an adversary may choose them: the seeded hasher takes them all.
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// Sixteen bytes as one trivial value: a space id, a salt.
package struct Bytes16: Hashable, Sendable, Comparable {
    package static let count = 16

    private let high: UInt64
    private let low: UInt64

    /// The bytes as two big-endian words, first bytes first.
    package var words: (UInt64, UInt64) { (high, low) }

    /// From two big-endian words, as `words` gives them.
    package init(words: (UInt64, UInt64)) { (high, low) = words }

    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        (high, low) = (bytes.bigEndianWord(at: bytes.startIndex), bytes.bigEndianWord(at: bytes.startIndex + 8))
    }

    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Sixteen bytes drawn from `random`.
    package init(using random: inout some RandomNumberGenerator) {
        high = random.next()
        low = random.next()
    }

    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.count)
        out.appendBigEndian(high)
        out.appendBigEndian(low)
        return out
    }

    package var hex: String { Hex.encode(bytes) }

    package static func < (a: Bytes16, b: Bytes16) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension Array<UInt8> {
    /// Appends eight bytes, most significant first.
    package mutating func appendBigEndian(_ value: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    /// `count` bytes drawn from `random`.
    package init(randomCount count: Int, using random: inout some RandomNumberGenerator) {
        self.init()
        reserveCapacity(count)
        while self.count < count {
            let word: UInt64 = random.next()
            for shift in stride(from: 0, to: 64, by: 8) where self.count < count {
                append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }
}

/// Lower-case hexadecimal, two digits a byte.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil for an odd number of digits or a character that is none. Upper case is read too.
    package static func decode(_ text: String) -> [UInt8]? {
        let source = Array(text.utf8)
        guard source.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(source.count / 2)
        for index in stride(from: 0, to: source.count, by: 2) {
            guard let high = value(source[index]), let low = value(source[index + 1]) else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// The eight bytes from `index` on, the first one the highest. There are as many.
    fileprivate func bigEndianWord(at index: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in 0..<8 { value = value << 8 | UInt64(self[index + offset]) }
        return value
    }
}
