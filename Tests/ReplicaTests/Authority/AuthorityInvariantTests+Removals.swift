import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// The invariants of removals: what they end, and what they cannot.
extension AuthorityInvariantTests {
    @Test("nobody who is not senior brings a removed capability back, nor what it had lost (I6)")
    func noSelfResurrection() {
        var exercised = Exercised()
        forEachWorld([.organisation, .cuts, .invitations, .chaos], seeds: 20) { world, random in
            let before = JudgedWorld(world)
            // The rules as they are written choose the cases; the evaluator is asked.
            let oracle = AuthorityOracle(world)
            // Of people who left by themselves nothing is said: they may leave again, and list more.
            let removed = world.entries.filter { c in
                ["grant", "admit"].contains(c.kind) && before.issued.contains(c.id) && !before.verdict.active.contains(c.id)
                    && oracle.stops(c, c.scope).contains { $0.kind == "remove" }
            }
            for capability in removed.shuffled(using: &random).prefix(2) {
                let level = capability.level ?? 0
                let stops = oracle.stops(capability, capability.scope)
                let lost = world.entries.filter {
                    $0.auth == capability.id && $0.kind != "admit" && $0.kind != "leave" && oracle.cut($0)
                }.map(\.id)
                let juniors = people(of: world) { $0 >= level }
                let more = attack(
                    AuthorityWorldGenerator.extended(
                        world, seed: random.next(), kinds: ["remove", "vouch", "annul", "grant", "leave", "disavow", "invite"],
                        by: juniors, count: 12),
                    on: stops, for: capability, lost, by: juniors, of: before)
                let after = JudgedWorld(more)
                #expect(!after.verdict.active.contains(capability.id), "\(world.name): \(capability.id)")
                #expect(after.issued.isDisjoint(with: lost), "\(world.name): \(capability.id)")
                let acts = after.issued.filter { before[$0] == nil }
                if !acts.isEmpty { exercised.note("capabilities that juniors tried to bring back") }
                if !lost.isEmpty, acts.contains(where: { $0.hasPrefix("vouch of") }) { exercised.note("entries that juniors vouched for") }
                if acts.contains(where: { $0.hasPrefix("annulment of") }) { exercised.note("removals that juniors annulled") }
            }
        }
        exercised.expect("capabilities that juniors tried to bring back", atLeast: 20)
        exercised.expect("entries that juniors vouched for", atLeast: 5)
        exercised.expect("removals that juniors annulled", atLeast: 5)
    }

    /// People all of whose capabilities are of such levels, and who have one.
    private func people(of world: AuthorityWorld, whoseLevels isMeant: (Int) -> Bool) -> [String] {
        var levels: [String: [Int]] = [:]
        for entry in world.entries where ["grant", "admit"].contains(entry.kind) {
            if let subject = entry.subject { levels[subject, default: []].append(entry.level ?? 0) }
        }
        return world.entries.filter { entry in
            entry.kind == "id.create" && levels[entry.id].map { $0.allSatisfy(isMeant) } ?? false
        }.map(\.key).sorted()
    }

    /// Whatever might bring the capability back, by each of them.
    private func attack(
        _ world: AuthorityWorld, on stops: [Symbol], for capability: Symbol, _ lost: [String], by people: [String], of judged: JudgedWorld
    ) -> AuthorityWorld {
        var writer = WorldWriter(world)
        for person in people {
            guard let own = judged.active(withAnyOf: 31).last(where: { $0.subject == person + ".id" }) else { continue }
            func write(_ id: String, _ kind: String, _ fill: (inout Symbol) -> Void) {
                writer.write("\(id) of \(person)", kind, by: person, under: own.id) {
                    $0.scope = own.scope
                    fill(&$0)
                }
            }
            write("vouch", "vouch") { $0.tips = lost }
            for (number, stop) in stops.prefix(2).enumerated() {
                write("disavowal \(number)", "disavow") { $0.frm = stop.id }
                write("removal \(number)", "remove") { ($0.caps, $0.tips) = ([stop.auth, capability.auth].compactMap(\.self), lost) }
            }
            write("grant", "grant") {
                ($0.subject, $0.level, $0.rights, $0.over) = (capability.subject, (own.level ?? 0) + 1, own.rights, stops.map(\.id))
            }
            for (number, stop) in stops.enumerated() { write("annulment of \(number)", "annul") { $0.target = stop.id } }
            write("leave", "leave") { $0.tips = lost }
        }
        return writer.world
    }

