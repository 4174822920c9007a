import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What is shown before something is done is what is done, and names people and roles.
@Suite struct PowersPreviewTests {
    // MARK: - Invitations

    @Test func `a removal names the invitations that it closes by role, place, writer, last day and uses left`() throws {
        var story = Federation()
        try story.addBrest()
        let open = try story.invite("agents", as: .member, from: "Brest", useBy: story.inDays(5), uses: 3)
        _ = try story.addPerson("erin", to: "Brest", by: open.invitation)
        story.settle()
        let item = try story.revoke("Brest", preview: true)
        let closes = try #require(item.closes.first { $0.id == open.id })
        #expect(item.closes.count == item.invitations.count && closes.by?.name == "Brest" && closes.used == 1)
        let day = story.inDays(5).iso8601.prefix(10)
        #expect(
            closes.words
                == "the invitation of a member into the whole network, by Brest, to come by \(day), 2 of 3 uses left (\(open.id.prefix(8)))"
        )
        #expect(item.closes.allSatisfy { !$0.words.contains("invitation of a partner") })
    }

    @Test func `one file that leads into several spaces is one invitation, and root's proposals name it too`() throws {
        var story = Federation()
        try story.addStudio()
        try story.createSpace("plans")
        story.settle()
        let file = try story.invite("Atelier", as: .partner, into: ["chantier", "plans"])
        try story.join("Atelier", "fanny", by: file.invitation)
        let item = try story.revoke("Atelier", preview: true)
        let ids = try #require(try story.invitations().first { $0.id == file.id }).ids
        let closed = try #require(item.closes.first { $0.id == file.id })
        #expect(closed.ids == ids && Set(closed.spaces) == ["chantier", "plans"] && closed.words.contains("0 of 1 use left"))
        let words = try story.propose(.revoke(target: "Atelier", forCause: false, subtree: false)).words
        #expect(words.contains { $0.hasPrefix("this closes the invitation of a partner into") })
    }

    @Test func `whoever answers for a newcomer is a member in good standing, and is named with the invitation`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        func request(_ sponsor: String) -> Command {
            .invite(
                InviteRequest(
                    siteName: "Nantes", role: .site, spaces: [], until: Federation.farEnd, useBy: nil, uses: 1, by: nil, sponsor: sponsor))
        }
        guard case .invited(let invited) = try story.ask(request("bob"), of: "Paris") else { throw Federation.Unanswered(answer: "none") }
        story.settle()
        #expect(try story.invitations(at: "Lyon").first { $0.id == invited.id }?.sponsor?.name == "bob")
        #expect(try story.invitations().filter { $0.sponsor != nil }.count == 1)
        try story.join("Nantes", "nina", by: invited.invitation)
        #expect(story.refusal(of: request("bib"), at: "Paris")?.next.contains("“bob”") == true)
        try story.revoke("carol")
        story.settle()
        #expect(story.refusal(of: request("carol"), at: "Paris")?.what == "“carol” cannot answer for a newcomer")
    }

    // MARK: - Recovery

    private func recovery(_ story: Federation, seed: String? = nil, as name: String? = "alice", from: String? = nil) throws
        -> RecoverRequest
    {
        let key = try #require(story.world.founderRecovery)
        return RecoverRequest(
            seed: seed ?? Hex.encode(key.seed), member: name, commitment: story.world.recovery(), takeBackFrom: from)
    }

    private func preview(_ request: RecoverRequest) -> Command {
        var request = request
        request.preview = true
        request.commitment = ""
        return .recover(request)
    }

    @Test func `a recovery that is only shown says what it then does, and changes nothing`() throws {
        var story = Federation()
        try story.addBrest()
        try story.post("de moi", at: "Paris")
        let stolen = try story.post("du voleur", at: "Paris")
        try story.post("encore du voleur", at: "Paris")
        story.settle()
        story.isolate("Paris")
        let request = try recovery(story, from: stolen)
        // The key is not there yet, and is not asked for.
        guard case .recovered(let shown) = try story.ask(preview(request), of: "Brest") else { throw Federation.Unanswered(answer: "none") }
        #expect(shown.id == "" && shown.member.name == "alice" && shown.retired.count == 1 && shown.takenBack == 2)
        #expect(try story.acts(.keyRecover, at: "Brest") == [])
        story.world.addMember("alice", to: story["Brest"])
        story.pass(Federation.minute)
        guard case .recovered(var done) = try story.ask(.recover(request), of: "Brest") else {
            throw Federation.Unanswered(answer: "none")
        }
        #expect(done.id != "")
        done.id = ""
        #expect(done == shown)
        #expect(try story.texts(of: "Brest") == ["de moi"])
    }

    @Test func `whatever refuses a recovery refuses to show it too`() throws {
        var story = Federation()
        try story.addBrest()
        let bobs = try story.post("de bob", at: "Brest")
        story.settle()
        let stranger = Hex.encode(story.world.drawKey().seed)
        for request in [
            try recovery(story, seed: "no seed"), try recovery(story, seed: stranger), try recovery(story, as: nil),
            try recovery(story, as: "bob"), try recovery(story, from: "00000000"), try recovery(story, from: bobs),
        ] {
            let act = story.refusal(of: .recover(request), at: "Brest")
            #expect(act != nil && story.refusal(of: preview(request), at: "Brest") == act, "\(String(describing: act))")
        }
        // Bob's own key is not lost to whoever mistypes a name.
        #expect(try story.refusal(of: preview(recovery(story, as: "bob")), at: "Brest")?.what == "“bob” is somebody else on this site")
        _ = try story.recoverFounder(at: "Brest")
        let again = try recovery(story)
        #expect(story.refusal(of: preview(again), at: "Brest") == story.refusal(of: .recover(again), at: "Brest"))
    }

    // MARK: - Succession

    @Test func `a succession that is only shown says what it then gives, and is refused where the act is`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        try story.createSpace("chantier")
        _ = try story.grant("bob", .steward, spaces: ["chantier"])
        story.settle()
        _ = try story.invitePerson("bob le second", to: "Lyon")
        story.settle()
        func succeed(_ old: String, _ new: String, preview: Bool, at site: String = "Paris") -> Command {
            .succeed(old: old, new: new, by: nil, preview: preview)
        }
        for (old, new, site) in [("bob", "bob", "Paris"), ("bob", "Lyon", "Paris"), ("bob", "carol", "Lyon"), ("bib", "bob", "Paris")] {
            let act = story.refusal(of: succeed(old, new, preview: false), at: site)
            #expect(act != nil && story.refusal(of: succeed(old, new, preview: true), at: site) == act)
        }
        guard case .succeeded(let shown) = try story.ask(succeed("bob", "bob le second", preview: true), of: "Paris") else {
            throw Federation.Unanswered(answer: "none")
        }
        #expect(shown.id == "" && shown.granted == ["steward of “chantier”"])
        #expect(try story.detail("bob le second").successorOf == nil)
        guard case .succeeded(var done) = try story.ask(succeed("bob", "bob le second", preview: false), of: "Paris") else {
            throw Federation.Unanswered(answer: "none")
        }
        #expect(done.id != "")
        done.id = ""
        #expect(done == shown)
    }

    @Test func `a successor who was removed is given nothing that would not count`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        try story.createSpace("chantier")
        _ = try story.grant("bob", .steward, spaces: ["chantier"])
        story.settle()
        try story.revoke("carol")
        story.settle()
        guard case .succeeded(let item) = try story.ask(.succeed(old: "bob", new: "carol", by: nil), of: "Paris") else {
            throw Federation.Unanswered(answer: "none")
        }
        #expect(item.granted == [] && item.missing.count == 2 && item.missing.allSatisfy { $0.hasSuffix("carol was removed from there") })
    }

    // MARK: - Small acts

    @Test func `an invitation, a device and an act are shown as they are done, and refused where the act is`() throws {
        var story = Federation()
        try story.addBrest()
        let open = try story.invite("Lyon", as: .site)
        let removal = try story.revoke("bob")
        story.settle()
        let request = try story.deviceRequest(of: "alice", at: "Brest")
        let nobody = "00000000"
        func acts(_ preview: Bool) throws -> [(Command, String)] {
            [
                (.closeInvitation(id: open.id, by: nil, preview: preview), "Brest"),
                (.closeInvitation(id: nobody, by: nil, preview: preview), "Paris"),
                (.addDevice(request: request, by: "alice", preview: preview), "Brest"),
                (.addDevice(request: "no request", by: nil, preview: preview), "Paris"),
                (.removeDevice(key: nobody, by: nil, preview: preview), "Paris"),
                (.annul(id: removal.id, by: nil, preview: preview), "Paris"), (.annul(id: nobody, by: nil, preview: preview), "Paris"),
            ]
        }
        for (shown, done) in zip(try acts(true), try acts(false)) {
            let refusal = story.refusal(of: shown.0, at: shown.1)
            #expect(refusal != nil && refusal == story.refusal(of: done.0, at: done.1), "\(shown.0)")
        }
        func same(_ preview: Command, _ command: Command, at site: String) throws {
            let shown = try story.act(preview, at: site)
            let done = try story.act(command, at: site)
            #expect(shown.id == "" && !shown.inForce && done.inForce && shown.words == done.words && shown.by == done.by)
            story.settle()
        }
        try same(.closeInvitation(id: open.id, by: nil, preview: true), .closeInvitation(id: open.id, by: nil), at: "Paris")
        try same(.addDevice(request: request, by: nil, preview: true), .addDevice(request: request, by: nil), at: "Paris")
        let key = try #require(try story.devices("alice", at: "Paris").first { $0.kind == "device" }).key
        try same(.removeDevice(key: key, by: nil, preview: true), .removeDevice(key: key, by: nil), at: "Paris")
        _ = try story.readmit("bob", role: .administrator)
        story.settle()
        try story.addLyon()
        story.settle()
        let junior = try story.revoke("carol", at: "Brest", by: "bob").id
        story.settle()
        try same(.annul(id: junior, by: nil, preview: true), .annul(id: junior, by: nil), at: "Paris")
    }

    // MARK: - Readmission

    @Test func `a site that comes back leaves its people out, and they are named`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invitePerson("erin", to: "Brest")
        story.settle()
        _ = try story.grant("erin", .administrator)
        story.settle()
        try story.revoke("Brest")
        story.settle()
        #expect(try story.readmit("Brest", preview: true).stillOut.map(\.name).sorted() == ["bob", "erin"])
        _ = try story.readmit("erin")
        story.settle()
        let item = try story.readmit("Brest")
        #expect(item.stillOut.map(\.name) == ["bob"])
        story.settle()
        #expect(try story.member("bob").state == "removed" && story.member("Brest").state == "active")
        _ = try story.readmit("bob")
        story.settle()
        #expect(try story.member("bob").state == "active")
        #expect(try story.readmit("Brest", preview: true).stillOut == [])
    }

    @Test func `more removals than a grant has room for are counted where they do not reach it, and refused where they do`() throws {
        let story = Federation()
        for person in ["erin", "carol"] { _ = try story.invitePerson(person, to: "Paris") }
        for space in ["chantier", "direction"] { try story.createSpace(space) }
        _ = try story.grant("erin", .steward, spaces: ["chantier"])
        func readmit(_ spaces: [String], preview: Bool) -> Command {
            .readmit(ReadmitRequest(member: "carol", role: .guest, spaces: spaces, preview: preview))
        }
        // A removal of somebody with all that came of it is one act for each role.
        for _ in 0...100 { _ = try story.grant("carol", .guest, spaces: ["chantier"]) }
        let revoke = Command.revoke(target: "carol", reason: nil, forCause: false, preview: false, by: "erin", subtree: true)
        try story.ask(revoke, of: "Paris")
        let refusal = story.refusal(of: readmit(["chantier"], preview: true), at: "Paris")
        #expect(refusal?.what == "more removals keep this member out than one grant can lift" && refusal?.why.contains("101") == true)
        #expect(story.refusal(of: readmit(["chantier"], preview: false), at: "Paris") == refusal)
        // In the whole network, too: they would stop it in a part of that.
        let wide = ReadmitRequest(member: "carol", role: .member, preview: true)
        #expect(story.refusal(of: .readmit(wide), at: "Paris")?.what == refusal?.what)
        guard case .granted(let item) = try story.ask(readmit(["direction"], preview: false), of: "Paris") else { return }
        #expect(item.overrides.count == 100 && item.unlisted == 1 && item.remaining == [])
        let grant = try #require(item.ids.first.flatMap { EntryID(hex: $0) })
        #expect(try story.replica(of: "Paris").authority.isActive(grant))
    }

    // MARK: - Oneself

    @Test func `nobody removes himself: he leaves, or his site removes him by its name`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invitePerson("erin", to: "Brest")
        story.settle()
        for (by, name) in [(nil, "bob"), ("bob", "bob"), ("erin", "erin")] {
            for preview in [true, false] {
                let command = Command.revoke(target: name, reason: nil, forCause: false, preview: preview, by: by)
                let refusal = story.refusal(of: command, at: "Brest")
                #expect(refusal?.what == "nobody revokes himself" && refusal?.next.hasPrefix("entente leave") == true)
            }
        }
        #expect(try story.member("bob", at: "Brest").state == "active")
        let item = try story.revoke("bob", at: "Brest", by: "Brest")
        #expect(item.by?.name == "Brest" && item.reaches.map(\.name) == ["bob"])
        story.settle()
        #expect(try story.member("bob").state == "removed" && story.member("erin").state == "active")
    }

    // MARK: - Reading

    @Test func `a guest may be let in to read only, and stays so when taken back`() throws {
        var story = Federation()
        try story.addBrest()
        try story.createSpace("direction")
        try story.post("le plan", in: "direction", at: "Paris")
        story.settle()
        let invitation = InviteRequest(
            siteName: "gil", role: .guest, spaces: ["everyone"], until: Federation.farEnd, useBy: nil, uses: 1, by: nil, readOnly: true)
        guard case .invited(let invited) = try story.ask(.invite(invitation), of: "Brest") else {
            throw Federation.Unanswered(answer: "none")
        }
        _ = try story.addPerson("gil", to: "Brest", by: invited.invitation)
        story.settle()
        func capability(_ place: String) throws -> CapabilityItem? {
            let gil = try #require(try story.members(of: "Brest").first { $0.name == "gil" })
            return try story.detail(gil.id, at: "Paris").capabilities.last { $0.role == "reading guest of “\(place)”" }
        }
        #expect(try capability("everyone")?.rights == [])
        let refusal = story.refusal(of: .post(space: "everyone", text: "moi", replyTo: nil, by: "gil"), at: "Brest")
        #expect(refusal?.why == "the membership there is for reading only")
        // By its id: who says nothing says no name either.
        let gil = try #require(try story.members(of: "Brest").first { $0.name == "gil" }).id
        let grant = GrantRequest(member: gil, role: .guest, spaces: ["direction"], readOnly: true)
        try story.ask(.grant(grant), of: "Paris")
        story.settle()
        #expect(try capability("direction")?.state == "active")
        #expect(try story.texts(of: "Brest", in: "direction") == ["le plan"])
        try story.revoke(gil)
        story.settle()
        _ = try story.readmit(gil)
        story.settle()
        #expect(try capability("everyone")?.state == "active")
        #expect(story.refusal(of: .post(space: "everyone", text: "moi", replyTo: nil, by: "gil"), at: "Brest") != nil)
        for role in [Role.member, .site] {
            var wrong = invitation
            wrong.role = role
            #expect(story.refusal(of: .invite(wrong), at: "Brest")?.code == .usage)
        }
        #expect(story.refusal(of: .grant(GrantRequest(member: "bob", role: .member, readOnly: true)), at: "Paris")?.code == .usage)
    }
}
