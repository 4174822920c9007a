import EntenteCodec
import EntenteCrypto

/// Entries of the root log on their way from one holder of a root key to the next, until enough of them have signed.
///
/// No secret, and worth nothing before the quorum is reached. The entries follow one another and, the first one,
/// the last accepted entry of the root log; their ids do not depend on who has signed.
package struct RootProposal: Hashable, Sendable {
    package static let prefix = "entente-root-1:"
    /// Entries in one proposal: vouches for long lists, and the act itself.
    package static let entriesMax = 8

    package var network: NetworkID
    /// At least one, each behind the one before.
    package var entries: [Entry]

    package init(network: NetworkID, entries: [Entry]) {
        self.network = network
        self.entries = entries
    }

    /// The root keys whose signature is on every entry and holds, ascending.
    package var signers: [DeviceKey] {
        let all = entries.map { entry in Set(entry.validRootSigners(among: entry.rootSignatures.map(\.key), in: network)) }
        guard let first = all.first else { return [] }
        return all.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
    }

    /// Adds the signature of a root key to every entry. One that is there already changes nothing.
    package mutating func sign(with key: SigningKey) {
        let device = DeviceKey(key.publicKey)
        entries = entries.map { entry in
            let signature = key.sign(Entry.signedBytes(entry.headerBytes, in: network))
            let others = entry.rootSignatures.filter { $0.key != device }
            return Entry(
                header: entry.header, headerBytes: entry.headerBytes,
                quorum: others + [Entry.RootSignature(key: device, signature: signature)], in: network)
        }
    }

    /// The same entries with the signatures of both. Nil if `other` proposes something else.
    package func joined(with other: RootProposal) -> RootProposal? {
        guard network == other.network, entries.map(\.id) == other.entries.map(\.id) else { return nil }
        var joined = self
        joined.entries = zip(entries, other.entries).map { a, b in
            a.joiningRootSignatures(of: b, among: (a.rootSignatures + b.rootSignatures).map(\.key), in: network)
        }
        return joined
    }

    package var text: String {
        var writer = CBORWriter()
        encode(to: &writer)
        return TextToken.text(writer.bytes, prefix: Self.prefix)
    }

    package init(text: String) throws(TextToken.Fault) {
        let bytes = try TextToken.bytes(of: text, prefix: Self.prefix)
        do { try self.init(decoding: bytes) } catch { throw .malformed(error) }
    }

    private func encode(to writer: inout CBORWriter) {
        writer.array(2)
        writer.byteString(network.bytes)
        writer.array(entries.count)
        for entry in entries { entry.encode(to: &writer) }
    }

    private init(decoding bytes: [UInt8]) throws(CBORError) {
        var reader = CBORReader(bytes)
        try reader.array(exactly: 2)
        network = NetworkID(try reader.bytes32())
        entries = []
        for _ in 0..<(try reader.array(max: Self.entriesMax)) {
            let entry = try Entry(&reader, in: network)
            // Nothing else is signed by root keys, and nothing else is proposed so.
            guard entry.header.device == nil, entry.header.kind != .genesis else { throw .outOfRange }
            if let last = entries.last, entry.header.backlink != last.id { throw .outOfRange }
            entries.append(entry)
        }
        try reader.end()
        guard !entries.isEmpty else { throw .outOfRange }
    }
}
