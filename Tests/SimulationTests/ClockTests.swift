import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Clocks that are wrong delay, and never decide.
@Suite struct ClockTests {
    static let year: Int64 = 365 * 86_400_000

    @Test func `what a clock a year ahead wrote is held, and everything else goes on`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addLyon()
        network.settle()
        network.isolate("Brest")
        try network.post("avant", at: "Brest")
        network.pass(10)
        network.world.setSkew(Self.year, of: network["Brest"])
        try network.post("dans un an", at: "Brest")
        try network.post("entre-temps", at: "Paris")
        network.world.reuniteAll()
        network.settle()
        for site in ["Paris", "Lyon"] {
            #expect(try network.texts(of: site) == ["avant", "entre-temps"], "\(site)")
            #expect(network.entries(of: site).allSatisfy { $0.entry.header.timestamp <= network.world.wall(of: network["Paris"]) })
        }
        network.expectEqualSums("Paris", "Lyon")
        #expect(try network.texts(of: "Brest") == ["avant", "entre-temps", "dans un an"])
        let isSaid = network.world.notices(of: 0).contains { notice in
            if case .notTaken(_, _, let reason) = notice { reason.contains("ahead of") } else { false }
        }
        #expect(isSaid)
        // It says so to whoever writes there, and the others are not held up by it.
        let refusal = network.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: nil), at: "Brest")
        #expect(refusal?.why.contains("ahead of those of the other sites") == true)
        try network.post("de Lyon", at: "Lyon")
        network.settle()
        #expect(try network.texts(of: "Paris") == ["avant", "entre-temps", "de Lyon"])
        #expect(try network.sync("Lyon").waitingFor.allSatisfy { $0.contains("Brest") || !$0.contains("Paris") })
        network.expectAllClean()
    }

    @Test func `what was ahead is taken when its time has come`() throws {
        var network = Federation()
        try network.addBrest()
        network.isolate("Brest")
        network.world.setSkew(Int64(8 * Federation.minute), of: network["Brest"])
        try network.post("dans huit minutes", at: "Brest")
        network.world.setSkew(0, of: network["Brest"])
        network.world.reuniteAll()
        network.settle()
        #expect(try network.texts(of: "Paris") == [])
        network.pass(2 * Federation.minute)
        #expect(try network.texts(of: "Paris") == ["dans huit minutes"])
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `an entry of the registry that is ahead is held too, and taken when it is due`() throws {
        var network = Federation()
        try network.addBrest()
        network.isolate("Brest")
        network.world.setSkew(Int64(8 * Federation.minute), of: network["Brest"])
        _ = try network.invite("Brest", as: .member, from: "Brest")
        network.world.setSkew(0, of: network["Brest"])
        let before = network.entries(of: "Paris").count
        network.world.reuniteAll()
        network.settle()
        #expect(network.entries(of: "Paris").count == before)
        #expect(!(try network.sync("Paris", within: 1000).inSync))
        network.pass(2 * Federation.minute)
        #expect(network.entries(of: "Paris").count == before + 1)
        network.expectEqualSums("Paris", "Brest")
        #expect(try network.sync("Paris").inSync)
    }

    @Test func `a clock that is a year late writes, and is read`() throws {
        var network = Federation()
        try network.addBrest()
        network.settle()
        network.isolate("Brest")
        network.world.setSkew(-Self.year, of: network["Brest"])
        try network.post("il y a un an", at: "Brest")
        network.world.reuniteAll()
        network.settle()
        // Never before the one that it follows: the last entry of its log says when.
        #expect(try network.texts(of: "Paris") == ["il y a un an"])
        network.expectEqualSums("Paris", "Brest")
        let refusal = network.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: nil), at: "Brest")
        #expect(refusal?.why.contains("behind those of the other sites") == true)
    }

    @Test func `a post is shown at the time that it was first seen, if it claims a later one`() throws {
        var network = Federation()
        try network.addBrest()
        network.isolate("Brest")
        network.world.setSkew(Int64(4 * Federation.minute), of: network["Brest"])
        try network.post("en avance", at: "Brest")
        network.world.reuniteAll()
        network.pass(30_000)
        let item = try #require(try network.timeline(of: "Paris").first)
        #expect(item.text == "en avance")
        #expect(item.time <= network.world.wall(of: network["Paris"]).iso8601)
        #expect(try #require(try network.timeline(of: "Brest").first).time > item.time)
    }
}
