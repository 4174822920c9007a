import Testing

/// Specs/00-conventions.md has every domain and every limit of the sources.
@Suite struct ConventionPageTests {
    static let page = Repository.lines("Specs/00-conventions.md")
    /// What is no part of a node: the harness for other implementations, and the simulator.
    static let outside = ["Sources/conformance/", "Sources/Simulator/", "Sources/simulate/"]

    struct Limit {
        let name: String
        /// Nil where the constant is computed from another one.
        let value: Double?
        let path: String
    }

    /// Constants of the sources that are numbers, or bounds by their name, and no `forms`.
    static let limits = constants.filter { forms[$0.name] == nil }

    static let constants: [Limit] = Repository.swiftSources.filter { path in !outside.contains(where: path.hasPrefix) }.flatMap { path in
        constants(in: SwiftCode.of(path).lines, path: path)
    }

    /// Every `static` that is a number, whatever its name: so that no bound is left out for being called otherwise.
    static func constants(in lines: [String], path: String) -> [Limit] {
        var type = ""
        var out: [Limit] = []
        for line in lines {
            if let match = line.firstMatch(of: /^(?:\w+ )*(?:struct|enum|class|extension) ([\w.]+)/) { type = String(match.1) }
            guard line.contains("static ") else { continue }
            guard let match = line.firstMatch(of: /\bstatic (?:let|var) (\w+)(?:: ([\w.]+))? (?:= (.+)|\{ (.+) \})$/) else { continue }
            let name = String(match.1)
            let value = (match.3 ?? match.4).flatMap { number(String($0)) }
            guard value != nil || name.hasSuffix("Max") || name.hasSuffix("Min") else { continue }
            out.append(Limit(name: "\(type).\(name)", value: value, path: path))
        }
        return out
    }

    /// The value of a sum of products of plain numbers, or of a duration in its own unit.
    static func number(_ text: String) -> Double? {
        if let match = text.firstMatch(of: /^(?:Duration)?\.(?:seconds|milliseconds)\(([0-9._]+)\)$/) { return number(String(match.1)) }
        var sum: Double = 0
        for term in text.replacing("_", with: "").split(separator: "+", omittingEmptySubsequences: false) {
            var value: Double = 1
            for factor in term.split(separator: "*", omittingEmptySubsequences: false) {
                guard let number = Double(factor.trimming(" ")) else { return nil }
                value *= number
            }
            sum += value
        }
        return sum
    }

    /// Numbers that bound nothing, each with what it is.
    static let forms: [String: String] = {
        var out: [String: String] = [:]
        for (what, names) in [
            "a size that an algorithm or a format fixes": [
                "Bytes32.count", "Bytes16.count", "HMACBlake2b.count", "HMACBlake2b.blockBytes", "ChaChaPoly.keyBytes",
                "ChaChaPoly.nonceBytes", "ChaChaPoly.tagBytes", "Signature.count", "SigningKey.seedBytes", "Header.fieldCount",
                "Invitation.fieldCount", "Invitation.checksumBytes", "TextToken.checksumBytes", "Timestamp.millisecondsPerDay",
                "HeadSum.byteCount", "KeyFile.secretBytes", "Noise.keyBytes", "Noise.tagBytes", "Noise.hashBytes",
            ],
            "a code or a version": [
                "Header.version", "Authorization.rootCode", "Kind.firstContentCode", "Node.rulesVersion", "Node.automaticLevel",
                "MessageReader.version", "AuthoredFile.formatVersion", "SiteSettings.formatVersion", "ChannelIdentity.handshakeVersion",
                "SealedStream.messageType", "SealedStream.rekeyType", "EntryRow.firstByteOfWhole", "Schema.applicationID",
                "ViewStore.applicationID", "ViewStore.version", "LocalCaller.peerGroups", "ExitStatus.done", "ExitStatus.refused",
                "ExitStatus.usage", "ExitStatus.unavailable",
            ],
            "how something is laid out or read, which nobody outside can make grow": [
                "EvaluationQueue.count", "Numbers.tagMask", "Act.actingNone", "RegistryTable.networkScope", "Ref.none", "Ref.root",
            ],
        ] {
            for name in names { out[name] = what }
        }
        return out
    }()

    @Test func `every limit of the sources is on the page once, with its number (C-9)`() {
        var rows: [String: Double] = [:]
        var wrong: [String] = []
        for line in Self.page {
            guard let match = line.firstMatch(of: /^\| `([A-Za-z]+\.[A-Za-z]+)` \| ([0-9,.]+) \|/) else { continue }
            let name = String(match.1)
            if rows.updateValue(Double(match.2.replacing(",", with: "")) ?? -1, forKey: name) != nil {
                wrong.append("\(name) has two rows")
            }
        }
        for limit in Self.limits {
            guard let row = rows[limit.name] else {
                wrong.append("\(limit.path): \(limit.name) = \(limit.value.map { "\($0)" } ?? "?") has no row in Specs/00-conventions.md")
                continue
            }
            if let value = limit.value, value != row { wrong.append("\(limit.path): \(limit.name) is \(value), the page says \(row)") }
        }
        #expect(wrong == [])
        #expect(rows.keys.filter { row in !Self.limits.contains { $0.name == row } }.sorted() == [], "rows without a constant")
    }

    @Test func `what is said to be no limit is a constant of the sources`() {
        #expect(Set(Self.forms.keys).subtracting(Self.constants.map(\.name)).sorted() == [])
    }

    @Test func `a bound is found whatever it is called`() {
        let source = """
            enum Shelf {
                private static let days: UInt64 = 90
                static let patience = Duration.seconds(10)
                static var pageCount: Int { 512 }
                static let busySeconds = 2.5
                static let wideMax = other
                static let name = "a name"
                let local = 7
            }
            """
        let found = Self.constants(in: SwiftCode(source).lines, path: "")
        #expect(found.map(\.name) == ["Shelf.days", "Shelf.patience", "Shelf.pageCount", "Shelf.busySeconds", "Shelf.wideMax"])
        #expect(found.map(\.value) == [90, 10, 512, 2.5, nil])
    }

    @Test func `every domain of the sources is on the page (C-3)`() {
        let rows = Set(Self.page.compactMap { $0.firstMatch(of: /^\| `(entente\/[a-z]+\/[0-9]+)` \|/).map { String($0.1) } })
        var used: Set<String> = []
        for path in Repository.swiftSources {
            for match in (Repository.text(path) ?? "").matches(of: /"(entente\/[a-z]+\/[0-9]+)"/) { used.insert(String(match.1)) }
        }
        #expect(used.subtracting(rows).sorted() == [] && rows.subtracting(used).sorted() == [])
    }

    @Test(arguments: [("4 * 1024", 4096), ("65_535", 65_535), ("1 + 2 * 3", 7), (".milliseconds(50)", 50), ("2.0", 2)])
    func `a product of numbers is read`(text: String, value: Double) { #expect(Self.number(text) == value) }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var part = drop { $0 == character }
        while part.last == character { part.removeLast() }
        return part
    }
}
