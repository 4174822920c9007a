import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Testing

/// A store in memory and one on SQLite to which the same happens, by chance.
struct TwoStores {
    let directory: TemporaryDirectory
    var memory = MemoryStore()
    var sqlite: SQLiteStore
    var scribe: Scribe
    /// What is in memory at the beginning of the open transaction.
    private var before: (memory: MemoryStore, logs: [LogRecord], tips: [LogID: [Int: Head]], written: [EntryID])?

    private var logs: [LogRecord] = []
    private var tips: [LogID: [Int: Head]] = [:]
    private var written: [EntryID] = []
    private let spaces: [Space] = [
        .registry, .content(.of(1)), .content(.of(1, 2)), .content(.of(1, 2, 3)), .content(.of(2)), .content(.of(255)),
    ]
    private let devices: [DeviceKey]
    private let identities: [IdentityID]
    private let capabilities: [EntryID]
    private let addresses = ["brest:4040", "[::1]:4040", "", "café:1", "cafe\u{301}:1", "Ωmega:1", "zz\u{0}z:9", "👋:1"]

    init(seed: UInt64) throws {
        directory = try TemporaryDirectory()
        sqlite = try SQLiteStore(directory: directory.path)
        scribe = Scribe(seed: seed, prefixCount: 3)
        devices = (0..<4).map { [random = Seeded(seed)] number in
            var random = random
            random.state &+= UInt64(number)
            return DeviceKey(Bytes32(words: (random.next(), 1, 2, 3)))
        }
        identities = devices.map { IdentityID($0.bytes) }
        capabilities = (0..<4).map { EntryID(Bytes32(words: (7, 0, 0, $0 << 63 | $0))) }
    }

    private var random: Seeded {
        get { scribe.random }
        set { scribe.random = newValue }
    }

    // MARK: What happens

    mutating func step() throws {
        switch random.below(100) {
        case 0..<6: try addLog()
        case 6..<50: try append()
        case 50..<62: try setUse()
        case 62..<66: try setSummary()
        case 66..<70: try setPeer()
        case 70..<73: try setFact()
        case 73..<75: try setSignatures()
        case 75..<76: try setBody()
        case 76..<77: try setOffered()
        case 77..<78: try noteVerdicts()
        case 78..<80: try removeEntries()
        case 80..<88: try changeTransaction()
        case 88..<89: try reopen()
        default: try compareSome()
        }
    }

    private mutating func addLog() throws {
        let space = random.pick(spaces)
        let isRoot = space == .registry && random.chance(30)
        let key =
            isRoot
            ? LogKey.root
            : LogKey(space: space, device: random.pick(devices), incarnation: random.pick([0, 1, .max, 1 << 63, random.next()]))
        let known = try sqlite.log(key)
        #expect(known == memory.log(key))
        guard known == nil else { return }
        let identity = isRoot ? nil : random.pick(identities)
        let record = try sqlite.addLog(key, identity: identity)
        #expect(record == memory.addLog(key, identity: identity))
        logs.append(record)
    }

