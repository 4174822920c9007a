import EntenteNode
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The node's TCP connections: those that it dials and those that it accepts.
///
/// Nothing is said on a connection but what the node says: a stranger gets not one byte.
package final class Connections: NodeNetwork {
    let inbox: Inbox
    let limits: ConnectionLimits
    private let group: any EventLoopGroup
    private let logger: Logger

    private struct State {
        var nextID: UInt64 = 1
        var open: [ConnectionID: Connection] = [:]
        /// With something to flush.
        var gathered: [ConnectionID] = []
        var isEnding = false
    }
    private let state = Mutex(State())

    package init(
        inbox: Inbox, limits: ConnectionLimits = ConnectionLimits(), group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        logger: Logger
    ) {
        self.inbox = inbox
        self.limits = limits
        self.group = group
        self.logger = logger
    }

    /// Connections that are open now.
    package var count: Int { state.withLock { $0.open.count } }

    // MARK: - Listening and dialling

    /// Listens until the channel that it returns is closed.
    package func listen(_ address: HostPort) async throws(OperatorFailure) -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(self, .accepted))
                }
            }
        do {
            return try await bootstrap.bind(host: address.host == "*" ? "::" : address.host, port: address.port).get()
        } catch {
            throw .unavailable(
                what: "the node cannot listen at \(LogText.line(address.description))", why: Self.reason(error) + ".",
                next: "entente run --listen HOST:PORT, with an address of this machine and a port that is free")
        }
    }

    package func dial(_ address: String) {
        guard !state.withLock({ $0.isEnding }) else { return }
        guard let target = HostPort(address), target.port > 0 else {
            return inbox.put(.event(.dialFailed(address: address, reason: "it is not an address")))
        }
        ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(limits.dialMilliseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(self, .dialled(address: address)))
                }
            }
            .connect(host: target.host, port: target.port)
            .whenFailure { self.inbox.put(.event(.dialFailed(address: address, reason: Self.reason($0)))) }
    }

    /// In words that a person can act on.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(first.error) }
            return "the name \(LogText.line(error.host)) is not known"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "nobody listens there"
            case EHOSTUNREACH, ENETUNREACH: return "there is no way to it"
            case ETIMEDOUT: return "it does not answer"
            case ECONNRESET: return "it hung up"
            case EADDRINUSE: return "another program listens there already"
            case EADDRNOTAVAIL: return "this machine does not have that address"
            case EACCES, EPERM: return "this account may not use that port"
            case let number: return "the system says error \(number)"
            }
        case is SocketAddressError: return "the name is not known"
        case ChannelError.connectTimeout: return "it does not answer"
        default: return LogText.line("\(error)")
        }
    }

    // MARK: - What connections tell us, on their event loops

    /// A new connection's place in the table; nil if there is none for it.
    func opened(_ channel: any Channel, _ origin: ConnectionHandler.Origin) -> Connection? {
        var isInbound = false
        let event: ConnectionOrigin
        switch origin {
        case .accepted:
            isInbound = true
            event = .accepted(from: Self.text(channel.remoteAddress))
        case .dialled(let address): event = .dialled(address: address)
        }
        let (connection, displaced) = state.withLock { state -> (Connection?, Connection?) in
            guard !state.isEnding else { return (nil, nil) }
            var displaced: Connection?
            if isInbound {
                let inbound = state.open.values.filter(\.isInbound)
                let strangers = inbound.filter { !$0.isEstablished.load(ordering: .relaxed) }
                guard inbound.count < limits.inboundMax else { return (nil, nil) }
                if strangers.count >= limits.strangersMax { displaced = strangers.min { $0.id < $1.id } }
            }
            let connection = Connection(id: ConnectionID(state.nextID), channel: channel, isInbound: isInbound)
            state.nextID += 1
            state.open[connection.id] = connection
            return (connection, displaced)
        }
        guard let connection else {
            logger.debug("A connection too many is closed.")
            return nil
        }
        displaced?.channel.close(promise: nil)
        inbox.connected(connection.id, event)
        if isInbound {
            // The node counts too; this holds where it has no time for it.
            channel.eventLoop.scheduleTask(in: .milliseconds(limits.strangerMilliseconds)) {
                if !connection.isEstablished.load(ordering: .relaxed) { channel.close(promise: nil) }
            }
        }
        return connection
    }

    func gone(_ connection: Connection) { state.withLock { $0.open[connection.id] = nil } }

    static func text(_ address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unknown" }
        return HostPort(host: host, port: port).description
    }

    // MARK: - What the node wants, on its thread

    private func connection(_ id: ConnectionID) -> Connection? { state.withLock { $0.open[id] } }

    package func send(_ bytes: [UInt8], on id: ConnectionID) {
        let connection = state.withLock { state in
            if state.open[id] != nil { state.gathered.append(id) }
            return state.open[id]
        }
        guard let connection, connection.gather(bytes) > limits.writeBytesMax else { return }
        logger.warning("A peer does not read what it is sent; its connection is closed.", metadata: id.metadata)
        connection.channel.close(promise: nil)
    }

    package func flush() {
        let gathered = state.withLock { state in
            defer { state.gathered = [] }
            return Set(state.gathered).sorted().compactMap { state.open[$0] }
        }
        for connection in gathered { connection.flush() }
    }

    package func close(_ id: ConnectionID) {
        guard let connection = connection(id) else { return }
        finish(connection)
    }

    /// Writes what was sent, says that there is no more, and closes when the peer has read it, or after a moment.
    @discardableResult
    func finish(_ connection: Connection) -> EventLoopFuture<Void> {
        let channel = connection.channel
        guard connection.hasSpoken.load(ordering: .relaxed) else {
            channel.close(promise: nil)
            return channel.closeFuture
        }
        let deadline = channel.eventLoop.scheduleTask(in: .milliseconds(limits.lingerMilliseconds)) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
        connection.flush().whenComplete { _ in
            // On the event loop, where the handler may be called.
            guard let context = try? channel.pipeline.syncOperations.context(handlerType: ConnectionHandler.self),
                let handler = context.handler as? ConnectionHandler
            else { return channel.close(promise: nil) }
            handler.linger(context: context)
        }
        return channel.closeFuture
    }

    package func established(_ id: ConnectionID) { connection(id)?.isEstablished.store(true, ordering: .relaxed) }

    package func resumeReading(_ ids: [ConnectionID]) {
        for id in ids {
            guard let channel = connection(id)?.channel else { continue }
            channel.eventLoop.execute {
                guard let context = try? channel.pipeline.syncOperations.context(handlerType: ConnectionHandler.self),
                    let handler = context.handler as? ConnectionHandler
                else { return }
                handler.resume(context: context)
            }
        }
    }

    package func dropAll() {
        for connection in state.withLock({ Array($0.open.values) }) { connection.channel.close(promise: nil) }
    }

    /// Ends: nothing is dialled or accepted any more, and what was sent is written, for a moment.
    package func end() async {
        let open = state.withLock { state in
            state.isEnding = true
            return Array(state.open.values)
        }
        for closed in open.map({ finish($0) }) { try? await closed.get() }
    }
}
