import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// Bodies: commitments, operations, proofs.
@Suite struct BodyTests {
    let story = Story.whole

    @Test func `the commitment is a hash under the salt (E-35)`() {
        let body = story.body("post")
        let expected = Blake2b.hash256(Array("entente/body/1".utf8) + body.bytes, key: body.salt.bytes)
        #expect(body.commitment == expected)
        #expect(Body(salt: .filled(1), bytes: body.bytes).commitment != Body(salt: .filled(2), bytes: body.bytes).commitment)
    }

    @Test func `a body fits where size and commitment are those of the header (E-36)`() {
        let header = story.entry("post").header
        let body = story.body("post")
        #expect(body.fits(header))
        #expect(!body.fits(story.entry("reply").header))
        #expect(!Body(salt: .filled(1), bytes: body.bytes).fits(header))
        #expect(!Body(salt: body.salt, bytes: body.bytes + [0]).fits(header))
        #expect(!Body(salt: body.salt, bytes: []).fits(header))
        #expect(!body.fits(story.entry("grant to alice").header))
        var lying = header
        lying.body = .detached(size: body.bytes.count + 1, commitment: body.commitment)
        #expect(!body.fits(lying))
    }

    @Test func `a post reads back, with and without what it replies to (E-37)`() {
        for replyTo in [nil, EntryID.filled(7)] {
            let post = Operation.post(text: "Réunion à 9 h ☕", replyTo: replyTo)
            #expect(Operation(kind: .post, body: post.encoded) == post)
        }
        #expect(Operation.post(text: "a", replyTo: nil).encoded == [0xA1, 0x00, 0x61, 0x61])
    }

    @Test func `a text keeps its bytes, in whichever Unicode form it was typed (E-37, B-5)`() {
        let composed = Operation.post(text: "caf\u{E9}", replyTo: nil).encoded
        let decomposed = Operation.post(text: "cafe\u{301}", replyTo: nil).encoded
        #expect(composed != decomposed)
        #expect(Operation(kind: .post, body: decomposed)?.encoded == decomposed)
    }

    @Test func `names have 1 to 128 bytes (E-38)`() {
        for operation in [Operation.profile(name: "Bob"), .spaceProfile(name: String(repeating: "é", count: 64))] {
            #expect(Operation(kind: operation.kind, body: operation.encoded) == operation)
        }
        for name in ["", String(repeating: "n", count: 129)] {
            #expect(Operation(kind: .profile, body: Operation.profile(name: name).encoded) == nil)
            #expect(Operation(kind: .spaceProfile, body: Operation.spaceProfile(name: name).encoded) == nil)
        }
    }

    @Test func `a succession names the old identity and the new one (E-50)`() {
        let succession = Operation.succession(old: IdentityID(EntryID.filled(1).bytes), new: IdentityID(EntryID.filled(2).bytes))
        #expect(Operation(kind: .succession, body: succession.encoded) == succession)
        #expect(Operation(kind: .post, body: succession.encoded) == nil)
        #expect(Operation(kind: .succession, body: Array(succession.encoded.dropLast())) == nil)
        #expect(Operation(kind: .succession, body: [0xA1] + succession.encoded[1..<36]) == nil)
    }

    @Test func `what is said about another entry reads back as it was written (E-51, E-52, E-53, E-54, E-55)`() {
        for item in OperationCases.accepted {
            #expect(Operation(kind: item.kind, body: item.body)?.encoded == item.body, "\(item.name)")
        }
        let edit = Operation.edit(target: .filled(1), text: "b", supersedes: [.filled(2), .filled(3)])
        #expect(Operation(kind: .edit, body: edit.encoded) == edit)
        let undone = Operation.reaction(target: .filled(1), emoji: "👍", supersedes: [], isTakenBack: true)
        #expect(Operation(kind: .reaction, body: undone.encoded) == undone)
        #expect(Operation(kind: .erasure, body: Operation.erasure(target: .filled(1)).encoded) == .erasure(target: .filled(1)))
        #expect(Operation(kind: .hiding, body: Operation.hiding(target: .filled(1)).encoded) == .hiding(target: .filled(1)))
        let unhiding = Operation.unhiding(target: .filled(1), lifts: [.filled(2)])
        #expect(Operation(kind: .unhiding, body: unhiding.encoded) == unhiding)
    }

