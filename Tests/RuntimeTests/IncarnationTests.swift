import EntenteCodec
import EntenteNode
import EntenteReplica
import EntenteRuntime
import EntenteStore
import Foundation
import Testing

/// A restored or copied database never forks its own logs: it signs under a new incarnation. (protocol, "Logs")
@Suite struct IncarnationTests {
    let folder = TemporaryFolder()
    var alice: NodeDirectory { folder.site }

    init() throws { try folder.site.foundedByAlice() }

    private func incarnation() throws -> [UInt8] { try #require(try alice.openForReading().fact(.incarnation)) }

    private func post(_ text: String, in directory: NodeDirectory? = nil) async throws {
        let node = try await SiteNode.open(directory ?? alice, reach: .store)
        let answer = await node.perform(.post(space: "everyone", text: text, replyTo: nil, by: nil))
        await node.end()
        guard case .posted = answer else {
            Issue.record("not posted: \(answer)")
            return
        }
    }

    @Test func `a database that is as it was left keeps its incarnation`() async throws {
        let first = try incarnation()
        for text in ["un", "deux", "trois"] { try await post(text) }
        #expect(try incarnation() == first)
    }

    @Test func `a restored database begins a new incarnation, and forks nothing`() async throws {
        try await post("avant la sauvegarde")
        let before = try incarnation()
        try Files.copy(alice.databasePath, to: folder.file("backup.db"))
        try await post("après la sauvegarde")
        // In place, as a careful administrator does it: the same file, with older contents.
        let backup = try Data(contentsOf: URL(fileURLWithPath: folder.file("backup.db")))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: alice.databasePath))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: backup)
        try handle.close()
        try await post("après le retour")
        #expect(try incarnation() != before)
        let store = try alice.openForReading()
        for log in try store.logs(after: LogID(0), limit: 100) { #expect(try store.branches(of: log.id).count == 1) }
    }

    @Test func `a copied directory begins a new incarnation, and the first one keeps its own`() async throws {
        try await post("un")
        let first = try incarnation()
        let clone = NodeDirectory(path: folder.file("clone"))
        try Files.copy(alice.path, to: clone.path)
        try await post("du clone", in: clone)
        #expect(try clone.openForReading().fact(.incarnation) != first)
        try await post("deux")
        #expect(try incarnation() == first)
    }

    @Test(arguments: ["", "{", "{\"format\":2}"])
    func `a record that is lost or unreadable is a doubt`(text: String) async throws {
        let before = try incarnation()
        if text.isEmpty {
            try Files.remove(alice.path + "/authored")
        } else {
            try Files.write(text, to: alice.path + "/authored")
        }
        try await post("un")
        let after = try incarnation()
        #expect(after != before)
        try await post("deux")
        #expect(try incarnation() == after)
    }

    @Test func `the record of another machine is a doubt`() async throws {
        let before = try incarnation()
        let path = alice.path + "/authored"
        let text = try Files.text(path)
        let machine = try #require(text.firstMatch(of: /"machine":"([^"]*)"/))
        try Files.write(text.replacingOccurrences(of: String(machine.0), with: "\"machine\":\"une-autre\""), to: path)
        try await post("un")
        #expect(try incarnation() != before)
    }

    @Test func `reading commands leave the record alone`() async throws {
        let before = try Files.text(alice.path + "/authored")
        let node = try await SiteNode.open(alice, reach: .store)
        _ = await node.perform(.timeline(space: nil, limit: 10))
        await node.end()
        #expect(try Files.text(alice.path + "/authored") == before)
    }
}
