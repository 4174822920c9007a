import Foundation
import Testing

/// Examples/audit.py, which has nothing but the specifications and public keys, on exports of the real program.
@Suite struct AuditTests {
    /// An interpreter with PyNaCl and cbor2: the Makefile installs both, and says where.
    private static let python = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AUDIT_PYTHON"] ?? "/usr/bin/python3")
    private static let script = Program.repository.appendingPathComponent("Examples/audit.py")

    private func audit(_ export: String) async throws -> Outcome {
        try await Program.run([Self.script.path, "-", "--json"], of: Self.python, input: Data(export.utf8))
    }

    /// Alice's site with a little of everything, and what it exports.
    private struct Story {
        let site: Site
        let export: String
        let shown: [String]

        /// The id of the line that has this text.
        func id(of text: String) throws -> String {
            let line = try #require(lines.first { $0.contains("\"text\":\"\(text)\"") })
            return try #require(value("id", in: line))
        }

        var lines: [String] { export.split(separator: "\n").map(String.init) }
    }

    private static func tell() async throws -> Story {
        let paris = try await Site.founding("Paris", member: "alice")
        #expect(try await paris.entente("space", "create", "chantier").status == 0)
        func post(_ arguments: String...) async throws -> String {
            let outcome = try await Program.run(["post", "--dir", paris.directory.path] + arguments)
            #expect(outcome.status == 0, "\(outcome.complaint)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let first = try await post("--space", "chantier", "Où en est-on ? 👷")
        for text in ["un", "deux", "trois", "quatre"] { _ = try await post("--space", "everyone", text) }
        _ = try await post("--space", "chantier", "--reply-to", first, "ça avance")
        let (edited, gone, hidden) = (
            try await post("--space", "everyone", "faute"), try await post("--space", "everyone", "à oublier"),
            try await post("--space", "everyone", "à cacher")
        )
        for arguments in [["edit", edited, "corrigé"], ["react", first, "👍"], ["erase", gone, "--yes"], ["hide", hidden]] {
            let outcome = try await Program.run(arguments + ["--dir", paris.directory.path])
            #expect(outcome.status == 0, "\(outcome.complaint)")
        }
        let export = try await paris.entente("export", "--entries")
        try #require(export.status == 0, "\(export.complaint)")
        return Story(
            site: paris, export: export.output, shown: ["Où en est-on ? 👷", "un", "deux", "trois", "quatre", "ça avance", "corrigé"])
    }

    @Test func `an auditor with public keys alone comes to what the node says (L-22, L-23, L-24, L-25, L-26, L-27)`() async throws {
        let story = try await Self.tell()
        try await story.site.start()
        let status = try await story.site.entente("status", "--json").object()
        // Through the running node it is, byte for byte, what it is without one.
        let export = try await story.site.entente("export", "--entries")
        #expect(export.status == 0 && export.output == story.export, "\(export.complaint)")
        let outcome = try await audit(export.output)
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.complaint)")
        let report = try outcome.object()
        #expect(report["faults"] as? [String] == [] && report["notes"] as? [String] == [])
        #expect(report["network"] as? String == status["networkId"] as? String)
        let counts = try #require(report["counts"] as? [String: Int])
        #expect(counts["entries"] == status["entries"] as? Int && counts["erased"] == 1 && counts["missing"] == 0)
        #expect(counts["posts"] == story.shown.count)
        #expect(story.lines.compactMap { value("text", in: $0) } == story.shown)
        #expect(!export.output.contains(Data("à oublier".utf8).map { String(format: "%02x", $0) }.joined()))
        func fingerprints(_ value: Any?) -> [String] {
            (value as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }.sorted()
        }
        #expect(fingerprints(report["spaces"]) == fingerprints(status["spaces"]) && fingerprints(report["spaces"]).count == 3)
        // One space: the registry, and that space alone.
        let one = try await story.site.entente("export", "--entries", "--space", "chantier")
        let second = try await audit(one.output)
        #expect(try second.status == 0 && (second.object()["spaces"] as? [Any])?.count == 2, "\(second.output)")
        // An export with its entries can be imported: its posts are.
        let other = try await Site.founding("Atelier", member: "alice")
        #expect(try await other.entente("space", "create", "chantier").status == 0)
        let imported = try await other.entente("import", "-", "--json", input: one.output)
        #expect(try imported.status == 0 && imported.object()["written"] as? Int == 2, "\(imported.complaint)")
    }

