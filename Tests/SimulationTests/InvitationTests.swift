import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Who holds an invitation, and when it opens no door.
@Suite struct InvitationTests {
    private func altered(_ text: String, _ change: (inout Invitation) -> Void) throws -> String {
        var invitation = try Invitation(text: text)
        change(&invitation)
        return invitation.text
    }

    /// Why a newcomer is not let in; one who is let in fails the test.
    private func refusal(
        _ network: inout Federation, _ name: String = "Stranger", by invitation: String, milliseconds: UInt64 = 20_000
    ) -> Refusal? {
        #expect(throws: Refusal.self) { try network.join(name, "mallory", by: invitation, milliseconds: milliseconds) }
    }

    private func expectNothingCame(_ network: Federation, _ before: [StoredEntry], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(network.entries(of: "Paris").map(\.entry.id) == before.map(\.entry.id), sourceLocation: sourceLocation)
    }

    @Test func `an invitation opens the door as often as it says, and no more`() throws {
        var network = Federation()
        let invitation = try network.invite("agences", as: .site, uses: 2).invitation
        try network.join("Brest", "bob", by: invitation)
        try network.join("Lyon", "carol", by: invitation)
        let before = network.entries(of: "Paris")
        #expect(refusal(&network, by: invitation)?.why == "the invitation has been used as often as it may be")
        expectNothingCame(network, before)
        #expect(try network.members(of: "Paris").filter { $0.kind == "site" }.map(\.state) == ["active", "active", "active"])
    }

