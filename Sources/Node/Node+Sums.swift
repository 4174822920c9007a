import EntenteCodec
import EntenteModel
import EntenteReconciliation
import EntenteReplica

extension Node {
    // MARK: - Sums

    /// The spaces about which the session's two ends have something to tell each other.
    func sharedSpaces(with session: Session) -> [Space] {
        let known = Set(replica.spaces).union(session.theirSums.keys).union([.registry])
        return known.filter { mayShare($0, with: session) }.sorted()
    }

    mutating func tellSums(to session: Session, at now: Now, effects: inout [Effect]) {
        let sums = sharedSpaces(with: session).prefix(NodeLimits.toldSpacesMax).map { (space: $0, sum: replica.sum(of: $0)) }
        session.toldSums = Dictionary(uniqueKeysWithValues: sums.map { ($0.space, $0.sum) })
        session.sumsDue = nil
        session.lastTold = now.instant
        // A full message is gone on with in the next one, which may be empty. (G-60)
        var rest = sums[...]
        while true {
            let part = rest.prefix(NodeLimits.spacesMax)
            rest = rest.dropFirst(part.count)
            send(.sums(Array(part)), to: session, effects: &effects)
            if part.count < NodeLimits.spacesMax { return }
        }
    }

    /// Something changed in the replica: every peer is told soon.
    mutating func sumsChanged(at now: Now) {
        itemCache = [:]
        let due = now.instant.advanced(byMilliseconds: NodeLimits.sumsDelayMilliseconds)
        for session in sessions.values where session.peer != nil { session.sumsDue = min(session.sumsDue ?? due, due) }
    }

    mutating func receivedSums(
        _ part: [(space: Space, sum: HeadSum)], on session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) {
        if let last = session.sumsBegun.last, let first = part.first, first.space <= last.space {
            return fault(session, "its sums go on out of order", at: now, store: &store, effects: &effects)
        }
        guard session.sumsBegun.count + part.count <= NodeLimits.toldSpacesMax else {
            return fault(session, "it tells the sums of too many spaces", at: now, store: &store, effects: &effects)
        }
        session.sumsBegun += part
        guard part.count < NodeLimits.spacesMax else { return }
        let sums = session.sumsBegun
        session.sumsBegun = []
        session.isAsked = false
        session.hasToldSums = true
        session.answering = nil
        for (address, dial) in dials where dial.state == .connected(session.id) { dials[address]?.delay = NodeLimits.dialDelayMin }
        var theirs: [Space: HeadSum] = [:]
        // What the peer may not hold, or we may not, is none of our business, whatever it says of it.
        for (space, sum) in sums where mayShare(space, with: session) { theirs[space] = sum }
        session.theirSums = theirs
    }

    /// Of all that both may hold, both offer the same.
    func offersTheSame(_ session: Session) -> Bool {
        guard session.peer != nil, !session.isAsked, !session.theirSums.isEmpty, !session.isBusy else { return false }
        return differing(from: session).isEmpty
    }

    /// In sync: both offer the same, and no body of it is missing here.
    func isInSync(_ session: Session, store: some ReplicaStore) throws(StoreFailure) -> Bool {
        guard offersTheSame(session) else { return false }
        return try missingCount(in: sharedSpaces(with: session), store: store) == 0
    }

    /// The spaces in which the two differ, the registry first.
    func differing(from session: Session) -> [Space] {
        sharedSpaces(with: session).filter { (session.theirSums[$0] ?? HeadSum()) != replica.sum(of: $0) }
    }

    // MARK: - Reconciliation

