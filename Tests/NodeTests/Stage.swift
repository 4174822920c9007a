import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteNode
@testable import EntenteSimulator

/// Paris, with alice, and Brest, with bob, are two honest sites on virtual time. Nantes is a member too, and the Atelier a
/// partner that may hold “chantier” alone: their keys and replicas are in the hands of a scripted peer.
struct Stage {
    let world: World
    let nantes: Liar
    let atelier: Liar
    static let paris = 0
    static let brest = 1

    private struct Prepared {
        let snapshot: Snapshot
        let nantes: Snapshot.Remains
        let atelier: Snapshot.Remains
    }

    struct Unexpected: Error { let answer: String }

    private static let prepared = Result { () throws -> Prepared in
        let world = World(seed: 7)
        let paris = world.found("Paris", member: "alice")
        _ = world.ask(.createSpace(name: "chantier", by: nil), of: paris)
        for (name, member, role) in [("Brest", "bob", Role.site), ("Nantes", "mallory", .site), ("Atelier", "eve", .partner)] {
            let request = InviteRequest(
                siteName: name, role: role, spaces: role == .partner ? ["chantier"] : [], until: Timestamp(milliseconds: 1_893_456_000_000),
                useBy: nil, uses: 1, by: nil)
            guard case .invited(let item)? = world.ask(.invite(request), of: paris) else { throw Unexpected(answer: "no invitation") }
            let (site, command) = try world.join(name, member: member, invitation: item.invitation)
            world.setSkew(0, of: site)
            world.run(for: 60_000) { world.answer(to: command, of: site) != nil }
            guard case .joined? = world.answer(to: command, of: site) else { throw Unexpected(answer: "\(name) did not join") }
        }
        for (site, text) in [(0, "bonjour de Paris"), (1, "bonjour de Brest")] {
            _ = world.ask(.post(space: Node.homeSpaceName, text: text, replyTo: nil, by: nil), of: site)
        }
        _ = world.ask(.post(space: "chantier", text: "le plan", replyTo: nil, by: nil), of: paris)
        world.run(for: 60_000)
        let snapshot = world.snapshot
        // The honest sites know nobody to dial but each other.
        let honest = snapshot.sites.prefix(2).map { site in
            var store = site.store
            for peer in store.peers() where !peer.address.hasPrefix("site-0") && !peer.address.hasPrefix("site-1") {
                store.removePeer(address: peer.address)
            }
            return Snapshot.Remains(name: site.name, address: site.address, identity: site.identity, store: store, skew: 0)
        }
        return Prepared(snapshot: Snapshot(time: snapshot.time, sites: honest), nantes: snapshot.sites[2], atelier: snapshot.sites[3])
    }

    init(seed: UInt64 = 1) throws {
        let prepared = try Self.prepared.get()
        world = World(seed: seed, from: prepared.snapshot)
        nantes = try Liar(prepared.nantes, member: "mallory")
        atelier = try Liar(prepared.atelier, member: "eve")
        world.run(for: 5000)
    }

    var wall: Timestamp { world.wall(of: Self.paris) }

    func space(_ name: String) throws -> SpacePath {
        let replica = try nantes.replica()
        let found = replica.authority.spaces.map(\.path)
        for path in found {
            guard case .spaces(let items)? = world.ask(.listSpaces, of: Self.paris) else { continue }
            if items.contains(where: { $0.name == name && $0.id == path.description }) { return path }
        }
        throw Unexpected(answer: "no space \(name)")
    }

    func everyone() throws -> SpacePath { try space(Node.homeSpaceName) }

    func status(of site: Int = paris) throws -> StatusItem {
        guard case .status(let item)? = world.ask(.status, of: site) else { throw Unexpected(answer: "no status") }
        return item
    }

    func peers(of site: Int = paris) throws -> [PeerItem] {
        guard case .peers(let items)? = world.ask(.peers, of: site) else { throw Unexpected(answer: "no peers") }
        return items
    }

    func texts(of site: Int = paris) -> [String] {
        guard case .timeline(let items)? = world.ask(.timeline(space: nil, limit: 1000), of: site) else { return [] }
        return items.map(\.text)
    }

