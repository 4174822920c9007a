import EntenteCodec

/// One member of a set that two sides compare: a timestamp and a 32-byte id. (Specs/04-reconciliation.md, R-1)
///
/// Items are ordered by timestamp, then by the bytes of the id. The meaning and the unit of the timestamp are the caller's;
/// it only has to be the same on both sides.
package struct Item: Hashable, Sendable, Comparable {
    /// 0 to 2^64 - 2: the largest number is infinity, which no item has.
    package let timestamp: UInt64
    package let id: Bytes32

    /// Nil for the timestamp 2^64 - 1.
    package init?(timestamp: UInt64, id: Bytes32) {
        guard timestamp != ItemBound.infinity.timestamp else { return nil }
        self.timestamp = timestamp
        self.id = id
    }

    package static func < (a: Item, b: Item) -> Bool {
        a.timestamp == b.timestamp ? a.id < b.id : a.timestamp < b.timestamp
    }
}

/// A place between items: where one range ends, exclusively, and the next one begins, inclusively.
package struct ItemBound: Hashable, Sendable, Comparable {
    package static let start = ItemBound(uncheckedTimestamp: 0, id: .zero, prefixBytes: 0)
    /// After every item.
    package static let infinity = ItemBound(uncheckedTimestamp: .max, id: .zero, prefixBytes: 0)

    package let timestamp: UInt64
    /// The prefix, filled with zeros.
    package let id: Bytes32
    /// How many bytes of the id are written, 0 to 32. It is no part of the place: order and equality leave it out.
    package let prefixBytes: Int

    private init(uncheckedTimestamp timestamp: UInt64, id: Bytes32, prefixBytes: Int) {
        self.timestamp = timestamp
        self.id = id
        self.prefixBytes = prefixBytes
    }

    /// Nil for a prefix of more than 32 bytes.
    package init?(timestamp: UInt64, prefix: some Collection<UInt8>) {
        guard prefix.count <= Bytes32.count else { return nil }
        guard let id = Bytes32(Array(prefix) + [UInt8](repeating: 0, count: Bytes32.count - prefix.count)) else { return nil }
        self.init(uncheckedTimestamp: timestamp, id: id, prefixBytes: prefix.count)
    }

    /// The place right before `item`, with all the bytes of its id.
    package init(before item: Item) {
        self.init(uncheckedTimestamp: item.timestamp, id: item.id, prefixBytes: Bytes32.count)
    }

    /// The shortest bound after `last` and not after `next`; `last` comes before `next`.
    package init(between last: Item, and next: Item) {
        guard last.timestamp == next.timestamp else {
            self.init(uncheckedTimestamp: next.timestamp, id: .zero, prefixBytes: 0)
            return
        }
        let prefixBytes = min(last.id.sharedPrefixBytes(with: next.id) + 1, Bytes32.count)
        self.init(uncheckedTimestamp: next.timestamp, id: next.id.truncated(toBytes: prefixBytes), prefixBytes: prefixBytes)
    }

    /// True if `item` is in the ranges before this bound.
    package func isAfter(_ item: Item) -> Bool {
        item.timestamp == timestamp ? item.id < id : item.timestamp < timestamp
    }

    package static func == (a: ItemBound, b: ItemBound) -> Bool { a.timestamp == b.timestamp && a.id == b.id }

    package static func < (a: ItemBound, b: ItemBound) -> Bool {
        a.timestamp == b.timestamp ? a.id < b.id : a.timestamp < b.timestamp
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(timestamp)
        hasher.combine(id)
    }
}

extension Bytes32 {
    /// How many bytes are equal from the first one on, 0 to 32.
    fileprivate func sharedPrefixBytes(with other: Bytes32) -> Int {
        let differences = [words.0 ^ other.words.0, words.1 ^ other.words.1, words.2 ^ other.words.2, words.3 ^ other.words.3]
        var count = 0
        for difference in differences {
            guard difference == 0 else { return count + difference.leadingZeroBitCount / 8 }
            count += 8
        }
        return count
    }

    /// The first `count` bytes, then zeros.
    fileprivate func truncated(toBytes count: Int) -> Bytes32 {
        var bytes = self.bytes
        for index in bytes.indices where index >= count { bytes[index] = 0 }
        return Bytes32(bytes) ?? .zero
    }
}
