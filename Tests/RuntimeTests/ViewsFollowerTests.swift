import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteRuntime
import EntenteStore
import Foundation
import Testing

/// The views beside a running node: they follow it, and what goes wrong with them stays with them.
@Suite struct ViewsFollowerTests {
    let folder = TemporaryFolder("views")

    private func site() async throws -> SiteNode {
        if !folder.site.isFounded { try folder.site.foundedByAlice() }
        return try await SiteNode.open(folder.site, reach: .dialling)
    }

    private func post(_ text: String, at node: SiteNode) async throws -> String {
        guard case .posted(let id) = await node.perform(.post(space: "everyone", text: text, replyTo: nil, by: nil)) else {
            throw Unexpected()
        }
        return id
    }

    private struct Unexpected: Error {}

    private func texts(at node: SiteNode) async -> [String]? {
        guard case .timeline(let items) = await node.perform(.timeline(space: nil, limit: 100)) else { return nil }
        return items.map(\.text)
    }

    private func found(_ words: String, at node: SiteNode, space: String? = nil) async -> [String]? {
        let request = SearchRequest(words: words, space: space, author: nil, since: nil, until: nil, limit: 10)
        guard case .found(let items) = await node.perform(.search(request)) else { return nil }
        return items.map(\.text)
    }

    @Test("V-34: what was written is found at once, by any question")
    func atOnce() async throws {
        let node = try await site()
        for number in 0..<20 {
            let id = try await post("Réunion \(number)", at: node)
            #expect(await found("reunion \(number)", at: node) == ["Réunion \(number)"])
            guard case .thread(let items) = await node.perform(.thread(post: id, history: false, limit: 10)) else { throw Unexpected() }
            #expect(items.map(\.id) == [id])
        }
        #expect(await texts(at: node)?.count == 20)
        await node.end()
    }

    @Test("V-23: views that somebody has deleted or damaged are there again at the next start")
    func deleted() async throws {
        var node = try await site()
        _ = try await post("un", at: node)
        await node.end()
        let file = folder.site.path + "/" + ViewStore.fileName
        for damage in [nil, Data("nothing that SQLite knows, and long enough to be looked at as a file of it".utf8)] {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
            try damage?.write(to: URL(fileURLWithPath: file))
            node = try await site()
            #expect(await found("un", at: node) == ["un"])
            await node.end()
        }
    }

    @Test("V-23: views whose files somebody deletes or replaces beside the running node are made again by the next question")
    func deletedMeanwhile() async throws {
        let node = try await site()
        _ = try await post("un", at: node)
        #expect(await found("un", at: node) == ["un"])
        let file = folder.site.path + "/" + ViewStore.fileName
        let garbage = Data("nothing that SQLite knows, and long enough to be looked at as a file of it".utf8)
        for (number, suffixes) in [[""], ["", "-wal", "-shm"], ["-wal", "-shm"], [""]].enumerated() {
            for suffix in suffixes { try? FileManager.default.removeItem(atPath: file + suffix) }
            if number == 3 { try garbage.write(to: URL(fileURLWithPath: file)) }
            // At once, and for what is written later.
            #expect(await found("un", at: node) == ["un"], "\(number)")
            _ = try await post("encore \(number)", at: node)
            #expect(await found("encore \(number)", at: node) == ["encore \(number)"], "\(number)")
            #expect(FileManager.default.fileExists(atPath: file))
        }
        guard case .views(let item) = await node.perform(.views(digests: false)) else { throw Unexpected() }
        #expect(item.state == .current)
        await node.end()
    }

