import EntenteCodec
import EntenteReconciliation
import Testing

/// Items that count what is asked of them.
private final class CountingItems: ItemSource {
    private let items: ItemSet
    private(set) var itemsRead = 0
    private(set) var searches = 0
    private(set) var sums = 0

    init(_ items: ItemSet) { self.items = items }

    var count: Int { items.count }

    func item(at index: Int) -> Item {
        itemsRead += 1
        return items.item(at: index)
    }

    func firstIndex(notBefore bound: ItemBound, from start: Int) -> Int {
        searches += 1
        return items.firstIndex(notBefore: bound, from: start)
    }

    func sum(_ indices: Range<Int>) -> IDSum {
        sums += 1
        return items.sum(indices)
    }
}

@Suite struct HostileMessageTests {
    private static let items = ItemSet.at(0..<300, seed: 1)

    /// Both roles, each waiting for a message.
    private func sides() throws -> [Reconciler] {
        var alice = Reconciler(.initiator, limits: .frame(4096))
        _ = try alice.initiate(over: Self.items)
        return [alice, Reconciler(.responder, limits: .frame(4096))]
    }

    private func feed(_ message: [UInt8]) throws {
        for var side in try sides() {
            let outcome: Reconciler.Outcome
            do throws(ReconciliationFault) { outcome = try side.reconcile(message, over: Self.items) } catch {
                #expect(side.rounds == 0)
                continue
            }
            #expect(Set(outcome.have).isSubset(of: Self.items.ids))
            guard let reply = outcome.reply else { continue }
            #expect(reply.count <= 4096)
            #expect(try falsehoods(in: reply, from: Self.items) == [])
        }
    }

    @Test("R-22: random bytes are answered or refused, and never more than that")
    func randomBytes() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<1500 {
            let count = Int.random(in: 0..<200, using: &random)
            try feed([0x61] + [UInt8](randomCount: count, using: &random))
            // Small numbers make more fields that parse.
            try feed([0x61] + (0..<count).map { _ in UInt8.random(in: 0..<4, using: &random) })
        }
    }

    @Test("R-22: true messages with a few bytes changed, lost, doubled or added are answered or refused")
    func mutations() throws {
        var random = SeededRandom(seed: 2)
        let messages = try (0..<30).flatMap { try RandomWorld(seed: $0, itemsMax: 400).conversation().messages }
        for round in 0..<1500 {
            var message = messages[round % messages.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) where !message.isEmpty {
                let place = Int.random(in: 0..<message.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: message[place] = .random(in: 0...255, using: &random)
                case 1: message[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: message.remove(at: place)
                case 3: message.insert(contentsOf: message[place...].prefix(40), at: place)
                default: message.removeLast(message.count - place)
                }
            }
            try feed(message)
        }
    }

    @Test("R-23: a message full of the smallest ranges costs one search each, and no answer")
    func manySkips() throws {
        let counting = CountingItems(Self.items)
        var bob = Reconciler(.responder)
        let message = [0x61] + [[UInt8]](repeating: [1, 0, 0], count: 21_844).joined()
        #expect(try bob.reconcile(message, over: counting).next == .reply([0x61]))
        #expect(counting.searches == 21_844 && counting.itemsRead == 0 && counting.sums == 0)
    }

    @Test("R-23: a message full of wrong fingerprints and of list questions costs no more than one frame's worth of items")
    func manyQuestions() throws {
        let counting = CountingItems(.at(0..<20_000, seed: 3))
        var fingerprints = CraftedMessage()
        var lists = CraftedMessage()
        for step: UInt64 in 1...3000 {
            fingerprints.fingerprint(try #require(Bytes16([UInt8](repeating: 0, count: 16))), to: .at(step * 6))
            lists.list([], to: .at(step * 6))
        }
        for question in [fingerprints.bytes, lists.bytes] {
            var bob = Reconciler(.responder, limits: .frame(4096))
            let before = counting.itemsRead
            let answer = try #require(try bob.reconcile(question, over: counting).reply)
            #expect(answer.count <= 4096)
            #expect(counting.itemsRead - before < 200)
        }
        #expect(counting.sums < 200)
    }

    @Test("R-23: alice compares an id list with each of her items at most once a message")
    func manyLists() throws {
        let counting = CountingItems(.at(0..<5000, seed: 3))
        var alice = Reconciler(.initiator)
        _ = try alice.initiate(over: ItemSet.empty)
        var answer = CraftedMessage()
        for step: UInt64 in 1...10_000 { answer.list([], to: .at(step)) }
        #expect(try alice.reconcile(answer.bytes, over: counting).have.count == 5000)
        #expect(counting.itemsRead == 5000)
    }
}
