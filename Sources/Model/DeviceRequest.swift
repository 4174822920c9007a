import EntenteCodec
import EntenteCrypto

/// What a person carries from a new device to one that signs already: "let this key sign for me, on that node".
///
/// It is no secret: whoever reads it can do nothing with it. The proof shows that its writer holds the key, so that
/// nobody enrols another's.
package struct DeviceRequest: Hashable, Sendable {
    package static let prefix = "entente-device-1:"
    private static let domain = Array("entente/device/1".utf8)

    package var network: NetworkID
    /// The key that is to sign.
    package var device: DeviceKey
    /// The node where it signs.
    package var host: DeviceKey
    /// As the person is called on that node: to be shown, and compared by eye.
    package var name: String
    package var proof: Signature

    /// Asks for `key`, on the node of `host`.
    package init(network: NetworkID, key: SigningKey, host: DeviceKey, name: String) {
        self.network = network
        device = DeviceKey(key.publicKey)
        self.host = host
        self.name = name
        proof = key.sign(Self.provedBytes(network: network, device: DeviceKey(key.publicKey), host: host, name: name))
    }

    private static func provedBytes(network: NetworkID, device: DeviceKey, host: DeviceKey, name: String) -> [UInt8] {
        domain + network.bytes.bytes + device.bytes.bytes + host.bytes.bytes + Array(name.utf8)
    }

    /// True if the writer holds the key.
    package var isProven: Bool {
        let bytes = Self.provedBytes(network: network, device: device, host: host, name: name)
        return VerifyingKey(device.bytes)?.verifies(proof, over: bytes) == true
    }

    package var text: String { TextToken.text(encoded, prefix: Self.prefix) }

    package init(text: String) throws(TextToken.Fault) {
        let bytes = try TextToken.bytes(of: text, prefix: Self.prefix)
        do { try self.init(canonical: bytes) } catch { throw .malformed(error) }
    }
}

extension DeviceRequest: CBORCodable {
    package init(_ reader: inout CBORReader) throws(CBORError) {
        try reader.array(exactly: 5)
        network = NetworkID(try reader.bytes32())
        device = DeviceKey(try reader.bytes32())
        host = DeviceKey(try reader.bytes32())
        name = try reader.text(max: EntryLimits.nameBytesMax)
        guard let signature = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
        proof = signature
    }

    package func encode(to writer: inout CBORWriter) {
        writer.array(5)
        writer.byteString(network.bytes)
        writer.byteString(device.bytes)
        writer.byteString(host.bytes)
        writer.text(name)
        writer.byteString(proof.bytes)
    }
}
