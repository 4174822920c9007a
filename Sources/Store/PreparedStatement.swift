import EntenteCodec
import EntenteReplica
import GRDBSQLite

/// One SQL statement, prepared once. Bind, step until there is no row, reset.
///
/// Columns are read before the next step; bytes that are bound are not copied, so they must live until the reset.
final class PreparedStatement {
    private let pointer: OpaquePointer
    private unowned let connection: Connection
    /// Thirty-two bytes for each parameter, so that ids are bound without a buffer of their own.
    private let idBytes: UnsafeMutableRawBufferPointer

    init(_ sql: String, on connection: Connection) throws(StoreFailure) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.pointer, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw connection.failure(code) }
        pointer = statement
        self.connection = connection
        idBytes = .allocate(byteCount: Bytes32.count * max(1, Int(sqlite3_bind_parameter_count(statement))), alignment: 8)
    }

    deinit {
        sqlite3_finalize(pointer)
        idBytes.deallocate()
    }

    // MARK: Binding. Parameters are numbered from 1.

    @inline(__always)
    func bind(_ index: Int32, _ value: Int64) { check(sqlite3_bind_int64(pointer, index, value)) }

    @inline(__always)
    func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }

    @inline(__always)
    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    @inline(__always)
    func bindNull(_ index: Int32) { check(sqlite3_bind_null(pointer, index)) }

    /// All 64 bits, as the signed number that has them.
    @inline(__always)
    func bind(bits value: UInt64, _ index: Int32) { bind(index, Int64(bitPattern: value)) }

    @inline(__always)
    func bind(_ index: Int32, _ bytes: Bytes32) {
        let place = UnsafeMutableRawBufferPointer(rebasing: idBytes[(Int(index) - 1) * Bytes32.count..<Int(index) * Bytes32.count])
        bytes.copyBytes(to: place)
        check(sqlite3_bind_blob(pointer, index, place.baseAddress, Int32(Bytes32.count), nil))
    }

    func bind(_ index: Int32, _ bytes: Bytes32?) {
        if let bytes { bind(index, bytes) } else { bindNull(index) }
    }

    /// The bytes stay the caller's until the reset.
    @inline(__always)
    func bind(_ index: Int32, lending bytes: UnsafeRawBufferPointer) {
        // A null pointer would bind null, not no bytes.
        if let base = bytes.baseAddress, !bytes.isEmpty {
            check(sqlite3_bind_blob(pointer, index, base, Int32(bytes.count), nil))
        } else {
            check(sqlite3_bind_zeroblob(pointer, index, 0))
        }
    }

    func bind(_ index: Int32, copying bytes: [UInt8]) {
        guard !bytes.isEmpty else { return check(sqlite3_bind_zeroblob(pointer, index, 0)) }
        check(sqlite3_bind_blob(pointer, index, bytes, Int32(bytes.count), Self.transient))
    }

    func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                // The bytes are counted, so an empty text needs an address all the same.
                if let base = characters.baseAddress, !characters.isEmpty {
                    check(sqlite3_bind_text(pointer, index, base, Int32(characters.count), Self.transient))
                } else {
                    check(sqlite3_bind_text(pointer, index, "", 0, Self.transient))
                }
            }
        }
    }

    func bind(_ index: Int32, _ text: String?) {
        if let text { bind(index, text) } else { bindNull(index) }
    }

    /// SQLite copies what is bound with it. (sqlite3.h: SQLITE_TRANSIENT)
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// A parameter that the statement does not have is a bug of ours; memory does not run out on Linux.
    @inline(__always)
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "the statement has this parameter, and it is reset")
    }

    // MARK: Running

    /// True if there is a row; the statement is reset after the last one and after a failure.
    @inline(__always)
    func step() throws(StoreFailure) -> Bool {
        let code = sqlite3_step(pointer)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE {
            sqlite3_reset(pointer)
            return false
        }
        let failure = connection.failure(code)
        sqlite3_reset(pointer)
        throw failure
    }

    /// Runs a statement that has no rows.
    @inline(__always)
    func run() throws(StoreFailure) {
        let hasRow = try step()
        precondition(!hasRow, "this statement has no rows")
    }

    /// Steps of SQLite's virtual machine since the statement was prepared.
    var stepCount: Int { Int(sqlite3_stmt_status(pointer, SQLITE_STMTSTATUS_VM_STEP, 0)) }

    @inline(__always)
    func reset() { sqlite3_reset(pointer) }

    // MARK: Reading the row. Columns are numbered from 0.

    @inline(__always)
    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    @inline(__always)
    func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: int64(column)) }

    func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

    @inline(__always)
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    /// The bytes, valid until the next step.
    @inline(__always)
    func borrowed(_ column: Int32) -> UnsafeRawBufferPointer {
        let base = sqlite3_column_blob(pointer, column)
        return UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : Int(sqlite3_column_bytes(pointer, column)))
    }

    @inline(__always)
    func bytes(_ column: Int32) -> [UInt8] { Array(borrowed(column)) }

    /// Thirty-two bytes; anything else is damage.
    func bytes32(_ column: Int32) throws(StoreFailure) -> Bytes32 {
        let bytes = borrowed(column)
        guard bytes.count == Bytes32.count else { throw .corrupt("an id has not 32 bytes") }
        return Bytes32(loading: bytes)
    }

    func optionalBytes32(_ column: Int32) throws(StoreFailure) -> Bytes32? { isNull(column) ? nil : try bytes32(column) }

    func text(_ column: Int32) -> String { String(decoding: borrowed(column), as: UTF8.self) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}

extension Bytes32 {
    /// Writes the 32 bytes to the beginning of `buffer`.
    @inline(__always)
    func copyBytes(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: words.0.bigEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
        buffer.storeBytes(of: words.3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The first eight bytes as a signed number that is ordered as they are: the highest bit is turned.
    @inline(__always)
    var prefixKey: Int64 { Int64(bitPattern: prefix64 ^ (1 << 63)) }
}
