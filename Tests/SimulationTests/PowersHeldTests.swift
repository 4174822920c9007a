import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// The shelf, and why something counts or does not.
@Suite struct PowersHeldTests {
    /// bob is removed while Brest is alone and writes on; erin, who signs at Brest too, becomes an administrator later.
    private func removal(forCause: Bool) throws -> (story: Federation, ids: [String]) {
        var story = Federation()
        try story.addBrest()
        _ = try story.invitePerson("erin", to: "Brest")
        try story.post("avant", at: "Brest")
        story.settle()
        story.isolate("Brest")
        try story.revoke("bob", forCause: forCause)
        let ids = [try story.post("un", at: "Brest"), try story.post("deux", at: "Brest")]
        story.world.reuniteAll()
        story.settle()
        return (story, ids)
    }

    @Test func `what was written meanwhile is on the shelf with the reason, and goes nowhere`() throws {
        let (story, ids) = try removal(forCause: false)
        let held = try story.held("bob", at: "Brest").sorted { $0.brings < $1.brings }
        #expect(held.map(\.id) == ids && held.map(\.text) == ["un", "deux"] && held.map(\.brings) == [1, 2])
        for item in held {
            #expect(item.because.map(\.by?.name) == ["alice"] && item.because.allSatisfy { $0.words.hasPrefix("removed bob") })
            #expect(item.space == "everyone" && item.kind == "post" && item.author.name == "bob" && item.isAdoptable)
            #expect(item.reasons.first == "the standing that it cites was ended" && item.reasons.count == 2)
        }
        let since = try #require(Timestamp(text: held[0].heldSince))
        #expect(Timestamp(text: held[0].keptUntil) == since.advanced(byMilliseconds: 90 * Federation.day))
        #expect(try story.held(at: "Paris") == [] && story.member("bob", at: "Brest").held == 2)
        #expect(try story.texts(of: "Brest") == ["avant"] && story.texts(of: "Paris") == ["avant"])
        story.expectEqualSums("Paris", "Brest")
    }

    @Test func `what its author's own keys keep out says so, and nobody adopts it`() throws {
        var story = Federation()
        try story.addBrest()
        let request = try story.deviceRequest(of: "alice", at: "Brest")
        _ = try story.act(.addDevice(request: request, by: nil), at: "Paris")
        story.settle()
        let kept = try story.post("avant", at: "Brest", by: "alice")
        let stolen = try story.post("de Paris", at: "Paris")
        story.settle()
        story.isolate("Brest")
        let device = try #require(try story.devices("alice", at: "Paris").first { $0.kind == "device" })
        _ = try story.act(.removeDevice(key: device.key, by: nil), at: "Paris")
        let late = try story.post("le voleur", at: "Brest", by: "alice")
        story.world.reuniteAll()
        story.settle()
        let removed = try #require(try story.held("alice", at: "Brest").first { $0.id == late })
        #expect(removed.reasons == ["its author removed the key that signed it, and did not name this entry as one to keep"])
        #expect(removed.because.map(\.words) == ["removed the device \(device.key.prefix(8))"] && !removed.isAdoptable)
        #expect(story.refusal(of: .adopt(id: late, by: "bob"), at: "Brest")?.why == removed.reasons[0])
        // What the removal names counts, and says nothing of keys.
        #expect(try story.why(kept, at: "Brest").counts && rules(story.why(kept, at: "Brest")) == ["capability"])

        story.world.addMember("alice bis", to: story["Brest"])
        story.pass(Federation.minute)
        let seed = Hex.encode(try #require(story.world.founderRecovery).seed)
        let recovery = RecoverRequest(seed: seed, member: "alice bis", commitment: story.world.recovery(), takeBackFrom: stolen)
        try story.ask(.recover(recovery), of: "Brest")
        story.settle()
        let taken = try #require(try story.held("alice", at: "Paris").first { $0.id == stolen })
        #expect(taken.reasons == ["its author took it back, with what followed it, in a recovery"] && !taken.isAdoptable)
        #expect(taken.because.map(\.by?.name) == ["alice"] && taken.because[0].words.hasPrefix("recovered with a recovery key"))
    }

    @Test func `what is adopted counts everywhere, with what leads to it`() throws {
        let (story, ids) = try removal(forCause: false)
        #expect(story.refusal(of: .adopt(id: ids[1], by: "erin"), at: "Brest")?.what == "erin may not adopt this")
        _ = try story.grant("erin", .administrator)
        story.settle()
        #expect(try story.held(at: "Brest").count == 2)
        let item = try story.adopt(String(ids[1].prefix(8)), at: "Brest", by: "erin")
        #expect(item.entries == 2 && item.author.name == "bob" && item.space == "everyone")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["avant", "un", "deux"])
        #expect(try story.held(at: "Brest") == [])
        #expect(story.refusal(of: .adopt(id: ids[1], by: "erin"), at: "Brest")?.what == "this entry is accepted already")
        #expect(try story.member("bob").state == "removed")
        story.expectEqualSums("Paris", "Brest")
        story.expectAllClean()
    }

    @Test func `for cause, nobody junior to whoever removed adopts`() throws {
        let (story, ids) = try removal(forCause: true)
        _ = try story.grant("erin", .administrator)
        story.settle()
        let refusal = story.refusal(of: .adopt(id: ids[0], by: "erin"), at: "Brest")
        #expect(refusal?.what == "erin may not adopt this" && refusal?.why.contains("level 1 or smaller") == true)
        // She is as senior from here on, and may.
        try story.byRoot(.grant(GrantRequest(member: "erin", role: .administrator)))
        story.settle()
        _ = try story.adopt(ids[0], at: "Brest", by: "erin")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["avant", "un"])
    }

