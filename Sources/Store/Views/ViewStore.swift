import EntenteCodec
import EntenteModel
import EntenteReplica
import GRDBSQLite
import Glibc

/// `views.db`: what people read, made of a replica and of nothing else. (Specs/08-views.md)
///
/// One thread at a time uses a value. The one that writes is `ViewIndexer`'s; others are opened for reading, beside it.
///
///     let views = try ViewStore(directory: "entente-data")
///     var indexer = ViewIndexer(source: replica, views: views)
///     while try indexer.advance() != .upToDate {}
///     let posts = try views.timeline(in: [space], author: nil, before: nil, limit: 50)
package final class ViewStore {
    package static let fileName = "views.db"
    /// In the header of the file: "ENTV". (sqlite.org/pragma.html#pragma_application_id)
    static let applicationID: Int64 = 0x454E_5456
    /// A file of another version is made again: there is nothing in it that cannot be.
    static let version: Int64 = 2
    /// Kibibytes of pages kept in memory: the upper pages of the indices and of the words.
    static let cacheKibibytes = 16_384

    /// Nil for views in memory.
    package let directory: String?
    let connection: Connection
    private var prepared: [PreparedStatement?]
    /// Which files are open for writing: the database, and its write-ahead log.
    private var databaseFile: FileNumber?
    private var logFile: FileNumber?
    private(set) var isInTransaction = false
    /// Numbers that were looked up last.
    var spaceNumbers: [SpacePath: Int64] = [:]
    var personNumbers: [IdentityID: Int64] = [:]
    /// Set by a change that leaves words behind that were erased.
    package internal(set) var hasErased = false

    /// Opens the views of `directory` for writing. A file that is of another version, damaged, or another program's is
    /// deleted, and an empty one takes its place.
    package convenience init(directory: String) throws(StoreFailure) {
        let path = directory + "/" + Self.fileName
        do {
            try self.init(path: path, directory: directory)
        } catch {
            guard case .corrupt = error else { throw error }
            Self.remove(directory: directory)
            try self.init(path: path, directory: directory)
        }
    }

    /// Views in memory, for tests.
    package convenience init() throws(StoreFailure) { try self.init(path: ":memory:", directory: nil) }

    private init(path: String, directory: String?) throws(StoreFailure) {
        if directory != nil {
            // Others must not read it: SQLite gives its further files the rights of this one.
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .inputOutput("\(path): \(String(cString: strerror(errno)))") }
            close(descriptor)
        }
        self.directory = directory
        connection = try Connection(path: path, access: .readingAndWriting, label: "views", cacheKibibytes: Self.cacheKibibytes)
        prepared = Array(repeating: nil, count: ViewQuery.allCases.count)
        try prepare()
        databaseFile = FileNumber(at: path)
        logFile = FileNumber(at: path + "-wal")
    }

    /// Opens the views of `directory` for reading, beside their writer. Nil where there are none of this version yet.
    package init?(readingFrom directory: String) throws(StoreFailure) {
        let path = directory + "/" + Self.fileName
        guard access(path, F_OK) == 0 else { return nil }
        self.directory = directory
        connection = try Connection(path: path, access: .reading, label: "views", cacheKibibytes: Self.cacheKibibytes)
        prepared = Array(repeating: nil, count: ViewQuery.allCases.count)
        guard try connection.number("PRAGMA user_version") == Self.version else { return nil }
    }

    deinit { prepared.removeAll() }

    private func prepare() throws(StoreFailure) {
        let application = try connection.number("PRAGMA application_id") ?? 0
        let version = try connection.number("PRAGMA user_version") ?? 0
        let isEmpty = try connection.number("SELECT count(*) FROM sqlite_schema") == 0
        guard isEmpty || (application == Self.applicationID && version == Self.version) else {
            throw .corrupt("the views are of another version")
        }
        try connection.run("PRAGMA page_size = \(Connection.pageBytes)")
        if directory != nil, try connection.text("PRAGMA journal_mode = WAL") != "wal" {
            throw .inputOutput("the directory cannot hold a write-ahead log")
        }
        // A loss of power may take back the last changes, never half of one; they are in the replica.
        try connection.run("PRAGMA synchronous = NORMAL")
        try connection.run("PRAGMA secure_delete = ON")
        try connection.run("PRAGMA temp_store = MEMORY")
        guard isEmpty else { return }
        try connection.run("BEGIN IMMEDIATE")
        do throws(StoreFailure) {
            try connection.run(String(decoding: PackageResources.views_sql, as: UTF8.self))
            try connection.run("PRAGMA application_id = \(Self.applicationID)")
            try connection.run("PRAGMA user_version = \(Self.version)")
            try connection.run("COMMIT")
        } catch {
            if connection.isInTransaction { try? connection.run("ROLLBACK") }
            throw error
        }
    }

    /// Which file a path leads to: another one has another number while this one is open. (stat(2))
    private struct FileNumber: Hashable {
        let device: dev_t
        let inode: ino_t

        /// Nil where there is none.
        init?(at path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    /// False where somebody has deleted or replaced the files that are open for writing: what is written to them, nobody
    /// reads.
    package var isInPlace: Bool {
        guard let directory else { return true }
        let path = directory + "/" + Self.fileName
        guard let databaseFile, FileNumber(at: path) == databaseFile else { return false }
        return logFile == nil || FileNumber(at: path + "-wal") == logFile
    }

    /// Deletes the views of a directory. Nobody may have them open for writing.
    package static func remove(directory: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(directory + "/" + fileName + suffix) }
    }

    /// The statement of `query`, reset and ready to be bound.
    func statement(_ query: ViewQuery) throws(StoreFailure) -> PreparedStatement {
        if let statement = prepared[query.rawValue] { return statement }
        let statement = try PreparedStatement(query.sql, on: connection)
        prepared[query.rawValue] = statement
        return statement
    }

    // MARK: - Transactions

    /// Runs changes as one step: they are all there when it returns, or none is.
    func write<Value>(_ body: () throws(StoreFailure) -> Value) throws(StoreFailure) -> Value {
        try statement(.begin).run()
        isInTransaction = true
        defer { isInTransaction = false }
        do throws(StoreFailure) {
            let value = try body()
            if hasErased { try setUnclean(true) }
            try statement(.commit).run()
            return value
        } catch {
            spaceNumbers = [:]
            personNumbers = [:]
            hasErased = false
            if connection.isInTransaction { try? statement(.rollback).run() }
            throw error
        }
    }

    // MARK: - Progress

    /// How far the views have followed a replica.
    package struct Progress: Hashable, Sendable {
        package var network: [UInt8]
        package var incarnation: [UInt8]
        /// The last change that is in the views.
        package var cursor: FeedNumber
        /// While all is made again: the last entry that was read.
        package var scanned: Arrival?
    }

    package func progress() throws(StoreFailure) -> Progress? {
        let statement = try statement(.progress)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return Progress(
            network: statement.bytes(0), incarnation: statement.bytes(1), cursor: FeedNumber(statement.int64(2)),
            scanned: statement.optionalInt64(3).map(Arrival.init))
    }

    /// Part of a write.
    func setProgress(_ progress: Progress) throws(StoreFailure) {
        let statement = try statement(.setProgress)
        statement.bind(1, copying: progress.network)
        statement.bind(2, copying: progress.incarnation)
        statement.bind(3, progress.cursor.number)
        statement.bind(4, progress.scanned?.number)
        try statement.run()
    }

    private func setUnclean(_ isUnclean: Bool) throws(StoreFailure) {
        let statement = try statement(.setUnclean)
        statement.bind(1, isUnclean ? 1 : 0)
        try statement.run()
    }

    private func isUnclean() throws(StoreFailure) -> Bool {
        let statement = try statement(.progress)
        defer { statement.reset() }
        return try statement.step() && statement.int64(4) != 0
    }

    // MARK: - Erased words

    /// After an erasure: no word of it is in any file when this returns true. SQLite zeroes what it frees, but the index of
    /// words keeps removed ones until its parts are joined, and the write-ahead log keeps what pages were. False where a
    /// reader is in the way: to be tried again.
    ///
    /// That there is something to do is kept in the file, so that an end of the process in between loses nothing.
    package func purge() throws(StoreFailure) -> Bool {
        guard try isUnclean() else {
            hasErased = false
            return true
        }
        try write { () throws(StoreFailure) in try statement(.optimize).run() }
        guard try checkpoint() else { return false }
        hasErased = false
        try write { () throws(StoreFailure) in try setUnclean(false) }
        return true
    }

    /// Copies the write-ahead log into the file and cuts it to nothing; false where a reader is in the way.
    private func checkpoint() throws(StoreFailure) -> Bool {
        guard directory != nil else { return true }
        let code = sqlite3_wal_checkpoint_v2(connection.pointer, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED { return false }
        guard code == SQLITE_OK else { throw connection.failure(code) }
        return true
    }

    /// Forgets everything, so that all is made again: what was erased too. Part of a write.
    func clear() throws(StoreFailure) {
        hasErased = try progress() != nil
        try connection.run("INSERT INTO post_text (post_text) VALUES ('delete-all')")
        for table in ["version", "reaction", "hiding", "post", "about", "person_name", "person", "space", "progress"] {
            try connection.run("DELETE FROM \(table)")
        }
        spaceNumbers = [:]
        personNumbers = [:]
    }
}