    private mutating func append() throws {
        guard !logs.isEmpty else { return }
        let log = random.pick(logs)
        let branches = tips[log.id] ?? [:]
        let branch = random.chance(5) || branches.isEmpty ? branches.count : random.below(branches.count)
        let previous = branches[branch] ?? (branch == 0 ? nil : random.pick(Array(branches.sorted { $0.key < $1.key }.map(\.value))))
        let later = UInt64(random.pick([0, 0, 1, 1000]))
        let timestamp = Timestamp(milliseconds: (previous?.timestamp.milliseconds ?? UInt64(random.below(3))) + later)
        let isRegistry = log.key.space == .registry
        let kinds: [Kind] =
            isRegistry
            ? [Kind(code: 31)] : [.post, .post, .edit, .erasure, .reaction, .profile, .spaceProfile, Kind(code: UInt64(Int64.max))]
        let authorization: Authorization =
            random.chance(90) ? .capability(random.pick(capabilities)) : random.pick([.root, .none])
        let size = random.pick([0, 1, 7, 8, 300, 5000])
        let kind = log.key.isRoot ? (previous == nil ? Kind.genesis : .rootUpdate) : random.pick(kinds)
        let entry = try scribe.entry(
            in: log, after: previous, kind: kind, citing: authorization, timestamp: timestamp, bodyBytes: size,
            references: (0..<random.below(3)).map { _ in written.randomElement(using: &random) ?? scribe.entryID() })
        let body: StoredBody =
            isRegistry ? .none : random.pick([.present(scribe.body(size)), .present(scribe.body(size)), .missing, .erased])
        let new = NewEntry(
            log: log.id, branch: branch, entry: entry, body: body,
            firstSeen: Timestamp(milliseconds: random.pick([0, 1_750_000_000_000, .max])), wellFormed: random.chance(90))
        #expect(try sqlite.append(new) == memory.append(new))
        let head = Head(entry)
        let record = BranchRecord(
            log: log.id, branch: branch, parent: branch == 0 ? nil : random.below(branch), firstSequence: head.sequence, tip: head,
            offered: random.chance(50) ? head : nil)
        try sqlite.setBranch(record)
        memory.setBranch(record)
        tips[log.id, default: [:]][branch] = head
        written.append(entry.id)
    }

    private mutating func setOffered() throws {
        guard let log = logs.randomElement(using: &random) else { return }
        guard var branch = try sqlite.branches(of: log.id).randomElement(using: &random) else { return }
        branch.offered = random.chance(50) ? branch.tip : nil
        try sqlite.setBranch(branch)
        memory.setBranch(branch)
    }

    /// Takes the end off a branch, or the last branch whole, with the uses that nothing is left of.
    private mutating func removeEntries() throws {
        guard let log = logs.randomElement(using: &random), let branch = try sqlite.branches(of: log.id).randomElement(using: &random)
        else { return }
        let own = memory.entries(log: log.id, branch: branch.branch, from: 0, limit: .max, bytesMax: .max)
        let isLast = branch.branch == (tips[log.id]?.count ?? 0) - 1
        let keepCount = random.below(own.count + 1)
        guard let first = own.first, keepCount < own.count, keepCount > 0 || isLast else { return }
        // The number of the latest arrival is given out once more if that entry goes; the caller sees to it.
        guard own[keepCount...].allSatisfy({ $0.arrival < memory.latestArrival() }) else { return }
        let from = keepCount == 0 ? random.pick([0, first.entry.header.sequence]) : own[keepCount].entry.header.sequence
        try sqlite.removeEntries(log: log.id, branch: branch.branch, from: from)
        memory.removeEntries(log: log.id, branch: branch.branch, from: from)
        if keepCount == 0 {
            try sqlite.removeLastBranch(of: log.id)
            memory.removeLastBranch(of: log.id)
            tips[log.id]?[branch.branch] = nil
        } else {
            var left = branch
            left.tip = Head(own[keepCount - 1].entry)
            try sqlite.setBranch(left)
            memory.setBranch(left)
            tips[log.id]?[branch.branch] = left.tip
        }
        for use in memory.capabilityUses(of: log.id) where use.branch == branch.branch && random.chance(50) {
            try sqlite.removeCapabilityUse(use)
            memory.removeCapabilityUse(use)
        }
        #expect(try sqlite.branches(of: log.id) == memory.branches(of: log.id))
        #expect(try sqlite.capabilityUses(of: log.id) == memory.capabilityUses(of: log.id))
    }

    private mutating func setUse() throws {
        guard let log = logs.randomElement(using: &random) else { return }
        let use = CapabilityUse(
            log: log.id, branch: random.below(2), capability: random.pick(capabilities), lastSequence: UInt64(random.below(20)),
            keptSequence: random.chance(80) ? UInt64(random.below(20)) : nil)
        try sqlite.setCapabilityUse(use)
        memory.setCapabilityUse(use)
    }