    // MARK: - Why

    private func rules(_ item: WhyItem) -> [String] { item.reasons.map(\.rule) }

    @Test func `a post says by which standing it counts`() throws {
        var story = Federation()
        try story.addBrest()
        let id = try story.post("bonjour", at: "Brest")
        story.settle()
        let why = try story.why(String(id.prefix(8)), at: "Paris")
        #expect(why.id == id && why.what == "post by bob in “everyone”" && why.counts && why.verdict == "it is accepted and shown")
        #expect(rules(why) == ["capability"])
        #expect(why.reasons[0].acts.map(\.words) == ["came in as member of the whole network until 2030-01-01"])
    }

    @Test func `a post beyond a removal names the removal, and one before it names what keeps it`() throws {
        let (story, ids) = try removal(forCause: false)
        let beyond = try story.why(ids[0], at: "Brest")
        #expect(!beyond.counts && beyond.verdict == "it is not accepted: held for review")
        #expect(rules(beyond) == ["capability", "stopped", "kept"])
        #expect(beyond.reasons[1].acts.map(\.by?.name) == ["alice"] && beyond.reasons[2].acts == [])
        let before = try #require(try story.timeline(of: "Paris").first { $0.text == "avant" })
        let kept = try story.why(before.id, at: "Paris")
        #expect(kept.counts && rules(kept) == ["capability", "stopped", "kept"] && !kept.reasons[2].acts.isEmpty)
    }

    @Test func `an act that was taken back, and what it had done, say so`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        try story.addLyon()
        story.settle()
        let removal = try story.revoke("carol", at: "Brest", by: "bob")
        story.settle()
        #expect(try story.why("carol", at: "Paris").verdict == "carol is no longer accepted")
        let act = try story.act(.annul(id: removal.id, by: nil), at: "Paris")
        #expect(act.words.hasPrefix("took back: bob removed carol"))
        story.settle()
        let why = try story.why(removal.id, at: "Brest")
        #expect(!why.counts && rules(why).contains("annulled") && why.what.hasPrefix("bob removed carol"))
        #expect(why.reasons.first { $0.rule == "annulled" }?.acts.map(\.id) == [act.id])
        #expect(try story.member("carol", at: "Brest").state == "active")
    }

    @Test func `a member says which standings are in force, ended or stopped`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addStudio(until: story.inDays(10))
        _ = try story.invitePerson("erin", to: "Brest")
        story.settle()
        try story.revoke("erin")
        _ = try story.leave(at: "Brest", by: "bob")
        story.settle()
        func verdict(_ name: String) throws -> (String, [String], Bool) {
            let why = try story.why(name, at: "Paris")
            return (why.verdict, rules(why), why.counts)
        }
        #expect(try verdict("alice") == ("alice is a member in good standing", ["capability", "capability"], true))
        #expect(try verdict("erin") == ("erin is no longer accepted", ["stopped"], false))
        #expect(try verdict("bob") == ("bob is gone by their own will", ["stopped"], false))
        story.world.setSkew(Int64(11 * Federation.day), of: story["Paris"])
        #expect(try verdict("dave") == ("dave is past the last day of the membership", ["end"], false))
        #expect(story.refusal(of: .why("nobody"), at: "Paris")?.code == .notFound)
    }

    @Test func `an admission is provisional until somebody senior has vouched for it`() throws {
        var story = Federation()
        try story.addBrest()
        let invitation = try story.invite("erin", as: .member, from: "Brest").invitation
        story.isolate("Brest")
        _ = try story.addPerson("erin", to: "Brest", by: invitation)
        #expect(try story.why("erin", at: "Brest").verdict == "erin is admitted, and nobody senior has vouched for it yet")
        let admission = try #require(try story.detail("erin", at: "Brest").capabilities.first)
        let before = try story.why(admission.id, at: "Brest")
        #expect(before.counts && before.reasons.last?.words.hasPrefix("provisional") == true)
        story.world.reuniteAll()
        story.settle()
        let after = try story.why(admission.id, at: "Brest")
        #expect(after.counts && rules(after).last == "sealed" && after.reasons.last?.acts.isEmpty == false)
    }
}
