import Testing

/// Names and calls that the project does without: the glossary's "Avoid", and what makes a run unrepeatable.
@Suite struct NameTests {
    /// Parts of type and file names that say nothing, or that another word of the glossary stands for.
    static let emptyNames: Set<String> = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Processor", "Engine", "Controller", "Handler",
        "Mock", "Mocks", "Payload", "Ledger", "Consensus", "Tombstone", "User",
    ]
    /// The targets in which the same events always give the same effects.
    static let core = ["Codec", "Crypto", "Model", "Replica", "Reconciliation", "SecureChannel", "Node", "Simulator"]

    /// "HTTPServerHandler" as HTTP, Server, Handler.
    static func parts(of name: some StringProtocol) -> [String] {
        var parts: [String] = []
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let previousIsLower = index > 0 && !characters[index - 1].isUppercase
            let nextIsLower = index + 1 < characters.count && characters[index + 1].isLowercase
            if character.isUppercase, previousIsLower || nextIsLower || parts.isEmpty {
                parts.append(String(character))
            } else if character.isLetter || character.isNumber {
                if parts.isEmpty { parts.append("") }
                parts[parts.count - 1].append(character)
            } else {
                parts.append("")
            }
        }
        return parts.filter { !$0.isEmpty }
    }

    static func declaredTypes(in code: SwiftCode) -> [String] {
        let pattern = /\b(?:struct|class|enum|actor|protocol|typealias)\s+([A-Za-z_][A-Za-z0-9_]*)/
        let words = ["struct ", "class ", "enum ", "actor ", "protocol ", "typealias "]
        let lines = code.lines.filter { line in words.contains(where: line.contains) }
        let names = lines.flatMap { line in line.matches(of: pattern).map { String($0.1) } }
        return names.filter { !["func", "var", "let"].contains($0) }
    }

    @Test func `no type and no file has an empty name`() {
        var wrong: [String] = []
        for path in Repository.paths where path.hasSuffix(".swift") && !path.hasPrefix("Tests/MetaTests/") {
            let code = SwiftCode.of(path)
            // NIO's own word, where a type is one of NIO's.
            let isAdapter = code.lines.contains { ImportTests.module(importedBy: $0)?.hasPrefix("NIO") == true }
            let banned = isAdapter ? Self.emptyNames.subtracting(["Handler"]) : Self.emptyNames
            let file = path.split(separator: "/").last?.dropLast(".swift".count) ?? ""
            for name in [String(file)] + Self.declaredTypes(in: code) where !banned.isDisjoint(with: Self.parts(of: name)) {
                wrong.append("\(path): \(name)")
            }
        }
        #expect(wrong == [])
    }

    @Test func `the core has no clock, no chance and no concurrency of its own`() {
        let banned = [
            "async", "await", "Task", "actor", "Date", "ContinuousClock", "SuspendingClock", "DispatchTime", "UUID", "ProcessInfo",
            "SystemRandomNumberGenerator", "hashValue", "arc4random", "Thread", "DispatchQueue", "clock_gettime", "gettimeofday",
        ]
        var wrong: [String] = []
        for path in Self.core.flatMap({ Repository.paths(under: "Sources/\($0)/", endingIn: ".swift") }) {
            for (index, line) in SwiftCode.of(path).lines.enumerated() {
                let words = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
                for word in banned where words.contains(word) { wrong.append("\(path):\(index + 1): \(word)") }
            }
        }
        #expect(wrong == [])
    }

    @Test func `nothing below the adapters draws from a hidden source of chance`() {
        var wrong: [String] = []
        for path in (Self.core + ["simulate"]).flatMap({ Repository.paths(under: "Sources/\($0)/", endingIn: ".swift") }) {
            let code = SwiftCode.of(path).lines.joined(separator: "\n")
            // The generator is an argument of the call, perhaps on the next line.
            for call in code.matches(of: /\.(random|shuffled|shuffle|randomElement)\(([^()]*(?:\([^()]*\)[^()]*)*)\)/)
            where !call.2.contains("using:") {
                wrong.append("\(path): \(call.0)")
            }
        }
        #expect(wrong == [])
    }

    @Test func `functions are named for what they do, not get, validate or process`() {
        var wrong: [String] = []
        for path in Self.core.flatMap({ Repository.paths(under: "Sources/\($0)/", endingIn: ".swift") }) {
            for line in SwiftCode.of(path).lines where line.contains("func ") {
                for match in line.matches(of: /\bfunc\s+((?:get|validate|process)(?:[A-Z]\w*)?)\b/) { wrong.append("\(path): \(match.1)") }
            }
        }
        #expect(wrong == [])
    }

    @Test(arguments: [
        ("PeerManager", ["Peer", "Manager"]), ("HTTPHandler", ["HTTP", "Handler"]), ("Entry+Signing", ["Entry", "Signing"]),
        ("Handlers", ["Handlers"]), ("CBORReader", ["CBOR", "Reader"]),
    ])
    func `a name falls into its words`(name: String, parts: [String]) { #expect(Self.parts(of: name) == parts) }
}
