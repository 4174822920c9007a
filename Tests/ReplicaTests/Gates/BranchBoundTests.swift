import EntenteCodec
import EntenteModel
import Testing

@testable import EntenteReplica

/// The bound on branches, held against its definition on sets, and its laws. (authority, invariant I16)
@Suite struct BranchBoundTests {
    /// A forest of entries: of each its parent, nil for a beginning. An entry's number is its place in the order of ids.
    struct Forest {
        var parents: [Int: Int?]

        func children(of parent: Int?, in set: Set<Int>) -> [Int] { set.filter { (parents[$0] ?? nil) == parent }.sorted() }
        func ancestors(of entry: Int) -> [Int] {
            var out: [Int] = []
            var next: Int? = entry
            while let here = next {
                out.append(here)
                next = parents[here] ?? nil
            }
            return out
        }
        /// The part of what was drawn that can be in a set: with all its ancestors.
        func closed(_ drawn: Set<Int>) -> Set<Int> { drawn.filter { Set(ancestors(of: $0)).isSubset(of: drawn) } }

        /// The sentences, word by word.
        func kept(of set: Set<Int>, pinned: Set<Int>) -> Set<Int> {
            var out = Set(pinned.intersection(set).flatMap(ancestors))
            var isFirst = true
            var open: [Int?] = [nil]
            while let here = open.popLast() {
                if let here { out.insert(here) }
                let next = children(of: here, in: set)
                if next.count > 1 {
                    open += next.prefix(isFirst ? 4 : 1).map(Optional.some)
                    isFirst = false
                } else {
                    open += next.map(Optional.some)
                }
            }
            return out
        }
    }

    static func forest(_ random: inout Shuffler) -> Forest {
        let count = Int.random(in: 1...24, using: &random)
        let order = Array(0..<count).shuffled(using: &random)
        var parents: [Int: Int?] = [:]
        for (place, entry) in order.enumerated() {
            let isBeginning = place == 0 || Int.random(in: 0..<14, using: &random) == 0
            // Mostly behind the newest, so that there are stretches.
            let parent =
                Int.random(in: 0..<3, using: &random) == 0
                ? order[Int.random(in: 0..<max(place, 1), using: &random)] : order[max(place - 1, 0)]
            parents[entry] = isBeginning ? .some(nil) : .some(parent)
        }
        return Forest(parents: parents)
    }

    private func part(of forest: Forest, _ random: inout Shuffler) -> Set<Int> {
        forest.closed(Set(forest.parents.keys.filter { _ in Int.random(in: 0..<8, using: &random) > 0 }))
    }

    /// What the product keeps of a set that came in some order.
    private func kept(_ forest: Forest, _ set: Set<Int>, pinned: Set<Int>, _ random: inout Shuffler) throws -> Set<Int> {
        var tree = BranchTree()
        var positions: [Int: LogPosition] = [:]
        var left = set.shuffled(using: &random)
        while !left.isEmpty {
            let index = try #require(left.firstIndex { entry in (forest.parents[entry] ?? nil).map { positions[$0] != nil } ?? true })
            let entry = left.remove(at: index)
            let parent = (forest.parents[entry] ?? nil).flatMap { positions[$0] }
            if let parent, tree.isTip(parent) {
                tree.extend(parent.branch)
                positions[entry] = LogPosition(branch: parent.branch, sequence: parent.sequence + 1)
            } else {
                let branch = tree.addBranch(after: parent)
                positions[entry] = LogPosition(branch: branch, sequence: parent.map { $0.sequence + 1 } ?? 0)
            }
        }
        let names = Dictionary(uniqueKeysWithValues: positions.map { ($0.value, $0.key) })
        let bound = try BranchBound(of: tree, pinned: pinned.compactMap { positions[$0] }) { position in
            EntryID(Bytes32(words: (UInt64(names[position] ?? 0), 0, 0, 0)))
        }
        return Set(positions.filter { bound.keeps($0.value) }.map(\.key))
    }

    @Test("what is kept is what the sentences say, whatever order the branches came in (A-67, A-68)")
    func definition() throws {
        var random = Shuffler(state: 1)
        for _ in 0..<1500 {
            let forest = Self.forest(&random)
            let set = part(of: forest, &random)
            let pinned = Set(forest.parents.keys.filter { _ in Int.random(in: 0..<10, using: &random) == 0 })
            #expect(try kept(forest, set, pinned: pinned, &random) == forest.kept(of: set, pinned: pinned), "\(forest) \(set) \(pinned)")
        }
    }

    @Test("to keep of what was kept and of what came is to keep of all together (A-69, I16)")
    func semilattice() throws {
        var random = Shuffler(state: 2)
        var exercised = Exercised()
        for _ in 0..<1500 {
            let forest = Self.forest(&random)
            let (one, other) = (part(of: forest, &random), part(of: forest, &random))
            let pinned = Set(forest.parents.keys.filter { _ in Int.random(in: 0..<12, using: &random) == 0 })
            let first = try kept(forest, one, pinned: pinned, &random)
            let second = try kept(forest, other, pinned: pinned, &random)
            let all = try kept(forest, one.union(other), pinned: pinned, &random)
            // What came may itself have been kept of more by whoever sent it.
            #expect(try kept(forest, first.union(other), pinned: pinned, &random) == all)
            #expect(try kept(forest, first.union(second), pinned: pinned, &random) == all)
            #expect(try kept(forest, first, pinned: pinned, &random) == first)
            if all != one.union(other) { exercised.note("sets of which something is dropped") }
            if first.union(second) != all { exercised.note("sets of which each side keeps what both together do not") }
        }
        exercised.expect("sets of which something is dropped", atLeast: 300)
        exercised.expect("sets of which each side keeps what both together do not", atLeast: 150)
    }

    @Test("an honest log has one branch and is kept whole (A-67)")
    func honest() throws {
        var tree = BranchTree()
        _ = tree.addBranch(after: nil)
        for _ in 0..<100 { tree.extend(0) }
        let bound = try BranchBound(of: tree, pinned: []) { _ in EntryID(.zero) }
        #expect(bound.keeps(LogPosition(branch: 0, sequence: 100)) && bound.mayContinue(0))
    }
}
