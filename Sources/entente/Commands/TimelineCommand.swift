import ArgumentParser
import EntenteNode

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Show the newest posts, the newest last.")

    @OptionGroup var site: SiteOptions

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    @Option(parsing: .unconditional, help: "How many posts at most, 1 to 10000.")
    var limit = 50

    @Flag(help: "Show what stewards hide, too.")
    var hidden = false

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        guard case .timeline(let items) = try await site.perform(.timeline(space: space, limit: limit, hidden: hidden)) else {
            throw site.mismatch()
        }
        let empty = ["No posts yet.", "Type next: " + site.typed("post --space everyone 'Bonjour'")]
        site.show(.array(items.map(Answers.post)), items.isEmpty ? empty : items.flatMap { Answers.postLines($0, hidden: hidden) })
    }
}
