import ArgumentParser
import EntenteNode

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say why an entry or a member counts or does not: by which rules, and by whose acts.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "A post, an act or a member: id, the first 8 digits of it, or a member's name.")
    var id: String

    func run() async throws {
        guard case .why(let item) = try await site.perform(.why(id)) else { throw site.mismatch() }
        site.show(Self.json(item), Self.lines(item))
    }

    private static func json(_ item: WhyItem) -> JSON {
        .fields([
            "id": .string(item.id), "what": .string(item.what), "verdict": .string(item.verdict), "counts": .bool(item.counts),
            "reasons": .array(
                item.reasons.map {
                    .fields(["rule": .string($0.rule), "words": .string($0.words), "acts": .array($0.acts.map(Answers.act))])
                }),
        ])
    }

    private static func lines(_ item: WhyItem) -> [String] {
        [
            "\(PlainText.line(item.what)) (\(PlainText.short(item.id)))",
            "\(item.counts ? "Yes" : "No"): \(PlainText.line(item.verdict)).",
        ]
            + item.reasons.flatMap { reason in
                ["  \(PlainText.line(reason.rule)): \(PlainText.line(reason.words))"] + reason.acts.map { "    " + Answers.actLine($0) }
            }
    }
}
