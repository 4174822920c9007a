import EntenteReplica
import GRDB
import GRDBSQLite
import Glibc

/// One SQLite connection, opened and closed by GRDB, with the statements of the store prepared once and driven directly.
///
/// Between the two GRDB has nothing to say: its queue, its observers and its row values would cost more than SQLite
/// itself in the hot path. It is used from one thread at a time; SQLite takes no lock of its own.
final class Connection {
    enum Access {
        case readingAndWriting
        case reading
    }

    /// Keeps the connection open.
    private let queue: DatabaseQueue
    let pointer: OpaquePointer
    private var prepared: [PreparedStatement?]

    /// Bytes of a page. A row of a short post is half a kibibyte, so that larger pages waste less at their ends than the
    /// usual 4,096; still larger ones make a single post dear, which writes half a dozen pages.
    static let pageBytes = 8192
    /// Pages of the WAL after which a commit copies them into the database: 64 MiB, so that a transaction of the bulk
    /// size is not copied at once.
    static let checkpointPages = 8192
    /// Kibibytes of pages kept in memory: the indices by id of a million entries.
    static let cacheKibibytes = 65_536
    /// How long another process's lock is waited for, in seconds: that of a reader who recovers the WAL.
    static let busySeconds = 2.0

    /// Opens the file, which is created unless only reading is asked for.
    ///
    /// - Parameter label: what messages about the connection call it.
    init(path: String, access: Access, label: String = "replica", cacheKibibytes: Int = cacheKibibytes) throws(StoreFailure) {
        var configuration = Configuration()
        configuration.readonly = access == .reading
        configuration.label = label
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.foreignKeysEnabled = true
        // Transactions begin and end outside GRDB's closures.
        configuration.allowsUnsafeTransactions = true
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw StoreFailure(code: error.extendedResultCode.rawValue, message: error.message ?? "it does not open", systemCode: 0)
        } catch {
            throw .inputOutput("\(path): \(error)")
        }
        guard let pointer = queue.inDatabase({ $0.sqliteConnection }) else { throw .inputOutput("\(path): it does not open") }
        self.pointer = pointer
        prepared = Array(repeating: nil, count: Query.allCases.count)
        // GRDB's observers watch transactions that GRDB begins; ours are not among them.
        _ = sqlite3_commit_hook(pointer, nil, nil)
        _ = sqlite3_rollback_hook(pointer, nil, nil)
        try run("PRAGMA cache_size = -\(cacheKibibytes)")
        // A damaged file must not lead SQLite astray, nor may a schema call what it likes.
        try run("PRAGMA cell_size_check = ON")
        try run("PRAGMA trusted_schema = OFF")
    }

    deinit {
        // Before the connection closes, so that closing it is the last use of its files.
        prepared.removeAll()
    }

    /// Sets what keeps a commit and an erasure: changes the file, so the caller has seen that it is ours.
    func prepareForWriting() throws(StoreFailure) {
        // Decided when the file is created, and without effect later.
        try run("PRAGMA page_size = \(Self.pageBytes)")
        guard try text("PRAGMA journal_mode = WAL") == "wal" else { throw .inputOutput("the directory cannot hold a write-ahead log") }
        try run("PRAGMA synchronous = FULL")
        try run("PRAGMA secure_delete = ON")
        try run("PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
        try run("PRAGMA journal_size_limit = \(Self.checkpointPages * Self.pageBytes)")
    }

    /// The statement of `query`, reset and ready to be bound.
    @inline(__always)
    func statement(_ query: Query) throws(StoreFailure) -> PreparedStatement {
        if let statement = prepared[query.rawValue] { return statement }
        let statement = try PreparedStatement(query.sql, on: self)
        prepared[query.rawValue] = statement
        return statement
    }

    /// Runs one or several statements that are not kept, and drops their rows.
    func run(_ sql: String) throws(StoreFailure) {
        let code = sqlite3_exec(pointer, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The first column of the first row; nil where there is no row.
    func number(_ sql: String) throws(StoreFailure) -> Int64? {
        let statement = try PreparedStatement(sql, on: self)
        return try statement.step() ? statement.int64(0) : nil
    }

    func text(_ sql: String) throws(StoreFailure) -> String? {
        let statement = try PreparedStatement(sql, on: self)
        return try statement.step() ? statement.text(0) : nil
    }

    /// The first column of all rows.
    func texts(_ sql: String) throws(StoreFailure) -> [String] {
        let statement = try PreparedStatement(sql, on: self)
        var out: [String] = []
        while try statement.step() { out.append(statement.text(0)) }
        return out
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(pointer) == 0 }
    /// Rows changed by the last statement that changed any.
    var changedCount: Int { Int(sqlite3_changes(pointer)) }
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(pointer) }

    func failure(_ code: Int32) -> StoreFailure {
        StoreFailure(code: code, message: String(cString: sqlite3_errmsg(pointer)), systemCode: sqlite3_system_errno(pointer))
    }
}

extension StoreFailure {
    /// From an extended result code of SQLite, its message, and the system's error number, 0 where there is none.
    /// (sqlite.org/rescode.html)
    init(code: Int32, message: String, systemCode: Int32) {
        switch code & 0xFF {
        case SQLITE_FULL: self = .full
        // A write-ahead log that cannot grow says "disk I/O error"; the system says why.
        case SQLITE_IOERR, SQLITE_CANTOPEN: self = [ENOSPC, EDQUOT].contains(systemCode) ? .full : .inputOutput(message)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_NOLFS, SQLITE_PROTOCOL:
            self = .inputOutput(message)
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
        // Our statements and our rows are right on a sound database: what else SQLite says is damage.
        default: self = .corrupt(message)
        }
    }
}
