import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// A batch of events is one transaction: it survives whole, or not at all.
@Suite struct TransactionTests {
    let directory: TemporaryDirectory
    let store: SQLiteStore
    var diary: Diary

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(directory: directory.path)
        diary = try Diary(in: store)
    }

    @Test("T-2: what was committed is there for another reader at once, and what was not is there for none")
    mutating func readersSeeCommits() throws {
        let reader = try SQLiteStore(readingFrom: directory.path)
        try store.begin()
        let kept = try diary.write(in: store)
        #expect(try reader.entry(kept) == nil)
        #expect(try store.entry(kept) != nil)
        try store.commit()
        #expect(try reader.entry(kept) != nil)
        try store.begin()
        let undone = try diary.write(in: store)
        store.rollback()
        #expect(try store.entry(undone) == nil && reader.entry(undone) == nil)
    }

    @Test("T-2: keys that a rollback took back are numbered anew")
    mutating func rollbackForgetsNumbers() throws {
        let (alice, bob) = (IdentityID(diary.scribe.bytes32()), IdentityID(diary.scribe.bytes32()))
        try store.begin()
        diary = try Diary(in: store, space: .content(.of(7)), identity: alice)
        try diary.write(in: store)
        store.rollback()
        diary = try Diary(in: store, space: .content(.of(8)), identity: bob)
        let id = try diary.write(in: store)
        let log = try #require(try store.log(diary.log.key))
        #expect(log.identity == bob)
        #expect(try store.entry(id)?.log == log.id)
        #expect(try store.visible(kind: .post, space: .of(7), identity: nil, before: nil, limit: 9) == [])
    }

    @Test("T-3: a commit is on the disk before it returns, and erased bytes are overwritten")
    func durable() throws {
        #expect(try store.setting("journal_mode") == "wal")
        #expect(try store.setting("synchronous") == "2")
        #expect(try store.setting("secure_delete") == "1")
        #expect(try store.setting("foreign_keys") == "1")
        // Without locks of SQLite's own on the database beside those of the transactions, readers work beside the node.
        #expect(try store.setting("locking_mode") == "normal")
    }

    @Test("T-4: on a full disk the write fails as full, its transaction cannot be committed, and with more space all goes on")
    mutating func fullDisk() throws {
        let before = try diary.write(in: store)
        let pages = try #require(Int(try store.setting("page_count") ?? ""))
        _ = try store.setting("max_page_count = \(pages + 20)")
        try store.begin()
        var written: [EntryID] = []
        #expect(throws: StoreFailure.full) {
            while written.count < 10_000 { written.append(try diary.write(in: store, bodyBytes: 40_000)) }
        }
        #expect(!written.isEmpty)
        #expect(throws: StoreFailure.full) { try store.commit() }
        for id in written { #expect(try store.entry(id) == nil) }
        #expect(try store.entry(before) != nil)

        _ = try store.setting("max_page_count = 1000000")
        diary = try Diary(in: store, space: .content(.of(3)))
        try store.begin()
        let after = try diary.write(in: store, bodyBytes: 40_000)
        try store.commit()
        #expect(try store.entry(after) != nil)
        #expect(try store.integrityFaults() == [])
    }

    @Test("T-4: a single write on a full disk leaves no transaction behind")
    mutating func fullDiskAlone() throws {
        let pages = try #require(Int(try store.setting("page_count") ?? ""))
        _ = try store.setting("max_page_count = \(pages)")
        #expect(throws: StoreFailure.full) { while true { try diary.write(in: store, bodyBytes: 40_000) } }
        try store.begin()
        store.rollback()
    }

    @Test("T-5: a store opened for reading refuses every write, and goes on reading")
    mutating func readOnly() throws {
        let id = try diary.write(in: store)
        let reader = try SQLiteStore(readingFrom: directory.path)
        #expect(throws: StoreFailure.self) { try reader.setFact(.siteName, [1]) }
        #expect(throws: StoreFailure.self) { try reader.removePeer(address: "brest:4040") }
        #expect(try reader.entry(id) != nil)
        #expect(try reader.fact(.siteName) == nil)
    }

    @Test("T-2: while another process writes, a transaction waits, and then says busy")
    func busy() throws {
        let other = try OtherProgram(directory.database)
        other.run("BEGIN IMMEDIATE")
        #expect(throws: StoreFailure.busy) { try store.begin() }
        other.run("ROLLBACK")
        try store.begin()
        try store.commit()
    }
}
