import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore

/// One person's log in one space, entry after entry, each visible.
struct Diary {
    let log: LogRecord
    let capability: EntryID
    var scribe: Scribe
    private var tip: Head?
    private var clock: UInt64 = 1_750_000_000_000

    init(in store: SQLiteStore, space: Space = .content(.of(1)), identity: IdentityID? = nil, seed: UInt64 = 1) throws {
        scribe = Scribe(seed: seed)
        let key = LogKey(space: space, device: DeviceKey(scribe.bytes32()), incarnation: scribe.random.next())
        capability = scribe.entryID()
        let author = IdentityID(scribe.bytes32())
        log = try store.addLog(key, identity: identity ?? author)
    }

    @discardableResult
    mutating func write(
        in store: SQLiteStore, kind: Kind = .post, at time: UInt64? = nil, bodyBytes: Int = 300, wellFormed: Bool = true
    ) throws -> EntryID {
        clock += 1
        let entry = try scribe.entry(
            in: log, after: tip, kind: kind, citing: .capability(capability), timestamp: Timestamp(milliseconds: time ?? clock),
            bodyBytes: bodyBytes)
        let head = Head(entry)
        let body: StoredBody = log.key.space == .registry ? .none : .present(scribe.body(bodyBytes))
        _ = try store.append(
            NewEntry(
                log: log.id, branch: 0, entry: entry, body: body, firstSeen: Timestamp(milliseconds: clock), wellFormed: wellFormed))
        try store.setBranch(BranchRecord(log: log.id, branch: 0, parent: nil, firstSequence: 0, tip: head, offered: head))
        try keep(upTo: head.sequence, last: head.sequence, in: store)
        tip = head
        return entry.id
    }

    func keep(upTo kept: UInt64?, last: UInt64, in store: SQLiteStore) throws {
        try store.setCapabilityUse(
            CapabilityUse(log: log.id, branch: 0, capability: capability, lastSequence: last, keptSequence: kept))
    }
}
