import ArgumentParser
import EntenteNode
import EntenteRuntime

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Destroy what an entry says, on every site and for ever.",
        discussion: """
            The author erases, and so does a security officer. What remains is that there was an entry, of whom and when. \
            It cannot be taken back. Backups that were taken before, and what people copied, are not reached.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The entry: its id, or the first 8 digits of it.")
    var id: String

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Show what it would destroy, and do nothing.")
    var dryRun = false

    func run() async throws {
        if dryRun {
            let preview = try await perform(preview: true)
            site.show(Self.json(preview, done: false), Self.lines(preview, done: false))
            return
        }
        if !yes { try await ask() }
        let item = try await perform(preview: false)
        site.show(Self.json(item, done: true), Self.lines(item, done: true))
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> ErasureItem {
        guard case .erased(let item) = try await site.perform(.erase(id: id, preview: preview, by: acting.member)) else {
            throw site.mismatch()
        }
        return item
    }

    /// Returns if the person says yes.
    private func ask() async throws(OperatorFailure) {
        guard Output.isInteractive else {
            throw .usage(
                what: "nothing was erased: nobody can be asked", why: "Standard input is not a terminal, and --yes was not given.",
                next: "See what it would do with " + site.typed("erase \(Shell.word(id)) --dry-run") + ", then add --yes")
        }
        let preview = try await perform(preview: true)
        Output.complain(Self.lines(preview, done: false).joined(separator: "\n"))
        Output.ask("Erase it for ever? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard ["y", "yes", "o", "oui"].contains(answer) else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "nothing was erased", why: "You did not say yes.",
                next: "Type the same again to be asked again.")
        }
    }

    private static func json(_ item: ErasureItem, done: Bool) -> JSON {
        .fields([
            "id": item.id.isEmpty ? .null : .string(item.id), "done": .bool(done), "target": .string(item.target),
            "kind": .string(item.kind), "space": .string(item.space), "author": Answers.author(item.author), "time": .string(item.time),
            "edits": .count(item.edits), "by": Answers.author(item.by), "byOfficer": .bool(item.byOfficer),
        ])
    }

    private static func lines(_ item: ErasureItem, done: Bool) -> [String] {
        let what = "\(item.kind) \(PlainText.short(item.target)) by \(PlainText.line(item.author.name))"
        let place = "in \(PlainText.line(item.space)), \(PlainText.minute(item.time))"
        var lines = ["\(done ? "Erased" : "This would erase") the \(what), \(place)"]
        if item.edits > 0 { lines.append("With it \(done ? "went" : "would go") \(PlainText.count(item.edits, "edit", "edits")).") }
        if item.byOfficer { lines.append("\(PlainText.line(item.by.name)) acts as security officer, and everybody can see that.") }
        lines.append(
            done
                ? "Its words are destroyed here, and on every other site as soon as it hears of it. That there was an entry stays."
                : "Its words would be destroyed on every site. That cannot be taken back, by anybody.")
        lines.append("Not reached: backups that were taken before, and what people copied.")
        return lines
    }
}
