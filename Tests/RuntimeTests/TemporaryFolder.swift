import EntenteRuntime
import Foundation

/// A folder that is gone when the test is.
final class TemporaryFolder: Sendable {
    let path: String

    init(_ name: String = "site") {
        path = NSTemporaryDirectory() + "entente-\(name)-" + UUID().uuidString.prefix(8)
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A directory for a site in it, which is not there yet.
    var site: NodeDirectory { NodeDirectory(path: path + "/data") }

    func file(_ name: String) -> String { path + "/" + name }
}

enum Files {
    static func mode(_ path: String) -> Int? {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? NSNumber)?.intValue
    }

    static func setMode(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
    static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    static func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    /// All files and folders below a folder, relative to it, sorted.
    static func names(below path: String) -> [String] { ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted() }

    static func copy(_ path: String, to other: String) throws { try FileManager.default.copyItem(atPath: path, toPath: other) }
    static func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
}

extension NodeDirectory {
    /// A network that alice has founded here.
    @discardableResult
    func foundedByAlice(listen: String = "127.0.0.1:0") throws -> FoundedSummary {
        try found(network: "Réseau", site: "Siège", member: "alice", listen: listen, rootKeys: 3, rootQuorum: 2)
    }
}
