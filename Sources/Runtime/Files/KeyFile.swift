import EntenteCodec

/// A secret of 32 bytes on one line of text: `entente-key-1 <purpose> <64 hexadecimal digits>`.
enum KeyFile {
    /// What a secret is for. A file of another purpose is refused: two keys that changed places would look sound.
    enum Purpose: String, CaseIterable {
        case networkSecret = "network-secret"
        case site
        case agreement
        case member
        case root
        case siteRecovery = "site-recovery"
        case memberRecovery = "member-recovery"
    }

    private static let format = "entente-key-1"
    private static let secretBytes = 32
    /// The line above, with room for white space around it.
    private static let fileBytesMax = 256

    /// Writes the secret with mode 0600; a file that is there stays, and is an error.
    static func write(_ secret: [UInt8], _ purpose: Purpose, to path: String) throws(OperatorFailure) {
        let line = "\(format) \(purpose.rawValue) \(Hex.encode(secret))\n"
        do {
            try PrivateFile.write(Array(line.utf8), to: path, placement: .new)
        } catch {
            throw .file(path, error, verb: "written")
        }
    }

    /// The secret, from a file that is its owner's alone.
    static func read(_ purpose: Purpose, from path: String) throws(OperatorFailure) -> [UInt8] {
        let text: String
        do {
            text = try self.text(of: path)
        } catch {
            throw failure(path, error)
        }
        guard let (found, secret) = parse(text), found == purpose else {
            throw .unavailable(
                what: "the key file \(LogText.line(path)) cannot be used",
                why: "It is not one line “\(format) \(purpose.rawValue)” with 64 hexadecimal digits: it was altered, or cut short.",
                next: "Put the file back from a copy of yours; nothing else was changed.")
        }
        return secret
    }

    /// What a file holds that is its owner's alone.
    static func text(of path: String) throws(FileFailure) -> String {
        String(decoding: try PrivateFile.read(path, bytesMax: fileBytesMax, isSecret: true), as: UTF8.self)
    }

    /// The purpose and the secret that a key file's text says, or nil if it is none.
    static func parse(_ text: String) -> (purpose: Purpose, secret: [UInt8])? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, words[0] == format, let purpose = Purpose(rawValue: String(words[1])),
            let secret = Hex.decode(String(words[2])), secret.count == secretBytes
        else { return nil }
        return (purpose, secret)
    }

    private static func failure(_ path: String, _ error: FileFailure) -> OperatorFailure {
        let name = LogText.line(path)
        switch error {
        case .openToOthers(let mode):
            return .unavailable(
                what: "the key file \(name) can be read by other accounts",
                why: "Its mode is \(String(mode, radix: 8)); whoever reads it can sign as this site.", next: "chmod 600 \(Shell.word(path))"
            )
        default:
            return .unavailable(
                what: "the key file \(name) cannot be read", why: error.sentence, next: "Put the file back from a copy of yours.")
        }
    }
}
