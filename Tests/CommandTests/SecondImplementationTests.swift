import Foundation
import Testing

/// Examples/second_client.py, a node that was written from the specifications alone, in another language, against the real one.
@Suite struct SecondImplementationTests {
    private static let python = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AUDIT_PYTHON"] ?? "/usr/bin/python3")

    private func client(_ invitation: URL, _ arguments: String...) async throws -> Outcome {
        let script = Program.repository.appendingPathComponent("Examples/second_client.py")
        return try await Program.run(
            [script.path, invitation.path, "--json", "--wait", "40"] + arguments, of: Self.python, seconds: 120)
    }

    @Test
    func `a client from the specifications alone joins, verifies and posts, and both end with one sum (G-56, G-57, G-58)`()
        async throws
    {
        let paris = try await Site.founding("Paris", member: "alice")
        let lines = (0..<300).map { #"{"author": "alice", "space": "everyone", "text": "message \#($0)"}"# }.joined(separator: "\n")
        #expect(try await paris.entente("import", "-", input: lines).status == 0)
        try await paris.start()
        let file = paris.folder.file("brest.invitation")
        let invited = try await paris.entente("invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--out", file.path)
        #expect(invited.status == 0, "\(invited.complaint)")
        let outcome = try await client(file, "--text", "Bonjour du dehors", "--member", "Yann")
        try #require(outcome.status == 0, "\(outcome.output) \(outcome.complaint)")
        let report = try outcome.object()
        #expect(report["inSync"] as? Bool == true)
        let posts = report["posts"] as? [[String: Any]] ?? []
        #expect(posts.count >= 302 && posts.contains { $0["text"] as? String == "message 299" })
        // What it wrote is shown, by its name, and nothing that it said is a fault.
        let timeline = try await paris.entente("timeline", "--limit", "5").output
        #expect(timeline.contains("Bonjour du dehors") && timeline.contains("Yann"))
        #expect(try await paris.entente("members").output.contains("Brest"))
        #expect(try await paris.entente("verify").status == 0)
        #expect(try await paris.entente("status", "--json").object()["faults"] as? Int == 0)
        // Once used, the file lets nobody else in.
        let second = try await client(file, "--text", "encore")
        #expect(second.status == 1)
    }
}
