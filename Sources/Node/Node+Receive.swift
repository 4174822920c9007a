import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Signature checks under way, and what waits for them.
struct PendingChecks {
    let session: ConnectionID
    let checkCount: Int
    /// Bytes of headers and bodies.
    let byteCount: Int
    let subject: Subject

    enum Subject {
        case run(PreparedRun)
        case registry([Entry], messageCount: Int)
    }
}

extension Node {
    mutating func receivedMessage(
        _ bytes: [UInt8], on session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard session.peer != nil else {
            return fault(session, "a message before the introduction", at: now, store: &store, effects: &effects)
        }
        let message: Message
        do {
            message = try Message(decoding: bytes, in: replica.network)
        } catch {
            return fault(session, "a malformed message: \(error)", at: now, store: &store, effects: &effects)
        }
        switch message {
        case .sums(let sums): receivedSums(sums, on: session, at: now, store: &store, effects: &effects)
        case .ask: tellSums(to: session, at: now, effects: &effects)
        case .reconcile(let space, let question, let bytes):
            try receivedReconcile(space, question: question, bytes: bytes, on: session, at: now, store: &store, effects: &effects)
        case .want(let space, let ids, let known):
            // A space that was shared a moment ago, and is not any more: a harmless race, and an answer all the same.
            guard mayShare(space, with: session) else { return send(.delivered(space: space), to: session, effects: &effects) }
            guard session.deliveries.count(where: \.answersWant) < NodeLimits.wantsOpenMax else {
                return fault(session, "it asks for more than is being sent", at: now, store: &store, effects: &effects)
            }
            session.deliveries.append(Delivery(space: space, request: .init(heads: ids, known: known), answersWant: true))
        case .wantBodies(let space, let ids):
            guard mayShare(space, with: session) else { return send(.delivered(space: space), to: session, effects: &effects) }
            guard session.deliveries.count(where: \.answersWant) < NodeLimits.wantsOpenMax else {
                return fault(session, "it asks for more than is being sent", at: now, store: &store, effects: &effects)
            }
            session.deliveries.append(Delivery(space: space, steps: [.bodies(ids)], answersWant: true, isAnnounced: true))
        case .bodies(let bodies): try receivedBodies(bodies, on: session, at: now, store: &store, effects: &effects)
        case .totals(_, let entries, _):
            session.announced = entries
            session.arrived = 0
        case .delivered:
            guard session.wantsOpen > 0 else {
                return fault(session, "it delivers what was not asked for", at: now, store: &store, effects: &effects)
            }
            session.wantsOpen -= 1
            session.lastProgress = now.instant
        case .run(let part): try receivedRun(part, on: session, at: now, store: &store, effects: &effects)
        case .registry(let entries): try receivedRegistry(entries, on: session, at: now, store: &store, effects: &effects)
        case .acknowledge:
            guard session.acknowledged() else {
                return fault(session, "it acknowledges what was not sent", at: now, store: &store, effects: &effects)
            }
            session.lastProgress = now.instant
        case .refuse(let code, let text): receivedRefusal(code, text, on: session, at: now, store: &store, effects: &effects)
        }
    }

    private mutating func receivedRefusal(
        _ code: Message.RefusalCode, _ text: String, on session: Session, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) {
        effects.append(.notice(.refusedByPeer(address: session.address, reason: text)))
        if code != .duplicate { note("it refuses us: \(text)", of: session, store: &store) }
        refusedWhileJoining(code, text)
        takeRest(of: session, at: now, store: &store, effects: &effects)
        close(session, at: now, effects: &effects)
    }

    // MARK: - Runs

