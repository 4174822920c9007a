import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Who knocks at the door, and how far each gets.
@Suite struct StrangerTests {
    @Test func `who has another network secret gets not one byte`() throws {
        let stage = try Stage()
        let stranger = try ScriptedPeer(stage.nantes.identity, in: stage.world, secret: [UInt8](repeating: 7, count: 32))
        #expect(stranger.heardBytes == 0 && !stranger.isOpen && stranger.proof == nil)
        #expect(try stage.status().faults == 1)
        #expect(stage.faults.count == 1 && stage.faults[0].hasPrefix("a stranger"))
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a former member gets no further than the handshake (G-6, G-9)`() throws {
        let stage = try Stage()
        guard
            case .revoked? = stage.world.ask(
                .revoke(target: "Nantes", reason: nil, forCause: false, preview: false, by: nil), of: Stage.paris)
        else {
            Issue.record("Nantes was not revoked")
            return
        }
        let entries = stage.entryCount
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        #expect(mallory.refusal?.code == .formerMember && !mallory.isOpen)
        #expect(mallory.heard.count == 1, "the refusal and nothing else")
        #expect(stage.faults.contains { $0.contains("was refused") })
        #expect(stage.entryCount == entries)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a key that nobody has let in is told that this node has not heard of it (G-6)`() throws {
        let stage = try Stage()
        var random = SeededRandom(seed: 99)
        let unknown = NodeIdentity(
            network: stage.nantes.identity.network, secret: stage.nantes.identity.secret, siteKey: SigningKey(using: &random),
            agreementKey: AgreementKey(using: &random), members: [], listenAddress: nil)
        let peer = try ScriptedPeer(unknown, in: stage.world)
        #expect(peer.refusal?.code == .unknown && peer.heard.count == 1 && !peer.isOpen)
    }

    @Test func `a member that is revoked while its session is open is sent the removal, then the refusal, and no more (G-5, G-8)`() throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        #expect(mallory.isOpen)
        let before = mallory.heard.count
        _ = stage.world.ask(.revoke(target: "Nantes", reason: nil, forCause: false, preview: false, by: nil), of: Stage.paris)
        stage.post("sans vous", at: Stage.paris)
        mallory.listen(for: 2000)
        let said = mallory.heard.dropFirst(before)
        #expect(!mallory.isOpen && mallory.refusal?.code == .formerMember)
        guard case .registry(let last)? = said.dropLast().last(where: { if case .registry = $0 { true } else { false } }) else {
            Issue.record("the removal was not sent")
            return
        }
        #expect(last.contains { $0.header.kind == .remove })
        #expect(mallory.runParts.isEmpty, "what was posted afterwards is not sent")
    }

    @Test func `who shows an invitation shares the registry alone (G-7)`() throws {
        let stage = try Stage()
        let (joiner, introduction) = try joiner(in: stage)
        let peer = try ScriptedPeer(joiner, in: stage.world, introduction: introduction)
        #expect(peer.isOpen && peer.spacesTold == [.registry])
        let content = try stage.everyone()
        let heads = stage.world.store(of: Stage.paris).arrivals(after: .none, registryOnly: false, limit: .max)
            .filter { $0.entry.header.space == .content(content) }.map(\.entry.id)
        #expect(!heads.isEmpty)
        try peer.say(.want(space: .content(content), ids: heads.sorted(), known: []))
        try peer.say(.want(space: .registry, ids: heads.sorted(), known: []))
        try peer.say(.reconcile(space: .content(content), question: true, bytes: [0x61, 0, 0, 2, 0]))
        try peer.say(.sums([(space: .registry, sum: HeadSum()), (space: .content(content), sum: HeadSum())]))
        stage.post("entre nous", at: Stage.paris)
        peer.listen(for: 2000)
        #expect(peer.isOpen && peer.runParts.isEmpty && peer.registryEntries.isEmpty)
        #expect(peer.spacesTold == [.registry])
    }

