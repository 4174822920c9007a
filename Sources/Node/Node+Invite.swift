import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Whether anybody may still come in by an invitation.
enum InvitationStanding: Hashable {
    case open, unknown, closed, expired, usedUp
}

extension Node {
    /// The body of a registry entry that is here.
    func registryAct(_ id: EntryID, store: some ReplicaStore) throws(StoreFailure) -> RegistryAct? {
        guard replica.authority.contains(id) else { return nil }
        return try store.entry(id)?.entry.header.act
    }

    /// What the registry and our clock say of an invitation.
    func invitationState(_ id: EntryID, at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> InvitationStanding {
        switch replica.authority.invitationState(id) {
        case .unknown: return replica.authority.contains(id) ? .closed : .unknown
        case .closed: return .closed
        case .usedUp, .contested: return .usedUp
        case .open:
            guard let act = try registryAct(id, store: store) else { return .unknown }
            if let useBy = act.expiry, wall > useBy { return .expired }
            return .open
        }
    }

    mutating func invite(
        _ request: InviteRequest, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        try Names.check(request.siteName, of: "the site")
        let next = "entente invite --site NAME --role \(request.role.rawValue) --until YYYY-MM-DD --out FILE"
        guard request.uses >= 1 else {
            throw .refusal(Refusal(.usage, what: "an invitation has at least one use", why: "--uses was 0", next: next))
        }
        let day: UInt64 = 86_400_000
        let useBy = request.useBy ?? min(request.until, now.wall.advanced(byMilliseconds: NodeLimits.useByDays * day))
        guard request.until > now.wall, useBy > now.wall, useBy <= request.until else {
            throw .refusal(
                Refusal(
                    .usage, what: "the dates do not fit",
                    why: "the last day of use has to come after today and not after the end of the membership", next: next))
        }
        guard request.readOnly != true || request.role == .guest else {
            throw .refusal(
                Refusal(
                    .usage, what: "a \(request.role.rawValue) may write", why: "a guest alone is let in to read only",
                    next: "entente invite --site NAME --role guest --read-only --until YYYY-MM-DD --out FILE"))
        }
        let sponsor = try request.sponsor.map { (name) throws(Stop) in try self.sponsor(named: name, at: now.wall, store: store) }
        let paths = try invitedSpaces(request, store: store, next: next)
        let (signer, capabilities) = try inviter(request, paths: paths, at: now, next: next)
        try checkRoom(for: signer, in: .registry, entries: max(NodeLimits.entriesReserved, paths.count))
        let key = SigningKey(using: &random)
        var ids: [EntryID] = []
        do {
            for (path, capability) in zip(paths, capabilities) {
                var act = inviteAct(request, path: path, capability: capability, key: key, useBy: useBy)
                act.sponsor = sponsor
                ids.append(try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects).id)
            }
        } catch {
            throw .store(error)
        }
        guard let issuerHead = ids.last, let first = ids.first else { preconditionFailure("there is at least one path") }
        let invitation = Invitation(
            network: identity.network, networkName: replica.networkName, secret: identity.secret,
            bootstrap: identity.listenAddress.map { [.init(address: $0, node: DeviceKey(identity.siteKey.publicKey))] } ?? [],
            rootEpoch: replica.authority.rootEpochEntry ?? EntryID(identity.network.bytes), issuerHead: issuerHead, invitations: ids,
            keySeed: key.seed, role: request.role.rawValue, siteName: request.siteName, until: request.until, useBy: useBy,
            uses: request.uses)
        return .invited(
            InvitedItem(
                invitation: invitation.text, id: first.description, role: request.role.rawValue, until: request.until.iso8601,
                useBy: useBy.iso8601, uses: request.uses))
    }

