import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Devices, recovery and succession: no administrator touches anybody's keys.
@Suite struct PowersKeysTests {
    /// alice signs at Paris, and with a further key at Brest.
    private func withDevice() throws -> (story: Federation, device: String) {
        var story = Federation()
        try story.addBrest()
        let request = try story.deviceRequest(of: "alice", at: "Brest")
        let act = try story.act(.addDevice(request: request, by: nil), at: "Paris")
        #expect(act.words.hasPrefix("added the device"))
        story.settle()
        let device = try #require(try story.devices("alice", at: "Paris").first { $0.kind == "device" })
        return (story, device.key)
    }

    @Test func `a person signs on two sites, and is one person`() throws {
        let (story, device) = try withDevice()
        try story.post("de Paris", at: "Paris")
        try story.post("de Brest", at: "Brest", by: "alice")
        story.settle()
        let authors = Set(try story.timeline(of: "Paris").map(\.author))
        #expect(authors.map(\.name) == ["alice"])
        let devices = try story.devices("alice", at: "Brest")
        #expect(devices.map(\.kind) == ["primary", "device"] && devices.map(\.site) == ["Paris", "Brest"])
        #expect(devices.map(\.isHere) == [false, true] && devices.allSatisfy(\.inForce) && devices[1].key == device)
        // She administers from there too.
        _ = try story.invite("Lyon", as: .site, from: "Brest", by: "alice")
    }

    @Test func `devices do not speak for each other, nor for the first key`() throws {
        let (story, device) = try withDevice()
        let first = try #require(try story.devices("alice", at: "Paris").first)
        for command in [Command.removeDevice(key: first.key, by: "alice"), .removeDevice(key: device, by: "alice")] {
            let refusal = story.refusal(of: command, at: "Brest")
            #expect(refusal?.why.hasPrefix("devices do not speak for each other") == true)
        }
        #expect(story.refusal(of: .removeDevice(key: first.key, by: nil), at: "Paris")?.why.contains("only a recovery replaces") == true)
        #expect(story.refusal(of: .removeDevice(key: "00000000", by: nil), at: "Paris")?.code == .notFound)
        let again = try story.deviceRequest(of: "mallory", at: "Brest")
        let elsewhere = Federation(seed: 9)
        #expect(elsewhere.refusal(of: .addDevice(request: again, by: nil), at: "Paris")?.why == "it is of another network")
        #expect(story.refusal(of: .addDevice(request: String(again.dropLast()), by: nil), at: "Paris")?.code == .refused)
    }

