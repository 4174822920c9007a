import EntenteCodec
import EntenteReconciliation
import Testing

@Suite struct ReconcilerTests {
    @Test("R-4: what a message does not reach is skipped")
    func implicitSkip() throws {
        let items = ItemSet.at(0..<10, seed: 1)
        var bob = Reconciler(.responder)
        var question = CraftedMessage()
        question.list([], to: .at(2))
        let answer = try #require(try bob.reconcile(question.bytes, over: items).reply)
        let said = try ranges(of: answer)
        #expect(said.map(\.range.upper) == [.at(2)])
        #expect(said[0].range.content == .list(ArraySlice(items.ids.prefix(2).flatMap(\.bytes))))
    }

    @Test("R-3: bob answers another version of the protocol with the one that he speaks, and then goes on")
    func versionFallback() throws {
        let items = ItemSet.at([12345], seed: 1)
        var bob = Reconciler(.responder)
        for version: UInt8 in [0x60, 0x62, 0x6F] {
            #expect(try bob.reconcile([version, 0xAA, 0xBB], over: items).next == .reply([0x61]))
        }
        #expect(try bob.reconcile([0x61, 0, 0, 2, 0], over: items).next == .reply([0x61, 0, 0, 2, 1] + items.ids[0].bytes))
    }

    @Test("R-3: alice refuses an answer in another version, and can still take one in hers")
    func versionRefused() throws {
        let items = ItemSet.at([1], seed: 1)
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: items)
        #expect(throws: ReconciliationFault.unsupportedVersion(0x62)) { try alice.reconcile([0x62], over: items) }
        #expect(try alice.reconcile([0x61], over: items).next == .done)
    }

    @Test("R-10: up to 31 items are listed, 32 are split into 16 parts, the first ones larger")
    func split() throws {
        for count in [0, 1, 31] {
            let items = ItemSet.at(0..<UInt64(count), seed: 2)
            var alice = Reconciler(.initiator)
            let expected = [0x61, 0, 0, 2, UInt8(count)] + items.ids.flatMap(\.bytes)
            #expect(try alice.initiate(over: items) == expected)
        }
        let items = ItemSet.at(0..<37, seed: 2)
        var alice = Reconciler(.initiator)
        let uppers = try ranges(of: alice.initiate(over: items)).map(\.range.upper)
        #expect(uppers == [3, 6, 9, 12, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35].map(ItemBound.at) + [.infinity])
    }

    @Test("R-10: parts are cut between items of one time by as much of the id as it takes")
    func splitWithinOneTime() throws {
        let items = ItemSet.of((0..<32).map { .at(7, [1, UInt8($0)]) })
        var alice = Reconciler(.initiator)
        let message = try alice.initiate(over: items)
        let uppers = try ranges(of: message).map(\.range.upper)
        #expect(uppers == (1..<16).map { ItemBound(before: .at(7, [1, UInt8($0 * 2)])) } + [.infinity])
        #expect(uppers.dropLast().allSatisfy { $0.prefixBytes == 2 })
        #expect(try falsehoods(in: message, from: items) == [])
    }

    @Test("R-11: alice begins once; bob never does; nobody answers alice before she began")
    func initiate() throws {
        var alice = Reconciler(.initiator)
        #expect(throws: ReconciliationFault.notInitiated) { try alice.reconcile([0x61], over: ItemSet.empty) }
        _ = try alice.initiate(over: ItemSet.empty)
        #expect(throws: ReconciliationFault.cannotInitiate) { try alice.initiate(over: ItemSet.empty) }
        var bob = Reconciler(.responder)
        #expect(throws: ReconciliationFault.cannotInitiate) { try bob.initiate(over: ItemSet.empty) }
    }

    @Test("R-12 and R-18: equal sets are in sync after one round, with five hundred items or none")
    func inSync() throws {
        for set in [ItemSet.empty, .at([3], seed: 1), .at(0..<500, seed: 1)] {
            let session = try Conversation(set, set)
            #expect(session.messages.count == 2)
            #expect(session.end == .done && session.have.isEmpty && session.need.isEmpty)
        }
        // Fingerprints that agree leave nothing to say, and so end the session in the answer's first byte.
        let set = ItemSet.at(0..<500, seed: 1)
        #expect(try Conversation(set, set).messages[1] == [0x61])
    }

    @Test("R-13: alice learns what she has and what she needs; bob learns nothing")
    func haveAndNeed() throws {
        let common = ItemSet.at(0..<200, seed: 1)
        let aliceAlone = ItemSet.at([5, 77, 1000], seed: 2)
        let bobAlone = ItemSet.at([0, 150, 151, 2000], seed: 3)
        let session = try Conversation(common.adding(aliceAlone.items), common.adding(bobAlone.items))
        #expect(session.end == .done)
        #expect(session.have == aliceAlone.ids && session.need == bobAlone.ids)

        var bob = Reconciler(.responder)
        var question = CraftedMessage()
        question.list(aliceAlone.ids, to: .infinity)
        let outcome = try bob.reconcile(question.bytes, over: bobAlone)
        #expect(outcome.have.isEmpty && outcome.need.isEmpty)
        #expect(outcome.next == .reply([0x61, 0, 0, 2, 4] + bobAlone.ids.flatMap(\.bytes)))
    }

    @Test("R-13: an id that bob lists twice is needed once, and one that alice has is not needed at all")
    func repeatedIDs() throws {
        let mine = ItemSet.at([1], seed: 1)
        let other = Item.at(9, [9]).id
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: mine)
        var answer = CraftedMessage()
        answer.list([other, mine.ids[0], other, mine.ids[0]], to: .infinity)
        #expect(try alice.reconcile(answer.bytes, over: mine) == Reconciler.Outcome(have: [], need: [other], next: .done))
    }

    @Test("R-14: settled ranges are joined into one skip before the next open one, and none ends a message")
    func skips() throws {
        let items = ItemSet.at(0..<60, seed: 1)
        var question = CraftedMessage()
        question.fingerprint(items.fingerprint(0..<10), to: .at(10))
        question.skip(to: .at(15))
        question.fingerprint(items.fingerprint(15..<20), to: .at(20))
        question.list([], to: .at(22))
        question.fingerprint(items.fingerprint(22..<30), to: .at(30))
        question.skip(to: .infinity)
        var bob = Reconciler(.responder)
        let answer = try #require(try bob.reconcile(question.bytes, over: items).reply)
        var expected = CraftedMessage()
        expected.skip(to: .at(20))
        expected.list(Array(items.ids[20..<22]), to: .at(22))
        #expect(answer == expected.bytes)
    }

    @Test("R-19: alice ends a session in which bob says her question back")
    func echo() throws {
        let items = ItemSet.at(0..<100, seed: 1)
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: items)
        var answer = CraftedMessage()
        answer.fingerprint(items.fingerprint(0..<0), to: .infinity)
        // The whole set, split: as far as the first question, and so nothing new.
        #expect(try alice.reconcile(answer.bytes, over: items).next == .nothingNew)
        #expect(throws: ReconciliationFault.ended) { try alice.reconcile(answer.bytes, over: items) }
    }

    @Test("R-20: both sides end a session whose rounds are used up")
    func rounds() throws {
        let items = ItemSet.at(0..<100, seed: 1)
        let limits = ReconciliationLimits(roundsMax: 3)
        var alice = Reconciler(.initiator, limits: limits)
        _ = try alice.initiate(over: items)
        // Eve settles one time after the other and claims that all the rest differs.
        func eve(_ round: UInt64) -> [UInt8] {
            var answer = CraftedMessage()
            answer.skip(to: .at(round))
            answer.fingerprint(items.fingerprint(0..<0), to: .infinity)
            return answer.bytes
        }
        #expect(try alice.reconcile(eve(1), over: items).reply != nil)
        #expect(try alice.reconcile(eve(2), over: items).reply != nil)
        #expect(try alice.reconcile(eve(3), over: items).next == .roundsUsedUp)
        #expect(throws: ReconciliationFault.ended) { try alice.reconcile(eve(4), over: items) }

        var bob = Reconciler(.responder, limits: limits)
        for _ in 0..<3 { #expect(try bob.reconcile(eve(1), over: items).reply != nil) }
        #expect(try bob.reconcile(eve(1), over: items).next == .roundsUsedUp)
        #expect(throws: ReconciliationFault.ended) { try bob.reconcile(eve(1), over: items) }
    }

    @Test("R-21: an id is named once, even if bob opens a settled range again")
    func namedOnce() throws {
        let mine = ItemSet.at(0..<100, seed: 1)
        let theirs = ItemSet.at([10], seed: 2)
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: mine)
        var answer = CraftedMessage()
        answer.list(theirs.ids, to: .at(20))
        answer.fingerprint(theirs.fingerprint(0..<0), to: .infinity)
        let first = try alice.reconcile(answer.bytes, over: mine)
        #expect(first.have == Array(mine.ids[0..<20]) && first.need == theirs.ids)
        var again = CraftedMessage()
        again.list(theirs.ids, to: .infinity)
        #expect(try alice.reconcile(again.bytes, over: mine) == Reconciler.Outcome(have: Array(mine.ids[20...]), need: [], next: .done))
    }

    @Test("R-21: a session that has named as many ids as it may ends, and what was named stands")
    func differences() throws {
        let mine = ItemSet.at(0..<10, seed: 1)
        var alice = Reconciler(.initiator, limits: ReconciliationLimits(differencesMax: 12))
        _ = try alice.initiate(over: mine)
        let invented = ItemSet.at(0..<50, seed: 2).ids
        var answer = CraftedMessage()
        answer.list(invented, to: .infinity)
        let outcome = try alice.reconcile(answer.bytes, over: mine)
        #expect(outcome == Reconciler.Outcome(have: mine.ids, need: Array(invented.prefix(2)), next: .differencesUsedUp))
    }

    @Test("R-22: a fault changes nothing: the session goes on as if the message had not come")
    func faultsChangeNothing() throws {
        let mine = ItemSet.at(0..<10, seed: 1)
        var alice = Reconciler(.initiator, limits: ReconciliationLimits(roundsMax: 1))
        _ = try alice.initiate(over: mine)
        // A list that names differences, and then a mode that is not known.
        var answer = CraftedMessage()
        answer.list([.zero], to: .at(5))
        #expect(throws: ReconciliationFault.unknownMode(9)) { try alice.reconcile(answer.bytes + [0, 0, 9], over: mine) }
        var good = CraftedMessage()
        good.list([.zero] + mine.ids, to: .infinity)
        #expect(try alice.reconcile(good.bytes, over: mine) == Reconciler.Outcome(have: [], need: [.zero], next: .done))
    }

    @Test("R-22: a message is parsed to its end, also after the answer is full")
    func parsedToTheEnd() throws {
        let items = ItemSet.at(0..<500, seed: 1)
        var bob = Reconciler(.responder, limits: .frame(4096))
        #expect(throws: ReconciliationFault.unknownMode(7)) { try bob.reconcile([0x61, 0, 0, 2, 0, 0, 0, 7], over: items) }
    }

    @Test("R-23: a message over the limit is refused unread")
    func longMessages() {
        var bob = Reconciler(.responder)
        let message = [0x61] + [UInt8](repeating: 0, count: 65_535)
        #expect(throws: ReconciliationFault.messageTooLong(limit: 65_535)) { try bob.reconcile(message, over: ItemSet.empty) }
    }
}
