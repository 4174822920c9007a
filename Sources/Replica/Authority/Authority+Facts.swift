import EntenteCodec
import EntenteModel

/// What each rule says of one entry: the parts of its verdict, for people who ask why. (authority, section 3)
///
/// The parts are the evaluator's own answers: nothing is decided here.
package struct EntryFacts: Hashable, Sendable {
    /// False for an entry that is in the set and never takes effect, whatever else comes.
    package var isWellFormed = false
    /// Root, or a capability that is issued.
    package var isAuthorized = false
    /// Key entries and inceptions cite nothing and are judged by their identity's keys alone.
    package var needsNoCapability = false
    /// By rank: 0 a used recovery key, 1 a primary, 2 a device; nil where the key was never enrolled.
    package var keyRank: UInt8?
    /// The identity's own keys let the entry count.
    package var isKeyInForce = false
    /// What of the identity's own keeps the entry out: the recoveries that take it back, or else those that ended its key,
    /// or the removals of its device.
    package var keyEndedBy: [EntryID] = []
    /// A recovery takes the entry back, whatever tips name it.
    package var isTakenBack = false
    /// Vouches that make up for a removed key.
    package var rescuedBy: [EntryID] = []
    package var annulledBy: [EntryID] = []
    /// Disavowals of a suffix that the entry is in.
    package var disavowedBy: [EntryID] = []
    /// Removals and leaves that stop the cited capability at the entry's scope; of an admission, those that close it.
    package var stoppedBy: [EntryID] = []
    /// Acts whose tips keep the entry though its capability is stopped.
    package var keptBy: [EntryID] = []
    /// The largest level whose vouches keep the entry, where its capability is stopped.
    package var vouchLevelMax: UInt8?
    /// Of an admission: acts that seal it.
    package var sealedBy: [EntryID] = []
    /// Of an admission: more people came in by its invitation than it has uses.
    package var isOverQuota = false
    /// Of content: its author forked the log, and other branches are kept.
    package var isOfDroppedBranch = false
    /// The entry takes effect: a registry entry is issued (a key entry: in force), a content entry is visible.
    package var isInForce = false

    package init() {}
}

extension CapabilityRecord {
    /// Root as a capability: level 0, the empty scope, all rights, no end, no stops. Its id names nothing.
    package static let root = CapabilityRecord(
        id: EntryID(.zero), kind: .genesis, subject: nil, level: 0, rights: .root, scope: .network, expiry: nil, authorization: .root,
        author: nil, timestamp: Timestamp(milliseconds: 0), isIssued: true, isActive: true)
}

extension Authority {
    /// The facts about a registry entry of the set; nil if it is not in the set.
    package func facts(of id: EntryID) -> EntryFacts? {
        guard let ref = table.number(of: id), let act = table.act(ref) else { return nil }
        var facts = EntryFacts()
        facts.isWellFormed = states[Int(ref)].contains(.wellFormed)
        facts.needsNoCapability = act.kind.isFree
        facts.isAuthorized =
            act.kind.isFree || (act.auth == .root ? states[Int(ref)].contains(.onRootChain) : isIssued(act.auth))
        if act.identity >= 0, act.kind != .identityCreate {
            let keys = keyVerdict(act)
            facts.keyRank = keys.rank
            facts.isKeyInForce = keys.isInForce
            addKeyEndings(
                key: act.key, identity: act.identity, log: act.log, position: act.position, tree: table.trees[Int(act.log)], to: &facts)
        } else {
            facts.isKeyInForce = true
        }
        facts.isInForce = isInForce(ref, act)
        guard !act.kind.isFree, act.auth >= 0 else { return facts }
        facts.annulledBy = annulments(of: ref, act).map { table.ids[Int($0)] }.sorted()
        if act.kind == .admit {
            addAdmission(ref, act, to: &facts)
        } else {
            facts.rescuedBy = sources(of: act) { mark in
                let source = table.acts[Int(mark.source)]
                return source.kind != .leave && source.acting < act.acting && table.lies(act.scope, in: source.scope)
                    && governs(source, act.auth)
            }
            addCut(
                position: act.position, log: act.log, tree: table.trees[Int(act.log)], capability: act.auth, scope: act.scope,
                includingLeaves: act.kind != .leave, to: &facts)
        }
        return facts
    }

    private func isInForce(_ ref: Ref, _ act: Act) -> Bool {
        let state = states[Int(ref)]
        return switch act.kind {
        case .genesis, .rootUpdate: state.contains(.onRootChain)
        case .identityCreate: state.contains(.wellFormed)
        case _ where act.kind.isKeyAct: state.contains(.keyInForce)
        default: state.contains(.issued)
        }
    }

