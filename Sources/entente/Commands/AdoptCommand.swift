import ArgumentParser
import EntenteNode

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Vouch for an entry that is held for review, and for what leads to it: it counts from then on.",
        discussion: "That takes an administrator or a steward, after a removal for cause one as senior as whoever removed.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The entry: id or the first 8 digits of it, as entente held list shows it.")
    var id: String

    func run() async throws {
        guard case .adopted(let item) = try await site.perform(.adopt(id: id, by: acting.member)) else { throw site.mismatch() }
        site.show(
            .fields([
                "id": .string(item.id), "author": Answers.author(item.author), "space": .string(item.space),
                "entries": .count(item.entries),
                "vouch": .string(item.vouch),
            ]),
            [
                "Adopted \(PlainText.count(item.entries, "entry", "entries")) by \(Answers.person(item.author))"
                    + " in \(PlainText.line(item.space))."
            ])
    }
}
