import EntenteCodec
import EntenteCrypto
import EntenteModel

extension Act.Kind {
    init(_ kind: Kind, isKnown: Bool) {
        self =
            switch kind {
            case _ where !isKnown: .unknown
            case .genesis: .genesis
            case .rootUpdate: .rootUpdate
            case .spaceCreate: .spaceCreate
            case .grant: .grant
            case .invite: .invite
            case .admit: .admit
            case .remove: .remove
            case .vouch: .vouch
            case .disavow: .disavow
            case .annul: .annul
            case .leave: .leave
            case .identityCreate: .identityCreate
            case .keyAdd: .keyAdd
            case .keyRemove: .keyRemove
            case .keyVouch: .keyVouch
            case .keyRecover: .keyRecover
            default: .unknown
            }
    }
}

extension Rights {
    /// The five bits, and bit 5 for any other one: no capability has it, so nothing with it is well-formed.
    var compact: UInt8 { UInt8(truncatingIfNeeded: rawValue & 31) | (rawValue > 31 ? 32 : 0) }

    // As plain numbers: a set written as a list of rights is built anew at each use.
    static let governing: UInt8 = Rights.admin.compact | Rights.steward.compact
    static let inviting: UInt8 = Rights.admin.compact | Rights.invite.compact
    static let removing: UInt8 = governing | inviting
}

/// What a capability gives to those who cite it.
struct Citation {
    let level: UInt8
    let rights: UInt8
    let scope: ScopeRef
    let expiry: UInt64

    static let root = Citation(level: 0, rights: Rights.root.compact, scope: RegistryTable.networkScope, expiry: .max)

    init(level: UInt8, rights: UInt8, scope: ScopeRef, expiry: UInt64) {
        self.level = level
        self.rights = rights
        self.scope = scope
        self.expiry = expiry
    }

    init(_ act: Act) { self.init(level: act.level, rights: act.rights, scope: act.scope, expiry: act.expiry) }

    /// True if it has one of these.
    func hasAny(_ bits: UInt8) -> Bool { rights & bits != 0 }

    func has(_ right: Rights) -> Bool { rights & UInt8(truncatingIfNeeded: right.rawValue) != 0 }
}

extension Authority {
    /// Writes an admissible entry into the table, with its static verdict, and queues it. `previous` and `cited` are the
    /// numbers of the entries that the header names, `.none` where it names none.
    mutating func admit(_ entry: Entry, as ref: Ref, after previous: Ref, citing cited: Ref, proof: InvitationProofVerdict) {
        // Two ways into one function, so that the large body is lent and not copied.
        if case .act(let body) = entry.header.body {
            admit(entry, body, Act.Kind(entry.header.kind, isKnown: true), as: ref, after: previous, citing: cited, proof: proof)
        } else {
            admit(entry, RegistryAct(kind: entry.header.kind), .unknown, as: ref, after: previous, citing: cited, proof: proof)
        }
    }

