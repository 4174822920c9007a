import EntenteCodec
import EntenteModel
import EntenteReplica
import GRDBSQLite
import Glibc

/// A replica in `replica.db`: the store port over SQLite. (Specs/07-store.md)
///
/// One thread at a time uses a store. Between `begin` and `commit` all that is written is one step: it survives whole, or
/// not at all. Once a write of a transaction has failed, the transaction cannot be committed any more.
///
///     let store = try SQLiteStore(directory: "entente-data")
///     try store.begin()
///     … events, each with `store` …
///     try store.commit()      // or store.rollback()
package final class SQLiteStore {
    package static let fileName = "replica.db"

    let connection: Connection
    package let path: String
    /// True for a store that takes no writes: opened to inspect it, perhaps beside its owner.
    package let isReadOnly: Bool
    private let lock: DirectoryLock?

    private var isInTransaction = false
    /// The first write of the open transaction that failed.
    private var brokenBy: StoreFailure?
    /// What was looked up last: entries come in runs of one log, under one capability.
    var recent = RecentNumbers()
    /// Where the parts of a row that are not one piece in memory are joined, again and again.
    let signatureBuffer = JoinedBytes()
    let bodyBuffer = JoinedBytes()

    /// Opens the store of `directory`, or creates it, and brings it to this version.
    ///
    /// Takes the lock of the directory unless the caller has it and hands it over.
    package init(directory: String, lock: DirectoryLock? = nil) throws(StoreOpening.Failure) {
        if let lock { self.lock = lock } else { self.lock = try StoreOpening.lock(directory) }
        path = directory + "/" + Self.fileName
        isReadOnly = false
        connection = try StoreOpening.openForWriting(path)
    }

    /// Opens the store of `directory` for reading, beside its owner or without one, and changes nothing: also where a
    /// store that is damaged, or on a full disk, is to be looked at. Every write to it fails.
    package init(readingFrom directory: String) throws(StoreOpening.Failure) {
        lock = nil
        path = directory + "/" + Self.fileName
        isReadOnly = true
        connection = try StoreOpening.openForReading(path)
    }

    // MARK: Transactions

    /// Begins the transaction of one batch of events.
    package func begin() throws(StoreFailure) {
        precondition(!isInTransaction, "the last transaction was not ended")
        try connection.statement(.begin).run()
        isInTransaction = true
        brokenBy = nil
    }

    /// Returns when everything since `begin` is on the disk. If it throws, nothing of it is stored, and there is no
    /// transaction any more.
    package func commit() throws(StoreFailure) {
        precondition(isInTransaction, "there is no transaction to commit")
        do throws(StoreFailure) {
            if let brokenBy { throw brokenBy }
            // SQLite may have rolled back by itself, after an error that it could not confine.
            guard connection.isInTransaction else { throw .inputOutput("the transaction was lost") }
            try dropOldFeed()
            try connection.statement(.commit).run()
            isInTransaction = false
        } catch {
            rollback()
            throw error
        }
    }

    /// Undoes everything since `begin`. Without a transaction it does nothing.
    package func rollback() {
        guard isInTransaction else { return }
        isInTransaction = false
        brokenBy = nil
        recent = RecentNumbers()
        // It cannot fail in a way that leaves something behind: what was not committed is not there at the next opening.
        if connection.isInTransaction { try? connection.statement(.rollback).run() }
    }

    /// Runs a write of several statements: part of the open transaction, or one of its own.
    @inline(__always)
    func write<R>(_ body: () throws(StoreFailure) -> R) throws(StoreFailure) -> R {
        let isAlone = !isInTransaction
        if isAlone { try begin() }
        do throws(StoreFailure) {
            let result = try body()
            if isAlone { try commit() }
            return result
        } catch {
            if isAlone {
                rollback()
            } else if brokenBy == nil {
                brokenBy = error
            }
            throw error
        }
    }
}

/// What was looked up last. Emptied by a rollback, which may take back the rows that it is of.
struct RecentNumbers {
    /// Logs that are remembered: more than a transfer has runs at a time.
    static let logCountMax = 1024

    var logs: [Int64: SharedByLog] = [:]
    var capability: (bytes: Bytes32, number: Int64)?
    var author: (bytes: Bytes32, number: Int64)?
}

/// What all entries of a log have in common.
struct SharedByLog {
    let space: Int64
    /// What their headers begin with.
    let beginning: [UInt8]
}
