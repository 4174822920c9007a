import Foundation
import Glibc
import Testing

/// What a command printed and how it ended.
struct Outcome {
    let status: Int32
    let output: String
    let complaint: String

    /// The answer, which has to be JSON.
    func json(_ location: SourceLocation = #_sourceLocation) throws -> Any {
        try #require(
            try? JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed), "no JSON: \(output)",
            sourceLocation: location)
    }

    func object(_ location: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        try #require(try json(location) as? [String: Any], "no JSON object: \(output)", sourceLocation: location)
    }

    func array(_ location: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
        try #require(try json(location) as? [[String: Any]], "no JSON array of objects: \(output)", sourceLocation: location)
    }

    /// What was complained, as `--json` says it.
    func refusal(_ location: SourceLocation = #_sourceLocation) throws -> [String: String] {
        let value = try? JSONSerialization.jsonObject(with: Data(complaint.utf8))
        return try #require(value as? [String: String], "no JSON refusal: \(complaint)", sourceLocation: location)
    }
}

/// The built program, run as a person or a script runs it.
enum Program {
    /// Beside the test bundle, wherever the build directory is.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static let binary = folder.appendingPathComponent("entente")

    /// The package, from this file's place in it.
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs `executable` to its end; after `seconds` it is killed, and the status is that of a kill.
    static func run(
        _ arguments: [String], of executable: URL = binary, in folder: URL? = nil, input: Data? = nil, environment: [String: String] = [:],
        seconds: Double = 180
    ) async throws -> Outcome {
        // Files, not pipes: a command that prints much never waits for us.
        let scratch = try TemporaryFolder()
        let (output, complaint, source) = (scratch.file("out"), scratch.file("err"), scratch.file("in"))
        try Data().write(to: output)
        try Data().write(to: complaint)
        try (input ?? Data()).write(to: source)
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ENTENTE_") }.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: complaint)
        try process.run()
        let end = ContinuousClock.now + .seconds(seconds)
        while process.isRunning, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(10)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            complaint: try String(contentsOf: complaint, encoding: .utf8))
    }

    /// A port of loopback that nobody listens on; somebody else may take it before we do, which a test would show.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound, "no free port")
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A folder of its own for one test, removed with it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("entente-test-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
