import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// One removal of capabilities, with all that it keeps.
struct Closing {
    var capabilities: [EntryID] = []
    var tips: [EntryID] = []
    var admits: [EntryID] = []
    var count: Int { capabilities.count + tips.count + admits.count }
}

extension Node {
    /// Closes invitations and memberships that have come to their end, with what this node has seen: after that nobody
    /// backdates anything under them. (authority, section 5)
    mutating func closeWhatHasEnded(
        _ officers: [Officer], at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        // A clock that no other one agrees with closes nothing, unless there is no other one.
        guard !officers.isEmpty, sessions.values.contains(where: { $0.peer != nil }) || !hasOtherNodes else { return }
        var closings: [Int: [Closing]] = [:]
        for capability in ended(at: now.wall).prefix(Automatic.closingsMax) {
            guard let index = officer(officers, above: capability.level, covering: capability.scope) else { continue }
            automatic.closed.insert(capability.id)
            let closing = try self.closing(of: capability, store: store)
            var list = closings[index] ?? []
            if let last = list.last, last.count + closing.count <= Automatic.batchMax {
                list[list.count - 1].capabilities += closing.capabilities
                list[list.count - 1].tips += closing.tips
                list[list.count - 1].admits += closing.admits
            } else {
                list.append(closing)
            }
            closings[index] = list
        }
        for index in closings.keys.sorted() {
            for closing in closings[index] ?? [] {
                try writeRemoval(closing, by: officers[index], at: now, store: &store, effects: &effects)
            }
        }
    }

    /// What has ended by this clock and is not stopped yet, ascending by id.
    private func ended(at wall: Timestamp) -> [CapabilityRecord] {
        let authority = replica.authority
        return authority.allCapabilities.filter { capability in
            guard capability.isIssued, !automatic.closed.contains(capability.id), let expiry = capability.expiry, wall > expiry,
                wall > expiry.advanced(byMilliseconds: stagger(of: capability.id)),
                authority.stops(capability.id, at: capability.scope).isEmpty
            else { return false }
            guard capability.kind == .invite else { return true }
            switch authority.invitationState(capability.id) {
            case .open, .contested: return true
            // Whoever came in by it is vouched for, so nobody else ever will.
            case .usedUp: return authority.admissions(by: capability.id).contains { authority.isIssued($0) && !authority.isSealed($0) }
            case .closed, .unknown: return false
            }
        }
    }

    /// How long this node leaves an ended capability to others, in milliseconds: the same for every look.
    private func stagger(of capability: EntryID) -> UInt64 {
        let hash = Blake2b.hash256(Array("entente/stagger/1".utf8), identity.siteKey.publicKey.bytes, capability.bytes.bytes)
        return hash.bytes.prefix(4).reduce(0) { $0 << 8 | UInt64($1) } % Automatic.staggerMilliseconds
    }

    /// True if somebody signs on another node than this one.
    private var hasOtherNodes: Bool {
        let node = DeviceKey(identity.siteKey.publicKey)
        let directory = replica.directory
        return replica.authority.identities.contains { identity in
            directory.host(of: identity).map { $0 != node } ?? !directory.isKeyInForce(node, of: identity)
        }
    }

    /// A capability with the last entries of its holder and the admissions that hang on it.
    private func closing(of capability: CapabilityRecord, store: some ReplicaStore) throws(StoreFailure) -> Closing {
        var closing = Closing(capabilities: [capability.id])
        if let subject = capability.subject { closing.tips = try tips(of: subject, store: store).map(\.id) }
        closing.admits = admissions(under: capability.id).filter { !replica.authority.isSealed($0) }
        return closing
    }

    /// The admissions in force by an invitation, or by the invitations that cite a capability, ascending.
    func admissions(under capability: EntryID) -> [EntryID] {
        let authority = replica.authority
        let own = authority.citing(capability)
        let invitations = own.filter { authority.act($0)?.kind == .invite }
        let all = own.filter { authority.act($0)?.kind == .admit } + invitations.flatMap { authority.admissions(by: $0) }
        return all.filter { authority.isIssued($0) }.sorted()
    }

