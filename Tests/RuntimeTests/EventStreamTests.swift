import EntenteNode
import EntenteReplica
import Foundation
import Logging
import Synchronization
import Testing

@testable import EntenteRuntime

/// One event as it came over the socket.
struct HeardEvent: Hashable {
    var id: String?
    var name = ""
    var data = ""

    func json() throws -> JSONValue { try JSONReader.read(Array(data.utf8)) }
    func text(_ name: String) throws -> String? {
        guard case .string(let text) = try json()[name] else { return nil }
        return text
    }
}

/// A reader of a node's stream, over its socket: what has come is parsed as a browser would.
final class StreamReader {
    private let connection: RawConnection
    private var bytes: [UInt8] = []
    private var text = ""
    private(set) var head = ""
    private(set) var heartbeats = 0
    private(set) var isEnded = false

    init(_ socket: String, _ path: String = "/api/v1/events", headers: [String] = []) throws {
        connection = try RawConnection(socket)
        try connection.send(RawConnection.request("GET", path, nil, headers: headers))
    }

    /// Reads until there is a next event; nil at the end of the stream. Gives up after twenty seconds without a byte.
    func next() async throws -> HeardEvent? {
        while true {
            if let event = parsed() { return event }
            guard !isEnded else { return nil }
            let connection = connection
            let chunk = try await blocking { try connection.read() }
            if chunk.isEmpty { isEnded = true }
            bytes += chunk
            try takeChunks()
        }
    }

    /// Events up to the first of that name, itself included.
    func next(named name: String) async throws -> HeardEvent {
        while let event = try await next() { if event.name == name { return event } }
        throw RawAnswer.NoJSON(text: "the stream ended before \(name)")
    }

    /// The body comes in chunks: a length in hexadecimal, a line break, the bytes, a line break. (RFC 9112, section 7.1)
    private func takeChunks() throws {
        if head.isEmpty {
            guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return }
            head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            bytes.removeFirst(end.upperBound)
        }
        while let line = bytes.firstIndex(of: 13), let length = Int(String(decoding: bytes[..<line], as: UTF8.self), radix: 16) {
            guard bytes.count >= line + 2 + length + 2 else { return }
            if length == 0 { isEnded = true }
            text += String(decoding: bytes[(line + 2)..<(line + 2 + length)], as: UTF8.self)
            bytes.removeFirst(line + 2 + length + 2)
        }
    }

    private func parsed() -> HeardEvent? {
        while let end = text.range(of: "\n\n") {
            let block = text[..<end.lowerBound]
            text = String(text[end.upperBound...])
            var event = HeardEvent()
            for line in block.split(separator: "\n") {
                if line.hasPrefix(":") { heartbeats += 1 }
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
            }
            if !event.name.isEmpty { return event }
        }
        return nil
    }
}

/// What happens, as those who follow a node hear of it. (Specs/09-api.md)
@Suite(.serialized) struct EventStreamTests {
    private func post(_ text: String, on siege: LocalAPINode) async throws -> String {
        guard case .posted(let id) = await siege.node.perform(.post(space: "everyone", text: text, replyTo: nil, by: nil)) else {
            throw RawAnswer.NoJSON(text: text)
        }
        return id
    }

    @Test func `a stream begins with hello, tells each entry with its cursor, and goes on from one (L-13, L-14)`() async throws {
        let siege = try await LocalAPINode()
        let reader = try StreamReader(siege.socket)
        let hello = try #require(await reader.next())
        #expect(try hello.name == "hello" && hello.id == hello.text("cursor"))
        #expect(reader.head.contains("200") && reader.head.lowercased().contains("content-type: text/event-stream"))
        let first = try await post("un", on: siege)
        var heard = try await reader.next(named: "entry")
        while try heard.text("kind") != "post" { heard = try await reader.next(named: "entry") }
        #expect(try heard.text("id") == first && heard.id != nil)
        let cursor = try #require(heard.id)
        let second = try await post("deux", on: siege)
        for (path, headers) in [
            ("/api/v1/events?after=\(cursor)", []), ("/api/v1/events", ["Last-Event-ID: \(cursor)"]),
            ("/api/v1/events?after=0", ["Last-Event-ID: \(cursor)"]),
        ] {
            let again = try StreamReader(siege.socket, path, headers: headers)
            #expect(try await again.next()?.name == "hello")
            #expect(try await again.next(named: "entry").text("id") == second)
        }
        #expect(await siege.end() == nil)
    }