    @Test("V-9: a hidden post is read and found by whoever asks for hidden ones, with the name of who hides it, and by nobody else")
    func hidden() async throws {
        let node = try await site()
        let id = try await post("gros mot", at: node)
        #expect(await node.perform(.hide(id: id, by: nil)).refusal == nil)
        for hidden in [nil, false, true] as [Bool?] {
            guard case .timeline(let timeline) = await node.perform(.timeline(space: nil, limit: 10, hidden: hidden)),
                case .thread(let thread) = await node.perform(.thread(post: id, history: true, limit: 10, hidden: hidden))
            else { throw Unexpected() }
            for items in [timeline, thread] {
                #expect(items.map(\.text) == [hidden == true ? "gros mot" : ""])
                #expect(items.allSatisfy(\.hidden) && items.first?.hiddenBy.map(\.name) == ["alice"])
            }
            let request = SearchRequest(words: "gros", space: nil, author: nil, since: nil, until: nil, limit: 10, hidden: hidden)
            guard case .found(let found) = await node.perform(.search(request)) else { throw Unexpected() }
            #expect(found.map(\.text) == (hidden == true ? ["gros mot"] : []))
        }
        await node.end()
    }

    @Test("V-31: a thread that the limit cuts says so")
    func cutThread() async throws {
        let node = try await site()
        let first = try await post("un", at: node)
        guard case .posted(let second) = await node.perform(.post(space: "everyone", text: "deux", replyTo: first, by: nil)) else {
            throw Unexpected()
        }
        for (limit, ids, more) in [(1, [second], [true]), (2, [first, second], [false, false])] {
            guard case .thread(let items) = await node.perform(.thread(post: second, history: false, limit: limit)) else {
                throw Unexpected()
            }
            #expect(items.map(\.id) == ids && items.map(\.more) == more)
        }
        #expect(await texts(at: node) == ["un", "deux"])
        await node.end()
    }

    @Test("V-34: views that cannot be written hold nothing up: the node goes on, and says so")
    func unwritable() async throws {
        if !folder.site.isFounded { try folder.site.foundedByAlice() }
        // A directory in the place of the file.
        let file = folder.site.path + "/" + ViewStore.fileName
        try FileManager.default.createDirectory(atPath: file + "/in the way", withIntermediateDirectories: true)
        let node = try await site()
        let begun = ContinuousClock.now
        _ = try await post("un", at: node)
        #expect(await texts(at: node) == ["un"])
        guard case .refused(let refusal) = await node.perform(.people(space: nil)) else { throw Unexpected() }
        #expect(refusal.code == .unavailable && !refusal.next.isEmpty)
        guard case .status(let status) = await node.perform(.status) else { throw Unexpected() }
        #expect(status.views != nil && status.readOnly == nil)
        #expect(ContinuousClock.now - begun < .seconds(10))
        await node.end()
    }

    @Test("V-25: rebuilding beside the running node ends with the same digests")
    func rebuilt() async throws {
        let node = try await site()
        for number in 0..<30 { _ = try await post("post \(number)", at: node) }
        func views(_ command: Command) async throws -> ViewsItem {
            guard case .views(let item) = await node.perform(command) else { throw Unexpected() }
            return item
        }
        let before = try await views(.views(digests: true))
        #expect(before.state == .current && before.spaces.first { $0.name == "everyone" }?.posts == 30)
        var item = try await views(.rebuildViews(begins: true))
        for _ in 0..<100 where item.state != .current { item = try await views(.rebuildViews(begins: false)) }
        #expect(try await views(.views(digests: true)) == before)
        #expect(await texts(at: node)?.count == 30)
        await node.end()
    }

    @Test("V-32, V-33: a question about a space that is not here is refused by its name, and an empty search too")
    func refusals() async throws {
        let node = try await site()
        _ = try await post("un", at: node)
        for command in [
            Command.search(SearchRequest(words: "un", space: "nulle part", author: nil, since: nil, until: nil, limit: 10)),
            .search(SearchRequest(words: "un", space: nil, author: "personne", since: nil, until: nil, limit: 10)),
            .search(SearchRequest(words: "\"!", space: nil, author: nil, since: nil, until: nil, limit: 10)),
            .search(SearchRequest(words: "un", space: nil, author: nil, since: nil, until: nil, limit: 0)),
            .people(space: "nulle part"), .thread(post: "00000000", history: false, limit: 5),
            .thread(post: "zz", history: false, limit: 5),
        ] {
            guard case .refused(let refusal) = await node.perform(command) else { throw Unexpected() }
            #expect(refusal.code != .unavailable && !refusal.what.isEmpty && !refusal.next.isEmpty)
        }
        await node.end()
    }
}
