import EntenteCodec
import EntenteCrypto
import EntenteModel

/// A network from its founding on, with one entry of every kind: what round trips, vectors and forgeries start from.
struct Story {
    struct Told {
        let name: String
        let entry: Entry
        let body: Body?
    }

    private(set) var told: [Told] = []
    private(set) var network = NetworkID.null
    private var heads: [LogKey: Entry] = [:]
    private var clock: UInt64 = 1_750_000_000_000

    /// The space for everybody, and one below it.
    static let everybody = path([0xA1])
    static let below = path([0xA1, 0xB2])
    static let incarnation: UInt64 = 0xC0FF_EE00_1234_5678

    static let whole = Story()

    private static func path(_ bytes: [UInt8]) -> SpacePath {
        guard let path = SpacePath(bytes.map { SpaceID(.filled($0)) }) else { preconditionFailure() }
        return path
    }

    func entry(_ name: String) -> Entry {
        guard let told = told.first(where: { $0.name == name }) else { preconditionFailure("nobody told \(name)") }
        return told.entry
    }

    func body(_ name: String) -> Body {
        guard let body = told.first(where: { $0.name == name })?.body else { preconditionFailure("\(name) has no body") }
        return body
    }

    func id(_ name: String) -> EntryID { entry(name).id }

    /// Tells the next entry of its log.
    private mutating func tell(
        _ name: String, in space: Space = .registry, by key: SigningKey?, as identity: IdentityID? = nil, citing: Authorization,
        _ kind: Kind, references: [EntryID] = [], seal: Bytes32? = nil, body: Body? = nil, _ headerBody: Header.Body
    ) {
        let log = LogKey(space: space, device: key?.device, incarnation: key == nil ? 0 : Self.incarnation)
        clock += 1000
        let previous = heads[log]
        let header = Header(
            space: space, device: key?.device, incarnation: log.incarnation, identity: identity,
            sequence: previous.map { $0.header.sequence + 1 } ?? 0, backlink: previous?.id, timestamp: Timestamp(milliseconds: clock),
            references: references, authorization: citing, kind: kind, seal: seal, body: headerBody)
        let entry =
            if let key { Entry(signing: header, with: key, in: network) } else {
                Entry(signing: header, withRoot: Array(People.roots.prefix(2)), in: network)
            }
        heads[log] = entry
        told.append(Told(name: name, entry: entry, body: body))
    }

    private mutating func act(
        _ kind: Kind, _ name: String? = nil, by key: SigningKey?, as identity: IdentityID? = nil, citing: Authorization,
        references: [EntryID] = [], _ fill: (inout RegistryAct) -> Void
    ) {
        act(kind, name, by: key, as: identity, citing: citing, references: references) { act, _ in fill(&act) }
    }

    /// The same, for an act that names what was told before.
    private mutating func act(
        _ kind: Kind, _ name: String? = nil, by key: SigningKey?, as identity: IdentityID? = nil, citing: Authorization,
        references: [EntryID] = [], _ fill: (inout RegistryAct, Story) -> Void
    ) {
        var act = RegistryAct(kind: kind)
        fill(&act, self)
        tell(name ?? kind.name, by: key, as: identity, citing: citing, kind, references: references, .act(act))
    }

    private mutating func say(
        _ operation: Operation, _ name: String, in space: SpacePath, by key: SigningKey, as identity: IdentityID, citing: EntryID,
        references: [EntryID] = []
    ) {
        let salt = Bytes16.filled(UInt8(truncatingIfNeeded: told.count))
        let body = Body(salt: salt, bytes: operation.encoded)
        tell(
            name, in: .content(space), by: key, as: identity, citing: .capability(citing), operation.kind, references: references,
            body: body, .detached(size: body.bytes.count, commitment: body.commitment))
    }

    private init() {
        found()
        admitAlice()
        admitBob()
        govern()
        speak()
        look(ahead: ())
        answer()
        joinBrest()
    }

