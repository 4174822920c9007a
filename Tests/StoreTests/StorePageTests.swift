import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// Specs/07-store.md says what is in the file, and Specs/08-views.md what is in the views': held against real ones, read by
/// another program.
@Suite struct StorePageTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct Column: Hashable, Comparable, CustomStringConvertible {
        let table: String
        let name: String
        let type: String
        let mayBeNull: Bool
        var description: String { "\(table).\(name) \(type)\(mayBeNull ? "" : " NOT NULL")" }
        static func < (a: Column, b: Column) -> Bool { a.description < b.description }
    }

    private func repository(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The tables of a page: a heading of the third level, then rows of four.
    private func page(_ path: String) throws -> [Column] {
        var table: String?
        var columns: [Column] = []
        for line in try repository(path).split(separator: "\n") {
            if line.hasPrefix("#") { table = line.hasPrefix("### ") ? String(line.dropFirst(4)) : nil }
            guard let table, let match = line.firstMatch(of: /^\| `(\w+)` \| ([A-Z]+) \| (yes|no) \| .+ \|$/) else { continue }
            columns.append(Column(table: table, name: String(match.1), type: String(match.2), mayBeNull: match.3 == "yes"))
        }
        return columns.sorted()
    }

    @Test("T-18: the page has every table and column of the file, and no others")
    func columns() throws {
        _ = try SQLiteStore(directory: directory.path)
        let columns = try columns(of: OtherProgram(directory.database))
        #expect(!columns.isEmpty)
        #expect(try page("Specs/07-store.md") == columns)
    }

    @Test("V-26: the page of the views has every table and column of their file, and no others")
    func viewColumns() throws {
        _ = try ViewStore(directory: directory.path)
        let columns = try columns(of: OtherProgram(directory.path + "/" + ViewStore.fileName))
        #expect(Set(columns.map(\.table)).count == 10)
        #expect(try page("Specs/08-views.md") == columns)
    }

    @Test("V-26: every column of the views says in the schema's file what it is")
    func comments() throws {
        var isTable = false
        var silent: [String] = []
        for line in try repository("Sources/Store/Schema/views.sql").split(separator: "\n") {
            if line.hasPrefix("CREATE") { isTable = line.contains(" TABLE ") }
            if line.hasPrefix(")") { isTable = false }
            // A column begins with its name, in lower case; a constraint does not.
            if isTable, line.firstMatch(of: /^    [a-z_]+\b(?! =)/) != nil, !line.contains(" -- ") { silent.append(String(line)) }
        }
        #expect(silent == [])
    }

    /// What a file has. The words of an index have no type, and are text.
    private func columns(of program: OtherProgram) throws -> [Column] {
        var columns: [Column] = []
        let tables = try program.rows(
            """
            SELECT name, strict, type FROM pragma_table_list
            WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'
            """)
        for table in tables {
            let name = try #require(table[0].text)
            let isVirtual = table[2].text == "virtual"
            #expect(isVirtual || table[1].number == 1, "\(name) is strict")
            for row in try program.rows("SELECT name, type, \"notnull\" FROM pragma_table_info('\(name)')") {
                let type = isVirtual ? "TEXT" : try #require(row[1].text)
                columns.append(Column(table: name, name: try #require(row[0].text), type: type, mayBeNull: row[2].number == 0))
            }
        }
        return columns.sorted()
    }

    @Test("T-10, T-19, T-20, T-21: a row gives header, signature, body and checksum by the page alone")
    func rebuilding() throws {
        let store = try SQLiteStore(directory: directory.path)
        var alice = try Diary(in: store, seed: 1)
        var registry = try Diary(in: store, space: .registry, seed: 3)
        for length in [0, 1, 7, 8, 300] {
            try alice.write(in: store, bodyBytes: length)
            try registry.write(in: store, kind: Kind(code: 31), bodyBytes: length)
        }
        let written = try store.arrivals(after: .none, registryOnly: false, limit: .max)
        let program = try OtherProgram(directory.database)
        let rows = try program.rows(
            """
            SELECT entry.id, entry.header, beginning, signature, body, entry.log, branch, sequence, first_seen, well_formed, body_state,
                checksum, id_prefix FROM entry JOIN log ON log.number = entry.log ORDER BY arrival
            """)
        #expect(rows.count == written.count && rows.count == 10)
        for (row, stored) in zip(rows, written) {
            let id = try #require(row[0].bytes)
            let kept = try #require(row[1].bytes)
            let header = (kept.first ?? 0) >= 0x80 ? kept : try #require(row[2].bytes) + kept
            #expect(header == stored.entry.headerBytes && id == stored.entry.id.bytes.bytes)
            #expect(row[3].bytes == stored.entry.signature?.bytes)
            if case .present(let body) = stored.body {
                #expect(row[4].bytes == body.salt.bytes + body.bytes && row[10].number == 1)
            } else {
                #expect(row[4].bytes == nil && row[10].number == 0)
            }
            let numbers = try row[5...10].map { UInt64(bitPattern: try #require($0.number)) }
            let checksum = Self.checksum(numbers + Self.bigEndian(id), [header, row[3].bytes ?? [], row[4].bytes ?? []])
            #expect(row[11].number == Int64(bitPattern: checksum))
            #expect(row[12].number == Int64(bitPattern: Self.bigEndian(id)[0] ^ 0x8000_0000_0000_0000))
        }
        #expect(
            written.contains { $0.entry.header.incarnation > UInt64(Int64.max) } || written.contains { $0.entry.header.incarnation > 0 })
    }

    private static func bigEndian(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// As the page says it.
    private static func checksum(_ words: [UInt64], _ strings: [[UInt8]]) -> UInt64 {
        var all = words
        for bytes in strings {
            all.append(UInt64(bytes.count))
            for start in stride(from: 0, to: bytes.count, by: 8) {
                all.append(bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
        }
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for word in all {
            value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
            value ^= value >> 32
        }
        return value
    }
}
