import EntenteModel
import Foundation

/// `conformance authority`: one world a line in (`authority.md`, section 11), one verdict a line out.
///
/// The entries are given to the product's evaluator in the order of the world, in reverse and shuffled; after every
/// arrival its state is held against a pass from scratch. A world on which they disagree is answered with an error.
enum AuthorityConformance {
    static func run() {
        LineConversation.run { line in line.allSatisfy(\.isWhitespace) ? [] : [answer(line)] }
    }

    private struct Answer: Encodable {
        let name: String
        let verdict: AuthorityWorld.Verdict
    }

    static func answer(_ line: String) -> String {
        let world: AuthorityWorld
        do { world = try AuthorityWorld(json: line) } catch { return encode(["error": "the line is no world: \(error)"]) }
        switch judge(world) {
        case .success(let verdict): return encode(Answer(name: world.name, verdict: verdict))
        case .failure(let disagreement): return encode(["name": world.name, "error": disagreement.reason])
        }
    }

    private static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return #"{"error":"the answer is no JSON"}"# }
        return String(decoding: data, as: UTF8.self)
    }

    struct Disagreement: Error { let reason: String }

    /// Arrivals between two comparisons with a pass from scratch: every one in a world of ordinary size.
    private static func comparisonStride(_ count: Int) -> Int { max(1, count * count / 40_000) }

    static func judge(_ world: AuthorityWorld) -> Result<AuthorityWorld.Verdict, Disagreement> {
        let entries = AuthorityEntries(world)
        var verdict: AuthorityWorld.Verdict?
        for (order, made) in orders(of: entries.made) {
            var replica = AuthorityReplica(network: entries.network)
            let stride = comparisonStride(made.count)
            for (index, item) in made.enumerated() {
                replica.receive(item)
                guard index % stride == 0 || index == made.count - 1 else { continue }
                var anew = replica
                anew.startOver()
                if anew.verdict(made) != replica.verdict(made) {
                    return .failure(Disagreement(reason: "\(order), after \(index + 1) arrivals: incremental and from scratch differ"))
                }
            }
            let found = replica.verdict(made)
            if let verdict, verdict != found { return .failure(Disagreement(reason: "\(order): another order gave another verdict")) }
            verdict = found
        }
        return .success(verdict ?? AuthorityWorld.Verdict())
    }

    private static func orders(of made: [AuthorityEntries.Made]) -> [(String, [AuthorityEntries.Made])] {
        var random = SplitMix64(seed: 20)
        return [("in order", made), ("in reverse", made.reversed()), ("shuffled", made.shuffled(using: &random))]
    }
}

/// A small generator whose numbers depend on its seed alone. (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014)
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
