import EntenteCodec
import EntenteModel
import EntenteReplica

/// A replica as far as authority goes: the product's evaluator, and the shapes of content logs beside it.
struct AuthorityReplica {
    private(set) var authority: Authority
    /// Content entries that came, in the set or waiting.
    private var content: [AuthorityEntries.Made] = []
    private var followers: [EntryID: [Int]] = [:]
    private var positions: [EntryID: LogPosition] = [:]
    private var times: [EntryID: Timestamp] = [:]
    private var trees: [LogKey: BranchTree] = [:]
    private var inSet: [Int] = []
    /// What the last evaluation said had changed.
    private(set) var diff = EvaluationDiff()

    /// With `fullPassMin` 0 every evaluation decides everything.
    init(network: NetworkID, fullPassMin: Int? = nil) {
        authority = Authority(network: network)
        if let fullPassMin { authority.fullPassMin = fullPassMin }
    }

    /// Takes an entry in and decides what it changes.
    mutating func receive(_ made: AuthorityEntries.Made) {
        insert(made)
        evaluate()
    }

    mutating func insert(_ made: AuthorityEntries.Made) {
        if made.entry.header.space == .registry {
            authority.insert(made.entry, signatureHolds: made.signatureHolds, proof: made.proof)
        } else if !content.contains(where: { $0.entry.id == made.entry.id }) {
            if let backlink = made.entry.header.backlink { followers[backlink, default: []].append(content.count) }
            content.append(made)
        }
        admitContent()
    }

    mutating func evaluate() { diff = authority.evaluate() }

    /// Decides everything anew, in one pass.
    mutating func startOver() { diff = authority.evaluateFromScratch() }

    // MARK: The set of content

