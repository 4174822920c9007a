import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What others' gates would keep out for good.
@Suite struct PowersRoomTests {
    /// The database of a site is put back as it was, under another incarnation each time, as after a restore.
    private func restore(_ site: String, _ number: UInt8, in story: Federation) {
        var store = story.store(of: site)
        store.setFact(.incarnation, [0, 0, 0, 0, 0, 0, 1, number])
        story.world.replaceStore(of: story[site], by: store)
        story.pass(Federation.minute)
    }

    @Test func `nobody begins a log that others keep out for good, so that the sites stay in sync (A-86)`() throws {
        var story = Federation()
        try story.addBrest()
        try story.createSpace("chantier")
        story.settle()
        var refusal: Refusal?
        for number in 1...UInt8(GateLimits.logsMax + 1) {
            restore("Brest", number, in: story)
            guard number > GateLimits.logsMax - 1 else {
                try story.post("restauré \(number)", at: "Brest")
                continue
            }
            refusal = story.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: nil), at: "Brest")
        }
        #expect(refusal?.what == "the key of bob can write nothing more in that space" && refusal?.why.contains("64 logs") == true)
        #expect(refusal?.next.contains("entente recover") == true)
        #expect(try story.status(of: "Brest").gate.contains { $0.hasPrefix("the key of bob can write nothing more in that space") })
        // Elsewhere he goes on.
        try story.post("au chantier", in: "chantier", at: "Brest")
        story.settle()
        story.expectEqualSums("Paris", "Brest")
        #expect(try story.status(of: "Paris").gate == [])
        #expect(try story.sync("Brest").inSync)
        story.expectAllClean()
    }

    @Test func `who administers nothing writes so much in the registry as others take, and no more (A-73, A-86)`() throws {
        var story = Federation()
        try story.addBrest()
        var tuning = NodeTuning.standard
        tuning.registryEntriesMax = 40
        for site in ["Paris", "Brest"] { story.world.setTuning(tuning, of: story[site]) }
        story.settle()
        var refusal: Refusal?
        for number in 0..<60 {
            let request = InviteRequest(
                siteName: "agent \(number)", role: .member, spaces: [], until: Federation.farEnd, useBy: nil, uses: 1, by: nil)
            do { try story.ask(.invite(request), of: "Brest") } catch let error as Refusal {
                refusal = error
                break
            }
        }
        #expect(refusal?.why == "sites take 40 registry entries of somebody who administers nothing")
        #expect(try story.status(of: "Brest").gate.contains { $0.hasPrefix("this site can write nothing more in the registry") })
        story.settle()
        story.expectEqualSums("Paris", "Brest")
        #expect(try story.status(of: "Paris").gate == [])
        // Going is always possible: what it takes was left.
        _ = try story.leave(asSite: true, at: "Brest")
        story.settle()
        #expect(try story.member("Brest").state == "left")
        #expect(try story.status(of: "Paris").gate == [])
    }

    @Test func `what is kept out is said, with whose it is, where somebody waits for the sites to be in sync (G-19)`() throws {
        var story = Federation()
        try story.addBrest()
        story.settle()
        // Brest's program takes more than Paris's does.
        var tuning = NodeTuning.standard
        tuning.registryEntriesMax = 24
        story.world.setTuning(tuning, of: story["Paris"])
        var written: [String] = []
        for number in 0..<24 { written.append(try story.invite("agent \(number)", as: .member, from: "Brest").id) }
        story.settle()
        #expect(try story.status(of: "Paris").gate.contains { $0.contains("kept out of Brest") })
        let sync = try story.sync("Paris", within: 30_000)
        #expect(!sync.inSync && sync.waitingFor.contains { $0.hasSuffix("entries are kept out here: entente status says which and why") })
        let here = Set(try story.invitations(at: "Paris").map(\.id))
        let first = try #require(written.first { !here.contains($0) })
        let why = try story.why(String(first.prefix(8)), at: "Paris")
        #expect(!why.counts && why.reasons.map(\.rule) == ["gate"] && why.what == "an entry of Brest that another site has")
        story.world.setTuning(.standard, of: story["Paris"])
        story.settle()
        #expect(try story.sync("Paris").inSync && story.status(of: "Paris").gate == [])
        story.expectEqualSums("Paris", "Brest")
    }
}
