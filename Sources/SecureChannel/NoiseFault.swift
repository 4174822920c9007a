/// Why a Noise machine refuses a call. After a fault in a handshake message the handshake is over.
package enum NoiseFault: Error, Hashable, Sendable {
    // The peer's fault, or the line's.

    /// The message ends before the keys that its pattern puts into it.
    case truncated
    /// The message is longer than `Noise.messageBytesMax`.
    case messageTooLong
    /// A tag does not fit: other keys, another pre-shared key, another prologue, or altered bytes.
    case forged
    /// A key agreement gave zero: the other key is of small order.
    case keyRefused

    // The caller's fault.

    /// The pattern needs a static key, own or remote, that was not given.
    case keyMissing
    /// A remote static key was given that the pattern transmits, or does not use.
    case keyUnexpected
    /// The pre-shared keys are not as many as the pattern has, or not of 32 bytes.
    case presharedKeysWrong
    /// It is the other side's turn, or the handshake is over.
    case outOfTurn
    /// 2^64 - 1 messages were sealed or opened under one key. (Noise §5.1)
    case nonceExhausted
}

/// The numbers of the Noise Protocol Framework, revision 34, for the suite `25519_ChaChaPoly_BLAKE2b`.
package enum Noise {
    /// Bytes of any Noise message. (§3)
    package static let messageBytesMax = 65_535
    /// Bytes of a public key. (§12.1)
    package static let keyBytes = 32
    /// Bytes that sealing adds. (§12.3)
    package static let tagBytes = 16
    /// Bytes of a handshake hash. (§12.8)
    package static let hashBytes = 64
    /// The part of a protocol name behind the pattern.
    package static let suite = "25519_ChaChaPoly_BLAKE2b"
}

package enum ChannelRole: Hashable, Sendable { case initiator, responder }
