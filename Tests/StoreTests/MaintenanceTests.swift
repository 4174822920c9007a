import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// Checkpoints and backups.
@Suite struct MaintenanceTests {
    let directory: TemporaryDirectory
    let store: SQLiteStore
    var diary: Diary

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(directory: directory.path)
        diary = try Diary(in: store)
    }

    private func size(_ path: String) throws -> Int { try directory.bytes(of: path).count }

    @Test("T-11: a checkpoint empties the write-ahead log")
    mutating func checkpoint() throws {
        try diary.write(in: store)
        #expect(try size(directory.database + "-wal") > 0)
        try store.checkpoint()
        #expect(try size(directory.database + "-wal") == 0)
    }

    @Test("T-11: what is overwritten is in no file of the directory after a checkpoint")
    func overwritten() throws {
        let secret = Array("le mot qui doit disparaître ".utf8)
        try store.setFact(.siteName, Array(repeatElement(secret, count: 1000).joined()))
        try store.setPeer(PeerRecord(address: "brest:4040", lastFault: String(decoding: secret, as: UTF8.self)))
        #expect(try filesHolding(secret) != [])
        try store.setFact(.siteName, Array("Brest".utf8))
        try store.removePeer(address: "brest:4040")
        try store.checkpoint()
        #expect(try filesHolding(secret) == [])
    }

    @Test("T-11: an entry that is removed is in no file of the directory after a checkpoint")
    mutating func removed() throws {
        let (kept, gone) = (try diary.write(in: store), try diary.write(in: store))
        var other = try Diary(in: store, seed: 2)
        try other.write(in: store)
        let stored = try #require(try store.entry(gone))
        guard case .present(let body) = stored.body else { throw StoreFailure.corrupt("the body is not there") }
        let secret = Array(body.bytes.prefix(32))
        #expect(try filesHolding(secret) != [])
        try store.removeEntries(log: stored.log, branch: stored.branch, from: stored.entry.header.sequence)
        try store.checkpoint()
        #expect(try filesHolding(secret) == [] && store.entry(gone) == nil && store.entry(kept) != nil)
    }

    private func filesHolding(_ bytes: [UInt8]) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
            try directory.bytes(of: directory.path + "/" + $0).range(of: Data(bytes)) != nil
        }
    }

    @Test("T-12: a backup taken beside the writing node holds all that was committed, and opens as a store")
    mutating func backup() throws {
        for _ in 0..<50 { try diary.write(in: store) }
        try store.begin()
        let uncommitted = try diary.write(in: store)
        let copy = try TemporaryDirectory()
        try SQLiteStore(readingFrom: directory.path).backup(to: copy.database)
        try store.commit()
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path) == [SQLiteStore.fileName])
        let rights = try FileManager.default.attributesOfItem(atPath: copy.database)[.posixPermissions] as? NSNumber
        #expect(rights?.intValue == 0o600)

        let restored = try SQLiteStore(directory: copy.path)
        let entries = try restored.arrivals(after: .none, registryOnly: false, limit: .max)
        #expect(try entries == store.arrivals(after: .none, registryOnly: false, limit: 50))
        #expect(try restored.entry(uncommitted) == nil)
        #expect(try restored.integrityFaults() == [])
        try restored.setFact(.siteName, [1])
    }

    @Test("T-12: a backup overwrites nothing, and one that fails leaves nothing behind")
    mutating func backupRefused() throws {
        try diary.write(in: store)
        let copy = try TemporaryDirectory()
        try directory.write(Data([1, 2, 3]), to: copy.database)
        #expect(throws: StoreFailure.self) { try store.backup(to: copy.database) }
        #expect(try directory.bytes(of: copy.database) == Data([1, 2, 3]))
        #expect(throws: StoreFailure.self) { try store.backup(to: copy.path + "/nowhere/replica.db") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path) == [SQLiteStore.fileName])
    }
}
