import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Writes entries for stores, which look at no signature: their ids and signatures are drawn, so that many ids can share
/// their first bytes.
struct Scribe {
    var random: Seeded
    /// How many different beginnings the ids have; nil for as many as there are.
    var prefixCount: Int?

    init(seed: UInt64, prefixCount: Int? = nil) {
        random = Seeded(seed)
        self.prefixCount = prefixCount
    }

    mutating func bytes32() -> Bytes32 {
        Bytes32(words: (random.next(), random.next(), random.next(), random.next()))
    }

    mutating func entryID() -> EntryID {
        guard let prefixCount else { return EntryID(bytes32()) }
        let prefix = UInt64(random.below(prefixCount)) << 62 | UInt64(prefixCount)
        return EntryID(Bytes32(words: (prefix, 0, UInt64(random.below(2)), random.next())))
    }

    mutating func signature() -> Signature { Signature(r: bytes32(), s: bytes32()) }

    mutating func signatures(for header: Header) -> Entry.Signatures {
        if header.device != nil { return .device(signature()) }
        return .quorum((0..<random.below(4)).map { _ in Entry.RootSignature(key: DeviceKey(bytes32()), signature: signature()) })
    }

    /// An entry of `log` after `previous`.
    mutating func entry(
        in log: LogRecord, after previous: Head?, kind: Kind, citing authorization: Authorization, timestamp: Timestamp, bodyBytes: Int,
        references: [EntryID] = []
    ) throws -> Entry {
        let body: Header.Body =
            if log.key.isRoot {
                .act(rootAct(kind))
            } else if log.key.space == .registry {
                .unknown(mapOf(bodyBytes))
            } else {
                .detached(size: bodyBytes, commitment: bytes32())
            }
        let header = Header(
            space: log.key.space, device: log.key.device, incarnation: log.key.incarnation, identity: log.identity,
            sequence: previous.map { $0.sequence + 1 } ?? 0, backlink: previous?.id, timestamp: timestamp,
            references: Set(references).sorted(), authorization: authorization, kind: kind, body: body)
        return try Entry(uncheckedHeaderBytes: header.encoded, signatures: signatures(for: header), id: entryID())
    }

    private mutating func rootAct(_ kind: Kind) -> RegistryAct {
        var act = RegistryAct(kind: kind)
        act.rootKeys = [DeviceKey(bytes32())]
        act.rootQuorum = 1
        act.rulesVersion = 1
        if kind == .genesis { act.networkName = "Réseau d’essai" }
        return act
    }

    /// One encoded map that holds a byte string.
    private mutating func mapOf(_ count: Int) -> [UInt8] {
        var writer = CBORWriter()
        writer.map(1)
        writer.unsigned(0)
        writer.byteString([UInt8](randomCount: min(count, 1000), using: &random))
        return writer.bytes
    }

    mutating func body(_ count: Int) -> Body {
        Body(salt: Bytes16(using: &random), bytes: [UInt8](randomCount: count, using: &random))
    }
}

extension SpacePath {
    /// The space of components that are filled with these bytes.
    static func of(_ fillings: UInt8...) -> SpacePath {
        let ids = fillings.compactMap { Bytes16([UInt8](repeating: $0, count: 16)).map(SpaceID.init) }
        guard let path = SpacePath(ids) else { preconditionFailure("at most four components") }
        return path
    }
}
