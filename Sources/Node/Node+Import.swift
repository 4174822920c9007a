import EntenteModel
import EntenteReplica

/// Posts in bulk: what `import` brings and `export` takes away. (Docs/Operating.md, "Moving posts")
extension Node {
    /// Writes posts one after the other; each is written or refused for itself, and all that are written are stored
    /// together before anybody hears of it.
    mutating func importPosts(
        _ posts: [ImportedPost], by: String?, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        guard posts.count <= NodeLimits.importMax else {
            throw .refusal(
                Refusal(
                    .usage, what: "too many posts at once", why: "\(posts.count); at most \(NodeLimits.importMax) are taken",
                    next: "send them in several commands"))
        }
        var outcomes: [ImportOutcome] = []
        for item in posts {
            do throws(Stop) {
                let answer = try post(
                    item.text, in: item.space, replyTo: item.replyTo, by: by ?? item.author, at: now, using: &random, store: &store,
                    effects: &effects)
                guard case .posted(let id) = answer else { preconditionFailure("a post that is not refused is posted") }
                outcomes.append(ImportOutcome(id: id, refusal: nil))
            } catch {
                guard case .refusal(let refusal) = error else { throw error }
                outcomes.append(ImportOutcome(id: nil, refusal: refusal))
            }
        }
        return .imported(outcomes)
    }

    /// One page of the posts that are shown, newest first, behind `before`.
    func exportPage(
        of space: String?, before: String?, limit: Int, store: some ReplicaStore
    ) throws(Stop) -> ExportPage {
        let path = try space.map { (name) throws(Stop) in try self.space(named: name, store: store) }
        guard (1...NodeLimits.timelineMax).contains(limit) else {
            throw .refusal(
                Refusal(
                    .usage, what: "the limit has to be from 1 to \(NodeLimits.timelineMax)", why: "it was \(limit)", next: "entente export")
            )
        }
        let place = try before.map { (text) throws(Stop) in
            guard let place = TimelinePlace(cursor: text) else {
                throw .refusal(
                    Refusal(
                        .usage, what: "“\(text.prefix(100))” is no place in an export", why: "an export gives them", next: "entente export")
                )
            }
            return place
        }
        let entries = try storing { () throws(StoreFailure) in
            try store.visible(kind: .post, space: path, identity: nil, before: place, limit: limit)
        }
        var page = ExportPage(items: [], next: nil)
        for stored in entries where ownAudience.mayHold(stored.entry.header.space) || path != nil {
            if let item = try exportItem(stored, store: store) { page.items.append(item) }
        }
        if entries.count == limit, let last = entries.last?.entry {
            page.next = TimelinePlace(timestamp: last.header.timestamp, id: last.id).cursor
        }
        return page
    }

    /// Nil for what is erased, missing or hidden.
    private func exportItem(_ stored: StoredEntry, store: some ReplicaStore) throws(Stop) -> ExportItem? {
        guard case .present(let body) = stored.body, case .post(let text, let replyTo) = Operation(kind: .post, body: body.bytes),
            let path = stored.entry.header.space.path, let author = stored.entry.identity
        else { return nil }
        let entry = ContentEntry(stored: stored, space: path, author: author)
        guard try hidings(of: entry, store: store).isEmpty else { return nil }
        let current = try currentText(of: entry, store: store) ?? text
        return try storing { () throws(StoreFailure) in
            ExportItem(
                id: stored.entry.id.description, author: try name(of: author, in: path, store: store),
                space: try spaceName(path, store: store), time: min(stored.entry.header.timestamp, stored.firstSeen).iso8601, text: current,
                replyTo: replyTo?.description)
        }
    }

    /// The text of the edit that stands; of several that do not know of each other, the newest. Nil where there is none.
    private func currentText(of entry: ContentEntry, store: some ReplicaStore) throws(Stop) -> String? {
        let edits = try said(.edit, about: entry, store: store).filter { $0.stored.entry.identity == entry.author }
        guard !edits.isEmpty else { return nil }
        var superseded: Set<EntryID> = []
        for case (_, .edit(_, _, let earlier)) in edits { superseded.formUnion(earlier) }
        let standing = edits.filter { !superseded.contains($0.stored.entry.id) }.max { a, b in
            (a.stored.entry.header.timestamp, a.stored.entry.id) < (b.stored.entry.header.timestamp, b.stored.entry.id)
        }
        guard case .edit(_, let text, _) = standing?.operation else { return nil }
        return text
    }
}

extension TimelinePlace {
    /// `milliseconds-id`, for whoever asks for the next page.
    fileprivate var cursor: String { "\(timestamp.milliseconds)-\(id.description)" }

    fileprivate init?(cursor: String) {
        let parts = cursor.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= 20, let milliseconds = UInt64(parts[0]), let id = EntryID(hex: String(parts[1]))
        else {
            return nil
        }
        self.init(timestamp: Timestamp(milliseconds: milliseconds), id: id)
    }
}
