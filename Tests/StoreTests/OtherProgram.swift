import GRDBSQLite
import Testing

/// Another program that opens the same file with SQLite.
final class OtherProgram {
    private var pointer: OpaquePointer?

    init(_ path: String) throws {
        try #require(sqlite3_open(path, &pointer) == SQLITE_OK)
    }

    func run(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sqlite3_exec(pointer, sql, nil, nil, nil) == SQLITE_OK, sourceLocation: sourceLocation)
    }

    enum Value {
        case number(Int64)
        case text(String)
        case bytes([UInt8])
        case null

        var number: Int64? { if case .number(let number) = self { number } else { nil } }
        var text: String? { if case .text(let text) = self { text } else { nil } }
        var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    }

    /// All rows that a question has for an answer.
    func rows(_ sql: String) throws -> [[Value]] {
        var statement: OpaquePointer?
        try #require(sqlite3_prepare_v2(pointer, sql, -1, &statement, nil) == SQLITE_OK)
        defer { sqlite3_finalize(statement) }
        var rows: [[Value]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    switch sqlite3_column_type(statement, column) {
                    case SQLITE_INTEGER: return .number(sqlite3_column_int64(statement, column))
                    case SQLITE_TEXT: return .text(String(cString: sqlite3_column_text(statement, column)))
                    case SQLITE_BLOB:
                        let count = Int(sqlite3_column_bytes(statement, column))
                        guard count > 0, let bytes = sqlite3_column_blob(statement, column) else { return .bytes([]) }
                        return .bytes([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
                    default: return .null
                    }
                })
        }
        return rows
    }

    func close() {
        sqlite3_close(pointer)
        pointer = nil
    }

    deinit { close() }
}
