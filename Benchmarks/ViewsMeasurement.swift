import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore
import Foundation

/// What people read from views.db: made from scratch from COUNT posts, and asked.
struct ViewsMeasurement {
    static let words = ["réunion", "sécurité", "chantier", "budget", "planning", "équipe", "livraison", "client", "projet", "idée"]

    let postCount: Int

    func run() throws {
        let v = verificationsPerSecond()
        print(String(format: "V = %.0f verifications a second", v))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("entente-bench-\(getpid())").path
        for name in ["siege", "other"] {
            try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        var random = Seeded(state: 6)
        let site = try Pair.founding(
            SQLiteStore(directory: path + "/siege"), SQLiteStore(directory: path + "/other"), using: &random
        ).giver
        var last: String?
        for number in 0..<postCount {
            // Of thirty words each, every third an answer to the one before.
            let text = (0..<30).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: " ") + " \(number)"
            let post = Command.post(space: Node.homeSpaceName, text: text, replyTo: number % 3 == 0 ? nil : last, by: nil)
            for case .reply(_, .posted(let id)) in try site.handle([.commanded(CommandID(UInt64(number)), post)]) { last = id }
        }
        let views = try ViewStore(directory: path + "/siege")
        var indexer = ViewIndexer(source: site.reader, views: views)
        line("posts made visible, from scratch", count: postCount, try Cost { while try indexer.advance() != .upToDate {} }, v: v)
        try ask(views, spaces: try site.reader.summaries().compactMap(\.space.path), last: last, v: v)
        let begun = postCount
        _ = try site.handle([
            .commanded(CommandID(UInt64(begun)), .post(space: Node.homeSpaceName, text: "un de plus", replyTo: nil, by: nil))
        ])
        indexer.source = site.reader
        line("one post more, made visible", count: 1, try Cost { while try indexer.advance() != .upToDate {} }, v: v)
    }

    private func ask(_ views: ViewStore, spaces: [SpacePath], last: String?, v: Double) throws {
        guard let words = SearchWords("reunion securite"), let rare = SearchWords("\(postCount / 2)"),
            let id = last.flatMap(EntryID.init(hex:))
        else { preconditionFailure("words are words, and a post was written") }
        let count = 20
        let timeline = try Cost { for _ in 0..<count { _ = try views.timeline(in: spaces, author: nil, before: nil, limit: 50) } }
        line("timelines of 50", count: count, timeline, v: v)
        for (what, words) in [("searches that nearly all posts meet", words), ("searches that one post meets", rare)] {
            let cost = try Cost {
                for _ in 0..<count {
                    _ = try views.search(words, in: spaces, author: nil, since: nil, until: nil, hidden: false, limit: 50)
                }
            }
            line(what, count: count, cost, v: v)
        }
        line("threads", count: count, try Cost { for _ in 0..<count { _ = try views.thread(of: id, in: spaces, limit: 50) } }, v: v)
    }
}
