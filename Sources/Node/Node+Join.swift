import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Coming into a network by an invitation, or letting one more person in on a site that is there.
struct Joining {
    let command: CommandID
    let request: JoinRequest
    let invitation: Invitation
    let role: Role
    let deadline: Instant
    /// A person joins a site that is there: no other node is needed for it.
    let isSiteHere: Bool
    var phase = Phase.fetching
    /// What a peer said when it refused us.
    var refusal: String?
    /// The refusal is final: waiting will not help.
    var isRefused = false

    enum Phase: Hashable {
        /// Until the registry that the invitation speaks of is here.
        case fetching
        /// Our entries are written; until a peer has them.
        case carrying(site: IdentityID, person: IdentityID)
        /// Admitted; until the spaces are here.
        case settling(site: IdentityID, person: IdentityID)
    }
}

extension Node {
    private static func joinRefusal(_ why: String, next: String = "ask whoever invited you for a new invitation") -> Refusal {
        Refusal(.refused, what: "this invitation does not lead into the network", why: why, next: next)
    }

    mutating func beginJoining(
        _ request: JoinRequest, _ id: CommandID, at now: Now, store: inout some ReplicaStore
    ) throws(Stop) {
        let invitation: Invitation
        do { invitation = try Self.readInvitation(request.invitation) } catch { throw .refusal(error) }
        guard join == nil else {
            throw .refusal(Self.joinRefusal("another one is being used at this moment", next: "wait for it, then try again"))
        }
        guard invitation.network == identity.network else {
            throw .refusal(Self.joinRefusal("it is for another network than the one of this directory", next: "use another --dir"))
        }
        guard let role = Role(rawValue: invitation.role) else {
            throw .refusal(Self.joinRefusal("its role “\(invitation.role)” is not known to this version", next: "update this program"))
        }
        guard now.wall <= invitation.useBy else {
            throw .refusal(Self.joinRefusal("its last day of use was \(invitation.useBy.iso8601)"))
        }
        try Names.check(request.siteName, of: "the site")
        try Names.check(request.memberName, of: "the member")
        guard Bytes32(hex: request.siteRecovery) != nil, Bytes32(hex: request.memberRecovery) != nil,
            identity.members.contains(where: { Names.equal($0.name, request.memberName) })
        else {
            throw .refusal(
                Refusal(
                    .usage, what: "the keys of “\(request.memberName)” are not on this site", why: "joining makes them first",
                    next: "entente join FILE --site NAME --member NAME"))
        }
        if ownSite != nil, role == .site || role == .partner {
            throw .refusal(
                Self.joinRefusal(
                    "it is for a new site, and this directory holds one already", next: "entente join FILE --dir ANOTHER-DIR …"))
        }
        do {
            if ownSite == nil { try store.setFact(.siteName, Array(request.siteName.utf8)) }
            for node in invitation.bootstrap where dials[node.address] == nil {
                let record = PeerRecord(address: node.address, node: node.node)
                dials[node.address] = Dial(record: record, state: .waiting(until: now.instant), delay: NodeLimits.dialDelayMin)
                try store.setPeer(record)
            }
        } catch {
            throw .store(error)
        }
        join = Joining(
            command: id, request: request, invitation: invitation, role: role,
            deadline: now.instant.advanced(byMilliseconds: request.milliseconds), isSiteHere: ownSite != nil)
    }

    mutating func refusedWhileJoining(_ code: Message.RefusalCode, _ text: String) {
        guard join != nil else { return }
        join?.refusal = text
        switch code {
        case .invitationClosed, .invitationExpired, .invitationUsedUp, .otherNetwork, .formerMember: join?.isRefused = true
        case .unknown, .invitationUnknown, .duplicate, .clock: break
        }
    }

    mutating func continueJoining(
        at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard let joining = join else { return }
        if joining.isRefused || now.instant >= joining.deadline { return endJoining(joining, effects: &effects) }
        switch joining.phase {
        case .fetching:
            guard hasRegistry(of: joining.invitation) else { return }
            do {
                let (site, person) = try writeAdmission(joining, at: now, using: &random, store: &store, effects: &effects)
                join?.phase = .carrying(site: site, person: person)
            } catch {
                switch error {
                case .store(let failure): throw failure
                case .refusal(let refusal):
                    join = nil
                    effects.append(.reply(joining.command, .refused(refusal)))
                }
            }
        case .carrying(let site, let person):
            let isCarried = sessions.values.contains { session in
                session.peer != nil && session.theirSums[.registry] == replica.sum(of: .registry)
            }
            guard isCarried || joining.isSiteHere else { return }
            try introduceJoined(site: site, person: person, at: now, using: &random, store: &store, effects: &effects)
            join?.phase = .settling(site: site, person: person)
        case .settling(let site, let person):
            let open = sessions.values.filter { $0.peer != nil }
            guard open.contains(where: { offersTheSame($0) }) || joining.isSiteHere else { return }
            join = nil
            effects.append(.reply(joining.command, .joined(try joinedItem(site: site, person: person, store: store))))
        }
    }

