import ArgumentParser
import EntenteNode
import EntenteRuntime

struct HideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hide", abstract: "Hide a post, reversibly; for stewards and administrators.",
        discussion: "Nothing is destroyed: unhide shows it again. To destroy what a post says, use erase.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The post: its id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        guard case .operated(let item) = try await site.perform(.hide(id: id, by: acting.member)) else { throw site.mismatch() }
        site.show(
            Answers.operation(item),
            [
                "Hid post \(PlainText.short(item.target)) in \(PlainText.line(item.space)).",
                "To show it again: " + site.typed("unhide \(PlainText.short(item.target))"),
            ])
    }
}
