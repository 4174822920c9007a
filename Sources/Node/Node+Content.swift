import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

extension Node {
    // MARK: - Who acts

    /// An identity whose key is on this node.
    struct Signer {
        let identity: IdentityID
        let key: SigningKey
        let name: String
    }

    var siteSigner: Signer? {
        ownSite.map { Signer(identity: $0, key: identity.siteKey, name: "this site") }
    }

    func signer(for member: LocalMember) -> Signer? {
        let device = DeviceKey(member.key.publicKey)
        return replica.directory.identities(ofDevice: device).first.map { Signer(identity: $0, key: member.key, name: member.name) }
    }

    /// The member whom `--as` names, by name or by the beginning of an id; the site's first member by default.
    func signer(_ by: String?) throws(Stop) -> Signer {
        let signer = try namedSigner(by)
        // What a key signs that was removed, or recovered from, counts nowhere: better said than written.
        guard signs(signer) else {
            throw .refusal(
                Refusal(
                    .refused, what: "the key of \(signer.name) on this site signs no more",
                    why: "\(signer.name) removed it, or recovered with another one", next: "entente device list"))
        }
        return signer
    }

    /// True if the signer's key is in force.
    func signs(_ signer: Signer) -> Bool {
        replica.directory.isKeyInForce(DeviceKey(signer.key.publicKey), of: signer.identity)
    }

    private func namedSigner(_ by: String?) throws(Stop) -> Signer {
        let signers = identity.members.compactMap { signer(for: $0) }
        guard let by else {
            guard let first = signers.first(where: { signs($0) }) ?? signers.first else {
                throw .refusal(
                    Refusal(
                        .notFound, what: "nobody signs on this site yet", why: "no member has joined here",
                        next: "entente join FILE --site NAME --member NAME"))
            }
            return first
        }
        if let found = signers.first(where: { Names.equal($0.name, by) }) { return found }
        let matches = signers.filter { by.utf8.count >= 8 && $0.identity.description.hasPrefix(by) }
        guard matches.count == 1, let found = matches.first else {
            throw .refusal(
                Refusal(
                    .notFound, what: "“\(by)” does not sign on this site",
                    why: "the members here are \(signers.map(\.name).joined(separator: ", "))",
                    next: Names.guess(by, among: signers.map(\.name), all: "entente members")))
        }
        return found
    }

    /// The capability under which an signer does something in a scope: in force, not past its end, with the rights.
    ///
    /// For content the most junior one, so that a person who is administrator and member posts as a member; for acts
    /// the most senior one.
    func capability(
        of identity: IdentityID, rights: Rights, covering scope: SpacePath, at wall: Timestamp, mostSenior: Bool = true
    ) -> CapabilityRecord? {
        let authority = replica.authority
        let fitting = authority.capabilities(of: identity).filter { capability in
            capability.rights.isSuperset(of: rights) && scope.lies(in: capability.scope) && capability.expiry.map { wall <= $0 } != false
                && authority.isActive(capability.id) && authority.stops(capability.id, at: scope).isEmpty
        }
        return mostSenior ? fitting.min { ($0.level, $0.id) < ($1.level, $1.id) } : fitting.max { ($0.level, $1.id) < ($1.level, $0.id) }
    }

    func author(_ signer: Signer) -> Author { Author(key: signer.key, identity: signer.identity, incarnation: incarnation) }

    // MARK: - Spaces

