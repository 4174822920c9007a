import EntenteModel
import EntenteReplica

/// An entry, with what this site makes of it.
struct WalkedEntry {
    let stored: StoredEntry
    /// Beyond a cut: kept for review, and offered to nobody.
    let isHeld: Bool
    /// Of content: people see what it says.
    let isVisible: Bool
}

/// All entries of some spaces in one order, which a reader can check: the spaces ascending, in each the logs ascending, in
/// each the branches as they were seen, in each the entries by sequence number.
///
/// It holds the logs' records, and no more entries than a page.
struct EntryWalk {
    private var logs: ArraySlice<LogRecord> = []
    private var branches: ArraySlice<BranchRecord> = []
    private var uses: [CapabilityUse] = []
    /// Of each branch of the log, the last entry that is offered, or that leads to what is offered on another one.
    private var offeredThrough: [Int: UInt64] = [:]
    private var next: UInt64 = 0

    init(spaces: Set<Space>, store: some ReplicaStore) throws(StoreFailure) {
        var found: [LogRecord] = []
        var after = LogID(0)
        while true {
            let page = try store.logs(after: after, limit: RuntimeLimits.exportPageCount)
            guard let last = page.last else { break }
            found += page.filter { spaces.contains($0.key.space) }
            after = last.id
        }
        logs = found.sorted { $0.key < $1.key }[...]
    }

    /// The next entries, of one branch; nil behind the last.
    mutating func page(of store: some ReplicaStore) throws(StoreFailure) -> [WalkedEntry]? {
        while true {
            guard let branch = branches.first else {
                guard let log = logs.popFirst() else { return nil }
                try begin(log, of: store)
                continue
            }
            let page = try store.entries(
                log: branch.log, branch: branch.branch, from: next, limit: RuntimeLimits.exportPageCount,
                bytesMax: RuntimeLimits.exportPieceBytes)
            guard let last = page.last else {
                branches.removeFirst()
                next = branches.first?.firstSequence ?? 0
                continue
            }
            next = last.entry.header.sequence + 1
            return page.map { WalkedEntry(stored: $0, isHeld: isHeld($0), isVisible: isVisible($0)) }
        }
    }

    private mutating func begin(_ log: LogRecord, of store: some ReplicaStore) throws(StoreFailure) {
        let all = try store.branches(of: log.id)
        var tree = BranchTree()
        for (number, branch) in all.enumerated() {
            guard branch.branch == number, branch.parent.map({ $0 < number && branch.firstSequence > 0 }) ?? true else {
                throw .corrupt("the branches of log \(log.id.number) contradict each other")
            }
            tree.restore(.init(parent: branch.parent, firstSequence: branch.firstSequence, lastSequence: branch.tip.sequence))
        }
        offeredThrough = [:]
        for branch in all {
            guard let offered = branch.offered else { continue }
            for (number, sequences) in tree.path(to: LogPosition(branch: branch.branch, sequence: offered.sequence)) {
                offeredThrough[number] = max(offeredThrough[number] ?? 0, sequences.upperBound)
            }
        }
        uses = log.key.space == .registry ? [] : try store.capabilityUses(of: log.id)
        branches = all[...]
        next = all.first?.firstSequence ?? 0
    }

    private func isHeld(_ stored: StoredEntry) -> Bool {
        offeredThrough[stored.branch].map { stored.entry.header.sequence > $0 } ?? true
    }

    private func isVisible(_ stored: StoredEntry) -> Bool {
        guard stored.wellFormed, let capability = stored.entry.header.authorization.capability else { return false }
        let use = uses.first { $0.branch == stored.branch && $0.capability == capability }
        return use?.keptSequence.map { stored.entry.header.sequence <= $0 } ?? false
    }
}
