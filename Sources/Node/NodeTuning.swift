import EntenteModel
import EntenteReplica

/// What an operator may set of a node's work; everything else is in `NodeLimits`.
///
/// None of it changes what the entries say: two nodes with different values and the same entries come to the same answers.
package struct NodeTuning: Hashable, Sendable {
    /// Sums are sent again after so many milliseconds.
    package var antiEntropyMilliseconds = NodeLimits.antiEntropyMilliseconds
    /// A session from which nothing came for so many milliseconds is closed.
    package var silenceMilliseconds = NodeLimits.silenceMilliseconds
    /// A session that does not get on for so many milliseconds is closed.
    package var stallMilliseconds = NodeLimits.stallMilliseconds
    /// Sessions at a time, those in a handshake included.
    package var sessionsMax = NodeLimits.sessionsMax
    /// The longest wait, in milliseconds, before an address is dialled again.
    package var dialDelayMax = NodeLimits.dialDelayMax
    /// Registry entries of an identity without ADMIN or STEWARD: more wait at the gate.
    package var registryEntriesMax = GateLimits.registryEntriesStandard
    /// An entry of the root log that may undo an epoch of the root keys that this node has accepted.
    package var permittedRoot: EntryID?

    package static let standard = NodeTuning()
}
