import ArgumentParser
import EntenteNode
import EntenteRuntime

struct GCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Destroy what has been held for review for \(Node.shelfDays) days or longer, on this site.",
        discussion: """
            What is held is shown to nobody and passed on to nobody; `entente held list` shows it, and until when each entry stays \
            at least. Shows first what would go; then asks. Nothing that people can read changes, here or elsewhere. Other sites \
            keep what they hold, and acts of the registry stay.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var consent: ConsentOptions

    @Option(help: "For how many days it has been held, \(Node.shelfDays) at least.")
    var days = Node.shelfDays

    func validate() throws {
        guard (Node.shelfDays...Node.shelfDaysMax).contains(days) else {
            throw ValidationError("--days is \(Node.shelfDays) to \(Node.shelfDaysMax).")
        }
    }

    func run() async throws {
        let command = "gc" + (days == Node.shelfDays ? "" : " --days \(days)")
        let isAgreed = try await site.agree(consent, done: "destroyed", command: command) { () async throws(OperatorFailure) in
            let item = try await perform(preview: true)
            return (Self.json(item, done: false), Self.lines(item, done: false))
        }
        guard isAgreed else { return }
        var all = try await perform(preview: false)
        // Each answer takes some, so that the node is not held up; one that takes nothing ends it.
        while all.more {
            let next = try await perform(preview: false)
            guard next.entries > 0 else { break }
            all.add(next)
        }
        site.show(Self.json(all, done: true), Self.lines(all, done: true))
    }

    private func perform(preview: Bool) async throws(OperatorFailure) -> CollectedItem {
        guard case .collected(let item) = try await site.perform(.collectShelf(days: days, preview: preview)) else { throw site.mismatch() }
        return item
    }

    private static func json(_ item: CollectedItem, done: Bool) -> JSON {
        .fields([
            "done": .bool(done), "heldBefore": .string(item.heldBefore), "entries": .count(item.entries), "bytes": .count(item.bytes),
            "parts": .array(item.parts.map { .fields(["author": Answers.author($0.author), "entries": .count($0.entries)]) }),
            "more": .bool(item.more),
        ])
    }

    private static func lines(_ item: CollectedItem, done: Bool) -> [String] {
        let day = PlainText.line(String(item.heldBefore.prefix(10)))
        guard item.entries > 0 else { return ["Nothing that can go has been held since before \(day)."] }
        let what = (item.more ? "at least " : "") + PlainText.count(item.entries, "entry", "entries")
        let verb = done ? "Destroyed" : "This would destroy"
        var lines = ["\(verb) \(what), held for review since before \(day):"]
        lines += item.parts.map { "  \(PlainText.count($0.entries, "entry", "entries")) of \(Answers.person($0.author))" }
        return lines
    }
}
