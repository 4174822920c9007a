import EntenteRuntime
import Glibc

/// The way to a node's local socket.
///
/// The system takes 107 bytes for a socket's path at most. (unix(7)) A longer one is walked through a descriptor of
/// its folder, as long as this value lives.
final class LocalSocket: Sendable {
    private static let pathBytesMax = 107

    let path: String
    /// The folder that it is in, as a person names it.
    let folder: String
    private let plain: String
    private let descriptor: Int32

    init(path plain: String) {
        self.plain = plain
        let slash = plain.utf8.lastIndex(of: UInt8(ascii: "/"))
        folder = slash.map { $0 == plain.startIndex ? "/" : String(plain[..<$0]) } ?? "."
        guard plain.utf8.count > Self.pathBytesMax else {
            path = plain
            descriptor = -1
            return
        }
        descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let name = slash.map { String(plain[plain.utf8.index(after: $0)...]) } ?? plain
        path = descriptor >= 0 ? "/proc/self/fd/\(descriptor)/\(name)" : plain
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// For whoever may use it, and nobody else. (api.group)
    func restrict(to access: LocalAccess) {
        if let group = access.group {
            _ = unsafe chown(path, uid_t.max, group)
            _ = unsafe chmod(path, 0o660)
        } else {
            _ = unsafe chmod(path, 0o600)
        }
    }

    /// Sees that nobody else answers there, and that the group's accounts can come to it.
    ///
    /// The directory's lock does not cover a socket elsewhere: two sites may have been given one path.
    func check(for access: LocalAccess) throws(OperatorFailure) {
        guard !isAnswered else {
            throw .unavailable(
                what: "another process answers at \(LogText.line(plain))", why: "One socket belongs to one node.",
                next: "Set another api.socket for one of the two: entente config show")
        }
        guard let group = access.group else { return }
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else { return }
        let isOpen = status.st_mode & 0o001 != 0 || status.st_gid == group && status.st_mode & 0o010 != 0
        guard isOpen else {
            throw .usage(
                what: "api.group is set, and its accounts cannot come to the socket",
                why: "The folder \(LogText.line(folder)) is closed to them, and the data directory is to stay so.",
                next: "Set api.socket to a path in a folder of that group, for example /run/entente/node.sock")
        }
    }

    private var isAnswered: Bool {
        let asking = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard asking >= 0 else { return false }
        defer { close(asking) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= Self.pathBytesMax else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(asking, $0, size) == 0 }
        }
    }

    /// Only whoever holds the directory's lock may do this: the socket is a dead process's, or its own.
    func remove() { _ = unsafe unlink(path) }
}
