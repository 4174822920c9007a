import EntenteCodec
import EntenteCrypto

/// What an invited site receives: one token, as a file, a line of text or a QR code. It is a secret.
/// (Specs/02-entry.md, "Invitations")
package struct Invitation: Hashable, Sendable {
    /// Says what the line is, and which version of it.
    package static let prefix = "entente-invitation-1:"
    private static let domain = Array("entente/invitation/1".utf8)
    private static let checksumBytes = 8
    /// Characters of the longest token that is read.
    package static let textMax = 16 * 1024
    package static let addressBytesMax = 256

    package var network: NetworkID
    package var networkName: String
    /// 32 bytes: the knock.
    package var secret: [UInt8]
    package var bootstrap: [Bootstrap]
    /// The last entry of the accepted root chain that set root keys.
    package var rootEpoch: EntryID
    /// The head of the issuer's registry log.
    package var issuerHead: EntryID
    /// One invitation entry a space; all carry the same key.
    package var invitations: [EntryID]
    /// The 32-byte seed of the one-time invitation key.
    package var keySeed: [UInt8]
    package var role: String
    /// Whom it is for.
    package var siteName: String
    package var until: Timestamp
    package var useBy: Timestamp
    package var uses: UInt64

    /// A node that can let the joiner in.
    package struct Bootstrap: Hashable, Sendable {
        package var address: String
        package var node: DeviceKey
        package init(address: String, node: DeviceKey) {
            self.address = address
            self.node = node
        }
    }

    package init(
        network: NetworkID, networkName: String, secret: [UInt8], bootstrap: [Bootstrap], rootEpoch: EntryID, issuerHead: EntryID,
        invitations: [EntryID], keySeed: [UInt8], role: String, siteName: String, until: Timestamp, useBy: Timestamp, uses: UInt64
    ) {
        self.network = network
        self.networkName = networkName
        self.secret = secret
        self.bootstrap = bootstrap
        self.rootEpoch = rootEpoch
        self.issuerHead = issuerHead
        self.invitations = invitations
        self.keySeed = keySeed
        self.role = role
        self.siteName = siteName
        self.until = until
        self.useBy = useBy
        self.uses = uses
    }

    /// The token as one line of text.
    package var text: String {
        let bytes = encoded
        let sum = Blake2b.hash256(Self.domain, bytes).bytes.prefix(Self.checksumBytes)
        return Self.prefix + Base64URL.encode(bytes + sum)
    }

    /// Why a text is no invitation.
    package enum Fault: Error, Hashable, Sendable {
        /// It does not begin as one.
        case notAnInvitation
        /// A part is missing or altered: the checksum does not fit.
        case damaged
        case malformed(CBORError)
    }

    package init(text: String) throws(Fault) {
        let line = String(text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace })
        guard line.utf8.count <= Self.textMax, line.hasPrefix(Self.prefix) else { throw .notAnInvitation }
        guard let all = Base64URL.decode(String(line.dropFirst(Self.prefix.count))), all.count > Self.checksumBytes else { throw .damaged }
        let bytes = Array(all.dropLast(Self.checksumBytes))
        guard Blake2b.hash256(Self.domain, bytes).bytes.starts(with: all.suffix(Self.checksumBytes)) else { throw .damaged }
        do {
            try self.init(canonical: bytes)
        } catch {
            throw .malformed(error)
        }
    }
}

extension Invitation: CBORCodable {
    private static let fieldCount = 13
    private static let bootstrapMax = 16
    private static let roleBytesMax = 16

    package init(_ reader: inout CBORReader) throws(CBORError) {
        try reader.array(exactly: Self.fieldCount)
        network = NetworkID(try reader.bytes32())
        networkName = try reader.text(max: EntryLimits.nameBytesMax)
        secret = try reader.bytes32().bytes
        bootstrap = []
        for _ in 0..<(try reader.array(max: Self.bootstrapMax)) {
            try reader.array(exactly: 2)
            bootstrap.append(
                Bootstrap(address: try reader.text(max: Self.addressBytesMax), node: DeviceKey(try reader.bytes32())))
        }
        rootEpoch = EntryID(try reader.bytes32())
        issuerHead = EntryID(try reader.bytes32())
        invitations = try reader.ascending(max: EntryLimits.listMax)
        keySeed = try reader.bytes32().bytes
        role = try reader.text(max: Self.roleBytesMax)
        siteName = try reader.text(max: EntryLimits.nameBytesMax)
        until = try reader.timestamp()
        useBy = try reader.timestamp()
        uses = try reader.unsigned()
    }

    package func encode(to writer: inout CBORWriter) {
        writer.array(Self.fieldCount)
        writer.byteString(network.bytes)
        writer.text(networkName)
        writer.byteString(secret)
        writer.array(bootstrap.count)
        for node in bootstrap {
            writer.array(2)
            writer.text(node.address)
            writer.byteString(node.node.bytes)
        }
        writer.byteString(rootEpoch.bytes)
        writer.byteString(issuerHead.bytes)
        writer.ids(invitations)
        writer.byteString(keySeed)
        writer.text(role)
        writer.text(siteName)
        writer.unsigned(until.milliseconds)
        writer.unsigned(useBy.milliseconds)
        writer.unsigned(uses)
    }
}