    @Test func `every byte that is not what was written, and every line that is missing or moved, is found and named`() async throws {
        let story = try await Self.tell()
        let lines = story.lines
        let first = try story.id(of: "deux")
        let place = try #require(lines.firstIndex { $0.hasPrefix("{\"entry\":\"\(first)\"") })
        let next = try #require(value("entry", in: lines[place + 1]))
        let post = try #require(lines.firstIndex { $0.contains("\"id\":\"\(first)\"") })
        let registry = try #require(lines.firstIndex { $0.contains("\"signature\":") })
        let tip = try #require(lines.lastIndex { $0.hasPrefix("{\"entry\":") })
        func edited(_ index: Int, _ change: (String) -> String) -> [String] {
            var out = lines
            out[index] = change(out[index])
            return out
        }
        func without(_ index: Int) -> [String] { Array(lines[..<index] + lines[(index + 1)...]) }
        func swapped(_ a: Int, _ b: Int) -> [String] {
            var out = lines
            out.swapAt(a, b)
            return out
        }
        let name = "entry \(first): "
        var cases: [(what: String, lines: [String], fault: String)] = [
            ("a digit of the body", edited(place) { flipped("body", in: $0) }, name + "its body is not the one that it commits to"),
            ("a digit of the salt", edited(place) { flipped("salt", in: $0) }, name + "its body is not the one that it commits to"),
            ("a digit of the signature", edited(place) { flipped("signature", in: $0) }, name + "its id is not that of its bytes"),
            ("a digit of the header", edited(place) { flipped("header", at: 150, in: $0) }, name + ""),
            ("the header's version", edited(place) { flipped("header", at: 3, in: $0) }, name + "cannot be read: its version is not 1"),
            ("the id", edited(place) { flipped("entry", in: $0) }, "its id is not that of its bytes, which is \(first)"),
            ("no body", edited(place) { $0.replacing(/,"salt".*?"body":"[0-9a-f]*"/, with: "") }, name + "says nothing of its body"),
            ("a signature of the registry", edited(registry) { flipped("signature", in: $0) }, "a signature of it does not hold"),
            ("a line in the middle", without(place), "entry \(next): follows an entry that is not before it in its log"),
            ("the last entry of a log", without(tip), "its fingerprint is not the sum of its offered heads"),
            (
                "two entries in each other's place", swapped(place, place + 1),
                "entry \(next): follows an entry that is not before it in its log"
            ),
            ("entries of two logs in each other's place", swapped(registry, tip), "its log is not at its place among the others"),
            ("a line twice", Array(lines[...place] + lines[place...]), name + "is there twice"),
            (
                "an entry that is said to be held", edited(place) { $0.replacing("}", with: ",\"held\":true}") },
                "entry \(next): is offered, and the entry that it follows is held"
            ),
            (
                "the text of a post", edited(post) { $0.replacing("deux", with: "douze") },
                "post \(first): says another text than its entries"
            ),
            (
                "the author of a post", edited(post) { $0.replacing("alice", with: "eve") },
                "post \(first): says another name of its author than the profiles"
            ),
            ("the author's id", edited(post) { flipped("authorID", in: $0) }, "post \(first): says another author than its entry"),
            ("the time of a post", edited(post) { flipped("time", at: 3, in: $0) }, "post \(first): says another time than its entry"),
            (
                "the space of a post", edited(post) { $0.replacing("everyone", with: "chantier") },
                "post \(first): says another name of its space than the first line"
            ),
            (
                "a parent that it has not", edited(post) { $0.replacing("}", with: ",\"replyTo\":\"\(next)\"}") },
                "post \(first): answers something else than its entry"
            ),
            ("a post that is left out", without(post), "post \(first): has an entry that is visible, and no line"),
            ("posts in each other's place", swapped(post, post + 1), "is not at its place among the posts"),
            ("the end", Array(lines.dropLast()), "export: is cut off"),
            ("another network", edited(0) { flipped("network", in: $0) }, "is the founding entry of another network"),
            ("another name of a space", edited(0) { $0.replacing("everyone", with: "nobody") }, "the first line calls it “nobody”"),
        ]
        // A forger who knows the forms changes body and line alike, and the commitment gives it away.
        var forged = edited(post) { $0.replacing("deux", with: "doux") }
        forged[place] = forged[place].replacing(Hexadecimal.of("deux"), with: Hexadecimal.of("doux"))
        cases.append(("body and post alike", forged, name + "its body is not the one that it commits to"))
        for (what, changed, fault) in cases {
            #expect(changed != lines, "\(what)")
            let outcome = try await audit(changed.joined(separator: "\n") + "\n")
            #expect(outcome.status == 1, "\(what): \(outcome.complaint)")
            let faults = try outcome.object()["faults"] as? [String] ?? []
            #expect(faults.contains { $0.contains(fault) }, "\(what): \(faults)")
        }
    }

