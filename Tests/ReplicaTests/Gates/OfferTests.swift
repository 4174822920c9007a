import EntenteModel
import Testing

@testable import EntenteReplica
@testable import conformance

/// Who gets what a replica offers, and nothing else, holds all that counts. (Docs/Decisions/0015-what-is-offered.md)
@Suite struct OfferTests {
    private static let worldCount: UInt64 = 60

    @Test(
        "a replica that takes what another offers comes to the same verdicts, and offers the same (A-79, A-80, A-81)",
        arguments: AuthorityWorldGenerator.Style.allCases)
    func closure(_ style: AuthorityWorldGenerator.Style) throws {
        var withheldCount = 0
        for seed in 0..<Self.worldCount {
            let world = AuthorityWorldGenerator.world(seed: 2_000_000 + seed, style: style, acts: 30)
            let entries = AuthorityEntries(world)
            var first = Holder(network: entries.network)
            for made in entries.made { try first.take(made.entry, signatureHolds: made.signatureHolds) }
            for stored in first.all where !first.replica.isOffered(stored) { withheldCount += 1 }
            var second = Holder(network: entries.network)
            try second.takeAll(offeredBy: first)
            // Which of two root chains came first is for the gate, and waits for the operator.
            if first.isWaitingForOperator || second.isWaitingForOperator { continue }
            #expect(second.difference(from: first) == nil, "\(world.name): \(second.difference(from: first) ?? "")")
            // As it is read from the store again, with nothing to correct.
            var store = first.store
            let again = try Replica(network: entries.network, store: &store)
            for space in first.replica.spaces { #expect(again.sum(of: space) == first.replica.sum(of: space), "\(world.name)") }
            if second.difference(from: first) != nil { return }
        }
        // The worlds are about something.
        #expect(style == .root || withheldCount > 20, "\(withheldCount) entries were withheld")
    }

    @Test func `what an identity signed waits for its inception (A-83)`() throws {
        for seed in 0..<20 {
            let entries = AuthorityEntries(AuthorityWorldGenerator.world(seed: 3_000_000 + UInt64(seed), style: .organisation, acts: 30))
            let inceptions = entries.made.filter { $0.entry.header.kind == .identityCreate }
            let missing = try #require(inceptions.max { $0.name < $1.name }).entry
            var holder = Holder(network: entries.network)
            for made in entries.made where made.entry.id != missing.id { try holder.take(made.entry, signatureHolds: made.signatureHolds) }
            let registry = holder.all.filter { $0.entry.header.space == .registry }
            #expect(!registry.contains { $0.entry.header.identity?.inception == missing.id })
        }
    }
}

/// A replica in memory with its store.
private struct Holder {
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
    mutating func takeAll(offeredBy other: Holder) throws {
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

    /// An entry, what is before it in its log and what these cite, and so on, in order of arrival.
    private func whatLeads(to id: EntryID) -> [Entry] {
        var next = [id]
        var found: [Arrival: Entry] = [:]
        while let id = next.popLast() {
            guard let stored = store.entry(id), found[stored.arrival] == nil else { continue }
            found[stored.arrival] = stored.entry
            next += [stored.entry.header.backlink, stored.entry.header.authorization.capability].compactMap(\.self)
        }
        return found.keys.sorted().compactMap { found[$0] }
    }

    var isWaitingForOperator: Bool {
        [GateReason.rootRival, .rootSignatures].contains { !replica.gate.ids($0).isEmpty }
    }

    func difference(from other: Holder) -> String? {
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
