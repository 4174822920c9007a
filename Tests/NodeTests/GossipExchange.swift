import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel
import Testing

@testable import EntenteNode

/// Every frame between a joiner and its bootstrap, in the order in which they were sent: two real nodes, a line that loses
/// nothing, and somebody who has the secrets of both and reads along.
struct GossipExchange {
    struct Frame {
        let isFromJoiner: Bool
        /// With its two bytes of length.
        let bytes: [UInt8]
        /// What it carries: nothing in the first one, a proof in the next two, then a message.
        let plaintext: [UInt8]
    }

    struct Side {
        let identity: NodeIdentity
        let epoch: UInt64
        let ephemeral: AgreementKey
    }

    let name: String
    let sentence: String
    let why: String?
    let token: String
    let joiner: Side
    let bootstrap: Side
    let frames: [Frame]

    /// The messages of the open session.
    func messages() throws -> [(isFromJoiner: Bool, message: Message)] {
        try frames.dropFirst(3).map { ($0.isFromJoiner, try Message(decoding: $0.plaintext, in: joiner.identity.network)) }
    }

    /// The code with which the bootstrap refused; nil if it did not.
    func refusal() throws -> Message.RefusalCode? {
        if case .refuse(let code, _)? = try messages().last?.message { code } else { nil }
    }

    /// One site that comes in, one that comes with the same invitation after it, and one that comes too late.
    static func all() throws -> [GossipExchange] {
        let line = try Line()
        let token = try line.invite("Brest")
        let late = try line.invite("Lyon")
        let joined = try line.join("Brest", member: "bob", token)
        let second = try line.join("Nantes", member: "eve", token)
        line.pass(days: 15)
        // A joiner that believes what its file says does not call: this one's says otherwise.
        var changed = try Invitation(text: late)
        changed.useBy = changed.until
        let tooLate = try line.join("Lyon", member: "carol", changed.text)
        return [
            try joined.exchange("a site comes in", "G-56", why: nil), try second.exchange("the invitation was used", "G-7", why: "used up"),
            try tooLate.exchange("the last day of use has passed", "G-7", why: "expired"),
        ]
    }

    // MARK: - As JSON

    var text: String {
        let quoted = GossipVectors.quoted
        let hex = GossipVectors.hex
        func side(_ side: Side) -> String {
            GossipVectors.object([
                ("nodeSeed", hex(side.identity.siteKey.seed)), ("nodeKey", hex(side.identity.siteKey.publicKey.bytes)),
                ("sessionSecret", hex(side.identity.agreementKey.secretBytes)), ("ephemeralSecret", hex(side.ephemeral.secretBytes)),
                ("epoch", quoted("\(side.epoch)")),
            ])
        }
        let lines = frames.enumerated().map { index, frame in
            GossipVectors.object([
                ("from", quoted(frame.isFromJoiner ? "joiner" : "bootstrap")),
                ("what", quoted(index < 3 ? ["first", "second", "third"][index] : GossipVectors.structure(ofMessage: frame.plaintext))),
                // The first one's is 2,215 zeros.
                ("message", hex(index == 0 ? [] : frame.plaintext)), ("bytes", hex(frame.bytes)),
            ])
        }
        let code = (try? refusal()).flatMap { $0 }
        return GossipVectors.object([
            ("structure", quoted("exchange")), ("name", quoted(name)), ("sentence", quoted(sentence)),
            ("network", hex(joiner.identity.network.bytes.bytes)), ("secret", hex(joiner.identity.secret)), ("token", quoted(token)),
            ("joiner", side(joiner)), ("bootstrap", side(bootstrap)), ("frames", "[\n  \(lines.joined(separator: ",\n  "))\n]"),
            ("end", code.map { "\($0.rawValue)" } ?? "null"), ("why", why.map(quoted) ?? "null"),
        ])
    }
}

/// Chance from a seed, of which is known what was drawn.
private struct NotedRandom: RandomNumberGenerator {
    private var random: GossipVectors.FixedRandom
    private(set) var drawn: [UInt64] = []

    init(seed: UInt64) { random = GossipVectors.FixedRandom(state: seed) }

    mutating func next() -> UInt64 {
        drawn.append(random.next())
        return drawn[drawn.count - 1]
    }

    /// The key pair with this public key, if it was drawn.
    func agreementKey(_ publicKey: Bytes32) -> AgreementKey? {
        for start in drawn.indices.dropLast(3) {
            var again = Again(numbers: drawn[start..<(start + 4)])
            let key = AgreementKey(using: &again)
            if key.publicKey == publicKey { return key }
        }
        return nil
    }

    private struct Again: RandomNumberGenerator {
        var numbers: ArraySlice<UInt64>
        mutating func next() -> UInt64 { numbers.popFirst() ?? 0 }
    }
}

/// Paris, and whoever calls it.
private final class Line {
    struct Unexpected: Error { let answer: String }

