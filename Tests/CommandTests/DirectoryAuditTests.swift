import Foundation
import Testing

/// Examples/audit_directory.py, which has nothing but the specifications, on directories of the real program.
@Suite struct DirectoryAuditTests {
    private func audit(_ directory: URL) async throws -> Outcome {
        let script = Program.repository.appendingPathComponent("Examples/audit_directory.py")
        return try await Program.run(
            ["python3", script.path, directory.path, "--json"], of: URL(fileURLWithPath: "/usr/bin/env"))
    }

    @Test func `an auditor with the specifications alone comes to what the node says, beside the running node`() async throws {
        let paris = try await Site.founding("Paris", member: "alice")
        try await paris.start()
        #expect(try await paris.entente("space", "create", "chantier").status == 0)
        let first = try await paris.entente("post", "--space", "chantier", "Où en est-on ? 👷")
        for text in ["un", "deux", "trois"] { #expect(try await paris.entente("post", "--space", "everyone", text).status == 0) }
        let id = first.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try await paris.entente("post", "--space", "chantier", "--reply-to", id, "ça avance").status == 0)
        let status = try await paris.entente("status", "--json").object()
        let outcome = try await audit(paris.directory)
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.complaint)")
        let report = try outcome.object()
        #expect(report["faults"] as? [String] == [] && report["notes"] as? [String] == [])
        let found = (report["spaces"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }.sorted()
        let said = (status["spaces"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }.sorted()
        #expect(found == said && found.count == 3)
        let counts = try #require(report["counts"] as? [String: Int])
        #expect(counts["entries"] == status["entries"] as? Int && counts["missing"] == 0)
    }

    @Test func `a damaged byte of what was written is found, and its entry named`() async throws {
        let paris = try await Site.founding("Paris", member: "alice")
        var ids: [String] = []
        for text in ["le premier des messages", "le deuxième des messages"] {
            let outcome = try await paris.entente("post", "--space", "everyone", text)
            ids.append(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let file = paris.directory.appendingPathComponent("replica.db")
        let sound = try Data(contentsOf: file)
        #expect(try await audit(paris.directory).status == 0)
        let words = try #require(sound.range(of: Data("le premier des messages".utf8)))
        // A row is checksum, id, header, signature and body, one behind the other: what lies before the words is of them.
        for (offset, what) in [(0, "a letter"), (-18, "the salt"), (-60, "the signature"), (-140, "the header")] {
            var damaged = sound
            damaged[words.lowerBound + offset] ^= 1
            try damaged.write(to: file)
            let outcome = try await audit(paris.directory)
            #expect(outcome.status == 1, "\(what)")
            let faults = try outcome.object()["faults"] as? [String] ?? []
            #expect(faults.contains { $0.contains(ids[0]) }, "\(what): \(faults)")
        }
        try sound.write(to: file)
        #expect(try await audit(paris.directory).status == 0)
    }

    @Test func `what is no replica is an error of its own`() async throws {
        let paris = try Site("Paris")
        #expect(try await audit(paris.directory).status == 3)
        try FileManager.default.createDirectory(at: paris.directory, withIntermediateDirectories: true)
        try Data("recipes".utf8).write(to: paris.directory.appendingPathComponent("replica.db"))
        #expect(try await audit(paris.directory).status == 1)
    }
}
