/// What an operator may set of a node's work; everything else is in `NodeLimits`.
///
/// None of it changes what the node accepts: two nodes with different values come to the same answers.
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

    package static let standard = NodeTuning()
}
