import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// A simulated network whose sites are called by name, and the sentences that a test says to it.
///
/// Paris founds the network with alice; the clocks agree unless a test sets them apart. Whatever is refused is thrown.
struct Federation {
    let world: World
    private(set) var sites: [String: Int]

    /// Nothing was answered, or something that the question cannot have for an answer.
    struct Unanswered: Error {
        let answer: String
    }

    /// 2030-01-01T00:00:00Z: no membership of these stories ends before, unless one is about that.
    static let farEnd = Timestamp(milliseconds: 1_893_456_000_000)
    static let everyone = Node.homeSpaceName
    static let minute: UInt64 = 60_000

    init(seed: UInt64 = 1) {
        world = World(seed: seed)
        sites = ["Paris": world.found("Paris", member: "alice")]
    }

    init(world: World, sites: [String: Int]) {
        self.world = world
        self.sites = sites
    }

    /// The same network after all its processes ended at once, as another seed goes on with it.
    func restarted(seed: UInt64) -> Federation { Federation(world: World(seed: seed, from: world.snapshot), sites: sites) }

    subscript(name: String) -> Int {
        guard let site = sites[name] else { preconditionFailure("there is no site \(name) in this story") }
        return site
    }

    // MARK: - Sites

    @discardableResult
    mutating func join(
        _ name: String, _ member: String, by invitation: String, milliseconds: UInt64 = 120_000
    ) throws -> JoinedItem {
        let (site, command) = try world.join(name, member: member, invitation: invitation, milliseconds: milliseconds)
        world.setSkew(0, of: site)
        sites[name] = site
        world.run(for: milliseconds + 1000) { world.answer(to: command, of: site) != nil }
        switch world.answer(to: command, of: site) {
        case .joined(let item): return item
        case .refused(let refusal): throw refusal
        case let other: throw Unanswered(answer: String(describing: other))
        }
    }

    func invite(
        _ name: String, as role: Role, into spaces: [String] = [], from site: String = "Paris", until: Timestamp = farEnd,
        useBy: Timestamp? = nil, uses: UInt64 = 1, by: String? = nil
    ) throws -> InvitedItem {
        let request = InviteRequest(siteName: name, role: role, spaces: spaces, until: until, useBy: useBy, uses: uses, by: by)
        guard case .invited(let item) = try ask(.invite(request), of: site) else { throw Unanswered(answer: "no invitation") }
        return item
    }

    /// Brest is a site of the organisation, with bob.
    mutating func addBrest() throws { try join("Brest", "bob", by: invite("Brest", as: .site).invitation) }
    /// Lyon is another one, with carol.
    mutating func addLyon() throws { try join("Lyon", "carol", by: invite("Lyon", as: .site).invitation) }
    /// The studio is a partner, with dave, in one space alone.
    mutating func addStudio(until: Timestamp = farEnd) throws {
        if try !spaces(of: "Paris").contains("chantier") { try createSpace("chantier") }
        try join("Studio", "dave", by: invite("Studio", as: .partner, into: ["chantier"], until: until).invitation)
    }

    /// One more person on a site that is there.
    func addPerson(_ name: String, to site: String, by invitation: String) throws -> JoinedItem {
        world.addMember(name, to: self[site])
        let request = JoinRequest(
            invitation: invitation, siteName: site, memberName: name, siteRecovery: world.recovery(), memberRecovery: world.recovery(),
            milliseconds: 60_000)
        guard case .joined(let item) = try ask(.join(request), of: site) else { throw Unanswered(answer: "\(name) did not join") }
        return item
    }

    mutating func clone(_ name: String, as copy: String) { sites[copy] = world.clone(self[name], as: copy) }

    // MARK: - Asking

    /// The answer to a command, thrown if it is a refusal.
    @discardableResult
    func ask(_ command: Command, of site: String, within milliseconds: UInt64 = 120_000) throws -> Answer {
        guard let answer = world.ask(command, of: self[site], within: milliseconds) else {
            throw Unanswered(answer: "nothing to \(command)")
        }
        if case .refused(let refusal) = answer { throw refusal }
        return answer
    }

    @discardableResult
    func post(
        _ text: String, in space: String = everyone, at site: String, replyTo: String? = nil, by: String? = nil
    ) throws -> String {
        guard case .posted(let id) = try ask(.post(space: space, text: text, replyTo: replyTo, by: by), of: site) else {
            throw Unanswered(answer: "no id of a post")
        }
        return id
    }

    func createSpace(_ name: String, at site: String = "Paris") throws {
        try ask(.createSpace(name: name, by: nil), of: site)
    }

