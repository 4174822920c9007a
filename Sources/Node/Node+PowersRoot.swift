import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

// What takes the root keys: they are with people, not with nodes, so an act is passed from hand to hand until enough of
// them have signed it.
extension Node {
    func rootStatus(store: some ReplicaStore) throws(Stop) -> RootStatusItem {
        let authority = replica.authority
        guard let epoch = authority.rootEpoch, let entry = authority.rootEpochEntry else { throw .refusal(Self.noRegistry) }
        return try storing { () throws(StoreFailure) in
            // In the order of the chain, which says more than the times do.
            var acts: [ActItem] = []
            for id in authority.rootChain { if let item = try actItem(id, store: store) { acts.append(item) } }
            return RootStatusItem(
                keys: epoch.keys.map(\.description), quorum: epoch.quorum, epoch: entry.description, acts: acts,
                rivals: try actItems(authority.rootRivals, store: store))
        }
    }

    private static let noRegistry = Refusal(
        .refused, what: "this site has no registry yet", why: "it has not joined a network", next: "entente join FILE …")

    // MARK: - Proposing

    func proposeRoot(_ act: RootAct, at now: Now, store: some ReplicaStore) throws(Stop) -> RootProposalItem {
        let acts: [RegistryAct]
        switch act {
        case .update(let keys, let quorum): acts = [try rootUpdate(keys, quorum)]
        case .grant(let request): acts = try rootGrants(request, at: now, store: store)
        case .revoke(let target, let forCause, let subtree):
            acts = try rootRemovals(target, forCause: forCause, subtree: subtree, at: now, store: store)
        case .annul(let text):
            var act = RegistryAct(kind: .annul)
            act.target = try registryEntry(named: text, of: [.remove, .leave, .disavow], next: "entente members --history")
            acts = [act]
        case .disavow(let text):
            var act = RegistryAct(kind: .disavow)
            act.from = try entry(named: text, store: store).entry.id
            acts = [act]
        }
        guard acts.count <= RootProposal.entriesMax else {
            throw .refusal(
                Refusal(
                    .refused, what: "this is too much for one proposal",
                    why: "it takes \(acts.count) entries, and \(RootProposal.entriesMax) fit",
                    next: "name fewer spaces at a time, or leave out --subtree and let administrators revoke the others first"))
        }
        let proposal = try chained(acts, at: now, store: store)
        return try storing { () throws(StoreFailure) in try item(of: proposal, accepted: [], at: now.wall, store: store) }
    }

    /// The acts as entries of the root log, behind its last accepted one, without signatures.
    private func chained(_ acts: [RegistryAct], at now: Now, store: some ReplicaStore) throws(Stop) -> RootProposal {
        guard let last = replica.authority.rootChain.last,
            var previous = try storing({ () throws(StoreFailure) in try store.entry(last)?.entry })
        else { throw .refusal(Self.noRegistry) }
        var entries: [Entry] = []
        for act in acts {
            let header = Header(
                space: .registry, device: nil, incarnation: 0, identity: nil, sequence: previous.header.sequence + 1, backlink: previous.id,
                timestamp: max(now.wall, previous.header.timestamp), authorization: act.kind == .rootUpdate ? .none : .root, kind: act.kind,
                body: .act(act))
            previous = Entry(header: header, headerBytes: header.encoded, quorum: [], in: replica.network)
            entries.append(previous)
        }
        return RootProposal(network: replica.network, entries: entries)
    }

    private func rootUpdate(_ keys: [String], _ quorum: UInt64) throws(Stop) -> RegistryAct {
        let parsed = Set(keys.compactMap { DeviceKey(hex: $0) }).sorted()
        let next = "entente root update --key KEY --key KEY --key KEY --quorum 2 --out FILE"
        guard parsed.count == keys.count, parsed.allSatisfy({ VerifyingKey($0.bytes) != nil }),
            (1...EntryLimits.rootKeysMax).contains(parsed.count)
        else {
            throw .refusal(
                Refusal(
                    .usage, what: "these are no root keys",
                    why: "1 to \(EntryLimits.rootKeysMax) different public keys of 64 hexadecimal digits are needed",
                    next: next))
        }
        guard quorum > UInt64(parsed.count / 2), quorum <= UInt64(parsed.count) else {
            throw .refusal(
                Refusal(
                    .usage, what: "\(quorum) of \(parsed.count) is no quorum",
                    why: "more than half of the keys have to sign, or two halves could disagree",
                    next: next))
        }
        var act = RegistryAct(kind: .rootUpdate)
        act.rootKeys = parsed
        act.rootQuorum = quorum
        act.rulesVersion = Self.rulesVersion
        return act
    }

