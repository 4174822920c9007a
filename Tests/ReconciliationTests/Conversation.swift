import EntenteCodec
import EntenteReconciliation
import Testing

/// SplitMix64: the same numbers in every process for one seed. (Steele, Lea, Flood 2014)
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Item {
    /// An item whose id begins with the bytes of `prefix` and ends with zeros.
    static func at(_ timestamp: UInt64, _ prefix: [UInt8]) -> Item {
        guard let id = Bytes32(prefix + [UInt8](repeating: 0, count: 32 - prefix.count)),
            let item = Item(timestamp: timestamp, id: id)
        else { fatalError("the test names an item that cannot be") }
        return item
    }

    static func random(at timestamp: UInt64, using random: inout SeededRandom) -> Item {
        .at(timestamp, [UInt8](randomCount: 32, using: &random))
    }
}

extension ItemSet {
    /// One item at each of the timestamps, with ids from `seed`.
    static func at(_ timestamps: some Sequence<UInt64>, seed: UInt64) -> ItemSet {
        var random = SeededRandom(seed: seed)
        return .of(timestamps.map { .random(at: $0, using: &random) })
    }

    static func of(_ items: some Sequence<Item>) -> ItemSet {
        do { return try ItemSet(items) } catch { fatalError("\(error)") }
    }

    func adding(_ other: some Sequence<Item>) -> ItemSet { .of(items + other) }

    var ids: [Bytes32] { items.map(\.id) }
}

extension ReconciliationLimits {
    static func frame(_ bytes: Int) -> ReconciliationLimits { ReconciliationLimits(frameBytes: bytes) }
}

/// A whole session between alice, who asks, and bob, who answers.
struct Conversation: Equatable {
    /// From alice, from bob, in turn.
    var messages: [[UInt8]] = []
    var have: [Bytes32] = []
    var need: [Bytes32] = []
    var end: Reconciler.Next?

    init(
        _ alice: ItemSet, _ bob: ItemSet, aliceLimits: ReconciliationLimits = .standard, bobLimits: ReconciliationLimits = .standard
    ) throws {
        var asking = Reconciler(.initiator, limits: aliceLimits)
        try self.init(&asking, first: try asking.initiate(over: alice), alice, bob, bobLimits: bobLimits)
    }

    /// The rest of a session in which alice is about to send `first`.
    init(
        _ asking: inout Reconciler, first: [UInt8], _ alice: ItemSet, _ bob: ItemSet, bobLimits: ReconciliationLimits = .standard
    ) throws {
        var answering = Reconciler(.responder, limits: bobLimits)
        var message = first
        while end == nil {
            messages.append(message)
            let answer = try #require(try answering.reconcile(message, over: bob).reply)
            messages.append(answer)
            let outcome = try asking.reconcile(answer, over: alice)
            have += outcome.have
            need += outcome.need
            switch outcome.next {
            case .reply(let next): message = next
            case let other: end = other
            }
        }
    }
}

/// The naive oracle: what one side has and the other has not.
func difference(_ a: ItemSet, _ b: ItemSet) -> [Bytes32] { Set(a.ids).subtracting(b.ids).sorted() }

/// The ranges of a message, each with the bound where it begins.
func ranges(of message: [UInt8]) throws -> [(lower: ItemBound, range: ItemRange)] {
    var reader = try MessageReader(message)
    var lower = ItemBound.start
    var found: [(ItemBound, ItemRange)] = []
    while let range = try reader.next() {
        found.append((lower, range))
        lower = range.upper
    }
    return found
}

/// Finds what a message says that is not true of its sender's set, as the spec reads it: an oracle without indices or sums.
func falsehoods(in message: [UInt8], from sender: ItemSet) throws -> [String] {
    var found: [String] = []
    for (lower, range) in try ranges(of: message) {
        let truth = sender.items.filter { !lower.isAfter($0) && range.upper.isAfter($0) }
        switch range.content {
        case .skip: break
        case .list(let ids):
            if Array(ids) != truth.flatMap(\.id.bytes) { found.append("a list up to \(range.upper)") }
        case .fingerprint(let fingerprint):
            if fingerprint != ItemSet.of(truth).fingerprint(0..<truth.count) { found.append("a fingerprint up to \(range.upper)") }
        }
    }
    return found
}

/// Writes messages that no reconciler would, byte by byte as the specification says.
struct CraftedMessage {
    private(set) var bytes: [UInt8] = [0x61]
    private var last: UInt64 = 0

    private mutating func bound(_ bound: ItemBound) {
        if bound == .infinity {
            Varint.append(0, to: &bytes)
        } else {
            Varint.append(bound.timestamp - last + 1, to: &bytes)
            last = bound.timestamp
        }
        Varint.append(UInt64(bound.prefixBytes), to: &bytes)
        bytes += bound.id.bytes.prefix(bound.prefixBytes)
    }

    mutating func skip(to upper: ItemBound) {
        bound(upper)
        bytes.append(0)
    }

    mutating func fingerprint(_ fingerprint: Bytes16, to upper: ItemBound) {
        bound(upper)
        bytes.append(1)
        bytes += fingerprint.bytes
    }

    mutating func list(_ ids: [Bytes32], to upper: ItemBound) {
        bound(upper)
        bytes.append(2)
        Varint.append(UInt64(ids.count), to: &bytes)
        for id in ids { id.appendBytes(to: &bytes) }
    }
}

extension ItemBound {
    static func at(_ timestamp: UInt64) -> ItemBound {
        guard let bound = ItemBound(timestamp: timestamp, prefix: []) else { fatalError("an empty prefix fits") }
        return bound
    }
}
