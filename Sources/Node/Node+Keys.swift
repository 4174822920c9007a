import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

// The keys of one person: further devices, and what to do when the first key is lost. No administrator has a part in it.
extension Node {
    // MARK: - Devices

    func devices(of member: String?, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> [DeviceItem] {
        if let member {
            let identity = try self.member(named: member, at: wall, store: store)
            return try storing { () throws(StoreFailure) in try deviceItems(of: identity, store: store) }
        }
        let here = Set(identity.members.compactMap { signer(for: $0)?.identity } + [ownSite].compactMap(\.self)).sorted()
        return try storing { () throws(StoreFailure) in
            var items: [DeviceItem] = []
            for identity in here { items += try deviceItems(of: identity, store: store) }
            return items
        }
    }

    func deviceItems(of identity: IdentityID, store: some ReplicaStore) throws(StoreFailure) -> [DeviceItem] {
        var items: [DeviceItem] = []
        let own = Set(([self.identity.siteKey] + self.identity.members.map(\.key)).map { DeviceKey($0.publicKey) })
        let isSite = replica.authority.isSite(identity)
        for enrolment in replica.authority.enrolments(of: identity) {
            let node = enrolment.host ?? (isSite ? enrolment.device : nil)
            let site = node.flatMap { replica.directory.identities(ofDevice: $0).first }
            items.append(
                DeviceItem(
                    key: enrolment.device.description, kind: ["recovery", "primary", "device"][min(2, Int(enrolment.rank))],
                    site: try site.map { (site) throws(StoreFailure) in try name(of: site, store: store) }, inForce: enrolment.isInForce,
                    isHere: own.contains(enrolment.device), member: try authorItem(identity, store: store)))
        }
        return items
    }

    /// The request of a local member whose key signs for nobody yet.
    func requestDevice(_ name: String) throws(Stop) -> Answer {
        guard let member = identity.members.first(where: { Names.equal($0.name, name) }) else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no key for “\(name)” on this site", why: "asking makes one first",
                    next: "entente device request --member NAME"))
        }
        let device = DeviceKey(member.key.publicKey)
        if let known = replica.directory.identities(ofDevice: device).first {
            throw .refusal(
                Refusal(
                    .refused, what: "“\(name)” signs on this site already", why: "the key here belongs to \(known.short)",
                    next: "entente device list"))
        }
        let request = DeviceRequest(
            network: identity.network, key: member.key, host: DeviceKey(identity.siteKey.publicKey), name: member.name)
        return .deviceRequest(DeviceRequestItem(request: request.text, member: member.name, device: device.description))
    }

    mutating func addDevice(
        _ text: String, by: String?, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let request = try Self.read(text, "a device request") { (text) throws(TextToken.Fault) in try DeviceRequest(text: text) }
        guard request.network == identity.network, request.isProven else {
            throw .refusal(
                Refusal(
                    .refused, what: "this device request is of no use here",
                    why: request.network == identity.network ? "it does not prove that its writer has the key" : "it is of another network",
                    next: "copy it whole, or ask for it again on the new device: entente device request --member NAME"))
        }
        let signer = try primary(by, doing: "add a device")
        let known = replica.directory.identities(ofDevice: request.device)
        guard known.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "that device signs already", why: "its key belongs to \(known.map(\.short).joined(separator: ", "))",
                    next: "entente device list"))
        }
        guard !replica.directory.identities(ofDevice: request.host).isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "that device is on no site of this network",
                    why: "this site has not heard of its node \(request.host.short)",
                    next: "invite the site first: entente invite --role site …"))
        }
        var act = RegistryAct(kind: .keyAdd)
        act.key = request.device
        act.host = request.host
        return try writeKeyAct(act, by: signer, preview: preview, at: now, store: &store, effects: &effects)
    }

    mutating func removeDevice(
        _ text: String, by: String?, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let signer = try primary(by, doing: "remove a device")
        let devices = replica.authority.enrolments(of: signer.identity).filter {
            text.utf8.count >= 8 && $0.device.description.hasPrefix(text.lowercased())
        }
        guard devices.count == 1, let device = devices.first else {
            throw .refusal(
                Refusal(
                    .notFound, what: "\(signer.name) has no device “\(text)”",
                    why: "a device is named by its key, or the first 8 digits of it",
                    next: "entente device list"))
        }
        guard device.rank == 2, device.isInForce else {
            throw .refusal(
                Refusal(
                    .refused, what: "that key cannot be removed",
                    why: device.isInForce ? "it is the first key, which only a recovery replaces" : "it signs no more",
                    next: device.isInForce ? "entente recover RECOVERY-KEY-FILE" : "entente device list"))
        }
        // What the device signed so far, as far as it is here, stays.
        let tips = try storing { () throws(StoreFailure) in
            try self.tips(of: signer.identity, store: store).filter { $0.log.device == device.device }.map(\.id).sorted()
        }
        var act = RegistryAct(kind: .keyRemove)
        act.key = device.device
        act.tips = Array(tips.prefix(Automatic.batchMax))
        if !preview {
            do throws(StoreFailure) {
                try vouchForKeys(tips.dropFirst(Automatic.batchMax), by: author(signer), at: now, store: &store, effects: &effects)
            } catch { throw .store(error) }
        }
        return try writeKeyAct(act, by: signer, preview: preview, at: now, store: &store, effects: &effects)
    }

    /// Who acts, with a key that may speak for the other keys.
    private func primary(_ by: String?, doing what: String) throws(Stop) -> Signer {
        let signer = try registrar(by)
        let device = DeviceKey(signer.key.publicKey)
        guard let key = replica.authority.enrolment(of: device, for: signer.identity), key.isInForce, key.rank <= 1 else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) cannot \(what) from here",
                    why: "devices do not speak for each other: that takes the key with which \(signer.name) joined, or recovered",
                    next: "type the same on that site, or entente recover RECOVERY-KEY-FILE"))
        }
        return signer
    }

    private mutating func writeKeyAct(
        _ act: RegistryAct, by signer: Signer, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        do throws(StoreFailure) {
            if preview { return .acted(try self.preview(of: act, by: signer, at: now, store: store)) }
            let entry = try authorAct(act, citing: nil, by: signer, at: now, store: &store, effects: &effects)
            guard let item = try actItem(entry.id, store: store) else {
                throw StoreFailure.corrupt("an act that was just written is not here")
            }
            return .acted(item)
        } catch { throw .store(error) }
    }

    private mutating func vouchForKeys(
        _ tips: some Collection<EntryID>, by author: Author, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        var rest = Array(tips)[...]
        while !rest.isEmpty {
            var act = RegistryAct(kind: .keyVouch)
            act.tips = Array(rest.prefix(Automatic.batchMax))
            rest = rest.dropFirst(act.tips.count)
            try writeKeyEntry(act, by: author, at: now, store: &store, effects: &effects)
        }
    }

    @discardableResult
    private mutating func writeKeyEntry(
        _ act: RegistryAct, by author: Author, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID {
        let (entry, acceptance) = try replica.author(act, citing: .none, by: author, at: now.wall, store: &store)
        try took(acceptance, space: .registry, from: nil, at: now, store: &store, effects: &effects)
        return entry.id
    }

    // MARK: - Recovery

    /// What a recovery is going to do, found before anything is written.
    private struct RecoveryPlan {
        let recoveryKey: SigningKey
        let subject: IdentityID
        /// The first entry that is taken back, and how many go with it as far as they are here.
        let takenBack: (from: EntryID, count: Int)?
        /// Keys that sign no more.
        let retired: [DeviceKey]
        /// Last entries of every log of theirs.
        let tips: [EntryID]
    }

    /// Makes a key of this node the first one of whoever committed to the recovery key. What was signed before stays, but
    /// for what `takeBackFrom` names.
    mutating func recover(
        _ request: RecoverRequest, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let plan = try recoveryPlan(request, store: store)
        var item = try storing { () throws(StoreFailure) in
            RecoveredItem(
                id: "", member: try authorItem(plan.subject, store: store), retired: plan.retired.map(\.description),
                keptLogs: plan.tips.count, recoveryKeyFile: nil, takenBack: plan.takenBack?.count ?? 0)
        }
        // The runtime asks for this before it draws the two keys that the act takes.
        if request.preview == true { return .recovered(item) }
        guard let commitment = Bytes32(hex: request.commitment) else { throw .refusal(Self.noRecoveryKey) }
        let key = try newPrimary(request, of: plan.subject)
        do throws(StoreFailure) {
            item.id = try write(plan, key, commitment, at: now, store: &store, effects: &effects).description
            return .recovered(item)
        } catch { throw .store(error) }
    }

    private static let recoverNext = "entente recover RECOVERY-KEY-FILE --member NAME"
    private static let noRecoveryKey = Refusal(
        .usage, what: "this is no recovery key", why: "a key has 64 hexadecimal digits", next: recoverNext)

    /// Everything that the act asks but for the new key, which is not there before it.
    private func recoveryPlan(_ request: RecoverRequest, store: some ReplicaStore) throws(Stop) -> RecoveryPlan {
        guard let seed = Hex.decode(request.seed), let recoveryKey = SigningKey(seed: seed) else { throw .refusal(Self.noRecoveryKey) }
        let committed = RecoveryCommitment.of(DeviceKey(recoveryKey.publicKey))
        let authority = replica.authority
        guard let subject = authority.identities.first(where: { authority.recoveryCommitment(of: $0) == committed }) else {
            throw .refusal(
                Refusal(
                    .refused, what: "this recovery key recovers nobody",
                    why: "nobody in this network has committed to it, or it was used already",
                    next: "look for the file of the last join or recovery; or ask an administrator for a successor: entente succeed OLD NEW"
                ))
        }
        guard !authority.isSite(subject) else {
            throw .refusal(
                Refusal(
                    .refused, what: "this is a site's recovery key, which serves no command yet",
                    why: "a node signs with the key that its site began with, and nothing puts another in its place",
                    next: "revoke the site, and invite it anew: entente revoke SITE --cause"))
        }
        guard let name = request.member else {
            throw .refusal(
                Refusal(
                    .refused, what: "this recovery key is a person's", why: "a person is recovered under a name", next: Self.recoverNext))
        }
        if let local = identity.members.first(where: { Names.equal($0.name, name) }), let signer = signer(for: local),
            signer.identity != subject
        {
            throw .refusal(
                Refusal(
                    .refused, what: "“\(name)” is somebody else on this site",
                    why: "the recovered key would take the place of theirs", next: "choose another name: \(Self.recoverNext)"))
        }
        let recovering = Signer(identity: subject, key: recoveryKey, name: name)
        try checkRoom(for: recovering, in: .registry, entries: 2)
        let from = try request.takeBackFrom.map { (text) throws(Stop) in try ownEntry(text, of: subject, store: store) }
        // The first keys so far, all of them: the new one is the only one from then on.
        let retired = authority.enrolments(of: subject).filter { $0.rank == 1 && $0.isInForce }.map(\.device)
        let tips = try storing { () throws(StoreFailure) in try self.tips(of: subject, store: store).map(\.id).sorted() }
        return RecoveryPlan(
            recoveryKey: recoveryKey, subject: subject, takenBack: from.map { ($0.entry.id, replica.descendantCount(of: $0)) },
            retired: retired, tips: tips)
    }

    private mutating func write(
        _ plan: RecoveryPlan, _ key: SigningKey, _ commitment: Bytes32, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID {
        let author = Author(key: plan.recoveryKey, identity: plan.subject, incarnation: incarnation)
        var act = RegistryAct(kind: .keyRecover)
        act.key = DeviceKey(key.publicKey)
        act.recoveryCommitment = commitment
        act.from = plan.takenBack?.from
        act.tips = Array(plan.tips.prefix(Automatic.batchMax))
        let id = try writeKeyEntry(act, by: author, at: now, store: &store, effects: &effects)
        try vouchForKeys(plan.tips.dropFirst(Automatic.batchMax), by: author, at: now, store: &store, effects: &effects)
        // A recovery names no node: an enrolment does, and the new first key may enrol itself.
        var host = RegistryAct(kind: .keyAdd)
        host.key = DeviceKey(key.publicKey)
        host.host = DeviceKey(identity.siteKey.publicKey)
        try writeKeyEntry(host, by: author, at: now, store: &store, effects: &effects)
        return id
    }

    /// The key of a local person that is to be the first one.
    private func newPrimary(_ request: RecoverRequest, of subject: IdentityID) throws(Stop) -> SigningKey {
        guard let member = identity.members.first(where: { (member) in request.member.map { Names.equal(member.name, $0) } ?? false })
        else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no key for “\(request.member ?? "")” on this site", why: "recovering makes one first",
                    next: Self.recoverNext))
        }
        let device = DeviceKey(member.key.publicKey)
        // As a first key it keeps its first place: the recovery would end it with the others.
        guard replica.authority.enrolment(of: device, for: subject)?.rank != 1 else {
            throw .refusal(
                Refusal(
                    .refused, what: "the key here is the one that is to be replaced", why: "a recovery takes a new key",
                    next: Self.recoverNext))
        }
        let others = replica.directory.identities(ofDevice: device).filter { $0 != subject }
        guard others.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "the key here belongs to somebody else",
                    why: "it signs for \(others.map(\.short).joined(separator: ", "))", next: Self.recoverNext))
        }
        return member.key
    }

    private func ownEntry(_ text: String, of subject: IdentityID, store: some ReplicaStore) throws(Stop) -> StoredEntry {
        guard let id = EntryID(hex: text), let stored = try storing({ () throws(StoreFailure) in try store.entry(id) }),
            stored.entry.identity == subject
        else {
            throw .refusal(
                Refusal(
                    .notFound, what: "“\(text)” is no entry of theirs",
                    why: "--take-back-from names the first entry that a thief signed, by its whole id",
                    next: "entente timeline, entente members --history"))
        }
        return stored
    }

    /// Reads a token that somebody carried here.
    static func read<Value>(_ text: String, _ what: String, _ parse: (String) throws(TextToken.Fault) -> Value) throws(Stop) -> Value {
        do {
            return try parse(text)
        } catch {
            let why =
                switch error {
                case .anotherKind: "it begins otherwise"
                case .damaged: "a part of it is missing or altered: its checksum does not fit"
                case .malformed(let fault): "it does not decode: \(fault)"
                }
            throw .refusal(Refusal(.refused, what: "this is not \(what)", why: why, next: "ask for it again, and copy it whole"))
        }
    }
}