    private func isIssued(_ ref: Ref) -> Bool { ref >= 0 && states[Int(ref)].contains(.issued) }

    /// The facts about a content entry that lies at `position` of its log, whose shape is `tree`.
    package func facts(ofContent header: Header, at position: LogPosition, tree: BranchTree) -> EntryFacts {
        var facts = EntryFacts()
        facts.isWellFormed = standing(ofContent: header) == .wellFormed
        guard let capability = header.authorization.capability, let ref = table.number(of: capability), table.act(ref) != nil,
            let identity = header.identity, let space = header.space.path
        else { return facts }
        facts.isAuthorized = isIssued(ref)
        let heights = keptHeights(log: header.log, identity: identity, capability: capability, tree: tree)
        let enrolment = header.device.flatMap { self.enrolment(of: $0, for: identity) }
        facts.keyRank = enrolment?.rank
        facts.isKeyInForce = enrolment != nil
        if let device = header.device, let key = table.number(of: device), let inception = table.number(of: identity.inception) {
            addKeyEndings(
                key: key, identity: inception, log: table.number(ofContentLog: header.log), position: position, tree: tree, to: &facts)
            facts.isKeyInForce = facts.isKeyInForce && facts.keyEndedBy.isEmpty
        }
        addCut(
            position: position, log: table.number(ofContentLog: header.log), tree: tree, capability: ref, scope: table.deepestKnown(space),
            includingLeaves: true, to: &facts)
        facts.isInForce =
            facts.isWellFormed && heights.branches.indices.contains(position.branch)
            && heights.branches[position.branch].visible.map { position.sequence <= $0 } == true
        return facts
    }

    /// The acts whose tips are at the entry or after it, and that `counts` lets count, ascending.
    private func sources(of act: Act, where counts: (TipMark) -> Bool) -> [EntryID] {
        let tree = table.trees[Int(act.log)]
        let marks = tipMarks[Int(act.log)].filter { tree.isAncestorOrEqual(act.position, of: $0.position) && counts($0) }
        return Set(marks.map { table.ids[Int($0.source)] }).sorted()
    }

    /// `keyok(e)` once more, with the entries that decide.
    private func addKeyEndings(
        key: Int32, identity: Ref, log: Int32?, position: LogPosition, tree: BranchTree, to facts: inout EntryFacts
    ) {
        guard let index = keyLayerIndex[identity], let standing = keyLayers[index].standing(of: key), standing.rank > 0 else { return }
        let layer = keyLayers[index]
        var ending = layer.recoveries.filter { recovery in
            guard let from = place(of: table.keyTerms(table.acts[Int(recovery)]).from, asTip: false) else { return false }
            return from.log == log && tree.isAncestorOrEqual(from.position, of: position)
        }
        facts.isTakenBack = !ending.isEmpty
        let isRescued = log.map { layer.rescues(standing, log: $0).contains { tree.isAncestorOrEqual(position, of: $0) } } ?? false
        if ending.isEmpty, standing.isHit, !isRescued {
            ending =
                standing.rank == 1
                ? Array(layer.recoveries.dropFirst(Int(standing.place)))
                : layer.acts.filter { ref in
                    let act = table.acts[Int(ref)]
                    return act.kind == .keyRemove && table.keyTerms(act).newKey == key && states[Int(ref)].contains(.keyInForce)
                }
        }
        facts.keyEndedBy = ending.map { table.ids[Int($0)] }.sorted()
    }

    private func addCut(
        position: LogPosition, log: Int32?, tree: BranchTree, capability: Ref, scope: ScopeRef, includingLeaves: Bool,
        to facts: inout EntryFacts
    ) {
        guard let cited = table.act(capability) else { return }
        if let log {
            facts.disavowedBy = (disavowals[log] ?? []).filter {
                voids($0, cited, at: scope) && tree.isAncestorOrEqual($0.position, of: position)
            }.map { table.ids[Int($0.source)] }.sorted()
        }
        facts.stoppedBy = Set(stopList(capability, at: scope, includingLeaves: includingLeaves).map { table.ids[Int($0)] }).sorted()
        let summary = stopSummary(capability, at: scope, includingLeaves: includingLeaves)
        guard summary.isStopped else { return }
        facts.vouchLevelMax = summary.limit
        guard let log else { return }
        let marks = tipMarks[Int(log)].filter {
            tree.isAncestorOrEqual(position, of: $0.position)
                && answers($0, summary, capability, cited, at: scope, includingLeaves: includingLeaves)
        }
        facts.keptBy = Set(marks.map { table.ids[Int($0.source)] }).sorted()
    }