    @discardableResult
    func post(_ text: String, at site: Int, in space: String = Node.homeSpaceName) -> Bool {
        if case .posted? = world.ask(.post(space: space, text: text, replyTo: nil, by: nil), of: site) { true } else { false }
    }

    var faults: [String] {
        world.notices(of: Self.paris).compactMap { if case .fault(_, _, let reason) = $0 { reason } else { nil } }
    }

    var entryCount: Int { world.store(of: Self.paris).arrivals(after: .none, registryOnly: false, limit: .max).count }

    /// Paris and Brest still hear each other, what they keep is clean, and no invariant ever broke.
    func expectHonestPeersGoOn(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let words = ["encore là, Paris \(world.time)", "encore là, Brest \(world.time)"]
        #expect(post(words[0], at: Self.paris) && post(words[1], at: Self.brest), sourceLocation: sourceLocation)
        world.run(for: 3000)
        for site in [Self.paris, Self.brest] {
            #expect(Set(texts(of: site)).isSuperset(of: words), "site \(site)", sourceLocation: sourceLocation)
        }
        world.check()
        #expect(world.violations == [], sourceLocation: sourceLocation)
    }
}

/// The keys and the replica of a site in wrong hands.
struct Liar {
    static let salt = Bytes16(words: (3, 3))
    let identity: NodeIdentity
    let member: SigningKey
    let store: MemoryStore

    init(_ site: Snapshot.Remains, member name: String) throws {
        identity = site.identity
        store = site.store
        member = try #require(site.identity.members.first { $0.name == name }?.key)
    }

    func replica() throws -> Replica {
        var copy = store
        return try Replica(network: identity.network, store: &copy)
    }

    var person: IdentityID? { (try? replica())?.directory.identities(ofDevice: DeviceKey(member.publicKey)).first }

    /// The person's capability that covers a space.
    func capability(for space: SpacePath) throws -> EntryID {
        let authority = try replica().authority
        let person = try #require(person)
        let found = authority.capabilities(of: person).first {
            authority.isActive($0.id) && space.lies(in: $0.scope) && $0.rights.isSuperset(of: .post)
        }
        return try #require(found?.id)
    }

    struct Written {
        var entry: Entry
        var body: StoredBody
    }

    /// A log of this person's own in `space`, from its beginning, in which every header may be falsified before it is signed.
    func log(
        _ count: Int, in space: SpacePath, incarnation: UInt64 = 0xBAD, from wall: Timestamp, after first: Written? = nil,
        text: String = "mensonge", falsify: (inout Header, Int) -> Void = { _, _ in }
    ) throws -> [Written] {
        let capability = try capability(for: space)
        let person = try #require(person)
        var out: [Written] = []
        for index in 0..<count {
            let number = UInt64(index)
            let body = Body(salt: Liar.salt, bytes: Operation.post(text: "\(text) \(index)", replyTo: nil).encoded)
            let previous = out.last?.entry ?? first?.entry
            var header = Header(
                space: .content(space), device: DeviceKey(member.publicKey), incarnation: incarnation, identity: person,
                sequence: (first.map { $0.entry.header.sequence + 1 } ?? 0) + number, backlink: previous?.id,
                timestamp: wall.advanced(byMilliseconds: number), authorization: .capability(capability), kind: .post,
                body: .detached(size: body.bytes.count, commitment: body.commitment))
            falsify(&header, index)
            out.append(Written(entry: Entry(signing: header, with: member, in: identity.network), body: .present(body)))
        }
        return out
    }

    /// The messages of one run, in so many parts.
    static func run(_ written: [Written], parts: Int = 1, falsify: (Run) -> Run = { $0 }) throws -> [Message] {
        let first = try #require(written.first?.entry)
        let preamble = falsify(
            Run(
                log: first.log, identity: try #require(first.header.identity), backlink: first.header.backlink,
                firstSequence: first.header.sequence))
        let size = (written.count + parts - 1) / parts
        return (0..<parts).map { part in
            let slice = written.dropFirst(part * size).prefix(size)
            var items = CBORWriter()
            for item in slice { Run.encode(item.entry, body: item.body, to: &items) }
            return .run(
                .init(preamble: part == 0 ? preamble : nil, items: items.bytes, itemCount: slice.count, isLast: part == parts - 1))
        }
    }
}
