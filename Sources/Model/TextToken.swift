import EntenteCodec
import EntenteCrypto

/// What travels between people as one line of text: a prefix that says what it is, the bytes in base64url, and a
/// checksum, so that a line that was cut short is told from a wrong one.
package enum TextToken {
    private static let checksumBytes = 8
    /// Characters of the longest token that is read.
    package static let textMax = 128 * 1024

    /// Why a text is no such token.
    package enum Fault: Error, Hashable, Sendable {
        /// It does not begin as one.
        case anotherKind
        /// A part is missing or altered: the checksum does not fit.
        case damaged
        case malformed(CBORError)
    }

    package static func text(_ bytes: [UInt8], prefix: String) -> String {
        prefix + Base64URL.encode(bytes + checksum(bytes, prefix: prefix))
    }

    /// The bytes of the first word of `text`.
    package static func bytes(of text: String, prefix: String) throws(Fault) -> [UInt8] {
        let line = String(text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace })
        guard line.utf8.count <= textMax, line.hasPrefix(prefix) else { throw .anotherKind }
        guard let all = Base64URL.decode(String(line.dropFirst(prefix.count))), all.count > checksumBytes else { throw .damaged }
        let bytes = Array(all.dropLast(checksumBytes))
        guard checksum(bytes, prefix: prefix).elementsEqual(all.suffix(checksumBytes)) else { throw .damaged }
        return bytes
    }

    private static func checksum(_ bytes: [UInt8], prefix: String) -> ArraySlice<UInt8> {
        Blake2b.hash256(Array("entente/token/1".utf8), Array(prefix.utf8), bytes).bytes.prefix(checksumBytes)
    }
}
