import ArgumentParser
import EntenteNode
import EntenteRuntime

struct AnnulCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annul", abstract: "Take back a removal, a leave or a disavowal, as if it had not been.",
        discussion: """
            That takes an administrator of a smaller level than the act's own. Its ids are in entente members --history. To let one member \
            in again, and leave the removal as it is, use entente readmit.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The act: id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "taken back", command: "annul \(Shell.word(id))") {
            () async throws(OperatorFailure) in
            guard case .acted = try await site.perform(.annul(id: id, by: acting.member, preview: true)),
                case .why(let item) = try await site.perform(.why(id))
            else { throw site.mismatch() }
            return (
                .fields(["target": .string(item.id), "what": .string(item.what), "done": .bool(false)]),
                ["This would take back: \(PlainText.line(item.what)) (\(PlainText.short(item.id)))"]
            )
        }
        guard isAgreed else { return }
        guard case .acted(let act) = try await site.perform(.annul(id: id, by: acting.member)) else { throw site.mismatch() }
        site.show(Answers.act(act), [Answers.actLine(act)])
    }
}