    private mutating func setSummary() throws {
        let summary = SpaceSummary(
            space: random.pick(spaces), entryCount: random.next(), logCount: UInt64(random.below(9)),
            fingerprint: [UInt8](randomCount: 64, using: &random))
        try sqlite.setSummary(summary)
        memory.setSummary(summary)
    }

    private mutating func setPeer() throws {
        let address = random.pick(addresses)
        guard random.chance(70) else {
            try sqlite.removePeer(address: address)
            return memory.removePeer(address: address)
        }
        let peer = PeerRecord(
            address: address, node: random.chance(50) ? random.pick(devices) : nil,
            lastExchange: random.chance(50) ? Timestamp(milliseconds: random.next()) : nil,
            lastFault: random.pick([nil, "", "pas de réponse\u{0}!", "no route"]), faultCount: random.next())
        try sqlite.setPeer(peer)
        memory.setPeer(peer)
    }

    private mutating func setFact() throws {
        let name = random.pick(FactName.allCases)
        let value: [UInt8]? = random.pick([nil, [], [0], [UInt8](randomCount: 32, using: &random)])
        try sqlite.setFact(name, value)
        memory.setFact(name, value)
    }

    private mutating func setSignatures() throws {
        let roots = memory.arrivals(after: .none, registryOnly: true, limit: .max).filter { $0.entry.header.device == nil }
        guard let stored = roots.randomElement(using: &random) else { return }
        let entry = try Entry(
            uncheckedHeaderBytes: stored.entry.headerBytes, signatures: scribe.signatures(for: stored.entry.header), id: stored.entry.id)
        try sqlite.setSignatures(of: entry)
        memory.setSignatures(of: entry)
    }

    private mutating func setBody() throws {
        for _ in 0..<4 {
            let id = written.randomElement(using: &random) ?? scribe.entryID()
            guard memory.entry(id)?.body != StoredBody.none else { continue }
            let body: StoredBody = random.pick([.present(scribe.body(random.pick([0, 7, 300, 9000]))), .missing, .erased])
            try sqlite.setBody(of: id, body)
            memory.setBody(of: id, body)
        }
    }

    private mutating func noteVerdicts() throws {
        let ids = (0..<random.below(3)).map { _ in written.randomElement(using: &random) ?? scribe.entryID() } + [scribe.entryID()]
        try sqlite.noteVerdicts(of: ids)
        memory.noteVerdicts(of: ids)
    }

    private mutating func changeTransaction() throws {
        if let before {
            if random.chance(60) {
                try sqlite.commit()
            } else {
                sqlite.rollback()
                (memory, logs, tips, written) = before
                try compareAll()
            }
            self.before = nil
        } else {
            try sqlite.begin()
            before = (memory, logs, tips, written)
        }
    }

    /// Closes the database and opens it again: what was not committed is gone.
    private mutating func reopen() throws {
        if let before {
            sqlite.rollback()
            (memory, logs, tips, written) = before
            self.before = nil
        }
        sqlite = try SQLiteStore(readingFrom: directory.path)
        sqlite = try SQLiteStore(directory: directory.path)
        try compareAll()
    }

    // MARK: What is asked

