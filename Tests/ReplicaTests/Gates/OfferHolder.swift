import EntenteModel
import Testing

@testable import EntenteReplica
@testable import conformance

/// A replica in memory with its store.
struct OfferHolder {
    var store = MemoryStore()
    var replica: Replica

    init(network: NetworkID) {
        guard let replica = try? Replica(network: network, store: &store) else { preconditionFailure("an empty store is read") }
        self.replica = replica
    }

    static let now = Timestamp(milliseconds: 1 << 50)
    var all: [StoredEntry] { store.arrivals(after: .none, registryOnly: false, limit: .max) }

    mutating func take(_ entry: Entry, signatureHolds: Bool) throws {
        guard signatureHolds || entry.log.isRoot else { return }
        if entry.header.space == .registry {
            _ = try replica.acceptRegistry([entry], firstSeen: Self.now, store: &store)
        } else {
            _ = try takeContent(entry)
        }
    }

    /// Takes the entries again and again until nothing more is taken; asks behind each one whether to go on.
    mutating func takeAll(_ entries: [AuthorityEntries.Made], goOn: (OfferHolder, String) throws -> Bool) throws {
        var left = entries
        while true {
            var waiting: [AuthorityEntries.Made] = []
            for made in left {
                let before = store.latestArrival()
                try take(made.entry, signatureHolds: made.signatureHolds)
                if store.latestArrival() == before {
                    waiting.append(made)
                } else if try !goOn(self, made.name) {
                    return
                }
            }
            guard waiting.count < left.count else { return }
            left = waiting
        }
    }

    /// How this replica differs from one that is read from its store.
    func drift() throws -> String? {
        var store = store
        let fresh = try Replica(network: replica.network, store: &store)
        for stored in all where replica.authority.isWithheld(stored.entry.id) != fresh.authority.isWithheld(stored.entry.id) {
            return "\(stored.entry.header.kind.name) \(stored.entry.id.short) is withheld in one of them"
        }
        for space in replica.spaces where replica.sum(of: space) != fresh.sum(of: space) { return "the heads of \(space)" }
        if replica.directory != fresh.directory { return "who signs where" }
        return nil
    }

    /// The capability for which the entry waits.
    private mutating func takeContent(_ entry: Entry) throws -> EntryID? {
        guard let identity = entry.header.identity else { return nil }
        var run = Run(log: entry.log, identity: identity, backlink: entry.header.backlink, firstSequence: entry.header.sequence)
        run.append(entry, body: .missing)
        switch try replica.prepare(run, now: Self.now, store: store) {
        case .ready(let prepared): _ = try replica.accept(prepared, firstSeen: Self.now, store: &store)
        case .deferred(_, let capability): return capability
        case .nothingNew, .refused: break
        }
        return nil
    }

    /// What leads to the offered heads of another, and what its content asks for by id.
    mutating func takeAll(offeredBy other: OfferHolder) throws {
        let offered = other.all.filter { $0.entry.log.isRoot || other.replica.isOffered($0) }
        let registry = offered.map(\.entry).filter { $0.header.space == .registry }
        _ = try replica.acceptRegistry(registry, firstSeen: Self.now, store: &store)
        for stored in offered where stored.entry.header.space != .registry {
            guard let capability = try takeContent(stored.entry) else { continue }
            #expect(other.replica.isCitedByContent(capability) { _ in true })
            _ = try replica.acceptRegistry(other.whatLeads(to: capability), firstSeen: Self.now, store: &store)
            #expect(try takeContent(stored.entry) == nil)
        }
        // What tips name is wanted by id. (G-47)
        for id in replica.wantedMentions() {
            for entry in other.whatLeads(to: id) { try take(entry, signatureHolds: true) }
        }
    }

    /// An entry, what is before it in its log, what these cite and who made them, and so on, in order of arrival.
    private func whatLeads(to id: EntryID) -> [Entry] {
        var next = [id]
        var found: [Arrival: Entry] = [:]
        while let id = next.popLast() {
            guard let stored = store.entry(id), found[stored.arrival] == nil else { continue }
            found[stored.arrival] = stored.entry
            next += [stored.entry.header.backlink, stored.entry.header.authorization.capability, stored.entry.identity?.inception]
                .compactMap(\.self)
        }
        return found.keys.sorted().compactMap { found[$0] }
    }

    var isWaitingForOperator: Bool {
        [GateReason.rootRival, .rootSignatures].contains { !replica.gate.ids($0).isEmpty }
    }

    func difference(from other: OfferHolder) -> String? {
        for space in Set(replica.spaces + other.replica.spaces).sorted() where replica.sum(of: space) != other.replica.sum(of: space) {
            let (ours, theirs) = (Set(replica.heads(of: space).map(\.head.id)), Set(other.replica.heads(of: space).map(\.head.id)))
            return
                "the heads of \(space): here alone \(ours.subtracting(theirs).map(\.short)), there \(theirs.subtracting(ours).map(\.short))"
        }
        for stored in other.all {
            let id = stored.entry.id
            let registry = (other.replica.authority.isIssued(id), other.replica.authority.isKeyInForce(id))
            // Of whom nothing counts, the keys are nobody's business.
            if !registry.0, let identity = stored.entry.identity, other.replica.authority.isWithheld(identity.inception) { continue }
            if registry != (replica.authority.isIssued(id), replica.authority.isKeyInForce(id)) {
                return "\(stored.entry.header.kind.name) \(id.short) has another verdict"
            }
            if other.store.isVisible(id) != store.isVisible(id) {
                return "\(stored.entry.header.kind.name) \(id.short) is not equally visible"
            }
        }
        return nil
    }
}
