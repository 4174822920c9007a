import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteRuntime
import EntenteStore
import Foundation
import Testing

/// What leaves a site as lines of JSON. (Specs/09-api.md, "Export")
@Suite struct ExportTests {
    let folder = TemporaryFolder("export")

    private func site() async throws -> SiteNode {
        if !folder.site.isFounded { try folder.site.foundedByAlice() }
        return try await SiteNode.open(folder.site, reach: .dialling)
    }

    private struct Unexpected: Error {}

    @discardableResult
    private func post(_ text: String, at node: SiteNode, replyTo: String? = nil) async throws -> String {
        guard case .posted(let id) = await node.perform(.post(space: "everyone", text: text, replyTo: replyTo, by: nil)) else {
            throw Unexpected()
        }
        return id
    }

    private func lines(_ node: SiteNode, space: String? = nil, withEntries: Bool = false) async throws -> [JSONValue] {
        let stream = try await node.export(ExportRequest(space: space, withEntries: withEntries))
        var bytes: [UInt8] = []
        while let piece = try await stream.next() {
            #expect(piece.last == UInt8(ascii: "\n"))
            bytes += piece
        }
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONReader.read(Array($0)) }
    }

    private func texts(_ lines: [JSONValue]) -> [String] {
        lines.compactMap { if case .string(let text) = $0["text"] { text } else { nil } }
    }

    /// Alice, on a device whose database was put back several times: each edit of hers knows nothing of the others.
    ///
    /// - Returns: the texts of the edits with their ids, in the order of their times.
    private func concurrentEdits(of post: EntryID, _ count: Int, after before: Int) throws -> [(id: EntryID, text: String)] {
        let settings = try folder.site.settings()
        let key = try #require(try folder.site.identity(settings: settings).members.first).key
        var store = try SQLiteStore(directory: folder.site.path)
        var replica = try Replica(network: settings.networkID, store: &store)
        let stored = try #require(try store.entry(post))
        let (path, capability) = (try #require(stored.entry.header.space.path), try #require(stored.entry.header.authorization.capability))
        var random = SystemRandomNumberGenerator()
        var edits: [(id: EntryID, text: String)] = []
        try store.begin()
        for number in 1...count {
            let text = "version \(before + number)"
            let wall = stored.entry.header.timestamp.advanced(byMilliseconds: UInt64(before + number) * 10)
            let author = Author(key: key, identity: stored.entry.identity, incarnation: UInt64(number))
            let entry = try replica.author(
                .edit(target: post, text: text, supersedes: []), in: path, citing: capability, by: author, at: wall, using: &random,
                store: &store
            ).entry
            edits.append((entry.id, text))
        }
        try store.commit()
        return edits
    }

    @Test func `of several concurrent edits an export has the one that is shown, and not the newest (V-3, V-4, L-20, L-27)`() async throws {
        var node = try await site()
        let id = try #require(EntryID(hex: try await post("au début", at: node)))
        await node.end()
        var edits: [(id: EntryID, text: String)] = []
        // All have one level: the smallest id counts. That the newest has it happens once in eight times: then there are more.
        repeat { edits += try concurrentEdits(of: id, 8, after: edits.count) } while edits.map(\.id).min() == edits.last?.id
        node = try await site()
        let counts = edits.min { $0.id < $1.id }?.text
        var shown: [TimelineItem] = []
        // Until the views have taken the edits in: on a busy machine longer than a question waits for them.
        for _ in 0..<60 where shown.map(\.text) != [counts] {
            guard case .timeline(let items) = await node.perform(.timeline(space: nil, limit: 10)) else { throw Unexpected() }
            shown = items
            if shown.map(\.text) != [counts] { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(shown.map(\.text) == [counts] && counts != edits.last?.text)
        for withEntries in [false, true] {
            #expect(try await texts(lines(node, withEntries: withEntries)) == shown.map(\.text))
        }
        await node.end()
    }

    /// Whatever the author of the post has said of its own name is erased.
    ///
    /// - Returns: the author, and how many profiles there were.
    private func eraseProfiles(ofAuthorOf post: EntryID) throws -> (author: IdentityID, count: Int) {
        let settings = try folder.site.settings()
        let key = try #require(try folder.site.identity(settings: settings).members.first).key
        var store = try SQLiteStore(directory: folder.site.path)
        var replica = try Replica(network: settings.networkID, store: &store)
        let written = try #require(try store.entry(post))
        let (identity, capability) = (
            try #require(written.entry.identity), try #require(written.entry.header.authorization.capability)
        )
        let all = try store.arrivals(after: .none, registryOnly: false, limit: .max)
        let profiles = all.filter { $0.entry.header.kind == .profile && $0.entry.identity == identity }
        var random = SystemRandomNumberGenerator()
        try store.begin()
        for (number, stored) in profiles.enumerated() {
            let wall = written.entry.header.timestamp.advanced(byMilliseconds: UInt64(number) + 1)
            let author = Author(key: key, identity: identity, incarnation: UInt64(number) + 1)
            _ = try replica.author(
                .erasure(target: stored.entry.id), in: try #require(stored.entry.header.space.path), citing: capability, by: author,
                at: wall, using: &random, store: &store)
        }
        try store.commit()
        return (identity, profiles.count)
    }

    @Test func `who has no profile anywhere is called in an export by the first 8 digits of its id (L-27)`() async throws {
        var node = try await site()
        let id = try #require(EntryID(hex: try await post("Bonjour", at: node)))
        #expect(try await lines(node).last?["author"] == .string("alice"))
        await node.end()
        let erased = try eraseProfiles(ofAuthorOf: id)
        #expect(erased.count > 0)
        node = try await site()
        let digits = JSONValue.string(String(erased.author.description.prefix(8)))
        // Until the views have taken the erasures in.
        for _ in 0..<60 where try await lines(node).last?["author"] != digits { try await Task.sleep(for: .milliseconds(50)) }
        let (posts, whole) = (try await lines(node), try await lines(node, withEntries: true))
        #expect(posts.count == 1 && posts[0]["author"] == digits && posts[0]["text"] == .string("Bonjour"))
        #expect(whole.contains { $0["text"] == .string("Bonjour") && $0["author"] == digits })
        await node.end()
    }

    @Test func `an export has what is shown, the oldest first, over many pages (L-20)`() async throws {
        let node = try await site()
        let batch = (0..<NodeLimits.importMax).map { ImportedPost(author: "alice", space: "everyone", text: "message \($0)", replyTo: nil) }
        for _ in 0..<3 {
            guard case .imported(let outcomes) = await node.perform(.importPosts(batch, by: nil)), outcomes.allSatisfy({ $0.id != nil })
            else { throw Unexpected() }
        }
        let (first, gone, hidden) = (
            try await post("d’abord", at: node), try await post("effacé", at: node), try await post("caché", at: node)
        )
        try await post("réponse", at: node, replyTo: first)
        guard case .erased = await node.perform(.erase(id: gone, preview: false, by: nil)),
            case .operated = await node.perform(.hide(id: hidden, by: nil))
        else { throw Unexpected() }
        let lines = try await lines(node, space: "everyone")
        #expect(texts(lines) == Array(repeating: batch.map(\.text), count: 3).joined() + ["d’abord", "réponse"])
        #expect(lines.last?["replyTo"] == .string(first) && lines.last?["author"] == .string("alice"))
        #expect(lines.last?["space"] == .string("everyone") && lines.first?["replyTo"] == nil)
        await node.end()
    }

    @Test func `an export with entries is of one moment: what comes meanwhile is not in it (L-20, L-22, L-24, L-26)`() async throws {
        let node = try await site()
        for number in 0..<300 { try await post("message \(number)", at: node) }
        let stream = try await node.export(ExportRequest(space: nil, withEntries: true))
        var bytes = try #require(try await stream.next())
        let late = try await post("trop tard", at: node)
        while let piece = try await stream.next() { bytes += piece }
        let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONReader.read(Array($0)) }
        let (entries, posts) = (lines.filter { $0["entry"] != nil }, texts(lines))
        #expect(!entries.contains { $0["entry"] == .string(late) })
        #expect(posts == (0..<300).map { "message \($0)" })
        let first = try #require(lines.first), last = try #require(lines.last)
        #expect(first["format"] == .string("entente-export-1"))
        #expect(first["network"] == .string(try folder.site.settings().networkID.description))
        #expect(last["end"] == .bool(true) && last["posts"] == .integer(300) && last["entries"] == .integer(Int64(entries.count)))
        #expect(lines.count == entries.count + posts.count + 2)
        await node.end()
    }

    @Test func `no more exports than there may be are read at a time, and one that is let go makes room (L-21)`() async throws {
        let node = try await site()
        try await post("Bonjour", at: node)
        var open: [ExportStream] = []
        for _ in 0..<4 { open.append(try await node.export(ExportRequest(space: nil, withEntries: false))) }
        await #expect(throws: Refusal.self) { try await node.export(ExportRequest(space: nil, withEntries: false)) }
        open.removeLast()
        let next = try await node.export(ExportRequest(space: nil, withEntries: false))
        #expect(try await next.next() != nil)
        // The end of the node is not held up by a reader that takes nothing.
        await node.end()
        await #expect(throws: ExportStream.Failure.ended) { try await open[0].next() }
    }

    @Test func `a space that is not here is refused by its name, and so is an export without views (L-4, L-20)`() async throws {
        let node = try await site()
        await #expect(throws: Refusal.self) { try await node.export(ExportRequest(space: "nulle part", withEntries: true)) }
        await node.end()
        let file = folder.site.path + "/" + ViewStore.fileName
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        try FileManager.default.createDirectory(atPath: file + "/in the way", withIntermediateDirectories: true)
        let other = try await site()
        do {
            _ = try await other.export(ExportRequest(space: nil, withEntries: false))
            Issue.record("it was exported")
        } catch {
            #expect(error.code == .unavailable)
        }
        await other.end()
    }
}
