import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Foundation

@testable import conformance

/// Holds the evaluator against the oracle, and against itself in other orders.
enum AuthorityComparison {
    /// Why the evaluator is wrong about the world; nil if it is not.
    ///
    /// `isThorough` compares after every arrival: the state with a pass from scratch, and what the evaluation said had
    /// changed with what did.
    static func disagreement(
        _ world: AuthorityWorld, isThorough: Bool = false, isSigned: Bool = false, isShuffledOnly: Bool = false
    ) -> String? {
        let entries = AuthorityEntries(world, isSigned: isSigned)
        let ids = entries.ids
        let oracle = AuthorityOracle(world) { (ids[$0] ?? EntryID(.zero)) < (ids[$1] ?? EntryID(.zero)) }
        let expected = oracle.verdict
        if let fault = oracle.faults.first { return "the rules are not well-founded: \(fault)" }
        var random = SplitMix64(seed: world.name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        for order in (isShuffledOnly ? [] : [entries.made]) + [shuffled(entries.made, world.name)] {
            // Small worlds would never see a full pass over a state that is not empty.
            let fullPassMin = !isThorough && Int.random(in: 0..<3, using: &random) == 0 ? 8 : nil
            var replica = AuthorityReplica(network: entries.network, fullPassMin: fullPassMin)
            for made in order {
                if isThorough, let fault = faultOfArrival(made, in: &replica, ids) { return fault }
                // Some arrive in batches, some twice.
                if !isThorough {
                    replica.insert(made)
                    if Int.random(in: 0..<3, using: &random) > 0 { replica.evaluate() }
                    if Int.random(in: 0..<10, using: &random) == 0 { replica.insert(made) }
                }
            }
            replica.evaluate()
            let found = replica.verdict(order)
            if found != expected { return difference(found, expected) }
            replica.startOver()
            let anew = replica.verdict(order)
            if anew != expected { return "from scratch: " + difference(anew, expected) }
        }
        return nil
    }

    /// In an order that depends on the names alone, so that it is nearly the same after an entry was taken out.
    private static func shuffled(_ made: [AuthorityEntries.Made], _ world: String) -> [AuthorityEntries.Made] {
        made.map { ($0, Blake2b.hash256(Array("\(world)/\($0.name)".utf8))) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    static func difference(_ found: AuthorityWorld.Verdict, _ expected: AuthorityWorld.Verdict) -> String {
        func line(_ name: String, _ found: [String], _ expected: [String]) -> String? {
            let missing = Set(expected).subtracting(found).sorted()
            let extra = Set(found).subtracting(expected).sorted()
            return missing.isEmpty && extra.isEmpty ? nil : "\(name): missing \(missing), too many \(extra)"
        }
        return [
            line("issued", found.issued, expected.issued), line("active", found.active, expected.active),
            line("keyops", found.keyops, expected.keyops), line("root", found.root, expected.root),
        ].compactMap(\.self).joined(separator: "; ")
    }

    // MARK: One arrival

    private struct Facts: Equatable {
        let issued, active, keyInForce, onChain: Bool
        init(_ authority: Authority, _ id: EntryID) {
            issued = authority.isIssued(id)
            active = authority.isActive(id)
            keyInForce = authority.isKeyInForce(id)
            onChain = authority.isOnRootChain(id)
        }
    }

    private static func faultOfArrival(_ made: AuthorityEntries.Made, in replica: inout AuthorityReplica, _ ids: [String: EntryID])
        -> String?
    {
        let before = replica.authority
        replica.receive(made)
        let after = replica.authority
        let diff = replica.diff
        var anew = replica
        anew.startOver()
        for (name, id) in ids {
            if Facts(after, id) != Facts(anew.authority, id) { return "after \(made.name), \(name) is not what a pass from scratch says" }
            if (Facts(before, id) != Facts(after, id)) != diff.changed.contains(id) { return "after \(made.name), \(name) is misreported" }
            if after.isCut(id) != anew.authority.isCut(id) { return "after \(made.name), the cut of \(name) depends on the history" }
            if before.isCut(id) != after.isCut(id), let act = before.act(id), let capability = act.authorization.capability,
                !diff.capabilities.contains(capability), !diff.logs.contains(act.log)
            {
                return "after \(made.name), nobody was told that the cut of \(name) changed"
            }
        }
        for key in replica.heightKeys {
            let tree = replica.tree(of: key.log)
            func heights(_ authority: Authority) -> KeptHeights {
                authority.keptHeights(log: key.log, identity: key.identity, capability: key.capability, tree: tree)
            }
            if heights(after) != heights(anew.authority) { return "after \(made.name), heights depend on the history" }
            if heights(before) != heights(after), !diff.capabilities.contains(key.capability), !diff.logs.contains(key.log),
                !diff.identities.contains(key.identity)
            {
                return "after \(made.name), nobody was told that heights changed"
            }
        }
        return nil
    }

    // MARK: A failing world

    /// The world with as little in it as still fails.
    static func shrink(_ world: AuthorityWorld, _ fails: (AuthorityWorld) -> Bool) -> AuthorityWorld {
        var smallest = world
        var before = Int.max
        while smallest.entries.count < before {
            before = smallest.entries.count
            for size in [before / 2, before / 4, 4, 2, 1] where size > 0 {
                // From the end: nothing that is left names what is taken out.
                var end = smallest.entries.count
                while end > 0 {
                    var smaller = smallest
                    smaller.entries.removeSubrange(max(0, end - size)..<end)
                    if fails(smaller) { smallest = smaller }
                    end -= size
                    end = min(end, smallest.entries.count)
                }
            }
        }
        for index in smallest.entries.indices {
            for strip in stripping {
                var smaller = smallest
                strip(&smaller.entries[index])
                if smaller != smallest, fails(smaller) { smallest = smaller }
            }
        }
        return smallest
    }

    private static let stripping: [@Sendable (inout AuthorityWorld.Symbol) -> Void] = [
        { $0.tips = nil }, { $0.tips = $0.tips.map { Array($0.prefix(1)) } }, { $0.tips = $0.tips.map { Array($0.suffix(1)) } },
        { $0.over = nil }, { $0.caps = nil }, { $0.admits = nil }, { $0.subtree = nil }, { $0.vmax = nil }, { $0.target = nil },
        { $0.frm = nil }, { $0.scope = nil }, { $0.expiry = nil }, { $0.mexpiry = nil }, { $0.maxuses = nil }, { $0.sig = nil },
        { $0.subject = nil },
    ]

    static let worldsFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Worlds")

    /// Shrinks the world and keeps it beside the tests, with the verdict of the rules.
    static func keep(_ world: AuthorityWorld) -> String {
        var smallest = shrink(world) { disagreement($0, isThorough: true) != nil }
        smallest.verdict = AuthorityOracle(smallest).verdict
        try? FileManager.default.createDirectory(at: worldsFolder, withIntermediateDirectories: true)
        let file = worldsFolder.appending(path: "\(world.name).json")
        try? Data((smallest.json + "\n").utf8).write(to: file)
        return "kept as \(file.lastPathComponent): \(smallest.json)"
    }
}
