import EntenteRuntime
import Glibc
import NIOCore

/// The way to a directory's local socket.
///
/// The system takes 107 bytes for a socket's path at most. (unix(7)) A longer one is walked through a descriptor of
/// the directory, as long as this value lives.
final class LocalSocket: Sendable {
    private static let pathBytesMax = 107

    let path: String
    private let descriptor: Int32

    init(of directory: NodeDirectory) {
        let plain = directory.socketPath
        guard plain.utf8.count > Self.pathBytesMax else {
            path = plain
            descriptor = -1
            return
        }
        descriptor = unsafe open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let name = plain.dropFirst(directory.path.count)
        path = descriptor >= 0 ? "/proc/self/fd/\(descriptor)\(name)" : plain
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// For its owner alone.
    func restrict() { _ = unsafe chmod(path, 0o600) }

    /// Only whoever holds the directory's lock may do this: the socket is a dead process's, or its own.
    func remove() { _ = unsafe unlink(path) }
}

/// Who is at the other end of a local socket, as the system fills it in: `struct ucred` of unix(7).
private struct PeerCredentials: Sendable {
    var process: pid_t = 0
    var uid: uid_t = 0
    var gid: gid_t = 0
}

/// Lets in the account that the node runs under, and root, and nobody else.
///
/// The socket's mode says so too; but a mode is changed by hand sooner than this is.
final class OwnerOnlyHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { check(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        check(context: context)
        context.fireChannelActive()
    }

    private func check(context: ChannelHandlerContext) {
        guard let provider = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        let owner: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(level: .socket, name: option)
        let channel = context.channel
        owner.whenComplete { result in
            if case .success(let credentials) = result, credentials.uid == geteuid() || credentials.uid == 0 { return }
            channel.close(promise: nil)
        }
    }
}
