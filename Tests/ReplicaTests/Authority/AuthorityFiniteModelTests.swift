import EntenteCodec
import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// Every history of a few acts by four people of different levels and a guest, in every order of delivery: one result, and
/// nobody gets more than he was given. (`FiniteModel`; Specs/03-authority.md, "Finite model")
///
/// Here up to three acts, in the build of the tests. The checks look at all of five in an optimised build.
@Suite struct AuthorityFiniteModelTests {
    @Test(
        "all histories of few acts, in every order of delivery, have one result and no escalation (A-1, A-42, A-61)",
        arguments: ModelAct.allCases)
    func histories(first: ModelAct) {
        let model = FiniteModel(wholeActsMax: 2, oracleActsMax: 3)
        model.explore(actsMax: 3, from: [first])
        #expect(model.fault == nil)
    }

    @Test func `the model counts what it should`() {
        let model = FiniteModel(wholeActsMax: 2, oracleActsMax: 2)
        model.explore(actsMax: 2)
        #expect(model.fault == nil)
        // 18 of 21 acts need nothing before them. Two orders of each pair.
        #expect(model.setCounts == [18, 255])
        #expect(model.figures.setCount == 273)
        #expect(model.figures.orderCount == 18 + 2 * 255)
        #expect(model.figures.oracleCount == 273)
        // The single acts: pairs would be walked as the rest of three.
        #expect(model.figures.wholeSetCount >= 18)
    }

    @Test func `parts are the whole`() {
        let counts = (0..<3).map { part in
            let model = FiniteModel(wholeActsMax: 0, oracleActsMax: 0, part: part, of: 3)
            model.explore(actsMax: 2)
            return model.figures.setCount
        }
        #expect(counts.reduce(0, +) == 273)
        #expect(counts.allSatisfy { $0 > 0 })
    }

    @Test func `a set of acts gives back its members`() {
        #expect(FiniteModel.ActSet().members == [])
        #expect(FiniteModel.ActSet([7]).inserting(3).members == [3, 7])
        let five: [ModelEntry] = [1, 2, 0xFF_FFFD, 0xFF_FFFE, 0xFF_FFFF]
        #expect(FiniteModel.ActSet(five.shuffled()).members == five)
        #expect(FiniteModel.ActSet(five) == FiniteModel.ActSet(five.reversed()))
    }

    @Test func `the options of the command are read strictly`() throws {
        let options = try #require(ModelCommand.Options(["--acts", "4", "--part", "2/3"]))
        #expect(options.actsMax == 4 && options.part == 1 && options.partCount == 3)
        for wrong in [
            ["--acts"], ["--acts", "6"], ["--acts", "0"], ["--part", "0/2"], ["--part", "3/2"], ["--part", "1"], ["--all", "1"],
        ] {
            #expect(ModelCommand.Options(wrong) == nil, "\(wrong)")
        }
    }
}

/// What the model takes for one state must be one: the memory of an evaluator.
@Suite struct AuthorityMemoryTests {
    /// Whoever adds something that an evaluator remembers adds it to `memory`, then here. Some of these are not in it: the network
    /// and the limit of a full pass are the caller's, and so is what it has not looked for yet (`newMentions`), which no rule reads; the ids
    /// of spaces are said by their entries, and which are sealed or withheld, and how many, by their states.
    @Test func `an evaluator remembers nothing that its memory leaves out`() {
        func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label).sorted() }
        #expect(
            names(Authority(network: NetworkID(.zero))) == [
                "annulsByTarget", "diff", "dirtyLayers", "disavowals", "fullPassMin", "isFullPass", "isLogTouched", "keyLayerIndex",
                "keyLayers", "lastInLog", "leavesByIdentity", "links", "located", "mentionsOfDoubtful", "network", "newMentions",
                "offerQueue", "pending", "queue", "quotas", "removesByCapability", "removesBySubject", "removesBySubtree", "rootLog",
                "sealsByAdmission", "spaceIDs", "states", "table", "tipMarks", "unresolved", "unsealed", "voids", "withheldCounts",
            ])
    }

    /// Alice removes bob; stella removes bob too and vouches for his post.
    private static let world: AuthorityWorld = {
        var scene = AuthorityScene.office()
        scene.post("first", by: "bob", under: "bob.8")
        scene.remove("out", "bob", by: "alice", under: "alice.1")
        scene.act("again", "remove", by: "stella", under: "stella.6") {
            $0.subject = AuthorityScene.inception("bob")
            $0.scope = "x"
        }
        return AuthorityWorld(name: "memory", entries: scene.entries)
    }()

    private func replica(receiving order: [String]) -> AuthorityReplica {
        let entries = AuthorityEntries(Self.world, isSigned: false)
        var replica = AuthorityReplica(network: entries.network)
        for made in entries.made where !["first", "out", "again"].contains(made.name) { replica.receive(made) }
        for name in order { for made in entries.made where made.name == name { replica.receive(made) } }
        return replica
    }

    @Test func `entries in another order, and by other numbers, are the same memory where no list is kept in it`() {
        #expect(replica(receiving: ["first", "out"]).memory == replica(receiving: ["out", "first"]).memory)
        #expect(replica(receiving: ["first", "again"]).memory == replica(receiving: ["again", "first"]).memory)
    }

    @Test func `another set, another verdict and another order of a list are other memories`() {
        let both = replica(receiving: ["out", "again"]).memory
        #expect(both != replica(receiving: ["again", "out"]).memory)
        #expect(both != replica(receiving: ["out"]).memory)
        #expect(replica(receiving: ["out"]).memory != replica(receiving: ["again"]).memory)
        #expect(replica(receiving: []).memory != replica(receiving: ["first"]).memory)
    }
}
