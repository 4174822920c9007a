import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Standing that is given, ended and given back.
@Suite struct PowersGrantTests {
    // MARK: - Giving

    @Test func `an administrator who was made lets a site in, and does not reach who made her`() throws {
        var story = Federation()
        try story.addBrest()
        let item = try story.grant("bob", .administrator)
        #expect(item.role == "administrator" && item.spaces == [] && item.ids.count == 1 && item.overrides == [])
        story.settle()
        try story.join("Lyon", "carol", by: story.invite("Lyon", as: .site, from: "Brest").invitation)
        story.settle()
        #expect(try story.member("Lyon").state == "active")
        // Her membership is below him, what makes her an administrator is not.
        let reach = try story.revoke("alice", at: "Brest", preview: true, by: "bob")
        #expect(reach.reaches == [] && reach.ends == ["alice: member of the whole network"])
        #expect(reach.spares == ["alice as administrator of the whole network: level 1 is not below level 2, by which you act"])
        #expect(try story.member("alice", at: "Brest").state == "active")
    }

    @Test func `nobody gives what he does not have, and a role fits whom it is for`() throws {
        var story = Federation()
        try story.addBrest()
        try story.createSpace("chantier")
        story.settle()
        func refusal(_ member: String, _ role: StandingRole, level: UInt8? = nil, _ spaces: [String] = [], at site: String) -> Refusal? {
            story.refusal(of: .grant(GrantRequest(member: member, role: role, level: level, spaces: spaces)), at: site)
        }
        #expect(refusal("bob", .member, at: "Brest")?.what == "bob may not grant this")
        #expect(refusal("bob", .administrator, level: 1, at: "Paris")?.code == .usage)
        #expect(refusal("bob", .steward, level: 3, ["chantier"], at: "Paris")?.code == .usage)
        #expect(refusal("bob", .securityOfficer, at: "Paris")?.why.contains("below root") == true)
        #expect(refusal("bob", .site, at: "Paris")?.why == "that is a site's, and this is a person")
        #expect(refusal("Brest", .member, at: "Paris")?.why == "that is a person's, and this is a site")
        #expect(refusal("bob", .guest, at: "Paris")?.code == .usage)
        #expect(refusal("bob", .steward, ["chantiers"], at: "Paris")?.next.contains("“chantier”") == true)
        #expect(refusal("bib", .member, at: "Paris")?.next.contains("“bob”") == true)
        #expect(try story.acts(.grant).count == story.acts(.grant, at: "Brest").count)
    }

