import Glibc

/// Says that this process, and no other, owns the files of a directory, for as long as the value lives.
///
/// The system takes the lock back when the process ends, however it ends; the file stays, and what is in it only names
/// the owner. (flock(2))
package final class DirectoryLock: Sendable {
    package static let fileName = "lock"

    package enum Failure: Error, Hashable, Sendable {
        /// Another process has it; nil where it has not written its number yet.
        case owned(process: Int32?)
        /// The file cannot be opened or locked, and why.
        case unusable(path: String, reason: String)
    }

    private let descriptor: Int32

    /// Takes the lock at once, or says who has it.
    package init(directory: String) throws(Failure) {
        let path = directory + "/" + Self.fileName
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        self.descriptor = descriptor
        var waitCount = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK:
                // A program that this process is just starting has our descriptors until it begins, and with them a lock that
                // we gave back already.
                let owner = Self.owner(descriptor)
                guard owner == getpid(), waitCount < Self.ownWaitsMax else { throw .owned(process: owner) }
                waitCount += 1
                usleep(Self.ownWaitMicroseconds)
            default: throw .unusable(path: path, reason: String(cString: strerror(errno)))
            }
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            // On a full disk the lock holds all the same; only its owner stays unnamed.
            return
        }
    }

    deinit { close(descriptor) }

    /// How often, and how long each time, a lock that seems to be this process's own is waited for: 200 ms together.
    private static let ownWaitsMax = 20
    private static let ownWaitMicroseconds: UInt32 = 10_000

    private static func owner(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
