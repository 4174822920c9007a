import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

@testable import EntenteReplica

/// What a node keeps out for now, and that it comes in when the reason is gone.
@Suite struct GateTests {
    /// A network where alice administers at level 1 and bob is a member of the space.
    private struct Story {
        var registrar = Registrar()
        var desk: Desk
        var alice: Registrar.Pen
        var bob: Registrar.Pen
        let aliceGrant: Entry
        let bobGrant: Entry
        /// All that the desk was given.
        let founded: [Entry]

        init() throws {
            let (aliceInception, alicePen) = registrar.meet("alice")
            let (bobInception, bobPen) = registrar.meet("bob")
            alice = alicePen
            bob = bobPen
            aliceGrant = registrar.grant(IdentityID(inception: aliceInception.id), level: 1, .governing, after: registrar.genesis)
            bobGrant = registrar.write(.grant, citing: .capability(aliceGrant.id), with: &alice) {
                $0.subject = IdentityID(inception: bobInception.id)
                $0.level = 8
                $0.rights = .post
                $0.scope = Registrar.space
            }
            desk = try Desk(registrar.network)
            founded = [registrar.genesis, aliceInception, bobInception, aliceGrant, bobGrant]
            try desk.take(founded)
        }
    }

    @Test("an inception waits until a grant or an admission names it, and comes in with that (A-71, A-74)")
    func inceptions() throws {
        var story = try Story()
        // Alice's and bob's came before the grants that name them, in one message.
        #expect(story.founded.allSatisfy { story.desk.replica.authority.contains($0.id) })
        let (stranger, _) = story.registrar.meet("eve")
        let first = try story.desk.take(stranger)
        #expect(first.gated.map(\.reason) == [.inception] && first.stored.isEmpty)
        #expect(story.desk.store.entry(stranger.id) == nil)
        #expect(story.desk.replica.gate.ids(.inception) == [stranger.id])
        // It comes again, and is no news.
        #expect(try story.desk.take(stranger).gated.isEmpty)
        let grant = story.registrar.write(.grant, citing: .capability(story.aliceGrant.id), with: &story.alice) {
            $0.subject = IdentityID(inception: stranger.id)
            $0.level = 8
            $0.rights = .post
        }
        try story.desk.take(grant)
        #expect(story.desk.replica.authority.contains(stranger.id) && story.desk.replica.authority.isActive(grant.id))
        #expect(story.desk.replica.gate.ids(.inception).isEmpty)
    }

    @Test("a grant that its author may not give names nobody (A-74)")
    func worthlessGrants() throws {
        var story = try Story()
        let (stranger, _) = story.registrar.meet("eve")
        let grant = story.registrar.write(.grant, citing: .capability(story.bobGrant.id), with: &story.bob) {
            $0.subject = IdentityID(inception: stranger.id)
            $0.level = 9
        }
        try story.desk.take(stranger, grant)
        #expect(!story.desk.replica.authority.contains(stranger.id) && story.desk.replica.authority.contains(grant.id))
    }

    @Test("a joiner comes in with his admission, and lets his own people in, in one message (A-74)", arguments: [true, false])
    func joiners(isWhole: Bool) throws {
        var story = try Story()
        let token = Registrar.key("token")
        let invitation = story.registrar.write(.invite, citing: .capability(story.aliceGrant.id), with: &story.alice) {
            $0.level = 4
            $0.rights = [.invite, .post]
            $0.inviteKey = DeviceKey(token.publicKey)
        }
        var (site, sitePen) = story.registrar.meet("site")
        let admission = admit(&sitePen, by: invitation, level: 5, rights: [.invite, .post], with: token, &story.registrar)
        let inner = story.registrar.write(.invite, citing: .capability(admission.id), with: &sitePen) {
            $0.level = 7
            $0.rights = .post
            $0.inviteKey = DeviceKey(token.publicKey)
        }
        var (person, personPen) = story.registrar.meet("person")
        let member = admit(&personPen, by: inner, level: 8, rights: .post, with: token, &story.registrar)
        let message = [invitation, site, admission, inner, person, member]
        if isWhole {
            #expect(try story.desk.take(message).deferred == 0)
        } else {
            // One by one: the inceptions wait for what follows, and nothing is lost.
            for entry in message { try story.desk.take(entry) }
        }
        #expect(message.allSatisfy { story.desk.replica.authority.contains($0.id) })
        #expect(story.desk.replica.authority.isActive(member.id))
        // With a proof by another key nobody comes in.
        var (mallory, malloryPen) = story.registrar.meet("mallory")
        let forged = admit(&malloryPen, by: inner, level: 8, rights: .post, with: Registrar.key("guess"), &story.registrar)
        #expect(try story.desk.take(mallory, forged).stored.isEmpty)
        site = mallory
        person = mallory
    }

