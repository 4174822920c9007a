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

    static func allow(_ bits: UInt8, any rights: Rights) -> Bool { bits & rights.compact != 0 }
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

    func has(_ rights: Rights) -> Bool { Rights.allow(self.rights, any: rights) }
}

extension Authority {
    /// Writes an admissible entry into the table, with its static verdict, and queues it.
    mutating func admit(_ entry: Entry, proof: InvitationProofVerdict) {
        let header = entry.header
        let ref = table.intern(entry.id)
        let kind = Act.Kind(header.kind, isKnown: header.act != nil)
        let isRootLog = header.device == nil
        let key = header.device.map { table.intern($0) } ?? -1
        let previous = header.backlink.flatMap { table.number(of: $0) }.flatMap(table.act)
        let log = previous?.log ?? table.internRegistryLog(of: entry, key: key)
        let place = table.place(in: log, after: previous?.position)

        let auth: Ref =
            switch header.authorization {
            case .none: .none
            case .root: .root
            case .capability(let id): table.intern(id)
            }
        let body = header.act ?? RegistryAct(kind: header.kind)
        let cited = citation(auth)
        let act = Act(
            kind: kind, level: kind.isCapability ? body.level : 0, rights: kind.isCapability ? body.rights.compact : 0,
            acting: cited?.level ?? Act.actingNone, governsAll: cited?.has([.admin, .steward]) ?? false, auth: auth,
            identity: kind == .identityCreate && !isRootLog ? ref : table.intern(header.identity), key: key, log: log,
            branch: Int32(place.branch), scope: table.intern(body.scope),
            subject: kind == .grant || kind == .admit || kind == .remove ? table.intern(body.subject) : .none,
            detail: detail(of: body), sequence: header.sequence, time: header.timestamp.milliseconds,
            expiry: kind.isCapability ? body.expiry?.milliseconds ?? .max : .max)
        growToTable()
        table.set(ref, to: act)
        link(ref, act)
        if isRootLog { addToRootLog(entry, ref) }
        if isWellFormed(act, body: body, citing: cited, isRootLog: isRootLog),
            kind != .admit || proves(entry, body, act, proof: proof)
        {
            states[Int(ref)].insert(.wellFormed)
        }
        noteKeyAct(ref, act, body)
        noteMentions(of: ref, act)
        resolve(ref)
        // What cites it may be offered from now on, whether or not it is ever issued.
        if act.kind.isCapability { diff.capabilities.insert(ref) }
        if act.kind.isAuthorityAct { enqueue(ref, act) }
    }

    /// What citing `auth` gives, if it is root or a capability of the set.
    func citation(_ auth: Ref) -> Citation? {
        if auth == .root { return .root }
        guard let cited = table.act(auth), cited.kind.isCapability else { return nil }
        return Citation(cited)
    }

    /// The rarer fields, of each kind those that it has: others have no encoding, and must mean nothing here either.
    private mutating func detail(of body: RegistryAct) -> Int32 {
        var detail = ActDetail()
        switch body.kind {
        case .grant:
            if body.over.isEmpty { return -1 }
            detail.over = table.intern(body.over)
        case .invite:
            detail.usesMax = body.usesMax
            detail.membershipExpiry = body.membershipExpiry?.milliseconds ?? .max
            detail.sponsor = body.sponsor
            detail.inviteKey = body.inviteKey
        case .remove:
            detail.capabilities = table.intern(body.capabilities)
            if let subtree = body.subtree { detail.target = table.intern(subtree) }
            detail.tips = table.intern(body.tips)
            detail.admits = table.intern(body.admits)
            detail.vouchLevelMax = body.vouchLevelMax ?? 255
        case .vouch, .leave:
            detail.tips = table.intern(body.tips)
            detail.admits = table.intern(body.admits)
        case .disavow, .annul:
            if let target = body.kind == .annul ? body.target : body.from { detail.target = table.intern(target) }
        case .spaceCreate: detail.spaceID = body.spaceID
        case .identityCreate:
            detail.commitment = body.recoveryCommitment
            detail.host = body.host
        case .keyAdd, .keyRemove, .keyVouch, .keyRecover:
            if let key = body.key, body.kind != .keyVouch { detail.newKey = table.intern(key) }
            if body.kind == .keyAdd { detail.host = body.host } else { detail.tips = table.intern(body.tips) }
            if body.kind == .keyRecover {
                detail.commitment = body.recoveryCommitment
                if let from = body.from { detail.target = table.intern(from) }
            }
        default: return -1
        }
        return table.add(detail)
    }

    /// `wf` of section 2, but for the proof of an admission and the rank of who leaves.
    private func isWellFormed(_ act: Act, body: RegistryAct, citing cited: Citation?, isRootLog: Bool) -> Bool {
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
            return cited.has([.admin, .invite]) && act.level > cited.level && act.level <= EntryLimits.levelMax && covered
                && act.expiry <= cited.expiry
        case .admit: return isWellFormedAdmission(act, covered: covered)
        case .remove: return cited.has([.admin, .steward, .invite])
        case .vouch: return cited.has([.admin, .steward])
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
        return act.expiry <= table.detail(invitation).membershipExpiry && act.expiry <= inviterExpiry
    }

    private func proves(_ entry: Entry, _ body: RegistryAct, _ act: Act, proof: InvitationProofVerdict) -> Bool {
        switch proof {
        case .holds: return true
        case .fails: return false
        case .unchecked: break
        }
        guard let invitation = table.act(act.auth), let inviteKey = table.detail(invitation).inviteKey else { return false }
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
        while lastInLog.count < table.logs.count { lastInLog.append(.none) }
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
