import ArgumentParser
import EntenteNode
import EntenteRuntime

struct UnhideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unhide", abstract: "Show a hidden post again; for stewards and administrators.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The post: its id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        guard case .operated(let item) = try await site.perform(.unhide(id: id, by: acting.member)) else { throw site.mismatch() }
        site.show(
            Answers.operation(item), ["Post \(PlainText.short(item.target)) in \(PlainText.line(item.space)) is shown again."])
    }
}
