import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What takes the root keys, of which two of three sign together.
@Suite struct PowersRootTests {
    private func publicKey(_ key: Int, of story: Federation) -> String { DeviceKey(story.world.rootKeys[key].publicKey).description }

    @Test func `a lost root key is replaced by the two others, and counts for nothing from then on`() throws {
        var story = Federation()
        try story.addBrest()
        let keys = story.world.rootKeys
        let new = story.world.drawKey()
        let proposal = try story.propose(
            .update(keys: [publicKey(0, of: story), publicKey(1, of: story), DeviceKey(new.publicKey).description], quorum: 2))
        #expect(proposal.signed == [] && proposal.needed == 2 && !proposal.isComplete)
        let once = try story.signed(proposal, by: [keys[0]])
        let incomplete = try story.submit(once)
        #expect(incomplete.signed == [publicKey(0, of: story)] && !incomplete.isComplete && incomplete.accepted == [])
        // A key that is none of the network's is one signature that counts for nothing.
        let foreign = try Node.signRoot(once, with: story.world.drawKey()).text
        #expect(try !story.submit(foreign).isComplete)
        let complete = try Node.signRoot(once, with: keys[1]).text
        #expect(try story.submit(complete).accepted.count == 1)
        story.settle()
        for site in ["Paris", "Brest"] {
            let status = try story.rootStatus(at: site)
            #expect(Set(status.keys) == [publicKey(0, of: story), publicKey(1, of: story), DeviceKey(new.publicKey).description])
            #expect(status.quorum == 2 && status.rivals == [] && status.acts.map(\.words).first?.hasPrefix("founded") == true)
        }
        // The finder of the lost key and one holder do nothing; the new key and that holder do.
        let act = try story.propose(.grant(GrantRequest(member: "bob", role: .administrator)))
        #expect(try !story.submit(story.signed(act, by: [keys[2], keys[0]])).isComplete)
        #expect(try story.submit(story.signed(act, by: [new, keys[0]])).isComplete)
        story.settle()
        #expect(try story.member("bob", at: "Brest").role == "administrator")
    }

    @Test func `a proposal is taken once, and one beside it comes too late`() throws {
        var story = Federation()
        try story.addBrest()
        let keys = Array(story.world.rootKeys.prefix(2))
        let first = try story.signed(story.propose(.grant(GrantRequest(member: "bob", role: .administrator))), by: keys)
        let second = try story.signed(story.propose(.grant(GrantRequest(member: "bob", role: .securityOfficer))), by: keys)
        _ = try story.submit(first)
        #expect(story.refusal(of: .submitRoot(proposal: first), at: "Paris")?.what == "this proposal was taken already")
        #expect(story.refusal(of: .submitRoot(proposal: second), at: "Paris")?.what == "this proposal comes too late")
        guard case .rootProposal(let shown) = try story.ask(.showRoot(proposal: first), of: "Paris") else {
            throw Federation.Unanswered(answer: "no proposal")
        }
        #expect(shown.accepted.count == 1 && shown.signed.count == 2)
        let elsewhere = Federation(seed: 4)
        #expect(elsewhere.refusal(of: .submitRoot(proposal: first), at: "Paris")?.why == "it is of another network")
        #expect(elsewhere.refusal(of: .showRoot(proposal: String(first.dropLast())), at: "Paris")?.code == .refused)
    }

    @Test func `new root keys have to show that their holders have them`() throws {
        let story = Federation()
        let keys = story.world.rootKeys
        let new = [story.world.drawKey(), story.world.drawKey(), story.world.drawKey()]
        let proposal = try story.propose(.update(keys: new.map { DeviceKey($0.publicKey).description }, quorum: 2))
        let old = try story.signed(proposal, by: [keys[0], keys[1]])
        #expect(try !story.submit(old).isComplete)
        let text = try Node.signRoot(Node.signRoot(old, with: new[0]).text, with: new[2]).text
        #expect(try story.submit(text).accepted.count == 1)
        for (wrong, quorum) in [([String](), UInt64(1)), (["zz"], 1), (new.map { DeviceKey($0.publicKey).description }, 1)] {
            #expect(story.refusal(of: .proposeRoot(.update(keys: wrong, quorum: quorum)), at: "Paris")?.code == .usage)
        }
    }

