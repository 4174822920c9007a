import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

/// The lines of one export, a piece at a time, from one state of the databases. (Specs/09-api.md, "Export")
struct ExportLines {
    private enum Stage {
        case first
        case entries(EntryWalk)
        case posts(after: TimelinePlace?)
        case last
        case over
    }

    /// Both stand in a reading transaction. Without entries the store is not needed.
    private let store: SQLiteStore?
    private let views: ViewStore
    private let network: NetworkID
    private let scope: ViewsScope
    private var stage: Stage
    private var entryCount: UInt64 = 0
    private var postCount: UInt64 = 0

    /// - Parameter store: nil for posts alone.
    init(store: SQLiteStore?, views: ViewStore, network: NetworkID, scope: ViewsScope) {
        self.store = store
        self.views = views
        self.network = network
        // What is said of people in spaces that are not in the export could not be checked.
        self.scope = store == nil ? scope : scope.confined
        stage = store == nil ? .posts(after: nil) : .first
    }

    /// The next lines, whole ones; nil behind the last. Some are empty.
    mutating func next() throws(StoreFailure) -> [UInt8]? {
        var lines = LineBytes()
        switch stage {
        case .first:
            guard let store else { preconditionFailure("an export that has a first line has entries") }
            lines.append(first)
            stage = .entries(try EntryWalk(spaces: Set(spaces), store: store))
        case .entries(var walk):
            guard let store, let page = try walk.page(of: store) else {
                stage = .posts(after: nil)
                return []
            }
            for entry in page { lines.append(entry) }
            entryCount += UInt64(page.count)
            stage = .entries(walk)
        case .posts(let place):
            let page = try views.posts(
                in: scope.asked, after: place, limit: RuntimeLimits.exportPageCount, bytesMax: RuntimeLimits.exportPieceBytes)
            guard let last = page.last else {
                stage = store == nil ? .over : .last
                return []
            }
            let shown = page.filter { !$0.isErased && !$0.isHidden }
            for line in try ViewsQuestion(views: views, scope: scope).exported(shown) { lines.append(line) }
            postCount += UInt64(shown.count)
            stage = .posts(after: last.place)
        case .last:
            lines.append(try last())
            stage = .over
        case .over: return nil
        }
        return lines.bytes
    }

    /// The registry, and what is asked for.
    private var spaces: [Space] { [.registry] + scope.asked.map { .content($0) } }

    private var first: JSONValue {
        .fields([
            "format": .string("entente-export-1"), "network": .string(network.description),
            "spaces": .array(
                scope.asked.map { .fields(["id": .string($0.description), "name": .string(scope.name(of: $0))]) }),
        ])
    }

    /// What a second computation over the lines has to give.
    private func last() throws(StoreFailure) -> JSONValue {
        let summaries = try store?.summaries() ?? []
        let sums = spaces.map { space -> JSONValue in
            let summary = summaries.first { $0.space == space }
            return .fields([
                "space": .string(space.description), "entries": .integer(Int64(clamping: summary?.entryCount ?? 0)),
                "logs": .integer(Int64(clamping: summary?.logCount ?? 0)),
                "fingerprint": .string(Hex.encode(summary?.fingerprint ?? HeadSum().bytes)),
            ])
        }
        return .fields([
            "end": .bool(true), "entries": .integer(Int64(clamping: entryCount)), "posts": .integer(Int64(clamping: postCount)),
            "sums": .array(sums),
        ])
    }
}

extension ViewsQuestion {
    /// A line for each post.
    fileprivate func exported(_ posts: [ResolvedPost]) throws(StoreFailure) -> [JSONValue] {
        var names = NamesRead(question: self)
        var out: [JSONValue] = []
        for post in posts {
            let author = try names.author(post.author, in: post.space)
            out.append(
                .object(
                    [
                        .init("id", .string(post.id.description)), .init("author", .string(author.name)),
                        .init("authorID", .string(author.id)), .init("space", .string(scope.name(of: post.space))),
                        .init("spaceID", .string(post.space.description)), .init("time", .string(post.shownTime.iso8601)),
                        .init("text", .string(post.text)),
                    ] + (post.replyTo.map { [.init("replyTo", .string($0.description))] } ?? [])))
        }
        return out
    }
}
