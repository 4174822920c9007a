/// What tells a row that was written from one that has changed since: SQLite has no checksum in its database file.
///
/// Not cryptographic: it finds faults of disks and memory, and each changed word changes it. Who can write the file can
/// write it too; `verify` finds those by the signatures. (Specs/07-store.md, T-10)
struct RowChecksum {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// For a given word each step is a permutation of the value, and for a given value one of the word.
    @inline(__always)
    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 32
    }

    @inline(__always)
    mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    /// The number of bytes, then the bytes as little-endian words, the last one filled up with zeros.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(UInt64(bytes.count))
        guard let base = bytes.baseAddress else { return }
        let wordCount = bytes.count / 8
        for index in 0..<wordCount { add(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self))) }
        guard 8 * wordCount < bytes.count else { return }
        var last: UInt64 = 0
        for (place, byte) in bytes[(8 * wordCount)...].enumerated() { last |= UInt64(byte) << UInt64(8 * place) }
        add(last)
    }
}
