import ArgumentParser
import EntenteNode

struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "List the sites and people of the network, or what happened to them.",
        discussion: "A name is shown where this site shares a space with its bearer; otherwise the first digits of the id.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only those of whom something is held for review; see entente held list.")
    var held = false

    @Flag(help: "What happened to memberships and keys, the newest last, by the times that those who acted claim.")
    var history = false

    @Option(parsing: .unconditional, help: "How many acts of the history at most, 1 to \(NodeLimits.timelineMax).")
    var limit = 100

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
        guard !held || !history else { throw ValidationError("--held and --history are two questions: ask one at a time.") }
    }

    func run() async throws {
        if history {
            guard case .history(let acts) = try await site.perform(.history(member: nil, limit: limit)) else { throw site.mismatch() }
            site.show(.array(acts.map(Answers.act)), acts.map(Answers.actLine))
            return
        }
        guard case .members(let all) = try await site.perform(.members) else { throw site.mismatch() }
        let items = held ? all.filter { $0.held > 0 } : all
        let lines = items.isEmpty ? ["Nothing is held for review."] : PlainText.table(items.map(Answers.memberRow))
        site.show(.array(items.map(Answers.member)), lines)
    }
}
