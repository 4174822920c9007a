import EntenteNode
import EntenteReplica
import EntenteStore
import Logging
import NIOCore
import Synchronization

/// A site's node in this process: its directory, its store, its connections, and the loop that joins them.
package final class SiteNode: Sendable {
    /// How far the node reaches.
    package enum Reach: Hashable, Sendable {
        /// It works on the store alone.
        case store
        /// It dials other nodes, and none reaches it.
        case dialling
        case listening(HostPort)
    }

    package let directory: NodeDirectory
    /// What the operator has set.
    package let configuration: SiteConfiguration
    /// Where it listens, with the real port; nil if it does not.
    package let boundAddress: HostPort?
    let settingsNow: Mutex<SiteSettings>
    let loop: NodeLoop<SQLiteStore>
    let views: ViewsFollower
    /// Where those who follow this node hear of what happens.
    package let events: EventHub
    let exports: Exports
    private let connections: Connections?
    private let listener: (any Channel)?
    private let claim: DirectoryClaim

    package var settings: SiteSettings { settingsNow.withLock { $0 } }

    private init(
        directory: NodeDirectory, configuration: SiteConfiguration, settings: SiteSettings, loop: NodeLoop<SQLiteStore>,
        views: ViewsFollower, events: EventHub, connections: Connections?,
        listener: (any Channel)?, boundAddress: HostPort?, claim: DirectoryClaim
    ) {
        self.directory = directory
        self.configuration = configuration
        settingsNow = Mutex(settings)
        self.loop = loop
        self.views = views
        self.events = events
        exports = Exports(directory: directory, network: settings.networkID)
        self.connections = connections
        self.listener = listener
        self.boundAddress = boundAddress
        self.claim = claim
    }

    /// Opens the site of a directory: takes its lock, reads its keys, opens its store, and starts the node.
    ///
    /// Throws exit code 3 for a directory that another process holds, keys that others can read, a database of another
    /// network or of a newer version, an address that cannot be listened at. Nothing is changed then.
    package static func open(
        _ directory: NodeDirectory, configuration: SiteConfiguration = .standard, reach: Reach, log: SiteLog = .system
    ) async throws(OperatorFailure) -> SiteNode {
        _ = try directory.settings()
        let lock = try directory.lock()
        return try await open(
            directory, configuration: configuration, settings: try directory.settings(), reach: reach, lock: lock, log: log)
    }

    /// The same; nil where another process holds the directory.
    package static func openIfFree(
        _ directory: NodeDirectory, configuration: SiteConfiguration = .standard, reach: Reach, log: SiteLog = .system
    ) async throws(OperatorFailure) -> SiteNode? {
        _ = try directory.settings()
        guard let lock = try directory.lockIfFree() else { return nil }
        return try await open(
            directory, configuration: configuration, settings: try directory.settings(), reach: reach, lock: lock, log: log)
    }

    static func open(
        _ directory: NodeDirectory, configuration: SiteConfiguration = .standard, settings: SiteSettings, reach: Reach,
        lock: DirectoryLock, log: SiteLog
    ) async throws(OperatorFailure) -> SiteNode {
        // Before anything is opened or bound: keys that others can read are refused.
        var identity = try directory.identity(settings: settings)
        let claim = DirectoryClaim(directory, lock)
        // An older database is brought to this version before anybody is listened to.
        try claim.check(settings, identity)
        let inbox = Inbox()
        let connections =
            reach == .store
            ? nil : Connections(inbox: inbox, limits: configuration.connectionLimits, logger: log.logger("entente.network"))
        var listener: (any Channel)?
        var bound: HostPort?
        if case .listening(let address) = reach, let connections {
            let channel = try await connections.listen(address)
            listener = channel
            let port = channel.localAddress?.port ?? address.port
            bound = HostPort(host: address.host, port: port)
            identity.listenAddress = (address.isWildcard ? HostPort.reachable(port: port) : bound)?.description
        } else if settings.listenAddress.flatMap({ HostPort($0) })?.port == 0 {
            // Nobody knows which port it will be.
            identity.listenAddress = nil
        }
        if let advertised = configuration.advertisedAddress { identity.listenAddress = advertised.description }
        identity.tuning = configuration.tuning
        var parts = NodeLoop<SQLiteStore>.Parts(
            identity: identity, openStore: { () throws(StoreFailure) in try claim.open() }, network: connections ?? NoNetwork(),
            authored: directory.authored, logger: log.logger("entente.node"))
        parts.retryMilliseconds = configuration.retryMilliseconds
        let views = ViewsFollower(directory: directory.path, logger: log.logger("entente.views"))
        parts.committed = { views.ring() }
        let events = EventHub(directory: directory, configuration: configuration, logger: log.logger("entente.events"))
        parts.events = events
        let loop = NodeLoop<SQLiteStore>(parts, inbox: inbox)
        do {
            try await loop.start()
        } catch {
            listener?.close(promise: nil)
            throw directory.store(.store(error))
        }
        // A command of a moment brings the views up to date only where it needs them.
        if reach != .store { views.start() }
        return SiteNode(
            directory: directory, configuration: configuration, settings: settings, loop: loop, views: views, events: events,
            connections: connections,
            listener: listener, boundAddress: bound,
            claim: claim)
    }

    /// Asks the node, or the views beside it. What was written is in the views when the answer comes, or they are too far
    /// behind to be waited for.
    package func perform(_ command: Command) async -> Answer {
        if command.isAboutViews { return await answer(fromViews: command) }
        let answer = await performInNode(command)
        if case .status(var status) = answer {
            status.views = viewsTrouble
            return .status(status)
        }
        if !command.isReading { _ = await settle() }
        return answer
    }

    /// Asks the node. A person who joins on this site, adds a device here or recovers here gets keys first.
    private func performInNode(_ command: Command) async -> Answer {
        do throws(OperatorFailure) {
            switch command {
            case .join(let request) where request.memberRecovery.isEmpty: return try await letIn(request)
            case .requestDevice(let member): return try await requestDevice(member)
            case .recover(let request) where request.commitment.isEmpty: return try await recover(request)
            default: return await loop.perform(command)
            }
        } catch {
            return .refused(Refusal(error))
        }
    }

    /// Replaces the settings, here and in `site.json`.
    package func write(_ settings: SiteSettings) throws(OperatorFailure) {
        try settings.write(to: directory.settingsPath)
        settingsNow.withLock { $0 = settings }
    }

    /// Stops: nobody is listened to, whoever waits is answered, what was sent is written, the store is closed.
    package func stop() async {
        listener?.close(promise: nil)
        // Streams have no end of their own: without this, they would hold up the end of the others.
        await events.end()
        await exports.end()
        // The node's connection to the database has to be the last: it copies the write-ahead log into the file.
        await views.stop()
        await loop.stop()
        await connections?.end()
    }

    /// Stops, and gives the directory back.
    package func end() async {
        await stop()
        claim.giveBack()
    }
}

