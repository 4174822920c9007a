import EntenteCodec
import EntenteCrypto

/// The body of the second and third handshake message: who sends it, and what it can speak. (Specs/05-session.md)
struct SessionProof: CBORCodable, Hashable {
    let versionMin: UInt16
    let versionMax: UInt16
    let nodeKey: Bytes32
    let signature: Signature
    let epoch: UInt64
    let extensionBytes: [UInt8]

    init(versions: ClosedRange<UInt16>, nodeKey: Bytes32, signature: Signature, epoch: UInt64, extensionBytes: [UInt8]) {
        versionMin = versions.lowerBound
        versionMax = versions.upperBound
        self.nodeKey = nodeKey
        self.signature = signature
        self.epoch = epoch
        self.extensionBytes = extensionBytes
    }

    init(_ reader: inout CBORReader) throws(CBORError) {
        try reader.array(exactly: 6)
        versionMin = UInt16(try reader.count(max: Int(UInt16.max)))
        versionMax = UInt16(try reader.count(max: Int(UInt16.max)))
        nodeKey = try reader.bytes32()
        guard let signature = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
        self.signature = signature
        epoch = try reader.unsigned()
        extensionBytes = Array(try reader.byteString(max: ChannelLimits.extensionBytesMax))
    }

    func encode(to writer: inout CBORWriter) {
        writer.array(6)
        writer.unsigned(UInt64(versionMin))
        writer.unsigned(UInt64(versionMax))
        writer.byteString(nodeKey)
        writer.byteString(signature.bytes)
        writer.unsigned(epoch)
        writer.byteString(extensionBytes)
    }

    /// What the proof says of the peer whose static key is `sessionKey`, as seen by `own`.
    func verified(sessionKey: Bytes32, by own: ChannelIdentity) throws(ChannelFault) -> (nodeKey: VerifyingKey, version: UInt16) {
        guard versionMin <= versionMax else { throw .versionsEmpty }
        guard let key = VerifyingKey(nodeKey) else { throw .nodeKeyRefused }
        let message = ChannelIdentity.signedMessage(networkID: own.networkID, sessionKey: sessionKey, nodeKey: nodeKey, epoch: epoch)
        guard key.verifies(signature, over: message) else { throw .signatureWrong }
        // Only now is it known whose versions they are.
        let highest = min(versionMax, own.versions.upperBound)
        guard highest >= max(versionMin, own.versions.lowerBound) else {
            throw .noCommonVersion(own: own.versions, peer: versionMin...versionMax)
        }
        return (key, highest)
    }
}
