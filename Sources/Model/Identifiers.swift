import EntenteCodec
import EntenteCrypto

/// Thirty-two bytes that name one thing. Each noun has its own type, so that a device key is never taken for an id.
package protocol Identifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    var bytes: Bytes32 { get }
    init(_ bytes: Bytes32)
}

extension Identifier {
    package static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }

    /// All 64 hexadecimal digits.
    package var description: String { bytes.hex }

    /// The first 8 hexadecimal digits, for a line that a person reads.
    package var short: String { String(bytes.hex.prefix(8)) }

    package init?(hex: String) {
        guard let bytes = Bytes32(hex: hex) else { return nil }
        self.init(bytes)
    }
}

/// The id of the founding entry.
package struct NetworkID: Identifier {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
    /// What stands in the hash and the signature of the founding entry itself, whose network has no id yet.
    package static let null = NetworkID(.zero)
}

/// The hash of an entry's header and signature. (Specs/02-entry.md)
package struct EntryID: Identifier {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
}

/// A person or a site: the id of its inception entry.
package struct IdentityID: Identifier {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
    package init(inception: EntryID) { bytes = inception.bytes }
    package var inception: EntryID { EntryID(bytes) }
}

/// The Ed25519 public key of a device, unchecked: `VerifyingKey` is the checked one.
package struct DeviceKey: Identifier {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
}

/// Sixteen random bytes that name a space within its parent.
package struct SpaceID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let bytes: Bytes16
    package init(_ bytes: Bytes16) { self.bytes = bytes }
    package static func < (a: SpaceID, b: SpaceID) -> Bool { a.bytes < b.bytes }
    package var description: String { bytes.hex }
}

/// A claim of wall-clock time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Timestamp: Hashable, Sendable, Comparable, Codable {
    package let milliseconds: UInt64
    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// `milliseconds` later, or the latest time that there is.
    package func advanced(byMilliseconds milliseconds: UInt64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? .max : sum)
    }
}
