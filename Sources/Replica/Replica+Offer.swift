import EntenteCodec
import EntenteCrypto
import EntenteModel

extension Replica {
    /// Computes anew what these logs offer, and what of the registry hangs on it. Returns the logs whose offered heads
    /// changed, with the heads before, ascending.
    ///
    /// Whatever is offered of the registry brings with it the capabilities that it cites: who takes it needs them. A
    /// capability that is brought is in another log, whose own entries may bring more. It ends, since what is cited is older.
    mutating func refreshOffers(
        of keys: Set<LogKey>, noting changes: inout BodyChanges, store: inout some ReplicaStore
    ) throws(StoreFailure) -> [(key: LogKey, before: [Head])] {
        var before: [LogKey: [Head]] = [:]
        var next = keys.sorted()
        while !next.isEmpty {
            var brought: Set<LogKey> = []
            for key in next {
                guard let state = logs[key] else { continue }
                if try refreshOffer(of: key, noting: &changes, store: &store), before[key] == nil { before[key] = state.heads }
                guard key.space == .registry, let drags = logs[key]?.drags, drags != state.drags else { continue }
                for id in drags.subtracting(state.drags) where adjustDrag(of: id, by: 1) { brought.formUnion(log(of: id)) }
                for id in state.drags.subtracting(drags) where adjustDrag(of: id, by: -1) { brought.formUnion(log(of: id)) }
            }
            next = brought.sorted()
        }
        return before.keys.sorted().map { ($0, before[$0] ?? []) }
    }

    mutating func restoreDrags(of key: LogKey, _ state: LogState) {
        guard key.isRoot || state.registryHeads.first?.first.map({ authority.withheldCount(inLogOf: $0.id) }) ?? 0 > 0 else { return }
        let drags = drags(of: state)
        logs[key]?.drags = drags
        for id in drags { _ = adjustDrag(of: id, by: 1) }
    }

    /// Counts a log more, or less, whose offer needs the capability. Returns true if it came to be needed, or no more.
    private mutating func adjustDrag(of id: EntryID, by count: Int) -> Bool {
        let now = (dragged[id] ?? 0) + count
        dragged[id] = now == 0 ? nil : now
        return count > 0 ? now == 1 : now == 0
    }

    private func log(of id: EntryID) -> [LogKey] { authority.act(id).map { [$0.log] } ?? [] }

    /// Computes anew what a log offers and what of it is visible, and brings store and sums up to it.
    ///
    /// Offered is, on each branch, everything up to the last entry that is not withheld, or that others need all the same; the
    /// rest is held. So two nodes with one registry offer the same of a log, whatever each had taken before it learnt of a
    /// removal. (Specs/03-authority.md, A-80) Returns true if the offered heads changed.
    @discardableResult
    mutating func refreshOffer(of key: LogKey, store: inout some ReplicaStore) throws(StoreFailure) -> Bool {
        guard var state = logs[key] else { return false }
        if key.space == .registry {
            try offerRegistry(&state, store: &store)
        } else {
            try offerContent(&state, store: &store)
        }
        let heads = try maximalHeads(of: state, key: key, store: store)
        let changed = heads != state.heads
        if changed {
            var sum = spaceStates[key.space]?.sum ?? HeadSum()
            for head in state.heads { sum.subtract(head.id) }
            for head in heads { sum.add(head.id) }
            spaceStates[key.space, default: SpaceState()].sum = sum
            state.heads = heads
        }
        logs[key] = state
        return changed
    }

    /// The same, and notes what the log's erasures name that are in force now and were not, or were and are not.
    @discardableResult
    mutating func refreshOffer(
        of key: LogKey, noting changes: inout BodyChanges, store: inout some ReplicaStore
    ) throws(StoreFailure) -> Bool {
        guard let all = erasuresByLog[key] else { return try refreshOffer(of: key, store: &store) }
        // An erasure that has just come is among them, and is visible only behind this.
        let before = visibleErasures(of: key)
        let changed = try refreshOffer(of: key, store: &store)
        let after = visibleErasures(of: key)
        for erasure in all where before.contains(erasure) != after.contains(erasure) { changes.targets.insert(erasure.target) }
        return changed
    }

