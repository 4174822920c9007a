import EntenteModel
import EntenteReplica

enum Automatic {
    /// Between two rounds of what a node does by itself, in milliseconds.
    static let roundMilliseconds: UInt64 = 60_000
    /// Admissions in one vouch: their ids fit a registry body.
    static let batchMax = 100
}

extension Node {
    /// What a node does without being asked, by the right of whoever signs here. (authority, section 5)
    mutating func actAutomatically(at now: Now, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        try vouchForAdmissions(at: now, store: &store, effects: &effects)
    }

    /// Vouches for admissions on sight, while there are no more of them than the invitation has uses and nobody senior
    /// has done so: after that no misuse of the invitation can displace anyone.
    private mutating func vouchForAdmissions(at now: Now, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        let authority = replica.authority
        let waiting = authority.unsealedAdmissions.filter { admission in
            guard !vouched.contains(admission), authority.isActive(admission),
                let invitation = authority.capability(admission)?.parent
            else { return false }
            return authority.invitationState(invitation) != .contested
        }
        guard !waiting.isEmpty else { return }
        for signer in [siteSigner].compactMap(\.self) + identity.members.compactMap({ signer(for: $0) }) {
            var byScope: [SpacePath: [EntryID]] = [:]
            for admission in waiting where !vouched.contains(admission) {
                guard let record = authority.capability(admission), let invitation = record.parent.flatMap({ authority.capability($0) }),
                    voucher(of: signer, above: invitation.level, covering: record.scope, at: now.wall) != nil
                else { continue }
                byScope[record.scope, default: []].append(admission)
            }
            for scope in byScope.keys.sorted() {
                guard let admissions = byScope[scope]?.prefix(Automatic.batchMax),
                    let level = admissions.compactMap({ authority.capability($0)?.level }).min(),
                    let capability = voucher(of: signer, above: level - 1, covering: scope, at: now.wall)
                else { continue }
                var act = RegistryAct(kind: .vouch)
                act.scope = scope
                act.admits = Array(admissions)
                // Noted first: a vouch that turns out to be void is not written again and again.
                vouched.formUnion(admissions)
                try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects)
            }
        }
    }

    /// The capability by which an signer may vouch for what lies at `level` or below.
    private func voucher(of signer: Signer, above level: UInt8, covering scope: SpacePath, at wall: Timestamp) -> CapabilityRecord? {
        [Rights.steward, .admin].compactMap { capability(of: signer.identity, rights: $0, covering: scope, at: wall) }
            .first { $0.level < level }
    }
}
