import Glibc

/// Input that somebody names on the command line: read whole, if it is small.
enum BoundedInput {
    struct Unreadable: Error {
        let number: Int32

        /// Why, as a sentence.
        var reason: String {
            switch number {
            case ENOENT: "There is no file of that name."
            case EACCES: "This account may not read it."
            case EISDIR: "It is a folder."
            default: "The system says: \(unsafe String(cString: strerror(number)))."
            }
        }
    }

    /// The bytes of a file, or nil if it holds more than `limit`.
    static func file(_ path: String, limit: Int) throws(Unreadable) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(number: errno) }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit)
    }

    /// The bytes of standard input, or nil if there are more than `limit`.
    static func standard(limit: Int) throws(Unreadable) -> [UInt8]? { try read(STDIN_FILENO, limit: limit) }

    private static func read(_ descriptor: Int32, limit: Int) throws(Unreadable) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count <= limit {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(number: errno) }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
        }
        return nil
    }
}
