import EntenteRuntime
import Glibc

/// A file that only its owner may read, and that never replaces another.
struct SecretFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var isKept = false

    /// Creates the file, empty.
    init(creating path: String) throws(OperatorFailure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let name = PlainText.line(path)
            if errno == EEXIST {
                throw OperatorFailure(
                    code: ExitStatus.refused, what: "nothing was written: \(name) exists already",
                    why: "What it holds may be a secret that cannot be had again, so no file is overwritten.",
                    next: "Choose another name for --out, or remove the file first: rm '\(name)'")
            }
            throw OperatorFailure(
                code: ExitStatus.unavailable, what: "the file \(name) cannot be created", why: Self.reason(errno),
                next: "Choose a place for --out where you may write.")
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Writes everything and waits until it is on the disk.
    mutating func keep(_ text: String) throws(OperatorFailure) {
        var bytes = ArraySlice(text.utf8)
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure(errno) }
            bytes = bytes.dropFirst(written)
        }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(errno) }
        isKept = true
    }

    deinit {
        _ = Glibc.close(descriptor)
        if !isKept { _ = unsafe unlink(path) }
    }

    private func failure(_ number: Int32) -> OperatorFailure {
        OperatorFailure(
            code: ExitStatus.unavailable, what: "the file \(PlainText.line(path)) cannot be written", why: Self.reason(number),
            next: "Make room or choose another place for --out.")
    }

    private static func reason(_ number: Int32) -> String {
        switch number {
        case ENOENT: "The folder does not exist."
        case EACCES, EPERM, EROFS: "This account may not write there."
        case ENOSPC, EDQUOT: "No space is left."
        case EISDIR: "It is a folder."
        default: "The system says error \(number)."
        }
    }
}
