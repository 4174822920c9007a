import EntenteCodec
import EntenteCrypto
import Testing

/// Ed25519. What is accepted at the edge is Specs/00-conventions.md, C-7; more such cases are in Specs/vectors/entry.json.
@Suite struct SigningTests {
    struct Vector: Sendable {
        let seed: String
        let key: String
        let message: String
        let signature: String
    }

    /// RFC 8032 §7.1, tests 1, 2, 3 and SHA(abc).
    static let rfc = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        Vector(
            seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
                + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
    ]

    @Test(arguments: rfc) func `the RFC's keys and signatures are ours`(vector: Vector) throws {
        let key = try #require(SigningKey(seed: try bytes(vector.seed)))
        let message = try bytes(vector.message)
        #expect(key.publicKey.hex == vector.key)
        #expect(Hex.encode(key.seed) == vector.seed)
        let signature = key.sign(message)
        #expect(Hex.encode(signature.bytes) == vector.signature)
        let verifying = try #require(VerifyingKey(key.publicKey))
        #expect(verifying.verifies(signature, over: message))
        #expect(!verifying.verifies(signature, over: message + [0]))
    }

    /// "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020), the twelve cases on which libraries disagree:
    /// novifinancial/ed25519-speccheck, cases.json. Each is refused here, whatever an equation says. (C-7)
    @Test(
        arguments: [
            (
                "small A and R", "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
                    + "0000000000000000000000000000000000000000000000000000000000000000"
            ),
            (
                "small A", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"
                    + "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"
            ),
            (
                "small R", "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
                    + "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e"
            ),
            (
                "mixed A and R, holds in both equations", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
                "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
                "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
                    + "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009"
            ),
            (
                "mixed A and R, holds with the cofactor only", "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
                "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
                "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512"
                    + "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09"
            ),
            (
                "mixed A, holds with the cofactor only, and not where the scalar was reduced first",
                "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
                "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
                "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7"
                    + "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405"
            ),
            (
                "S above L", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
                "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
                "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e"
                    + "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514"
            ),
            (
                "S far above L", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
                "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
                "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942"
                    + "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22"
            ),
            (
                "R not canonical, reduced for the hash", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                    + "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f"
            ),
            (
                "R not canonical, not reduced for the hash", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                    + "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908"
            ),
            (
                "A not canonical, reduced for the hash", "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc"
                    + "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"
            ),
            (
                "A not canonical, not reduced for the hash", "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc"
                    + "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"
            ),
        ] as [(String, String, String, String)])
    func `none of the cases on which libraries disagree is accepted`(name: String, message: String, key: String, signature: String) throws {
        let signature = try signed(try bytes(signature))
        let message = try bytes(message)
        let isAccepted = VerifyingKey(try bytes32(key))?.verifies(signature, over: message) ?? false
        #expect(!isAccepted)
    }

    /// Small-order points and their other encodings; y = 2, which is on no curve point; p + 3, which is not canonical.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0200000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func `a key of small order, off the curve or not canonical never verifies`(key: String) throws {
        #expect(VerifyingKey(try bytes32(key)) == nil)
    }

    @Test func `every bit of a signature, a key and a message counts`() throws {
        var random = SeededGenerator(seed: 1)
        let key = SigningKey(using: &random)
        let verifying = try #require(VerifyingKey(key.publicKey))
        let message = Array("a message".utf8)
        let signature = key.sign(message).bytes
        for bit in 0..<512 {
            var altered = signature
            altered[bit / 8] ^= UInt8(1 << (bit % 8))
            #expect(!verifying.verifies(try signed(altered), over: message))
        }
        for bit in 0..<256 {
            var altered = key.publicKey.bytes
            altered[bit / 8] ^= UInt8(1 << (bit % 8))
            let other = VerifyingKey(try bytes32(Hex.encode(altered)))
            #expect(other?.verifies(try signed(signature), over: message) != true)
        }
    }

    @Test func `a seed has 32 bytes and a signature 64`() {
        for count in [0, 31, 33, 64] { #expect(SigningKey(seed: [UInt8](repeating: 1, count: count)) == nil) }
        for count in [0, 63, 65] { #expect(Signature([UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test func `one source of chance gives one key, another gives another`() {
        var (one, same, other) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1), SeededGenerator(seed: 2))
        #expect(SigningKey(using: &one).publicKey == SigningKey(using: &same).publicKey)
        #expect(SigningKey(using: &one).publicKey != SigningKey(using: &other).publicKey)
    }

    @Test func `signatures are ordered by their bytes`() throws {
        let low = try #require(Signature([UInt8](repeating: 0, count: 63) + [1]))
        let middle = try #require(Signature([UInt8](repeating: 0, count: 31) + [1] + [UInt8](repeating: 0, count: 32)))
        let high = try #require(Signature([1] + [UInt8](repeating: 0, count: 63)))
        #expect([high, low, middle].sorted() == [low, middle, high])
    }
}

func signed(_ bytes: [UInt8]) throws -> Signature { try #require(Signature(bytes)) }

func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

func bytes32(_ hex: String) throws -> Bytes32 { try #require(Bytes32(hex: hex)) }

/// Chance that is the same in every run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
