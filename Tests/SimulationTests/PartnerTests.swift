import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What a partner may see, and what becomes of one who was removed.
@Suite struct PartnerTests {
    /// Paris, Brest and the studio; a space that the studio shares, and one that it does not.
    private static func story() throws -> Federation {
        var network = Federation()
        try network.addBrest()
        try network.addStudio()
        try network.createSpace("Fusion-Secrete")
        network.pass(2000)
        return network
    }

    /// All bytes that a site has stored: headers, signatures, bodies, and what it knows of its peers.
    private func bytes(of site: String, in network: Federation) -> [UInt8] {
        let store = network.store(of: site)
        var out: [UInt8] = []
        for stored in network.entries(of: site) {
            out += stored.entry.headerBytes + stored.entry.signatureBytes
            if case .present(let body) = stored.body { out += body.salt.bytes + body.bytes }
        }
        for name in FactName.allCases { out += store.fact(name) ?? [] }
        for peer in store.peers() { out += Array("\(peer)".utf8) }
        return out
    }

    private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(text)
    }

    // MARK: - What it sees

    @Test(arguments: ["Paris", "Brest"])
    func `a partner holds not one row from outside its spaces, whoever it talks to`(contact: String) throws {
        let network = try Self.story()
        if contact == "Brest" {
            try network.addPeer("Brest", to: "Studio")
            network.settle()
            network.part("Paris", "Studio")
        }
        network.isolate("Studio")
        try network.post("le budget est gelé", at: "Paris")
        try network.post("rachat de la filiale", in: "Fusion-Secrete", at: "Paris")
        try network.post("réponse de bob", in: "Fusion-Secrete", at: "Brest")
        try network.post("les plans sont prêts", in: "chantier", at: "Paris")
        network.reunite(contact, "Studio")
        network.settle()
        try network.post("encore le budget", at: "Brest")
        try network.post("encore les plans", in: "chantier", at: "Brest")
        network.settle()

        #expect(try network.texts(of: "Studio") == ["les plans sont prêts", "encore les plans"])
        #expect(try network.spaces(of: "Studio") == ["chantier"])
        #expect(network.areConnected(contact, "Studio"))
        let held = Set(network.entries(of: "Studio").map(\.entry.header.space))
        #expect(held.count == 2 && held.contains(.registry))
        let stored = bytes(of: "Studio", in: network)
        let everywhere = bytes(of: "Paris", in: network)
        for word in ["budget", "rachat", "Fusion", "everyone", "réponse de bob"] {
            #expect(!contains(stored, word), "\(word)")
            #expect(contains(everywhere, word), "\(word)")
        }
        #expect(contains(stored, "les plans"))
        let names = Set(try network.members(of: "Studio").map(\.name))
        #expect(names.isSuperset(of: ["Studio", "dave", "alice", "bob"]) && names.isDisjoint(with: ["Paris", "Brest"]))
        #expect(network.sums(of: "Studio").count == 2)
        for (space, sum) in network.sums(of: "Studio") { #expect(network.sums(of: "Paris")[space] == sum) }
        network.expectAllClean()
    }

    @Test func `a space that is shared later comes whole, and a partner names none outside it`() throws {
        let network = try Self.story()
        try network.post("avant", in: "chantier", at: "Paris")
        network.settle()
        let outside = network.refusal(of: .post(space: "everyone", text: "coucou", replyTo: nil, by: nil), at: "Studio")
        #expect(outside?.code == .notFound)
        #expect(network.refusal(of: .createSpace(name: "à nous", by: nil), at: "Studio")?.code == .refused)
        let everything = InviteRequest(
            siteName: "Ami", role: .site, spaces: [], until: Federation.farEnd, useBy: nil, uses: 1, by: nil)
        #expect(network.refusal(of: .invite(everything), at: "Studio")?.code == .refused)
    }

    // MARK: - Removed

    @Test func `the session of a removed partner is cut within a second of the removal`() throws {
        let network = try Self.story()
        try network.addPeer("Brest", to: "Studio")
        network.settle()
        #expect(network.areConnected("Paris", "Studio") && network.areConnected("Brest", "Studio"))
        try network.revoke("Studio")
        network.pass(1000)
        #expect(!network.areConnected("Paris", "Studio") && !network.areConnected("Brest", "Studio"))
        for site in ["Paris", "Brest"] {
            #expect(try network.peers(of: site).filter(\.connected).map(\.site) == [site == "Paris" ? "Brest" : "Paris"])
        }
        network.settle()
        #expect(!network.areConnected("Paris", "Studio") && !network.areConnected("Brest", "Studio"))
        #expect(try network.peers(of: "Studio").allSatisfy { $0.lastFault?.contains("has ended") == true })
    }

    @Test func `what a removed partner wrote before stays, and nothing that it writes after is taken (G-48)`() throws {
        let network = try Self.story()
        try network.post("avant", in: "chantier", at: "Studio")
        network.settle()
        network.isolate("Studio")
        let item = try network.revoke("Studio")
        #expect(Set(item.reaches.map(\.name)) == ["Studio", "dave"])
        // It does not know yet.
        try network.post("après, sans le savoir", in: "chantier", at: "Studio")
        network.world.reuniteAll()
        network.settle()
        for site in ["Paris", "Brest"] {
            #expect(try network.texts(of: site, in: "chantier") == ["avant"], "\(site)")
            #expect(!contains(bytes(of: site, in: network), "sans le savoir"))
        }
        #expect(try network.member("Studio").state == "removed" && network.member("dave").state == "removed")
        #expect(try network.member("bob").state == "active")
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }

    @Test func `a removed partner that has heard of it is told so when it posts`() throws {
        let network = try Self.story()
        try network.revoke("Studio")
        network.settle()
        let refusal = network.refusal(of: .post(space: "chantier", text: "encore là ?", replyTo: nil, by: nil), at: "Studio")
        #expect(refusal?.why == "the membership of this site has ended: it was revoked, or its last day has passed")
        #expect(try network.member("Studio", at: "Studio").state == "removed")
        #expect(try network.texts(of: "Paris", in: "chantier") == [])
    }

    @Test func `two sites that took entries before and after they heard of a removal are in sync, and show the same`() throws {
        var network = try Self.story()
        try network.addPeer("Brest", to: "Studio")
        network.settle()
        try network.post("gardé", in: "chantier", at: "Studio")
        network.settle()
        // Brest does not hear of the removal, and takes what the studio writes; Paris hears of it first.
        network.part("Paris", "Brest")
        network.part("Paris", "Studio")
        try network.revoke("Studio")
        for number in 0..<5 { try network.post("trop tard \(number)", in: "chantier", at: "Studio") }
        network.settle()
        #expect(try network.texts(of: "Brest", in: "chantier").count == 6)
        network.reunite("Paris", "Brest")
        network.settle()
        network.expectEqualSums("Paris", "Brest")
        #expect(try network.said(of: "Paris") == network.said(of: "Brest"))
        #expect(try network.texts(of: "Paris", in: "chantier") == ["gardé"])
        #expect(try network.sync("Paris").inSync && network.sync("Brest").inSync)
        // What Brest had taken is held there, and went nowhere.
        #expect(network.entries(of: "Brest").count == network.entries(of: "Paris").count + 5)
        #expect(!contains(bytes(of: "Paris", in: network), "trop tard"))
        network.expectAllClean()
        // A third site takes the space from either, and gets the same.
        try network.addLyon()
        network.settle()
        network.expectEqualSums("Lyon", "Paris")
        #expect(!contains(bytes(of: "Lyon", in: network), "trop tard"))
    }

    @Test func `a removed partner comes back neither by its old file nor by an invitation that it had made`() throws {
        var network = Federation()
        try network.createSpace("chantier")
        let file = try network.invite("Studio", as: .partner, into: ["chantier"], uses: 5).invitation
        try network.join("Studio", "dave", by: file)
        let guest = try network.invite("Studio", as: .member, from: "Studio").invitation
        network.settle()
        try network.revoke("Studio")
        network.settle()
        for (number, invitation) in [file, guest].enumerated() {
            let refusal = #expect(throws: Refusal.self) { try network.join("Again \(number)", "mallory", by: invitation) }
            #expect(refusal?.why == "the invitation is closed: it, or whoever issued it, was revoked")
        }
        #expect(try network.members(of: "Paris").filter { $0.state == "active" }.map(\.name) == ["Paris", "alice"])
    }

    @Test func `who came in by an invitation of a removed partner falls with it`() throws {
        var network = try Self.story()
        _ = try network.addPerson("erin", to: "Studio", by: network.invite("Studio", as: .member, from: "Studio").invitation)
        try network.post("erin avant", in: "chantier", at: "Studio", by: "erin")
        network.settle()
        try network.revoke("Studio")
        network.settle()
        #expect(try network.member("erin").state == "removed")
        #expect(try network.texts(of: "Paris", in: "chantier") == ["erin avant"])
        try network.addLyon()
        #expect(try network.texts(of: "Lyon", in: "chantier") == ["erin avant"])
    }

    @Test func `a removal for cause is told apart, and reaches the same`() throws {
        let network = try Self.story()
        try network.post("avant", in: "chantier", at: "Studio")
        network.settle()
        #expect(try network.revoke("Studio", forCause: true).forCause)
        network.settle()
        #expect(try network.member("Studio").state == "removed")
        #expect(try network.texts(of: "Brest", in: "chantier") == ["avant"])
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `a membership that has come to its end closes the door without an administrator (G-5)`() throws {
        var network = Federation()
        try network.addBrest()
        let end = network.world.wall(of: network["Paris"]).advanced(byMilliseconds: 20 * Federation.minute)
        try network.addStudio(until: end)
        try network.addPeer("Brest", to: "Studio")
        network.settle()
        try network.post("avant", in: "chantier", at: "Studio")
        network.settle()
        network.isolate("Paris")
        #expect(network.areConnected("Brest", "Studio"))
        network.pass(20 * Federation.minute)
        #expect(!network.areConnected("Brest", "Studio"))
        #expect(try network.member("Studio", at: "Brest").state == "ended")
        let refusal = network.refusal(of: .post(space: "chantier", text: "après", replyTo: nil, by: nil), at: "Studio")
        #expect(refusal != nil)
        // With its clock set back it writes, and nobody takes it.
        network.world.setSkew(-30 * 60_000, of: network["Studio"])
        network.pass(Federation.minute)
        try network.post("antidaté", in: "chantier", at: "Studio")
        network.settle()
        #expect(try network.texts(of: "Brest", in: "chantier") == ["avant"])
        #expect(try network.peers(of: "Studio").contains { $0.lastFault?.contains("the membership of this site has ended") == true })
    }
}
