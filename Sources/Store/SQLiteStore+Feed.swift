import EntenteCodec
import EntenteModel
import EntenteReplica

/// The feed of arrivals and verdict changes. Its rows are written by the triggers of Schema/0002-feed.sql.
extension SQLiteStore {
    /// `feed.change`.
    private enum Change: Int64 {
        case arrived = 1
        case visibility = 2
        case body = 3
        case verdict = 4
    }

    package func feed(after: FeedNumber, limit: Int) throws(StoreFailure) -> [FeedItem] {
        let statement = try connection.statement(.feed)
        defer { statement.reset() }
        statement.bind(1, after.number)
        statement.bind(2, max(0, limit))
        var out: [FeedItem] = []
        while try statement.step() {
            guard let change = try Self.change(statement) else { throw .corrupt("row \(statement.int64(0)) of the feed cannot be read") }
            out.append(FeedItem(number: FeedNumber(statement.int64(0)), change: change))
        }
        return out
    }

    /// Nil for what no version of ours writes.
    private static func change(_ statement: PreparedStatement) throws(StoreFailure) -> FeedChange? {
        let arrival = Arrival(statement.int64(2))
        switch Change(rawValue: statement.int64(1)) {
        case .arrived: return .arrived(arrival)
        case .body: return .body(arrival)
        case .verdict: return .verdict(arrival)
        case .visibility:
            guard let branch = Int(exactly: statement.int64(4)), let capability = try statement.optionalBytes32(5) else { return nil }
            return .visibility(
                log: LogID(statement.int64(3)), branch: branch, capability: EntryID(capability),
                before: statement.optionalInt64(6).map { UInt64(bitPattern: $0) },
                after: statement.optionalInt64(7).map { UInt64(bitPattern: $0) })
        case nil: return nil
        }
    }

    package func feedExtent() throws(StoreFailure) -> FeedExtent? {
        guard let oldest = try feedNumber(.feedOldest), let newest = try feedNumber(.feedNewest) else { return nil }
        return FeedExtent(oldest: oldest, newest: newest)
    }

    private func feedNumber(_ query: Query) throws(StoreFailure) -> FeedNumber? {
        let statement = try connection.statement(query)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInt64(0).map(FeedNumber.init) : nil
    }

    package func noteVerdicts(of ids: [EntryID]) throws(StoreFailure) {
        guard !ids.isEmpty else { return }
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.noteVerdict)
            for id in ids {
                statement.bind(1, id.bytes.prefixKey)
                statement.bind(2, id.bytes)
                try statement.run()
            }
        }
    }

    /// Part of every commit, which so drops about as many rows as it has written.
    func dropOldFeed() throws(StoreFailure) {
        let statement = try connection.statement(.dropFeed)
        statement.bind(1, FeedLimits.rowsMax)
        try statement.run()
    }
}
