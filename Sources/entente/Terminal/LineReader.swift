import Glibc

/// Reads lines of a file or of standard input, one after the other, without holding more than one of them.
struct LineReader: ~Copyable {
    enum Line {
        case line([UInt8])
        /// More than the limit: it is skipped to its end.
        case tooLong
    }

    private let descriptor: Int32
    private let isOwner: Bool
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// Opens a file; `-` is standard input.
    ///
    /// - Parameter limit: bytes of a line without its line break.
    init(_ path: String, limit: Int) throws(BoundedInput.Unreadable) {
        self.limit = limit
        isOwner = path != "-"
        descriptor = isOwner ? unsafe open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw BoundedInput.Unreadable(number: errno) }
    }

    deinit { if isOwner { close(descriptor) } }

    /// The next line, without its line break; nil behind the last one.
    mutating func next() throws(BoundedInput.Unreadable) -> Line? {
        var searched = start
        var isSkipping = false
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return isSkipping || end - start > limit ? .tooLong : .line(Array(buffer[start..<end]))
            }
            if buffer.count - start > limit {
                isSkipping = true
                start = buffer.count
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard try fill() else {
                if isSkipping { return .tooLong }
                guard !buffer.isEmpty else { return nil }
                defer { buffer = [] }
                return .line(buffer)
            }
        }
    }

    /// False at the end.
    private mutating func fill() throws(BoundedInput.Unreadable) -> Bool {
        guard !isAtEnd else { return false }
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BoundedInput.Unreadable(number: errno) }
            isAtEnd = count == 0
            buffer += chunk.prefix(count)
            return count > 0
        }
    }
}
