import Foundation
import Testing

/// Of every structure that the specifications name, the vectors have some that are right and at least as many that are wrong.
@Suite struct VectorCountTests {
    /// How many cases a structure has, in one file.
    struct Count: Equatable {
        var accepted = 0
        var rejected = 0
    }

    /// Files without cases of our own making. Worlds of authority are counted where they are made.
    static let others = ["Specs/vectors/noise.json"]
    /// Lists that are no cases, but what cases are about.
    static let tables = ["keys"]

    /// By file and structure. A case with a reason is one that is refused.
    static let counts: [String: [String: Count]] = {
        var out: [String: [String: Count]] = [:]
        for path in Repository.paths(under: "Specs/vectors/", endingIn: ".json") where !others.contains(path) {
            let file = object(path)
            for (name, value) in file {
                guard let cases = value as? [[String: Any]], !tables.contains(name) else { continue }
                for item in cases {
                    let said = item["structure"] ?? file["structure"]
                    for structure in said as? [String] ?? [said as? String ?? "\(name), which says no structure"] {
                        let isRejected = !(reason(item) ?? "").isEmpty
                        out[path, default: [:]][structure, default: Count()].accepted += isRejected ? 0 : 1
                        out[path, default: [:]][structure, default: Count()].rejected += isRejected ? 1 : 0
                    }
                }
            }
        }
        return out
    }()

    private static func object(_ path: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data((Repository.text(path) ?? "").utf8))) as? [String: Any] ?? [:]
    }

    private static func reason(_ item: [String: Any]) -> String? { item["why"] as? String ?? item["reason"] as? String }

    static var counted: Set<String> { Set(counts.values.flatMap(\.keys)) }

    @Test func `each structure has right cases, and at least as many wrong ones`() {
        var wrong: [String] = []
        for (path, structures) in Self.counts {
            for (structure, count) in structures where count.accepted == 0 || count.rejected < count.accepted {
                wrong.append("\(path): \(structure): \(count.accepted) accepted, \(count.rejected) refused")
            }
        }
        #expect(wrong.sorted() == [])
        #expect(Self.counts.count >= 6 && Self.counted.count >= 60)
    }

    // MARK: - What there is to count

    /// What is defined in the chapters and has no cases of its own: where its cases are.
    static let parts: [String: [String]] = [
        // 02: an entry is of a kind, and its header is right or wrong with it.
        "entry": ["genesis", "content entry"], "header": ["genesis", "content entry"], "act": ["grant"], "detached": ["content entry"],
        "path": ["content entry", "grant"], "space-id": ["content entry"], "id": ["grant"], "key": ["genesis"], "uint63": ["content entry"],
        "ids": ["grant"], "max": ["grant"], "few-ids": ["edit-body"], "emoji": ["reaction-body"], "name": ["profile-body", "genesis"],
        // 06
        "bstr32": ["want"], "space": ["delivered"], "preamble": ["run"], "item": ["run"], "body": ["run"], "authorization": ["run"],
        // 08: what a digest is of.
        "post": ["digest"], "version": ["digest"], "hiding": ["digest"], "reaction": ["digest"],
    ]

    /// Names on the left side of the definitions of the chapters, with the chapter.
    static let definitions: [(name: String, path: String)] = Repository.paths(under: "Specs/", endingIn: ".md").flatMap { path in
        var isDefinition = false
        return Repository.lines(path).compactMap { line -> (String, String)? in
            if line.hasPrefix("```") {
                isDefinition = line.hasPrefix("```cddl")
                return nil
            }
            guard isDefinition, let match = line.firstMatch(of: /^([a-z][a-z0-9-]*) *=/) else { return nil }
            return (String(match.1), path)
        }
    }

    @Test func `every structure that a chapter defines is counted, or is a part of one that is`() {
        #expect(Self.definitions.count >= 50)
        let missing = Self.definitions.filter { !Self.counted.contains($0.name) && Self.parts[$0.name] == nil }
        #expect(missing.map { "\($0.path): \($0.name)" } == [])
        let defined = Set(Self.definitions.map(\.name))
        for (part, wholes) in Self.parts.sorted(by: { $0.key < $1.key }) {
            #expect(defined.contains(part) && !wholes.isEmpty && Self.counted.isSuperset(of: wholes), "\(part)")
        }
    }

    /// The rows `| 4 | `grant` | …` of chapter 02.
    @Test func `every kind of the registry is counted`() {
        let kinds = Repository.lines("Specs/02-entry.md").compactMap {
            $0.firstMatch(of: /^\| [0-9]+ \| `([a-z.]+)` \|/).map { String($0.1) }
        }
        #expect(kinds.count == 16 && Set(kinds).subtracting(Self.counted).sorted() == [])
    }

    /// Where the hashes and signatures of a domain are right and wrong.
    static let domains: [String: String] = [
        "entry": "content entry", "sign": "content entry", "body": "content entry", "admit": "admission proof",
        "recovery": "recovery commitment", "invitation": "token", "token": "root-proposal", "device": "device-request",
        "session": "first message", "session-key": "proof", "session-psk": "first message", "join": "join proof",
        "root-head": "root head", "views": "digest", "head": "sum of heads",
        // This program's own: no other needs to agree with it.
        "stagger": "",
    ]

    @Test func `what is hashed and signed in every domain is counted (C-3)`() {
        let named = Repository.lines("Specs/00-conventions.md").compactMap { line in
            line.firstMatch(of: /^\| `entente\/([a-z-]+)\/1` \|/).map { String($0.1) }
        }
        #expect(Set(named) == Set(Self.domains.keys))
        #expect(Set(Self.domains.values).subtracting(Self.counted).sorted() == [""])
    }
}
