import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// What is in the set, and what of it is well-formed.
@Suite struct AuthoritySetRuleTests {
    @Test("what is in the set", arguments: set.all)
    func setRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    @Test("what is well-formed", arguments: wellFormed.all)
    func wellFormedRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    static let set = {
        var cases = AuthorityCases()
        cases.add("A-2", "a log begins with number 0, and each entry follows one of the same log and identity") { office in
            office.post("first", by: "bob", under: "bob.8")
            office.post("second", by: "bob", under: "bob.8")
            office.takes("first", "second")
        }
        cases.add("A-2", "an entry whose number does not follow its backlink's is refused") { office in
            office.post("first", by: "bob", under: "bob.8")
            office.post("second", by: "bob", under: "bob.8")
            office.post("jump", by: "bob", under: "bob.8", at: .numbered(7, after: "first"))
            office.post("again", by: "bob", under: "bob.8", at: .numbered(1, after: "second"))
            office.takes("first", "second")
            office.refuses("jump", "again")
        }
        cases.add("A-2", "an entry does not continue a log of another key, space or identity") { office in
            office.post("bobs", by: "bob", under: "bob.8")
            office.post("foreign key", by: "carol", under: "carol.8", at: .after("bobs"))
            office.post("foreign space", by: "bob", under: "bob.8", in: "x/z", at: .after("bobs"))
            office.post("foreign identity", by: "carol", under: "carol.8", with: "bob", at: .after("bobs"))
            office.takes("bobs")
            office.refuses("foreign key", "foreign space", "foreign identity")
        }
        cases.add("A-3", "time does not go back in a log, and what is cited is not later") { office in
            office.post("first", by: "bob", under: "bob.8")
            office.post("back", by: "bob", under: "bob.8") { $0.hlc = 1 }
            office.post("before its capability", by: "carol", under: "carol.8") { $0.hlc = 2 }
            office.takes("first")
            office.refuses("back", "before its capability")
        }
        cases.add("A-4", "a registry entry needs its own signature, whatever is signed behind it") { office in
            office.remove("forged", "bob", by: "adam", under: "adam.2") { $0.sig = false }
            office.vouch("behind it", for: [], by: "adam", under: "adam.2")
            office.post("of bob", by: "bob", under: "bob.8")
            office.takes("of bob")
            office.refuses("forged", "behind it")
            office.isActive("bob.8")
        }
        cases.add("A-5", "content counts by the signature of a later entry that is linked to it in its log") { office in
            office.post("unsigned", by: "bob", under: "bob.8") { $0.sig = false }
            office.post("also unsigned", by: "bob", under: "bob.8") { $0.sig = false }
            office.post("signed", by: "bob", under: "bob.8")
            office.post("end", by: "bob", under: "bob.8") { $0.sig = false }
            office.takes("unsigned", "also unsigned", "signed")
            office.refuses("end")
        }
        cases.add("A-5", "a signature in another log lends nothing to what it wraps") { office in
            office.post("forged", by: "bob", under: "bob.8") { $0.sig = false }
            office.post("wrapper", by: "eve", under: "bob.8", at: .after("forged"))
            office.post("other space", by: "bob", under: "bob.8", in: "x/z", at: .after("forged"))
            office.refuses("forged", "wrapper", "other space")
        }
        cases.add("A-6", "what comes before its predecessor or its capability waits, and enters when that has come") { office in
            office.post("first", by: "bob", under: "bob.8")
            office.post("second", by: "bob", under: "bob.8")
            office.grant("dan.8", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.post("of dan", by: "dan", under: "dan.8")
            // The orders of arrival are those of the comparison: in reverse, everything waits.
            office.takes("first", "second", "dan.8", "of dan")
        }
        cases.add("A-6", "what names a predecessor or a capability that nobody has waits for ever") { office in
            office.post("orphan", by: "bob", under: "bob.8", at: .after("nobody's entry"))
            office.post("without capability", by: "carol", under: "nobody's grant")
            office.refuses("orphan", "without capability")
        }
        cases.add("A-7", "what follows or cites a refused entry of the registry stays out") { office in
            office.grant("forged", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x") { $0.sig = false }
            office.remove("next", "bob", by: "adam", under: "adam.2")
            office.post("of dan", by: "dan", under: "forged")
            office.refuses("forged", "next", "of dan")
            office.isActive("bob.8")
        }
        cases.add("A-8", "an unknown kind does nothing, and what follows it counts") { office in
            office.act("unknown", "mystery", by: "adam", under: "adam.2")
            office.grant("dan.8", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.takes("dan.8")
            office.refuses("unknown")
        }
        cases.add("A-8", "an entry that cites what is no capability is in the set and has no effect") { office in
            office.vouch("vouch", for: [], by: "adam", under: "adam.2")
            office.remove("cites a vouch", "bob", by: "adam", under: "vouch")
            office.remove("cites an inception", "bob", by: "adam", under: "adam.id")
            office.act("cites nothing", "remove", by: "adam", under: nil) { $0.subject = "bob.id" }
            office.grant("next", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8)
            office.takes("vouch", "next")
            office.refuses("cites a vouch", "cites an inception", "cites nothing")
            office.isActive("bob.8")
        }
        cases.add("A-9", "a name that stands for nothing has no effect, and the others beside it have theirs") { office in
            office.post("kept", by: "bob", under: "bob.8")
            office.post("not kept", by: "bob", under: "bob.8")
            office.remove("removal", "bob", by: "adam", under: "adam.2") {
                $0.tips = ["nothing", "kept"]
                $0.caps = ["nothing", "carol.8"]
                $0.admits = ["nothing"]
                $0.subtree = "nothing"
            }
            office.takes("removal", "kept")
            office.refuses("not kept")
            office.isStopped("bob.8", "carol.8")
        }
        cases.add("A-9", "a removal may name what comes after it") { office in
            office.remove("removal", nil, by: "adam", under: "adam.2") { $0.caps = ["dan.8"] }
            office.grant("dan.8", to: "dan", by: "alice", under: "alice.1", level: 8, rights: 8, scope: "x")
            office.takes("removal", "dan.8")
            office.isStopped("dan.8")
        }
        cases.add("A-10", "a second founding entry is no founding entry") { office in
            office.act("rival", "genesis", by: "root", under: nil, at: .beginning) {
                $0.keys = ["E1", "E2", "E3"]
                $0.m = 2
            }
            office.grant("eve.1", to: "eve", by: "root", under: "ROOT", level: 1, rights: 15) {
                $0.signers = ["E1", "E2"]
            }
            office.refuses("rival", "eve.1")
            office.takes("founding", "alice.1")
        }
        cases.add("A-11", "signatures of strangers to the root's epoch count for nothing") { office in
            office.remove("by strangers", "bob", by: "root", under: "ROOT") { $0.signers = ["E1", "E2", "E3"] }
            office.remove("with a stranger", "bob", by: "root", under: "ROOT", at: .after("olga.1")) { $0.signers = ["R1", "E1"] }
            office.remove("broken", "bob", by: "root", under: "ROOT", at: .after("olga.1")) { $0.sig = false }
            office.refuses("by strangers", "with a stranger", "broken")
            office.isActive("bob.8")
        }
        cases.add("A-12", "fields of other kinds mean nothing") { office in
            office.vouch("vouch", for: [], by: "adam", under: "adam.2") {
                $0.subject = "bob.id"
                $0.caps = ["bob.8"]
            }
            office.remove("removal", "carol", by: "adam", under: "adam.2")
            office.vouch("annuls nothing", for: [], by: "alice", under: "alice.1") { $0.target = "removal" }
            office.takes("vouch", "removal", "annuls nothing")
            office.isActive("bob.8")
            office.isStopped("carol.8")
        }
        return cases
    }()

    @Test(arguments: [[], ["R1"], ["E1", "E2", "E3"]])
    func `the founding entry is in force whoever has signed it (A-10, A-11)`(signers: [String]) throws {
        var world = AuthorityWorld(name: "founding", entries: AuthorityScene.office().entries)
        let asWritten = try AuthorityConformance.judge(world).get()
        #expect(asWritten.root.contains("founding"))
        world.entries[0].signers = signers
        #expect(try AuthorityConformance.judge(world).get() == asWritten)
        // Of its signatures those of its own keys are kept.
        let entries = AuthorityEntries(world)
        var replica = AuthorityReplica(network: entries.network)
        replica.receive(entries.made[0])
        let kept = replica.authority.rootEntry(entries.made[0].entry.id)?.rootSignatures.count
        #expect(kept == signers.count { $0.hasPrefix("R") })
    }

    static let wellFormed = {
        var cases = AuthorityCases()
        cases.add("A-13", "nothing is well-formed under a capability that is not") { office in
            office.grant("too much", to: "dan", by: "stella", under: "stella.6", level: 7, rights: 15)
            office.grant("below it", to: "erin", by: "dan", under: "too much", level: 8, rights: 8)
            office.post("of erin", by: "erin", under: "below it")
            office.refuses("too much", "below it", "of erin")
        }
        cases.add("A-14", "a capability is of use to its subject alone") { office in
            office.post("of eve", by: "eve", under: "bob.8")
            office.remove("of bob", "carol", by: "bob", under: "adam.2")
            office.refuses("of eve", "of bob")
            office.isActive("carol.8")
        }
        cases.add("A-15", "an entry is not later than its capability's end") { office in
            office.grant("dan.8", to: "dan", by: "alice", under: "alice.1", level: 8, rights: 8, scope: "x") { $0.expiry = $0.hlc + 25 }
            office.post("in time", by: "dan", under: "dan.8")
            office.post("on the last day", by: "dan", under: "dan.8") { $0.hlc += 5 }
            office.post("too late", by: "dan", under: "dan.8")
            office.takes("in time", "on the last day")
            office.refuses("too late")
        }
        cases.add("A-16", "an entry without a scope speaks of the whole network, and needs a capability for it") { office in
            office.remove("everywhere", "bob", by: "stella", under: "stella.6")
            office.remove("elsewhere", "bob", by: "stella", under: "stella.6") { $0.scope = "y" }
            office.post("in y", by: "bob", under: "bob.8", in: "y")
            office.post("in x", by: "bob", under: "bob.8", in: "x")
            office.takes("in x")
            office.refuses("everywhere", "elsewhere", "in y")
            office.isActive("bob.8")
        }
        cases.add("A-17", "x/z lies in x, and xy does not") { office in
            office.post("in x/z", by: "bob", under: "bob.8", in: "x/z")
            office.post("in xy", by: "bob", under: "bob.8", in: "xy")
            office.remove("of x/z", "carol", by: "stella", under: "stella.6") { $0.scope = "x/z" }
            office.remove("of xy", "carol", by: "stella", under: "stella.6") { $0.scope = "xy" }
            office.takes("in x/z", "of x/z")
            office.refuses("in xy", "of xy")
        }
        cases.add("A-18", "nobody but the root log acts as root, and key entries cite nothing") { office in
            office.grant("as root", to: "eve", by: "eve", under: "ROOT", level: 1, rights: 15)
            office.act("root under alice", "grant", by: "root", under: "alice.1") {
                $0.subject = "eve.id"
                $0.level = 2
                $0.rights = 15
            }
            office.act("cites", "key.add", by: "bob", under: "bob.8") { $0.newkey = "phone" }
            office.act("cites nothing", "key.add", by: "bob", under: nil) { $0.newkey = "tablet" }
            office.takes("cites nothing")
            office.refuses("as root", "root under alice", "cites")
        }
        cases.add("A-19", "a grant goes down in level, and gives no more rights, scope or time than the granter has") { office in
            office.grant("nora.3", to: "nora", by: "adam", under: "adam.2", level: 3, rights: 15, scope: "x") { $0.expiry = 5_000 }
            office.grant("same level", to: "dan", by: "adam", under: "adam.2", level: 2, rights: 8)
            office.grant("smaller level", to: "dan", by: "adam", under: "adam.2", level: 1, rights: 8)
            office.grant("another right", to: "dan", by: "adam", under: "adam.2", level: 3, rights: 31)
            office.grant("unknown right", to: "dan", by: "adam", under: "adam.2", level: 3, rights: 40)
            office.grant("wider", to: "dan", by: "nora", under: "nora.3", level: 4, rights: 8)
            office.grant("longer", to: "dan", by: "nora", under: "nora.3", level: 4, rights: 8, scope: "x") { $0.expiry = 5_001 }
            office.grant("for ever", to: "dan", by: "nora", under: "nora.3", level: 4, rights: 8, scope: "x")
            office.act("without subject", "grant", by: "adam", under: "adam.2") {
                $0.level = 8
                $0.rights = 8
            }
            office.grant("good", to: "dan", by: "nora", under: "nora.3", level: 4, rights: 8, scope: "x/z") { $0.expiry = 5_000 }
            office.takes("nora.3", "good")
            office.refuses(
                "same level", "smaller level", "another right", "unknown right", "wider", "longer", "for ever", "without subject")
        }
        cases.add("A-19", "who is no administrator grants nothing") { office in
            office.grant("by a steward", to: "dan", by: "stella", under: "stella.6", level: 8, rights: 8, scope: "x")
            office.grant("by a member", to: "dan", by: "bob", under: "bob.8", level: 9, rights: 8, scope: "x")
            office.refuses("by a steward", "by a member")
        }
        cases.add("A-20", "an invitation needs ADMIN or INVITE, and promises no more than its issuer has") { office in
            office.invite("good", by: "stella", under: "stella.6", scope: "x") { $0.expiry = 9_000 }
            office.invite("by a member", by: "bob", under: "bob.8", level: 9, scope: "x")
            office.invite("same level", by: "stella", under: "stella.6", level: 6, scope: "x")
            office.invite("another right", by: "stella", under: "stella.6", rights: 9, scope: "x")
            office.invite("wider", by: "stella", under: "stella.6")
            office.grant("nora.5", to: "nora", by: "alice", under: "alice.1", level: 5, rights: 12, scope: "x") { $0.expiry = 9_000 }
            office.invite("longer", by: "nora", under: "nora.5", scope: "x") { $0.expiry = 9_001 }
            office.invite("open", by: "nora", under: "nora.5", scope: "x") { $0.expiry = 9_000 }
            office.takes("good", "open")
            office.refuses("by a member", "same level", "another right", "wider", "longer")
        }
        cases.add("A-21", "an admission is one level below its invitation, and within its terms") { office in
            office.invite("invitation", by: "stella", under: "stella.6", scope: "x") { $0.mexpiry = 9_000 }
            office.admit("good", "dan", by: "invitation") { $0.expiry = 9_000 }
            office.admit("same level", "erin", by: "invitation") {
                $0.level = 7
                $0.expiry = 9_000
            }
            office.admit("further down", "frank", by: "invitation") {
                $0.level = 9
                $0.expiry = 9_000
            }
            office.admit("another right", "grace", by: "invitation") {
                $0.rights = 12
                $0.expiry = 9_000
            }
            office.admit("longer", "heidi", by: "invitation") { $0.expiry = 9_001 }
            office.admit("wider", "ivan", by: "invitation") {
                $0.scope = nil
                $0.expiry = 9_000
            }
            office.takes("good")
            office.refuses("same level", "further down", "another right", "longer", "wider")
        }
        cases.add("A-21", "who was let in stays no longer than who let him in") { office in
            office.grant("nora.5", to: "nora", by: "alice", under: "alice.1", level: 5, rights: 12, scope: "x") { $0.expiry = 9_000 }
            office.invite("invitation", by: "nora", under: "nora.5", scope: "x") { $0.expiry = 9_000 }
            office.admit("longer", "dan", by: "invitation") { $0.expiry = 9_001 }
            office.admit("good", "erin", by: "invitation") { $0.expiry = 9_000 }
            office.takes("good")
            office.refuses("longer")
        }
        cases.add("A-21", "an admission after the invitation's last day of use comes too late") { office in
            office.invite("invitation", by: "stella", under: "stella.6", scope: "x") { $0.expiry = $0.hlc + 25 }
            office.admit("in time", "dan", by: "invitation")
            office.admit("too late", "erin", by: "invitation")
            office.takes("in time")
            office.refuses("too late")
        }
        cases.add("A-22", "nobody is let in without the invitation's key, or in another's name") { office in
            office.invite("invitation", by: "stella", under: "stella.6", scope: "x")
            office.admit("no proof", "dan", by: "invitation") { $0.invsig = false }
            office.admit("for another", "erin", by: "invitation") { $0.subject = "bob.id" }
            office.admit("for nobody", "erin", by: "invitation") { $0.subject = nil }
            office.admit("good", "frank", by: "invitation")
            office.takes("good")
            office.refuses("no proof", "for another", "for nobody")
        }
        cases.add("A-23", "an invitation serves for nothing but admissions, and an admission needs one") { office in
            office.invite("invitation", by: "stella", under: "stella.6", level: 7, rights: 14, scope: "x")
            office.post("post", by: "stella", under: "invitation")
            office.remove("removal", "bob", by: "stella", under: "invitation") { $0.scope = "x" }
            office.act("by a grant", "admit", by: "bob", under: "bob.8") {
                $0.subject = "bob.id"
                $0.level = 9
                $0.rights = 8
                $0.scope = "x"
            }
            office.refuses("post", "removal", "by a grant")
            office.isActive("bob.8")
        }
        cases.add("A-24", "each act needs its right") { office in
            office.grant("guest.9", to: "gus", by: "alice", under: "alice.1", level: 9, rights: 0, scope: "x")
            office.grant("nora.5", to: "nora", by: "alice", under: "alice.1", level: 5, rights: 12, scope: "x")
            office.post("by a guest", by: "gus", under: "guest.9")
            office.remove("by a member", "gus", by: "bob", under: "bob.8") { $0.scope = "x" }
            office.remove("by an officer", "bob", by: "olga", under: "olga.1")
            office.vouch("by a branch", for: [], by: "nora", under: "nora.5") { $0.scope = "x" }
            office.act("disavowal", "disavow", by: "alice", under: "alice.1") { $0.frm = "bob.id" }
            office.remove("steward's", "gus", by: "stella", under: "stella.6") { $0.scope = "x" }
            office.act("annulment", "annul", by: "stella", under: "stella.6") {
                $0.target = "steward's"
                $0.scope = "x"
            }
            office.vouch("steward's vouch", for: [], by: "stella", under: "stella.6") { $0.scope = "x" }
            office.remove("branch's", nil, by: "nora", under: "nora.5") { $0.scope = "x" }
            office.takes("steward's", "steward's vouch", "branch's")
            office.refuses("by a guest", "by a member", "by an officer", "by a branch", "disavowal", "annulment")
        }
        cases.add("A-25", "a device does not leave for its person, and nobody leaves as root") { office in
            office.act("phone", "key.add", by: "bob", under: nil) { $0.newkey = "bob.phone" }
            office.act("by the phone", "leave", by: "bob", under: "bob.8", with: "bob.phone") { $0.scope = "x" }
            office.act("as root", "leave", by: "root", under: "ROOT")
            office.act("carol leaves", "leave", by: "carol", under: "carol.8") { $0.scope = "x" }
            office.takes("phone", "carol leaves")
            office.refuses("by the phone", "as root")
            office.isActive("bob.8")
            office.isStopped("carol.8")
        }
        cases.add("A-26", "a space needs no announcement, and its announcement is in no verdict") { office in
            office.act("announced", "space.create", by: "adam", under: "adam.2")
            office.post("unannounced", by: "bob", under: "bob.8", in: "x/z")
            office.takes("unannounced")
            office.refuses("announced")
        }
        return cases
    }()
}