/// A directory's lock, for as long as its node runs, and the way to its database.
final class DirectoryClaim: Sendable {
    private let directory: NodeDirectory
    private let lock: Mutex<DirectoryLock?>

    init(_ directory: NodeDirectory, _ lock: DirectoryLock) {
        self.directory = directory
        self.lock = Mutex(lock)
    }

    /// Opens the database once, so that what is wrong with it is said before anything is bound.
    func check(_ settings: SiteSettings, _ identity: NodeIdentity) throws(OperatorFailure) {
        // A new, empty one in its place would look like a site that never wrote anything.
        guard Path.exists(directory.databasePath) else { throw directory.store(.missing(path: directory.databasePath)) }
        guard !Path.isEmptyFile(directory.databasePath) else {
            throw directory.store(.store(.corrupt("the file is there, and there is nothing in it")))
        }
        let store: SQLiteStore
        do {
            store = try SQLiteStore(directory: directory.path, lock: lock.withLock { $0 })
        } catch {
            // A disk without room is no reason not to start: the node reads, and says so.
            switch error {
            case .store(.full), .store(.inputOutput): return
            default: throw directory.store(error)
            }
        }
        try directory.checkNetwork(settings, in: store)
        try directory.checkSiteKey(identity, in: store)
    }

    /// Opens the database, for reading alone where it cannot be written.
    func open() throws(StoreFailure) -> SQLiteStore {
        do {
            return try SQLiteStore(directory: directory.path, lock: lock.withLock { $0 })
        } catch {
            guard case .store(let failure) = error else { throw .inputOutput("\(error)") }
            do {
                return try SQLiteStore(readingFrom: directory.path)
            } catch {
                throw failure
            }
        }
    }

    func giveBack() { lock.withLock { $0 = nil } }
}