    private mutating func endJoining(_ joining: Joining, effects: inout [Effect]) {
        join = nil
        let addresses = joining.invitation.bootstrap.map(\.address).joined(separator: ", ")
        let fault = joining.invitation.bootstrap.compactMap { dials[$0.address]?.record.lastFault }.first
        let why = joining.refusal ?? fault.map { "\(addresses) cannot be reached: \($0)" } ?? "\(addresses) did not answer in time"
        guard !addresses.isEmpty else {
            effects.append(.reply(joining.command, .refused(Self.joinRefusal("it names no site that listens"))))
            return
        }
        guard joining.refusal == nil else {
            let next = joining.isRefused ? "ask whoever invited you for a new invitation" : "check the line to \(addresses), then try again"
            effects.append(.reply(joining.command, .refused(Self.joinRefusal(why, next: next))))
            return
        }
        // Nobody has said anything against the invitation: it may serve another time.
        effects.append(
            .reply(
                joining.command,
                .refused(
                    Refusal(
                        .unavailable, what: "nobody who can let this site in was reached", why: why,
                        next: "check the line to \(addresses), then type the same again"))))
    }

    /// True when the registry here is the one that the invitation speaks of, and is all that a peer has.
    private func hasRegistry(of invitation: Invitation) -> Bool {
        let authority = replica.authority
        let isThere =
            invitation.invitations.allSatisfy { authority.act($0)?.kind == .invite } && authority.contains(invitation.issuerHead)
            && authority.contains(invitation.rootEpoch)
        return isThere && (join?.isSiteHere == true || sessions.values.contains { $0.theirSums[.registry] == replica.sum(of: .registry) })
    }

    // MARK: - What is written

