import EntenteCodec
import EntenteModel

/// A replica in memory: for tests and the simulator. A value, so that a transaction is a copy and a rollback is the
/// copy put back.
package struct MemoryStore: ReplicaStore, Sendable {
    private var facts: [FactName: [UInt8]] = [:]
    private var logTable: [LogRecord] = []
    private var logIndex: [LogKey: LogID] = [:]
    private var branchTable: [LogID: [BranchRecord]] = [:]
    /// Ascending by arrival: the entry of arrival n is at n - 1; nil where it was removed.
    private var arrivalTable: [StoredEntry?] = []
    private var entryIndex: [EntryID: Int] = [:]
    private struct BranchKey: Hashable {
        let log: LogID
        let branch: Int
    }
    /// Where the entries of one kind in one space are.
    private struct KindInSpace: Hashable {
        let kind: Kind
        let space: Space
    }
    private var entriesByKind: [KindInSpace: [Int]] = [:]
    private var branchEntries: [BranchKey: [Int]] = [:]
    private var uses: [LogID: [CapabilityUse]] = [:]
    private var summaryTable: [Space: SpaceSummary] = [:]
    /// Ascending by number, without gaps.
    private var feedTable: [FeedItem] = []
    /// By the address's bytes: "é" in two Unicode forms is two addresses, as it is in a database.
    private var peerTable: [[UInt8]: PeerRecord] = [:]

    package init() {}

    package func fact(_ name: FactName) -> [UInt8]? { facts[name] }
    package mutating func setFact(_ name: FactName, _ value: [UInt8]?) { facts[name] = value }

    package func logs(after: LogID, limit: Int) -> [LogRecord] { Array(logTable.drop { $0.id <= after }.prefix(limit)) }
    package func log(_ key: LogKey) -> LogRecord? { logIndex[key].map { logTable[Int($0.number) - 1] } }

    package mutating func addLog(_ key: LogKey, identity: IdentityID?) -> LogRecord {
        let record = LogRecord(id: LogID(Int64(logTable.count + 1)), key: key, identity: identity)
        logTable.append(record)
        logIndex[key] = record.id
        return record
    }

    package func branches(of log: LogID) -> [BranchRecord] { branchTable[log] ?? [] }

    package mutating func setBranch(_ branch: BranchRecord) {
        var branches = branchTable[branch.log] ?? []
        if branch.branch < branches.count { branches[branch.branch] = branch } else { branches.append(branch) }
        branchTable[branch.log] = branches
    }

    package mutating func append(_ new: NewEntry) -> Arrival {
        let arrival = Arrival(Int64(arrivalTable.count + 1))
        let stored = StoredEntry(
            arrival: arrival, log: new.log, branch: new.branch, entry: new.entry, body: new.body, firstSeen: new.firstSeen,
            wellFormed: new.wellFormed)
        branchEntries[BranchKey(log: new.log, branch: new.branch), default: []].append(arrivalTable.count)
        entryIndex[new.entry.id] = arrivalTable.count
        entriesByKind[KindInSpace(kind: new.entry.header.kind, space: new.entry.header.space), default: []].append(arrivalTable.count)
        arrivalTable.append(stored)
        note(.arrived(arrival))
        return arrival
    }

    package func entry(_ id: EntryID) -> StoredEntry? { entryIndex[id].flatMap { arrivalTable[$0] } }

    package func entry(arrival: Arrival) -> StoredEntry? {
        let index = Int(arrival.number) - 1
        return arrivalTable.indices.contains(index) ? arrivalTable[index] : nil
    }

    package func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) -> [StoredEntry] {
        guard let indices = branchEntries[BranchKey(log: log, branch: branch)], let first = indices.first,
            let start = arrivalTable[first]?.entry.header.sequence
        else { return [] }
        let skip = from > start ? Int(min(from - start, UInt64(indices.count))) : 0
        var bytes = 0
        var out: [StoredEntry] = []
        for stored in indices.dropFirst(skip).prefix(limit).lazy.compactMap({ arrivalTable[$0] }) {
            bytes += stored.entry.headerBytes.count + stored.entry.header.bodyBytes
            if bytes > bytesMax && !out.isEmpty { break }
            out.append(stored)
        }
        return out
    }

    package func arrivals(after: Arrival, registryOnly: Bool, limit: Int) -> [StoredEntry] {
        var out: [StoredEntry] = []
        for case .some(let stored) in arrivalTable.dropFirst(Int(after.number)) {
            if out.count == limit { break }
            if !registryOnly || stored.entry.header.space == .registry { out.append(stored) }
        }
        return out
    }

    package mutating func setBody(of id: EntryID, _ body: StoredBody) {
        guard let index = entryIndex[id], let old = arrivalTable[index] else { return }
        arrivalTable[index] = old.with(body: body)
        if old.body.state != body.state { note(.body(old.arrival)) }
    }

    package func erasures(after: Arrival, limit: Int) -> [StoredEntry] {
        arrivals(after: after, limit: limit) { $0.entry.header.kind == .erasure }
    }

    package func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) -> [StoredEntry] {
        arrivals(after: after, limit: limit) { $0.entry.header.kind == kind && $0.entry.header.target == target }
    }

    package func entryIDs(from first: EntryID, through last: EntryID, limit: Int) -> [EntryID] {
        Array(entryIndex.keys.filter { first <= $0 && $0 <= last }.sorted().prefix(limit))
    }

    package func missingBodies(after: Arrival, limit: Int) -> [StoredEntry] { arrivals(after: after, limit: limit) { $0.body == .missing } }

    private func arrivals(after: Arrival, limit: Int, where isMeant: (StoredEntry) -> Bool) -> [StoredEntry] {
        Array(arrivalTable.dropFirst(Int(after.number)).lazy.compactMap { $0 }.filter(isMeant).prefix(limit))
    }

    package mutating func setSignatures(of entry: Entry) {
        guard let index = entryIndex[entry.id] else { return }
        arrivalTable[index] = arrivalTable[index]?.with(entry: entry)
    }

    package mutating func removeEntries(log: LogID, branch: Int, from: UInt64) {
        let key = BranchKey(log: log, branch: branch)
        for index in branchEntries[key] ?? [] {
            guard let entry = arrivalTable[index]?.entry, entry.header.sequence >= from else { continue }
            arrivalTable[index] = nil
            entryIndex[entry.id] = nil
        }
        branchEntries[key]?.removeAll { arrivalTable[$0] == nil }
    }

    package mutating func removeLastBranch(of log: LogID) {
        _ = branchTable[log]?.popLast()
    }

    package func capabilityUses(of log: LogID) -> [CapabilityUse] { uses[log] ?? [] }

    package mutating func setCapabilityUse(_ use: CapabilityUse) {
        var list = uses[use.log] ?? []
        let before = list.first { $0.branch == use.branch && $0.capability == use.capability }?.keptSequence
        if before != use.keptSequence {
            note(.visibility(log: use.log, branch: use.branch, capability: use.capability, before: before, after: use.keptSequence))
        }
        if let index = list.firstIndex(where: { $0.branch == use.branch && $0.capability == use.capability }) {
            list[index] = use
        } else {
            list.append(use)
            list.sort { ($0.branch, $0.capability) < ($1.branch, $1.capability) }
        }
        uses[use.log] = list
    }

    package mutating func removeCapabilityUse(_ use: CapabilityUse) {
        uses[use.log]?.removeAll { $0.branch == use.branch && $0.capability == use.capability }
    }

    package func latestArrival() -> Arrival { Arrival(Int64(arrivalTable.count)) }

    package func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) -> Head? {
        for index in (branchEntries[BranchKey(log: log, branch: branch)] ?? []).reversed() {
            guard let entry = arrivalTable[index]?.entry else { continue }
            if entry.header.sequence <= atMost, entry.header.authorization.capability == capability { return Head(entry) }
        }
        return nil
    }

    package func summaries() -> [SpaceSummary] { summaryTable.values.sorted { $0.space < $1.space } }
    package mutating func setSummary(_ summary: SpaceSummary) { summaryTable[summary.space] = summary }

    package func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) -> [StoredEntry] {
        let places =
            space.map { entriesByKind[KindInSpace(kind: kind, space: .content($0))] ?? [] }
            ?? entriesByKind.filter { $0.key.kind == kind }.flatMap(\.value)
        let matching = places.compactMap { arrivalTable[$0] }.filter { stored in
            (identity == nil || stored.entry.header.identity == identity) && isVisible(stored)
                && before.map { TimelinePlace(timestamp: stored.entry.header.timestamp, id: stored.entry.id) < $0 } != false
        }
        return Array(
            matching.sorted {
                TimelinePlace(timestamp: $0.entry.header.timestamp, id: $0.entry.id)
                    > TimelinePlace(timestamp: $1.entry.header.timestamp, id: $1.entry.id)
            }.prefix(limit))
    }

    package func isVisible(_ id: EntryID) -> Bool { entry(id).map(isVisible) ?? false }

    private func isVisible(_ stored: StoredEntry) -> Bool {
        guard stored.wellFormed, let capability = stored.entry.header.authorization.capability else { return false }
        return (uses[stored.log] ?? []).contains {
            $0.branch == stored.branch && $0.capability == capability
                && $0.keptSequence.map { stored.entry.header.sequence <= $0 } == true
        }
    }

    package func feed(after: FeedNumber, limit: Int) -> [FeedItem] {
        guard let first = feedTable.first, limit > 0 else { return [] }
        let skip = max(0, after.number - (first.number.number - 1))
        return skip >= feedTable.count ? [] : Array(feedTable[Int(skip)...].prefix(limit))
    }

    package func feedExtent() -> FeedExtent? {
        guard let first = feedTable.first, let last = feedTable.last else { return nil }
        return FeedExtent(oldest: first.number, newest: last.number)
    }

    package mutating func noteVerdicts(of ids: [EntryID]) {
        for id in ids {
            if let stored = entry(id) { note(.verdict(stored.arrival)) }
        }
    }

    private mutating func note(_ change: FeedChange) {
        let last = feedTable.last?.number ?? .none
        feedTable.append(FeedItem(number: FeedNumber(last.number + 1), change: change))
        // Not row by row: the array would be moved each time.
        if feedTable.count >= FeedLimits.rowsMax * 2 { feedTable.removeFirst(feedTable.count - FeedLimits.rowsMax) }
    }

    package func peers() -> [PeerRecord] { peerTable.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value) }
    package mutating func setPeer(_ peer: PeerRecord) { peerTable[Array(peer.address.utf8)] = peer }
    package mutating func removePeer(address: String) { peerTable[Array(address.utf8)] = nil }
}

extension StoredEntry {
    /// The same row with another entry or body.
    fileprivate func with(entry: Entry? = nil, body: StoredBody? = nil) -> StoredEntry {
        StoredEntry(
            arrival: arrival, log: log, branch: branch, entry: entry ?? self.entry, body: body ?? self.body, firstSeen: firstSeen,
            wellFormed: wellFormed)
    }
}

extension StoredBody {
    /// The case alone.
    fileprivate var state: Int {
        switch self {
        case .none: 0
        case .present: 1
        case .missing: 2
        case .erased: 3
        }
    }
}