    private mutating func found() {
        act(.genesis, by: nil, citing: .none) {
            $0.rootKeys = People.roots.map(\.device)
            $0.rootQuorum = 2
            $0.rulesVersion = 1
            $0.networkName = "Réseau d’essai"
        }
        network = NetworkID(id("genesis").bytes)
        act(.identityCreate, "id.create of the site", by: People.site, citing: .none) {
            $0.recoveryCommitment = RecoveryCommitment.of(People.key("site's recovery").device)
        }
    }

    private var site: IdentityID { IdentityID(inception: id("id.create of the site")) }
    private var alice: IdentityID { IdentityID(inception: id("id.create of alice")) }
    private var bob: IdentityID { IdentityID(inception: id("id.create of bob")) }

    private mutating func admitAlice() {
        act(.identityCreate, "id.create of alice", by: People.alice, citing: .none) {
            $0.recoveryCommitment = RecoveryCommitment.of(People.recovery.device)
            $0.host = People.site.device
        }
        let alice = alice
        let site = site
        act(.grant, "grant to alice", by: nil, citing: .root) {
            $0.subject = alice
            $0.level = 1
            $0.rights = .administrator
        }
        act(.grant, "grant to the site", by: nil, citing: .root) {
            $0.subject = site
            $0.level = 5
            $0.rights = .site
            $0.expiry = Timestamp(milliseconds: 1_900_000_000_000)
        }
        act(.spaceCreate, by: People.alice, as: alice, citing: .capability(id("grant to alice")), references: [id("grant to the site")]) {
            $0.spaceID = SpaceID(.filled(0xA1))
        }
        act(.spaceCreate, "space.create below", by: People.alice, as: alice, citing: .capability(id("grant to alice"))) {
            $0.scope = Self.everybody
            $0.spaceID = SpaceID(.filled(0xB2))
        }
        act(.keyAdd, by: People.alice, as: alice, citing: .none) {
            $0.key = People.phone.device
            $0.host = People.site.device
        }
    }

    private mutating func admitBob() {
        act(.invite, by: People.site, as: site, citing: .capability(id("grant to the site"))) {
            $0.scope = Self.everybody
            $0.level = 7
            $0.rights = .post
            $0.expiry = Timestamp(milliseconds: 1_760_000_000_000)
            $0.inviteKey = People.invitation.device
            $0.usesMax = 3
            $0.membershipExpiry = Timestamp(milliseconds: 1_800_000_000_000)
            $0.sponsor = $1.alice
        }
        act(.identityCreate, "id.create of bob", by: People.bob, citing: .none) {
            $0.recoveryCommitment = RecoveryCommitment.of(People.key("bob's recovery").device)
            $0.host = People.site.device
        }
        let bob = bob
        let nonce = Bytes16.filled(0x0B)
        let proof = InvitationProof.bytes(
            network: network, invitation: id("invite"), subject: bob, device: People.bob.device, nonce: nonce)
        act(.admit, by: People.bob, as: bob, citing: .capability(id("invite"))) {
            $0.scope = Self.everybody
            $0.subject = bob
            $0.level = 8
            $0.rights = .post
            $0.expiry = Timestamp(milliseconds: 1_800_000_000_000)
            $0.nonce = nonce
            $0.proof = People.invitation.sign(proof)
        }
    }

