import Foundation
import Glibc
import Testing

/// What sites do with each other, as real processes on real lines.
@Suite(.serialized) struct SitesTests {
    /// A head office and a branch, both running and in sync.
    private func twoSites() async throws -> (siege: Site, brest: Site) {
        let siege = try await Site.founding("Siège", member: "Alice")
        try await siege.start()
        let invitation = try await siege.entente("invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--out", "-")
        let brest = try Site("Brest")
        let join = try await brest.entente(
            "join", "-", "--site", "Brest", "--member", "Yann", "--listen", brest.address, input: invitation.output)
        try #require(join.status == 0, "\(join.complaint)")
        try await brest.start()
        try #require(try await brest.entente("sync", "--wait", "20").status == 0)
        return (siege, brest)
    }

    private func texts(of site: Site) async throws -> [String] {
        try await site.entente("timeline", "--json").array().compactMap { $0["text"] as? String }
    }

    /// Fingerprints by space: equal on two sites that hold the same.
    private func fingerprints(of site: Site) async throws -> [String: String] {
        let spaces = try await site.entente("status", "--json").object()["spaces"] as? [[String: Any]] ?? []
        return Dictionary(
            uniqueKeysWithValues: spaces.compactMap { space in
                (space["name"] as? String).flatMap { name in (space["fingerprint"] as? String).map { (name, $0) } }
            })
    }

    private func expectAgreement(_ a: Site, _ b: Site) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await fingerprints(of: a) != fingerprints(of: b), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(try await fingerprints(of: a) == fingerprints(of: b))
        #expect(try await texts(of: a).sorted() == texts(of: b).sorted())
        for site in [a, b] { #expect(try await site.entente("verify").status == 0) }
    }

    @Test func `a branch that is cut off goes on, and meets again`() async throws {
        let (siege, brest) = try await twoSites()
        #expect(try await siege.stop().status == 0)
        #expect(try await brest.entente("post", "--space", "everyone", "Seuls, mais au travail").status == 0)
        #expect(try await texts(of: brest) == ["Seuls, mais au travail"])
        // The other one writes too, without a node.
        #expect(try await siege.entente("post", "--space", "everyone", "Ici aussi").status == 0)
        try await siege.start()
        try await siege.eventually("timeline", "--json") { try $0.array().count == 2 }
        try await expectAgreement(siege, brest)
    }

