import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// The invariants of authority that the evaluator must keep, on random worlds. (authority, section 10)
///
/// Each counts the cases that put it to the test, and fails if there are too few. Here: what is said of any set. What is
/// said of removals, keys and content follows in the other files of this suite; I16, the bound on branches, is in
/// `BranchBoundTests`; I18, the codec, in `ModelTests`; I17, the gates, here and in `GateTests`.
@Suite struct AuthorityInvariantTests {
    typealias Style = AuthorityWorldGenerator.Style
    typealias Symbol = AuthorityWorld.Symbol
    typealias Verdict = AuthorityWorld.Verdict

    static let worldsPerStyle: UInt64 = 6

    /// What the evaluator says of the world.
    func verdict(_ world: AuthorityWorld) -> Verdict { JudgedWorld(world).verdict }

    /// Half of the worlds are of attempts, and half of what people do who know their rights.
    func forEachWorld(
        _ styles: [Style] = Style.allCases, seeds: UInt64 = worldsPerStyle, _ body: (AuthorityWorld, inout SplitMix64) -> Void
    ) {
        for style in styles {
            for seed in 0..<seeds {
                var random = SplitMix64(seed: seed ^ 0xA5A5)
                let world =
                    seed.isMultiple(of: 2)
                    ? LivelyWorld.world(seed: 50_000 + seed, style: style)
                    : AuthorityWorldGenerator.world(seed: 50_000 + seed, style: style, acts: 30)
                body(world, &random)
            }
        }
    }

    /// The same acts, but those of which it is asked do nothing: their kind is one that nobody knows.
    func silencing(_ world: AuthorityWorld, where isSilent: (Symbol) -> Bool) -> AuthorityWorld {
        var quiet = world
        for index in quiet.entries.indices where isSilent(quiet.entries[index]) {
            quiet.entries[index].kind = quiet.entries[index].isContent ? "gossip" : "mystery"
        }
        return quiet
    }

    /// Kinds that change what others may do, or what of theirs counts.
    static let reachingKinds: Set<String> = ["remove", "vouch", "leave", "disavow", "annul"]

    // MARK: The set

    @Test("any part of any set is judged, and as the rules judge it (I1)")
    func totality() {
        var exercised = Exercised()
        forEachWorld { world, random in
            var part = world
            part.entries.removeAll { $0.kind != "genesis" && Int.random(in: 0..<100, using: &random) < 25 }
            #expect(AuthorityComparison.disagreement(part) == nil, "\(world.name)")
            let judged = JudgedWorld(part)
            if judged.authority.pendingCount > 0, !judged.issued.isEmpty { exercised.note("parts of which some waits and some counts") }
        }
        exercised.expect("parts of which some waits and some counts", atLeast: 15)
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
        var exercised = Exercised()
        forEachWorld { world, random in
            let entries = AuthorityEntries(world, isSigned: false)
            let expected = verdict(world)
            var replica = AuthorityReplica(network: entries.network)
            var held: [AuthorityEntries.Made] = []
            for made in entries.made {
                if Int.random(in: 0..<3, using: &random) == 0 { held.append(made) } else { replica.receive(made) }
                if Int.random(in: 0..<4, using: &random) == 0, let released = held.popLast() { replica.receive(released) }
            }
            if replica.verdict(entries.made) != expected { exercised.note("states that what was held changed") }
            for made in held.shuffled(using: &random) + entries.made.prefix(5) { replica.receive(made) }
            #expect(replica.verdict(entries.made) == expected, "\(world.name)")
            replica.startOver()
            #expect(replica.verdict(entries.made) == expected, "\(world.name)")
        }
        exercised.expect("states that what was held changed", atLeast: 20)
    }

    @Test("after every arrival the state is that of a pass from the beginning (I2)", arguments: Style.allCases)
    func everyArrival(_ style: Style) {
        for seed in 0..<2 as Range<UInt64> {
            let world = AuthorityWorldGenerator.world(seed: 60_000 + seed, style: style, acts: 12)
            #expect(AuthorityComparison.disagreement(world, isThorough: true) == nil, "\(world.name)")
        }
    }

