import EntenteModel
import EntenteReplica

/// A store that answers otherwise than it was told: what a damaged disk, or a hand on the database, would do.
struct TamperedStore: ReplicaStore {
    var base: MemoryStore
    /// What becomes of an entry that is read; nil: it is not there.
    var entry: (StoredEntry) -> StoredEntry? = { $0 }
    var branch: (BranchRecord) -> BranchRecord = { $0 }
    var use: (CapabilityUse) -> CapabilityUse = { $0 }
    var summary: (SpaceSummary) -> SpaceSummary? = { $0 }
    var log: (LogRecord) -> LogRecord = { $0 }
    /// An entry that lies on a damaged page.
    var unreadable: EntryID?

    init(_ base: MemoryStore) { self.base = base }

    func fact(_ name: FactName) -> [UInt8]? { base.fact(name) }
    mutating func setFact(_ name: FactName, _ value: [UInt8]?) { base.setFact(name, value) }
    func logs(after: LogID, limit: Int) -> [LogRecord] { base.logs(after: after, limit: limit).map(log) }
    func log(_ key: LogKey) -> LogRecord? { base.log(key).map(log) }
    mutating func addLog(_ key: LogKey, identity: IdentityID?) -> LogRecord { base.addLog(key, identity: identity) }
    func branches(of log: LogID) -> [BranchRecord] { base.branches(of: log).map(branch) }
    mutating func setBranch(_ branch: BranchRecord) { base.setBranch(branch) }
    mutating func removeLastBranch(of log: LogID) { base.removeLastBranch(of: log) }
    mutating func removeEntries(log: LogID, branch: Int, from: UInt64) { base.removeEntries(log: log, branch: branch, from: from) }
    mutating func removeCapabilityUse(_ use: CapabilityUse) { base.removeCapabilityUse(use) }
    func latestArrival() -> Arrival { base.latestArrival() }
    mutating func append(_ entry: NewEntry) -> Arrival { base.append(entry) }
    private func reading(_ entries: [StoredEntry]) throws(StoreFailure) -> [StoredEntry] {
        guard !entries.contains(where: { $0.entry.id == unreadable }) else { throw .corrupt("it is damaged") }
        return entries.compactMap(entry)
    }
    func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry? { try reading(base.entry(id).map { [$0] } ?? []).first }
    func entry(arrival: Arrival) throws(StoreFailure) -> StoredEntry? { try reading(base.entry(arrival: arrival).map { [$0] } ?? []).first }
    func feed(after: FeedNumber, limit: Int) -> [FeedItem] { base.feed(after: after, limit: limit) }
    func feedExtent() -> FeedExtent? { base.feedExtent() }
    mutating func noteVerdicts(of ids: [EntryID]) { base.noteVerdicts(of: ids) }
    func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) throws(StoreFailure) -> [StoredEntry] {
        try reading(base.entries(log: log, branch: branch, from: from, limit: limit, bytesMax: bytesMax))
    }
    func arrivals(after: Arrival, registryOnly: Bool, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try reading(base.arrivals(after: after, registryOnly: registryOnly, limit: limit))
    }
    mutating func setSignatures(of entry: Entry) { base.setSignatures(of: entry) }
    mutating func setBody(of id: EntryID, _ body: StoredBody) { base.setBody(of: id, body) }
    func erasures(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try reading(base.erasures(after: after, limit: limit))
    }
    func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try reading(base.entries(about: target, kind: kind, after: after, limit: limit))
    }
    func missingBodies(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try reading(base.missingBodies(after: after, limit: limit))
    }
    func entryIDs(from first: EntryID, through last: EntryID, limit: Int) -> [EntryID] {
        base.entryIDs(from: first, through: last, limit: limit)
    }
    func capabilityUses(of log: LogID) -> [CapabilityUse] { base.capabilityUses(of: log).map(use) }
    mutating func setCapabilityUse(_ use: CapabilityUse) { base.setCapabilityUse(use) }
    func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) -> Head? {
        base.lastUse(log: log, branch: branch, capability: capability, atMost: atMost)
    }
    func summaries() -> [SpaceSummary] { base.summaries().compactMap(summary) }
    mutating func setSummary(_ summary: SpaceSummary) { base.setSummary(summary) }
    func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) -> [StoredEntry] { base.visible(kind: kind, space: space, identity: identity, before: before, limit: limit) }
    func isVisible(_ id: EntryID) -> Bool { base.isVisible(id) }
    func peers() -> [PeerRecord] { base.peers() }
    mutating func setPeer(_ peer: PeerRecord) { base.setPeer(peer) }
    mutating func removePeer(address: String) { base.removePeer(address: address) }
}

extension StoredEntry {
    /// The same row with another entry, body or place.
    func with(entry: Entry? = nil, body: StoredBody? = nil, wellFormed: Bool? = nil) -> StoredEntry {
        StoredEntry(
            arrival: arrival, log: log, branch: branch, entry: entry ?? self.entry, body: body ?? self.body, firstSeen: firstSeen,
            wellFormed: wellFormed ?? self.wellFormed)
    }
}
