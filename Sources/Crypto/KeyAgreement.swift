import CSodium
import EntenteCodec

/// An X25519 key pair. (RFC 7748)
package struct AgreementKey: Sendable {
    package let publicKey: Bytes32
    private let secret: SecretBytes

    /// Nil unless there are exactly 32 bytes.
    package init?(secret bytes: [UInt8]) {
        Sodium.start()
        guard bytes.count == Int(crypto_scalarmult_SCALARBYTES) else { return nil }
        var out = [UInt8](repeating: 0, count: Int(crypto_scalarmult_BYTES))
        guard crypto_scalarmult_base(&out, bytes) == 0, let publicKey = Bytes32(out) else { return nil }
        self.publicKey = publicKey
        secret = SecretBytes(bytes)
    }

    /// A new pair from 32 bytes of `random`.
    package init(using random: inout some RandomNumberGenerator) {
        guard let key = AgreementKey(secret: [UInt8](randomCount: 32, using: &random)) else {
            preconditionFailure("32 bytes are a secret")
        }
        self = key
    }

    /// The 32 bytes from which `init(secret:)` makes this pair again.
    package var secretBytes: [UInt8] { secret.bytes }

    /// The 32-byte shared secret, or nil where it is all zero: the other key is of small order.
    package func sharedSecret(with other: Bytes32) -> [UInt8]? {
        var out = [UInt8](repeating: 0, count: Int(crypto_scalarmult_BYTES))
        let result = secret.withBytes { crypto_scalarmult(&out, $0, other.bytes) }
        guard result == 0, out.contains(where: { $0 != 0 }) else { return nil }
        return out
    }
}
