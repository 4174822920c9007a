import EntenteModel
import EntenteReplica

/// What is said about what was said: edits, reactions, erasures, hidings.
extension Node {
    mutating func performOperation(
        _ command: Command, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        switch command {
        case .edit(let id, let text, let by):
            return try edit(id, text: text, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .react(let id, let emoji, let undo, let by):
            return try react(id, emoji: emoji, undo: undo, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .erase(let id, let preview, let by):
            return try erase(id, preview: preview, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .hide(let id, let by): return try hide(id, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .unhide(let id, let by): return try unhide(id, by: by, at: now, using: &random, store: &store, effects: &effects)
        default: preconditionFailure("every other command is performed elsewhere")
        }
    }

    // MARK: - What it is about

    /// An entry of a content space that is here, with its place.
    struct ContentEntry {
        let stored: StoredEntry
        let space: SpacePath
        let author: IdentityID

        var id: EntryID { stored.entry.id }
    }

    /// A content entry by its id, or by the first 8 or more digits of it, in the spaces that this node may hold.
    func contentEntry(named text: String, store: some ReplicaStore) throws(Stop) -> ContentEntry {
        let digits = text.lowercased()
        guard let range = EntryID.range(ofPrefix: digits) else {
            throw .refusal(
                Refusal(
                    .usage, what: "“\(text.prefix(80))” is not an id", why: "an id has 64 digits from 0 to f; its first 8 or more do",
                    next: "entente timeline"))
        }
        let found = try storing { () throws(StoreFailure) in
            var found: [ContentEntry] = []
            for id in try store.entryIDs(from: range.first, through: range.last, limit: NodeLimits.timelineMax) {
                guard let stored = try store.entry(id), let space = stored.entry.header.space.path, let author = stored.entry.identity,
                    ownAudience.mayHold(stored.entry.header.space)
                else { continue }
                found.append(ContentEntry(stored: stored, space: space, author: author))
            }
            return found
        }
        guard let first = found.first else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no entry “\(digits.prefix(16))” here", why: "no space that this site holds has one",
                    next: "entente timeline"))
        }
        guard found.count == 1 else {
            throw .refusal(
                Refusal(
                    .refused, what: "several entries begin with “\(digits)”",
                    why: found.prefix(4).map { String($0.id.description.prefix(digits.utf8.count + 4)) }.joined(separator: ", "),
                    next: "give more digits of the id"))
        }
        return first
    }

    /// A post that is shown: not erased, and visible.
    private func post(named text: String, store: some ReplicaStore) throws(Stop) -> ContentEntry {
        let entry = try contentEntry(named: text, store: store)
        guard entry.stored.entry.header.kind == .post else {
            let about = entry.stored.entry.header.target.map { "it is about post \($0.short)" }
            throw .refusal(
                Refusal(
                    .refused, what: "\(entry.id.short) is not a post", why: "it is of the kind \(entry.stored.entry.header.kind.name)",
                    next: about ?? "entente timeline"))
        }
        guard entry.stored.body != .erased else { throw .refusal(erasedAlready(entry)) }
        guard try storing({ () throws(StoreFailure) in try store.isVisible(entry.id) }) else {
            throw .refusal(
                Refusal(
                    .refused, what: "post \(entry.id.short) is not shown", why: "the membership under which it was written was ended",
                    next: "entente why \(entry.id.short)"))
        }
        return entry
    }

    private func erasedAlready(_ entry: ContentEntry) -> Refusal {
        Refusal(
            .refused, what: "\(entry.id.short) is erased", why: "what it said is destroyed, here and everywhere", next: "entente timeline")
    }

    /// Who acts: whom `--as` names; else the author, where the author signs here; else the site's first member.
    private func signer(_ by: String?, preferring author: IdentityID) throws(Stop) -> Signer {
        if by == nil, let own = identity.members.compactMap({ signer(for: $0) }).first(where: { $0.identity == author }) { return own }
        if by == nil, author == ownSite, let site = siteSigner { return site }
        return try signer(by)
    }

    /// The right to write in a space at all.
    private func writing(_ signer: Signer, in entry: ContentEntry, at now: Now, store: some ReplicaStore) throws(Stop) -> CapabilityRecord {
        guard let capability = capability(of: signer.identity, rights: .post, covering: entry.space, at: now.wall, mostSenior: false) else {
            let space = try storing { () throws(StoreFailure) in try spaceName(entry.space, store: store) }
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not write in “\(space)”",
                    why: whyNoPosting(signer.identity, in: entry.space, at: now.wall), next: "entente members"))
        }
        return capability
    }

    /// The visible entries of one kind about a post, with what they say, in order of arrival.
    func said(
        _ kind: Kind, about entry: ContentEntry, store: some ReplicaStore
    ) throws(Stop) -> [(stored: StoredEntry, operation: Operation)] {
        try storing { () throws(StoreFailure) in
            var out: [(stored: StoredEntry, operation: Operation)] = []
            for stored in try store.entries(about: entry.id, kind: kind, after: .none, limit: NodeLimits.aboutMax) {
                guard case .present(let body) = stored.body, let operation = Operation(kind: kind, body: body.bytes),
                    operation.target == entry.id, stored.entry.header.space == .content(entry.space), try store.isVisible(stored.entry.id)
                else { continue }
                out.append((stored, operation))
            }
            return out
        }
    }

    /// The newest of the ids, as many as one operation may name, in the order in which it names them.
    private func few(_ entries: [StoredEntry]) -> [EntryID] {
        let newest = entries.sorted { ($1.entry.header.timestamp, $1.entry.id) < ($0.entry.header.timestamp, $0.entry.id) }
        return newest.prefix(EntryLimits.operationIDsMax).map(\.entry.id).sorted()
    }

    private mutating func write(
        _ operation: Operation, about entry: ContentEntry, supersedes: Int, citing capability: EntryID, by signer: Signer, at now: Now,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkRoom(for: signer, in: .content(entry.space))
        do {
            let written = try authorContent(
                operation, in: entry.space, citing: capability, by: signer, at: now, using: &random, store: &store, effects: &effects)
            return .operated(
                OperationItem(
                    id: written.id.description, kind: operation.kind.name, target: entry.id.description,
                    space: try spaceName(entry.space, store: store),
                    by: AuthorItem(id: signer.identity.description, name: try name(of: signer.identity, in: entry.space, store: store)),
                    supersedes: supersedes))
        } catch {
            throw .store(error)
        }
    }

    // MARK: - Edits

    private mutating func edit(
        _ id: String, text: String, by: String?, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let entry = try post(named: id, store: store)
        let signer = try signer(by, preferring: entry.author)
        guard signer.identity == entry.author else {
            let author = try storing { [store] () throws(StoreFailure) in try name(of: entry.author, in: entry.space, store: store) }
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not edit post \(entry.id.short)", why: "only \(author), who wrote it, does",
                    next: "entente post --reply-to \(entry.id.short) --space SPACE TEXT"))
        }
        guard !text.isEmpty else {
            throw .refusal(
                Refusal(
                    .usage, what: "the new text is empty", why: "an edit says what the post says from now on",
                    next: "entente erase \(entry.id.short)"))
        }
        guard text.utf8.count <= NodeLimits.editTextBytesMax else {
            throw .refusal(
                Refusal(
                    .refused, what: "the new text is too long", why: "\(text.utf8.count) bytes; at most \(NodeLimits.editTextBytesMax) fit",
                    next: "shorten it, or say the rest in a reply"))
        }
        let capability = try writing(signer, in: entry, at: now, store: store)
        let shown = try storing { [store] () throws(StoreFailure) in try resolved(entry.stored, store: store) }
        // Where two texts stand side by side, the one that is shown may be meant to be the only one.
        guard shown?.text != text || shown?.versions.contains(where: { $0.standing == .concurrent }) == true else {
            throw .refusal(
                Refusal(
                    .refused, what: "nothing was edited", why: "post \(entry.id.short) says that already",
                    next: "entente thread \(entry.id.short)"))
        }
        let edits = try said(.edit, about: entry, store: store).filter { $0.stored.entry.identity == entry.author }
        var superseded: Set<EntryID> = []
        for case (_, .edit(_, _, let earlier)) in edits { superseded.formUnion(earlier) }
        let current = few(edits.map(\.stored).filter { !superseded.contains($0.entry.id) })
        return try write(
            .edit(target: entry.id, text: text, supersedes: current), about: entry, supersedes: current.count, citing: capability.id,
            by: signer, at: now, using: &random, store: &store, effects: &effects)
    }

    // MARK: - Reactions

    private mutating func react(
        _ id: String, emoji: String, undo: Bool, by: String?, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let entry = try post(named: id, store: store)
        let signer = try signer(by)
        let hasControl = emoji.unicodeScalars.contains { $0.value <= 0x20 || (0x7F...0xA0).contains($0.value) }
        guard (1...EntryLimits.reactionBytesMax).contains(emoji.utf8.count), !hasControl else {
            throw .refusal(
                Refusal(
                    .usage, what: "that is not a reaction",
                    why: "a reaction is an emoji or a short word: 1 to \(EntryLimits.reactionBytesMax) bytes, without spaces",
                    next: "entente react \(entry.id.short) 👍"))
        }
        let capability = try writing(signer, in: entry, at: now, store: store)
        let own = try said(.reaction, about: entry, store: store).filter { $0.stored.entry.identity == signer.identity }
        var superseded: Set<EntryID> = []
        var standing: [StoredEntry] = []
        for case (_, .reaction(_, _, let earlier, _)) in own { superseded.formUnion(earlier) }
        for case (let stored, .reaction(_, let said, _, false)) in own
        where Names.equal(said, emoji) && !superseded.contains(stored.entry.id) { standing.append(stored) }
        guard standing.isEmpty != undo else {
            throw .refusal(
                Refusal(
                    undo ? .notFound : .refused,
                    what: undo ? "\(signer.name) has not reacted so to \(entry.id.short)" : "\(signer.name) has reacted so already",
                    why: undo ? "there is nothing to take back" : "one reaction of a kind counts once",
                    next: undo ? "entente timeline" : "entente react \(entry.id.short) \(emoji) --undo"))
        }
        let earlier = few(standing)
        do {
            try introduce(signer, in: entry.space, citing: capability.id, at: now, using: &random, store: &store, effects: &effects)
        } catch {
            throw .store(error)
        }
        return try write(
            .reaction(target: entry.id, emoji: emoji, supersedes: earlier, isTakenBack: undo), about: entry, supersedes: earlier.count,
            citing: capability.id, by: signer, at: now, using: &random, store: &store, effects: &effects)
    }

    // MARK: - Erasure

    private mutating func erase(
        _ id: String, preview: Bool, by: String?, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let entry = try contentEntry(named: id, store: store)
        guard entry.stored.body != .erased else { throw .refusal(erasedAlready(entry)) }
        guard entry.stored.entry.header.kind != .erasure else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(entry.id.short) is an erasure", why: "there is nothing in it to erase", next: "entente timeline"))
        }
        let signer = try signer(by, preferring: entry.author)
        let isOwn = signer.identity == entry.author
        let capability: CapabilityRecord
        if isOwn {
            capability = try writing(signer, in: entry, at: now, store: store)
        } else if let right = self.capability(of: signer.identity, rights: .disavow, covering: entry.space, at: now.wall) {
            capability = right
        } else {
            let author = try storing { [store] () throws(StoreFailure) in try name(of: entry.author, in: entry.space, store: store) }
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not erase \(entry.id.short)",
                    why: "\(author) wrote it; beside the author a security officer erases, and a steward hides",
                    next: "entente hide \(entry.id.short)"))
        }
        try checkRoom(for: signer, in: .content(entry.space))
        do {
            var item = try erasureItem(entry, by: signer, isOwn: isOwn, store: store)
            if !preview {
                item.id = try authorContent(
                    .erasure(target: entry.id), in: entry.space, citing: capability.id, by: signer, at: now, using: &random,
                    store: &store, effects: &effects
                ).id.description
            }
            return .erased(item)
        } catch {
            throw .store(error)
        }
    }

    private func erasureItem(
        _ entry: ContentEntry, by signer: Signer, isOwn: Bool, store: some ReplicaStore
    ) throws(StoreFailure) -> ErasureItem {
        let edits = try store.entries(about: entry.id, kind: .edit, after: .none, limit: NodeLimits.aboutMax)
            .filter { $0.entry.identity == entry.author && $0.entry.header.space == .content(entry.space) }
        return ErasureItem(
            id: "", target: entry.id.description, kind: entry.stored.entry.header.kind.name,
            space: try spaceName(entry.space, store: store),
            author: AuthorItem(id: entry.author.description, name: try name(of: entry.author, in: entry.space, store: store)),
            time: min(entry.stored.entry.header.timestamp, entry.stored.firstSeen).iso8601, edits: edits.count,
            by: AuthorItem(id: signer.identity.description, name: try name(of: signer.identity, in: entry.space, store: store)),
            byOfficer: !isOwn)
    }

    // MARK: - Hiding

    /// The right to hide and to show again.
    private func stewarding(_ signer: Signer, in entry: ContentEntry, at now: Now, store: some ReplicaStore) throws(Stop) -> EntryID {
        for rights in [[Rights.steward, .post], [.admin, .post]] as [Rights] {
            if let right = capability(of: signer.identity, rights: rights, covering: entry.space, at: now.wall) { return right.id }
        }
        let space = try storing { () throws(StoreFailure) in try spaceName(entry.space, store: store) }
        throw .refusal(
            Refusal(
                .refused, what: "\(signer.name) is no steward of “\(space)”",
                why: "a steward of the space, or an administrator, hides posts and shows them again", next: "entente members"))
    }

    /// The hidings of a post by those who may, that nobody who may has lifted.
    func hidings(of entry: ContentEntry, store: some ReplicaStore) throws(Stop) -> [StoredEntry] {
        func isStewards(_ stored: StoredEntry) -> Bool {
            stored.entry.header.authorization.capability.flatMap { replica.authority.capability($0) }
                .map { !$0.rights.isDisjoint(with: [.steward, .admin]) } ?? false
        }
        var lifted: Set<EntryID> = []
        for case (let stored, .unhiding(_, let lifts)) in try said(.unhiding, about: entry, store: store) where isStewards(stored) {
            lifted.formUnion(lifts)
        }
        return try said(.hiding, about: entry, store: store).map(\.stored).filter { isStewards($0) && !lifted.contains($0.entry.id) }
    }

    private mutating func hide(
        _ id: String, by: String?, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let entry = try post(named: id, store: store)
        let signer = try signer(by)
        let capability = try stewarding(signer, in: entry, at: now, store: store)
        guard try hidings(of: entry, store: store).isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "post \(entry.id.short) is hidden already", why: "a steward hid it before",
                    next: "entente unhide \(entry.id.short)"))
        }
        return try write(
            .hiding(target: entry.id), about: entry, supersedes: 0, citing: capability, by: signer, at: now, using: &random, store: &store,
            effects: &effects)
    }

    private mutating func unhide(
        _ id: String, by: String?, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        let entry = try post(named: id, store: store)
        let signer = try signer(by)
        let capability = try stewarding(signer, in: entry, at: now, store: store)
        var left = try hidings(of: entry, store: store)
        guard !left.isEmpty else {
            throw .refusal(
                Refusal(
                    .notFound, what: "post \(entry.id.short) is not hidden", why: "no steward hid it, or it is shown again already",
                    next: "entente timeline"))
        }
        // One entry lifts a few; who hid a post more often than that is answered by several.
        while true {
            let lifts = few(left)
            left.removeAll { lifts.contains($0.entry.id) }
            let answer = try write(
                .unhiding(target: entry.id, lifts: lifts), about: entry, supersedes: lifts.count, citing: capability, by: signer, at: now,
                using: &random, store: &store, effects: &effects)
            if left.isEmpty { return answer }
        }
    }
}

extension EntryID {
    /// Digits of an id that are enough to name it.
    static let prefixDigitsMin = 8

    /// The first and the last id that begin with these lower-case digits; nil where they are no beginning of an id.
    static func range(ofPrefix digits: String) -> (first: EntryID, last: EntryID)? {
        let count = digits.utf8.count
        guard (prefixDigitsMin...64).contains(count),
            let first = EntryID(hex: digits + String(repeating: "0", count: 64 - count)),
            let last = EntryID(hex: digits + String(repeating: "f", count: 64 - count))
        else { return nil }
        return (first, last)
    }
}