    @Test func `a proof of an invitation that does not hold opens nothing (G-3, G-7)`() throws {
        let stage = try Stage()
        let (joiner, introduction) = try joiner(in: stage)
        for (what, falsify) in [
            ("a signature of zeros", { $0.join?.signature = [UInt8](repeating: 0, count: 64) }),
            ("half a signature", { $0.join?.signature.removeLast(32) }),
            ("an invitation more than was signed", { $0.join?.invitations.append(EntryID(.zero)) }),
            ("no invitation", { $0.join?.invitations = [] }),
            ("another's signature", { $0.join?.signature[0] ^= 1 }),
        ] as [(String, (inout Introduction) -> Void)] {
            let peer = try ScriptedPeer(joiner, in: stage.world) {
                introduction(&$0)
                falsify(&$0)
            }
            #expect(peer.refusal?.code == .invitationUnknown && peer.heard.count == 1 && !peer.isOpen, "\(what)")
        }
        // The proof is bound to the node key that signed in with it.
        var random = SeededRandom(seed: 5)
        let thief = NodeIdentity(
            network: joiner.network, secret: joiner.secret, siteKey: SigningKey(using: &random), agreementKey: AgreementKey(using: &random),
            members: [], listenAddress: nil)
        let peer = try ScriptedPeer(thief, in: stage.world, introduction: introduction)
        #expect(peer.refusal?.code == .invitationUnknown && !peer.isOpen)
        try stage.expectHonestPeersGoOn()
    }

    /// Somebody with a good invitation, and what it says of itself.
    private func joiner(in stage: Stage) throws -> (NodeIdentity, (inout Introduction) -> Void) {
        let request = InviteRequest(
            siteName: "Metz", role: .site, spaces: [], until: Timestamp(milliseconds: 1_893_456_000_000), useBy: nil, uses: 1, by: nil)
        guard case .invited(let item)? = stage.world.ask(.invite(request), of: Stage.paris) else { throw Stage.Unexpected(answer: "none") }
        let invitation = try Node.readInvitation(item.invitation)
        var random = SeededRandom(seed: 41)
        return try joiner(with: invitation, using: &random)
    }

