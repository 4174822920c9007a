import EntenteNode
import EntenteReplica
import Logging
import Synchronization

/// Where those who follow a node hear of what happens.
///
/// What lasts is in the feed of the database: each reader takes it from there at its own pace, and the node only rings.
/// What passes (peers, faults) waits in a bounded queue for each reader. A reader that takes nothing while more than so
/// many changes come is cut off. Nothing of it ever holds up the node.
package final class EventHub: Sendable {
    struct Follower {
        let bell: AsyncStream<Void>.Continuation
        let cut: @Sendable () -> Void
        /// Passing news that it has not taken.
        var passing: [SiteEvent] = []
        /// Changes since it began to write what it has taken; nil: it is not writing.
        var changesWhileWriting: Int?
        /// Heartbeats for which it has been writing the same thing.
        var ticksWhileWriting = 0
        var isHeartbeatDue = false
    }

    private struct State {
        var nextID: UInt64 = 0
        var followers: [UInt64: Follower] = [:]
        /// Sessions that are open, for what is said of them later.
        var peers: [ConnectionID: JSONValue] = [:]
        var readOnly: String?
        var isTicking = false
        var isEnded = false
        var cutCount: UInt64 = 0
    }

    /// Heartbeats for which one piece may be on its way to a reader.
    private static let ticksMax = 4

    let reader: FeedReader
    private let subscribersMax: Int
    private let eventsMax: Int
    private let heartbeatMilliseconds: UInt64
    private let logger: Logger
    private let state = Mutex(State())

    package init(directory: NodeDirectory, configuration: SiteConfiguration, logger: Logger) {
        reader = FeedReader(directory: directory)
        subscribersMax = configuration.subscribersMax
        eventsMax = configuration.eventsMax
        heartbeatMilliseconds = configuration.heartbeatMilliseconds
        self.logger = logger
    }

    /// Readers that were cut off since the start.
    package var cutCount: UInt64 { state.withLock { $0.cutCount } }
    package var followerCount: Int { state.withLock { $0.followers.count } }

    // MARK: - From the node's thread

    /// So many writes were committed.
    func changed(_ count: Int) {
        guard count > 0 else { return }
        let cut = state.withLock { state in
            var behind: [UInt64] = []
            for id in state.followers.keys {
                if let changes = state.followers[id]?.changesWhileWriting {
                    let (sum, overflow) = changes.addingReportingOverflow(count)
                    state.followers[id]?.changesWhileWriting = sum
                    if overflow || sum > eventsMax { behind.append(id) }
                }
                state.followers[id]?.bell.yield()
            }
            return take(behind, from: &state)
        }
        cutOff(cut)
    }

    /// The node closes a connection, for whatever reason.
    func closed(_ id: ConnectionID) {
        if let peer = state.withLock({ $0.peers.removeValue(forKey: id) }) { tell(.peer, peer, "lost") }
    }

    func noticed(_ notice: Notice) {
        switch notice {
        case .peerConnected(let id, let node, let address):
            let peer = JSONValue.fields(["node": .string(LogText.line(node)), "address": .string(LogText.line(address))])
            state.withLock { $0.peers[id] = peer }
            tell(.peer, peer, "connected")
        case .peerInSync(let id):
            if let peer = state.withLock({ $0.peers[id] }) { tell(.peer, peer, "inSync") }
        case .peerDisconnected(let id): closed(id)
        case .fault(_, let from, let reason): fault(from: from, reason)
        case .refusedByPeer(let address, let reason): fault(from: address, "it refuses us: " + reason)
        case .notTaken(let space, let entries, let reason):
            fault(from: space, "\(entries) entries were not taken: " + reason)
        case .fork(let log, let sequence): fault(from: log, "the log of this device is forked at number \(sequence)")
        case .stored, .held, .newIncarnation, .erased, .missing, .collected: break
        }
    }

    /// The node writes no more, and why; nil: it writes again. Its connections are gone.
    func readOnly(_ reason: String?) {
        let lost = state.withLock { state in
            state.readOnly = reason
            defer { state.peers = [:] }
            return reason == nil ? [] : state.peers.sorted { $0.key < $1.key }.map(\.value)
        }
        for peer in lost { tell(.peer, peer, "lost") }
        tell(SiteEvent(.readOnly, .object(reason.map { [.init("reason", .string($0))] } ?? [])))
    }

    private func fault(from: String, _ reason: String) {
        tell(SiteEvent(.fault, .fields(["from": .string(LogText.line(from)), "reason": .string(LogText.line(reason))])))
    }

    private func tell(_ name: SiteEvent.Name, _ peer: JSONValue, _ word: String) {
        guard case .object(let fields) = peer else { return }
        tell(SiteEvent(name, .object([.init("state", .string(word))] + fields)))
    }

    private func tell(_ event: SiteEvent) {
        let cut = state.withLock { state in
            var behind: [UInt64] = []
            for id in state.followers.keys {
                state.followers[id]?.passing.append(event)
                if let follower = state.followers[id], follower.passing.count > eventsMax { behind.append(id) }
                state.followers[id]?.bell.yield()
            }
            return take(behind, from: &state)
        }
        cutOff(cut)
    }

    // MARK: - Readers

    /// A reader of the stream; nil where there are too many, or the node is ending.
    ///
    /// - Parameter cut: closes the reader's connection: it is called when it does not read.
    package func subscribe(cut: @escaping @Sendable () -> Void) -> EventSubscription? {
        let (bells, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard !state.isEnded, state.followers.count < subscribersMax else { return nil }
            state.nextID += 1
            var follower = Follower(bell: bell, cut: cut)
            if let reason = state.readOnly { follower.passing = [SiteEvent(.readOnly, .fields(["reason": .string(reason)]))] }
            state.followers[state.nextID] = follower
            return state.nextID
        }
        guard let id else { return nil }
        bell.yield()
        startTicking()
        return EventSubscription(hub: self, id: id, bells: bells)
    }

    /// Every stream ends, and none begins any more. The connection to the database is closed then.
    package func end() async {
        let followers = state.withLock { state in
            state.isEnded = true
            defer { state.followers = [:] }
            return state.followers.values.map(\.bell)
        }
        for bell in followers { bell.finish() }
        await reader.close()
    }

    func remove(_ id: UInt64) { state.withLock { $0.followers.removeValue(forKey: id) }?.bell.finish() }

    /// Passing news, and whether a sign of life is due.
    func take(_ id: UInt64) -> (events: [SiteEvent], isHeartbeatDue: Bool) {
        state.withLock { state in
            guard var follower = state.followers.removeValue(forKey: id) else { return ([], false) }
            let taken = (follower.passing, follower.isHeartbeatDue)
            follower.passing = []
            follower.isHeartbeatDue = false
            state.followers[id] = follower
            return taken
        }
    }

    /// The reader's connection takes a piece, or has taken it.
    func writing(_ id: UInt64, _ isWriting: Bool) {
        state.withLock { state in
            state.followers[id]?.changesWhileWriting = isWriting ? 0 : nil
            state.followers[id]?.ticksWhileWriting = 0
        }
    }

    private func take(_ ids: [UInt64], from state: inout State) -> [Follower] {
        let followers = ids.compactMap { state.followers.removeValue(forKey: $0) }
        state.cutCount += UInt64(followers.count)
        return followers
    }

    private func cutOff(_ followers: [Follower]) {
        for follower in followers {
            logger.notice("A reader of the event stream was cut off: it did not read.")
            follower.bell.finish()
            follower.cut()
        }
    }

    // MARK: - Signs of life

    private func startTicking() {
        let begins = state.withLock { state in
            defer { state.isTicking = true }
            return !state.isTicking
        }
        guard begins else { return }
        Task { [weak self, heartbeatMilliseconds] in
            while true {
                try? await Task.sleep(for: .milliseconds(heartbeatMilliseconds))
                guard let self, self.tick() else { return }
            }
        }
    }

    /// False when nobody follows any more.
    private func tick() -> Bool {
        let (goesOn, cut) = state.withLock { state in
            var stuck: [UInt64] = []
            for id in state.followers.keys {
                state.followers[id]?.isHeartbeatDue = true
                if state.followers[id]?.changesWhileWriting != nil {
                    state.followers[id]?.ticksWhileWriting += 1
                    if let follower = state.followers[id], follower.ticksWhileWriting > Self.ticksMax { stuck.append(id) }
                }
                state.followers[id]?.bell.yield()
            }
            let cut = take(stuck, from: &state)
            state.isTicking = !state.followers.isEmpty
            return (state.isTicking, cut)
        }
        cutOff(cut)
        return goesOn
    }
}

