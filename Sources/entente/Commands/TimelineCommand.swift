import ArgumentParser
import EntenteNode

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Show the newest posts, the newest last.")

    @OptionGroup var site: SiteOptions

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    @Option(help: "How many posts at most, 1 to 10000.")
    var limit = 50

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        guard case .timeline(let items) = try await site.perform(.timeline(space: space, limit: limit)) else { throw site.mismatch() }
        let empty = ["No posts yet.", "Type next: " + site.typed("post --space everyone 'Bonjour'")]
        site.show(.array(items.map(Self.json)), items.isEmpty ? empty : items.flatMap(Self.lines))
    }

    private static func json(_ item: TimelineItem) -> JSON {
        .fields([
            "id": .string(item.id), "space": .string(item.space), "author": Answers.author(item.author), "time": .string(item.time),
            "text": .string(item.text), "replyTo": .text(item.replyTo), "edited": .bool(item.edited), "erased": .bool(item.erased),
            "reactions": .array(
                item.reactions.map { .fields(["emoji": .string($0.emoji), "by": .array($0.by.map(Answers.author))]) }),
        ])
    }

    private static func lines(_ item: TimelineItem) -> [String] {
        var title = "\(PlainText.minute(item.time))  \(PlainText.line(item.space))  \(PlainText.line(item.author.name))"
        title += "  (\(PlainText.short(item.id))"
        if let replyTo = item.replyTo { title += ", answers \(PlainText.short(replyTo))" }
        if item.edited { title += ", edited" }
        title += ")"
        let text = item.erased ? "    [erased]" : PlainText.block(item.text, indent: "    ")
        guard !item.reactions.isEmpty else { return [title, text] }
        let reactions = item.reactions.map { "\(PlainText.line($0.emoji)) \($0.by.count)" }
        return [title, text, "    " + reactions.joined(separator: "  ")]
    }
}
