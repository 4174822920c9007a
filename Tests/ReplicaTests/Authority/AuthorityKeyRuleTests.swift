import Testing

@testable import conformance

/// What the keys of an identity say of its entries.
@Suite struct AuthorityKeyRuleTests {
    @Test("keys of an identity", arguments: keys.all)
    func keysRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    /// The office, where bob has a phone and a tablet.
    private static func devices() -> AuthorityScene {
        var office = AuthorityScene.office()
        office.act("add phone", "key.add", by: "bob", under: nil) { $0.newkey = "bob.phone" }
        office.act("add tablet", "key.add", by: "bob", under: nil) { $0.newkey = "bob.tablet" }
        return office
    }

    static let keys = {
        var cases = AuthorityCases()
        cases.add("A-27", "nobody adds, removes or recovers keys of another's identity") { office in
            office.act("alice adds", "key.add", by: "bob", under: nil, with: "alice", at: .beginning) { $0.newkey = "alice.spy" }
            office.act("alice removes", "key.remove", by: "bob", under: nil, with: "alice", at: .beginning) { $0.newkey = "bob" }
            office.recover("carol recovers", "bob", with: "carol.recovery", to: "carol.spy")
            office.act("about bob", "key.remove", by: "carol", under: nil) { $0.newkey = "bob" }
            office.post("of the spy", by: "bob", under: "bob.8", with: "alice.spy")
            office.post("of bob", by: "bob", under: "bob.8")
            office.takes("about bob", "of bob")
            office.refuses("alice adds", "alice removes", "carol recovers", "of the spy")
        }
        cases.add("A-27", "a removal takes no keys away") { office in
            office.act("add phone", "key.add", by: "bob", under: nil) { $0.newkey = "bob.phone" }
            office.remove("removal", "bob", by: "adam", under: "adam.2")
            office.act("add tablet", "key.add", by: "bob", under: nil) { $0.newkey = "bob.tablet" }
            office.takes("add phone", "removal", "add tablet")
        }
        cases.add("A-28", "who holds the committed key makes a new primary, and commits to the next one") { office in
            office.recover("first", "bob", to: "bob.second")
            office.recover("next", "bob", with: "bob.second.recovery", to: "bob.third")
            office.post("of the third", by: "bob", under: "bob.8", with: "bob.third")
            office.takes("first", "next", "of the third")
        }
        cases.add("A-28", "a recovery counts at the beginning of its key's log and by the committed key alone") { office in
            office.act("before it", "leave", by: "bob", under: "bob.8", with: "bob.recovery") { $0.scope = "x" }
            office.act("not at the beginning", "key.recover", by: "bob", under: nil, with: "bob.recovery") {
                $0.newkey = "bob.second"
                $0.commit = "bob.second.recovery"
            }
            office.recover("not committed", "carol", with: "carol.guess", to: "carol.second")
            office.recover("by the primary", "adam", with: "adam", to: "adam.second")
            office.post("of the second", by: "carol", under: "carol.8", with: "carol.second")
            office.refuses("before it", "not at the beginning", "not committed", "by the primary", "of the second")
            office.isActive("bob.8")
        }
        cases.add("A-28", "commitments in a circle end where the circle closes") { office in
            office.recover("first", "bob", to: "bob.second") { $0.commit = "bob.recovery" }
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            office.takes("first", "of the second")
        }
        cases.add("A-29", "two recoveries by one committed key are contested, and neither counts") { office in
            office.recover("one", "bob", to: "bob.second")
            office.recover("other", "bob", to: "thief.second")
            office.recover("next", "bob", with: "bob.second.recovery", to: "bob.third")
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            office.post("of the thief", by: "bob", under: "bob.8", with: "thief.second")
            office.post("of bob", by: "bob", under: "bob.8")
            office.takes("of bob")
            office.refuses("one", "other", "next", "of the second", "of the thief")
        }
        cases.add("A-30", "a key that nobody added signs nothing for the identity") { office in
            office.post("of a stranger", by: "bob", under: "bob.8", with: "stranger")
            office.act("by a stranger", "key.add", by: "bob", under: nil, with: "stranger") { $0.newkey = "stranger.2" }
            office.post("of the second stranger", by: "bob", under: "bob.8", with: "stranger.2")
            office.refuses("of a stranger", "by a stranger", "of the second stranger")
        }
        cases.add("A-30", "a device that the primary added signs for the identity", from: devices()) { office in
            office.post("of the phone", by: "bob", under: "bob.8", with: "bob.phone")
            office.takes("add phone", "add tablet", "of the phone")
        }
        cases.add("A-31", "a device that becomes a primary by a recovery is one", from: devices()) { office in
            office.recover("recovery", "bob", to: "bob.phone")
            office.act("removes it", "key.remove", by: "bob", under: nil, with: "bob.phone") { $0.newkey = "bob.phone" }
            office.post("of the phone", by: "bob", under: "bob.8", with: "bob.phone")
            office.act("adds", "key.add", by: "bob", under: nil, with: "bob.phone") { $0.newkey = "bob.laptop" }
            office.takes("recovery", "removes it", "of the phone", "adds")
        }
        cases.add("A-31", "a primary that a recovery makes a primary again has its first place") { office in
            office.recover("first", "bob", to: "bob")
            office.post("of bob", by: "bob", under: "bob.8")
            office.takes("first")
            office.refuses("of bob")
        }
        cases.add("A-32", "devices add, remove and vouch for no keys, and primaries recover nothing", from: devices()) { office in
            office.act("phone adds", "key.add", by: "bob", under: nil, with: "bob.phone") { $0.newkey = "bob.spy" }
            office.act("phone removes", "key.remove", by: "bob", under: nil, with: "bob.phone") { $0.newkey = "bob.tablet" }
            office.act("phone vouches", "key.vouch", by: "bob", under: nil, with: "bob.phone") { $0.tips = ["add phone"] }
            office.act("primary recovers", "key.recover", by: "bob", under: nil) {
                $0.newkey = "bob.spy"
                $0.commit = "bob.spy.recovery"
            }
            office.post("of the spy", by: "bob", under: "bob.8", with: "bob.spy")
            office.post("of the tablet", by: "bob", under: "bob.8", with: "bob.tablet")
            office.takes("of the tablet")
            office.refuses("phone adds", "phone removes", "phone vouches", "primary recovers", "of the spy")
        }
        cases.add("A-32", "a further recovery by a used recovery key does nothing") { office in
            office.recover("first", "bob", to: "bob.second")
            office.act("further", "key.recover", by: "bob", under: nil, with: "bob.recovery") {
                $0.newkey = "bob.spy"
                $0.commit = "bob.spy.recovery"
            }
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            office.post("of the spy", by: "bob", under: "bob.8", with: "bob.spy")
            office.takes("first", "further", "of the second")
            office.refuses("of the spy")
        }
        cases.add("A-33", "what a used recovery key signs is in force, and a key entry of it hits devices of all primaries") { office in
            office.recover("first", "bob", to: "bob.second")
            office.act("phone", "key.add", by: "bob", under: nil, with: "bob.second") { $0.newkey = "bob.phone" }
            office.recover("next", "bob", with: "bob.second.recovery", to: "bob.third")
            office.act("by the first recovery key", "key.add", by: "bob", under: nil, with: "bob.recovery") { $0.newkey = "bob.laptop" }
            office.post("of the laptop", by: "bob", under: "bob.8", with: "bob.laptop")
            office.act("leave", "leave", by: "bob", under: "bob.8", with: "bob.recovery") { $0.scope = "x" }
            office.takes("first", "next", "by the first recovery key", "leave")
            // Not seen before he left by another log.
            office.refuses("phone", "of the laptop")
        }
        cases.add("A-34", "what a recovery takes back from an entry on is out, whatever tips name it") { office in
            office.post("good", by: "bob", under: "bob.8")
            office.post("stolen", by: "bob", under: "bob.8")
            office.post("more", by: "bob", under: "bob.8")
            office.recover("recovery", "bob", to: "bob.second") {
                $0.frm = "stolen"
                $0.tips = ["more"]
            }
            office.act("by the recovery key", "key.vouch", by: "bob", under: nil, with: "bob.recovery") { $0.tips = ["more"] }
            office.takes("good", "recovery", "by the recovery key")
            office.refuses("stolen", "more")
        }
        cases.add("A-34", "what is taken back is so on all branches, and of devices too", from: devices()) { office in
            office.post("good", by: "bob", under: "bob.8", with: "bob.phone")
            office.post("stolen", by: "bob", under: "bob.8", with: "bob.phone")
            office.post("branch", by: "bob", under: "bob.8", with: "bob.phone", at: .after("stolen"))
            office.post("other branch", by: "bob", under: "bob.8", with: "bob.phone", at: .after("stolen"))
            office.recover("recovery", "bob", to: "bob.second") {
                $0.frm = "stolen"
                $0.tips = ["add tablet"]
            }
            office.takes("good")
            office.refuses("stolen", "branch", "other branch")
        }
        cases.add("A-35", "a recovery hits the primaries before it, and keeps what its tips name", from: devices()) { office in
            office.post("kept", by: "bob", under: "bob.8")
            office.post("not kept", by: "bob", under: "bob.8")
            office.post("of the phone", by: "bob", under: "bob.8", with: "bob.phone")
            office.post("of the tablet", by: "bob", under: "bob.8", with: "bob.tablet")
            office.recover("recovery", "bob", to: "bob.second") { $0.tips = ["kept", "add phone"] }
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            // The phone was added before the last entry that is kept, the tablet behind it.
            office.takes("kept", "of the phone", "of the second", "add phone")
            office.refuses("not kept", "of the tablet", "add tablet")
        }
        cases.add("A-35", "a removed device is out, but for what a tip names", from: devices()) { office in
            office.post("kept", by: "bob", under: "bob.8", with: "bob.phone")
            office.post("not kept", by: "bob", under: "bob.8", with: "bob.phone")
            office.act("removal", "key.remove", by: "bob", under: nil) {
                $0.newkey = "bob.phone"
                $0.tips = ["kept"]
            }
            office.post("of a new log", by: "bob", under: "bob.8", with: "bob.phone", in: "x/z")
            office.act("added again", "key.add", by: "bob", under: nil) { $0.newkey = "bob.phone" }
            office.takes("kept", "removal", "added again")
            office.refuses("not kept", "of a new log")
        }
        cases.add("A-35", "equals do not hit each other: no primary removes a primary") { office in
            office.recover("recovery", "bob", to: "bob.second") { $0.tips = ["bob.id"] }
            office.act("second removes second", "key.remove", by: "bob", under: nil, with: "bob.second") { $0.newkey = "bob.second" }
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            office.takes("second removes second", "of the second")
        }
        cases.add("A-36", "tips of a primary do not bring back a primary that was recovered from") { office in
            office.post("stolen", by: "bob", under: "bob.8")
            office.recover("recovery", "bob", to: "bob.second") { $0.tips = ["bob.id"] }
            office.act("by the second", "key.vouch", by: "bob", under: nil, with: "bob.second") { $0.tips = ["stolen"] }
            office.takes("recovery", "by the second")
            office.refuses("stolen")
        }
        cases.add("A-36", "tips of a used recovery key do") { office in
            office.post("late", by: "bob", under: "bob.8")
            office.recover("recovery", "bob", to: "bob.second") { $0.tips = ["bob.id"] }
            office.act("by the recovery key", "key.vouch", by: "bob", under: nil, with: "bob.recovery") { $0.tips = ["late"] }
            office.takes("recovery", "late")
        }
        cases.add("A-36", "an earlier recovery does not speak for the primary that it made") { office in
            office.recover("first", "bob", to: "bob.second") { $0.tips = ["of the second"] }
            office.post("of the second", by: "bob", under: "bob.8", with: "bob.second")
            office.recover("next", "bob", with: "bob.second.recovery", to: "bob.third")
            office.refuses("of the second")
            office.takes("first", "next")
        }
        cases.add("A-37", "what a removed device had signed is brought back by a vouch of the primary", from: devices()) { office in
            office.post("late", by: "bob", under: "bob.8", with: "bob.phone")
            office.post("later", by: "bob", under: "bob.8", with: "bob.phone")
            office.act("removal", "key.remove", by: "bob", under: nil) { $0.newkey = "bob.phone" }
            office.act("vouch", "key.vouch", by: "bob", under: nil) { $0.tips = ["late"] }
            office.takes("late")
            office.refuses("later")
        }
        cases.add("A-37", "tips of the removal of another device count for this one too", from: devices()) { office in
            office.post("late", by: "bob", under: "bob.8", with: "bob.phone")
            office.act("removal", "key.remove", by: "bob", under: nil) { $0.newkey = "bob.phone" }
            office.act("removal of the tablet", "key.remove", by: "bob", under: nil) {
                $0.newkey = "bob.tablet"
                $0.tips = ["late"]
            }
            office.takes("late")
        }
        return cases
    }()
}
