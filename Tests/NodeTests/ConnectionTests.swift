import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Connections: which of two stays, how long one may take, and what a peer's clock can do.
@Suite struct ConnectionTests {
    @Test func `where one side dialled twice the later connection stays (G-14)`() throws {
        let stage = try Stage()
        let first = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        let second = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: 2, from: "203.0.113.9:2")
        first.listen()
        #expect(!first.isOpen && first.refusal?.code == .duplicate)
        #expect(second.isOpen && second.refusal == nil)
        #expect(try stage.status().faults == 0)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `of two connections dialled by both sides the one that the smaller key dialled stays (G-14)`() throws {
        let stage = try Stage()
        let address = "site-nantes.example:7411"
        for dialsFirst in [true, false] {
            let stage = dialsFirst ? stage : try Stage(seed: 2)
            stage.world.answerOutside(at: address)
            func answer() throws -> ScriptedPeer {
                _ = stage.world.ask(.addPeer(address: address), of: Stage.paris)
                stage.world.run(for: 500)
                let connection = try #require(stage.world.outsideConnections(of: Stage.paris).last)
                return try ScriptedPeer(stage.nantes.identity, answers: connection, in: stage.world)
            }
            let called: ScriptedPeer
            let answered: ScriptedPeer
            if dialsFirst {
                called = try ScriptedPeer(stage.nantes.identity, in: stage.world)
                answered = try answer()
            } else {
                answered = try answer()
                called = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: 2)
            }
            for peer in [called, answered] { peer.listen() }
            let paris = stage.world.identity(of: Stage.paris).siteKey.publicKey
            let parisDialledStays = paris < stage.nantes.identity.siteKey.publicKey
            #expect(answered.isOpen == parisDialledStays && called.isOpen == !parisDialledStays)
            #expect((parisDialledStays ? called : answered).refusal?.code == .duplicate)
            #expect(stage.world.violations == [])
        }
    }

    @Test func `a storm of reconnections leaves one session and what was there (G-14)`() throws {
        let stage = try Stage()
        for number in 0..<40 {
            let peer = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: UInt64(number), from: "203.0.113.9:\(number + 1)")
            #expect(peer.isOpen)
            if number % 3 == 0 { peer.hangUp() }
        }
        #expect(stage.world.outsideConnections(of: Stage.paris).count <= 1)
        #expect(try stage.status().faults == 0)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a session that sends one byte a minute is closed: only whole messages are signs of life (G-41)`() throws {
        let stage = try Stage()
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        try mallory.agree()
        mallory.listen()
        let frame = try mallory.sealed(.sums([]))
        for byte in frame.prefix(3) {
            mallory.sendRaw([byte])
            mallory.listen(for: 30_000)
        }
        #expect(!mallory.isOpen)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `a handshake that comes one byte at a time has ten seconds (G-40)`() throws {
        let stage = try Stage()
        let slow = stage.world.connect(to: Stage.paris, from: "198.51.100.7:1")
        for byte in [8, 215] + [UInt8](repeating: 0, count: 10) {
            stage.world.send([byte], on: slow)
            stage.world.run(for: 1000)
        }
        #expect(!stage.world.isOpen(slow))
        #expect(stage.faults == ["the handshake was not finished in time"])
    }

    @Test func `an address that a peer says it listens at is dialled, and never in the place of another node (G-2)`() throws {
        let stage = try Stage()
        let brest = stage.world.address(of: Stage.brest)
        let before = try #require(try stage.peers().first { $0.address == brest })
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world) { $0.listenAddress = brest }
        try mallory.agree()
        mallory.listen()
        let after = try #require(try stage.peers().first { $0.address == brest })
        #expect(before.site == "Brest" && after.site == "Brest" && after.connected)
        mallory.hangUp()
        stage.world.run(for: 1000)
        for address in ["", "nowhere", "\u{7}:1", String(repeating: "a", count: 250) + ":1", "host:99999"] {
            let peer = try ScriptedPeer(stage.nantes.identity, in: stage.world) { $0.listenAddress = address }
            #expect(peer.isOpen, "\(address)")
            peer.hangUp()
            stage.world.run(for: 200)
        }
        #expect(try stage.peers().allSatisfy { $0.site != "Nantes" || Address.isWellFormed($0.address) })
        for number in 1...20 {
            let peer = try ScriptedPeer(stage.nantes.identity, in: stage.world) { $0.listenAddress = "host-\(number).example:1" }
            peer.hangUp()
            stage.world.run(for: 200)
        }
        #expect(try stage.peers().count { $0.address.hasPrefix("host-") } <= NodeLimits.addressesOfNodeMax)
        try stage.expectHonestPeersGoOn()
    }

    @Test func `the fault of a peer that called is kept where the peer is remembered (G-49)`() throws {
        let stage = try Stage()
        let address = "host.example:1"
        let mallory = try ScriptedPeer(stage.nantes.identity, in: stage.world) { $0.listenAddress = address }
        try mallory.say(.acknowledge)
        mallory.listen()
        let item = try #require(try stage.peers().first { $0.address == address })
        #expect(item.site == "Nantes" && !item.connected && item.faults == 1)
        #expect(item.lastFault == "it acknowledges what was not sent")
    }

    @Test func `one peer of two cannot convict this node's clock (G-50)`() throws {
        let stage = try Stage()
        stage.world.part(Stage.paris, Stage.brest)
        stage.world.run(for: 1000)
        func caller(_ liar: Liar, ahead: UInt64, seed: UInt64) throws -> ScriptedPeer {
            try ScriptedPeer(liar.identity, in: stage.world, seed: seed) { $0.clock = $0.clock.advanced(byMilliseconds: ahead) }
        }
        let wrong = try caller(stage.nantes, ahead: 3_600_000, seed: 1)
        #expect(!stage.post("seul contre un", at: Stage.paris))
        let right = try caller(stage.atelier, ahead: 0, seed: 2)
        #expect(wrong.isOpen && right.isOpen)
        #expect(stage.post("un contre un", at: Stage.paris))
    }
}

extension ConnectionTests {
    @Test(arguments: [0, 1, UInt64.max])
    func `no epoch is too low, too high or too often seen (S-26)`(epoch: UInt64) throws {
        let stage = try Stage()
        for seed in 1...2 as ClosedRange<UInt64> {
            let peer = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: seed, epoch: epoch)
            #expect(peer.isOpen && peer.proof?.epoch == stage.world.incarnation(of: Stage.paris))
            peer.hangUp()
            stage.world.run(for: 100)
        }
        #expect(try stage.status().faults == 0)
    }
}

extension World {
    /// The number under which a site's node signs.
    fileprivate func incarnation(of site: Int) -> UInt64? { store(of: site).fact(.incarnation).flatMap { Incarnation.decode($0) } }
}
