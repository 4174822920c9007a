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
        for number in 0..<250 {
            if number % 60 == 59 { village.forkAny() }
            try village.sayAnything()
        }
        village.cut()
        village.destroyBodies()
        #expect(village.diaries.count { $0.fork != nil && !$0.written.isEmpty } > 0)
        var first: [Bytes32]?
        for order in 0..<3 {
            var replica = try Arriving(village, in: MemoryStore(), seed: UInt64(seed * 100 + order), isRough: true)
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
            // A node that has one of the spaces alone reads the same there.
            for (space, digest) in zip(village.spaces, everything.digests) {
                #expect(try Self.views(of: village, seed: UInt64(seed * 50 + order), spaces: [space]).digest(of: space).digest == digest)
            }
        }
    }

    /// The views of a replica to which everything has come.
    private static func views(of village: Village, seed: UInt64, spaces: [SpacePath]? = nil) throws -> ViewStore {
        var replica = try Arriving(village, in: MemoryStore(), seed: seed, spaces: spaces)
        while try replica.step() {}
        try replica.settle()
        var indexer = ViewIndexer(source: replica.store, views: try ViewStore())
        try indexer.catchUp()
        return indexer.views
    }

    @Test("V-6, V-14, V-20: what is said in another space, however much, takes no place of what is said in the post's own")
    func otherSpaces() throws {
        var village = try Village(seed: 41)
        let (alice, aliceElsewhere, officer) = (0, 2, 20)
        let (steward, stewardElsewhere, officerElsewhere) = (12, 14, 22)
        let posts = try ["un", "deux", "trois"].map { try village.say(.post(text: $0, replyTo: nil), in: alice) }
        try village.say(.edit(target: posts[0], text: "corrigé", supersedes: []), in: alice)
        try village.say(.erasure(target: posts[1]), in: alice)
        try village.say(.erasure(target: posts[2]), in: officer)
        let hiding = try village.say(.hiding(target: posts[0]), in: steward)
        for number in 0...ResolutionLimits.editsMax {
            try village.say(.edit(target: posts[0], text: "ailleurs \(number)", supersedes: []), in: aliceElsewhere)
        }
        for _ in 0..<3 {
            try village.say(.erasure(target: posts[1]), in: aliceElsewhere)
            try village.say(.erasure(target: posts[2]), in: officerElsewhere)
        }
        try village.say(.unhiding(target: posts[0], lifts: [hiding]), in: stewardElsewhere)
        let own = village.spaces[0]
        let (alone, both) = (try Self.views(of: village, seed: 1, spaces: [own]), try Self.views(of: village, seed: 2))
        for views in [alone, both] {
            let edited = try #require(try views.post(posts[0], in: [own]))
            #expect(edited.text == "corrigé" && edited.versions.count == 2 && edited.hidings.map(\.id) == [hiding])
            for erased in posts[1...] { #expect(try views.post(erased, in: [own])?.isErased == true) }
        }
        #expect(try alone.digest(of: own).digest == both.digest(of: own).digest)
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
