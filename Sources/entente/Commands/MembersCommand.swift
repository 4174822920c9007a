import ArgumentParser
import EntenteNode

struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "List the sites and people of the network.",
        discussion: "A name is shown where this site shares a space with its bearer; otherwise the first digits of the id.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .members(let items) = try await site.perform(.members) else { throw site.mismatch() }
        let rows = items.map { item in
            [
                item.name, item.kind, item.role, item.state, item.until.map { "until " + String($0.prefix(10)) } ?? "no end",
                item.spaces.isEmpty ? "whole network" : item.spaces.joined(separator: ", "), PlainText.short(item.id),
            ]
        }
        site.show(.array(items.map(Self.json)), PlainText.table(rows))
    }

    private static func json(_ item: MemberItem) -> JSON {
        .fields([
            "id": .string(item.id), "name": .string(item.name), "kind": .string(item.kind), "role": .string(item.role),
            "spaces": .texts(item.spaces), "until": .text(item.until), "state": .string(item.state), "site": .text(item.site),
        ])
    }
}
