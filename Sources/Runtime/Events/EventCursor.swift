import EntenteReplica

/// A place in a replica's feed, as readers keep it: text that only its node reads.
///
/// The incarnation is in it because a database that was put back gives numbers twice: who has seen the first life of a
/// number must not believe to have seen the second.
struct EventCursor: Hashable, Sendable, CustomStringConvertible {
    let incarnation: UInt64
    let number: FeedNumber

    init(incarnation: UInt64, number: FeedNumber) {
        self.incarnation = incarnation
        self.number = number
    }

    /// Nil for what no node writes.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count <= 40, parts.count == 2, parts[0].utf8.count == 16, let incarnation = UInt64(parts[0], radix: 16),
            let number = Int64(parts[1]), number >= 0
        else { return nil }
        self.init(incarnation: incarnation, number: FeedNumber(number))
    }

    var description: String {
        let digits = String(incarnation, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + "-\(number.number)"
    }
}

/// One event as a reader of the stream gets it.
package struct SiteEvent: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        /// The stream begins here; and it begins anew, since what the reader has missed is not there any more.
        case hello, reset
        /// Of the feed: an entry was stored; which entries of a log are visible changed; a body came or was erased; what is
        /// decided of a registry entry changed.
        case entry, visibility, body, verdict
        /// Passing news, which is not told again.
        case peer, fault, readOnly
    }

    package let name: Name
    /// Where to go on after this one; nil for passing news.
    package let cursor: String?
    package let data: JSONValue

    init(_ name: Name, cursor: EventCursor? = nil, _ data: JSONValue) {
        self.name = name
        self.cursor = cursor?.description
        self.data = data
    }
}