    private mutating func govern() {
        let alice = alice
        let bob = bob
        let admission = id("admit")
        let own = Authorization.capability(id("grant to alice"))
        act(.vouch, by: People.alice, as: alice, citing: own) {
            $0.scope = Self.everybody
            $0.admits = [admission]
            $0.tips = [admission]
        }
        act(.remove, "remove by subject", by: People.alice, as: alice, citing: own) {
            $0.scope = Self.below
            $0.subject = bob
            $0.tips = [admission, $1.id("id.create of bob")].sorted()
            $0.vouchLevelMax = 6
        }
        act(.remove, "remove by capability", by: People.alice, as: alice, citing: own) {
            $0.capabilities = [admission, $1.id("invite")].sorted()
            $0.admits = [admission]
        }
        act(.remove, "remove of a subtree", by: People.alice, as: alice, citing: own) { $0.subtree = $1.id("invite") }
        act(.annul, by: People.alice, as: alice, citing: own) { $0.target = $1.id("remove by subject") }
        act(.grant, "grant over removals", by: People.alice, as: alice, citing: own) {
            $0.scope = Self.everybody
            $0.subject = bob
            $0.level = 8
            $0.rights = .post
            $0.over = [$1.id("remove by capability"), $1.id("remove of a subtree")].sorted()
        }
        act(.disavow, by: nil, citing: .root) { $0.from = $1.id("remove of a subtree") }
        act(.leave, by: People.bob, as: bob, citing: .capability(admission)) { $0.scope = Self.everybody }
        act(.keyVouch, by: People.alice, as: alice, citing: .none) { $0.tips = [$1.id("grant over removals")] }
        act(.keyRemove, by: People.alice, as: alice, citing: .none) { $0.key = People.phone.device }
        act(.keyRecover, by: People.recovery, as: alice, citing: .none) {
            $0.key = People.eve.device
            $0.recoveryCommitment = RecoveryCommitment.of(People.key("alice's second recovery").device)
            $0.tips = [$1.id("key.remove")]
        }
        act(.rootUpdate, by: nil, citing: .none) {
            $0.rootKeys = [People.roots[0], People.roots[1], People.rootFour].map(\.device).sorted()
            $0.rootQuorum = 2
            $0.rulesVersion = 1
        }
    }

    private mutating func speak() {
        let alice = alice
        let bob = bob
        let own = id("grant to alice")
        say(.spaceProfile(name: "Tout le monde"), "space.profile", in: Self.everybody, by: People.alice, as: alice, citing: own)
        say(.profile(name: "Alice Lefèvre"), "profile", in: Self.everybody, by: People.alice, as: alice, citing: own)
        say(
            .post(text: "Bonjour à tous 👋", replyTo: nil), "post", in: Self.everybody, by: People.alice, as: alice, citing: own,
            references: [id("profile")])
        let post = id("post")
        say(
            .post(text: "Salut Alice", replyTo: post), "reply", in: Self.everybody, by: People.bob, as: bob, citing: id("admit"),
            references: [id("space.profile"), post].sorted())
        say(.post(text: "", replyTo: nil), "empty post", in: Self.below, by: People.alice, as: alice, citing: own)
    }

    /// What is said about what was said. It comes last, so that the entries before keep their ids in the vectors.
    private mutating func answer() {
        let alice = alice
        let bob = bob
        let own = id("grant to alice")
        let admission = id("admit")
        let post = id("post")
        let reply = id("reply")
        func tell(_ name: String, _ operation: Operation, by key: SigningKey = People.alice, to before: String) {
            let (identity, capability) = key.publicKey == People.bob.publicKey ? (bob, admission) : (alice, own)
            say(operation, name, in: Self.everybody, by: key, as: identity, citing: capability, references: [id(before)])
        }
        tell("edit", .edit(target: post, text: "Bonjour à toutes et à tous 👋", supersedes: []), to: "reply")
        tell("edit of an edit", .edit(target: post, text: "Bonjour !", supersedes: [id("edit")]), to: "reply")
        tell("reaction", .reaction(target: post, emoji: "👍🏽", supersedes: [], isTakenBack: false), by: People.bob, to: "edit of an edit")
        tell(
            "reaction taken back", .reaction(target: post, emoji: "👍🏽", supersedes: [id("reaction")], isTakenBack: true), by: People.bob,
            to: "edit of an edit")
        tell("hiding", .hiding(target: reply), to: "reaction taken back")
        tell("unhiding", .unhiding(target: reply, lifts: [id("hiding")]), to: "reaction taken back")
        tell("erasure", .erasure(target: reply), by: People.bob, to: "unhiding")
    }

