import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Glibc

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

    /// `entry.about`.
    static func about(_ header: Header) -> Int64? { header.target?.bytes.prefixKey }

    /// The checksum of a row; `body` is empty for null.
    static func checksum(
        log: Int64, branch: Int64, sequence: Int64, firstSeen: Int64, wellFormed: Int64, bodyState: Int64,
        id: Bytes32, header: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) -> Int64 {
        var checksum = RowChecksum()
        checksum.add(log)
        checksum.add(branch)
        checksum.add(sequence)
        checksum.add(firstSeen)
        checksum.add(wellFormed)
        checksum.add(bodyState)
        checksum.add(id.words.0)
        checksum.add(id.words.1)
        checksum.add(id.words.2)
        checksum.add(id.words.3)
        checksum.add(header)
        checksum.add(signature)
        checksum.add(body)
        return Int64(bitPattern: checksum.value)
    }

    /// The signature, or key and signature of each root signature, one behind the other.
    static func join(_ signatures: Entry.Signatures, in buffer: JoinedBytes) -> UnsafeRawBufferPointer {
        buffer.removeAll()
        switch signatures {
        case .device(let signature): buffer.append(signature)
        case .quorum(let signatures):
            for item in signatures {
                buffer.append(item.key.bytes)
                buffer.append(item.signature)
            }
        }
        return buffer.bytes
    }

    /// The salt and the body; nothing for a body that is not there.
    static func join(_ body: StoredBody, in buffer: JoinedBytes) -> UnsafeRawBufferPointer {
        buffer.removeAll()
        if case .present(let body) = body {
            buffer.append(body.salt)
            buffer.append(body.bytes)
        }
        return buffer.bytes
    }

    /// The row that `statement` stands on, whose columns are those of `Query.entryColumns`; `beginning` is its log's.
    static func read(_ statement: PreparedStatement, beginning: [UInt8]) throws(StoreFailure) -> StoredEntry {
        let arrival = statement.int64(0)
        let id = try statement.bytes32(8)
        let (signature, body) = (statement.borrowed(10), statement.borrowed(11))
        let header = Self.header(statement.borrowed(9), beginning: beginning)
        let checksum = header.withUnsafeBytes {
            Self.checksum(
                log: statement.int64(1), branch: statement.int64(2), sequence: statement.int64(3), firstSeen: statement.int64(4),
                wellFormed: statement.int64(5), bodyState: statement.int64(6), id: id, header: $0, signature: signature, body: body)
        }
        guard checksum == statement.int64(7) else { throw .corrupt("entry \(EntryID(id)), number \(arrival), is not as it was written") }
        guard let stored = Self.stored(arrival: arrival, statement, id: id, header: header, signature: signature, body: body) else {
            throw .corrupt("entry \(EntryID(id)), number \(arrival), cannot be read")
        }
        return stored
    }

    /// A whole header begins as an array, the rest of one as a number.
    private static func header(_ stored: UnsafeRawBufferPointer, beginning: [UInt8]) -> [UInt8] {
        guard let first = stored.first, first < Self.firstByteOfWhole else { return Array(stored) }
        return [UInt8](unsafeUninitializedCapacity: beginning.count + stored.count) { buffer, count in
            count = beginning.count + stored.count
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.copyBytes(from: beginning)
            UnsafeMutableRawBufferPointer(rebasing: raw[beginning.count...]).copyMemory(from: stored)
        }
    }

    /// What the row says of a header: the bytes behind `beginning`, or all of them where it begins otherwise.
    static func rest(of header: UnsafeRawBufferPointer, behind beginning: [UInt8]) -> UnsafeRawBufferPointer {
        let begins = beginning.withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress, let base = header.baseAddress, header.count > bytes.count else { return false }
            return memcmp(first, base, bytes.count) == 0
        }
        return begins ? UnsafeRawBufferPointer(rebasing: header[beginning.count...]) : header
    }

    /// Major type 4 of CBOR. (RFC 8949 §3.1)
    private static let firstByteOfWhole: UInt8 = 0x80

    /// Nil for what no version of ours writes.
    private static func stored(
        arrival: Int64, _ statement: PreparedStatement, id: Bytes32, header: [UInt8],
        signature: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) -> StoredEntry? {
        guard let signatures = signatures(signature) else { return nil }
        let entry = try? Entry(uncheckedHeaderBytes: header, signatures: signatures, id: EntryID(id))
        guard let entry, entry.header.sequence == statement.bits(3), let branch = Int(exactly: statement.int64(2)) else { return nil }
        let storedBody: StoredBody
        switch BodyState(rawValue: statement.int64(6)) {
        case .some(.none): storedBody = .none
        case .present:
            guard body.count >= Bytes16.count else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: body[Bytes16.count...])
            storedBody = .present(Body(salt: Bytes16(loading: body), bytes: Array(bytes)))
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

extension Bytes16 {
    /// The first 16 bytes of `buffer`, which has as many.
    @inline(__always)
    init(loading buffer: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 { UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        self.init(words: (word(0), word(8)))
    }
}

extension Signature {
    /// The first 64 bytes of `buffer`, which has as many.
    init(loading buffer: UnsafeRawBufferPointer) {
        self.init(r: Bytes32(loading: buffer), s: Bytes32(loading: UnsafeRawBufferPointer(rebasing: buffer[Bytes32.count...])))
    }
}
