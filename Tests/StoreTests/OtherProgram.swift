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

    func close() {
        sqlite3_close(pointer)
        pointer = nil
    }

    deinit { close() }
}
