import Foundation
import Testing

/// Exit code 2, and what is said with it, whatever the command.
@Suite struct UsageTests {
    @Test(arguments: [
        ["post"], ["post", "--space", "everyone"], ["nonsense"], ["init", "--network", "N"], ["sync", "--wait", "soon"],
        ["sync", "--wait=-1"],
        ["timeline", "--limit", "0"], ["timeline", "--limit", "-1"], ["search", "x", "--limit", "-1"], ["help", "nope"],

        ["inspect", "nonsense"], ["inspect", "entry", "zz"], ["inspect", "log", "first"],
        ["init", "--network", "N", "--site", "S", "--member", "M", "--root-keys", "4", "--root-quorum", "2"],
        ["invite", "--site", "Brest", "--role", "king", "--until", "2030-12-31", "--out", "-"],
        ["invite", "--site", "Brest", "--role", "site", "--until", "2030-12-31", "--uses", "0", "--out", "-"],
        ["invite", "--site", "Brest", "--role", "site", "--until", "2020-12-31", "--out", "-"],
        ["invite", "--site", "Brest", "--role", "site", "--until", "2030-02-30", "--out", "-"],
        ["invite", "--site", "Brest", "--role", "site", "--until", "2030-12-31", "--use-by", "yesterday", "--out", "-"],
        ["post", "--space", "everyone", " \n "], ["revoke", "bob"], ["peer", "add"],
        ["membrs"], ["invite", "lst"], ["members", "--held", "--history"], ["members", "--history", "--limit", "0"], ["member", "show"],
        ["grant", "bob"], ["grant", "bob", "--role", "king"], ["grant", "bob", "--role", "member", "--level", "2"],
        ["grant", "bob", "--role", "member", "--until", "2020-01-01"], ["readmit", "bob"], ["leave"], ["leave", "--site", "--as", "bob"],
        ["held", "list", "--limit", "0"], ["adopt"], ["invite", "revoke", "00000000"], ["device", "remove", "00000000"],
        ["succeed", "bob"],
        ["succeed", "bob", "erin"], ["disavow", "00000000"], ["annul", "00000000"], ["root", "update", "--out", "-"],
        ["recover"],
    ])
    func `wrong usage is exit code 2, and says what to type next`(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Program.run(arguments, in: folder.url)
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        let lines = outcome.complaint.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("error: ") && lines[1].hasPrefix("why:   ") && lines[2].hasPrefix("next:  "))

        let refusal = try await Program.run(arguments + ["--json"], in: folder.url).refusal()
        #expect(Set(refusal.keys) == ["error", "why", "hint"])
        #expect(!refusal.values.contains { $0.isEmpty })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }

    @Test(arguments: [["--help"], ["post", "--help"], ["help", "invite"], ["--version"]])
    func `help is no error`(arguments: [String]) async throws {
        let outcome = try await Program.run(arguments)
        #expect(outcome.status == 0 && outcome.output != "" && outcome.complaint == "")
    }

    @Test(arguments: [
        ["timeline"], ["members"], ["status"], ["peers"], ["space", "list"], ["post", "--space", "everyone", "Bonjour"], ["verify"],
        ["inspect", "logs"], ["inspect", "registry"], ["inspect", "heads"], ["run"], ["members", "--history"], ["member", "show", "bob"],
        ["grant", "bob", "--role", "member"], ["revoke", "bob", "--yes"], ["leave", "--yes"], ["held", "list"], ["adopt", "00000000"],
        ["invite", "list"], ["device", "list"], ["device", "request", "--member", "bob"], ["root", "status"], ["why", "bob"],
    ])
    func `a directory without a site is exit code 3, and nothing is made in it`(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Program.run(arguments + ["--json"], in: folder.url)
        #expect(outcome.status == 3, "\(outcome.complaint)")
        #expect(try outcome.refusal()["hint"]?.contains("init") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }

    @Test func `a post of more than 48 KiB is refused before anything else`() async throws {
        let text = String(repeating: "é", count: 25_000)
        let outcome = try await Program.run(["post", "--space", "everyone", "-", "--json"], input: Data(text.utf8))
        #expect(outcome.status == 2)
        #expect(try outcome.refusal()["why"]?.contains("48 KiB") == true)
    }

    @Test func `bytes that are no text are refused`() async throws {
        let outcome = try await Program.run(["post", "--space", "everyone", "-", "--json"], input: Data([0x62, 0xFF, 0xFE]))
        #expect(outcome.status == 2)
        #expect(try outcome.refusal()["error"]?.contains("UTF-8") == true)
    }

    @Test func `a control character on the command line is not given back raw`() async throws {
        let outcome = try await Program.run(["inspect", "log", "1\u{1B}[31m\u{202E}"])
        #expect(outcome.complaint.contains("\\u{1B}[31m\\u{202E}"))
        #expect(!outcome.complaint.unicodeScalars.contains("\u{1B}"))
    }
}
