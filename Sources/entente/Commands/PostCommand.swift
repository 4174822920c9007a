import ArgumentParser
import EntenteNode
import EntenteRuntime

struct PostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post", abstract: "Write a post; prints its id as soon as it is safely stored.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Option(help: "The space, by name or id.")
    var space: String

    @Option(help: "The post that this one answers: its id, or the first 8 digits of it.")
    var replyTo: String?

    @Argument(help: "The text, or - for standard input.")
    var text: String

    func run() async throws {
        let text = try TextArgument.read(
            text, limit: NodeLimits.textBytesMax, next: site.typed("post --space \(Shell.word(space)) 'Bonjour'"))
        let command = Command.post(space: space, text: text, replyTo: replyTo, by: acting.member)
        guard case .posted(let id) = try await site.perform(command) else { throw site.mismatch() }
        site.show(.fields(["id": .string(id)]), [PlainText.line(id)])
    }
}