    @Test("an invitation that its issuer may not give lets nobody's inception in, whatever proof is shown (A-74)")
    func worthlessInvitations() throws {
        var story = try Story()
        let token = Registrar.key("token")
        // Bob may post, and no more.
        let invitation = story.registrar.write(.invite, citing: .capability(story.bobGrant.id), with: &story.bob) {
            $0.level = 9
            $0.rights = .post
            $0.inviteKey = DeviceKey(token.publicKey)
        }
        let met = story.registrar.meet("eve")
        var pen = met.pen
        let stranger = met.inception
        let admission = admit(&pen, by: invitation, level: 10, rights: .post, with: token, &story.registrar)
        try story.desk.take(invitation, stranger, admission)
        #expect(story.desk.replica.authority.contains(invitation.id))
        #expect(!story.desk.replica.authority.contains(stranger.id) && !story.desk.replica.authority.contains(admission.id))
    }

    private func admit(
        _ pen: inout Registrar.Pen, by invitation: Entry, level: UInt8, rights: Rights, with token: SigningKey, _ registrar: inout Registrar
    ) -> Entry {
        let network = registrar.network
        let (identity, device) = (pen.identity, DeviceKey(pen.key.publicKey))
        return registrar.write(.admit, citing: .capability(invitation.id), with: &pen) {
            $0.subject = identity
            $0.level = level
            $0.rights = rights
            $0.nonce = Registrar.nonce
            $0.proof = token.sign(
                InvitationProof.bytes(
                    network: network, invitation: invitation.id, subject: identity ?? IdentityID(.zero), device: device,
                    nonce: Registrar.nonce))
        }
    }

    @Test("a device has so many logs in a space and no more; in another one it has others (A-72)")
    func logs() throws {
        var story = try Story()
        var refused: Entry?
        for incarnation in 2...UInt64(GateLimits.logsMax + 1) {
            var pen = story.bob.beginning(incarnation: incarnation)
            let entry = story.registrar.write(.keyAdd, citing: .none, with: &pen) { $0.key = DeviceKey(Registrar.key("phone").publicKey) }
            // The first log is the one that begins with the inception.
            let isIn = incarnation <= GateLimits.logsMax
            #expect(try story.desk.take(entry).stored.count == (isIn ? 1 : 0))
            if !isIn { refused = entry }
        }
        #expect(story.desk.replica.gate.ids(.logs) == [refused?.id].compactMap(\.self))
        var pen = story.bob.beginning(in: .content(Registrar.space), incarnation: 1)
        #expect(try story.desk.take([story.registrar.post("hello", citing: story.bobGrant.id, with: &pen)]) == 1)
        for incarnation in 2...UInt64(GateLimits.logsMax + 3) {
            pen = story.bob.beginning(in: .content(Registrar.space), incarnation: incarnation)
            try story.desk.take([story.registrar.post("hello", citing: story.bobGrant.id, with: &pen)])
        }
        #expect(story.desk.shown().count == GateLimits.logsMax)
    }

    @Test("who governs nothing writes so much in the registry and no more, unless the operator says so (A-71, A-73)")
    func entries() throws {
        var story = try Story()
        story.desk.replica.gate.limits.registryEntriesMax = 20
        var written: [Entry] = []
        for _ in 0..<25 {
            written.append(
                story.registrar.write(.keyAdd, citing: .none, with: &story.bob) { $0.key = DeviceKey(Registrar.key("phone").publicKey) })
        }
        // The inception is one of the twenty.
        #expect(try story.desk.take(written).stored.count == 19)
        #expect(story.desk.replica.gate.ids(.entries) == [written[19].id])
        // Alice governs.
        var more: [Entry] = []
        for _ in 0..<25 { more.append(story.registrar.write(.vouch, citing: .capability(story.aliceGrant.id), with: &story.alice)) }
        #expect(try story.desk.take(more).stored.count == 25)
        story.desk.replica.gate.limits.registryEntriesMax = 100
        #expect(try story.desk.take(written).stored.count == 6)
        #expect(story.desk.replica.gate.ids(.entries).isEmpty)
    }

