import EntenteReplica

extension SQLiteStore {
    /// Begins to read one state of the replica, until `endReading`, whatever its owner writes meanwhile; returns the last
    /// change that is in it.
    ///
    /// For a store that was opened for reading. What is written meanwhile waits in the write-ahead log: nobody is to read
    /// longer than it takes.
    package func beginReading() throws(StoreFailure) -> FeedNumber {
        try connection.run("BEGIN")
        // Only with its first question does SQLite settle on a state.
        return try feedExtent()?.newest ?? .none
    }

    package func endReading() throws(StoreFailure) { if connection.isInTransaction { try connection.run("COMMIT") } }
}
