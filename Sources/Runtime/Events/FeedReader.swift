import Dispatch
import EntenteModel
import EntenteReplica
import EntenteStore
import Synchronization

/// Reads a replica's feed for those who follow it, on a connection and a thread of its own: the node does not wait for it.
final class FeedReader: Sendable {
    /// Rows of the feed that are read at once.
    private static let pageMax = 128

    private let directory: NodeDirectory
    private let thread = DispatchQueue(label: "entente.feed", qos: .utility)
    /// Opened when it is first needed, and anew after a failure.
    private let store = Mutex<SQLiteStore?>(nil)
    private let isClosed = Atomic<Bool>(false)

    init(directory: NodeDirectory) { self.directory = directory }

    /// What a reader is given first: where it stands, and whether it has missed something.
    struct Start: Sendable {
        let event: SiteEvent
        let cursor: EventCursor
    }

    struct Page: Sendable {
        var events: [SiteEvent] = []
        var cursor: EventCursor
        /// There may be more.
        var isFull = false
    }

    /// Where a reader with such a cursor begins; nil where the database cannot be read.
    ///
    /// - Parameter text: nil for whoever wants what comes from now on; "0" for everything.
    func start(from text: String?) async -> Start? {
        await reading { (store) throws(StoreFailure) in
            let incarnation = try Self.incarnation(of: store)
            let extent = try store.feedExtent()
            let now = EventCursor(incarnation: incarnation, number: extent?.newest ?? .none)
            guard let text else { return Self.hello(now) }
            if text == "0" {
                let begin = EventCursor(incarnation: incarnation, number: .none)
                return extent?.reaches(.none) != false ? Self.hello(begin) : Self.reset(now, "the beginning is not kept any more")
            }
            guard let cursor = EventCursor(text) else { return Self.reset(now, "the cursor is none of this node's") }
            guard cursor.incarnation == incarnation else { return Self.reset(now, "the database was put back or began anew") }
            let isReached = extent.map { $0.reaches(cursor.number) } ?? (cursor.number == .none)
            return isReached ? Self.hello(cursor) : Self.reset(now, "what came after the cursor is not kept any more")
        }
    }

    /// What comes after the cursor; nil where the database cannot be read.
    func page(after cursor: EventCursor) async -> Page? {
        await reading { (store) throws(StoreFailure) in
            let items = try store.feed(after: cursor.number, limit: Self.pageMax)
            guard let last = items.last else { return Page(cursor: cursor) }
            // Rows may have been dropped since the last page.
            if let extent = try store.feedExtent(), !extent.reaches(cursor.number) {
                let now = EventCursor(incarnation: cursor.incarnation, number: extent.newest)
                return Page(events: [Self.reset(now, "more came than is kept while the reader did not read").event], cursor: now)
            }
            var page = Page(
                cursor: EventCursor(incarnation: cursor.incarnation, number: last.number), isFull: items.count == Self.pageMax)
            for item in items {
                let place = EventCursor(incarnation: cursor.incarnation, number: item.number)
                if let event = try Self.event(item, at: place, store: store) { page.events.append(event) }
            }
            return page
        }
    }

    /// Nothing is read any more. The node's own connection has to be the last: it copies the write-ahead log into the file.
    func close() async {
        isClosed.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in
            thread.async {
                self.store.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }

    private func reading<Value: Sendable>(_ body: @escaping @Sendable (SQLiteStore) throws(StoreFailure) -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            thread.async {
                let value: Value? = self.store.withLock { open in
                    do {
                        guard !self.isClosed.load(ordering: .relaxed) else { return nil }
                        if open == nil { open = try SQLiteStore(readingFrom: self.directory.path) }
                        guard let store = open else { return nil }
                        return try body(store)
                    } catch {
                        open = nil
                        return nil
                    }
                }
                continuation.resume(returning: value)
            }
        }
    }

    // MARK: - Events

    private static func incarnation(of store: SQLiteStore) throws(StoreFailure) -> UInt64 {
        (try store.fact(.incarnation) ?? []).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func hello(_ cursor: EventCursor) -> Start {
        Start(event: SiteEvent(.hello, cursor: cursor, .fields(["cursor": .string(cursor.description)])), cursor: cursor)
    }

    private static func reset(_ cursor: EventCursor, _ reason: String) -> Start {
        let data = JSONValue.fields(["cursor": .string(cursor.description), "reason": .string(reason)])
        return Start(event: SiteEvent(.reset, cursor: cursor, data), cursor: cursor)
    }

    /// Nil for a row whose entry is not there, which no version of ours leaves.
    private static func event(_ item: FeedItem, at cursor: EventCursor, store: SQLiteStore) throws(StoreFailure) -> SiteEvent? {
        switch item.change {
        case .arrived(let arrival):
            guard let stored = try store.entry(arrival: arrival) else { return nil }
            let header = stored.entry.header
            return SiteEvent(
                .entry, cursor: cursor,
                .object(
                    try named(stored, store: store) + present("author", stored.entry.identity.map { .string($0.description) }) + [
                        .init("sequence", .integer(Int64(clamping: header.sequence))), .init("time", .string(header.timestamp.iso8601)),
                    ]))
        case .verdict(let arrival):
            guard let stored = try store.entry(arrival: arrival) else { return nil }
            return SiteEvent(.verdict, cursor: cursor, .object(try named(stored, store: store)))
        case .body(let arrival):
            guard let stored = try store.entry(arrival: arrival) else { return nil }
            let state =
                switch stored.body {
                case .none: "none"
                case .present: "present"
                case .missing: "missing"
                case .erased: "erased"
                }
            return SiteEvent(.body, cursor: cursor, .object(try named(stored, store: store) + [.init("body", .string(state))]))
        case .visibility(let log, let branch, let capability, let before, let after):
            guard let record = try store.logs(after: LogID(log.number - 1), limit: 1).first, record.id == log else { return nil }
            return SiteEvent(
                .visibility, cursor: cursor,
                .object(
                    [
                        .init("log", .integer(log.number)), .init("branch", .integer(Int64(branch))),
                        .init("spaceID", .string(record.key.space.description)), .init("capability", .string(capability.description)),
                    ] + present("device", record.key.device.map { .string($0.description) }) + present("before", number(before))
                        + present("after", number(after))))
        }
    }

    private static func number(_ sequence: UInt64?) -> JSONValue? { sequence.map { .integer(Int64(clamping: $0)) } }

    /// A field, or none where there is nothing to say.
    private static func present(_ name: String, _ value: JSONValue?) -> [JSONValue.Field] { value.map { [.init(name, $0)] } ?? [] }

    private static func named(_ stored: StoredEntry, store: SQLiteStore) throws(StoreFailure) -> [JSONValue.Field] {
        [
            .init("id", .string(stored.entry.id.description)), .init("spaceID", .string(stored.entry.header.space.description)),
            .init("kind", .string(stored.entry.header.kind.name)), .init("visible", .bool(try store.isVisible(stored.entry.id))),
        ]
    }
}
