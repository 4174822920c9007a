import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What `verify` found.
package struct VerificationReport: Hashable, Sendable {
    package struct Finding: Hashable, Sendable {
        /// The log, the entry or the table.
        package let place: String
        package let detail: String

        package init(place: String, detail: String) {
            self.place = place
            self.detail = detail
        }
    }

    package var entryCount: UInt64 = 0
    package var logCount: UInt64 = 0
    package var signatureCount: UInt64 = 0
    /// Damage: what is stored is not what was signed, or a summary does not say what the entries say.
    package var faults: [Finding] = []
    /// Worth knowing, and no damage: forks, and inner signatures that their own author made wrong.
    package var notes: [Finding] = []

    package var isClean: Bool { faults.isEmpty }

    package init() {}
}

/// Checks everything that a replica holds against what was signed: every signature, backlink, commitment and summary.
///
/// It trusts nothing that the store says beside headers, signatures and bodies. It writes nothing.
package struct Verifier<Store: ReplicaStore> {
    private let network: NetworkID
    private let store: Store
    private var report = VerificationReport()
    private var keys: [DeviceKey: VerifyingKey] = [:]

    /// Rows read at a time.
    private static var pageCount: Int { 512 }
    /// Faults named one by one; a database that is damaged throughout need not fill the screen.
    private static var faultsMax: Int { 1000 }

    /// Verifies the whole replica.
    package static func check(_ store: Store, network: NetworkID) -> VerificationReport {
        var verifier = Verifier(network: network, store: store)
        verifier.run()
        return verifier.report
    }

    private init(network: NetworkID, store: Store) {
        self.network = network
        self.store = store
    }

    private mutating func run() {
        var after = LogID(0)
        do {
            while true {
                let logs = try store.logs(after: after, limit: Self.pageCount)
                for log in logs { verify(log) }
                guard let last = logs.last else { break }
                after = last.id
            }
        } catch {
            fault("the table of logs", "it cannot be read: \(error.reason)")
        }
        verifySummaries()
    }

    private mutating func fault(_ place: String, _ detail: String) {
        guard report.faults.count < Self.faultsMax else { return }
        report.faults.append(.init(place: place, detail: detail))
    }

    // MARK: - Logs

    private mutating func verify(_ log: LogRecord) {
        report.logCount += 1
        let place = "log \(log.id.number) of \(log.key.device?.short ?? "root") in \(log.key.space)"
        do {
            let branches = try store.branches(of: log.id)
            var lastUses: [Use: UInt64] = [:]
            for branch in branches {
                if branch.branch > 0 {
                    report.notes.append(.init(place: place, detail: "its author forked it at sequence number \(branch.firstSequence)"))
                }
                try verify(branch, of: log, among: branches, lastUses: &lastUses, place: place)
            }
            try verifyUses(of: log, lastUses, place: place)
        } catch {
            fault(place, "it cannot be read: \(error.reason)")
        }
    }

    /// Entries of a branch that cite one capability.
    private struct Use: Hashable {
        let branch: Int
        let capability: EntryID
    }

    /// Holds the stored uses of capabilities against those that the entries show.
    private mutating func verifyUses(of log: LogRecord, _ lastUses: [Use: UInt64], place: String) throws(StoreFailure) {
        guard log.key.space != .registry else { return }
        var missing = lastUses
        for stored in try store.capabilityUses(of: log.id) {
            let last = missing.removeValue(forKey: Use(branch: stored.branch, capability: stored.capability))
            guard last != stored.lastSequence else { continue }
            fault(place, "its record of the last entry under capability \(stored.capability.short) is not what the entries say")
        }
        for use in missing.keys.sorted(by: { ($0.branch, $0.capability) < ($1.branch, $1.capability) }) {
            fault(place, "it has no record of the entries under capability \(use.capability.short)")
        }
    }

    /// What is known of the entry before the next one.
    private struct Predecessor {
        var id: EntryID?
        var timestamp = Timestamp(milliseconds: 0)
        /// False where the entry before cannot be read: then its id is not known.
        var isKnown = true
    }

    private mutating func verify(
        _ branch: BranchRecord, of log: LogRecord, among branches: [BranchRecord], lastUses: inout [Use: UInt64], place: String
    ) throws(StoreFailure) {
        var previous = Predecessor()
        if let parent = branch.parent, branch.firstSequence > 0 {
            let before = try store.entries(log: log.id, branch: parent, from: branch.firstSequence - 1, limit: 1, bytesMax: .max)
            if let entry = before.first?.entry { previous = Predecessor(id: entry.id, timestamp: entry.header.timestamp) }
        }
        var next = branch.firstSequence
        // Signatures that do not hold and that no later one has made up for yet.
        var unproven: [EntryID] = []
        var unreadable = 0
        while true {
            let page: [StoredEntry]
            do {
                page = try store.entries(
                    log: log.id, branch: branch.branch, from: next, limit: unreadable == 0 ? Self.pageCount : 1, bytesMax: 16 << 20)
            } catch {
                // Somewhere in the page: one by one from here, past those that cannot be read, to name what is behind them.
                unreadable += 1
                guard unreadable < Self.faultsMax, next < branch.tip.sequence else { throw error }
                if unreadable > 1 {
                    fault(place, "the entry of sequence number \(next) cannot be read: \(error.reason)")
                    next += 1
                    previous.isKnown = false
                }
                continue
            }
            guard let last = page.last else { break }
            for stored in page {
                verify(stored, after: previous, sequence: next, of: log, unproven: &unproven, place: place)
                if let capability = stored.entry.header.authorization.capability {
                    lastUses[Use(branch: branch.branch, capability: capability)] = stored.entry.header.sequence
                }
                previous = Predecessor(id: stored.entry.id, timestamp: stored.entry.header.timestamp)
                // A number that is not due was named; counting goes on from it, so that it is named once. It is at most
                // 2^63 - 1, and a store that goes back is not followed.
                next = max(next, stored.entry.header.sequence) + 1
            }
            guard last.entry.header.sequence < branch.tip.sequence else { break }
        }
        if previous.id != branch.tip.id || next == 0 || next - 1 != branch.tip.sequence {
            fault(place, "branch \(branch.branch) ends at sequence number \(next - min(next, 1)), its record says \(branch.tip.sequence)")
        }
        for id in unproven where !hasChild(branch, among: branches) {
            fault("entry \(id)", "its signature does not hold, and no later one covers it")
        }
    }

    /// True if another branch goes on from this one: then a signature there may cover what is here.
    private func hasChild(_ branch: BranchRecord, among branches: [BranchRecord]) -> Bool {
        branches.contains { $0.parent == branch.branch && $0.firstSequence == branch.tip.sequence + 1 }
    }

    private mutating func verify(
        _ stored: StoredEntry, after previous: Predecessor, sequence: UInt64, of log: LogRecord, unproven: inout [EntryID], place: String
    ) {
        let entry = stored.entry
        let name = "entry \(entry.id)"
        report.entryCount += 1
        if entry.log != log.key { fault(name, "it names another log than the one that it is in") }
        if log.identity != entry.identity { fault(name, "it is another identity's than its log") }
        if entry.header.sequence != sequence { fault(name, "its sequence number is \(entry.header.sequence), and \(sequence) is due") }
        if previous.isKnown, entry.header.backlink != previous.id { fault(name, "its backlink is not the entry before it") }
        if entry.header.timestamp < previous.timestamp { fault(name, "its timestamp is before that of the entry before it") }
        switch stored.body {
        case .present(let body):
            if !body.fits(entry.header) { fault(name, "its body is not the one that it commits to") }
        case .none:
            if entry.header.space != .registry { fault(name, "a content entry without a body") }
        case .missing: report.notes.append(.init(place: name, detail: "its body is missing here"))
        case .erased: break
        }
        verifySignature(entry, unproven: &unproven, name: name)
    }

    private mutating func verifySignature(_ entry: Entry, unproven: inout [EntryID], name: String) {
        guard let device = entry.header.device else {
            // The evaluator counts root signatures; one that does not hold is never stored.
            report.signatureCount += UInt64(entry.rootSignatures.count)
            let valid = entry.validRootSigners(among: entry.rootSignatures.map(\.key), in: network)
            if valid.count != entry.rootSignatures.count { fault(name, "a root signature does not hold") }
            return
        }
        report.signatureCount += 1
        if keys[device] == nil { keys[device] = VerifyingKey(device.bytes) }
        if let key = keys[device], entry.verifiesSignature(of: key, in: network) {
            for id in unproven {
                report.notes.append(.init(place: "entry \(id)", detail: "its author made its signature wrong; a later one covers it"))
            }
            unproven = []
        } else if entry.header.space == .registry {
            fault(name, "its signature does not hold")
        } else {
            unproven.append(entry.id)
        }
    }

    // MARK: - Summaries

    private func isWellFormed(_ entry: Entry, by replica: Replica) -> Bool {
        entry.header.space == .registry || replica.authority.standing(ofContent: entry.header) == .wellFormed
    }

    /// Every body that is gone was erased by somebody who may, and what was erased is gone.
    private mutating func verifyErasure(of stored: StoredEntry, by replica: Replica) throws(StoreFailure) {
        guard stored.body != .none else { return }
        let isErased = try replica.isErased(stored.entry, store: store)
        if isErased, stored.body != .erased {
            fault("entry \(stored.entry.id)", "an erasure in force names it, and its body is not erased")
        }
        if !isErased, stored.body == .erased { fault("entry \(stored.entry.id)", "its body is erased, and no erasure in force names it") }
    }

    /// Computes all summaries anew and names those that the store has otherwise.
    private mutating func verifySummaries() {
        var audit = AuditedStore(base: store)
        let replica: Replica
        do {
            replica = try Replica(network: network, store: &audit)
        } catch {
            return fault("the registry", "it cannot be read whole: \(error.reason)")
        }
        for write in audit.differences { fault(write.place, write.detail) }
        var counts: [Space: UInt64] = [:]
        do {
            var after = Arrival.none
            while true {
                let page = try store.arrivals(after: after, registryOnly: false, limit: Self.pageCount)
                for stored in page {
                    counts[stored.entry.header.space, default: 0] += 1
                    if stored.wellFormed != isWellFormed(stored.entry, by: replica) {
                        fault("entry \(stored.entry.id)", "it is not so that \(stored.wellFormed ? "a" : "no") capability covers it")
                    }
                    try verifyErasure(of: stored, by: replica)
                }
                guard let last = page.last else { break }
                after = last.arrival
            }
            let stored = try store.summaries()
            for space in Set(stored.map(\.space)).union(counts.keys).sorted() {
                let summary = stored.first { $0.space == space }
                if summary?.entryCount != counts[space] { fault("the summary of \(space)", "it does not say how many entries there are") }
                if summary?.logCount != UInt64(replica.logCount(of: space)) {
                    fault("the summary of \(space)", "it does not say how many logs there are")
                }
                if summary?.fingerprint != replica.sum(of: space).bytes {
                    fault("the summary of \(space)", "its fingerprint is not that of the offered heads")
                }
            }
        } catch {
            fault("the summaries", "they cannot be read: \(error.reason)")
        }
    }
}

