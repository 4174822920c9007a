import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

@testable import EntenteReplica

/// A founded network whose entries a test writes by hand, really signed, and gives to replicas in memory.
struct Registrar {
    let network: NetworkID
    let genesis: Entry
    private(set) var clock: UInt64 = 1000
    private static let rootNames = ["R1", "R2", "R3"]

    /// Where somebody writes: a key, an identity, and the last entry of the log.
    struct Pen {
        let key: SigningKey
        let identity: IdentityID?
        var incarnation: UInt64 = 1
        var space = Space.registry
        var last: Entry?

        /// The same hand in another log.
        func beginning(in space: Space = .registry, incarnation: UInt64 = 1) -> Pen {
            Pen(key: key, identity: identity, incarnation: incarnation, space: space)
        }
    }

    static func key(_ name: String) -> SigningKey {
        guard let key = SigningKey(seed: Blake2b.hash256(Array("gates/\(name)".utf8)).bytes) else {
            preconditionFailure("32 bytes are a seed")
        }
        return key
    }

    static let nonce: Bytes16 = {
        guard let nonce = Bytes16([UInt8](repeating: 3, count: 16)) else { preconditionFailure("16 bytes are a nonce") }
        return nonce
    }()

    static let space: SpacePath = {
        guard let id = Bytes16([UInt8](repeating: 7, count: 16)).map(SpaceID.init), let path = SpacePath([id]) else {
            preconditionFailure("one component is a path")
        }
        return path
    }()

    init() {
        var act = RegistryAct(kind: .genesis)
        act.rootKeys = Self.rootNames.map { DeviceKey(Self.key($0).publicKey) }.sorted()
        act.rootQuorum = 2
        act.rulesVersion = 1
        act.networkName = "gates"
        let header = Header(
            space: .registry, device: nil, incarnation: 0, identity: nil, sequence: 0, backlink: nil,
            timestamp: Timestamp(milliseconds: 1), authorization: .none, kind: .genesis, body: .act(act))
        genesis = Entry(signing: header, withRoot: Self.rootNames.map(Self.key), in: NetworkID(.zero))
        network = NetworkID(genesis.id.bytes)
    }

    mutating func root(
        after last: Entry, by signers: [String] = ["R1", "R2"], kind: Kind, _ fill: (inout RegistryAct) -> Void
    ) -> Entry {
        clock += 1
        var act = RegistryAct(kind: kind)
        fill(&act)
        let header = Header(
            space: .registry, device: nil, incarnation: 0, identity: nil, sequence: last.header.sequence + 1, backlink: last.id,
            timestamp: Timestamp(milliseconds: clock), authorization: kind == .rootUpdate ? .none : .root, kind: kind, body: .act(act))
        return Entry(signing: header, withRoot: signers.map(Self.key), in: network)
    }

    mutating func grant(_ subject: IdentityID, level: UInt8, _ rights: Rights, after last: Entry) -> Entry {
        root(after: last, kind: .grant) {
            $0.subject = subject
            $0.level = level
            $0.rights = rights
        }
    }

    /// A new identity; the pen goes on behind its inception.
    mutating func meet(_ name: String) -> (inception: Entry, pen: Pen) {
        var pen = Pen(key: Self.key(name), identity: nil)
        let inception = write(.identityCreate, citing: .none, with: &pen) {
            $0.recoveryCommitment = RecoveryCommitment.of(DeviceKey(Self.key(name + ".recovery").publicKey))
        }
        return (inception, Pen(key: pen.key, identity: IdentityID(inception: inception.id), last: inception))
    }

    mutating func write(
        _ kind: Kind, citing authorization: Authorization, with pen: inout Pen, _ fill: (inout RegistryAct) -> Void = { _ in }
    ) -> Entry {
        var act = RegistryAct(kind: kind)
        fill(&act)
        return sign(kind, .act(act), authorization, with: &pen)
    }

    mutating func post(_ text: String, citing capability: EntryID, with pen: inout Pen) -> Run.Item {
        let body = Body(salt: Self.nonce, bytes: Array(text.utf8))
        let entry = sign(.post, .detached(size: body.bytes.count, commitment: body.commitment), .capability(capability), with: &pen)
        return Run.Item(entry: entry, body: .present(body))
    }

    private mutating func sign(_ kind: Kind, _ body: Header.Body, _ authorization: Authorization, with pen: inout Pen) -> Entry {
        clock += 1
        let header = Header(
            space: pen.space, device: DeviceKey(pen.key.publicKey), incarnation: pen.incarnation, identity: pen.identity,
            sequence: pen.last.map { $0.header.sequence + 1 } ?? 0, backlink: pen.last?.id, timestamp: Timestamp(milliseconds: clock),
            authorization: authorization, kind: kind, body: body)
        let entry = Entry(signing: header, with: pen.key, in: network)
        pen.last = entry
        return entry
    }
}

/// A replica in memory, to which a test gives entries.
struct Desk {
    var replica: Replica
    var store = MemoryStore()
    static let now = Timestamp(milliseconds: 1_000_000)

    init(_ network: NetworkID) throws { replica = try Replica(network: network, store: &store) }

    @discardableResult
    mutating func take(_ entries: Entry...) throws -> Acceptance { try take(entries) }

    @discardableResult
    mutating func take(_ entries: [Entry]) throws -> Acceptance {
        try replica.acceptRegistry(entries, firstSeen: Self.now, store: &store)
    }

    /// Takes posts one by one, as pushes. Returns how many were stored.
    @discardableResult
    mutating func take(_ posts: [Run.Item]) throws -> Int {
        var stored = 0
        for post in posts {
            guard let identity = post.entry.identity else { continue }
            var run = Run(
                log: post.entry.log, identity: identity, backlink: post.entry.header.backlink, firstSequence: post.entry.header.sequence)
            run.append(post.entry, body: post.body)
            guard case .ready(let prepared) = try replica.prepare(run, now: Self.now, store: store) else { continue }
            stored += try replica.accept(prepared, firstSeen: Self.now, store: &store).stored.count
        }
        return stored
    }

    func heads(of log: LogKey) -> Set<EntryID> {
        Set(replica.heads(of: log.space).filter { $0.log == log }.map(\.head.id))
    }

    /// The posts that are shown, by id.
    func shown() -> Set<EntryID> {
        Set(store.visible(kind: .post, space: nil, identity: nil, before: nil, limit: 10_000).map(\.entry.id))
    }
}
