import EntenteCodec
import EntenteReconciliation
import Testing

@Suite struct FrameLimitTests {
    @Test("R-15: there is always a limit, and none below 4,096 bytes")
    func minimum() {
        #expect(ReconciliationLimits.standard.frameBytes == 61_440)
        #expect(ReconciliationLimits(frameBytes: 0).frameBytes == 4096)
        #expect(ReconciliationLimits(frameBytes: .min).frameBytes == 4096)
    }

    @Test("R-15: five bytes that ask for everything get one frame, and an honest word about the rest", arguments: [4096, 5000, 61_440])
    func fiveBytes(frameBytes: Int) throws {
        let items = ItemSet.at(0..<4000, seed: 1)
        var bob = Reconciler(.responder, limits: .frame(frameBytes))
        let answer = try #require(try bob.reconcile([0x61, 0, 0, 2, 0], over: items).reply)
        #expect(answer.count <= frameBytes && answer.count > frameBytes - 250)
        let said = try ranges(of: answer)
        try #require(said.count == 2)
        guard case .list(let ids) = said[0].range.content else { Issue.record("no list"); return }
        let count = ids.count / 32
        // As many as the reference sends: one more than fits in the frame less 200 bytes.
        #expect(count == (frameBytes - 200 - 1) / 32 + 1)
        #expect(said[0].range.upper == ItemBound(before: items.items[count]))
        #expect(said[1].range == ItemRange(upper: .infinity, content: .fingerprint(items.fingerprint(count..<4000))))
    }

    @Test("R-16: an initiator whose message is full names nothing of the lists behind that place", arguments: [1, 3, 4])
    func listBehind(parts: Int) throws {
        let items = ItemSet.at(0..<124, seed: 1)
        let foreign = ItemSet.at([200], seed: 2).items[0].id
        var alice = Reconciler(.initiator, limits: .frame(4096))
        _ = try alice.initiate(over: items)
        // Each part differs, and has a list of 31 ids for an answer: three fill the frame, and a fourth has no room.
        var answer = CraftedMessage()
        for part in 0..<parts { answer.fingerprint(Bytes16(words: (0, 0)), to: .at(UInt64(part * 31 + 31))) }
        if parts < 4 { answer.fingerprint(items.fingerprint((parts * 31)..<124), to: .at(124)) }
        answer.list([foreign], to: .infinity)
        let step = try alice.reconcile(answer.bytes, over: items)
        #expect(step.need == (parts < 4 ? [foreign] : []) && step.have == [])
    }

    /// Alice and bob share nothing. Her question is true: three parts of 31, and nothing from time 93 on, where bob has 31 more.
    private struct FullAtTheEnd {
        let alice = ItemSet.at(0..<93, seed: 1)
        let bob = ItemSet.at(0..<124, seed: 2)

        var question: [UInt8] {
            var message = CraftedMessage()
            for part in 0..<3 {
                message.fingerprint(alice.fingerprint((part * 31)..<(part * 31 + 31)), to: .at(UInt64(part * 31 + 31)))
            }
            message.fingerprint(alice.fingerprint(93..<93), to: .infinity)
            return message.bytes
        }
    }

    @Test("R-16: the rest after a full frame begins where the frame ends, not after the range that did not fit")
    func rest() throws {
        let world = FullAtTheEnd()
        #expect(try falsehoods(in: world.question, from: world.alice) == [])
        var bob = Reconciler(.responder, limits: .frame(4096))
        let answer = try #require(try bob.reconcile(world.question, over: world.bob).reply)
        let said = try ranges(of: answer)
        try #require(said.map(\.range.upper) == [.at(31), .at(62), .at(93), .infinity])
        // The reference says here the fingerprint of no items, since it counts from the end of the list that it took back.
        #expect(said[3].range.content == .fingerprint(world.bob.fingerprint(93..<124)))
        #expect(try falsehoods(in: answer, from: world.bob) == [])
    }

    @Test("R-16: so nothing is lost when the last range did not fit: alice, who has nothing there, would have agreed")
    func nothingIsLost() throws {
        let world = FullAtTheEnd()
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: world.alice)
        let session = try Conversation(&alice, first: world.question, world.alice, world.bob, bobLimits: .frame(4096))
        #expect(session.end == .done)
        #expect(session.have == world.alice.ids && session.need == world.bob.ids)
    }

    @Test("R-16: settled ranges before the rest are skipped, so that it does not open them again")
    func skipBeforeRest() throws {
        let alice = ItemSet.at(0..<93, seed: 1)
        let bob = ItemSet.at(0..<131, seed: 2)
        var question = CraftedMessage()
        for part in 0..<3 { question.fingerprint(alice.fingerprint((part * 31)..<(part * 31 + 31)), to: .at(UInt64(part * 31 + 31))) }
        question.skip(to: .at(100))
        question.fingerprint(alice.fingerprint(93..<93), to: .infinity)
        var answering = Reconciler(.responder, limits: .frame(4096))
        let said = try ranges(of: try #require(try answering.reconcile(question.bytes, over: bob).reply))
        try #require(said.map(\.range.upper) == [.at(31), .at(62), .at(93), .at(100), .infinity])
        #expect(said[3].range.content == .skip)
        #expect(said[4].range.content == .fingerprint(bob.fingerprint(100..<131)))
    }

    @Test("R-15: the widest bounds there are stay within the smallest frame")
    func widestBounds() throws {
        // Times a power of two apart, and ids that differ in the last byte alone: ten bytes of time, 32 of prefix.
        var items: [Item] = []
        for time: UInt64 in [0, 1 << 63, .max - 1] {
            for last in 0..<200 { items.append(.at(time, [UInt8](repeating: 7, count: 31) + [UInt8(last)])) }
        }
        let set = ItemSet.of(items)
        for frameBytes in 4096...4130 {
            let limits = ReconciliationLimits.frame(frameBytes)
            for other in [ItemSet.empty, .of(items.filter { $0.id.bytes[31] % 2 == 0 })] {
                let session = try Conversation(set, other, aliceLimits: limits, bobLimits: limits)
                #expect(session.messages.allSatisfy { $0.count <= frameBytes })
                #expect(session.end == .done)
                #expect(Set(session.have) == Set(set.ids).subtracting(other.ids))
                let back = try Conversation(other, set, aliceLimits: limits, bobLimits: limits)
                #expect(back.messages.allSatisfy { $0.count <= frameBytes })
                #expect(Set(back.need) == Set(set.ids).subtracting(other.ids))
            }
        }
    }
}
