import EntenteCodec
import EntenteModel
import Testing

@testable import conformance

/// One sentence of Specs/03-authority.md, a small world that shows it, and what must come of it.
struct AuthorityCase: CustomTestStringConvertible, Sendable {
    let sentence: String
    let rule: String
    let scene: AuthorityScene

    var testDescription: String { "\(sentence): \(rule)" }

    var world: AuthorityWorld { AuthorityWorld(name: "\(sentence) \(rule)", entries: scene.entries) }

    /// Why the rules, or the evaluator, say something else; nil if they do not.
    ///
    /// The evaluator gets real signed entries in three orders, and is compared with itself from scratch after each.
    func fault() -> String? {
        let ids = AuthorityEntries(world).ids
        let oracle = AuthorityOracle(world) { (ids[$0] ?? EntryID(.zero)) < (ids[$1] ?? EntryID(.zero)) }
        let verdict: AuthorityWorld.Verdict
        switch AuthorityConformance.judge(world) {
        case .success(let found): verdict = found
        case .failure(let disagreement): return disagreement.reason
        }
        let expected = oracle.verdict
        if verdict != expected { return "the evaluator: " + AuthorityComparison.difference(verdict, expected) }
        // An act of root may be on the chain and not be well-formed; a founding entry and an update are in force by their place.
        let epochs = verdict.root.filter { ["genesis", "root.update"].contains(scene[$0].kind) }
        let effective = Set(verdict.issued + verdict.keyops + epochs)
        let known = Set(scene.entries.map(\.id))
        let named = scene.taken + scene.refused + scene.active + scene.stopped
        if let stranger = named.first(where: { !known.contains($0) }) { return "the world has no \(stranger)" }
        if let name = scene.taken.first(where: { !effective.contains($0) }) { return "\(name) has no effect" }
        if let name = scene.refused.first(where: { effective.contains($0) }) { return "\(name) has effect" }
        if let name = scene.active.first(where: { !verdict.active.contains($0) }) { return "\(name) is not active" }
        if let name = scene.stopped.first(where: { verdict.active.contains($0) }) { return "\(name) is active" }
        return nil
    }
}

/// The cases of one part of the rules, in the order of its sentences.
struct AuthorityCases {
    private(set) var all: [AuthorityCase] = []

    /// Adds a case that begins in the office.
    mutating func add(_ sentence: String, _ rule: String, _ write: (inout AuthorityScene) -> Void) {
        add(sentence, rule, from: .office(), write)
    }

    mutating func add(_ sentence: String, _ rule: String, from scene: AuthorityScene, _ write: (inout AuthorityScene) -> Void) {
        var scene = scene
        write(&scene)
        all.append(AuthorityCase(sentence: sentence, rule: rule, scene: scene))
    }
}
