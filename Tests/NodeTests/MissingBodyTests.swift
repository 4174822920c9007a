import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Bodies by themselves: who asks, who gets them, and what is taken.
@Suite struct MissingBodyTests {
    /// The entries of Paris with their bodies, in one space.
    private func stored(_ stage: Stage, in space: Space) -> [StoredEntry] {
        stage.world.store(of: Stage.paris).arrivals(after: .none, registryOnly: false, limit: .max).filter {
            $0.entry.header.space == space
        }
    }

    @Test func `who asks for bodies gets those that are offered in a space that it shares, and no others (G-52)`() throws {
        let stage = try Stage()
        let chantier = Space.content(try stage.space("chantier"))
        let everyone = Space.content(try stage.everyone())
        let eve = try ScriptedPeer(stage.atelier.identity, in: stage.world)
        let shared = stored(stage, in: chantier).map(\.entry.id).sorted()
        let secret = stored(stage, in: everyone).map(\.entry.id)
        let before = eve.heard.count
        try eve.say(.wantBodies(space: chantier, ids: (shared + secret + [EntryID(.zero)]).sorted()))
        try eve.say(.wantBodies(space: everyone, ids: secret.sorted()))
        eve.listen()
        let said = eve.heard.dropFirst(before)
        let bodies = said.flatMap { message -> [EntryBody] in if case .bodies(let bodies) = message { bodies } else { [] } }
        #expect(bodies.map(\.id).sorted() == shared)
        for item in bodies {
            let entry = try #require(stage.world.store(of: Stage.paris).entry(item.id))
            #expect(entry.body == .present(item.body))
        }
        #expect(said.count { if case .delivered = $0 { true } else { false } } == 2, "each is answered (G-51)")
        #expect(eve.isOpen)
    }

    /// Mallory sends a run without bodies; then lies about them; then brings them.
    @Test func `a body is taken if it fits, from whoever brings it, and others are passed over (G-51, G-53, G-54, E-36, E-59)`() throws {
        let stage = try Stage()
        let everyone = try stage.everyone()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let written = try stage.nantes.log(3, in: everyone, from: stage.wall)
        for message in try Liar.run(written.map { .init(entry: $0.entry, body: .missing) }) { try mallory.say(message) }
        mallory.listen(for: 1000)
        let ids = written.map(\.entry.id)
        func held(_ site: Int) -> [StoredBody?] { ids.map { stage.world.store(of: site).entry($0)?.body } }
        #expect(held(Stage.paris) == [.missing, .missing, .missing] && held(Stage.brest) == [.missing, .missing, .missing])
        #expect(try stage.status().spaces.contains { $0.missing == 3 })
        #expect(stage.texts().allSatisfy { !$0.contains("mensonge") })
        // Paris asks for them when it and Mallory have nothing else to say.
        try mallory.agree()
        mallory.listen(for: 30_000)
        let wanted = mallory.heard.compactMap {
            if case .wantBodies(let space, let ids) = $0 { space == .content(everyone) ? ids : nil } else { nil }
        }
        #expect(wanted.first == ids.sorted())
        let wrong = Body(salt: Liar.salt, bytes: Operation.post(text: "autre chose", replyTo: nil).encoded)
        let stranger = try #require(stored(stage, in: .content(everyone)).first { if case .present = $0.body { true } else { false } })
        let acknowledged = mallory.acknowledgements
        try mallory.say(.bodies([EntryBody(id: ids[0], body: wrong), EntryBody(id: stranger.entry.id, body: wrong)]))
        mallory.listen()
        #expect(mallory.acknowledgements == acknowledged + 1 && mallory.isOpen, "it may be a race: no fault")
        #expect(held(Stage.paris) == [.missing, .missing, .missing])
        #expect(stage.world.store(of: Stage.paris).entry(stranger.entry.id)?.body == stranger.body)
        let whole = written.compactMap { item in
            if case .present(let body) = item.body { EntryBody(id: item.entry.id, body: body) } else { nil }
        }
        try mallory.say(.bodies(Array(whole.prefix(2))))
        // The last one comes as a run that is here already.
        for message in try Liar.run(written) { try mallory.say(message) }
        stage.world.run(for: 60_000)
        #expect(held(Stage.paris) == whole.map { .present($0.body) })
        #expect(held(Stage.brest) == whole.map { .present($0.body) }, "Brest asked Paris")
        #expect(try stage.status().spaces.allSatisfy { $0.missing == 0 })
        try stage.expectHonestPeersGoOn()
    }
}
