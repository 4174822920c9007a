import EntenteModel
import EntenteReplica
import EntenteStore
import GRDBSQLite
import Testing

/// The feed of arrivals and verdict changes; that both stores write the same one is for `DifferentialTests`.
@Suite struct FeedTests {
    let directory: TemporaryDirectory
    let store: SQLiteStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(directory: directory.path)
    }

    private func changes(after number: FeedNumber = .none) throws -> [FeedChange] {
        try store.feed(after: number, limit: 1000).map(\.change)
    }

    @Test("T-15: a post is an arrival and a new kept height; a removal of all posts is one row")
    func rows() throws {
        var alice = try Diary(in: store)
        try alice.write(in: store)
        try alice.write(in: store)
        let (log, capability) = (alice.log.id, alice.capability)
        func kept(_ before: UInt64?, _ after: UInt64?) -> FeedChange {
            .visibility(log: log, branch: 0, capability: capability, before: before, after: after)
        }
        #expect(try changes() == [.arrived(Arrival(1)), kept(nil, 0), .arrived(Arrival(2)), kept(0, 1)])
        let seen = try #require(try store.feedExtent()?.newest)
        try alice.keep(upTo: nil, last: 1, in: store)
        try alice.keep(upTo: nil, last: 1, in: store)
        try alice.keep(upTo: 1, last: 1, in: store)
        #expect(try changes(after: seen) == [kept(1, nil), kept(nil, 1)])
    }

    @Test("T-15: a change of a verdict names the registry entry; one that is not here is passed over")
    func verdicts() throws {
        var registry = try Diary(in: store, space: .registry)
        let act = try registry.write(in: store, kind: Kind(code: 31), bodyBytes: 10)
        let seen = try #require(try store.feedExtent()?.newest)
        try store.noteVerdicts(of: [registry.scribe.entryID(), act])
        #expect(try changes(after: seen) == [.verdict(Arrival(1))])
    }

    @Test("T-15: a transaction that is undone leaves nothing in the feed")
    func rollback() throws {
        var alice = try Diary(in: store)
        try alice.write(in: store)
        let before = try store.feed(after: .none, limit: 1000)
        try store.begin()
        try alice.write(in: store)
        #expect(try store.feed(after: .none, limit: 1000).count == before.count + 2)
        store.rollback()
        #expect(try store.feed(after: .none, limit: 1000) == before)
    }

    @Test("T-16, T-17: old rows are dropped with the next commit, the newest stays, and numbers go on")
    func dropped() throws {
        var alice = try Diary(in: store)
        try alice.write(in: store)
        let kept = FeedLimits.rowsMax
        // As after a long life: the last number is far on.
        try execute("UPDATE feed SET number = \(kept * 3) WHERE number = 2")
        try alice.write(in: store)
        let extent = try #require(try store.feedExtent())
        #expect(extent == FeedExtent(oldest: FeedNumber(Int64(kept * 3)), newest: FeedNumber(Int64(kept * 3 + 2))))
        #expect(extent.reaches(FeedNumber(Int64(kept * 3 - 1))) && extent.reaches(extent.newest))
        #expect(!extent.reaches(FeedNumber(1)) && !extent.reaches(FeedNumber(extent.newest.number + 1)))
    }

    @Test("T-16: the numbers go on when the database is opened again")
    func reopened() throws {
        var alice = try Diary(in: store)
        try alice.write(in: store)
        let before = try store.feed(after: .none, limit: 1000)
        #expect(try SQLiteStore(readingFrom: directory.path).feed(after: .none, limit: 1000) == before)
        #expect(before.map(\.number.number) == [1, 2])
    }

    private func execute(_ sql: String) throws {
        var pointer: OpaquePointer?
        #expect(sqlite3_open(directory.database, &pointer) == SQLITE_OK)
        #expect(sqlite3_exec(pointer, sql, nil, nil, nil) == SQLITE_OK)
        sqlite3_close(pointer)
    }
}
