import EntenteRuntime
import Glibc
import Hummingbird
import NIOCore
import NIOPosix
import Synchronization

/// The account at the other end of a local socket, as the system knew it when it connected.
struct LocalCaller: Hashable, Sendable {
    let process: Int32
    let uid: UInt32
    /// All groups of the process, its own first.
    let groups: [UInt32]

    /// Groups of one account that are looked at: the most that Linux gives one. (NGROUPS_MAX)
    private static let groupsMax = 65_536
    /// Linux's SO_PEERGROUPS. (asm-generic/socket.h)
    private static let peerGroups: Int32 = 59

    init(process: Int32, uid: UInt32, groups: [UInt32]) {
        self.process = process
        self.uid = uid
        self.groups = groups
    }

    /// Asks the system who is at the other end of a Unix socket; nil where it does not know.
    init?(at descriptor: Int32) {
        // `struct ucred` of unix(7): process, account, group.
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        let isKnown = unsafe credentials.withUnsafeMutableBytes {
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, $0.baseAddress, &length) == 0
        }
        // The system says process 0 and account -1 where nobody was ever connected.
        guard isKnown, length == 12, credentials[1] != .max else { return nil }
        var groups = [UInt32](repeating: 0, count: 32)
        length = socklen_t(groups.count * 4)
        var isRead = unsafe groups.withUnsafeMutableBytes {
            unsafe getsockopt(descriptor, SOL_SOCKET, Self.peerGroups, $0.baseAddress, &length) == 0
        }
        if !isRead, errno == ERANGE, Int(length) <= Self.groupsMax * 4 {
            groups = [UInt32](repeating: 0, count: Int(length) / 4)
            isRead = unsafe groups.withUnsafeMutableBytes {
                unsafe getsockopt(descriptor, SOL_SOCKET, Self.peerGroups, $0.baseAddress, &length) == 0
            }
        }
        let others = isRead ? Array(groups.prefix(Int(length) / 4)) : []
        self.init(process: Int32(bitPattern: credentials[0]), uid: credentials[1], groups: [credentials[2]] + others)
    }
}

/// Who may use the local API: the account that the node runs under, root, and the members of one group if there is one.
///
/// The socket's mode says so too; but a mode is changed by hand sooner than this is.
final class LocalAccess: Sendable {
    let owner: UInt32
    /// Nil: no group.
    let group: UInt32?
    private let refused = Atomic<UInt64>(0)

    init(owner: UInt32 = geteuid(), group: UInt32? = nil) {
        self.owner = owner
        self.group = group
    }

    /// - Parameter group: name or number. Throws exit code 2 for a group that this machine does not have.
    convenience init(group name: String?) throws(OperatorFailure) {
        self.init(group: try name.map { (name) throws(OperatorFailure) in try Self.number(ofGroup: name) })
    }

    private static func number(ofGroup name: String) throws(OperatorFailure) -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = unsafe getgrnam(name) else {
            throw .usage(
                what: "there is no group \(LogText.line(name))", why: "api.group names it, and this machine does not know it.",
                next: "groupadd --system \(Shell.word(name))")
        }
        return unsafe entry.pointee.gr_gid
    }

    /// Callers that were sent away since the start.
    var refusedCount: UInt64 { refused.load(ordering: .relaxed) }

    func admits(_ caller: LocalCaller?) -> Bool {
        guard let caller else { return false }
        return caller.uid == owner || caller.uid == 0 || group.map { caller.groups.contains($0) } == true
    }

    func countRefusal() -> UInt64 { refused.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// A request, with the connection that it came on.
struct LocalContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Who is at the other end; nil where the system does not know.
    func caller() async -> LocalCaller? {
        let channel = channel
        let caller = channel.eventLoop.submit {
            try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { LocalCaller(at: $0) } ?? nil
        }
        return (try? await caller.get()) ?? nil
    }
}
