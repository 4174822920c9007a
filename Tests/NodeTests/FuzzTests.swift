import EntenteCodec
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Thousands of messages of a member's node, each an honest one that was spoilt: never a trap, every invariant after every
/// event, and an honest peer goes on.
@Suite struct FuzzTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `whatever a member's node says, no invariant breaks and honest peers go on`(seed: UInt64) throws {
        let stage = try Stage(seed: seed)
        var random = SeededRandom(seed: seed &* 0x9E37)
        let honest = try messages(stage)
        var peer = try ScriptedPeer(stage.nantes.identity, in: stage.world)
        var closed = 0
        for number in 0..<1500 {
            if !peer.isOpen {
                closed += 1
                peer = try ScriptedPeer(stage.nantes.identity, in: stage.world, seed: UInt64(number))
            }
            var bytes = honest[random.below(honest.count)]
            spoil(&bytes, with: honest, using: &random)
            try peer.say(bytes: bytes)
            if random.oneIn(3) { peer.listen(for: 20) }
        }
        peer.listen(for: 500)
        #expect(closed > 100, "most of it is refused")
        peer.hangUp()
        try stage.expectHonestPeersGoOn()
    }

    /// One of each kind, with and without truth in it.
    private func messages(_ stage: Stage) throws -> [[UInt8]] {
        let everyone = try stage.everyone()
        let ids = stage.world.store(of: Stage.paris).arrivals(after: .none, registryOnly: false, limit: .max)
        let registry = ids.filter { $0.entry.header.space == .registry }.map(\.entry)
        let content = ids.filter { $0.entry.header.space == .content(everyone) }.map(\.entry.id).sorted()
        var out: [Message] = [
            .ask, .acknowledge, .delivered(space: .registry), .totals(space: .content(everyone), entries: 3, bytes: 0),
            .sums([(space: .registry, sum: HeadSum())]), .sums([]),
            .want(space: .content(everyone), ids: content, known: []), .want(space: .registry, ids: registry.map(\.id).sorted(), known: []),
            .reconcile(space: .registry, question: true, bytes: [0x61, 0, 0, 2, 0]),
            .reconcile(space: .content(everyone), question: true, bytes: [0x61, 0, 0, 1] + [UInt8](repeating: 5, count: 16)),
            .reconcile(space: .registry, question: false, bytes: [0x61]), .registry(Array(registry.prefix(5))),
            .registry(registry.suffix(3)),
        ]
        for number in 0..<4 as Range<UInt64> {
            out += try Liar.run(stage.nantes.log(4, in: everyone, incarnation: 70 + number, from: stage.wall), parts: number == 3 ? 2 : 1)
        }
        return out.map(\.encoded)
    }

    private func spoil(_ bytes: inout [UInt8], with others: [[UInt8]], using random: inout SeededRandom) {
        for _ in 0...random.below(3) {
            guard !bytes.isEmpty else { return }
            let index = random.below(bytes.count)
            switch random.below(8) {
            case 0: bytes[index] ^= 1 << UInt8(random.below(8))
            case 1: bytes[index] = UInt8(random.below(256))
            case 2: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random.below(4)))
            case 3: bytes.insert(contentsOf: [UInt8](repeating: 0xFF, count: random.below(9)), at: index)
            case 4: bytes = Array(bytes.prefix(index))
            case 5: bytes.replaceSubrange(index..., with: others[random.below(others.count)].suffix(random.below(100)))
            // Mostly whole, so that what is true gets in as well.
            default: break
            }
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `whatever a stranger sends in any state of the handshake, the node goes on`(seed: UInt64) throws {
        let stage = try Stage(seed: seed)
        var random = SeededRandom(seed: seed)
        for number in 0..<200 {
            let connection = stage.world.connect(to: Stage.paris, from: "198.51.100.3:\(number + 1)")
            for _ in 0...random.below(3) {
                let length = random.oneIn(2) ? 2263 : random.below(4000)
                let header = random.oneIn(2) ? [UInt8(length >> 8), UInt8(length & 255)] : []
                stage.world.send(header + [UInt8](randomCount: length, using: &random), on: connection)
            }
            stage.world.run(for: 10)
            #expect(stage.world.takeSent(on: connection).isEmpty)
            if random.oneIn(2) { stage.world.hangUp(connection) }
        }
        try stage.expectHonestPeersGoOn()
    }
}
