import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore

/// People who write in two spaces on several devices, and everything that they have written, before it is in any store.
struct Village {
    /// One log: a person's device in a space, under one capability.
    struct Diary {
        let key: LogKey
        let identity: IdentityID
        let capability: EntryID
        var written: [(entry: Entry, body: Body)] = []
        /// Up to where the entries are visible in the end; nil: none is.
        var kept: UInt64?
    }

    struct Person {
        let identity: IdentityID
        let capability: EntryID
        let rights: Rights
    }

    static let network = [UInt8](repeating: 7, count: 32)
    let spaces = [SpacePath.of(1), SpacePath.of(2)]
    var scribe: Scribe
    private(set) var people: [Person] = []
    /// The grants of everybody, in the registry.
    private(set) var grants: [Entry] = []
    let registryKey: LogKey
    private let founder: IdentityID
    var diaries: [Diary] = []
    /// Ids by what they are, for others to name.
    private var posts: [[EntryID]] = [[], []]
    private var edits: [EntryID] = []
    private var reactions: [EntryID] = []
    private var hidings: [EntryID] = []
    private var clock: UInt64 = 1_750_000_000_000

    init(seed: UInt64) throws {
        scribe = Scribe(seed: seed)
        registryKey = LogKey(space: .registry, device: DeviceKey(scribe.bytes32()), incarnation: 1)
        founder = IdentityID(scribe.bytes32())
        let rights: [(UInt8, Rights)] = [
            (8, .post), (8, .post), (8, .post), (6, [.steward, .post]), (2, .administrator), (1, [.disavow, .post]),
        ]
        for (level, rights) in rights { try grant(level, rights) }
        for person in people {
            for space in spaces {
                for _ in 0..<2 {
                    diaries.append(
                        Diary(
                            key: LogKey(space: .content(space), device: DeviceKey(scribe.bytes32()), incarnation: scribe.random.next()),
                            identity: person.identity, capability: person.capability))
                }
            }
        }
    }

    private mutating func grant(_ level: UInt8, _ rights: Rights) throws {
        var act = RegistryAct(kind: .grant)
        let identity = IdentityID(scribe.bytes32())
        (act.subject, act.level, act.rights) = (identity, level, rights)
        let header = Header(
            space: .registry, device: registryKey.device, incarnation: 1, identity: founder, sequence: UInt64(grants.count),
            backlink: grants.last?.id, timestamp: Timestamp(milliseconds: clock), authorization: .root, kind: .grant, body: .act(act))
        let entry = try Entry(uncheckedHeaderBytes: header.encoded, signatures: .device(scribe.signature()), id: scribe.entryID())
        grants.append(entry)
        people.append(Person(identity: identity, capability: entry.id, rights: rights))
    }

    // MARK: - Writing

    @discardableResult
    mutating func say(_ operation: Operation, in diary: Int, referringTo references: [EntryID]? = nil) throws -> EntryID {
        clock += UInt64(scribe.random.below(3))
        let last = diaries[diary].written.last?.entry
        let body = Body(salt: Bytes16(using: &scribe.random), bytes: operation.encoded)
        let log = diaries[diary]
        let header = Header(
            space: log.key.space, device: log.key.device, incarnation: log.key.incarnation, identity: log.identity,
            sequence: UInt64(log.written.count), backlink: last?.id, timestamp: Timestamp(milliseconds: clock),
            references: references ?? operation.target.map { [$0] } ?? [], authorization: .capability(log.capability),
            kind: operation.kind,
            body: .detached(size: body.bytes.count, commitment: body.commitment))
        let entry = try Entry(uncheckedHeaderBytes: header.encoded, signatures: .device(scribe.signature()), id: scribe.entryID())
        diaries[diary].written.append((entry, body))
        diaries[diary].kept = header.sequence
        return entry.id
    }

    /// Anybody says anything about anything, so that much of it does not count.
    mutating func sayAnything() throws {
        let diary = scribe.random.below(diaries.count)
        let space = diaries[diary].key.space.path == spaces[0] ? 0 : 1
        let target = aTarget(in: space)
        switch scribe.random.below(100) {
        case 0..<30:
            let reply = scribe.random.chance(50) ? target : nil
            posts[space].append(try say(.post(text: text(), replyTo: reply), in: diary))
        case 30..<55: edits.append(try say(.edit(target: target, text: text(), supersedes: some(edits)), in: diary))
        case 55..<75:
            let reaction = Operation.reaction(
                target: target, emoji: scribe.random.pick(["👍", "❤️", "é", "e\u{301}"]), supersedes: some(reactions),
                isTakenBack: scribe.random.chance(30))
            reactions.append(try say(reaction, in: diary))
        case 75..<80: try say(.erasure(target: target), in: diary)
        case 80..<88: hidings.append(try say(.hiding(target: target), in: diary))
        case 88..<94: try say(.unhiding(target: target, lifts: some(hidings) + [scribe.random.pick(hidings + [target])]), in: diary)
        case 94..<97: try say(.profile(name: scribe.random.pick(["Alice", "Bob", "Ève"])), in: diary)
        default: try say(.spaceProfile(name: "Jardin"), in: diary)
        }
    }

