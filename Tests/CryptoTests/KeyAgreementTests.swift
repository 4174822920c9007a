import EntenteCodec
import EntenteCrypto
import Testing

@Suite struct KeyAgreementTests {
    /// RFC 7748 §5.2, both vectors. The second has its top bit set, which is not part of the number.
    @Test(arguments: [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
        ),
    ])
    func `the RFC's products are ours`(scalar: String, point: String, product: String) throws {
        #expect(try agree(scalar, point) == product)
    }

    /// RFC 7748 §5.2: after 1 and after 1,000 times.
    @Test func `a thousand products, each from the last, are the RFC's`() throws {
        let base = [9] + [UInt8](repeating: 0, count: 31)
        var (k, u) = (base, base)
        for round in 1...1000 {
            let key: AgreementKey = try #require(AgreementKey(secret: k))
            let product = try #require(key.sharedSecret(with: try bytes32(Hex.encode(u))))
            (k, u) = (product, k)
            if round == 1 { #expect(Hex.encode(k) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079") }
        }
        #expect(Hex.encode(k) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
    }

    /// RFC 7748 §6.1.
    @Test func `the RFC's alice and bob agree`() throws {
        let (alice, bob) = (Self.alice, Self.bob)
        #expect(try publicKey(alice) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        #expect(try publicKey(bob) == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        let shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        #expect(try agree(alice, try publicKey(bob)) == shared)
        #expect(try agree(bob, try publicKey(alice)) == shared)
    }

    /// The points of order 1, 2, 4 and 8, on the curve and on its twist, in all their encodings of 255 bits, with and
    /// without the top bit. (Bernstein, "Curve25519", contributory behaviour; RFC 7748 §6.1 lets them be refused.)
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `a product that is zero is refused`(point: String) throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5 {
            let key = AgreementKey(using: &random)
            let plain = try bytes32(point)
            #expect(key.sharedSecret(with: plain) == nil)
            let topBit = try #require(Bytes32(plain.bytes.dropLast() + [plain.bytes[31] | 0x80]))
            #expect(key.sharedSecret(with: topBit) == nil)
        }
    }

    @Test func `a secret has 32 bytes, and makes the same pair again`() throws {
        for count in [0, 31, 33] {
            let key = AgreementKey(secret: [UInt8](repeating: 1, count: count))
            #expect(key == nil)
        }
        var random = SeededGenerator(seed: 2)
        let key = AgreementKey(using: &random)
        let again: AgreementKey = try #require(AgreementKey(secret: key.secretBytes))
        #expect(again.publicKey == key.publicKey)
    }

    private static let alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    private static let bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"

    private func publicKey(_ secret: String) throws -> String {
        let bytes = try bytes(secret)
        let key: AgreementKey = try #require(AgreementKey(secret: bytes))
        return key.publicKey.hex
    }

    private func agree(_ scalar: String, _ point: String) throws -> String? {
        let secret = try bytes(scalar)
        let key: AgreementKey = try #require(AgreementKey(secret: secret))
        return key.sharedSecret(with: try bytes32(point)).map { Hex.encode($0) }
    }
}
