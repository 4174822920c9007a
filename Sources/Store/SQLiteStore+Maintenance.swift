import EntenteCodec
import EntenteModel
import EntenteReplica
import GRDBSQLite
import Glibc

/// What an operator asks of the file as a whole. None of it is part of a transaction.
extension SQLiteStore {
    /// What is wrong with the database, in words; empty for a sound one. At most `limit` faults are named.
    ///
    /// Reads the whole file: the pages, the indices, and each entry as it was written. It says nothing about signatures:
    /// that is for `verify`. A file that is too damaged to go on is one of the faults.
    package func integrityFaults(limit: Int = 100) throws(StoreFailure) -> [String] {
        precondition(limit > 0, "a check that may say nothing says that all is well")
        var faults: [String] = []
        do throws(StoreFailure) {
            faults = try connection.texts("PRAGMA integrity_check(\(limit))").filter { $0 != "ok" }
            if faults.isEmpty { faults = try connection.texts("PRAGMA foreign_key_check").map { "a row of \($0) refers to nothing" } }
            if faults.isEmpty { try checkEntries(limit: limit, &faults) }
        } catch {
            guard case .corrupt(let reason) = error else { throw error }
            faults.append(reason)
        }
        return Array(faults.prefix(limit))
    }

    /// Each entry by itself, so that one that is damaged does not hide the others.
    private func checkEntries(limit: Int, _ faults: inout [String]) throws(StoreFailure) {
        let rows = try PreparedStatement("SELECT arrival FROM entry ORDER BY arrival", on: connection)
        while faults.count < limit, try rows.step() {
            do throws(StoreFailure) {
                try checkEntry(arrival: rows.int64(0))
            } catch {
                guard case .corrupt(let reason) = error else { throw error }
                faults.append(reason)
            }
        }
    }

    /// Throws for an entry whose columns beside the header do not say what the header says.
    private func checkEntry(arrival: Int64) throws(StoreFailure) {
        let stored = try entryInIndex(arrival: arrival)
        let header = stored.entry.header
        let statement = try connection.statement(.derivedColumns)
        defer { statement.reset() }
        statement.bind(1, arrival)
        guard try statement.step() else { throw .corrupt("entry \(stored.entry.id) is gone") }
        let isConsistent =
            statement.int64(0) == stored.entry.id.bytes.prefixKey && statement.bits(1) == header.kind.code
            && statement.bits(2) == header.timestamp.milliseconds && Self.isSame(statement.borrowed(3), header.identity?.bytes)
            && Self.isSame(statement.borrowed(4), header.authorization.capability?.bytes)
            && statement.optionalInt64(6) == EntryRow.about(header)
        let space = try Self.space(pathBytes: statement.bytes(5))
        guard isConsistent, space == header.space else { throw .corrupt("entry \(stored.entry.id) is indexed as what it is not") }
    }

    private static func isSame(_ bytes: UnsafeRawBufferPointer, _ other: Bytes32?) -> Bool {
        guard let other else { return bytes.isEmpty }
        return bytes.count == Bytes32.count && Bytes32(loading: bytes) == other
    }

    /// Copies the write-ahead log into the database file and cuts it to nothing, so that erased bytes are in neither.
    /// Busy where another process is reading; it is not waited for longer than a moment.
    package func checkpoint() throws(StoreFailure) {
        sqlite3_busy_timeout(connection.pointer, Self.checkpointBusyMilliseconds)
        defer { sqlite3_busy_timeout(connection.pointer, Int32(Connection.busySeconds * 1000)) }
        let code = sqlite3_wal_checkpoint_v2(connection.pointer, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK else { throw connection.failure(code) }
    }

    /// Writes all that is committed to a new file, which is one database without a write-ahead log, compact, and with
    /// nothing of what was erased. Beside the owner of the directory it works with a store opened for reading, and then
    /// the owner goes on writing. The file is there whole, and on the disk, or not at all.
    package func backup(to destination: String) throws(StoreFailure) {
        let partial = destination + ".partial"
        unlink(partial)
        do throws(StoreFailure) {
            guard access(destination, F_OK) != 0 else { throw .inputOutput("\(destination) is there already") }
            // Made by us first, so that nobody else may read it; SQLite writes into an empty file.
            try Self.create(partial)
            let statement = try PreparedStatement("VACUUM INTO ?1", on: connection)
            statement.bind(1, partial)
            try statement.run()
            try Self.synchronize(partial)
            guard rename(partial, destination) == 0 else { throw Self.systemFailure(destination) }
            try Self.synchronize(Self.directory(of: destination))
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// How long a checkpoint waits for a reader: everybody else waits for it.
    private static let checkpointBusyMilliseconds: Int32 = 50

    private static func create(_ path: String) throws(StoreFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemFailure(path) }
        close(descriptor)
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// VACUUM INTO leaves it to the caller that the file is on the disk. (sqlite.org/lang_vacuum.html)
    private static func synchronize(_ path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFailure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemFailure(path) }
    }

    private static func systemFailure(_ path: String) -> StoreFailure {
        let code = errno
        return [ENOSPC, EDQUOT].contains(code) ? .full : .inputOutput("\(path): \(String(cString: strerror(code)))")
    }

    /// The answer to `PRAGMA name`, or `PRAGMA name = value`, as text: for tests, and for what an operator is shown.
    package func setting(_ pragma: String) throws(StoreFailure) -> String? { try connection.text("PRAGMA \(pragma)") }
}

/// What tests ask to hold the store to its costs.
extension SQLiteStore {
    /// How SQLite goes about each statement of the store. (sqlite.org/eqp.html)
    package func queryPlans() throws(StoreFailure) -> [(sql: String, plan: [String])] {
        var out: [(sql: String, plan: [String])] = []
        for query in Query.allCases where ![.begin, .commit, .rollback].contains(query) {
            let statement = try PreparedStatement("EXPLAIN QUERY PLAN " + query.sql, on: connection)
            var plan: [String] = []
            while try statement.step() { plan.append(statement.text(3)) }
            out.append((query.sql, plan))
        }
        return out
    }

    /// Steps of SQLite's virtual machine that the statements of the store take meanwhile.
    package func countingSteps(_ body: () throws -> Void) throws -> Int {
        func total() throws(StoreFailure) -> Int {
            var sum = 0
            for query in Query.allCases { sum += try connection.statement(query).stepCount }
            return sum
        }
        let before = try total()
        try body()
        return try total() - before
    }

    /// Rows that are written or removed meanwhile.
    package func countingChangedRows(_ body: () throws -> Void) rethrows -> Int {
        let before = sqlite3_total_changes(connection.pointer)
        try body()
        return Int(sqlite3_total_changes(connection.pointer) - before)
    }
}
