import EntenteCodec

/// One side of a range-based set reconciliation, byte-compatible with negentropy protocol V1.
///
/// Two sides hold sets of items. The initiator learns which ids it has that the other has not, and which it needs:
///
///     var alice = Reconciler(.initiator)
///     var bob = Reconciler(.responder)
///     var message = try alice.initiate(over: aliceItems)
///     while true {
///         guard case .reply(let answer) = try bob.reconcile(message, over: bobItems).next else { break }
///         let outcome = try alice.reconcile(answer, over: aliceItems)
///         // send what bob lacks: outcome.have; ask for what alice lacks: outcome.need
///         guard case .reply(let question) = outcome.next else { break }  // .done: every difference has been named
///         message = question
///     }
///
/// Sent is at most `limits.frameBytes` in each message, in both roles; what does not fit is described by one fingerprint of
/// the rest, and comes up again in the next round.
///
/// What the peer does wrong is a `ReconciliationFault`, and changes nothing. Ends that are nobody's proven fault (the rounds are
/// used up, a round brought nothing new, the differences are too many) are in the outcome.
///
/// Source: hoytech/negentropy, docs/negentropy-protocol-v1.md; Specs/04-reconciliation.md.
package struct Reconciler: Sendable {
    package enum Role: Hashable, Sendable { case initiator, responder }

    /// What one message led to.
    package struct Outcome: Hashable, Sendable {
        /// Ids that the initiator has and the responder has not, in the order of their items; no id comes twice in a session.
        /// Always empty for the responder.
        package let have: [Bytes32]
        /// Ids that the responder has and the initiator has not, in the order of the message; no id comes twice in a session.
        package let need: [Bytes32]
        package let next: Next

        package init(have: [Bytes32] = [], need: [Bytes32] = [], next: Next) {
            self.have = have
            self.need = need
            self.next = next
        }

        /// The message to send, if there is one.
        package var reply: [UInt8]? { if case .reply(let bytes) = next { bytes } else { nil } }
    }

    package enum Next: Hashable, Sendable {
        /// Send this and wait for the answer.
        case reply([UInt8])
        /// Every difference has been named. Only the initiator knows.
        case done
        /// The initiator ends the session: the answer named no new id, and neither settled nor narrowed its first open range.
        case nothingNew
        /// The session ends: `limits.roundsMax` messages have been read.
        case roundsUsedUp
        /// The initiator ends the session: `limits.differencesMax` ids have been named. Send them, and begin anew.
        case differencesUsedUp
    }

    private enum State: Hashable {
        /// The initiator has sent nothing yet.
        case fresh
        /// The initiator has sent a message, of which this is the first open range; nil if none is.
        case asking(OpenRange?)
        /// The responder answers.
        case answering
        case ended
    }

    package let role: Role
    package let limits: ReconciliationLimits
    /// Messages that have been read.
    package private(set) var rounds = 0
    private var state: State
    /// Ids that outcomes have named. The rest after a full frame may cover ranges that were settled, so they come up again.
    private var named: Set<Bytes32> = []

    package init(_ role: Role, limits: ReconciliationLimits = .standard) {
        self.role = role
        self.limits = limits
        state = role == .initiator ? .fresh : .answering
    }

    /// The initiator's first message, once.
    package mutating func initiate(over source: some ItemSource) throws(ReconciliationFault) -> [UInt8] {
        guard state == .fresh else { throw .cannotInitiate }
        var writer = MessageWriter(over: source)
        writer.split(to: .infinity, index: source.count)
        state = .asking(writer.firstOpen)
        return writer.bytes
    }

    /// Reads a message of the other side and says what follows from it.
    ///
    /// Its work is bounded by the message's length times the logarithm of the set's size, and for the initiator once the set's
    /// size, since an id list is compared with all that the initiator has in its range.
    package mutating func reconcile(
        _ message: [UInt8], over source: some ItemSource
    ) throws(ReconciliationFault) -> Outcome {
        switch state {
        case .fresh: throw .notInitiated
        case .ended: throw .ended
        case .answering, .asking: break
        }
        guard message.count <= limits.messageBytesMax else { throw .messageTooLong(limit: limits.messageBytesMax) }
        guard rounds < limits.roundsMax else {
            state = .ended
            return Outcome(next: .roundsUsedUp)
        }
        var reader = try MessageReader(message)
        guard reader.version == MessageReader.version else {
            guard role == .responder else { throw .unsupportedVersion(reader.version) }
            rounds += 1
            return Outcome(next: .reply([MessageReader.version]))
        }
        var reply = Reply(role: role, limits: limits, source: source)
        while let range = try reader.next() { reply.answer(range) }
        rounds += 1
        let have = reply.have.filter { name($0) }
        let need = reply.need.filter { name($0) }
        let isNew = !have.isEmpty || !need.isEmpty
        return Outcome(have: have, need: need, next: next(after: reply.writer.bytes, open: reply.writer.firstOpen, isNew: isNew))
    }

    /// True if the id has not been named before and there is room for it.
    private mutating func name(_ id: Bytes32) -> Bool {
        named.count < limits.differencesMax && named.insert(id).inserted
    }

    private mutating func next(after bytes: [UInt8], open: OpenRange?, isNew: Bool) -> Next {
        guard case .asking(let earlier) = state else { return .reply(bytes) }
        guard named.count < limits.differencesMax else {
            state = .ended
            return .differencesUsedUp
        }
        guard let open else {
            state = .ended
            return .done
        }
        if let earlier, !isNew, !open.isProgress(from: earlier) {
            state = .ended
            return .nothingNew
        }
        guard rounds < limits.roundsMax else {
            state = .ended
            return .roundsUsedUp
        }
        state = .asking(open)
        return .reply(bytes)
    }
}