    @Test("a removal without tips brings nothing back, but by felling a restriction or freeing an invitation (I7)")
    func monotoneRevocation() {
        var exercised = Exercised()
        forEachWorld([.organisation, .cuts, .invitations, .chaos], seeds: 8) { world, random in
            let before = JudgedWorld(world)
            let contested = Set(
                world.entries.filter { invite in
                    invite.kind == "invite" && before.id(invite.id).map { before.authority.invitationState($0) == .contested } == true
                }.map(\.id))
            // Of those who may: whoever is there, who was removed already, who has removed others.
            let removers = Set(before.issued.compactMap { before[$0] }.filter { $0.kind == "remove" }.compactMap(\.auth))
            let targets = [
                before.issued.subtracting(before.verdict.active).union(before.verdict.active), Set(before.verdict.active),
                before.issued.subtracting(before.verdict.active), removers,
            ]
            for names in targets + targets {
                guard let power = before.active(withAnyOf: 7).randomElement(using: &random),
                    let target = targetOf(power, among: names, in: before, &random)
                else { continue }
                var writer = WorldWriter(world)
                remove(target, by: power, "removal", &writer, &random)
                let after = JudgedWorld(writer.world)
                let fallen = before.issued.subtracting(after.issued).compactMap { before[$0] }.filter {
                    JudgedWorld.restrictionKinds.contains($0.kind)
                }
                // Only a more junior restriction falls.
                for restriction in fallen {
                    #expect(before.level(restriction) ?? 0 > power.level ?? 0, "\(world.name): \(restriction.id)")
                }
                for name in after.verdict.active where !before.verdict.active.contains(name) {
                    let isFreed = after.chain(name).contains { contested.contains($0.id) }
                    #expect(!fallen.isEmpty || isFreed, "\(world.name): \(name)")
                }
                if !after.issued.contains("removal") { continue }
                let ended = Set(before.verdict.active).subtracting(after.verdict.active)
                if fallen.isEmpty, !ended.isEmpty { exercised.note("removals that ended something, and felled no restriction") }
                // Somebody whom others had removed already.
                if fallen.isEmpty, before.issued.contains(target.id), !before.verdict.active.contains(target.id) {
                    exercised.note("removals of what was removed")
                }
                if !fallen.isEmpty { exercised.note("removals of removers") }
            }
        }
        exercised.expect("removals that ended something, and felled no restriction", atLeast: 20)
        exercised.expect("removals of what was removed", atLeast: 10)
        exercised.expect("removals of removers", atLeast: 5)
    }

    /// A grant or an admission that the power may reach by its level and place.
    private func targetOf(_ power: Symbol, among names: Set<String>, in judged: JudgedWorld, _ random: inout SplitMix64) -> Symbol? {
        names.sorted().compactMap { judged[$0] }.filter { target in
            ["grant", "admit"].contains(target.kind) && target.level ?? 0 > power.level ?? 0
                && AuthorityOracle.parts(target.scope).starts(with: AuthorityOracle.parts(power.scope))
        }.randomElement(using: &random)
    }

    /// A removal without tips, by name, of the capability alone or with all that comes from it; of a part of its scope,
    /// sometimes, and for cause, sometimes.
    private func remove(_ target: Symbol, by power: Symbol, _ id: String, _ writer: inout WorldWriter, _ random: inout SplitMix64) {
        let place = Int.random(in: 0..<4, using: &random) == 0 ? "x/z" : power.scope
        let way = Int.random(in: 0..<3, using: &random)
        let vouchLevelMax = Bool.random(using: &random) ? nil : 0
        writer.write(id, "remove", by: person(power), under: power.id) {
            ($0.scope, $0.vmax) = (place, vouchLevelMax)
            switch way {
            case 0: $0.subject = target.subject
            case 1: $0.caps = [target.id]
            default: $0.subtree = target.id
            }
        }
    }

