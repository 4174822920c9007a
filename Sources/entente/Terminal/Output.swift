import Glibc

/// The three standard streams, unbuffered: what is printed has left the process when the call returns.
enum Output {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    /// A part of an answer, with its line breaks.
    static func write(_ bytes: [UInt8]) { write(bytes[...], to: STDOUT_FILENO) }
    static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    /// A question, without a line break.
    static func ask(_ text: String) { write(text, to: STDERR_FILENO) }

    /// How far something is, in the place of what was said before; nil takes it away. Only people see it.
    static func progress(_ text: String?) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        write("\r\u{1B}[K" + (text ?? ""), to: STDERR_FILENO)
    }

    /// True if a person can be asked.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) { write(ArraySlice(text.utf8), to: descriptor) }

    /// A reader that went away (`entente timeline | head`) is no error of ours.
    private static func write(_ all: ArraySlice<UInt8>, to descriptor: Int32) {
        var bytes = all
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
            } else if written < 0, errno == EINTR || errno == EAGAIN {
                continue
            } else {
                return
            }
        }
    }
}
