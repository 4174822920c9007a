import ArgumentParser
import EntenteNode
import EntenteRuntime

struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Give one of your posts another text.",
        discussion: """
            Only the author edits. What the post said before stays readable in its history; to destroy it, use erase. \
            Two edits that did not know of each other are both shown.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The post: its id, or the first 8 digits of it.")
    var id: String

    @Argument(help: "The new text, or - for standard input.")
    var text: String

    func run() async throws {
        let body = try TextArgument.read(
            text, limit: NodeLimits.editTextBytesMax, next: site.typed("edit \(Shell.word(id)) 'Bonjour à tous'"))
        guard case .operated(let item) = try await site.perform(.edit(id: id, text: body, by: acting.member)) else {
            throw site.mismatch()
        }
        site.show(Answers.operation(item), ["Edited post \(PlainText.short(item.target)) in \(PlainText.line(item.space))."])
    }
}
