import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Real signed entries made of the symbolic ones of a world: keys from the names of keys, ids from hashes.
struct AuthorityEntries {
    struct Made {
        let name: String
        let entry: Entry
        /// The entry's own signature, checked; true in the root log, whose signatures the evaluator checks.
        let signatureHolds: Bool
        /// Of an admission: what is known of its proof.
        var proof = InvitationProofVerdict.unchecked
    }

    private(set) var network: NetworkID
    /// In the order of the world, those that decode: what no decoder reads is in no set.
    private(set) var made: [Made] = []
    private(set) var ids: [String: EntryID] = [:]
    private var keys: [String: SigningKey] = [:]
    private let isSigned: Bool

    /// Without `isSigned` devices do not sign, nothing is encoded or decoded, and the verdicts of signatures are those
    /// that the world announces: for tests of the rules alone, ten times as fast.
    init(_ world: AuthorityWorld, isSigned: Bool = true) {
        self.isSigned = isSigned
        var byName: [String: AuthorityWorld.Symbol] = [:]
        for symbol in world.entries where byName[symbol.id] == nil { byName[symbol.id] = symbol }
        // The founding entry comes first: the network's id is in every hash.
        let founding = world.entries.first { $0.kind == "genesis" && $0.isRootLog && $0.seq == 0 && $0.prev == nil }
        let nowhere = NetworkID(Self.hash("network", world.name))
        var built: [String: Made] = [:]
        network = nowhere
        if let founding, let made = build(founding) {
            network = NetworkID(made.entry.id.bytes)
            built[founding.id] = made
            ids[founding.id] = made.entry.id
        }
        for symbol in world.entries { build(symbol.id, byName, &built) }
        made = world.entries.compactMap { built.removeValue(forKey: $0.id) }
    }

    /// Builds an entry behind all those that it names. A circle of names cannot be built of hashes: where one closes,
    /// the name stands for an id that nobody has.
    private mutating func build(_ name: String, _ symbols: [String: AuthorityWorld.Symbol], _ built: inout [String: Made]) {
        var stack: [(name: String, isOpen: Bool)] = [(name, false)]
        var open: Set<String> = []
        while let (name, isOpen) = stack.popLast() {
            guard let symbol = symbols[name], ids[name] == nil else { continue }
            if isOpen || !open.insert(name).inserted {
                guard isOpen else { continue }
                if let made = build(symbol) {
                    built[name] = made
                    ids[name] = made.entry.id
                } else {
                    ids[name] = id(name)
                }
                continue
            }
            stack.append((name, true))
            for other in symbol.named.reversed() where ids[other] == nil && symbols[other] != nil && !open.contains(other) {
                stack.append((other, false))
            }
        }
    }

    /// Builds one entry more, behind those that it names. Returns nil if no decoder would read it, or its name is taken.
    mutating func add(_ symbol: AuthorityWorld.Symbol) -> Made? {
        guard ids[symbol.id] == nil, let new = build(symbol) else { return nil }
        ids[symbol.id] = new.entry.id
        made.append(new)
        return new
    }

    // MARK: Names

    private static func hash(_ kind: String, _ name: String) -> Bytes32 { Blake2b.hash256(Array("entente/world/\(kind)/\(name)".utf8)) }

    private mutating func signingKey(_ name: String) -> SigningKey {
        if let key = keys[name] { return key }
        guard let key = SigningKey(seed: Self.hash("key", name).bytes) else { preconditionFailure("32 bytes are a seed") }
        keys[name] = key
        return key
    }

    private mutating func device(_ name: String) -> DeviceKey { DeviceKey(signingKey(name).publicKey) }

    private func id(_ name: String) -> EntryID { ids[name] ?? EntryID(Self.hash("absent", name)) }
    private func identity(_ name: String?) -> IdentityID? { name.map { IdentityID(inception: id($0)) } }
    private func ids(_ names: [String]?) -> [EntryID] { (names ?? []).map(id) }

