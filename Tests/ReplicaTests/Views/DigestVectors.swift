import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Makes Specs/vectors/views.json from fixed seeds: the visible entries of a space, and the digest of what people read of it.
struct DigestVectors {
    private static let about = [
        "Views (Specs/08-views.md): the visible entries of one space, in no order, with the capabilities that they cite, and the digest",
        "of V-20. An entry without a body was erased here. A case with a reason has the entries of the case that it is of, and is the",
        "digest that comes out of the mistake which the reason names. posts: the encodings that are hashed, in their order.",
    ].joined(separator: " ")

    static let network = NetworkID(Blake2b.hash256(Array("a village".utf8)))
    static let space: SpacePath = {
        guard let id = Bytes16([UInt8](repeating: 0x08, count: 16)).map(SpaceID.init), let path = SpacePath([id]) else {
            preconditionFailure("one component is a path")
        }
        return path
    }()

    /// Somebody who writes in the space.
    struct Person {
        let key: SigningKey
        let identity: IdentityID
        /// The grant that is cited.
        let capability: Entry
    }

    private static func key(_ name: String) -> SigningKey {
        guard let key = SigningKey(seed: Blake2b.hash256(Array("village/\(name)".utf8)).bytes) else { preconditionFailure("32 bytes") }
        return key
    }

    /// Alice is a member, bob another one, stella a steward, olga may disavow.
    static let people: [String: Person] = {
        var people: [String: Person] = [:]
        for (name, level, rights) in [
            ("alice", 8, .post), ("bob", 8, .post), ("stella", 6, [.steward, .post]), ("olga", 1, [.disavow]),
        ] as [(String, UInt8, Rights)] {
            let identity = IdentityID(Blake2b.hash256(Array("identity of \(name)".utf8)))
            var act = RegistryAct(kind: .grant)
            act.subject = identity
            act.level = level
            act.rights = rights
            let root = key("root")
            let header = Header(
                space: .registry, device: DeviceKey(root.publicKey), incarnation: 1,
                identity: IdentityID(Blake2b.hash256(Array("identity of root".utf8))), sequence: 0, backlink: nil,
                timestamp: Timestamp(milliseconds: 1), authorization: .root, kind: .grant, body: .act(act))
            people[name] = Person(key: key(name), identity: identity, capability: Entry(signing: header, with: root, in: network))
        }
        return people
    }()

    /// A space in which people speak.
    struct Village {
        struct Said {
            let entry: Entry
            let body: Body
            var isErased = false
        }

        private(set) var said: [Said] = []
        private var last: [String: Entry] = [:]
        private var clock: UInt64 = 1000

        @discardableResult
        mutating func say(_ operation: Operation, by name: String = "alice") -> EntryID {
            guard let person = DigestVectors.people[name] else { preconditionFailure("nobody is called \(name)") }
            clock += 10
            let salt = Bytes16(words: (clock, 8))
            let body = Body(salt: salt, bytes: operation.encoded)
            let before = last[name]
            let header = Header(
                space: .content(DigestVectors.space), device: DeviceKey(person.key.publicKey), incarnation: 1, identity: person.identity,
                sequence: before.map { $0.header.sequence + 1 } ?? 0, backlink: before?.id, timestamp: Timestamp(milliseconds: clock),
                references: operation.target.map { [$0] } ?? [], authorization: .capability(person.capability.id), kind: operation.kind,
                body: .detached(size: body.bytes.count, commitment: body.commitment))
            let entry = Entry(signing: header, with: person.key, in: DigestVectors.network)
            last[name] = entry
            said.append(Said(entry: entry, body: body))
            return entry.id
        }

        mutating func post(_ text: String, by name: String = "alice", replyTo: EntryID? = nil) -> EntryID {
            say(.post(text: text, replyTo: replyTo), by: name)
        }

        mutating func reverse() { said.reverse() }

        /// The body is destroyed here.
        mutating func erase(_ id: EntryID) {
            for index in said.indices where said[index].entry.id == id { said[index].isErased = true }
        }
    }

    /// What is read of a village: names, and posts the newest first.
    struct Reading {
        var people: [(identity: IdentityID, name: String)]
        var posts: [ResolvedPost]

        init(_ village: Village) {
            var statements: [Statement] = []
            var claims: [IdentityID: [ResolvedName.Claim]] = [:]
            for (index, said) in village.said.enumerated() {
                guard let person = DigestVectors.people.values.first(where: { $0.identity == said.entry.header.identity }) else { continue }
                // One log a person: its number is the place of the person's key among all.
                let log = LogID(Int64(person.identity.bytes.bytes[0]))
                let stored = StoredEntry(
                    arrival: Arrival(Int64(index) + 1), log: log, branch: 0, entry: said.entry,
                    body: said.isErased ? .erased : .present(said.body), firstSeen: Timestamp(milliseconds: 5000), wellFormed: true)
                guard let statement = Statement(stored, citing: person.capability) else { continue }
                statements.append(statement)
                if case .said(.profile) = statement.content {
                    claims[person.identity, default: []].append(
                        ResolvedName.Claim(statement: statement, log: log, sequence: said.entry.header.sequence))
                }
            }
            people = claims.keys.sorted().compactMap { identity in
                ResolvedName.resolve(claims[identity] ?? []).map { (identity, $0) }
            }
            let posts = village.said.filter { $0.entry.header.kind == .post }.map(\.entry.id)
            self.posts = statements.filter { posts.contains($0.id) }.compactMap { post in
                ResolvedPost(post, about: statements.filter { $0.id != post.id })
            }.sorted { $1.place < $0.place }
        }

