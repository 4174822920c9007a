import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReconciliation
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// The order of what two nodes say when all goes well, as a second implementation has to say it.
@Suite struct TransferTests {
    /// What Nantes offers of a space: what it stored, and a log that only it has.
    private struct Offer {
        let items: ItemSet
        let sum: HeadSum
        let written: [Liar.Written]
    }

    private func offer(_ stage: Stage, _ count: Int = 3) throws -> Offer {
        let everyone = try stage.everyone()
        let written = try stage.nantes.log(count, in: everyone, from: stage.wall)
        let replica = try stage.nantes.replica()
        var sum = replica.sum(of: .content(everyone))
        var items = replica.heads(of: .content(everyone)).compactMap {
            Item(timestamp: $0.head.timestamp.milliseconds, id: $0.head.id.bytes)
        }
        if let head = written.last?.entry {
            sum.add(head.id)
            items.append(try #require(Item(timestamp: head.header.timestamp.milliseconds, id: head.id.bytes)))
        }
        return Offer(items: try ItemSet(items), sum: sum, written: written)
    }

    /// The sums of Nantes: those of Paris, but for the one space.
    private func sums(_ peer: ScriptedPeer, _ space: Space, _ sum: HeadSum) throws -> Message {
        for case .sums(let sums) in peer.heard.reversed() { return .sums(sums.map { $0.space == space ? (space, sum) : $0 }) }
        throw Stage.Unexpected(answer: "no sums")
    }

    /// Paris dials, and Nantes answers.
    private func answering(_ stage: Stage) throws -> ScriptedPeer {
        let address = "site-nantes.example:7411"
        stage.world.answerOutside(at: address)
        _ = stage.world.ask(.addPeer(address: address), of: Stage.paris)
        stage.world.run(for: 500)
        let connection = try #require(stage.world.outsideConnections(of: Stage.paris).first)
        return try ScriptedPeer(stage.nantes.identity, answers: connection, in: stage.world)
    }

    @Test func `who dialled asks, wants what it lacks, and acknowledges it when it is stored (G-20, G-22, G-26, G-34)`() throws {
        let stage = try Stage()
        let everyone = Space.content(try stage.everyone())
        let offer = try offer(stage)
        let nantes = try answering(stage)
        guard case .sums? = nantes.heard.first else {
            Issue.record("sums come first (G-17)")
            return
        }
        try nantes.say(sums(nantes, everyone, offer.sum))
        var reconciler = Reconciler(.responder)
        var want: (ids: [EntryID], known: [EntryID])?
        var questions: [Space] = []
        for _ in 0..<10 where want == nil {
            for message in nantes.listen() {
                switch message {
                case .reconcile(let space, let question, let bytes):
                    #expect(question && space == everyone, "only where they differ (G-20)")
                    questions.append(space)
                    guard case .reply(let reply) = try reconciler.reconcile(bytes, over: offer.items).next else { continue }
                    try nantes.say(.reconcile(space: space, question: false, bytes: reply))
                case .want(let space, let ids, let known):
                    #expect(space == everyone)
                    want = (ids, known)
                default: break
                }
            }
        }
        #expect(!questions.isEmpty)
        let head = try #require(offer.written.last?.entry.id)
        #expect(want?.ids == [head] && want?.known.contains(head) == false)
        #expect(want?.known.isEmpty == true || nantes.runParts.count > 0, "what the other lacks is sent unasked (G-26)")
        let before = nantes.heard.count
        try nantes.say(.totals(space: everyone, entries: 3, bytes: 0))
        for message in try Liar.run(offer.written) { try nantes.say(message) }
        try nantes.say(.delivered(space: everyone))
        nantes.listen()
        let said = nantes.heard.dropFirst(before)
        let sumsAt = said.firstIndex { if case .sums = $0 { true } else { false } }
        let acknowledgedAt = said.firstIndex { if case .acknowledge = $0 { true } else { false } }
        #expect(try #require(sumsAt) < #require(acknowledgedAt), "how far it is, before the credit (G-17)")
        #expect(stage.texts().contains("mensonge 2") && nantes.isOpen)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `the same pair of sums is tried once in 20 seconds (G-21)`() throws {
        let stage = try Stage()
        let everyone = Space.content(try stage.everyone())
        let nantes = try answering(stage)
        var other = HeadSum()
        other.add(EntryID(.zero))
        try nantes.say(sums(nantes, everyone, other))
        // Nantes says that it shares nothing: nothing comes of it.
        var questions: [UInt64] = []
        for _ in 0..<250 {
            for case .reconcile(let space, true, _) in nantes.listen(for: 200) {
                questions.append(stage.world.time)
                try nantes.say(.reconcile(space: space, question: false, bytes: []))
                try nantes.say(sums(nantes, everyone, other))
            }
        }
        #expect((2...4).contains(questions.count), "\(questions)")
        #expect(zip(questions.dropFirst(), questions).allSatisfy { $0 - $1 >= 19_000 })
        #expect(nantes.isOpen)
    }

    @Test func `who was dialled answers, and brings what is wanted, announced and closed (G-27, G-30, G-32)`() throws {
        let stage = try Stage()
        for number in 0..<5 { stage.post("neuf \(number)", at: Stage.paris) }
        let everyone = Space.content(try stage.everyone())
        let offer = try offer(stage, 1)
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try nantes.say(sums(nantes, everyone, offer.sum))
        var reconciler = Reconciler(.initiator)
        var (have, need): ([Bytes32], [Bytes32]) = ([], [])
        var question: [UInt8]? = try reconciler.initiate(over: offer.items)
        while let bytes = question {
            try nantes.say(.reconcile(space: everyone, question: true, bytes: bytes))
            question = nil
            for case .reconcile(_, false, let answer) in nantes.listen() {
                let outcome = try reconciler.reconcile(answer, over: offer.items)
                have += outcome.have
                need += outcome.need
                if case .reply(let next) = outcome.next { question = next }
            }
        }
        #expect(need.count == 1 && have.contains(offer.written[0].entry.id.bytes))
        let known = have.map { EntryID($0) }.filter { $0 != offer.written[0].entry.id }.sorted()
        let before = nantes.heard.count
        try nantes.say(.want(space: everyone, ids: need.map { EntryID($0) }, known: known))
        nantes.listen()
        let said = nantes.heard.dropFirst(before).filter { if case .sums = $0 { false } else { true } }
        guard case .totals(_, let entries, 0)? = said.first, case .delivered(everyone)? = said.last else {
            Issue.record("\(said)")
            return
        }
        #expect(entries == 5, "from behind what Nantes has (G-27)")
        let parts = nantes.runParts
        #expect(parts.reduce(0) { $0 + $1.itemCount } == 5 && parts.first?.preamble?.firstSequence ?? 0 > 0)
        #expect(
            !nantes.heard.contains { if case .reconcile(_, true, _) = $0 { true } else { false } }, "who was dialled asks nothing (G-20)")
        for _ in 0..<parts.count(where: \.isLast) { try nantes.say(.acknowledge) }
        nantes.listen()
        #expect(nantes.isOpen)
    }

