import EntenteModel
import EntenteReplica
import Foundation
import Testing

@testable import conformance

/// A world, and what the evaluator says of it.
struct JudgedWorld {
    typealias Symbol = AuthorityWorld.Symbol

    let world: AuthorityWorld
    let entries: AuthorityEntries
    let replica: AuthorityReplica
    let verdict: AuthorityWorld.Verdict
    let issued: Set<String>
    let symbols: [String: Symbol]

    init(_ world: AuthorityWorld) {
        self.world = world
        entries = AuthorityEntries(world, isSigned: false)
        var replica = AuthorityReplica(network: entries.network)
        for made in entries.made { replica.insert(made) }
        replica.evaluate()
        self.replica = replica
        verdict = replica.verdict(entries.made)
        issued = Set(verdict.issued)
        symbols = Dictionary(world.entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    static let capabilityKinds: Set<String> = ["grant", "invite", "admit"]
    static let restrictionKinds: Set<String> = ["remove", "leave", "disavow"]

    subscript(_ name: String) -> Symbol? { symbols[name] }
    var authority: Authority { replica.authority }
    func id(_ name: String) -> EntryID? { entries.ids[name] }

    /// The entry, and the capabilities above it, up to what root gave.
    func chain(_ name: String) -> [Symbol] {
        var out: [Symbol] = []
        var next = symbols[name]
        while let here = next {
            out.append(here)
            next = here.auth.flatMap { symbols[$0] }
        }
        return out
    }

    /// The level of the capability that the entry cites; nil if it cites none.
    func level(_ entry: Symbol) -> Int? {
        if entry.auth == "ROOT" { return 0 }
        return entry.auth.flatMap { symbols[$0] }.flatMap { Self.capabilityKinds.contains($0.kind) ? $0.level ?? 0 : nil }
    }

    /// The last entry of the accepted root chain.
    var lastOfRoot: Symbol? { verdict.root.compactMap { symbols[$0] }.max { $0.seq < $1.seq } }

    /// The root keys of the epoch in which that chain ends.
    var rootKeys: [String]? {
        verdict.root.compactMap { symbols[$0] }.filter { $0.keys != nil && $0.auth == nil }.max { $0.seq < $1.seq }?.keys
    }

    /// Capabilities in force under which something is in force.
    var used: Set<String> { Set(issued.compactMap { symbols[$0]?.auth }).intersection(issued) }

    /// Grants and admissions in force that carry one of these rights.
    func active(withAnyOf rights: UInt64) -> [Symbol] {
        verdict.active.compactMap { symbols[$0] }.filter { ($0.rights ?? 0) & rights != 0 }
    }
}

/// Writes more entries into a world, each the last one of its log.
struct WorldWriter {
    typealias Symbol = AuthorityWorld.Symbol

    private(set) var world: AuthorityWorld
    private(set) var clock: UInt64

    init(_ world: AuthorityWorld) {
        self.world = world
        clock = world.entries.map(\.hlc).max() ?? 0
    }

    /// As a person, with that person's first key, in the registry.
    mutating func write(
        _ id: String, _ kind: String, by person: String, under auth: String?, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        clock += 1
        var entry = Symbol(id: id, kind: kind, key: person, ident: person + ".id", seq: 0, hlc: clock, auth: auth)
        // Nothing follows a broken signature.
        let last = world.entries.last { $0.key == person && !$0.isContent && $0.sig != false }
        if let last, kind != "id.create" {
            entry.prev = last.id
            entry.seq = last.seq + 1
        }
        fill(&entry)
        world.entries.append(entry)
    }

    /// In a space, with a key of the identity.
    mutating func post(
        _ id: String, with key: String, of identity: String, under auth: String, in space: String, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        clock += 1
        var entry = Symbol(id: id, kind: "post", key: key, ident: identity, space: space, seq: 0, hlc: clock, auth: auth)
        if let last = world.entries.last(where: { $0.key == key && $0.space == space }) {
            entry.prev = last.id
            entry.seq = last.seq + 1
        }
        fill(&entry)
        world.entries.append(entry)
    }

    /// As root, behind the accepted chain of that judgment.
    mutating func writeAsRoot(_ id: String, _ kind: String, after judged: JudgedWorld, _ fill: (inout Symbol) -> Void = { _ in }) {
        guard let last = judged.lastOfRoot else { return }
        clock += 1
        var entry = Symbol(id: id, kind: kind, key: "ROOT", seq: last.seq + 1, prev: last.id, hlc: clock, auth: "ROOT")
        entry.signers = judged.rootKeys
        fill(&entry)
        world.entries.append(entry)
    }
}

/// How often a rule was really put to the test. An invariant that nothing touched holds too, and says nothing.
struct Exercised {
    private var counts: [String: Int] = [:]

    mutating func note(_ what: String, _ count: Int = 1) { counts[what, default: 0] += count }

    /// At least so many cases, or the test says that it has tested nothing.
    func expect(_ what: String, atLeast floor: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let count = counts[what] ?? 0
        if ProcessInfo.processInfo.environment["ENTENTE_COUNTS"] != nil { print("exercised: \(count) of \(floor): \(what)") }
        #expect(count >= floor, "too few cases: \(what)", sourceLocation: sourceLocation)
    }
}
