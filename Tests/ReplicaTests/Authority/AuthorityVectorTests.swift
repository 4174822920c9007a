import EntenteCodec
import EntenteModel
import Foundation
import Testing

@testable import conformance

/// Specs/vectors/authority.jsonl is what the generator makes, byte for byte, and the evaluator agrees with it.
///
/// `ENTENTE_WRITE_VECTORS=1 swift test --filter VectorTests` writes it anew; the difference is then for a person to read.
@Suite struct AuthorityVectorTests {
    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Specs/vectors/authority.jsonl")

    @Test func `regenerating the worlds gives the same bytes`() throws {
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] == "1" {
            try Data(AuthorityVectors.text.utf8).write(to: Self.file)
        }
        let written = try Data(contentsOf: Self.file)
        #expect(
            written == Data(AuthorityVectors.text.utf8), "authority.jsonl differs: write it anew and read the difference")
    }

    @Test func `most worlds have something that must come to nothing`() {
        let worlds = AuthorityVectors.all
        #expect(worlds.count >= 140)
        #expect(worlds.count(where: \.isHostile) > worlds.count(where: { !$0.isHostile }))
        #expect(Set(worlds.map(\.name)).count == worlds.count)
    }

    @Test("the harness, given a line, answers with its verdict (A-1)")
    func harness() throws {
        let lines = try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n")
        for line in lines {
            let vector = try JSONDecoder().decode(AuthorityVector.self, from: Data(line.utf8))
            struct Answer: Decodable { let verdict: AuthorityWorld.Verdict }
            // In the order given, in reverse and shuffled, from scratch after every arrival.
            let answer = AuthorityConformance.answer(String(line))
            #expect(
                (try? JSONDecoder().decode(Answer.self, from: Data(answer.utf8)))?.verdict == vector.verdict, "\(vector.name): \(answer)")
        }
    }

    @Test("all at once the evaluator comes to the same verdict (A-1)")
    func atOnce() {
        for vector in AuthorityVectors.all {
            let made = AuthorityEntries(AuthorityWorld(name: vector.name, entries: vector.entries))
            for order in [made.made, made.made.reversed()] {
                var replica = AuthorityReplica(network: made.network)
                for entry in order { replica.insert(entry) }
                replica.evaluate()
                #expect(replica.verdict(order) == vector.verdict, "\(vector.name)")
            }
        }
    }
}