    @Test func `everything from the beginning is told to whoever asks for it, and each event is of its schema (L-2, L-14)`() async throws {
        let siege = try await LocalAPINode()
        let document = try await siege.ask("GET", "/api/v1/openapi.json").json()
        let check = SchemaCheck(document: document)
        let id = try await post("un", on: siege)
        _ = try await siege.ask("POST", "/api/v1/revocations", #"{"member": "alice", "preview": true}"#)
        let reader = try StreamReader(siege.socket, "/api/v1/events?after=0")
        var heard: [HeardEvent] = []
        while let event = try await reader.next() {
            heard.append(event)
            if try event.text("id") == id { break }
        }
        #expect(heard.count > 5)
        for event in heard {
            let schema = try #require(check.resolve("#/components/schemas/Event-\(event.name)"))
            #expect(check.faults(of: try event.json(), against: schema) == [], "\(event)")
        }
        #expect(Set(heard.compactMap(\.id)).count == heard.count)
        for name in SiteEvent.Name.allCases { #expect(check.resolve("#/components/schemas/Event-\(name.rawValue)") != nil, "\(name)") }
        #expect(await siege.end() == nil)
    }

    @Test(arguments: ["nonsense", "0000000000000000-1", "ffffffffffffffff-1", "-", "0000000000000000--1"])
    func `a cursor that this database did not give is answered with reset (L-15)`(cursor: String) async throws {
        let siege = try await LocalAPINode()
        let reader = try StreamReader(siege.socket, "/api/v1/events?after=\(cursor)")
        let reset = try #require(await reader.next())
        #expect(try reset.name == "reset" && reset.id == reset.text("cursor") && reset.text("reason")?.isEmpty == false)
        // From there it goes on.
        let id = try await post("encore", on: siege)
        var heard = try await reader.next(named: "entry")
        while try heard.text("kind") != "post" { heard = try await reader.next(named: "entry") }
        #expect(try heard.text("id") == id)
        #expect(await siege.end() == nil)
    }

    @Test func `a cursor outlives the node (L-14)`() async throws {
        let folder = TemporaryFolder()
        try folder.site.foundedByAlice()
        let first = FeedReader(directory: folder.site)
        let begin = try #require(await first.start(from: nil)).cursor
        let node = try await SiteNode.open(folder.site, reach: .store)
        guard case .posted(let id) = await node.perform(.post(space: "everyone", text: "un", replyTo: nil, by: nil)) else { return }
        await node.end()
        let second = FeedReader(directory: folder.site)
        let start = try #require(await second.start(from: begin.description))
        #expect(start.event.name == .hello && start.cursor == begin)
        let page = try #require(await second.page(after: begin))
        #expect(page.events.contains { $0.data["id"] == .string(id) })
        // A number that is still to come belongs to a database that is gone.
        let ahead = EventCursor(incarnation: begin.incarnation, number: FeedNumber(page.cursor.number.number + 1))
        let future = try #require(await second.start(from: ahead.description))
        #expect(future.event.name == .reset)
    }

    @Test func `a silent stream says that it is alive, and ends with the node (L-16)`() async throws {
        let siege = try await LocalAPINode([("api.heartbeatMilliseconds", "100")])
        let reader = try StreamReader(siege.socket)
        #expect(try await reader.next()?.name == "hello")
        try await Task.sleep(for: .milliseconds(500))
        let begun = ContinuousClock.now
        #expect(await siege.end() == nil)
        #expect(ContinuousClock.now - begun < .seconds(3))
        #expect(try await reader.next() == nil && reader.heartbeats >= 2)
    }

    @Test func `there are only so many readers, and one that left makes room (L-16)`() async throws {
        let siege = try await LocalAPINode([("api.subscribersMax", "1"), ("api.heartbeatMilliseconds", "100")])
        do {
            let reader = try StreamReader(siege.socket)
            #expect(try await reader.next()?.name == "hello")
            let refused = try await siege.ask("GET", "/api/v1/events")
            #expect(try refused.status == 503 && refused.text("code") == "unavailable")
        }
        let end = ContinuousClock.now + .seconds(10)
        while siege.node.events.followerCount > 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await StreamReader(siege.socket).next()?.name == "hello")
        #expect(await siege.end() == nil)
    }

    // MARK: - The hub, without a socket

    private func hub(_ flags: [(key: String, value: String)]) throws -> EventHub {
        let folder = TemporaryFolder()
        try folder.site.foundedByAlice()
        let configuration = try folder.site.configuration(from: .init(flags: flags))
        // The folder lives as long as the test does.
        Self.folders.withLock { $0.append(folder) }
        return EventHub(directory: folder.site, configuration: configuration, logger: Logger(label: "test"))
    }
    private static let folders = Mutex<[TemporaryFolder]>([])

    /// A reader whose connection takes nothing until it is cut.
    private func stuckReader(of hub: EventHub) async throws -> (isCut: AsyncStream<Void>, task: Task<Void, any Error>) {
        let (cuts, cut) = AsyncStream.makeStream(of: Void.self)
        let (writes, writing) = AsyncStream.makeStream(of: Void.self)
        let (gates, gate) = AsyncStream.makeStream(of: Void.self)
        let subscription = try #require(
            hub.subscribe {
                cut.yield()
                gate.finish()
            })
        let task = Task {
            try await subscription.follow(from: nil) { _ in
                writing.yield()
                for await _ in gates {}
                throw CancellationError()
            }
        }
        _ = await writes.first { _ in true }
        return (cuts, task)
    }

