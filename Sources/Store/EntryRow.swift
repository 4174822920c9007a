import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// How the signed part of an entry and its body lie in a row of `entry`, and what is read back of it.
enum EntryRow {
    /// `entry.body_state`.
    enum BodyState: Int64 {
        case none = 0
        case present = 1
        case missing = 2
        case erased = 3

        init(_ body: StoredBody) {
            switch body {
            case .none: self = .none
            case .present: self = .present
            case .missing: self = .missing
            case .erased: self = .erased
            }
        }
    }

    /// The checksum of a row; `body` is empty for null.
    static func checksum(
        log: Int64, branch: Int64, sequence: Int64, firstSeen: Int64, wellFormed: Int64, bodyState: Int64,
        id: UnsafeRawBufferPointer, header: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) -> Int64 {
        var checksum = RowChecksum()
        for number in [log, branch, sequence, firstSeen, wellFormed, bodyState] { checksum.add(number) }
        checksum.add(id)
        checksum.add(header)
        checksum.add(signature)
        checksum.add(body)
        return Int64(bitPattern: checksum.value)
    }

    /// The signature, or key and signature of each root signature, one behind the other.
    static func append(_ signatures: Entry.Signatures, to out: inout [UInt8]) {
        switch signatures {
        case .device(let signature): signature.appendBytes(to: &out)
        case .quorum(let signatures):
            for item in signatures {
                item.key.bytes.appendBytes(to: &out)
                item.signature.appendBytes(to: &out)
            }
        }
    }

    /// The row that `statement` stands on, whose columns are those of `Query.entryColumns`.
    static func read(_ statement: PreparedStatement) throws(StoreFailure) -> StoredEntry {
        let arrival = statement.int64(0)
        let body = statement.borrowed(11)
        let (id, header, signature) = (statement.borrowed(8), statement.borrowed(9), statement.borrowed(10))
        let checksum = checksum(
            log: statement.int64(1), branch: statement.int64(2), sequence: statement.int64(3), firstSeen: statement.int64(4),
            wellFormed: statement.int64(5), bodyState: statement.int64(6), id: id, header: header, signature: signature, body: body)
        guard checksum == statement.int64(7) else { throw .corrupt("entry \(arrival) is not as it was written") }
        let stored = try stored(arrival: arrival, statement, id: id, header: header, signature: signature, body: body)
        guard let stored else { throw .corrupt("entry \(arrival) cannot be read") }
        return stored
    }

    /// Nil for what no version of ours writes.
    private static func stored(
        arrival: Int64, _ statement: PreparedStatement, id: UnsafeRawBufferPointer, header: UnsafeRawBufferPointer,
        signature: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) throws(StoreFailure) -> StoredEntry? {
        guard id.count == Bytes32.count, let signatures = signatures(signature) else { return nil }
        let entry = try? Entry(uncheckedHeaderBytes: Array(header), signatures: signatures, id: EntryID(Bytes32(loading: id)))
        guard let entry, entry.header.sequence == statement.bits(3), let branch = Int(exactly: statement.int64(2)) else { return nil }
        let storedBody: StoredBody
        switch BodyState(rawValue: statement.int64(6)) {
        case .some(.none): storedBody = .none
        case .present:
            guard body.count >= Bytes16.count, let salt = Bytes16(body.prefix(Bytes16.count)) else { return nil }
            storedBody = .present(Body(salt: salt, bytes: Array(body.dropFirst(Bytes16.count))))
        case .missing: storedBody = .missing
        case .erased: storedBody = .erased
        case nil: return nil
        }
        return StoredEntry(
            arrival: Arrival(arrival), log: LogID(statement.int64(1)), branch: branch, entry: entry, body: storedBody,
            firstSeen: Timestamp(milliseconds: statement.bits(4)), wellFormed: statement.int64(5) != 0)
    }

    private static let rootSignatureBytes = Bytes32.count + Signature.count

    /// A device's signature has 64 bytes; no number of root signatures has.
    private static func signatures(_ bytes: UnsafeRawBufferPointer) -> Entry.Signatures? {
        if bytes.count == Signature.count { return .device(Signature(loading: bytes)) }
        guard bytes.count.isMultiple(of: rootSignatureBytes) else { return nil }
        return .quorum(
            stride(from: 0, to: bytes.count, by: rootSignatureBytes).map { start in
                let item = UnsafeRawBufferPointer(rebasing: bytes[start..<start + rootSignatureBytes])
                let signature = Signature(loading: UnsafeRawBufferPointer(rebasing: item[Bytes32.count...]))
                return Entry.RootSignature(key: DeviceKey(Bytes32(loading: item)), signature: signature)
            })
    }
}

extension Bytes32 {
    /// The first 32 bytes of `buffer`, which has as many.
    @inline(__always)
    init(loading buffer: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 { UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        self.init(words: (word(0), word(8), word(16), word(24)))
    }
}

extension Signature {
    /// The first 64 bytes of `buffer`, which has as many.
    init(loading buffer: UnsafeRawBufferPointer) {
        self.init(r: Bytes32(loading: buffer), s: Bytes32(loading: UnsafeRawBufferPointer(rebasing: buffer[Bytes32.count...])))
    }
}
