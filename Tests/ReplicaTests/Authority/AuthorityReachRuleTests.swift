import Testing

@testable import conformance

/// Whom a removal, a leave or a disavowal reaches, and what is kept.
@Suite struct AuthorityReachRuleTests {
    @Test("whom an act reaches", arguments: reach.all)
    func reachRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    @Test("what is kept", arguments: kept.all)
    func keptRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    static let reach = {
        var cases = AuthorityCases()
        cases.add("A-39", "who holds INVITE alone governs what descends from his own capability, and nothing else") { office in
            office.grant("nora.5", to: "nora", by: "adam", under: "adam.2", level: 5, rights: 12, scope: "x")
            office.invite("nora's", by: "nora", under: "nora.5", scope: "x")
            office.admit("dan.8", "dan", by: "nora's")
            office.remove("her own", "dan", by: "nora", under: "nora.5") { $0.scope = "x" }
            office.remove("another's", "bob", by: "nora", under: "nora.5") { $0.scope = "x" }
            office.takes("her own", "another's")
            office.isStopped("dan.8")
            office.isActive("bob.8")
        }
        cases.add("A-40", "a removal names a person, capabilities or a subtree") { office in
            office.grant("adam's", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.remove("person", "bob", by: "alice", under: "alice.1")
            office.remove("capability", nil, by: "alice", under: "alice.1") { $0.caps = ["carol.8"] }
            office.remove("subtree", nil, by: "alice", under: "alice.1") { $0.subtree = "adam.2" }
            office.isStopped("bob.8", "carol.8", "adam.2", "adam's")
            office.isActive("stella.6", "alice.1")
            // What adam had done himself is cut with his capability.
            office.refuses("adam's")
        }
        cases.add("A-40", "a removal of nobody reaches nobody") { office in
            office.remove("of nobody", nil, by: "adam", under: "adam.2")
            office.remove("of a stranger", "eve", by: "adam", under: "adam.2")
            office.invite("invitation", by: "alice", under: "alice.1", scope: "x")
            office.admit("dan.8", "dan", by: "invitation")
            office.takes("of nobody", "of a stranger", "invitation", "dan.8")
            office.isActive("bob.8", "carol.8", "dan.8")
        }
        cases.add("A-40", "a person's removal reaches all of his capabilities, those that come later too") { office in
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.grant("bob again", to: "bob", by: "alice", under: "alice.1", level: 7, rights: 8, scope: "x")
            office.post("of bob", by: "bob", under: "bob again")
            office.isStopped("bob.8", "bob again")
            office.refuses("of bob")
        }
        cases.add("A-41", "a steward's removal stops what lies in her space") { office in
            office.grant("bob.y", to: "bob", by: "alice", under: "alice.1", level: 8, rights: 8, scope: "y")
            office.grant("bob everywhere", to: "bob", by: "alice", under: "alice.1", level: 8, rights: 8)
            office.remove("removal", "bob", by: "stella", under: "stella.6") { $0.scope = "x" }
            office.post("in x", by: "bob", under: "bob everywhere", in: "x")
            office.post("in y", by: "bob", under: "bob everywhere", in: "y")
            office.takes("in y")
            office.refuses("in x")
            office.isStopped("bob.8")
            office.isActive("bob.y", "bob everywhere")
        }
        cases.add("A-42", "equals do not remove each other, and juniors not their seniors") { office in
            office.grant("nora.2", to: "nora", by: "alice", under: "alice.1", level: 2, rights: 15)
            office.remove("of an equal", "adam", by: "nora", under: "nora.2")
            office.remove("of a senior", "alice", by: "adam", under: "adam.2")
            office.remove("of himself", "adam", by: "adam", under: "adam.2")
            office.takes("of an equal", "of a senior", "of himself")
            office.isActive("adam.2", "nora.2", "alice.1")
        }
        cases.add("A-42", "of two who remove each other the smaller level stays") { office in
            office.remove("down", "adam", by: "alice", under: "alice.1")
            office.remove("up", "alice", by: "adam", under: "adam.2")
            office.isActive("alice.1")
            office.isStopped("adam.2")
            office.takes("down")
            office.refuses("up")
        }
        cases.add("A-42", "nobody removes his own senior by the subtree that he stands in") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15)
            office.remove("subtree", nil, by: "nora", under: "nora.3") { $0.subtree = "adam.2" }
            office.isActive("adam.2", "nora.3")
        }
        cases.add("A-43", "a removed member comes back by a grant that lists the removal") { office in
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.grant("again", to: "bob", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x") { $0.over = ["removal"] }
            office.grant("not listed", to: "bob", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.post("of bob", by: "bob", under: "again")
            office.takes("of bob")
            office.isActive("again")
            office.isStopped("not listed", "bob.8")
        }
        cases.add("A-43", "a ban is not lifted below the banner's level") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15)
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.grant("by a junior", to: "bob", by: "nora", under: "nora.3", level: 8, rights: 8, scope: "x") { $0.over = ["removal"] }
            office.grant("by a senior", to: "bob", by: "alice", under: "alice.1", level: 8, rights: 8, scope: "x") { $0.over = ["removal"] }
            office.isStopped("by a junior")
            office.isActive("by a senior")
        }
        cases.add("A-43", "who was banned does not come back by an old invitation, and an admission lifts nothing") { office in
            office.invite("invitation", by: "stella", under: "stella.6", scope: "x")
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.admit("by the invitation", "bob", by: "invitation") { $0.over = ["removal"] }
            office.post("of bob", by: "bob", under: "by the invitation")
            office.isStopped("by the invitation")
            office.refuses("of bob")
        }
        cases.add("A-44", "who leaves gives up what he holds from that level on, everywhere") { office in
            office.grant("adam.8", to: "adam", by: "alice", under: "alice.1", level: 8, rights: 8, scope: "y")
            office.act("leave", "leave", by: "adam", under: "adam.2") { $0.scope = "x" }
            office.isStopped("adam.2", "adam.8")
            office.takes("leave")
        }
        cases.add("A-44", "who leaves as a member stays an administrator, and nobody leaves for another") { office in
            office.grant("adam.8", to: "adam", by: "alice", under: "alice.1", level: 8, rights: 8)
            office.act("leave", "leave", by: "adam", under: "adam.8")
            office.act("for bob", "leave", by: "carol", under: "bob.8") { $0.scope = "x" }
            office.isStopped("adam.8")
            office.isActive("adam.2", "bob.8", "carol.8")
            office.refuses("for bob")
        }
        cases.add("A-44", "who left comes back by a grant that lists the leave, at any level") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15)
            office.grant("dan.5", to: "dan", by: "adam", under: "adam.2", level: 5, rights: 12)
            office.act("leave", "leave", by: "dan", under: "dan.5")
            office.grant("again", to: "dan", by: "nora", under: "nora.3", level: 8, rights: 8) { $0.over = ["leave"] }
            office.grant("not listed", to: "dan", by: "nora", under: "nora.3", level: 8, rights: 8)
            office.isActive("again")
            office.isStopped("not listed", "dan.5")
        }
        cases.add("A-58", "an annulment takes back a removal of a greater level, in its scope") { office in
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.act("annulment", "annul", by: "alice", under: "alice.1") { $0.target = "removal" }
            office.takes("annulment")
            office.refuses("removal")
            office.isActive("bob.8")
        }
        cases.add("A-58", "nobody annuls what an equal did, what he did himself, or what reaches further than he") { office in
            office.grant("nora.2", to: "nora", by: "alice", under: "alice.1", level: 2, rights: 15)
            office.grant("otto.1", to: "otto", by: "root", under: "ROOT", level: 1, rights: 15, scope: "x")
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.remove("other", "carol", by: "adam", under: "adam.2") { $0.scope = "x" }
            office.act("by an equal", "annul", by: "nora", under: "nora.2") { $0.target = "removal" }
            office.act("by himself", "annul", by: "adam", under: "adam.2") { $0.target = "removal" }
            office.act("too narrow", "annul", by: "otto", under: "otto.1") {
                $0.target = "removal"
                $0.scope = "x"
            }
            office.act("wide enough", "annul", by: "otto", under: "otto.1") {
                $0.target = "other"
                $0.scope = "x"
            }
            office.takes("removal", "wide enough")
            office.refuses("other")
            office.isStopped("bob.8")
            office.isActive("carol.8")
        }
        cases.add("A-58", "grants, vouches and annulments are not annulled, but leaves and disavowals are") { office in
            office.post("of carol", by: "carol", under: "carol.8")
            office.act("leave", "leave", by: "bob", under: "bob.8") { $0.scope = "x" }
            office.grant("dora.2", to: "dora", by: "root", under: "ROOT", level: 2, rights: 16)
            office.act("disavowal", "disavow", by: "dora", under: "dora.2") { $0.frm = "of carol" }
            office.grant("dan.8", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8)
            for target in ["leave", "disavowal", "dan.8"] {
                office.act("of " + target, "annul", by: "alice", under: "alice.1") { $0.target = target }
            }
            office.act("of an annulment", "annul", by: "root", under: "ROOT") { $0.target = "of leave" }
            office.takes("of carol", "dan.8", "of leave")
            office.refuses("leave", "disavowal")
            office.isActive("bob.8", "dan.8")
        }
        cases.add("A-59", "a removal narrower than a capability leaves it active at its own scope") { office in
            office.grant("dan.8", to: "dan", by: "alice", under: "alice.1", level: 8, rights: 8)
            office.remove("in x", "dan", by: "adam", under: "adam.2") { $0.scope = "x" }
            office.post("of dan in x", by: "dan", under: "dan.8", in: "x/z")
            office.post("of dan in y", by: "dan", under: "dan.8", in: "y")
            office.isActive("dan.8")
            office.takes("of dan in y")
            office.refuses("of dan in x")
        }
        return cases
    }()

    static let kept = {
        var cases = AuthorityCases()
        cases.add("A-38", "tips keep what leads to them in their own log") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.post("two", by: "bob", under: "bob.8")
            office.post("three", by: "bob", under: "bob.8")
            office.post("elsewhere", by: "bob", under: "bob.8", in: "x/z")
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.tips = ["two"] }
            office.takes("one", "two")
            office.refuses("three", "elsewhere")
        }
        cases.add("A-38", "a tip whose own signature is broken keeps nothing, though the entry counts") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.post("broken", by: "bob", under: "bob.8") { $0.sig = false }
            office.post("three", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.tips = ["broken"] }
            office.refuses("one", "broken", "three")
        }
        cases.add("A-45", "another senior's vouch keeps what the removal did not") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.post("two", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.vouch("seal", for: ["one"], by: "stella", under: "stella.6") { $0.scope = "x" }
            office.takes("one")
            office.refuses("two")
        }
        cases.add("A-45", "an equal of the capability vouches for nothing, nor a vouch for another space") { office in
            office.grant("erin.8", to: "erin", by: "alice", under: "alice.1", level: 8, rights: 10, scope: "x")
            office.post("one", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.vouch("by an equal", for: ["one"], by: "erin", under: "erin.8") { $0.scope = "x" }
            office.vouch("for another space", for: ["one"], by: "adam", under: "adam.2") { $0.scope = "y" }
            office.takes("by an equal", "for another space")
            office.refuses("one")
        }
        cases.add("A-45", "after a removal for cause only the remover's level and above vouch") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.post("two", by: "bob", under: "bob.8")
            office.remove("for cause", "bob", by: "adam", under: "adam.2") { $0.vmax = 2 }
            office.vouch("by the steward", for: ["two"], by: "stella", under: "stella.6") { $0.scope = "x" }
            office.vouch("by the remover", for: ["one"], by: "adam", under: "adam.2")
            office.takes("by the steward", "by the remover", "one")
            office.refuses("two")
        }
        cases.add("A-45", "no removal shuts out vouches of the remover's own level") { office in
            office.grant("nora.2", to: "nora", by: "alice", under: "alice.1", level: 2, rights: 15)
            office.post("one", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.vmax = 0 }
            office.vouch("by an equal of his", for: ["one"], by: "nora", under: "nora.2")
            office.takes("one")
        }
        cases.add("A-45", "of two removals the stricter decides") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.remove("mild", "bob", by: "adam", under: "adam.2")
            office.remove("for cause", "bob", by: "alice", under: "alice.1") { $0.vmax = 1 }
            office.vouch("by the steward", for: ["one"], by: "stella", under: "stella.6") { $0.scope = "x" }
            office.vouch("by adam", for: ["one"], by: "adam", under: "adam.2")
            office.refuses("one")
        }
        cases.add("A-45", "the tips of a removal by whoever does not govern keep nothing") { office in
            office.grant("nora.5", to: "nora", by: "adam", under: "adam.2", level: 5, rights: 12, scope: "x")
            office.post("one", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.remove("nora's", "eve", by: "nora", under: "nora.5") {
                $0.scope = "x"
                $0.tips = ["one"]
            }
            office.takes("nora's")
            office.refuses("one")
        }
        cases.add("A-46", "who leaves keeps what he had written before in that log, and what he lists of others") { office in
            office.act("note", "vouch", by: "adam", under: "adam.2") { $0.tips = [] }
            office.post("one", by: "adam", under: "adam.2")
            office.post("two", by: "adam", under: "adam.2")
            office.act("leave", "leave", by: "adam", under: "adam.2") { $0.tips = ["one"] }
            office.act("after it", "vouch", by: "adam", under: "adam.2") { $0.tips = [] }
            office.takes("note", "one", "leave")
            office.refuses("two", "after it")
        }
        cases.add("A-46", "where a removal stops him too, his own leave answers nothing") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.act("leave", "leave", by: "bob", under: "bob.8") {
                $0.scope = "x"
                $0.tips = ["one"]
            }
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.refuses("one", "leave")
        }
        cases.add("A-47", "leaves do not cut each other") { office in
            office.act("phone", "leave", by: "bob", under: "bob.8") { $0.scope = "x" }
            office.act("again", "leave", by: "bob", under: "bob.8", at: .beginning) { $0.scope = "x" }
            office.takes("phone", "again")
            office.isStopped("bob.8")
        }
        cases.add("A-48", "a disavowal goes below what others vouched for, on all branches") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.post("two", by: "bob", under: "bob.8")
            office.post("three", by: "bob", under: "bob.8")
            office.post("branch", by: "bob", under: "bob.8", at: .after("two"))
            office.vouch("by root", for: ["three", "branch"], by: "root", under: "ROOT")
            office.act("disavowal", "disavow", by: "olga", under: "olga.1") { $0.frm = "two" }
            office.takes("one", "by root", "disavowal")
            office.refuses("two", "three", "branch")
        }
        cases.add("A-48", "a disavowal does not reach an equal, a senior or another scope") { office in
            office.grant("dora.8", to: "dora", by: "root", under: "ROOT", level: 8, rights: 16)
            office.post("of bob", by: "bob", under: "bob.8")
            office.post("of carol", by: "carol", under: "carol.8")
            office.act("of an equal", "disavow", by: "dora", under: "dora.8") { $0.frm = "of bob" }
            office.act("of alice", "disavow", by: "olga", under: "olga.1") { $0.frm = "adam.2" }
            office.act("elsewhere", "disavow", by: "olga", under: "olga.1") {
                $0.frm = "of carol"
                $0.scope = "y"
            }
            office.takes("of bob", "of carol", "of an equal", "of alice", "elsewhere")
            office.isActive("adam.2")
        }
        cases.add("A-49", "a removed member opens a new log in vain") { office in
            office.post("one", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.tips = ["one"] }
            office.post("in a new log", by: "bob", under: "bob.8", in: "x/z") { $0.hlc = 200 }
            office.post("in the old one", by: "bob", under: "bob.8")
            office.post("beside it", by: "bob", under: "bob.8", at: .beginning) { $0.hlc = 200 }
            office.takes("one")
            office.refuses("in a new log", "in the old one", "beside it")
        }
        cases.add("A-49", "the acts of a removed administrator that nobody saw are void, and what they gave with them") { office in
            office.grant("seen", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.grant("unseen", to: "erin", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.remove("removal", "adam", by: "alice", under: "alice.1") { $0.tips = ["seen"] }
            office.post("of dan", by: "dan", under: "seen")
            office.post("of erin", by: "erin", under: "unseen")
            office.takes("seen", "of dan")
            office.refuses("unseen", "of erin")
        }
        cases.add("A-50", "what is kept of a branch begins at its beginning") { office in
            for number in 1...6 { office.post("\(number)", by: "bob", under: "bob.8") }
            office.vouch("floor", for: ["4"], by: "stella", under: "stella.6") { $0.scope = "x" }
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.tips = ["2"] }
            office.takes("1", "2", "3", "4")
            office.refuses("5", "6")
        }
        cases.add("A-51", "who was let in by a void grant is out, and his acts with him") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15)
            office.grant("dan.8", to: "dan", by: "nora", under: "nora.3", level: 8, rights: 8, scope: "x")
            office.remove("by nora", "bob", by: "nora", under: "nora.3")
            office.remove("removal", "adam", by: "alice", under: "alice.1") { $0.tips = ["adam.id"] }
            office.refuses("nora.3", "dan.8", "by nora")
            office.isActive("bob.8")
        }
        cases.add("A-51", "removed is not void: what a removed member had given before, and was seen, stays") { office in
            office.grant("dan.8", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.remove("removal", "adam", by: "alice", under: "alice.1") { $0.tips = ["dan.8"] }
            office.isActive("dan.8")
            office.isStopped("adam.2")
        }
        cases.add("A-52", "an administrator's tips bring back acts of a device that its owner removed") { office in
            office.act("phone", "key.add", by: "adam", under: nil) { $0.newkey = "adam.phone" }
            office.act("by the phone", "vouch", by: "adam", under: "adam.2", with: "adam.phone") { $0.tips = [] }
            office.act("unseen", "vouch", by: "adam", under: "adam.2", with: "adam.phone") { $0.tips = [] }
            office.act("removal", "key.remove", by: "adam", under: nil) { $0.newkey = "adam.phone" }
            office.vouch("checkpoint", for: ["by the phone"], by: "alice", under: "alice.1")
            office.takes("by the phone")
            office.refuses("unseen")
        }
        cases.add("A-52", "tips bring back no content, nothing of a key that was never enrolled, and nothing by an equal") { office in
            office.grant("nora.2", to: "nora", by: "alice", under: "alice.1", level: 2, rights: 15)
            office.act("phone", "key.add", by: "adam", under: nil) { $0.newkey = "adam.phone" }
            office.post("a post", by: "adam", under: "adam.2", with: "adam.phone")
            office.act("by the phone", "vouch", by: "adam", under: "adam.2", with: "adam.phone") { $0.tips = [] }
            office.act("by a stranger", "vouch", by: "adam", under: "adam.2", with: "stranger") { $0.tips = [] }
            office.act("removal", "key.remove", by: "adam", under: nil) { $0.newkey = "adam.phone" }
            office.vouch("checkpoint", for: ["a post", "by a stranger"], by: "alice", under: "alice.1")
            office.vouch("by an equal", for: ["by the phone"], by: "nora", under: "nora.2")
            office.takes("checkpoint", "by an equal")
            office.refuses("a post", "by a stranger", "by the phone")
        }
        cases.add("A-60", "content is visible where all of this holds, and nowhere else") { office in
            office.post("of bob", by: "bob", under: "bob.8", in: "x")
            office.act("chatter", "gossip", by: "bob", under: "bob.8", in: "x")
            office.post("without a capability", by: "carol", under: nil, in: "x")
            office.post("as root", by: "carol", under: "ROOT", in: "x")
            office.takes("of bob")
            office.refuses("chatter", "without a capability", "as root")
        }
        cases.add("A-61", "a chain of removals is decided from the top") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15)
            office.grant("otto.4", to: "otto", by: "nora", under: "nora.3", level: 4, rights: 15)
            office.remove("otto removes bob", "bob", by: "otto", under: "otto.4")
            office.remove("nora removes otto", "otto", by: "nora", under: "nora.3") { $0.tips = ["otto.id"] }
            office.remove("adam removes nora", "nora", by: "adam", under: "adam.2") { $0.tips = ["otto.4"] }
            // Nora's removal of otto came after what adam keeps of her: it is void, and otto's stands.
            office.takes("adam removes nora", "otto.4", "otto removes bob")
            office.refuses("nora removes otto")
            office.isStopped("nora.3", "bob.8")
            office.isActive("otto.4")
        }
        return cases
    }()
}
