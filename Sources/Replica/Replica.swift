import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What a node knows of its entries without asking the store: the registry with its verdicts, the shape of every log,
/// and the sum of the offered heads of every space.
///
/// It accepts an entry or says why not, and keeps the small summaries in the store beside the entries, in the same
/// transaction. After a `StoreFailure` the value may be ahead of the store: load a new one.
package struct Replica: Sendable {
    package let network: NetworkID
    package internal(set) var authority: Authority
    package internal(set) var directory = MemberDirectory()
    /// As the founding entry says it; empty until that is here.
    package internal(set) var networkName = ""
    /// The authors' keys that have passed `VerifyingKey`'s checks: they cost as much as a signature.
    var verifyingKeys: [DeviceKey: VerifyingKey] = [:]
    var logs: [LogKey: LogState] = [:]
    var logKeys: [LogID: LogKey] = [:]
    /// The logs in which an identity signs.
    var logsByIdentity: [IdentityID: Set<LogKey>] = [:]
    /// How many logs each device has in each space.
    var logCounts: [DeviceSpace: Int] = [:]
    var spaceStates: [Space: SpaceState] = [:]
    /// What this node keeps out for now.
    package var gate = Gate()
    /// Erasures by what they name, and by the log that they are in. They are few: a person asks for each.
    var erasures: [EntryID: [Erasure]] = [:]
    var erasuresByLog: [LogKey: [Erasure]] = [:]
    /// The content logs with entries that cite a capability.
    var logsByCapability: [EntryID: Set<LogKey>] = [:]
    /// Withheld capabilities and inceptions that offered entries of the registry need, with the number of logs that do.
    var dragged: [EntryID: Int] = [:]
    /// What tips name and is missing, until the registry changes.
    private var wanted: [EntryID]?

    /// One log: its record, its branches, and what is offered of them.
    struct LogState: Sendable {
        let record: LogRecord
        var tree = BranchTree()
        var branches: [BranchRecord] = []
        /// Of a content log that was forked: what is kept of it.
        var bound: BranchBound?
        var uses: [CapabilityUse] = []
        /// Registry logs: the heads of every entry, by branch, since a cut there may fall anywhere.
        var registryHeads: [[Head]] = []
        /// Registry logs: the withheld capabilities and inceptions that what is offered of the log needs.
        var drags: Set<EntryID> = []
        /// The offered heads, none an ancestor of another, ascending by branch.
        var heads: [Head] = []
        /// Branches and uses, by index, that entries were added to and the store does not know yet: `refreshOffer` writes
        /// them, once for a whole run.
        var unsavedBranches: Set<Int> = []
        var unsavedUses: Set<Int> = []
    }

    struct SpaceState: Sendable {
        var logs: Set<LogKey> = []
        var sum = HeadSum()
        var entryCount: UInt64 = 0
        /// Entries whose bodies are missing, the held ones included.
        var missingCount = 0
    }

    /// Reads the replica of `network` from its store.
    package init(network: NetworkID, store: inout some ReplicaStore) throws(StoreFailure) {
        self.network = network
        authority = Authority(network: network)
        var after = LogID(0)
        while true {
            let page = try store.logs(after: after, limit: Self.pageCount)
            for record in page { try load(record, store: store) }
            guard let last = page.last else { break }
            after = last.id
        }
        try loadRegistry(store: store)
        for summary in try store.summaries() { spaceStates[summary.space, default: SpaceState()].entryCount = summary.entryCount }
        _ = authority.evaluate()
        _ = try locateMentions(authority.unresolvedMentions, store: store)
        directory = MemberDirectory(authority)
        // What hangs on what, as it was offered when this was stored: so that nothing is offered less for a moment.
        for (key, state) in logs where key.space == .registry { restoreDrags(of: key, state) }
        var unread = BodyChanges()
        _ = try refreshOffers(of: Set(logs.keys), noting: &unread, store: &store)
        try loadErasures(store: store)
    }

    /// Rows read at a time where a table is read whole.
    static let pageCount = 1024

    private mutating func load(_ record: LogRecord, store: some ReplicaStore) throws(StoreFailure) {
        let state = try stored(record, store: store)
        for use in state.uses { logsByCapability[use.capability, default: []].insert(record.key) }
        logs[record.key] = state
        index(record)
    }

    /// A log as the store has it, without the registry's entries and without heads.
    func stored(_ record: LogRecord, store: some ReplicaStore) throws(StoreFailure) -> LogState {
        var state = LogState(record: record)
        state.branches = try store.branches(of: record.id)
        for branch in state.branches {
            state.tree.restore(.init(parent: branch.parent, firstSequence: branch.firstSequence, lastSequence: branch.tip.sequence))
            state.registryHeads.append([])
        }
        state.uses = try store.capabilityUses(of: record.id)
        return state
    }

    /// Enters a log into what is looked up by other things than its key.
    mutating func index(_ record: LogRecord) {
        logKeys[record.id] = record.key
        if let identity = record.identity { logsByIdentity[identity, default: []].insert(record.key) }
        if let place = DeviceSpace(record.key) { logCounts[place, default: 0] += 1 }
        spaceStates[record.key.space, default: SpaceState()].logs.insert(record.key)
    }

    private mutating func loadRegistry(store: some ReplicaStore) throws(StoreFailure) {
        var after = Arrival.none
        while true {
            let page = try store.arrivals(after: after, registryOnly: true, limit: Self.pageCount)
            for stored in page {
                guard let key = logKeys[stored.log], stored.branch < logs[key]?.registryHeads.count ?? 0 else {
                    throw .corrupt("entry \(stored.entry.id) is in no log of the table")
                }
                logs[key]?.registryHeads[stored.branch].append(Head(stored.entry))
                authority.insert(stored.entry, signatureHolds: true)
                noteName(stored.entry)
            }
            guard let last = page.last else { break }
            after = last.arrival
        }
    }

    mutating func noteName(_ entry: Entry) {
        if entry.header.kind == .genesis, let name = entry.header.act?.networkName { networkName = name }
    }

    /// The checked key of a device, or nil if it may verify nothing.
    mutating func verifyingKey(of device: DeviceKey) -> VerifyingKey? {
        if let key = verifyingKeys[device] { return key }
        guard let key = VerifyingKey(device.bytes) else { return nil }
        if verifyingKeys.count >= Self.verifyingKeysMax { verifyingKeys.removeAll(keepingCapacity: true) }
        verifyingKeys[device] = key
        return key
    }

    /// Checked keys remembered: a bound, since strangers may name any number of keys.
    private static let verifyingKeysMax = 65536

    /// Tells the evaluator where those content entries are that the registry names. Returns what that changes.
    mutating func locateMentions(_ ids: [EntryID], store: some ReplicaStore) throws(StoreFailure) -> EvaluationDiff {
        var found = false
        for id in ids {
            guard let stored = try store.entry(id), stored.entry.header.space != .registry else { continue }
            locate(stored.entry, at: LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence))
            found = true
        }
        return found ? authority.evaluate() : EvaluationDiff()
    }

    /// A tip counts only with its own signature: an interior one was authenticated by another. (authority, section 9)
    mutating func locate(_ entry: Entry, at position: LogPosition) {
        guard let device = entry.header.device else { return }
        let holds = verifyingKey(of: device).map { entry.verifiesSignature(of: $0, in: network) } ?? false
        authority.locate(entry.id, log: entry.log, position: position, signatureHolds: holds)
    }

    // MARK: - Questions

    /// What the tips of acts in force name and is not here: to be fetched by id. Ascending.
    package mutating func wantedMentions() -> [EntryID] {
        if let wanted { return wanted }
        let now = authority.wantedMentions
        wanted = now
        return now
    }

    mutating func forgetWantedMentions() { wanted = nil }

    package var spaces: [Space] { spaceStates.keys.sorted() }

    /// The sum of the offered heads of a space; that of nothing where the space is not held.
    package func sum(of space: Space) -> HeadSum { spaceStates[space]?.sum ?? HeadSum() }

    package func entryCount(of space: Space) -> UInt64 { spaceStates[space]?.entryCount ?? 0 }

    package func logCount(of space: Space) -> Int { spaceStates[space]?.logs.count ?? 0 }

    /// The offered heads of a space with the logs that they are of, ascending by log.
    package func heads(of space: Space) -> [(log: LogKey, head: Head)] {
        (spaceStates[space]?.logs.sorted() ?? []).flatMap { key in (logs[key]?.heads ?? []).map { (key, $0) } }
    }

    /// The last entry of a log's first branch: where its author goes on.
    package func tip(of log: LogKey) -> Head? { logs[log]?.branches.first?.tip }

    /// What stands for the root log among the heads: it changes with the signatures too, which the ids do not cover.
    static let rootHeadDomain = Array("entente/root-head/1".utf8)
}
