import EntenteCodec
import EntenteCrypto
import Testing

/// Signatures at the edge, on which libraries disagree. (Specs/00-conventions.md, C-7)
///
/// Made by a program of affine arithmetic in Python from the secret scalar 12345678901234567890: where the case allows
/// it, R and S satisfy the equation in some reading, so that a check that is left out is found out.
enum SignatureCases {
    struct Case: Sendable {
        let name: String
        /// Nil where the signature is valid.
        let why: String?
        let key: String
        let signature: String
    }

    /// What all of them sign: "entente" in ASCII.
    static let message = Array("entente".utf8)

    static let all: [Case] = [
        Case(
            name: "a valid signature", why: nil,
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "160eef7faaa8e67f8c23c6282b30929a98fde0590f05f5eeba37fc7e2f0b9b0d"),
        Case(
            name: "S plus the order of the group", why: "S is not canonical",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "03e2e4dcc40bf9d762c0bdcb092a71af98fde0590f05f5eeba37fc7e2f0b9b1d"),
        Case(
            name: "R with a part of order 8", why: "holds only in the equation with the cofactor",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "b268b7a9565c5418401a2013fed511966769f6259de1ccefe2b3ff1a2055089f"
                + "bb24cf6d781509b4637fe7d5cd7c1bdb9a31f5d0ee27b91665ef3041df8f3e02"),
        Case(
            name: "R with a part of order 2", why: "holds only in the equation with the cofactor",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "cdb90566d6375ce70ced7126998fa8bca4471cf3fbf87376709350a50be92598"
                + "bbaf1039d9401b78b706a005e3aa686201e4709a763a95fc30c329d777c15408"),
        Case(
            name: "R the neutral element", why: "R is of small order",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "0100000000000000000000000000000000000000000000000000000000000000"
                + "bffdc1b3b5f4957dee4274afc4451acadda26a4d591c5294cd62a5144086a909"),
        Case(
            name: "R the neutral element as p + 1", why: "R is of small order and not canonical",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
                + "c4edd59b0ed68a2aabecaee2cd891b69138bdfb5c540239d8faa9f4c27b65503"),
        Case(
            name: "R the neutral element with the sign bit", why: "R is of small order and not canonical",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "0100000000000000000000000000000000000000000000000000000000000080"
                + "525f5441fca46b2d259e97cdc760c383cf08d2c8f171ec462c8eabc755010002"),
        Case(
            name: "a key with a part of order 2", why: "the key is outside the main subgroup",
            key: "76985cdbd2364a744397b773ed9a33933a0d9390c3775a2aa16fe4f8cb235a8d",
            signature: "1545a3d35a16625100033d0a63ff5f090bce8f967bab144b06b002680871560c"
                + "f1b691cb97cfe5e9714776dfc81d055c201e221af7073cb7325da418a21ca602"),
        Case(
            name: "a key with a part of order 4", why: "the key is outside the main subgroup",
            key: "937bf8c94581538ba43ea9a0d4df52e33040748d553200c28e2d06a6f4b6e38e",
            signature: "984fd3a6830e7df46bdd5a11dafa84ed7a7eb3e85288b3e2317d77bec805e0d1"
                + "f889cb856efa521d5a1d25d146e22c827d0f89f4638fda3f7c6d54174a646c0a"),
        Case(
            name: "a key with a part of order 8", why: "the key is outside the main subgroup",
            key: "b15bf26424d1b69dd33b7a9e57db5de4a2aadea4a2a051efd9bfd6af74165d2b",
            signature: "1545a3d35a16625100033d0a63ff5f090bce8f967bab144b06b002680871560c"
                + "bc5da77d20bd7695498b187381964ca42de1600b5070de7e467d72837c32a901"),
        Case(
            name: "a key of order 8", why: "the key is of small order",
            key: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            signature: "4eb3efde1f786b217d1ff318fc0901c24ac40e2c3a05455ce03ee41ee2b53f7b"
                + "63b763b088c8fc461b5b55868c01000000000000000000000000000000000000"),
        Case(
            name: "the neutral element as a key", why: "the key is of small order",
            key: "0100000000000000000000000000000000000000000000000000000000000000",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "5bb763b088c8fc461b5b55868c01000000000000000000000000000000000000"),
        Case(
            name: "the neutral element as p + 1 as a key", why: "the key is of small order and not canonical",
            key: "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "5bb763b088c8fc461b5b55868c01000000000000000000000000000000000000"),
        Case(
            name: "a key that is no point", why: "the key is no point of the curve",
            key: "0200000000000000000000000000000000000000000000000000000000000000",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "160eef7faaa8e67f8c23c6282b30929a98fde0590f05f5eeba37fc7e2f0b9b0d"),
        Case(
            name: "the key of somebody else", why: "the equation does not hold",
            key: "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1",
            signature: "2046fa9929c8a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "160eef7faaa8e67f8c23c6282b30929a98fde0590f05f5eeba37fc7e2f0b9b0d"),
        Case(
            name: "one bit of R changed", why: "the equation does not hold",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "2046fa9929c9a318f3128ed9667057435bb8e30c04078c898f6caf5af416da67"
                + "160eef7faaa8e67f8c23c6282b30929a98fde0590f05f5eeba37fc7e2f0b9b0d"),
        Case(
            name: "64 zero bytes", why: "R is of small order",
            key: "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
            signature: "0000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000"),
    ]
}

@Suite struct SignatureTests {
    @Test func `a signature holds by one rule, whatever the library (C-6, C-7)`() throws {
        for item in SignatureCases.all {
            let bytes = try #require(Bytes32(hex: item.key))
            let signature = try #require(Hex.decode(item.signature).flatMap { Signature($0) })
            let holds = VerifyingKey(bytes)?.verifies(signature, over: SignatureCases.message) ?? false
            #expect(holds == (item.why == nil), "\(item.name)")
        }
    }
}
