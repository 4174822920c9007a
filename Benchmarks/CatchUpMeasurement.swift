import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore
import Foundation

/// A site that was away catches up: the product's own node over its SQLite store, fed by another node, each message of the
/// line one event. Only what the site that catches up does is counted: opening frames, decoding, hashing, the signature
/// checks of run ends, storing durably.
struct CatchUpMeasurement {
    static let bodyBytes = 300

    let entryCount: Int

    func run() throws {
        let v = verificationsPerSecond()
        print(String(format: "V = %.0f verifications a second", v))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("entente-bench-\(getpid())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }

        var random = Seeded(state: 4)
        let stores = try ["giver", "taker"].map { name in
            try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: false)
            return try SQLiteStore(directory: path + "/" + name)
        }
        let pair = try Pair.founding(stores[0], stores[1], using: &random)
        let (giver, taker) = (pair.giver, pair.taker)
        try pair.meet()
        try pair.part()
        _ = try giver.handle(
            (0..<entryCount).map { number in
                let text = String(repeating: "x", count: Self.bodyBytes - 10) + String(1_000_000_000 + number)
                return .commanded(CommandID(UInt64(number)), .post(space: Node.homeSpaceName, text: text, replyTo: nil, by: nil))
            })
        let before = taker.entryCount
        let (bytesBefore, checksBefore) = (taker.byteCount, taker.checkCount)
        taker.cost = nil
        try pair.meet()
        let came = taker.entryCount - before
        precondition(came >= entryCount, "\(came) entries came of \(entryCount)")
        print("\(came) posts of \(Self.bodyBytes) bytes, in one log")
        if let cost = taker.cost { line("fetched, checked and stored", count: came, cost, v: v) }
        print("\((taker.byteCount - bytesBefore) / came) bytes an entry on the line, \(taker.checkCount - checksBefore) signatures checked")
        try pair.part()
        try meetAgain(pair, v: v)
    }

    /// Two nodes that hold the same find that out: by one message of sums each way, behind the handshake.
    private func meetAgain(_ pair: Pair, v: Double) throws {
        let before = (pair.giver.frameCount, pair.taker.frameCount, pair.giver.byteCount + pair.taker.byteCount)
        pair.taker.cost = nil
        try pair.meet()
        let frames = (pair.giver.frameCount - before.0, pair.taker.frameCount - before.1)
        let bytes = pair.giver.byteCount + pair.taker.byteCount - before.2
        print("in sync again: \(frames.0) frames to the one and \(frames.1) to the other, the handshake's three among them; \(bytes) bytes")
        if let cost = pair.taker.cost { line("such meetings", count: 1, cost, v: v) }
    }
}

/// A node with its store: what is handled together is one transaction, and signatures are checked at once.
final class End {
    static var giverAddress: String { "siege.example:7117" }

    private var node: Node
    private var store: SQLiteStore
    private var random = Seeded(state: 5)
    private var instant: UInt64 = 1
    private(set) var byteCount = 0
    private(set) var frameCount = 0
    private(set) var checkCount = 0
    /// Of all that was handled since it was nil.
    var cost: Cost?

    init(_ identity: NodeIdentity, _ store: SQLiteStore) throws {
        self.store = store
        try self.store.begin()
        node = try Node(identity: identity, now: Self.now(1), using: &random, store: &self.store)
        try self.store.commit()
    }

    static func now(_ instant: UInt64) -> Now {
        Now(instant: Instant(milliseconds: instant), wall: Timestamp(milliseconds: 1_750_000_000_000 + instant))
    }

    var entryCount: Int { ((try? store.summaries()) ?? []).reduce(0) { $0 + Int($1.entryCount) } }
    var fingerprints: [[UInt8]] { ((try? store.summaries()) ?? []).map(\.fingerprint) }

    /// The store, for whoever reads beside the node.
    var reader: SQLiteStore { store }

    func handle(_ events: [Event], passing milliseconds: UInt64 = 1) throws -> [Effect] {
        instant += milliseconds
        let now = Self.now(instant)
        var effects: [Effect] = []
        let spent = try Cost {
            var due = events[...]
            try store.begin()
            while let event = due.popFirst() {
                if case .received(_, let bytes) = event {
                    byteCount += bytes.count
                    frameCount += 1
                }
                for effect in try node.handle(event, at: now, using: &random, store: &store) {
                    guard case .verify(let batch, let checks) = effect else {
                        effects.append(effect)
                        continue
                    }
                    checkCount += checks.count
                    due = [.verified(batch, checks.map { $0.holds() })] + due
                }
            }
            try store.commit()
        }
        cost = cost.map { Cost(processor: $0.processor + spent.processor, wall: $0.wall + spent.wall) } ?? spent
        return effects
    }
}

