import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// The invariants of authority that the evaluator must keep, on random worlds. (authority, section 10)
///
/// I16, the bound on branches, is in `BranchBoundTests`; I18, the codec, in `ModelTests`; I17, the gates, here and in
/// `GateTests`.
@Suite struct AuthorityInvariantTests {
    typealias Style = AuthorityWorldGenerator.Style
    typealias Symbol = AuthorityWorld.Symbol
    typealias Verdict = AuthorityWorld.Verdict

    static let worldsPerStyle: UInt64 = 6

    /// What the evaluator says of the world.
    func verdict(_ world: AuthorityWorld) -> Verdict {
        let entries = AuthorityEntries(world, isSigned: false)
        var replica = AuthorityReplica(network: entries.network)
        for made in entries.made { replica.insert(made) }
        replica.evaluate()
        return replica.verdict(entries.made)
    }

    func forEachWorld(
        _ styles: [Style] = Style.allCases, seeds: UInt64 = worldsPerStyle, _ body: (AuthorityWorld, inout SplitMix64) -> Void
    ) {
        for style in styles {
            for seed in 0..<seeds {
                var random = SplitMix64(seed: seed ^ 0xA5A5)
                body(AuthorityWorldGenerator.world(seed: 50_000 + seed, style: style, acts: 30), &random)
            }
        }
    }