    /// The dialler begins, one space at a time and the registry first: who may hold what is decided there.
    mutating func beginReconciliation(with session: Session, at now: Now, effects: inout [Effect]) throws(StoreFailure) {
        guard session.isDialler, session.peer != nil, !session.theirSums.isEmpty, !session.isBusy else { return }
        for space in differing(from: session) {
            let pair = Session.Tried(ours: replica.sum(of: space), theirs: session.theirSums[space] ?? HeadSum())
            guard session.tried[space] != pair else { continue }
            session.tried[space] = pair
            var reconciler = Reconciler(.initiator)
            // A fresh initiator may begin: there is no other way to fail.
            guard let question = try? reconciler.initiate(over: items(of: space)) else { continue }
            session.asking = .init(space: space, reconciler: reconciler)
            session.questionsOpen += 1
            session.lastProgress = now.instant
            send(.reconcile(space: space, question: true, bytes: question), to: session, effects: &effects)
            return
        }
    }

    /// What the tips of removals and vouches in force name, and is not here, is asked for by id: without it a node cannot
    /// tell what they keep.
    mutating func askForTips(_ session: Session, at now: Now, effects: inout [Effect]) {
        guard session.peer != nil else { return }
        if session.askedSpaces.isEmpty {
            guard !session.isBusy else { return }
            let wanted = replica.wantedMentions()
            // Page by page: most of them may be of spaces that this node may not hold, and never come.
            if wanted != session.wanted {
                session.wanted = wanted
                (session.wantedNext, session.wantedLeft) = (0, wanted.count)
            }
            guard session.wantedLeft > 0, !wanted.isEmpty else { return }
            if session.wantedNext >= wanted.count { session.wantedNext = 0 }
            session.askedByID = Array(wanted[session.wantedNext...].prefix(NodeLimits.wantMax))
            session.wantedNext += session.askedByID.count
            session.wantedLeft -= session.askedByID.count
            session.askedSpaces = sharedSpaces(with: session).filter { $0 != .registry }
            session.lastProgress = now.instant
        }
        while session.wantsOpen < NodeLimits.wantsOpenMax, let space = session.askedSpaces.first {
            session.askedSpaces.removeFirst()
            send(.want(space: space, ids: session.askedByID, known: []), to: session, effects: &effects)
            session.wantsOpen += 1
        }
    }

    /// Content that cites a capability which is not here waits for it. Mostly the registry is on its way and brings it; what
    /// lies beyond a cut comes to whoever asks for it alone.
    func askForCapability(_ capability: EntryID?, from session: Session, at now: Now, effects: inout [Effect]) {
        guard let capability, session.askedCapabilities.count < NodeLimits.wantMax, session.wantsOpen < NodeLimits.wantsOpenMax,
            session.askedCapabilities.insert(capability).inserted
        else { return }
        session.lastProgress = now.instant
        send(.want(space: .registry, ids: [capability], known: []), to: session, effects: &effects)
        session.wantsOpen += 1
    }

    struct CachedItems {
        let items: ItemSet
    }

    /// The offered heads of a space as items to reconcile.
    mutating func items(of space: Space) -> ItemSet {
        if let cached = itemCache[space] { return cached.items }
        let heads = replica.heads(of: space).compactMap { Item(timestamp: $0.head.timestamp.milliseconds, id: $0.head.id.bytes) }
        // Two heads are never equal; if they were, an empty set says that all is missing, which costs time and no truth.
        let items = (try? ItemSet(heads)) ?? .empty
        itemCache[space] = CachedItems(items: items)
        return items
    }

    mutating func receivedReconcile(
        _ space: Space, question: Bool, bytes: [UInt8], on session: Session, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) {
        if question {
            guard !session.isDialler else {
                return fault(session, "it asks, and we dialled", at: now, store: &store, effects: &effects)
            }
        } else {
            guard session.questionsOpen > 0 else {
                return fault(session, "it answers what was not asked", at: now, store: &store, effects: &effects)
            }
            session.questionsOpen -= 1
        }
        // A space that was shared a moment ago, and is not any more: a harmless race.
        guard mayShare(space, with: session) else {
            if question { send(.reconcile(space: space, question: false, bytes: []), to: session, effects: &effects) }
            return
        }
        session.lastProgress = now.instant
        do {
            if question {
                try answer(space, bytes, on: session, effects: &effects)
            } else {
                try continueAsking(space, bytes, on: session, store: &store, effects: &effects)
            }
        } catch {
            switch error {
            case .peer(let fault): self.fault(session, "reconciliation: \(fault)", at: now, store: &store, effects: &effects)
            case .store(let failure): throw failure
            }
        }
    }

