import EntenteCodec
import EntenteCrypto
import EntenteModel

/// Keys that people keep away from the node, in files that they name on the command line.
package enum CarriedKey {
    /// A recovery key: 64 hexadecimal digits, and whether it is a site's.
    ///
    /// Throws exit code 1 for a file that is none, or that others can read.
    package static func recovery(_ path: String) throws(OperatorFailure) -> (seed: String, isSite: Bool) {
        let (purpose, secret) = try read([.memberRecovery, .siteRecovery], "recovery key", from: path)
        return (Hex.encode(secret), purpose == .siteRecovery)
    }

    /// A root key. Throws exit code 1 for a file that is none, or that others can read.
    package static func root(_ path: String) throws(OperatorFailure) -> SigningKey {
        let (_, secret) = try read([.root], "root key", from: path)
        guard let key = SigningKey(seed: secret) else { throw notOne(path, "root key", why: "Its bytes are no key.") }
        return key
    }

    /// Draws a root key into a file with mode 0600, which must not be there. Returns its public key.
    package static func drawRoot(to path: String) throws(OperatorFailure) -> DeviceKey {
        var random = SystemRandomNumberGenerator()
        let key = SigningKey(using: &random)
        try KeyFile.write(key.seed, .root, to: path)
        return DeviceKey(key.publicKey)
    }

    private static func read(
        _ purposes: [KeyFile.Purpose], _ what: String, from path: String
    ) throws(OperatorFailure) -> (KeyFile.Purpose, [UInt8]) {
        let name = LogText.line(path)
        let text: String
        do {
            text = try KeyFile.text(of: path)
        } catch {
            switch error {
            case .openToOthers(let mode):
                throw .refused(
                    what: "the key file \(name) can be read by other accounts",
                    why: "Its mode is \(String(mode, radix: 8)); a secret is its owner's alone. Think about who has read it.",
                    next: "chmod 600 \(Shell.word(path))")
            default:
                throw .refused(
                    what: "the key file \(name) cannot be read", why: error.sentence, next: "Check the name: ls -l \(Shell.word(path))")
            }
        }
        guard let (purpose, secret) = KeyFile.parse(text) else {
            throw notOne(path, what, why: "It is not the one line that a key file is: it was altered, or cut short, or is something else.")
        }
        guard purposes.contains(purpose) else { throw notOne(path, what, why: "It holds another key: \(purpose.words).") }
        return (purpose, secret)
    }

    private static func notOne(_ path: String, _ what: String, why: String) -> OperatorFailure {
        .refused(what: "\(LogText.line(path)) is no \(what)", why: why, next: "Name the file of a \(what), as init or join has written it.")
    }
}

extension KeyFile.Purpose {
    /// For a person who has taken the wrong file.
    fileprivate var words: String {
        switch self {
        case .networkSecret: "the network's secret"
        case .site: "a site's key"
        case .agreement: "a site's key for its lines"
        case .member: "a member's key"
        case .root: "a root key"
        case .siteRecovery: "a site's recovery key"
        case .memberRecovery: "a member's recovery key"
        }
    }
}
