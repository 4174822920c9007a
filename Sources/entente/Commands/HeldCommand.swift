import ArgumentParser
import EntenteNode

/// `held list`.
struct HeldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "held", abstract: "Show what is held for review: written after a removal, or not known to whoever removed.",
        subcommands: [HeldListCommand.self], defaultSubcommand: HeldListCommand.self)
}

struct HeldListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what is held for review, of one member or of all.",
        discussion: "Nothing of it is shown to people or passed on. It stays for 90 days at least.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The member: name, id or the first 8 digits of it. (default: all)")
    var member: String?

    @Option(parsing: .unconditional, help: "How many entries at most, 1 to \(NodeLimits.timelineMax).")
    var limit = 50

    func validate() throws {
        guard (1...NodeLimits.timelineMax).contains(limit) else { throw ValidationError("--limit is 1 to \(NodeLimits.timelineMax).") }
    }

    func run() async throws {
        guard case .held(let items) = try await site.perform(.held(member: member, limit: limit)) else { throw site.mismatch() }
        let adopting =
            items.isEmpty
            ? ["Nothing is held for review."] : items.contains(where: \.isAdoptable) ? ["Type next: " + site.typed("adopt ID")] : []
        site.show(.array(items.map(Self.json)), items.flatMap(Self.lines) + adopting)
    }

    private static func json(_ item: HeldItem) -> JSON {
        .fields([
            "id": .string(item.id), "author": Answers.author(item.author), "space": .string(item.space), "kind": .string(item.kind),
            "time": .string(item.time), "text": .text(item.text), "words": .text(item.words), "heldSince": .string(item.heldSince),
            "keptUntil": .string(item.keptUntil), "because": .array(item.because.map(Answers.act)), "brings": .count(item.brings),
            "reasons": .texts(item.reasons),
            "isAdoptable": .bool(item.isAdoptable),
        ])
    }

    private static func lines(_ item: HeldItem) -> [String] {
        let author = PlainText.line(item.author.name)
        var lines = ["\(PlainText.minute(item.time))  \(PlainText.line(item.space))  \(author)  (\(PlainText.short(item.id)))"]
        if let text = item.text { lines.append(PlainText.block(text, indent: "    ")) }
        if let words = item.words { lines.append("    \(author) \(PlainText.line(words))") }
        lines += item.reasons.map { "    held: " + PlainText.line($0) }
        lines += item.because.map { "    because: " + Answers.actLine($0) }
        let until = "    held until \(PlainText.line(String(item.keptUntil.prefix(10)))) at least"
        if !item.isAdoptable { return lines + [until + "; nobody can adopt it"] }
        return lines + [item.brings > 1 ? until + "; adopting it brings \(item.brings) entries" : until]
    }
}
