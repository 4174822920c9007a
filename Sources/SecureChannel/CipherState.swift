import EntenteCrypto

/// A key that seals or opens messages in one direction, with its counter. (Noise §5.1)
///
/// Not copyable: two copies would use one nonce twice.
package struct CipherState: ~Copyable {
    private var key: SecretBytes?
    /// How many messages have been sealed or opened.
    package private(set) var nonce: UInt64

    /// Without a key, which is how a handshake begins: bytes pass as they are.
    init() {
        key = nil
        nonce = 0
    }

    /// `key` has 32 bytes. A test may begin at a high `nonce`.
    package init(key: SecretBytes, nonce: UInt64 = 0) {
        self.key = key
        self.nonce = nonce
    }

    var hasKey: Bool { key != nil }

    /// The sealed message: `Noise.tagBytes` longer than `plaintext`.
    package mutating func seal(_ plaintext: [UInt8], authenticating associated: [UInt8] = []) throws(NoiseFault) -> [UInt8] {
        guard let key else { return plaintext }
        // The last nonce is kept for `rekey`.
        guard nonce < .max else { throw .nonceExhausted }
        defer { nonce += 1 }
        return ChaChaPoly.seal(plaintext, key: key, nonce: Self.encode(nonce), authenticating: associated)
    }

    /// The plaintext. A forged message changes nothing.
    package mutating func open(_ sealed: [UInt8], authenticating associated: [UInt8] = []) throws(NoiseFault) -> [UInt8] {
        guard let key else { return sealed }
        guard nonce < .max else { throw .nonceExhausted }
        guard let plaintext = ChaChaPoly.open(sealed, key: key, nonce: Self.encode(nonce), authenticating: associated) else {
            throw .forged
        }
        nonce += 1
        return plaintext
    }

    /// Replaces the key by a one-way function of it; the counter goes on. (Noise §4.2, §11.3)
    package mutating func rekey() {
        guard let old = key else { return }
        let zeros = [UInt8](repeating: 0, count: ChaChaPoly.keyBytes)
        key = SecretBytes(ChaChaPoly.seal(zeros, key: old, nonce: Self.encode(.max), authenticating: []).prefix(ChaChaPoly.keyBytes))
    }

    /// Four zero bytes, then the counter, least significant byte first. (Noise §12.3)
    private static func encode(_ nonce: UInt64) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 4)
        for shift in stride(from: 0, to: 64, by: 8) { out.append(UInt8(truncatingIfNeeded: nonce >> UInt64(shift))) }
        return out
    }
}
