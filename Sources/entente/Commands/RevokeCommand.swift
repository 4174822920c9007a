import ArgumentParser
import EntenteNode
import EntenteRuntime

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a membership: what the member writes from now on is no longer accepted.",
        discussion: """
            Shows first whom it reaches, whom it does not and why, and what is kept; then asks. What was written before is kept. \
            With --cause, nobody junior to you can bring anything back later.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The member or site: name, id or the first 8 digits of it.")
    var id: String

    @Option(help: "Why; said as a post in the space for all.")
    var reason: String?

    @Flag(help: "For cause: not a departure in good standing.")
    var cause = false

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Show what it would do, and do nothing.")
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

    private func perform(preview: Bool) async throws(OperatorFailure) -> RevocationItem {
        let command = Command.revoke(target: id, reason: reason, forCause: cause, preview: preview, by: acting.member)
        guard case .revoked(let item) = try await site.perform(command) else { throw site.mismatch() }
        return item
    }

    /// Returns if the person says yes.
    private func ask() async throws(OperatorFailure) {
        guard Output.isInteractive else {
            throw .usage(
                what: "nothing was revoked: nobody can be asked", why: "Standard input is not a terminal, and --yes was not given.",
                next: "See what it would do with " + site.typed("revoke \(Shell.word(id)) --dry-run") + ", then add --yes")
        }
        let preview = try await perform(preview: true)
        Output.complain(Self.lines(preview, done: false).joined(separator: "\n"))
        Output.ask("Do it? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard ["y", "yes", "o", "oui"].contains(answer) else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "nothing was revoked", why: "You did not say yes.",
                next: "Type the same again to be asked again.")
        }
    }

    private static func json(_ item: RevocationItem, done: Bool) -> JSON {
        .fields([
            "id": item.id.isEmpty ? .null : .string(item.id), "done": .bool(done), "reaches": .array(item.reaches.map(Answers.author)),
            "spares": .texts(item.spares), "kept": .count(item.kept), "invitations": .texts(item.invitations),
            "forCause": .bool(item.forCause),
        ])
    }

    private static func lines(_ item: RevocationItem, done: Bool) -> [String] {
        var lines = [done ? "No longer accepted from here on:" : "This would end the membership of:"]
        lines += item.reaches.map { "  \(PlainText.line($0.name)) (\(PlainText.short($0.id)))" }
        if item.reaches.isEmpty { lines.append("  nobody") }
        if !item.spares.isEmpty {
            lines.append(done ? "It did not reach:" : "It would not reach:")
            lines += item.spares.map { "  " + PlainText.line($0) }
        }
        if !item.invitations.isEmpty {
            lines.append(done ? "Closed with it:" : "It would close:")
            lines += item.invitations.map { "  invitation " + PlainText.short($0) }
        }
        lines.append("Kept: \(PlainText.count(item.kept, "entry", "entries")) written before, on every site.")
        lines.append(
            item.forCause
                ? "For cause: nobody junior to you can bring later entries back."
                : "In good standing: those senior to the member can still accept what this site has not seen.")
        return lines
    }
}