    @Test("what somebody vouched for, with every capability above it, no removal, leave or annulment of equals or juniors hides (I8)")
    func vouchFloor() {
        var exercised = Exercised()
        forEachWorld([.organisation, .cuts, .invitations, .chaos], seeds: 20) { world, random in
            let judged = JudgedWorld(world)
            let vouchers = judged.active(withAnyOf: 1).filter { $0.scope == nil && $0.level ?? 0 <= 2 }
            guard let power = vouchers.randomElement(using: &random), let subject = power.subject, let floor = power.level else { return }
            var writer = WorldWriter(world)
            writer.write("the vouch", "vouch", by: person(power), under: power.id) {
                // Every entry is a tip: the last one of a log would leave out its other branches.
                ($0.tips, $0.admits) = (world.entries.map(\.id), world.entries.filter { $0.kind == "admit" }.map(\.id))
            }
            let before = JudgedWorld(writer.world)
            if !before.issued.contains("the vouch") { return }
            let attackers = people(of: world) { $0 >= floor }.filter { $0 + ".id" != subject }
            let powers = judged.active(withAnyOf: 15).filter { attackers.contains(person($0)) }.shuffled(using: &random).prefix(4)
            let seed = random.next()
            func attacked(_ world: AuthorityWorld) -> JudgedWorld {
                var writer = WorldWriter(world)
                var random = SplitMix64(seed: seed)
                for (number, power) in powers.enumerated() {
                    for round in 0..<3 {
                        guard let target = targetOf(power, among: judged.used, in: judged, &random) else { continue }
                        remove(target, by: power, "removal \(number).\(round)", &writer, &random)
                    }
                    let restriction = judged.verdict.issued.filter { judged[$0]?.kind == "remove" }.randomElement(using: &random)
                    writer.write("annulment \(number)", "annul", by: person(power), under: power.id) { $0.target = restriction }
                    if Bool.random(using: &random) { writer.write("leave \(number)", "leave", by: person(power), under: power.id) }
                }
                return JudgedWorld(writer.world)
            }
            let after = attacked(writer.world)
            // A disavowal that an annulment or a removal brought back hides, and may.
            if after.issued.subtracting(before.issued).contains(where: { after[$0]?.kind == "disavow" }) { return }
            let bare = attacked(world).issued
            for name in before.issued {
                guard let entry = before[name], entry.kind != "remove", entry.kind != "leave", entry.kind != "disavow" else { continue }
                let chain = before.chain(name)
                // Capabilities of the voucher's own level are out of reach of the vouch, and of all but who holds them.
                let isOutOfReach = chain.dropFirst().contains { c in
                    (c.level ?? 0) <= floor && attackers.contains { $0 + ".id" == c.subject || $0 + ".id" == c.ident }
                }
                if isOutOfReach || chain.contains(where: { $0.isRootLog && $0.kind == "invite" }) { continue }
                #expect(after.issued.contains(name), "\(world.name): \(name)")
                if judged.issued.contains(name), !bare.contains(name) { exercised.note("entries that only the vouch kept, \(entry.kind)") }
            }
        }
        for (kind, floor) in [("post", 15), ("grant", 5), ("admit", 5), ("invite", 4), ("vouch", 4)] {
            exercised.expect("entries that only the vouch kept, \(kind)", atLeast: floor)
        }
    }

