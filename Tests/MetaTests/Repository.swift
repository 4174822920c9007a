import Foundation

/// The files of this repository, as the tests about the repository itself see them.
enum Repository {
    /// The folder that holds Package.swift.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths relative to the root, sorted: what is tracked, and what is new and not ignored.
    static let paths: [String] = (trackedPaths() ?? walkedPaths()).sorted()

    static func paths(under folder: String, endingIn suffix: String = "") -> [String] {
        paths.filter { $0.hasPrefix(folder) && $0.hasSuffix(suffix) }
    }

    static var swiftSources: [String] { paths(under: "Sources/", endingIn: ".swift") }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path) }

    /// The file as text, or nil where it is none.
    static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path), !data.contains(0) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    /// True if the bytes of `word` are in the file. Faster than looking at its characters.
    static func has(_ word: String, in path: String) -> Bool {
        FileManager.default.contents(atPath: root.appendingPathComponent(path).path)?.range(of: Data(word.utf8)) != nil
    }

    static func lines(_ path: String) -> [Substring] { text(path)?.split(separator: "\n", omittingEmptySubsequences: false) ?? [] }

    private static func trackedPaths() -> [String]? {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        git.standardInput = FileHandle.nullDevice
        git.standardError = FileHandle.nullDevice
        let output = Pipe()
        git.standardOutput = output
        guard (try? git.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { return nil }
        let paths = String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
        return paths.isEmpty ? nil : paths.filter(exists)
    }

    /// An archive without a `.git` folder: everything but what a build leaves.
    private static func walkedPaths() -> [String] {
        let skipped = [".build", ".git", "entente-data", "__pycache__"]
        guard let walk = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var paths: [String] = []
        while let path = walk.nextObject() as? String {
            let name = (path as NSString).lastPathComponent
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path, isDirectory: &isFolder)
            if isFolder.boolValue {
                if skipped.contains(where: { name == $0 || name.hasPrefix($0 + "-") || name.hasPrefix($0 + "_") }) {
                    walk.skipDescendants()
                }
            } else {
                paths.append(path)
            }
        }
        return paths
    }
}
