/// Writes deterministic CBOR: shortest forms, definite lengths. (RFC 8949 §4.2.1)
///
/// The caller writes the keys of a map in ascending order; the strict reader, which every structure is held against,
/// finds it out when it does not.
package struct CBORWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

    package mutating func unsigned(_ value: UInt64) { head(0, value) }

    package mutating func unsigned(_ value: Int) {
        precondition(value >= 0, "our own counts are never negative")
        head(0, UInt64(value))
    }

    /// -1 - `value`.
    package mutating func negative(_ value: UInt64) { head(1, value) }

    package mutating func byteString(_ value: some Collection<UInt8>) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func byteString(_ value: Bytes32) {
        head(2, UInt64(Bytes32.count))
        value.appendBytes(to: &bytes)
    }

    package mutating func byteString(_ value: Bytes16) { byteString(value.bytes) }

    package mutating func text(_ value: String) {
        var value = value
        value.withUTF8Bytes { utf8 in
            head(3, UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    package mutating func array(_ count: Int) { head(4, UInt64(count)) }
    package mutating func map(_ count: Int) { head(5, UInt64(count)) }
    package mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }
    package mutating func null() { bytes.append(0xF6) }

    /// Bytes that are already one encoded item.
    package mutating func encoded(_ item: some Collection<UInt8>) { bytes.append(contentsOf: item) }

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let type = major << 5
        switch value {
        case 0..<24: bytes.append(type | UInt8(value))
        case 24...0xFF: bytes.append(contentsOf: [type | 24, UInt8(value)])
        case 0x100...0xFFFF: bytes.append(contentsOf: [type | 25, UInt8(value >> 8), UInt8(value & 0xFF)])
        case 0x1_0000...0xFFFF_FFFF:
            bytes.append(type | 26)
            for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
        default:
            bytes.append(type | 27)
            bytes.appendBigEndian(value)
        }
    }
}

extension String {
    fileprivate mutating func withUTF8Bytes(_ body: (String.UTF8View) -> Void) {
        makeContiguousUTF8()
        body(utf8)
    }
}