    /// One node, with its store, its chance and its timer.
    final class Party {
        let identity: NodeIdentity
        var node: Node
        var store: MemoryStore
        var random: NotedRandom
        var timer: Instant?
        var answer: Answer?

        init(_ identity: NodeIdentity, store: MemoryStore, random: NotedRandom, now: Now) throws {
            self.identity = identity
            self.store = store
            self.random = random
            node = try Node(identity: identity, now: now, using: &self.random, store: &self.store)
        }
    }

    struct Recording {
        let token: String
        let joiner: Party
        let bootstrap: Party
        let sent: [(isFromJoiner: Bool, bytes: [UInt8])]
    }

    private let network: NetworkID
    private let paris: Party
    private var time: UInt64 = 0
    private var nextNumber: UInt64 = 1
    private var nextSeed: UInt64 = 100

    private var now: Now {
        Now(instant: Instant(milliseconds: time), wall: Timestamp(milliseconds: 1_767_225_600_000 + time))
    }

    init() throws {
        var random = NotedRandom(seed: 42)
        var store = MemoryStore()
        let key = GossipVectors.key
        let request = FoundingRequest(
            networkName: "Vectors", siteName: "Paris", memberName: "alice", rootKeys: ["one", "two", "three"].map { key("root \($0)") },
            rootQuorum: 2, siteKey: key("site"), memberKey: key("alice"), siteRecovery: DeviceKey(key("site recovery").publicKey),
            memberRecovery: DeviceKey(key("alice recovery").publicKey))
        let start = Now(instant: Instant(milliseconds: 0), wall: Timestamp(milliseconds: 1_767_225_600_000))
        network = try Node.found(request, now: start, using: &random, store: &store)
        let identity = NodeIdentity(
            network: network, secret: [UInt8](randomCount: 32, using: &random), siteKey: request.siteKey,
            agreementKey: AgreementKey(using: &random), members: [LocalMember(name: "alice", key: request.memberKey)],
            listenAddress: "paris.example:7411")
        paris = try Party(identity, store: store, random: random, now: start)
        _ = try handle(.started, at: paris)
        for text in ["Bonjour", "Le réseau est ouvert"] {
            _ = try command(.post(space: Node.homeSpaceName, text: text, replyTo: nil, by: nil), to: paris)
        }
    }

    func pass(days: UInt64) { time += days * 86_400_000 }

    func invite(_ name: String) throws -> String {
        let request = InviteRequest(
            siteName: name, role: .site, spaces: [], until: Timestamp(milliseconds: 1_893_456_000_000), useBy: nil, uses: 1, by: nil)
        guard case .invited(let item)? = try command(.invite(request), to: paris) else { throw Unexpected(answer: "no invitation") }
        return item.invitation
    }

    private func command(_ command: Command, to party: Party) throws -> Answer? {
        time += 1000
        party.answer = nil
        nextNumber += 1
        var effects = try handle(.commanded(CommandID(nextNumber), command), at: party)
        while let effect = effects.first {
            effects.removeFirst()
            if case .verify(let id, let checks) = effect {
                effects += try handle(.verified(id, checks.map { $0.holds() }), at: party)
            }
        }
        return party.answer
    }

    private func handle(_ event: Event, at party: Party) throws -> [Effect] {
        let effects = try party.node.handle(event, at: now, using: &party.random, store: &party.store)
        for effect in effects {
            switch effect {
            case .reply(_, let answer): party.answer = answer
            case .wake(let instant): party.timer = instant
            default: break
            }
        }
        return effects
    }

