import EntenteModel

extension Node {
    /// How far the peer's clock is ahead of ours, as far as can be told from one message.
    func clockOffset(of introduction: Introduction, at now: Now) -> Int64 {
        let theirs = Int64(clamping: introduction.clock.milliseconds)
        return theirs.subtractingReportingOverflow(Int64(clamping: now.wall.milliseconds)).partialValue
    }

    /// Throws where this node's clock is more than five minutes off the median of its peers' clocks: what it would write
    /// they would hold back. Without peers nobody can tell, and a branch that is cut off goes on working.
    func checkClock() throws(Stop) {
        let offsets = sessions.values.compactMap { $0.peer?.clockOffset }.sorted()
        guard !offsets.isEmpty else { return }
        // Of an even number there are two in the middle: the one nearer to ours, so that one peer alone convicts nobody.
        let (upper, lower) = (offsets[offsets.count / 2], offsets[(offsets.count - 1) / 2])
        let median = lower.magnitude < upper.magnitude ? lower : upper
        guard median.magnitude > NodeLimits.clockMilliseconds else { return }
        let minutes = median.magnitude / 60_000
        throw .refusal(
            Refusal(
                .refused, what: "nothing was written",
                why: "the clock of this machine is \(minutes) minutes \(median > 0 ? "behind" : "ahead of") those of the other sites",
                next: "set the clock, restart the node, and try again"))
    }
}
