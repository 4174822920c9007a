import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// A member's node that does not keep to the rules: the connection is closed, the fault is counted and shown with its
/// reason, and whoever is honest goes on.
@Suite struct HostileMessageTests {
    /// Lets mallory say something, and expects the session to end for that reason.
    private func expectFault(
        _ reason: String, _ name: String, atEase: Bool = false, _ say: (ScriptedPeer, Stage) throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        #expect(mallory.isOpen, "\(name)", sourceLocation: sourceLocation)
        let entries = stage.entryCount
        try say(mallory, stage)
        mallory.listen()
        #expect(!mallory.isOpen, "\(name)", sourceLocation: sourceLocation)
        #expect(stage.faults.count == 1 && stage.faults[0].contains(reason), "\(name): \(stage.faults)", sourceLocation: sourceLocation)
        #expect(try stage.status().faults == 1, sourceLocation: sourceLocation)
        #expect(stage.entryCount == entries, "nothing of it is stored", sourceLocation: sourceLocation)
        try stage.expectHonestPeersGoOn(sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [
            ("nothing", []), ("no array", [0xA0]), ("an unknown code", [0x81, 23]), ("bodies wanted of no entry", [0x83, 10, 0xF6, 0x80]),
            ("no bodies", [0x82, 11, 0x80]),
            ("a body without a salt", [0x82, 11, 0x81, 0x82, 0x40, 0x40]), ("a code that is a text", [0x81, 0x61, 0x30]),
            ("ask with a field", [0x82, 1, 0]), ("two messages in one", [0x81, 8, 0x81, 8]), ("a longer form", [0x98, 1, 1]),
            ("sums without a list", [0x82, 0, 0]),
            ("a sum of 63 bytes", [0x82, 0, 0x81, 0x82, 0xF6, 0x58, 63] + [UInt8](repeating: 0, count: 63)),
            ("a registry of nothing", [0x82, 7, 0x80]), ("a part of a run without entries", [0x84, 6, 0xF6, 0x80, 0xF5]),
            ("a refusal with an unknown code", [0x83, 9, 9, 0x60]), ("a refusal that is no UTF-8", [0x83, 9, 0, 0x61, 0xFF]),
            ("a list that is longer than its bytes", [0x84, 3, 0xF6, 0x99, 3, 0x84, 0x80]),
            ("a list of 2^64 entries", [0x82, 7, 0x9B] + [UInt8](repeating: 0xFF, count: 8)),
            ("a space of five components", [0x82, 5, 0x85] + [UInt8](repeating: 0x40, count: 5)),
        ] as [(String, [UInt8])])
    func `a message that is none is a fault (G-12)`(name: String, bytes: [UInt8]) throws {
        try expectFault("a malformed message", name) { mallory, _ in try mallory.say(bytes: bytes) }
    }

    @Test func `a message of more than 65,000 bytes is a fault (G-11)`() throws {
        try expectFault("a malformed message: tooLong", "65,001 bytes") { mallory, _ in
            try mallory.say(bytes: [UInt8](repeating: 0, count: NodeLimits.frameBytesMax + 1))
        }
    }

    @Test func `lists ascend and have nothing twice (G-13)`() throws {
        let (one, two) = (EntryID(.zero), EntryID(Self.bytes(1)))
        for (name, message) in [
            ("ids that go down", Message.want(space: .registry, ids: [two, one], known: [])),
            ("an id twice", .want(space: .registry, ids: [one, one], known: [])),
            ("ids of bodies that go down", .wantBodies(space: .registry, ids: [two, one])),
            ("known ids that go down", .want(space: .registry, ids: [], known: [two, one])),
            ("a space twice", .sums([(space: .registry, sum: HeadSum()), (space: .registry, sum: HeadSum())])),
        ] { try expectFault("a malformed message: mapKeyOrder", name) { mallory, _ in try mallory.say(message) } }
    }

    private static func bytes(_ last: UInt8) -> Bytes32 { Bytes32([UInt8](repeating: 0, count: 31) + [last]) ?? .zero }

    @Test func `sums of more than 450 spaces are a fault (G-12)`() throws {
        try expectFault("a malformed message", "451 sums") { mallory, _ in
            var writer = CBORWriter()
            writer.array(2)
            writer.unsigned(0)
            writer.array(NodeLimits.spacesMax + 1)
            for _ in 0...NodeLimits.spacesMax { writer.array(0) }
            try mallory.say(bytes: writer.bytes)
        }
    }

    /// A full message of sums, of spaces from that number on.
    private static func fullSums(from first: Int) throws -> Message {
        .sums(
            try (first..<first + NodeLimits.spacesMax).map { number in
                let id = try #require(
                    Bytes16([UInt8](repeating: 0, count: 13) + [UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)]))
                let path = try #require(SpacePath([SpaceID(id)]))
                return (space: .content(path), sum: HeadSum())
            })
    }

    @Test func `sums go on in order, and have an end (G-60)`() throws {
        try expectFault("its sums go on out of order", "twice the same spaces") { mallory, _ in
            for _ in 0..<2 { try mallory.say(Self.fullSums(from: 0)) }
        }
        try expectFault("it tells the sums of too many spaces", "8,550 spaces") { mallory, _ in
            for part in 0..<19 { try mallory.say(Self.fullSums(from: part * NodeLimits.spacesMax)) }
        }
    }

    @Test func `ids of more than 900 entries are a fault (G-12)`() throws {
        let ids = (0...UInt16(NodeLimits.wantMax)).map { number in
            EntryID(Bytes32([UInt8](repeating: 0, count: 30) + [UInt8(number >> 8), UInt8(number & 255)]) ?? .zero)
        }
        try expectFault("a malformed message: tooLong", "901 ids") { mallory, _ in
            try mallory.say(.want(space: .registry, ids: ids, known: []))
        }
    }

    @Test func `an answer to no question is a fault (G-24)`() throws {
        try expectFault("it answers what was not asked", "an answer") { mallory, stage in
            try mallory.say(.reconcile(space: .content(stage.everyone()), question: false, bytes: [0x61]))
        }
        try expectFault("it answers what was not asked", "an empty answer") { mallory, _ in
            try mallory.say(.reconcile(space: .registry, question: false, bytes: []))
        }
    }

    @Test func `a delivery that nobody asked for is a fault (G-30)`() throws {
        try expectFault("it delivers what was not asked for", "delivered") { mallory, _ in try mallory.say(.delivered(space: .registry)) }
    }

    @Test func `an acknowledgement of nothing is a fault (G-34)`() throws {
        try expectFault("it acknowledges what was not sent", "acknowledge") { mallory, _ in try mallory.say(.acknowledge) }
    }

    @Test func `a reconciliation that is no negentropy is a fault (G-25)`() throws {
        for bytes in [[0x61, 0xFF], [0x61, 0, 0, 9], [0x61, 0, 0x81], [0x61, 0, 0, 2, 1, 0, 0]] as [[UInt8]] {
            try expectFault("reconciliation", "\(bytes)") { mallory, _ in
                try mallory.say(.reconcile(space: .registry, question: true, bytes: bytes))
            }
        }
    }

    @Test func `entries of a space among those of the registry are a fault (G-36)`() throws {
        try expectFault("content among registry entries", "content") { mallory, stage in
            let written = try stage.nantes.log(1, in: stage.everyone(), from: stage.wall)
            try mallory.say(.registry(written.map(\.entry)))
        }
    }

    @Test func `a registry entry whose signature does not hold is a fault, and what came with it is not taken (G-36)`() throws {
        try expectFault("a registry entry's signature does not hold", "registry") { mallory, stage in
            var act = RegistryAct(kind: .identityCreate)
            act.recoveryCommitment = .zero
            let header = Header(
                space: .registry, device: DeviceKey(stage.nantes.member.publicKey), incarnation: 5, identity: nil, sequence: 0,
                backlink: nil,
                timestamp: stage.wall, authorization: .none, kind: .identityCreate, body: .act(act))
            let good = Entry(signing: header, with: stage.nantes.member, in: stage.nantes.identity.network)
            var other = header
            other.incarnation = 6
            let forged = Entry(
                header: other, headerBytes: other.encoded, signature: try #require(good.signature), in: stage.nantes.identity.network)
            try mallory.say(.registry([good, forged]))
        }
    }

    @Test func `more requests than 64 at a time are a fault (G-31)`() throws {
        // The site's credit is used up first, so that nothing is answered.
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try fillCredit(of: mallory, stage)
        for _ in 0...NodeLimits.wantsOpenMax { try mallory.say(.want(space: .registry, ids: [], known: [])) }
        mallory.listen(for: 500)
        #expect(!mallory.isOpen && stage.faults == ["it asks for more than is being sent"])
        try stage.expectHonestPeersGoOn()
    }

    /// Paris has more than 8 MiB for mallory, who never acknowledges.
    private func fillCredit(of mallory: ScriptedPeer, _ stage: Stage) throws {
        let text = String(repeating: "é", count: NodeLimits.textBytesMax / 2)
        for _ in 0..<180 { stage.post(text, at: Stage.paris) }
        mallory.listen(for: 2000)
    }

    @Test func `who never acknowledges gets no more than the credit, and is closed when nothing goes on (G-33, G-42)`() throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try fillCredit(of: mallory, stage)
        let sent = UInt64(mallory.heardBytes)
        #expect(sent >= NodeLimits.creditBytes && sent < NodeLimits.creditBytes + 512 * 1024, "\(sent)")
        // A revocation goes out all the same.
        let before = mallory.registryEntries.count
        _ = stage.world.ask(.revoke(target: "Atelier", reason: nil, forCause: false, preview: false, by: nil), of: Stage.paris)
        mallory.listen(for: 500)
        #expect(mallory.registryEntries.count > before)
        #expect(UInt64(mallory.heardBytes) < NodeLimits.creditBytes + 512 * 1024)
        for _ in 0..<7 {
            try? mallory.say(.ask)
            mallory.listen(for: 10_000)
        }
        #expect(!mallory.isOpen && stage.faults == ["what was under way did not get on"])
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a want for what is not shared is answered with nothing (G-29)`() throws {
        let stage = try Stage()
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world)
        let everyone = try stage.everyone()
        let shared = try stage.space("chantier")
        #expect(eve.isOpen && eve.spacesTold == [.registry, .content(shared)])
        let ids = stage.world.store(of: Stage.paris).arrivals(after: .none, registryOnly: false, limit: .max)
            .filter { $0.entry.header.space == .content(everyone) }.map(\.entry.id).sorted()
        #expect(ids.count >= 2)
        try eve.agree()
        let before = eve.heard.count
        try eve.say(.want(space: .content(everyone), ids: ids, known: []))
        // By another door: a space that is shared, the registry.
        try eve.say(.want(space: .content(shared), ids: ids, known: []))
        try eve.say(.want(space: .registry, ids: ids, known: []))
        eve.listen(for: 1000)
        let said = eve.heard.dropFirst(before)
        #expect(said.count { if case .delivered = $0 { true } else { false } } == 3)
        #expect(eve.runParts.isEmpty && eve.registryEntries.isEmpty && eve.isOpen)
        #expect(try stage.status().faults == 0, "a space may have been shared a moment ago")
    }

    @Test func `a question about what is not shared has an empty answer (G-23)`() throws {
        let stage = try Stage()
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world)
        try eve.agree()
        try eve.say(.reconcile(space: .content(stage.everyone()), question: true, bytes: [0x61, 0, 0, 2, 0]))
        eve.listen()
        guard case .reconcile(_, let question, let bytes)? = eve.heard.last(where: { if case .reconcile = $0 { true } else { false } })
        else {
            Issue.record("no answer")
            return
        }
        #expect(!question && bytes == [] && eve.isOpen)
    }

    @Test func `sums of spaces that are not shared are ignored (G-16)`() throws {
        let stage = try Stage()
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world)
        var sums: [(space: Space, sum: HeadSum)] = []
        for number in 0..<UInt8(200) {
            let id = SpaceID(try #require(Bytes16([UInt8](repeating: 0, count: 15) + [number])))
            sums.append((.content(try #require(SpacePath([id]))), HeadSum()))
        }
        try eve.say(.sums([(space: .registry, sum: HeadSum())] + sums))
        eve.listen()
        #expect(eve.isOpen && stage.world.violations == [])
        #expect(try !stage.status().spaces.contains { $0.name.count == 32 })
    }

    @Test(arguments: [0, 1, 7, UInt64.max])
    func `totals that lie change nothing (G-32)`(entries: UInt64) throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let written = try stage.nantes.log(3, in: stage.everyone(), from: stage.wall)
        try mallory.say(.totals(space: .content(stage.everyone()), entries: entries, bytes: .max))
        for message in try Liar.run(written) { try mallory.say(message) }
        mallory.listen()
        #expect(mallory.isOpen && mallory.acknowledgements == 1)
        #expect(stage.texts().suffix(3) == ["mensonge 0", "mensonge 1", "mensonge 2"])
        _ = stage.world.ask(.sync(milliseconds: 100), of: Stage.paris)
        #expect(stage.world.violations == [])
    }

    @Test func `a refusal from a peer ends the session, and peers shows it until they are in sync again (G-9)`() throws {
        let stage = try Stage()
        let address = "site-nantes.example:7411"
        stage.world.answerOutside(at: address)
        _ = stage.world.ask(.addPeer(address: address), of: Stage.paris)
        stage.world.run(for: 500)
        let connection = try #require(stage.world.outsideConnections(of: Stage.paris).first)
        let mallory = try ScriptedPeer(stage.nantes.identity, answers: connection, in: stage.world)
        #expect(mallory.isOpen)
        let early = try #require(try stage.peers().first { $0.address == address })
        #expect(!early.connected, "it may yet refuse us")
        try mallory.say(.refuse(code: .formerMember, text: "plus membre"))
        mallory.listen()
        let item = try #require(try stage.peers().first { $0.address == address })
        #expect(!mallory.isOpen && !item.connected && !item.inSync && item.lastFault == "it refuses us: plus membre")
        guard case .synced(let answer)? = stage.world.ask(.sync(milliseconds: 3000), of: Stage.brest) else { return }
        #expect(answer.inSync)
    }

    @Test func `sync of a site that was refused says so`() throws {
        let stage = try Stage()
        stage.world.part(Stage.paris, Stage.brest)
        let address = "site-nantes.example:7411"
        stage.world.answerOutside(at: address)
        _ = stage.world.ask(.addPeer(address: address), of: Stage.paris)
        stage.world.run(for: 500)
        let connection = try #require(stage.world.outsideConnections(of: Stage.paris).first)
        let mallory = try ScriptedPeer(stage.nantes.identity, answers: connection, in: stage.world)
        try mallory.say(.refuse(code: .formerMember, text: "plus membre"))
        mallory.listen()
        guard case .synced(let answer)? = stage.world.ask(.sync(milliseconds: 3000), of: Stage.paris) else { return }
        #expect(!answer.inSync && answer.waitingFor.contains("\(address): not connected, it refuses us: plus membre"))
    }
}
