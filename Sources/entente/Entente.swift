import ArgumentParser
import EntenteNode
import EntenteRuntime
import Glibc

/// `entente`: every command of the product, one file each in `Commands/`.
struct Entente: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entente",
        abstract: "Posts and memberships that several sites share, without a central server.",
        discussion: """
            Every command works beside a running node and without one. Exit codes: 0 done, 1 refused or not found, \
            2 wrong usage, 3 the node cannot be reached or the store is unusable.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Set up", subcommands: [InitCommand.self, RunCommand.self, InviteCommand.self, JoinCommand.self]),
            CommandGroup(
                name: "Write and read",
                subcommands: [
                    SpaceCommand.self, PostCommand.self, TimelineCommand.self, ThreadCommand.self, SearchCommand.self, PeopleCommand.self,
                    EditCommand.self, ReactCommand.self, EraseCommand.self, HideCommand.self, UnhideCommand.self, ImportCommand.self,
                    ExportCommand.self,
                ]),
            CommandGroup(
                name: "People and sites",
                subcommands: [
                    MembersCommand.self, MemberCommand.self, GrantCommand.self, RevokeCommand.self, ReadmitCommand.self, LeaveCommand.self,
                    HeldCommand.self, AdoptCommand.self, WhyCommand.self, PeersCommand.self, PeerCommand.self,
                ]),
            CommandGroup(
                name: "Keys, losses and thefts",
                subcommands: [
                    DeviceCommand.self, RecoverCommand.self, SucceedCommand.self, RootCommand.self, DisavowCommand.self, AnnulCommand.self,
                ]),
            CommandGroup(
                name: "Look after it",
                subcommands: [
                    ConfigCommand.self, StatusCommand.self, SyncCommand.self, InspectCommand.self, LogCommand.self, VerifyCommand.self,
                    RebuildCommand.self, GCCommand.self,
                ]),
        ])
}

@main
enum Program {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        exit(await perform(arguments))
    }

    /// Runs one command and returns its exit code.
    static func perform(_ arguments: [String]) async -> Int32 {
        do {
            var command = try await Entente.asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.done
        } catch let failure as OperatorFailure {
            report(failure, json: arguments.contains("--json"))
            return failure.code
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            if arguments.first == "help", let failure = mistyped(Array(arguments.dropFirst())) {
                report(failure, json: arguments.contains("--json"))
                return ExitStatus.usage
            }
            guard Entente.exitCode(for: error) != .success else {
                Output.print(Entente.fullMessage(for: error))
                return ExitStatus.done
            }
            report(mistyped(arguments) ?? usageFailure(error), json: arguments.contains("--json"))
            return ExitStatus.usage
        }
    }

    /// What happened, why, and what to type next.
    private static func report(_ failure: OperatorFailure, json: Bool) {
        if json {
            Output.complain(
                JSON.fields(["error": .string(failure.what), "why": .string(failure.why), "hint": .string(failure.next)]).line)
            return
        }
        let lines = [("error", failure.what), ("why", failure.why), ("next", failure.next)].filter { !$0.1.isEmpty }
        Output.complain(
            lines.map { $0.0 + ":" + String(repeating: " ", count: 6 - $0.0.count) + PlainText.line($0.1) }.joined(separator: "\n"))
    }

    /// A command that there is not, with the one that is most like it. Nil if every command is one.
    private static func mistyped(_ arguments: [String]) -> OperatorFailure? {
        var command: any ParsableCommand.Type = Entente.self
        var typed = "entente"
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !word.hasPrefix("-"), word != "help", !subcommands.isEmpty else { return nil }
            if let next = subcommands.first(where: { $0.configuration.commandName == word }) {
                command = next
                typed += " " + word
                continue
            }
            // What is no command is then an argument.
            guard command.configuration.defaultSubcommand == nil else { return nil }
            let names = subcommands.compactMap { $0.configuration.commandName }
            let meant = Spelling.nearest(to: word, among: names)
            return .usage(
                what: "there is no command “\(typed) \(word)”",
                why: meant.map { "Perhaps “\(typed) \($0)” was meant." } ?? "There are \(names.joined(separator: ", ")).",
                next: meant.map { "\(typed) \($0) --help" } ?? "\(typed) --help")
        }
        return nil
    }

    /// The parser's message in our form: its "Usage:" line says why, its "See '…'" line what to type.
    private static func usageFailure(_ error: any Error) -> OperatorFailure {
        let lines = Entente.fullMessage(for: error, columns: 10_000).split(separator: "\n").map(String.init)
        let usage = lines.first { $0.hasPrefix("Usage: ") }?.dropFirst("Usage: ".count)
        let pointer = lines.first { $0.contains("See '") }?.split(separator: "'").dropFirst().first
        return OperatorFailure(
            code: ExitStatus.usage, what: Entente.message(for: error).split(separator: "\n").joined(separator: " "),
            why: usage.map { "It is used so: \($0)" } ?? "The command line was not understood.",
            next: pointer.map(String.init) ?? "entente --help")
    }
}
