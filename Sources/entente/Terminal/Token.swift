import EntenteRuntime
import Glibc

/// A line of text that people carry from one site to another: itself, a file with it, or standard input.
enum Token {
    /// A token is some kilobytes; a proposal to root with long lists, some hundred.
    private static let bytesMax = 1024 * 1024

    /// The token that an argument names.
    ///
    /// - Parameter prefix: what the token itself begins with.
    /// - Parameter what: "device request", for the complaint.
    static func read(_ argument: String, prefix: String, _ what: String) throws(OperatorFailure) -> String {
        if argument.hasPrefix(prefix) { return argument }
        let bytes: [UInt8]?
        do {
            bytes = argument == "-" ? try BoundedInput.standard(limit: bytesMax) : try BoundedInput.file(argument, limit: bytesMax)
        } catch {
            throw .refused(
                what: "the \(what) \(argument) cannot be read", why: "There is no such file, or it is not yours to read.",
                next: "Check the name: ls -l \(Shell.word(argument))")
        }
        guard let bytes, let text = String(validating: bytes, as: UTF8.self) else { throw notOne(argument, what) }
        let token = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard token.hasPrefix(prefix) else { throw notOne(argument, what) }
        return token
    }

    private static func notOne(_ argument: String, _ what: String) -> OperatorFailure {
        .refused(
            what: "\(argument) holds no \(what)", why: "A \(what) is one line of text that says so; this is something else.",
            next: "Ask for it again, and copy it as it is.")
    }

    /// Writes a token in the place of the one that a file holds.
    static func replace(_ path: String, with token: String) throws(OperatorFailure) {
        let temporary = path + ".new"
        _ = unsafe unlink(temporary)
        var file = try SecretFile(creating: temporary)
        try file.keep(token + "\n")
        guard unsafe rename(temporary, path) == 0 else {
            let number = errno
            _ = unsafe unlink(temporary)
            throw .unavailable(
                what: "the file \(path) cannot be written", why: "The system says error \(number).",
                next: "Copy it to a place where you may write, and sign it there.")
        }
    }
}