/// One reader's place in the stream. It leaves the hub when it is let go.
package final class EventSubscription: Sendable {
    private let hub: EventHub
    private let id: UInt64
    private let bells: AsyncStream<Void>

    init(hub: EventHub, id: UInt64, bells: AsyncStream<Void>) {
        self.hub = hub
        self.id = id
        self.bells = bells
    }

    deinit { hub.remove(id) }

    /// Gives the reader every event, a piece at a time, until the node ends, the reader is cut off, or `write` throws.
    ///
    /// - Parameter cursor: where the reader was; nil: from now on.
    /// - Parameter write: hands a piece on, and returns when the reader's connection has taken it. An empty piece is a sign
    ///   of life.
    package func follow(from cursor: String?, write: ([SiteEvent]) async throws -> Void) async throws {
        guard let start = await hub.reader.start(from: cursor) else { return }
        var place = start.cursor
        func hand(_ events: [SiteEvent]) async throws {
            hub.writing(id, true)
            defer { hub.writing(id, false) }
            try await write(events)
        }
        try await hand([start.event])
        for await _ in bells {
            var isFull = true
            while isFull {
                let (passing, isHeartbeatDue) = hub.take(id)
                // A database that cannot be read now can be later; the cursor stays.
                let page = await hub.reader.page(after: place) ?? FeedReader.Page(cursor: place)
                place = page.cursor
                isFull = page.isFull
                let events = page.events + passing
                if !events.isEmpty || isHeartbeatDue { try await hand(events) }
            }
        }
    }
}