    @Test("a thief of a key fills its own room and not that of the recovery, nor of the key that it brings (A-73)")
    func recoveryHasRoom() throws {
        var story = try Story()
        story.desk.replica.gate.limits.registryEntriesMax = 20
        let identity = try #require(story.bob.identity)
        let phone = DeviceKey(Registrar.key("phone").publicKey)
        var thief: [Entry] = []
        for _ in 0..<30 { thief.append(story.registrar.write(.keyAdd, citing: .none, with: &story.bob) { $0.key = phone }) }
        #expect(try story.desk.take(thief).stored.count == 19)
        var stolen = Registrar.Pen(key: Registrar.key("phone"), identity: identity)
        var more: [Entry] = []
        for _ in 0..<30 { more.append(story.registrar.write(.keyVouch, citing: .none, with: &stolen)) }
        #expect(try story.desk.take(more).stored.count == 20)
        // Keys that nobody enrolled are free to make, and have one room together.
        var stray = Registrar.Pen(key: Registrar.key("stranger"), identity: identity)
        var strays: [Entry] = []
        for _ in 0..<25 { strays.append(story.registrar.write(.keyVouch, citing: .none, with: &stray)) }
        #expect(try story.desk.take(strays).stored.count == 20)
        // Bob has his recovery key, which is none of his keys yet.
        var recovery = Registrar.Pen(key: Registrar.key("bob.recovery"), identity: identity)
        let fresh = DeviceKey(Registrar.key("fresh").publicKey)
        let recovered = story.registrar.write(.keyRecover, citing: .none, with: &recovery) {
            $0.key = fresh
            $0.recoveryCommitment = RecoveryCommitment.of(DeviceKey(Registrar.key("next").publicKey))
        }
        #expect(try story.desk.take(recovered).stored.count == 1)
        #expect(story.desk.replica.authority.isKeyInForce(recovered.id))
        var renewed = Registrar.Pen(key: Registrar.key("fresh"), identity: identity)
        var own: [Entry] = []
        for _ in 0..<25 { own.append(story.registrar.write(.keyRemove, citing: .none, with: &renewed) { $0.key = phone }) }
        #expect(try story.desk.take(own).stored.count == 20)
        // What the thief goes on with stays out, with whichever key.
        #expect(try story.desk.take(Array(thief.suffix(11)) + more.suffix(10)).stored.isEmpty)
        #expect(try story.desk.take(Array(strays.suffix(5))).stored.isEmpty)
    }

    @Test("an entry of root without its quorum waits, and comes in with it (A-75)")
    func rootSignatures() throws {
        var story = try Story()
        let removal = story.registrar.root(after: story.aliceGrant, kind: .remove) { $0.capabilities = [] }
        let half = Entry(
            header: removal.header, headerBytes: removal.headerBytes, quorum: [removal.rootSignatures[0]], in: story.registrar.network)
        #expect(try story.desk.take(half).gated.map(\.reason) == [.rootSignatures])
        #expect(story.desk.store.entry(removal.id) == nil)
        let strangers = Entry(signing: removal.header, withRoot: ["E1", "E2", "E3"].map(Registrar.key), in: story.registrar.network)
        #expect(try story.desk.take(strangers).stored.isEmpty)
        #expect(try story.desk.take(removal).stored.count == 1)
        #expect(story.desk.replica.authority.isOnRootChain(removal.id) && story.desk.replica.gate.ids(.rootSignatures).isEmpty)
    }