/// The line between two nodes, without delay.
final class Pair {
    /// Bytes that are handled in one transaction, as the runtime does.
    private static let batchBytes = 1 << 20

    let giver: End
    let taker: End
    private var connection = ConnectionID(0)

    init(giver: End, taker: End) {
        self.giver = giver
        self.taker = taker
    }

    /// Connects both, and carries what they say until they hold the same.
    func meet() throws {
        connection = ConnectionID(connection.number + 1)
        _ = try taker.handle([.timerFired], passing: 120_000)
        var toGiver: [[UInt8]] = []
        var toTaker: [[UInt8]] = []
        func carry(_ events: [Event], to end: End, answers queue: inout [[UInt8]], passing milliseconds: UInt64 = 1) throws {
            for effect in try end.handle(events, passing: milliseconds) { if case .send(_, let bytes) = effect { queue.append(bytes) } }
        }
        func deliver(_ frames: [[UInt8]], to end: End, answers queue: inout [[UInt8]]) throws {
            var batch: [Event] = []
            var size = 0
            for frame in frames {
                batch.append(.received(connection, frame))
                size += frame.count
                guard size >= Self.batchBytes else { continue }
                try carry(batch, to: end, answers: &queue)
                (batch, size) = ([], 0)
            }
            if !batch.isEmpty { try carry(batch, to: end, answers: &queue) }
        }
        try carry([.connected(connection, .accepted(from: "192.0.2.1:1"))], to: giver, answers: &toTaker, passing: 120_000)
        try carry([.connected(connection, .dialled(address: End.giverAddress))], to: taker, answers: &toGiver)
        var idle = 0
        while idle < 200 {
            idle = toGiver.isEmpty && toTaker.isEmpty ? idle + 1 : 0
            let (forGiver, forTaker) = (toGiver, toTaker)
            (toGiver, toTaker) = ([], [])
            try deliver(forGiver, to: giver, answers: &toTaker)
            try deliver(forTaker, to: taker, answers: &toGiver)
            guard forGiver.isEmpty, forTaker.isEmpty else { continue }
            if giver.fingerprints == taker.fingerprints, idle > 20 { return }
            try carry([.timerFired], to: giver, answers: &toTaker, passing: 100)
            try carry([.timerFired], to: taker, answers: &toGiver, passing: 100)
        }
        preconditionFailure("the two did not come to hold the same")
    }

    func part() throws {
        _ = try giver.handle([.disconnected(connection)])
        _ = try taker.handle([.disconnected(connection)])
    }

    /// A founding site, and one that has joined it.
    static func founding(_ giverStore: SQLiteStore, _ takerStore: SQLiteStore, using random: inout Seeded) throws -> Pair {
        func key() -> SigningKey { SigningKey(using: &random) }
        func recovery() -> DeviceKey { DeviceKey(key().publicKey) }
        let (siteKey, memberKey, secret) = (key(), key(), [UInt8](randomCount: 32, using: &random))
        var founding = giverStore
        try founding.begin()
        let id = try Node.found(
            FoundingRequest(
                networkName: "Bench", siteName: "Siège", memberName: "alice", rootKeys: [key()], rootQuorum: 1, siteKey: siteKey,
                memberKey: memberKey, siteRecovery: recovery(), memberRecovery: recovery()),
            now: End.now(1), using: &random, store: &founding)
        try founding.commit()
        let giver = try End(
            NodeIdentity(
                network: id, secret: secret, siteKey: siteKey, agreementKey: AgreementKey(using: &random),
                members: [LocalMember(name: "alice", key: memberKey)], listenAddress: End.giverAddress), giverStore)
        let until = Timestamp(milliseconds: 2_000_000_000_000)
        let request = InviteRequest(siteName: "Brest", role: .site, spaces: [], until: until, useBy: nil, uses: 1, by: nil)
        let effects = try giver.handle([.commanded(CommandID(0), .invite(request))])
        guard case .reply(_, .invited(let item)) = effects.first(where: { if case .reply = $0 { true } else { false } }) else {
            preconditionFailure("no invitation: \(effects)")
        }
        let taker = try End(
            NodeIdentity(
                network: id, secret: secret, siteKey: key(), agreementKey: AgreementKey(using: &random),
                members: [LocalMember(name: "bob", key: key())], listenAddress: nil), takerStore)
        let commitment = RecoveryCommitment.of(recovery()).hex
        let join = JoinRequest(
            invitation: item.invitation, siteName: "Brest", memberName: "bob", siteRecovery: commitment, memberRecovery: commitment,
            milliseconds: 3_600_000)
        _ = try taker.handle([.commanded(CommandID(0), .join(join))])
        return Pair(giver: giver, taker: taker)
    }
}
