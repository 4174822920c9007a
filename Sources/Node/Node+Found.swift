import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

extension Node {
    /// The name of the first space, which is for all.
    package static let homeSpaceName = "everyone"
    static let rulesVersion: UInt64 = 1
    /// What a founding site holds beside its standing as a site: its automatic acts vouch and remove, and grant
    /// nothing. (Docs/Decisions/0008-automatic-acts.md)
    static let automaticLevel: UInt8 = 2

    /// Founds a network in an empty store: the founding entry, the first administrator, the first site and person, the
    /// space for all. Returns the network's id.
    package static func found(
        _ request: FoundingRequest, now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore
    ) throws(StoreFailure) -> NetworkID {
        var genesis = RegistryAct(kind: .genesis)
        genesis.rootKeys = request.rootKeys.map { DeviceKey($0.publicKey) }.sorted()
        genesis.rootQuorum = UInt64(request.rootQuorum)
        genesis.rulesVersion = rulesVersion
        genesis.networkName = request.networkName
        let first = Entry(signing: rootHeader(genesis, after: nil, at: now.wall), withRoot: request.rootKeys, in: .null)
        let network = NetworkID(first.id.bytes)
        let incarnation: UInt64 = random.next()
        try store.setFact(.incarnation, Incarnation.encode(incarnation))
        try store.setFact(.siteName, Array(request.siteName.utf8))
        try store.setFact(.networkID, network.bytes.bytes)
        try store.setFact(.siteDevice, request.siteKey.publicKey.bytes)

        var founding = Founding(
            replica: try Replica(network: network, store: &store), incarnation: incarnation, wall: now.wall, last: first)
        try founding.take([first], store: &store)
        let site = try founding.inception(request.siteKey, recovery: request.siteRecovery, host: nil, store: &store)
        let member = try founding.inception(
            request.memberKey, recovery: request.memberRecovery, host: DeviceKey(request.siteKey.publicKey), store: &store)
        let administrator = try founding.rootGrant(to: member, level: 1, rights: .administrator, request.rootKeys, store: &store)
        let signer = Author(key: request.memberKey, identity: member, incarnation: incarnation)
        let siteSigner = Author(key: request.siteKey, identity: site, incarnation: incarnation)
        let siteStanding = try founding.grant(site, level: 5, rights: .site, citing: administrator, by: signer, store: &store)
        _ = try founding.grant(site, level: automaticLevel, rights: .steward, citing: administrator, by: signer, store: &store)
        let membership = try founding.grant(member, level: 8, rights: .post, citing: administrator, by: signer, store: &store)

        var space = RegistryAct(kind: .spaceCreate)
        let id = SpaceID(Bytes16(using: &random))
        space.spaceID = id
        try founding.write(space, citing: administrator, by: signer, store: &store)
        guard let home = SpacePath([id]) else { preconditionFailure("one component fits") }
        try founding.say(.spaceProfile(name: homeSpaceName), in: home, citing: administrator, by: signer, using: &random, store: &store)
        try founding.say(.profile(name: request.memberName), in: home, citing: membership, by: signer, using: &random, store: &store)
        try founding.say(.profile(name: request.siteName), in: home, citing: siteStanding, by: siteSigner, using: &random, store: &store)
        return network
    }

    fileprivate static func rootHeader(_ act: RegistryAct, after last: Entry?, at wall: Timestamp) -> Header {
        Header(
            space: .registry, device: nil, incarnation: 0, identity: nil, sequence: last.map { $0.header.sequence + 1 } ?? 0,
            backlink: last?.id, timestamp: max(wall, last?.header.timestamp ?? wall),
            authorization: act.kind == .genesis ? .none : .root, kind: act.kind, body: .act(act))
    }
}

/// The entries of a founding, written one after the other.
private struct Founding {
    var replica: Replica
    let incarnation: UInt64
    let wall: Timestamp
    /// The last entry of the root log.
    var last: Entry

    mutating func take(_ entries: [Entry], store: inout some ReplicaStore) throws(StoreFailure) {
        let acceptance = try replica.acceptRegistry(entries, firstSeen: wall, store: &store)
        precondition(acceptance.stored.count == entries.count, "our own founding entries are admissible")
    }

    mutating func inception(
        _ key: SigningKey, recovery: DeviceKey, host: DeviceKey?, store: inout some ReplicaStore
    ) throws(StoreFailure) -> IdentityID {
        let author = Author(key: key, identity: nil, incarnation: incarnation)
        var act = RegistryAct(kind: .identityCreate)
        act.recoveryCommitment = RecoveryCommitment.of(recovery)
        act.host = host
        return IdentityID(inception: try replica.author(act, citing: .none, by: author, at: wall, store: &store).entry.id)
    }

    mutating func rootGrant(
        to subject: IdentityID, level: UInt8, rights: Rights, _ keys: [SigningKey], store: inout some ReplicaStore
    ) throws(StoreFailure) -> EntryID {
        let act = Self.grantAct(subject, level: level, rights: rights)
        let entry = Entry(signing: Node.rootHeader(act, after: last, at: wall), withRoot: keys, in: replica.network)
        try take([entry], store: &store)
        last = entry
        return entry.id
    }

    mutating func grant(
        _ subject: IdentityID, level: UInt8, rights: Rights, citing capability: EntryID, by author: Author,
        store: inout some ReplicaStore
    ) throws(StoreFailure) -> EntryID {
        try write(Self.grantAct(subject, level: level, rights: rights), citing: capability, by: author, store: &store)
    }

    private static func grantAct(_ subject: IdentityID, level: UInt8, rights: Rights) -> RegistryAct {
        var act = RegistryAct(kind: .grant)
        act.subject = subject
        act.level = level
        act.rights = rights
        return act
    }

    @discardableResult
    mutating func write(
        _ act: RegistryAct, citing capability: EntryID, by author: Author, store: inout some ReplicaStore
    ) throws(StoreFailure) -> EntryID {
        try replica.author(act, citing: .capability(capability), by: author, at: wall, store: &store).entry.id
    }

    mutating func say(
        _ operation: Operation, in space: SpacePath, citing capability: EntryID, by author: Author,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        _ = try replica.author(operation, in: space, citing: capability, by: author, at: wall, using: &random, store: &store)
    }
}
