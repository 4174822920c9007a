import EntenteCodec
import EntenteModel
import EntenteReplica

extension Node {
    // MARK: - What is owed

    /// What leads to the heads of a request, from behind what the other has of it.
    private func steps(
        of request: Delivery.Request, in space: Space, for session: Session, store: some ReplicaStore
    ) throws(StoreFailure) -> [Delivery.Step] {
        var knownByLog: [LogID: [EntryID]] = [:]
        for id in request.known {
            if let stored = try store.entry(id), stored.entry.header.space == space { knownByLog[stored.log, default: []].append(id) }
        }
        var steps: [Delivery.Step] = []
        if space == .registry {
            let entries = try registryEntries(leadingTo: request.heads, after: knownByLog, for: session, store: store)
            if !entries.isEmpty { steps = [.registry(entries)] }
        } else {
            for id in request.heads {
                // What is held, or in another space, is not offered by any path.
                guard let stored = try store.entry(id), stored.entry.header.space == space, mayOffer(stored) else { continue }
                steps.append(.log(head: id, known: knownByLog[stored.log] ?? []))
            }
        }
        return steps
    }

    /// The ids of the registry entries that lead to these heads, in the order in which they came here: so each comes
    /// after what it names.
    private func registryEntries(
        leadingTo heads: [EntryID], after known: [LogID: [EntryID]], for session: Session, store: some ReplicaStore
    ) throws(StoreFailure) -> [EntryID] {
        var found: [Arrival: EntryID] = [:]
        var heads = heads[...]
        // What is withheld comes with what it needs, and with what leads to that: no other way leads there.
        var needed: Set<EntryID> = []
        while let id = heads.popFirst() {
            guard let stored = try store.entry(id) else {
                guard replica.isRootHead(id) else { continue }
                for entry in try replica.rootEntries(store: store) {
                    found[entry.arrival] = entry.entry.id
                    heads += withheldNeeds(of: entry.entry.id, found: &needed)
                }
                continue
            }
            guard stored.entry.header.space == .registry,
                needed.contains(id) || mayOffer(stored) || replica.isCitedByContent(id, in: { mayShare($0, with: session) })
            else { continue }
            var after = known[stored.log] ?? []
            while true {
                let page = try replica.stretch(
                    to: stored, after: after, entriesMax: RunLimits.entriesMax, bytesMax: RunLimits.bytesMax, store: store)
                for entry in page where found.updateValue(entry.entry.id, forKey: entry.arrival) == nil {
                    heads += withheldNeeds(of: entry.entry.id, found: &needed)
                }
                guard let last = page.last, last.entry.id != id else { break }
                after = [last.entry.id]
            }
        }
        return found.keys.sorted().compactMap { found[$0] }
    }

    /// What an entry of the registry needs, is withheld and was not looked at yet.
    private func withheldNeeds(of id: EntryID, found: inout Set<EntryID>) -> [EntryID] {
        replica.authority.withheldNeeds(of: id).filter { found.insert($0).inserted }
    }

    /// Offered, or named by the tips of an act in force: what they keep hangs on it.
    func mayOffer(_ stored: StoredEntry) -> Bool {
        replica.isOffered(stored) || replica.authority.isNamedByTip(stored.entry.id, of: stored.entry.identity)
    }

    // MARK: - Sending

    /// Sends what is owed, as long as there is credit.
    mutating func pump(_ session: Session, store: inout some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        while session.unacknowledged < NodeLimits.creditBytes, var delivery = session.deliveries.first {
            // Rights may have changed since it was asked for.
            if !mayShare(delivery.space, with: session) {
                delivery.request = nil
                delivery.steps = []
            }
            if let request = delivery.request {
                delivery.request = nil
                delivery.steps = try steps(of: request, in: delivery.space, for: session, store: store)
            }
            if !delivery.isAnnounced, !delivery.steps.isEmpty {
                delivery.isAnnounced = true
                let totals = try total(of: delivery, store: store)
                send(.totals(space: delivery.space, entries: totals.entries, bytes: totals.bytes), to: session, effects: &effects)
            }
            guard let step = delivery.steps.first else {
                if delivery.answersWant { send(.delivered(space: delivery.space), to: session, effects: &effects) }
                session.deliveries.removeFirst()
                continue
            }
            delivery.steps.removeFirst()
            if let rest = try deliver(step, to: session, store: store, effects: &effects) { delivery.steps.insert(rest, at: 0) }
            session.deliveries[0] = delivery
        }
    }