/// A store whose every write is a difference between what is stored and what should be.
private struct AuditedStore<Base: ReplicaStore>: ReplicaStore {
    let base: Base
    private(set) var differences: [(place: String, detail: String)] = []

    init(base: Base) { self.base = base }

    mutating func setFact(_ name: FactName, _ value: [UInt8]?) {}
    mutating func addLog(_ key: LogKey, identity: IdentityID?) throws(StoreFailure) -> LogRecord {
        throw .corrupt("verifying adds no log")
    }
    mutating func setBranch(_ branch: BranchRecord) {
        differences.append(("log \(branch.log.number), branch \(branch.branch)", "what it says is offered is not what the registry allows"))
    }
    mutating func append(_ entry: NewEntry) throws(StoreFailure) -> Arrival { throw .corrupt("verifying stores nothing") }
    mutating func setSignatures(of entry: Entry) {}
    mutating func setBody(of id: EntryID, _ body: StoredBody) {}
    mutating func setCapabilityUse(_ use: CapabilityUse) {
        differences.append(
            (
                "log \(use.log.number), branch \(use.branch)",
                "the kept height under capability \(use.capability.short) is not what the registry says"
            ))
    }
    mutating func removeLastBranch(of log: LogID) throws(StoreFailure) { throw .corrupt("verifying removes nothing") }
    mutating func removeEntries(log: LogID, branch: Int, from: UInt64) throws(StoreFailure) { throw .corrupt("verifying removes nothing") }
    mutating func removeCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) { throw .corrupt("verifying removes nothing") }
    mutating func setSummary(_ summary: SpaceSummary) {}
    mutating func noteVerdicts(of ids: [EntryID]) {}
    mutating func setPeer(_ peer: PeerRecord) {}
    mutating func removePeer(address: String) {}

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
