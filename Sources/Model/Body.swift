import EntenteCodec
import EntenteCrypto

/// The detached body of a content entry with the salt that its commitment is keyed by. Both travel, and die, together.
package struct Body: Hashable, Sendable {
    package let salt: Bytes16
    package let bytes: [UInt8]

    package init(salt: Bytes16, bytes: [UInt8]) {
        self.salt = salt
        self.bytes = bytes
    }

    /// What the header carries: without the salt nobody can guess a short body back from it. (Specs/02-entry.md)
    package var commitment: Bytes32 { Blake2b.hash256(Domain.body, bytes, key: salt.bytes) }

    /// True if this is the body that `header` commits to.
    package func fits(_ header: Header) -> Bool {
        guard case .detached(let size, let commitment) = header.body else { return false }
        return size == bytes.count && commitment == self.commitment
    }
}

/// What the joiner and the invitation key agree on. (authority, section 1: `admit`)
package enum InvitationProof {
    /// The bytes that the invitation key signs.
    package static func bytes(
        network: NetworkID, invitation: EntryID, subject: IdentityID, device: DeviceKey, nonce: Bytes16
    ) -> [UInt8] {
        Domain.admission + network.bytes.bytes + invitation.bytes.bytes + subject.bytes.bytes + device.bytes.bytes + nonce.bytes
    }
}

/// The hash by which an inception commits to a recovery key that it does not show.
package enum RecoveryCommitment {
    package static func of(_ key: DeviceKey) -> Bytes32 { Blake2b.hash256(Domain.recovery, key.bytes.bytes) }
}
