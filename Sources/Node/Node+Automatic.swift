import EntenteModel
import EntenteReplica

enum Automatic {
    /// Between two rounds of what a node does by itself, in milliseconds.
    static let roundMilliseconds: UInt64 = 60_000
    /// Ids in the lists of one act: with its other fields they fit the 4 KiB of a registry body.
    static let batchMax = 100
    /// Capabilities that one round closes: the rest waits for the next one.
    static let closingsMax = 200
    /// Losses that wait to be sealed: beyond this a person decides, from the shelf.
    static let lossesMax = 10_000
    /// Between two checkpoints, in milliseconds: a day.
    static let checkpointMilliseconds: UInt64 = 86_400_000
    /// Nodes that may close the same capability wait up to so many milliseconds, each its own time, so that the first
    /// one's act reaches the others before they act too.
    static let staggerMilliseconds: UInt64 = 10 * 60 * 1000
}

/// What the automatic acts remember between two events. A restart forgets it: what was done is in the registry.
struct AutomaticState {
    /// Admissions for which this node has vouched, effectively or not.
    var vouched: Set<EntryID> = []
    /// Capabilities that this node has closed, effectively or not.
    var closed: Set<EntryID> = []
    /// Offered until a removal came from a peer, and not vouched for yet.
    var losses: [EntryID] = []
    /// In force until a removal came from a peer, and not sealed yet.
    var lostAdmissions: [EntryID] = []
    /// A minute has passed since the last look at what has ended.
    var isRoundDue = false
}

/// Somebody whose key is on this node, and a capability to vouch and remove by.
struct Officer {
    let signer: Node.Signer
    let capability: CapabilityRecord
}

extension Node {
    /// What a node does without being asked, by the right of whoever signs here. (authority, section 5)
    mutating func actAutomatically(at now: Now, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        // Where the clock is off, others would hold back what is written: it waits for the clock.
        do { try checkClock() } catch { return }
        let officers = officers(at: now.wall)
        try sealLosses(officers, at: now, store: &store, effects: &effects)
        try vouchForAdmissions(officers, at: now, store: &store, effects: &effects)
        guard automatic.isRoundDue else { return }
        automatic.isRoundDue = false
        try closeWhatHasEnded(officers, at: now, store: &store, effects: &effects)
        try checkpoint(officers, at: now, store: &store, effects: &effects)
    }

    /// Who may vouch and remove here: the site before people, then the most senior first.
    func officers(at wall: Timestamp) -> [Officer] {
        let signers = [siteSigner].compactMap(\.self) + identity.members.compactMap { signer(for: $0) }
        return signers.filter { signs($0) && hasRoom($0, in: .registry) }.flatMap { signer in
            replica.authority.capabilities(of: signer.identity).filter { capability in
                !capability.rights.isDisjoint(with: [.admin, .steward]) && replica.authority.isActive(capability.id)
                    && capability.expiry.map { wall <= $0 } != false
            }.sorted { ($0.level, $0.id) < ($1.level, $1.id) }.map { Officer(signer: signer, capability: $0) }
        }
    }

    /// The first officer who acts above `level`, at `limit` or above, for that place.
    func officer(_ officers: [Officer], above level: UInt8, limit: UInt8 = .max, covering scope: SpacePath) -> Int? {
        officers.firstIndex { officer in
            officer.capability.level < level && officer.capability.level <= limit && scope.lies(in: officer.capability.scope)
                && replica.authority.stops(officer.capability.id, at: scope).isEmpty
        }
    }

    /// Vouches, in as many acts as the lists need.
    mutating func writeVouches(
        tips: some Collection<EntryID>, admits: some Collection<EntryID>, by officer: Officer, at now: Now,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        var tips = Set(tips).sorted()[...]
        var admits = Set(admits).sorted()[...]
        while !tips.isEmpty || !admits.isEmpty {
            var act = RegistryAct(kind: .vouch)
            act.scope = officer.capability.scope
            act.tips = Array(tips.prefix(Automatic.batchMax))
            act.admits = Array(admits.prefix(Automatic.batchMax - act.tips.count))
            tips = tips.dropFirst(act.tips.count)
            admits = admits.dropFirst(act.admits.count)
            try authorAct(act, citing: officer.capability.id, by: officer.signer, at: now, store: &store, effects: &effects)
        }
    }

    /// Vouches for admissions on sight, while there are no more of them than the invitation has uses and nobody senior
    /// has done so: after that no misuse of the invitation can displace anyone.
    private mutating func vouchForAdmissions(
        _ officers: [Officer], at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let authority = replica.authority
        var admissions: [Int: [EntryID]] = [:]
        for admission in authority.unsealedAdmissions where !automatic.vouched.contains(admission) && authority.isActive(admission) {
            guard let record = authority.capability(admission), let invitation = record.parent.flatMap({ authority.capability($0) }),
                authority.invitationState(invitation.id) != .contested,
                let index = officer(officers, above: invitation.level, covering: record.scope)
            else { continue }
            admissions[index, default: []].append(admission)
        }
        for index in admissions.keys.sorted() {
            // Noted first: a vouch that turns out to be void is not written again and again.
            automatic.vouched.formUnion(admissions[index] ?? [])
            try writeVouches(
                tips: [], admits: admissions[index] ?? [], by: officers[index], at: now, store: &store, effects: &effects)
        }
    }
}