        var digest: Bytes32 {
            var digest = ViewDigest(people: people)
            for post in posts { digest.add(post) }
            return digest.value
        }
    }

    struct Case {
        let name: String
        let village: Village
        var digest: Bytes32 { Reading(village).digest }
    }

    static let cases: [Case] = {
        var cases = [Case(name: "an empty space", village: Village())]
        func add(_ name: String, _ tell: (inout Village) -> Void) {
            var village = Village()
            tell(&village)
            cases.append(Case(name: name, village: village))
        }
        add("two posts and their authors' names") { village in
            village.say(.profile(name: "Alice"))
            village.say(.profile(name: "Bob"), by: "bob")
            let first = village.post("Bonjour")
            _ = village.post("Salut 👋", by: "bob", replyTo: first)
            village.say(.profile(name: "Alice Lefèvre"))
        }
        add("edits beside each other, and one that supersedes both") { village in
            let (first, second) = (village.post("un"), village.post("deux"))
            let one = village.say(.edit(target: first, text: "un !", supersedes: []))
            let other = village.say(.edit(target: first, text: "un ?", supersedes: []))
            village.say(.edit(target: first, text: "de quelqu'un d'autre", supersedes: []), by: "bob")
            let both = [one, other].sorted()
            village.say(.edit(target: second, text: "deux !", supersedes: []))
            village.say(.edit(target: second, text: "deux ?", supersedes: []))
            village.say(.edit(target: first, text: "un.", supersedes: both))
        }
        add("reactions, hidings, and what takes them back") { village in
            let (first, second) = (village.post("un"), village.post("deux", by: "bob"))
            let thumb = village.say(.reaction(target: first, emoji: "👍", supersedes: [], isTakenBack: false), by: "bob")
            village.say(.reaction(target: first, emoji: "👍", supersedes: [], isTakenBack: false), by: "stella")
            village.say(.reaction(target: first, emoji: "❤", supersedes: [], isTakenBack: false), by: "alice")
            village.say(.reaction(target: first, emoji: "👍", supersedes: [thumb], isTakenBack: true), by: "bob")
            let hiding = village.say(.hiding(target: first), by: "stella")
            village.say(.hiding(target: second), by: "stella")
            village.say(.hiding(target: first), by: "bob")
            village.say(.unhiding(target: first, lifts: [hiding]), by: "stella")
        }
        add("erased by its author, by who may disavow, and here alone") { village in
            let first = village.post("un")
            let second = village.post("deux", by: "bob", replyTo: first)
            let third = village.post("trois", by: "bob")
            village.say(.edit(target: first, text: "un !", supersedes: []))
            village.say(.erasure(target: first))
            village.say(.erasure(target: second), by: "olga")
            village.say(.erasure(target: third), by: "alice")
            village.erase(first)
            let fourth = village.post("quatre")
            village.erase(fourth)
        }
        return cases
    }()

    /// A case by its number, and a reading of it that somebody may take for the right one.
    struct Mistake {
        let of: Int
        let why: String
        var make: (inout Reading) -> Void = { _ in }
        /// Where the hashing itself is wrong.
        var hash: ((Reading) -> Bytes32)?
    }

