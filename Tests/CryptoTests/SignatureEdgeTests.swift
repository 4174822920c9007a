import EntenteCodec
import Testing

@testable import EntenteCrypto

/// What stands between the releases of libsodium and the one rule of Specs/00-conventions.md (C-7), which the cases of
/// Specs/vectors/entry.json hold against the rule as a whole.
@Suite struct SignatureEdgeTests {
    @Test func `a key without a part of order 2 is known as one`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<32 { #expect(SigningKey(using: &random).publicKey.hasNoPartOfOrderTwo) }
    }

    @Test func `a key with a part of order 2 is known as one, and so is what is no point`() throws {
        let mixed = try #require(Bytes32(hex: "76985cdbd2364a744397b773ed9a33933a0d9390c3775a2aa16fe4f8cb235a8d"))
        #expect(!mixed.hasNoPartOfOrderTwo && VerifyingKey(mixed) == nil)
        #expect(!Bytes32.zero.hasNoPartOfOrderTwo && VerifyingKey(.zero) == nil)
    }

    @Test func `every honest signature passes the checks that a release of libsodium may need`() throws {
        var random = SystemRandomNumberGenerator()
        for count in 0..<32 {
            let key = SigningKey(using: &random)
            let message = [UInt8](randomCount: count, using: &random)
            let signature = key.sign(message)
            #expect(signature.r.hasNoPartOfOrderTwo)
            #expect(VerifyingKey(key.publicKey)?.verifies(signature, over: message) == true)
        }
    }
}
