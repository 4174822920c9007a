import ArgumentParser
import EntenteNode
import EntenteRuntime

/// `space create` and `space list`.
struct SpaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "space", abstract: "Make a space, or list those that this site holds.",
        subcommands: [SpaceCreateCommand.self, SpaceListCommand.self])
}

struct SpaceCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a space.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The space's name.")
    var name: String

    func run() async throws {
        guard case .spaceCreated(let space) = try await site.perform(.createSpace(name: name, by: acting.member)) else {
            throw site.mismatch()
        }
        site.show(
            Answers.space(space),
            [
                "Made the space \(PlainText.line(space.name)) (\(PlainText.short(space.id))).",
                "Type next: " + site.typed("post --space \(Shell.word(name)) 'Bonjour'"),
            ])
    }
}

struct SpaceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the spaces that this site holds.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .spaces(let spaces) = try await site.perform(.listSpaces) else { throw site.mismatch() }
        site.show(.array(spaces.map(Answers.space)), PlainText.table(spaces.map { [$0.name, PlainText.short($0.id)] }))
    }
}