    /// Root gives what nobody else can: an administrator of level 1, a security officer; and lifts whatever is in the way.
    private func rootGrants(_ request: GrantRequest, at now: Now, store: some ReplicaStore) throws(Stop) -> [RegistryAct] {
        let subject = try member(named: request.member, at: now.wall, store: store)
        let level: UInt8
        let rights: Rights
        switch request.role {
        case .administrator: (level, rights) = (request.level ?? 1, .administrator)
        case .securityOfficer: (level, rights) = (1, .disavow)
        default:
            throw .refusal(
                Refusal(
                    .refused, what: "the root keys do not give the role \(request.role.rawValue)", why: "an administrator does",
                    next: "entente grant MEMBER --role \(request.role.rawValue)"))
        }
        guard (1...3).contains(level), request.level == nil || request.role == .administrator else {
            throw .refusal(
                Refusal(
                    .usage, what: "an administrator's level is 1 to 3", why: "--level was \(level)", next: "entente root propose grant …"))
        }
        var scopes: [SpacePath] = []
        for name in request.spaces { scopes.append(try space(named: name, store: store)) }
        if scopes.isEmpty { scopes = [.network] }
        let over = replica.authority.removals(ofSubject: subject) + replica.authority.leaves(of: subject)
        let conferral = Conferral(level: level, rights: rights, places: scopes.map { ($0, .root) }, expiry: request.until)
        return try scopes.map { (scope) throws(Stop) in
            let lifted = try lifted(over, for: subject, level: level, at: scope, givenUnder: nil)
            return Self.grantAct(conferral, over: lifted, to: subject, in: scope)
        }
    }