    private mutating func admit(
        _ entry: borrowing Entry, _ body: borrowing RegistryAct, _ kind: Act.Kind, as ref: Ref, after previous: Ref, citing cited: Ref,
        proof: InvitationProofVerdict
    ) {
        let isRootLog = entry.header.device == nil
        let before = previous < 0 ? nil : table.acts[Int(previous)]
        let key = before?.key ?? entry.header.device.map { table.intern($0) } ?? -1
        let log = before?.log ?? table.internRegistryLog(of: entry, key: key)
        let place = table.place(in: log, after: before?.position)

        let auth: Ref =
            switch entry.header.authorization {
            case .none: .none
            case .root: .root
            case .capability(let id): cited < 0 ? table.intern(id) : cited
            }
        let citation = citation(auth)
        let identity: Ref =
            if kind == .identityCreate && !isRootLog { ref } else { before?.identity ?? table.intern(entry.header.identity) }
        let hasSubject = kind == .grant || kind == .admit || kind == .remove
        let subject: Ref =
            if kind == .admit, body.subject == entry.header.identity { identity } else { hasSubject ? table.intern(body.subject) : .none }
        let act = Act(
            kind: kind, level: kind.isCapability ? body.level : 0, rights: kind.isCapability ? body.rights.compact : 0,
            acting: citation?.level ?? Act.actingNone, governsAll: citation?.hasAny(Rights.governing) ?? false, auth: auth,
            identity: identity, key: key, log: log, branch: Int32(place.branch), scope: table.intern(body.scope), subject: subject,
            detail: detail(of: body, ref), sequence: entry.header.sequence, time: entry.header.timestamp.milliseconds,
            expiry: kind.isCapability ? body.expiry?.milliseconds ?? .max : .max)
        growToTable()
        table.set(ref, to: act)
        link(ref, act)
        if isRootLog { addToRootLog(entry, ref) }
        if isWellFormed(act, citing: citation, isRootLog: isRootLog), kind != .admit || proves(entry, act, proof: proof) {
            states[Int(ref)].insert(.wellFormed)
        }
        noteKeyAct(ref, act)
        noteMentions(of: ref, act)
        resolve(ref)
        // What cites it may be offered from now on, whether or not it is ever issued.
        if act.kind.isCapability { noteCapability(ref) }
        if act.kind.isAuthorityAct { enqueue(ref, act) }
        if act.kind == .admit { unsealed.insert(ref) }
        noteOffer(of: ref, act)
    }

    /// What citing `auth` gives, if it is root or a capability of the set.
    func citation(_ auth: Ref) -> Citation? {
        if auth == .root { return .root }
        guard let cited = table.act(auth), cited.kind.isCapability else { return nil }
        return Citation(cited)
    }

    /// The fields that few kinds have, of each kind those that it has: others have no encoding, and must mean nothing
    /// here either. Returns where they are kept.
    private mutating func detail(of body: RegistryAct, _ ref: Ref) -> Int32 {
        var lists = ActLists()
        var terms = KeyTerms()
        switch body.kind {
        case .grant:
            if body.over.isEmpty { return -1 }
            lists.over = table.intern(body.over)
        case .remove:
            lists.capabilities = table.intern(body.capabilities)
            if let subtree = body.subtree { lists.target = table.intern(subtree) }
            lists.tips = table.intern(body.tips)
            lists.admits = table.intern(body.admits)
            lists.vouchLevelMax = body.vouchLevelMax ?? 255
        case .vouch, .leave:
            lists.tips = table.intern(body.tips)
            lists.admits = table.intern(body.admits)
        case .disavow, .annul:
            if let target = body.kind == .annul ? body.target : body.from { lists.target = table.intern(target) }
        case .invite:
            return table.add(
                InvitationTerms(
                    usesMax: body.usesMax, membershipExpiry: body.membershipExpiry?.milliseconds ?? .max, inviteKey: body.inviteKey,
                    sponsor: body.sponsor))
        case .identityCreate:
            terms.commitment = body.recoveryCommitment
            terms.host = body.host
            return table.add(terms)
        case .keyAdd, .keyRemove, .keyVouch, .keyRecover:
            if let key = body.key, body.kind != .keyVouch { terms.newKey = table.intern(key) }
            if body.kind == .keyAdd { terms.host = body.host } else { terms.tips = table.intern(body.tips) }
            if body.kind == .keyRecover {
                terms.commitment = body.recoveryCommitment
                if let from = body.from { terms.from = table.intern(from) }
            }
            return table.add(terms)
        case .spaceCreate:
            spaceIDs[ref] = body.spaceID
            return -1
        default: return -1
        }
        return table.add(lists)
    }