    @discardableResult
    func revoke(
        _ target: String, at site: String = "Paris", forCause: Bool = false, preview: Bool = false, by: String? = nil
    ) throws -> RevocationItem {
        let command = Command.revoke(target: target, reason: nil, forCause: forCause, preview: preview, by: by)
        guard case .revoked(let item) = try ask(command, of: site) else { throw Unanswered(answer: "no revocation") }
        return item
    }

    func timeline(of site: String, in space: String? = nil) throws -> [TimelineItem] {
        guard case .timeline(let items) = try ask(.timeline(space: space, limit: 1000), of: site) else {
            throw Unanswered(answer: "no timeline")
        }
        return items
    }

    /// The timeline without the times: when something was first seen is a local fact.
    func said(of site: String, in space: String? = nil) throws -> [TimelineItem] {
        try timeline(of: site, in: space).map { item in
            var item = item
            item.time = ""
            return item
        }
    }

    func texts(of site: String, in space: String? = nil) throws -> [String] { try timeline(of: site, in: space).map(\.text) }

    func spaces(of site: String) throws -> [String] {
        guard case .spaces(let items) = try ask(.listSpaces, of: site) else { throw Unanswered(answer: "no spaces") }
        return items.map(\.name)
    }

    func members(of site: String) throws -> [MemberItem] {
        guard case .members(let items) = try ask(.members, of: site) else { throw Unanswered(answer: "no members") }
        return items
    }

    func member(_ name: String, at site: String = "Paris") throws -> MemberItem {
        let found = try members(of: site).filter { $0.name == name }
        guard found.count == 1, let item = found.first else {
            throw Unanswered(answer: "\(found.count) members \(name) among \(try members(of: site).map(\.name))")
        }
        return item
    }

    func status(of site: String) throws -> StatusItem {
        guard case .status(let item) = try ask(.status, of: site) else { throw Unanswered(answer: "no status") }
        return item
    }

    func peers(of site: String) throws -> [PeerItem] {
        guard case .peers(let items) = try ask(.peers, of: site) else { throw Unanswered(answer: "no peers") }
        return items
    }

    func sync(_ site: String, within milliseconds: UInt64 = 60_000) throws -> SyncItem {
        guard case .synced(let item) = try ask(.sync(milliseconds: milliseconds), of: site, within: milliseconds + 1000) else {
            throw Unanswered(answer: "no word of being in sync")
        }
        return item
    }

    /// Why a command is refused; a command that is done fails the test.
    func refusal(of command: Command, at site: String) -> Refusal? {
        switch Result(catching: { try ask(command, of: site) }) {
        case .failure(let refusal as Refusal): return refusal
        case let other:
            Issue.record("\(command) was not refused: \(other)")
            return nil
        }
    }

    // MARK: - Time and lines

    func pass(_ milliseconds: UInt64) { world.run(for: milliseconds) }
    /// Long enough for every line that can be up to be up, and for everything to have gone over it.
    func settle() { world.run(for: 2 * Self.minute) }
    func part(_ a: String, _ b: String) { world.part(self[a], self[b]) }
    func reunite(_ a: String, _ b: String) { world.reunite(self[a], self[b]) }
    func isolate(_ site: String) { world.isolate(self[site]) }
    func addPeer(_ other: String, to site: String) throws { try ask(.addPeer(address: world.address(of: self[other])), of: site) }
    func areConnected(_ a: String, _ b: String) -> Bool { world.areConnected(self[a], self[b]) }

    /// Where a site lets joiners in, as an invitation names it.
    func door(of site: String) -> Invitation.Bootstrap {
        .init(address: world.address(of: self[site]), node: DeviceKey(world.identity(of: self[site]).siteKey.publicKey))
    }

    // MARK: - What is stored

    func store(of site: String) -> MemoryStore { world.store(of: self[site]) }
    func entries(of site: String) -> [StoredEntry] { store(of: site).arrivals(after: .none, registryOnly: false, limit: .max) }
    func sums(of site: String) -> [Space: [UInt8]] { world.sums(of: self[site]) }

    func verify(_ site: String) -> VerificationReport {
        Verifier.check(store(of: site), network: world.identity(of: self[site]).network)
    }

    /// The sums of the two are equal in every space that either holds.
    func expectEqualSums(_ a: String, _ b: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sums(of: a) == sums(of: b), "\(a) and \(b)", sourceLocation: sourceLocation)
    }

    func expectAllClean(sourceLocation: SourceLocation = #_sourceLocation) {
        for name in sites.keys.sorted() { #expect(verify(name).faults == [], "\(name)", sourceLocation: sourceLocation) }
    }
}
