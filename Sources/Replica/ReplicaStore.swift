import EntenteCodec
import EntenteModel

/// The number of a log in this replica: small, local, never sent.
package struct LogID: Hashable, Sendable, Comparable {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package static func < (a: LogID, b: LogID) -> Bool { a.number < b.number }
}

/// When an entry came to this replica: ascending from 1, local, never sent.
package struct Arrival: Hashable, Sendable, Comparable {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package static func < (a: Arrival, b: Arrival) -> Bool { a.number < b.number }
    /// Before the first.
    package static let none = Arrival(0)
}

package struct LogRecord: Hashable, Sendable {
    package let id: LogID
    package let key: LogKey
    /// Nil for the root log.
    package let identity: IdentityID?

    package init(id: LogID, key: LogKey, identity: IdentityID?) {
        self.id = id
        self.key = key
        self.identity = identity
    }
}

/// The last entry of a branch, or the last that is offered.
package struct Head: Hashable, Sendable {
    package let sequence: UInt64
    package let id: EntryID
    package let timestamp: Timestamp

    package init(sequence: UInt64, id: EntryID, timestamp: Timestamp) {
        self.sequence = sequence
        self.id = id
        self.timestamp = timestamp
    }

    package init(_ entry: Entry) {
        self.init(sequence: entry.header.sequence, id: entry.id, timestamp: entry.header.timestamp)
    }
}

/// One branch of a log: all of an honest log, one side of a fork otherwise. Numbered in order of arrival.
package struct BranchRecord: Hashable, Sendable {
    package let log: LogID
    package let branch: Int
    /// The branch that this one leaves, after `firstSequence - 1`; nil where the branch begins the log.
    package let parent: Int?
    package let firstSequence: UInt64
    package var tip: Head
    /// The last entry of this branch that is offered; nil where none is. What is after it is the held shelf.
    package var offered: Head?

    package init(log: LogID, branch: Int, parent: Int?, firstSequence: UInt64, tip: Head, offered: Head?) {
        self.log = log
        self.branch = branch
        self.parent = parent
        self.firstSequence = firstSequence
        self.tip = tip
        self.offered = offered
    }
}

/// The last entry of a branch that cites a capability, and the last of them that is visible.
package struct CapabilityUse: Hashable, Sendable {
    package let log: LogID
    package let branch: Int
    package let capability: EntryID
    package var lastSequence: UInt64
    /// Nil: none is visible. What the timeline joins with. (authority, section 4)
    package var keptSequence: UInt64?

    package init(log: LogID, branch: Int, capability: EntryID, lastSequence: UInt64, keptSequence: UInt64?) {
        self.log = log
        self.branch = branch
        self.capability = capability
        self.lastSequence = lastSequence
        self.keptSequence = keptSequence
    }
}

/// What a replica holds of the detached part of an entry.
package enum StoredBody: Hashable, Sendable {
    /// A registry entry has none.
    case none
    case present(Body)
    /// Not here, though nothing erased it: to be asked for again.
    case missing
    case erased
}

package struct StoredEntry: Hashable, Sendable {
    package let arrival: Arrival
    package let log: LogID
    package let branch: Int
    package let entry: Entry
    package let body: StoredBody
    /// The wall clock of this node when it stored the entry: a local fact.
    package let firstSeen: Timestamp
    /// False for an entry that is in the set and never takes effect: its capability does not cover it.
    package let wellFormed: Bool

    package init(
        arrival: Arrival, log: LogID, branch: Int, entry: Entry, body: StoredBody, firstSeen: Timestamp, wellFormed: Bool
    ) {
        self.arrival = arrival
        self.log = log
        self.branch = branch
        self.entry = entry
        self.body = body
        self.firstSeen = firstSeen
        self.wellFormed = wellFormed
    }
}

/// An entry about to be stored.
package struct NewEntry: Hashable, Sendable {
    package let log: LogID
    package let branch: Int
    package let entry: Entry
    package let body: StoredBody
    package let firstSeen: Timestamp
    package let wellFormed: Bool

    package init(log: LogID, branch: Int, entry: Entry, body: StoredBody, firstSeen: Timestamp, wellFormed: Bool) {
        self.log = log
        self.branch = branch
        self.entry = entry
        self.body = body
        self.firstSeen = firstSeen
        self.wellFormed = wellFormed
    }
}