    @Test("an entry's verdict asks about none but those that are before it: of a smaller level, or leaves (A-61, I3)")
    func wellFoundedness() {
        var exercised = Exercised()
        forEachWorld(seeds: 3) { base, random in
            let world = addingQuarrels(to: JudgedWorld(base), &random)
            let judged = JudgedWorld(world)
            exercised.note("acts against equals in force", judged.issued.filter { $0.hasPrefix("quarrel") }.count)
            // Where an entry is decided: its acting level, and leaves before the rest.
            func place(_ entry: Symbol) -> Int? { judged.level(entry).map { 2 * $0 + (entry.kind == "leave" ? 0 : 1) } }
            // The admissions of one invitation are counted together: none of them asks whether another is issued.
            func group(_ entry: Symbol) -> String { entry.kind == "admit" ? entry.auth ?? entry.id : entry.id }
            var places: [String: Int] = [:]
            for entry in world.entries { places[entry.id] = place(entry) }
            for here in Set(places.values).sorted() {
                let groups = Set(world.entries.filter { places[$0.id] == here }.map(group)).sorted().shuffled(using: &random)
                for asked in [Set(groups.prefix(groups.count / 2)), Set(groups.dropFirst(groups.count / 2))] where !asked.isEmpty {
                    func isAsked(_ entry: Symbol) -> Bool { places[entry.id] == here && asked.contains(group(entry)) }
                    let quiet = silencing(world) { entry in places[entry.id].map { $0 >= here } == true && !isAsked(entry) }
                    let answers = Set(world.entries.filter(isAsked).map(\.id))
                    let after = JudgedWorld(quiet).issued.intersection(answers)
                    #expect(after == judged.issued.intersection(answers), "\(world.name): place \(here)")
                    let silenced = judged.issued.subtracting(answers).compactMap { judged[$0] }.filter { places[$0.id] == here }
                    if !after.isEmpty, silenced.contains(where: { Self.reachingKinds.contains($0.kind) }) {
                        exercised.note("halves of a place whose other half did something")
                    }
                    if here.isMultiple(of: 2), !after.isEmpty { exercised.note("places of leaves in force") }
                }
            }
        }
        exercised.expect("acts against equals in force", atLeast: 60)
        exercised.expect("halves of a place whose other half did something", atLeast: 30)
        exercised.expect("places of leaves in force", atLeast: 5)
    }

    /// People of one level act against each other, and go on: none of them may reach what another one does.
    private func addingQuarrels(to judged: JudgedWorld, _ random: inout SplitMix64) -> AuthorityWorld {
        var writer = WorldWriter(judged.world)
        for (number, power) in judged.active(withAnyOf: 3).shuffled(using: &random).prefix(5).enumerated() {
            let equals = judged.verdict.active.compactMap { judged[$0] }.filter {
                $0.level == power.level && $0.subject != power.subject && $0.subject != nil
            }
            guard let equal = equals.randomElement(using: &random) else { continue }
            func write(_ id: String, _ kind: String, under capability: Symbol, _ fill: (inout Symbol) -> Void) {
                writer.write("quarrel \(number): \(id)", kind, by: person(capability), under: capability.id) {
                    $0.scope = capability.scope
                    fill(&$0)
                }
            }
            write("removal", "remove", under: power) { ($0.subject, $0.caps) = (equal.subject, [equal.id]) }
            write("answer", "remove", under: equal) { ($0.subject, $0.caps) = (power.subject, [power.id]) }
            write("annulment", "annul", under: power) { $0.target = "quarrel \(number): answer" }
            write("annulment of the annulled", "annul", under: equal) { $0.target = "quarrel \(number): removal" }
            write("disavowal", "disavow", under: power) { $0.frm = "quarrel \(number): answer" }
            write("vouch", "vouch", under: equal) { $0.tips = ["quarrel \(number): annulment of the annulled"] }
            // A leave reaches its own level, but no other leave.
            if number > 2 { for place in 0..<4 { write("leave \(place)", "leave", under: equal) { $0.tips = nil } } }
        }
        return writer.world
    }

    /// People act against whoever is senior to them, and for what seniors have ended.
    private func addingPresumption(to judged: JudgedWorld, _ random: inout SplitMix64) -> AuthorityWorld {
        var writer = WorldWriter(judged.world)
        let void = judged.world.entries.filter { !judged.issued.contains($0.id) && $0.auth != nil }
        for (number, power) in judged.active(withAnyOf: 19).shuffled(using: &random).prefix(4).enumerated() {
            let seniors = judged.verdict.issued.compactMap { judged[$0] }.filter { judged.level($0) ?? 0 < power.level ?? 0 }
            let restriction = seniors.filter { JudgedWorld.restrictionKinds.contains($0.kind) }.randomElement(using: &random)
            let other = seniors.randomElement(using: &random)
            func write(_ id: String, _ kind: String, _ fill: (inout Symbol) -> Void) {
                writer.write("presumption \(number): \(id)", kind, by: person(power), under: power.id) {
                    $0.scope = power.scope
                    fill(&$0)
                }
            }
            write("vouch", "vouch") { ($0.tips, $0.admits) = (void.map(\.id), void.map(\.id)) }
            write("annulment", "annul") { $0.target = restriction?.id }
            write("disavowal", "disavow") { $0.frm = other?.id }
            write("removal", "remove") { ($0.subject, $0.caps) = (other?.ident, [other?.id, other?.auth].compactMap(\.self)) }
        }
        return writer.world
    }

    /// The person whose capability it is.
    func person(_ capability: Symbol) -> String { String((capability.subject ?? "nobody.id").dropLast(3)) }

