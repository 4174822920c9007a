import ArgumentParser
import EntenteNode

struct ThreadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thread", abstract: "Show the conversation that a post is in.",
        discussion: """
            What the post answers, and every answer to any of these. Where there are more than --limit, the post itself is there, \
            what it answers, the nearest first, and then answers, level by level.
            """)

    @OptionGroup var site: SiteOptions

    @Argument(help: "A post of the conversation: its id, or the first 8 digits of it.")
    var id: String

    @Flag(help: "Show the texts that edited posts had before, too.")
    var history = false

    @Option(parsing: .unconditional, help: "How many posts at most, 1 to \(NodeLimits.timelineMax).")
    var limit = 200

    @Flag(help: "Show what stewards hide, too.")
    var hidden = false

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        guard case .thread(let items) = try await site.perform(.thread(post: id, history: history, limit: limit, hidden: hidden)) else {
            throw site.mismatch()
        }
        var lines = Answers.threadLines(items, hidden: hidden)
        if items.contains(where: { $0.more == true }) {
            lines.append("There is more of this conversation than \(items.count) post\(items.count == 1 ? "" : "s").")
            if limit < NodeLimits.timelineMax {
                lines.append("Type next: " + site.typed("thread \(id) --limit \(NodeLimits.timelineMax)"))
            }
        }
        site.show(.array(items.map(Answers.post)), lines)
    }
}
