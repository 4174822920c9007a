import Testing

@testable import conformance

/// Who comes in by an invitation, and who stays.
@Suite struct AuthorityAdmissionRuleTests {
    @Test("admissions", arguments: admissions.all)
    func admissionsRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    /// The office with an invitation by stella for x.
    private static func invited(uses: UInt64? = nil) -> AuthorityScene {
        var office = AuthorityScene.office()
        office.invite("invitation", by: "stella", under: "stella.6", scope: "x") { $0.maxuses = uses }
        return office
    }

    static let admissions = {
        var cases = AuthorityCases()
        cases.add("A-53", "who shows the invitation is in", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.post("of dan", by: "dan", under: "dan.8")
            office.takes("dan.8", "of dan")
            office.isActive("dan.8")
        }
        cases.add("A-53", "the invitation of a void capability lets nobody in") { office in
            office.grant("nora.5", to: "nora", by: "adam", under: "adam.2", level: 5, rights: 12, scope: "x")
            office.remove("removal", "adam", by: "alice", under: "alice.1") { $0.tips = ["adam.id"] }
            office.invite("nora's", by: "nora", under: "nora.5", scope: "x")
            office.admit("dan.8", "dan", by: "nora's")
            office.refuses("nora.5", "nora's", "dan.8")
        }
        cases.add("A-53", "an admission by a removed device counts if it was seen", from: invited()) { office in
            office.act("phone", "key.add", by: "dan", under: nil) { $0.newkey = "dan.phone" }
            office.act("by the phone", "admit", by: "dan", under: "invitation", with: "dan.phone") {
                $0.subject = "dan.id"
                $0.level = 8
                $0.rights = 8
                $0.scope = "x"
            }
            office.act("unseen", "admit", by: "dan", under: "invitation", with: "dan.phone") {
                $0.subject = "dan.id"
                $0.level = 8
                $0.rights = 8
                $0.scope = "x"
            }
            office.act("by a stranger", "admit", by: "dan", under: "invitation", with: "stranger") {
                $0.subject = "dan.id"
                $0.level = 8
                $0.rights = 8
                $0.scope = "x"
            }
            office.act("removal", "key.remove", by: "dan", under: nil) { $0.newkey = "dan.phone" }
            office.vouch("seal", for: [], by: "alice", under: "alice.1") { $0.admits = ["by the phone", "by a stranger"] }
            office.takes("by the phone")
            office.refuses("unseen", "by a stranger")
        }
        cases.add("A-54", "tips do not seal an admission", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.remove("of stella", "stella", by: "adam", under: "adam.2") { $0.tips = ["invitation", "dan.8"] }
            office.takes("invitation")
            office.refuses("dan.8")
        }
        cases.add("A-54", "who was seen stays when his inviter goes", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.admit("erin.8", "erin", by: "invitation")
            office.remove("of stella", "stella", by: "adam", under: "adam.2") {
                $0.tips = ["invitation"]
                $0.admits = ["dan.8"]
                $0.vmax = 2
            }
            office.takes("dan.8")
            office.refuses("erin.8")
            office.isActive("dan.8")
        }
        cases.add("A-54", "a seal needs an act senior to the invitation, in its scope, that governs it", from: invited()) { office in
            office.grant("nora.5", to: "nora", by: "adam", under: "adam.2", level: 5, rights: 12, scope: "x")
            office.grant("erin.7", to: "erin", by: "alice", under: "alice.1", level: 7, rights: 10, scope: "x")
            office.admit("dan.8", "dan", by: "invitation")
            office.remove("of stella", "stella", by: "adam", under: "adam.2") { $0.tips = ["invitation"] }
            office.vouch("by an equal", for: [], by: "erin", under: "erin.7") {
                $0.scope = "x"
                $0.admits = ["dan.8"]
            }
            office.remove("by a branch", nil, by: "nora", under: "nora.5") {
                $0.scope = "x"
                $0.admits = ["dan.8"]
            }
            office.vouch("elsewhere", for: [], by: "adam", under: "adam.2") {
                $0.scope = "x/z"
                $0.admits = ["dan.8"]
            }
            office.takes("by an equal", "by a branch", "elsewhere")
            office.refuses("dan.8")
        }
        cases.add("A-55", "who leaves may seal whom he had let in", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.admit("erin.8", "erin", by: "invitation")
            office.act("leave", "leave", by: "stella", under: "stella.6") {
                $0.scope = "x"
                $0.admits = ["dan.8"]
            }
            office.takes("invitation", "dan.8")
            office.refuses("erin.8")
        }
        cases.add("A-55", "a leave seals nobody whom another had let in", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.act("leave", "leave", by: "adam", under: "adam.2") { $0.admits = ["dan.8"] }
            office.remove("of stella", "stella", by: "alice", under: "alice.1") { $0.tips = ["invitation"] }
            office.takes("leave")
            office.refuses("dan.8")
        }
        cases.add("A-56", "an unused invitation dies with its inviter", from: invited()) { office in
            office.remove("of stella", "stella", by: "adam", under: "adam.2") { $0.tips = ["invitation"] }
            office.admit("dan.8", "dan", by: "invitation")
            office.takes("invitation")
            office.refuses("dan.8")
        }
        cases.add("A-56", "an invitation that is removed by its name lets nobody in any more", from: invited()) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.remove("removal", nil, by: "stella", under: "stella.6") {
                $0.scope = "x"
                $0.caps = ["invitation"]
                $0.admits = ["dan.8"]
            }
            office.admit("erin.8", "erin", by: "invitation")
            office.takes("dan.8")
            office.refuses("erin.8")
            office.isActive("stella.6")
        }
        cases.add("A-56", "a removal elsewhere closes nothing", from: invited()) { office in
            office.remove("in y", "stella", by: "adam", under: "adam.2") { $0.scope = "y" }
            office.admit("dan.8", "dan", by: "invitation")
            office.takes("dan.8")
        }
        cases.add("A-57", "a second person by an invitation for one puts both out, whoever came first", from: invited(uses: 1)) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.admit("eve.8", "eve", by: "invitation")
            office.refuses("dan.8", "eve.8")
        }
        cases.add("A-57", "who was seen is in, and a stolen invitation displaces him no more", from: invited(uses: 1)) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.vouch("seal", for: [], by: "stella", under: "stella.6") {
                $0.scope = "x"
                $0.admits = ["dan.8"]
            }
            office.admit("eve.8", "eve", by: "invitation")
            office.takes("dan.8")
            office.refuses("eve.8")
        }
        cases.add("A-57", "one person who comes in twice is one", from: invited(uses: 1)) { office in
            office.admit("dan.8", "dan", by: "invitation")
            office.admit("dan again", "dan", by: "invitation")
            office.takes("dan.8", "dan again")
        }
        cases.add("A-57", "an admission that does not count uses nothing up", from: invited(uses: 1)) { office in
            office.admit("no proof", "eve", by: "invitation") { $0.invsig = false }
            office.act("by a stranger", "admit", by: "frank", under: "invitation", with: "stranger") {
                $0.subject = "frank.id"
                $0.level = 8
                $0.rights = 8
                $0.scope = "x"
            }
            office.admit("dan.8", "dan", by: "invitation")
            office.takes("dan.8")
            office.refuses("no proof", "by a stranger")
        }
        cases.add("A-57", "without a number everybody comes in", from: invited(uses: 0)) { office in
            for person in ["dan", "erin", "frank", "grace"] { office.admit(person + ".8", person, by: "invitation") }
            office.takes("dan.8", "erin.8", "frank.8", "grace.8")
        }
        return cases
    }()
}
