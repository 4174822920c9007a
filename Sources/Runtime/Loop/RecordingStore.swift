import EntenteModel
import EntenteReplica

/// The store as the node sees it: everything goes through, and what this site signs is noted.
struct RecordingStore<Base: TransactionalStore>: ReplicaStore {
    var base: Base
    /// The devices that sign on this node.
    var ownDevices: Set<DeviceKey>
    /// Newest heads of this site's own logs that were written since they were last taken.
    private(set) var authored: [LogKey: Head] = [:]
    /// A new incarnation began since then.
    private(set) var isReborn = false
    /// How often something was written since then.
    private(set) var writeCount = 0
    /// A body was erased since then, or an entry removed.
    private(set) var hasErased = false

    init(_ base: Base, ownDevices: Set<DeviceKey>) {
        self.base = base
        self.ownDevices = ownDevices
    }

    /// Forgets what was noted: it is recorded, or undone.
    mutating func clear() {
        authored = [:]
        isReborn = false
        writeCount = 0
        hasErased = false
    }

    mutating func append(_ entry: NewEntry) throws(StoreFailure) -> Arrival {
        writeCount += 1
        let arrival = try base.append(entry)
        let log = entry.entry.log
        if let device = log.device, ownDevices.contains(device) { authored[log] = Head(entry.entry) }
        return arrival
    }

    mutating func setFact(_ name: FactName, _ value: [UInt8]?) throws(StoreFailure) {
        writeCount += 1
        try base.setFact(name, value)
        if name == .incarnation { isReborn = true }
    }

    mutating func addLog(_ key: LogKey, identity: IdentityID?) throws(StoreFailure) -> LogRecord {
        writeCount += 1
        return try base.addLog(key, identity: identity)
    }

    mutating func setBranch(_ branch: BranchRecord) throws(StoreFailure) {
        writeCount += 1
        try base.setBranch(branch)
    }

    mutating func setBody(of id: EntryID, _ body: StoredBody) throws(StoreFailure) {
        writeCount += 1
        if body == .erased { hasErased = true }
        try base.setBody(of: id, body)
    }

    mutating func setSignatures(of entry: Entry) throws(StoreFailure) {
        writeCount += 1
        try base.setSignatures(of: entry)
    }

    mutating func setCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        writeCount += 1
        try base.setCapabilityUse(use)
    }

    mutating func removeLastBranch(of log: LogID) throws(StoreFailure) {
        writeCount += 1
        try base.removeLastBranch(of: log)
    }

    mutating func removeEntries(log: LogID, branch: Int, from: UInt64) throws(StoreFailure) {
        writeCount += 1
        hasErased = true
        try base.removeEntries(log: log, branch: branch, from: from)
    }

    mutating func removeCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        writeCount += 1
        try base.removeCapabilityUse(use)
    }

    mutating func setSummary(_ summary: SpaceSummary) throws(StoreFailure) {
        writeCount += 1
        try base.setSummary(summary)
    }

    mutating func noteVerdicts(of ids: [EntryID]) throws(StoreFailure) {
        writeCount += 1
        try base.noteVerdicts(of: ids)
    }

    mutating func setPeer(_ peer: PeerRecord) throws(StoreFailure) {
        writeCount += 1
        try base.setPeer(peer)
    }

    mutating func removePeer(address: String) throws(StoreFailure) {
        writeCount += 1
        try base.removePeer(address: address)
    }

    // MARK: - Reading

    func fact(_ name: FactName) throws(StoreFailure) -> [UInt8]? { try base.fact(name) }
    func logs(after: LogID, limit: Int) throws(StoreFailure) -> [LogRecord] { try base.logs(after: after, limit: limit) }
    func log(_ key: LogKey) throws(StoreFailure) -> LogRecord? { try base.log(key) }
    func branches(of log: LogID) throws(StoreFailure) -> [BranchRecord] { try base.branches(of: log) }
    func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry? { try base.entry(id) }
    func entry(arrival: Arrival) throws(StoreFailure) -> StoredEntry? { try base.entry(arrival: arrival) }
    func feed(after: FeedNumber, limit: Int) throws(StoreFailure) -> [FeedItem] { try base.feed(after: after, limit: limit) }
    func feedExtent() throws(StoreFailure) -> FeedExtent? { try base.feedExtent() }

    func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) throws(StoreFailure) -> [StoredEntry] {
        try base.entries(log: log, branch: branch, from: from, limit: limit, bytesMax: bytesMax)
    }

    func arrivals(after: Arrival, registryOnly: Bool, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try base.arrivals(after: after, registryOnly: registryOnly, limit: limit)
    }

    func erasures(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] { try base.erasures(after: after, limit: limit) }

    func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try base.entries(about: target, kind: kind, after: after, limit: limit)
    }

    func entryIDs(from first: EntryID, through last: EntryID, limit: Int) throws(StoreFailure) -> [EntryID] {
        try base.entryIDs(from: first, through: last, limit: limit)
    }

    func missingBodies(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try base.missingBodies(after: after, limit: limit)
    }

    func capabilityUses(of log: LogID) throws(StoreFailure) -> [CapabilityUse] { try base.capabilityUses(of: log) }

    func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) throws(StoreFailure) -> Head? {
        try base.lastUse(log: log, branch: branch, capability: capability, atMost: atMost)
    }

    func latestArrival() throws(StoreFailure) -> Arrival { try base.latestArrival() }
    func summaries() throws(StoreFailure) -> [SpaceSummary] { try base.summaries() }

    func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) throws(StoreFailure) -> [StoredEntry] {
        try base.visible(kind: kind, space: space, identity: identity, before: before, limit: limit)
    }

    func isVisible(_ id: EntryID) throws(StoreFailure) -> Bool { try base.isVisible(id) }
    func peers() throws(StoreFailure) -> [PeerRecord] { try base.peers() }
}
