import CSodium
import EntenteCodec

/// BLAKE2b of 32 or 64 bytes, with or without a key. (RFC 7693)
package enum Blake2b {
    /// The 32-byte hash of the parts, one after the other.
    package static func hash256(_ parts: [UInt8]...) -> Bytes32 {
        guard let hash = Bytes32(digest(parts, key: [], count: 32)) else { preconditionFailure("32 bytes asked for") }
        return hash
    }

    /// The 32-byte hash of the parts under `key` of 16 to 64 bytes.
    package static func hash256(_ parts: [UInt8]..., key: [UInt8]) -> Bytes32 {
        guard let hash = Bytes32(digest(parts, key: key, count: 32)) else { preconditionFailure("32 bytes asked for") }
        return hash
    }

    /// The 64-byte hash of the parts, one after the other.
    package static func hash512(_ parts: [UInt8]...) -> [UInt8] { digest(parts, key: [], count: 64) }

    private static func digest(_ parts: [[UInt8]], key: [UInt8], count: Int) -> [UInt8] {
        Sodium.start()
        precondition(key.isEmpty || (16...64).contains(key.count), "our own keys have 16 to 64 bytes")
        var out = [UInt8](repeating: 0, count: count)
        // One call on joined parts: Swift does not see the size of libsodium's streaming state.
        var message = parts.first ?? []
        message.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts.dropFirst() { message += part }
        crypto_generichash(&out, count, message, UInt64(message.count), key, key.count)
        return out
    }
}

/// HMAC with BLAKE2b-512, as Noise uses it. (RFC 2104; Noise §4.3)
package enum HMACBlake2b {
    package static let count = 64
    private static let blockBytes = 128

    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockBytes ? Blake2b.hash512(key) : key
        block += [UInt8](repeating: 0, count: blockBytes - block.count)
        let inner = Blake2b.hash512(block.map { $0 ^ 0x36 }, message)
        return Blake2b.hash512(block.map { $0 ^ 0x5C }, inner)
    }
}

/// SHA-256, for negentropy's fingerprints alone. (FIPS 180-4)
package enum SHA256 {
    package static func hash(_ message: [UInt8]) -> Bytes32 {
        Sodium.start()
        var out = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256(&out, message, UInt64(message.count))
        guard let hash = Bytes32(out) else { preconditionFailure("SHA-256 has 32 bytes") }
        return hash
    }
}
