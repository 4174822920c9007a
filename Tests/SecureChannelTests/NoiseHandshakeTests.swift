import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

@Suite struct NoiseHandshakeTests {
    static func pair(_ name: String) throws -> (NoisePattern, AgreementKey, AgreementKey) {
        var random = SeededGenerator(seed: 3)
        return (try #require(NoisePattern(name)), AgreementKey(using: &random), AgreementKey(using: &random))
    }

    @Test(arguments: [
        "NN", "NK", "NX", "KN", "KK", "KX", "XN", "XK", "XX", "IN", "IK", "IX", "XXpsk0", "XXpsk1", "XXpsk2", "XXpsk3", "XKpsk0", "XKpsk1",
        "XKpsk2", "XKpsk3", "IKpsk0", "IKpsk1", "IKpsk2", "XXpsk0+psk3",
    ])
    func `two sides of any pattern agree, and their sessions speak both ways`(name: String) throws {
        let (pattern, aliceKey, bobKey) = try Self.pair(name)
        var random = SeededGenerator(seed: 4)
        let psks = (0..<pattern.presharedKeyCount).map { SecretBytes([UInt8](repeating: UInt8($0), count: 32)) }
        var alice = try NoiseHandshake(
            pattern, role: .initiator, prologue: [1], ownStatic: aliceKey, ephemeral: AgreementKey(using: &random),
            remoteStatic: pattern.isResponderKnown ? bobKey.publicKey : nil, presharedKeys: psks)
        var bob = try NoiseHandshake(
            pattern, role: .responder, prologue: [1], ownStatic: bobKey, ephemeral: AgreementKey(using: &random),
            remoteStatic: pattern.isInitiatorKnown ? aliceKey.publicKey : nil, presharedKeys: psks)
        while !alice.isComplete {
            if alice.isOwnTurn {
                #expect(try bob.read(try alice.write([1, 2])) == [1, 2])
            } else {
                #expect(try alice.read(try bob.write([])) == [])
            }
        }
        if pattern.needsStaticKey(.initiator) { #expect(bob.remoteStatic == aliceKey.publicKey) }
        if pattern.needsStaticKey(.responder) { #expect(alice.remoteStatic == bobKey.publicKey) }
        var aliceSession = alice.split()
        var bobSession = bob.split()
        #expect(aliceSession.handshakeHash == bobSession.handshakeHash)
        #expect(try bobSession.receiving.open(try aliceSession.sending.seal([7])) == [7])
        #expect(try aliceSession.receiving.open(try bobSession.sending.seal([8])) == [8])
    }

    @Test(arguments: [
        "", "X", "N", "XXX", "XXpsk", "XXpsk4", "XXpsk00", "XXpsk0psk3", "XXpsk3+psk0", "XXpsk0+psk0", "XXpsk0+", "XXfallback", "NNpsk3",
        "XXpsk٠", "XX1",
    ])
    func `another name is no pattern`(name: String) { #expect(NoisePattern(name) == nil) }

    @Test func `a protocol name has this suite or is none`() {
        #expect(NoisePattern(protocolName: "Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b")?.name == "XXpsk0")
        for name in [
            "Noise_XX_25519_AESGCM_SHA256", "XX_25519_ChaChaPoly_BLAKE2b", "Noise_XX", "Noise__25519_ChaChaPoly_BLAKE2b",
            "Noise_XX_25519_ChaChaPoly_BLAKE2b_", "Noise_XX_448_ChaChaPoly_BLAKE2b",
        ] {
            #expect(NoisePattern(protocolName: name) == nil)
        }
    }

    @Test func `keys that the pattern does not fit are refused`() throws {
        let (xx, own, other) = try Self.pair("XX")
        let xk = try #require(NoisePattern("XK"))
        let psk = SecretBytes([UInt8](repeating: 1, count: 32))
        let short = SecretBytes([UInt8](repeating: 1, count: 31))
        func fault(
            _ pattern: NoisePattern, _ ownStatic: AgreementKey?, _ remote: Bytes32? = nil, _ psks: [SecretBytes] = []
        ) -> NoiseFault? {
            do throws(NoiseFault) {
                _ = try NoiseHandshake(
                    pattern, role: .initiator, prologue: [], ownStatic: ownStatic, ephemeral: own, remoteStatic: remote, presharedKeys: psks
                )
                return nil
            } catch {
                return error
            }
        }
        #expect(fault(xx, own) == nil)
        #expect(fault(xx, nil) == .keyMissing)
        #expect(fault(xx, own, other.publicKey) == .keyUnexpected)
        #expect(fault(xk, own) == .keyMissing)
        #expect(fault(xx, own, nil, [psk]) == .presharedKeysWrong)
        #expect(fault(try #require(NoisePattern("XXpsk0")), own) == .presharedKeysWrong)
        #expect(fault(try #require(NoisePattern("XXpsk0")), own, nil, [short]) == .presharedKeysWrong)
    }

    @Test func `a fault ends a handshake`() throws {
        let (pattern, aliceKey, bobKey) = try Self.pair("XX")
        var random = SeededGenerator(seed: 5)
        var alice = try NoiseHandshake(
            pattern, role: .initiator, prologue: [], ownStatic: aliceKey, ephemeral: AgreementKey(using: &random))
        var bob = try NoiseHandshake(pattern, role: .responder, prologue: [], ownStatic: bobKey, ephemeral: AgreementKey(using: &random))
        #expect(throws: NoiseFault.outOfTurn) { _ = try bob.write([]) }
        _ = try bob.read(try alice.write([]))
        #expect(throws: NoiseFault.outOfTurn) { _ = try alice.write([]) }
        var answer = try bob.write([])
        answer[40] ^= 1
        #expect(throws: NoiseFault.forged) { _ = try alice.read(answer) }
        answer[40] ^= 1
        #expect(throws: NoiseFault.outOfTurn) { _ = try alice.read(answer) }
        let isOver = !alice.isComplete && !alice.isOwnTurn
        #expect(isOver)
    }

    @Test func `a message that ends early, is too long or has a key of small order is refused`() throws {
        let (pattern, aliceKey, bobKey) = try Self.pair("XX")
        func bob() throws -> NoiseHandshake {
            var random = SeededGenerator(seed: 6)
            return try NoiseHandshake(pattern, role: .responder, prologue: [], ownStatic: bobKey, ephemeral: AgreementKey(using: &random))
        }
        for count in 0..<32 {
            var short = try bob()
            #expect(throws: NoiseFault.truncated) { _ = try short.read([UInt8](repeating: 9, count: count)) }
        }
        var long = try bob()
        #expect(throws: NoiseFault.messageTooLong) { _ = try long.read([UInt8](repeating: 9, count: Noise.messageBytesMax + 1)) }
        var zero = try bob()
        _ = try zero.read([UInt8](repeating: 0, count: 32))
        #expect(throws: NoiseFault.keyRefused) { _ = try zero.write([]) }

        var random = SeededGenerator(seed: 8)
        var alice = try NoiseHandshake(
            pattern, role: .initiator, prologue: [], ownStatic: aliceKey, ephemeral: AgreementKey(using: &random))
        #expect(throws: NoiseFault.messageTooLong) { _ = try alice.write([UInt8](repeating: 9, count: Noise.messageBytesMax - 31)) }
    }
}

@Suite struct CipherStateTests {
    @Test func `a counter that is used up is an error, never a second use`() throws {
        let key = SecretBytes([UInt8](repeating: 3, count: 32))
        var alice = CipherState(key: key, nonce: .max - 1)
        var bob = CipherState(key: key, nonce: .max - 1)
        let last = try alice.seal([1])
        #expect(throws: NoiseFault.nonceExhausted) { _ = try alice.seal([1]) }
        #expect(try bob.open(last) == [1])
        #expect(throws: NoiseFault.nonceExhausted) { _ = try bob.open(last) }
    }

    @Test func `a forged message changes nothing`() throws {
        let key = SecretBytes([UInt8](repeating: 3, count: 32))
        var alice = CipherState(key: key)
        var bob = CipherState(key: key)
        let sealed = try alice.seal([1, 2, 3], authenticating: [4])
        #expect(throws: NoiseFault.forged) { _ = try bob.open(sealed) }
        #expect(bob.nonce == 0)
        #expect(try bob.open(sealed, authenticating: [4]) == [1, 2, 3])
    }

    /// REKEY(k) is the first 32 bytes of ENCRYPT(k, 2^64 - 1, "", 32 zeros). (Noise §4.2)
    @Test func `rekeying gives the key that Noise says, and the counter goes on`() throws {
        let key = SecretBytes([UInt8](repeating: 3, count: 32))
        var alice = CipherState(key: key)
        _ = try alice.seal([1])
        alice.rekey()
        let next = ChaChaPoly.seal(
            [UInt8](repeating: 0, count: 32), key: key, nonce: [0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8), authenticating: [])
        #expect(alice.nonce == 1)
        var bob = CipherState(key: SecretBytes(next.prefix(32)), nonce: 1)
        #expect(try bob.open(try alice.seal([5])) == [5])
    }
}