    private mutating func receivedRun(
        _ part: Message.RunPart, on session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        if let preamble = part.preamble {
            guard session.incoming == nil, !session.isSkippingRun else {
                return fault(session, "a run begins inside another", at: now, store: &store, effects: &effects)
            }
            session.incoming = preamble
        }
        guard var run = session.incoming else {
            guard session.isSkippingRun else {
                return fault(session, "a part of a run that did not begin", at: now, store: &store, effects: &effects)
            }
            // The rest of a run that was dropped when its space was cut off.
            session.lastProgress = now.instant
            if part.isLast {
                session.isSkippingRun = false
                acknowledge(session, effects: &effects)
            }
            return
        }
        session.incoming = nil
        var reader = CBORReader(part.items)
        do {
            for _ in 0..<part.itemCount { try run.decodeNext(&reader, in: replica.network) }
        } catch {
            return fault(session, "a malformed run: \(error)", at: now, store: &store, effects: &effects)
        }
        session.arrived += UInt64(part.itemCount)
        session.lastProgress = now.instant
        if part.isLast { session.enqueue(.run(run)) } else { session.incoming = run }
        try takeWaiting(of: session, at: now, store: &store, effects: &effects)
    }

    // MARK: - One after the other

    /// Takes what has come whole, in its order, until signatures have to be checked.
    private mutating func takeWaiting(
        of session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard session.unfinishedBytes <= NodeLimits.sessionUnfinishedBytesMax else {
            return fault(session, "it sends more than it has credit for", at: now, store: &store, effects: &effects)
        }
        keepWithinMemory(at: now, effects: &effects)
        while sessions[session.id] != nil, !session.isChecking, let next = session.waiting.first {
            switch next {
            case .run(let run):
                _ = session.dequeue()
                try take(run, from: session, at: now, store: &store, effects: &effects)
            case .registry:
                takeRegistry(from: session, at: now, store: &store, effects: &effects)
            }
        }
    }

    /// All sessions together bring more than the node has room for: the one that holds most of it is closed. It is
    /// nobody's fault, and what was lost comes again.
    private mutating func keepWithinMemory(at now: Now, effects: inout [Effect]) {
        guard unfinishedBytes > NodeLimits.unfinishedBytesMax else { return }
        let heaviest = sessions.values.max { ($0.unfinishedBytes, $0.id) < ($1.unfinishedBytes, $1.id) }
        guard let heaviest else { return }
        checks = checks.filter { $0.value.session != heaviest.id }
        close(heaviest, at: now, effects: &effects)
    }

    /// Bytes of entries that came and are not stored: of all sessions, and of those that are gone.
    var unfinishedBytes: Int {
        let gone = checks.values.reduce(0) { $0 + (sessions[$1.session] == nil ? $1.byteCount : 0) }
        return sessions.values.reduce(gone) { $0 + $1.unfinishedBytes }
    }

    private mutating func take(
        _ run: Run, from session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        // A space that was shared when it was sent, and is not any more.
        guard mayShare(run.log.space, with: session) else {
            effects.append(.notice(.notTaken(space: name(of: run.log.space), entries: run.entries.count, reason: "not a space to share")))
            return acknowledge(session, effects: &effects)
        }
        try takeMissingBodies(of: run, store: &store, effects: &effects)
        switch try replica.prepare(run, now: now.wall, store: store) {
        case .nothingNew: acknowledge(session, effects: &effects)
        case .deferred(let reason, let missingCapability):
            askForCapability(missingCapability, from: session, at: now, effects: &effects)
            effects.append(.notice(.notTaken(space: name(of: run.log.space), entries: run.entries.count, reason: reason)))
            acknowledge(session, effects: &effects)
        case .refused(let reason): fault(session, "a run is refused: \(reason)", at: now, store: &store, effects: &effects)
        case .ready(let prepared):
            askForCapability(prepared.missingCapability, from: session, at: now, effects: &effects)
            ask([prepared.check], .run(prepared), run.byteCount, on: session, at: now, effects: &effects)
        }
    }

