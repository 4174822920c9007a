import ArgumentParser
import EntenteNode
import EntenteRuntime

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print the posts as JSON lines, the oldest first.",
        discussion: """
            One object a line: id, author, space, time, text, replyTo. The text is the last that its author gave it; what is \
            erased or hidden is left out. import reads it. Posts that arrive meanwhile may be in it or not.
            """)

    @OptionGroup var site: SiteOptions

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    func run() async throws {
        // The store lists the newest first: the beginnings of the pages are noted on the way back, and then printed forward.
        var beginnings: [String?] = [nil]
        while let next = try await page(before: beginnings[beginnings.count - 1]).next { beginnings.append(next) }
        for beginning in beginnings.reversed() {
            let lines = try await page(before: beginning).items.reversed().map { Self.json($0).line }
            if !lines.isEmpty { Output.print(lines.joined(separator: "\n")) }
        }
    }

    private func page(before: String?) async throws(OperatorFailure) -> ExportPage {
        let command = Command.export(space: space, before: before, limit: NodeLimits.exportPageCount)
        guard case .exported(let page) = try await site.perform(command) else { throw site.mismatch() }
        return page
    }

    private static func json(_ item: ExportItem) -> JSON {
        .fields([
            "id": .string(item.id), "author": .string(item.author), "space": .string(item.space), "time": .string(item.time),
            "text": .string(item.text), "replyTo": .text(item.replyTo),
        ])
    }
}
