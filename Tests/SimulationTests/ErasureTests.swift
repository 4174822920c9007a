import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What is erased is gone, everywhere and for ever, whatever came first.
@Suite struct ErasureTests {
    static let words = "Le code du portail est 4711"

    @Test func `the author erases, and no site that had it has it any more (E-56, E-57)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Brest")
        network.pass(2000)
        #expect(network.holders(of: Self.words) == ["Brest", "Paris"])
        let item = try network.erase(id, at: "Brest")
        #expect(item.target == id && item.kind == "post" && !item.byOfficer && item.author.name == "bob")
        network.pass(2000)
        #expect(network.holders(of: Self.words) == [])
        for site in ["Brest", "Paris"] {
            #expect(try network.body(id, at: site) == .erased)
            #expect(try network.texts(of: site) == [])
            #expect(try network.status(of: site).spaces.allSatisfy { $0.missing == 0 })
        }
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
        #expect(network.world.violations == [])
    }

    @Test func `a site that was away erases when it comes back, and one that joins later never sees the words (E-58)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Paris")
        network.pass(2000)
        network.part("Paris", "Brest")
        try network.erase(id, at: "Paris")
        network.pass(2000)
        #expect(network.holders(of: Self.words) == ["Brest"])
        network.reunite("Paris", "Brest")
        network.settle()
        try network.addLyon()
        network.settle()
        #expect(network.holders(of: Self.words) == [])
        #expect(try network.body(id, at: "Lyon") == .erased)
        #expect(try network.sync("Lyon").inSync)
        network.expectEqualSums("Paris", "Lyon")
        network.expectAllClean()
    }

    /// Lyon hears of the erasure from Paris while only Brest has the post, which it brings afterwards.
    @Test func `an erasure that is here before its post keeps the words out, also from a third site (E-58)`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addLyon()
        network.settle()
        network.isolate("Lyon")
        let id = try network.post(Self.words, at: "Brest")
        network.pass(2000)
        try network.makeOfficer("alice")
        network.pass(2000)
        network.part("Paris", "Brest")
        try network.erase(id, at: "Paris")
        network.reunite("Paris", "Lyon")
        network.settle()
        #expect(try network.body(id, at: "Lyon") == .erased)
        network.part("Paris", "Lyon")
        network.reunite("Brest", "Lyon")
        try network.addPeer("Lyon", to: "Brest")
        network.settle()
        #expect(network.areConnected("Brest", "Lyon"))
        #expect(network.holders(of: Self.words) == [])
        network.expectAllClean()
    }

    @Test func `the erasure of a post takes its edits along, those too that come later (E-57)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Bonjour", at: "Paris")
        let first = try network.edit(id, Self.words, at: "Paris").id
        network.pass(2000)
        network.part("Paris", "Brest")
        let later = try network.edit(id, Self.words + " !", at: "Paris").id
        network.reunite("Paris", "Brest")
        #expect(try network.erase(id, preview: true, at: "Paris").edits == 2)
        try network.erase(id, at: "Paris")
        network.settle()
        #expect(network.holders(of: Self.words) == [])
        for site in ["Paris", "Brest"] {
            for id in [id, first, later] { #expect(try network.body(id, at: site) == .erased) }
        }
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }

    @Test func `an edit by a stranger of an erased post is nobody's edit, and stays (E-57)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Bonjour", at: "Paris")
        let other = try network.post("Une autre", at: "Paris")
        network.pass(2000)
        let edit = try network.edit(other, "Une autre, en mieux", at: "Paris").id
        try network.erase(id, at: "Paris")
        network.pass(2000)
        #expect(network.holders(of: "Une autre, en mieux") == ["Brest", "Paris"])
        #expect(try network.body(edit, at: "Brest") != .erased)
        network.expectAllClean()
    }

    @Test func `an officer erases what others wrote, and a member or an administrator does not (E-57)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Brest")
        let own = try network.post("À moi", at: "Paris")
        network.pass(2000)
        #expect(network.refusal(of: .erase(id: id, preview: false, by: nil), at: "Paris")?.code == .refused)
        #expect(network.refusal(of: .erase(id: own, preview: false, by: nil), at: "Brest")?.what.contains("may not erase") == true)
        try network.makeOfficer("alice")
        network.pass(2000)
        let item = try network.erase(id, at: "Paris", by: "alice")
        #expect(item.byOfficer && item.by.name == "alice" && item.author.name == "bob")
        network.pass(2000)
        #expect(network.holders(of: Self.words) == [])
        #expect(network.holders(of: "À moi") == ["Brest", "Paris"])
        network.expectAllClean()
    }

    @Test func `an erasure by somebody who may not is in the set and erases nothing (E-57)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Paris")
        network.pass(2000)
        // Bob writes by hand what his program refuses.
        try network.forge(.erasure(target: try #require(EntryID(hex: id))), as: "bob", at: "Brest")
        network.settle()
        #expect(network.holders(of: Self.words) == ["Brest", "Paris"])
        #expect(network.entries(of: "Paris").contains { $0.entry.header.kind == .erasure })
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }

    @Test func `what is erased once stays erased after a restart, and is not offered (E-58)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Paris")
        network.pass(2000)
        try network.erase(id, at: "Paris")
        network.pass(2000)
        network = network.restarted(seed: 2)
        network.settle()
        #expect(network.holders(of: Self.words) == [])
        #expect(network.refusal(of: .erase(id: id, preview: false, by: nil), at: "Paris")?.why.contains("destroyed") == true)
        #expect(network.refusal(of: .edit(id: id, text: "non", by: nil), at: "Paris")?.code == .refused)
        #expect(try network.sync("Paris").inSync)
        network.expectAllClean()
    }

    /// The removal of bob keeps what he wrote before it was known, and not what he erased afterwards.
    @Test func `an erasure that a removal voids leaves a missing body, which another site brings (E-59)`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addLyon()
        let id = try network.post(Self.words, at: "Brest")
        network.settle()
        network.isolate("Lyon")
        network.part("Paris", "Brest")
        try network.erase(id, at: "Brest")
        try network.revoke("bob", at: "Paris")
        #expect(network.holders(of: Self.words) == ["Lyon", "Paris"])
        network.reunite("Paris", "Lyon")
        network.settle()
        network.reunite("Paris", "Brest")
        network.settle()
        // Brest's site goes on, without bob's later entries: whatever it had destroyed comes back.
        #expect(network.holders(of: Self.words) == ["Brest", "Lyon", "Paris"])
        network.expectAllClean()
    }

    // MARK: - Missing bodies

    @Test func `a body that is missing is asked for again, and until it is here nothing is in sync (E-59, G-51, G-53)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Paris")
        network.settle()
        network.part("Paris", "Brest")
        try network.loseBody(id, at: "Brest")
        #expect(try network.status(of: "Brest").spaces.map(\.missing).contains(1))
        #expect(network.verify("Brest").notes.contains { $0.detail.contains("missing") })
        network.reunite("Paris", "Brest")
        network.settle()
        #expect(network.holders(of: Self.words) == ["Brest", "Paris"])
        #expect(try network.status(of: "Brest").spaces.allSatisfy { $0.missing == 0 })
        #expect(try network.sync("Brest").inSync)
    }

    @Test func `a body that nobody has keeps a site from calling itself in sync, and it says why (E-59, G-54)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post(Self.words, at: "Paris")
        network.settle()
        network.part("Paris", "Brest")
        for site in ["Brest", "Paris"] { try network.loseBody(id, at: site) }
        network.reunite("Paris", "Brest")
        network.settle()
        let sync = try network.sync("Brest")
        #expect(!sync.inSync)
        #expect(sync.waitingFor.contains { $0.contains("missing") }, "\(sync.waitingFor)")
        #expect(try network.peers(of: "Paris").allSatisfy { !$0.inSync })
        network.expectEqualSums("Paris", "Brest")
    }

    // MARK: - What verify finds

    @Test func `verify names a body that is gone without an erasure, and one that is here under one (T-23)`() throws {
        var network = Federation()
        try network.addBrest()
        let kept = try network.post("Bonjour", at: "Paris")
        let gone = try network.post(Self.words, at: "Paris")
        try network.erase(gone, at: "Paris")
        network.settle()
        func faults(_ id: String, _ body: StoredBody) throws -> [String] {
            var store = TamperedStore(network.store(of: "Brest"))
            store.entry = { $0.entry.id.description == id ? $0.with(body: body) : $0 }
            return Verifier.check(store, network: network.world.identity(of: 0).network).faults.map(\.detail)
        }
        #expect(try faults(kept, .erased) == ["its body is erased, and no erasure in force names it"])
        #expect(try faults(gone, .missing) == ["an erasure in force names it, and its body is not erased"])
        #expect(try faults(kept, .missing) == [])
        #expect(network.verify("Brest").isClean)
    }
}
