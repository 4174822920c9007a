import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What people of two sites say to each other arrives, whole and in order.
@Suite struct ConversationTests {
    @Test func `two sites found, admit, post and reply, and show the same`() throws {
        var network = Federation()
        try network.addBrest()
        let question = try network.post("Où en est le chantier ?", at: "Paris")
        network.pass(1000)
        let answer = try network.post("Ça avance — à demain ! 👷🏽‍♀️", at: "Brest", replyTo: question)
        network.pass(1000)
        let timeline = try network.timeline(of: "Paris")
        #expect(timeline.map(\.id) == [question, answer])
        #expect(timeline.map(\.author.name) == ["alice", "bob"])
        #expect(timeline.map(\.replyTo) == [nil, question])
        #expect(timeline.map(\.space) == ["everyone", "everyone"])
        #expect(try network.timeline(of: "Brest") == timeline)
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
        #expect(network.world.violations == [])
    }

    /// Two Unicode forms of one word, combining marks, right-to-left text, a zero byte's neighbour, several planes.
    static let texts = [
        "déjà vu", "de\u{301}ja\u{300} vu", "œuvre d’été — 100 % à l’heure", "👩‍👩‍👧‍👦🏳️‍🌈🇫🇷", "עברית and العربية", "\u{1}\u{7F}\u{FFFD}\u{10FFFF}",
        "première ligne\nseconde\tligne\r\n", " ", String(repeating: "é", count: NodeLimits.textBytesMax / 2),
    ]

    @Test func `a text arrives byte for byte`() throws {
        var network = Federation()
        try network.addBrest()
        for text in Self.texts { try network.post(text, at: "Paris") }
        network.pass(2000)
        #expect(try network.texts(of: "Brest").map { Array($0.utf8) } == Self.texts.map { Array($0.utf8) })
    }

    @Test func `a post needs a text, that fits, in a space that is here, from somebody who signs here`() throws {
        var network = Federation()
        try network.addBrest()
        func refusal(_ text: String, space: String = "everyone", replyTo: String? = nil, by: String? = nil) -> Refusal? {
            network.refusal(of: .post(space: space, text: text, replyTo: replyTo, by: by), at: "Brest")
        }
        let before = network.entries(of: "Brest").count
        #expect(refusal("")?.code == .usage)
        #expect(refusal(String(repeating: "é", count: NodeLimits.textBytesMax / 2 + 1))?.what == "the post is too long")
        #expect(refusal("bonjour", space: "nowhere")?.code == .notFound)
        #expect(refusal("bonjour", by: "alice")?.code == .notFound)
        #expect(refusal("bonjour", replyTo: "0123456789")?.code == .notFound)
        #expect(refusal("bonjour", replyTo: String(repeating: "0", count: 64))?.code == .notFound)
        #expect(network.entries(of: "Brest").count == before)
    }