    static var mistakes: [Mistake] {
        func restanding(_ version: ResolvedPost.Version, _ changed: [UInt8: UInt8]) -> ResolvedPost.Version {
            let standing = changed[version.standing.rawValue].flatMap(ResolvedPost.Version.Standing.init(rawValue:)) ?? version.standing
            return .init(
                id: version.id, author: version.author, timestamp: version.timestamp, shownTime: version.shownTime, text: version.text,
                standing: standing)
        }
        func versions(_ post: ResolvedPost, _ change: (ResolvedPost.Version) -> ResolvedPost.Version?) -> ResolvedPost {
            rewritten(post, versions: post.versions.compactMap(change))
        }
        return [
            Mistake(of: 0, why: "a space without people and posts has no hash", hash: { _ in .zero }),
            Mistake(of: 1, why: "the oldest post comes first", make: { $0.posts.reverse() }),
            Mistake(of: 1, why: "the people descend", make: { $0.people.reverse() }),
            Mistake(of: 1, why: "the names are left out", make: { $0.people = [] }),
            Mistake(
                of: 1, why: "the first profile counts, not the last of its log",
                make: { reading in
                    guard let alice = people["alice"]?.identity else { return }
                    reading.people = reading.people.map { $0.identity == alice ? (alice, "Alice") : $0 }
                }),
            Mistake(
                of: 1, why: "the domain is left out",
                hash: { reading in
                    let people = cbor(reading.people)
                    return reading.posts.reduce(Blake2b.hash256(people)) { Blake2b.hash256($0.bytes, $1.canonicalBytes) }
                }),
            Mistake(
                of: 2, why: "versions that do not count are left out",
                make: { $0.posts = $0.posts.map { post in versions(post) { $0.standing == .current ? $0 : nil } } }),
            Mistake(
                of: 2, why: "of edits that stand another one counts than that with the smallest id",
                make: { $0.posts = $0.posts.map { post in versions(post) { restanding($0, [1: 2, 2: 1]) } } }),
            Mistake(of: 3, why: "reactions are left out", make: { $0.posts = $0.posts.map { rewritten($0, reactions: []) } }),
            Mistake(
                of: 3, why: "a reaction that was taken back is counted",
                make: { reading in
                    guard let bob = people["bob"]?.identity else { return }
                    reading.posts = reading.posts.map { post in
                        rewritten(
                            post,
                            reactions: post.reactions.map { reaction in
                                let isThumb = reaction.emoji == "👍"
                                return .init(
                                    emoji: reaction.emoji, members: isThumb ? (reaction.members + [bob]).sorted() : reaction.members)
                            })
                    }
                }),
            Mistake(of: 3, why: "hidden posts are left out", make: { $0.posts = $0.posts.filter { !$0.isHidden } }),
            Mistake(of: 4, why: "erased posts are left out", make: { $0.posts = $0.posts.filter { !$0.isErased } }),
            Mistake(
                of: 4, why: "an erased post keeps its text",
                make: { reading in
                    reading.posts = reading.posts.map { post in
                        guard post.isErased else { return post }
                        let version = ResolvedPost.Version(
                            id: post.id, author: post.author, timestamp: post.timestamp, shownTime: post.shownTime, text: "un",
                            standing: .current)
                        return rewritten(post, versions: [version])
                    }
                }),
        ]
    }

    private static func cbor(_ people: [(identity: IdentityID, name: String)]) -> [UInt8] {
        var writer = CBORWriter()
        writer.array(people.count)
        for person in people {
            writer.array(2)
            writer.byteString(person.identity.bytes)
            writer.text(person.name)
        }
        return writer.bytes
    }

    private static func rewritten(
        _ post: ResolvedPost, versions: [ResolvedPost.Version]? = nil, reactions: [ResolvedPost.Reaction]? = nil
    ) -> ResolvedPost {
        ResolvedPost(
            id: post.id, space: post.space, author: post.author, timestamp: post.timestamp, shownTime: post.shownTime,
            replyTo: post.replyTo, versions: versions ?? post.versions, isErased: post.isErased, hidings: post.hidings,
            reactions: reactions ?? post.reactions)
    }

    /// The digest that the mistake gives.
    static func digest(_ mistake: Mistake) -> Bytes32 {
        var reading = Reading(cases[mistake.of].village)
        mistake.make(&reading)
        return mistake.hash?(reading) ?? reading.digest
    }

    // MARK: - The file

    /// Every text here is ours, and has neither quotation marks nor backslashes.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
    private static func hex(_ bytes: [UInt8]) -> String { quoted(Hex.encode(bytes)) }
    private static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\(quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    private static func text(_ item: Case) -> String {
        let entries = item.village.said.map { said in
            object(
                [("entry", hex(said.entry.encoded))]
                    + (said.isErased ? [] : [("salt", hex(said.body.salt.bytes)), ("body", hex(said.body.bytes))]))
        }
        let posts = Reading(item.village).posts.map { hex($0.canonicalBytes) }
        return object([
            ("structure", quoted("digest")), ("name", quoted(item.name)), ("sentence", quoted("V-20")),
            ("entries", "[\(entries.joined(separator: ", "))]"), ("posts", "[\(posts.joined(separator: ", "))]"),
            ("digest", hex(item.digest.bytes)), ("why", "null"),
        ])
    }

    static var text: String {
        let capabilities = people.values.map(\.capability).sorted { $0.id < $1.id }.map { hex($0.encoded) }
        let right = cases.map(text)
        let wrong = mistakes.map { mistake in
            object([
                ("structure", quoted("digest")), ("name", quoted(mistake.why)), ("sentence", quoted("V-20")),
                ("of", quoted(cases[mistake.of].name)), ("digest", hex(digest(mistake).bytes)), ("why", quoted(mistake.why)),
            ])
        }
        return "{\n\"about\": \(quoted(about)),\n\"network\": \(hex(network.bytes.bytes)),\n\"capabilities\": [\n"
            + capabilities.joined(separator: ",\n") + "\n],\n\"digests\": [\n" + (right + wrong).joined(separator: ",\n") + "\n]\n}\n"
    }
}