    @Test func `an introduction that does not decode ends the session (G-1)`() throws {
        let stage = try Stage()
        for bytes in [[], [0x84], [0x84, 0, 0, 0xF6, 0xF6, 0], [0x83, 0, 0, 0xF6], [0x84, 0x18, 1, 0, 0xF6, 0xF6]] as [[UInt8]] {
            let peer = try ScriptedPeer(stage.nantes.identity, in: stage.world, extensionBytes: bytes)
            #expect(!peer.isOpen && peer.heard.isEmpty, "\(bytes)")
        }
        #expect(stage.faults.count == 5 && stage.faults.allSatisfy { $0 == "the introduction is malformed" })
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a node that meets itself says nothing more, and does not dial that address again (G-10)`() throws {
        let stage = try Stage()
        let address = "paris-by-another-name.example:7411"
        stage.world.answerOutside(at: address)
        _ = stage.world.ask(.addPeer(address: address), of: Stage.paris)
        stage.world.run(for: 500)
        let connection = try #require(stage.world.outsideConnections(of: Stage.paris).first)
        let itself = try ScriptedPeer(stage.world.identity(of: Stage.paris), answers: connection, in: stage.world)
        itself.listen(for: 30_000)
        #expect(!itself.isOpen && itself.heard.isEmpty && stage.world.outsideConnections(of: Stage.paris).isEmpty)
        #expect(try !stage.peers().contains { $0.address == address })
        #expect(try stage.status().faults == 0)
    }

    @Test func `a handshake that is replayed opens nothing`() throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: 3)
        #expect(mallory.isOpen)
        mallory.hangUp()
        stage.world.run(for: 100)
        // The same ephemeral key gives the same first message; the site answers with a key of its own, so the third fails.
        let connection = stage.world.connect(to: Stage.paris, from: "203.0.113.9:2")
        var random = SeededRandom(seed: 3)
        let own = try #require(
            ChannelIdentity(
                networkID: stage.nantes.identity.network.bytes, networkSecret: stage.nantes.identity.secret,
                nodeKey: stage.nantes.identity.siteKey, sessionKey: stage.nantes.identity.agreementKey, epoch: 1,
                versions: Node.protocolVersions))
        var channel = try SecureChannel(.initiator, as: own, using: &random)
        for case .send(let first) in try channel.begin() { stage.world.send(first, on: connection) }
        stage.world.run(for: 100)
        #expect(stage.world.takeSent(on: connection).count == 1)
        // A third message as somebody overheard it.
        stage.world.send([0, 200] + [UInt8](repeating: 9, count: 200), on: connection)
        stage.world.run(for: 100)
        #expect(!stage.world.isOpen(connection) && stage.world.takeSent(on: connection).isEmpty)
        #expect(stage.faults.contains { $0.contains("does not open") })
    }

    @Test func `a flood of strangers is counted whole and told of once a minute (G-43)`() throws {
        let stage = try Stage()
        for _ in 0..<50 {
            let connection = stage.world.connect(to: Stage.paris, from: "198.51.100.1:1")
            stage.world.send(Array("GET / HTTP/1.1\r\n\r\n".utf8), on: connection)
            stage.world.run(for: 20)
            #expect(stage.world.takeSent(on: connection).isEmpty && !stage.world.isOpen(connection))
        }
        #expect(try stage.status().faults == 50)
        #expect(stage.faults.count == 1)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a connection that says nothing is closed after ten seconds (G-40)`() throws {
        let stage = try Stage()
        let silent = stage.world.connect(to: Stage.paris, from: "198.51.100.1:1")
        stage.world.run(for: NodeLimits.handshakeMilliseconds - 100)
        #expect(stage.world.isOpen(silent))
        stage.world.run(for: 200)
        #expect(!stage.world.isOpen(silent))
        #expect(stage.faults == ["the handshake was not finished in time"])
    }

    @Test func `no more sessions are begun than there is room for, and those that stand go on (G-44)`() throws {
        let stage = try Stage()
        var lines: [ConnectionID] = []
        for number in 0..<(NodeLimits.sessionsMax + 40) {
            lines.append(stage.world.connect(to: Stage.paris, from: "198.51.100.1:\(number + 1)"))
        }
        stage.world.run(for: 10)
        #expect(lines.count { stage.world.isOpen($0) } <= NodeLimits.sessionsMax)
        try stage.expectHonestPeersGoOn()
    }
}

extension StrangerTests {
    @Test func `all sessions together cost no more than 64 MiB, and closing the heaviest is no fault (G-46)`() throws {
        let stage = try Stage()
        stage.world.faults.verdictMilliseconds = 20_000
        let request = InviteRequest(
            siteName: "Metz", role: .site, spaces: [], until: Timestamp(milliseconds: 1_893_456_000_000), useBy: nil, uses: 20, by: nil)
        guard case .invited(let item)? = stage.world.ask(.invite(request), of: Stage.paris) else { throw Stage.Unexpected(answer: "none") }
        let invitation = try Node.readInvitation(item.invitation)
        // Entries of an unknown kind, as large as they may be: one message of them, again and again.
        var random = SeededRandom(seed: 8)
        var entries: [Entry] = []
        for number in 0..<12 as Range<UInt64> {
            var writer = CBORWriter()
            writer.map(1)
            writer.unsigned(0)
            writer.byteString([UInt8](repeating: 0, count: 4000))
            let header = Header(
                space: .registry, device: DeviceKey(stage.nantes.member.publicKey), incarnation: 900 + number,
                identity: stage.nantes.person, sequence: 0, backlink: nil, timestamp: stage.wall, authorization: .none,
                kind: Kind(code: 31),
                body: .unknown(writer.bytes))
            entries.append(Entry(signing: header, with: stage.nantes.member, in: invitation.network))
        }
        let message = Message.registry(entries)
        let messageBytes = entries.reduce(0) { $0 + $1.headerBytes.count }
        var peers: [ScriptedPeer] = []
        for number in 0..<6 as Range<UInt64> {
            let (joiner, introduction) = try joiner(with: invitation, using: &random)
            let peer = try ScriptedPeer(joiner, in: stage.world, seed: number, introduction: introduction)
            #expect(peer.isOpen)
            for _ in 0..<(15 * 1024 * 1024 / messageBytes) { try peer.say(message) }
            peer.listen(for: 100)
            peers.append(peer)
        }
        #expect(peers.count(where: \.isOpen) < 6 && peers.count(where: \.isOpen) >= 4)
        #expect(stage.faults == [] && stage.world.violations == [])
        stage.world.faults.verdictMilliseconds = 0
        stage.world.run(for: 25_000)
        #expect(stage.world.violations == [])
    }

    private func joiner(
        with invitation: Invitation, using random: inout SeededRandom
    ) throws -> (NodeIdentity, (inout Introduction) -> Void) {
        let key = try #require(SigningKey(seed: invitation.keySeed))
        let identity = NodeIdentity(
            network: invitation.network, secret: invitation.secret, siteKey: SigningKey(using: &random),
            agreementKey: AgreementKey(using: &random), members: [], listenAddress: nil)
        let bytes = Introduction.joinBytes(
            network: invitation.network, node: DeviceKey(identity.siteKey.publicKey), invitations: invitation.invitations)
        let proof = Introduction.JoinProof(invitations: invitation.invitations, signature: key.sign(bytes).bytes)
        return (identity, { $0.join = proof })
    }
}