    static func path(_ text: String?) -> SpacePath? {
        guard let text, !text.isEmpty else { return .network }
        return SpacePath(
            text.split(separator: "/", omittingEmptySubsequences: false).compactMap { component in
                Bytes16(hash("space", String(component)).bytes.prefix(16)).map(SpaceID.init)
            })
    }

    private static let kinds: [String: Kind] = {
        var kinds: [String: Kind] = [:]
        for code in 1...34 { kinds[Kind(code: UInt64(code)).name] = Kind(code: UInt64(code)) }
        return kinds
    }()
    /// Codes of the registry and of content that no version uses yet.
    private static let unknownRegistryKind = Kind(code: 31)
    private static let unknownContentKind = Kind(code: 4095)

    // MARK: One entry

    private mutating func build(_ symbol: AuthorityWorld.Symbol) -> Made? {
        guard let header = header(symbol) else { return nil }
        guard isSigned else { return announce(symbol, header) }
        let entry: Entry
        let network = Entry.hashingNetwork(of: header, in: network)
        if symbol.isRootLog {
            let signers = (symbol.signers ?? (symbol.kind == "genesis" ? symbol.keys : nil) ?? []).map { signingKey($0) }
            let whole = Entry(signing: header, withRoot: signers, in: network)
            entry =
                symbol.sig == false
                ? Entry(
                    header: header, headerBytes: whole.headerBytes,
                    quorum: whole.rootSignatures.map { Entry.RootSignature(key: $0.key, signature: Self.broken($0.signature)) }, in: network
                )
                : whole
        } else {
            let whole = Entry(signing: header, with: signingKey(symbol.key), in: network)
            guard let signature = whole.signature else { return nil }
            entry =
                symbol.sig == false
                ? Entry(header: header, headerBytes: whole.headerBytes, signature: Self.broken(signature), in: network) : whole
        }
        // What a peer would send: bytes that a strict decoder reads, or nothing.
        var reader = CBORReader(entry.encoded)
        guard let decoded = try? Entry(&reader, in: self.network), (try? reader.end()) != nil else { return nil }
        let key = header.device.flatMap { VerifyingKey($0.bytes) }
        return Made(
            name: symbol.id, entry: decoded,
            signatureHolds: symbol.isRootLog || key.map { decoded.verifiesSignature(of: $0, in: self.network) } == true)
    }

    private mutating func announce(_ symbol: AuthorityWorld.Symbol, _ header: Header) -> Made? {
        let bytes = Array(symbol.id.utf8)
        let holds = symbol.sig != false
        if symbol.isRootLog {
            let network = Entry.hashingNetwork(of: header, in: network)
            let signed = Entry.signedBytes(bytes, in: network)
            let signers = (symbol.signers ?? []).map { signingKey($0) }
            let quorum = signers.map { key in
                let signature = key.sign(signed)
                return Entry.RootSignature(key: DeviceKey(key.publicKey), signature: holds ? signature : Self.broken(signature))
            }
            return Made(
                name: symbol.id, entry: Entry(header: header, headerBytes: bytes, quorum: quorum, in: network), signatureHolds: true)
        }
        guard let signature = Signature([UInt8](repeating: holds ? 1 : 0, count: Signature.count)) else { return nil }
        return Made(
            name: symbol.id, entry: Entry(header: header, headerBytes: bytes, signature: signature, in: network), signatureHolds: holds,
            proof: symbol.invsig == false ? .fails : .holds)
    }

    private static func broken(_ signature: Signature) -> Signature {
        var bytes = signature.bytes
        bytes[0] ^= 1
        return Signature(bytes) ?? signature
    }

