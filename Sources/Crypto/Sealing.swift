import CSodium

/// ChaCha20-Poly1305 with the nonce of 96 bits. (RFC 8439)
package enum ChaChaPoly {
    package static let keyBytes = 32
    package static let nonceBytes = 12
    package static let tagBytes = 16

    /// The ciphertext with the tag behind it. `key` has 32 bytes and `nonce` 12; a nonce serves a key once.
    package static func seal(_ plaintext: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating associated: [UInt8]) -> [UInt8] {
        precondition(key.count == keyBytes && nonce.count == nonceBytes, "our own keys and nonces have their sizes")
        var out = [UInt8](repeating: 0, count: plaintext.count + tagBytes)
        _ = key.withBytes {
            crypto_aead_chacha20poly1305_ietf_encrypt(
                &out, nil, plaintext, UInt64(plaintext.count), associated, UInt64(associated.count), nil, nonce, $0)
        }
        return out
    }

    /// The plaintext, or nil where the tag does not fit.
    package static func open(_ sealed: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating associated: [UInt8]) -> [UInt8]? {
        guard key.count == keyBytes, nonce.count == nonceBytes, sealed.count >= tagBytes else { return nil }
        var out = [UInt8](repeating: 0, count: sealed.count - tagBytes)
        let result = key.withBytes {
            crypto_aead_chacha20poly1305_ietf_decrypt(
                &out, nil, nil, sealed, UInt64(sealed.count), associated, UInt64(associated.count), nonce, $0)
        }
        return result == 0 ? out : nil
    }
}