    /// The last entry that is offered of each log of an identity, as far as its own signature holds: what the tips of a
    /// removal name. Ascending by log.
    func tips(of identity: IdentityID, store: some ReplicaStore) throws(StoreFailure) -> [(log: LogKey, id: EntryID)] {
        var tips: [(log: LogKey, id: EntryID)] = []
        for log in replica.logs(of: identity) {
            for head in log.heads {
                guard let stored = try store.entry(head.id), let tip = try replica.lastSigned(stored, store: store) else { continue }
                tips.append((log.key, tip.entry.id))
            }
        }
        return tips
    }

    /// Writes a removal of the capabilities of `closing`, or of what `change` names. Long lists are split: vouches first in
    /// the log, the removal last, which then has the whole effect at once. Who may not vouch writes the removal several
    /// times, each with a part of the lists: the tips of one answer the others too.
    @discardableResult
    mutating func writeRemoval(
        _ closing: Closing, by officer: Officer, at now: Now, store: inout some ReplicaStore, effects: inout [Effect],
        _ change: (inout RegistryAct) -> Void = { _ in }
    ) throws(StoreFailure) -> Entry {
        var act = RegistryAct(kind: .remove)
        act.scope = officer.capability.scope
        act.capabilities = closing.capabilities.sorted()
        change(&act)
        let room = Automatic.batchMax - act.capabilities.count
        var tips = Set(closing.tips).sorted()[...]
        var admits = Set(closing.admits).sorted()[...]
        if tips.count + admits.count > room, !officer.capability.rights.isDisjoint(with: [.admin, .steward]) {
            try writeVouches(tips: tips, admits: admits, by: officer, at: now, store: &store, effects: &effects)
            (tips, admits) = ([], [])
        }
        while true {
            act.tips = Array(tips.prefix(room))
            act.admits = Array(admits.prefix(room - act.tips.count))
            tips = tips.dropFirst(act.tips.count)
            admits = admits.dropFirst(act.admits.count)
            let entry = try authorAct(act, citing: officer.capability.id, by: officer.signer, at: now, store: &store, effects: &effects)
            if tips.isEmpty, admits.isEmpty { return entry }
        }
    }

    // MARK: - Checkpoints

    /// Once a day, vouches for what junior administrators have done since: the floor under a removal that would keep
    /// nothing of theirs. (authority, section 5 and invariant I8)
    mutating func checkpoint(
        _ officers: [Officer], at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let last = try store.fact(.lastCheckpoint).flatMap { Incarnation.decode($0) }
        guard !officers.isEmpty else { return }
        // A clock that was set back does not put checkpoints off.
        if let last, now.wall.milliseconds >= last, now.wall.milliseconds - last < Automatic.checkpointMilliseconds { return }
        try store.setFact(.lastCheckpoint, Incarnation.encode(now.wall.milliseconds))
        var tips: [Int: Set<EntryID>] = [:]
        for capability in replica.authority.allCapabilities where capability.isActive && capability.rights.contains(.admin) {
            guard let subject = capability.subject, let index = officer(officers, above: capability.level, covering: capability.scope)
            else { continue }
            for log in replica.logs(of: subject) where log.key.space == .registry {
                for head in log.heads where !isVouched(head.id, at: officers[index].capability.level) {
                    tips[index, default: []].insert(head.id)
                }
            }
        }
        for index in tips.keys.sorted() {
            try writeVouches(tips: tips[index] ?? [], admits: [], by: officers[index], at: now, store: &store, effects: &effects)
        }
    }

    /// True if somebody at that level or above speaks for the registry entry.
    private func isVouched(_ id: EntryID, at level: UInt8) -> Bool {
        replica.authority.vouchers(of: id).contains { $0.level <= level }
    }
}
