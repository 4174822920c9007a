import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

/// Who meets whom, and what each learns. The ids are sentences of Specs/05-session.md.
@Suite struct HandshakeTests {
    @Test func `alice calls bob, and each knows the other's node key, epoch and extension (S-1, S-8, S-15)`() throws {
        let alice = try identity("alice", epoch: 7)
        let bob = try identity("bob", epoch: .max)
        var conversation = try Conversation(alice: alice, bob: bob, aliceExtension: [1, 2, 3], bobExtension: [])
        let before = conversation.alice.isEstablished || conversation.bob.isEstablished
        #expect(!before)
        try conversation.shakeHands()
        let after = conversation.alice.isEstablished && conversation.bob.isEstablished
        #expect(after)

        let (ofBob, ofAlice) = (conversation.aliceOfBob, conversation.bobOfAlice)
        let bobOfAlice = try #require(ofAlice)
        #expect(bobOfAlice.nodeKey.bytes == alice.nodeKey)
        #expect(bobOfAlice.sessionKey == alice.sessionKey.publicKey)
        #expect(bobOfAlice.epoch == 7)
        #expect(bobOfAlice.extensionBytes == [1, 2, 3])
        let aliceOfBob = try #require(ofBob)
        #expect(aliceOfBob.nodeKey.bytes == bob.nodeKey)
        #expect(aliceOfBob.epoch == .max)
        #expect(aliceOfBob.extensionBytes == [])
    }

