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

    @Test func `there are at least as many rejects as accepts, each with a name of its own and a reason`() {
        #expect(vectors.rejects.count >= vectors.accepts.count)
        #expect(Set((vectors.accepts + vectors.rejects).map(\.name)).count == vectors.accepts.count + vectors.rejects.count)
        #expect(vectors.rejects.allSatisfy { !$0.why.isEmpty && $0.sentence.hasPrefix("G-") })
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