    @Test func `wanting the root head brings the whole root log (G-28)`() throws {
        let stage = try Stage()
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try nantes.agree()
        let replica = try stage.nantes.replica()
        let root = try #require(replica.heads(of: .registry).first { $0.log.isRoot }?.head)
        try nantes.say(.want(space: .registry, ids: [root.id], known: []))
        nantes.listen()
        #expect(nantes.registryEntries.contains { $0.header.kind == .genesis })
        #expect(nantes.registryEntries.allSatisfy(\.log.isRoot) && nantes.registryEntries.count == Int(root.sequence))
    }

    @Test func `sums are told at once, 50 ms after a change, every 20 s, and when asked for (G-17)`() throws {
        let stage = try Stage()
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        func sums(_ messages: [Message]) -> Int { messages.count { if case .sums = $0 { true } else { false } } }
        #expect(sums(nantes.heard) >= 1)
        try nantes.agree()
        nantes.listen(for: 1000)
        #expect(sums(nantes.listen(for: 15_000)) == 0)
        #expect(sums(nantes.listen(for: 8000)) == 1)
        try nantes.say(.ask)
        #expect(sums(nantes.listen(for: 200)) == 1)
        stage.post("du neuf", at: Stage.paris)
        let said = nantes.listen(for: 300)
        #expect(sums(said) >= 1 && nantes.runParts.count == 1)
    }

    @Test func `what is new is pushed to whom it may be shared with, and not back (G-35, G-4)`() throws {
        let stage = try Stage()
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world, seed: 2)
        let written = try stage.nantes.log(2, in: stage.everyone(), from: stage.wall)
        for message in try Liar.run(written) { try nantes.say(message) }
        nantes.listen()
        #expect(nantes.runParts.isEmpty && stage.texts(of: Stage.brest).contains("mensonge 1"))
        stage.post("pour tous", at: Stage.paris)
        stage.post("le devis", at: Stage.paris, in: "chantier")
        for peer in [nantes, eve] { peer.listen() }
        #expect(nantes.runParts.count == 2 && eve.runParts.count == 1)
        #expect(eve.runParts.first?.preamble?.log.space == .content(try stage.space("chantier")))
    }
}

extension TransferTests {
    @Test func `what the tips of an act name, and is missing, is wanted by its id (G-47)`() throws {
        let stage = try Stage()
        let everyone = try stage.everyone()
        let written = try stage.nantes.log(2, in: everyone, from: stage.wall)
        let tip = try #require(written.last?.entry.id)
        // Mallory leaves, and says what was written last; the site stays.
        var act = RegistryAct(kind: .leave)
        act.tips = [tip]
        let capability = try stage.nantes.capability(for: everyone)
        act.scope = try #require(stage.nantes.replica().authority.capability(capability)?.scope)
        let header = Header(
            space: .registry, device: DeviceKey(stage.nantes.member.publicKey), incarnation: 0x1EA7E, identity: stage.nantes.person,
            sequence: 0, backlink: nil, timestamp: stage.wall.advanced(byMilliseconds: 10),
            authorization: .capability(capability), kind: .leave, body: .act(act))
        let leave = Entry(signing: header, with: stage.nantes.member, in: stage.nantes.identity.network)
        let nantes = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try nantes.agree()
        try nantes.say(.registry([leave]))
        nantes.listen()
        try nantes.acknowledgeAll()
        nantes.listen()
        let wants = nantes.heard.compactMap { message -> (Space, [EntryID], [EntryID])? in
            if case .want(let space, let ids, let known) = message { (space, ids, known) } else { nil }
        }
        #expect(wants.contains { $0.0 == .content(everyone) && $0.1 == [tip] && $0.2 == [] })
        #expect(!wants.contains { $0.0 == .registry })
        for message in try Liar.run(written) { try nantes.say(message) }
        for (space, _, _) in wants { try nantes.say(.delivered(space: space)) }
        nantes.listen()
        #expect(nantes.isOpen && stage.world.store(of: Stage.paris).entry(tip) != nil)
        #expect(stage.texts().contains("mensonge 1"), "what was written before the leave stays")
    }
}