/// The answer to one message while its ranges are read.
private struct Reply<Source: ItemSource> {
    let role: Reconciler.Role
    let limits: ReconciliationLimits
    let source: Source
    var writer: MessageWriter<Source>
    var have: [Bytes32] = []
    var need: [Bytes32] = []
    /// Up to where the message has been read, and the index of our first item that is not before it.
    private var lower = ItemBound.start
    private var lowerIndex = 0
    /// Ranges before `lower` are settled and not yet written: the next range, if one comes, is preceded by one skip.
    private var isSkipPending = false
    /// The frame is full and closed. What follows is still parsed, so that a bad message is a fault wherever it is bad.
    private var isFull = false

    init(role: Reconciler.Role, limits: ReconciliationLimits, source: Source) {
        self.role = role
        self.limits = limits
        self.source = source
        writer = MessageWriter(over: source)
    }

    /// Bytes after which a frame is closed.
    private var fillBytes: Int { limits.frameBytes - ReconciliationLimits.frameBytesReserved }

    mutating func answer(_ range: ItemRange) {
        guard !isFull else { return }
        let upperIndex = source.firstIndex(notBefore: range.upper, from: lowerIndex)
        switch range.content {
        case .skip:
            settle(to: range.upper, index: upperIndex)
        case .fingerprint(let theirs) where source.fingerprint(lowerIndex..<upperIndex) == theirs:
            settle(to: range.upper, index: upperIndex)
        case .fingerprint:
            writePendingSkip()
            let mark = writer.mark
            writer.split(to: range.upper, index: upperIndex)
            if writer.bytes.count > fillBytes {
                writer.undo(to: mark)
                close()
            } else {
                settled(to: range.upper, index: upperIndex)
            }
        case .list(let ids) where role == .initiator:
            compare(ids, with: lowerIndex..<upperIndex)
            settle(to: range.upper, index: upperIndex)
        case .list:
            list(to: range.upper, index: upperIndex)
        }
    }

    /// All ids that we have, as many as the frame takes: the responder's answer to an id list.
    private mutating func list(to upper: ItemBound, index: Int) {
        // Never negative, since a fuller frame would have been closed; one more than fits below the mark, as the reference has it.
        let room = max(0, fillBytes - writer.bytes.count) / Bytes32.count + 1
        writePendingSkip()
        if index - lowerIndex > room {
            let end = lowerIndex + room
            let bound = ItemBound(before: source.item(at: end))
            writer.list(to: bound, index: end)
            settled(to: bound, index: end)
        } else {
            writer.list(to: upper, index: index)
            settled(to: upper, index: index)
        }
        if writer.bytes.count > fillBytes { close() }
    }

    /// Names the differences between their `ids` and what we have at `indices`.
    private mutating func compare(_ ids: ArraySlice<UInt8>, with indices: Range<Int>) {
        var theirs: [Bytes32] = []
        theirs.reserveCapacity(ids.count / Bytes32.count)
        for start in stride(from: ids.startIndex, to: ids.endIndex, by: Bytes32.count) {
            if let id = Bytes32(ids[start..<(start + Bytes32.count)]) { theirs.append(id) }
        }
        // Asked for membership alone; its order leaves nowhere.
        let known = Set(theirs)
        var wanted = known
        for index in indices {
            let id = source.item(at: index).id
            if known.contains(id) { wanted.remove(id) } else { have.append(id) }
        }
        for id in theirs where wanted.remove(id) != nil { need.append(id) }
    }

    /// Ends the message with the fingerprint of all that has not been written. Settled ranges before it have been skipped, so
    /// that it does not open them again.
    private mutating func close() {
        writer.fingerprint(to: .infinity, index: source.count)
        isFull = true
    }

    private mutating func writePendingSkip() {
        if isSkipPending { writer.skip(to: lower, index: lowerIndex) }
        isSkipPending = false
    }

    private mutating func settle(to bound: ItemBound, index: Int) {
        settled(to: bound, index: index)
        isSkipPending = true
    }

    private mutating func settled(to bound: ItemBound, index: Int) {
        lower = bound
        lowerIndex = index
    }
}