    private mutating func compareSome() throws {
        let log = LogID(Int64(random.below(logs.count + 2)))
        let branch = random.below(3)
        let limit = random.pick([0, 1, 2, 5, 1000])
        let sequence = random.pick([0, 1, UInt64(random.below(20)), .max])
        let bytesMax = random.pick([0, 300, 1000, 10_000, .max])
        let capability = random.chance(90) ? random.pick(capabilities) : scribe.entryID()
        let after = Arrival(Int64(random.below(written.count + 2)))
        #expect(try sqlite.logs(after: log, limit: limit) == memory.logs(after: log, limit: limit))
        #expect(
            try sqlite.entries(log: log, branch: branch, from: sequence, limit: limit, bytesMax: bytesMax)
                == memory.entries(log: log, branch: branch, from: sequence, limit: limit, bytesMax: bytesMax))
        for registryOnly in [false, true] {
            #expect(
                try sqlite.arrivals(after: after, registryOnly: registryOnly, limit: limit)
                    == memory.arrivals(after: after, registryOnly: registryOnly, limit: limit))
        }
        #expect(
            try sqlite.lastUse(log: log, branch: branch, capability: capability, atMost: sequence)
                == memory.lastUse(log: log, branch: branch, capability: capability, atMost: sequence))
        let id = random.chance(80) ? written.randomElement(using: &random) ?? scribe.entryID() : scribe.entryID()
        #expect(try sqlite.entry(id) == memory.entry(id))
        #expect(try sqlite.isVisible(id) == memory.isVisible(id))
        #expect(try sqlite.entry(arrival: after) == memory.entry(arrival: after))
        #expect(try sqlite.erasures(after: after, limit: limit) == memory.erasures(after: after, limit: limit))
        #expect(try sqlite.missingBodies(after: after, limit: limit) == memory.missingBodies(after: after, limit: limit))
        let kind = random.pick([Kind.edit, .reaction, .post])
        #expect(
            try sqlite.entries(about: id, kind: kind, after: after, limit: limit)
                == memory.entries(about: id, kind: kind, after: after, limit: limit))
        let other = scribe.entryID()
        #expect(
            try sqlite.entryIDs(from: min(id, other), through: max(id, other), limit: limit)
                == memory.entryIDs(from: min(id, other), through: max(id, other), limit: limit))
        let number = FeedNumber(Int64(random.below(written.count * 3 + 2)))
        #expect(try sqlite.feed(after: number, limit: limit) == memory.feed(after: number, limit: limit))
        #expect(try sqlite.feedExtent() == memory.feedExtent())
        #expect(try sqlite.latestArrival() == memory.latestArrival())
        try compareTimeline(limit: limit)
    }

    private mutating func compareTimeline(limit: Int) throws {
        let kind = random.pick([Kind.post, .post, .profile, Kind(code: 31), Kind(code: UInt64(Int64.max))])
        let space = random.chance(60) ? random.pick(spaces.compactMap(\.path) + [.of(9)]) : nil
        let identity = random.chance(40) ? random.pick(identities + [IdentityID(scribe.bytes32())]) : nil
        var before: TimelinePlace?
        if random.chance(60), let id = written.randomElement(using: &random), let stored = memory.entry(id) {
            before = TimelinePlace(timestamp: stored.entry.header.timestamp, id: random.chance(80) ? id : scribe.entryID())
        }
        if random.chance(5) { before = TimelinePlace(timestamp: Timestamp(milliseconds: .max), id: scribe.entryID()) }
        #expect(
            try sqlite.visible(kind: kind, space: space, identity: identity, before: before, limit: limit)
                == memory.visible(kind: kind, space: space, identity: identity, before: before, limit: limit))
    }

    /// Everything that can be asked for without an argument to choose.
    mutating func compareAll() throws {
        #expect(try sqlite.logs(after: LogID(0), limit: .max) == memory.logs(after: LogID(0), limit: .max))
        #expect(
            try sqlite.arrivals(after: .none, registryOnly: false, limit: .max)
                == memory.arrivals(after: .none, registryOnly: false, limit: .max))
        #expect(try sqlite.feed(after: .none, limit: .max) == memory.feed(after: .none, limit: .max))
        #expect(try sqlite.summaries() == memory.summaries())
        #expect(try sqlite.peers() == memory.peers())
        for name in FactName.allCases { #expect(try sqlite.fact(name) == memory.fact(name)) }
        for log in logs {
            #expect(try sqlite.log(log.key) == memory.log(log.key))
            #expect(try sqlite.branches(of: log.id) == memory.branches(of: log.id))
            #expect(try sqlite.capabilityUses(of: log.id) == memory.capabilityUses(of: log.id))
        }
        for id in written {
            #expect(try sqlite.entry(id) == memory.entry(id))
            #expect(try sqlite.isVisible(id) == memory.isVisible(id))
        }
    }
}