    @Test("keys that were replaced do not rewrite the root chain, until the operator lets them (A-76)")
    func rootRivals() throws {
        var story = try Story()
        let update = story.registrar.root(after: story.aliceGrant, by: ["N1", "N2", "R1", "R2"], kind: .rootUpdate) {
            $0.rootKeys = ["N1", "N2", "N3"].map { DeviceKey(Registrar.key($0).publicKey) }.sorted()
            $0.rootQuorum = 2
            $0.rulesVersion = 1
        }
        try story.desk.take(update)
        // More of the old keys sign another future.
        let rival = story.registrar.root(after: story.aliceGrant, by: ["R1", "R2", "R3"], kind: .remove) { $0.capabilities = [] }
        #expect(try story.desk.take(rival).gated.map(\.reason) == [.rootRival])
        #expect(story.desk.replica.authority.isOnRootChain(update.id))
        // What follows the update is another matter.
        let next = story.registrar.root(after: update, by: ["N1", "N2"], kind: .remove) { $0.capabilities = [] }
        #expect(try story.desk.take(next).stored.count == 1)
        story.desk.replica.gate.permittedRoots = [rival.id]
        #expect(try story.desk.take(rival).stored.count == 1)
        #expect(story.desk.replica.authority.isOnRootChain(rival.id) && !story.desk.replica.authority.isOnRootChain(update.id))
    }

    @Test("signatures that come later for a sibling that is here do not undo an epoch either (A-76)")
    func rootRivalsThatGrow() throws {
        var story = try Story()
        let rival = story.registrar.root(after: story.aliceGrant, by: ["R1", "R2", "R3"], kind: .remove) { $0.capabilities = [] }
        let two = Entry(
            header: rival.header, headerBytes: rival.headerBytes, quorum: Array(rival.rootSignatures.prefix(2)), in: story.registrar.network
        )
        let update = story.registrar.root(after: story.aliceGrant, by: ["N1", "N2", "R1", "R2", "R3"], kind: .rootUpdate) {
            $0.rootKeys = ["N1", "N2", "N3"].map { DeviceKey(Registrar.key($0).publicKey) }.sorted()
            $0.rootQuorum = 2
            $0.rulesVersion = 1
        }
        try story.desk.take(two, update)
        #expect(story.desk.replica.authority.isOnRootChain(update.id))
        // Now both have three signers of the old epoch, and the smaller id would decide.
        #expect(try story.desk.take(rival).gated.map(\.reason) == [.rootRival])
        #expect(story.desk.replica.authority.isOnRootChain(update.id))
    }

    @Test("a registry log has so many branches and no more (A-77)")
    func registryBranches() throws {
        var story = try Story()
        let start = story.bob
        var count = 0
        for number in 0..<RunLimits.branchesMax + 5 {
            var pen = start
            let entry = story.registrar.write(.keyAdd, citing: .none, with: &pen) {
                $0.key = DeviceKey(Registrar.key("phone \(number)").publicKey)
            }
            count += try story.desk.take(entry).stored.count
        }
        #expect(count == RunLimits.branchesMax)
        #expect(story.desk.replica.gate.ids(.branches).count == 5)
    }

    @Test("content of a key that nobody enrolled waits for the key (A-78)")
    func enrolment() throws {
        var story = try Story()
        var phone = Registrar.Pen(key: Registrar.key("phone"), identity: story.bob.identity, space: .content(Registrar.space))
        let post = story.registrar.post("from the phone", citing: story.bobGrant.id, with: &phone)
        #expect(try story.desk.take([post]) == 0)
        #expect(story.desk.replica.gate.ids(.enrolment) == [post.entry.id])
        try story.desk.take(
            story.registrar.write(.keyAdd, citing: .none, with: &story.bob) { $0.key = DeviceKey(Registrar.key("phone").publicKey) })
        #expect(try story.desk.take([post]) == 1)
        #expect(story.desk.shown() == [post.entry.id] && story.desk.replica.gate.ids(.enrolment).isEmpty)
    }

    @Test("what the gate remembers is bounded")
    func memory() throws {
        var story = try Story()
        for number in 0..<GateLimits.inceptionsMax + 10 { try story.desk.take(story.registrar.meet("stranger \(number)").inception) }
        #expect(story.desk.replica.gate.ids(.inception).count == GateLimits.inceptionsMax)
        #expect(story.desk.replica.gate.inceptions.count == GateLimits.inceptionsMax)
    }

    // MARK: - Branches of content