    func symbols(_ world: AuthorityWorld) -> [String: Symbol] {
        Dictionary(world.entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func chain(_ name: String, _ symbols: [String: Symbol]) -> [Symbol] {
        var out: [Symbol] = []
        var next = symbols[name]
        while let here = next {
            out.append(here)
            next = here.auth.flatMap { symbols[$0] }
        }
        return out
    }

    static let capabilityKinds: Set<String> = ["grant", "invite", "admit"]

    // MARK: The set

    @Test("any part of any set is judged, and as the rules judge it (I1)")
    func totality() {
        forEachWorld { world, random in
            var part = world
            part.entries.removeAll { $0.kind != "genesis" && Int.random(in: 0..<100, using: &random) < 25 }
            #expect(AuthorityComparison.disagreement(part) == nil, "\(world.name)")
        }
    }

    @Test("however long a log and a chain of tips, the answer needs no deep stack (I1)")
    func boundedStack() {
        var scene = AuthorityScene.office()
        for number in 0..<1500 {
            scene.vouch("vouch \(number)", for: number > 0 ? ["vouch \(number - 1)"] : [], by: "adam", under: "adam.2")
        }
        scene.act("disavowal", "disavow", by: "olga", under: "olga.1") { $0.frm = "vouch 500" }
        // Olga stands at level 1 and reaches adam's acts, at level 2.
        let entries = AuthorityEntries(AuthorityWorld(name: "long", entries: scene.entries), isSigned: false)
        var authority = Authority(network: entries.network)
        // In reverse: all of it waits for the first.
        for made in entries.made.reversed() where made.entry.header.space == .registry {
            authority.insert(made.entry, signatureHolds: true, proof: made.proof)
        }
        _ = authority.evaluate()
        let names = entries.ids
        #expect(authority.pendingCount == 0 && names["vouch 499"].map(authority.isIssued) == true)
        #expect(names["vouch 500"].map(authority.isIssued) == false && names["vouch 1499"].map(authority.isIssued) == false)
    }

    @Test("entries held at a gate and released later give the same state as entries that came at once (I2, I17)")
    func convergence() {
        forEachWorld { world, random in
            let entries = AuthorityEntries(world, isSigned: false)
            let expected = verdict(world)
            var replica = AuthorityReplica(network: entries.network)
            var held: [AuthorityEntries.Made] = []
            for made in entries.made {
                if Int.random(in: 0..<3, using: &random) == 0 { held.append(made) } else { replica.receive(made) }
                if Int.random(in: 0..<4, using: &random) == 0, let released = held.popLast() { replica.receive(released) }
            }
            for made in held.shuffled(using: &random) + entries.made.prefix(5) { replica.receive(made) }
            #expect(replica.verdict(entries.made) == expected, "\(world.name)")
        }
    }

    @Test("an entry is never asked about one that is not before it (I3)")
    func wellFoundedness() {
        forEachWorld { world, _ in
            let oracle = AuthorityOracle(world)
            _ = oracle.verdict
            #expect(oracle.faults == [], "\(world.name)")
        }
    }

    @Test("what acts at a larger level changes nothing at a smaller one (I4)")
    func nonInterference() {
        forEachWorld { world, random in
            let oracle = AuthorityOracle(world)
            let levels = Dictionary(world.entries.map { ($0.id, oracle.a($0)) }, uniquingKeysWith: { first, _ in first })
            let limit = Int.random(in: 0...8, using: &random)
            var quiet = world
            for index in quiet.entries.indices {
                let entry = quiet.entries[index]
                if let level = levels[entry.id] ?? nil, level > limit { quiet.entries[index].kind = entry.isContent ? "gossip" : "mystery" }
            }
            func junior(_ name: String) -> Bool { (levels[name] ?? nil).map { $0 > limit } ?? false }
            let before = verdict(world)
            let after = verdict(quiet)
            #expect(before.issued.filter { !junior($0) } == after.issued, "\(world.name)")
            #expect(before.keyops == after.keyops && before.root == after.root, "\(world.name)")
        }
    }

    @Test("a replica that lacks entries never lets one take effect whose capabilities do not (I15)")
    func subsetSafety() {
        forEachWorld { world, random in
            var part = world
            part.entries.removeAll { $0.kind != "genesis" && Int.random(in: 0..<100, using: &random) < 15 }
            let names = symbols(part)
            let issued = Set(verdict(part).issued)
            for name in issued { #expect(chain(name, names).dropFirst().allSatisfy { issued.contains($0.id) }, "\(world.name): \(name)") }
        }
    }

    // MARK: Capabilities

    @Test("every capability in force comes from root by larger levels, fewer rights, narrower scopes, earlier ends (I5)")
    func noEscalation() {
        forEachWorld { world, _ in
            let names = symbols(world)
            let root = Set(verdict(world).root)
            for name in verdict(world).issued {
                let links = chain(name, names).filter { Self.capabilityKinds.contains($0.kind) }
                for (below, above) in zip(links, links.dropFirst()) {
                    #expect((below.level ?? 0) > (above.level ?? 0), "\(world.name): \(below.id)")
                    #expect((below.rights ?? 0) & ~(above.rights ?? 0) == 0)
                    #expect(AuthorityOracle.parts(below.scope).starts(with: AuthorityOracle.parts(above.scope)))
                    // Of an invitation the expiry is its last day of use.
                    if above.kind != "invite" { #expect((below.expiry ?? Symbol.never) <= (above.expiry ?? Symbol.never)) }
                    if above.kind != "invite" { #expect(above.subject == below.ident) }
                }
                if let last = links.last { #expect(last.auth == "ROOT" && root.contains(last.id), "\(world.name): \(last.id)") }
            }
        }
    }

    @Test("nobody who is not senior brings a removed capability back, nor what it had lost (I6)")
    func noSelfResurrection() {
        forEachWorld([.organisation, .cuts, .invitations], seeds: 14) { world, random in
            let names = symbols(world)
            let before = verdict(world)
            let oracle = AuthorityOracle(world)
            // Of people who left by themselves nothing is said: they may leave again, and list more.
            let removed = world.entries.filter { c in
                c.kind == "grant" && before.issued.contains(c.id) && !before.active.contains(c.id)
                    && oracle.stops(c, c.scope).contains { $0.kind == "remove" }
            }
            guard let capability = removed.randomElement(using: &random), let level = capability.level else { return }
            let juniors = Set(world.entries.filter { $0.kind == "id.create" }.map(\.key)).filter { person in
                world.entries.allSatisfy {
                    !["grant", "admit"].contains($0.kind) || $0.subject != person + ".id" || ($0.level ?? 0) >= level
                }
            }
            let more = AuthorityWorldGenerator.extended(
                world, seed: 7, kinds: ["remove", "vouch", "annul", "grant", "leave", "disavow", "invite"], by: juniors.sorted(), count: 15)
            let after = verdict(more)
            #expect(!after.active.contains(capability.id), "\(world.name): \(capability.id)")
            let own = names.values.filter { $0.auth == capability.id && $0.kind != "admit" && oracle.cut($0) && $0.kind != "leave" }.map(
                \.id)
            #expect(Set(own).isDisjoint(with: after.issued), "\(world.name)")
        }
    }

    @Test("a removal without tips brings nothing back, but by felling a restriction or freeing an invitation (I7)")
    func monotoneRevocation() {
        forEachWorld([.organisation, .cuts, .invitations], seeds: 14) { world, random in
            let before = verdict(world)
            var more = AuthorityWorldGenerator.extended(
                world, seed: random.next(), kinds: ["remove"], by: ["A", "A2", "B", "B2", "T", "P"], count: 1)
            more.entries[more.entries.count - 1].tips = nil
            more.entries[more.entries.count - 1].admits = nil
            let after = verdict(more)
            let names = symbols(more)
            let fallen = before.issued.filter { !after.issued.contains($0) }
            let isRestrictionFelled = fallen.contains { ["remove", "leave", "disavow"].contains(names[$0]?.kind) }
            for name in after.active where !before.active.contains(name) {
                let freed = chain(name, names).contains { $0.kind == "invite" && ($0.maxuses ?? 0) > 0 }
                #expect(isRestrictionFelled || freed, "\(world.name): \(name)")
            }
        }
    }

    @Test("what one administrator vouched for, with every capability above it, the others cannot hide (I8)")
    func vouchFloor() {
        for seed in 0..<25 as Range<UInt64> {
            var world = AuthorityWorldGenerator.world(seed: seed, style: .organisation, acts: 0)
            let floor: [Symbol] = ["S", "M", "T"].compactMap { person in
                guard let grant = world.entries.first(where: { $0.id == "g" + person }), grant.rights ?? 0 >= 8 else { return nil }
                return Symbol(
                    id: "post" + person, kind: "post", key: person, ident: person + ".id", space: "x", seq: 0, hlc: max(grant.hlc, 80),
                    auth: grant.id)
            }
            world.entries += floor
            let issued = Set(verdict(world).issued)
            guard issued.contains("gA"), let last = world.entries.last(where: { $0.key == "A" && $0.sig != false }) else { continue }
            // Every entry is a tip: the last one of a log would leave out its other branches.
            let tips = world.entries.map(\.id)
            world.entries.append(
                Symbol(
                    id: "vouch", kind: "vouch", key: "A", ident: "A.id", seq: last.seq + 1, prev: last.id, hlc: 90, auth: "gA", tips: tips))
            let before = Set(verdict(world).issued)
            guard before.contains("vouch") else { continue }
            let more = AuthorityWorldGenerator.extended(
                world, seed: seed, kinds: ["remove", "leave", "annul"], by: ["A2", "B", "B2", "T", "P", "S", "M", "D"], count: 30)
            let after = Set(verdict(more).issued)
            #expect(before.intersection(floor.map(\.id)).subtracting(after).isEmpty, "seed \(seed)")
        }
    }

    @Test("whatever one administrator removes, one vouch by root restores (I9)")
    func noUnilateralErasure() {
        forEachWorld([.organisation, .cuts, .invitations, .keys], seeds: 14) { world, random in
            let before = verdict(world)
            let attacker = ["A", "A2", "B"].randomElement(using: &random) ?? "A"
            var more = AuthorityWorldGenerator.extended(world, seed: 3, kinds: ["remove"], by: [attacker], count: 10)
            guard let last = before.root.compactMap({ name in world.entries.first { $0.id == name } }).max(by: { $0.seq < $1.seq }) else {
                return
            }
            let keys = world.entries.filter { before.root.contains($0.id) && $0.keys != nil && $0.auth == nil }.max(by: { $0.seq < $1.seq })
            more.entries.append(
                Symbol(
                    id: "restoration", kind: "vouch", key: "ROOT", seq: last.seq + 1, prev: last.id, hlc: 10_000, auth: "ROOT",
                    signers: keys?.keys, tips: world.entries.map(\.id), admits: world.entries.filter { $0.kind == "admit" }.map(\.id)))
            let after = verdict(more)
            #expect(after.issued.contains("restoration"), "\(world.name)")
            // The tips may revive what was void before, on the way to what was not: a restriction among it is another act.
            let names = symbols(more)
            let revived = Set(after.issued).subtracting(before.issued).compactMap { names[$0] }
            if revived.contains(where: { !$0.id.contains("+") && ["remove", "disavow", "leave", "annul"].contains($0.kind) }) { return }
            #expect(Set(before.issued).subtracting(after.issued) == [], "\(world.name)")
        }
    }

    @Test("forked entries without effect change nothing (I10)")
    func forkNeutrality() {
        forEachWorld { world, random in
            var forked = world
            for number in 0..<8 {
                guard let previous = world.entries.filter({ !$0.isRootLog }).randomElement(using: &random) else { break }
                let fork = Symbol(
                    id: "fork\(number)", kind: previous.isContent ? "gossip" : "mystery", key: previous.key,
                    ident: previous.kind == "id.create" ? previous.id : previous.ident, space: previous.space, seq: previous.seq + 1,
                    prev: previous.id, hlc: previous.hlc, auth: previous.auth)
                // After its own capability, wherever it lies: the world stays in an order in which names come first.
                forked.entries.append(fork)
            }
            // A fork may lend its signature to a post whose own is broken: that is no effect of the fork.
            let lent = Set(world.entries.filter { $0.isContent && $0.sig == false }.map(\.id))
            if forked.entries.suffix(8).contains(where: { $0.prev.map(lent.contains) == true }) { return }
            #expect(verdict(forked) == verdict(world), "\(world.name)")
        }
    }

    @Test("admissions that nobody vouched for are no more than the invitation allows (I11)")
    func quota() {
        forEachWorld([.invitations, .organisation], seeds: 16) { world, _ in
            let names = symbols(world)
            let issued = verdict(world).issued.compactMap { names[$0] }
            let sealed = Set(issued.flatMap { ["remove", "vouch", "leave"].contains($0.kind) ? $0.admits ?? [] : [] })
            for invite in issued where invite.kind == "invite" && (invite.maxuses ?? 0) > 0 {
                let effective = issued.filter { $0.kind == "admit" && $0.auth == invite.id && !sealed.contains($0.id) }
                #expect(Set(effective.compactMap(\.subject)).count <= invite.maxuses ?? 0, "\(world.name): \(invite.id)")
            }
        }
    }

    // MARK: Time

    @Test("another era gives the same state: no act is judged by its time (I12)")
    func clockIndependence() {
        forEachWorld { world, _ in
            var later = world
            for index in later.entries.indices {
                later.entries[index].hlc += 1_000_000
                later.entries[index].expiry = later.entries[index].expiry.map { $0 + 1_000_000 }
                later.entries[index].mexpiry = later.entries[index].mexpiry.map { $0 + 1_000_000 }
            }
            #expect(verdict(later) == verdict(world), "\(world.name)")
        }
    }

    @Test("in what order unrelated logs claim to have been written changes nothing (I12)")
    func orderOfClaims() {
        forEachWorld { world, _ in
            var orderly = world
            var depths = orderly
            var depth: [String: UInt64] = [:]
            for index in orderly.entries.indices {
                orderly.entries[index].expiry = nil
                orderly.entries[index].mexpiry = nil
                orderly.entries[index].hlc = UInt64(index + 1)
                let entry = orderly.entries[index]
                let own = max(entry.prev.flatMap { depth[$0] } ?? 0, entry.auth.flatMap { depth[$0] } ?? 0) + 1
                depth[entry.id] = own
                depths.entries[index] = orderly.entries[index]
                depths.entries[index].hlc = own
            }
            #expect(verdict(orderly) == verdict(depths), "\(world.name)")
        }
    }

    // MARK: Keys and content

    @Test("no post counts for an identity but by a key of its own, and no authority changes the keys (I13)")
    func authenticity() {
        forEachWorld { world, _ in
            let names = symbols(world)
            let before = verdict(world)
            let oracle = AuthorityOracle(world)
            for post in before.issued.compactMap({ names[$0] }) where post.kind == "post" {
                #expect(oracle.rank(post.key, post.ident) != nil, "\(world.name): \(post.id)")
            }
            var alone = world
            for index in alone.entries.indices where !alone.entries[index].isContent && !alone.entries[index].isRootLog {
                if !alone.entries[index].kind.hasPrefix("key."), alone.entries[index].kind != "id.create" {
                    alone.entries[index].kind = "mystery"
                }
            }
            #expect(verdict(alone).keyops == before.keyops, "\(world.name)")
        }
    }

    @Test("what is kept of a branch under one capability is a prefix (I14)")
    func prefixClosure() {
        forEachWorld([.cuts, .keys, .organisation], seeds: 16) { world, _ in
            let names = symbols(world)
            let oracle = AuthorityOracle(world)
            let issued = Set(oracle.verdict.issued)
            for post in oracle.entries where post.kind == "post" && issued.contains(post.id) {
                var next = post.prev.flatMap { names[$0] }
                while let here = next {
                    if here.kind == "post", here.auth == post.auth, here.ident == post.ident, oracle.wf(here) {
                        #expect(issued.contains(here.id), "\(world.name): \(here.id) before \(post.id)")
                    }
                    next = here.prev.flatMap { names[$0] }
                }
            }
        }
    }
}
