import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Whoever is behind a connection from outside: it speaks the real session and the real messages, and lies on purpose.
final class ScriptedPeer {
    let world: World
    let site: Int
    let connection: ConnectionID
    let network: NetworkID
    private var channel: SecureChannel
    /// What the site's node showed of itself, once the session stands.
    private(set) var proof: PeerProof?
    /// All that the site said, oldest first.
    private(set) var heard: [Message] = []
    /// Bytes that the site sent, all of them.
    private(set) var heardBytes = 0
    private var acknowledgedUnits = 0

    /// Calls a site.
    init(
        _ identity: NodeIdentity, calls site: Int = Stage.paris, in world: World, secret: [UInt8]? = nil, seed: UInt64 = 1,
        epoch: UInt64 = 1,
        from address: String = "203.0.113.9:1", introduction: ((inout Introduction) -> Void)? = nil, extensionBytes: [UInt8]? = nil
    ) throws {
        self.world = world
        self.site = site
        network = identity.network
        connection = world.connect(to: site, from: address)
        channel = try Self.channel(
            .initiator, identity, in: world, of: site, secret: secret, seed: seed, epoch: epoch, introduction: introduction,
            extensionBytes: extensionBytes)
        deliver(try channel.begin())
        listen()
    }

    /// Answers where a site has dialled.
    init(_ identity: NodeIdentity, answers connection: ConnectionID, of site: Int = Stage.paris, in world: World, seed: UInt64 = 1) throws {
        self.world = world
        self.site = site
        network = identity.network
        self.connection = connection
        channel = try Self.channel(.responder, identity, in: world, of: site, seed: seed)
        deliver(try channel.begin())
        listen()
    }

    private static func channel(
        _ role: ChannelRole, _ identity: NodeIdentity, in world: World, of site: Int, secret: [UInt8]? = nil, seed: UInt64,
        epoch: UInt64 = 1,
        introduction: ((inout Introduction) -> Void)? = nil, extensionBytes: [UInt8]? = nil
    ) throws -> SecureChannel {
        let own = try #require(
            ChannelIdentity(
                networkID: identity.network.bytes, networkSecret: secret ?? identity.secret, nodeKey: identity.siteKey,
                sessionKey: identity.agreementKey, epoch: epoch, versions: Node.protocolVersions))
        var says = Introduction(clock: world.wall(of: site), incarnation: 1, listenAddress: nil, join: nil)
        introduction?(&says)
        var random = SeededRandom(seed: seed)
        return try SecureChannel(role, as: own, extensionBytes: extensionBytes ?? says.encoded, using: &random)
    }

    private func deliver(_ outputs: [ChannelOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes): world.send(bytes, on: connection)
            case .established(let proof): self.proof = proof
            case .message(let bytes):
                do {
                    heard.append(try Message(decoding: bytes, in: network))
                } catch {
                    Issue.record("an honest site says something that does not decode: \(error)")
                }
            }
        }
    }

    /// Lets time pass and takes in what the site says. Returns what is new.
    @discardableResult
    func listen(for milliseconds: UInt64 = 200) -> [Message] {
        let before = heard.count
        let end = world.time + milliseconds
        repeat {
            world.run(for: min(20, max(1, end - min(end, world.time))))
            for bytes in world.takeSent(on: connection) {
                heardBytes += bytes.count
                do { deliver(try channel.receive(bytes)) } catch { Issue.record("an honest site sends a broken frame: \(error)") }
            }
        } while world.time < end
        return Array(heard.dropFirst(before))
    }

    func say(_ message: Message) throws { try say(bytes: message.encoded) }

    /// One message of any bytes.
    func say(bytes: [UInt8]) throws { world.send(try channel.seal(bytes), on: connection) }

    /// Bytes under no seal.
    func sendRaw(_ bytes: [UInt8]) { world.send(bytes, on: connection) }

    func sealed(_ message: Message) throws -> [UInt8] { try channel.seal(message.encoded) }

    func hangUp() { world.hangUp(connection) }

    var isOpen: Bool { world.isOpen(connection) }

    /// The refusal that the site said before it closed.
    var refusal: (code: Message.RefusalCode, text: String)? {
        for case .refuse(let code, let text) in heard { return (code, text) }
        return nil
    }

    /// The spaces of the last sums that the site told.
    var spacesTold: [Space] {
        for case .sums(let sums) in heard.reversed() { return sums.map(\.space) }
        return []
    }

    /// Entries that the site sent, of the registry and in runs.
    var registryEntries: [Entry] {
        heard.flatMap { message -> [Entry] in if case .registry(let entries) = message { entries } else { [] } }
    }

    var runParts: [Message.RunPart] { heard.compactMap { if case .run(let part) = $0 { part } else { nil } } }

    var acknowledgements: Int { heard.count { if case .acknowledge = $0 { true } else { false } } }

    /// Acknowledges whatever came and was not acknowledged yet, until nothing comes any more.
    func acknowledgeAll() throws {
        while true {
            let units = heard.count { message in
                switch message {
                case .registry: true
                case .run(let part): part.isLast
                default: false
                }
            }
            guard units > acknowledgedUnits else { return }
            while acknowledgedUnits < units {
                try say(.acknowledge)
                acknowledgedUnits += 1
            }
            listen()
        }
    }

    /// Says the sums that the site told, so that it believes to be in sync and begins nothing.
    func agree() throws {
        for case .sums(let sums) in heard.reversed() { return try say(.sums(sums)) }
    }
}
