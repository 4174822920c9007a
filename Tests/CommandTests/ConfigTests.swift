import Foundation
import Testing

/// `entente config`, and what settings do to a running node.
@Suite(.serialized) struct ConfigTests {
    @Test func `what is in force is shown, with where it comes from`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try Data(#"{"log": {"format": "json"}, "sync": {"sessionsMax": 32}}"#.utf8).write(
            to: siege.directory.appendingPathComponent("entente.json"))
        let shown = try await siege.entente(
            "config", "show", "--set", "log.level=info", "--json", environment: ["ENTENTE_SYNC_SESSIONS_MAX": "64"]
        ).array()
        func row(_ key: String) throws -> [String: Any] { try #require(shown.first { $0["key"] as? String == key }) }
        #expect(try row("network.listen")["value"] as? String == siege.address && row("network.listen")["from"] as? String == "site.json")
        #expect(try row("log.level")["value"] as? String == "info" && row("log.level")["from"] as? String == "flags")
        #expect(try (row("log.format")["from"] as? String)?.hasSuffix("entente.json") == true)
        #expect(
            try row("sync.sessionsMax")["value"] as? Int == 64 && row("sync.sessionsMax")["from"] as? String == "ENTENTE_SYNC_SESSIONS_MAX")
        #expect(try row("api.group")["value"] is NSNull && row("api.group")["from"] as? String == "default")
        #expect(try await siege.entente("config", "check").status == 0)
    }

    @Test func `a wrong setting stops everything, and says which`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try Data(#"{"log": {"levle": "info"}}"#.utf8).write(to: siege.directory.appendingPathComponent("entente.json"))
        for arguments in [["config", "check"], ["config", "show"], ["run"], ["status"], ["post", "--space", "everyone", "Bonjour"]] {
            let outcome = try await Program.run(arguments + ["--json", "--dir", siege.directory.path])
            #expect(outcome.status == 2, "\(arguments): \(outcome.output)")
            #expect(try outcome.refusal()["error"]?.contains("log.levle") == true)
            #expect(try outcome.refusal()["why"]?.contains("log.level") == true)
        }
        for assignment in ["log.level", "log.level=loud", "=", "api.nonsense=1"] {
            #expect(try await siege.entente("config", "check", "--set", assignment).status == 2)
        }
    }

    @Test func `a node listens, logs and is asked where its settings say`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let (port, socket) = (try Program.freePort(), siege.folder.file("api.sock").path)
        try Data(
            """
            {"network": {"listen": "127.0.0.1:\(port)", "advertise": "siege.example.org:7117"},
             "log": {"level": "debug", "format": "json"}, "api": {"socket": "\(socket)"}}
            """.utf8
        ).write(to: siege.directory.appendingPathComponent("entente.json"))
        let ready = try await siege.start()
        #expect(ready["listen"] as? String == "127.0.0.1:\(port)" && ready["socket"] as? String == socket)
        let id = try await siege.entente("post", "--space", "everyone", "Bonjour").output
        #expect(id.count == 65)
        let curl = try await Program.run(
            ["-sS", "--unix-socket", socket, "http://node/api/v1/status"], of: URL(fileURLWithPath: "/usr/bin/curl"))
        #expect(try curl.object()["network"] as? String == "Réseau")
        let log = try String(contentsOf: siege.folder.file("node.err"), encoding: .utf8)
        for line in log.split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] != nil, "\(line)")
        }
        // Another site that was given the same socket does not take it away.
        let other = try await Site.founding("Ailleurs", member: "Bob")
        let second = try await other.entente("run", "--set", "api.socket=\(socket)", "--json")
        #expect(try second.status == 3 && second.refusal()["error"]?.contains("another process answers") == true, "\(second.complaint)")
        #expect(try await siege.stop().status == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }
}
