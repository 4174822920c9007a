import EntenteCodec
import EntenteModel
import Foundation

@testable import conformance

/// One line of Specs/vectors/authority.jsonl: a world, its verdict, and what it shows.
struct AuthorityVector: Codable, Equatable {
    var name: String
    /// The sentence of Specs/03-authority.md that the world was written for; nil for a random one.
    var sentence: String?
    var entries: [AuthorityWorld.Symbol]
    var takes: [String]?
    var refuses: [String]?
    var verdict: AuthorityWorld.Verdict

    /// A world in which something has no effect.
    var isHostile: Bool {
        guard sentence == nil else { return refuses != nil }
        let judged = entries.filter { !["genesis", "root.update", "id.create", "space.create", "mystery", "gossip"].contains($0.kind) }
        return judged.count > verdict.issued.count + verdict.keyops.count
    }
}

/// The worlds of the file: one for every case of the rule tests, and random ones from fixed seeds.
enum AuthorityVectors {
    static let seedsPerStyle: UInt64 = 5

    static let all: [AuthorityVector] = written + random

    private static let written = [
        AuthoritySetRuleTests.set, AuthoritySetRuleTests.wellFormed, AuthorityKeyRuleTests.keys, AuthorityReachRuleTests.reach,
        AuthorityReachRuleTests.kept, AuthorityAdmissionRuleTests.admissions, AuthorityRootRuleTests.root,
    ].flatMap(\.all).compactMap { rule -> AuthorityVector? in
        guard let verdict = verdict(of: rule.world) else { return nil }
        return AuthorityVector(
            name: rule.rule, sentence: rule.sentence, entries: rule.scene.entries, takes: list(rule.scene.taken + rule.scene.active),
            refuses: list(rule.scene.refused + rule.scene.stopped), verdict: verdict)
    }

    private static let random = AuthorityWorldGenerator.Style.allCases.flatMap { style in
        (0..<seedsPerStyle).compactMap { seed -> AuthorityVector? in
            let world = AuthorityWorldGenerator.world(seed: 500_000 + seed, style: style, acts: 22, isSmall: seed > 1)
            return verdict(of: world).map { AuthorityVector(name: world.name, entries: world.entries, verdict: $0) }
        }
    }

    private static func list(_ names: [String]) -> [String]? { names.isEmpty ? nil : names }

    /// By the transcription of the rules; nil where the smaller of two ids decided, which is a matter of the encoding.
    private static func verdict(of world: AuthorityWorld) -> AuthorityWorld.Verdict? {
        let oracle = AuthorityOracle(world)
        let verdict = oracle.verdict
        return oracle.usedTieBreak ? nil : verdict
    }

    static let text: String = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return all.map { vector in ((try? encoder.encode(vector)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n" }.joined()
    }()
}
