import EntenteCodec
import EntenteReconciliation
import Testing

/// Two sets with something in common, of many shapes, from one seed.
struct RandomWorld {
    let alice: ItemSet
    let bob: ItemSet
    let aliceFrame: Int
    let bobFrame: Int

    static let frames = [4096, 4097, 4296, 5000, 8192, 20_000, 61_440]

    init(seed: UInt64, itemsMax: Int) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 0...itemsMax, using: &random)
        let timeMax: UInt64 = [0, 4, 1000, .max - 1].randomElement(using: &random) ?? 0
        let sharedBytes = [0, 0, 12, 29].randomElement(using: &random) ?? 0
        // Of a hundred items, how many are alice's alone and bob's alone; the owner changes rarely in half of the worlds.
        let (aliceShare, bobShare) = [(1, 1), (10, 10), (50, 50), (98, 1), (0, 95), (100, 0)].randomElement(using: &random) ?? (1, 1)
        let changes = Bool.random(using: &random) ? 100 : 3
        var common: [Item] = []
        var aliceAlone: [Item] = []
        var bobAlone: [Item] = []
        var owner = 0
        var taken: Set<Bytes32> = []
        for index in 0..<count {
            if index == 0 || Int.random(in: 0..<100, using: &random) < changes { owner = .random(in: 0..<100, using: &random) }
            let prefix = [UInt8](repeating: 0xEE, count: sharedBytes)
            let item = Item.at(
                .random(in: 0...timeMax, using: &random), prefix + [UInt8](randomCount: 32 - sharedBytes, using: &random))
            guard taken.insert(item.id).inserted else { continue }
            switch owner {
            case ..<aliceShare: aliceAlone.append(item)
            case ..<(aliceShare + bobShare): bobAlone.append(item)
            default: common.append(item)
            }
        }
        alice = .of(common + aliceAlone)
        bob = .of(common + bobAlone)
        aliceFrame = Self.frames.randomElement(using: &random) ?? 0
        bobFrame = Self.frames.randomElement(using: &random) ?? 0
    }

    func conversation() throws -> Conversation {
        try Conversation(alice, bob, aliceLimits: .frame(aliceFrame), bobLimits: .frame(bobFrame))
    }
}

@Suite struct ReconcilerPropertyTests {
    private func check(seeds: Range<UInt64>, itemsMax: Int, isTruthChecked: Bool) throws {
        for seed in seeds {
            let world = RandomWorld(seed: seed, itemsMax: itemsMax)
            let session = try world.conversation()
            #expect(session.end == .done, "seed \(seed)")
            #expect(session.have.sorted() == difference(world.alice, world.bob), "seed \(seed)")
            #expect(session.need.sorted() == difference(world.bob, world.alice), "seed \(seed)")
            for (index, message) in session.messages.enumerated() {
                let isAlice = index.isMultiple(of: 2)
                #expect(message.count <= (isAlice ? world.aliceFrame : world.bobFrame), "seed \(seed)")
                guard isTruthChecked else { continue }
                #expect(try falsehoods(in: message, from: isAlice ? world.alice : world.bob) == [], "seed \(seed)")
            }
        }
    }

    @Test("R-13, R-15 and R-21: in thousands of small worlds, alice names exactly the differences, each once, in frames that fit")
    func smallWorlds() throws { try check(seeds: 0..<2000, itemsMax: 160, isTruthChecked: false) }

    @Test("R-16: in worlds that overflow their frames, too")
    func largeWorlds() throws { try check(seeds: 10_000..<10_060, itemsMax: 2000, isTruthChecked: false) }

    @Test("R-17: whatever a message says is true of its sender's set")
    func truth() throws { try check(seeds: 20_000..<20_120, itemsMax: 700, isTruthChecked: true) }

    @Test("R-17: a message is true also after a question that no reconciler would ask")
    func truthAfterCraftedQuestions() throws {
        for seed: UInt64 in 0..<400 {
            var random = SeededRandom(seed: seed)
            let set = RandomWorld(seed: seed, itemsMax: 900).alice
            var question = CraftedMessage()
            // Bounds at, before and beside items, ascending, with empty ranges among them.
            var places = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                let item = set.items.randomElement(using: &random) ?? .at(3, [3])
                return Bool.random(using: &random) ? ItemBound(before: item) : ItemBound.at(item.timestamp)
            }.sorted()
            if Bool.random(using: &random) { places.append(.infinity) }
            var lower = 0
            for place in places {
                let upper = set.firstIndex(notBefore: place, from: lower)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: question.skip(to: place)
                case 1: question.fingerprint(set.fingerprint(lower..<upper), to: place)
                case 2: question.fingerprint(Bytes16(using: &random), to: place)
                default: question.list([.zero], to: place)
                }
                lower = upper
            }
            for role in [Reconciler.Role.responder, .initiator] {
                var side = Reconciler(role, limits: .frame(4096))
                if role == .initiator { _ = try side.initiate(over: ItemSet.empty) }
                guard let answer = try side.reconcile(question.bytes, over: set).reply else { continue }
                #expect(answer.count <= 4096)
                #expect(try falsehoods(in: answer, from: set) == [], "seed \(seed)")
            }
        }
    }

    @Test("R-17: a session is right about sets that change between its messages, as far as they stayed the same")
    func changingSets() throws {
        for seed: UInt64 in 0..<100 {
            let world = RandomWorld(seed: seed, itemsMax: 400)
            var random = SeededRandom(seed: seed)
            var alice = Reconciler(.initiator, limits: .frame(4096))
            var bob = Reconciler(.responder, limits: .frame(4096))
            var bobs = world.bob
            var have: Set<Bytes32> = []
            var need: Set<Bytes32> = []
            var message = try alice.initiate(over: world.alice)
            while true {
                bobs = bobs.adding([.random(at: .random(in: 0...1000, using: &random), using: &random)])
                let answer = try #require(try bob.reconcile(message, over: bobs).reply)
                let outcome = try alice.reconcile(answer, over: world.alice)
                have.formUnion(outcome.have)
                need.formUnion(outcome.need)
                guard case .reply(let next) = outcome.next else {
                    #expect(outcome.next == .done)
                    break
                }
                message = next
            }
            #expect(have == Set(difference(world.alice, world.bob)))
            #expect(need.isSuperset(of: difference(world.bob, world.alice)) && need.isDisjoint(with: world.alice.ids))
        }
    }
}