    mutating func createSpace(
        _ name: String, by: String?, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let signer = try registrar(by)
        try Names.check(name, of: "the space")
        if try storing({ () throws(StoreFailure) in try heldSpaces(store: store) }).contains(where: { Names.equal($0.name, name) }) {
            throw .refusal(
                Refusal(
                    .refused, what: "there is a space “\(name)” already", why: "two of one name would be confused",
                    next: "entente space list"))
        }
        guard let capability = capability(of: signer.identity, rights: [.admin, .post], covering: .network, at: now.wall) else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not create a space", why: "that takes an administrator of the whole network",
                    next: "ask an administrator, or act as another member with --as"))
        }
        var act = RegistryAct(kind: .spaceCreate)
        let id = SpaceID(Bytes16(using: &random))
        act.spaceID = id
        guard let path = SpacePath([id]) else { preconditionFailure("one component fits") }
        let operation = Operation.spaceProfile(name: name)
        do {
            try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects)
            try authorContent(
                operation, in: path, citing: capability.id, by: signer, at: now, using: &random, store: &store, effects: &effects)
        } catch {
            throw .store(error)
        }
        return .spaceCreated(SpaceItem(id: path.description, name: name))
    }

    /// Spaces that this node holds, or may hold: by name.
    func heldSpaces(store: some ReplicaStore) throws(StoreFailure) -> [SpaceItem] {
        var items: [SpaceItem] = []
        for path in spacePaths() { items.append(SpaceItem(id: path.description, name: try spaceName(path, store: store))) }
        return items
    }

    /// Announced in the registry, or with entries here; and this node may hold it.
    func spacePaths() -> [SpacePath] {
        let announced = replica.authority.spaces.map(\.path)
        let held = replica.spaces.compactMap(\.path)
        return Set(announced + held).filter { ownAudience.mayHold(.content($0)) }.sorted()
    }

    /// The space for all: the first that was announced at the top, which is the founder's.
    ///
    /// By the time of the announcement: nobody can date one before the capability that it cites, and the founder's is the first.
    /// The path is a random number, and says nothing of what came first.
    var homeSpace: SpacePath? {
        let authority = replica.authority
        return authority.spaces.filter { $0.path.components.count == 1 }
            .compactMap { space in authority.act(space.id).map { (path: space.path, act: $0) } }
            .min { a, b in
                // What one log says in one millisecond keeps its order.
                (a.act.timestamp, a.act.position.sequence, a.act.id) < (b.act.timestamp, b.act.position.sequence, b.act.id)
            }?.path
    }

    func space(named name: String, store: some ReplicaStore) throws(Stop) -> SpacePath {
        let items = try storing { () throws(StoreFailure) in try heldSpaces(store: store) }
        let paths = spacePaths()
        let matches = zip(items, paths).filter { item, _ in Names.equal(item.name, name) || item.id == name }
        if matches.count == 1, let match = matches.first { return match.1 }
        let byID = zip(items, paths).filter { item, _ in name.utf8.count >= 8 && item.id.hasPrefix(name) }
        if matches.isEmpty, byID.count == 1, let match = byID.first { return match.1 }
        if matches.count > 1 {
            throw .refusal(
                Refusal(
                    .refused, what: "several spaces are called “\(name)”",
                    why: "their ids are \(matches.map(\.0.id).joined(separator: ", "))",
                    next: "name the space by its id"))
        }
        throw .refusal(
            Refusal(
                .notFound, what: "there is no space “\(name)” here",
                why: items.isEmpty ? noSpaceReason : "this site holds \(items.map(\.name).joined(separator: ", "))",
                next: Names.guess(name, among: items.map(\.name), all: "entente space list")))
    }

    private var noSpaceReason: String {
        ownSite == nil || !ownAudience.scopes.isEmpty
            ? "this site holds no space yet" : "the membership of this site has ended: it was revoked, or its last day has passed"
    }

    // MARK: - Posts

    mutating func post(
        _ text: String, in spaceName: String, replyTo: String?, by: String?, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let signer = try signer(by)
        let path = try space(named: spaceName, store: store)
        guard !text.isEmpty else {
            throw .refusal(
                Refusal(.usage, what: "the post is empty", why: "there is nothing to say in it", next: "entente post --space SPACE TEXT"))
        }
        guard text.utf8.count <= NodeLimits.textBytesMax else {
            throw .refusal(
                Refusal(
                    .refused, what: "the post is too long", why: "\(text.utf8.count) bytes; at most \(NodeLimits.textBytesMax) fit",
                    next: "split it into several posts"))
        }
        guard let capability = capability(of: signer.identity, rights: .post, covering: path, at: now.wall, mostSenior: false) else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not post in “\(spaceName)”",
                    why: whyNoPosting(signer.identity, in: path, at: now.wall), next: "entente members"))
        }
        try checkRoom(for: signer, in: .content(path))
        let parent = try replyTo.map { (text) throws(Stop) in try entry(named: text, in: path, store: store) }
        do {
            try introduce(signer, in: path, citing: capability.id, at: now, using: &random, store: &store, effects: &effects)
            let entry = try authorContent(
                .post(text: text, replyTo: parent), in: path, citing: capability.id, by: signer, at: now, using: &random, store: &store,
                effects: &effects)
            return .posted(id: entry.id.description)
        } catch {
            throw .store(error)
        }
    }

    /// Why nobody of that identity writes in a space.
    func whyNoPosting(_ identity: IdentityID, in space: SpacePath, at wall: Timestamp) -> String {
        capability(of: identity, rights: [], covering: space, at: wall) == nil
            ? "no membership in force covers that space: it was never given, was revoked, or has come to its end"
            : "the membership there is for reading only"
    }

    /// An entry by its id, or by the first 8 or more digits of it among the latest posts of the space.
    private func entry(named text: String, in space: SpacePath, store: some ReplicaStore) throws(Stop) -> EntryID {
        if let id = EntryID(hex: text) {
            if let stored = try storing({ () throws(StoreFailure) in try store.entry(id) }), stored.entry.header.space == .content(space) {
                return id
            }
        } else if text.utf8.count >= 8 {
            let latest = try storing { () throws(StoreFailure) in
                try store.visible(kind: .post, space: space, identity: nil, before: nil, limit: NodeLimits.timelineMax)
            }
            let matches = latest.map(\.entry.id).filter { $0.description.hasPrefix(text.lowercased()) }
            if matches.count == 1, let match = matches.first { return match }
        }
        throw .refusal(
            Refusal(
                .notFound, what: "there is no post “\(text)” in that space", why: "a reply names a post that is here",
                next: "entente timeline"))
    }

    /// Says an identity's name in a space where it has not been said yet.
    mutating func introduce(
        _ signer: Signer, in space: SpacePath, citing capability: EntryID, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let said = try store.visible(kind: .profile, space: space, identity: signer.identity, before: nil, limit: 1)
        guard said.isEmpty else { return }
        let name = try ownName(of: signer, store: store)
        guard !name.isEmpty else { return }
        try authorContent(
            .profile(name: name), in: space, citing: capability, by: signer, at: now, using: &random, store: &store, effects: &effects)
    }

    private func ownName(of signer: Signer, store: some ReplicaStore) throws(StoreFailure) -> String {
        guard signer.identity == ownSite else { return signer.name }
        return try store.fact(.siteName).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func timeline(of space: String?, limit: Int, before: String? = nil, store: some ReplicaStore) throws(Stop) -> [TimelineItem] {
        let path = try space.map { (name) throws(Stop) in try self.space(named: name, store: store) }
        guard (1...NodeLimits.timelineMax).contains(limit) else {
            throw .refusal(
                Refusal(
                    .usage, what: "the limit has to be from 1 to \(NodeLimits.timelineMax)", why: "it was \(limit)",
                    next: "entente timeline --limit 50"))
        }
        let place = try before.map { (text) throws(Stop) in
            let stored = try entry(named: text, store: store)
            return TimelinePlace(timestamp: stored.entry.header.timestamp, id: stored.entry.id)
        }
        return try storing { () throws(StoreFailure) in
            let entries = try store.visible(kind: .post, space: path, identity: nil, before: place, limit: limit)
            var items: [TimelineItem] = []
            // What this node may not hold any more is not shown, though it is kept.
            for stored in entries.reversed() where ownAudience.mayHold(stored.entry.header.space) || path != nil {
                if let item = try timelineItem(stored, store: store) { items.append(item) }
            }
            return items
        }
    }

    private func timelineItem(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> TimelineItem? {
        guard let post = try resolved(stored, store: store), !post.isErased else { return nil }
        let path = post.space
        func person(_ identity: IdentityID) throws(StoreFailure) -> AuthorItem {
            AuthorItem(id: identity.description, name: try name(of: identity, in: path, store: store))
        }
        var hiddenBy: [AuthorItem] = []
        for identity in Set(post.hidings.map(\.author)).sorted() { hiddenBy.append(try person(identity)) }
        return TimelineItem(
            id: post.id.description, space: try spaceName(path, store: store), author: try person(post.author),
            time: post.shownTime.iso8601,
            text: post.isHidden ? "" : post.text, replyTo: post.replyTo?.description, edited: post.isEdited, erased: false, reactions: [],
            hidden: post.isHidden, hiddenBy: hiddenBy)
    }

    /// The post as the views would have it, but for its reactions: what is shown where they cannot be read.
    func resolved(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> ResolvedPost? {
        guard let post = try statement(stored, store: store) else { return nil }
        var about: [Statement] = []
        for kind in [Kind.edit, .hiding, .unhiding] {
            for entry in try store.entries(about: post.id, kind: kind, after: .none, limit: NodeLimits.aboutMax) {
                if let statement = try statement(entry, store: store) { about.append(statement) }
            }
        }
        return ResolvedPost(post, about: about)
    }

    private func statement(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> Statement? {
        guard let id = stored.entry.header.authorization.capability, try store.isVisible(stored.entry.id),
            let capability = try store.entry(id)?.entry
        else { return nil }
        return Statement(stored, citing: capability)
    }

    // MARK: - Writing

    @discardableResult
    mutating func authorAct(
        _ act: RegistryAct, citing capability: EntryID?, by signer: Signer, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) -> Entry {
        let (entry, acceptance) = try replica.author(
            act, citing: capability.map { .capability($0) } ?? .none, by: author(signer), at: now.wall, store: &store)
        try took(acceptance, space: .registry, from: nil, at: now, store: &store, effects: &effects)
        return entry
    }

    @discardableResult
    mutating func authorContent(
        _ operation: Operation, in space: SpacePath, citing capability: EntryID, by signer: Signer, at now: Now,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> Entry {
        let (entry, acceptance) = try replica.author(
            operation, in: space, citing: capability, by: author(signer), at: now.wall, using: &random, store: &store)
        try took(acceptance, space: .content(space), from: nil, at: now, store: &store, effects: &effects)
        return entry
    }
}