    private func invitedSpaces(
        _ request: InviteRequest, store: some ReplicaStore, next: String
    ) throws(Stop) -> [SpacePath] {
        var paths: [SpacePath] = []
        for name in request.spaces {
            let path = try space(named: name, store: store)
            if !paths.contains(path) { paths.append(path) }
        }
        if paths.isEmpty {
            guard request.role != .partner else {
                throw .refusal(
                    Refusal(
                        .usage, what: "a partner is invited into spaces", why: "without --space it would see the whole network",
                        next: "entente invite --site NAME --role partner --space SPACE --until YYYY-MM-DD --out FILE"))
            }
            if request.role == .site { return [.network] }
            // People get what their site has.
            return ownAudience.scopes
        }
        guard paths.count <= NodeLimits.joinInvitationsMax else {
            throw .refusal(
                Refusal(.usage, what: "too many spaces in one invitation", why: "at most \(NodeLimits.joinInvitationsMax) fit", next: next))
        }
        return paths
    }

    /// Who signs: sites are invited by an administrator, people by their site.
    private func inviter(
        _ request: InviteRequest, paths: [SpacePath], at now: Now, next: String
    ) throws(Stop) -> (Signer, [CapabilityRecord]) {
        let level = Self.inviteLevel(of: request.role)
        var candidates: [Signer] = []
        if request.role == .site || request.role == .partner { candidates.append(try signer(request.by)) }
        if let site = siteSigner { candidates.append(site) }
        if let person = try? signer(request.by) { candidates.append(person) }
        for signer in candidates {
            let capabilities = paths.compactMap { path in
                capability(of: signer.identity, rights: .invite, covering: path, at: now.wall)
                    .flatMap { $0.level < level && $0.rights.isSuperset(of: Self.inviteRights(of: request)) ? $0 : nil }
            }
            guard capabilities.count == paths.count, !capabilities.isEmpty else { continue }
            let end = capabilities.compactMap(\.expiry).min()
            if let end, request.until > end {
                throw .refusal(
                    Refusal(
                        .refused, what: "the membership would outlast the one that gives it",
                        why: "that of \(signer.name) ends on \(end.iso8601)", next: "choose an earlier --until"))
            }
            return (signer, capabilities)
        }
        throw .refusal(
            Refusal(
                .refused, what: "nobody here may invite a \(request.role.rawValue) into that",
                why: "sites and partners are invited by an administrator of those spaces, people by their own site", next: "entente members"
            ))
    }

    static func inviteLevel(of role: Role) -> UInt8 {
        switch role {
        case .site, .partner: 4
        case .member: 7
        case .guest: 8
        }
    }

    static func inviteRights(of request: InviteRequest) -> Rights {
        switch request.role {
        case .site, .partner: .site
        case .member: .post
        case .guest: request.readOnly == true ? [] : .post
        }
    }

    /// Who answers for the newcomer: a member in good standing. No rule reads it. (Specs/02-entry.md, field 9)
    private func sponsor(named text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> IdentityID {
        let identity = try member(named: text, at: wall, store: store)
        let isIn = replica.authority.capabilities(of: identity).contains { $0.isActive && $0.expiry.map { wall <= $0 } != false }
        guard isIn else {
            throw .refusal(
                Refusal(
                    .refused, what: "“\(text)” cannot answer for a newcomer", why: "no membership of theirs is in force",
                    next: "name another --sponsor: entente members"))
        }
        return identity
    }

    private func inviteAct(
        _ request: InviteRequest, path: SpacePath, capability: CapabilityRecord, key: SigningKey, useBy: Timestamp
    ) -> RegistryAct {
        var act = RegistryAct(kind: .invite)
        act.scope = path
        act.level = Self.inviteLevel(of: request.role)
        act.rights = Self.inviteRights(of: request)
        act.inviteKey = DeviceKey(key.publicKey)
        act.usesMax = request.uses
        act.expiry = capability.expiry.map { min($0, useBy) } ?? useBy
        act.membershipExpiry = request.until
        return act
    }

    /// The network that an invitation leads to and the secret to knock with, or why the text is none.
    package static func readInvitation(_ text: String) throws(Refusal) -> Invitation {
        do {
            return try Invitation(text: text)
        } catch {
            let why =
                switch error {
                case .notAnInvitation: "it does not begin with “\(Invitation.prefix)”"
                case .damaged: "a part of it is missing or altered: its checksum does not fit"
                case .malformed(let fault): "it does not decode: \(fault)"
                }
            throw Refusal(
                .refused, what: "this is not an invitation that can be used", why: why, next: "ask for the file again, and copy it whole")
        }
    }
}