    private func rootRemovals(
        _ target: String, forCause: Bool, subtree: Bool, at now: Now, store: some ReplicaStore
    ) throws(Stop) -> [RegistryAct] {
        let subject = try member(named: target, at: now.wall, store: store)
        let plan = try storing { () throws(StoreFailure) in try self.plan(removing: subject, with: .root, subtree: subtree, store: store) }
        guard !plan.roots.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "there is nothing left to revoke", why: "no standing of theirs is in force", next: "entente members"))
        }
        var removals = removalTargets(plan, subject: subject).map { target in
            var act = RegistryAct(kind: .remove)
            act.subtree = target.subtree
            act.subject = target.subject
            if forCause { act.vouchLevelMax = 0 }
            return act
        }
        var named = (plan.named.map(\.id) + plan.invitations)[...]
        removals[0].capabilities = named.prefix(Automatic.batchMax / 2).sorted()
        named = named.dropFirst(removals[0].capabilities.count)
        var tips = plan.tips.sorted()[...]
        var admits = plan.admissions[...]
        func fill(_ act: inout RegistryAct, room: Int) {
            act.tips = Array(tips.prefix(room))
            tips = tips.dropFirst(act.tips.count)
            act.admits = Array(admits.prefix(room - act.tips.count))
            admits = admits.dropFirst(act.admits.count)
        }
        fill(&removals[0], room: Automatic.batchMax - removals[0].capabilities.count)
        // All of it has to fit, or what was written before would be lost: too many entries are refused.
        var vouches: [RegistryAct] = []
        while !tips.isEmpty || !admits.isEmpty {
            var vouch = RegistryAct(kind: .vouch)
            fill(&vouch, room: Automatic.batchMax)
            vouches.append(vouch)
        }
        while !named.isEmpty {
            var rest = RegistryAct(kind: .remove)
            rest.capabilities = named.prefix(Automatic.batchMax).sorted()
            if forCause { rest.vouchLevelMax = 0 }
            named = named.dropFirst(rest.capabilities.count)
            removals.append(rest)
        }
        return vouches + removals
    }

    // MARK: - Signing and submitting

    /// Adds the signature of a root key. No node is needed: whoever holds the key does this wherever the key is.
    package static func signRoot(_ text: String, with key: SigningKey) throws(Refusal) -> RootProposal {
        do {
            var proposal = try read(text, "a proposal to root") { (text) throws(TextToken.Fault) in try RootProposal(text: text) }
            proposal.sign(with: key)
            return proposal
        } catch {
            guard case .refusal(let refusal) = error else { preconditionFailure("reading a text asks no store") }
            throw refusal
        }
    }

    /// A proposal that somebody carried here, of this network.
    private func proposal(_ text: String) throws(Stop) -> RootProposal {
        let proposal = try Self.read(text, "a proposal to root") { (text) throws(TextToken.Fault) in try RootProposal(text: text) }
        guard proposal.network == replica.network else {
            throw .refusal(
                Refusal(.refused, what: "this proposal is of no use here", why: "it is of another network", next: "use another --dir"))
        }
        return proposal
    }

    func showRoot(_ text: String, at now: Now, store: some ReplicaStore) throws(Stop) -> RootProposalItem {
        let proposal = try proposal(text)
        let accepted = proposal.entries.map(\.id).filter { replica.authority.isOnRootChain($0) }
        return try storing { () throws(StoreFailure) in
            try item(of: proposal, accepted: accepted.map(\.description), at: now.wall, store: store)
        }
    }

    /// Shows how far a proposal is; where it is complete, the network takes it.
    mutating func submitRoot(
        _ text: String, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let proposal = try proposal(text)
        guard let epoch = replica.authority.rootEpoch else { throw .refusal(Self.noRegistry) }
        guard let first = proposal.entries.first, let last = proposal.entries.last,
            replica.authority.contains(first.id) || first.header.backlink == replica.authority.rootChain.last
        else {
            throw .refusal(
                Refusal(
                    .refused, what: "this proposal comes too late", why: "the root keys have signed something else since it was made",
                    next: "propose it again"))
        }
        guard !replica.authority.isOnRootChain(last.id) else {
            throw .refusal(
                Refusal(
                    .refused, what: "this proposal was taken already", why: "the network has it: it takes effect once",
                    next: "entente root status"))
        }
        guard isComplete(proposal, epoch) else {
            return .rootProposal(
                try storing { () throws(StoreFailure) in try item(of: proposal, accepted: [], at: now.wall, store: store) })
        }
        do throws(StoreFailure) {
            let acceptance = try replica.acceptRegistry(proposal.entries, firstSeen: now.wall, store: &store)
            try took(acceptance, space: .registry, from: nil, at: now, store: &store, effects: &effects)
            let accepted = proposal.entries.map(\.id).filter { replica.authority.isOnRootChain($0) }
            return .rootProposal(try item(of: proposal, accepted: accepted.map(\.description), at: now.wall, store: store))
        } catch { throw .store(error) }
    }

    private func isComplete(_ proposal: RootProposal, _ epoch: (keys: [DeviceKey], quorum: Int)) -> Bool {
        let signers = proposal.signers
        guard signers.count(where: { epoch.keys.contains($0) }) >= epoch.quorum else { return false }
        return proposal.entries.allSatisfy { entry in
            guard let act = entry.header.act, act.kind == .rootUpdate else { return true }
            return UInt64(signers.count { act.rootKeys.contains($0) }) >= act.rootQuorum
        }
    }

    private func item(
        of proposal: RootProposal, accepted: [String], at wall: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> RootProposalItem {
        var lines: [String] = []
        for entry in proposal.entries {
            lines.append(try words(of: entry, store: store))
            if accepted.isEmpty, let act = entry.header.act, act.kind == .remove {
                lines += try reachWords(of: act, at: wall, store: store)
            }
        }
        let epoch = replica.authority.rootEpoch ?? ([], 0)
        return RootProposalItem(
            proposal: proposal.text, words: lines, signed: proposal.signers.map(\.description), needed: epoch.quorum,
            isComplete: !accepted.isEmpty || isComplete(proposal, epoch), accepted: accepted)
    }

    /// Whom a removal by root would reach, and what whoever signs it may not have thought of.
    private func reachWords(of act: RegistryAct, at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> [String] {
        let closes = try invitationItems(
            act.capabilities.filter { replica.authority.capability($0)?.kind == .invite }, at: wall, store: store
        ).map { "this closes \($0.words)" }
        let holder = act.subtree.flatMap { replica.authority.capability($0)?.subject }
        guard let subject = act.subject ?? holder else { return closes }
        let plan = try plan(removing: subject, with: .root, subtree: act.subtree != nil, store: store)
        let item = try revocationItem(plan, of: subject, forCause: act.vouchLevelMax != nil, at: wall, store: store)
        let names = item.reaches.map(\.name).joined(separator: ", ")
        return ["this ends the membership of: \(names.isEmpty ? "nobody" : names)"] + closes + item.warnings.map { "mind: \($0)" }
    }

    // MARK: - Disavowing and annulling

    /// An entry of the registry or of a space that is here, by its id or the first 8 or more digits of it.
    func entry(named text: String, store: some ReplicaStore) throws(Stop) -> StoredEntry {
        let found: StoredEntry? = try storing { () throws(StoreFailure) in
            if let id = EntryID(hex: text) { return try store.entry(id) }
            guard text.utf8.count >= 8 else { return nil }
            let prefix = text.lowercased()
            let latest = try store.visible(kind: .post, space: nil, identity: nil, before: nil, limit: NodeLimits.timelineMax)
            let matches = latest.filter { $0.entry.id.description.hasPrefix(prefix) }
            if matches.count == 1 { return matches[0] }
            let acts = Self.historyKinds.flatMap { replica.authority.entries($0) }.filter { $0.description.hasPrefix(prefix) }
            if matches.isEmpty, acts.count == 1 { return try store.entry(acts[0]) }
            let held = try replica.heldEntries(of: nil, limit: NodeLimits.timelineMax, store: store)
                .filter { $0.entry.id.description.hasPrefix(prefix) }
            return matches.isEmpty && acts.isEmpty && held.count == 1 ? held[0] : nil
        }
        guard let found else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no entry “\(text)” here", why: "no id, or more than one, begins so",
                    next: "entente timeline, entente members --history, entente held list"))
        }
        return found
    }

    /// Voids an entry and what follows it in its log, whoever vouched for it.
    mutating func disavow(
        _ text: String, preview: Bool, by: String?, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let stored = try entry(named: text, store: store)
        let signer = try registrar(by)
        let scope = scope(of: stored.entry)
        let level = stored.entry.header.authorization.capability.flatMap { replica.authority.capability($0)?.level }
        guard let capability = capability(of: signer.identity, rights: .disavow, covering: scope, at: now.wall), let level,
            capability.level < level, let author = stored.entry.identity
        else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not disavow this",
                    why: "that takes a security officer, whom the root keys make, of a smaller level than what it cites",
                    next: "entente root propose disavow ID --out FILE"))
        }
        do throws(StoreFailure) {
            var item = DisavowalItem(
                id: "", author: try authorItem(author, store: store),
                space: try stored.entry.header.space.path.map { (path) throws(StoreFailure) in try spaceLabel(path, store: store) }
                    ?? "registry",
                entries: replica.descendantCount(of: stored), first: stored.entry.id.description)
            if preview { return .disavowed(item) }
            var act = RegistryAct(kind: .disavow)
            act.scope = capability.scope
            act.from = stored.entry.id
            item.id = try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects).id.description
            return .disavowed(item)
        } catch { throw .store(error) }
    }

    /// Undoes a removal, a leave or a disavowal of a more junior level.
    mutating func annul(
        _ text: String, by: String?, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let target = try registryEntry(named: text, of: [.remove, .leave, .disavow], next: "entente members --history")
        let signer = try registrar(by)
        guard let acting = replica.authority.actingLevel(of: target), let scope = replica.authority.act(target)?.scope,
            let capability = capability(of: signer.identity, rights: .admin, covering: scope, at: now.wall), capability.level < acting
        else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not undo this",
                    why: "that takes an administrator of a smaller level than the act's own",
                    next: "entente root propose annul ID --out FILE"))
        }
        var act = RegistryAct(kind: .annul)
        act.scope = capability.scope
        act.target = target
        do throws(StoreFailure) {
            if preview { return .acted(try self.preview(of: act, by: signer, at: now, store: store)) }
            let entry = try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects)
            guard let item = try actItem(entry.id, store: store) else {
                throw StoreFailure.corrupt("an act that was just written is not here")
            }
            return .acted(item)
        } catch { throw .store(error) }
    }
}