    @Test func `what came too late is adopted over the local API, and counts everywhere (L-12)`() async throws {
        let (siege, brest) = try await twoSites()
        let invitation = try await siege.entente(
            "invite", "--site", "Brest", "--role", "member", "--space", "everyone", "--until", "2035-12-31", "--out", "-")
        #expect(try await brest.entente("join", "-", "--site", "Brest", "--member", "Erin", input: invitation.output).status == 0)
        try await siege.eventually("members", "--json") { try $0.array().contains { $0["name"] as? String == "Erin" } }
        // Yann is removed while Brest is alone, and writes on.
        #expect(try await siege.stop().status == 0)
        #expect(try await siege.entente("revoke", "Yann", "--yes").status == 0)
        let late = try await brest.entente("post", "--space", "everyone", "--as", "Yann", "Trop tard").output.split(separator: "\n")
            .joined()
        try await siege.start()
        try await brest.eventually("held", "list", "--json") { try $0.array().contains { $0["id"] as? String == late } }
        // Only now: an administrator's node vouches by itself for what it held before it learnt of a removal.
        #expect(try await siege.entente("grant", "Erin", "--role", "administrator").status == 0)
        #expect(try await siege.entente("sync", "--wait", "20").status == 0)
        func ask(_ path: String, _ body: String) async throws -> (answer: [String: Any], status: String) {
            let outcome = try await Program.run(
                [
                    "-sS", "-w", "\n%{http_code}", "--unix-socket", brest.directory.path + "/node.sock", "-d", body,
                    "http://node/api/v1" + path,
                ], of: AccessTests.curl)
            let lines = outcome.output.split(separator: "\n")
            let answer = try JSONSerialization.jsonObject(with: Data(lines.dropLast().joined().utf8)) as? [String: Any]
            return (try #require(answer), String(lines.last ?? ""))
        }
        let tooEarly = try await ask("/held/collections", "{}")
        #expect(tooEarly.status == "200" && tooEarly.answer["entries"] as? Int == 0)
        let adopted = try await ask("/held/\(late)/adoption", #"{"by": "Erin"}"#)
        #expect(adopted.status == "201" && Set(adopted.answer.keys) == ["id", "author", "space", "entries", "vouch"])
        #expect(adopted.answer["id"] as? String == late && adopted.answer["entries"] as? Int == 1)
        try await siege.eventually("timeline", "--json") { try $0.array().contains { $0["text"] as? String == "Trop tard" } }
        #expect(try await brest.entente("held", "list", "--json").array().isEmpty)
        try await expectAgreement(siege, brest)
    }

    @Test func `a database that is put back from a copy goes on in new logs, and nothing forks`() async throws {
        let (siege, brest) = try await twoSites()
        #expect(try await brest.entente("post", "--space", "everyone", "Avant la copie").status == 0)
        #expect(try await brest.stop().status == 0)
        let copy = try Data(contentsOf: brest.directory.appendingPathComponent("replica.db"))
        try await brest.start()
        #expect(try await brest.entente("post", "--space", "everyone", "Après la copie").status == 0)
        #expect(try await brest.entente("sync", "--wait", "20").status == 0)
        #expect(try await brest.stop().status == 0)

        for file in try brest.files() where file.lastPathComponent.hasPrefix("replica.db") { try FileManager.default.removeItem(at: file) }
        try copy.write(to: brest.directory.appendingPathComponent("replica.db"))
        chmod(brest.directory.appendingPathComponent("replica.db").path, 0o600)
        // Cut off from everybody: it cannot ask what it had written.
        #expect(try await siege.stop().status == 0)
        #expect(try await brest.entente("post", "--space", "everyone", "Depuis la copie").status == 0)
        try await siege.start()
        try await brest.start()
        try await brest.eventually("timeline", "--json") { try $0.array().count == 3 }
        try await siege.eventually("timeline", "--json") { try $0.array().count == 3 }
        try await expectAgreement(siege, brest)
        #expect(try await (siege.entente("status", "--json").object()["forks"] as? [Any])?.isEmpty != false)
    }

    @Test func `a site that is killed while it fetches goes on from what it had stored`() async throws {
        let (siege, brest) = try await twoSites()
        #expect(try await brest.stop().status == 0)
        let long = String(repeating: "mot ", count: 10_000)
        for number in 0..<12 {
            #expect(try await siege.entente("post", "--space", "everyone", "-", input: "\(number) \(long)").status == 0)
        }
        for _ in 0..<3 {
            try await brest.start()
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...200)))
            brest.kill9()
        }
        try await brest.start()
        try await brest.eventually("timeline", "--json") { try $0.array().count == 12 }
        try await expectAgreement(siege, brest)
    }

    @Test func `a removed site hears of it, and is out, though it kept its files`() async throws {
        let (siege, brest) = try await twoSites()
        #expect(try await brest.entente("post", "--space", "everyone", "Écrit avant").status == 0)
        try await siege.eventually("timeline", "--json") { try $0.array().count == 1 }
        #expect(try await siege.entente("revoke", "Brest", "--yes", "--reason", "fermée").status == 0)
        try await brest.eventually("members", "--json") {
            try $0.array().contains { $0["name"] as? String == "Brest" && $0["state"] as? String == "removed" }
        }
        let refused = try await brest.entente("post", "--space", "everyone", "Écrit après", "--json")
        #expect(refused.status == 1, "\(refused.output)")
        try await siege.eventually("peers", "--json") { try $0.array().allSatisfy { $0["connected"] as? Bool == false } }
        // The reason is said to everybody, as a post.
        #expect(try await texts(of: siege) == ["Écrit avant", "Brest, Yann: fermée"])
        for site in [siege, brest] { #expect(try await site.entente("verify").status == 0) }
    }
}