    @Test func `a role ends on its last day, and the membership beside it does not`() throws {
        var story = Federation()
        try story.addBrest()
        try story.createSpace("chantier")
        _ = try story.grant("bob", .steward, spaces: ["chantier"], until: story.inDays(10))
        story.settle()
        #expect(try story.member("bob").role == "steward")
        story.passDays(11)
        let bob = try story.detail("bob")
        #expect(bob.capabilities.filter { $0.role == "steward of “chantier”" }.map(\.state) == ["ended"])
        #expect(bob.member.state == "active" && bob.member.role == "member")
        try story.post("toujours membre", at: "Brest")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["toujours membre"])
    }

    // MARK: - Ending, and giving back

    @Test func `whoever was removed comes back by a grant that names the removal, and by no other`() throws {
        var story = Federation()
        try story.addBrest()
        try story.post("avant", at: "Brest")
        story.settle()
        try story.revoke("bob")
        story.settle()
        let plain = story.refusal(of: .grant(GrantRequest(member: "bob", role: .member)), at: "Paris")
        #expect(plain?.what == "“bob” was removed, so a new standing would not count")
        #expect(plain?.why.contains("alice removed bob") == true)

        let preview = try story.readmit("bob", preview: true)
        #expect(preview.ids == [] && preview.overrides.map(\.words) == ["removed bob from the whole network and closed 1 invitation"])
        #expect(try story.member("bob").state == "removed")
        let item = try story.readmit("bob")
        #expect(item.ids.count == 1 && item.overrides == preview.overrides && item.remaining == [])
        story.settle()
        #expect(try story.member("bob").state == "active")
        try story.post("de retour", at: "Brest")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["avant", "de retour"])
        #expect(try story.detail("bob").removals.count == 1)
        story.expectEqualSums("Paris", "Brest")
        story.expectAllClean()
    }

    @Test func `only the level that removed somebody, or one above, takes them back`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.grant("bob", .administrator)
        story.settle()
        try story.revoke("carol")
        story.settle()
        let refusal = story.refusal(of: .readmit(ReadmitRequest(member: "carol", by: "bob")), at: "Brest")
        #expect(refusal?.what == "bob may not readmit “carol”")
        #expect(refusal?.why.contains("alice removed carol") == true)
        // What bob does, alice undoes.
        _ = try story.readmit("carol")
        story.settle()
        _ = try story.revoke("carol", at: "Brest", by: "bob")
        story.settle()
        #expect(try story.member("carol").state == "removed")
        _ = try story.readmit("carol")
        story.settle()
        #expect(try story.member("carol", at: "Brest").state == "active")
    }

    @Test func `who leaves is gone by their own will, keeps what they wrote, and may come back`() throws {
        var story = Federation()
        try story.addBrest()
        try story.post("adieu", at: "Brest")
        story.settle()
        let preview = try story.leave(preview: true, at: "Brest")
        #expect(preview.id == "" && preview.member.name == "bob" && preview.ends == ["member of the whole network"])
        #expect(!preview.isLastAdministrator)
        #expect(try story.member("bob").state == "active")
        _ = try story.leave(at: "Brest")
        story.settle()
        #expect(try story.member("bob").state == "left")
        #expect(try story.texts(of: "Paris") == ["adieu"])
        #expect(story.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: nil), at: "Brest") != nil)
        #expect(story.areConnected("Paris", "Brest"))
        _ = try story.readmit("bob")
        story.settle()
        try story.post("me revoilà", at: "Brest")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["adieu", "me revoilà"])
        // Removed, taken back and gone again by his own will: gone by his own will.
        try story.revoke("bob")
        story.settle()
        #expect(try story.member("bob").state == "removed")
        _ = try story.readmit("bob")
        story.settle()
        _ = try story.leave(at: "Brest")
        story.settle()
        #expect(try story.member("bob").state == "left")
    }

    @Test func `a site that leaves takes its people with it, and nothing that they wrote`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invitePerson("erin", to: "Brest")
        try story.post("de bob", at: "Brest")
        try story.post("d'erin", at: "Brest", by: "erin")
        story.settle()
        let item = try story.leave(asSite: true, at: "Brest")
        #expect(item.member.name == "Brest" && Set(item.ends.filter { $0.contains("who came in") }).count == 2)
        story.settle()
        for name in ["Brest", "bob", "erin"] { #expect(try ["left", "removed"].contains(story.member(name).state), "\(name)") }
        #expect(try story.texts(of: "Paris") == ["de bob", "d'erin"])
        #expect(!story.areConnected("Paris", "Brest"))
    }

    @Test func `the last administrator is told that only the root keys are left`() throws {
        let story = Federation()
        #expect(try story.leave(preview: true, at: "Paris").isLastAdministrator)
    }

    @Test func `a removal reaches whoever loses every standing, and says of the others which one they keep`() throws {
        var story = Federation()
        try story.addBrest()
        // By her site, which may end her membership and not what the root keys gave.
        let alone = try story.revoke("alice", preview: true, by: "Paris")
        #expect(alone.reaches == [] && alone.ends == ["alice: member of the whole network"])
        #expect(alone.spares.count == 1 && alone.spares[0].hasPrefix("alice as administrator of the whole network"))
        // bob has something beside what came through Brest, from root: nobody below root reaches it.
        try story.byRoot(.grant(GrantRequest(member: "bob", role: .administrator, level: 1, spaces: [], until: nil, by: nil)))
        let site = try story.revoke("Brest", preview: true)
        #expect(site.reaches.map(\.name) == ["Brest"])
        #expect(site.ends.contains("bob: member of the whole network"))
        #expect(site.spares.contains { $0.hasPrefix("bob as administrator") })
        #expect(site.warnings == ["the site stays connected as long as bob, who signs there, has a standing"])
        let own = try story.revoke("Paris", preview: true)
        #expect(own.warnings.count == 2 && own.warnings[0].hasPrefix("Paris is the site of this node"))
        #expect(try story.acts(.remove) == [])
    }

    // MARK: - People and sites

    @Test func `of two people of one site one is removed, and the other and the site go on`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.invitePerson("erin", to: "Brest")
        try story.post("erin avant", at: "Brest", by: "erin")
        story.settle()
        try story.revoke("erin")
        story.pass(1000)
        #expect(story.refusal(of: .post(space: "everyone", text: "erin après", replyTo: nil, by: "erin"), at: "Brest") != nil)
        try story.post("bob après", at: "Brest", by: "bob")
        story.settle()
        #expect(try story.texts(of: "Paris") == ["erin avant", "bob après"])
        #expect(try story.member("erin").state == "removed" && story.member("bob").state == "active")
        #expect(story.areConnected("Paris", "Brest"))
        story.expectEqualSums("Paris", "Brest")
    }

    @Test func `a site removes its own people, and nobody else's`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.invitePerson("erin", to: "Brest")
        story.settle()
        _ = try story.revoke("erin", at: "Brest")
        story.settle()
        #expect(try story.member("erin").state == "removed")
        #expect(story.refusal(of: .revoke(target: "carol", reason: nil, forCause: false, preview: false, by: nil), at: "Brest") != nil)
    }

    /// The studio holds one space; dave, who signs there, is taken into another one.
    @Test func `a private space reaches the site where its guest signs, and no other space does`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addStudio()
        try story.createSpace("direction")
        try story.post("rien que pour la direction", in: "direction", at: "Paris")
        try story.post("le budget", at: "Paris")
        story.settle()
        #expect(try story.spaces(of: "Studio") == ["chantier"])
        _ = try story.grant("dave", .guest, spaces: ["direction"])
        story.settle()
        #expect(try story.texts(of: "Studio") == ["rien que pour la direction"])
        #expect(Set(try story.spaces(of: "Studio")) == ["chantier", "direction"])
        try story.post("dave répond", in: "direction", at: "Studio")
        story.settle()
        #expect(try story.texts(of: "Paris", in: "direction").last == "dave répond")

        // His standing in it ends: within a second nothing more of it goes there, and the line stays.
        try story.revoke("dave")
        story.pass(1000)
        try story.post("sans lui", in: "direction", at: "Paris")
        try story.post("au studio", in: "chantier", at: "Paris")
        story.settle()
        #expect(story.areConnected("Paris", "Studio"))
        let texts = story.entries(of: "Studio").compactMap { stored -> String? in
            guard case .present(let body) = stored.body else { return nil }
            return String(decoding: body.bytes, as: UTF8.self)
        }
        #expect(texts.contains { $0.contains("au studio") } && !texts.contains { $0.contains("sans lui") })
        story.expectAllClean()
    }

    // MARK: - Invitations

    @Test func `a closed invitation lets nobody in, and whoever came in by it stays`() throws {
        var story = Federation()
        let invitation = try story.invite("agences", as: .site, uses: 3)
        try story.join("Brest", "bob", by: invitation.invitation)
        let act = try story.act(.closeInvitation(id: String(invitation.id.prefix(8)), by: nil), at: "Paris")
        #expect(act.words == "closed 1 invitation" && act.inForce)
        story.settle()
        let refusal = #expect(throws: Refusal.self) { try story.join("Lyon", "carol", by: invitation.invitation) }
        #expect(refusal?.why == "the invitation is closed: it, or whoever issued it, was revoked")
        #expect(try story.member("Brest").state == "active" && story.member("bob").state == "active")
        let item = try #require(try story.invitations().first { $0.id == invitation.id })
        #expect(item.state == "closed" && item.cameIn.map(\.name) == ["Brest"] && item.used == 1 && item.uses == 3)
        #expect(story.refusal(of: .closeInvitation(id: invitation.id, by: nil), at: "Paris")?.what == "this invitation is closed already")
        #expect(story.refusal(of: .closeInvitation(id: "00000000", by: nil), at: "Paris")?.code == .notFound)
    }

    @Test func `who was removed does not come back by the old file, nor by an invitation that he had made`() throws {
        var story = Federation()
        try story.addBrest()
        let erin = try story.invite("erin", as: .member, from: "Brest", uses: 2).invitation
        _ = try story.addPerson("erin", to: "Brest", by: erin)
        story.settle()
        _ = try story.grant("erin", .administrator)
        story.settle()
        let back = try story.invite("Nantes", as: .site, from: "Brest", by: "erin").invitation
        story.settle()
        try story.revoke("erin")
        story.settle()
        for (number, file) in [erin, back].enumerated() {
            #expect(throws: Refusal.self) { try story.join("Again \(number)", "mallory", by: file) }
        }
        #expect(try story.invitations().filter { $0.by?.name == "erin" }.map(\.state) == ["closed"])
    }
}