    private func total(
        of delivery: Delivery, store: some ReplicaStore
    ) throws(StoreFailure) -> (entries: UInt64, bytes: UInt64) {
        var entries: UInt64 = 0
        for step in delivery.steps {
            switch step {
            case .registry(let ids): entries += UInt64(ids.count)
            case .bodies: break
            case .log(let head, let known):
                guard let stored = try store.entry(head) else { continue }
                var start: UInt64 = 0
                for id in known {
                    if let anchor = try store.entry(id), anchor.log == stored.log { start = max(start, anchor.entry.header.sequence + 1) }
                }
                entries += stored.entry.header.sequence + 1 - min(start, stored.entry.header.sequence + 1)
            }
        }
        // The bytes are counted while they are read: only the entries are known beforehand.
        return (entries, 0)
    }

    /// Sends one page of a step; returns what is left of it.
    private mutating func deliver(
        _ step: Delivery.Step, to session: Session, store: some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> Delivery.Step? {
        switch step {
        case .registry(let ids):
            var page: [Entry] = []
            for id in ids.prefix(NodeLimits.registryBatchMax) { if let stored = try store.entry(id) { page.append(stored.entry) } }
            sendRegistry(page, to: session, effects: &effects)
            let rest = Array(ids.dropFirst(NodeLimits.registryBatchMax))
            return rest.isEmpty ? nil : .registry(rest)
        case .bodies(let ids): return try sendBodies(ids, to: session, store: store, effects: &effects)
        case .log(let id, let known):
            guard let head = try store.entry(id), mayOffer(head) else { return nil }
            let page = try replica.stretch(
                to: head, after: known, entriesMax: RunLimits.entriesMax, bytesMax: RunLimits.bytesMax / 4, store: store)
            guard let last = page.last else { return nil }
            sendRun(page, to: session, effects: &effects)
            return last.entry.id == id ? nil : .log(head: id, known: [last.entry.id])
        }
    }

    /// Registry entries in as many messages as they need.
    func sendRegistry(_ entries: [Entry], to session: Session, effects: inout [Effect]) {
        var part: [Entry] = []
        var bytes = 0
        for entry in entries {
            part.append(entry)
            bytes += entry.headerBytes.count + 80
            if bytes >= NodeLimits.partBytes {
                send(.registry(part), to: session, effects: &effects)
                session.sent(Credit.of(part))
                part = []
                bytes = 0
            }
        }
        guard !part.isEmpty else { return }
        send(.registry(part), to: session, effects: &effects)
        session.sent(Credit.of(part))
    }

    /// A contiguous stretch of one log as one run, in as many messages as it needs.
    func sendRun(_ stretch: [StoredEntry], to session: Session, effects: inout [Effect]) {
        guard let first = stretch.first, let identity = first.entry.identity else { return }
        var preamble: Run? = Run(
            log: first.entry.log, identity: identity, backlink: first.entry.header.backlink, firstSequence: first.entry.header.sequence)
        var items = CBORWriter()
        var count = 0
        for (index, stored) in stretch.enumerated() {
            Run.encode(stored.entry, body: stored.body, to: &items)
            count += 1
            let isLast = index == stretch.count - 1
            guard isLast || items.bytes.count >= NodeLimits.partBytes else { continue }
            let part = Message.RunPart(preamble: preamble, items: items.bytes, itemCount: count, isLast: isLast)
            send(.run(part), to: session, effects: &effects)
            preamble = nil
            items = CBORWriter()
            count = 0
        }
        session.sent(Credit.of(stretch))
    }

    /// What has just been stored goes to everybody else who may have it, at once. A bulk waits for a reconciliation, and so
    /// does what a peer has no credit for.
    mutating func push(
        _ entries: [StoredEntry], except source: ConnectionID?, effects: inout [Effect]
    ) {
        guard entries.count <= NodeLimits.pushMax else { return }
        let offered = (unnamed + entries).filter { replica.isOffered($0) }
        if source == nil { unnamed += entries.filter { $0.entry.header.kind == .identityCreate } }
        unnamed.removeAll { replica.isOffered($0) }
        guard !offered.isEmpty else { return }
        for id in sessions.keys.sorted() where id != source {
            guard let session = sessions[id], session.peer != nil else { continue }
            let registry = offered.filter { $0.entry.header.space == .registry }.map(\.entry)
            if !registry.isEmpty, session.unacknowledged < NodeLimits.creditBytes + NodeLimits.registryCreditBytes {
                sendRegistry(registry, to: session, effects: &effects)
            }
            for stored in offered where stored.entry.header.space != .registry && mayShare(stored.entry.header.space, with: session) {
                guard session.unacknowledged < NodeLimits.creditBytes else { break }
                sendRun([stored], to: session, effects: &effects)
            }
        }
    }
}

/// What entries cost of the credit: bytes of headers and bodies.
enum Credit {
    static func of(_ entries: [StoredEntry]) -> UInt64 {
        entries.reduce(0) { $0 + UInt64($1.entry.headerBytes.count + $1.entry.header.bodyBytes) }
    }

    static func of(_ entries: [Entry]) -> UInt64 { entries.reduce(0) { $0 + UInt64($1.headerBytes.count) } }
}