    private mutating func header(_ symbol: AuthorityWorld.Symbol) -> Header? {
        let isContent = symbol.isContent
        let kind = Self.kinds[symbol.kind] ?? (isContent ? Self.unknownContentKind : Self.unknownRegistryKind)
        guard let path = Self.path(isContent ? symbol.space : nil) else { return nil }
        let body: Header.Body
        if kind.isContent {
            body = .detached(size: 0, commitment: Self.hash("body", symbol.id))
        } else if kind == Self.unknownRegistryKind {
            body = .unknown([0xA0])
        } else {
            guard let act = act(symbol, kind) else { return nil }
            body = .act(act)
        }
        let authorization: Authorization =
            switch symbol.auth {
            case nil: .none
            case "ROOT": .root
            case let name?: .capability(id(name))
            }
        return Header(
            space: isContent ? .content(path) : .registry, device: symbol.isRootLog ? nil : device(symbol.key),
            incarnation: symbol.isRootLog ? 0 : 1, identity: symbol.isRootLog || kind == .identityCreate ? nil : identity(symbol.ident),
            sequence: symbol.seq, backlink: symbol.prev.map(id), timestamp: Timestamp(milliseconds: symbol.hlc),
            // Two entries of a world that say the same are two entries: the rules never read references.
            references: [EntryID(Self.hash("entry", symbol.id))], authorization: authorization, kind: kind, body: body)
    }

    private func end(_ time: UInt64?) -> Timestamp? {
        guard let time, time < AuthorityWorld.Symbol.never else { return nil }
        return Timestamp(milliseconds: time)
    }

    /// The body, with the fields that its kind has.
    private mutating func act(_ symbol: AuthorityWorld.Symbol, _ kind: Kind) -> RegistryAct? {
        var act = RegistryAct(kind: kind)
        guard let scope = Self.path(symbol.scope), let level = UInt8(exactly: symbol.level ?? 0) else { return nil }
        act.scope = scope
        act.level = level
        act.rights = Rights(rawValue: symbol.rights ?? 0)
        act.subject = identity(symbol.subject)
        act.expiry = end(symbol.expiry)
        act.over = ids(symbol.over)
        act.usesMax = symbol.maxuses ?? 0
        act.membershipExpiry = end(symbol.mexpiry)
        act.capabilities = ids(symbol.caps)
        act.subtree = symbol.subtree.map(id)
        act.tips = ids(symbol.tips)
        act.admits = ids(symbol.admits)
        act.vouchLevelMax = symbol.vmax.flatMap { UInt8(exactly: $0) }.flatMap { $0 <= EntryLimits.levelMax ? $0 : nil }
        switch kind {
        case .genesis, .rootUpdate:
            act.rootKeys = Set((symbol.keys ?? []).map { device($0) }).sorted()
            act.rootQuorum = UInt64(clamping: symbol.m ?? 0)
            act.rulesVersion = 1
            act.networkName = "world"
        case .spaceCreate: act.spaceID = Bytes16(Self.hash("space", symbol.id).bytes.prefix(16)).map(SpaceID.init)
        case .invite: act.inviteKey = device("invite/" + symbol.id)
        case .admit: prove(symbol, &act)
        case .disavow: act.from = id(symbol.frm ?? "")
        case .annul: act.target = id(symbol.target ?? "")
        case .identityCreate: act.recoveryCommitment = RecoveryCommitment.of(device(symbol.commit ?? "/none"))
        case .keyAdd, .keyRemove: act.key = device(symbol.newkey ?? "/none")
        case .keyRecover:
            act.key = device(symbol.newkey ?? "/none")
            act.recoveryCommitment = RecoveryCommitment.of(device(symbol.commit ?? "/none"))
            act.from = symbol.frm.map(id)
        default: break
        }
        return act
    }

    private mutating func prove(_ symbol: AuthorityWorld.Symbol, _ act: inout RegistryAct) {
        guard let nonce = Bytes16(Self.hash("nonce", symbol.id).bytes.prefix(16)) else { return }
        act.nonce = nonce
        let invitation = symbol.auth ?? ""
        guard isSigned else { return }
        let bytes = InvitationProof.bytes(
            network: network, invitation: id(invitation), subject: act.subject ?? IdentityID(.zero), device: device(symbol.key),
            nonce: nonce)
        let proof = signingKey("invite/" + invitation).sign(bytes)
        act.proof = symbol.invsig == false ? Self.broken(proof) : proof
    }
}
