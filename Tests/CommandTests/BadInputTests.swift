import Foundation
import Glibc
import Testing

/// What goes wrong around a site: each is a clear error, and nothing is lost.
@Suite(.serialized) struct BadInputTests {
    @Test func `a second node on one directory is refused, and the first goes on`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let second = try await siege.entente("run", "--listen", "127.0.0.1:\(try Program.freePort())", "--json")
        #expect(second.status == 3)
        #expect(Set(try second.refusal().keys) == ["error", "why", "hint"])
        #expect(try await siege.entente("post", "--space", "everyone", "Toujours là").status == 0)
    }

    @Test func `keys that others can read are refused by name`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let keys = try siege.files().filter { $0.lastPathComponent.contains("key") || $0.path.contains("/keys/") }
        try #require(!keys.isEmpty)
        for key in keys { chmod(key.path, 0o644) }
        for arguments in [["run", "--json"], ["post", "--space", "everyone", "Bonjour", "--json"]] {
            let outcome = try await Program.run(arguments + ["--dir", siege.directory.path])
            #expect(outcome.status == 3, "\(arguments): \(outcome.output)")
            let refusal = try outcome.refusal()
            #expect(keys.contains { key in refusal.values.contains { $0.contains(key.lastPathComponent) } }, "\(refusal)")
        }
        for key in keys { chmod(key.path, 0o600) }
        #expect(try await siege.entente("post", "--space", "everyone", "Bonjour").status == 0)
    }

    @Test(arguments: ["", "Bonjour", "entente1:AAAA", String(repeating: "A", count: 60_000)])
    func `what is no invitation is refused`(text: String) async throws {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: folder.file("file"))
        let outcome = try await Program.run(
            ["join", "file", "--site", "Brest", "--member", "Yann", "--dir", "brest", "--wait", "5", "--json"], in: folder.url)
        #expect(outcome.status == 1, "\(outcome.complaint)")
        #expect(Set(try outcome.refusal().keys) == ["error", "why", "hint"])
        let again = try await Program.run(["status", "--dir", "brest", "--json"], in: folder.url)
        #expect(again.status == 3)
    }

    @Test func `an invitation whose last day is past is refused, and one that was altered too`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let soon = ISO8601DateFormatter().string(from: Date().addingTimeInterval(3))
        let expiring = try await siege.entente(
            "invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--use-by", soon, "--out", "-")
        #expect(expiring.status == 0, "\(expiring.complaint)")
        let brest = try Site("Brest")
        // Somebody changes one letter in the middle.
        var letters = Array(expiring.output.split(separator: "\n").joined().utf8)
        let middle = letters.count / 2
        letters[middle] = letters[middle] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let join = ["join", "-", "--site", "Brest", "--member", "Yann", "--listen", brest.address, "--wait", "5", "--json"]
        let altered = try await Program.run(join + ["--dir", brest.directory.path], input: Data(letters))
        #expect([1, 2].contains(altered.status), "\(altered.output)")
        try await Task.sleep(for: .seconds(3))
        let late = try await Program.run(join + ["--dir", brest.directory.path + "2"], input: Data(expiring.output.utf8))
        try? FileManager.default.removeItem(atPath: brest.directory.path + "2")
        #expect(late.status == 1, "\(late.output)")
        #expect(Set(try late.refusal().keys) == ["error", "why", "hint"])
    }

    @Test func `an altered entry is named by verify`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        #expect(try await siege.entente("post", "--space", "everyone", "Un mot que l'on retrouve").status == 0)
        var count = 0
        for file in try siege.files() {
            var data = try Data(contentsOf: file)
            while let range = data.range(of: Data("Un mot que l'on".utf8)) {
                data.replaceSubrange(range, with: Data("Un mot qui ment".utf8))
                count += 1
            }
            try data.write(to: file)
        }
        try #require(count > 0)
        let outcome = try await siege.entente("verify", "--json")
        #expect(outcome.status == 1, "\(outcome.output) \(outcome.complaint)")
        #expect(try (outcome.object()["faults"] as? [Any])?.isEmpty == false)
    }

    @Test func `a truncated database is exit code 3 or a fault, never a crash`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        #expect(try await siege.entente("post", "--space", "everyone", "Bonjour").status == 0)
        let database = try #require(try siege.files().first { $0.lastPathComponent == "replica.db" })
        let data = try Data(contentsOf: database)
        try data.prefix(data.count / 2).write(to: database)
        for arguments in [["verify"], ["status"], ["run"], ["timeline"]] {
            let outcome = try await Program.run(arguments + ["--json", "--dir", siege.directory.path], seconds: 20)
            #expect([1, 3].contains(outcome.status), "\(arguments): \(outcome.status) \(outcome.output) \(outcome.complaint)")
        }
    }

    @Test func `the replica of another network is refused`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let other = try await Site.founding("Ailleurs", member: "Bob", network: "Autre")
        for file in try other.files() where file.lastPathComponent.hasPrefix("replica.db") {
            let target = siege.directory.appendingPathComponent(file.lastPathComponent)
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.copyItem(at: file, to: target)
        }
        let outcome = try await siege.entente("post", "--space", "everyone", "Bonjour", "--json")
        #expect(outcome.status == 3, "\(outcome.output)")
        #expect(Set(try outcome.refusal().keys) == ["error", "why", "hint"])
    }

    @Test func `another site's key is refused by name, and nothing is changed`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let other = try await Site.founding("Ailleurs", member: "Bob")
        let key = siege.directory.appendingPathComponent("keys/site.key")
        let own = try Data(contentsOf: key)
        try Data(contentsOf: other.directory.appendingPathComponent("keys/site.key")).write(to: key)
        let outcome = try await siege.entente("post", "--space", "everyone", "Bonjour", "--json")
        #expect(outcome.status == 3, "\(outcome.output)")
        #expect(try outcome.refusal()["error"]?.contains("site.key") == true)
        try own.write(to: key)
        #expect(try await siege.entente("post", "--space", "everyone", "Bonjour").status == 0)
    }

    @Test func `an init that is refused leaves a directory as it was`() async throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: folder.file("notes.txt"))
        let outcome = try await Program.run(
            ["init", "--network", "R", "--site", "S", "--member", "A", "--dir", folder.url.path, "--json"])
        #expect(outcome.status == 1, "\(outcome.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["notes.txt"])
    }

    @Test func `an invitation that leads to nobody who answers is exit code 3, and leaves nothing behind`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let invitation = try await siege.entente("invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--out", "-")
        let brest = try Site("Brest")
        let outcome = try await Program.run(
            ["join", "-", "--site", "Brest", "--member", "Yann", "--wait", "2", "--json", "--dir", brest.directory.path],
            input: Data(invitation.output.utf8))
        #expect(outcome.status == 3, "\(outcome.output) \(outcome.complaint)")
        #expect(try outcome.refusal()["why"]?.contains(siege.address) == true)
        #expect(!FileManager.default.fileExists(atPath: brest.directory.path))
    }

    @Test func `a directory without a name is wrong usage, and a site's own address is no peer`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        #expect(try await Program.run(["status", "--dir", "", "--json"]).status == 2)
        let own = try await siege.entente("peer", "add", siege.address, "--json")
        #expect(try own.status == 1 && own.refusal()["error"]?.contains(siege.address) == true)
    }

    /// Another program holds the database, as a backup that is badly made does.
    @Test func `a node that cannot finish a command ends within five seconds of SIGTERM`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = """
            import sqlite3, sys, time
            c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(60)
            """
        holder.arguments = ["python3", "-c", script, siege.directory.appendingPathComponent("replica.db").path]
        let pipe = Pipe()
        holder.standardOutput = pipe
        try holder.run()
        defer {
            kill(holder.processIdentifier, SIGKILL)
            holder.waitUntilExit()
        }
        #expect(pipe.fileHandleForReading.availableData.starts(with: Data("held".utf8)))
        let arguments = ["post", "--space", "everyone", "Bonjour", "--json", "--dir", siege.directory.path]
        async let post = Program.run(arguments)
        try await Task.sleep(for: .milliseconds(300))
        let (_, time) = try await siege.stop()
        #expect(time < .seconds(5))
        let outcome = try await post
        #expect(outcome.status == 3 && outcome.output.isEmpty, "\(outcome.output) \(outcome.complaint)")
    }

    @Test func `a stranger on the port gets not one byte, and the node goes on`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        for length in [1, 100, 70_000] {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
            #expect(try Stranger.talk(to: siege.port, bytes: bytes) == [])
        }
        #expect(try await siege.entente("post", "--space", "everyone", "Toujours là").status == 0)
        let (status, time) = try await siege.stop()
        #expect(status == 0 && time < .seconds(5))
    }

    @Test func `what was acknowledged survives a node that is killed`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let id = try await siege.entente("post", "--space", "everyone", "Écrit").output.split(separator: "\n").joined()
        siege.kill9()
        #expect(try await siege.entente("timeline", "--json").array().map { $0["id"] as? String } == [id])
        try await siege.start()
        #expect(try await siege.entente("timeline", "--json").array().map { $0["id"] as? String } == [id])
        #expect(try await siege.entente("verify").status == 0)
    }
}

/// Somebody who knows a port and nothing else.
enum Stranger {
    /// Sends bytes and returns what comes back within a second.
    static func talk(to port: Int, bytes: [UInt8]) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
        }
        try #require(isConnected)
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }
}
