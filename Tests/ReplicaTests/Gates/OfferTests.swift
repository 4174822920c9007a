import EntenteModel
import Testing

@testable import EntenteReplica
@testable import conformance

/// Who gets what a replica offers, and nothing else, holds all that counts. (Docs/Decisions/0015-what-is-offered.md)
@Suite struct OfferTests {
    private static let worldCount: UInt64 = 60
    private static let driftCount: UInt64 = 8

    @Test(
        "a replica that takes what another offers comes to the same verdicts, and offers the same (A-79, A-80, A-81)",
        arguments: AuthorityWorldGenerator.Style.allCases)
    func closure(_ style: AuthorityWorldGenerator.Style) throws {
        var withheldCount = 0
        for seed in 0..<Self.worldCount {
            let world = AuthorityWorldGenerator.world(seed: 2_000_000 + seed, style: style, acts: 30)
            let entries = AuthorityEntries(world)
            var first = OfferHolder(network: entries.network)
            for made in entries.made { try first.take(made.entry, signatureHolds: made.signatureHolds) }
            for stored in first.all where !first.replica.isOffered(stored) { withheldCount += 1 }
            var second = OfferHolder(network: entries.network)
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

    @Test(
        "whatever came in whatever order, a replica knows and offers what one does that is read from its store (A-79, A-80, A-81)",
        arguments: AuthorityWorldGenerator.Style.allCases)
    func noDrift(_ style: AuthorityWorldGenerator.Style) throws {
        for seed in 0..<Self.driftCount {
            let world = AuthorityWorldGenerator.world(seed: 4_000_000 + seed, style: style, acts: 30)
            let entries = AuthorityEntries(world)
            var sums: [Set<EntryID>: [Space: HeadSum]] = [:]
            for order in UInt64(0)..<2 {
                var holder = OfferHolder(network: entries.network)
                var random = SplitMix64(seed: seed << 8 | order)
                try holder.takeAll(entries.made.shuffled(using: &random)) { holder, name in
                    let difference = try holder.drift()
                    #expect(difference == nil, "\(world.name), order \(order), behind \(name): \(difference ?? "")")
                    return difference == nil
                }
                if holder.isWaitingForOperator { continue }
                // Which of two root entries came first may keep others out.
                let taken = Set(holder.all.map(\.entry.id))
                let now = Dictionary(uniqueKeysWithValues: holder.replica.spaces.map { ($0, holder.replica.sum(of: $0)) })
                #expect(sums[taken] == nil || sums[taken] == now, "\(world.name)")
                sums[taken] = now
            }
        }
    }

    @Test func `what an identity signed waits for its inception (A-83)`() throws {
        for seed in 0..<20 {
            let entries = AuthorityEntries(AuthorityWorldGenerator.world(seed: 3_000_000 + UInt64(seed), style: .organisation, acts: 30))
            let inceptions = entries.made.filter { $0.entry.header.kind == .identityCreate }
            let missing = try #require(inceptions.max { $0.name < $1.name }).entry
            var holder = OfferHolder(network: entries.network)
            for made in entries.made where made.entry.id != missing.id { try holder.take(made.entry, signatureHolds: made.signatureHolds) }
            let registry = holder.all.filter { $0.entry.header.space == .registry }
            #expect(!registry.contains { $0.entry.header.identity?.inception == missing.id })
        }
    }
}
