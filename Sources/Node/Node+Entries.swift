import EntenteCodec
import EntenteModel
import EntenteReplica

/// One entry as it is stored here, and what this node makes of it.
package struct EntryItem: Hashable, Sendable, Codable {
    package var id: String
    /// Name of the space, or `registry`.
    package var space: String
    package var spaceID: String
    /// Nil for the root keys.
    package var author: AuthorItem?
    package var device: String?
    /// A number of 64 bits, as text.
    package var incarnation: String
    package var sequence: UInt64
    package var backlink: String?
    /// ISO 8601, as its author claims it, and as it was first seen here.
    package var time: String
    package var firstSeen: String
    package var references: [String]
    /// The capability that it cites, `root` or `none`.
    package var authorization: String
    package var kind: String
    package var bodyBytes: UInt64
    /// `none`, `present`, `missing`, `erased`.
    package var body: String
    /// Of a post.
    package var text: String?
    package var replyTo: String?
    /// Of a registry entry: what it does.
    package var words: String?
    package var signatures: Int
    package var wellFormed: Bool
    package var visible: Bool
}

/// The last entry of one branch of a log.
package struct HeadItem: Hashable, Sendable, Codable {
    /// The log's local number.
    package var log: Int64
    package var space: String
    package var spaceID: String
    package var device: String?
    package var incarnation: String
    package var author: AuthorItem?
    package var branch: Int
    package var sequence: UInt64
    package var id: String
    package var time: String
    /// The sequence number of the last entry that others are offered; nil where all are held.
    package var offeredSequence: UInt64?
}

extension Node {
    func entryItem(_ text: String, store: some ReplicaStore) throws(Stop) -> EntryItem {
        let stored = try entry(named: text, store: store)
        return try storing { () throws(StoreFailure) in
            let header = stored.entry.header
            let space = header.space.path
            var item = EntryItem(
                id: stored.entry.id.description, space: try label(of: header.space, store: store), spaceID: header.space.description,
                author: try stored.entry.identity.map { (author) throws(StoreFailure) in
                    AuthorItem(id: author.description, name: try name(of: author, in: space, store: store))
                }, device: header.device?.description, incarnation: String(header.incarnation), sequence: header.sequence,
                backlink: header.backlink?.description, time: header.timestamp.iso8601, firstSeen: stored.firstSeen.iso8601,
                references: header.references.map(\.description),
                authorization: header.authorization.capability?.description ?? (header.authorization == .root ? "root" : "none"),
                kind: header.kind.name, bodyBytes: UInt64(header.bodyBytes), body: "none",
                signatures: stored.entry.signature == nil ? stored.entry.rootSignatures.count : 1, wellFormed: stored.wellFormed,
                visible: try store.isVisible(stored.entry.id))
            switch stored.body {
            case .none: break
            case .missing: item.body = "missing"
            case .erased: item.body = "erased"
            case .present(let body):
                item.body = "present"
                if case .post(let text, let replyTo) = Operation(kind: header.kind, body: body.bytes) {
                    item.text = text
                    item.replyTo = replyTo?.description
                }
            }
            if header.act != nil { item.words = try words(of: stored.entry, store: store) }
            return item
        }
    }

    /// The heads of the logs whose local number is above `after`, of so many logs at most.
    func headItems(of space: String?, after: Int64, limit: Int, store: some ReplicaStore) throws(Stop) -> [HeadItem] {
        guard (1...NodeLimits.timelineMax).contains(limit), after >= 0 else {
            throw .refusal(
                Refusal(
                    .usage, what: "the limit has to be from 1 to \(NodeLimits.timelineMax), and what it comes after a log's number",
                    why: "they were \(limit) and \(after)", next: "entente inspect logs"))
        }
        var wanted: Space?
        if let space {
            wanted = space == "registry" ? .registry : .content(try self.space(named: space, store: store))
        }
        return try storing { () throws(StoreFailure) in
            var items: [HeadItem] = []
            for log in try store.logs(after: LogID(after), limit: limit) where wanted == nil || log.key.space == wanted {
                let author = try log.identity.map { (author) throws(StoreFailure) in
                    AuthorItem(id: author.description, name: try name(of: author, in: log.key.space.path, store: store))
                }
                for branch in try store.branches(of: log.id) {
                    items.append(
                        HeadItem(
                            log: log.id.number, space: try label(of: log.key.space, store: store), spaceID: log.key.space.description,
                            device: log.key.device?.description, incarnation: String(log.key.incarnation), author: author,
                            branch: branch.branch, sequence: branch.tip.sequence, id: branch.tip.id.description,
                            time: branch.tip.timestamp.iso8601, offeredSequence: branch.offered?.sequence))
                }
            }
            return items
        }
    }

    private func label(of space: Space, store: some ReplicaStore) throws(StoreFailure) -> String {
        guard let path = space.path else { return "registry" }
        return try spaceLabel(path, store: store)
    }
}
