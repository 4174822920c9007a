import EntenteCodec
import EntenteCrypto

/// The strings that set our hashes and signatures apart from one another and from everybody else's.
package enum Domain {
    package static let entry = Array("entente/entry/1".utf8)
    package static let signature = Array("entente/sign/1".utf8)
    package static let body = Array("entente/body/1".utf8)
    package static let admission = Array("entente/admit/1".utf8)
    package static let recovery = Array("entente/recovery/1".utf8)
}

/// One signed, immutable record, without its detached body.
///
/// The value says that the bytes are canonical and that the id is theirs; it does not say that a signature holds:
/// `verifiesSignature` does. (Specs/02-entry.md)
package struct Entry: Sendable, Hashable {
    package let header: Header
    /// The header in deterministic CBOR, as signed.
    package let headerBytes: [UInt8]
    package let signatures: Signatures
    package let id: EntryID

    package enum Signatures: Hashable, Sendable {
        case device(Signature)
        /// In the root log: ascending by key, one a key. The set grows by union and is not part of the id.
        case quorum([RootSignature])
    }

    package struct RootSignature: Hashable, Sendable {
        package let key: DeviceKey
        package let signature: Signature
        package init(key: DeviceKey, signature: Signature) {
            self.key = key
            self.signature = signature
        }
    }

    /// Signs `header` with the key of its device.
    package init(signing header: Header, with key: SigningKey, in network: NetworkID) {
        precondition(header.device?.bytes == key.publicKey, "an entry is signed by the key that its header names")
        let bytes = header.encoded
        self.init(header: header, headerBytes: bytes, signature: key.sign(Self.signedBytes(bytes, in: network)), in: network)
    }

    /// Signs an entry of the root log with root keys. For the founding entry `network` does not matter: it is in none.
    package init(signing header: Header, withRoot keys: [SigningKey], in network: NetworkID) {
        precondition(header.device == nil, "only the root log has several signers")
        let bytes = header.encoded
        let signed = Self.signedBytes(bytes, in: Self.hashingNetwork(of: header, in: network))
        let signatures = keys.map { RootSignature(key: DeviceKey($0.publicKey), signature: $0.sign(signed)) }
        self.init(header: header, headerBytes: bytes, quorum: signatures, in: network)
    }

    /// From parts that were decoded or rebuilt; `headerBytes` is the encoding of `header`.
    package init(header: Header, headerBytes: [UInt8], signature: Signature, in network: NetworkID) {
        self.header = header
        self.headerBytes = headerBytes
        signatures = .device(signature)
        id = EntryID(Blake2b.hash256(Domain.entry, network.bytes.bytes, headerBytes, signature.bytes))
    }

    package init(header: Header, headerBytes: [UInt8], quorum: [RootSignature], in network: NetworkID) {
        self.header = header
        self.headerBytes = headerBytes
        let network = Self.hashingNetwork(of: header, in: network)
        var seen: Set<DeviceKey> = []
        signatures = .quorum(quorum.sorted { ($0.key, $0.signature) < ($1.key, $1.signature) }.filter { seen.insert($0.key).inserted })
        id = EntryID(Blake2b.hash256(Domain.entry, network.bytes.bytes, headerBytes))
    }

    /// The bytes under every signature of an entry.
    package static func signedBytes(_ headerBytes: [UInt8], in network: NetworkID) -> [UInt8] {
        Domain.signature + network.bytes.bytes + headerBytes
    }

    /// The network in which the entry's hash and signatures are computed: the founding entry is in none yet.
    package static func hashingNetwork(of header: Header, in network: NetworkID) -> NetworkID {
        header.kind == .genesis ? .null : network
    }

    package var log: LogKey { header.log }

    /// The device's signature; nil in the root log.
    package var signature: Signature? {
        if case .device(let signature) = signatures { signature } else { nil }
    }

    /// The signatures of the root log; empty elsewhere.
    package var rootSignatures: [RootSignature] {
        if case .quorum(let signatures) = signatures { signatures } else { [] }
    }

    /// The identity that acts: for an inception, the one that it begins. Nil in the root log.
    package var identity: IdentityID? { header.kind == .identityCreate ? IdentityID(inception: id) : header.identity }

    /// True if the entry's own signature is `key`'s, and `key` is the device that the header names.
    package func verifiesSignature(of key: VerifyingKey, in network: NetworkID) -> Bool {
        guard let signature, header.device?.bytes == key.bytes else { return false }
        return key.verifies(signature, over: Self.signedBytes(headerBytes, in: network))
    }

    /// The root keys among `keys` whose signature is there and holds.
    package func validRootSigners(among keys: [DeviceKey], in network: NetworkID) -> [DeviceKey] {
        let signed = Self.signedBytes(headerBytes, in: Self.hashingNetwork(of: header, in: network))
        return rootSignatures.filter { entry in
            keys.contains(entry.key) && VerifyingKey(entry.key.bytes)?.verifies(entry.signature, over: signed) == true
        }.map(\.key)
    }

    /// The same entry with the root signatures of both, those of `keys` that hold and no others.
    ///
    /// Signatures that do not hold go first, so that one of them never takes the place of one that does.
    package func joiningRootSignatures(of other: Entry, among keys: [DeviceKey], in network: NetworkID) -> Entry {
        let hashingNetwork = Self.hashingNetwork(of: header, in: network)
        let signed = Self.signedBytes(headerBytes, in: hashingNetwork)
        let valid = (rootSignatures + other.rootSignatures).filter { item in
            keys.contains(item.key) && VerifyingKey(item.key.bytes)?.verifies(item.signature, over: signed) == true
        }
        return Entry(header: header, headerBytes: headerBytes, quorum: valid, in: hashingNetwork)
    }
}

