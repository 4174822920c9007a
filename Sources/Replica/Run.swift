import EntenteCodec
import EntenteCrypto
import EntenteModel

/// A contiguous stretch of one content log, as it travels: what is constant in the log, the backlinks and the
/// commitments are left out and rebuilt by the receiver. (Specs/06-gossip.md)
package struct Run: Sendable {
    package let log: LogKey
    package let identity: IdentityID
    /// The entry before the first; nil at the beginning of the log.
    package let backlink: EntryID?
    package let firstSequence: UInt64
    package private(set) var entries: [Item] = []
    /// Bytes of the headers and bodies.
    package private(set) var byteCount = 0

    package struct Item: Sendable {
        package let entry: Entry
        package let body: StoredBody
    }

    package init(log: LogKey, identity: IdentityID, backlink: EntryID?, firstSequence: UInt64) {
        self.log = log
        self.identity = identity
        self.backlink = backlink
        self.firstSequence = firstSequence
    }

    package mutating func append(_ entry: Entry, body: StoredBody) {
        entries.append(Item(entry: entry, body: body))
        byteCount += entry.headerBytes.count + entry.header.bodyBytes
    }

    // MARK: - The constant part

    package func encodePreamble(to writer: inout CBORWriter) {
        writer.array(6)
        log.space.encode(to: &writer)
        writer.byteString((log.device?.bytes ?? .zero))
        writer.unsigned(log.incarnation)
        writer.byteString(identity.bytes)
        writer.unsigned(firstSequence)
        if let backlink { writer.byteString(backlink.bytes) } else { writer.null() }
    }

    package init(preamble reader: inout CBORReader) throws(CBORError) {
        try reader.array(exactly: 6)
        let space = try Space(&reader)
        guard space != .registry else { throw .outOfRange }
        let device = DeviceKey(try reader.bytes32())
        let incarnation = try reader.unsigned()
        identity = IdentityID(try reader.bytes32())
        firstSequence = try reader.unsigned(max: UInt64(Int64.max) - UInt64(RunLimits.entriesMax))
        backlink = try reader.nullIfPresent() ? nil : EntryID(try reader.bytes32())
        guard (firstSequence == 0) == (backlink == nil) else { throw .outOfRange }
        log = LogKey(space: space, device: device, incarnation: incarnation)
    }

    // MARK: - One entry

    /// `[timestamp, references, authorization, kind, seal, body, signature]`; the body is `[salt, bytes]`, or
    /// `[size, commitment]` where it is not here.
    package static func encode(_ entry: Entry, body: StoredBody, to writer: inout CBORWriter) {
        writer.array(7)
        writer.unsigned(entry.header.timestamp.milliseconds)
        writer.array(entry.header.references.count)
        for reference in entry.header.references { writer.byteString(reference.bytes) }
        entry.header.authorization.encode(to: &writer)
        writer.unsigned(entry.header.kind.code)
        if let seal = entry.header.seal { writer.byteString(seal) } else { writer.null() }
        writer.array(2)
        if case .present(let body) = body {
            writer.byteString(body.salt)
            writer.byteString(body.bytes)
        } else if case .detached(let size, let commitment) = entry.header.body {
            writer.unsigned(size)
            writer.byteString(commitment)
        }
        writer.byteString(entry.signature?.bytes ?? [])
    }

    /// Reads the next entry of the run and rebuilds what was left out.
    package mutating func decodeNext(_ reader: inout CBORReader, in network: NetworkID) throws(CBORError) {
        guard entries.count < RunLimits.entriesMax else { throw .tooLong(limit: RunLimits.entriesMax) }
        try reader.array(exactly: 7)
        let timestamp = Timestamp(milliseconds: try reader.unsigned(max: UInt64(Int64.max)))
        let references = try reader.references()
        let authorization = try Authorization(&reader)
        let kind = Kind(code: try reader.unsigned(max: UInt64(Int64.max)))
        let seal = try reader.nullIfPresent() ? nil : try reader.bytes32()
        let (headerBody, body) = try Self.decodeBody(&reader)
        guard let signature = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
        let header = Header(
            space: log.space, device: log.device, incarnation: log.incarnation, identity: identity,
            sequence: firstSequence + UInt64(entries.count), backlink: entries.last?.entry.id ?? backlink, timestamp: timestamp,
            references: references, authorization: authorization, kind: kind, seal: seal, body: headerBody)
        try header.checkShape()
        let bytes = header.encoded
        guard bytes.count <= EntryLimits.contentHeaderBytesMax else { throw .tooLong(limit: EntryLimits.contentHeaderBytesMax) }
        append(Entry(header: header, headerBytes: bytes, signature: signature, in: network), body: body)
        guard byteCount <= RunLimits.bytesMax else { throw .tooLong(limit: RunLimits.bytesMax) }
    }

    private static func decodeBody(_ reader: inout CBORReader) throws(CBORError) -> (Header.Body, StoredBody) {
        try reader.array(exactly: 2)
        if try reader.peek() == .bytes {
            let body = Body(salt: try reader.bytes16(), bytes: Array(try reader.byteString(max: EntryLimits.bodyBytesMax)))
            return (.detached(size: body.bytes.count, commitment: body.commitment), .present(body))
        }
        let size = try reader.count(max: EntryLimits.bodyBytesMax)
        return (.detached(size: size, commitment: try reader.bytes32()), .missing)
    }
}

package enum RunLimits {
    /// Entries of one run: it is stored whole in one transaction or not at all.
    package static let entriesMax = 4096
    /// Bytes of the headers and bodies of one run.
    package static let bytesMax = 4 * 1024 * 1024
    /// Branches of one registry log: an honest one has one; beyond this no further one is taken.
    package static let branchesMax = 64
    /// Branches of one content log that are kept and offered: those of the first fork. Below it each has one.
    package static let keptBranchesMax = 4
    /// Branches of one content log that are stored, those that smaller ids have displaced among them.
    package static let storedBranchesMax = 256
    /// Entries of one log that are held: review, not storage for a removed member.
    package static let heldMax: UInt64 = 1024
}
