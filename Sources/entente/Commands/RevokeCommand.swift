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
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The member or site: name, id or the first 8 digits of it.")
    var id: String

    @Option(help: "Why; said as a post in the space for all.")
    var reason: String?

    @Flag(help: "For cause: not a departure in good standing.")
    var cause = false

    @Flag(help: "Of a person, also everybody whom the person let in or gave a role. A site always falls with its people.")
    var subtree = false

    @Option(help: "End this role of theirs alone: administrator, steward, member, guest, site or partner.")
    var role: StandingRole?

    @Option(help: "With --role, where they have it in several spaces: the space, by name or id.")
    var space: String?

    func validate() throws {
        if space != nil, role == nil { throw ValidationError("--space goes with --role.") }
        if role != nil, subtree { throw ValidationError("--role ends one role, and --subtree all that they gave: name one of them.") }
    }

    func run() async throws {
        let part = role.map { " --role \($0.rawValue)" + (space.map { " --space \(Shell.word($0))" } ?? "") } ?? ""
        let command = "revoke \(Shell.word(id))" + part + (cause ? " --cause" : "") + (subtree ? " --subtree" : "")
        let isAgreed = try await site.agree(consent, done: "revoked", command: command) { () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Self.json(item, done: false), Self.lines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(preview: false)
        site.show(Self.json(item, done: true), Self.lines(item, done: true))
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> RevocationItem {
        let command = Command.revoke(
            target: id, reason: reason, forCause: cause, preview: preview, by: acting.member, subtree: subtree,
            part: role.map { StandingChoice(role: $0, space: space) })
        guard case .revoked(let item) = try await site.perform(command) else { throw site.mismatch() }
        return item
    }

    private static func json(_ item: RevocationItem, done: Bool) -> JSON {
        .fields([
            "id": Answers.written(item.id), "done": .bool(done), "by": Answers.author(ofAny: item.by),
            "reaches": .array(item.reaches.map(Answers.author)), "ends": .texts(item.ends), "spares": .texts(item.spares),
            "warnings": .texts(item.warnings), "kept": .count(item.kept),
            "keptBySpace": .array(item.keptBySpace.map { .fields(["space": .string($0.space), "entries": .count($0.entries)]) }),
            "letIn": .array(
                item.letIn.map {
                    .fields(["member": Answers.author($0.member), "role": .string($0.role), "stays": .bool($0.stays)])
                }), "invitations": .texts(item.invitations), "closes": .array(item.closes.map(Answers.invitation)),
            "forCause": .bool(item.forCause),
        ])
    }

    private static func lines(_ item: RevocationItem, done: Bool) -> [String] {
        var lines = [done ? "No longer accepted from here on:" : "This would end the membership of:"]
        lines += item.reaches.isEmpty ? ["  nobody"] : item.reaches.map { "  " + Answers.person($0) }
        lines += Answers.section(done ? "What ended:" : "What would end:", item.ends.map(PlainText.line))
        lines += Answers.section(done ? "It did not reach:" : "It would not reach:", item.spares.map(PlainText.line))
        let staying = item.letIn.filter(\.stays).map { "\(Answers.person($0.member)), \(PlainText.line($0.role))" }
        lines += Answers.section("They came in through the member, and stay:", staying)
        lines += Answers.section(done ? "Closed with it:" : "It would close:", item.closes.map { PlainText.line($0.words) })
        lines.append("Kept: \(PlainText.count(item.kept, "entry", "entries")) written before, on every site.")
        if item.keptBySpace.count > 1 { lines += item.keptBySpace.map { "  \($0.entries) in \(PlainText.line($0.space))" } }
        lines.append(
            item.forCause
                ? "For cause: nobody junior to you can bring later entries back."
                : "In good standing: those senior to the member can still accept what this site has not seen.")
        return lines + item.warnings.map { "Mind: " + PlainText.line($0) }
    }
}
