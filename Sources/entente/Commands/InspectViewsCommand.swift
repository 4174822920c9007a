import ArgumentParser
import EntenteNode

struct InspectViewsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "views", abstract: "Show, for each space, the digest of what people read of it.",
        discussion: "Two sites that hold the same entries of a space, and the same registry, show the same digest for it.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .views(let item) = try await site.perform(.views(digests: true)) else { throw site.mismatch() }
        let json = JSON.fields([
            "state": .string(item.state.rawValue), "why": .text(item.why),
            "spaces": .array(
                item.spaces.map {
                    .fields(["id": .string($0.id), "name": .string($0.name), "posts": .count($0.posts), "digest": .string($0.digest)])
                }),
        ])
        var lines =
            item.state == .current ? [] : ["The views are \(item.state.rawValue)\(item.why.map { ": \(PlainText.line($0))" } ?? ".")"]
        lines += PlainText.table(item.spaces.map { [$0.name, PlainText.count($0.posts, "post", "posts"), $0.digest] })
        site.show(json, lines.isEmpty ? ["There is nothing to read yet."] : lines)
    }
}
