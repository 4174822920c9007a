import EntenteModel

/// What was taken from the held shelf, or would be.
package struct ShelfCollection: Hashable, Sendable {
    /// Entries by the identity that wrote them.
    package var entryCounts: [IdentityID: Int] = [:]
    /// Of headers and bodies as they were made, whether the body was still here or not.
    package var byteCount = 0
    package var logCount = 0
    /// There is more than one event may do.
    package var isCut = false

    package init() {}

    package var entryCount: Int { entryCounts.values.reduce(0, +) }
}

package enum ShelfLimits {
    /// Entries that one event takes from the shelf: about a tenth of a second.
    package static let collectedMax = 4096
}

// Collecting the held shelf. (Specs/03-authority.md, A-84, A-85; Docs/Decisions/0016-shelf.md)
extension Replica {
    /// When the entry came to be held, as this replica saw it: when it came, or when the last came of what keeps it out.
    /// Nil where that cannot be told.
    package func heldSince(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> Timestamp? {
        guard let facts = facts(of: stored) else { return nil }
        var since = stored.firstSeen
        let reasons = facts.disavowedBy + facts.stoppedBy + facts.annulledBy + facts.keyEndedBy
        for id in reasons { if let reason = try store.entry(id) { since = max(since, reason.firstSeen) } }
        if reasons.isEmpty {
            // What no capability covers is never accepted, whatever comes.
            guard facts.isOfDroppedBranch || !facts.isWellFormed else { return nil }
            if facts.isOfDroppedBranch { since = try max(since, lastFork(of: stored, store: store)) }
        }
        return since
    }

    /// When the last branch of the entry's log began here: one that came later may have displaced it.
    private func lastFork(of stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> Timestamp {
        var last = Timestamp(milliseconds: 0)
        for branch in logs[stored.entry.log]?.branches ?? [] {
            let first = try store.entries(log: stored.log, branch: branch.branch, from: branch.firstSequence, limit: 1, bytesMax: .max)
            last = max(last, first.first?.firstSeen ?? last)
        }
        return last
    }

    /// Destroys what content logs hold beyond what they offer and what was held before `limit` already, from their ends; or
    /// says what that would be. Nothing that is offered, visible or summed changes.
    ///
    /// What the registry names stays, and the last entry that stays carries a signature that holds.
    ///
    /// - Parameter isOpen: True for a log in which its author may go on here: it stays whole, since the next entry goes
    ///   behind the last.
    package mutating func collectShelf(
        heldBefore limit: Timestamp, preview: Bool, store: inout some ReplicaStore, except isOpen: (LogKey) -> Bool
    ) throws(StoreFailure) -> ShelfCollection {
        var collection = ShelfCollection()
        let latest = try store.latestArrival()
        for key in logs.keys.sorted() where key.space != .registry {
            guard !isOpen(key), let state = logs[key] else { continue }
            guard collection.entryCount < ShelfLimits.collectedMax else {
                collection.isCut = true
                break
            }
            let before = collection.entryCount
            var cuts = Cuts(branches: state.branches)
            // A branch has a larger number than the one that it leaves: what goes on from an entry is decided before it.
            for branch in state.branches.reversed() {
                let budget = ShelfLimits.collectedMax - collection.entryCount
                let part = try collectable(branch, of: state, cuts, heldBefore: limit, latest: latest, budget: budget, store: store)
                guard let from = part.first?.entry.header.sequence else { continue }
                cuts.take(branch, from: from)
                for stored in part {
                    if let identity = stored.entry.identity { collection.entryCounts[identity, default: 0] += 1 }
                    collection.byteCount += stored.entry.headerBytes.count + stored.entry.header.bodyBytes
                }
                if !preview { try remove(part, of: branch, in: key, store: &store) }
                if part.count == budget { collection.isCut = true }
            }
            guard collection.entryCount > before else { continue }
            collection.logCount += 1
            if !preview { try restock(key, cuts, store: &store) }
        }
        return collection
    }

    /// What is left of the branches of a log while some is taken.
    private struct Cuts {
        /// The first sequence number that is taken, by branch.
        private(set) var from: [Int: UInt64] = [:]
        private let branches: [BranchRecord]
        /// Branches that are left, from the first: a number behind which another branch stands is never free.
        private(set) var remaining: Int

        init(branches: [BranchRecord]) {
            self.branches = branches
            remaining = branches.count
        }

        mutating func take(_ branch: BranchRecord, from sequence: UInt64) {
            from[branch.branch] = sequence
            if sequence == branch.firstSequence { remaining -= 1 }
        }

        /// True if the branch may go whole.
        func isLast(_ branch: BranchRecord) -> Bool { branch.branch == remaining - 1 }

        /// The first sequence number of the branch from which on none of those that remain goes on.
        func free(_ branch: BranchRecord) -> UInt64 {
            branches.prefix(remaining).filter { $0.parent == branch.branch }.map(\.firstSequence).max() ?? 0
        }
    }

    /// The end of a branch that can be taken, ascending; at most `budget` entries.
    private func collectable(
        _ branch: BranchRecord, of state: LogState, _ cuts: Cuts, heldBefore limit: Timestamp, latest: Arrival, budget: Int,
        store: some ReplicaStore
    ) throws(StoreFailure) -> [StoredEntry] {
        var first = max(branch.firstSequence, branch.offered.map { $0.sequence + 1 } ?? 0, cuts.free(branch))
        if !cuts.isLast(branch) { first = max(first, branch.firstSequence + 1) }
        guard budget > 0, first <= branch.tip.sequence else { return [] }
        func isFree(_ stored: StoredEntry) throws(StoreFailure) -> Bool {
            guard stored.arrival != latest, !authority.mentions(stored.entry.id) else { return false }
            return try heldSince(stored, store: store).map { $0 <= limit } == true
        }
        // Most of what is held is young, and then so is its last entry: a shelf is not read to find nothing.
        let tip = try store.entries(log: state.record.id, branch: branch.branch, from: branch.tip.sequence, limit: 1, bytesMax: .max)
        guard let last = tip.first, try isFree(last) else { return [] }
        // From the end: what is behind an entry that stays, stays.
        if branch.tip.sequence - first >= UInt64(budget) { first = branch.tip.sequence - UInt64(budget) + 1 }
        var part: [StoredEntry] = []
        var next = first
        while next <= branch.tip.sequence {
            let page = try store.entries(log: state.record.id, branch: branch.branch, from: next, limit: Self.pageCount, bytesMax: .max)
            guard let last = page.last else { return [] }
            for stored in page {
                if try isFree(stored) { part.append(stored) } else { part = [] }
            }
            next = last.entry.header.sequence + 1
        }
        return try behindSigned(part, of: branch, state, store: store)
    }

    /// Leaves out so many of the first that the one before them carries a signature that holds: another's may have covered
    /// it until now.
    private func behindSigned(
        _ part: [StoredEntry], of branch: BranchRecord, _ state: LogState, store: some ReplicaStore
    ) throws(StoreFailure) -> [StoredEntry] {
        guard let first = part.first?.entry.header.sequence, first > branch.firstSequence else { return part }
        let before = try store.entries(log: state.record.id, branch: branch.branch, from: first - 1, limit: 1, bytesMax: .max)
        var kept = before.first
        for (index, stored) in part.enumerated() {
            if let kept, carriesSignature(kept.entry) { return Array(part[index...]) }
            kept = stored
        }
        return []
    }

    private mutating func remove(
        _ part: [StoredEntry], of branch: BranchRecord, in key: LogKey, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        guard let first = part.first?.entry.header else { return }
        try store.removeEntries(log: branch.log, branch: branch.branch, from: first.sequence)
        spaceStates[key.space]?.entryCount -= UInt64(part.count)
        spaceStates[key.space]?.missingCount -= part.count { $0.body == .missing }
        for stored in part {
            guard stored.entry.header.kind == .erasure, let target = stored.entry.header.target else { continue }
            erasures[target]?.removeAll { $0.id == stored.entry.id }
            if erasures[target]?.isEmpty == true { erasures[target] = nil }
            erasuresByLog[key]?.removeAll { $0.id == stored.entry.id }
        }
        guard first.sequence > branch.firstSequence else { return try store.removeLastBranch(of: branch.log) }
        let kept = try store.entries(log: branch.log, branch: branch.branch, from: first.sequence - 1, limit: 1, bytesMax: .max)
        guard let tip = kept.first?.entry else { throw .corrupt("the entry before \(part[0].entry.id) is gone") }
        var record = branch
        record.tip = Head(tip)
        try store.setBranch(record)
    }

    /// Brings the records of a log's uses, and what is known of the log here, to what is left of it.
    private mutating func restock(_ key: LogKey, _ cuts: Cuts, store: inout some ReplicaStore) throws(StoreFailure) {
        guard let state = logs[key] else { return }
        for use in state.uses {
            guard let from = cuts.from[use.branch], use.lastSequence >= from else { continue }
            let last =
                from == 0
                ? nil : try store.lastUse(log: use.log, branch: use.branch, capability: use.capability, atMost: from - 1)
            guard let last else {
                try store.removeCapabilityUse(use)
                continue
            }
            var left = use
            left.lastSequence = last.sequence
            try store.setCapabilityUse(left)
        }
        for capability in Set(state.uses.map(\.capability)) { logsByCapability[capability]?.remove(key) }
        var fresh = try stored(state.record, store: store)
        // What is offered is what it was, and so is the sum.
        fresh.heads = state.heads
        logs[key] = fresh
        for use in fresh.uses { logsByCapability[use.capability, default: []].insert(key) }
        try refreshOffer(of: key, store: &store)
        try saveSummaries(of: [key.space], store: &store)
    }
}
