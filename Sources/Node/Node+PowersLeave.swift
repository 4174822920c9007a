import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

extension Node {
    /// Ends one's own membership: of a person, or of this site with its people. What was written before stays.
    mutating func leave(
        asSite: Bool, preview: Bool, by: String?, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let signer = try asSite ? leavingSite() : signer(by)
        try checkRoom(for: signer, in: .registry, entries: 1)
        let standing = replica.authority.capabilities(of: signer.identity).filter { replica.authority.isActive($0.id) }
            .sorted { ($0.level, $0.id) < ($1.level, $1.id) }
        guard let capability = standing.first(where: { $0.expiry.map { now.wall <= $0 } != false }) else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) has nothing to leave", why: "no membership of theirs is in force",
                    next: "entente members"))
        }
        let device = DeviceKey(signer.key.publicKey)
        guard let key = replica.authority.enrolment(of: device, for: signer.identity), key.isInForce, key.rank <= 1 else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) cannot leave from here",
                    why: "this node has a further device of theirs, not the first key",
                    next: "on the node where \(signer.name) joined, or recovered: entente leave"))
        }
        do throws(StoreFailure) {
            var item = try leavingItem(signer, standing, asSite: asSite, store: store)
            if preview { return .left(item) }
            if asSite { try removeOwnPeople(signer, standing, at: now, store: &store, effects: &effects) }
            item.id = try writeLeave(signer, capability, standing, at: now, store: &store, effects: &effects).description
            return .left(item)
        } catch { throw .store(error) }
    }

    private func leavingSite() throws(Stop) -> Signer {
        guard let siteSigner else {
            throw .refusal(
                Refusal(.notFound, what: "no site has joined here", why: "there is nothing to leave", next: "entente join FILE …"))
        }
        return siteSigner
    }

    private mutating func writeLeave(
        _ signer: Signer, _ capability: CapabilityRecord, _ standing: [CapabilityRecord], at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID {
        // What is before it in its own log it keeps by itself.
        let own = LogKey(space: .registry, device: DeviceKey(signer.key.publicKey), incarnation: incarnation)
        var tips = try self.tips(of: signer.identity, store: store).filter { $0.log != own }.map(\.id)[...]
        var admits = Set(standing.flatMap { admissions(under: $0.id) }).sorted()[...]
        if tips.count + admits.count > Automatic.batchMax,
            !capability.rights.isDisjoint(with: [.admin, .steward])
        {
            try writeVouches(
                tips: [], admits: admits, by: Officer(signer: signer, capability: capability), at: now, store: &store, effects: &effects)
            admits = []
        }
        // A leave is answered by the tips of any leave of the same person, so the last one may have a part of them.
        var last: EntryID?
        repeat {
            var act = RegistryAct(kind: .leave)
            act.scope = capability.scope
            act.tips = Array(tips.prefix(Automatic.batchMax))
            act.admits = Array(admits.prefix(Automatic.batchMax - act.tips.count))
            tips = tips.dropFirst(act.tips.count)
            admits = admits.dropFirst(act.admits.count)
            last = try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects).id
        } while !tips.isEmpty || !admits.isEmpty
        guard let last else { preconditionFailure("there is at least one act") }
        return last
    }

    /// A site does not leave its people behind.
    private mutating func removeOwnPeople(
        _ signer: Signer, _ standing: [CapabilityRecord], at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        for capability in standing where capability.rights.contains(.invite) {
            var closing = Closing()
            // Those too who went before: what was kept of theirs then is to stay.
            for person in holders(under: capability.id) { closing.tips += try tips(of: person, store: store).map(\.id) }
            closing.admits = admissions(under: capability.id)
            guard !closing.admits.isEmpty else { continue }
            try writeRemoval(
                closing, by: Officer(signer: signer, capability: capability), at: now, store: &store, effects: &effects
            ) { $0.subtree = capability.id }
        }
    }

    /// Everybody in force who came in through a capability, ascending.
    func people(under capability: EntryID) -> [IdentityID] { holders(under: capability) { replica.authority.isActive($0) } }

    /// Everybody who came in through a capability, by the capabilities of which `counts` says so, ascending.
    private func holders(under capability: EntryID, where counts: (EntryID) -> Bool = { _ in true }) -> [IdentityID] {
        let below = replica.authority.allCapabilities.filter {
            $0.id != capability && $0.isIssued && counts($0.id) && ancestors(of: $0).contains(capability)
        }
        return Set(below.compactMap(\.subject)).sorted()
    }

    private func leavingItem(
        _ signer: Signer, _ standing: [CapabilityRecord], asSite: Bool, store: some ReplicaStore
    ) throws(StoreFailure) -> LeavingItem {
        var item = LeavingItem(
            id: "", member: try authorItem(signer.identity, store: store), ends: [], kept: 0, letIn: [],
            isLastAdministrator: isLastAdministrator(signer.identity))
        for capability in standing { item.ends.append(try roleWords(capability, store: store)) }
        item.kept = try keptBySpace(of: [signer.identity], store: store).reduce(0) { $0 + $1.entries }
        let letIn = Set(standing.flatMap { people(under: $0.id) }).subtracting([signer.identity]).sorted()
        for person in letIn {
            if asSite {
                item.ends.append("\(try name(of: person, store: store)), who came in through this site")
            } else {
                item.letIn.append(try authorItem(person, store: store))
            }
        }
        return item
    }

    /// True if nobody else could let a site into the whole network.
    func isLastAdministrator(_ identity: IdentityID) -> Bool {
        let active = replica.authority.allCapabilities.filter {
            $0.isActive && $0.rights.contains(.admin) && $0.scope.isNetwork
        }
        return active.contains { $0.subject == identity } && active.allSatisfy { $0.subject == identity }
    }

    /// How many entries of these identities are offered here, by space.
    func keptBySpace(of identities: [IdentityID], store: some ReplicaStore) throws(StoreFailure) -> [KeptItem] {
        var counts: [SpacePath: Int] = [:]
        for identity in identities {
            for log in replica.logs(of: identity) {
                guard let path = log.key.space.path else { continue }
                counts[path, default: 0] += log.heads.reduce(0) { $0 + Int(clamping: $1.sequence) + 1 }
            }
        }
        var items: [KeptItem] = []
        for path in counts.keys.sorted() {
            items.append(KeptItem(space: try spaceLabel(path, store: store), entries: counts[path] ?? 0))
        }
        return items
    }
}
