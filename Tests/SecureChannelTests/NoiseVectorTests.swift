import EntenteCodec
import EntenteCrypto
import Foundation
import Testing

@testable import EntenteSecureChannel

/// The Noise machine against vectors of three other implementations: cacophony (Haskell), snow (Rust) and flynn/noise (Go).
@Suite struct NoiseVectorTests {
    struct Vector: Decodable, CustomTestStringConvertible {
        struct Message: Decodable {
            let payload: String
            let ciphertext: String
        }
        let source: String
        let protocol_name: String
        let init_prologue: String
        let init_psks: [String]?
        let init_static: String?
        let init_ephemeral: String
        let init_remote_static: String?
        let resp_prologue: String
        let resp_psks: [String]?
        let resp_static: String?
        let resp_ephemeral: String
        let resp_remote_static: String?
        let handshake_hash: String?
        let messages: [Message]

        var testDescription: String { protocol_name }
    }

    struct Collection: Decodable { let vectors: [Vector] }

    static let vectors: [Vector] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Specs/vectors/noise.json")
        guard let data = try? Data(contentsOf: file), let all = try? JSONDecoder().decode(Collection.self, from: data) else { return [] }
        return all.vectors
    }()

    static func key(_ hex: String?) throws -> AgreementKey? {
        guard let hex else { return nil }
        let secret = try #require(Hex.decode(hex))
        let key: AgreementKey = try #require(AgreementKey(secret: secret))
        return key
    }

    static func side(_ role: ChannelRole, of vector: Vector) throws -> NoiseHandshake {
        let pattern = try #require(NoisePattern(protocolName: vector.protocol_name))
        let isInitiator = role == .initiator
        let psks = try (isInitiator ? vector.init_psks : vector.resp_psks).map { try $0.map { SecretBytes(try #require(Hex.decode($0))) } }
        return try NoiseHandshake(
            pattern, role: role, prologue: try #require(Hex.decode(isInitiator ? vector.init_prologue : vector.resp_prologue)),
            ownStatic: try key(isInitiator ? vector.init_static : vector.resp_static),
            ephemeral: try #require(try key(isInitiator ? vector.init_ephemeral : vector.resp_ephemeral)),
            remoteStatic: (isInitiator ? vector.init_remote_static : vector.resp_remote_static).flatMap { Bytes32(hex: $0) },
            presharedKeys: psks ?? [])
    }

    /// Proves S-1 as far as the suite and the framework go.
    @Test(arguments: vectors) func `every message of a public vector comes out byte for byte`(vector: Vector) throws {
        var alice = try Self.side(.initiator, of: vector)
        var bob = try Self.side(.responder, of: vector)
        var bodies: [[UInt8]] = []
        var sealed: [[UInt8]] = []
        while !alice.isComplete {
            let body = try #require(Hex.decode(vector.messages[sealed.count].payload))
            if alice.isOwnTurn {
                sealed.append(try alice.write(body))
                bodies.append(try bob.read(sealed[sealed.count - 1]))
            } else {
                sealed.append(try bob.write(body))
                bodies.append(try alice.read(sealed[sealed.count - 1]))
            }
        }
        let isBobComplete = bob.isComplete
        #expect(isBobComplete)
        var aliceSession = alice.split()
        var bobSession = bob.split()
        #expect(aliceSession.handshakeHash == bobSession.handshakeHash)
        if let hash = vector.handshake_hash { #expect(Hex.encode(aliceSession.handshakeHash) == hash) }
        for message in vector.messages.dropFirst(sealed.count) {
            let body = try #require(Hex.decode(message.payload))
            if sealed.count.isMultiple(of: 2) {
                sealed.append(try aliceSession.sending.seal(body))
                bodies.append(try bobSession.receiving.open(sealed[sealed.count - 1]))
            } else {
                sealed.append(try bobSession.sending.seal(body))
                bodies.append(try aliceSession.receiving.open(sealed[sealed.count - 1]))
            }
        }
        #expect(sealed.map { Hex.encode($0) } == vector.messages.map(\.ciphertext))
        #expect(bodies.map { Hex.encode($0) } == vector.messages.map(\.payload))
    }

    /// Together they leave room for a mistake that one by itself does not: a key mixed in twice, or under another's number.
    @Test func `each place of a pre-shared key is there by itself, in each of the patterns that carry one (S-1)`() {
        let names = Set(Self.vectors.map(\.protocol_name))
        for (pattern, places) in [("XX", 0...3), ("XK", 0...3), ("IK", 0...2)] {
            for place in places { #expect(names.contains("Noise_\(pattern)psk\(place)_25519_ChaChaPoly_BLAKE2b"), "\(pattern)psk\(place)") }
        }
        #expect(Self.vectors.count == 29)
    }

    /// The handshake of a vector whose first message arrives with its last bit changed, to its end.
    private static func altering(_ vector: Vector) throws {
        var alice = try side(.initiator, of: vector)
        var bob = try side(.responder, of: vector)
        var first = try alice.write(try #require(Hex.decode(vector.messages[0].payload)))
        first[first.count - 1] ^= 1
        _ = try bob.read(first)
        while !alice.isComplete {
            if alice.isOwnTurn { _ = try bob.read(try alice.write([])) } else { _ = try alice.read(try bob.write([])) }
        }
    }

    /// At once where the first message has a tag, and else by the hash of what both have seen.
    @Test(arguments: vectors) func `a first message that was altered ends the handshake of every pattern (S-16)`(vector: Vector) {
        #expect(throws: NoiseFault.forged) { try Self.altering(vector) }
    }
}