    @Test func `an inner signature that its author made wrong is the author's fault, and no damage`() async throws {
        let story = try await Self.tell()
        let key = try String(contentsOf: story.site.directory.appendingPathComponent("keys/members/alice.key"), encoding: .utf8)
        let seed = try #require(key.split(whereSeparator: \.isWhitespace).last.map(String.init))
        for isCovered in [true, false] {
            let written = try await Program.run(
                ["-c", Self.signingWrongly, Self.script.deletingLastPathComponent().path, seed, isCovered ? "covered" : "open"],
                of: Self.python, input: Data(story.export.utf8))
            try #require(written.status == 0, "\(written.complaint)")
            let outcome = try await audit(written.output)
            let wrong = try #require(written.complaint.split(separator: "\n").last.map(String.init))
            let (faults, notes) = try (outcome.object()["faults"] as? [String] ?? [], outcome.object()["notes"] as? [String] ?? [])
            #expect(outcome.status == (isCovered ? 0 : 1), "\(outcome.output)")
            #expect(notes == (isCovered ? ["entry \(wrong): its author signed it wrongly, and a later signature covers it"] : []))
            #expect(faults == (isCovered ? [] : ["entry \(wrong): its signature does not hold, and no later one covers it"]))
        }
    }

    /// Goes on in the last log: an entry with a wrong signature and, if it is to be covered, one with a right one behind.
    /// Says the id of the wrong one.
    private static let signingWrongly = """
        import hashlib, json, sys
        sys.dont_write_bytecode = True
        sys.path.insert(0, sys.argv[1])
        import audit, cbor2
        from nacl.signing import SigningKey
        lines = [json.loads(line) for line in sys.stdin]
        network, key, end = bytes.fromhex(lines[0]["network"]), SigningKey(bytes.fromhex(sys.argv[2])), lines[-1]
        device = bytes(key.verify_key)
        own = [line for line in lines if "entry" in line and cbor2.loads(bytes.fromhex(line["header"]))[2] == device]
        place, last = lines.index(own[-1]), own[-1]
        total = next(s for s in end["sums"] if s["space"] == "/".join(p.hex() for p in cbor2.loads(bytes.fromhex(last["header"]))[1]))
        head = lambda hexadecimal: int.from_bytes(hashlib.blake2b(b"entente/head/1" + bytes.fromhex(hexadecimal)).digest(), "little")
        before, new = last["entry"], []
        for wrong in [True, False] if sys.argv[3] == "covered" else [True]:
            items, body, salt = cbor2.loads(bytes.fromhex(last["header"])), cbor2.dumps({0: "x"}), bytes(16)
            items[5], items[6], items[7] = items[5] + 1, bytes.fromhex(last["entry"]), items[7] + 1
            items[8], items[10] = [], 32
            items[12] = [len(body), audit.hash256(b"entente/body/1", body, key=salt)]
            header = audit.canonical(items)
            signature = bytearray(key.sign(b"entente/sign/1" + network + header).signature)
            signature[40] ^= wrong
            identifier = audit.hash256(b"entente/entry/1", network, header, bytes(signature)).hex()
            last = {"entry": identifier, "header": header.hex(), "signature": bytes(signature).hex(), "salt": salt.hex(),
                    "body": body.hex(), "firstSeen": "2030-01-01T00:00:00.000Z"}
            if wrong:
                print(identifier, file=sys.stderr)
            new.append(last)
        end["entries"], total["entries"] = end["entries"] + len(new), total["entries"] + len(new)
        number = int.from_bytes(bytes.fromhex(total["fingerprint"]), "little") - head(before) + head(last["entry"])
        total["fingerprint"] = (number % 2**512).to_bytes(64, "little").hex()
        for line in lines[: place + 1] + new + lines[place + 1 :]:
            print(json.dumps(line))
        """

