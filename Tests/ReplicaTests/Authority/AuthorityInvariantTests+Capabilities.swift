import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// The invariants of capabilities: whence they come, and how many come in by one invitation.
extension AuthorityInvariantTests {
    @Test("every capability in force comes from root by larger levels, fewer rights, narrower scopes, earlier ends (I5)")
    func noEscalation() {
        var exercised = Exercised()
        forEachWorld(seeds: 10) { world, _ in
            let judged = JudgedWorld(world)
            let root = Set(judged.verdict.root)
            for name in judged.issued where judged[name].map({ JudgedWorld.capabilityKinds.contains($0.kind) }) ?? false {
                let links = judged.chain(name)
                for (below, above) in zip(links, links.dropFirst()) {
                    #expect((below.level ?? 0) > (above.level ?? 0), "\(world.name): \(below.id)")
                    #expect((below.rights ?? 0) & ~(above.rights ?? 0) == 0, "\(world.name): \(below.id)")
                    #expect(
                        AuthorityOracle.parts(below.scope).starts(with: AuthorityOracle.parts(above.scope)), "\(world.name): \(below.id)")
                    for end in ends(of: below, under: above, in: judged) {
                        #expect((below.expiry ?? Symbol.never) <= end, "\(world.name): \(below.id)")
                        if end < Symbol.never { exercised.note("\(below.kind) under an end") }
                    }
                    #expect(
                        below.kind == "admit" ? below.subject == below.ident : above.subject == below.ident, "\(world.name): \(below.id)")
                    #expect((below.kind == "admit") == (above.kind == "invite"), "\(world.name): \(below.id)")
                }
                #expect(links.last?.auth == "ROOT" && links.last.map { root.contains($0.id) } == true, "\(world.name): \(name)")
                if links.count > 3 { exercised.note("chains of four") }
            }
        }
        exercised.expect("chains of four", atLeast: 40)
        for kind in ["grant", "invite", "admit"] { exercised.expect("\(kind) under an end", atLeast: 6) }
    }

    /// The ends after which a capability may not go on. Of an admission: the latest end of membership that the invitation
    /// allows, and the end of whoever issued it. The expiry of an invitation is its last day of use.
    private func ends(of below: Symbol, under above: Symbol, in judged: JudgedWorld) -> [UInt64] {
        guard above.kind == "invite" else { return [above.expiry ?? Symbol.never] }
        return [above.mexpiry ?? Symbol.never, above.auth.flatMap { judged[$0] }?.expiry ?? Symbol.never]
    }

    @Test("the same capability with more than what it comes from may give has no effect (I5)")
    func escalations() {
        var exercised = Exercised()
        forEachWorld(seeds: 10) { world, _ in
            let judged = JudgedWorld(world)
            var more = world
            var tried: [(twin: String, escalations: [(id: String, what: String)])] = []
            let given = judged.verdict.issued.compactMap { judged[$0] }.filter {
                JudgedWorld.capabilityKinds.contains($0.kind) && !$0.isRootLog
            }
            for capability in given {
                guard let above = capability.auth.flatMap({ judged[$0] }) else { continue }
                // A twin that is as good, in the same place: where it counts, only what is changed keeps the others out.
                var twin = capability
                twin.id = "twin of " + capability.id
                more.entries.append(twin)
                var escalations: [(id: String, what: String)] = []
                for (what, change) in changes(to: capability, under: above, in: judged) {
                    var escalation = capability
                    escalation.id = "\(what) of \(capability.id)"
                    change(&escalation)
                    more.entries.append(escalation)
                    escalations.append((escalation.id, "\(capability.kind): \(what)"))
                }
                tried.append((twin.id, escalations))
            }
            let after = JudgedWorld(more).issued
            for (twin, escalations) in tried where after.contains(twin) {
                for (id, what) in escalations {
                    #expect(!after.contains(id), "\(world.name): \(id)")
                    exercised.note(what)
                }
            }
        }
        for kind in ["grant", "invite", "admit"] {
            exercised.expect("\(kind): level", atLeast: 40)
            exercised.expect("\(kind): rights", atLeast: 10)
            exercised.expect("\(kind): scope", atLeast: 10)
            exercised.expect("\(kind): subject", atLeast: 40)
        }
        exercised.expect("grant: end", atLeast: 4)
        exercised.expect("invite: end", atLeast: 4)
        exercised.expect("admit: end of membership", atLeast: 7)
        exercised.expect("admit: end of the inviter", atLeast: 4)
    }

    private typealias Change = (what: String, change: (inout Symbol) -> Void)

    /// What would make more of a capability than the one above it can give, each alone.
    private func changes(to capability: Symbol, under above: Symbol, in judged: JudgedWorld) -> [Change] {
        var out: [Change] = [("level", { $0.level = above.level })]
        let missing = [1, 2, 4, 8, 16].filter { (above.rights ?? 0) & $0 == 0 }
        if let right = missing.first { out.append(("rights", { $0.rights = ($0.rights ?? 0) | right })) }
        let parts = AuthorityOracle.parts(above.scope)
        if !parts.isEmpty { out.append(("scope", { $0.scope = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil })) }
        let stranger = judged.world.entries.first { $0.kind == "id.create" && $0.id != capability.ident && $0.id != above.subject }
        if capability.kind == "admit" {
            out.append(("subject", { $0.subject = stranger?.id }))
            let inviter = above.auth.flatMap { judged[$0] }?.expiry ?? Symbol.never
            let most = above.mexpiry ?? Symbol.never
            if most < inviter { out.append(("end of membership", { $0.expiry = most + 1 })) }
            if inviter < most { out.append(("end of the inviter", { $0.expiry = inviter + 1 })) }
        } else {
            // Written by somebody whose capability it is not, at the beginning of a log of that one's own.
            if let stranger {
                out.append(("subject", { ($0.key, $0.ident, $0.seq, $0.prev) = (stranger.key, stranger.id, 0, nil) }))
            }
            if let end = above.expiry { out.append(("end", { $0.expiry = end + 1 })) }
        }
        return out
    }

    @Test("admissions that nobody vouched for count only while all that are live are no more than the invitation allows (I11)")
    func quota() {
        var exercised = Exercised()
        forEachWorld([.invitations, .organisation, .chaos], seeds: 20) { world, random in
            let judged = JudgedWorld(world)
            checkQuotas(of: judged, &exercised)
            var writer = WorldWriter(world)
            // More people come in by one that is open, one after the other, until they are one too many.
            let open = judged.issued.compactMap { judged[$0] }.filter { invite in
                invite.kind == "invite" && (invite.maxuses ?? 0) > 0 && (invite.expiry ?? Symbol.never) > writer.clock + 20
                    && judged.id(invite.id).map { judged.authority.invitationState($0) == .open } == true
            }
            guard let invite = open.sorted(by: { $0.id < $1.id }).randomElement(using: &random) else { return }
            var names: [String] = []
            for number in 0...(invite.maxuses ?? 0) {
                let person = "guest\(number)"
                writer.write(person + ".id", "id.create", by: person, under: nil)
                writer.write(person + ".in", "admit", by: person, under: invite.id) {
                    ($0.subject, $0.level, $0.rights, $0.scope) = (person + ".id", (invite.level ?? 0) + 1, invite.rights, invite.scope)
                    $0.expiry = [invite.mexpiry, invite.auth.flatMap { judged[$0] }?.expiry].compactMap(\.self).min()
                }
                names.append(person + ".in")
                let more = JudgedWorld(writer.world)
                checkQuotas(of: more, &exercised)
                if names.allSatisfy(more.issued.contains) { exercised.note("invitations with room") }
            }
            let after = JudgedWorld(writer.world).issued
            #expect(after.isDisjoint(with: names), "\(world.name): \(invite.id)")
            exercised.note("invitations that were exceeded")
            // Whoever is vouched for counts, however many they are.
            writer.writeAsRoot("the seal", "vouch", after: judged) { $0.admits = names }
            let sealed = JudgedWorld(writer.world)
            checkQuotas(of: sealed, &exercised)
            #expect(sealed.issued.isSuperset(of: names + ["the seal"]), "\(world.name): \(invite.id)")
        }
        exercised.expect("invitations with room", atLeast: 10)
        exercised.expect("invitations that were exceeded", atLeast: 10)
        exercised.expect("admissions that count and that nobody vouched for", atLeast: 20)
        exercised.expect("admissions that count though there are too many", atLeast: 5)
    }

    private func checkQuotas(of judged: JudgedWorld, _ exercised: inout Exercised) {
        let issued = judged.verdict.issued.compactMap { judged[$0] }
        for invite in issued where invite.kind == "invite" && (invite.maxuses ?? 0) > 0 {
            let admissions = issued.filter { $0.kind == "admit" && $0.auth == invite.id }
            let unvouched = admissions.filter { admission in !issued.contains { seals($0, admission, invite, in: judged) } }
            let subjects = Set(admissions.compactMap(\.subject)).count
            if unvouched.isEmpty {
                if subjects > invite.maxuses ?? 0 { exercised.note("admissions that count though there are too many") }
            } else {
                #expect(subjects <= invite.maxuses ?? 0, "\(judged.world.name): \(invite.id)")
                #expect(judged.id(invite.id).map { judged.authority.invitationState($0) != .contested } == true)
                exercised.note("admissions that count and that nobody vouched for")
            }
        }
    }

    /// True if the act vouches for the admission: by somebody senior to the invitation, or by the inviter who leaves.
    private func seals(_ act: Symbol, _ admission: Symbol, _ invite: Symbol, in judged: JudgedWorld) -> Bool {
        guard ["remove", "vouch", "leave"].contains(act.kind), (act.admits ?? []).contains(admission.id),
            let level = judged.level(act), level < invite.level ?? 0,
            AuthorityOracle.parts(admission.scope).starts(with: AuthorityOracle.parts(act.scope))
        else { return false }
        if act.kind == "leave" { return act.ident == invite.ident }
        let governsAll = act.auth == "ROOT" || (act.auth.flatMap { judged[$0] }?.rights ?? 0) & 3 != 0
        return governsAll || judged.chain(invite.id).contains { $0.id == act.auth }
    }
}
