import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// A damaged file is named, whatever is wrong with it; nothing that changed since it was written is taken for what was written.
@Suite struct DamageTests {
    let directory: TemporaryDirectory
    /// What a sound store of thirty entries looks like on the disk.
    let sound: Data
    let written: [StoredEntry]
    static let bodyBytes = 900
    let pageBytes: Int

    init() throws {
        directory = try TemporaryDirectory()
        let store = try SQLiteStore(directory: directory.path)
        var alice = try Diary(in: store, seed: 1)
        var bob = try Diary(in: store, space: .content(.of(2)), seed: 2)
        var registry = try Diary(in: store, space: .registry, seed: 3)
        for _ in 0..<10 {
            try alice.write(in: store, bodyBytes: Self.bodyBytes)
            try bob.write(in: store, bodyBytes: Self.bodyBytes)
            try registry.write(in: store, kind: Kind(code: 31), bodyBytes: Self.bodyBytes)
        }
        try store.checkpoint()
        pageBytes = try #require(Int(try store.setting("page_size") ?? ""))
        written = try store.arrivals(after: .none, registryOnly: false, limit: .max)
        sound = try directory.bytes(of: directory.database)
    }

    /// All that is found wrong with the store, at opening or by the check, after `damage` was done to its file.
    private func faults(after damage: (inout Data) -> Void) throws -> [String] {
        var bytes = sound
        damage(&bytes)
        try directory.write(bytes, to: directory.database)
        for file in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: directory.database + file) }
        do {
            let store = try SQLiteStore(directory: directory.path)
            try readEverything(of: store)
            return try store.integrityFaults()
        } catch let failure as StoreOpening.Failure {
            return [failure.description]
        }
    }

    /// Asks for everything; what comes is what was written, and what does not come is damage by name.
    private func readEverything(of store: SQLiteStore) throws {
        func reading(_ body: () throws(StoreFailure) -> Void) {
            do throws(StoreFailure) {
                try body()
            } catch {
                switch error {
                case .corrupt, .inputOutput: break
                case .full, .busy: Issue.record("\(error) is no word for damage")
                }
            }
        }
        for stored in written {
            reading { () throws(StoreFailure) in
                if let found = try store.entry(stored.entry.id) { #expect(found == stored) }
            }
            reading { () throws(StoreFailure) in
                let page = try store.entries(
                    log: stored.log, branch: 0, from: stored.entry.header.sequence, limit: 1, bytesMax: .max)
                for found in page { #expect(written.contains(found)) }
            }
        }
        reading { () throws(StoreFailure) in
            for found in try store.arrivals(after: .none, registryOnly: false, limit: .max) { #expect(written.contains(found)) }
        }
        reading { () throws(StoreFailure) in
            for found in try store.visible(kind: .post, space: nil, identity: nil, before: nil, limit: 100) {
                #expect(written.contains(found))
            }
        }
        reading { () throws(StoreFailure) in _ = try store.logs(after: LogID(0), limit: .max) }
        reading { () throws(StoreFailure) in _ = try store.summaries() }
        reading { () throws(StoreFailure) in for log: Int64 in 0..<5 { _ = try store.branches(of: LogID(log)) } }
        reading { () throws(StoreFailure) in for log: Int64 in 0..<5 { _ = try store.capabilityUses(of: LogID(log)) } }
    }

    @Test("T-8: a sound file has no fault")
    func soundFile() throws {
        #expect(try faults { _ in } == [])
    }

    @Test("T-8: a file that was cut short is named as damaged", arguments: [0.999, 0.9, 0.5, 0.3, 0.1])
    func cutShort(share: Double) throws {
        let found = try faults { $0 = $0.prefix(Int(Double($0.count) * share)) }
        #expect(!found.isEmpty)
    }

    @Test("T-8: a file whose end was lost, page by page, is named as damaged")
    func pagesLost() throws {
        for pages in 1..<(sound.count / pageBytes) {
            let found = try faults { $0 = $0.prefix(pageBytes * pages) }
            #expect(!found.isEmpty, "\(pages) pages")
        }
    }

    @Test("T-9: one changed bit of an entry is found when it is read, and named by the check with the entry's number")
    func changedEntry() throws {
        for stored in written {
            var parts = [Array(stored.entry.headerBytes.suffix(24))]
            if case .present(let body) = stored.body { parts += [body.salt.bytes, Array(body.bytes.suffix(24))] }
            if let signature = stored.entry.signature { parts.append(Array(signature.bytes.prefix(24))) }
            for part in parts {
                let range = try #require(sound.range(of: Data(part)))
                let found = try faults { $0[range.lowerBound + range.count / 2] ^= 0x10 }
                #expect(found.contains { $0.contains(", number \(stored.arrival.number), ") }, "\(found)")
            }
        }
    }

    @Test("T-8: whatever bits are changed, reading never crashes and never gives what was not written", arguments: 1...4)
    func changedBits(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        for round in 0..<60 {
            // In some rounds one bit, in some many: in the header of the file and in the pages of the schema too.
            let count = [1, 1, 1, 8, 64][random.below(5)]
            let reach = round.isMultiple(of: 3) ? 4096 : sound.count
            _ = try faults { for _ in 0..<count { $0[random.below(reach)] ^= 1 << UInt8(random.below(8)) } }
        }
    }

    @Test("T-8: whole pages of noise or zeros are named as damaged")
    func pagesOverwritten() throws {
        var random = Seeded(9)
        for page in 0..<(sound.count / pageBytes) {
            let noise: [UInt8] =
                page.isMultiple(of: 2) ? Array(repeating: 0, count: pageBytes) : Array(randomCount: pageBytes, using: &random)
            let found = try faults { $0.replaceSubrange(page * pageBytes..<(page + 1) * pageBytes, with: noise) }
            #expect(!found.isEmpty, "page \(page)")
        }
    }

    @Test("T-8: rows that contradict each other are named")
    func contradictions() throws {
        func name(_ arrival: Int) -> String { written[arrival - 1].entry.id.description }
        let damages = [
            "UPDATE entry SET kind = 33 WHERE arrival = 1": "entry \(name(1)) is indexed as what it is not",
            "UPDATE entry SET id_prefix = 5 WHERE arrival = 2": "entry \(name(2)) is indexed as what it is not",
            "UPDATE entry SET capability = NULL WHERE arrival = 3": "entry \(name(3)) is indexed as what it is not",
            "UPDATE entry SET space = 1 WHERE arrival = 4": "entry \(name(4)) is indexed as what it is not",
            "UPDATE entry SET body = NULL WHERE arrival = 5": "entry \(name(5)), number 5, is not as it was written",
            "UPDATE entry SET first_seen = 5 WHERE arrival = 6": "entry \(name(6)), number 6, is not as it was written",
            "PRAGMA foreign_keys = OFF; UPDATE entry SET log = 77 WHERE arrival = 7": "a row of entry refers to nothing",
            "UPDATE space SET path = x'00' WHERE number = 2": "a space has a path of 1 bytes",
        ]
        for (sql, fault) in damages {
            try directory.write(sound, to: directory.database)
            let program = try OtherProgram(directory.database)
            program.run(sql)
            program.close()
            let found = try SQLiteStore(directory: directory.path).integrityFaults()
            #expect(found.contains(fault), "\(sql): \(found)")
        }
    }

    @Test("T-8: the check names no more faults than asked for")
    func bounded() throws {
        let program = try OtherProgram(directory.database)
        program.run("UPDATE entry SET well_formed = 7")
        program.close()
        let store = try SQLiteStore(directory: directory.path)
        #expect(try store.integrityFaults(limit: 3).count == 3)
        #expect(try store.integrityFaults().count == 30)
    }
}
