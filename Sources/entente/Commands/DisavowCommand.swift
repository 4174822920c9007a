import ArgumentParser
import EntenteNode
import EntenteRuntime

struct DisavowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disavow", abstract: "Void an entry and all that its author wrote after it in that log, whoever vouched for it.",
        discussion: """
            For what was signed with a stolen key and has been vouched for since. That takes a security officer, whom the root keys make: \
            entente root propose grant MEMBER --role security-officer --out FILE. Only somebody more senior takes it back.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The first entry that is to be void: id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "voided", command: "disavow \(Shell.word(id))") {
            () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Self.json(item, done: false), Self.lines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(preview: false)
        site.show(Self.json(item, done: true), Self.lines(item, done: true))
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> DisavowalItem {
        guard case .disavowed(let item) = try await site.perform(.disavow(id: id, preview: preview, by: acting.member)) else {
            throw site.mismatch()
        }
        return item
    }

    private static func json(_ item: DisavowalItem, done: Bool) -> JSON {
        .fields([
            "id": Answers.written(item.id), "done": .bool(done), "author": Answers.author(item.author), "space": .string(item.space),
            "entries": .count(item.entries), "first": .string(item.first),
        ])
    }

    private static func lines(_ item: DisavowalItem, done: Bool) -> [String] {
        [
            "\(done ? "Voided" : "This would void") \(PlainText.count(item.entries, "entry", "entries")) by \(Answers.person(item.author))"
                + " in \(PlainText.line(item.space)), from \(PlainText.short(item.first)) on.",
            "No vouch brings that back; only somebody more senior annuls it.",
        ]
    }
}
