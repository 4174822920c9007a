import Testing

/// Specs/00-conventions.md has every domain and every limit of the sources.
@Suite struct ConventionPageTests {
    static let page = Repository.lines("Specs/00-conventions.md")
    /// What is no part of a node: the harness for other implementations, and the simulator.
    static let outside = ["Sources/conformance/", "Sources/Simulator/", "Sources/simulate/"]

    struct Limit {
        let name: String
        /// Nil where the constant is computed from another one, or is no number.
        let value: UInt64?
        let path: String
    }

    /// Numbers of types that are called Limits, and all constants whose own name ends in Max or Min.
    static let limits: [Limit] = Repository.swiftSources.filter { path in !outside.contains(where: path.hasPrefix) }.flatMap { path in
        var type = ""
        var out: [Limit] = []
        for line in SwiftCode.of(path).lines {
            if let match = line.firstMatch(of: /^(?:\w+ )*(?:struct|enum|class|extension) ([\w.]+)/) { type = String(match.1) }
            guard line.contains("static let"), let match = line.firstMatch(of: /static let (\w+)(?:: \w+)? = (.+)$/) else { continue }
            let name = String(match.1)
            let value = product(String(match.2))
            guard name.hasSuffix("Max") || name.hasSuffix("Min") || (type.hasSuffix("Limits") && value != nil) else { continue }
            out.append(Limit(name: "\(type).\(name)", value: value, path: path))
        }
        return out
    }

    /// The value of a sum of products of plain numbers.
    static func product(_ text: String) -> UInt64? {
        var sum: UInt64 = 0
        for term in text.replacing("_", with: "").split(separator: "+") {
            var value: UInt64 = 1
            for factor in term.split(separator: "*") {
                guard let number = UInt64(factor.trimming(" ")) else { return nil }
                value *= number
            }
            sum += value
        }
        return sum
    }

    @Test func `every limit of the sources is on the page, with its number (C-9)`() {
        var rows: [String: UInt64] = [:]
        for line in Self.page {
            guard let match = line.firstMatch(of: /^\| `([A-Za-z]+\.[A-Za-z]+)` \| ([0-9,]+) \|/) else { continue }
            rows[String(match.1)] = UInt64(match.2.replacing(",", with: ""))
        }
        var wrong: [String] = []
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

    @Test func `every domain of the sources is on the page (C-3)`() {
        let rows = Set(Self.page.compactMap { $0.firstMatch(of: /^\| `(entente\/[a-z]+\/[0-9]+)` \|/).map { String($0.1) } })
        var used: Set<String> = []
        for path in Repository.swiftSources {
            for match in (Repository.text(path) ?? "").matches(of: /"(entente\/[a-z]+\/[0-9]+)"/) { used.insert(String(match.1)) }
        }
        #expect(used.subtracting(rows).sorted() == [] && rows.subtracting(used).sorted() == [])
    }

    @Test(arguments: [("4 * 1024", 4096), ("65_535", 65_535), ("1 + 2 * 3", 7)])
    func `a product of numbers is read`(text: String, value: UInt64) { #expect(Self.product(text) == value) }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var part = drop { $0 == character }
        while part.last == character { part.removeLast() }
        return part
    }
}
