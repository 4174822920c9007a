import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

/// Chance that is the same in every run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

let network = Blake2b.hash256(Array("a network".utf8))
let networkSecret = Blake2b.hash256(Array("its secret".utf8)).bytes

/// The node of a person or a site: its keys come from the name.
func identity(
    _ name: String, network: Bytes32 = network, secret: [UInt8] = networkSecret, epoch: UInt64 = 1, versions: ClosedRange<UInt16> = 1...2
) throws -> ChannelIdentity {
    let nodeKey = try #require(SigningKey(seed: Blake2b.hash256(Array("\(name) node".utf8)).bytes))
    let sessionKey = try #require(AgreementKey(secret: Blake2b.hash256(Array("\(name) session".utf8)).bytes))
    return try #require(
        ChannelIdentity(
            networkID: network, networkSecret: secret, nodeKey: nodeKey, sessionKey: sessionKey, epoch: epoch, versions: versions))
}

func sent(_ outputs: [ChannelOutput]) -> [UInt8] {
    outputs.flatMap { output -> [UInt8] in if case .send(let bytes) = output { bytes } else { [] } }
}

func messages(_ outputs: [ChannelOutput]) -> [[UInt8]] {
    outputs.compactMap { output in if case .message(let bytes) = output { bytes } else { nil } }
}

func proof(_ outputs: [ChannelOutput]) -> PeerProof? {
    outputs.lazy.compactMap { output in if case .established(let proof) = output { proof } else { nil } }.first
}

/// Alice calls bob.
struct Conversation: ~Copyable {
    var alice: SecureChannel
    var bob: SecureChannel
    var bobOfAlice: PeerProof?
    var aliceOfBob: PeerProof?

    init(
        alice: ChannelIdentity? = nil, bob: ChannelIdentity? = nil, aliceExtension: [UInt8] = [], bobExtension: [UInt8] = [],
        expecting: Bytes32? = nil, limits: RekeyLimits = .standard, aliceLimits: RekeyLimits? = nil, seed: UInt64 = 7
    ) throws {
        var random = SeededGenerator(seed: seed)
        let aliceIdentity = try alice ?? identity("alice")
        let bobIdentity = try bob ?? identity("bob")
        let calling = try SecureChannel(
            .initiator, as: aliceIdentity, extensionBytes: aliceExtension, expectedNodeKey: expecting,
            rekeyLimits: aliceLimits ?? limits, using: &random)
        let called = try SecureChannel(
            .responder, as: bobIdentity, extensionBytes: bobExtension, rekeyLimits: limits, using: &random)
        self.alice = calling
        self.bob = called
    }

    /// The whole handshake.
    mutating func shakeHands() throws {
        let first = sent(try alice.begin())
        let second = sent(try bob.receive(first))
        let outputs = try alice.receive(second)
        aliceOfBob = proof(outputs)
        bobOfAlice = proof(try bob.receive(sent(outputs)))
    }

    static func open(
        limits: RekeyLimits = .standard, aliceLimits: RekeyLimits? = nil, seed: UInt64 = 7
    ) throws -> Conversation {
        var conversation = try Conversation(limits: limits, aliceLimits: aliceLimits, seed: seed)
        try conversation.shakeHands()
        return conversation
    }

    consuming func intoAlice() -> SecureChannel { alice }
    consuming func intoBob() -> SecureChannel { bob }
}

/// The fault that ends `body`.
func fault(_ body: () throws(ChannelFault) -> [ChannelOutput]) -> ChannelFault? {
    do throws(ChannelFault) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// Eve, who has what she is given and says what the test wants.
struct ScriptedPeer: ~Copyable {
    var handshake: NoiseHandshake
    static let pattern = NoisePattern("XXpsk0")

    init(_ role: ChannelRole, as own: ChannelIdentity, presharedKey: [UInt8]? = nil, prologue: [UInt8]? = nil, seed: UInt64 = 99) throws {
        var random = SeededGenerator(seed: seed)
        handshake = try NoiseHandshake(
            try #require(Self.pattern), role: role, prologue: prologue ?? own.prologue, ownStatic: own.sessionKey,
            ephemeral: AgreementKey(using: &random),
            presharedKeys: [presharedKey.map { SecretBytes($0) } ?? own.presharedKey])
    }

    mutating func first(_ body: [UInt8] = [UInt8](repeating: 0, count: ChannelLimits.paddingBytes)) throws -> [UInt8] {
        FrameBuffer.frame(try handshake.write(body))
    }

    mutating func read(_ frame: [UInt8]) throws -> [UInt8] { try handshake.read(Array(frame.dropFirst(2))) }

    mutating func write(_ body: [UInt8]) throws -> [UInt8] { FrameBuffer.frame(try handshake.write(body)) }

    consuming func split() -> NoiseSession { handshake.split() }
}