    private func offerRegistry(_ state: inout LogState, store: inout some ReplicaStore) throws(StoreFailure) {
        let withheldCount = state.registryHeads.first?.first.map { authority.withheldCount(inLogOf: $0.id) } ?? 0
        for index in state.branches.indices {
            // Most logs have nothing that is withheld, and may be long.
            let offered = withheldCount == 0 ? state.branches[index].tip : state.registryHeads[index].last { isOffered(inRegistry: $0.id) }
            guard state.branches[index].offered != offered || state.unsavedBranches.contains(index) else { continue }
            state.branches[index].offered = offered
            try store.setBranch(state.branches[index])
        }
        state.unsavedBranches = []
        state.drags = withheldCount == 0 && !state.record.key.isRoot ? [] : drags(of: state)
    }

    /// True if the branch of the registry's log is offered up to that entry at least.
    private func isOffered(inRegistry id: EntryID) -> Bool {
        !authority.isWithheld(id) || dragged[id] != nil || authority.isPinned(id)
    }

    /// What the offered entries of a registry log need and is withheld: the capabilities that they cite, and the inceptions of
    /// those who made them.
    private func drags(of state: LogState) -> Set<EntryID> {
        var out: Set<EntryID> = []
        for branch in state.branches {
            guard let offered = branch.offered else { continue }
            let end = LogPosition(branch: branch.branch, sequence: offered.sequence)
            for (number, sequences) in state.tree.path(to: end) {
                for head in state.registryHeads[number] where sequences.contains(head.sequence) {
                    out.formUnion(authority.withheldNeeds(of: head.id))
                }
            }
        }
        return out
    }

    private func offerContent(_ state: inout LogState, store: inout some ReplicaStore) throws(StoreFailure) {
        guard let identity = state.record.identity else { return }
        state.bound = try branchBound(of: state, store: store)
        var offered = [Head?](repeating: nil, count: state.branches.count)
        // The last use first: what it offers leaves nothing to be asked of the store for the ones before.
        for index in state.uses.indices.sorted(by: { state.uses[$0].lastSequence > state.uses[$1].lastSequence }) {
            let use = state.uses[index]
            let kept = authority.keptHeights(log: state.record.key, identity: identity, capability: use.capability, tree: state.tree)
            let bound = state.bound.map { $0.last[use.branch] } ?? .some(.max)
            let visible = kept.branches[use.branch].visible.flatMap { visible in bound.map { min(visible, $0, use.lastSequence) } }
            if visible != use.keptSequence || state.unsavedUses.contains(index) {
                state.uses[index].keptSequence = visible
                try store.setCapabilityUse(state.uses[index])
            }
            guard let bound, let limit = kept.branches[use.branch].offered.map({ min($0, bound, use.lastSequence) }) else { continue }
            if let known = offered[use.branch], known.sequence >= limit { continue }
            let tip = state.branches[use.branch].tip
            let head: Head? =
                limit == tip.sequence
                ? tip : try store.lastUse(log: state.record.id, branch: use.branch, capability: use.capability, atMost: limit)
            if let head, head.sequence >= offered[use.branch]?.sequence ?? 0 { offered[use.branch] = head }
        }
        for index in state.branches.indices where state.branches[index].offered != offered[index] || state.unsavedBranches.contains(index) {
            state.branches[index].offered = offered[index]
            try store.setBranch(state.branches[index])
        }
        state.unsavedBranches = []
        state.unsavedUses = []
    }

    /// The offered heads of which none is an ancestor of another: which branch an entry was first seen on does not
    /// show. For the root log, one head that stands for all its entries and their signatures.
    private func maximalHeads(of state: LogState, key: LogKey, store: some ReplicaStore) throws(StoreFailure) -> [Head] {
        if key.isRoot { return [try rootHead(of: state, store: store)] }
        let positions = state.branches.compactMap { branch in
            branch.offered.map { (LogPosition(branch: branch.branch, sequence: $0.sequence), $0) }
        }
        return positions.filter { position, _ in
            !positions.contains { $0.0 != position && state.tree.isAncestorOrEqual(position, of: $0.0) }
        }.map(\.1)
    }

