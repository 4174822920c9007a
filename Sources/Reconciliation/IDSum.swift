import EntenteCodec
import EntenteCrypto

/// A sum of ids modulo 2^256, each read as a little-endian number: the part of a fingerprint that can be added and
/// taken away. (negentropy protocol V1, "Fingerprint Algorithm"; R-9)
package struct IDSum: Hashable, Sendable {
    package static let zero = IDSum(limbs: (0, 0, 0, 0))

    /// Least significant first.
    private var limbs: (UInt64, UInt64, UInt64, UInt64)

    private init(limbs: (UInt64, UInt64, UInt64, UInt64)) { self.limbs = limbs }

    package init(_ id: Bytes32) {
        let words = id.words
        limbs = (words.0.byteSwapped, words.1.byteSwapped, words.2.byteSwapped, words.3.byteSwapped)
    }

    package static func + (a: IDSum, b: IDSum) -> IDSum {
        var carry: UInt64 = 0
        func add(_ x: UInt64, _ y: UInt64) -> UInt64 {
            let (partial, first) = x.addingReportingOverflow(y)
            let (sum, second) = partial.addingReportingOverflow(carry)
            carry = first || second ? 1 : 0
            return sum
        }
        let limbs = (add(a.limbs.0, b.limbs.0), add(a.limbs.1, b.limbs.1), add(a.limbs.2, b.limbs.2), add(a.limbs.3, b.limbs.3))
        return IDSum(limbs: limbs)
    }

    package static func - (a: IDSum, b: IDSum) -> IDSum {
        var borrow: UInt64 = 0
        func subtract(_ x: UInt64, _ y: UInt64) -> UInt64 {
            let (partial, first) = x.subtractingReportingOverflow(y)
            let (difference, second) = partial.subtractingReportingOverflow(borrow)
            borrow = first || second ? 1 : 0
            return difference
        }
        let limbs = (
            subtract(a.limbs.0, b.limbs.0), subtract(a.limbs.1, b.limbs.1),
            subtract(a.limbs.2, b.limbs.2), subtract(a.limbs.3, b.limbs.3)
        )
        return IDSum(limbs: limbs)
    }

    package static func == (a: IDSum, b: IDSum) -> Bool { a.limbs == b.limbs }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(limbs.0)
        hasher.combine(limbs.1)
        hasher.combine(limbs.2)
        hasher.combine(limbs.3)
    }

    /// The 16-byte fingerprint of a range that holds `count` ids with this sum; `count` is not negative.
    package func fingerprint(count: Int) -> Bytes16 {
        var message: [UInt8] = []
        message.reserveCapacity(Bytes32.count + Varint.bytesMax)
        for limb in [limbs.0, limbs.1, limbs.2, limbs.3] { message.appendBigEndian(limb.byteSwapped) }
        Varint.append(UInt64(count.magnitude), to: &message)
        guard let fingerprint = Bytes16(SHA256.hash(message).bytes.prefix(Bytes16.count)) else {
            preconditionFailure("a hash of 32 bytes has 16")
        }
        return fingerprint
    }
}

/// Unsigned numbers in base 128, most significant digit first, the high bit set on all but the last.
package enum Varint {
    /// Bytes of the longest: 64 bits, seven at a time.
    package static let bytesMax = 10

    package static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        let digits = max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
        for digit in stride(from: digits - 1, through: 0, by: -1) {
            let bits = UInt8(truncatingIfNeeded: value >> UInt64(digit * 7)) & 0x7F
            bytes.append(digit == 0 ? bits : bits | 0x80)
        }
    }
}
