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
        /// Another diary whose log this one goes on with from an entry on, under the same key: a fork.
        var fork: (of: Int, at: Int)?

        /// Sequence number of its own first entry.
        var first: UInt64 { UInt64(fork?.at ?? 0) }
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
    /// Entries whose bodies are destroyed everywhere in the end.
    private(set) var bodiless: Set<EntryID> = []
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
        let last = diaries[diary].written.last?.entry ?? diaries[diary].fork.map { diaries[$0.of].written[$0.at - 1].entry }
        let body = Body(salt: Bytes16(using: &scribe.random), bytes: operation.encoded)
        let log = diaries[diary]
        let header = Header(
            space: log.key.space, device: log.key.device, incarnation: log.key.incarnation, identity: log.identity,
            sequence: log.first + UInt64(log.written.count), backlink: last?.id, timestamp: Timestamp(milliseconds: clock),
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

    /// Two machines write in one log from here on: one that has something in it, and is no fork itself.
    mutating func forkAny() {
        let candidates = diaries.indices.filter { diaries[$0].fork == nil && !diaries[$0].written.isEmpty }
        guard let of = candidates.randomElement(using: &scribe.random) else { return }
        let original = diaries[of]
        var copy = Diary(key: original.key, identity: original.identity, capability: original.capability)
        copy.fork = (of, 1 + scribe.random.below(original.written.count))
        diaries.append(copy)
    }

    /// Removals and adoptions: some logs end sooner, some say nothing at all.
    mutating func cut() {
        for index in diaries.indices where !diaries[index].written.isEmpty && scribe.random.chance(25) {
            let height = diaries[index].first + UInt64(scribe.random.below(diaries[index].written.count))
            diaries[index].kept = scribe.random.chance(30) ? nil : height
        }
        // A branch is not visible where what it follows is not.
        for index in diaries.indices {
            guard let fork = diaries[index].fork else { continue }
            if diaries[fork.of].kept.map({ $0 + 1 < diaries[index].first }) ?? true { diaries[index].kept = nil }
        }
    }

    /// Destroys some bodies for ever, of whatever says something.
    mutating func destroyBodies() {
        for (entry, _) in diaries.flatMap(\.written) where scribe.random.chance(6) { bodiless.insert(entry.id) }
    }
}

/// A replica to which a village's entries come in an order of its own, with cuts that come and go, and, where it is rough,
/// with bodies that come and go too.
struct Arriving<Store: ReplicaStore> {
    let village: Village
    var store: Store
    private let isRough: Bool
    private var random: Seeded
    private var logs: [LogKey: LogID] = [:]
    /// How much of each diary is to come here, and is here.
    private let ends: [Int]
    private var positions: [Int]
    /// Up to where each diary is visible now.
    private var heights: [UInt64?]
    /// What is here of each branch of a log, in order. Branches are numbered as they come: what follows the end of one is
    /// in it, whichever machine wrote it.
    private var branches: [LogKey: [[Here]]] = [:]
    private var hasGrants = false

    private struct Here {
        let diary: Int
        let sequence: UInt64
        let id: EntryID
        let body: Body
    }

    /// - Parameter spaces: those that this replica has; nil for all.
    init(_ village: Village, in store: Store, seed: UInt64, spaces: [SpacePath]? = nil, isRough: Bool = false) throws {
        self.village = village
        self.store = store
        self.isRough = isRough
        random = Seeded(seed)
        let own = (spaces ?? village.spaces).map(Space.content)
        ends = village.diaries.map { own.contains($0.key.space) ? $0.written.count : 0 }
        positions = Array(repeating: 0, count: village.diaries.count)
        heights = Array(repeating: nil, count: village.diaries.count)
        try self.store.setFact(.networkID, Village.network)
    }

    /// The next few entries of some log; false where all are here.
    mutating func step() throws -> Bool {
        if !hasGrants { try addGrants() }
        if random.chance(30), let index = positions.indices.filter({ positions[$0] > 0 }).randomElement(using: &random) {
            heights[index] = anyHeight(index)
            try keep(village.diaries[index].key)
        }
        if isRough { try changeABody() }
        let waiting = positions.indices.filter { index in
            // A fork begins with something that is here.
            positions[index] < ends[index] && village.diaries[index].fork.map { positions[$0.of] >= $0.at } ?? true
        }
        guard let index = waiting.randomElement(using: &random) else { return false }
        let diary = village.diaries[index]
        for (entry, body) in diary.written[positions[index]..<ends[index]].prefix(1 + random.below(4)) {
            try append(entry, body, of: index)
        }
        heights[index] = random.chance(80) ? diary.first + UInt64(positions[index] - 1) : anyHeight(index)
        try keep(diary.key)
        return true
    }

    private mutating func append(_ entry: Entry, _ body: Body, of index: Int) throws {
        let key = village.diaries[index].key
        if logs[key] == nil { logs[key] = try store.addLog(key, identity: village.diaries[index].identity).id }
        guard let log = logs[key] else { return }
        var here = branches[key] ?? []
        let branch = here.firstIndex { $0.last?.id == entry.header.backlink } ?? here.count
        if branch == here.count { here.append([]) }
        here[branch].append(Here(diary: index, sequence: entry.header.sequence, id: entry.id, body: body))
        branches[key] = here
        let stored = isRough ? anyBody(body) : .present(body)
        _ = try store.append(
            NewEntry(
                log: log, branch: branch, entry: entry, body: stored,
                firstSeen: Timestamp(milliseconds: entry.header.timestamp.milliseconds + UInt64(random.below(10))), wellFormed: true))
        positions[index] += 1
    }

    /// As it is in the end, whatever came before.
    mutating func settle() throws {
        for index in positions.indices { heights[index] = village.diaries[index].kept }
        for key in branches.keys.sorted() {
            try keep(key)
            for entry in (branches[key] ?? []).joined() {
                try store.setBody(of: entry.id, village.bodiless.contains(entry.id) ? .erased : .present(entry.body))
            }
        }
    }

    private mutating func anyHeight(_ index: Int) -> UInt64? {
        random.chance(30) || positions[index] == 0 ? nil : village.diaries[index].first + UInt64(random.below(positions[index]))
    }

    private mutating func anyBody(_ body: Body) -> StoredBody {
        random.chance(70) ? .present(body) : random.chance(60) ? .missing : .erased
    }

    /// A body comes, or is lost, or is destroyed.
    private mutating func changeABody() throws {
        guard let key = branches.keys.sorted().randomElement(using: &random), let here = branches[key]?.joined(), !here.isEmpty else {
            return
        }
        let entry = random.pick(Array(here))
        let body = anyBody(entry.body)
        try store.setBody(of: entry.id, body)
    }

    /// Brings the kept heights of a log's branches to what is visible now.
    private mutating func keep(_ key: LogKey) throws {
        guard let log = logs[key], let here = branches[key] else { return }
        for (branch, entries) in here.enumerated() {
            guard let last = entries.last else { continue }
            let visible = entries.last { entry in heights[entry.diary].map { entry.sequence <= $0 } ?? false }
            try store.setCapabilityUse(
                CapabilityUse(
                    log: log, branch: branch, capability: village.diaries[last.diary].capability, lastSequence: last.sequence,
                    keptSequence: visible?.sequence))
        }
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