    private mutating func writeAdmission(
        _ joining: Joining, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> (site: IdentityID, person: IdentityID) {
        for id in joining.invitation.invitations {
            switch try storing({ () throws(StoreFailure) in try invitationState(id, at: now.wall, store: store) }) {
            case .open: break
            case .unknown: throw .refusal(Self.joinRefusal("the registry does not know it"))
            case .closed: throw .refusal(Self.joinRefusal("it is closed: it, or whoever issued it, was revoked"))
            case .expired: throw .refusal(Self.joinRefusal("its last day of use has passed"))
            case .usedUp: throw .refusal(Self.joinRefusal("it has been used as often as it may be"))
            }
        }
        guard let member = identity.members.first(where: { Names.equal($0.name, joining.request.memberName) }),
            let invitationKey = SigningKey(seed: joining.invitation.keySeed)
        else { throw .refusal(Self.joinRefusal("it carries no key")) }
        do {
            let node = DeviceKey(identity.siteKey.publicKey)
            let site: IdentityID
            if let ownSite {
                site = ownSite
            } else {
                site = try inception(identity.siteKey, joining.request.siteRecovery, host: nil, at: now, store: &store, effects: &effects)
                ownSite = site
            }
            let person = try inception(member.key, joining.request.memberRecovery, host: node, at: now, store: &store, effects: &effects)
            let personSigner = Signer(identity: person, key: member.key, name: member.name)
            if joining.role == .site || joining.role == .partner {
                let siteSigner = Signer(identity: site, key: identity.siteKey, name: joining.request.siteName)
                for id in joining.invitation.invitations {
                    guard
                        let admission = try admit(
                            siteSigner, by: id, invitationKey, at: now, using: &random, store: &store, effects: &effects)
                    else { continue }
                    try admitFirstPerson(
                        personSigner, under: admission, of: siteSigner, at: now, using: &random, store: &store, effects: &effects)
                }
            } else {
                for id in joining.invitation.invitations {
                    _ = try admit(personSigner, by: id, invitationKey, at: now, using: &random, store: &store, effects: &effects)
                }
            }
            return (site, person)
        } catch {
            throw .store(error)
        }
    }

    private mutating func inception(
        _ key: SigningKey, _ commitment: String, host: DeviceKey?, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> IdentityID {
        if let known = replica.directory.identities(ofDevice: DeviceKey(key.publicKey)).first { return known }
        var act = RegistryAct(kind: .identityCreate)
        act.recoveryCommitment = Bytes32(hex: commitment)
        act.host = host
        let author = Author(key: key, identity: nil, incarnation: incarnation)
        let (entry, acceptance) = try replica.author(act, citing: .none, by: author, at: now.wall, store: &store)
        try took(acceptance, space: .registry, from: nil, at: now, store: &store, effects: &effects)
        return IdentityID(inception: entry.id)
    }

    /// An admission under an invitation, with the proof that binds it to the joiner's key. Nil if there is none such.
    private mutating func admit(
        _ signer: Signer, by invitation: EntryID, _ key: SigningKey, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID? {
        guard let invite = replica.authority.capability(invitation), let inviteAct = try registryAct(invitation, store: store) else {
            return nil
        }
        var act = RegistryAct(kind: .admit)
        act.scope = invite.scope
        act.subject = signer.identity
        act.level = invite.level + 1
        act.rights = invite.rights
        let inviterEnd = invite.parent.flatMap { replica.authority.capability($0)?.expiry }
        act.expiry = [inviteAct.membershipExpiry, inviterEnd].compactMap(\.self).min()
        let nonce = Bytes16(using: &random)
        act.nonce = nonce
        act.proof = key.sign(
            InvitationProof.bytes(
                network: replica.network, invitation: invitation, subject: signer.identity, device: DeviceKey(signer.key.publicKey),
                nonce: nonce))
        return try authorAct(act, citing: invitation, by: signer, at: now, store: &store, effects: &effects).id
    }

    /// The site lets its first person in, at once.
    private mutating func admitFirstPerson(
        _ person: Signer, under admission: EntryID, of site: Signer, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard let capability = replica.authority.capability(admission) else { return }
        let key = SigningKey(using: &random)
        var act = RegistryAct(kind: .invite)
        act.scope = capability.scope
        act.level = Self.inviteLevel(of: .member)
        act.rights = .post
        act.inviteKey = DeviceKey(key.publicKey)
        act.usesMax = 1
        act.expiry = capability.expiry
        act.membershipExpiry = capability.expiry
        let invitation = try authorAct(act, citing: admission, by: site, at: now, store: &store, effects: &effects).id
        _ = try admit(person, by: invitation, key, at: now, using: &random, store: &store, effects: &effects)
    }

    /// The newcomers say their names: in the spaces of their scopes, or in the space for all.
    private mutating func introduceJoined(
        site: IdentityID, person: IdentityID, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) {
        var paths: [SpacePath] = []
        for scope in ownAudience.scopes {
            if !scope.isNetwork { paths.append(scope) } else if let homeSpace { paths.append(homeSpace) }
        }
        var signers: [Signer] = []
        if let siteSigner { signers.append(siteSigner) }
        signers += identity.members.compactMap { signer(for: $0) }.filter { $0.identity == person }
        for path in paths {
            for signer in signers {
                guard let capability = capability(of: signer.identity, rights: .post, covering: path, at: now.wall, mostSenior: false),
                    hasRoom(signer, in: .content(path))
                else {
                    continue
                }
                try introduce(signer, in: path, citing: capability.id, at: now, using: &random, store: &store, effects: &effects)
            }
        }
    }

    private func joinedItem(
        site: IdentityID, person: IdentityID, store: some ReplicaStore
    ) throws(StoreFailure) -> JoinedItem {
        let own = replica.authority.capabilities(of: person)
        let admissions = own + replica.authority.capabilities(of: site)
        // A guest of one space does not see what else the site holds.
        let paths = spacePaths().filter { path in own.contains { $0.isActive && path.lies(in: $0.scope) } }
        var spaces: [String] = []
        for path in paths { spaces.append(try spaceName(path, store: store)) }
        return JoinedItem(
            network: replica.networkName, site: AuthorItem(id: site.description, name: try name(of: site, store: store)),
            member: AuthorItem(id: person.description, name: try name(of: person, store: store)),
            spaces: spaces,
            provisional: admissions.contains { $0.kind == .admit && !replica.authority.isSealed($0.id) })
    }
}