    private mutating func text() -> String {
        scribe.random.pick(["Réunion", "sécurité", "jardin", "soupe"]) + " \(scribe.random.below(1000))"
    }

    /// A post of the space most of the time, else anything.
    private mutating func aTarget(in space: Int) -> EntryID {
        if scribe.random.chance(85), let post = posts[space].suffix(4).randomElement(using: &scribe.random) { return post }
        return scribe.random.pick(posts[1 - space] + edits.suffix(2) + [scribe.entryID()])
    }

    private mutating func some(_ ids: [EntryID]) -> [EntryID] {
        let recent = ids.suffix(5)
        return Set(recent.filter { _ in scribe.random.chance(40) }).sorted()
    }

    /// Removals and adoptions: some logs end sooner, some say nothing at all.
    mutating func cut() {
        for index in diaries.indices where !diaries[index].written.isEmpty && scribe.random.chance(25) {
            diaries[index].kept = scribe.random.chance(30) ? nil : UInt64(scribe.random.below(diaries[index].written.count))
        }
    }
}

/// A replica to which a village's entries come in an order of its own, with cuts that come and go.
struct Arriving<Store: ReplicaStore> {
    let village: Village
    var store: Store
    private var random: Seeded
    private var records: [LogRecord?]
    private var positions: [Int]
    private var hasGrants = false

    init(_ village: Village, in store: Store, seed: UInt64) throws {
        self.village = village
        self.store = store
        random = Seeded(seed)
        records = Array(repeating: nil, count: village.diaries.count)
        positions = Array(repeating: 0, count: village.diaries.count)
        try self.store.setFact(.networkID, Village.network)
    }

    /// The next few entries of some log; false where all are here.
    mutating func step() throws -> Bool {
        if !hasGrants { try addGrants() }
        let waiting = positions.indices.filter { positions[$0] < village.diaries[$0].written.count }
        if random.chance(30), let index = records.indices.filter({ records[$0] != nil }).randomElement(using: &random) {
            try keep(index, anyHeight(positions[index]))
        }
        guard let index = waiting.randomElement(using: &random) else { return false }
        let diary = village.diaries[index]
        if records[index] == nil { records[index] = try store.addLog(diary.key, identity: diary.identity) }
        guard let record = records[index] else { return false }
        for (entry, body) in diary.written[positions[index]...].prefix(1 + random.below(4)) {
            let new = NewEntry(
                log: record.id, branch: 0, entry: entry, body: .present(body),
                firstSeen: Timestamp(milliseconds: entry.header.timestamp.milliseconds + UInt64(random.below(10))), wellFormed: true)
            _ = try store.append(new)
            positions[index] += 1
        }
        try keep(index, random.chance(80) ? UInt64(positions[index] - 1) : anyHeight(positions[index]))
        return true
    }

    /// As it is in the end, whatever came before.
    mutating func settle() throws {
        for index in records.indices where records[index] != nil { try keep(index, village.diaries[index].kept) }
    }

    private mutating func anyHeight(_ count: Int) -> UInt64? { random.chance(30) ? nil : UInt64(random.below(count)) }

    private mutating func keep(_ index: Int, _ height: UInt64?) throws {
        guard let record = records[index] else { return }
        try store.setCapabilityUse(
            CapabilityUse(
                log: record.id, branch: 0, capability: village.diaries[index].capability, lastSequence: UInt64(positions[index] - 1),
                keptSequence: height))
    }

    private mutating func addGrants() throws {
        hasGrants = true
        let log = try store.addLog(village.registryKey, identity: village.grants[0].header.identity)
        for grant in village.grants {
            _ = try store.append(
                NewEntry(log: log.id, branch: 0, entry: grant, body: .none, firstSeen: grant.header.timestamp, wellFormed: true))
        }
    }
}

extension ViewStore {
    /// Everything that can be asked.
    struct Everything: Equatable {
        var posts: [ResolvedPost] = []
        var people: [ViewStore.NamedPerson] = []
        var digests: [Bytes32] = []
    }

    func everything(in spaces: [SpacePath]) throws -> Everything {
        Everything(
            posts: try timeline(in: spaces, author: nil, before: nil, limit: 100_000), people: try people(in: spaces),
            digests: try spaces.map { try digest(of: $0).digest })
    }
}

extension ViewIndexer {
    /// Until nothing is left to do.
    mutating func catchUp() throws {
        while try advance() != .upToDate {}
    }
}
