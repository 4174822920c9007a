import ArgumentParser
import EntenteNode
import EntenteRuntime

struct SucceedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "succeed", abstract: "Say that a new member stands for one whose keys are all lost, and give it the same roles.",
        discussion: """
            Only where the recovery key is lost too: otherwise use entente recover. The old member keeps what it wrote, and nobody gets its \
            keys; revoke it afterwards. That takes an administrator of the whole network.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "Whose keys are lost: name, id or the first 8 digits of it.")
    var old: String

    @Argument(help: "Who came in anew: name, id or the first 8 digits of it.")
    var new: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "said", command: "succeed \(Shell.word(old)) \(Shell.word(new))") {
            () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Self.json(item, done: false), Self.lines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(preview: false)
        site.show(
            Self.json(item, done: true),
            Self.lines(item, done: true) + ["Type next: " + site.typed("revoke \(PlainText.short(item.old.id))")])
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> SuccessionItem {
        guard case .succeeded(let item) = try await site.perform(.succeed(old: old, new: new, by: acting.member, preview: preview)) else {
            throw site.mismatch()
        }
        return item
    }

    private static func json(_ item: SuccessionItem, done: Bool) -> JSON {
        .fields([
            "id": Answers.written(item.id), "done": .bool(done), "old": Answers.author(item.old), "new": Answers.author(item.new),
            "granted": .texts(item.granted), "missing": .texts(item.missing),
        ])
    }

    private static func lines(_ item: SuccessionItem, done: Bool) -> [String] {
        var lines = ["\(Answers.person(item.new)) \(done ? "stands" : "would stand") for \(Answers.person(item.old))."]
        lines += Answers.section(done ? "Given:" : "It would give:", item.granted.map(PlainText.line))
        lines += Answers.section(done ? "Not given:" : "It would not give:", item.missing.map(PlainText.line))
        return lines
    }
}
