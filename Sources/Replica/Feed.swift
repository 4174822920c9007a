import EntenteModel

/// The number of a change of a replica: ascending, local, never sent. Numbers may be left out; none is given twice.
package struct FeedNumber: Hashable, Sendable, Comparable {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package static func < (a: FeedNumber, b: FeedNumber) -> Bool { a.number < b.number }
    /// Before the first.
    package static let none = FeedNumber(0)
}

/// What a follower of a replica has to look at again. It says where, and not what is there now: that is read from the
/// store, which may be further on.
package enum FeedChange: Hashable, Sendable {
    /// The entry was stored, visible or not.
    case arrived(Arrival)
    /// Of the entries of a branch that cite a capability, others are visible than before: those above the smaller of the
    /// two sequence numbers, up to the larger. Nil: none was, or none is.
    case visibility(log: LogID, branch: Int, capability: EntryID, before: UInt64?, after: UInt64?)
    /// The body of the entry was erased, or is here where it was missing.
    case body(Arrival)
    /// What is decided about the registry entry is not what it was.
    case verdict(Arrival)
}

/// One row of the feed of arrivals and verdict changes.
package struct FeedItem: Hashable, Sendable {
    package let number: FeedNumber
    package let change: FeedChange

    package init(number: FeedNumber, change: FeedChange) {
        self.number = number
        self.change = change
    }
}

/// The feed's first and last row.
package struct FeedExtent: Hashable, Sendable {
    /// Who has seen less than the number before this one has missed changes, and begins anew.
    package let oldest: FeedNumber
    package let newest: FeedNumber

    package init(oldest: FeedNumber, newest: FeedNumber) {
        self.oldest = oldest
        self.newest = newest
    }

    /// True if what follows `cursor` is all there, so that a follower can go on from it.
    package func reaches(_ cursor: FeedNumber) -> Bool { cursor.number >= oldest.number - 1 && cursor <= newest }
}

package enum FeedLimits {
    /// Rows of the feed that are kept, about 20 MB: it does not wait for its slowest follower. One that has fallen further
    /// behind reads the entries themselves, which is no dearer by then.
    package static let rowsMax = 1_048_576
}