    @Test func `after the last administrator the root keys name another one`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.leave(at: "Paris")
        story.settle()
        #expect(throws: Refusal.self) { try story.invite("Lyon", as: .site, from: "Brest") }
        try story.byRoot(.grant(GrantRequest(member: "bob", role: .administrator)), at: "Brest")
        try story.join("Lyon", "carol", by: story.invite("Lyon", as: .site, from: "Brest").invitation)
        #expect(try story.member("Lyon", at: "Brest").state == "active")
    }

    @Test func `an administrator who goes rogue is removed by the root keys, with whom she let in since`() throws {
        var story = Federation()
        try story.addBrest()
        try story.byRoot(.grant(GrantRequest(member: "bob", role: .administrator)))
        story.settle()
        // Equals cannot remove each other: what alice reaches is his membership.
        #expect(try story.revoke("bob", forCause: true, preview: true).reaches == [])
        try story.join("Ombre", "mallory", by: story.invite("Ombre", as: .site, from: "Brest", by: "bob").invitation)
        story.settle()
        let item = try story.byRoot(.revoke(target: "bob", forCause: true, subtree: true))
        #expect(item.words.contains { $0.contains("bob") && $0.contains("for cause") })
        story.settle()
        for name in ["bob", "Ombre", "mallory"] { #expect(try story.member(name).state == "removed", "\(name)") }
        #expect(try story.member("alice").state == "active")
        #expect(!story.areConnected("Paris", "Ombre"))
    }

    @Test func `a security officer voids what others vouch for, no vouch brings it back, and root may`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        let kept = try story.post("vrai", at: "Brest")
        let forged = try story.post("faux", at: "Brest")
        try story.post("faux aussi", at: "Brest")
        story.settle()
        #expect(story.refusal(of: .disavow(id: forged, preview: true, by: nil), at: "Paris")?.what == "alice may not disavow this")
        try story.byRoot(.grant(GrantRequest(member: "carol", role: .securityOfficer)))
        story.settle()
        func disavow(preview: Bool) throws -> DisavowalItem {
            guard case .disavowed(let item) = try story.ask(.disavow(id: forged, preview: preview, by: "carol"), of: "Lyon") else {
                throw Federation.Unanswered(answer: "no disavowal")
            }
            return item
        }
        #expect(try disavow(preview: true).entries == 2)
        #expect(try story.texts(of: "Lyon").count == 3)
        let item = try disavow(preview: false)
        #expect(item.author.name == "bob" && item.first == forged)
        story.settle()
        for site in ["Paris", "Brest", "Lyon"] { #expect(try story.texts(of: site) == ["vrai"], "\(site)") }
        let why = try story.why(forged, at: "Paris")
        #expect(!why.counts && why.reasons.contains { $0.rule == "disavowed" && $0.acts.map(\.id) == [item.id] })
        #expect(try story.why(kept, at: "Paris").counts)
        #expect(story.refusal(of: .adopt(id: forged, by: nil), at: "Paris")?.what == "a vouch does not bring this entry back")
        #expect(story.refusal(of: .annul(id: item.id, by: nil), at: "Paris")?.what == "alice may not undo this")
        try story.byRoot(.annul(id: item.id))
        story.settle()
        for site in ["Paris", "Brest", "Lyon"] { #expect(try story.texts(of: site) == ["vrai", "faux", "faux aussi"], "\(site)") }
        story.expectEqualSums("Paris", "Lyon")
        story.expectAllClean()
    }

    @Test func `an act is taken back by whoever is more senior, and by nobody else`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        try story.addLyon()
        try story.post("de carol", at: "Lyon")
        story.settle()
        let removal = try story.revoke("carol", at: "Brest", by: "bob")
        story.settle()
        #expect(story.refusal(of: .annul(id: removal.id, by: "bob"), at: "Brest")?.what == "bob may not undo this")
        _ = try story.act(.annul(id: String(removal.id.prefix(8)), by: nil), at: "Paris")
        story.settle()
        #expect(try story.member("carol", at: "Brest").state == "active")
        try story.post("toujours là", at: "Lyon")
        story.settle()
        #expect(try story.texts(of: "Brest") == ["de carol", "toujours là"])
    }
}
