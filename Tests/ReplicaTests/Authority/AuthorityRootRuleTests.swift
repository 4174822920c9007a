import Testing

@testable import conformance

/// The chain of root's acts.
@Suite struct AuthorityRootRuleTests {
    @Test("the root chain", arguments: root.all)
    func rootRules(_ rule: AuthorityCase) { #expect(rule.fault() == nil) }

    static let root = {
        var cases = AuthorityCases()
        cases.add("A-62", "root acts by a quorum of different keys of its epoch") { office in
            office.remove("by two", "bob", by: "root", under: "ROOT")
            office.remove("by one", "carol", by: "root", under: "ROOT") { $0.signers = ["R1"] }
            office.takes("by two")
            office.refuses("by one")
            office.isActive("carol.8")
        }
        cases.add("A-62", "one key that signs twice is one key") { office in
            office.remove("twice", "bob", by: "root", under: "ROOT") { $0.signers = ["R1", "R1"] }
            office.refuses("twice")
            office.isActive("bob.8")
        }
        cases.add("A-62", "an update needs a quorum of the old keys and of the new") { office in
            office.act("update", "root.update", by: "root", under: nil) {
                $0.keys = ["N1", "N2", "N3"]
                $0.m = 2
                $0.signers = ["N1", "N2", "R1", "R3"]
            }
            office.remove("by the new", "bob", by: "root", under: "ROOT") { $0.signers = ["N1", "N3"] }
            office.remove("by the old", "carol", by: "root", under: "ROOT") { $0.signers = ["R1", "R2"] }
            office.takes("update", "by the new")
            office.refuses("by the old")
        }
        cases.add("A-62", "an update by the old keys alone, or by the new alone, is none") { office in
            for (name, signers) in [
                ("by the old", ["R1", "R2"]), ("by the new", ["N1", "N2"]), ("by one of the new", ["N1", "R1", "R2"]),
            ] {
                office.act(name, "root.update", by: "root", under: nil, at: .after("olga.1")) {
                    $0.keys = ["N1", "N2", "N3"]
                    $0.m = 2
                    $0.signers = signers
                }
            }
            office.remove("behind it", "bob", by: "root", under: "ROOT") { $0.signers = ["N1", "N2"] }
            office.refuses("by the old", "by the new", "by one of the new", "behind it")
            office.isActive("bob.8")
        }
        cases.add("A-63", "of two children the one with more signers counts, whatever its kind") { office in
            office.remove("by three", "bob", by: "root", under: "ROOT") { $0.signers = ["R1", "R2", "R3"] }
            office.remove("by two", "carol", by: "root", under: "ROOT", at: .after("olga.1"))
            office.remove("behind it", "adam", by: "root", under: "ROOT", at: .after("by two"))
            office.takes("by three")
            office.refuses("by two", "behind it")
            office.isStopped("bob.8")
            office.isActive("carol.8", "adam.2")
        }
        cases.add("A-63", "strangers among the signers do not count against another child") { office in
            office.remove("by three", "bob", by: "root", under: "ROOT") { $0.signers = ["R1", "R2", "R3"] }
            office.remove("with strangers", "carol", by: "root", under: "ROOT", at: .after("olga.1")) {
                $0.signers = ["E1", "E2", "R1", "R2"]
            }
            office.takes("by three")
            office.refuses("with strangers")
        }
        cases.add("A-63", "of an update only the signers of the old epoch are counted against another child") { office in
            office.act("update", "root.update", by: "root", under: nil) {
                $0.keys = ["N1", "N2", "N3"]
                $0.m = 2
                $0.signers = ["N1", "N2", "N3", "R1", "R2"]
            }
            office.remove("by three", "bob", by: "root", under: "ROOT", at: .after("olga.1")) { $0.signers = ["R1", "R2", "R3"] }
            office.takes("by three")
            office.refuses("update")
        }
        cases.add("A-64", "what is cited of root off the chain gives nothing") { office in
            office.grant("eve.1", to: "eve", by: "root", under: "ROOT", level: 1, rights: 15) { $0.signers = ["R1"] }
            office.remove("by eve", "bob", by: "eve", under: "eve.1")
            office.grant("frank.8", to: "frank", by: "eve", under: "eve.1", level: 8, rights: 8)
            office.refuses("eve.1", "by eve", "frank.8")
            office.isActive("bob.8")
        }
        cases.add("A-64", "an act on the chain that is not well-formed is passed over, and what follows counts") { office in
            office.grant("level 0", to: "eve", by: "root", under: "ROOT", level: 0, rights: 15)
            office.remove("next", "bob", by: "root", under: "ROOT")
            office.grant("of eve", to: "frank", by: "eve", under: "level 0", level: 1, rights: 8)
            office.takes("next")
            office.refuses("of eve")
            office.isStopped("bob.8", "level 0")
        }
        cases.add("A-65", "both branches of a forked log count, and so do their acts") { office in
            office.grant("one", to: "dan", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x")
            office.grant("other", to: "erin", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x", at: .after("adam.id"))
            office.grant("third", to: "frank", by: "adam", under: "adam.2", level: 8, rights: 8, scope: "x", at: .beginning)
            office.post("of dan", by: "dan", under: "one")
            office.post("of dan too", by: "dan", under: "one", at: .beginning)
            office.takes("one", "other", "third", "of dan", "of dan too")
        }
        cases.add("A-66", "a removal's tips choose among the branches") { office in
            office.post("first", by: "bob", under: "bob.8")
            office.post("one", by: "bob", under: "bob.8")
            office.post("other", by: "bob", under: "bob.8", at: .after("first"))
            office.post("third", by: "bob", under: "bob.8", at: .after("first"))
            office.remove("removal", "bob", by: "adam", under: "adam.2") { $0.tips = ["one", "third"] }
            office.takes("first", "one", "third")
            office.refuses("other")
        }
        return cases
    }()
}