/// The summary of a space that the same transaction keeps and `verify` recomputes.
package struct SpaceSummary: Hashable, Sendable {
    package let space: Space
    /// Entries stored, the held ones included.
    package var entryCount: UInt64
    package var logCount: UInt64
    /// 64 bytes: the sum of the hashes of all offered heads. (Specs/04-reconciliation.md)
    package var fingerprint: [UInt8]

    package init(space: Space, entryCount: UInt64, logCount: UInt64, fingerprint: [UInt8]) {
        self.space = space
        self.entryCount = entryCount
        self.logCount = logCount
        self.fingerprint = fingerprint
    }
}

/// Where another node was last found. A local fact.
package struct PeerRecord: Hashable, Sendable {
    /// `host:port`, as dialled.
    package let address: String
    /// Nil until it has answered once.
    package var node: DeviceKey?
    package var lastExchange: Timestamp?
    package var lastFault: String?
    package var faultCount: UInt64

    package init(address: String, node: DeviceKey? = nil, lastExchange: Timestamp? = nil, lastFault: String? = nil, faultCount: UInt64 = 0)
    {
        self.address = address
        self.node = node
        self.lastExchange = lastExchange
        self.lastFault = lastFault
        self.faultCount = faultCount
    }
}

/// A place in the order of display: (timestamp, id).
package struct TimelinePlace: Hashable, Sendable, Comparable {
    package let timestamp: Timestamp
    package let id: EntryID
    package init(timestamp: Timestamp, id: EntryID) {
        self.timestamp = timestamp
        self.id = id
    }
    package static func < (a: TimelinePlace, b: TimelinePlace) -> Bool {
        a.timestamp == b.timestamp ? a.id < b.id : a.timestamp < b.timestamp
    }
}

/// Why the store could not do what was asked. Not a peer's fault, and not a bug of ours.
package enum StoreFailure: Error, Hashable, Sendable {
    /// No space left: the node goes on read-only.
    case full
    /// Reading or writing failed.
    case inputOutput(String)
    /// The database is damaged, or says what no version of ours writes.
    case corrupt(String)
    /// Another process holds the database.
    case busy

    /// What is wrong, without a capital and a full stop.
    package var reason: String {
        switch self {
        case .full: "no space is left on the disk"
        case .inputOutput(let text): "reading or writing failed: \(text)"
        case .corrupt(let text): text
        case .busy: "another process holds the database"
        }
    }
}

/// Small named local values.
package enum FactName: String, Sendable, CaseIterable {
    /// 8 bytes: the incarnation under which this replica signs.
    case incarnation
    /// UTF-8: the names given to this site and its first member on the command line.
    case siteName
    case firstMember
    /// Ids of local entries that every reader of this store has to know it by.
    case networkID
    /// 8 bytes: milliseconds since 1970 of the last daily checkpoint.
    case lastCheckpoint
    /// 32 bytes: the public key of this site. A directory with another site's key signs nothing.
    case siteDevice
}