    /// As many messages of registry entries as lie one behind the other, in one batch.
    private mutating func takeRegistry(
        from session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) {
        var entries: [Entry] = []
        var messageCount = 0
        while case .registry(let more)? = session.waiting.first, entries.count < NodeLimits.registryChecksMax {
            entries += more
            messageCount += 1
            _ = session.dequeue()
        }
        var batch: [SignatureCheck] = []
        for entry in entries {
            guard let signature = entry.signature, let device = entry.header.device else { continue }
            guard let key = replica.checkedKey(of: device) else {
                return fault(session, "a device key that may not sign", at: now, store: &store, effects: &effects)
            }
            batch.append(
                SignatureCheck(key: key, signature: signature, message: Entry.signedBytes(entry.headerBytes, in: replica.network)))
        }
        let byteCount = Session.Arrived.registry(entries).byteCount
        ask(batch, .registry(entries, messageCount: messageCount), byteCount, on: session, at: now, effects: &effects)
    }

    /// The line is closed: what came of the registry before that is checked all the same.
    mutating func takeRest(of session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]) {
        session.dropWaitingRuns()
        while sessions[session.id] != nil, !session.waiting.isEmpty {
            takeRegistry(from: session, at: now, store: &store, effects: &effects)
        }
    }

    private mutating func ask(
        _ batch: [SignatureCheck], _ subject: PendingChecks.Subject, _ byteCount: Int, on session: Session, at now: Now,
        effects: inout [Effect]
    ) {
        // What is checked when a session has gone is nobody's credit: the node's own budget is what keeps it small.
        guard checks.values.reduce(batch.count, { $0 + $1.checkCount }) <= NodeLimits.checksMax,
            unfinishedBytes + byteCount <= NodeLimits.unfinishedBytesMax
        else { return close(session, at: now, effects: &effects) }
        let id = BatchID(nextBatch)
        nextBatch += 1
        checks[id] = PendingChecks(session: session.id, checkCount: batch.count, byteCount: byteCount, subject: subject)
        session.isChecking = true
        session.checkingBytes += byteCount
        effects.append(.verify(id, batch))
    }

    private mutating func receivedRegistry(
        _ entries: [Entry], on session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard entries.allSatisfy({ $0.header.space == .registry }) else {
            return fault(session, "content among registry entries", at: now, store: &store, effects: &effects)
        }
        session.arrived += UInt64(entries.count)
        session.lastProgress = now.instant
        session.enqueue(.registry(entries))
        try takeWaiting(of: session, at: now, store: &store, effects: &effects)
    }

    // MARK: - Verdicts

    mutating func verified(
        _ batch: BatchID, _ verdicts: [Bool], at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard let pending = checks.removeValue(forKey: batch), verdicts.count == pending.checkCount else { return }
        guard let session = sessions[pending.session] else {
            // The session is gone. What it sent of a space comes again from another, or from the same one later; of the
            // registry it is taken, since whoever is removed hears of it by the last message before the line is closed.
            guard case .registry(let entries, _) = pending.subject, verdicts.allSatisfy(\.self) else { return }
            return try take(entries, from: nil, at: now, store: &store, effects: &effects)
        }
        session.isChecking = false
        session.checkingBytes -= pending.byteCount
        switch pending.subject {
        case .run(let run): try take(run, holds: verdicts == [true], from: session, at: now, store: &store, effects: &effects)
        case .registry(let entries, let messageCount):
            guard verdicts.allSatisfy(\.self) else {
                return fault(session, "a registry entry's signature does not hold", at: now, store: &store, effects: &effects)
            }
            try take(entries, from: session, at: now, store: &store, effects: &effects)
            for _ in 0..<messageCount { acknowledge(session, effects: &effects) }
        }
        try takeWaiting(of: session, at: now, store: &store, effects: &effects)
    }

    private mutating func take(
        _ run: PreparedRun, holds: Bool, from session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard holds else {
            // Of a run that was cut short, it may be the author who made the signature wrong: no fault of the sender.
            guard !run.isWhole else {
                return fault(session, "the last signature of a run does not hold", at: now, store: &store, effects: &effects)
            }
            return acknowledge(session, effects: &effects)
        }
        // The session may have been cut off from the space while the signature was being checked.
        if mayShare(run.space, with: session) {
            let acceptance = try replica.accept(run, firstSeen: now.wall, store: &store)
            try took(acceptance, space: run.space, from: session, isOurs: false, at: now, store: &store, effects: &effects)
        }
        acknowledge(session, effects: &effects)
    }

    private mutating func take(
        _ entries: [Entry], from session: Session?, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let horizon = now.wall.advanced(byMilliseconds: EntryLimits.futureMillisecondsMax)
        let due = entries.filter { $0.header.timestamp <= horizon }
        if due.count < entries.count {
            effects.append(.notice(.notTaken(space: "registry", entries: entries.count - due.count, reason: "ahead of this node's clock")))
        }
        let acceptance = try replica.acceptRegistry(due, firstSeen: now.wall, store: &store)
        try took(acceptance, space: .registry, from: session, isOurs: false, at: now, store: &store, effects: &effects)
    }

    /// Entries were stored: what follows for peers, standing, and whoever waits.
    mutating func took(
        _ acceptance: Acceptance, space: Space, from source: Session?, isOurs: Bool = true, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) {
        for fork in acceptance.forks { effects.append(.notice(.fork(log: fork.log.device?.short ?? "root", sequence: fork.sequence))) }
        if let first = acceptance.refused.first {
            let reason = first.reason
            effects.append(.notice(.notTaken(space: name(of: space), entries: acceptance.refused.count, reason: reason)))
        }
        noticeGated(acceptance, space: space, effects: &effects)
        noteBodies(acceptance.bodies, in: space, effects: &effects)
        if acceptance.held > 0 { effects.append(.notice(.held(space: name(of: space), entries: acceptance.held))) }
        guard !acceptance.stored.isEmpty || acceptance.registryChanged || acceptance.signaturesGrown else { return }
        effects.append(.notice(.stored(space: name(of: space), entries: acceptance.stored.count)))
        if !isOurs, acceptance.stored.contains(where: { isOfThisLife($0.entry.log) }) {
            incarnationDoubt = "a peer had entries of this node that are not in its database"
        }
        if !isOurs { noteLosses(of: acceptance) }
        sumsChanged(at: now)
        push(acceptance.stored, except: source?.id, effects: &effects)
        if acceptance.registryChanged {
            isOwnTipDoubtful = true
            automaticDue = true
            try standingChanged(at: now, store: &store, effects: &effects)
        }
        // Who sent it hears at once how far we are, before the credit for it.
        if let source, source.peer != nil { tellSums(to: source, at: now, effects: &effects) }
    }

    /// True for a log that this node alone writes, in its present incarnation.
    private func isOfThisLife(_ log: LogKey) -> Bool {
        guard log.incarnation == incarnation, let device = log.device else { return false }
        return device.bytes == identity.siteKey.publicKey || identity.members.contains { $0.key.publicKey == device.bytes }
    }

    /// True if a log of this life ends in what is not offered: what is written behind it would bring that along, and keep
    /// what is written from whoever does not take that. So it goes on in new logs.
    func signsBeyondCut() -> Bool {
        let keys = [identity.siteKey.publicKey] + identity.members.map(\.key.publicKey)
        return Set(keys).contains { key in
            let device = DeviceKey(key)
            // Whom nobody has let in yet has written nothing that a removal could reach.
            let admitted = replica.directory.identities(ofDevice: device).filter { !replica.authority.isWithheld($0.inception) }
            return admitted.contains { identity in
                replica.logs(of: identity).contains { log in
                    log.key.device == device && log.key.incarnation == incarnation && !replica.isTipOffered(log.key)
                }
            }
        }
    }

    /// One run, or one message of registry entries, has been dealt with.
    func acknowledge(_ session: Session, effects: inout [Effect]) {
        guard sessions[session.id] != nil else { return }
        send(.acknowledge, to: session, effects: &effects)
    }
}
