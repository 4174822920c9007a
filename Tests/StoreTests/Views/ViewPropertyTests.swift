import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Testing

/// Equal entries and an equal registry give equal views, on whatever way.
@Suite struct ViewPropertyTests {
    @Test(
        "V-20, V-21: views that follow the feed are those made from scratch, and equal on every node, in any order of arrival",
        arguments: 1...12)
    func convergence(seed: Int) throws {
        var village = try Village(seed: UInt64(seed))
        for _ in 0..<250 { try village.sayAnything() }
        village.cut()
        var first: [Bytes32]?
        for order in 0..<3 {
            var replica = try Arriving(village, in: MemoryStore(), seed: UInt64(seed * 100 + order))
            var random = Seeded(UInt64(seed * 7 + order))
            var following = ViewIndexer(source: replica.store, views: try ViewStore())
            var isGoing = true
            while isGoing {
                isGoing = try replica.step()
                guard random.chance(20) else { continue }
                following.source = replica.store
                if random.chance(50) { try following.catchUp() } else { _ = try following.advance() }
            }
            try replica.settle()
            following.source = replica.store
            try following.catchUp()
            let everything = try following.views.everything(in: village.spaces)
            var anew = ViewIndexer(source: replica.store, views: try ViewStore())
            try anew.catchUp()
            #expect(try anew.views.everything(in: village.spaces) == everything)
            #expect(everything.posts.count > 10 && everything.posts.contains { $0.isEdited } && everything.posts.contains { $0.isErased })
            if let first { #expect(everything.digests == first) } else { first = everything.digests }
        }
    }

    @Test("V-20: another text, another reaction, another name or another cut is another digest")
    func digestTells() throws {
        var digests: Set<[Bytes32]> = []
        for change in 0..<6 {
            var village = try Village(seed: 99)
            let post = try village.say(.post(text: "un", replyTo: nil), in: 0)
            try village.say(.post(text: "deux", replyTo: nil), in: 0)
            switch change {
            case 1: try village.say(.edit(target: post, text: "une", supersedes: []), in: 0)
            case 2: try village.say(.reaction(target: post, emoji: "👍", supersedes: [], isTakenBack: false), in: 0)
            case 3: try village.say(.profile(name: "Alice"), in: 0)
            case 4: village.diaries[0].kept = 0
            case 5: try village.say(.erasure(target: post), in: 0)
            default: break
            }
            var replica = try Arriving(village, in: MemoryStore(), seed: 1)
            while try replica.step() {}
            try replica.settle()
            var indexer = ViewIndexer(source: replica.store, views: try ViewStore())
            try indexer.catchUp()
            digests.insert(try indexer.views.everything(in: village.spaces).digests)
        }
        #expect(digests.count == 6)
    }
}
