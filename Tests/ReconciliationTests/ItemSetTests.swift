import EntenteCodec
import EntenteReconciliation
import Testing

@Suite struct ItemSetTests {
    @Test("R-1: items are ordered by timestamp, then by the bytes of the id, and none is at infinity")
    func order() throws {
        let late = Item.at(2, [0])
        let high = Item.at(1, [2])
        let low = Item.at(1, [1, 0xFF])
        #expect(try ItemSet([late, high, low]).items == [low, high, late])
        #expect(Item(timestamp: .max, id: .zero) == nil)
        #expect(Item(timestamp: .max - 1, id: .zero) != nil)
    }

    @Test("R-1: a set has no item twice, but may have one id at two times")
    func duplicates() throws {
        #expect(throws: ItemSetFault.duplicate(.at(1, [1]))) { try ItemSet([.at(1, [1]), .at(0, []), .at(1, [1])]) }
        #expect(try ItemSet([.at(1, [1]), .at(2, [1])]).count == 2)
    }

    @Test("R-7: a bound is where its range ends: items at it belong to the next one")
    func bounds() {
        let set = ItemSet.of([.at(1, [5]), .at(1, [5, 1]), .at(2, [0])])
        let before = ItemBound(before: .at(1, [5, 1]))
        #expect(before.prefixBytes == 32)
        #expect(set.firstIndex(notBefore: before, from: 0) == 1)
        #expect(set.firstIndex(notBefore: .start, from: 0) == 0)
        #expect(set.firstIndex(notBefore: .at(2), from: 0) == 2)
        #expect(set.firstIndex(notBefore: .infinity, from: 1) == 3)
        #expect(set.firstIndex(notBefore: .start, from: 2) == 2)
    }

    @Test("R-8: the bound between two items is the shortest: no prefix if the times differ, else one byte more than they share")
    func minimalBounds() {
        let differentTimes = ItemBound(between: .at(1, [9]), and: .at(2, [3]))
        #expect(differentTimes == .at(2) && differentTimes.prefixBytes == 0)
        let shared = ItemBound(between: .at(1, [7, 7, 1, 1]), and: .at(1, [7, 7, 2, 2]))
        #expect(shared == ItemBound(before: .at(1, [7, 7, 2])) && shared.prefixBytes == 3)
        let atTheEnd = Item.at(1, [UInt8](repeating: 8, count: 31) + [9])
        let whole = ItemBound(between: .at(1, [UInt8](repeating: 8, count: 32)), and: atTheEnd)
        #expect(whole == ItemBound(before: atTheEnd) && whole.prefixBytes == 32)
        for shared in 0..<32 {
            let prefix = [UInt8](repeating: 3, count: shared)
            #expect(ItemBound(between: .at(1, prefix), and: .at(1, prefix + [1])).prefixBytes == shared + 1)
        }
    }

    @Test("R-9: a fingerprint is 16 bytes of SHA-256 over the little-endian sum of the ids and their number")
    func fingerprints() {
        // Computed with Python: hashlib.sha256(bytes(32) + b"\0").hexdigest()[:32], and so on.
        #expect(ItemSet.empty.fingerprint(0..<0).hex == "7f9c9e31ac8256ca2f258583df262dbc")
        let ones = [UInt8](repeating: 0xFF, count: 32)
        // Two ids of 2^256 - 1: their sum is 2^256 - 2 after the wrap.
        let wrapped = ItemSet.of([.at(1, ones), .at(2, ones)])
        #expect(wrapped.fingerprint(0..<2).hex == "c66ec0b91041dd7d6987a5478d39fdb0")
        // 200 ids of 1: the number takes two bytes, the sum stays in the first.
        let many = ItemSet.of((0..<200).map { .at($0, [1]) })
        #expect(many.fingerprint(0..<200).hex == "e8f5bc4624cfa7ca85eb0229bc4c7f79")
    }

    @Test("R-9: the sums before each item give every range the fingerprint of its items alone")
    func rangeSums() {
        var random = SeededRandom(seed: 1)
        // Ids of all ones beside random ones, so that carries and borrows go through all the limbs.
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let set = ItemSet.of((0..<60).map { $0 % 3 == 0 ? .at($0, ones) : .random(at: $0, using: &random) })
        for lower in 0...60 {
            for upper in lower...60 {
                let alone = set.items[lower..<upper].reduce(IDSum.zero) { $0 + IDSum($1.id) }
                #expect(set.sum(lower..<upper) == alone)
            }
        }
    }
}