    /// A newcomer calls Paris with a token, until it has its answer and nobody has anything left to say.
    func join(_ name: String, member: String, _ token: String) throws -> Recording {
        let invitation = try Node.readInvitation(token)
        nextSeed += 1
        var random = NotedRandom(seed: nextSeed)
        let identity = NodeIdentity(
            network: network, secret: invitation.secret, siteKey: GossipVectors.key("node of \(name)"),
            agreementKey: AgreementKey(using: &random), members: [LocalMember(name: member, key: GossipVectors.key(member))],
            listenAddress: "\(name.lowercased()).example:7411")
        let joiner = try Party(identity, store: MemoryStore(), random: random, now: now)
        let recovery = RecoveryCommitment.of(DeviceKey(GossipVectors.key("recovery of \(name)").publicKey)).hex
        let request = JoinRequest(
            invitation: token, siteName: name, memberName: member, siteRecovery: recovery, memberRecovery: recovery, milliseconds: 120_000)
        nextNumber += 1
        let connection = ConnectionID(nextNumber)
        var sent: [(isFromJoiner: Bool, bytes: [UInt8])] = []
        var isClosed = false
        var queue: [(party: Party, event: Event)] = [(joiner, .started), (joiner, .commanded(CommandID(nextNumber), .join(request)))]
        let end = time + 2000
        while true {
            if queue.isEmpty {
                // Nothing is on its way: the next timer, if it is near.
                let due = [joiner, paris].compactMap { party in party.timer.map { ($0, party) } }.min { $0.0 < $1.0 }
                guard let (instant, party) = due, instant.milliseconds <= end else { break }
                time = max(time, instant.milliseconds)
                party.timer = nil
                queue.append((party, .timerFired))
            }
            let (party, event) = queue.removeFirst()
            let other = party === joiner ? paris : joiner
            for effect in try handle(event, at: party) {
                switch effect {
                case .dial(let address) where party === joiner && address == paris.identity.listenAddress && sent.isEmpty:
                    queue.append((paris, .connected(connection, .accepted(from: "203.0.113.9:1"))))
                    queue.append((joiner, .connected(connection, .dialled(address: address))))
                case .dial(let address): queue.append((party, .dialFailed(address: address, reason: "no route")))
                case .send(connection, let bytes) where !isClosed:
                    sent.append((party === joiner, bytes))
                    queue.append((other, .received(connection, bytes)))
                case .close(connection) where !isClosed:
                    isClosed = true
                    queue.append((other, .disconnected(connection)))
                case .verify(let id, let checks): queue.append((party, .verified(id, checks.map { $0.holds() })))
                default: break
                }
            }
        }
        if !isClosed {
            for party in [joiner, paris] { _ = try handle(.disconnected(connection), at: party) }
        }
        return Recording(token: token, joiner: joiner, bootstrap: paris, sent: sent)
    }
}

extension Line.Recording {
    /// Opens every frame with the secrets of both.
    func exchange(_ name: String, _ sentence: String, why: String?) throws -> GossipExchange {
        var frames = sent.flatMap { item in Self.split(item.bytes).map { (item.isFromJoiner, $0) } }
        let pattern = try #require(NoisePattern("XXpsk0"))
        func ephemeral(_ party: Line.Party, _ frame: [UInt8]) throws -> AgreementKey {
            try #require(party.random.agreementKey(Bytes32(frame[2..<34]) ?? .zero))
        }
        let keys = (joiner: try ephemeral(joiner, frames[0].1), bootstrap: try ephemeral(bootstrap, frames[1].1))
        func machine(_ party: Line.Party, _ role: ChannelRole, _ ephemeral: AgreementKey) throws -> NoiseHandshake {
            let network = party.identity.network.bytes.bytes
            // S-2, S-3
            let presharedKey = Blake2b.hash256(Array("entente/session-psk/1".utf8), network, key: party.identity.secret)
            return try NoiseHandshake(
                pattern, role: role, prologue: Array("entente/session/1".utf8) + network + [1],
                ownStatic: party.identity.agreementKey, ephemeral: ephemeral, presharedKeys: [SecretBytes(presharedKey.bytes)])
        }
        var alice = try machine(joiner, .initiator, keys.joiner)
        var bob = try machine(bootstrap, .responder, keys.bootstrap)
        var opened: [GossipExchange.Frame] = []
        for (index, frame) in frames.prefix(3).enumerated() {
            let sealed = Array(frame.1.dropFirst(2))
            let plaintext: [UInt8]
            if index == 1 {
                plaintext = try alice.read(sealed)
                #expect(try bob.write(plaintext) == sealed)
            } else {
                let padding = [UInt8](repeating: 0, count: 2215)
                plaintext = try bob.read(index == 0 ? try alice.write(padding) : sealed)
                if index == 2 { #expect(try alice.write(plaintext) == sealed) }
            }
            opened.append(.init(isFromJoiner: frame.0, bytes: frame.1, plaintext: plaintext))
        }
        var aliceSession = alice.split()
        var bobSession = bob.split()
        frames.removeFirst(3)
        for (isFromJoiner, bytes) in frames {
            let sealed = Array(bytes.dropFirst(2))
            let plaintext = isFromJoiner ? try bobSession.receiving.open(sealed) : try aliceSession.receiving.open(sealed)
            #expect(plaintext.first == 0)
            opened.append(.init(isFromJoiner: isFromJoiner, bytes: bytes, plaintext: Array(plaintext.dropFirst())))
        }
        func epoch(_ proof: [UInt8]) throws -> UInt64 {
            var reader = CBORReader(proof)
            _ = try reader.array()
            for _ in 0..<4 { _ = try reader.anyItem() }
            return try reader.unsigned()
        }
        return GossipExchange(
            name: name, sentence: sentence, why: why, token: token,
            joiner: .init(identity: joiner.identity, epoch: try epoch(opened[2].plaintext), ephemeral: keys.joiner),
            bootstrap: .init(identity: bootstrap.identity, epoch: try epoch(opened[1].plaintext), ephemeral: keys.bootstrap), frames: opened
        )
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let length = 2 + (Int(rest[rest.startIndex]) << 8) + Int(rest[rest.startIndex + 1])
            frames.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return frames
    }
}
