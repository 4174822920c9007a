import CSodium

/// libsodium, started once before its first use.
enum Sodium {
    /// Zero or one: the library chose its implementations. It cannot fail later.
    private static let state = sodium_init()

    @inline(__always)
    static func start() {
        precondition(state >= 0, "libsodium could not be started")
    }
}

/// Secret bytes that are overwritten when the last reference goes.
///
/// A class, so that a copy of the value that holds it is no copy of the secret.
package final class SecretBytes: Sendable {
    package let count: Int
    /// Written in `init` and `deinit` alone, so sharing it is safe.
    nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer

    package init(_ bytes: some Collection<UInt8>) {
        Sodium.start()
        count = bytes.count
        memory = .allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
    }

    deinit {
        sodium_memzero(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    /// A copy, for a file or another primitive. The copy is the caller's to forget.
    package var bytes: [UInt8] { Array(memory.prefix(count)) }

    func withBytes<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R {
        guard let base = memory.baseAddress else { preconditionFailure("allocated in init") }
        return body(base.assumingMemoryBound(to: UInt8.self))
    }
}

/// Compares without telling by the time taken where the first difference is.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    Sodium.start()
    return a.count == b.count && sodium_memcmp(a, b, a.count) == 0
}
