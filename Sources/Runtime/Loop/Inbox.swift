import Dispatch
import EntenteNode
import Synchronization

/// What waits for the node: each connection has its own bounded queue, and commands and verdicts theirs.
///
/// Many threads put in; the node's own thread takes out, a batch at a time. Commands and verdicts go first, then one
/// piece of each connection in turn, so that no bulk transfer holds up a person's post.
package final class Inbox: Sendable {
    /// One thing for the node to do.
    package enum Item: Sendable {
        case event(Event)
        case command(WaitingCommand)
        /// Verdicts for a batch that the node of that generation asked for.
        case verdicts(generation: UInt64, BatchID, [Bool])
        /// A person signs on this node from here on, or not any more.
        case host(LocalMember)
        case unhost(name: String)
    }

    /// A command, and whom to tell its answer.
    package struct WaitingCommand: Sendable {
        package let id: CommandID
        package let command: Command
        package let answer: @Sendable (Answer) -> Void

        package init(id: CommandID, command: Command, answer: @escaping @Sendable (Answer) -> Void) {
            self.id = id
            self.command = command
            self.answer = answer
        }
    }

    /// What the node's thread is given at once.
    package struct Batch {
        package var items: [Item] = []
        /// Connections that may be read again.
        package var drained: [ConnectionID] = []
        /// The node is to end: nothing more will come.
        package var isStopping = false
    }

    private struct ConnectionQueue {
        var events: [Event] = []
        /// Events before this index are taken.
        var taken = 0
        var bytes = 0
        /// Its socket is not read because of us.
        var isPaused = false
        var isEnded = false

        var isEmpty: Bool { taken == events.count }

        mutating func next() -> Event? {
            guard !isEmpty else { return nil }
            let event = events[taken]
            taken += 1
            if isEmpty || taken >= 64 {
                events.removeFirst(taken)
                taken = 0
            }
            return event
        }
    }

    /// What a piece takes of its connection's queue: many small ones cost more than their bytes.
    private static func cost(of piece: [UInt8]) -> Int { piece.count + 256 }

    private struct State {
        var urgent: [Item] = []
        var commandCount = 0
        var connections: [ConnectionID: ConnectionQueue] = [:]
        /// Connections with something in their queue, each once, the next one first.
        var turns: [ConnectionID] = []
        var isStopping = false
        var isSleeping = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let connectionBytesMax: Int

    package init(connectionBytesMax: Int = RuntimeLimits.connectionBytesMax) { self.connectionBytesMax = connectionBytesMax }

    // MARK: - Putting in

    /// False if too many commands wait already, or the node is ending.
    package func submit(_ command: WaitingCommand) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopping, state.commandCount < RuntimeLimits.commandsMax else { return false }
            state.commandCount += 1
            state.urgent.append(.command(command))
            return true
        }
        ring()
        return isTaken
    }

    package func put(_ item: Item) {
        state.withLock { state in
            if !state.isStopping { state.urgent.append(item) }
        }
        ring()
    }

    package func connected(_ id: ConnectionID, _ origin: ConnectionOrigin) {
        state.withLock { state in
            state.connections[id] = ConnectionQueue(events: [.connected(id, origin)])
            state.turns.append(id)
        }
        ring()
    }

    /// False if the socket is to be left alone until the node has caught up: `Batch.drained` names it then.
    package func received(_ bytes: [UInt8], on id: ConnectionID) -> Bool {
        let hasRoom = state.withLock { state in
            // A queue that is gone was closed by the node; one that has ended keeps its last event until that is taken.
            guard state.connections[id]?.isEnded == false, var queue = state.connections.removeValue(forKey: id) else { return true }
            if queue.isEmpty { state.turns.append(id) }
            queue.events.append(.received(id, bytes))
            queue.bytes += Self.cost(of: bytes)
            queue.isPaused = queue.bytes >= connectionBytesMax
            state.connections[id] = queue
            return !queue.isPaused
        }
        ring()
        return hasRoom
    }

    package func disconnected(_ id: ConnectionID) {
        state.withLock { state in
            // Said twice for most connections: at the end of what comes in, and when the socket is closed.
            guard state.connections[id]?.isEnded == false, var queue = state.connections.removeValue(forKey: id) else { return }
            if queue.isEmpty { state.turns.append(id) }
            queue.events.append(.disconnected(id))
            queue.isEnded = true
            state.connections[id] = queue
        }
        ring()
    }

    /// The node that the queues were for is gone, and so are their connections.
    package func dropConnections() {
        state.withLock { state in
            state.connections.removeAll()
            state.turns.removeAll()
        }
    }

    /// Nothing is taken in after this; what waits is given out once more.
    package func stop() {
        state.withLock { $0.isStopping = true }
        ring()
    }

    private func ring() {
        let isSleeping = state.withLock { state in
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if isSleeping { bell.signal() }
    }

    // MARK: - Taking out

    /// The longest wait for something, in milliseconds: then the time is looked at again.
    private static let waitMillisecondsMax: UInt64 = 3_600_000

    /// Waits until there is something, or so many milliseconds have passed: then the batch is empty.
    package func take(waitingAtMost milliseconds: UInt64) -> Batch {
        let deadline = DispatchTime.now() + .milliseconds(Int(min(milliseconds, Self.waitMillisecondsMax)))
        while true {
            let batch = state.withLock { state in
                let batch = Self.batch(from: &state, connectionBytesMax: connectionBytesMax)
                if batch == nil { state.isSleeping = true }
                return batch
            }
            if let batch { return batch }
            if bell.wait(timeout: deadline) == .timedOut {
                // A bell that rings between the two lines is heard the next time, and finds nothing.
                state.withLock { $0.isSleeping = false }
                return Batch()
            }
        }
    }

    private static func batch(from state: inout State, connectionBytesMax: Int) -> Batch? {
        guard !state.urgent.isEmpty || !state.turns.isEmpty || state.isStopping else { return nil }
        var batch = Batch(isStopping: state.isStopping)
        // Who still waits when the node ends is told so, all at once.
        batch.items = Array(state.urgent.prefix(state.isStopping ? .max : RuntimeLimits.batchEventsMax))
        state.urgent.removeFirst(batch.items.count)
        for case .command in batch.items { state.commandCount -= 1 }
        var bytes = 0
        // At least one piece from the connections, however many commands come.
        let eventsMax = max(RuntimeLimits.batchEventsMax, batch.items.count + 1)
        while batch.items.count < eventsMax, bytes < RuntimeLimits.batchBytesMax, !state.turns.isEmpty {
            let id = state.turns.removeFirst()
            guard var queue = state.connections.removeValue(forKey: id), let event = queue.next() else { continue }
            batch.items.append(.event(event))
            if case .received(_, let piece) = event {
                bytes += piece.count
                queue.bytes -= cost(of: piece)
            }
            if queue.isPaused, queue.bytes <= connectionBytesMax / 2 {
                queue.isPaused = false
                batch.drained.append(id)
            }
            if case .disconnected = event { continue }
            if !queue.isEmpty { state.turns.append(id) }
            state.connections[id] = queue
        }
        return batch
    }
}
