import EntenteCodec
import EntenteModel

/// The keys of one identity: who may sign for it, and up to where. (authority, section 3: `K`)
///
/// It reads the key entries of its own identity and nothing else: no administrator reaches it, and it reaches no
/// administrator. An identity that never wrote a key entry has none: its inception key is its only key.
struct KeyLayer: Sendable {
    let identity: Ref
    /// Key entries of the identity that are in the set, whoever signed them.
    var acts: [Ref] = []
    /// The key.recover entries at sequence number 0, by the commitment that their signer's key fits.
    var candidates: [Bytes32: [Ref]] = [:]

    // What `settle` finds.

    struct Standing: Equatable, Sendable {
        let key: Int32
        /// 0 a used recovery key, 1 a primary, 2 a device.
        let rank: UInt8
        /// Of a primary: 0 for the inception's key, n for the one that the nth recovery named.
        let place: Int32
        /// Something of the identity's own ended it: what it signed needs a tip that rescues it.
        var isHit: Bool
    }
    /// Ascending by key number; a key that is not here is not enrolled.
    private(set) var standings: [Standing] = []
    /// Accepted ones, in order.
    var recoveries: [Ref] = []
    /// By log: where the suffixes begin that recoveries take back.
    var suffixes: [Int32: [LogPosition]] = [:]
    /// By log: the tips of recoveries, with their place (1 for the first).
    var recoveryTips: [Int32: [RecoveryTip]] = [:]
    /// By log: the tips of key.remove and key.vouch in force, with the rank of the signer.
    var keyTips: [Int32: [KeyTip]] = [:]

    struct RecoveryTip: Equatable, Sendable {
        let place: Int32
        let position: LogPosition
    }
    struct KeyTip: Equatable, Sendable {
        let rank: UInt8
        let position: LogPosition
    }

    init(identity: Ref) { self.identity = identity }

    /// Where in `standings` the key stands, or where it would.
    private func index(of key: Int32) -> Int {
        var low = 0
        var high = standings.count
        while low < high {
            let middle = (low + high) / 2
            if standings[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func standing(of key: Int32) -> Standing? {
        let index = index(of: key)
        return index < standings.count && standings[index].key == key ? standings[index] : nil
    }

    /// Gives the key a standing, or another one in place of the one that it has.
    mutating func set(_ standing: Standing) {
        let index = index(of: standing.key)
        if index < standings.count, standings[index].key == standing.key {
            standings[index] = standing
        } else {
            standings.insert(standing, at: index)
        }
    }

    /// The layer as it is before it is settled.
    var forgettingDecisions: KeyLayer {
        var layer = KeyLayer(identity: identity)
        layer.acts = acts
        layer.candidates = candidates
        return layer
    }

    /// The tips in `log` that rescue what a key of that standing signed.
    func rescues(_ standing: Standing, log: Int32) -> [LogPosition] {
        // The recoveries that hit a primary are those after its place; a device is rescued by any.
        let recovered = (recoveryTips[log] ?? []).filter { standing.rank == 2 || $0.place > standing.place }.map(\.position)
        return recovered + (keyTips[log] ?? []).filter { $0.rank < standing.rank }.map(\.position)
    }

    // MARK: What changed

    /// The keys whose standing is not the same in both.
    func keysChanged(from other: KeyLayer) -> [Int32] {
        if standings == other.standings { return [] }
        let keys = Set(standings.map(\.key) + other.standings.map(\.key))
        return keys.filter { standing(of: $0) != other.standing(of: $0) }.sorted()
    }

    /// The logs in which suffixes or tips are not the same in both.
    func logsChanged(from other: KeyLayer) -> [Int32] {
        if suffixes == other.suffixes, recoveryTips == other.recoveryTips, keyTips == other.keyTips { return [] }
        var logs: Set<Int32> = []
        for layer in [self, other] {
            logs.formUnion(layer.suffixes.keys)
            logs.formUnion(layer.recoveryTips.keys)
            logs.formUnion(layer.keyTips.keys)
        }
        return logs.filter {
            suffixes[$0] != other.suffixes[$0] || recoveryTips[$0] != other.recoveryTips[$0] || keyTips[$0] != other.keyTips[$0]
        }.sorted()
    }
}

/// What an identity's own keys say of one entry.
struct KeyVerdict {
    /// 0 to 2; nil where the key is not enrolled.
    var rank: UInt8?
    var isInForce: Bool
    static let unknown = KeyVerdict(rank: nil, isInForce: false)
}
