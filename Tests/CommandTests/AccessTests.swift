import Foundation
import Glibc
import Testing

/// Who may use a running node's local API, with real accounts where the test may take them.
@Suite(.serialized) struct AccessTests {
    static let curl = URL(fileURLWithPath: "/usr/bin/curl")
    /// As root, a test may ask as somebody else.
    static let canBeOthers = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `the socket is its owner's alone where no group is named (L-11)`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let socket = try #require(try await siege.start()["socket"] as? String)
        #expect(mode(socket) == 0o600)
        let status = try await Program.run(["-sS", "--unix-socket", socket, "http://node/api/v1/status"], of: Self.curl).object()
        #expect(status["network"] as? String == "Réseau")
    }

    @Test func `a group that cannot come to the socket, or that is not there, is said at the start`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let closed = try await siege.entente("run", "--set", "api.group=65534", "--json")
        #expect(try closed.status == 2 && closed.refusal()["error"]?.contains("cannot come") == true, "\(closed.complaint)")
        let unknown = try await siege.entente("run", "--set", "api.group=no-such-group", "--json")
        #expect(try unknown.status == 2 && unknown.refusal()["error"]?.contains("no-such-group") == true, "\(unknown.complaint)")
    }

    @Test(.enabled(if: canBeOthers))
    func `a member of the group comes in, and another account is refused, told so and counted (L-10, L-11)`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let room = siege.folder.file("room")
        try FileManager.default.createDirectory(at: room, withIntermediateDirectories: true)
        chmod(siege.folder.url.path, 0o711)
        // Open to all, so that it is the credentials that decide.
        chmod(room.path, 0o711)
        let socket = room.appendingPathComponent("api.sock").path
        try await siege.start("--set", "api.group=54321", "--set", "api.socket=\(socket)")
        var status = stat()
        #expect(stat(socket, &status) == 0 && status.st_gid == 54321 && status.st_mode & 0o777 == 0o660)
        func ask(groups: String) async throws -> Outcome {
            try await Program.run(
                [
                    "--reuid=65534", "--regid=65534", groups, Self.curl.path, "-sS", "-w", "%{http_code}", "--unix-socket", socket,
                    "http://node/api/v1/spaces",
                ], of: URL(fileURLWithPath: "/usr/bin/setpriv"))
        }
        let admitted = try await ask(groups: "--groups=54321")
        #expect(admitted.output.hasSuffix("200") && admitted.output.contains("everyone"), "\(admitted.complaint)")
        // Somebody opens the socket by hand.
        chmod(socket, 0o666)
        let refused = try await ask(groups: "--clear-groups")
        #expect(refused.output.hasSuffix("403"), "\(refused.output) \(refused.complaint)")
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(refused.output.dropLast(3).utf8)) as? [String: String], "\(refused.output)")
        #expect(body["error"]?.contains("account") == true && body["hint"]?.isEmpty == false)
    }
}
