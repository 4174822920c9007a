import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation

/// Storing content entries as a node that catches up does: runs of several logs, in transactions of 16,384.
struct StoreMeasurement {
    static let transactionCount = 16_384
    static let runCount = 512
    static let logCount = 20
    static let bodyBytes = 300

    let entryCount: Int

    struct Run {
        let log: LogKey
        let identity: IdentityID
        let capability: EntryID
        var entries: [(entry: Entry, body: Body)] = []
    }

    func run() throws {
        let v = verificationsPerSecond()
        print(String(format: "V = %.0f verifications a second", v))
        let runs = makeRuns()
        let headerBytes = runs.reduce(0) { $0 + $1.entries.reduce(0) { $0 + $1.entry.headerBytes.count } } / entryCount
        print("\(entryCount) entries in \(Self.logCount) logs, bodies of \(Self.bodyBytes) bytes, headers of \(headerBytes)")

        let path = FileManager.default.temporaryDirectory.appendingPathComponent("entente-bench-\(getpid())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try SQLiteStore(directory: path)
        line("stored, each transaction durable", count: entryCount, try Cost { try keep(runs, in: store) }, v: v)
        try store.checkpoint()
        let size = try FileManager.default.attributesOfItem(atPath: store.path)[.size] as? Int ?? 0
        print("on the disk: the body and \(size / entryCount - Self.bodyBytes) bytes an entry")
        try read(runs, from: store, v: v)
    }

    private func keep(_ runs: [Run], in store: SQLiteStore) throws {
        var logs: [LogKey: LogRecord] = [:]
        var storedCount = 0
        var openCount = 0
        try store.begin()
        for run in runs {
            let log: LogRecord
            if let known = logs[run.log] {
                log = known
            } else {
                log = try store.addLog(run.log, identity: run.identity)
                logs[run.log] = log
            }
            for (entry, body) in run.entries {
                _ = try store.append(
                    NewEntry(
                        log: log.id, branch: 0, entry: entry, body: .present(body), firstSeen: entry.header.timestamp, wellFormed: true))
            }
            guard let last = run.entries.last?.entry else { continue }
            let head = Head(last)
            try store.setBranch(BranchRecord(log: log.id, branch: 0, parent: nil, firstSequence: 0, tip: head, offered: head))
            try store.setCapabilityUse(
                CapabilityUse(
                    log: log.id, branch: 0, capability: run.capability, lastSequence: head.sequence, keptSequence: head.sequence))
            storedCount += run.entries.count
            openCount += run.entries.count
            if openCount >= Self.transactionCount {
                try store.setSummary(
                    SpaceSummary(
                        space: run.log.space, entryCount: UInt64(storedCount), logCount: UInt64(logs.count),
                        fingerprint: [UInt8](repeating: 0, count: 64)))
                try store.commit()
                try store.begin()
                openCount = 0
            }
        }
        try store.commit()
    }

    private func read(_ runs: [Run], from store: SQLiteStore, v: Double) throws {
        var random = Seeded(state: 3)
        let ids = runs.flatMap { $0.entries.map(\.entry.id) }.shuffled(using: &random)
        let looked = min(50_000, ids.count)
        line(
            "looked up by id, in any order", count: looked,
            try Cost {
                for id in ids.prefix(looked) {
                    let found = try store.entry(id)
                    precondition(found != nil)
                }
            }, v: v)
        var count = 0
        let cost = try Cost {
            for log in try store.logs(after: LogID(0), limit: .max) {
                var next: UInt64 = 0
                while true {
                    let page = try store.entries(log: log.id, branch: 0, from: next, limit: 512, bytesMax: .max)
                    guard let last = page.last else { break }
                    count += page.count
                    next = last.entry.header.sequence + 1
                }
            }
        }
        line("read in runs", count: count, cost, v: v)
        var before: TimelinePlace?
        let pages = 200
        let paged = try Cost {
            for _ in 0..<pages {
                let page = try store.visible(kind: .post, space: nil, identity: nil, before: before, limit: 50)
                before = page.last.map { TimelinePlace(timestamp: $0.entry.header.timestamp, id: $0.entry.id) }
            }
        }
        line("pages of 50 of the timeline", count: pages, paged, v: v)
    }

    /// Signed entries in `logCount` logs of three spaces, in runs, each timestamp a little later.
    private func makeRuns() -> [Run] {
        var random = Seeded(state: 2)
        func bytes32() -> Bytes32 { Bytes32(words: (random.next(), random.next(), random.next(), random.next())) }
        let network = NetworkID(bytes32())
        let spaces = (0..<3).compactMap { _ in SpacePath([SpaceID(Bytes16(using: &random))]) }
        var logs = (0..<Self.logCount).map { number in
            let key = SigningKey(using: &random)
            let log = LogKey(
                space: .content(spaces[number % spaces.count]), device: DeviceKey(key.publicKey), incarnation: random.next())
            return (
                key: key, run: Run(log: log, identity: IdentityID(bytes32()), capability: EntryID(bytes32())), tip: nil as Entry?
            )
        }
        var clock: UInt64 = 1_750_000_000_000
        var out: [Run] = []
        var made = 0
        while made < entryCount {
            let number = out.count % logs.count
            var run = logs[number].run
            while run.entries.count < Self.runCount && made < entryCount {
                clock += random.next(upperBound: 60_000)
                let body = Body(salt: Bytes16(using: &random), bytes: [UInt8](randomCount: Self.bodyBytes, using: &random))
                let tip = logs[number].tip
                let header = Header(
                    space: run.log.space, device: run.log.device, incarnation: run.log.incarnation, identity: run.identity,
                    sequence: tip.map { $0.header.sequence + 1 } ?? 0, backlink: tip?.id,
                    timestamp: Timestamp(milliseconds: clock), references: made.isMultiple(of: 4) ? [EntryID(bytes32())] : [],
                    authorization: .capability(run.capability), kind: .post,
                    body: .detached(size: body.bytes.count, commitment: body.commitment))
                let entry = Entry(signing: header, with: logs[number].key, in: network)
                logs[number].tip = entry
                run.entries.append((entry, body))
                made += 1
            }
            out.append(run)
        }
        return out
    }
}
