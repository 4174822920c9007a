import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// A removal that reaches a site late, by way of a third one: what goes on there until then, and what ends when it comes.
///
/// The second is counted from the arrival at that site, not from the removal. It is the virtual time at which the site has
/// stored it.
@Suite struct LateRemovalTests {
    /// Paris, Brest, Lyon and the studio, a partner in two spaces. Brest has a line to the studio and, from here on, to
    /// nobody else; Lyon has one to Paris alone.
    private static func story(verdictMilliseconds: UInt64) throws -> Federation {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        for space in ["chantier", "direction"] { try story.createSpace(space) }
        try story.join("Studio", "dave", by: story.invite("Studio", as: .partner, into: ["chantier", "direction"]).invitation)
        story.settle()
        try story.addPeer("Brest", to: "Studio")
        try story.addPeer("Brest", to: "Lyon")
        story.settle()
        for (one, other) in [("Paris", "Brest"), ("Paris", "Studio"), ("Lyon", "Brest"), ("Lyon", "Studio")] { story.part(one, other) }
        story.world.faults.verdictMilliseconds = verdictMilliseconds
        story.settle()
        return story
    }

    private func removals(at site: String, in story: Federation) -> Int {
        story.entries(of: site).filter { $0.entry.header.kind == .remove }.count
    }

    /// True if the site has stored a body with these words.
    private func holds(_ site: String, _ words: String, in story: Federation) -> Bool {
        story.entries(of: site).contains { stored in
            guard case .present(let body) = stored.body else { return false }
            return String(decoding: body.bytes, as: UTF8.self).contains(words)
        }
    }

    /// What goes over all lines in the second after a post of 8,000 bytes at Brest.
    private func bytesSent(after words: String, in space: String, of story: Federation) throws -> UInt64 {
        let before = story.world.byteCount
        try story.post(words + String(repeating: "x", count: 8000), in: space, at: "Brest")
        story.pass(1000)
        return story.world.byteCount - before
    }

    /// Reunites Lyon with Brest, and lets time pass up to the moment at which Brest has so many removals.
    ///
    /// From then on signatures take long to be checked: Brest passes the removals on, and the studio does not know yet. What
    /// ends is ended by Brest.
    private func bringRemovals(_ count: Int, to story: Federation) {
        #expect(removals(at: "Brest", in: story) < count && removals(at: "Lyon", in: story) >= count)
        story.reunite("Lyon", "Brest")
        story.world.run(for: 5 * Federation.minute) { removals(at: "Brest", in: story) >= count }
        #expect(removals(at: "Brest", in: story) >= count)
        story.world.faults.verdictMilliseconds = 10_000
    }

    @Test(
        "an open session with a removed one is closed within a second of the removal's arrival, however late",
        arguments: [0, 300] as [UInt64])
    func wholeMembership(verdictMilliseconds: UInt64) throws {
        let story = try Self.story(verdictMilliseconds: verdictMilliseconds)
        let known = removals(at: "Brest", in: story)
        try story.revoke("Studio")
        story.pass(10 * Federation.minute)
        // Lyon knows, Brest does not: its session with the studio goes on, in both directions.
        #expect(try story.member("Studio", at: "Lyon").state == "removed" && story.member("Studio", at: "Brest").state == "active")
        #expect(story.areConnected("Brest", "Studio"))
        try story.post("sans le savoir", in: "chantier", at: "Brest")
        try story.post("moi non plus", in: "chantier", at: "Studio")
        story.settle()
        #expect(try story.texts(of: "Studio", in: "chantier").sorted() == ["moi non plus", "sans le savoir"])
        #expect(try story.texts(of: "Brest", in: "chantier").sorted() == ["moi non plus", "sans le savoir"])

        bringRemovals(known + 1, to: story)
        let arrival = story.world.time
        story.world.run(for: 1000) { !story.areConnected("Brest", "Studio") }
        #expect(!story.areConnected("Brest", "Studio") && story.world.time - arrival <= 1000)
        #expect(removals(at: "Studio", in: story) <= known)
        story.world.faults.verdictMilliseconds = verdictMilliseconds
        #expect(try story.peers(of: "Brest").filter(\.connected).map(\.site) == ["Lyon"])
        try story.post("entre nous", in: "chantier", at: "Brest")
        story.settle()
        #expect(holds("Studio", "sans le savoir", in: story) && !holds("Studio", "entre nous", in: story))
        #expect(!story.areConnected("Brest", "Studio"))
        // What it wrote after the removal is with Brest, and counts for nobody.
        #expect(try story.texts(of: "Brest", in: "chantier").sorted() == ["entre nous", "sans le savoir"])
        story.expectAllClean()
    }

    @Test("a session is cut off from one space of several within a second of the removal's arrival, and goes on in the others")
    func oneSpace() throws {
        let story = try Self.story(verdictMilliseconds: 0)
        let known = removals(at: "Brest", in: story)
        // A site may hold a space for itself or for somebody who signs there: both standings end, each of two.
        for (member, role) in [("Studio", StandingRole.partner), ("dave", .member)] {
            let part = StandingChoice(role: role, space: "direction")
            let command = Command.revoke(target: member, reason: nil, forCause: false, preview: false, by: nil, part: part)
            guard case .revoked(let item) = try story.ask(command, of: "Paris") else {
                throw Federation.Unanswered(answer: "nothing of \(member) was revoked")
            }
            #expect(item.ends == ["\(member): \(role.rawValue) of “direction”"] && item.reaches == [])
        }
        story.pass(10 * Federation.minute)
        #expect(story.areConnected("Brest", "Studio"))
        for space in ["chantier", "direction"] { try story.post("avant, \(space)", in: space, at: "Brest") }
        story.settle()
        #expect(try story.texts(of: "Studio").sorted() == ["avant, chantier", "avant, direction"])

        bringRemovals(known + 2, to: story)
        story.pass(1000)
        // Nobody but the studio is left to send anything to.
        story.part("Lyon", "Brest")
        #expect(try bytesSent(after: "après, direction ", in: "direction", of: story) < 4000)
        #expect(try bytesSent(after: "après, chantier ", in: "chantier", of: story) > 8000)
        #expect(removals(at: "Studio", in: story) < known + 2)
        story.world.faults.verdictMilliseconds = 0
        story.settle()
        #expect(story.areConnected("Brest", "Studio"))
        #expect(holds("Studio", "après, chantier", in: story) && !holds("Studio", "après, direction", in: story))
        // And nothing of it comes from there.
        #expect(story.refusal(of: .post(space: "direction", text: "encore", replyTo: nil, by: nil), at: "Studio") != nil)
        #expect(try story.texts(of: "Brest", in: "direction").count == 2)
        story.expectAllClean()
    }
}
