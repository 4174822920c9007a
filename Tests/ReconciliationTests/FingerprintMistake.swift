import EntenteCodec
import EntenteCrypto
import EntenteReconciliation

/// A way to compute the fingerprint of a range that is not R-9's, and that somebody may take for it.
struct FingerprintMistake {
    let reason: String
    let set: String
    let from: Int
    let to: Int
    /// Of the items of the set, between these two places.
    let fingerprint: ([Item], Int, Int) -> [UInt8]

    static var all: [FingerprintMistake] {
        [
            of("the number of items is left out") { SHA256.hash(sum($0)).bytes.first16 },
            of("the number of items is written in eight bytes") {
                SHA256.hash(sum($0) + [UInt8](repeating: 0, count: 7) + [UInt8($0.count)]).bytes.first16
            },
            of("the last 16 bytes of the hash are taken") { Array(hash($0).suffix(16)) },
            of("the ids are read with the most significant byte first") {
                let total = Array(sum($0.map { $0.id.bytes.reversed() }).reversed())
                return SHA256.hash(total + varint($0.count)).bytes.first16
            },
            of("the ids are not added but combined by exclusive or") {
                let zero = [UInt8](repeating: 0, count: 32)
                let total = $0.reduce(zero) { total, item in zip(total, item.id.bytes).map { $0 ^ $1 } }
                return SHA256.hash(total + varint($0.count)).bytes.first16
            },
            of("the ids are joined and not added") { SHA256.hash($0.flatMap(\.id.bytes) + varint($0.count)).bytes.first16 },
            of("the hash is BLAKE2b") { Blake2b.hash256(sum($0) + varint($0.count)).bytes.first16 },
            of("what goes beyond 2^256 is kept", set: "wrap", to: 2) {
                SHA256.hash(sum($0.map(\.id.bytes), isCarryKept: true) + varint($0.count)).bytes.first16
            },
            of("the number of items is written with the least significant digit first", set: "manyBobSpread", to: 128) {
                SHA256.hash(sum($0) + [0x80, 1]).bytes.first16
            },
            of("a range without items has no hash", from: 20, to: 20) { _ in [UInt8](repeating: 0, count: 16) },
            FingerprintMistake(reason: "the item at the upper bound is counted in", set: "fifty", from: 10, to: 33) { items, from, to in
                hash(Array(items[from...to])).first16
            },
        ]
    }

    private static func of(
        _ reason: String, set: String = "fifty", from: Int = 0, to: Int = 50, _ fingerprint: @escaping ([Item]) -> [UInt8]
    ) -> FingerprintMistake {
        FingerprintMistake(reason: reason, set: set, from: from, to: to) { items, from, to in fingerprint(Array(items[from..<to])) }
    }

    private static func hash(_ items: [Item]) -> [UInt8] { SHA256.hash(sum(items) + varint(items.count)).bytes }

    private static func varint(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        Varint.append(UInt64(count), to: &bytes)
        return bytes
    }

    private static func sum(_ items: [Item]) -> [UInt8] { sum(items.map(\.id.bytes)) }

    /// Little-endian; what goes beyond 32 bytes is left out, or one byte more.
    private static func sum(_ ids: [[UInt8]], isCarryKept: Bool = false) -> [UInt8] {
        var total = [UInt8](repeating: 0, count: 33)
        for id in ids {
            var carry = 0
            for index in total.indices {
                carry += Int(total[index]) + (index < 32 ? Int(id[index]) : 0)
                total[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
        }
        return isCarryKept ? total : Array(total.prefix(32))
    }
}

extension [UInt8] {
    fileprivate var first16: [UInt8] { Array(prefix(16)) }
}
