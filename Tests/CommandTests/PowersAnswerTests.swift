import Foundation
import Testing

/// The fields that Docs/Commands.md promises, with and without a running node.
@Suite(.serialized) struct PowersAnswerTests {
    @Test(arguments: [false, true])
    func `answers about memberships have the fields that are promised`(withNode: Bool) async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        if withNode { try await siege.start() }
        func keys(_ arguments: String..., location: SourceLocation = #_sourceLocation) async throws -> Set<String> {
            let outcome = try await Program.run(arguments + ["--json", "--dir", siege.directory.path], in: siege.folder.url)
            #expect(outcome.status == 0, "\(arguments): \(outcome.complaint)", sourceLocation: location)
            let value = try outcome.json(location)
            let object = value as? [String: Any] ?? (value as? [[String: Any]])?.first
            return Set(try #require(object, "\(outcome.output)", sourceLocation: location).keys)
        }
        #expect(
            try await keys("members") == ["id", "name", "kind", "role", "spaces", "until", "state", "site", "held", "forks"])
        #expect(try await keys("members", "--history") == ["id", "time", "by", "words", "inForce"])
        #expect(
            try await keys("member", "Alice")
                == ["member", "capabilities", "devices", "removals", "held", "forks", "successorOf", "succeededBy", "history"])
        #expect(
            try await keys("grant", "Alice", "--role", "steward", "--space", "everyone")
                == ["done", "member", "role", "spaces", "until", "ids", "overrides", "remaining", "unlisted", "stillOut"])
        #expect(
            try await keys("revoke", "Siège", "--dry-run")
                == [
                    "id", "done", "by", "reaches", "ends", "spares", "warnings", "kept", "keptBySpace", "letIn", "invitations", "closes",
                    "forCause",
                ])
        #expect(
            try await keys("leave", "--dry-run") == ["id", "done", "member", "ends", "kept", "letIn", "isLastAdministrator"])
        #expect(try await siege.entente("held", "list", "--json").array().isEmpty)
        #expect(
            try await keys("invite", "--site", "Brest", "--role", "site", "--until", "2035-12-31", "--out", "b.invitation")
                == ["id", "role", "until", "useBy", "uses", "file", "invitation"])
        #expect(
            try await keys("invite", "list")
                == [
                    "id", "ids", "role", "spaces", "by", "issued", "useBy", "until", "uses", "used", "state", "cameIn", "closedBy",
                    "sponsor",
                ])
        #expect(try await keys("device", "list") == ["key", "kind", "site", "inForce", "isHere", "member"])
        #expect(
            try await keys("device", "request", "--member", "Erin", "--out", "erin.request") == ["member", "device", "file", "request"])
        #expect(try await keys("device", "add", "erin.request", "--yes") == ["id", "time", "by", "words", "inForce"])
        #expect(try await keys("root", "status") == ["keys", "quorum", "epoch", "acts", "rivals"])
        let proposal: Set = ["file", "proposal", "words", "signed", "needed", "isComplete", "accepted"]
        #expect(try await keys("root", "propose", "grant", "Alice", "--role", "security-officer", "--out", "o.root") == proposal)
        let root = siege.directory.appendingPathComponent("root")
        for number in 1...2 {
            #expect(
                try await keys("root", "sign", "o.root", "--key", root.appendingPathComponent("root-\(number).key").path, "--yes") == [
                    "done", "file", "key", "signed",
                ])
        }
        #expect(try await keys("root", "show", "o.root") == proposal)
        #expect(try await keys("root", "submit", "o.root", "--yes") == proposal)
        #expect(try await keys("why", "Alice") == ["id", "what", "verdict", "counts", "reasons"])
        let id = try await siege.entente("post", "--space", "everyone", "Faux").output.split(separator: "\n").joined()
        #expect(try await keys("disavow", id, "--dry-run") == ["id", "done", "author", "space", "entries", "first"])
        let recovery = siege.directory.path + "/recovery/Alice.key"
        // Only shown: no key is drawn, none is used up, and the act is done after it.
        let shown = try await siege.entente("recover", recovery, "--member", "Alice", "--dry-run", "--take-back-from", id)
        #expect(shown.status == 0 && shown.output.contains("Taken back: 1 entry"), "\(shown.output) \(shown.complaint)")
        #expect(!FileManager.default.fileExists(atPath: siege.directory.path + "/recovery/Alice-2.key"))
        let wrong = try await siege.entente("recover", recovery, "--member", "Alice", "--dry-run", "--take-back-from", "00000000")
        #expect(wrong.status == 1 && wrong.complaint.contains("is no entry of theirs"))
        #expect(
            try await siege.entente("recover", recovery, "--member", "Alice", "--yes", "--take-back-from", "00000000").complaint
                == wrong.complaint)
        #expect(
            try await keys("recover", recovery, "--member", "Alice", "--yes")
                == ["id", "done", "member", "retired", "keptLogs", "takenBack", "recoveryKeyFile"])
        #expect(FileManager.default.fileExists(atPath: siege.directory.path + "/recovery/Alice-2.key"))
        // She goes on under her new key, after a restart too.
        #expect(try await siege.entente("post", "--space", "everyone", "Sous la nouvelle clé").status == 0)
        if withNode { _ = try await siege.stop() }
        #expect(try await siege.entente("post", "--space", "everyone", "Et encore").status == 0)
        #expect(try await siege.entente("timeline", "--json").array().count == 3)
        #expect(try await siege.entente("verify").status == 0)
    }

    @Test func `a key file that others can read, or that is another key, is refused, and nothing is written`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let root = siege.directory.appendingPathComponent("root/root-1.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: root.path)
        let proposed = try await siege.entente("root", "propose", "revoke", "Alice", "--out", "r.root")
        #expect(proposed.status == 0, "\(proposed.complaint)")
        let file = siege.folder.file("r.root")
        let before = try Data(contentsOf: file)
        for key in [root.path, siege.directory.path + "/recovery/Alice.key", siege.directory.path + "/nothing.key", file.path] {
            let outcome = try await siege.entente("root", "sign", "r.root", "--key", key, "--yes", "--json")
            #expect(outcome.status == 1, "\(key): \(outcome.output)")
            #expect(Set(try outcome.refusal().keys) == ["error", "why", "hint"])
        }
        let recovery = try await siege.entente("recover", root.path, "--member", "Alice", "--yes", "--json")
        #expect(recovery.status == 1)
        let other = try await siege.entente("root", "sign", siege.directory.path + "/site.json", "--key", root.path, "--yes", "--json")
        #expect(try other.status == 1 && other.refusal()["error"]?.contains("holds no proposal") == true)
        #expect(try Data(contentsOf: file) == before)
        #expect(!FileManager.default.fileExists(atPath: file.path + ".new"))
    }

    @Test func `a site's recovery key serves no command, and says so whatever is asked`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let key = siege.directory.path + "/recovery/site.key"
        for arguments in [["--dry-run"], ["--yes"], ["--member", "Siège", "--yes"]] {
            let outcome = try await Program.run(
                ["recover", key] + arguments + ["--json", "--dir", siege.directory.path], in: siege.folder.url)
            #expect(try outcome.status == 1 && outcome.refusal()["error"]?.contains("serves no command yet") == true)
            #expect(try outcome.refusal()["hint"]?.contains("entente revoke SITE --cause") == true)
        }
        #expect(try await Program.run(["recover", "--help"]).output.contains("serves no command yet"))
    }

    @Test func `a person is invited by name, reads only if that is said, and joins without naming the site`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        let invited = try await siege.entente(
            "invite", "--for", "Gil", "--role", "guest", "--read-only", "--sponsor", "Alice", "--until", "2035-12-31", "--out",
            "gil.invitation")
        #expect(
            invited.status == 0
                && invited.output.contains("They type, on the site where they are to sign:\n  entente join gil.invitation --member NAME"),
            "\(invited.output)")
        let id = try #require(try await siege.entente("invite", "list", "--open", "--json").array().last?["id"] as? String)
        let shown = try await siege.entente("invite", "show", id)
        #expect(shown.output.contains("of a reading guest") && shown.output.contains("sponsor     Alice ("), "\(shown.output)")
        #expect(try await siege.entente("join", "gil.invitation", "--member", "Gil").status == 0)
        let refused = try await siege.entente("post", "--space", "everyone", "Moi", "--as", "Gil", "--json")
        #expect(try refused.refusal()["why"] == "the membership there is for reading only")
        let elsewhere = try await Program.run(
            ["join", "gil.invitation", "--member", "Gil", "--dir", "other", "--json"], in: siege.folder.url)
        #expect(try elsewhere.status == 2 && elsewhere.refusal()["error"] == "the new site has no name")
        let preview = try await siege.entente("revoke", "Siège", "--dry-run")
        #expect(preview.output.contains("the invitation of a reading guest into the whole network, by "), "\(preview.output)")
        #expect(preview.output.contains(", 0 of 1 use left ("))
    }

    @Test func `advice of the node names the directory that was given, and a name that is mistyped by little is guessed`() async throws {
        let siege = try await Site.founding("Siège", member: "Alice")
        for withNode in [false, true] {
            if withNode { try await siege.start() }
            let hint = try #require(try await siege.entente("member", "show", "Alise", "--json").refusal()["hint"])
            #expect(hint == "perhaps “Alice” was meant, all of them: entente members --dir \(siege.directory.path)")
            let space = try #require(try await siege.entente("post", "--space", "evryone", "Bonjour", "--json").refusal()["hint"])
            #expect(space == "perhaps “everyone” was meant, all of them: entente space list --dir \(siege.directory.path)")
        }
    }
}
