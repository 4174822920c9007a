import EntenteModel
import EntenteReplica
import EntenteRuntime
import Synchronization

/// A disk whose faults a test decides: stores that are opened on it see what was committed.
final class FaultyDisk: Sendable {
    struct State {
        var committed: MemoryStore
        /// Thrown by the next verbs of a kind, for as long as it is set.
        var commitFailure: StoreFailure?
        var writeFailure: StoreFailure?
        var readFailure: StoreFailure?
        var openFailure: StoreFailure?
        var commitCount = 0
        /// Called at the beginning of every transaction, on the node's thread.
        var onBegin: (@Sendable () -> Void)?
    }
    private let state: Mutex<State>

    init(_ store: MemoryStore) { state = Mutex(State(committed: store)) }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    func repaired() {
        change {
            $0.commitFailure = nil
            $0.writeFailure = nil
            $0.readFailure = nil
            $0.openFailure = nil
        }
    }
    var committed: MemoryStore { state.withLock { $0.committed } }
    var commitCount: Int { state.withLock { $0.commitCount } }

    func open() throws(StoreFailure) -> FaultyStore {
        if let failure = state.withLock({ $0.openFailure }) { throw failure }
        return FaultyStore(disk: self)
    }

    fileprivate func commit(_ store: MemoryStore) throws(StoreFailure) {
        let failure = state.withLock { state in
            if state.commitFailure == nil {
                state.committed = store
                state.commitCount += 1
            }
            return state.commitFailure
        }
        if let failure { throw failure }
    }

    fileprivate func write() throws(StoreFailure) {
        if let failure = state.withLock({ $0.writeFailure }) { throw failure }
    }

    fileprivate func read() throws(StoreFailure) {
        if let failure = state.withLock({ $0.readFailure }) { throw failure }
    }

    fileprivate func begin() { state.withLock { $0.onBegin }?() }
}

/// A store on a `FaultyDisk`: what is not committed is in no other store.
struct FaultyStore: TransactionalStore {
    fileprivate let disk: FaultyDisk
    private var now: MemoryStore

    fileprivate init(disk: FaultyDisk) {
        self.disk = disk
        now = disk.committed
    }

    mutating func begin() throws(StoreFailure) {
        disk.begin()
        now = disk.committed
    }
    mutating func commit() throws(StoreFailure) { try disk.commit(now) }
    mutating func rollback() throws(StoreFailure) { now = disk.committed }
    mutating func checkpoint() throws(StoreFailure) {}

    mutating func setFact(_ name: FactName, _ value: [UInt8]?) throws(StoreFailure) {
        try disk.write()
        now.setFact(name, value)
    }
    mutating func addLog(_ key: LogKey, identity: IdentityID?) throws(StoreFailure) -> LogRecord {
        try disk.write()
        return now.addLog(key, identity: identity)
    }
    mutating func setBranch(_ branch: BranchRecord) throws(StoreFailure) {
        try disk.write()
        now.setBranch(branch)
    }
    mutating func removeLastBranch(of log: LogID) throws(StoreFailure) {
        try disk.write()
        now.removeLastBranch(of: log)
    }
    mutating func removeEntries(log: LogID, branch: Int, from: UInt64) throws(StoreFailure) {
        try disk.write()
        now.removeEntries(log: log, branch: branch, from: from)
    }
    mutating func removeCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        try disk.write()
        now.removeCapabilityUse(use)
    }
    func latestArrival() throws(StoreFailure) -> Arrival { now.latestArrival() }
    mutating func append(_ entry: NewEntry) throws(StoreFailure) -> Arrival {
        try disk.write()
        return now.append(entry)
    }
    mutating func setBody(of id: EntryID, _ body: StoredBody) throws(StoreFailure) {
        try disk.write()
        now.setBody(of: id, body)
    }
    mutating func setSignatures(of entry: Entry) throws(StoreFailure) {
        try disk.write()
        now.setSignatures(of: entry)
    }
    mutating func setCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        try disk.write()
        now.setCapabilityUse(use)
    }
    mutating func setSummary(_ summary: SpaceSummary) throws(StoreFailure) {
        try disk.write()
        now.setSummary(summary)
    }
    mutating func noteVerdicts(of ids: [EntryID]) throws(StoreFailure) {
        try disk.write()
        now.noteVerdicts(of: ids)
    }
    mutating func setPeer(_ peer: PeerRecord) throws(StoreFailure) {
        try disk.write()
        now.setPeer(peer)
    }
    mutating func removePeer(address: String) throws(StoreFailure) {
        try disk.write()
        now.removePeer(address: address)
    }

    func fact(_ name: FactName) throws(StoreFailure) -> [UInt8]? {
        try disk.read()
        return now.fact(name)
    }
    func logs(after: LogID, limit: Int) throws(StoreFailure) -> [LogRecord] {
        try disk.read()
        return now.logs(after: after, limit: limit)
    }
    func log(_ key: LogKey) throws(StoreFailure) -> LogRecord? { now.log(key) }
    func branches(of log: LogID) throws(StoreFailure) -> [BranchRecord] { now.branches(of: log) }
    func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry? {
        try disk.read()
        return now.entry(id)
    }
    func entry(arrival: Arrival) throws(StoreFailure) -> StoredEntry? {
        try disk.read()
        return now.entry(arrival: arrival)
    }
    func erasures(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] { now.erasures(after: after, limit: limit) }
    func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        now.entries(about: target, kind: kind, after: after, limit: limit)
    }
    func missingBodies(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] { now.missingBodies(after: after, limit: limit) }
    func entryIDs(from first: EntryID, through last: EntryID, limit: Int) throws(StoreFailure) -> [EntryID] {
        now.entryIDs(from: first, through: last, limit: limit)
    }
    func feed(after: FeedNumber, limit: Int) throws(StoreFailure) -> [FeedItem] {
        try disk.read()
        return now.feed(after: after, limit: limit)
    }
    func feedExtent() throws(StoreFailure) -> FeedExtent? {
        try disk.read()
        return now.feedExtent()
    }
    func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) throws(StoreFailure) -> [StoredEntry] {
        now.entries(log: log, branch: branch, from: from, limit: limit, bytesMax: bytesMax)
    }
    func arrivals(after: Arrival, registryOnly: Bool, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try disk.read()
        return now.arrivals(after: after, registryOnly: registryOnly, limit: limit)
    }
    func capabilityUses(of log: LogID) throws(StoreFailure) -> [CapabilityUse] { now.capabilityUses(of: log) }
    func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) throws(StoreFailure) -> Head? {
        now.lastUse(log: log, branch: branch, capability: capability, atMost: atMost)
    }
    func summaries() throws(StoreFailure) -> [SpaceSummary] { now.summaries() }
    func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) throws(StoreFailure) -> [StoredEntry] {
        now.visible(kind: kind, space: space, identity: identity, before: before, limit: limit)
    }
    func isVisible(_ id: EntryID) throws(StoreFailure) -> Bool { now.isVisible(id) }
    func peers() throws(StoreFailure) -> [PeerRecord] { now.peers() }
}
