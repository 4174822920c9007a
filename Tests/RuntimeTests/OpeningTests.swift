import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteRuntime
import EntenteStore
import Foundation
import Testing

/// What is wrong with a directory is said before anything is changed in it.
@Suite struct SiteOpeningTests {
    let folder = TemporaryFolder()
    var alice: NodeDirectory { folder.site }

    init() throws { try folder.site.foundedByAlice() }

    private func failure(of directory: NodeDirectory) async -> OperatorFailure? {
        do {
            let node = try await SiteNode.open(directory, reach: .store)
            await node.end()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a sound directory opens, closes and opens again`() async throws {
        for _ in 0..<3 { #expect(await failure(of: alice) == nil) }
    }

    @Test func `a second node on one directory is told who has it`() async throws {
        let first = try await SiteNode.open(alice, reach: .store)
        let second = await failure(of: alice)
        #expect(second?.code == 3 && second?.why.contains("\(getpid())") == true)
        #expect(try await SiteNode.openIfFree(alice, reach: .store) == nil)
        guard case .posted = await first.perform(.post(space: "everyone", text: "encore là", replyTo: nil, by: nil)) else {
            Issue.record("the first node goes on")
            return
        }
        await first.end()
        #expect(await failure(of: alice) == nil)
    }

    @Test(arguments: ["keys/site.key", "keys/agreement.key", "keys/network.secret", "keys/members/alice.key"])
    func `a key that others can read is refused, with what to type`(name: String) async throws {
        let path = alice.path + "/" + name
        try Files.setMode(path, 0o640)
        let refused = await failure(of: alice)
        #expect(refused?.code == 3 && refused?.next == "chmod 600 \(path)")
        try Files.setMode(path, 0o600)
        #expect(await failure(of: alice) == nil)
    }

    @Test(arguments: ["", "entente-key-1 site", "entente-key-1 site 00ff", "entente-key-1 member " + String(repeating: "a", count: 64)])
    func `a key file that is cut short, altered or another's is refused`(text: String) async throws {
        let path = alice.path + "/keys/site.key"
        try Files.write(text + "\n", to: path)
        try Files.setMode(path, 0o600)
        let refused = await failure(of: alice)
        #expect(refused?.code == 3 && refused?.what.contains("keys/site.key") == true)
        #expect(try Files.text(path) == text + "\n")
    }

    @Test func `a database of another network is refused and stays as it is`() async throws {
        let other = NodeDirectory(path: folder.file("other"))
        try other.foundedByAlice()
        try Files.remove(alice.path + "/replica.db")
        try Files.copy(other.path + "/replica.db", to: alice.path + "/replica.db")
        let refused = await failure(of: alice)
        #expect(refused?.code == 3 && refused?.what.contains("another network") == true)
    }

    @Test func `a missing database is not made anew`() async throws {
        try Files.remove(alice.path + "/replica.db")
        let refused = await failure(of: alice)
        #expect(refused?.code == 3 && refused?.what.contains("missing") == true)
        #expect(!Files.exists(alice.path + "/replica.db"))
    }

    @Test func `a damaged database is refused and stays as it is`() async throws {
        let garbage = String(repeating: "ceci n'est pas une base ", count: 1000)
        try Files.write(garbage, to: alice.path + "/replica.db")
        let refused = await failure(of: alice)
        #expect(refused?.code == 3)
        #expect(try Files.text(alice.path + "/replica.db") == garbage)
    }

    @Test func `settings of a newer version are refused`() async throws {
        let text = try Files.text(alice.path + "/site.json").replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 2")
        try Files.write(text, to: alice.path + "/site.json")
        let refused = await failure(of: alice)
        #expect(refused?.code == 3 && refused?.what.contains("newer version") == true)
    }

    @Test func `settings that are cut short are refused`() async throws {
        try Files.write(String(try Files.text(alice.path + "/site.json").prefix(40)), to: alice.path + "/site.json")
        #expect(await failure(of: alice)?.code == 3)
    }

    @Test func `a directory that holds nothing says what to type`() async throws {
        let refused = await failure(of: NodeDirectory(path: folder.file("nothing")))
        #expect(refused?.code == 3 && refused?.next.contains("entente init") == true)
        #expect(!Files.exists(folder.file("nothing")))
    }
}
