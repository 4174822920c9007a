import Foundation
import Testing

/// What a reader, and a fresh clone on another machine, trips over.
@Suite struct DocumentTests {
    static let documents = Repository.paths.filter { $0.hasSuffix(".md") }

    /// The lines outside fenced code.
    static func prose(of path: String) -> [String] {
        var isCode = false
        return Repository.lines(path).compactMap { line in
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                isCode.toggle()
                return nil
            }
            return isCode ? nil : String(line)
        }
    }

    @Test func `every relative link of a document leads to a file`() {
        var dead: [String] = []
        for path in Self.documents {
            for line in Self.prose(of: path) {
                for match in line.matches(of: /\]\(([^()\s]+)\)/) {
                    let target = match.1.prefix { $0 != "#" }
                    if target.isEmpty || target.contains("://") || target.hasPrefix("mailto:") { continue }
                    let folder = (path as NSString).deletingLastPathComponent
                    let joined =
                        target.hasPrefix("/") ? String(target.dropFirst()) : folder.isEmpty ? String(target) : folder + "/" + target
                    if !Repository.exists((joined as NSString).standardizingPath) { dead.append("\(path): \(match.1)") }
                }
            }
        }
        #expect(dead == [])
    }

    @Test func `no file names a folder of one machine`() {
        // Spelled in two halves, so that this file is not a find.
        let folders = ["work", "opt", "root"].map { "/" + $0 + "/" }
        var found: [String] = []
        for path in Repository.paths where folders.contains(where: { Repository.has($0, in: path) }) {
            for (index, line) in Repository.lines(path).enumerated() {
                for folder in folders {
                    for range in line.ranges(of: folder) {
                        // A relative path or an address may have such a folder inside; a machine's path begins a word.
                        let before = range.lowerBound == line.startIndex ? " " : line[line.index(before: range.lowerBound)]
                        if !before.isLetter, !before.isNumber, !"._-/:~$}".contains(before) {
                            found.append("\(path):\(index + 1): \(line)")
                        }
                    }
                }
            }
        }
        #expect(found == [])
    }

    /// A file over 500 lines is a design question, one over 700 an answer that somebody forgot.
    @Test func `no source file has more than 700 lines`() {
        let long = Repository.paths.filter { $0.hasSuffix(".swift") }.map { ($0, Repository.lines($0).count) }.filter { $0.1 > 500 }
        for (path, count) in long { print("long file: \(path) has \(count) lines") }
        #expect(long.filter { $0.1 > 700 }.map(\.0) == [])
    }

    @Test func `a specification or document that a comment names exists`() {
        var dead: [String] = []
        for path in Repository.paths where path.hasSuffix(".swift") {
            for match in (Repository.text(path) ?? "").matches(of: /\b(?:Specs|Docs|Examples)\/[A-Za-z0-9_\/-]+\.[a-z]+\b/) {
                if !Repository.exists(String(match.0)), !Self.expected.contains(String(match.0)) { dead.append("\(path): \(match.0)") }
            }
        }
        #expect(dead == [])
    }

    /// Documents that are announced in comments and not written yet: an entry goes when its file comes.
    static let expected: Set<String> = []
}
