import EntenteCodec
import EntenteModel
import EntenteReplica
import GRDBSQLite

/// The detached bodies: erased, missing, and here again.
extension SQLiteStore {
    package func setBody(of id: EntryID, _ body: StoredBody) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let lookup = try connection.statement(.entryByID)
            defer { lookup.reset() }
            lookup.bind(1, id.bytes.prefixKey)
            lookup.bind(2, id.bytes)
            guard try lookup.step() else { return }
            // What is there must be sound before the checksum says so again.
            let old = try read(lookup)
            let state = EntryRow.BodyState(body)
            let bytes = EntryRow.join(body, in: bodyBuffer)
            let checksum = old.entry.headerBytes.withUnsafeBytes { header in
                EntryRow.checksum(
                    log: lookup.int64(1), branch: lookup.int64(2), sequence: lookup.int64(3), firstSeen: lookup.int64(4),
                    wellFormed: lookup.int64(5), bodyState: state.rawValue, id: id.bytes, header: header,
                    signature: lookup.borrowed(10), body: bytes)
            }
            lookup.reset()
            let statement = try connection.statement(.setBody)
            statement.bind(1, state.rawValue)
            if state == .present { statement.bind(2, lending: bytes) } else { statement.bindNull(2) }
            statement.bind(3, checksum)
            statement.bind(4, old.arrival.number)
            try statement.run()
        }
    }

    package func erasures(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try page(.erasures, after: after, limit: limit)
    }

    package func missingBodies(after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        try page(.missingBodies, after: after, limit: limit)
    }

    package func entryIDs(from first: EntryID, through last: EntryID, limit: Int) throws(StoreFailure) -> [EntryID] {
        let statement = try connection.statement(.entryIDs)
        defer { statement.reset() }
        statement.bind(1, first.bytes.prefixKey)
        statement.bind(2, last.bytes.prefixKey)
        var out: [EntryID] = []
        while try statement.step() {
            let id = EntryID(try statement.bytes32(0))
            if first <= id, id <= last { out.append(id) }
        }
        return Array(out.sorted().prefix(max(0, limit)))
    }

    package func entries(about target: EntryID, kind: Kind, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        let statement = try connection.statement(.entriesAbout)
        defer { statement.reset() }
        statement.bind(1, target.bytes.prefixKey)
        statement.bind(bits: kind.code, 2)
        statement.bind(3, after.number)
        var out: [StoredEntry] = []
        // The index knows the first bytes of an id; those of another target that shares them are passed over.
        while out.count < limit, try statement.step() {
            let stored = try read(statement)
            if stored.entry.header.target == target { out.append(stored) }
        }
        return out
    }

    private func page(_ query: Query, after: Arrival, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        let statement = try connection.statement(query)
        defer { statement.reset() }
        statement.bind(1, after.number)
        statement.bind(2, max(0, limit))
        var out: [StoredEntry] = []
        while try statement.step() { out.append(try read(statement)) }
        return out
    }
}
