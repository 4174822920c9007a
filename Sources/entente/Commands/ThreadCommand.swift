import ArgumentParser
import EntenteNode

struct ThreadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thread", abstract: "Show the conversation that a post is in.",
        discussion: "What the post answers, and every answer to any of these.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "A post of the conversation: its id, or the first 8 digits of it.")
    var id: String

    @Flag(help: "Show the texts that edited posts had before, too.")
    var history = false

    @Option(help: "How many posts at most, 1 to \(NodeLimits.timelineMax).")
    var limit = 200

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        guard case .thread(let items) = try await site.perform(.thread(post: id, history: history, limit: limit)) else {
            throw site.mismatch()
        }
        site.show(.array(items.map(Answers.post)), Answers.threadLines(items))
    }
}
