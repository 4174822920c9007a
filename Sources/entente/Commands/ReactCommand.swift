import ArgumentParser
import EntenteNode
import EntenteRuntime

struct ReactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "react", abstract: "React to a post with an emoji, or take a reaction back.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The post: its id, or the first 8 digits of it.")
    var id: String

    @Argument(help: "An emoji or a short word, without spaces.")
    var emoji: String

    @Flag(help: "Take the reaction back.")
    var undo = false

    func run() async throws {
        let command = Command.react(id: id, emoji: emoji, undo: undo, by: acting.member)
        guard case .operated(let item) = try await site.perform(command) else { throw site.mismatch() }
        let post = "post \(PlainText.short(item.target)) in \(PlainText.line(item.space))"
        site.show(
            Answers.operation(item),
            [undo ? "Took \(PlainText.line(emoji)) back from \(post)." : "Reacted to \(post) with \(PlainText.line(emoji))."])
    }
}