/// Where a replica keeps its entries: lent to the core for the length of one event, synchronous, bounded in each verb.
///
/// Transactions are the runtime's: it begins one before a batch of events and commits it behind them. `MemoryStore`
/// and the one on SQLite are held against each other by the same tests.
package protocol ReplicaStore {
    func fact(_ name: FactName) throws(StoreFailure) -> [UInt8]?
    mutating func setFact(_ name: FactName, _ value: [UInt8]?) throws(StoreFailure)

    /// Logs by ascending id, after `after`.
    func logs(after: LogID, limit: Int) throws(StoreFailure) -> [LogRecord]
    func log(_ key: LogKey) throws(StoreFailure) -> LogRecord?
    /// A new log; the caller has asked for it with `log(_:)`.
    mutating func addLog(_ key: LogKey, identity: IdentityID?) throws(StoreFailure) -> LogRecord

    /// All branches of a log, ascending. Their number is bounded by the rules of equivocation.
    func branches(of log: LogID) throws(StoreFailure) -> [BranchRecord]
    /// Adds a branch, or replaces the one of the same number.
    mutating func setBranch(_ branch: BranchRecord) throws(StoreFailure)
    /// Removes the record of the branch of the largest number, of which no entry is left.
    mutating func removeLastBranch(of log: LogID) throws(StoreFailure)

    /// Stores the entry. The caller has checked that it follows what is there.
    mutating func append(_ entry: NewEntry) throws(StoreFailure) -> Arrival
    func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry?
    func entry(arrival: Arrival) throws(StoreFailure) -> StoredEntry?
    /// Entries of one branch's own part from a sequence number on, ascending, while the sum of their bytes
    /// (header and body) stays under `bytesMax`; at least one if there is one.
    func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) throws(StoreFailure) -> [StoredEntry]
    /// All entries in order of arrival: of the registry, or of everything.
    func arrivals(after: Arrival, registryOnly: Bool, limit: Int) throws(StoreFailure) -> [StoredEntry]
    /// Replaces what is held of the detached part of an entry: erased, missing, or here. What was there is destroyed. An
    /// id that is not here is passed over.
    mutating func setBody(of id: EntryID, _ body: StoredBody) throws(StoreFailure)
    /// Entries of the kind `erasure`, in order of arrival.
    func erasures(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry]
    /// Entries of one kind that are about `target`, as their headers say it, in order of arrival.
    func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry]
    /// The ids of all entries here from `first` up to and with `last`, ascending, at most `limit` of them.
    func entryIDs(from first: EntryID, through last: EntryID, limit: Int) throws(StoreFailure) -> [EntryID]
    /// Entries whose bodies are missing, in order of arrival.
    func missingBodies(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry]
    /// Replaces the signatures of an entry of the root log by a larger set.
    mutating func setSignatures(of entry: Entry) throws(StoreFailure)

    /// Destroys the entries of a branch's own part from a sequence number on; the caller bounds how many those are, and
    /// brings the records of the branch and of its uses to it. The entry of the latest arrival is not among them, so that
    /// no number of arrival is given twice.
    mutating func removeEntries(log: LogID, branch: Int, from: UInt64) throws(StoreFailure)

    func capabilityUses(of log: LogID) throws(StoreFailure) -> [CapabilityUse]
    mutating func setCapabilityUse(_ use: CapabilityUse) throws(StoreFailure)
    /// Removes the record of that branch and capability.
    mutating func removeCapabilityUse(_ use: CapabilityUse) throws(StoreFailure)
    /// When the latest entry came; `.none` where there is none.
    func latestArrival() throws(StoreFailure) -> Arrival
    /// The last entry of the branch's own part, not after `atMost`, that cites the capability.
    func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) throws(StoreFailure) -> Head?

    /// The summaries of all spaces, ascending by space.
    func summaries() throws(StoreFailure) -> [SpaceSummary]
    mutating func setSummary(_ summary: SpaceSummary) throws(StoreFailure)

    /// Visible entries of one kind, newest first by (timestamp, id): of one space or all, of one identity or all.
    func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) throws(StoreFailure) -> [StoredEntry]
    /// True if the entry of that id is stored, well-formed and not above the kept height of its capability.
    func isVisible(_ id: EntryID) throws(StoreFailure) -> Bool

    /// Changes after the number, ascending. The verbs above write them, in the same transaction.
    func feed(after: FeedNumber, limit: Int) throws(StoreFailure) -> [FeedItem]
    /// Nil where nothing has changed yet.
    func feedExtent() throws(StoreFailure) -> FeedExtent?
    /// Says in the feed that what is decided about these registry entries has changed. Ids that are not here are passed
    /// over.
    mutating func noteVerdicts(of ids: [EntryID]) throws(StoreFailure)

    func peers() throws(StoreFailure) -> [PeerRecord]
    mutating func setPeer(_ peer: PeerRecord) throws(StoreFailure)
    mutating func removePeer(address: String) throws(StoreFailure)
}
