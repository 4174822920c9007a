import Testing

/// The direction of imports, as in Docs/Architecture.md: whoever changes this table changes the architecture.
@Suite struct ImportTests {
    struct Row {
        let folder: String
        /// Our own targets, without the product's name.
        let ours: Set<String>
        let others: Set<String>
    }

    /// What the adapters may take from the system. Nothing below Store has any of it.
    static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]
    static let nio: Set<String> = [
        "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "NIOHTTP1", "NIOFileSystem", "NIOExtras", "NIOEmbedded", "NIOTestUtils",
    ]
    static let pure: Set<String> = ["Codec", "Crypto", "Model", "Replica", "Reconciliation", "SecureChannel", "Node"]

    static let table = [
        Row(folder: "Codec", ours: [], others: []),
        Row(folder: "Crypto", ours: ["Codec"], others: ["CSodium"]),
        Row(folder: "Model", ours: ["Codec", "Crypto"], others: []),
        Row(folder: "Replica", ours: ["Codec", "Crypto", "Model"], others: []),
        Row(folder: "Reconciliation", ours: ["Codec", "Crypto"], others: []),
        Row(folder: "SecureChannel", ours: ["Codec", "Crypto"], others: []),
        Row(folder: "Node", ours: pure.subtracting(["Node"]), others: []),
        Row(folder: "Simulator", ours: pure, others: []),
        Row(folder: "simulate", ours: pure.union(["Simulator"]), others: ["Glibc"]),
        Row(folder: "conformance", ours: pure, others: system),
        Row(folder: "Store", ours: pure, others: system.union(["GRDB", "GRDBSQLite"])),
        Row(
            folder: "Runtime", ours: pure.union(["Store"]),
            others: system.union(nio).union(["Configuration", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals"])),
        Row(
            folder: "Web", ours: pure.union(["Runtime"]),
            others: system.union(nio).union(["Hummingbird", "HummingbirdCore", "HTTPTypes", "Logging", "ServiceLifecycle", "UnixSignals"])),
        Row(
            folder: "entente", ours: pure.union(["Runtime", "Web"]),
            others: system.union(["ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals"])),
    ]

    /// The module that an import line names, without a declaration inside it.
    static func module(importedBy line: String) -> String? {
        guard line.contains("import") else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor"]
        var words = line.split(whereSeparator: \.isWhitespace)[...]
        while let word = words.first, word != "import" {
            guard word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word) else { return nil }
            words.removeFirst()
        }
        guard words.popFirst() == "import" else { return nil }
        if let word = words.first, kinds.contains(word) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }

    @Test func `every import goes in the direction of the architecture`() {
        var wrong: [String] = []
        for row in Self.table {
            for path in Repository.paths(under: "Sources/\(row.folder)/", endingIn: ".swift") {
                for line in SwiftCode.of(path).lines {
                    guard let module = Self.module(importedBy: line) else { continue }
                    let prefix = "Entente"
                    let isAllowed =
                        module.hasPrefix(prefix) ? row.ours.contains(String(module.dropFirst(prefix.count))) : row.others.contains(module)
                    if !isAllowed { wrong.append("\(path) imports \(module)") }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test func `the table has every folder of Sources and no other`() {
        let folders = Set(Repository.paths(under: "Sources/").compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })
        #expect(folders == Set(Self.table.map(\.folder)).union(["CSodium"]))
    }

    @Test(arguments: [
        ("import Foundation", "Foundation"),
        ("  @testable import EntenteModel", "EntenteModel"),
        ("@preconcurrency package import NIOCore", "NIOCore"),
        ("import struct Foundation.Date", "Foundation"),
    ])
    func `an import is seen in each of its forms`(line: String, module: String) { #expect(Self.module(importedBy: line) == module) }

    @Test func `a word in a comment or a literal is no code`() {
        let code = SwiftCode("let a = \"import B\" // import C\n/* import /* D */ E */ let b = #\"Date()\"#")
        #expect(!code.lines.joined().contains("import") && !code.lines.joined().contains("Date"))
        #expect(code.lines.count == 2 && code.lines[1].contains("let b ="))
    }
}
