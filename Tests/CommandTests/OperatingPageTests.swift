import Foundation
import Testing

/// The page for administrators says nothing that cannot be typed, and a person at a terminal is asked.
@Suite struct OperatingPageTests {
    /// What the page shows as commands, in its text and in its blocks: from "entente " on.
    private static func commands() throws -> [String] {
        let page = Program.repository.appendingPathComponent("Docs/Operating.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        var found: [String] = []
        // Between back quotes, perhaps over a line break; and lines that are set in, or in a block.
        for (index, part) in text.components(separatedBy: "`").enumerated() where index % 2 == 1 {
            found.append(part.replacingOccurrences(of: "\n", with: " "))
        }
        found += text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        return found.filter { $0.hasPrefix("entente ") }
    }

    @Test func `every command of the page is one, with every option that it shows`() async throws {
        let commands = try Self.commands()
        #expect(commands.count > 30)
        var helps: [[String]: String] = [:]
        func help(_ words: [String]) async throws -> String {
            if let known = helps[words] { return known }
            let outcome = try await Program.run(words + ["--help"])
            helps[words] = outcome.status == 0 ? outcome.output : ""
            return helps[words] ?? ""
        }
        for command in Set(commands).sorted() {
            let all = command.split(separator: " ").dropFirst().map(String.init)
            let words = Array(all.prefix { $0.allSatisfy { $0.isLowercase || $0 == "-" } && !$0.hasPrefix("-") }.prefix(3))
            // "entente invite --site" is "entente invite create --site".
            var text = try await help(words)
            if words == ["invite"] { text += try await help(["invite", "create"]) }
            #expect(text.contains("USAGE: entente \(words.joined(separator: " "))"), "\(command)")
            for option in all where option.hasPrefix("--") {
                #expect(text.contains(option), "\(command): \(option)")
            }
        }
    }

    /// All commands that have no commands of their own: `["root", "propose", "grant"]`.
    private static func allCommands(below words: [String] = []) async throws -> [[String]] {
        let lines = try await Program.run(words + ["--help"]).output.components(separatedBy: "\n")
        var names: [String] = []
        var isListing = false
        for line in lines {
            if !line.hasPrefix(" ") { isListing = line.hasSuffix("SUBCOMMANDS:") }
            guard isListing, line.hasPrefix("  "), !line.hasPrefix("   ") else { continue }
            names.append(String(line.dropFirst(2).prefix { $0 != " " }))
        }
        var found: [[String]] = []
        for name in names where name != "help" && name != "See" { found += try await allCommands(below: words + [name]) }
        return found.isEmpty ? [words] : found
    }

    @Test func `every command has its answer on the page of answers`() async throws {
        let page = try String(contentsOf: Program.repository.appendingPathComponent("Docs/Commands.md"), encoding: .utf8)
        let commands = try await Self.allCommands()
        #expect(commands.count > 60)
        for words in commands {
            let command = words.joined(separator: " ")
            #expect(page.contains("`\(command)`") || page.contains("`\(command) "), "\(command)")
        }
    }

    /// `script` of util-linux runs a command on a terminal of its own.
    private static let script = URL(fileURLWithPath: "/usr/bin/script")

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: OperatingPageTests.script.path)))
    func `at a terminal a removal is shown and asked for, and nothing is done without a yes`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let command = "'\(Program.binary.path)' revoke Siège --dir '\(siege.directory.path)'"
        func type(_ answer: String) async throws -> Outcome {
            try await Program.run(["-qec", command, "/dev/null"], of: Self.script, in: siege.folder.url, input: Data(answer.utf8))
        }
        for answer in ["n\n", "\n", "perhaps\n"] {
            let outcome = try await type(answer)
            #expect(outcome.status == 1 && outcome.output.contains("This would end the membership of:"), "\(outcome.output)")
            #expect(outcome.output.contains("nothing was revoked"))
        }
        #expect(try await siege.entente("member", "Siège").output.hasPrefix("Siège, a site, active"))
        let done = try await type("yes\n")
        #expect(done.status == 0 && done.output.contains("No longer accepted from here on:"), "\(done.output)")
        #expect(try await siege.entente("member", "Siège").output.hasPrefix("Siège, a site, removed"))
    }
}
