import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Whom a removal reaches, and what it must not lose.
@Suite struct RemovalReachTests {
    private func texts(_ story: Federation, _ site: String = "Paris", in space: String? = nil) throws -> [String] {
        try story.texts(of: site, in: space).sorted()
    }

    @Test func `names and reasons stay in the space for all, whatever the ids of the spaces are`() throws {
        // The ids are random: among so many spaces some come before that of the space for all.
        var story = Federation()
        for number in 0..<12 { try story.createSpace("espace \(number)") }
        try story.join(
            "Studio", "dave", by: story.invite("Studio", as: .partner, into: (0..<12).map { "espace \($0)" }).invitation)
        story.settle()
        try story.addBrest()
        story.settle()
        let command = Command.revoke(target: "bob", reason: "parti avec la caisse", forCause: false, preview: false, by: nil)
        guard case .revoked = try story.ask(command, of: "Paris") else { throw Federation.Unanswered(answer: "bob was not revoked") }
        story.settle()
        #expect(try story.timeline(of: "Paris").map(\.text) == ["bob: parti avec la caisse"])
        #expect(try story.timeline(of: "Paris").map(\.space) == ["everyone"])
        #expect(try texts(story, "Studio") == [])
        let names = try story.members(of: "Studio").map(\.name)
        #expect(!names.contains("bob") && !names.contains("Brest"))
    }

    @Test func `a site that is revoked goes with those who sign there, by whatever standing they are in`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.grant("bob", .administrator)
        story.settle()
        let preview = try story.revoke("Brest", preview: true)
        #expect(Set(preview.reaches.map(\.name)) == ["Brest", "bob"])
        #expect(preview.ends.contains { $0.contains("administrator") })
        try story.revoke("Brest", forCause: true)
        story.settle()
        #expect(!story.areConnected("Paris", "Brest") && !story.areConnected("Lyon", "Brest"))
        #expect(try story.member("bob").state == "removed" && story.member("Brest").state == "removed")
        try story.post("secret après le vol", at: "Paris")
        story.settle()
        #expect(try !texts(story, "Brest").contains("secret après le vol"))
        // He cannot use what he was.
        #expect(throws: (any Error).self) {
            try story.join("Voleur", "vic", by: story.invite("Voleur", as: .site, from: "Brest").invitation)
        }
        story.expectAllClean()
    }

    @Test func `a partner who came back with its people goes with all of them`() throws {
        var story = Federation()
        try story.addStudio()
        story.settle()
        try story.revoke("Studio")
        story.settle()
        _ = try story.readmit("Studio")
        _ = try story.readmit("dave")
        story.settle()
        #expect(story.areConnected("Paris", "Studio"))
        #expect(Set(try story.revoke("Studio").reaches.map(\.name)) == ["Studio", "dave"])
        story.settle()
        #expect(!story.areConnected("Paris", "Studio"))
        #expect(try story.member("dave").state == "removed")
    }

    @Test func `what an earlier leave or removal kept, a later removal keeps`() throws {
        var story = Federation()
        try story.addStudio()
        _ = try story.addPerson("kari", to: "Studio", by: story.invite("kari", as: .member, from: "Studio").invitation)
        _ = try story.addPerson("nils", to: "Studio", by: story.invite("nils", as: .member, from: "Studio").invitation)
        story.settle()
        try story.post("hei", in: "chantier", at: "Studio", by: "kari")
        try story.post("god dag", in: "chantier", at: "Studio", by: "nils")
        try story.post("de dave", in: "chantier", at: "Studio", by: "dave")
        story.settle()
        _ = try story.leave(at: "Studio", by: "kari")
        story.settle()
        try story.revoke("nils")
        story.settle()
        let before = try texts(story)
        #expect(before == ["de dave", "god dag", "hei"])
        for forCause in [false, true] {
            try story.revoke("Studio", forCause: forCause)
            story.settle()
            #expect(try texts(story) == before, "for cause: \(forCause)")
            #expect(try story.member("kari").name == "kari")
            _ = try story.readmit("Studio")
            story.settle()
        }
        story.expectAllClean()
    }

    @Test func `a whole line of people falls, and nothing that the network holds goes with it`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator, level: 2)
        story.settle()
        try story.join("Lyon", "carol", by: story.invite("Lyon", as: .site, from: "Brest", by: "bob").invitation)
        story.settle()
        _ = try story.grant("carol", .administrator, level: 3, at: "Brest", by: "bob")
        story.settle()
        try story.join("Nantes", "nora", by: story.invite("Nantes", as: .site, from: "Lyon", by: "carol").invitation)
        story.settle()
        for (site, who) in [("Brest", "bob"), ("Lyon", "carol"), ("Nantes", "nora")] { try story.post("de \(who)", at: site, by: who) }
        story.settle()
        // Carol has gone before; what she had let in, and vouched for, counts still.
        try story.revoke("carol")
        story.settle()
        let before = try texts(story)
        #expect(before == ["de bob", "de carol", "de nora"])
        let removal = Command.revoke(target: "bob", reason: nil, forCause: true, preview: false, by: nil, subtree: true)
        guard case .revoked(let item) = try story.ask(removal, of: "Paris") else {
            throw Federation.Unanswered(answer: "bob was not revoked")
        }
        #expect(item.warnings.contains { $0.contains("sites fall") })
        story.settle()
        #expect(try texts(story) == before)
        #expect(try story.member("nora").state == "removed")
        story.expectAllClean()
    }

    @Test func `nobody junior gives anew to whom a removal of a whole line names`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        _ = try story.grant("carol", .administrator, level: 3)
        story.settle()
        let removal = Command.revoke(target: "bob", reason: nil, forCause: true, preview: false, by: nil, subtree: true)
        _ = try story.ask(removal, of: "Paris")
        story.settle()
        let refusal = story.refusal(
            of: .grant(GrantRequest(member: "bob", role: .member, level: nil, spaces: [], until: nil, by: nil)), at: "Lyon")
        #expect(refusal?.what.contains("was removed") == true)
    }

    @Test func `one role ends, and the membership beside it goes on`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        story.settle()
        try story.post("comme membre", at: "Brest")
        story.settle()
        let command = Command.revoke(
            target: "bob", reason: nil, forCause: false, preview: false, by: nil, part: StandingChoice(role: .administrator))
        guard case .revoked(let item) = try story.ask(command, of: "Paris") else {
            throw Federation.Unanswered(answer: "nothing was revoked")
        }
        #expect(item.reaches == [] && item.ends.count == 1 && item.spares.contains { $0.contains("member") })
        story.settle()
        #expect(try story.member("bob").state == "active" && story.member("bob").role == "member")
        try story.post("toujours membre", at: "Brest")
        story.settle()
        #expect(try texts(story) == ["comme membre", "toujours membre"])
        #expect(story.refusal(of: .createSpace(name: "nouveau", by: nil), at: "Brest") != nil)
        story.expectAllClean()
    }

    @Test func `whoever comes back is in for as long as before, if nothing else is said`() throws {
        var story = Federation()
        let end = story.inDays(200)
        try story.addStudio(until: end)
        story.settle()
        try story.revoke("Studio")
        story.settle()
        #expect(try story.readmit("Studio").until == end.iso8601)
        try story.revoke("Studio")
        story.passDays(300)
        let request = ReadmitRequest(member: "Studio", role: nil, preview: false, by: nil)
        #expect(story.refusal(of: .readmit(request), at: "Paris")?.what.contains("until when") == true)
    }
}
