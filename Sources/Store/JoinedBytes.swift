import EntenteCodec
import EntenteCrypto

/// Bytes that are joined to be bound as one value: memory that is used again and again, so that a row costs no allocation.
final class JoinedBytes {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 8)
    private var count = 0

    deinit { memory.deallocate() }

    /// What was joined since the last `removeAll`; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    func removeAll() { count = 0 }

    func append(_ bytes: Bytes32) {
        bytes.copyBytes(to: room(for: Bytes32.count))
        count += Bytes32.count
    }

    func append(_ bytes: Bytes16) {
        let room = room(for: Bytes16.count)
        room.storeBytes(of: bytes.words.0.bigEndian, toByteOffset: 0, as: UInt64.self)
        room.storeBytes(of: bytes.words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
        count += Bytes16.count
    }

    func append(_ signature: Signature) {
        append(signature.r)
        append(signature.s)
    }

    func append(_ bytes: [UInt8]) {
        room(for: bytes.count).copyBytes(from: bytes)
        count += bytes.count
    }

    /// At least `more` bytes behind the last one.
    @inline(__always)
    private func room(for more: Int) -> UnsafeMutableRawBufferPointer {
        if count + more > memory.count { grow(to: count + more) }
        return UnsafeMutableRawBufferPointer(rebasing: memory[count...])
    }

    private func grow(to needed: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(needed, 2 * memory.count), alignment: 8)
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }
}
