import EntenteReplica

/// A replica's store with the transactions that the runtime puts around batches of events.
package protocol TransactionalStore: ReplicaStore, SendableMetatype {
    mutating func begin() throws(StoreFailure)
    /// Durable when it returns.
    mutating func commit() throws(StoreFailure)
    /// Undoes everything since `begin`; also where that failed, or nothing was begun.
    mutating func rollback() throws(StoreFailure)
    /// Sees to it that what was erased is in no file any more. Not in a transaction. Throws where it has to be tried again.
    mutating func checkpoint() throws(StoreFailure)
}
