import EntenteNode
import EntenteRuntime
import EntenteWeb
import Foundation
import Glibc
import ServiceLifecycle
import Synchronization
import Testing

/// A site's node in this process, with its local socket, as `entente run` serves it.
final class LocalAPINode: Sendable {
    let folder = TemporaryFolder("api")
    let node: SiteNode
    let socket: String
    private let group: ServiceGroup
    private let serving: Task<OperatorFailure?, Never>

    /// Alice's network, on its own.
    init(_ flags: [(key: String, value: String)] = []) async throws {
        let directory = folder.site
        try directory.foundedByAlice()
        let configuration = try directory.configuration(from: .init(flags: flags))
        let node = try await SiteNode.open(directory, configuration: configuration, reach: .dialling)
        self.node = node
        socket = configuration.socketPath(in: directory)
        let (groups, ready) = AsyncStream.makeStream(of: ServiceGroup?.self)
        serving = Task {
            do throws(OperatorFailure) {
                try await serve(node, until: []) { ready.yield($0) }
                return nil
            } catch {
                ready.finish()
                return error
            }
        }
        let first = await groups.first { _ in true }
        group = try #require(first ?? nil)
    }

    /// Ends the node as SIGTERM does; returns what was wrong.
    func end() async -> OperatorFailure? {
        await group.triggerGracefulShutdown()
        return await serving.value
    }

    /// Asks, and reads the answer to its end.
    func ask(_ method: String, _ path: String, _ body: String? = nil, headers: [String] = []) async throws -> RawAnswer {
        let connection = try RawConnection(socket)
        let bytes = try await blocking {
            try connection.send(RawConnection.request(method, path, body, headers: headers))
            return try connection.readToEnd()
        }
        return try RawAnswer(bytes)
    }
}

/// Waits on a thread of its own: the node under test runs on the few that Swift's tasks share, and needs them.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}

/// Bytes over a Unix socket, without a library between: what a test says is what arrives.
final class RawConnection: Sendable {
    private let descriptor: Int32

    struct Failure: Error {
        let number: Int32
    }

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isOpen else { throw Failure(number: errno) }
        // Nobody waits here for ever.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    static func request(_ method: String, _ path: String, _ body: String?, headers: [String] = []) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: node", "Connection: close"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // Who is refused early may hang up before all was sent.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// What comes next; empty at the end.
    func read() throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == ECONNRESET { return [] }
        guard count >= 0 else { throw Failure(number: errno) }
        return Array(chunk.prefix(count))
    }

    func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read()
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }
}

/// An answer of HTTP, with a body of a length that it says.
struct RawAnswer {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) throws {
        let data = Data(bytes)
        let end = try #require(data.range(of: Data("\r\n\r\n".utf8)), "no answer: \(String(decoding: bytes, as: UTF8.self))")
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = try #require(Int(lines[0].split(separator: " ")[1]))
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.headers = headers
        body = Array(data[end.upperBound...])
    }

    func json() throws -> JSONValue {
        do {
            return try JSONReader.read(body)
        } catch {
            throw NoJSON(text: String(decoding: body, as: UTF8.self))
        }
    }

    struct CutOff: Error {}

    /// The body of an answer without a length. (RFC 9112, section 7.1)
    func chunks() throws -> [UInt8] {
        guard headers["transfer-encoding"] == "chunked" else { throw NoJSON(text: "it is not in chunks") }
        var rest = body[...]
        var out: [UInt8] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let digits = String(decoding: rest[..<end], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let count = Int(digits, radix: 16), rest.distance(from: end, to: rest.endIndex) > count else { throw CutOff() }
            if count == 0 { return out }
            out += rest[(end + 1)..<(end + 1 + count)]
            rest = rest[(end + 1 + count)...].dropFirst(2)
        }
        throw CutOff()
    }

    struct NoJSON: Error {
        let text: String
    }

    func text(_ name: String) throws -> String {
        guard case .string(let text) = try json()[name] else { throw NoJSON(text: String(decoding: body, as: UTF8.self)) }
        return text
    }
}