    /// The entries of one site's way in, from the invitation on. (Specs/06-gossip.md, G-57)
    static let wayIn = ["invite of brest", "id.create of brest", "admit brest", "invite of yann", "id.create of yann", "admit yann"]

    /// A site comes in by an invitation with INVITE, and lets its first person in. Last, for the same reason.
    private mutating func joinBrest() {
        let network = network
        let (brest, yann) = (People.key("brest"), People.key("yann"))
        let end = Timestamp(milliseconds: 1_800_000_000_000)
        func invitation(_ act: inout RegistryAct, level: UInt8, rights: Rights, key: String) {
            act.level = level
            act.rights = rights
            act.inviteKey = People.key(key).device
            act.usesMax = 1
            act.expiry = end
            act.membershipExpiry = end
        }
        func admission(
            _ act: inout RegistryAct, of subject: IdentityID, _ device: SigningKey, by invitation: EntryID, key: String, rights: Rights
        ) {
            let nonce = Bytes16.filled(UInt8(truncatingIfNeeded: key.utf8.count))
            let proved = InvitationProof.bytes(
                network: network, invitation: invitation, subject: subject, device: device.device, nonce: nonce)
            act.subject = subject
            act.rights = rights
            act.expiry = end
            act.nonce = nonce
            act.proof = People.key(key).sign(proved)
        }
        act(.invite, "invite of brest", by: People.site, as: site, citing: .capability(id("grant to the site"))) {
            invitation(&$0, level: 6, rights: .site, key: "invitation of brest")
        }
        act(.identityCreate, "id.create of brest", by: brest, citing: .none) {
            $0.recoveryCommitment = RecoveryCommitment.of(People.key("brest's recovery").device)
        }
        let site = IdentityID(inception: id("id.create of brest"))
        act(.admit, "admit brest", by: brest, as: site, citing: .capability(id("invite of brest"))) {
            $0.level = 7
            admission(&$0, of: site, brest, by: $1.id("invite of brest"), key: "invitation of brest", rights: .site)
        }
        act(.invite, "invite of yann", by: brest, as: site, citing: .capability(id("admit brest"))) {
            invitation(&$0, level: 8, rights: .post, key: "invitation of yann")
        }
        act(.identityCreate, "id.create of yann", by: yann, citing: .none) {
            $0.recoveryCommitment = RecoveryCommitment.of(People.key("yann's recovery").device)
            $0.host = brest.device
        }
        let person = IdentityID(inception: id("id.create of yann"))
        act(.admit, "admit yann", by: yann, as: person, citing: .capability(id("invite of yann"))) {
            $0.level = 9
            admission(&$0, of: person, yann, by: $1.id("invite of yann"), key: "invitation of yann", rights: .post)
        }
    }

    /// What a later version may say, and this one keeps and forwards.
    private mutating func look(ahead: Void) {
        let own = Authorization.capability(id("grant to alice"))
        let alice = alice
        let unknown = cbor {
            $0.map(2)
            $0.unsigned(0)
            $0.text("later")
            $0.text("a key that is a text")
            $0.array(1)
            $0.null()
        }
        tell("unknown registry kind", by: People.alice, as: alice, citing: own, Kind(code: 31), .unknown(unknown))
        let body = Body(salt: .filled(0x5A), bytes: Array("not even CBOR".utf8))
        tell(
            "unknown content kind", in: .content(Self.everybody), by: People.alice, as: alice, citing: own, Kind(code: 99), body: body,
            .detached(size: body.bytes.count, commitment: body.commitment))
        let sealed = Body(salt: .filled(0x5E), bytes: [UInt8](repeating: 0xEE, count: 48))
        tell(
            "sealed post", in: .content(Self.below), by: People.alice, as: alice, citing: own, .post,
            seal: Blake2b.hash256(Array("a space key".utf8)), body: sealed,
            .detached(size: sealed.bytes.count, commitment: sealed.commitment))
    }
}