    @Test("what acts at a larger level changes nothing at a smaller one (I4)")
    func nonInterference() {
        var exercised = Exercised()
        forEachWorld { base, random in
            let before = JudgedWorld(addingPresumption(to: JudgedWorld(base), &random))
            exercised.note("acts against seniors in force", before.issued.filter { $0.hasPrefix("presumption") }.count)
            for limit in Set(before.issued.compactMap { before[$0] }.compactMap(before.level)).sorted().dropLast() {
                func isJunior(_ entry: Symbol) -> Bool { before.level(entry).map { $0 > limit } ?? false }
                let after = verdict(silencing(before.world, where: isJunior))
                #expect(before.verdict.issued.filter { !(before[$0].map(isJunior) ?? false) } == after.issued, "\(base.name): \(limit)")
                #expect(before.verdict.keyops == after.keyops && before.verdict.root == after.root, "\(base.name): \(limit)")
                let silenced = before.issued.compactMap { before[$0] }.filter { isJunior($0) && Self.reachingKinds.contains($0.kind) }
                if !silenced.isEmpty, !after.issued.isEmpty { exercised.note("worlds in which juniors did something") }
            }
        }
        exercised.expect("acts against seniors in force", atLeast: 60)
        exercised.expect("worlds in which juniors did something", atLeast: 60)
    }

    @Test("forked entries without effect change nothing (I10)")
    func forkNeutrality() {
        var exercised = Exercised()
        forEachWorld { world, random in
            let before = JudgedWorld(world)
            var forked = world
            // A fork may lend its signature to a post whose own is broken: that is no effect of the fork.
            let places = world.entries.filter { !$0.isContent || $0.sig != false }
            for number in 0..<10 {
                guard let previous = places.randomElement(using: &random) else { break }
                // After its own capability, wherever it lies: the world stays in an order in which names come first.
                forked.entries.append(
                    Symbol(
                        id: "fork\(number)", kind: previous.isContent ? "gossip" : "mystery", key: previous.key,
                        ident: previous.kind == "id.create" ? previous.id : previous.ident, space: previous.space, seq: previous.seq + 1,
                        prev: previous.id, hlc: previous.hlc, auth: previous.auth,
                        // Of the root log with fewer signatures than count: with as many it would be a choice of root's.
                        signers: previous.isRootLog ? ["R1"] : nil))
                if world.entries.contains(where: { $0.prev == previous.id && before.issued.contains($0.id) }) {
                    exercised.note("forks beside an entry in force")
                }
            }
            #expect(verdict(forked) == before.verdict, "\(world.name)")
        }
        exercised.expect("forks beside an entry in force", atLeast: 60)
    }

    @Test("a replica that lacks entries never lets one take effect whose capabilities do not (I15)")
    func subsetSafety() {
        var exercised = Exercised()
        forEachWorld { world, random in
            let whole = JudgedWorld(world)
            var part = world
            part.entries.removeAll { $0.kind != "genesis" && Int.random(in: 0..<100, using: &random) < 15 }
            let judged = JudgedWorld(part)
            for name in judged.issued {
                #expect(judged.chain(name).dropFirst().allSatisfy { judged.issued.contains($0.id) }, "\(world.name): \(name)")
                #expect(judged.chain(name).last?.auth == "ROOT", "\(world.name): \(name)")
            }
            // In force in the whole world, here, and not in force here, since something above it is not.
            exercised.note(
                "entries whose capabilities are missing",
                part.entries.filter {
                    whole.issued.contains($0.id) && !judged.chain($0.id).dropFirst().allSatisfy { judged.issued.contains($0.id) }
                }
                .count)
            exercised.note("chains of capabilities", judged.issued.filter { judged.chain($0).count > 2 }.count)
        }
        exercised.expect("entries whose capabilities are missing", atLeast: 60)
        exercised.expect("chains of capabilities", atLeast: 120)
    }

    // MARK: Time

    @Test("another era gives the same state: no act is judged by its time (I12)")
    func clockIndependence() {
        var exercised = Exercised()
        forEachWorld { world, _ in
            var later = world
            for index in later.entries.indices {
                later.entries[index].hlc += 1_000_000
                later.entries[index].expiry = later.entries[index].expiry.map { $0 + 1_000_000 }
                later.entries[index].mexpiry = later.entries[index].mexpiry.map { $0 + 1_000_000 }
            }
            let judged = JudgedWorld(world)
            #expect(verdict(later) == judged.verdict, "\(world.name)")
            let ends = judged.issued.compactMap { judged[$0] }.filter { $0.expiry != nil || $0.mexpiry != nil }
            exercised.note("capabilities in force that end", ends.count)
        }
        exercised.expect("capabilities in force that end", atLeast: 30)
    }

    @Test("in what order unrelated logs claim to have been written changes nothing (I12)")
    func orderOfClaims() {
        var exercised = Exercised()
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
            let judged = JudgedWorld(orderly)
            #expect(verdict(depths) == judged.verdict, "\(world.name)")
            // What takes something back, and claims to be earlier than what it reaches.
            for entry in depths.entries where judged.issued.contains(entry.id) && Self.reachingKinds.contains(entry.kind) {
                let named = (entry.tips ?? []) + (entry.caps ?? []) + [entry.target, entry.frm].compactMap(\.self)
                if named.contains(where: { depth[$0] ?? 0 > depth[entry.id] ?? 0 }) {
                    exercised.note("acts that claim to be before what they name")
                }
            }
        }
        exercised.expect("acts that claim to be before what they name", atLeast: 10)
    }
}
