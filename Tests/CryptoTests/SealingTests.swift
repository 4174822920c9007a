import EntenteCodec
import EntenteCrypto
import Testing

@Suite struct SealingTests {
    static let key = SecretBytes((0x80..<0xA0).map { UInt8($0) })
    static let nonce = Hex.decode("070000004041424344454647") ?? []
    static let associated = Hex.decode("50515253c0c1c2c3c4c5c6c7") ?? []
    static let plaintext = Array(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.".utf8)
    /// RFC 8439 §2.8.2.
    static let sealed =
        Hex.decode(
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                + "3ff4def08e4b7a9de576d26586cec64b6116" + "1ae10b594f09e26a7e902ecbd0600691") ?? []

    @Test func `the RFC's message is sealed and opened as there`() {
        #expect(ChaChaPoly.seal(Self.plaintext, key: Self.key, nonce: Self.nonce, authenticating: Self.associated) == Self.sealed)
        #expect(ChaChaPoly.open(Self.sealed, key: Self.key, nonce: Self.nonce, authenticating: Self.associated) == Self.plaintext)
    }

    @Test func `every byte of what is sealed counts, and of what goes with it`() {
        for index in Self.sealed.indices {
            var altered = Self.sealed
            altered[index] ^= 0x80
            #expect(ChaChaPoly.open(altered, key: Self.key, nonce: Self.nonce, authenticating: Self.associated) == nil)
            let short = Array(Self.sealed.prefix(index))
            #expect(ChaChaPoly.open(short, key: Self.key, nonce: Self.nonce, authenticating: Self.associated) == nil)
        }
        for index in Self.associated.indices {
            var altered = Self.associated
            altered[index] ^= 1
            #expect(ChaChaPoly.open(Self.sealed, key: Self.key, nonce: Self.nonce, authenticating: altered) == nil)
        }
        for index in Self.nonce.indices {
            var altered = Self.nonce
            altered[index] ^= 1
            #expect(ChaChaPoly.open(Self.sealed, key: Self.key, nonce: altered, authenticating: Self.associated) == nil)
        }
    }

    @Test func `nothing is sealed as a tag alone`() {
        let sealed = ChaChaPoly.seal([], key: Self.key, nonce: Self.nonce, authenticating: [])
        #expect(sealed.count == ChaChaPoly.tagBytes)
        #expect(ChaChaPoly.open(sealed, key: Self.key, nonce: Self.nonce, authenticating: []) == [])
    }

    @Test func `a key or a nonce of another size opens nothing`() {
        for count in [0, 16, 31, 33] {
            let key = SecretBytes([UInt8](repeating: 0x80, count: count))
            #expect(ChaChaPoly.open(Self.sealed, key: key, nonce: Self.nonce, authenticating: Self.associated) == nil)
        }
        for nonce in [[], Array(Self.nonce.dropLast()), Self.nonce + [0]] {
            #expect(ChaChaPoly.open(Self.sealed, key: Self.key, nonce: nonce, authenticating: Self.associated) == nil)
        }
    }
}
