import EntenteModel
import EntenteReplica

// What a steward's node held before it learnt of a removal stays: it vouches for that, once. (authority, section 5)
extension Node {
    /// Notes what a peer's entries have cut back that this node offered, and admissions that they have closed.
    ///
    /// Only what was in force before is noted: what comes later is never vouched for without a person.
    mutating func noteLosses(of acceptance: Acceptance) {
        let new = Set(acceptance.stored.map(\.entry.id))
        let authority = replica.authority
        let admissions = acceptance.verdictsChanged.filter { id in
            !new.contains(id) && !authority.isIssued(id) && authority.act(id)?.kind == .admit
        }
        let room = Automatic.lossesMax - automatic.losses.count
        automatic.losses += acceptance.losses.map(\.head.id).prefix(max(0, room))
        automatic.lostAdmissions += admissions.prefix(max(0, Automatic.lossesMax - automatic.lostAdmissions.count))
    }

    /// Vouches for what was lost, where a removal or a leave is the reason and an officer of this node may answer it.
    mutating func sealLosses(
        _ officers: [Officer], at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard !automatic.losses.isEmpty || !automatic.lostAdmissions.isEmpty else { return }
        let losses = automatic.losses
        let admissions = automatic.lostAdmissions
        automatic.losses = []
        automatic.lostAdmissions = []
        var tips: [Int: [EntryID]] = [:]
        var admits: [Int: [EntryID]] = [:]
        for id in losses {
            guard let tip = try answerableTip(id, officers, store: store) else { continue }
            tips[tip.officer, default: []].append(tip.id)
        }
        for id in admissions {
            guard let index = sealer(of: id, officers) else { continue }
            admits[index, default: []].append(id)
        }
        for index in Set(tips.keys).union(admits.keys).sorted() {
            try writeVouches(
                tips: tips[index] ?? [], admits: admits[index] ?? [], by: officers[index], at: now, store: &store, effects: &effects)
        }
    }

    /// The last entry up to `head` that a vouch may name, and the officer who may keep it. Nil where it is kept already,
    /// where something else than a removal took it, or where nobody here acts above its removers' bound.
    private func answerableTip(
        _ head: EntryID, _ officers: [Officer], store: some ReplicaStore
    ) throws(StoreFailure) -> (id: EntryID, officer: Int)? {
        guard let stored = try store.entry(head), !replica.isOffered(stored), let capability = stored.entry.header.authorization.capability,
            let record = replica.authority.capability(capability)
        else { return nil }
        let scope = scope(of: stored.entry)
        guard let limit = replica.authority.vouchLevelMax(of: capability, at: scope),
            let index = officer(officers, above: record.level, limit: limit, covering: scope),
            let tip = try replica.lastSigned(stored, store: store)
        else { return nil }
        return (tip.entry.id, index)
    }

    /// The officer who may seal an admission that a removal has closed.
    private func sealer(of admission: EntryID, _ officers: [Officer]) -> Int? {
        let authority = replica.authority
        guard !authority.isIssued(admission), let facts = authority.facts(of: admission), facts.isWellFormed, facts.isAuthorized,
            !facts.stoppedBy.isEmpty, let record = authority.capability(admission),
            let invitation = record.parent.flatMap({ authority.capability($0) })
        else { return nil }
        return officer(officers, above: invitation.level, covering: record.scope)
    }

    /// Where an entry acts: its space, or the scope of a registry entry.
    func scope(of entry: Entry) -> SpacePath { entry.header.space.path ?? entry.header.act?.scope ?? .network }
}
