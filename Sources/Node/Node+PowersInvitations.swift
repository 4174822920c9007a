import EntenteCodec
import EntenteModel
import EntenteReplica

extension Node {
    /// All invitations of the set, newest last.
    func invitationItems(at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> [InvitationItem] {
        try invitationItems(replica.authority.entries(.invite), at: wall, store: store)
    }

    /// These invitations, newest last. One file may lead into several spaces: its entries share a key.
    func invitationItems(
        _ invitations: some Sequence<EntryID>, at wall: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> [InvitationItem] {
        var files: [DeviceKey: [EntryID]] = [:]
        for id in invitations {
            guard let key = try registryAct(id, store: store)?.inviteKey else { continue }
            files[key, default: []].append(id)
        }
        var items: [InvitationItem] = []
        for key in files.keys.sorted() {
            guard let ids = files[key], let item = try invitationItem(ids, at: wall, store: store) else { continue }
            items.append(item)
        }
        return items.sorted { ($0.issued, $0.id) < ($1.issued, $1.id) }
    }

    private func invitationItem(_ ids: [EntryID], at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> InvitationItem? {
        let authority = replica.authority
        let sorted = ids.sorted { (authority.act($0)?.position.sequence ?? 0) < (authority.act($1)?.position.sequence ?? 0) }
        guard let first = sorted.first, let act = try registryAct(first, store: store), let record = authority.capability(first) else {
            return nil
        }
        var spaces: [String] = []
        var cameIn: Set<IdentityID> = []
        var closers: Set<EntryID> = []
        for id in sorted {
            if let scope = authority.capability(id)?.scope, !scope.isNetwork { spaces.append(try spaceLabel(scope, store: store)) }
            for admission in authority.admissions(by: id) where authority.isIssued(admission) {
                if let subject = authority.capability(admission)?.subject { cameIn.insert(subject) }
            }
            if case .closed(let by) = authority.invitationState(id) { closers.formUnion(by) }
        }
        var people: [AuthorItem] = []
        for identity in cameIn.sorted() { people.append(try authorItem(identity, store: store)) }
        return InvitationItem(
            id: first.description, ids: sorted.map(\.description),
            role: roleTitle(level: act.level + 1, rights: act.rights, scope: act.scope, isSite: act.level + 1 <= 5), spaces: spaces,
            by: try authorItem(ofAny: record.author, store: store), issued: record.timestamp.iso8601, useBy: act.expiry?.iso8601,
            until: act.membershipExpiry?.iso8601, uses: act.usesMax, used: people.count,
            state: invitationWord(first, act, at: wall), cameIn: people, closedBy: try actItems(closers, store: store),
            sponsor: try authorItem(ofAny: act.sponsor, store: store))
    }

    private func invitationWord(_ id: EntryID, _ act: RegistryAct, at wall: Timestamp) -> String {
        switch replica.authority.invitationState(id) {
        case .unknown: "void"
        case .closed: "closed"
        case .usedUp: "used up"
        case .contested: "contested"
        case .open: act.expiry.map { wall > $0 } == true ? "expired" : "open"
        }
    }

    /// Closes an invitation; whoever came in by it stays.
    mutating func closeInvitation(
        _ text: String, by: String?, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let id = try registryEntry(named: text, of: [.invite], next: "entente invite list")
        let items = try storing { () throws(StoreFailure) in try invitationItems(at: now.wall, store: store) }
        guard let item = items.first(where: { $0.ids.contains(id.description) }) else {
            throw .refusal(
                Refusal(.notFound, what: "there is no invitation “\(text)”", why: "its entry is not here", next: "entente invite list"))
        }
        guard item.state != "closed", item.state != "void" else {
            throw .refusal(
                Refusal(
                    .refused, what: "this invitation is closed already", why: item.closedBy.first?.words ?? "it never counted",
                    next: "entente invite list"))
        }
        let records = item.ids.compactMap { EntryID(hex: $0) }.compactMap { replica.authority.capability($0) }
        var signers = [try signer(by)]
        if by == nil, let siteSigner { signers.append(siteSigner) }
        for signer in signers {
            guard let capability = reaching(records, of: signer, at: now.wall), records.allSatisfy({ reaches(capability, $0) }) else {
                continue
            }
            try checkRoom(for: signer, in: .registry)
            let ids = records.map(\.id)
            let admits = ids.flatMap { replica.authority.admissions(by: $0) }
                .filter { replica.authority.isIssued($0) && !replica.authority.isSealed($0) }
            do throws(StoreFailure) {
                if preview {
                    var act = RegistryAct(kind: .remove)
                    act.capabilities = ids
                    return .acted(try self.preview(of: act, by: signer, at: now, store: store))
                }
                let entry = try writeRemoval(
                    Closing(capabilities: ids, tips: [], admits: admits), by: Officer(signer: signer, capability: capability), at: now,
                    store: &store, effects: &effects)
                guard let item = try actItem(entry.id, store: store) else { throw .corrupt("an act that was just written is not here") }
                return .acted(item)
            } catch { throw .store(error) }
        }
        throw .refusal(
            Refusal(
                .refused, what: "\(signers[0].name) may not close this invitation",
                why: "that takes whoever issued it, or an administrator or steward above it",
                next: "ask \(item.by?.name ?? "the holders of the root keys")"))
    }
}
