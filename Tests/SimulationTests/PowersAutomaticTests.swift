import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What nodes do by themselves. (authority, section 5)
@Suite struct PowersAutomaticTests {
    @Test func `an invitation that nobody used is closed when its last day has passed`() throws {
        var story = Federation()
        try story.addBrest()
        let unused = try story.invite("Lyon", as: .site, useBy: story.inDays(10))
        story.passDays(11)
        let item = try #require(try story.invitations().first { $0.id == unused.id })
        #expect(item.state == "closed" && item.closedBy.count == 1 && item.cameIn == [])
        #expect(try story.member("bob").state == "active")
        story.settle()
        #expect(try story.invitations(at: "Brest").first { $0.id == unused.id }?.state == "closed")
        story.expectEqualSums("Paris", "Brest")
    }

    @Test func `what has ended is closed once, however many days go by`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invite("Lyon", as: .site, useBy: story.inDays(10))
        story.passDays(11)
        let count = try story.acts(.remove).count
        #expect(count == 1)
        for _ in 0..<3 { story.passDays(1) }
        story.world.restart(story["Paris"])
        story.passDays(1)
        #expect(try story.acts(.remove).count == count)
    }

    @Test func `a contract that runs out is closed, and what the partner wrote before stays`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addStudio(until: story.inDays(30))
        try story.post("vu au chantier", in: "chantier", at: "Studio")
        story.settle()
        story.passDays(31)
        let dave = try story.member("dave")
        #expect(dave.state == "ended")
        #expect(try story.member("Studio").state == "ended")
        #expect(try story.texts(of: "Paris", in: "chantier") == ["vu au chantier"])
        #expect(try !story.acts(.remove).isEmpty)
        #expect(throws: Refusal.self) { try story.post("encore", in: "chantier", at: "Studio") }
        story.expectAllClean()
        story.expectReadable("Paris")
    }

    @Test func `an end that passes while no administrator is there is closed when one comes`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addStudio(until: story.inDays(30))
        try story.post("vu au chantier", in: "chantier", at: "Studio")
        story.settle()
        story.isolate("Paris")
        story.passDays(31)
        #expect(try story.acts(.remove, at: "Brest").isEmpty)
        #expect(try story.member("dave", at: "Brest").state == "ended")
        story.world.reuniteAll()
        story.settle()
        story.passDays(1)
        #expect(try !story.acts(.remove, at: "Brest").isEmpty)
        #expect(try story.texts(of: "Brest", in: "chantier") == ["vu au chantier"])
        story.expectEqualSums("Paris", "Brest")
    }

    @Test func `a clock that is ahead of all others closes nothing`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invite("Lyon", as: .site, useBy: story.inDays(10))
        story.isolate("Paris")
        story.passDays(400, on: ["Paris"])
        #expect(try story.acts(.remove).isEmpty)
        story.world.reuniteAll()
        story.passDays(0)
        #expect(try story.acts(.remove).isEmpty)
    }

    /// Paris and Lyon are administrators' sites. Paris removes bob while it has not seen his last post; Lyon has.
    @Test func `a steward's node vouches for what it held before it learnt of a removal`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.grant("carol", .administrator)
        try story.addPeer("Lyon", to: "Brest")
        story.settle()
        story.part("Paris", "Brest")
        story.part("Paris", "Lyon")
        try story.post("avant tout", at: "Brest")
        story.pass(Federation.minute)
        #expect(try story.texts(of: "Lyon") == ["avant tout"])
        #expect(try story.texts(of: "Paris") == [])
        try story.revoke("Brest")
        story.part("Brest", "Lyon")
        story.reunite("Paris", "Lyon")
        story.settle()
        #expect(try story.texts(of: "Lyon") == ["avant tout"])
        #expect(try story.texts(of: "Paris") == ["avant tout"])
        story.expectEqualSums("Paris", "Lyon")
        story.expectAllClean()
    }

    @Test func `what comes after the removal is on the shelf, and no node vouches for it by itself`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        try story.addPeer("Lyon", to: "Brest")
        story.settle()
        story.isolate("Brest")
        try story.revoke("Brest")
        try story.post("encore là", at: "Brest")
        story.settle()
        let before = try story.acts(.vouch).count
        story.reunite("Brest", "Lyon")
        story.settle()
        #expect(try story.acts(.vouch).count == before)
        #expect(try story.texts(of: "Paris") == [])
        #expect(try story.texts(of: "Lyon") == [])
    }

    @Test func `for cause, a junior node does not seal`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.grant("carol", .administrator)
        try story.addPeer("Lyon", to: "Brest")
        story.settle()
        story.part("Paris", "Brest")
        story.part("Paris", "Lyon")
        try story.post("avant tout", at: "Brest")
        story.pass(Federation.minute)
        #expect(try story.texts(of: "Lyon") == ["avant tout"])
        try story.revoke("Brest", forCause: true)
        story.part("Brest", "Lyon")
        let before = try story.acts(.vouch, at: "Lyon").count
        story.reunite("Paris", "Lyon")
        story.settle()
        #expect(try story.texts(of: "Lyon") == [])
        #expect(try story.acts(.vouch, at: "Lyon").count == before)
        story.expectEqualSums("Paris", "Lyon")
    }

    @Test func `once a day the acts of junior administrators are vouched for, and only what is new`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        story.settle()
        _ = try story.invite("Lyon", as: .site, from: "Brest")
        story.settle()
        func tips() throws -> Set<EntryID> {
            let acts = try story.acts(.vouch).compactMap { story.store(of: "Paris").entry($0.id)?.entry.header.act }
            return Set(acts.flatMap(\.tips))
        }
        story.passDays(1)
        story.settle()
        let bob = try story.identity("bob")
        let registry = try story.replica(of: "Paris").logs(of: bob).filter { $0.key.space == .registry }
        let head = try #require(registry.first?.heads.first)
        #expect(try tips().contains(head.id))
        let count = try story.acts(.vouch).count
        for _ in 0..<3 { story.passDays(1) }
        #expect(try story.acts(.vouch).count == count)
        _ = try story.invite("Nantes", as: .site, from: "Brest")
        story.settle()
        story.passDays(1)
        #expect(try story.acts(.vouch).count == count + 1)
    }

    @Test func `a removal that keeps nothing does not undo what a checkpoint has kept`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        story.settle()
        try story.join("Lyon", "carol", by: story.invite("Lyon", as: .site, from: "Brest").invitation)
        story.passDays(1)
        story.settle()
        try story.revoke("bob")
        story.settle()
        #expect(try story.member("bob").state == "removed")
        #expect(try story.member("carol").state == "active")
        #expect(try story.member("Lyon").state == "active")
    }
}