    private mutating func admitContent() {
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for index in content.indices
            where positions[content[index].entry.id] == nil && isAdmissible(content[index].entry) && isAuthentic(index) {
                place(content[index])
                inSet.append(index)
                isGrowing = true
            }
        }
    }

    private func isAdmissible(_ entry: Entry) -> Bool {
        if let backlink = entry.header.backlink {
            guard let time = times[backlink], positions[backlink] != nil, entry.header.timestamp >= time,
                let previous = content.first(where: { $0.entry.id == backlink }), follows(entry, previous.entry)
            else { return false }
        }
        guard let capability = entry.header.authorization.capability else { return true }
        if let time = times[capability] { return entry.header.timestamp >= time }
        switch authority.standing(ofContent: entry.header) {
        case .wellFormed, .notWellFormed: return true
        case .capabilityMissing, .inadmissible: return false
        }
    }

    private func follows(_ entry: Entry, _ previous: Entry) -> Bool {
        entry.log == previous.log && entry.header.identity == previous.header.identity
            && entry.header.sequence == previous.header.sequence &+ 1
    }

    /// Its own signature holds, or that of a later entry that is linked to it inside the same log.
    private func isAuthentic(_ index: Int) -> Bool {
        var next = [index]
        while let here = next.popLast() {
            if content[here].signatureHolds { return true }
            let id = content[here].entry.id
            next += (followers[id] ?? []).filter { follows(content[$0].entry, content[here].entry) }
        }
        return false
    }

    private mutating func place(_ made: AuthorityEntries.Made) {
        let entry = made.entry
        var tree = trees[entry.log] ?? BranchTree()
        let position: LogPosition
        if let previous = entry.header.backlink.flatMap({ positions[$0] }), tree.isTip(previous) {
            tree.extend(previous.branch)
            position = LogPosition(branch: previous.branch, sequence: previous.sequence + 1)
        } else {
            let branch = tree.addBranch(after: entry.header.backlink.flatMap { positions[$0] })
            position = LogPosition(branch: branch, sequence: entry.header.sequence)
        }
        trees[entry.log] = tree
        positions[entry.id] = position
        times[entry.id] = entry.header.timestamp
        authority.locate(entry.id, log: entry.log, position: position, signatureHolds: made.signatureHolds)
        authority.admitCitationsOfContent(entry.id, at: entry.header.timestamp)
    }

    // MARK: Its memory

    /// All that it remembers, in words: the evaluator's memory, the places of the content that is in the set, and what waits
    /// of it, in the order in which it came.
    var memory: [UInt64] {
        var words = authority.memory
        let placed = content.indices.filter { positions[content[$0].entry.id] != nil }
            .sorted { content[$0].entry.id < content[$1].entry.id }
        for index in placed {
            let entry = content[index].entry
            words.append(entry.id.bytes.words.0)
            if let position = positions[entry.id] { words.append(UInt64(position.branch) << 32 | position.sequence) }
            for branch in trees[entry.log]?.branches ?? [] {
                words.append(UInt64(bitPattern: Int64(branch.parent ?? -1)))
                words.append(branch.firstSequence << 32 | branch.lastSequence)
            }
        }
        words.append(UInt64(placed.count))
        for made in content where positions[made.entry.id] == nil { words.append(made.entry.id.bytes.words.0) }
        return words
    }

    // MARK: The verdict

    /// 1 if the entry takes effect, and 2 if it is active.
    func effect(of made: AuthorityEntries.Made) -> UInt64 {
        if made.entry.header.space != .registry {
            var heights: [HeightKey: KeptHeights] = [:]
            return isVisible(made.entry, &heights) ? 1 : 0
        }
        if !authority.isIssued(made.entry.id) { return 0 }
        return authority.isActive(made.entry.id) ? 3 : 1
    }

    /// Names of the entries that take effect. Posts are judged as in the product: by the height of their branch and
    /// capability, never one by one.
    func verdict(_ entries: [AuthorityEntries.Made]) -> AuthorityWorld.Verdict {
        var verdict = AuthorityWorld.Verdict()
        var heights: [HeightKey: KeptHeights] = [:]
        for made in entries {
            let entry = made.entry
            if entry.header.space != .registry {
                if isVisible(entry, &heights) { verdict.issued.append(made.name) }
                continue
            }
            if authority.isIssued(entry.id), entry.header.kind != .spaceCreate { verdict.issued.append(made.name) }
            if authority.isActive(entry.id) { verdict.active.append(made.name) }
            if authority.isKeyInForce(entry.id) { verdict.keyops.append(made.name) }
            if authority.isOnRootChain(entry.id) { verdict.root.append(made.name) }
        }
        verdict.issued.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        verdict.active.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        verdict.keyops.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        verdict.root.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return verdict
    }

    /// What has one height a branch.
    struct HeightKey: Hashable {
        let log: LogKey
        let identity: IdentityID
        let capability: EntryID
    }

    /// What the content of the set cites.
    var heightKeys: Set<HeightKey> {
        Set(
            inSet.compactMap { index in
                let header = content[index].entry.header
                guard let identity = header.identity, let capability = header.authorization.capability else { return nil }
                return HeightKey(log: header.log, identity: identity, capability: capability)
            })
    }

    /// The shape of a content log.
    func tree(of log: LogKey) -> BranchTree { trees[log] ?? BranchTree() }

    private func isVisible(_ entry: Entry, _ heights: inout [HeightKey: KeptHeights]) -> Bool {
        guard let position = positions[entry.id], let tree = trees[entry.log], entry.header.kind == .post,
            authority.standing(ofContent: entry.header) == .wellFormed, let capability = entry.header.authorization.capability,
            let identity = entry.header.identity
        else { return false }
        let key = HeightKey(log: entry.log, identity: identity, capability: capability)
        let kept = heights[key] ?? authority.keptHeights(log: key.log, identity: identity, capability: capability, tree: tree)
        heights[key] = kept
        return kept.branches[position.branch].visible.map { position.sequence <= $0 } ?? false
    }
}
