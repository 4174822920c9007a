import EntenteCodec
import EntenteCrypto
import EntenteModel

/// A registry that grows: entries with ids that are hashes, and signatures that nobody looks at.
struct LargeRegistry {
    struct Log {
        var device: DeviceKey?
        var identity: IdentityID?
        var next: UInt64 = 0
        var last: EntryID?
        var time: UInt64 = 0
    }

    private(set) var network = NetworkID.null
    private var now: UInt64 = 1
    private var logs: [Log] = []
    private let rootKeys: [SigningKey] = (0..<3).compactMap { SigningKey(seed: [UInt8](repeating: UInt8($0), count: 32)) }
    /// Made since they were last taken.
    private(set) var entries: [Entry] = []

    static let root = 0

    init() {
        logs.append(Log(device: nil, identity: nil))
        var act = RegistryAct(kind: .genesis)
        act.rootKeys = rootKeys.map { DeviceKey($0.publicKey) }.sorted()
        act.rootQuorum = 2
        act.rulesVersion = 1
        act.networkName = "large"
        network = NetworkID(add(act, to: Self.root, citing: .none).bytes)
    }

    mutating func taken() -> [Entry] {
        let out = entries
        entries = []
        return out
    }

    /// A new identity with a log of its own: the log's number and the identity.
    mutating func person(_ name: String) -> (log: Int, identity: IdentityID) {
        logs.append(Log(device: DeviceKey(Blake2b.hash256(Array(name.utf8))), identity: nil))
        let log = logs.count - 1
        var act = RegistryAct(kind: .identityCreate)
        act.recoveryCommitment = Blake2b.hash256(Array(name.utf8), [1])
        let identity = IdentityID(inception: add(act, to: log, citing: .none))
        logs[log].identity = identity
        return (log, identity)
    }

    func last(_ log: Int) -> EntryID { logs[log].last ?? EntryID(.zero) }

    @discardableResult
    mutating func add(_ act: RegistryAct, to log: Int, citing authorization: Authorization) -> EntryID {
        now += 1
        let state = logs[log]
        let header = Header(
            space: .registry, device: state.device, incarnation: state.device == nil ? 0 : 1, identity: state.identity,
            sequence: state.next, backlink: state.last, timestamp: Timestamp(milliseconds: now), authorization: authorization,
            kind: act.kind,
            body: .act(act))
        let entry: Entry
        if state.device == nil {
            entry = Entry(signing: header, withRoot: rootKeys, in: network)
        } else {
            let bytes = Array("\(log)/\(state.next)".utf8)
            guard let signature = Signature([UInt8](repeating: 7, count: Signature.count)) else { fatalError("64 bytes are a signature") }
            entry = Entry(header: header, headerBytes: bytes, signature: signature, in: network)
        }
        logs[log].next += 1
        logs[log].last = entry.id
        entries.append(entry)
        return entry.id
    }

    @discardableResult
    mutating func grant(
        _ subject: IdentityID, level: UInt8, rights: Rights, scope: SpacePath = .network, by log: Int, citing: Authorization,
        over: [EntryID] = []
    )
        -> EntryID
    {
        var act = RegistryAct(kind: .grant)
        act.subject = subject
        act.level = level
        act.rights = rights
        act.scope = scope
        act.over = over
        return add(act, to: log, citing: citing)
    }
}

struct Office {
    let log: Int
    let identity: IdentityID
    let capability: EntryID
}

func space(_ number: Int) -> SpacePath {
    let bytes = Blake2b.hash256(Array("space \(number)".utf8)).bytes.prefix(16)
    return Bytes16(bytes).flatMap { SpacePath([SpaceID($0)]) } ?? .network
}
