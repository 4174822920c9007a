import EntenteCodec
import EntenteCrypto
import Testing

@Suite struct HashingTests {
    /// RFC 7693, appendix A.
    @Test func `BLAKE2b of abc is the RFC's`() {
        #expect(
            Hex.encode(Blake2b.hash512(Array("abc".utf8)))
                == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
    }

    /// With 32 bytes of output it is another hash, not the first half. (Python's hashlib.)
    @Test func `BLAKE2b of 32 bytes is its own hash`() {
        #expect(Blake2b.hash256(Array("abc".utf8)).hex == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    }

    @Test func `a hash of parts is the hash of them joined`() {
        let whole = Blake2b.hash256([1, 2, 3, 4, 5])
        #expect(Blake2b.hash256([1, 2], [], [3, 4, 5]) == whole)
        #expect(Blake2b.hash256([], [1, 2, 3, 4, 5]) == whole)
        #expect(Blake2b.hash256([1, 2, 3, 4]) != whole)
        #expect(Blake2b.hash512([1, 2], [3]) == Blake2b.hash512([1, 2, 3]))
    }

    /// Python's hashlib, key 00 01 … 1f.
    @Test func `a key makes another hash`() {
        let key = (0..<32).map { UInt8($0) }
        #expect(Blake2b.hash256([], key: key).hex == "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d")
        #expect(Blake2b.hash256([], key: key) != Blake2b.hash256([]))
        #expect(Blake2b.hash256([1], [2], key: key) == Blake2b.hash256([1, 2], key: key))
    }

    /// There is no RFC with HMAC-BLAKE2b; the messages are RFC 4231's and the results Python's hmac and hashlib.
    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), "Hi There",
                "358a6a184924894fc34bee5680eedf57d84a37bb38832f288e3b27dc63a98cc8"
                    + "c91e76da476b508bc6b2d408a248857452906e4a20b48c6b4b55d2df0fe1dd24"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "6ff884f8ddc2a6586b3c98a4cd6ebdf14ec10204b6710073eb5865ade37a2643"
                    + "b8807c1335d107ecdb9ffeaeb6828c4625ba172c66379efcd222c2de11727ab4"
            ),
            (
                [UInt8](repeating: 0xAA, count: 128), "a key of one block",
                "36691ea72f53135f629ce63c71ba85cd1f1df21d79df45c975f5e9548c4a1b6b"
                    + "a0585ef1d6ad2fa3312d820adb4f750c2d33be98f1085a5db6b5626e6e66b151"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "a54b2943b2a20227d41ca46c0945af09bc1faefb2f49894c23aebc557fb79c48"
                    + "89dca74408dc865086667aedee4a3185c53a49c80b814c4c5813ea0c8b38a8f8"
            ),
        ] as [([UInt8], String, String)])
    func `HMAC with BLAKE2b, with keys shorter and longer than its block`(key: [UInt8], message: String, expected: String) {
        #expect(Hex.encode(HMACBlake2b.authenticate(Array(message.utf8), key: key)) == expected)
    }

    /// FIPS 180-4; NIST's example.
    @Test func `SHA-256 of abc is NIST's`() {
        #expect(SHA256.hash(Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hash([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}

@Suite struct SecretBytesTests {
    @Test func `secret bytes are given back as they were`() {
        #expect(SecretBytes([1, 2, 3]).bytes == [1, 2, 3])
        #expect(SecretBytes([]).bytes == [])
        #expect(SecretBytes([1, 2, 3]).count == 3)
    }

    @Test func `equal is equal, and nothing else`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 0]))
    }
}