    @Test func `what is no export with entries is an error of its own`() async throws {
        let paris = try await Site.founding("Paris", member: "alice")
        #expect(try await paris.entente("post", "--space", "everyone", "Bonjour").status == 0)
        for text in ["", "recipes", "[]\n", try await paris.entente("export").output] {
            let outcome = try await audit(text)
            #expect(outcome.status == 3 && outcome.complaint.hasPrefix("audit: -: "), "\(outcome.complaint)")
        }
        for arguments in [[], ["a", "b"], ["--verbose", "-"]] {
            #expect(try await Program.run([Self.script.path] + arguments, of: Self.python).status == 2)
        }
        #expect(try await Program.run([Self.script.path, "/nowhere/export.jsonl"], of: Self.python).status == 3)
    }

    @Test func `what a site may not hold is not in its export (L-22)`() async throws {
        let siege = try await Site.founding("Siège", member: "alice")
        #expect(try await siege.entente("space", "create", "chantier").status == 0)
        try await siege.start()
        for space in ["everyone", "chantier"] { #expect(try await siege.entente("post", "--space", space, "dans \(space)").status == 0) }
        let file = siege.folder.file("nordlys.invitation")
        let invited = try await siege.entente(
            "invite", "--site", "Nordlys", "--role", "partner", "--space", "chantier", "--until", "2035-12-31", "--out", file.path)
        try #require(invited.status == 0, "\(invited.complaint)")
        let nordlys = try Site("Nordlys")
        let joined = try await nordlys.entente(
            "join", file.path, "--site", "Nordlys", "--member", "Ola", "--listen", nordlys.address)
        try #require(joined.status == 0, "\(joined.complaint)")
        let export = try await nordlys.entente("export", "--entries").output
        #expect(export.contains("dans chantier") && !export.contains(Hexadecimal.of("dans everyone")))
        let first = try await audit(export)
        #expect(first.status == 0, "\(first.output)")
        try await nordlys.start()
        #expect(try await siege.entente("revoke", "Nordlys", "--yes").status == 0)
        // What was brought stays in the database; that it may not be held any more comes with the registry.
        try await nordlys.eventually("export") { $0.status == 0 && $0.output.isEmpty }
        let after = try await nordlys.entente("export", "--entries").output
        #expect(!after.contains(Hexadecimal.of("dans chantier")))
        let second = try await audit(after)
        #expect(try second.status == 0 && (second.object()["spaces"] as? [Any])?.count == 1, "\(second.output)")
    }
}

private enum Hexadecimal {
    static func of(_ text: String) -> String { text.utf8.map { String(format: "%02x", $0) }.joined() }
}

/// The text of a field of a line.
private func value(_ field: String, in line: String) -> String? {
    (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?[field] as? String
}

/// The line with another digit in a field.
private func flipped(_ field: String, at offset: Int = 0, in line: String) -> String {
    guard let range = line.range(of: "\"\(field)\":\"") else { return line }
    var bytes = Array(line.utf8)
    let index = line.utf8.distance(from: line.startIndex, to: range.upperBound) + offset
    bytes[index] = bytes[index] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
    return String(decoding: bytes, as: UTF8.self)
}
