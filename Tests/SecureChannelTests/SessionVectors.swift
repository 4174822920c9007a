import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

/// Makes Specs/vectors/session.json, from fixed seeds.
struct SessionVectors {
    private static let about =
        "Sessions of Specs/05-session.md. Byte strings are hexadecimal; the bytes of a frame have its two bytes of length. A side has the seed "
        + "of its Ed25519 node key and the secrets of its X25519 session key and of its ephemeral key. A session has one right case of each of its "
        + "structures. A reject has the structure that is wrong, the reason, and names the side that refuses: "
        + "it has its keys and its extension as in the session that is named, an initiator has sent its first message; it has taken the frames "
        + "of `before`, and now gets `bytes`."

    /// A side of a session.
    struct Side {
        let name: String
        let identity: ChannelIdentity
        let extensionBytes: [UInt8]
        let seed: UInt64

        var ephemeral: [UInt8] {
            var random = SeededGenerator(seed: seed)
            return AgreementKey(using: &random).secretBytes
        }

        func channel(_ role: ChannelRole) throws -> SecureChannel {
            var random = SeededGenerator(seed: seed)
            return try SecureChannel(role, as: identity, extensionBytes: extensionBytes, using: &random)
        }
    }

    struct Session {
        let name: String
        let initiator: Side
        let responder: Side
    }

    static func sessions() throws -> [Session] {
        let plain = Session(
            name: "plain", initiator: Side(name: "alice", identity: try identity("alice"), extensionBytes: [], seed: 11),
            responder: Side(name: "bob", identity: try identity("bob"), extensionBytes: [], seed: 12))
        let extended = Session(
            name: "extended",
            initiator: Side(
                name: "carol", identity: try identity("carol", epoch: .max, versions: 1...300),
                extensionBytes: Array("a proof, an address".utf8), seed: 13),
            responder: Side(
                name: "bob", identity: try identity("bob", epoch: 256, versions: 2...2),
                extensionBytes: [UInt8](repeating: 0xAB, count: 300), seed: 14))
        return [plain, extended]
    }

    static let structures = ["first message", "second message", "third message", "proof", "open frame"]

    /// A frame of an open session.
    enum Step { case message(Bool, [UInt8]), rekey(Bool) }

    static let steps: [Step] = [
        .message(true, Array("Bonjour !".utf8)), .message(false, []), .rekey(true), .message(true, [0]), .message(false, [1, 2, 3]),
        .rekey(false), .message(false, [4]), .rekey(true), .message(true, Array("été".utf8)),
    ]

    func text() throws -> String {
        var sessions: [String] = []
        for session in try Self.sessions() { sessions.append(try text(of: session)) }
        let rejects = try SessionRejects.all().map { reject in
            object([
                ("structure", quoted(reject.structure)), ("name", quoted(reject.name)), ("sentence", quoted(reject.sentence)),
                ("reason", quoted(reject.fault.description)),
                ("session", quoted(reject.session.name)), ("side", quoted(reject.role == .initiator ? "initiator" : "responder")),
                ("before", list(reject.before)), ("bytes", hex(reject.bytes)),
            ])
        }
        return "{\n\"about\": \(quoted(Self.about)),\n\"network\": "
            + object([
                ("id", quoted(network.hex)), ("secret", hex(networkSecret)), ("presharedKey", hex(try identity("bob").presharedKey.bytes)),
            ])
            + ",\n\"sessions\": [\n\(sessions.joined(separator: ",\n"))\n],\n\"rejects\": [\n\(rejects.joined(separator: ",\n"))\n]\n}\n"
    }