    @Test func `three sites show the same though two of them never meet`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addLyon()
        network.part("Brest", "Lyon")
        try network.post("de Brest", at: "Brest")
        network.pass(1)
        try network.post("de Lyon", at: "Lyon")
        network.pass(2000)
        #expect(try network.texts(of: "Lyon") == ["de Brest", "de Lyon"])
        #expect(try network.said(of: "Brest") == network.said(of: "Lyon"))
        network.expectEqualSums("Brest", "Lyon")
        #expect(!network.areConnected("Brest", "Lyon"))
    }

    @Test func `what was said while a line was down comes over when it is up again`() throws {
        var network = Federation()
        try network.addBrest()
        network.part("Paris", "Brest")
        for number in 0..<80 { try network.post("Paris \(number)", at: "Paris") }
        for number in 0..<80 { try network.post("Brest \(number)", at: "Brest") }
        network.pass(5000)
        #expect(try network.texts(of: "Brest").count == 80)
        network.reunite("Paris", "Brest")
        network.settle()
        #expect(try network.texts(of: "Brest").count == 160)
        #expect(try network.said(of: "Brest") == network.said(of: "Paris"))
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }

    @Test func `a person's name is said in a space once, and a member is listed under it`() throws {
        var network = Federation()
        try network.addBrest()
        try network.createSpace("chantier")
        network.pass(1000)
        try network.post("un", in: "chantier", at: "Brest")
        try network.post("deux", in: "chantier", at: "Brest")
        network.pass(1000)
        let profiles = network.entries(of: "Paris").filter { $0.entry.header.kind == .profile }
        let names = profiles.map { stored -> String? in
            guard case .present(let body) = stored.body, case .profile(let name) = Operation(kind: .profile, body: body.bytes) else {
                return nil
            }
            return name
        }
        #expect(names == ["alice", "Paris", "Brest", "bob", "bob"])
        #expect(try network.members(of: "Paris") == network.members(of: "Brest"))
        #expect(try network.members(of: "Paris").map(\.name) == ["Brest", "Paris", "alice", "bob"])
        #expect(try network.member("bob").role == "member")
        #expect(try network.member("bob").site == "Brest")
        #expect(try network.member("alice").role == "administrator")
        #expect(try network.member("Brest").state == "active")
    }

    // MARK: - Several people of one site

    @Test func `a second person of a site joins where the first one is, and acts by name`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("Brest", as: .member, from: "Brest")
        let joined = try network.addPerson("erin", to: "Brest", by: invitation.invitation)
        #expect(joined.member.name == "erin" && joined.site.name == "Brest" && joined.spaces == ["everyone"])
        try network.post("par bob", at: "Brest")
        network.pass(1)
        try network.post("par erin", at: "Brest", by: "erin")
        network.settle()
        let timeline = try network.timeline(of: "Paris")
        #expect(timeline.map(\.author.name) == ["bob", "erin"])
        #expect(try network.said(of: "Brest") == network.said(of: "Paris"))
        let erin = try network.member("erin")
        #expect(erin.role == "member" && erin.site == "Brest" && erin.state == "active" && erin.kind == "person")
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `a second person joins while the site is cut off`() throws {
        var network = Federation()
        try network.addBrest()
        network.isolate("Brest")
        let invitation = try network.invite("Brest", as: .member, from: "Brest")
        _ = try network.addPerson("erin", to: "Brest", by: invitation.invitation)
        try network.post("hors ligne", at: "Brest", by: "erin")
        network.reunite("Paris", "Brest")
        network.settle()
        #expect(try network.timeline(of: "Paris").map(\.author.name) == ["erin"])
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `a guest posts where it was let in, and has the last level`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("Brest", as: .guest, from: "Brest")
        _ = try network.addPerson("gina", to: "Brest", by: invitation.invitation)
        try network.post("en visite", at: "Brest", by: "gina")
        network.settle()
        #expect(try network.member("gina").role == "guest")
        #expect(try network.texts(of: "Paris") == ["en visite"])
    }

    @Test func `a site revokes its own person, and equals cannot remove each other`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("Brest", as: .member, from: "Brest")
        _ = try network.addPerson("erin", to: "Brest", by: invitation.invitation)
        try network.post("avant", at: "Brest", by: "erin")
        network.settle()
        let equal = network.refusal(of: .revoke(target: "erin", reason: nil, forCause: false, preview: false, by: "bob"), at: "Brest")
        #expect(equal?.why.contains("equals cannot remove each other") == true)
        let item = try network.revoke("erin", at: "Brest")
        #expect(item.reaches.map(\.name) == ["erin"])
        let after = network.refusal(of: .post(space: "everyone", text: "après", replyTo: nil, by: "erin"), at: "Brest")
        #expect(after?.code == .refused)
        try network.post("bob reste", at: "Brest")
        network.settle()
        #expect(try network.texts(of: "Paris") == ["avant", "bob reste"])
        #expect(try network.member("erin").state == "removed")
        #expect(try network.member("bob").state == "active")
        #expect(try network.member("Brest").state == "active")
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `a site cannot remove another site, nor whoever let it in`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addLyon()
        network.settle()
        for target in ["Lyon", "carol", "Paris", "alice"] {
            let refusal = network.refusal(of: .revoke(target: target, reason: nil, forCause: false, preview: false, by: nil), at: "Brest")
            #expect(refusal?.code == .refused, "\(target)")
        }
        #expect(try network.members(of: "Paris").allSatisfy { $0.state == "active" })
    }

    @Test func `a preview of a revocation changes nothing`() throws {
        var network = Federation()
        try network.addBrest()
        let before = network.entries(of: "Paris").count
        let item = try network.revoke("Brest", preview: true)
        #expect(item.id == "" && item.reaches.map(\.name).sorted() == ["Brest", "bob"])
        #expect(network.entries(of: "Paris").count == before)
    }
}