    @Test func `a body that is wrong in one thing says nothing (E-39, E-51, E-52, E-53, E-54, E-55)`() {
        for item in OperationCases.refused {
            #expect(Operation(kind: item.kind, body: item.body) == nil, "\(item.name)")
        }
        #expect(OperationCases.refused.count > OperationCases.accepted.count)
        #expect(Set(OperationCases.all.map(\.name)).count == OperationCases.all.count)
    }

    @Test func `an operation names the entry that it is about`() {
        #expect(Operation.edit(target: .filled(1), text: "", supersedes: []).target == .filled(1))
        #expect(Operation.unhiding(target: .filled(1), lifts: [.filled(2)]).target == .filled(1))
        #expect(Operation.post(text: "", replyTo: .filled(1)).target == nil)
    }

    @Test(
        arguments: [
            ("no text", [0xA0]), ("a text that is a number", [0xA1, 0, 1]), ("an unknown field", [0xA2, 0, 0x61, 0x61, 2, 0xF6]),
            ("a byte behind it", [0xA1, 0, 0x61, 0x61, 0]), ("a length in two bytes", [0xA1, 0, 0x78, 1, 0x61]),
            ("a reply to null", [0xA2, 0, 0x61, 0x61, 1, 0xF6]), ("not UTF-8", [0xA1, 0, 0x61, 0xFF]), ("nothing", []),
            ("fields out of order", [0xA2, 1, 0x58, 32] + [UInt8](repeating: 1, count: 32) + [0, 0x61, 0x61]),
        ] as [(String, [UInt8])])
    func `a body of another form is no operation (E-39)`(name: String, bytes: [UInt8]) {
        #expect(Operation(kind: .post, body: bytes) == nil, "\(name)")
    }

    @Test func `a kind of a later version shows nothing (E-39)`() {
        #expect(Operation(kind: Kind(code: 99), body: Operation.post(text: "a", replyTo: nil).encoded) == nil)
        #expect(Operation(kind: .grant, body: Operation.profile(name: "a").encoded) == nil)
    }

    @Test func `an invitation's proof binds network, invitation, subject, device and nonce (E-40)`() throws {
        let admit = story.entry("admit")
        let act = try #require(admit.header.act)
        let proof = try #require(act.proof)
        let nonce = try #require(act.nonce)
        let subject = try #require(act.subject)
        let device = try #require(admit.header.device)
        let inviteKey = try #require(story.entry("invite").header.act?.inviteKey)
        let key = try #require(VerifyingKey(inviteKey.bytes))
        func holds(_ network: NetworkID, _ invitation: EntryID, _ subject: IdentityID, _ device: DeviceKey, _ nonce: Bytes16) -> Bool {
            key.verifies(
                proof,
                over: InvitationProof.bytes(network: network, invitation: invitation, subject: subject, device: device, nonce: nonce))
        }
        let (network, invitation) = (story.network, story.id("invite"))
        #expect(holds(network, invitation, subject, device, nonce))
        #expect(!holds(.null, invitation, subject, device, nonce))
        #expect(!holds(network, .filled(1), subject, device, nonce))
        #expect(!holds(network, invitation, IdentityID(inception: .filled(1)), device, nonce))
        #expect(!holds(network, invitation, subject, People.eve.device, nonce))
        #expect(!holds(network, invitation, subject, device, .filled(1)))
        let spelled = Array("entente/admit/1".utf8) + network.bytes.bytes + invitation.bytes.bytes + subject.bytes.bytes
        #expect(
            InvitationProof.bytes(network: network, invitation: invitation, subject: subject, device: device, nonce: nonce)
                == spelled + device.bytes.bytes + nonce.bytes)
    }

    @Test func `a recovery key is committed to by its hash (E-41)`() {
        let key = People.recovery.device
        #expect(RecoveryCommitment.of(key) == Blake2b.hash256(Array("entente/recovery/1".utf8) + key.bytes.bytes))
    }
}
