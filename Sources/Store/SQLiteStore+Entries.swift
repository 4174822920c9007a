import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// The entries themselves.
extension SQLiteStore {
    package func append(_ new: NewEntry) throws(StoreFailure) -> Arrival {
        try write { () throws(StoreFailure) in
            let header = new.entry.header
            let space = try spaceNumber(of: new.log)
            var (author, capability): (Int64?, Int64?)
            if let identity = header.identity { author = try authorNumberAdding(identity.bytes) }
            if let cited = header.authorization.capability { capability = try capabilityNumberAdding(cited.bytes) }
            let sequence = Int64(bitPattern: header.sequence)
            let firstSeen = Int64(bitPattern: new.firstSeen.milliseconds)
            let wellFormed: Int64 = new.wellFormed ? 1 : 0
            let bodyState = EntryRow.BodyState(new.body)

            let statement = try connection.statement(.addEntry)
            statement.bind(1, new.log.number)
            statement.bind(2, new.branch)
            statement.bind(3, sequence)
            statement.bind(4, space)
            statement.bind(5, author)
            statement.bind(6, capability)
            statement.bind(bits: header.kind.code, 7)
            statement.bind(bits: header.timestamp.milliseconds, 8)
            statement.bind(9, firstSeen)
            statement.bind(10, wellFormed)
            statement.bind(11, bodyState.rawValue)
            statement.bind(13, new.entry.id.bytes.prefixKey)
            statement.bind(14, new.entry.id.bytes)
            try withParts(of: new) { (id, headerBytes, signature, body) throws(StoreFailure) in
                let checksum = EntryRow.checksum(
                    log: new.log.number, branch: Int64(new.branch), sequence: sequence, firstSeen: firstSeen, wellFormed: wellFormed,
                    bodyState: bodyState.rawValue, id: id, header: headerBytes, signature: signature, body: body)
                statement.bind(12, checksum)
                statement.bind(15, lending: headerBytes)
                statement.bind(16, lending: signature)
                if bodyState == .present { statement.bind(17, lending: body) } else { statement.bindNull(17) }
                try statement.run()
            }
            return Arrival(connection.lastInsertedRow)
        }
    }

    /// The four byte strings of a row as they lie in memory, for the length of the call.
    private func withParts(
        of new: NewEntry,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer)
            throws(StoreFailure) -> Void
    ) throws(StoreFailure) {
        signatureBuffer.removeAll(keepingCapacity: true)
        EntryRow.append(new.entry.signatures, to: &signatureBuffer)
        bodyBuffer.removeAll(keepingCapacity: true)
        if case .present(let stored) = new.body {
            bodyBuffer += stored.salt.bytes
            bodyBuffer += stored.bytes
        }
        var words = (
            new.entry.id.bytes.words.0.bigEndian, new.entry.id.bytes.words.1.bigEndian, new.entry.id.bytes.words.2.bigEndian,
            new.entry.id.bytes.words.3.bigEndian
        )
        // `withUnsafeBytes` of the library throws any error; this carries ours out of it.
        var failure: StoreFailure?
        withUnsafeBytes(of: &words) { id in
            new.entry.headerBytes.withUnsafeBytes { header in
                signatureBuffer.withUnsafeBytes { signature in
                    bodyBuffer.withUnsafeBytes { joined in
                        do throws(StoreFailure) { try body(id, header, signature, joined) } catch { failure = error }
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    package func entry(_ id: EntryID) throws(StoreFailure) -> StoredEntry? {
        let statement = try connection.statement(.entryByID)
        defer { statement.reset() }
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        return try statement.step() ? try EntryRow.read(statement) : nil
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
            let stored = try EntryRow.read(statement)
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
        while try statement.step() { out.append(try EntryRow.read(statement)) }
        return out
    }

    package func setSignatures(of entry: Entry) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let lookup = try connection.statement(.entryByID)
            defer { lookup.reset() }
            lookup.bind(1, entry.id.bytes.prefixKey)
            lookup.bind(2, entry.id.bytes)
            guard try lookup.step() else { return }
            // What is there must be sound before the checksum says so again.
            let old = try EntryRow.read(lookup)
            signatureBuffer.removeAll(keepingCapacity: true)
            EntryRow.append(entry.signatures, to: &signatureBuffer)
            let checksum = signatureBuffer.withUnsafeBytes { signature in
                EntryRow.checksum(
                    log: lookup.int64(1), branch: lookup.int64(2), sequence: lookup.int64(3), firstSeen: lookup.int64(4),
                    wellFormed: lookup.int64(5), bodyState: lookup.int64(6), id: lookup.borrowed(8), header: lookup.borrowed(9),
                    signature: signature, body: lookup.borrowed(11))
            }
            lookup.reset()
            let statement = try connection.statement(.setSignatures)
            statement.bind(1, copying: signatureBuffer)
            statement.bind(2, checksum)
            statement.bind(3, old.arrival.number)
            try statement.run()
        }
    }
}
