import EntenteCodec

/// Writes the ranges of one message over the items of `source`, and knows at each moment up to where it has truly written.
///
/// Each method describes the range from there on, so what is said of a range cannot be about another one. A range that
/// does not fit any more is taken back whole with `undo`.
struct MessageWriter<Source: ItemSource> {
    /// A moment to which the writer can go back.
    struct Mark {
        fileprivate let byteCount: Int
        fileprivate let upper: ItemBound
        fileprivate let upperIndex: Int
        fileprivate let firstOpen: OpenRange?
    }

    private let source: Source
    private(set) var bytes: [UInt8] = [MessageReader.version]
    /// Up to where ranges have been written.
    private var upper = ItemBound.start
    /// The index of the first item that is not before `upper`.
    private var upperIndex = 0
    /// The first range that is no skip.
    private(set) var firstOpen: OpenRange?

    init(over source: Source) { self.source = source }

    var mark: Mark { Mark(byteCount: bytes.count, upper: upper, upperIndex: upperIndex, firstOpen: firstOpen) }

    mutating func undo(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.byteCount)
        upper = mark.upper
        upperIndex = mark.upperIndex
        firstOpen = mark.firstOpen
    }

    /// Has nothing to say up to `bound`, before which the item at `index` is the first that is not.
    mutating func skip(to bound: ItemBound, index: Int) {
        append(bound, mode: ItemRange.Mode.skip)
        moved(to: bound, index: index)
    }

    /// The fingerprint of all items up to `bound`.
    mutating func fingerprint(to bound: ItemBound, index: Int) {
        open(to: bound)
        append(bound, mode: ItemRange.Mode.fingerprint)
        bytes += source.fingerprint(upperIndex..<index).bytes
        moved(to: bound, index: index)
    }

    /// The ids of all items up to `bound`.
    mutating func list(to bound: ItemBound, index: Int) {
        open(to: bound)
        append(bound, mode: ItemRange.Mode.list)
        Varint.append(UInt64(index - upperIndex), to: &bytes)
        bytes.reserveCapacity(bytes.count + (index - upperIndex) * Bytes32.count)
        for index in upperIndex..<index { source.item(at: index).id.appendBytes(to: &bytes) }
        moved(to: bound, index: index)
    }

    /// All items up to `bound`: as ids if they are few, or else as the fingerprints of 16 parts of them.
    mutating func split(to bound: ItemBound, index: Int) {
        let count = index - upperIndex
        guard count >= ReconciliationLimits.listItemsEnd else { return list(to: bound, index: index) }
        // The first parts have one item more until the division comes out even.
        let (share, larger) = count.quotientAndRemainder(dividingBy: ReconciliationLimits.buckets)
        for part in 0..<ReconciliationLimits.buckets {
            let end = upperIndex + share + (part < larger ? 1 : 0)
            let partBound = end == index ? bound : ItemBound(between: source.item(at: end - 1), and: source.item(at: end))
            fingerprint(to: partBound, index: end)
        }
    }

    private mutating func open(to bound: ItemBound) {
        if firstOpen == nil { firstOpen = OpenRange(lower: upper, upper: bound) }
    }

    private mutating func moved(to bound: ItemBound, index: Int) {
        upper = bound
        upperIndex = index
    }

    private mutating func append(_ bound: ItemBound, mode: UInt64) {
        if bound == .infinity {
            Varint.append(0, to: &bytes)
        } else {
            // Bounds ascend and are below infinity, so neither step wraps; it would be a wrong message, not a stop.
            Varint.append(bound.timestamp &- upper.timestamp &+ 1, to: &bytes)
        }
        Varint.append(UInt64(bound.prefixBytes), to: &bytes)
        bytes += bound.id.bytes.prefix(bound.prefixBytes)
        Varint.append(mode, to: &bytes)
    }
}

/// The first range of a message that is not settled: what progress is measured by.
struct OpenRange: Hashable, Sendable {
    let lower: ItemBound
    let upper: ItemBound

    /// True if all before a later place is settled, or the same beginning has a nearer end.
    func isProgress(from earlier: OpenRange) -> Bool {
        lower > earlier.lower || (lower == earlier.lower && upper < earlier.upper)
    }
}
