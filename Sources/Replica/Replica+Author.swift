import EntenteCodec
import EntenteCrypto
import EntenteModel

/// Who signs an entry, and in which log.
package struct Author: Sendable {
    package let key: SigningKey
    /// Nil for the inception entry alone.
    package let identity: IdentityID?
    package let incarnation: UInt64

    package init(key: SigningKey, identity: IdentityID?, incarnation: UInt64) {
        self.key = key
        self.identity = identity
        self.incarnation = incarnation
    }
}

extension Replica {
    /// Writes a registry entry in the author's log and takes it as any other is taken.
    package mutating func author(
        _ act: RegistryAct, citing authorization: Authorization, by author: Author, at wall: Timestamp, store: inout some ReplicaStore
    ) throws(StoreFailure) -> (entry: Entry, acceptance: Acceptance) {
        let header = try self.header(
            space: .registry, author: author, references: [], authorization: authorization, kind: act.kind, body: .act(act), wall: wall,
            store: store)
        let entry = Self.sign(header, by: author, in: network)
        return (entry, try acceptRegistry([entry], firstSeen: wall, isOwn: true, store: &store))
    }

    /// Writes a content entry in the author's log of the space.
    package mutating func author(
        _ operation: Operation, in space: SpacePath, citing capability: EntryID, by author: Author, at wall: Timestamp,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore
    ) throws(StoreFailure) -> (entry: Entry, acceptance: Acceptance) {
        let body = Body(salt: Bytes16(using: &random), bytes: operation.encoded)
        var header = try self.header(
            space: .content(space), author: author, references: causalHeads(of: .content(space), except: author),
            authorization: .capability(capability), kind: operation.kind,
            body: .detached(size: body.bytes.count, commitment: body.commitment), wall: wall, store: store)
        // What it is about has to be known when its body is gone. (Specs/02-entry.md, E-56)
        if let target = operation.target { header.references = [target] }
        let entry = Self.sign(header, by: author, in: network)
        var acceptance = Acceptance()
        let wellFormed = authority.standing(ofContent: header) == .wellFormed
        let stored = try append(
            entry, body: .present(body), firstSeen: wall, wellFormed: wellFormed, into: &acceptance, store: &store)
        acceptance.stored.append(stored)
        try refreshOffer(of: entry.log, noting: &acceptance.bodies, store: &store)
        try saveSummaries(of: [.content(space)], store: &store)
        try settleErasures(&acceptance.bodies, store: &store)
        return (entry, acceptance)
    }

    /// Signs a header that others can read: what they would refuse is our own mistake, and is found out before it is
    /// stored and for ever part of a log. (Specs/02-entry.md, what an author sees to)
    private static func sign(_ header: Header, by author: Author, in network: NetworkID) -> Entry {
        let entry = Entry(signing: header, with: author.key, in: network)
        let readBack = try? Entry(headerBytes: entry.headerBytes, signatureBytes: entry.signatureBytes, in: network)
        precondition(readBack?.id == entry.id, "an author writes what others can read")
        return entry
    }

    private func header(
        space: Space, author: Author, references: [Head], authorization: Authorization, kind: Kind, body: Header.Body, wall: Timestamp,
        store: some ReplicaStore
    ) throws(StoreFailure) -> Header {
        let device = DeviceKey(author.key.publicKey)
        let tip = tip(of: LogKey(space: space, device: device, incarnation: author.incarnation))
        // Content is shown by (timestamp, id): what one author says in one millisecond keeps its order.
        let step: UInt64 = space == .registry ? 0 : 1
        var timestamp = max(wall, tip?.timestamp.advanced(byMilliseconds: step) ?? wall)
        if let capability = authorization.capability, let stored = try store.entry(capability) {
            timestamp = max(timestamp, stored.entry.header.timestamp)
        }
        for reference in references { timestamp = max(timestamp, reference.timestamp.advanced(byMilliseconds: 1)) }
        return Header(
            space: space, device: device, incarnation: author.incarnation, identity: author.identity,
            sequence: tip.map { $0.sequence + 1 } ?? 0, backlink: tip?.id, timestamp: timestamp,
            references: references.map(\.id).sorted(), authorization: authorization, kind: kind, body: body)
    }

    /// The newest offered heads of the space's other logs: what the author has seen.
    private func causalHeads(of space: Space, except author: Author) -> [Head] {
        let own = LogKey(space: space, device: DeviceKey(author.key.publicKey), incarnation: author.incarnation)
        let others = heads(of: space).filter { $0.log != own }.map(\.head)
        return Array(
            others.sorted { ($1.timestamp, $1.id) < ($0.timestamp, $0.id) }.prefix(EntryLimits.referencesMax))
    }
}
