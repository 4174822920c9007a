import ArgumentParser
import EntenteModel
import EntenteNode
import EntenteRuntime

/// What takes the root keys, which are with people and not with nodes.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root", abstract: "What takes the root keys: new root keys, a new administrator, a removal that nobody else may do.",
        discussion: """
            A proposal is written on a site to a file. The file goes from one holder of a root key to the next, who sign it where their key \
            is, a site or not. When enough have signed, any site submits it. The file is no secret, and worth nothing before.
            """,
        subcommands: [
            RootStatusCommand.self, RootUpdateCommand.self, RootProposeCommand.self, RootShowCommand.self, RootSignCommand.self,
            RootSubmitCommand.self, RootKeyCommand.self,
        ], defaultSubcommand: RootStatusCommand.self)
}

struct RootStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the root keys in force, how many sign together, and what they have done.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .root(let item) = try await site.perform(.rootStatus) else { throw site.mismatch() }
        var lines = ["\(item.quorum) of these \(item.keys.count) root keys sign together:"] + item.keys.map { "  " + PlainText.line($0) }
        lines += Answers.section("What they have done:", item.acts.map(Answers.actLine))
        lines += Answers.section(
            "What they have signed beside it, and is kept out (their holders have signed two futures):", item.rivals.map(Answers.actLine))
        site.show(
            .fields([
                "keys": .texts(item.keys), "quorum": .count(item.quorum), "epoch": .string(item.epoch),
                "acts": .array(item.acts.map(Answers.act)), "rivals": .array(item.rivals.map(Answers.act)),
            ]), lines)
    }
}

struct RootKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-key", abstract: "Draw a root key into a file of its own, for its holder; prints the public key.",
        discussion: "It counts for nothing until entente root update has made it a root key. No site is needed.")

    @Flag(help: "Answer, and complain, in JSON.")
    var json = false

    @Option(help: "Where to write the key. An existing file is never overwritten.")
    var out: String

    func run() async throws {
        let key = try CarriedKey.drawRoot(to: out)
        Output.print(json ? JSON.fields(["key": .string(key.description), "file": .string(out)]).document : key.description)
    }
}
