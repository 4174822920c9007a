import Foundation
import Glibc
import Testing

/// A site of a test: its directory, and its node if that runs.
final class Site {
    let name: String
    let folder: TemporaryFolder
    let port: Int
    private var node: Process?

    init(_ name: String) throws {
        self.name = name
        folder = try TemporaryFolder()
        port = try Program.freePort()
    }

    deinit {
        if let node, node.isRunning { kill(node.processIdentifier, SIGKILL) }
    }

    var directory: URL { folder.file("data") }
    var address: String { "127.0.0.1:\(port)" }

    /// All files of the site's directory.
    func files() throws -> [URL] {
        let walk = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: [.isRegularFileKey])
        return (walk?.allObjects as? [URL] ?? []).filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true }
    }

    /// Runs a command on this site.
    func entente(_ arguments: String..., input: String? = nil, environment: [String: String] = [:]) async throws -> Outcome {
        try await Program.run(
            arguments + ["--dir", directory.path], in: folder.url, input: input.map { Data($0.utf8) }, environment: environment)
    }

    /// Founds a network with `member` as its administrator.
    static func founding(_ name: String, member: String, network: String = "Réseau") async throws -> Site {
        let site = try Site(name)
        let outcome = try await site.entente("init", "--network", network, "--site", name, "--member", member, "--listen", site.address)
        try #require(outcome.status == 0, "\(outcome.complaint)")
        return site
    }

    /// Starts the node and waits until it is ready; returns its ready line.
    @discardableResult
    func start(_ arguments: String...) async throws -> [String: Any] {
        let (output, complaint) = (folder.file("node.out"), folder.file("node.err"))
        try Data().write(to: output)
        try Data().write(to: complaint)
        let process = Process()
        process.executableURL = Program.binary
        process.arguments = ["run", "--json", "--dir", directory.path] + arguments
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: complaint)
        try process.run()
        node = process
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, process.isRunning {
            let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
            for line in lines {
                if let ready = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], ready["ready"] as? Bool == true {
                    return ready
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NotReady(complaint: (try? String(contentsOf: complaint, encoding: .utf8)) ?? "")
    }

    struct NotReady: Error {
        let complaint: String
    }

    /// Asks the node to end, and returns its exit code and how long it took.
    func stop() async throws -> (status: Int32, after: Duration) {
        let node = try #require(node)
        let begun = ContinuousClock.now
        kill(node.processIdentifier, SIGTERM)
        while node.isRunning, ContinuousClock.now - begun < .seconds(20) { try await Task.sleep(for: .milliseconds(20)) }
        if node.isRunning { kill(node.processIdentifier, SIGKILL) }
        node.waitUntilExit()
        self.node = nil
        return (node.terminationStatus, ContinuousClock.now - begun)
    }

    /// Ends the node at once, as a power cut does.
    func kill9() {
        guard let node else { return }
        kill(node.processIdentifier, SIGKILL)
        node.waitUntilExit()
        self.node = nil
    }

    /// Asks again until `condition` holds, ten seconds long.
    func eventually(
        _ arguments: String..., location: SourceLocation = #_sourceLocation, until condition: (Outcome) throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(10)
        var last = Outcome(status: -1, output: "", complaint: "")
        while ContinuousClock.now < end {
            last = try await Program.run(arguments + ["--dir", directory.path], in: folder.url)
            if try condition(last) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(name): \(arguments) never came to it: \(last.output) \(last.complaint)", sourceLocation: location)
    }
}
