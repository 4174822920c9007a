import CSodium
import EntenteCodec

/// An Ed25519 signature: 64 bytes, R then S. (RFC 8032)
package struct Signature: Hashable, Sendable, Comparable {
    package static let count = 64

    package let r: Bytes32
    package let s: Bytes32

    package init(r: Bytes32, s: Bytes32) {
        self.r = r
        self.s = s
    }

    /// Nil unless there are exactly 64 bytes.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.count, let r = Bytes32(bytes.prefix(32)), let s = Bytes32(bytes.dropFirst(32)) else { return nil }
        self.r = r
        self.s = s
    }

    /// Nil unless there are exactly 64 bytes.
    package init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package func appendBytes(to out: inout [UInt8]) {
        r.appendBytes(to: &out)
        s.appendBytes(to: &out)
    }

    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.count)
        appendBytes(to: &out)
        return out
    }

    package static func < (a: Signature, b: Signature) -> Bool { a.r == b.r ? a.s < b.s : a.r < b.r }
}

/// An Ed25519 key pair. (RFC 8032)
package struct SigningKey: Sendable {
    /// Bytes of the seed that the pair is derived from, and that a key file holds.
    package static let seedBytes = 32

    package let publicKey: Bytes32
    private let secret: SecretBytes

    /// Nil unless there are exactly 32 bytes.
    package init?(seed: [UInt8]) {
        Sodium.start()
        guard seed.count == Self.seedBytes else { return nil }
        var publicBytes = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        var secretBytes = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        crypto_sign_seed_keypair(&publicBytes, &secretBytes, seed)
        secret = SecretBytes(secretBytes)
        sodium_memzero(&secretBytes, secretBytes.count)
        guard let publicKey = Bytes32(publicBytes) else { return nil }
        self.publicKey = publicKey
    }

    /// A new pair from 32 bytes of `random`.
    package init(using random: inout some RandomNumberGenerator) {
        guard let key = SigningKey(seed: [UInt8](randomCount: Self.seedBytes, using: &random)) else {
            preconditionFailure("32 bytes are a seed")
        }
        self = key
    }

    /// The 32 bytes from which `init(seed:)` makes this pair again.
    package var seed: [UInt8] { Array(secret.bytes.prefix(Self.seedBytes)) }

    package func sign(_ message: [UInt8]) -> Signature {
        var out = [UInt8](repeating: 0, count: Signature.count)
        secret.withBytes { _ = crypto_sign_detached(&out, nil, message, UInt64(message.count), $0) }
        guard let signature = Signature(out) else { preconditionFailure("64 bytes are a signature") }
        return signature
    }
}

/// An Ed25519 public key that may verify: canonical, in the main subgroup, not of small order.
///
/// The only way to verify a signature in the product. Libraries, and releases of one library, disagree on keys and
/// signatures at the edge; two honest nodes that disagree on one signature stay split for ever. So what is not plainly
/// valid is refused here, before libsodium sees it. (Specs/00-conventions.md, C-7)
package struct VerifyingKey: Hashable, Sendable {
    package let bytes: Bytes32

    /// Nil unless the key passes the checks above. Costs about as much as verifying one signature: keep the value.
    package init?(_ bytes: Bytes32) {
        Sodium.start()
        guard bytes.isInMainSubgroup else { return nil }
        self.bytes = bytes
    }

    /// True if `signature` is this key's over `message`: S canonical, R canonical and not of small order, and the
    /// equation without cofactor holds.
    package func verifies(_ signature: Signature, over message: [UInt8]) -> Bool {
        guard signature.s.isCanonicalScalar, !signature.r.isSmallOrderPoint else { return false }
        // With R in the main subgroup as the key is, the equations with and without cofactor are one.
        guard !SodiumRelease.multipliesCofactor || signature.r.isInMainSubgroup else { return false }
        return crypto_sign_verify_detached(signature.bytes, message, UInt64(message.count), bytes.bytes) == 0
    }
}

/// What the linked release of libsodium does at the edge: asked once, with a key and a signature that must be refused.
///
/// Both come from the secret scalar 12345678901234567890, as in Specs/vectors/entry.json.
enum SodiumRelease {
    /// Releases before 2025-12-30 take a point with a part of order 2 for one of the main subgroup. (CVE-2025-69277)
    static let overlooksOrderTwo: Bool = {
        Sodium.start()
        let mixed = Hex.decode("76985cdbd2364a744397b773ed9a33933a0d9390c3775a2aa16fe4f8cb235a8d") ?? []
        return mixed.count == 32 && crypto_core_ed25519_is_valid_point(mixed) == 1
    }()

    /// Later releases accept an R with a part of small order: seen on the sources of 2026-07, which accept those of order 2 and
    /// 4 and refuse those of order 8.
    static let multipliesCofactor: Bool = {
        Sodium.start()
        let key = Hex.decode("7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572") ?? []
        let signature =
            Hex.decode(
                "cdb90566d6375ce70ced7126998fa8bca4471cf3fbf87376709350a50be92598"
                    + "bbaf1039d9401b78b706a005e3aa686201e4709a763a95fc30c329d777c15408") ?? []
        let message = Array("entente".utf8)
        return key.count == 32 && signature.count == 64
            && crypto_sign_verify_detached(signature, message, UInt64(message.count), key) == 0
    }()
}

extension Bytes32 {
    /// True for the canonical encoding of a point of the main subgroup other than the neutral element.
    fileprivate var isInMainSubgroup: Bool {
        guard crypto_core_ed25519_is_valid_point(bytes) == 1 else { return false }
        return !SodiumRelease.overlooksOrderTwo || hasNoPartOfOrderTwo
    }

    /// For a point P of order L or 2L: L is odd, so (L - 1)P has no part of order 2, and is -P only if P has none.
    var hasNoPartOfOrderTwo: Bool {
        let orderLessOne: [UInt8] = [
            0xEC, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        var out = [UInt8](repeating: 0, count: Self.count)
        guard crypto_scalarmult_ed25519_noclamp(&out, orderLessOne, bytes) == 0 else { return false }
        out[31] ^= 0x80  // -P: the other sign of x
        return out == bytes
    }

    /// True if the bytes, read with the least significant first, are below the order of the group
    /// L = 2^252 + 27742317777372353535851937790883648493.
    fileprivate var isCanonicalScalar: Bool {
        let order: [UInt8] = [
            0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0x14, 0xDE, 0xF9, 0xDE, 0xA2, 0xF7, 0x9C, 0xD6, 0x58, 0x12, 0x63, 0x1A, 0x5C, 0xF5, 0xD3, 0xED,
        ]
        return bytes.reversed().lexicographicallyPrecedes(order)
    }

    /// True for the points of order 1, 2, 4 and 8, in any encoding, the sign bit set aside.
    /// (The list is that of the Ed25519 literature: Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020.)
    fileprivate var isSmallOrderPoint: Bool {
        var bytes = self.bytes
        bytes[31] &= 0x7F
        return Self.smallOrder.contains(bytes)
    }

    private static let smallOrder: [[UInt8]] = {
        let p: [UInt8] = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        func plus(_ n: UInt8) -> [UInt8] { [0xED &+ n] + p.dropFirst() }
        let eight1 = Hex.decode("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
        let eight2 = Hex.decode("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
        let zero = [UInt8](repeating: 0, count: 32)
        let one = [1] + zero.dropFirst()
        let minusOne: [UInt8] = [0xEC] + p.dropFirst()
        return [zero, one, minusOne, plus(0), plus(1)] + [eight1, eight2].compactMap(\.self)
    }()
}
