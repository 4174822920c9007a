import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// What can be wrong with a directory is said before anything in it is changed.
@Suite struct OpeningTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("T-6: one process owns the files; the second one learns who")
    func locked() throws {
        var first: SQLiteStore? = try SQLiteStore(directory: directory.path)
        #expect(throws: StoreOpening.Failure.owned(process: getpid())) { try SQLiteStore(directory: directory.path) }
        #expect(throws: DirectoryLock.Failure.owned(process: getpid())) { try DirectoryLock(directory: directory.path) }
        #expect("\(StoreOpening.Failure.owned(process: 17))" == "process 17 has this directory open")
        try first?.begin()
        first = nil
        _ = try SQLiteStore(directory: directory.path)
    }

    @Test("T-6: who has the lock already hands it to the store")
    func lockHandedOver() throws {
        let lock = try DirectoryLock(directory: directory.path)
        let store = try SQLiteStore(directory: directory.path, lock: lock)
        #expect(!store.isReadOnly)
        #expect(throws: StoreOpening.Failure.owned(process: getpid())) { try SQLiteStore(directory: directory.path) }
    }

    @Test("T-6: a lock that another process holds names that process")
    func lockedByAnother() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        process.arguments = [directory.path + "/lock", "sh", "-c", "echo $$ > \(directory.path)/lock; echo locked; read line"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        _ = output.fileHandleForReading.availableData
        do {
            _ = try SQLiteStore(directory: directory.path)
            Issue.record("the lock was not respected")
        } catch .owned(let owner) {
            #expect(owner != nil && owner != getpid())
        }
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        _ = try SQLiteStore(directory: directory.path)
    }

    @Test("T-7: a database of a newer version is refused, and left as it is")
    func newer() throws {
        let known = try makeStore()
        let program = try OtherProgram(directory.database)
        program.run("PRAGMA user_version = \(known + 1)")
        program.close()
        let bytes = try directory.bytes(of: directory.database)
        let failure = StoreOpening.Failure.newer(version: known + 1, known: known)
        #expect(throws: failure) { try SQLiteStore(directory: directory.path) }
        #expect(throws: failure) { try SQLiteStore(readingFrom: directory.path) }
        #expect(try directory.bytes(of: directory.database) == bytes)
    }

    @Test("T-7: a database of another program is refused, and left as it is")
    func foreign() throws {
        let program = try OtherProgram(directory.database)
        program.run("CREATE TABLE recipe (name TEXT)")
        program.close()
        let bytes = try directory.bytes(of: directory.database)
        #expect(throws: StoreOpening.Failure.foreign(path: directory.database)) { try SQLiteStore(directory: directory.path) }
        #expect(throws: StoreOpening.Failure.foreign(path: directory.database)) { try SQLiteStore(readingFrom: directory.path) }
        #expect(try directory.bytes(of: directory.database) == bytes)
    }

    @Test("T-7: the file says whose it is, and of what version")
    func header() throws {
        let version = try makeStore()
        let bytes = try directory.bytes(of: directory.database)
        #expect(Array(bytes[68..<72]) == Array("ENTE".utf8))
        #expect(Array(bytes[60..<64]) == [0, 0, 0, UInt8(version)])
    }

    @Test("T-7: a step that was interrupted is as if it had never begun")
    func interruptedMigration() throws {
        // What a crash before the first commit leaves.
        try directory.write(Data(), to: directory.database)
        #expect(throws: StoreOpening.Failure.missing(path: directory.database)) { try SQLiteStore(readingFrom: directory.path) }
        let store = try SQLiteStore(directory: directory.path)
        #expect(try store.logs(after: LogID(0), limit: 1) == [])
    }

    @Test("T-5: to read where there is nothing is an error and makes nothing")
    func nothingToRead() throws {
        #expect(throws: StoreOpening.Failure.missing(path: directory.database)) { try SQLiteStore(readingFrom: directory.path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    }

    @Test("T-6: a directory that is not there, and a file that is none of SQLite's, are errors")
    func unusable() throws {
        #expect(throws: StoreOpening.Failure.self) { try SQLiteStore(directory: directory.path + "/nowhere") }
        try directory.write(
            Data("a letter to Santa Claus, of more than one hundred bytes, so that it fills a header".utf8), to: directory.database)
        #expect(throws: StoreOpening.Failure.self) { try SQLiteStore(directory: directory.path) }
        try directory.write(Data(repeating: 0x41, count: 8192), to: directory.database)
        do {
            _ = try SQLiteStore(directory: directory.path)
            Issue.record("it is no database")
        } catch .store(.corrupt) {}
    }

    @Test("T-6: nobody but the owner of the process reads the files")
    func rights() throws {
        let store = try SQLiteStore(directory: directory.path)
        try store.setFact(.siteName, [1])
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/" + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    /// Leaves an empty store behind, with its version.
    private func makeStore() throws -> Int {
        let store = try SQLiteStore(directory: directory.path)
        return try #require(Int(try store.setting("user_version") ?? ""))
    }
}