extension Entry {
    /// `[header, signature]`, where the signature is 64 bytes, or in the root log `[[key, signature], …]`.
    package func encode(to writer: inout CBORWriter) {
        writer.array(2)
        writer.encoded(headerBytes)
        encodeSignatures(to: &writer)
    }

    package func encodeSignatures(to writer: inout CBORWriter) {
        switch signatures {
        case .device(let signature): writer.byteString(signature.bytes)
        case .quorum(let signatures):
            writer.array(signatures.count)
            for item in signatures {
                writer.array(2)
                writer.byteString(item.key.bytes)
                writer.byteString(item.signature.bytes)
            }
        }
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter(reserving: headerBytes.count + 80)
        encode(to: &writer)
        return writer.bytes
    }

    package init(_ reader: inout CBORReader, in network: NetworkID) throws(CBORError) {
        try reader.array(exactly: 2)
        let start = reader.offset
        let header = try Header(&reader)
        let bytes = Array(reader.bytes[start..<reader.offset])
        try self.init(header: header, headerBytes: bytes, signatures: &reader, in: network)
    }

    /// From header bytes and signature bytes that are stored apart.
    package init(headerBytes: [UInt8], signatureBytes: [UInt8], in network: NetworkID) throws(CBORError) {
        var reader = CBORReader(headerBytes)
        let header = try Header(&reader)
        try reader.end()
        var signatures = CBORReader(signatureBytes)
        try self.init(header: header, headerBytes: headerBytes, signatures: &signatures, in: network)
        try signatures.end()
    }

    /// From a store that wrote an entry of ours and gives back the same bytes: the id is taken as it stands, and neither
    /// it nor the canonical form is computed again.
    package init(uncheckedHeaderBytes headerBytes: [UInt8], signatures: Signatures, id: EntryID) throws(CBORError) {
        var reader = CBORReader(headerBytes)
        header = try Header(&reader)
        try reader.end()
        switch signatures {
        case .device: guard header.device != nil else { throw .outOfRange }
        case .quorum: guard header.device == nil else { throw .outOfRange }
        }
        self.headerBytes = headerBytes
        self.signatures = signatures
        self.id = id
    }

    /// The signature or signatures as one encoded item, to be stored apart from the header.
    package var signatureBytes: [UInt8] {
        var writer = CBORWriter(reserving: 80)
        encodeSignatures(to: &writer)
        return writer.bytes
    }

    private init(
        header: Header, headerBytes: [UInt8], signatures reader: inout CBORReader, in network: NetworkID
    ) throws(CBORError) {
        guard header.encoded == headerBytes else { throw .notCanonical }
        let network = Self.hashingNetwork(of: header, in: network)
        if header.device != nil {
            guard let signature = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
            self.init(header: header, headerBytes: headerBytes, signature: signature, in: network)
            return
        }
        var quorum: [RootSignature] = []
        for _ in 0..<(try reader.array(max: 2 * EntryLimits.rootKeysMax)) {
            try reader.array(exactly: 2)
            let key = DeviceKey(try reader.bytes32())
            guard let signature = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
            if let last = quorum.last, key <= last.key { throw .mapKeyOrder }
            quorum.append(RootSignature(key: key, signature: signature))
        }
        self.init(header: header, headerBytes: headerBytes, quorum: quorum, in: network)
    }
}
