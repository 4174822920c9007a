import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Testing

@testable import EntenteRuntime

/// The order of an export's entries, and what is said of each. (Specs/09-api.md, L-23 and L-25)
@Suite struct EntryWalkTests {
    private static let network = NetworkID(Bytes32(Array(repeating: 7, count: 32)) ?? .zero)
    private var store = MemoryStore()
    private var random = SystemRandomNumberGenerator()
    private let capability = EntryID(Bytes32(Array(repeating: 9, count: 32)) ?? .zero)
    private let identity = IdentityID(Bytes32(Array(repeating: 3, count: 32)) ?? .zero)

    private func space(_ byte: UInt8) throws -> SpacePath {
        let component = try #require(Bytes16(Array(repeating: byte, count: 16)))
        return try #require(SpacePath([SpaceID(component)]))
    }

    /// Writes the next entry behind another one, in a branch.
    private mutating func write(
        _ key: SigningKey, in log: LogRecord, branch: Int, behind before: Entry?
    ) throws -> Entry {
        let body = Body(salt: Bytes16(using: &random), bytes: Operation.post(text: "mot", replyTo: nil).encoded)
        let header = Header(
            space: log.key.space, device: log.key.device, incarnation: log.key.incarnation, identity: log.identity,
            sequence: before.map { $0.header.sequence + 1 } ?? 0, backlink: before?.id, timestamp: Timestamp(milliseconds: 5),
            authorization: .capability(capability), kind: .post, body: .detached(size: body.bytes.count, commitment: body.commitment))
        let entry = Entry(signing: header, with: key, in: Self.network)
        _ = store.append(
            NewEntry(
                log: log.id, branch: branch, entry: entry, body: .present(body), firstSeen: Timestamp(milliseconds: 6), wellFormed: true))
        return entry
    }

    private func walk(_ spaces: Set<Space>) throws -> [WalkedEntry] {
        var walk = try EntryWalk(spaces: spaces, store: store)
        var out: [WalkedEntry] = []
        while let page = try walk.page(of: store) { out += page }
        return out
    }

    @Test mutating func `what is beyond a cut is held, on every branch, and what leads to what is offered is not (L-25)`() throws {
        let key = SigningKey(using: &random)
        let log = store.addLog(
            LogKey(space: .content(try space(1)), device: DeviceKey(key.publicKey), incarnation: 1), identity: identity)
        // 0 1 2 3 4, and 3′ 4′ 5′ behind 2. Offered is 1, and on the other branch 4′: and so 2, too.
        var main: [Entry] = []
        for _ in 0...4 { main.append(try write(key, in: log, branch: 0, behind: main.last)) }
        var side: [Entry] = []
        for _ in 3...5 { side.append(try write(key, in: log, branch: 1, behind: side.last ?? main[2])) }
        store.setBranch(
            BranchRecord(log: log.id, branch: 0, parent: nil, firstSequence: 0, tip: Head(main[4]), offered: Head(main[1])))
        store.setBranch(
            BranchRecord(log: log.id, branch: 1, parent: 0, firstSequence: 3, tip: Head(side[2]), offered: Head(side[1])))
        for (branch, last, kept) in [(0, 4 as UInt64, 0 as UInt64?), (1, 5, nil)] {
            store.setCapabilityUse(
                CapabilityUse(log: log.id, branch: branch, capability: capability, lastSequence: last, keptSequence: kept))
        }
        let walked = try walk([log.key.space])
        #expect(walked.map(\.stored.entry.id) == (main + side).map(\.id))
        #expect(walked.map(\.isHeld) == [false, false, false, true, true, false, false, true])
        #expect(walked.map(\.isVisible) == [true] + Array(repeating: false, count: 7))
    }

    @Test mutating func `spaces and logs come ascending, whatever came first, and no other space is there (L-22, L-23)`() throws {
        var expected: [(key: LogKey, id: EntryID)] = []
        for number in [2, 1, 3, 1, 2, 1] as [UInt8] {
            let key = SigningKey(using: &random)
            let log = store.addLog(
                LogKey(space: .content(try space(number)), device: DeviceKey(key.publicKey), incarnation: 1), identity: identity)
            let entry = try write(key, in: log, branch: 0, behind: nil)
            store.setBranch(
                BranchRecord(log: log.id, branch: 0, parent: nil, firstSequence: 0, tip: Head(entry), offered: Head(entry)))
            if number != 3 { expected.append((log.key, entry.id)) }
        }
        let walked = try walk([.registry, .content(try space(1)), .content(try space(2))])
        #expect(walked.map(\.stored.entry.id) == expected.sorted { $0.key < $1.key }.map(\.id))
    }

    @Test mutating func `a log whose branches contradict each other is damage, and no end of the program`() throws {
        let key = SigningKey(using: &random)
        let log = store.addLog(
            LogKey(space: .content(try space(1)), device: DeviceKey(key.publicKey), incarnation: 1), identity: identity)
        let entry = try write(key, in: log, branch: 0, behind: nil)
        store.setBranch(
            BranchRecord(log: log.id, branch: 0, parent: 1, firstSequence: 0, tip: Head(entry), offered: Head(entry)))
        #expect(throws: StoreFailure.self) { try walk([log.key.space]) }
    }
}
