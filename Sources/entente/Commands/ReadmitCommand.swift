import ArgumentParser
import EntenteNode
import EntenteRuntime

struct ReadmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readmit", abstract: "Take back a member that was removed or has left.",
        discussion: """
            Shows first which removals it lifts and which it may not: only the level that removed somebody, or one above, takes them back. \
            A higher role than that of a member is not given back by it: see entente grant. Of a site, its people are out by the same \
            removal, and are taken back one by one.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The member or site: name, id or the first 8 digits of it.")
    var id: String

    @Option(help: "Another role than the last one: member, guest, steward, administrator, site or partner.")
    var role: StandingRole?

    @Option(name: .customLong("space"), help: "A space; may be repeated. (default: those that the member had)")
    var spaces: [String] = []

    @Option(help: "The last day of it. (default: none but your own)")
    var until: String?

    func run() async throws {
        let end = try until.map { text throws(OperatorFailure) in try FutureDate.parse(text, option: "--until") }
        func perform(preview: Bool) async throws(OperatorFailure) -> GrantedItem {
            let request = ReadmitRequest(member: id, role: role, spaces: spaces, until: end, preview: preview, by: acting.member)
            guard case .granted(let item) = try await site.perform(.readmit(request)) else { throw site.mismatch() }
            return item
        }
        let isAgreed = try await site.agree(consent, done: "given back", command: "readmit \(Shell.word(id))") {
            () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Answers.granted(item, done: false), Answers.grantedLines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(preview: false)
        var lines = Answers.grantedLines(item, done: true)
        if item.unlisted > 0 { lines.append("All of them: " + site.typed("member show \(PlainText.short(item.member.id)) --history")) }
        if let out = item.stillOut.first {
            lines.append("Each of them is taken back for themselves: " + site.typed("readmit \(PlainText.short(out.id))"))
        }
        lines.append("What was written since the removal stays out until somebody adopts it: see " + site.typed("held list"))
        site.show(Answers.granted(item, done: true), lines)
    }
}
