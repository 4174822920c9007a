import EntenteCodec
import EntenteModel

extension Replica {
    /// A log that its author's key forked: two entries with one sequence number.
    package struct ForkedLog: Hashable, Sendable {
        package let log: LogKey
        package let identity: IdentityID?
        /// The first sequence number that two entries bear.
        package let sequence: UInt64
        /// The last entry of each branch, ascending by id.
        package let tips: [Head]
    }

    /// The evidence of equivocation that is here: of one identity, or of all. Ascending by log.
    package func forkedLogs(of identity: IdentityID?) -> [ForkedLog] {
        let keys = identity.map { Array(logsByIdentity[$0] ?? []) } ?? Array(logs.keys)
        return keys.sorted().compactMap { key in
            guard !key.isRoot, let state = logs[key], let first = state.branches.dropFirst().map(\.firstSequence).min() else { return nil }
            return ForkedLog(
                log: key, identity: state.record.identity, sequence: first, tips: state.branches.map(\.tip).sorted { $0.id < $1.id })
        }
    }

    /// Entries that could take effect and do not: void, and kept for review. Of one identity, or of all; ascending by
    /// log and sequence number, at most `limit`.
    package func heldEntries(of identity: IdentityID?, limit: Int, store: some ReplicaStore) throws(StoreFailure) -> [StoredEntry] {
        var held: [StoredEntry] = []
        for key in identity.map({ Array(logsByIdentity[$0] ?? []) })?.sorted() ?? logs.keys.sorted() {
            guard held.count < limit, let state = logs[key], !key.isRoot else { continue }
            if key.space == .registry {
                for head in state.registryHeads.joined() where held.count < limit && authority.isVoid(head.id) {
                    if let stored = try store.entry(head.id) { held.append(stored) }
                }
            } else {
                try addHeld(of: state, limit: limit, to: &held, store: store)
            }
        }
        return held
    }

    private func addHeld(of state: LogState, limit: Int, to held: inout [StoredEntry], store: some ReplicaStore) throws(StoreFailure) {
        for branch in state.branches {
            // Above the lowest height up to which something of the branch is visible there may be something that is not.
            let uses = state.uses.filter { use in
                use.branch == branch.branch && use.keptSequence.map { $0 < use.lastSequence } != false
            }
            guard !uses.isEmpty else { continue }
            var next = uses.map { $0.keptSequence.map { $0 + 1 } ?? branch.firstSequence }.min() ?? branch.firstSequence
            while next <= branch.tip.sequence, held.count < limit {
                let page = try store.entries(log: state.record.id, branch: branch.branch, from: next, limit: Self.pageCount, bytesMax: .max)
                guard let last = page.last else { break }
                held += page.filter { isHeld($0, uses) }.prefix(limit - held.count)
                next = last.entry.header.sequence + 1
            }
        }
    }

    private func isHeld(_ stored: StoredEntry, _ uses: [CapabilityUse]) -> Bool {
        guard stored.wellFormed, let capability = stored.entry.header.authorization.capability,
            let use = uses.first(where: { $0.capability == capability })
        else { return false }
        return use.keptSequence.map { stored.entry.header.sequence > $0 } ?? true
    }

    /// The facts about an entry that is here, of the registry or of content.
    package func facts(of stored: StoredEntry) -> EntryFacts? {
        if stored.entry.header.space == .registry { return authority.facts(of: stored.entry.id) }
        guard let tree = logs[stored.entry.log]?.tree else { return nil }
        let position = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
        var facts = authority.facts(ofContent: stored.entry.header, at: position, tree: tree)
        facts.isOfDroppedBranch = logs[stored.entry.log]?.bound?.keeps(position) == false
        if facts.isOfDroppedBranch { facts.isInForce = false }
        return facts
    }

    /// The entry before, and what leads to it: as long as `matches` says so.
    package func ancestors(
        of stored: StoredEntry, limit: Int, store: some ReplicaStore, while matches: (StoredEntry) -> Bool
    ) throws(StoreFailure) -> [StoredEntry] {
        var out: [StoredEntry] = []
        var next = stored.entry.header.backlink
        while out.count < limit, let id = next, let before = try store.entry(id), matches(before) {
            out.append(before)
            next = before.entry.header.backlink
        }
        return out
    }

    /// How many entries that are here are the entry or follow it, on all branches.
    package func descendantCount(of stored: StoredEntry) -> Int {
        guard let tree = logs[stored.entry.log]?.tree else { return 1 }
        let from = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
        return tree.branches.indices.reduce(0) { count, index in
            let branch = tree.branches[index]
            if index == from.branch { return count + Int(clamping: branch.lastSequence - from.sequence + 1) }
            let first = LogPosition(branch: index, sequence: branch.firstSequence)
            return tree.isAncestorOrEqual(from, of: first) ? count + Int(clamping: branch.lastSequence - branch.firstSequence + 1) : count
        }
    }
}
