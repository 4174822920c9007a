import EntenteCodec
import EntenteModel
import EntenteReplica

extension Node {
    // MARK: - One member

    func memberDetail(_ text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> MemberDetailItem {
        let identity = try member(named: text, at: wall, store: store)
        return try storing { () throws(StoreFailure) in
            let authority = replica.authority
            guard let item = try memberItem(identity, at: wall, store: store) else { throw .corrupt("a member who was found is not here") }
            var capabilities: [CapabilityItem] = []
            let records = authority.capabilities(of: identity).sorted { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }
            for record in records { capabilities.append(try capabilityItem(record, at: wall, store: store)) }
            let succession = try successions(store: store)
            return MemberDetailItem(
                member: item, capabilities: capabilities, devices: try deviceItems(of: identity, store: store),
                removals: try removalEffects(on: identity, records, store: store), held: item.held,
                forks: try forkItems(of: identity, store: store),
                successorOf: try authorItem(ofAny: succession.first { $0.new == identity }?.old, store: store),
                succeededBy: try authorItem(ofAny: succession.first { $0.old == identity }?.new, store: store))
        }
    }

    private func capabilityItem(_ record: CapabilityRecord, at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure)
        -> CapabilityItem
    {
        let authority = replica.authority
        let invitation = record.kind == .admit ? record.parent : nil
        let giver = invitation.flatMap { authority.capability($0)?.author } ?? (record.kind == .grant ? record.author : nil)
        let state =
            if !record.isIssued { "void" } else if let expiry = record.expiry, wall > expiry { "ended" } else if !record.isActive {
                "stopped"
            } else if record.kind == .admit, !authority.isSealed(record.id) { "provisional" } else { "active" }
        return CapabilityItem(
            id: record.id.description, role: try roleWords(record, store: store), level: Int(record.level),
            rights: Self.words(for: record.rights), spaces: record.scope.isNetwork ? [] : [try spaceLabel(record.scope, store: store)],
            by: try authorItem(ofAny: giver, store: store), since: record.timestamp.iso8601, until: record.expiry?.iso8601, state: state,
            stoppedBy: try actItems(authority.stops(record.id, at: record.scope), store: store), invitation: invitation?.description)
    }

    /// What each removal and leave did to the member.
    private func removalEffects(
        on identity: IdentityID, _ records: [CapabilityRecord], store: some ReplicaStore
    ) throws(StoreFailure) -> [RemovalEffectItem] {
        var stopped: [EntryID: [CapabilityRecord]] = [:]
        for record in records where record.isIssued {
            for stop in replica.authority.stops(record.id, at: record.scope) { stopped[stop, default: []].append(record) }
        }
        let kept = try keptBySpace(of: [identity], store: store).reduce(0) { $0 + $1.entries }
        var items: [RemovalEffectItem] = []
        for id in stopped.keys.sorted() {
            guard let act = try actItem(id, store: store) else { continue }
            var stops: [String] = []
            for record in stopped[id] ?? [] { stops.append(try roleWords(record, store: store)) }
            items.append(RemovalEffectItem(act: act, stops: stops, kept: kept))
        }
        return items.sorted { ($0.act.time, $0.act.id) < ($1.act.time, $1.act.id) }
    }

    /// Evidence of forked logs: of one identity, or of all.
    func forkItems(of identity: IdentityID?, store: some ReplicaStore) throws(StoreFailure) -> [ForkItem] {
        var items: [ForkItem] = []
        for fork in replica.forkedLogs(of: identity) {
            guard let author = fork.identity, let device = fork.log.device else { continue }
            items.append(
                ForkItem(
                    member: try authorItem(author, store: store),
                    space: try fork.log.space.path.map { (path) throws(StoreFailure) in try spaceLabel(path, store: store) } ?? "registry",
                    device: device.description, sequence: fork.sequence, branches: fork.tips.count, heads: fork.tips.map(\.id.description)))
        }
        return items
    }

    // MARK: - History

    static let historyKinds: [Kind] = [
        .genesis, .rootUpdate, .spaceCreate, .grant, .invite, .admit, .remove, .vouch, .disavow, .annul, .leave, .identityCreate, .keyAdd,
        .keyRemove, .keyVouch, .keyRecover,
    ]

    /// What happened to memberships and keys, oldest first by the times that authors claim: the newest `limit` of it.
    func history(of member: String?, limit: Int, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> [ActItem] {
        guard (1...NodeLimits.timelineMax).contains(limit) else {
            throw .refusal(
                Refusal(
                    .usage, what: "the limit has to be from 1 to \(NodeLimits.timelineMax)", why: "it was \(limit)",
                    next: "entente members --history --limit 50"))
        }
        let identity = try member.map { (name) throws(Stop) in try self.member(named: name, at: wall, store: store) }
        return try storing { () throws(StoreFailure) in
            let authority = replica.authority
            var acts = Self.historyKinds.flatMap { authority.entries($0) }.compactMap { authority.act($0) }
            if let identity {
                var concerning: [ActRecord] = []
                for act in acts where try concerns(act, identity, store: store) { concerning.append(act) }
                acts = concerning
            }
            acts.sort { ($0.timestamp, $0.log, $0.position.sequence, $0.id) < ($1.timestamp, $1.log, $1.position.sequence, $1.id) }
            var items: [ActItem] = []
            for act in acts.suffix(limit) { if let item = try actItem(act.id, store: store) { items.append(item) } }
            return items
        }
    }

    private func concerns(_ act: ActRecord, _ identity: IdentityID, store: some ReplicaStore) throws(StoreFailure) -> Bool {
        if act.author == identity || act.id == identity.inception { return true }
        guard let body = try registryAct(act.id, store: store) else { return false }
        if body.subject == identity { return true }
        return (body.capabilities + [body.subtree].compactMap(\.self) + body.admits).contains {
            replica.authority.capability($0)?.subject == identity
        }
    }
}