    private func text(of session: Session) throws -> String {
        var alice = try session.initiator.channel(.initiator)
        var bob = try session.responder.channel(.responder)
        let first = sent(try alice.begin())
        let second = sent(try bob.receive(first))
        let outputs = try alice.receive(second)
        let third = sent(outputs)
        let bobOfAlice = try #require(proof(try bob.receive(third)))
        var frames: [String] = []
        for step in Self.steps {
            let bytes: [UInt8]
            let isInitiator: Bool
            var fields: [(String, String)]
            switch step {
            case .message(let isAlice, let message):
                isInitiator = isAlice
                bytes = isAlice ? try alice.seal(message) : try bob.seal(message)
                fields = [("type", "0"), ("message", hex(message))]
            case .rekey(let isAlice):
                isInitiator = isAlice
                bytes = isAlice ? try alice.rekey() : try bob.rekey()
                fields = [("type", "1")]
            }
            let received = isInitiator ? try bob.receive(bytes) : try alice.receive(bytes)
            if case .message(_, let message) = step { #expect(received == [.message(message)]) } else { #expect(received == []) }
            frames.append(object([("from", quoted(isInitiator ? "initiator" : "responder"))] + fields + [("bytes", hex(bytes))]))
        }
        return object([
            ("structure", "[" + Self.structures.map(quoted).joined(separator: ", ") + "]"), ("name", quoted(session.name)),
            ("initiator", try text(of: session.initiator)), ("responder", try text(of: session.responder)),
            ("prologue", hex(session.initiator.identity.prologue)), ("first", hex(first)), ("second", hex(second)), ("third", hex(third)),
            ("version", "\(bobOfAlice.version)"), ("handshakeHash", hex(bobOfAlice.handshakeHash)),
            ("frames", "[\n  \(frames.joined(separator: ",\n  "))\n]"),
        ])
    }

    private func text(of side: Side) throws -> String {
        let own = side.identity
        return object([
            ("name", quoted(side.name)), ("nodeSeed", hex(Blake2b.hash256(Array("\(side.name) node".utf8)).bytes)),
            ("nodeKey", quoted(own.nodeKey.hex)), ("sessionSecret", hex(own.sessionKey.secretBytes)),
            ("sessionKey", quoted(own.sessionKey.publicKey.hex)), ("ephemeralSecret", hex(side.ephemeral)),
            ("epoch", quoted("\(own.epoch)")),
            ("versions", "[\(own.versions.lowerBound), \(own.versions.upperBound)]"), ("extension", hex(side.extensionBytes)),
            ("signature", hex(own.signature.bytes)), ("proof", hex(own.proof(extensionBytes: side.extensionBytes).encoded)),
        ])
    }

    private func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\(quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    private func list(_ values: [[UInt8]]) -> String { "[" + values.map(hex).joined(separator: ", ") + "]" }
    private func hex(_ bytes: [UInt8]) -> String { quoted(Hex.encode(bytes)) }

    /// Every text here is ours, and has neither quotation marks nor backslashes.
    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}

/// What is refused, with the reason: each case is one side of the plain session, and bytes that eve sends it.
struct SessionRejects {
    let name: String
    let sentence: String
    /// One of `SessionVectors.structures`.
    var structure: String
    let fault: ChannelFault
    let session: SessionVectors.Session
    let role: ChannelRole
    let before: [[UInt8]]
    let bytes: [UInt8]

    static func all() throws -> [SessionRejects] {
        let plain = try #require(try SessionVectors.sessions().first)
        var alice = try plain.initiator.channel(.initiator)
        var bob = try plain.responder.channel(.responder)
        let first = sent(try alice.begin())
        let second = sent(try bob.receive(first))
        let third = sent(try alice.receive(second))
        _ = try bob.receive(third)
        let message = try alice.seal([1])
        let next = try alice.seal([2])
        let fromBob = try bob.seal([1])
        let bobsNext = try bob.seal([2])
        // The same alice changes her key behind her first message, and the other one does not.
        var changing = try plain.initiator.channel(.initiator)
        _ = try changing.begin()
        _ = try changing.receive(second)
        _ = try changing.seal([1])
        let change = try changing.rekey()
        let underOldKey = try alice.seal([3])

        func reject(
            _ name: String, _ sentence: String, _ fault: ChannelFault, to role: ChannelRole = .responder, before: [[UInt8]] = [],
            _ bytes: [UInt8]
        ) -> SessionRejects {
            let structures = SessionVectors.structures
            let structure = role == .initiator ? before.isEmpty ? structures[1] : structures[4] : structures[[0, 2, 4, 4, 4][before.count]]
            return SessionRejects(
                name: name, sentence: sentence, structure: structure, fault: fault, session: plain, role: role, before: before,
                bytes: bytes)
        }
        func wrongProof(
            _ name: String, _ sentence: String, _ fault: ChannelFault, to role: ChannelRole, before: [[UInt8]] = [], _ bytes: [UInt8]
        ) -> SessionRejects {
            var reject = reject(name, sentence, fault, to: role, before: before, bytes)
            reject.structure = SessionVectors.structures[3]
            return reject
        }
        func altered(_ bytes: [UInt8], at index: Int) -> [UInt8] {
            var bytes = bytes
            bytes[index] ^= 1
            return bytes
        }
        let eve = try identity("eve")
        var otherSecret = networkSecret
        otherSecret[0] ^= 1
        var cases = [
            reject("no handshake at all", "S-6", .stranger, Array("GET / HTTP/1.1\r\n".utf8)),
            reject("a first message that is one byte shorter", "S-6", .stranger, [8, 214] + first.dropFirst(3)),
            reject("a first message that is altered", "S-6", .stranger, altered(first, at: 2264)),
            reject("a caller with another network secret", "S-3", .stranger, try firstMessage(try identity("eve", secret: otherSecret))),
            reject("a caller of another network", "S-2", .stranger, try firstMessage(try identity("eve", network: .zero))),
            reject(
                "a caller with the next handshake version", "S-2", .stranger, try firstMessage(eve, prologue: eve.prologue.dropLast() + [2])
            ),
            reject("padding that is not zero", "S-7", .paddingNotZero, try firstMessage(eve, lastOfPadding: 1)),
            reject("a second message that is altered", "S-16", .handshakeForged, to: .initiator, altered(second, at: 60)),
            reject("a second message that is too short", "S-10", .frameLength(200), to: .initiator, [0, 200]),
            reject(
                "an ephemeral key of small order", "S-14", .agreementRefused, to: .initiator, [0, 201] + [UInt8](repeating: 0, count: 201)),
            reject("the initiator's own message", "S-16", .handshakeForged, to: .initiator, first),
            reject("a third message that is altered", "S-16", .handshakeForged, before: [first], altered(third, at: 100)),
            reject("a third message that is too long", "S-10", .frameLength(2232), before: [first], [8, 184]),
            reject("an open frame that is altered", "S-20", .frameForged, before: [first, third], altered(message, at: 4)),
            reject("an open frame that was left out", "S-20", .frameForged, before: [first, third], next),
            reject("an open frame that comes twice", "S-20", .frameForged, before: [first, third, message], message),
            reject("an open frame without a type", "S-4", .frameLength(16), before: [first, third], [0, 16]),
            reject("an open frame of nothing", "S-4", .frameLength(0), before: [first, third], [0, 0]),
            reject(
                "an open frame whose tag is altered", "S-20", .frameForged, before: [first, third], altered(message, at: message.count - 1)),
            reject("an open frame whose type is altered", "S-20", .frameForged, before: [first, third], altered(message, at: 2)),
            reject("an open frame that is sent back", "S-20", .frameForged, before: [first, third], fromBob),
            reject("an open frame that comes before another one", "S-20", .frameForged, before: [first, third, message], underOldKey),
            reject(
                "an open frame under the key that was changed", "S-21", .frameForged, before: [first, third, message, change], underOldKey),
            reject(
                "an open frame that is altered, to the initiator", "S-20", .frameForged, to: .initiator, before: [second],
                altered(fromBob, at: 4)),
            reject("an open frame that was left out, to the initiator", "S-20", .frameForged, to: .initiator, before: [second], bobsNext),
            reject(
                "an open frame that comes twice, to the initiator", "S-20", .frameForged, to: .initiator, before: [second, fromBob], fromBob
            ),
            reject("an open frame that is sent back, to the initiator", "S-20", .frameForged, to: .initiator, before: [second], message),
            reject("an open frame without a type, to the initiator", "S-4", .frameLength(16), to: .initiator, before: [second], [0, 16]),
            reject("an open frame of the third message", "S-20", .frameForged, before: [first, third], third),
        ]
        for (name, sentence, fault, body) in try proofs(of: eve) {
            let (first, third) = try handshake(of: eve, with: plain, body: body)
            cases.append(wrongProof("\(name), from the initiator", sentence, fault, to: .responder, before: [first], third))
            cases.append(
                wrongProof("\(name), from the responder", sentence, fault, to: .initiator, try answer(of: eve, to: plain, body: body)))
        }
        for (name, sentence, fault, plaintext) in [
            ("a frame of an unknown type", "S-18", .frameTypeUnknown(2), [2]),
            ("a rekey frame that carries something", "S-21", .rekeyNotEmpty, [1, 0]),
        ] as [(String, String, ChannelFault, [UInt8])] {
            let (first, third, frame) = try openFrame(of: eve, with: plain, plaintext: plaintext)
            cases.append(reject(name, sentence, fault, before: [first, third], frame))
        }
        return cases
    }

    /// Proofs of eve, each wrong in one way.
    private static func proofs(of eve: ChannelIdentity) throws -> [(String, String, ChannelFault, [UInt8])] {
        let right = eve.proof(extensionBytes: [])
        func proof(_ versions: ClosedRange<UInt16> = 1...2, nodeKey: Bytes32? = nil, epoch: UInt64 = 1) -> [UInt8] {
            SessionProof(versions: versions, nodeKey: nodeKey ?? eve.nodeKey, signature: right.signature, epoch: epoch, extensionBytes: [])
                .encoded
        }
        let neutral = try #require(Bytes32([1] + [UInt8](repeating: 0, count: 31)))
        return [
            ("a proof of bob's, overheard", "S-9", .signatureWrong, try identity("bob").proof(extensionBytes: []).encoded),
            ("another epoch than the signed one", "S-9", .signatureWrong, proof(epoch: 2)),
            ("a node key that may not verify", "S-9", .nodeKeyRefused, proof(nodeKey: neutral)),
            (
                "a signature for another network", "S-9", .signatureWrong,
                try identity("eve", network: .zero).proof(extensionBytes: []).encoded
            ),
            ("no common version", "S-12", .noCommonVersion(own: 1...2, peer: 3...4), proof(3...4)),
            ("versions that end before they begin", "S-8", .versionsEmpty, [0x86, 2, 1] + right.encoded.dropFirst(3)),
            ("a proof with a number in a longer form", "S-8", .proofMalformed(.notShortest), [0x86, 0x18, 1] + right.encoded.dropFirst(2)),
            ("a proof with a byte behind it", "S-8", .proofMalformed(.trailingBytes), right.encoded + [0]),
            (
                "a proof with a seventh item", "S-8", .proofMalformed(.outOfRange),
                [0x87] + right.encoded.dropFirst() + [0]
            ),
        ]
    }

    private static func firstMessage(_ eve: ChannelIdentity, prologue: [UInt8]? = nil, lastOfPadding: UInt8 = 0) throws -> [UInt8] {
        var peer = try ScriptedPeer(.initiator, as: eve, prologue: prologue)
        return try peer.first([UInt8](repeating: 0, count: ChannelLimits.paddingBytes - 1) + [lastOfPadding])
    }

    private static func handshake(
        of eve: ChannelIdentity, with session: SessionVectors.Session, body: [UInt8]
    ) throws -> (first: [UInt8], third: [UInt8]) {
        var peer = try ScriptedPeer(.initiator, as: eve)
        var bob = try session.responder.channel(.responder)
        let first = try peer.first()
        _ = try peer.read(sent(try bob.receive(first)))
        return (first, try peer.write(body))
    }

    private static func answer(of eve: ChannelIdentity, to session: SessionVectors.Session, body: [UInt8]) throws -> [UInt8] {
        var peer = try ScriptedPeer(.responder, as: eve)
        var alice = try session.initiator.channel(.initiator)
        _ = try peer.read(sent(try alice.begin()))
        return try peer.write(body)
    }

    private static func openFrame(
        of eve: ChannelIdentity, with session: SessionVectors.Session, plaintext: [UInt8]
    ) throws -> (first: [UInt8], third: [UInt8], frame: [UInt8]) {
        var peer = try ScriptedPeer(.initiator, as: eve)
        var bob = try session.responder.channel(.responder)
        let first = try peer.first()
        _ = try peer.read(sent(try bob.receive(first)))
        let third = try peer.write(eve.proof(extensionBytes: []).encoded)
        var noise = peer.split()
        return (first, third, FrameBuffer.frame(try noise.sending.seal(plaintext)))
    }
}
