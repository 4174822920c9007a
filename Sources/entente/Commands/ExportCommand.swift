import ArgumentParser
import EntenteRuntime

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print the posts as JSON lines, the oldest first.",
        discussion: """
            One object a line: id, author, authorID, space, spaceID, time, text, replyTo. The text is the one that is shown; what is \
            erased or hidden is left out. import reads it. It is of one moment: what arrives meanwhile is not in it.

            With --entries the lines of the posts stand behind those of the entries that they are made of, and of the whole \
            registry: whoever has the file checks every signature with public keys alone, as Examples/audit.py does.
            """)

    @OptionGroup var site: SiteOptions

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    @Flag(help: "With the entries, for an auditor.")
    var entries = false

    func run() async throws {
        try await site.export(ExportRequest(space: space, withEntries: entries)) { Output.write($0) }
    }
}
