import EntenteCodec
import EntenteCrypto

/// What a node is in every session of one network: made once, its session key signed once.
package struct ChannelIdentity: Sendable {
    /// The first byte of what every session agrees on: it changes if the handshake itself does.
    package static let handshakeVersion: UInt8 = 1
    private static let prologueDomain = Array("entente/session/1".utf8)
    private static let keyDomain = Array("entente/session-key/1".utf8)
    private static let presharedDomain = Array("entente/session-psk/1".utf8)

    package let networkID: Bytes32
    /// The Ed25519 public key that names the node.
    package let nodeKey: Bytes32
    package let epoch: UInt64
    package let versions: ClosedRange<UInt16>
    let sessionKey: AgreementKey
    let signature: Signature
    let presharedKey: SecretBytes

    /// Nil unless the network's secret has 32 bytes.
    ///
    /// - Parameters:
    ///   - nodeKey: signs `sessionKey`, so that the peer knows whose it is.
    ///   - sessionKey: the static X25519 key of the handshake.
    ///   - epoch: signed together with `sessionKey`; what it counts is the callers' to agree on.
    ///   - versions: of the protocol that is spoken inside the session; the highest common one is chosen.
    package init?(
        networkID: Bytes32, networkSecret: [UInt8], nodeKey: SigningKey, sessionKey: AgreementKey, epoch: UInt64,
        versions: ClosedRange<UInt16>
    ) {
        guard networkSecret.count == 32 else { return nil }
        self.networkID = networkID
        self.nodeKey = nodeKey.publicKey
        self.epoch = epoch
        self.versions = versions
        self.sessionKey = sessionKey
        signature = nodeKey.sign(
            Self.signedMessage(networkID: networkID, sessionKey: sessionKey.publicKey, nodeKey: nodeKey.publicKey, epoch: epoch))
        // The secret opens other doors too (an invitation carries it): what knocks here is derived, for this network alone.
        presharedKey = SecretBytes(Blake2b.hash256(Self.presharedDomain, networkID.bytes, key: networkSecret).bytes)
    }

    var prologue: [UInt8] { Self.prologueDomain + networkID.bytes + [Self.handshakeVersion] }

    func proof(extensionBytes: [UInt8]) -> SessionProof {
        SessionProof(versions: versions, nodeKey: nodeKey, signature: signature, epoch: epoch, extensionBytes: extensionBytes)
    }

    /// What a node key signs: that this X25519 key is its own in this network. (Specs/05-session.md)
    static func signedMessage(networkID: Bytes32, sessionKey: Bytes32, nodeKey: Bytes32, epoch: UInt64) -> [UInt8] {
        var message = keyDomain
        networkID.appendBytes(to: &message)
        sessionKey.appendBytes(to: &message)
        nodeKey.appendBytes(to: &message)
        message.appendBigEndian(epoch)
        return message
    }
}

/// Who the peer is, as its handshake proved: its node key signed the key that the session was agreed with.
package struct PeerProof: Hashable, Sendable {
    package let nodeKey: VerifyingKey
    /// The peer's static X25519 key.
    package let sessionKey: Bytes32
    /// The highest protocol version that both sides speak.
    package let version: UInt16
    package let epoch: UInt64
    /// What the peer's caller supplied, at most `ChannelLimits.extensionBytesMax` bytes, not looked at here.
    package let extensionBytes: [UInt8]
    /// 64 bytes, equal on both sides and of no other session: whoever signs them speaks of this session alone.
    package let handshakeHash: [UInt8]
}
