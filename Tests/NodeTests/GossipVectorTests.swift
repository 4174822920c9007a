import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Foundation
import Testing

@testable import EntenteNode

/// Specs/vectors/gossip.json: made here, read by whoever writes another implementation.
@Suite struct GossipVectorTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Specs/vectors/gossip.json")
    private let vectors = GossipVectors()

    /// `ENTENTE_WRITE_VECTORS=1 swift test --filter GossipVectorTests` writes the file.
    @Test func `making the vectors again gives the same bytes (G-15, G-18)`() throws {
        let text = try vectors.text()
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] != nil { try Data(text.utf8).write(to: Self.path) }
        #expect(try Data(contentsOf: Self.path) == Data(text.utf8))
    }

    @Test func `each case has a name of its own, and each reject a reason and a sentence`() {
        #expect(Set((vectors.accepts + vectors.rejects).map(\.name)).count == vectors.accepts.count + vectors.rejects.count)
        #expect(vectors.rejects.allSatisfy { !$0.why.isEmpty && $0.sentence.hasPrefix("G-") })
    }

    /// A new message has no vectors until somebody writes them. How many there are is counted in Tests/MetaTests.
    @Test func `every message of the program is accepted somewhere and refused somewhere (G-12)`() {
        // Runs are accepted, and refused, as several messages together too.
        let accepted = Set(vectors.accepts.map(\.structure)).union(["run"])
        let rejected = Set(vectors.rejects.map(\.structure))
        for code in Message.Code.allCases {
            let name = GossipVectors.name(of: code)
            #expect(accepted.contains(name) && rejected.contains(name), "\(name)")
        }
        #expect(accepted.union(rejected) == Set(Message.Code.allCases.map(GossipVectors.name)).union(["message", "introduction"]))
    }

    @Test func `of the exchanges the first lets a site in, and the others end with the refusal that they say (G-7, G-56, G-57)`() throws {
        let exchanges = try GossipExchange.all()
        #expect(try exchanges.map { try $0.refusal() } == [nil, .invitationUsedUp, .invitationExpired])
        let whole = try #require(exchanges.first).messages()
        // Both end with the same sums, and the admission of site and person went over the line.
        func lastSums(ofJoiner isJoiner: Bool) -> [String] {
            let last = whole.last { item in if case .sums = item.message { item.isFromJoiner == isJoiner } else { false } }
            guard case .sums(let sums)? = last?.message else { return [] }
            return sums.map { "\($0.space) \(Hex.encode($0.sum.bytes))" }
        }
        #expect(lastSums(ofJoiner: true) == lastSums(ofJoiner: false) && lastSums(ofJoiner: true).count == 2)
        // An entry that comes twice was written once.
        var written: [EntryID: Kind] = [:]
        for case (true, .registry(let entries)) in whole { for entry in entries { written[entry.id] = entry.header.kind } }
        // Under each invitation of the token the site comes in, and lets its person in by an invitation of its own.
        let ways = try Invitation(text: exchanges[0].token).invitations.count
        let expected = [Kind.identityCreate, .identityCreate] + Array(repeating: [.admit, .invite, .admit], count: ways).joined()
        #expect(ways > 0 && written.values.sorted() == expected.sorted())
    }

    @Test func `every accept decodes, and is written again as the same bytes`() throws {
        for item in vectors.accepts {
            let again =
                item.what == "message"
                ? try Message(decoding: item.bytes, in: vectors.network).encoded : try Introduction(canonical: item.bytes).encoded
            #expect(again == item.bytes, "\(item.name)")
        }
    }

    @Test func `every reject is refused for its reason`() {
        for item in vectors.rejects {
            do throws(CBORError) {
                if item.what == "message" {
                    _ = try Message(decoding: item.bytes, in: vectors.network)
                } else {
                    _ = try Introduction(canonical: item.bytes)
                }
                Issue.record("\(item.name) is accepted")
            } catch {
                #expect(Self.reason(error) == item.why, "\(item.name)")
            }
        }
    }

    @Test func `every message of a rejected run decodes, and the run is none or does not hold`() throws {
        for run in vectors.rejectedRuns {
            var parts: [Message.RunPart] = []
            for bytes in run.messages {
                guard case .run(let part) = try Message(decoding: bytes, in: vectors.network) else { continue }
                parts.append(part)
            }
            #expect(parts.count == run.messages.count, "\(run.name)")
            #expect(Self.whole(parts, vectors) == run.why, "\(run.name)")
        }
    }

    /// What is wrong with a run, in the words of the vectors.
    private static func whole(_ parts: [Message.RunPart], _ vectors: GossipVectors) -> String? {
        guard var run = parts.first?.preamble else { return "no preamble" }
        for (index, part) in parts.enumerated() {
            if index > 0, part.preamble != nil { return "preamble inside a run" }
            var reader = CBORReader(part.items)
            do throws(CBORError) {
                for _ in 0..<part.itemCount { try run.decodeNext(&reader, in: vectors.network) }
            } catch { return reason(error) }
        }
        guard let last = run.entries.last?.entry, let key = last.header.device.flatMap({ VerifyingKey($0.bytes) }) else { return "nothing" }
        return last.verifiesSignature(of: key, in: vectors.network) ? nil : "signature"
    }

    private static func reason(_ error: CBORError) -> String {
        switch error {
        case .truncated: "truncated"
        case .notShortest: "not shortest"
        case .trailingBytes: "trailing bytes"
        case .unexpectedType: "unexpected type"
        case .tooLong: "too long"
        case .mapKeyOrder: "order"
        case .outOfRange: "out of range"
        case .invalidUTF8: "not UTF-8"
        default: "\(error)"
        }
    }
}
