import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// One database on two machines: both write under one key, in one log.
@Suite struct ForkTests {
    /// Brest and a copy of it have each written three posts that the other does not know; nobody else has seen them.
    private static func story(seed: UInt64 = 1) throws -> Federation {
        var network = Federation(seed: seed)
        try network.addBrest()
        try network.addLyon()
        try network.addPeer("Brest", to: "Lyon")
        try network.post("ensemble", at: "Brest")
        network.settle()
        network.clone("Brest", as: "Copy")
        for site in ["Paris", "Lyon"] {
            network.part(site, "Brest")
            network.part(site, "Copy")
        }
        network.part("Brest", "Copy")
        for number in 0..<3 {
            try network.post("Brest \(number)", at: "Brest")
            try network.post("Copy \(number)", at: "Copy")
        }
        network.settle()
        return network
    }

    private func meet(_ network: Federation, _ site: String, _ other: String) {
        network.reunite(site, other)
        network.settle()
        network.part(site, other)
    }

    private func branchCount(_ network: Federation, _ site: String) -> Int {
        let store = network.store(of: site)
        return store.logs(after: .init(0), limit: .max).map { store.branches(of: $0.id).count }.max() ?? 0
    }

    @Test func `both branches of a fork are kept by all, and the sums are equal whatever order they came in`() throws {
        let network = try Self.story()
        network.part("Paris", "Lyon")
        meet(network, "Paris", "Brest")
        meet(network, "Paris", "Copy")
        meet(network, "Lyon", "Copy")
        meet(network, "Lyon", "Brest")
        #expect(branchCount(network, "Paris") == 2 && branchCount(network, "Lyon") == 2)
        let texts = try network.texts(of: "Paris")
        #expect(Set(texts) == ["ensemble", "Brest 0", "Brest 1", "Brest 2", "Copy 0", "Copy 1", "Copy 2"] && texts.count == 7)
        #expect(try network.said(of: "Lyon") == network.said(of: "Paris"))
        network.expectEqualSums("Paris", "Lyon")
        network.reunite("Paris", "Lyon")
        network.settle()
        network.expectEqualSums("Paris", "Lyon")
        #expect(try network.sync("Paris").inSync)
        network.expectAllClean()
    }

    @Test func `each branch goes over a third site, and a fork is told to whoever looks`() throws {
        let network = try Self.story()
        meet(network, "Paris", "Brest")
        meet(network, "Lyon", "Copy")
        network.settle()
        for site in ["Paris", "Lyon"] {
            #expect(branchCount(network, site) == 2)
            let forks = network.world.notices(of: network[site]).filter { if case .fork = $0 { true } else { false } }
            #expect(forks.count == 1, "\(site)")
            #expect(network.verify(site).notes.contains { $0.detail.contains("forked") })
        }
        network.expectEqualSums("Paris", "Lyon")
        #expect(try network.texts(of: "Paris").count == 7)
    }

    @Test func `the evidence of a fork is shown with its author, also where neither branch came from him (A-70)`() throws {
        let network = try Self.story()
        meet(network, "Paris", "Brest")
        meet(network, "Paris", "Copy")
        // Lyon has met neither since: what it knows, it has from Paris.
        network.reunite("Paris", "Lyon")
        network.settle()
        for site in ["Paris", "Lyon"] {
            let fork = try #require(try network.status(of: site).forks.first)
            #expect(fork.member.name == "bob" && fork.space == "everyone" && fork.branches == 2 && Set(fork.heads).count == 2, "\(site)")
            #expect(try network.member("bob", at: site).forks == 1)
            // The pair itself is here: two entries of one log with one number.
            let pair = network.entries(of: site).map(\.entry).filter {
                $0.header.sequence == fork.sequence && $0.header.device?.description == fork.device && $0.header.space != .registry
            }
            #expect(pair.count == 2 && Set(pair.map(\.log)).count == 1)
        }
    }

    @Test func `a database that a peer knows more of than itself begins a new incarnation at once, and works on`() throws {
        let network = try Self.story()
        meet(network, "Paris", "Brest")
        // Paris shows the copy entries of its own log that it never wrote.
        network.reunite("Paris", "Copy")
        network.settle()
        let isTold = network.world.notices(of: network["Copy"]).contains { if case .newIncarnation = $0 { true } else { false } }
        #expect(isTold)
        try network.post("sous une nouvelle vie", at: "Copy")
        try network.post("et encore", at: "Copy")
        network.settle()
        #expect(try network.texts(of: "Paris").suffix(2) == ["sous une nouvelle vie", "et encore"])
        #expect(branchCount(network, "Paris") == 2)
        let log = network.entries(of: "Paris").filter { $0.entry.header.kind == .post }.suffix(2).map(\.entry.log)
        #expect(Set(log).count == 1)
        let earlier = network.entries(of: "Paris").filter { $0.entry.header.kind == .post }.dropLast(2).map(\.entry.log)
        #expect(!earlier.contains { log.contains($0) })
        network.expectEqualSums("Paris", "Lyon")
        #expect(try network.said(of: "Copy") == network.said(of: "Paris"))
    }

    @Test func `a restored database loses nothing that others have`() throws {
        var network = Federation()
        try network.addBrest()
        try network.post("avant la sauvegarde", at: "Brest")
        network.settle()
        let backup = network.world.clone(network["Brest"], as: "Restored")
        network.isolate("Brest")
        network.world.isolate(backup)
        network.reunite("Paris", "Brest")
        try network.post("après la sauvegarde", at: "Brest")
        network.settle()
        // The machine burns down; the backup takes its place.
        network.isolate("Brest")
        network.world.reunite(0, backup)
        network.settle()
        guard case .timeline(let items) = network.world.ask(.timeline(space: nil, limit: 10), of: backup) else {
            Issue.record("no timeline")
            return
        }
        #expect(items.map(\.text) == ["avant la sauvegarde", "après la sauvegarde"])
        guard case .posted = network.world.ask(.post(space: "everyone", text: "de retour", replyTo: nil, by: nil), of: backup) else {
            Issue.record("not posted")
            return
        }
        network.settle()
        #expect(try network.texts(of: "Paris") == ["avant la sauvegarde", "après la sauvegarde", "de retour"])
        #expect(branchCount(network, "Paris") == 1)
    }
}
