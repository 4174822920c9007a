import EntenteNode

/// The bounds of what one process takes on. All limits of the product are listed in Specs/00-conventions.md.
package enum RuntimeLimits {
    /// Events in one transaction: enough that a commit is shared, few enough that a person's post is not kept waiting.
    package static let batchEventsMax = 256
    /// Bytes that came from peers in one transaction.
    package static let batchBytesMax = 1024 * 1024
    /// Commands that wait for their turn; one more is answered at once.
    package static let commandsMax = 256
    /// Bytes of one connection that wait for their turn before its socket is not read any more.
    package static let connectionBytesMax = 256 * 1024
    /// How long a node that could not write waits before it tries again, in milliseconds.
    package static let retryMilliseconds: UInt64 = 30_000
    /// The same, where the database was only busy.
    package static let busyRetryMilliseconds: UInt64 = 500
    /// Between two attempts to cut the write-ahead log after an erasure, while somebody reads the database.
    package static let checkpointRetryMilliseconds: UInt64 = 2_000

    /// How long an answer waits for the views to have what was written before, in milliseconds; then it is given from
    /// what there is.
    package static let viewsMilliseconds: UInt64 = 5_000
    /// Entries that views which are made again may still have to read for an answer to wait for them.
    package static let viewsBacklogMax: Int64 = 65_536
    /// How long one step of making the views again waits before it says how far they are, in milliseconds.
    package static let viewsStepMilliseconds: UInt64 = 500
    /// How long views that could not be written wait before they are tried again, in milliseconds.
    package static let viewsRetryMilliseconds: UInt64 = 10_000
    /// Posts of one conversation in one answer.
    package static let threadMax = 1000

    /// Entries, or posts, of an export that are read at once.
    static let exportPageCount = 256
    /// Bytes of bodies, or of texts, that are read at once for an export.
    static let exportPieceBytes = 256 * 1024
    /// Exports at a time: each keeps the write-ahead log from being cut.
    static let exportsMax = 4
    /// How long one piece of an export may be on its way to its reader, in milliseconds.
    package static let exportStallMilliseconds: Int64 = 60_000
    /// How often an export looks whether the views are where the replica is.
    static let exportTriesMax = 20

    /// Connections that others opened.
    package static let inboundMax = 64
    /// Connections that others opened and that are no session yet; one more takes the place of the oldest.
    package static let strangersMax = 16
    /// How long a connection may take to become a session.
    package static let strangerMilliseconds: Int64 = 10_000
    /// Bytes that wait to be written to one peer before its connection is closed: more than the node's credit for
    /// entries on their way.
    package static let writeBytesMax = 16 * 1024 * 1024
    /// How long a connection that we close may take to read what we sent.
    package static let lingerMilliseconds: Int64 = 2_000
    /// Bytes that are read and thrown away while it does.
    package static let lingerBytesMax = 256 * 1024
}

/// The bounds of connections, as one node has them: a test has smaller ones.
package struct ConnectionLimits: Sendable {
    package var inboundMax = RuntimeLimits.inboundMax
    package var strangersMax = RuntimeLimits.strangersMax
    package var strangerMilliseconds = RuntimeLimits.strangerMilliseconds
    package var writeBytesMax = RuntimeLimits.writeBytesMax
    package var dialMilliseconds = Int64(NodeLimits.dialMilliseconds)
    package var lingerMilliseconds = RuntimeLimits.lingerMilliseconds
    package var lingerBytesMax = RuntimeLimits.lingerBytesMax

    package init() {}
}