    @Test func `an expired invitation is refused by the joiner, and by the door if the joiner's clock is late`() throws {
        var network = Federation()
        let useBy = network.world.wall(of: 0).advanced(byMilliseconds: 10 * Federation.minute)
        let invitation = try network.invite("Brest", as: .site, useBy: useBy).invitation
        network.pass(11 * Federation.minute)
        let before = network.entries(of: "Paris")
        #expect(refusal(&network, by: invitation)?.why == "its last day of use was 2026-01-01T00:10:00.000Z")
        // One who says otherwise in the file meets the registry.
        let forged = try altered(invitation) { $0.useBy = Federation.farEnd }
        #expect(
            refusal(&network, "Late", by: forged)?.why == "the last day on which the invitation could be used has passed")
        expectNothingCame(network, before)
    }

    @Test func `an invitation is closed with whoever issued it`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("Brest", as: .member, from: "Brest").invitation
        network.settle()
        try network.revoke("Brest")
        network.settle()
        let atParis = try altered(invitation) {
            $0.bootstrap = [network.door(of: "Paris")]
        }
        for (number, text) in [invitation, atParis].enumerated() {
            #expect(
                refusal(&network, "Stranger \(number)", by: text)?.why == "the invitation is closed: it, or whoever issued it, was revoked")
        }
    }

    @Test func `an invitation of another network opens nothing here`() throws {
        var network = Federation()
        try network.addBrest()
        let elsewhere = Federation(seed: 2)
        let foreign = try elsewhere.invite("Brest", as: .member).invitation
        network.world.addMember("erin", to: network["Brest"])
        let request = JoinRequest(
            invitation: foreign, siteName: "Brest", memberName: "erin", siteRecovery: network.world.recovery(),
            memberRecovery: network.world.recovery(), milliseconds: 1000)
        #expect(
            network.refusal(of: .join(request), at: "Brest")?.why == "it is for another network than the one of this directory")
        // A newcomer with it knocks here with a secret that this network does not know: it gets no answer.
        let redirected = try altered(foreign) { $0.bootstrap = [.init(address: network.world.address(of: 0), node: $0.bootstrap[0].node)] }
        let before = network.entries(of: "Paris")
        #expect(refusal(&network, by: redirected)?.why.hasSuffix("did not answer in time") == true)
        expectNothingCame(network, before)
    }

    @Test func `a text that is none, is cut or altered is refused before anybody is asked`() throws {
        var network = Federation()
        let text = try network.invite("Brest", as: .site).invitation
        let connections = network.world.byteCount
        for (number, wrong) in ["", "bonjour", String(text.dropLast()), text + "A", text.replacing("invitation-1", with: "invitation-2")]
            .enumerated()
        {
            let refusal = refusal(&network, "Stranger \(number)", by: wrong)
            #expect(refusal?.what == "this is not an invitation that can be used", "\(wrong.prefix(30))")
        }
        #expect(network.world.byteCount == connections)
    }

    @Test func `a forged secret, key or list in an invitation leads nowhere, and says why`() throws {
        var network = Federation()
        let text = try network.invite("Brest", as: .site).invitation
        let other = try network.invite("Lyon", as: .site).invitation
        let before = network.entries(of: "Paris")
        let secret = try altered(text) { $0.secret[0] ^= 1 }
        #expect(refusal(&network, "A", by: secret)?.why.hasSuffix("did not answer in time") == true)
        let key = try altered(text) { $0.keySeed[0] ^= 1 }
        #expect(refusal(&network, "B", by: key)?.why == "the proof of the invitation does not hold")
        let mixed = try altered(text) { $0.invitations = [try! Invitation(text: other).invitations[0]] }
        #expect(refusal(&network, "C", by: mixed)?.why == "the proof of the invitation does not hold")
        let node = try altered(text) { $0.bootstrap[0].node = DeviceKey(.zero) }
        #expect(refusal(&network, "D", by: node) != nil)
        expectNothingCame(network, before)
        try network.join("Brest", "bob", by: text)
    }

    @Test func `a site that has not heard of an invitation says so, and lets the joiner in when it has`() throws {
        var network = Federation()
        try network.addBrest()
        network.part("Paris", "Brest")
        let atBrest = try altered(network.invite("Lyon", as: .site).invitation) {
            $0.bootstrap = [network.door(of: "Brest")]
        }
        #expect(
            refusal(&network, by: atBrest)?.why
                == "this site has not heard of the invitation yet; try the site that issued it, or try again later")
        let (site, command) = try network.world.join("Lyon", member: "carol", invitation: atBrest)
        network.pass(5000)
        #expect(network.world.answer(to: command, of: site) == nil)
        network.reunite("Paris", "Brest")
        network.pass(115_000)
        guard case .joined(let item) = network.world.answer(to: command, of: site) else {
            Issue.record("Lyon did not join: \(String(describing: network.world.answer(to: command, of: site)))")
            return
        }
        #expect(item.spaces == ["everyone"])
        #expect(try network.members(of: "Paris").filter { $0.kind == "site" }.count == 3)
    }

    @Test func `of two joiners who use the last place at once, the one that was vouched for stays`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("agence", as: .site).invitation
        network.settle()
        // One goes in at Paris and the other at Brest, who cannot tell each other.
        let atBrest = try altered(invitation) {
            $0.bootstrap = [network.door(of: "Brest")]
        }
        network.part("Paris", "Brest")
        try network.join("Lyon", "carol", by: invitation)
        try network.join("Nantes", "nora", by: atBrest)
        network.world.reuniteAll()
        network.settle()
        network.settle()
        // Paris vouched for the one that it saw, so that one stays; the other goes over the number of uses.
        #expect(try network.member("Lyon").state == "active")
        let states = try network.members(of: "Paris").filter { $0.kind == "site" }.map(\.state)
        #expect(states.filter { $0 == "active" }.count == 3)
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `nobody gives what he does not have`() throws {
        var network = Federation()
        try network.addBrest()
        let far = Federation.farEnd
        func refusal(_ role: Role, _ spaces: [String] = [], until: Timestamp = far, uses: UInt64 = 1, useBy: Timestamp? = nil) -> Refusal? {
            let request = InviteRequest(siteName: "Ami", role: role, spaces: spaces, until: until, useBy: useBy, uses: uses, by: nil)
            return network.refusal(of: .invite(request), at: "Brest")
        }
        #expect(refusal(.site)?.what == "nobody here may invite a site into that")
        #expect(refusal(.partner, ["everyone"])?.what == "nobody here may invite a partner into that")
        #expect(refusal(.partner)?.code == .usage)
        #expect(refusal(.member, uses: 0)?.code == .usage)
        #expect(refusal(.member, until: Timestamp(milliseconds: 0))?.code == .usage)
        #expect(refusal(.member, useBy: far.advanced(byMilliseconds: 1))?.code == .usage)
        #expect(refusal(.member, ["nowhere"])?.code == .notFound)
        #expect(refusal(.member, until: far.advanced(byMilliseconds: 1))?.what == "the membership would outlast the one that gives it")
    }

    @Test func `a site joins once`() throws {
        var network = Federation()
        try network.addBrest()
        let invitation = try network.invite("Lyon", as: .site).invitation
        network.world.addMember("erin", to: network["Brest"])
        func request(_ text: String, _ member: String = "erin", _ name: String = "Brest") -> Command {
            .join(
                JoinRequest(
                    invitation: text, siteName: name, memberName: member, siteRecovery: network.world.recovery(),
                    memberRecovery: network.world.recovery(), milliseconds: 1000))
        }
        #expect(network.refusal(of: request(invitation), at: "Brest")?.why.contains("holds one already") == true)
        let own = try network.invite("Brest", as: .member, from: "Brest").invitation
        #expect(network.refusal(of: request(own, "nobody"), at: "Brest")?.code == .usage)
        #expect(network.refusal(of: request(own, "erin", ""), at: "Brest")?.code == .usage)
        let unknownRole = try altered(own) { $0.role = "emperor" }
        #expect(network.refusal(of: request(unknownRole), at: "Brest")?.why.contains("not known to this version") == true)
    }
}
