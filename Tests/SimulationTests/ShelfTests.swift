import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What becomes of the shelf after its days. (authority, section 7)
@Suite struct ShelfTests {
    /// bob is removed while Brest, where he signs, and Lyon are on their own, and writes on; Lyon takes it before it hears.
    private func removal() throws -> (story: Federation, ids: [String]) {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        try story.addPeer("Brest", to: "Lyon")
        _ = try story.invitePerson("erin", to: "Brest")
        try story.post("avant", at: "Brest", by: "bob")
        story.settle()
        story.part("Paris", "Brest")
        story.part("Paris", "Lyon")
        try story.revoke("bob")
        let ids = try ["un", "deux", "trois"].map { try story.post($0, at: "Brest", by: "bob") }
        story.settle()
        story.world.reuniteAll()
        story.settle()
        return (story, ids)
    }

    private func collect(_ story: Federation, at site: String, days: UInt64 = Node.shelfDays, preview: Bool = false) throws -> CollectedItem
    {
        guard case .collected(let item) = try story.ask(.collectShelf(days: days, preview: preview), of: site) else {
            throw Federation.Unanswered(answer: "nothing collected")
        }
        return item
    }

    /// What a node that starts anew from the store would know is what this one knows, and no fault is found.
    private func expectSound(_ story: Federation, sourceLocation: SourceLocation = #_sourceLocation) throws {
        story.expectAllClean(sourceLocation: sourceLocation)
        for site in story.sites.keys.sorted() {
            let fresh = try story.replica(of: site)
            for space in fresh.spaces {
                #expect(story.sums(of: site)[space] == fresh.sum(of: space).bytes, "\(site)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `what was held for its days is destroyed where somebody asks for it, and nothing that people see changes (A-84)`() throws {
        let (story, ids) = try removal()
        #expect(try ["Brest", "Lyon"].allSatisfy { try story.held(at: $0).map(\.id) == ids })
        let before = (story.sums(of: "Brest"), try story.said(of: "Brest"))
        story.passDays(91)
        let preview = try collect(story, at: "Brest", preview: true)
        #expect(preview.entries == 3 && preview.parts.map(\.author.name) == ["bob"] && preview.parts.map(\.entries) == [3] && !preview.more)
        #expect(try story.held(at: "Brest").count == 3)
        let done = try collect(story, at: "Brest")
        #expect(done.entries == 3 && done.bytes == preview.bytes && done.bytes > 0)
        #expect(try story.held(at: "Brest") == [] && collect(story, at: "Brest").entries == 0)
        #expect(ids.compactMap(EntryID.init(hex:)).allSatisfy { story.store(of: "Brest").entry($0) == nil })
        #expect(before.1 == (try story.said(of: "Brest")) && before.0.keys == story.sums(of: "Brest").keys)
        #expect(try story.texts(of: "Brest") == ["avant"])
        try expectSound(story)
        // Lyon was not asked, and keeps what it holds; the two are in sync all the same.
        #expect(try story.held(at: "Lyon").map(\.id) == ids)
        story.settle()
        story.expectEqualSums("Brest", "Lyon")
        #expect(try story.sync("Brest").inSync)
    }

    @Test func `before its days are over nothing goes, counted from the removal where that came later (A-84)`() throws {
        let (story, _) = try removal()
        let since = try #require(Timestamp(text: try story.held(at: "Lyon")[0].heldSince))
        story.passDays(89)
        #expect(try collect(story, at: "Lyon").entries == 0 && story.held(at: "Lyon").count == 3)
        #expect(story.refusal(of: .collectShelf(days: 89, preview: false), at: "Lyon")?.why.contains("from 90") == true)
        story.passDays(2)
        #expect(since.advanced(byMilliseconds: 90 * Federation.day) < story.world.wall(of: story["Lyon"]))
        #expect(try collect(story, at: "Lyon", days: 365).entries == 0)
        #expect(try collect(story, at: "Lyon").entries == 3)
        try expectSound(story)
    }

    @Test func `a second removal counts from its own day`() throws {
        let (story, _) = try removal()
        story.passDays(60)
        _ = try story.readmit("bob")
        story.settle()
        _ = try story.post("de retour", at: "Brest", by: "bob")
        story.settle()
        story.isolate("Brest")
        try story.revoke("bob")
        let late = try story.post("encore", at: "Brest", by: "bob")
        story.world.reuniteAll()
        story.settle()
        story.passDays(40)
        #expect(try collect(story, at: "Brest").entries == 0)
        #expect(try story.held(at: "Brest").contains { $0.id == late })
        story.passDays(51)
        _ = try collect(story, at: "Brest")
        #expect(try story.held(at: "Brest") == [] && story.texts(of: "Brest") == ["avant", "de retour"])
        try expectSound(story)
    }

    @Test func `what one site collected comes again from another that adopts it, and so it does after a restart (A-84)`() throws {
        let (first, ids) = try removal()
        first.passDays(91)
        #expect(try collect(first, at: "Brest").entries == 3)
        let story = first.restarted(seed: 7)
        _ = try story.grant("carol", .administrator)
        story.settle()
        let item = try story.adopt(ids[1], at: "Lyon", by: "carol")
        #expect(item.entries == 2)
        story.settle()
        for site in ["Paris", "Brest", "Lyon"] { #expect(try story.texts(of: site) == ["avant", "un", "deux"], "\(site)") }
        story.expectEqualSums("Brest", "Lyon")
        try expectSound(story)
    }

    @Test func `what the registry names stays, though nothing in force keeps it (A-85)`() throws {
        let (story, ids) = try removal()
        _ = try story.grant("carol", .administrator)
        story.settle()
        #expect(try story.held(at: "Lyon").map(\.id) == ids)
        // She vouches behind her own removal: on Lyon the vouch is held too, and names what it names.
        story.isolate("Lyon")
        try story.revoke("carol")
        _ = try story.adopt(ids[1], at: "Lyon", by: "carol")
        #expect(try story.texts(of: "Lyon") == ["avant", "un", "deux"])
        story.world.reuniteAll()
        story.settle()
        for site in ["Paris", "Brest", "Lyon"] { #expect(try story.texts(of: site) == ["avant"], "\(site)") }
        story.passDays(91)
        #expect(try collect(story, at: "Lyon").entries == 1)
        #expect(try story.held(at: "Lyon").filter { $0.kind == "post" }.map(\.id) == Array(ids.prefix(2)))
        try expectSound(story)
    }

    @Test func `a log in which this site goes on stays whole, and the others go on behind what is left (A-85)`() throws {
        let (story, _) = try removal()
        // Nothing of his own incarnation goes: bob wrote in an earlier one, erin writes on in this one.
        _ = try story.post("d’erin", at: "Brest", by: "erin")
        story.settle()
        story.isolate("Brest")
        try story.revoke("erin")
        _ = try story.post("d’erin, après", at: "Brest", by: "erin")
        story.passDays(91)
        // Brest has not heard of it: to Brest nothing of erin's is held.
        #expect(try collect(story, at: "Brest").parts.map(\.author.name) == ["bob"])
        _ = try story.post("d’erin, encore", at: "Brest", by: "erin")
        story.world.reuniteAll()
        story.settle()
        #expect(try story.texts(of: "Paris") == ["avant", "d’erin"])
        try expectSound(story)
    }

    // MARK: - Forks

    /// Six copies of Brest have each written two posts behind the same one, and Paris has met them in this order.
    private func fork(meeting order: [Int]) throws -> Federation {
        var story = Federation()
        try story.addBrest()
        try story.post("ensemble", at: "Brest")
        story.settle()
        for number in order { story.clone("Brest", as: "Copy\(number)") }
        let copies = story.sites.keys.filter { $0 != "Paris" }
        for a in story.sites.keys { for b in copies where a != b { story.part(a, b) } }
        for number in order {
            try story.post("\(number) un", at: "Copy\(number)")
            try story.post("\(number) deux", at: "Copy\(number)")
        }
        for number in order {
            story.reunite("Paris", "Copy\(number)")
            story.settle()
            story.part("Paris", "Copy\(number)")
        }
        return story
    }

    @Test(arguments: 0..<6)
    func `of a forked log the branches that others displaced go, and what is kept stays (A-84, A-85)`(turn: Int) throws {
        let story = try fork(meeting: (0..<6).map { ($0 + turn) % 6 })
        let (sums, said) = (story.sums(of: "Paris"), try story.said(of: "Paris"))
        let count = story.entries(of: "Paris").filter { $0.entry.header.kind == .post }.count
        #expect(try story.texts(of: "Paris").count == 1 + 4 * 2)
        story.passDays(91, on: ["Paris"])
        let done = try collect(story, at: "Paris")
        let left = story.entries(of: "Paris").filter { $0.entry.header.kind == .post }.count
        // Of a displaced branch behind which another one stands the first entry stays: it holds the branch's number.
        #expect(left == count - done.entries && done.entries >= count - 9 - 2 && done.entries <= count - 9)
        #expect(count == 9 || done.entries > 0)
        #expect(try story.said(of: "Paris") == said)
        for (space, sum) in sums where space != .registry { #expect(story.sums(of: "Paris")[space] == sum) }
        try expectSound(story)
        // A copy that goes on is taken as before.
        let kept = try #require(try story.timeline(of: "Paris").first { $0.text.hasSuffix("deux") })
        let copy = "Copy" + kept.text.prefix(1)
        story.passDays(91, on: [copy])
        try story.post("trois", at: copy)
        story.reunite("Paris", copy)
        story.settle()
        #expect(try story.texts(of: "Paris").contains("trois"))
        try expectSound(story)
    }
}
