import EntenteCrypto

/// What a handshake has mixed so far: the chaining key, the transcript's hash and the key that they gave. (Noise §5.2)
struct SymmetricState: ~Copyable {
    private var chainingKey: SecretBytes
    private(set) var hash: [UInt8]
    private var cipher = CipherState()

    init(protocolName: String) {
        let name = Array(protocolName.utf8)
        if name.count <= Noise.hashBytes {
            hash = name + [UInt8](repeating: 0, count: Noise.hashBytes - name.count)
        } else {
            hash = Blake2b.hash512(name)
        }
        chainingKey = SecretBytes(hash)
    }

    mutating func mix(hash bytes: [UInt8]) { hash = Blake2b.hash512(hash, bytes) }

    mutating func mix(key material: [UInt8]) {
        let (next, key, _) = derive(material)
        chainingKey = SecretBytes(next)
        cipher = CipherState(key: Self.cipherKey(key))
    }

    mutating func mix(keyAndHash material: [UInt8]) {
        let (next, hashed, key) = derive(material)
        chainingKey = SecretBytes(next)
        mix(hash: hashed)
        cipher = CipherState(key: Self.cipherKey(key))
    }

    mutating func seal(_ plaintext: [UInt8]) throws(NoiseFault) -> [UInt8] {
        let sealed = try cipher.seal(plaintext, authenticating: hash)
        mix(hash: sealed)
        return sealed
    }

    mutating func open(_ sealed: [UInt8]) throws(NoiseFault) -> [UInt8] {
        let plaintext = try cipher.open(sealed, authenticating: hash)
        mix(hash: sealed)
        return plaintext
    }

    /// Bytes that sealing adds now: none before the first key.
    var tagBytes: Int { cipher.hasKey ? Noise.tagBytes : 0 }

    /// The keys of both directions, the initiator's first.
    func split() -> (SecretBytes, SecretBytes) {
        let (first, second, _) = derive([])
        return (Self.cipherKey(first), Self.cipherKey(second))
    }

    /// HKDF with three outputs; the first two do not depend on how many are asked for. (Noise §4.3)
    private func derive(_ material: [UInt8]) -> ([UInt8], [UInt8], [UInt8]) {
        let temporary = HMACBlake2b.authenticate(material, key: chainingKey.bytes)
        let first = HMACBlake2b.authenticate([1], key: temporary)
        let second = HMACBlake2b.authenticate(first + [2], key: temporary)
        return (first, second, HMACBlake2b.authenticate(second + [3], key: temporary))
    }

    /// With a hash of 64 bytes, a cipher's key is its first 32. (Noise §5.2)
    private static func cipherKey(_ hashed: [UInt8]) -> SecretBytes { SecretBytes(hashed.prefix(ChaChaPoly.keyBytes)) }
}
