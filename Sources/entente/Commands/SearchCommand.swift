import ArgumentParser
import EntenteModel
import EntenteNode

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find the posts that have all of these words, the newest last.",
        discussion: "Case and accents do not count: 'reunion' finds 'Réunion'. A word that ends in * finds those that begin so.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The words.")
    var words: [String]

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    @Option(help: "Posts of this person alone, by name or id.")
    var author: String?

    @Option(
        help: "From this day or moment on: YYYY-MM-DD, or YYYY-MM-DDThh:mmZ.",
        transform: { try SearchCommand.moment($0, day: .first) })
    var since: Timestamp?

    @Option(help: "Up to this day or moment.", transform: { try SearchCommand.moment($0, day: .last) })
    var until: Timestamp?

    @Option(parsing: .unconditional, help: "How many posts at most, 1 to \(NodeLimits.timelineMax).")
    var limit = 50

    @Flag(help: "Find what stewards hide, too.")
    var hidden = false

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        let request = SearchRequest(
            words: words.joined(separator: " "), space: space, author: author, since: since, until: until, limit: limit,
            hidden: hidden)
        guard case .found(let items) = try await site.perform(.search(request)) else { throw site.mismatch() }
        site.show(
            .array(items.map(Answers.post)),
            items.isEmpty ? ["Nothing was found."] : items.flatMap { Answers.postLines($0, hidden: hidden) })
    }

    private static func moment(_ text: String, day: Timestamp.DayMoment) throws -> Timestamp {
        guard let moment = Timestamp(text: text, day: day) else {
            throw ValidationError("\(text) is no day: it is written like 2026-09-30.")
        }
        return moment
    }
}