    private func addAdmission(_ ref: Ref, _ act: Act, to facts: inout EntryFacts) {
        guard let invitation = table.act(act.auth) else { return }
        let stops =
            stopList(act.auth, at: act.scope, includingLeaves: true)
            + stopList(invitation.auth, at: invitation.scope, includingLeaves: true)
        facts.stoppedBy = Set(stops.map { table.ids[Int($0)] }).sorted()
        if isSealed(ref, act, invitation) { facts.sealedBy = (sealsByAdmission[ref] ?? []).map { table.ids[Int($0)] }.sorted() }
        facts.isOverQuota = invitationState(table.ids[Int(act.auth)]) == .contested
        if invitation.level > 0 { facts.vouchLevelMax = invitation.level - 1 }
    }

    // MARK: - What people's commands ask

    /// True for an act that could take effect and does not: for now, or for good, somebody keeps it out.
    package func isVoid(_ id: EntryID) -> Bool {
        guard let ref = table.number(of: id), let act = table.act(ref), act.kind.isAuthorityAct else { return false }
        return states[Int(ref)].contains(.wellFormed) && !states[Int(ref)].contains(.issued)
    }

    /// The acts in force that speak for a registry entry by their tips, with the level at which they act, ascending.
    package func vouchers(of id: EntryID) -> [(id: EntryID, level: UInt8)] {
        guard let ref = table.number(of: id), let act = table.act(ref) else { return [] }
        return sources(of: act) { _ in true }.compactMap { source in
            table.number(of: source).flatMap(table.act).map { (source, $0.acting) }
        }
    }

    /// The level at which a registry act acts: that of the capability that it cites. Nil where it cites none.
    package func actingLevel(of id: EntryID) -> UInt8? {
        guard let ref = table.number(of: id), let act = table.act(ref), act.acting < EvaluationQueue.levelCount else { return nil }
        return act.acting
    }

    /// Removals in force that name the identity as their subject, ascending.
    package func removals(ofSubject identity: IdentityID) -> [EntryID] {
        guard let subject = table.number(of: identity.inception) else { return [] }
        return (removesBySubject[subject] ?? []).map { table.ids[Int($0)] }.sorted()
    }

    /// Leaves in force of the identity, ascending.
    package func leaves(of identity: IdentityID) -> [EntryID] {
        guard let subject = table.number(of: identity.inception) else { return [] }
        return (leavesByIdentity[subject] ?? []).map { table.ids[Int($0)] }.sorted()
    }

    /// True if the removal governs what is given under `capability`: it holds ADMIN or STEWARD, or acts by a capability
    /// of that chain.
    package func governs(_ removal: EntryID, givenUnder capability: EntryID) -> Bool {
        guard let ref = table.number(of: removal), let act = table.act(ref), let given = table.number(of: capability) else { return false }
        return governs(act, given)
    }

    /// True if the removal holds ADMIN or STEWARD: it governs whatever its level and scope reach.
    package func governsAll(_ removal: EntryID) -> Bool {
        table.number(of: removal).flatMap(table.act).map(\.governsAll) ?? false
    }

    /// The largest level whose vouches answer all stops of the capability at that place; nil where nothing stops it.
    package func vouchLevelMax(of capability: EntryID, at scope: SpacePath) -> UInt8? {
        guard let ref = table.number(of: capability), table.isPresent(ref) else { return nil }
        let summary = stopSummary(ref, at: table.deepestKnown(scope), includingLeaves: true)
        return summary.isStopped ? summary.limit : nil
    }

    /// True for the identity of a site: its inception names no host, since its device is the node.
    package func isSite(_ identity: IdentityID) -> Bool {
        table.number(of: identity.inception).flatMap(table.act).map { table.keyTerms($0).host == nil } ?? false
    }

    /// What the identity's next recovery key has to fit: the last commitment of its accepted chain. Nil where the
    /// identity is not in the set.
    package func recoveryCommitment(of identity: IdentityID) -> Bytes32? {
        guard let subject = table.number(of: identity.inception), let inception = table.act(subject), inception.kind == .identityCreate
        else { return nil }
        let last = keyLayerIndex[subject].flatMap { keyLayers[$0].recoveries.last } ?? subject
        return table.act(last).flatMap { table.keyTerms($0).commitment }
    }

    /// Entries of the registry's log of a device that the tips of acts in force name: such branches are always kept.
    package func tips(in log: LogKey) -> [LogPosition] {
        let number = log.space == .registry ? table.logs.firstIndex(of: log).map { Int32($0) } : table.number(ofContentLog: log)
        return number.map { tipMarks[Int($0)].map(\.position) } ?? []
    }
}