    @Test("of many branches of a content log all nodes keep the same few, whatever came first (A-67, A-69)")
    func contentBranches() throws {
        var story = try Story()
        var pen = story.bob.beginning(in: .content(Registrar.space))
        let first = story.registrar.post("first", citing: story.bobGrant.id, with: &pen)
        let fork = pen
        var branches: [[Run.Item]] = []
        for number in 0..<12 {
            var pen = fork
            branches.append((0..<3).map { story.registrar.post("\(number).\($0)", citing: story.bobGrant.id, with: &pen) })
        }
        let kept = branches.sorted { $0[0].entry.id < $1[0].entry.id }.prefix(RunLimits.keptBranchesMax)
        let log = first.entry.log
        var shuffler = Shuffler(state: 5)
        var sums: [HeadSum] = []
        for order in 0..<6 {
            var desk = story.desk
            try desk.take([first])
            var queues = order == 0 ? branches.sorted { $1[0].entry.id < $0[0].entry.id } : branches.shuffled(using: &shuffler)
            while let index = queues.indices.randomElement(using: &shuffler) {
                let next = order == 0 ? 0 : index
                try desk.take([queues[next].removeFirst()])
                queues.removeAll(where: \.isEmpty)
            }
            // What was left out at first comes again with the next reconciliation.
            try desk.take(branches.flatMap(\.self))
            #expect(desk.heads(of: log) == Set(kept.compactMap { $0.last?.entry.id }))
            #expect(desk.shown() == Set([first.entry.id] + kept.flatMap { $0.map(\.entry.id) }))
            sums.append(desk.replica.sum(of: log.space))
            // And a replica that is loaded anew says the same.
            let loaded = try Replica(network: story.registrar.network, store: &desk.store)
            #expect(loaded.sum(of: log.space) == desk.replica.sum(of: log.space))
        }
        #expect(sums.allSatisfy { $0 == sums[0] })
    }

    @Test("what an administrator's tip names is kept besides the others (A-68)")
    func pinnedBranches() throws {
        var story = try Story()
        let fork = story.bob.beginning(in: .content(Registrar.space))
        var branches: [[Run.Item]] = []
        for number in 0..<8 {
            var pen = fork
            branches.append((0..<3).map { story.registrar.post("\(number).\($0)", citing: story.bobGrant.id, with: &pen) })
        }
        branches.sort { $0[0].entry.id < $1[0].entry.id }
        for item in branches { try story.desk.take(item) }
        #expect(story.desk.shown().count == 12)
        let last = branches[7]
        let vouch = story.registrar.write(.vouch, citing: .capability(story.aliceGrant.id), with: &story.alice) {
            $0.tips = [last[1].entry.id]
        }
        try story.desk.take(vouch)
        // The tip came before what it names: now that is taken with what leads to it, and nothing of what follows it.
        var run = Run(log: last[0].entry.log, identity: last[0].entry.identity ?? IdentityID(.zero), backlink: nil, firstSequence: 0)
        for item in last { run.append(item.entry, body: item.body) }
        if case .ready(let prepared) = try story.desk.replica.prepare(run, now: Desk.now, store: story.desk.store) {
            _ = try story.desk.replica.accept(prepared, firstSeen: Desk.now, store: &story.desk.store)
        }
        let expected = branches.prefix(4) + [Array(last.prefix(2))]
        #expect(story.desk.shown() == Set(expected.flatMap { $0.map(\.entry.id) }))
    }

    @Test("the branches that are stored are bounded, in whatever order a hostile author sends them (A-77)")
    func storedBranches() throws {
        var story = try Story()
        let fork = story.bob.beginning(in: .content(Registrar.space))
        var beginnings: [Run.Item] = []
        for number in 0..<RunLimits.storedBranchesMax + 20 {
            var pen = fork
            beginnings.append(story.registrar.post("\(number)", citing: story.bobGrant.id, with: &pen))
        }
        beginnings.sort { $1.entry.id < $0.entry.id }
        #expect(try story.desk.take(beginnings) == RunLimits.storedBranchesMax)
        #expect(story.desk.shown().count == RunLimits.keptBranchesMax)
    }
}

extension Rights {
    fileprivate static let governing: Rights = [.admin, .steward, .invite, .post]
}

/// Draws that depend on a number alone.
struct Shuffler: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
