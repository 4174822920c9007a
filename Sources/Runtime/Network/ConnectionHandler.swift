import EntenteNode
import NIOCore

/// The end of a connection's pipeline: bytes go to the inbox, and the socket is read only while its queue has room.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connections: Connections
    private let origin: Origin
    private var connection: Connection?
    private var hasRoom = true
    /// We are closing: what still comes is read and thrown away.
    private var isLingering = false
    /// The peer says no more.
    private var isInputClosed = false
    private var thrownAway = 0

    enum Origin: Sendable {
        case dialled(address: String)
        case accepted
    }

    init(_ connections: Connections, _ origin: Origin) {
        self.connections = connections
        self.origin = origin
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context: context) }

    private func begin(context: ChannelHandlerContext) {
        guard connection == nil else { return }
        guard let connection = connections.opened(context.channel, origin) else {
            context.close(promise: nil)
            return
        }
        self.connection = connection
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard let connection else { return }
        if isLingering {
            thrownAway += buffer.readableBytes
            if thrownAway > connections.limits.lingerBytesMax { context.close(promise: nil) }
            return
        }
        hasRoom = connections.inbox.received(Array(buffer.readableBytesView), on: connection.id)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasRoom || isLingering { context.read() }
    }

    /// The connection's queue has room again.
    func resume(context: ChannelHandlerContext) {
        guard !hasRoom else { return }
        hasRoom = true
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            ended()
            // What we owe it is still written; `linger` follows when it is.
            if let connection, !isLingering {
                connections.finish(connection)
            } else {
                context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        if let connection { connections.gone(connection) }
        connection = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, or a broken pipe: `channelInactive` says the rest.
        context.close(promise: nil)
    }

    /// We say no more: waits until the peer has read what we sent, for a moment.
    func linger(context: ChannelHandlerContext) {
        guard !isLingering else { return }
        isLingering = true
        guard !isInputClosed else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        context.read()
    }

    private func ended() {
        if let connection { connections.inbox.disconnected(connection.id) }
    }
}
