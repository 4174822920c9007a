import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// The entries themselves.
extension SQLiteStore {
    package func append(_ new: NewEntry) throws(StoreFailure) -> Arrival {
        try write { () throws(StoreFailure) in try insert(new) }
    }

    private func insert(_ new: NewEntry) throws(StoreFailure) -> Arrival {
        let shared = try shared(by: new.log.number)
        var (author, capability): (Int64?, Int64?)
        if let identity = new.entry.header.identity { author = try authorNumberAdding(identity.bytes) }
        if let cited = new.entry.header.authorization.capability { capability = try capabilityNumberAdding(cited.bytes) }
        let id = new.entry.id.bytes
        let sequence = Int64(bitPattern: new.entry.header.sequence)
        let firstSeen = Int64(bitPattern: new.firstSeen.milliseconds)
        let wellFormed: Int64 = new.wellFormed ? 1 : 0
        let bodyState = EntryRow.BodyState(new.body)
        let signature = EntryRow.join(new.entry.signatures, in: signatureBuffer)
        let body = EntryRow.join(new.body, in: bodyBuffer)

        let statement = try connection.statement(.addEntry)
        statement.bind(1, new.log.number)
        statement.bind(2, new.branch)
        statement.bind(3, sequence)
        statement.bind(4, shared.space)
        statement.bind(5, author)
        statement.bind(6, capability)
        statement.bind(bits: new.entry.header.kind.code, 7)
        statement.bind(bits: new.entry.header.timestamp.milliseconds, 8)
        statement.bind(9, firstSeen)
        statement.bind(10, wellFormed)
        statement.bind(11, bodyState.rawValue)
        statement.bind(13, id.prefixKey)
        statement.bind(14, id)
        statement.bind(16, lending: signature)
        if bodyState == .present { statement.bind(17, lending: body) } else { statement.bindNull(17) }
        statement.bind(18, EntryRow.about(new.entry.header))
        let result: Result<Void, StoreFailure> = new.entry.headerBytes.withUnsafeBytes { header in
            let checksum = EntryRow.checksum(
                log: new.log.number, branch: Int64(new.branch), sequence: sequence, firstSeen: firstSeen, wellFormed: wellFormed,
                bodyState: bodyState.rawValue, id: id, header: header, signature: signature, body: body)
            statement.bind(12, checksum)
            statement.bind(15, lending: EntryRow.rest(of: header, behind: shared.beginning))
            do throws(StoreFailure) {
                try statement.run()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        return Arrival(connection.lastInsertedRow)
    }

    /// The row that `statement` stands on.
    func read(_ statement: PreparedStatement) throws(StoreFailure) -> StoredEntry {
        try EntryRow.read(statement, beginning: try shared(by: statement.int64(1)).beginning)
    }

    package func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry? {
        let statement = try connection.statement(.entryByID)
        defer { statement.reset() }
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        return try statement.step() ? try read(statement) : nil
    }

    package func entries(log: LogID, branch: Int, from: UInt64, limit: Int, bytesMax: Int) throws(StoreFailure) -> [StoredEntry] {
        guard let first = Int64(exactly: from) else { return [] }
        let statement = try connection.statement(.entriesOfBranch)
        defer { statement.reset() }
        statement.bind(1, log.number)
        statement.bind(2, branch)
        statement.bind(3, first)
        statement.bind(4, max(0, limit))
        var out: [StoredEntry] = []
        var bytes = 0
        while try statement.step() {
            let stored = try read(statement)
            bytes += stored.entry.headerBytes.count + stored.entry.header.bodyBytes
            if bytes > bytesMax && !out.isEmpty { break }
            out.append(stored)
        }
        return out
    }

    package func arrivals(after: Arrival, registryOnly: Bool, limit: Int) throws(StoreFailure) -> [StoredEntry] {
        let statement = try connection.statement(registryOnly ? .registryArrivals : .arrivals)
        defer { statement.reset() }
        statement.bind(1, after.number)
        statement.bind(2, max(0, limit))
        var out: [StoredEntry] = []
        while try statement.step() { out.append(try read(statement)) }
        return out
    }

    package func latestArrival() throws(StoreFailure) -> Arrival {
        let statement = try connection.statement(.latestArrival)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInt64(0).map(Arrival.init) ?? .none : .none
    }

    package func removeEntries(log: LogID, branch: Int, from: UInt64) throws(StoreFailure) {
        guard let first = Int64(exactly: from) else { return }
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.removeEntries)
            statement.bind(1, log.number)
            statement.bind(2, branch)
            statement.bind(3, first)
            try statement.run()
        }
    }

    package func setSignatures(of entry: Entry) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let lookup = try connection.statement(.entryByID)
            defer { lookup.reset() }
            lookup.bind(1, entry.id.bytes.prefixKey)
            lookup.bind(2, entry.id.bytes)
            guard try lookup.step() else { return }
            // What is there must be sound before the checksum says so again.
            let old = try read(lookup)
            let signature = EntryRow.join(entry.signatures, in: signatureBuffer)
            let checksum = old.entry.headerBytes.withUnsafeBytes { header in
                EntryRow.checksum(
                    log: lookup.int64(1), branch: lookup.int64(2), sequence: lookup.int64(3), firstSeen: lookup.int64(4),
                    wellFormed: lookup.int64(5), bodyState: lookup.int64(6), id: entry.id.bytes, header: header, signature: signature,
                    body: lookup.borrowed(11))
            }
            lookup.reset()
            let statement = try connection.statement(.setSignatures)
            statement.bind(1, lending: signature)
            statement.bind(2, checksum)
            statement.bind(3, old.arrival.number)
            try statement.run()
        }
    }
}