    @Test func `a reader that takes nothing while more changes come than are kept for it is cut off, and nobody waits (L-17)`() async throws
    {
        let hub = try hub([("api.eventsMax", "16")])
        let (cuts, task) = try await stuckReader(of: hub)
        for _ in 0..<16 { hub.changed(1) }
        #expect(hub.cutCount == 0 && hub.followerCount == 1)
        hub.changed(1)
        #expect(hub.cutCount == 1 && hub.followerCount == 0)
        _ = await cuts.first { _ in true }
        await #expect(throws: CancellationError.self) { try await task.value }
        // The others go on.
        hub.changed(100)
        await hub.end()
    }

    @Test func `passing news waits in a bounded queue (L-17)`() async throws {
        let hub = try hub([("api.eventsMax", "16")])
        let (cuts, task) = try await stuckReader(of: hub)
        for number in 0..<16 { hub.noticed(.fault(ConnectionID(1), from: "eve", reason: "\(number)")) }
        #expect(hub.followerCount == 1)
        hub.noticed(.fault(ConnectionID(1), from: "eve", reason: "one more"))
        #expect(hub.followerCount == 0 && hub.cutCount == 1)
        _ = await cuts.first { _ in true }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a reader that is stuck is cut off though nothing happens (L-17)`() async throws {
        let hub = try hub([("api.heartbeatMilliseconds", "100")])
        let (cuts, _) = try await stuckReader(of: hub)
        _ = await cuts.first { _ in true }
        #expect(hub.cutCount == 1)
    }

    @Test func `peers, faults and a node that stops writing are told as they come (L-18)`() async throws {
        let hub = try hub([])
        let (told, tell) = AsyncStream.makeStream(of: [SiteEvent].self)
        let subscription = try #require(hub.subscribe {})
        let task = Task { try await subscription.follow(from: nil) { tell.yield($0) } }
        var parts = told.makeAsyncIterator()
        #expect(await parts.next()?.map(\.name) == [.hello])
        let bob = ConnectionID(7)
        hub.noticed(.peerInSync(bob))
        hub.noticed(.peerConnected(bob, node: "Brest", address: "127.0.0.1:7118"))
        hub.noticed(.peerInSync(bob))
        hub.noticed(.fault(bob, from: "Brest\u{1B}[2J", reason: "it lied"))
        hub.closed(bob)
        hub.noticed(.peerDisconnected(bob))
        hub.noticed(.peerConnected(bob, node: "Brest", address: "127.0.0.1:7118"))
        hub.readOnly("No space is left on the disk.")
        hub.readOnly(nil)
        var events: [SiteEvent] = []
        while events.count < 8, let part = await parts.next() { events += part }
        await hub.end()
        try await task.value
        let words = events.map { event in
            event.name.rawValue + " " + (event.data["state"] ?? event.data["reason"] ?? .string("")).text
        }
        let expected = [
            "peer \"connected\"", "peer \"inSync\"", "fault \"it lied\"", "peer \"lost\"", "peer \"connected\"", "peer \"lost\"",
            "readOnly \"No space is left on the disk.\"", "readOnly \"\"",
        ]
        #expect(words == expected)
        #expect(events.allSatisfy { $0.cursor == nil && !$0.data.text.contains("\u{1B}") })
    }
}
