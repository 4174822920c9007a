import ArgumentParser
import EntenteNode
import EntenteRuntime

struct LeaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave", abstract: "End one's own membership, or with --site this site's.",
        discussion: "What was written before stays. Only somebody else can let you in again.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Flag(name: .customLong("site"), help: "This site leaves, and the people whom it let in with it.")
    var asSite = false

    func validate() throws {
        guard !asSite || acting.member == nil else { throw ValidationError("--site is the site's own act: --as does not go with it.") }
    }

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "ended", command: "leave" + (asSite ? " --site" : "")) {
            () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Self.json(item, done: false), Self.lines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(preview: false)
        site.show(Self.json(item, done: true), Self.lines(item, done: true))
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> LeavingItem {
        guard case .left(let item) = try await site.perform(.leave(asSite: asSite, preview: preview, by: acting.member)) else {
            throw site.mismatch()
        }
        return item
    }

    private static func json(_ item: LeavingItem, done: Bool) -> JSON {
        .fields([
            "id": Answers.written(item.id), "done": .bool(done), "member": Answers.author(item.member), "ends": .texts(item.ends),
            "kept": .count(item.kept), "letIn": .array(item.letIn.map(Answers.author)),
            "isLastAdministrator": .bool(item.isLastAdministrator),
        ])
    }

    private static func lines(_ item: LeavingItem, done: Bool) -> [String] {
        var lines = ["\(Answers.person(item.member)) \(done ? "has left" : "would leave")."]
        lines += Answers.section(done ? "Ended:" : "It would end:", item.ends.map(PlainText.line))
        lines += Answers.section("They stay:", item.letIn.map(Answers.person))
        lines.append("Kept: \(PlainText.count(item.kept, "entry", "entries")) written before, on every site.")
        if item.isLastAdministrator {
            lines.append("Nobody else administers the whole network: then only the root keys can name an administrator.")
        }
        return lines
    }
}
