import EntenteCodec
import EntenteCrypto
import EntenteModel

/// The sum of the hashes of a set of heads, modulo 2^512: equal sums, equal sets.
///
/// Kept by adding and subtracting one hash for each head that comes or goes, in any order. A sum of 256 bits would fall
/// to Wagner's generalised birthday attack; 512 bits do not. (Wagner, "A Generalized Birthday Problem", 2002;
/// Specs/06-gossip.md)
package struct HeadSum: Hashable, Sendable {
    package static let byteCount = 64
    private static let domain = Array("entente/head/1".utf8)

    /// Least significant word first.
    private var words = [UInt64](repeating: 0, count: 8)

    package init() {}

    /// Nil unless there are exactly 64 bytes, least significant first.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
    }

    package var bytes: [UInt8] {
        words.flatMap { word in stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) } }
    }

    package mutating func add(_ head: EntryID) { combine(head) { $0.addingReportingOverflow($1) } }
    package mutating func subtract(_ head: EntryID) { combine(head) { $0.subtractingReportingOverflow($1) } }

    private mutating func combine(_ head: EntryID, _ operation: (UInt64, UInt64) -> (partialValue: UInt64, overflow: Bool)) {
        guard let term = HeadSum(bytes: Blake2b.hash512(Self.domain, head.bytes.bytes)) else { return }
        var carry: UInt64 = 0
        for index in words.indices {
            let (first, overflow1) = operation(words[index], term.words[index])
            let (second, overflow2) = operation(first, carry)
            words[index] = second
            carry = overflow1 || overflow2 ? 1 : 0
        }
    }
}
