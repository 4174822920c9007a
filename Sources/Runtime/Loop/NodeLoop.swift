import Dispatch
import EntenteNode
import EntenteReplica
import Logging
import Synchronization

/// The one owner of a node and its store: a thread of its own that takes events from the inbox, hands a batch of them
/// to the node in one transaction, and performs the effects after the commit.
package final class NodeLoop<Store: TransactionalStore>: Sendable {
    package struct Parts: Sendable {
        package var identity: NodeIdentity
        /// Opens the store: at the start, and again after a failure.
        package var openStore: @Sendable () throws(StoreFailure) -> Store
        package var network: any NodeNetwork
        /// Where the heads of this site's own logs are kept beside the database; nil: nowhere.
        package var authored: AuthoredFile?
        /// Who is told what happens; nil: nobody.
        package var events: EventHub?
        package var clock: RuntimeClock
        package var logger: Logger
        /// Called on the node's thread when something new is in the store; soon done.
        package var committed: @Sendable () -> Void = {}
        /// How long a node that could not write waits before it tries again.
        package var retryMilliseconds = RuntimeLimits.retryMilliseconds

        package init(
            identity: NodeIdentity, openStore: @escaping @Sendable () throws(StoreFailure) -> Store, network: any NodeNetwork,
            authored: AuthoredFile? = nil, clock: RuntimeClock = RuntimeClock(), logger: Logger = Logger(label: "entente.node")
        ) {
            self.identity = identity
            self.openStore = openStore
            self.network = network
            self.authored = authored
            self.clock = clock
            self.logger = logger
        }
    }

    private let parts: Parts
    private let inbox: Inbox
    private let nextCommand = Atomic<UInt64>(0)
    private let thread = DispatchQueue(label: "entente.node", qos: .userInitiated)
    private let ended = DispatchGroup()

    package init(_ parts: Parts, inbox: Inbox) {
        self.parts = parts
        self.inbox = inbox
    }

    /// Opens the store and starts the node's thread. Throws where the store cannot be opened; one that cannot be
    /// written makes the node read-only instead.
    package func start() async throws(StoreFailure) {
        let (parts, inbox) = (parts, inbox)
        let failure: StoreFailure? = await withCheckedContinuation { continuation in
            thread.async(group: ended) {
                let store: Store
                do throws(StoreFailure) {
                    store = try parts.openStore()
                } catch {
                    inbox.stop()
                    return continuation.resume(returning: error)
                }
                continuation.resume(returning: nil)
                var owner = NodeOwner(parts, store: store, inbox: inbox)
                owner.run()
            }
        }
        if let failure { throw failure }
    }

    /// Asks the node; answers when it does.
    package func perform(_ command: Command) async -> Answer {
        let id = CommandID(nextCommand.wrappingAdd(1, ordering: .relaxed).newValue)
        return await withCheckedContinuation { continuation in
            let waiting = Inbox.WaitingCommand(id: id, command: command) { continuation.resume(returning: $0) }
            if !inbox.submit(waiting) { continuation.resume(returning: .refused(.tooMuchToDo)) }
        }
    }

    /// A person signs on this node from here on.
    package func host(_ member: LocalMember) { inbox.put(.host(member)) }

    /// What `host` did, undone.
    package func unhost(_ name: String) { inbox.put(.unhost(name: name)) }

    /// Answers whoever waits, and ends the thread when what it is doing is done. The store is closed then.
    package func stop() async {
        inbox.stop()
        await withCheckedContinuation { continuation in
            ended.notify(queue: .global()) { continuation.resume() }
        }
    }
}

extension Refusal {
    static let tooMuchToDo = Refusal(
        .unavailable, what: "the node has too much to do, or is ending", why: "More than \(RuntimeLimits.commandsMax) commands wait.",
        next: "Try again in a moment.")

    static let stopping = Refusal(
        .unavailable, what: "the node is ending", why: "It was told to stop before the command was done.",
        next: "Start it again, then repeat the command: entente run")

    /// A batch could not be committed: none of its commands was done.
    static func notStored(_ failure: StoreFailure) -> Refusal {
        Refusal(
            .unavailable, what: "nothing was written", why: failure.sentence + " The node is read-only until it can write again.",
            next: failure.remedy)
    }
}

extension StoreFailure {
    /// What is wrong, as a sentence for a person.
    package var sentence: String {
        switch self {
        case .full: "No space is left on the disk."
        case .inputOutput(let text): "Reading or writing the database failed: \(LogText.line(text))."
        case .corrupt(let text): "The database is damaged: \(LogText.line(text))."
        case .busy: "Another process holds the database."
        }
    }

    /// What to do about it.
    package var remedy: String {
        switch self {
        case .full: "Make room on the disk; the node tries again by itself."
        case .inputOutput: "Look at the disk and the system's log; the node tries again by itself."
        case .corrupt: "Put the directory aside and restore a backup, or join again with a new invitation."
        case .busy: "Try again in a moment."
        }
    }
}
