import EntenteCodec
import EntenteModel

/// Whether a content entry can take effect at all: a question of its header and of the registry's set, not of verdicts,
/// so the answer changes only while the capability is missing. (authority, section 2: `wf` of a post)
package enum ContentStanding: Hashable, Sendable {
    case wellFormed
    /// The registry does not hold the entry that is cited: the content entry waits.
    case capabilityMissing(EntryID)
    /// Earlier than the capability that it cites: it never enters the set.
    case inadmissible
    /// In the set, kept, and without effect for ever.
    case notWellFormed(ContentFault)
}

package enum ContentFault: Hashable, Sendable {
    /// It cites nothing, root, or an entry that is no grant and no admission.
    case noCapability
    /// The capability is not well-formed itself.
    case capabilityNotWellFormed
    case anotherSubject
    case noRightToPost
    case afterExpiry
    case outsideScope
}

/// Up to where the entries of one log that cite one capability are kept, for each branch of the log.
package struct KeptHeights: Hashable, Sendable {
    package struct Branch: Hashable, Sendable {
        /// The last sequence number of the branch's own part up to which well-formed entries are visible; nil: none.
        package var visible: UInt64?
        /// The last that is not withheld: what is offered to others.
        package var offered: UInt64?
        package init(visible: UInt64?, offered: UInt64?) {
            self.visible = visible
            self.offered = offered
        }
    }
    /// By branch number.
    package let branches: [Branch]
    package init(branches: [Branch]) { self.branches = branches }
}

extension Authority {
    package func standing(ofContent header: Header) -> ContentStanding {
        guard let capability = header.authorization.capability else { return .notWellFormed(.noCapability) }
        guard let ref = table.number(of: capability), let cited = table.act(ref) else { return .capabilityMissing(capability) }
        if header.timestamp.milliseconds < cited.time { return .inadmissible }
        guard cited.kind == .grant || cited.kind == .admit, let space = header.space.path else { return .notWellFormed(.noCapability) }
        guard states[Int(ref)].contains(.wellFormed) else { return .notWellFormed(.capabilityNotWellFormed) }
        guard let identity = header.identity, cited.subject >= 0, table.ids[Int(cited.subject)] == identity.inception else {
            return .notWellFormed(.anotherSubject)
        }
        // An officer erases without being a member who may post.
        let isOfficersErasure = header.kind == .erasure && Citation(cited).has(.disavow)
        guard Citation(cited).has(.post) || isOfficersErasure else { return .notWellFormed(.noRightToPost) }
        guard header.timestamp.milliseconds <= cited.expiry else { return .notWellFormed(.afterExpiry) }
        guard space.lies(in: table.scopes[Int(cited.scope)]) else { return .notWellFormed(.outsideScope) }
        return .wellFormed
    }

    /// The heights of the entries of a content log that cite `capability` for `identity`. `tree` is the log's shape, in
    /// whose branches `locate` placed the tips.
    ///
    /// What is kept of a branch is a prefix (invariant I14): everything that decides is closed towards the beginning of
    /// the log. So one number stands for any number of posts.
    package func keptHeights(log: LogKey, identity: IdentityID, capability: EntryID, tree: BranchTree) -> KeptHeights {
        let none = KeptHeights(branches: tree.branches.map { _ in KeptHeights.Branch(visible: nil, offered: nil) })
        guard let space = log.space.path, let device = log.device.flatMap(table.number(of:)), let ref = table.number(of: capability),
            let cited = table.act(ref), cited.kind == .grant || cited.kind == .admit,
            let inception = table.number(of: identity.inception)
        else { return none }
        let number = table.number(ofContentLog: log)
        var ends = BranchEnds(tree)
        restrict(&ends, tree, log: number, to: ref, cited, at: table.deepestKnown(space))
        guard restrict(&ends, tree, log: number, key: device, of: inception) else { return none }
        let isIssued = states[Int(ref)].contains(.issued)
        // Who has not got the capability, or the author's inception, cannot take it.
        let isWithheld = states[Int(ref)].contains(.withheld) || states[Int(inception)].contains(.withheld)
        return KeptHeights(
            branches: tree.branches.indices.map { branch in
                let last = ends.last(of: branch, in: tree)
                return KeptHeights.Branch(visible: isIssued ? last : nil, offered: isWithheld ? nil : last)
            })
    }

    /// `cut`, for all entries of the log at once.
    private func restrict(_ ends: inout BranchEnds, _ tree: BranchTree, log: Int32?, to capability: Ref, _ cited: Act, at scope: ScopeRef) {
        if let log, let marks = disavowals[log] {
            for mark in marks where voids(mark, cited, at: scope) { ends.void(from: mark.position, in: tree) }
        }
        let summary = stopSummary(capability, at: scope, includingLeaves: true)
        guard summary.isStopped else { return }
        let marks = log.map { tipMarks[Int($0)] } ?? []
        ends.keep(
            under: marks.filter { answers($0, summary, capability, cited, at: scope, includingLeaves: true) }.map(\.position), in: tree)
    }

    /// `keyok`, for all entries of the log at once. False where the key is not enrolled.
    private func restrict(_ ends: inout BranchEnds, _ tree: BranchTree, log: Int32?, key: Int32, of identity: Ref) -> Bool {
        guard let inception = table.act(identity), inception.kind == .identityCreate else { return false }
        guard let index = keyLayerIndex[identity] else { return key == inception.key }
        let layer = keyLayers[index]
        guard let standing = layer.standing(of: key) else { return false }
        if standing.rank == 0 { return true }
        if let log {
            for position in layer.suffixes[log] ?? [] { ends.void(from: position, in: tree) }
        }
        if standing.isHit { ends.keep(under: log.map { layer.rescues(standing, log: $0) } ?? [], in: tree) }
        return true
    }
}

/// For each branch of a log the sequence number at which what is kept of it ends.
private struct BranchEnds {
    /// Exclusive.
    private var ends: [UInt64]

    init(_ tree: BranchTree) { ends = tree.branches.map { $0.lastSequence &+ 1 } }

    func last(of branch: Int, in tree: BranchTree) -> UInt64? {
        ends[branch] > tree.branches[branch].firstSequence ? ends[branch] - 1 : nil
    }

    /// Takes back `position` and what follows it, on all branches.
    mutating func void(from position: LogPosition, in tree: BranchTree) {
        guard tree.branches.indices.contains(position.branch) else { return }
        for branch in tree.branches.indices {
            if branch == position.branch {
                ends[branch] = min(ends[branch], position.sequence)
            } else if tree.isAncestorOrEqual(position, of: LogPosition(branch: branch, sequence: tree.branches[branch].firstSequence)) {
                ends[branch] = 0
            }
        }
    }

    /// Keeps only the positions and what leads to them.
    mutating func keep(under positions: [LogPosition], in tree: BranchTree) {
        var kept = [UInt64](repeating: 0, count: ends.count)
        for position in positions {
            var next: LogPosition? = position
            while let here = next, tree.branches.indices.contains(here.branch) {
                kept[here.branch] = max(kept[here.branch], here.sequence &+ 1)
                let branch = tree.branches[here.branch]
                next = branch.parent.map { LogPosition(branch: $0, sequence: branch.firstSequence &- 1) }
            }
        }
        for branch in ends.indices { ends[branch] = min(ends[branch], kept[branch]) }
    }
}
