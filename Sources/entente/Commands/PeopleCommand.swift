import ArgumentParser
import EntenteNode

struct PeopleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people", abstract: "List the people who write in the spaces, with their names there.",
        discussion: "Who may do what is what 'entente members' shows.")

    @OptionGroup var site: SiteOptions

    @Option(help: "One space, by name or id. (default: all)")
    var space: String?

    func run() async throws {
        guard case .people(let people) = try await site.perform(.people(space: space)) else { throw site.mismatch() }
        let json = people.map { person in
            JSON.fields([
                "id": .string(person.id), "name": .string(person.name),
                "spaces": .array(person.spaces.map { .fields(["space": .string($0.space), "name": .string($0.name)]) }),
            ])
        }
        let rows = people.map { person in
            let spaces = person.spaces.map { $0.name.utf8.elementsEqual(person.name.utf8) ? $0.space : "\($0.space) (as \($0.name))" }
            return [person.name, PlainText.short(person.id), spaces.joined(separator: ", ")]
        }
        site.show(.array(json), people.isEmpty ? ["Nobody has written here yet."] : PlainText.table(rows))
    }
}