    @Test func `a device that is removed signs no more: what it had sent stays, and what it writes alone goes nowhere`() throws {
        let (story, device) = try withDevice()
        try story.post("avant", at: "Brest", by: "alice")
        story.settle()
        story.isolate("Brest")
        let act = try story.act(.removeDevice(key: String(device.prefix(8)), by: nil), at: "Paris")
        #expect(act.words.hasPrefix("removed the device"))
        let id = try story.post("le voleur", at: "Brest", by: "alice")
        story.world.reuniteAll()
        story.settle()
        #expect(try story.texts(of: "Paris") == ["avant"] && story.texts(of: "Brest") == ["avant"])
        let why = try story.why(id, at: "Brest")
        #expect(!why.counts && why.reasons.contains { $0.rule == "key" })
        let refusal = story.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: "alice"), at: "Brest")
        #expect(refusal?.what == "the key of alice on this site signs no more")
        try story.post("toujours là", at: "Paris")
        story.settle()
        #expect(try story.member("alice", at: "Brest").state == "active")
        story.expectEqualSums("Paris", "Brest")
        story.expectAllClean()
    }

    // MARK: - Recovery

    @Test func `whoever lost the first key recovers on another site, with every role and word`() throws {
        var story = Federation()
        try story.addBrest()
        try story.post("avant l'incendie", at: "Paris")
        story.settle()
        // The founding machine burns down.
        story.isolate("Paris")
        let item = try story.recoverFounder(at: "Brest")
        #expect(item.member.name == "alice" && item.retired.count == 1 && item.keptLogs > 0)
        story.settle()
        try story.post("me revoilà", at: "Brest", by: "alice")
        story.isolate("Paris")
        let invitation = try story.invite("Lyon", as: .site, from: "Brest", by: "alice").invitation
        try story.join("Lyon", "carol", by: invitation)
        story.isolate("Paris")
        story.settle()
        #expect(try story.texts(of: "Lyon") == ["avant l'incendie", "me revoilà"])
        #expect(Set(try story.timeline(of: "Lyon").map(\.author.id)).count == 1)
        #expect(try story.member("Lyon", at: "Brest").state == "active")
        #expect(try story.devices("alice", at: "Brest").filter { $0.kind == "primary" }.map(\.inForce) == [false, true])
        story.expectEqualSums("Lyon", "Brest")
    }

    @Test func `a recovery key is used once, and one that nobody committed to recovers nobody`() throws {
        var story = Federation()
        try story.addBrest()
        _ = try story.recoverFounder(at: "Brest")
        story.settle()
        #expect(throws: Refusal.self) { try story.recoverFounder(at: "Brest") }
        let stranger = RecoverRequest(seed: Hex.encode(story.world.drawKey().seed), member: "alice", commitment: story.world.recovery())
        #expect(story.refusal(of: .recover(stranger), at: "Brest")?.what == "this recovery key recovers nobody")
        #expect(try story.acts(.keyRecover, at: "Brest").count == 1)
    }

    @Test func `the key that is to be replaced does not replace itself`() throws {
        let story = Federation()
        let key = try #require(story.world.founderRecovery)
        let request = RecoverRequest(seed: Hex.encode(key.seed), member: "alice", commitment: story.world.recovery())
        #expect(story.refusal(of: .recover(request), at: "Paris")?.what == "the key here is the one that is to be replaced")
        try story.post("toujours là", at: "Paris")
    }

    @Test func `what a thief wrote is taken back from the entry that is named on, and what came before stays`() throws {
        var story = Federation()
        try story.addBrest()
        try story.post("de moi", at: "Paris")
        let stolen = try story.post("du voleur", at: "Paris")
        try story.post("encore du voleur", at: "Paris")
        story.settle()
        story.isolate("Paris")
        _ = try story.recoverFounder(at: "Brest", takeBackFrom: stolen)
        try story.post("le voleur écrit encore", at: "Paris")
        story.world.reuniteAll()
        story.settle()
        for site in ["Paris", "Brest"] { #expect(try story.texts(of: site) == ["de moi"], "\(site)") }
        #expect(story.refusal(of: .post(space: "everyone", text: "encore", replyTo: nil, by: nil), at: "Paris") != nil)
        story.expectEqualSums("Paris", "Brest")
        story.expectAllClean()
    }

    // MARK: - Succession

    @Test func `a successor is given the roles of whoever lost every key, and gets no keys`() throws {
        var story = Federation()
        try story.addBrest()
        try story.addLyon()
        try story.createSpace("chantier")
        _ = try story.grant("bob", .steward, spaces: ["chantier"])
        story.settle()
        _ = try story.invitePerson("bob le second", to: "Lyon")
        story.settle()
        guard case .succeeded(let item) = try story.ask(.succeed(old: "bob", new: "bob le second", by: nil), of: "Paris") else {
            throw Federation.Unanswered(answer: "no succession")
        }
        #expect(item.granted == ["steward of “chantier”"] && item.missing == [])
        story.settle()
        let new = try story.detail("bob le second", at: "Brest")
        #expect(new.successorOf?.name == "bob" && new.devices.count == 1)
        #expect(try story.detail("bob", at: "Lyon").succeededBy?.name == "bob le second")
        #expect(new.capabilities.contains { $0.role == "steward of “chantier”" && $0.state == "active" })
        let refusal = story.refusal(of: .succeed(old: "bob", new: "carol", by: nil), at: "Lyon")
        #expect(refusal?.why == "that takes an administrator of the whole network")
        #expect(story.refusal(of: .succeed(old: "bob", new: "Lyon", by: nil), at: "Paris")?.code == .refused)
    }
}
