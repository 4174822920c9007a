import EntenteModel
import EntenteReplica

/// Bodies that are missing here: asked for by themselves, from whoever shares the space. (Specs/06-gossip.md)
extension Node {
    /// How many offered entries of these spaces are here without their bodies, up to `NodeLimits.bodiesMax`.
    func missingCount(in spaces: [Space], store: some ReplicaStore) throws(StoreFailure) -> Int {
        guard spaces.contains(where: { replica.lacksBodies(in: $0) }) else { return 0 }
        let found = try replica.missingBodies(after: .none, limit: NodeLimits.bodiesMax, store: store) { spaces.contains($0) }
        return min(found.entries.count, NodeLimits.bodiesMax)
    }

    /// Asks for the next missing bodies, a message for each space. Each peer is asked for each body once, until the timer
    /// or another missing body begins it anew.
    func askForBodies(_ session: Session, at now: Now, store: some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        guard session.peer != nil, !session.isBusy, !session.theirSums.isEmpty, let cursor = session.bodyCursor else { return }
        let page = try replica.missingBodies(after: cursor, limit: NodeLimits.bodiesMax, store: store) { mayShare($0, with: session) }
        session.bodyCursor = page.last
        var wanted: [Space: [EntryID]] = [:]
        for stored in page.entries { wanted[stored.entry.header.space, default: []].append(stored.entry.id) }
        for space in wanted.keys.sorted() {
            var ids = (wanted[space] ?? []).sorted()[...]
            // What does not fit is asked for when the timer says so.
            while !ids.isEmpty, session.wantsOpen < NodeLimits.wantsOpenMax {
                send(.wantBodies(space: space, ids: Array(ids.prefix(NodeLimits.bodiesMax))), to: session, effects: &effects)
                ids = ids.dropFirst(NodeLimits.bodiesMax)
                session.wantsOpen += 1
                session.lastProgress = now.instant
            }
        }
    }

    /// Sends as many of the bodies as one message holds, and returns what is left.
    func sendBodies(
        _ ids: [EntryID], to session: Session, store: some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> Delivery.Step? {
        var page: [EntryBody] = []
        var bytes = 0
        var rest = ids[...]
        while bytes < NodeLimits.partBytes, let id = rest.popFirst() {
            guard let stored = try store.entry(id), mayShare(stored.entry.header.space, with: session), mayOffer(stored),
                case .present(let body) = stored.body
            else { continue }
            page.append(EntryBody(id: id, body: body))
            bytes += body.bytes.count + 64
        }
        if !page.isEmpty {
            send(.bodies(page), to: session, effects: &effects)
            session.sent(UInt64(bytes))
        }
        return rest.isEmpty ? nil : .bodies(Array(rest))
    }

    mutating func receivedBodies(
        _ bodies: [EntryBody], on session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        session.lastProgress = now.instant
        let taken = try replica.acceptBodies(bodies, store: &store)
        if let space = taken.first?.entry.header.space { effects.append(.notice(.stored(space: name(of: space), entries: taken.count))) }
        acknowledge(session, effects: &effects)
    }

    /// A run may bring bodies of entries that are here without theirs.
    mutating func takeMissingBodies(of run: Run, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        guard replica.lacksBodies(in: run.log.space) else { return }
        let bodies = run.entries.compactMap { item in
            if case .present(let body) = item.body { EntryBody(id: item.entry.id, body: body) } else { nil }
        }
        let taken = try replica.acceptBodies(bodies, store: &store)
        if !taken.isEmpty { effects.append(.notice(.stored(space: name(of: run.log.space), entries: taken.count))) }
    }

    /// Says what became of bodies; what is missing now is asked for at once.
    func noteBodies(_ changes: BodyChanges, in space: Space, effects: inout [Effect]) {
        if !changes.erased.isEmpty { effects.append(.notice(.erased(space: name(of: space), bodies: changes.erased.count))) }
        guard !changes.missing.isEmpty else { return }
        effects.append(.notice(.missing(space: name(of: space), bodies: changes.missing.count)))
        for session in sessions.values { session.bodyCursor = Arrival.none }
    }
}