    /// `wf` of section 2, but for the proof of an admission and the rank of who leaves.
    private func isWellFormed(_ act: Act, citing cited: Citation?, isRootLog: Bool) -> Bool {
        if act.kind == .unknown { return false }
        if act.kind.isFree { return act.auth == .none && isRootLog == (act.kind == .genesis || act.kind == .rootUpdate) }
        guard let cited, act.time <= cited.expiry, table.lies(act.scope, in: cited.scope) else { return false }
        // Only the root log acts as root, and it acts as nothing else.
        guard isRootLog == (act.auth == .root) else { return false }
        if let capability = table.act(act.auth) {
            guard states[Int(act.auth)].contains(.wellFormed), (act.kind == .admit) == (capability.kind == .invite) else { return false }
            if act.kind != .admit, capability.subject == .none || capability.subject != act.identity { return false }
        } else if act.kind == .admit || act.kind == .leave {
            return false
        }
        let covered = act.rights & ~cited.rights == 0
        switch act.kind {
        case .grant:
            return cited.has(.admin) && act.level > cited.level && act.level <= EntryLimits.levelMax && covered
                && act.expiry <= cited.expiry
                && act.subject != .none
        case .invite:
            return cited.hasAny(Rights.inviting) && act.level > cited.level && act.level <= EntryLimits.levelMax && covered
                && act.expiry <= cited.expiry
        case .admit: return isWellFormedAdmission(act, covered: covered)
        case .remove: return cited.hasAny(Rights.removing)
        case .vouch: return cited.hasAny(Rights.governing)
        case .disavow: return cited.has(.disavow)
        case .annul, .spaceCreate: return cited.has(.admin)
        case .leave: return true
        default: return false
        }
    }

    private func isWellFormedAdmission(_ act: Act, covered: Bool) -> Bool {
        guard let invitation = table.act(act.auth), covered, act.level <= EntryLimits.levelMax, act.level == invitation.level &+ 1,
            act.subject != .none, act.subject == act.identity
        else { return false }
        let inviterExpiry = citation(invitation.auth)?.expiry ?? .max
        return act.expiry <= table.invitation(invitation)?.membershipExpiry ?? .max && act.expiry <= inviterExpiry
    }

    private func proves(_ entry: Entry, _ act: Act, proof: InvitationProofVerdict) -> Bool {
        switch proof {
        case .holds: return true
        case .fails: return false
        case .unchecked: break
        }
        guard let invitation = table.act(act.auth), let inviteKey = table.invitation(invitation)?.inviteKey else { return false }
        return Self.verifiesProof(of: entry, by: inviteKey, in: network)
    }

    /// True if the admission carries a signature by the invitation's one-time key over the network, the invitation, the
    /// subject, the joiner's key and the nonce.
    package static func verifiesProof(of admission: Entry, by inviteKey: DeviceKey, in network: NetworkID) -> Bool {
        guard let body = admission.header.act, let proof = body.proof, let nonce = body.nonce, let subject = body.subject,
            let device = admission.header.device, let invitation = admission.header.authorization.capability,
            let key = VerifyingKey(inviteKey.bytes)
        else { return false }
        let bytes = InvitationProof.bytes(network: network, invitation: invitation, subject: subject, device: device, nonce: nonce)
        return key.verifies(proof, over: bytes)
    }

    mutating func growToTable() {
        while states.count < table.ids.count {
            states.append([])
            links.append(EntryLinks())
        }
        while lastInLog.count < table.logs.count {
            lastInLog.append(.none)
            tipMarks.append([])
            voids.append([])
            isLogTouched.append(false)
            withheldCounts.append(0)
        }
    }

    private mutating func link(_ ref: Ref, _ act: Act) {
        let index = Int(ref)
        if act.auth >= 0 {
            links[index].nextCiting = links[Int(act.auth)].firstCiting
            links[Int(act.auth)].firstCiting = ref
        }
        if act.kind.isCapability, act.subject >= 0 {
            links[index].nextCapability = links[Int(act.subject)].firstCapability
            links[Int(act.subject)].firstCapability = ref
        }
        if act.identity >= 0 {
            links[index].nextOfIdentity = links[Int(act.identity)].firstOfIdentity
            links[Int(act.identity)].firstOfIdentity = ref
        }
        links[index].nextInLog = lastInLog[Int(act.log)]
        lastInLog[Int(act.log)] = ref
    }
}