    private func rootHead(of state: LogState, store: some ReplicaStore) throws(StoreFailure) -> Head {
        var parts: [[UInt8]] = []
        var latest = Timestamp(milliseconds: 0)
        for id in state.registryHeads.joined().map(\.id).sorted() {
            guard let stored = try store.entry(id) else { continue }
            parts.append(id.bytes.bytes + stored.entry.signatureBytes)
            latest = max(latest, stored.entry.header.timestamp)
        }
        return Head(
            sequence: UInt64(parts.count), id: EntryID(Blake2b.hash256(Self.rootHeadDomain, Array(parts.joined()))), timestamp: latest)
    }

    /// Writes the summaries of these spaces.
    func saveSummaries(of spaces: Set<Space>, store: inout some ReplicaStore) throws(StoreFailure) {
        for space in spaces.sorted() {
            guard let state = spaceStates[space] else { continue }
            try store.setSummary(
                SpaceSummary(
                    space: space, entryCount: state.entryCount, logCount: UInt64(state.logs.count), fingerprint: state.sum.bytes))
        }
    }

    // MARK: - What is sent

    /// The entries from after `anchor` up to and with `head`, in order, of which there may be more than fit: the page
    /// ends at `entriesMax` or `bytesMax`. The anchor is the last of `known` that is an ancestor of the head.
    package func stretch(
        to head: StoredEntry, after known: [EntryID], entriesMax: Int, bytesMax: Int, store: some ReplicaStore
    ) throws(StoreFailure) -> [StoredEntry] {
        guard let key = logKeys[head.log], let state = logs[key] else { return [] }
        let end = LogPosition(branch: head.branch, sequence: head.entry.header.sequence)
        var start: UInt64 = 0
        for id in known {
            guard let stored = try store.entry(id), stored.log == head.log else { continue }
            let position = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
            if let common = state.tree.lastCommon(position, end) { start = max(start, common + 1) }
        }
        var out: [StoredEntry] = []
        var bytes = 0
        for (branch, sequences) in state.tree.path(to: end) where sequences.upperBound >= start {
            var from = max(start, sequences.lowerBound)
            while from <= sequences.upperBound, out.count < entriesMax, bytes < bytesMax {
                let limit = min(entriesMax - out.count, Int(min(sequences.upperBound - from, UInt64(Self.pageCount))) + 1)
                let page = try store.entries(log: head.log, branch: branch, from: from, limit: limit, bytesMax: bytesMax - bytes)
                guard let last = page.last else { return out }
                out += page
                bytes += page.reduce(0) { $0 + $1.entry.headerBytes.count + $1.entry.header.bodyBytes }
                from = last.entry.header.sequence + 1
            }
            if from <= sequences.upperBound { break }
        }
        return out
    }

    /// True if an entry here cites the capability and is in a content space of which `isShared` says so: who has that entry,
    /// or is sent it, needs the capability, whatever became of it.
    package func isCitedByContent(_ capability: EntryID, in isShared: (Space) -> Bool) -> Bool {
        logsByCapability[capability]?.contains { isShared($0.space) && logs[$0]?.heads.isEmpty == false } ?? false
    }

    /// True if the entry is offered: on its branch, or as an ancestor of what is offered on another.
    package func isOffered(_ stored: StoredEntry) -> Bool {
        guard let key = logKeys[stored.log], let state = logs[key] else { return false }
        let position = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
        return state.branches.contains { branch in
            branch.offered.map {
                state.tree.isAncestorOrEqual(position, of: LogPosition(branch: branch.branch, sequence: $0.sequence))
            } ?? false
        }
    }
}

extension BranchTree {
    /// The sequence number of the last entry that both positions have in their past or are; nil if there is none.
    package func lastCommon(_ a: LogPosition, _ b: LogPosition) -> UInt64? {
        var common: UInt64?
        for (first, second) in zip(path(to: a), path(to: b)) {
            guard first.branch == second.branch else { break }
            common = min(first.sequences.upperBound, second.sequences.upperBound)
            guard first.sequences.upperBound == second.sequences.upperBound else { break }
        }
        return common
    }
}
