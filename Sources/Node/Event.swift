import EntenteCrypto
import EntenteModel
import EntenteReplica

/// What happened. One goes in, effects come out.
package enum Event: Hashable, Sendable {
    /// Once, after the node was made from its store.
    case started
    case connected(ConnectionID, ConnectionOrigin)
    case received(ConnectionID, [UInt8])
    case disconnected(ConnectionID)
    case dialFailed(address: String, reason: String)
    case timerFired
    case commanded(CommandID, Command)
    /// The verdicts of a batch that `Effect.verify` asked for, one a check, in its order.
    case verified(BatchID, [Bool])
}

/// What is to be done, after the transaction of the event is committed and in this order.
package enum Effect: Hashable, Sendable {
    /// Open a connection to `host:port`; answer with `connected` or `dialFailed`.
    case dial(address: String)
    case send(ConnectionID, [UInt8])
    /// Close when what was sent is written. `disconnected` follows, or not: both are understood.
    case close(ConnectionID)
    /// Fire the timer at this instant; it replaces an earlier one.
    case wake(at: Instant)
    case reply(CommandID, Answer)
    case notice(Notice)
    /// Check signatures on another core and answer with `verified`.
    case verify(BatchID, [SignatureCheck])
}

package struct ConnectionID: Hashable, Sendable, Comparable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.number < b.number }
}

package enum ConnectionOrigin: Hashable, Sendable {
    /// We dialled this address.
    case dialled(address: String)
    /// Someone came from this address, which says nothing of where it listens.
    case accepted(from: String)
}

/// Names a caller who waits for `Effect.reply`; the runtime keeps the list.
package struct CommandID: Hashable, Sendable, Comparable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: CommandID, b: CommandID) -> Bool { a.number < b.number }
}

package struct BatchID: Hashable, Sendable, Comparable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: BatchID, b: BatchID) -> Bool { a.number < b.number }
}

/// Monotonic time in milliseconds, from an origin of the runtime's choice.
package struct Instant: Hashable, Sendable, Comparable {
    package let milliseconds: UInt64
    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }
    package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    package func advanced(byMilliseconds milliseconds: UInt64) -> Instant {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Instant(milliseconds: overflow ? .max : sum)
    }
}

/// The time of an event: monotonic for waiting, wall clock for what is written.
package struct Now: Hashable, Sendable {
    package let instant: Instant
    package let wall: Timestamp
    package init(instant: Instant, wall: Timestamp) {
        self.instant = instant
        self.wall = wall
    }
}

/// For eyes and meters: nothing depends on it.
package enum Notice: Hashable, Sendable {
    /// A session with a member's node is open.
    case peerConnected(ConnectionID, node: String, address: String)
    case peerDisconnected(ConnectionID)
    /// Both sides of a session hold the same from here on, until something is written.
    case peerInSync(ConnectionID)
    /// A peer did what no honest peer does, or a stranger came; the connection is closed.
    case fault(ConnectionID, from: String, reason: String)
    /// A peer told us that it will not talk to us, and why.
    case refusedByPeer(address: String, reason: String)
    case stored(space: String, entries: Int)
    /// Entries that came and were not taken, and why.
    case notTaken(space: String, entries: Int, reason: String)
    /// Entries are held for review: they are beyond a cut, or hang on what is.
    case held(space: String, entries: Int)
    /// Two entries of one log have one sequence number: evidence is kept.
    case fork(log: String, sequence: UInt64)
    /// Bodies were destroyed, since erasures name their entries.
    case erased(space: String, bodies: Int)
    /// Entries that had been held for review long enough were destroyed, since somebody asked for it.
    case collected(entries: Int)
    /// Bodies of entries are not here, though nothing erased them: they are asked for.
    case missing(space: String, bodies: Int)
    /// This replica signs under a new incarnation from here on, and why.
    case newIncarnation(reason: String)
}
