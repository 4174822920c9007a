import EntenteCodec
import EntenteReconciliation
import Foundation
import Testing

/// Specs/vectors/reconciliation.json: made here, read by whoever writes another implementation.
@Suite struct ReconciliationVectorTests {
    private struct File: Decodable {
        struct Fingerprint: Decodable { let set: String, from: Int, to: Int, fingerprint: String, reason: String? }
        struct Session: Decodable {
            let alice: String, bob: String, aliceFrameBytes: Int, bobFrameBytes: Int
            let messages: [String], have: [String], need: [String]
        }
        struct Answer: Decodable { let name: String, set: String, frameBytes: Int, `in`: String, out: String }
        struct Reject: Decodable { let name: String, role: String, set: String, `in`: String, reason: String }

        let sets: [String: [[String]]]
        let fingerprints: [Fingerprint]
        let sessions: [Session]
        let answers: [Answer]
        let rejects: [Reject]

        func set(_ name: String) throws -> ItemSet {
            let fields = try #require(sets[name])
            return try ItemSet(fields.map { try Self.item(time: $0[0], id: $0[1]) })
        }

        private static func item(time: String, id: String) throws -> Item {
            let timestamp = try #require(UInt64(time))
            let id = try #require(Bytes32(hex: id))
            return try #require(Item(timestamp: timestamp, id: id))
        }
    }

    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Specs/vectors/reconciliation.json")

    private func file() throws -> File { try JSONDecoder().decode(File.self, from: Data(contentsOf: Self.path)) }

    /// `ENTENTE_WRITE_VECTORS=1 swift test --filter ReconciliationVectorTests` writes the file.
    @Test func `making the vectors again gives the same bytes`() throws {
        let text = try ReconciliationVectors().text()
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] != nil { try Data(text.utf8).write(to: Self.path) }
        #expect(try Data(contentsOf: Self.path) == Data(text.utf8))
    }

    @Test func `every fingerprint of the vectors is ours, or comes of a mistake (R-9)`() throws {
        let file = try file()
        for vector in file.fingerprints {
            let own = try file.set(vector.set).fingerprint(vector.from..<vector.to).hex
            #expect((own == vector.fingerprint) == (vector.reason == nil), "\(vector.set): \(vector.reason ?? "")")
        }
    }

    @Test func `every session of the vectors is ours, and names the differences`() throws {
        let file = try file()
        for vector in file.sessions {
            let (alice, bob) = (try file.set(vector.alice), try file.set(vector.bob))
            let session = try Conversation(
                alice, bob, aliceLimits: .frame(vector.aliceFrameBytes), bobLimits: .frame(vector.bobFrameBytes))
            #expect(session.end == .done)
            #expect(session.messages.map(Hex.encode) == vector.messages, "\(vector.alice) and \(vector.bob)")
            #expect(session.have.map(\.hex) == vector.have && session.need.map(\.hex) == vector.need)
            #expect(vector.have.sorted() == difference(alice, bob).map(\.hex))
            #expect(vector.need.sorted() == difference(bob, alice).map(\.hex))
        }
    }

    @Test func `every answer of the vectors is ours, and true`() throws {
        let file = try file()
        for vector in file.answers {
            let set = try file.set(vector.set)
            var bob = Reconciler(.responder, limits: .frame(vector.frameBytes))
            let question = try #require(Hex.decode(vector.in))
            let answer = try #require(try bob.reconcile(question, over: set).reply)
            #expect(Hex.encode(answer) == vector.out, "\(vector.name)")
            #expect(try falsehoods(in: answer, from: set) == [], "\(vector.name)")
        }
    }

    @Test func `every reject of the vectors is refused for its reason`() throws {
        let file = try file()
        for vector in file.rejects {
            let role: Reconciler.Role = vector.role == "initiator" ? .initiator : .responder
            let message = try #require(Hex.decode(vector.in))
            let reason = try ReconciliationVectors.reason(role: role, set: file.set(vector.set), message: message)
            #expect(reason == vector.reason && reason != "accepted", "\(vector.name)")
        }
    }
}
