import Foundation
import Testing

/// A document whose `console` blocks are typed into one shell, in order, and compared with what comes out.
///
/// `$ ` begins a command and `> ` continues it; the lines after it are what it prints, on both streams. `[..]` stands for
/// anything within a line, a line `...` for any number of lines, a last line `? 1` for the exit code 1. A command that
/// ends in `&` is a node: the shell goes on when it is ready, and it is ended with the document.
struct Transcript: CustomTestStringConvertible {
    struct Step {
        var command: String
        var expected: [String] = []
        var status: Int32 = 0
        let line: Int
    }

    /// The ports that documents use; free ones stand in for them.
    static let ports = ["7117", "7118", "7119"]
    private static let mark = "\u{1E}"

    let name: String
    let steps: [Step]

    var testDescription: String { name }

    static var all: [Transcript] {
        let folder = Program.repository.appendingPathComponent("Examples")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else { return nil }
            let transcript = Transcript(name: name, text: text)
            return transcript.steps.isEmpty ? nil : transcript
        }
    }

    init(name: String, text: String) {
        self.name = name
        var steps: [Step] = []
        var isInside = false
        var isCommand = false
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("```") {
                isInside = line == "```console"
                isCommand = false
            } else if isInside, line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), line: index + 1))
                isCommand = true
            } else if isInside, !steps.isEmpty {
                if isCommand, line.hasPrefix("> ") {
                    steps[steps.count - 1].command += "\n" + line.dropFirst(2)
                } else if line.hasPrefix("? "), let status = Int32(line.dropFirst(2)) {
                    steps[steps.count - 1].status = status
                } else {
                    steps[steps.count - 1].expected.append(line)
                    isCommand = false
                }
            }
        }
        self.steps = steps
    }

    /// Runs all steps and returns what is not as shown.
    func differences() async throws -> [String] {
        var found: [String] = []
        let folder = try TemporaryFolder()
        var ports: [(shown: String, real: String)] = []
        for port in Self.ports { ports.append((port, String(try Program.freePort()))) }
        let path = Program.folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        let outcome = try await Program.run(
            ["-c", script(ports)], of: URL(fileURLWithPath: "/bin/bash"), in: folder.url, environment: ["PATH": path], seconds: 120)
        var parts = outcome.output.components(separatedBy: Self.mark)
        for step in steps {
            // A part is what was printed, and then the exit code between two marks.
            guard parts.count >= 2 else {
                return found + ["\(name):\(step.line): the shell ended early: \(outcome.output) \(outcome.complaint)"]
            }
            var printed = parts.removeFirst()
            let status = Int32(parts.removeFirst())
            for port in ports { printed = printed.replacingOccurrences(of: port.real, with: port.shown) }
            var lines = printed.components(separatedBy: "\n")
            while lines.last == "" { lines.removeLast() }
            while lines.first == "" { lines.removeFirst() }
            if status != step.status || !Self.matches(lines[...], Self.trimmed(step.expected)[...]) {
                let expected = step.expected.joined(separator: "\n")
                found.append(
                    """
                    \(name):\(step.line): $ \(step.command)
                    printed, with exit code \(status ?? -1):
                    \(printed)
                    and not, with \(step.status):
                    \(expected)
                    """)
            }
        }
        return found
    }

    private func script(_ ports: [(shown: String, real: String)]) -> String {
        var script = """
            exec 2>&1 </dev/null
            trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
            ready() {
                for _ in $(seq 300); do grep -q '^ready' "$1" && break; kill -0 $! 2>/dev/null || break; sleep 0.1; done
                cat "$1"
                grep -q '^ready' "$1"
            }

            """
        for (index, step) in steps.enumerated() {
            var command = step.command
            for port in ports { command = command.replacingOccurrences(of: port.shown, with: port.real) }
            if command.hasSuffix(" &") {
                script += "\(command.dropLast(2)) >.node-\(index) 2>&1 &\nready .node-\(index)\n"
            } else {
                script += command + "\n"
            }
            script += "printf '\\036%d\\036' $?\n"
        }
        return script
    }

    private static func trimmed(_ lines: [String]) -> [String] {
        var lines = lines
        while lines.last == "" { lines.removeLast() }
        while lines.first == "" { lines.removeFirst() }
        return lines
    }

    /// True if the lines are as the pattern says.
    static func matches(_ lines: ArraySlice<String>, _ pattern: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return lines.isEmpty }
        if first == "..." {
            return (0...lines.count).contains { matches(lines.dropFirst($0), pattern.dropFirst()) }
        }
        guard let line = lines.first, matches(line: line, first) else { return false }
        return matches(lines.dropFirst(), pattern.dropFirst())
    }

    static func matches(line: String, _ pattern: String) -> Bool {
        let parts = pattern.components(separatedBy: "[..]")
        guard parts.count > 1 else { return line == pattern }
        guard line.hasPrefix(parts[0]) else { return false }
        var rest = line.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}

@Suite struct TranscriptTests {
    @Test(arguments: Transcript.all) func `every example does what it shows`(transcript: Transcript) async throws {
        let differences = try await transcript.differences()
        #expect(differences == [], "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "a[..]", true), ("abc", "[..]c", true), ("abc", "a[..]d", false), ("abcd", "a[..]c[..]", true),
        ("abc", "ab", false), ("", "[..]", true),
    ])
    func `a pattern stands for what it says`(line: String, pattern: String, fits: Bool) {
        #expect(Transcript.matches(line: line, pattern) == fits)
    }

    @Test func `a transcript that lies is seen`() async throws {
        let text = "```console\n$ echo one; (exit 3)\nonce\n...\n? 3\n$ echo two\n[..]o\n$ true\n? 1\n```\n"
        let transcript = Transcript(name: "lie", text: text)
        #expect(transcript.steps.map(\.status) == [3, 0, 1])
        let differences = try await transcript.differences()
        #expect(differences.map { String($0.prefix(6)) } == ["lie:2:", "lie:8:"])
    }
}