    @Test func `both sides have one handshake hash, and every session another (S-17)`() throws {
        let first = try Conversation.open(seed: 1)
        let second = try Conversation.open(seed: 2)
        let hashes = try [first.aliceOfBob, first.bobOfAlice, second.aliceOfBob].map { try #require($0).handshakeHash }
        #expect(hashes[0].count == 64)
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    /// The numbers of the specification.
    @Test func `nobody sends more than it received before it knows its peer (S-5, S-6, S-10, S-11)`() throws {
        #expect(ChannelLimits.paddingBytes == 2215)
        #expect(ChannelLimits.firstFrameBytes == 2263)
        #expect(ChannelLimits.secondFrameBytes == 201...2263)
        #expect(ChannelLimits.thirdFrameBytes == 169...2231)

        let longest = [UInt8](repeating: 1, count: ChannelLimits.extensionBytesMax)
        let bob = try identity("bob", epoch: .max, versions: 256...65_535)
        let alice = try identity("alice", epoch: .max, versions: 256...65_535)
        var conversation = try Conversation(alice: alice, bob: bob, aliceExtension: longest, bobExtension: longest)
        let first = sent(try conversation.alice.begin())
        let second = sent(try conversation.bob.receive(first))
        let third = sent(try conversation.alice.receive(second))
        #expect(first.count == 2265 && second.count == 2265 && third.count == 2233)

        var shortest = try Conversation(
            alice: try identity("alice", epoch: 0, versions: 0...0), bob: try identity("bob", epoch: 0, versions: 0...0))
        let short = sent(try shortest.bob.receive(sent(try shortest.alice.begin())))
        #expect(short.count == 203)
        #expect(sent(try shortest.alice.receive(short)).count == 171)
    }

    @Test func `a stranger gets not one byte of answer (S-2, S-3, S-6)`() throws {
        let own = try identity("eve")
        var wrongSecret = networkSecret
        wrongSecret[31] ^= 1
        var knocks: [[UInt8]] = []
        var noSecret = try ScriptedPeer(.initiator, as: try identity("eve", secret: wrongSecret))
        knocks.append(try noSecret.first())
        var otherNetwork = try ScriptedPeer(.initiator, as: try identity("eve", network: .zero))
        knocks.append(try otherNetwork.first())
        // The network's secret itself is no key of the handshake.
        var rawSecret = try ScriptedPeer(.initiator, as: own, presharedKey: networkSecret)
        knocks.append(try rawSecret.first())
        var nextVersion = try ScriptedPeer(.initiator, as: own, prologue: own.prologue.dropLast() + [2])
        knocks.append(try nextVersion.first())
        knocks.append(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        knocks.append([0, 0])
        knocks.append([0xFF, 0xFF])
        for knock in knocks {
            var conversation = try Conversation()
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(knock) } == .stranger)
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive([1]) } == .stranger)
        }
        #expect(ChannelFault.stranger.severity == .stranger)
    }

    @Test func `a first message of another length is refused as soon as its length is there (S-6)`() throws {
        for length in [0, 1, 48, 2262, 2264, 65_535] {
            var conversation = try Conversation()
            #expect(try conversation.bob.receive([UInt8(length >> 8)]) == [])
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive([UInt8(length & 0xFF)]) } == .stranger)
        }
    }

    @Test func `every bit of the first message counts (S-6)`() throws {
        var conversation = try Conversation()
        let first = sent(try conversation.alice.begin())
        for index in first.indices where index < 64 || index.isMultiple(of: 97) || index > first.count - 20 {
            var altered = first
            altered[index] ^= UInt8(1 << (index % 8))
            // The top bit of an X25519 key is not part of the number; the transcript covers it all the same. (RFC 7748 §5)
            var other = try Conversation()
            #expect(fault { () throws(ChannelFault) in try other.bob.receive(altered) } == .stranger)
        }
    }

    @Test func `padding other than zero is refused (S-7)`() throws {
        var eve = try ScriptedPeer(.initiator, as: try identity("eve"))
        var body = [UInt8](repeating: 0, count: ChannelLimits.paddingBytes)
        body[body.count - 1] = 1
        let first = try eve.first(body)
        var conversation = try Conversation()
        #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(first) } == .paddingNotZero)
    }

    @Test(
        arguments: [(1...1, 1...1, 1), (1...3, 2...5, 3), (2...5, 1...3, 3), (0...65_535, 4...4, 4), (7...9, 9...9, 9)]
            as [(ClosedRange<UInt16>, ClosedRange<UInt16>, UInt16)])
    func `the highest version that both speak is spoken (S-12)`(own: ClosedRange<UInt16>, peer: ClosedRange<UInt16>, version: UInt16) throws
    {
        var conversation = try Conversation(alice: try identity("alice", versions: own), bob: try identity("bob", versions: peer))
        try conversation.shakeHands()
        let versions = [conversation.aliceOfBob, conversation.bobOfAlice].map { $0?.version }
        #expect(versions == [version, version])
    }

    @Test func `alice, too old for bob, says so and does not introduce herself (S-12)`() throws {
        var conversation = try Conversation(alice: try identity("alice", versions: 1...2), bob: try identity("bob", versions: 3...4))
        let second = sent(try conversation.bob.receive(sent(try conversation.alice.begin())))
        let fault = fault { () throws(ChannelFault) in try conversation.alice.receive(second) }
        #expect(fault == .noCommonVersion(own: 1...2, peer: 3...4))
        #expect(fault?.severity == .misfit)
        #expect(fault?.description == "no common protocol version: ours are 1 to 2, the peer's 3 to 4")
    }

    @Test func `bob, who meets a peer of another version that goes on all the same, says so too (S-12)`() throws {
        let eve = try identity("eve", versions: 9...9)
        #expect(try faultOfBob(for: eve, body: eve.proof(extensionBytes: []).encoded) == .noCommonVersion(own: 1...2, peer: 9...9))
    }

    @Test func `alice, who calls bob and finds carol, does not introduce herself (S-13)`() throws {
        let bob = try identity("bob")
        let carol = try identity("carol")
        var right = try Conversation(bob: bob, expecting: bob.nodeKey)
        try right.shakeHands()
        var wrong = try Conversation(bob: carol, expecting: bob.nodeKey)
        let second = sent(try wrong.bob.receive(sent(try wrong.alice.begin())))
        #expect(fault { () throws(ChannelFault) in try wrong.alice.receive(second) } == .unexpectedPeer(nodeKey: carol.nodeKey))
    }

    /// What bob says to a peer that knows the network's secret and sends `body` as its proof.
    func faultOfBob(for eve: ChannelIdentity, body: [UInt8]) throws -> ChannelFault? {
        var peer = try ScriptedPeer(.initiator, as: eve)
        var conversation = try Conversation()
        _ = try peer.read(sent(try conversation.bob.receive(try peer.first())))
        let third = try peer.write(body)
        return fault { () throws(ChannelFault) in try conversation.bob.receive(third) }
    }

    /// What alice says to a responder that answers with `body` as its proof.
    func faultOfAlice(for eve: ChannelIdentity, body: [UInt8]) throws -> ChannelFault? {
        var peer = try ScriptedPeer(.responder, as: eve)
        var conversation = try Conversation()
        _ = try peer.read(sent(try conversation.alice.begin()))
        let second = try peer.write(body)
        return fault { () throws(ChannelFault) in try conversation.alice.receive(second) }
    }

    /// Each way in which a proof can be wrong, from either side.
    @Test func `a peer that knows the secret gets no further than the handshake with a wrong proof (S-8, S-9)`() throws {
        let eve = try identity("eve")
        let bob = try identity("bob")
        let right = eve.proof(extensionBytes: [5])
        func proof(
            _ versions: ClosedRange<UInt16> = 1...2, nodeKey: Bytes32? = nil, signature: Signature? = nil, epoch: UInt64 = 1
        ) -> [UInt8] {
            SessionProof(
                versions: versions, nodeKey: nodeKey ?? eve.nodeKey, signature: signature ?? right.signature, epoch: epoch,
                extensionBytes: [5]
            ).encoded
        }
        #expect(try faultOfBob(for: eve, body: right.encoded) == nil)
        #expect(try faultOfAlice(for: eve, body: right.encoded) == nil)

        let otherNetwork = try identity("eve", network: .zero)
        let forBob = try #require(SigningKey(seed: Blake2b.hash256(Array("eve node".utf8)).bytes)).sign(
            ChannelIdentity.signedMessage(
                networkID: network, sessionKey: bob.sessionKey.publicKey, nodeKey: eve.nodeKey, epoch: 1))
        let identityPoint = try #require(Bytes32([1] + [UInt8](repeating: 0, count: 31)))
        let cases: [(body: [UInt8], fault: ChannelFault)] = [
            // bob's key and bob's signature, which eve has seen, beside eve's session key
            (bob.proof(extensionBytes: [5]).encoded, .signatureWrong),
            (proof(nodeKey: bob.nodeKey), .signatureWrong),
            (proof(epoch: 2), .signatureWrong),
            (proof(signature: otherNetwork.signature), .signatureWrong),
            (proof(signature: forBob), .signatureWrong),
            (proof(nodeKey: identityPoint), .nodeKeyRefused),
            (proof(nodeKey: .zero), .nodeKeyRefused),
        ]
        for (body, fault) in cases {
            #expect(try faultOfBob(for: eve, body: body) == fault)
            #expect(try faultOfAlice(for: eve, body: body) == fault)
        }
    }

    /// The proof has one encoding.
    @Test func `a proof in any other form than the one is refused (S-8)`() throws {
        let eve = try identity("eve")
        func fields(_ change: (inout [CBORValue]) -> Void) -> [UInt8] {
            var fields: [CBORValue] = [
                .unsigned(1), .unsigned(2), .bytes(eve.nodeKey.bytes), .bytes(eve.signature.bytes), .unsigned(eve.epoch),
                .bytes([UInt8](repeating: 0, count: 8)),
            ]
            change(&fields)
            return CBORValue.array(fields).encoded
        }
        #expect(try faultOfBob(for: eve, body: fields { _ in }) == nil)
        let tooLong = [UInt8](repeating: 0, count: ChannelLimits.extensionBytesMax + 1)
        var cases: [([UInt8], ChannelFault)] = [
            (fields { $0[0] = .unsigned(3) }, .versionsEmpty),
            (fields { $0[1] = .unsigned(65_536) }, .proofMalformed(.outOfRange)),
            (fields { $0[2] = .bytes([UInt8](repeating: 1, count: 31)) }, .proofMalformed(.outOfRange)),
            (fields { $0[2] = .bytes([UInt8](repeating: 1, count: 33)) }, .proofMalformed(.tooLong(limit: 32))),
            (fields { $0[3] = .bytes([UInt8](repeating: 1, count: 63)) }, .proofMalformed(.outOfRange)),
            (fields { $0[4] = .text("1") }, .proofMalformed(.unexpectedType(expected: .unsigned))),
            (fields { $0[5] = .bytes(tooLong) }, .proofMalformed(.tooLong(limit: 2048))),
            (fields { $0[5] = .null }, .proofMalformed(.unexpectedType(expected: .bytes))),
            (fields { $0.append(.null) }, .proofMalformed(.outOfRange)),
            (fields { $0[5] = .bytes([UInt8](repeating: 0, count: 7)) } + [0], .proofMalformed(.trailingBytes)),
            ([0xA0] + [UInt8](repeating: 0, count: 120), .proofMalformed(.unexpectedType(expected: .array))),
            ([UInt8](repeating: 0xFF, count: 120), .proofMalformed(.unsupportedType)),
        ]
        // A number in a longer form than it needs.
        cases.append(([0x86, 0x18, 0x01] + fields { _ in }.dropFirst(2), .proofMalformed(.notShortest)))
        for (body, fault) in cases {
            // A body of a length that no proof has is refused by its length.
            let expected = ChannelLimits.proofBytesMin...ChannelLimits.proofBytesMax ~= body.count
            #expect(try faultOfBob(for: eve, body: body) == (expected ? fault : .frameLength(64 + body.count)))
            #expect(try faultOfAlice(for: eve, body: body) == (expected ? fault : .frameLength(96 + body.count)))
        }
    }

    @Test func `a key of small order is refused on both sides (S-14)`() throws {
        // An ephemeral key of zero needs the network's secret, so the message is made by hand.
        let own = try identity("eve")
        let zero = [UInt8](repeating: 0, count: 32)
        var symmetric = SymmetricState(protocolName: "Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b")
        symmetric.mix(hash: own.prologue)
        symmetric.mix(keyAndHash: own.presharedKey.bytes)
        symmetric.mix(hash: zero)
        symmetric.mix(key: zero)
        let first = FrameBuffer.frame(zero + (try symmetric.seal([UInt8](repeating: 0, count: ChannelLimits.paddingBytes))))
        var conversation = try Conversation()
        #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(first) } == .agreementRefused)

        var calling = try Conversation()
        _ = try calling.alice.begin()
        let second = [0, 201] + [UInt8](repeating: 0, count: 201)
        #expect(fault { () throws(ChannelFault) in try calling.alice.receive(second) } == .agreementRefused)
    }

    @Test func `a second or third message of an impossible length is refused as soon as its length is there (S-10)`() throws {
        for length in [0, 200, 2264, 65_535] {
            var conversation = try Conversation()
            _ = try conversation.alice.begin()
            let bytes = [UInt8(length >> 8), UInt8(length & 0xFF)]
            #expect(fault { () throws(ChannelFault) in try conversation.alice.receive(bytes) } == .frameLength(length))
        }
        for length in [0, 168, 2232, 65_535] {
            var conversation = try Conversation()
            _ = try conversation.bob.receive(sent(try conversation.alice.begin()))
            let bytes = [UInt8(length >> 8), UInt8(length & 0xFF)]
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(bytes) } == .frameLength(length))
        }
    }

    @Test func `every altered byte of the second and third message is found (S-16)`() throws {
        var conversation = try Conversation()
        let first = sent(try conversation.alice.begin())
        let second = sent(try conversation.bob.receive(first))
        let third = sent(try conversation.alice.receive(second))
        for index in second.indices.dropFirst(2) {
            var calling = try Conversation()
            _ = try calling.alice.begin()
            var altered = second
            altered[index] ^= 0x80
            // With seed 7 alice's ephemeral key is the same in each conversation. An altered ephemeral key may be of small order.
            let found = fault { () throws(ChannelFault) in try calling.alice.receive(altered) }
            #expect(found == .handshakeForged || found == .agreementRefused)
        }
        for index in third.indices.dropFirst(2) {
            var called = try Conversation()
            _ = try called.bob.receive(first)
            var altered = third
            altered[index] ^= 0x01
            #expect(fault { () throws(ChannelFault) in try called.bob.receive(altered) } == .handshakeForged)
        }
    }

    @Test func `a message of another session, or sent back, does not open (S-16)`() throws {
        var one = try Conversation(seed: 1)
        var two = try Conversation(seed: 2)
        let firstOfOne = sent(try one.alice.begin())
        _ = try two.alice.begin()
        let secondOfOne = sent(try one.bob.receive(firstOfOne))
        #expect(fault { () throws(ChannelFault) in try two.alice.receive(secondOfOne) } == .handshakeForged)
        // alice's own first message, sent back to her, is none that a responder sends.
        #expect(fault { () throws(ChannelFault) in try one.alice.receive(firstOfOne) } == .handshakeForged)
    }

    @Test func `the caller's faults change nothing`() throws {
        var conversation = try Conversation()
        #expect(throws: ChannelFault.notEstablished) { _ = try conversation.alice.seal([1]) }
        #expect(throws: ChannelFault.notEstablished) { _ = try conversation.bob.rekey() }
        let first = sent(try conversation.alice.begin())
        #expect(throws: ChannelFault.alreadyBegun) { _ = try conversation.alice.begin() }
        #expect(try conversation.bob.begin() == [])
        let second = sent(try conversation.bob.receive(first))
        let outputs = try conversation.alice.receive(second)
        #expect(throws: ChannelFault.messageTooLong(65_519)) {
            _ = try conversation.alice.seal([UInt8](repeating: 0, count: ChannelLimits.messageBytesMax + 1))
        }
        #expect(try conversation.bob.receive(sent(outputs)).count == 1)
        #expect(messages(try conversation.bob.receive(try conversation.alice.seal([1]))) == [[1]])

        var random = SeededGenerator(seed: 1)
        let own = try identity("alice")
        #expect(throws: ChannelFault.extensionTooLong(2049)) {
            _ = try SecureChannel(.initiator, as: own, extensionBytes: [UInt8](repeating: 0, count: 2049), using: &random)
        }
    }

    @Test func `a peer that speaks before it was called is out of turn`() throws {
        var conversation = try Conversation()
        #expect(try conversation.alice.receive([]) == [])
        #expect(fault { () throws(ChannelFault) in try conversation.alice.receive([0]) } == .outOfTurn)
    }

    @Test func `a network's secret has 32 bytes (S-3)`() throws {
        var random = SeededGenerator(seed: 1)
        for count in [0, 31, 33] {
            let identity = ChannelIdentity(
                networkID: network, networkSecret: [UInt8](repeating: 1, count: count), nodeKey: SigningKey(using: &random),
                sessionKey: AgreementKey(using: &random), epoch: 0, versions: 1...1)
            #expect(identity == nil)
        }
    }
}