    private enum Trouble: Error {
        case peer(ReconciliationFault)
        case store(StoreFailure)
    }

    private mutating func answer(_ space: Space, _ bytes: [UInt8], on session: Session, effects: inout [Effect]) throws(Trouble) {
        var reconciler = Reconciler(.responder)
        if let answering = session.answering, answering.space == space { reconciler = answering.reconciler }
        let outcome = try reconcile(&reconciler, bytes, space)
        if case .reply(let reply) = outcome.next {
            session.answering = (space, reconciler)
            send(.reconcile(space: space, question: false, bytes: reply), to: session, effects: &effects)
        } else {
            session.answering = nil
        }
    }

    private mutating func continueAsking(
        _ space: Space, _ bytes: [UInt8], on session: Session, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Trouble) {
        // An answer to what was dropped meanwhile.
        guard var asking = session.asking, asking.space == space else { return }
        // Empty: the other does not share the space with us, or not any more.
        guard !bytes.isEmpty else {
            session.asking = nil
            return
        }
        let outcome = try reconcile(&asking.reconciler, bytes, space)
        asking.have += outcome.have.map { EntryID($0) }
        asking.need += outcome.need.map { EntryID($0) }
        if case .reply(let reply) = outcome.next {
            session.asking = asking
            session.questionsOpen += 1
            send(.reconcile(space: space, question: true, bytes: reply), to: session, effects: &effects)
            return
        }
        session.asking = nil
        do {
            try settle(space, have: asking.have, need: asking.need, with: session, store: &store, effects: &effects)
        } catch {
            throw .store(error)
        }
    }

    private mutating func reconcile(
        _ reconciler: inout Reconciler, _ bytes: [UInt8], _ space: Space
    ) throws(Trouble) -> Reconciler.Outcome {
        do {
            return try reconciler.reconcile(bytes, over: items(of: space))
        } catch {
            throw .peer(error)
        }
    }

    /// The difference is known: ask for what is needed, send what the other lacks.
    private mutating func settle(
        _ space: Space, have: [EntryID], need: [EntryID], with session: Session, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        // A head of theirs that we hold inside one of our logs: they are behind there, and that is where to go on from.
        var theirsHere: [EntryID] = []
        var unknown: [EntryID] = []
        for id in Set(need).sorted() {
            if try store.entry(id) != nil { theirsHere.append(id) } else { unknown.append(id) }
        }
        let ours = Set(have).sorted()
        // What is more than may be asked for at once comes with the next reconciliation.
        var start = 0
        while start < unknown.count, session.wantsOpen < NodeLimits.wantsOpenMax {
            let ids = Array(unknown[start...].prefix(NodeLimits.wantMax))
            start += ids.count
            send(.want(space: space, ids: ids, known: Array(ours.prefix(NodeLimits.wantMax))), to: session, effects: &effects)
            session.wantsOpen += 1
        }
        session.owed = ours.isEmpty ? nil : .init(space: space, heads: ours, theirs: theirsHere + unknown)
        try sendOwed(to: session, store: &store, effects: &effects)
    }

    /// Sends what the other lacks, once what we asked for has come: only then it is known how far the other is in a log in
    /// which we were behind, and whether our heads are heads still.
    mutating func sendOwed(to session: Session, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        guard let owed = session.owed, session.wantsOpen == 0, !session.isTaking else { return }
        session.owed = nil
        let current = Set(replica.heads(of: owed.space).map(\.head.id))
        let heads = owed.heads.filter(current.contains)
        var known: [EntryID] = []
        for id in owed.theirs where try store.entry(id) != nil { known.append(id) }
        let missing = heads.filter { !known.contains($0) }
        guard !missing.isEmpty else { return }
        session.deliveries.append(Delivery(space: owed.space, request: .init(heads: missing, known: known), answersWant: false))
        try pump(session, store: &store, effects: &effects)
    }
}