    @Test("whatever one person removes, one vouch by another of the same level or above, or by root, restores (I9)")
    func noUnilateralErasure() {
        var exercised = Exercised()
        forEachWorld([.organisation, .cuts, .invitations, .keys, .chaos], seeds: 8) { world, random in
            let before = JudgedWorld(world)
            let powers = before.active(withAnyOf: 3).filter { $0.level ?? 0 < 7 }
            guard let power = powers.randomElement(using: &random), let attacker = power.subject else { return }
            var attack = WorldWriter(world)
            for number in 0..<5 {
                guard let target = targetOf(power, among: before.used, in: before, &random) else { continue }
                remove(target, by: power, "removal \(number)", &attack, &random)
            }
            let attacked = attack.world
            let damage = JudgedWorld(attacked)
            let level = power.level ?? 0
            let equals = before.active(withAnyOf: 1).filter {
                $0.scope == nil && ($0.level ?? 0) <= level && $0.subject != attacker + ".id"
            }
            // Posts, and what counted: what was void stays so, but where something that counted hangs on it.
            let tips = world.entries.filter { $0.isContent || before.issued.contains($0.id) }.map(\.id)
            let admissions = world.entries.filter { $0.kind == "admit" && before.issued.contains($0.id) }.map(\.id)
            for restorer in [nil, equals.randomElement(using: &random)?.subject] as Set<String?> {
                var writer = WorldWriter(attacked)
                if let restorer, let equal = equals.first(where: { $0.subject == restorer }) {
                    writer.write("restoration", "vouch", by: person(equal), under: equal.id) {
                        ($0.tips, $0.admits) = (tips, admissions)
                    }
                } else {
                    writer.writeAsRoot("restoration", "vouch", after: before) { ($0.tips, $0.admits) = (tips, admissions) }
                }
                let after = JudgedWorld(writer.world)
                #expect(restorer != nil || after.issued.contains("restoration"), "\(world.name)")
                if !after.issued.contains("restoration") { continue }
                // The tips, of the attack or of the restoration, may revive a restriction that was void: that is another act.
                let revived = after.issued.subtracting(before.issued).compactMap { before[$0] }
                if revived.contains(where: { JudgedWorld.restrictionKinds.contains($0.kind) || $0.kind == "annul" }) { continue }
                #expect(before.issued.subtracting(after.issued) == [], "\(world.name) by \(restorer ?? "root")")
                if !before.issued.isSubset(of: damage.issued) { exercised.note("restored by \(restorer == nil ? "root" : "an equal")") }
            }
        }
        exercised.expect("restored by root", atLeast: 12)
        exercised.expect("restored by an equal", atLeast: 10)
    }

    @Test("one annulment by root takes back all that one removal, disavowal or leave did (I9)")
    func annulment() {
        var exercised = Exercised()
        forEachWorld([.organisation, .cuts, .invitations, .keys, .chaos], seeds: 10) { world, random in
            let before = JudgedWorld(world)
            for kind in ["remove", "remove", "remove", "disavow", "leave"] {
                let powers = before.active(withAnyOf: kind == "leave" ? 31 : kind == "remove" ? 3 : 16)
                guard let power = powers.randomElement(using: &random),
                    let target = targetOf(power, among: before.used, in: before, &random)
                else { continue }
                var writer = WorldWriter(world)
                if kind == "remove" {
                    remove(target, by: power, "the act", &writer, &random)
                } else {
                    // What was written under the target, from some entry of its on.
                    let written = before.verdict.issued.filter { before[$0]?.auth == target.id }.randomElement(using: &random)
                    writer.write("the act", kind, by: person(power), under: power.id) {
                        ($0.scope, $0.frm) = (power.scope, kind == "disavow" ? written ?? target.id : nil)
                    }
                }
                let damage = JudgedWorld(writer.world)
                writer.writeAsRoot("annulment", "annul", after: before) { $0.target = "the act" }
                let after = JudgedWorld(writer.world)
                #expect(after.issued == before.issued.union(["annulment"]), "\(world.name): \(kind)")
                #expect(
                    after.verdict.active == before.verdict.active && after.verdict.keyops == before.verdict.keyops, "\(world.name): \(kind)"
                )
                if damage.verdict.active != before.verdict.active || !before.issued.isSubset(of: damage.issued) {
                    exercised.note("\(kind) that changed something")
                }
            }
        }
        for (kind, floor) in [("remove", 10), ("disavow", 5), ("leave", 10)] {
            exercised.expect("\(kind) that changed something", atLeast: floor)
        }
    }
}
