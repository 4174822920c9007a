import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Runs as no honest peer sends them, and runs that are only early or late.
@Suite struct HostileRunTests {
    private typealias Written = Liar.Written

    /// Mallory sends these, and the session ends for that reason; what came before it stays stored.
    private func expectFault(
        _ reason: String, stored: Int = 0, sourceLocation: SourceLocation = #_sourceLocation,
        _ messages: (Stage, Liar, SpacePath) throws -> [Message]
    ) throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let before = stage.entryCount
        for message in try messages(stage, stage.nantes, stage.everyone()) { try mallory.say(message) }
        mallory.listen()
        #expect(!mallory.isOpen, sourceLocation: sourceLocation)
        #expect(stage.faults.count == 1 && stage.faults.first?.contains(reason) == true, "\(stage.faults)", sourceLocation: sourceLocation)
        #expect(stage.entryCount == before + stored, sourceLocation: sourceLocation)
        try stage.expectHonestPeersGoOn(sourceLocation: sourceLocation)
    }

    /// Mallory sends these; they are acknowledged, `stored` of them are kept, and the session goes on.
    @discardableResult
    private func expectTaken(
        _ stored: Int, acknowledgements: Int = 1, stage: Stage? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ messages: (Stage, Liar, SpacePath) throws -> [Message]
    ) throws -> Stage {
        let stage = try stage ?? Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let before = stage.entryCount
        for message in try messages(stage, stage.nantes, stage.everyone()) { try mallory.say(message) }
        mallory.listen()
        #expect(mallory.isOpen, "\(stage.faults)", sourceLocation: sourceLocation)
        #expect(mallory.acknowledgements == acknowledgements, sourceLocation: sourceLocation)
        #expect(stage.entryCount == before + stored, sourceLocation: sourceLocation)
        try stage.expectHonestPeersGoOn(sourceLocation: sourceLocation)
        return stage
    }

    // MARK: - Form

    @Test func `a run that nobody asked for is taken if it is good: it is how new entries are pushed (G-35)`() throws {
        let stage = try expectTaken(20) { stage, nantes, space in try Liar.run(nantes.log(20, in: space, from: stage.wall), parts: 4) }
        #expect(stage.texts(of: Stage.brest).contains("mensonge 19"), "and it goes on to Brest")
    }

    @Test func `a part without a beginning is a fault (G-37)`() throws {
        try expectFault("a part of a run that did not begin") { stage, nantes, space in
            Array(try Liar.run(nantes.log(4, in: space, from: stage.wall), parts: 2).dropFirst())
        }
    }

    @Test func `a run that begins inside another is a fault (G-37)`() throws {
        try expectFault("a run begins inside another") { stage, nantes, space in
            let run = try Liar.run(nantes.log(4, in: space, from: stage.wall), parts: 2)
            return [run[0], run[0]]
        }
    }

    @Test func `a run that never ends costs no more than one run may have (G-37)`() throws {
        try expectFault("a malformed run: tooLong") { stage, nantes, space in
            let written = try nantes.log(RunLimits.entriesMax + 1, in: space, from: stage.wall)
            return Array(try Liar.run(written + written.suffix(200), parts: 40).dropLast())
        }
    }

    @Test func `a run of more than 4 MiB is a fault (G-37)`() throws {
        let text = String(repeating: "x", count: 40_000)
        try expectFault("a malformed run: tooLong") { stage, nantes, space in
            try Liar.run(nantes.log(110, in: space, from: stage.wall, text: text), parts: 110)
        }
    }

    @Test(arguments: ["a registry space", "a sequence without a backlink", "a backlink at the beginning", "a sequence that is too large"])
    func `a preamble that cannot be is a fault (G-37)`(what: String) throws {
        try expectFault("a malformed message: outOfRange") { stage, nantes, space in
            let written = try nantes.log(1, in: space, from: stage.wall)
            let log = written[0].entry.log
            let identity = try #require(written[0].entry.header.identity)
            return try Liar.run(written) { _ in
                switch what {
                case "a registry space":
                    Run(
                        log: LogKey(space: .registry, device: log.device, incarnation: 1), identity: identity, backlink: nil,
                        firstSequence: 0)
                case "a sequence without a backlink": Run(log: log, identity: identity, backlink: nil, firstSequence: 1)
                case "a backlink at the beginning": Run(log: log, identity: identity, backlink: written[0].entry.id, firstSequence: 0)
                default: Run(log: log, identity: identity, backlink: written[0].entry.id, firstSequence: UInt64(Int64.max))
                }
            }
        }
    }

    // MARK: - What it says

    @Test func `a run whose last signature does not hold is a fault (G-39)`() throws {
        try expectFault("the last signature of a run does not hold") { stage, nantes, space in
            var written = try nantes.log(3, in: space, from: stage.wall)
            written[2] = try forged(written[2], signedAs: written[1], nantes)
            return try Liar.run(written)
        }
    }

    private func forged(_ item: Written, signedAs other: Written, _ liar: Liar) throws -> Written {
        let header = item.entry.header
        let entry = Entry(
            header: header, headerBytes: header.encoded, signature: try #require(other.entry.signature), in: liar.identity.network)
        return Written(entry: entry, body: item.body)
    }

    @Test func `a byte altered anywhere in a run is found by its last signature (G-39)`() throws {
        for index in 0..<3 {
            try expectFault("the last signature of a run does not hold") { stage, nantes, space in
                var written = try nantes.log(3, in: space, from: stage.wall)
                // Another body than the author wrote: the receiver computes its commitment.
                written[index].body = .present(Body(salt: Liar.salt, bytes: Operation.post(text: "autre chose", replyTo: nil).encoded))
                return try Liar.run(written)
            }
        }
    }

    @Test func `a run behind an entry of another log is a fault (G-38)`() throws {
        try expectFault("it does not follow the entry that it names") { stage, nantes, space in
            let foreign = try #require(
                stage.world.store(of: Stage.paris).arrivals(after: .none, registryOnly: false, limit: .max)
                    .first { $0.entry.header.space == .content(space) })
            let first = Written(entry: foreign.entry, body: foreign.body)
            return try Liar.run(nantes.log(2, in: space, from: stage.wall, after: first))
        }
    }

    @Test func `a run of an identity that its log is not of is a fault (G-38)`() throws {
        try expectFault("the log is another identity's", stored: 1) { stage, nantes, space in
            let own = try nantes.log(1, in: space, from: stage.wall)
            // Known first, so that the log has its identity.
            let stranger = IdentityID(.zero)
            let other = try nantes.log(1, in: space, from: stage.wall.advanced(byMilliseconds: 5)) { header, _ in header.identity = stranger
            }
            return try [.ask] + Liar.run(own) + Liar.run(other)
        }
    }

    @Test func `a run in which time goes back is a fault (G-38)`() throws {
        try expectFault("a timestamp goes back") { stage, nantes, space in
            let wall = stage.wall
            return try Liar.run(
                nantes.log(3, in: space, from: wall) { header, index in
                    if index == 2 { header.timestamp = Timestamp(milliseconds: wall.milliseconds - 1) }
                })
        }
    }

    @Test func `a run by a key that may not sign is a fault (G-38)`() throws {
        try expectFault("the device key is not one that may sign") { stage, nantes, space in
            let written = try nantes.log(1, in: space, from: stage.wall)
            let log = written[0].entry.log
            return try Liar.run(written) { run in
                Run(
                    log: LogKey(space: log.space, device: DeviceKey(.zero), incarnation: 1), identity: run.identity, backlink: nil,
                    firstSequence: 0)
            }
        }
    }

    @Test func `a run that is older than the capability that it cites is a fault (G-38)`() throws {
        try expectFault("it is earlier than the capability that it cites") { stage, nantes, space in
            try Liar.run(nantes.log(1, in: space, from: Timestamp(milliseconds: 1000)))
        }
    }

    // MARK: - What is only early, late, or not for us

    @Test func `a run behind what is not here is left for later (G-38)`() throws {
        try expectTaken(0) { stage, nantes, space in
            let written = try nantes.log(4, in: space, from: stage.wall)
            return try Liar.run(Array(written.dropFirst(2)))
        }
    }

    @Test func `a run ends before the first entry that is ahead of the clock (G-38)`() throws {
        try expectTaken(2) { stage, nantes, space in
            let wall = stage.wall
            return try Liar.run(
                nantes.log(4, in: space, from: wall) { header, index in
                    if index >= 2 { header.timestamp = wall.advanced(byMilliseconds: 301_000 + UInt64(index)) }
                })
        }
    }

    @Test func `a run ends before the first entry that cites what is not here (G-38)`() throws {
        try expectTaken(1) { stage, nantes, space in
            try Liar.run(
                nantes.log(3, in: space, from: stage.wall) { header, index in
                    if index == 1 { header.authorization = .capability(EntryID(.zero)) }
                })
        }
    }

    @Test func `a capability that a run cites and that is not here is asked for by its id, once (G-55)`() throws {
        let stage = try Stage()
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        nantes.listen()
        let unknown = EntryID(.zero)
        let run = try Liar.run(
            stage.nantes.log(2, in: stage.everyone(), from: stage.wall) { header, _ in header.authorization = .capability(unknown) })
        var wanted = 0
        for message in run + run { try nantes.say(message) }
        for message in nantes.listen() {
            if case .want(.registry, let ids, let known) = message, ids == [unknown], known.isEmpty { wanted += 1 }
        }
        #expect(wanted == 1 && nantes.isOpen)
        try nantes.say(.delivered(space: .registry))
        try stage.expectHonestPeersGoOn()
    }

    @Test func `where a run is cut short and its own signature does not hold there, nobody is at fault (G-39)`() throws {
        try expectTaken(0) { stage, nantes, space in
            let wall = stage.wall
            var written = try nantes.log(1, in: space, from: wall)
            let honest = written[0]
            written[0] = try forged(
                honest, signedAs: Liar.Written(entry: nantes.log(1, in: space, incarnation: 9, from: wall)[0].entry, body: .none), nantes)
            // The author went on behind the entry whose signature it had spoilt.
            written += try nantes.log(1, in: space, from: wall.advanced(byMilliseconds: 400_000), after: written[0])
            return try Liar.run(written)
        }
    }

    @Test func `a run in a space that is not shared is acknowledged and not taken (G-37)`() throws {
        let stage = try Stage()
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world)
        let before = stage.entryCount
        let everyone = try stage.everyone()
        for message in try Liar.run(stage.nantes.log(3, in: everyone, from: stage.wall), parts: 3) { try eve.say(message) }
        eve.listen()
        #expect(eve.isOpen && eve.acknowledgements == 1 && stage.entryCount == before)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `what is here already is acknowledged, and nothing is stored twice`() throws {
        try expectTaken(3, acknowledgements: 3) { stage, nantes, space in
            let run = try Liar.run(nantes.log(3, in: space, from: stage.wall))
            return run + run + run
        }
    }

    @Test func `a fork is kept as evidence, and of one log no more branches than are kept of it (G-48)`() throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let before = stage.entryCount
        var ids: [EntryID] = []
        // An entry is stored if it is one of the few with the smallest ids so far.
        var stored = 0
        for number in 0..<80 {
            let written = try stage.nantes.log(1, in: stage.everyone(), from: stage.wall, text: "version \(number)")
            if ids.count(where: { $0 < written[0].entry.id }) < RunLimits.keptBranchesMax { stored += 1 }
            ids.append(written[0].entry.id)
            for message in try Liar.run(written) { try mallory.say(message) }
        }
        mallory.listen()
        #expect(mallory.isOpen && mallory.acknowledgements == 80, "\(stage.faults)")
        #expect(stage.entryCount == before + stored && stored > RunLimits.keptBranchesMax)
        let forks = stage.world.notices(of: Stage.paris).count { if case .fork = $0 { true } else { false } }
        #expect(forks == stored - 1)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `runs that come faster than they can be checked cost no more than 16 MiB (G-46)`() throws {
        // All in one event: nothing is checked in between.
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let before = stage.entryCount
        let text = String(repeating: "x", count: 48_000)
        var bytes: [UInt8] = []
        let everyone = try stage.everyone()
        for number in 0..<UInt64(400) {
            for message in try Liar.run(stage.nantes.log(1, in: everyone, incarnation: 1000 + number, from: stage.wall, text: text)) {
                bytes += try mallory.sealed(message)
            }
        }
        mallory.sendRaw(bytes)
        mallory.listen()
        #expect(!mallory.isOpen && stage.faults == ["it sends more than it has credit for"])
        #expect(stage.entryCount == before)
        try stage.expectHonestPeersGoOn()
    }
}
