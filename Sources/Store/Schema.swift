import EntenteReplica

/// The numbered steps that make a database of this version of any older one.
enum Schema {
    /// In the header of the file, so that `file` and others can tell it: "ENTE". (sqlite.org/pragma.html#pragma_application_id)
    static let applicationID: Int64 = 0x454E_5445

    /// The SQL of each step; the step at index n leads to version n + 1. A step that was released is never changed.
    private static let steps: [[UInt8]] = [
        PackageResources._001_replica_sql, PackageResources._002_feed_sql, PackageResources._003_erasure_sql,
    ]

    static var version: Int { steps.count }

    /// What a file is, before anything in it is changed.
    enum State: Equatable {
        case empty
        case version(Int)
        /// A database of another program.
        case foreign
    }

    static func state(of connection: Connection) throws(StoreFailure) -> State {
        let application = try connection.number("PRAGMA application_id") ?? 0
        let version = try connection.number("PRAGMA user_version") ?? 0
        if application == applicationID, version > 0, let version = Int(exactly: version) { return .version(version) }
        let isEmpty = try connection.number("SELECT count(*) FROM sqlite_schema") == 0
        return application == 0 && version == 0 && isEmpty ? .empty : .foreign
    }

    /// Takes the steps from `version` on, each in a transaction of its own, so that one that was interrupted is as if it
    /// had never begun.
    static func migrate(_ connection: Connection, from version: Int) throws(StoreFailure) {
        for (index, step) in steps.enumerated().dropFirst(version) {
            try connection.run("BEGIN IMMEDIATE")
            do throws(StoreFailure) {
                try connection.run(String(decoding: step, as: UTF8.self))
                try connection.run("PRAGMA application_id = \(applicationID)")
                try connection.run("PRAGMA user_version = \(index + 1)")
                try connection.run("COMMIT")
            } catch {
                if connection.isInTransaction { try? connection.run("ROLLBACK") }
                throw error
            }
        }
    }
}
