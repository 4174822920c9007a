import EntenteCodec

/// One range of a message: up to where, and what the sender says of it.
package struct ItemRange: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// Nothing to say.
        case skip
        /// The fingerprint of all that the sender has here.
        case fingerprint(Bytes16)
        /// All that the sender has here: whole ids, one after the other.
        case list(ArraySlice<UInt8>)
    }

    /// Exclusive.
    package let upper: ItemBound
    package let content: Content

    package init(upper: ItemBound, content: Content) {
        self.upper = upper
        self.content = content
    }

    /// The modes' numbers on the wire.
    enum Mode { static let skip: UInt64 = 0, fingerprint: UInt64 = 1, list: UInt64 = 2 }
}

/// Reads the ranges of one message, in order.
///
/// It never reads past the end and allocates nothing but the zero-filled prefix of a bound.
package struct MessageReader: Sendable {
    /// Version 1 of the protocol.
    package static let version: UInt8 = 0x61
    private static let versions: ClosedRange<UInt8> = 0x60...0x6F

    private let bytes: [UInt8]
    private var offset = 0
    /// The bound of the range before.
    private var lower = ItemBound.start
    /// The version byte, 0x60 to 0x6F.
    package let version: UInt8

    package init(_ bytes: [UInt8]) throws(ReconciliationFault) {
        guard let version = bytes.first else { throw .truncated }
        guard Self.versions.contains(version) else { throw .notNegentropy }
        self.bytes = bytes
        self.version = version
        offset = 1
    }

    /// The next range; nil at the end of the message.
    package mutating func next() throws(ReconciliationFault) -> ItemRange? {
        guard offset < bytes.count else { return nil }
        let upper = try bound()
        switch try varint() {
        case ItemRange.Mode.skip: return ItemRange(upper: upper, content: .skip)
        case ItemRange.Mode.fingerprint:
            guard let fingerprint = Bytes16(try take(Bytes16.count)) else { throw .truncated }
            return ItemRange(upper: upper, content: .fingerprint(fingerprint))
        case ItemRange.Mode.list:
            let count = try varint()
            guard count <= UInt64((bytes.count - offset) / Bytes32.count) else { throw .truncated }
            return ItemRange(upper: upper, content: .list(try take(Int(count) * Bytes32.count)))
        case let mode: throw .unknownMode(mode)
        }
    }

    private mutating func bound() throws(ReconciliationFault) -> ItemBound {
        let timestamp = try timestamp()
        let count = try varint()
        guard count <= UInt64(Bytes32.count) else { throw .prefixTooLong }
        guard timestamp != ItemBound.infinity.timestamp || count == 0 else { throw .prefixAtInfinity }
        guard let bound = ItemBound(timestamp: timestamp, prefix: try take(Int(count))) else { throw .prefixTooLong }
        guard bound >= lower else { throw .boundsNotAscending }
        lower = bound
        return bound
    }

    /// 0 is infinity; n is n - 1 more than the bound before.
    private mutating func timestamp() throws(ReconciliationFault) -> UInt64 {
        let encoded = try varint()
        guard encoded != 0 else { return ItemBound.infinity.timestamp }
        let (timestamp, overflow) = lower.timestamp.addingReportingOverflow(encoded - 1)
        // After infinity, only infinity may follow: a sender whose frame overflows at the very end writes that.
        guard !overflow, timestamp != ItemBound.infinity.timestamp else { throw .timestampTooLarge }
        return timestamp
    }

    private mutating func varint() throws(ReconciliationFault) -> UInt64 {
        var value: UInt64 = 0
        var isFirst = true
        while true {
            guard offset < bytes.count else { throw .truncated }
            let byte = bytes[offset]
            offset += 1
            if isFirst && byte == 0x80 { throw .varintNotShortest }
            isFirst = false
            guard value >> 57 == 0 else { throw .varintTooLong }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 { return value }
        }
    }

    private mutating func take(_ count: Int) throws(ReconciliationFault) -> ArraySlice<UInt8> {
        guard count <= bytes.count - offset else { throw .truncated }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }
}
