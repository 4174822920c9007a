import EntenteCodec

/// What reconciliation asks of a set of items: the port that a store may answer.
///
/// Items are in ascending order, each once, and do not change during one call of `Reconciler`. Between two messages they may:
/// every message is right for the set of its moment.
package protocol ItemSource {
    /// How many items there are.
    var count: Int { get }

    /// The item at `index`, from 0 up to but not including `count`.
    func item(at index: Int) -> Item

    /// The index of the first item that `bound` is not after, at least `start`; `count` if there is none. Logarithmic.
    func firstIndex(notBefore bound: ItemBound, from start: Int) -> Int

    /// The sum of the ids at `indices`, which lie within 0 and `count`. At most logarithmic.
    func sum(_ indices: Range<Int>) -> IDSum
}

/// Why items make no set.
package enum ItemSetFault: Error, Hashable, Sendable {
    /// The same timestamp and id twice.
    case duplicate(Item)
}

/// Items in order, sealed: they are given all at once and do not change.
///
/// Beside each item stands the sum of all ids before it, so that any range's fingerprint is one subtraction and one hash.
/// About 72 bytes an item.
package struct ItemSet: ItemSource, Sendable {
    package let items: [Item]
    /// One more than there are items; `sums[n]` is the sum of the first n ids.
    private let sums: [IDSum]

    package static let empty = ItemSet(ascending: [])

    /// Sorts the items, in any order; throws if one is there twice.
    package init(_ items: some Sequence<Item>) throws(ItemSetFault) {
        let sorted = items.sorted()
        for index in sorted.indices.dropFirst() where sorted[index] == sorted[index - 1] {
            throw .duplicate(sorted[index])
        }
        self.init(ascending: sorted)
    }

    private init(ascending items: [Item]) {
        self.items = items
        var sums = [IDSum.zero]
        sums.reserveCapacity(items.count + 1)
        var sum = IDSum.zero
        for item in items {
            sum = sum + IDSum(item.id)
            sums.append(sum)
        }
        self.sums = sums
    }

    package var count: Int { items.count }

    package func item(at index: Int) -> Item { items[index] }

    package func firstIndex(notBefore bound: ItemBound, from start: Int) -> Int {
        var low = start
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if bound.isAfter(items[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func sum(_ indices: Range<Int>) -> IDSum { sums[indices.upperBound] - sums[indices.lowerBound] }
}

extension ItemSource {
    /// The fingerprint of the items at `indices`.
    package func fingerprint(_ indices: Range<Int>) -> Bytes16 { sum(indices).fingerprint(count: indices.count) }
}
