import EntenteCodec
import EntenteModel
import EntenteReplica

/// What is visible, by time.
extension SQLiteStore {
    private struct Found: Comparable {
        let place: TimelinePlace
        let arrival: Int64
        static func < (a: Found, b: Found) -> Bool { a.place < b.place }
    }

    /// Of one space, or of one author where the kind is not a post, an index leads from page to page. Over all spaces the
    /// newest of each are merged: one step in the index for each space that has nothing to add. Posts of one author are
    /// picked out of the timeline.
    package func visible(
        kind: Kind, space: SpacePath?, identity: IdentityID?, before: TimelinePlace?, limit: Int
    ) throws(StoreFailure) -> [StoredEntry] {
        guard limit > 0 else { return [] }
        var author: Int64?
        if let identity {
            guard let number = try number(of: identity.bytes) else { return [] }
            author = number
        }
        var spaceNumber: Int64?
        if let space {
            guard let number = try number(of: Space.content(space)) else { return [] }
            spaceNumber = number
        }
        var newest: [Found] = []
        if let author, kind != .post {
            let statement = try connection.statement(.visibleOfAuthor)
            statement.bind(1, author)
            statement.bind(5, spaceNumber)
            try gather(statement, kind: kind, before: before, limit: limit, into: &newest)
        } else {
            let spaces = if let spaceNumber { [spaceNumber] } else { try spaceNumbers() }
            for space in spaces {
                let statement = try connection.statement(author == nil ? .visibleInSpace : .visibleInSpaceOfAuthor)
                statement.bind(1, space)
                if let author { statement.bind(5, author) }
                try gather(statement, kind: kind, before: before, limit: limit, into: &newest)
            }
        }
        return try newest.map { found throws(StoreFailure) in try entryInIndex(arrival: found.arrival) }
    }

    /// Merges the rows of `statement`, newest first, into the `limit` newest, until a row is too old to be one of them.
    private func gather(
        _ statement: PreparedStatement, kind: Kind, before: TimelinePlace?, limit: Int, into newest: inout [Found]
    ) throws(StoreFailure) {
        defer { statement.reset() }
        statement.bind(bits: kind.code, 2)
        statement.bind(3, before.map { Int64(clamping: $0.timestamp.milliseconds) } ?? .max)
        statement.bind(4, before?.id.bytes.prefixKey ?? .max)
        while try statement.step() {
            let place = TimelinePlace(timestamp: Timestamp(milliseconds: statement.bits(0)), id: EntryID(try statement.bytes32(1)))
            // The index knows the first bytes of an id; entries that share them come in any order.
            if let before, place >= before { continue }
            let found = Found(place: place, arrival: statement.int64(2))
            if newest.count == limit, let last = newest.last {
                if (place.timestamp, place.id.bytes.prefix64) < (last.place.timestamp, last.place.id.bytes.prefix64) { return }
                if found < last { continue }
                newest.removeLast()
            }
            newest.insert(found, at: newest.firstIndex { $0 < found } ?? newest.endIndex)
        }
    }

    private func spaceNumbers() throws(StoreFailure) -> [Int64] {
        let statement = try connection.statement(.spaces)
        defer { statement.reset() }
        var out: [Int64] = []
        while try statement.step() { out.append(statement.int64(0)) }
        return out
    }

    /// The entry that an index leads to.
    func entryInIndex(arrival: Int64) throws(StoreFailure) -> StoredEntry {
        guard let stored = try entry(arrival: Arrival(arrival)) else { throw .corrupt("entry \(arrival) is in an index and nowhere else") }
        return stored
    }

    package func entry(arrival: Arrival) throws(StoreFailure) -> StoredEntry? {
        let statement = try connection.statement(.entryByArrival)
        defer { statement.reset() }
        statement.bind(1, arrival.number)
        return try statement.step() ? try read(statement) : nil
    }

    package func isVisible(_ id: EntryID) throws(StoreFailure) -> Bool {
        let statement = try connection.statement(.isVisible)
        defer { statement.reset() }
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        return try statement.step()
    }
}
