import EntenteCodec
import EntenteModel

/// Ids by number and numbers by id, numbered in order of first sight.
///
/// An open table of eight bytes a place: half of them a part of the hash, half the number. It grows without hashing
/// again, and a place that holds another id is passed over without looking at it. The hash is the language's own,
/// whose secret nobody outside knows: others choose the ids.
struct EntryNumbers: Sendable {
    private(set) var ids: [EntryID] = []
    /// The upper half the upper half of the hash, the lower half the number and one; 0 for an empty place.
    private var places: [UInt64] = [0, 0, 0, 0]

    private static func hash(_ id: EntryID) -> UInt64 {
        var hasher = Hasher()
        id.bytes.hash(into: &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000

    /// The place of `id`, or the empty place where it belongs. The tag alone leads there, so that growing need not hash.
    private func place(_ id: EntryID, _ tag: UInt64) -> Int {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: tag >> 32) & mask
        while true {
            let found = places[place]
            if found == 0 { return place }
            if found & Self.tagMask == tag, ids[Int(found & ~Self.tagMask) - 1] == id { return place }
            place = (place + 1) & mask
        }
    }

    /// The number of `id`, or `.none`.
    func find(_ id: EntryID) -> Ref {
        let found = places[place(id, Self.hash(id) & Self.tagMask)]
        return Ref(truncatingIfNeeded: found & ~Self.tagMask) - 1
    }

    /// The number of `id`, and whether it is new.
    mutating func intern(_ id: EntryID) -> (number: Ref, isNew: Bool) {
        let tag = Self.hash(id) & Self.tagMask
        let place = place(id, tag)
        let found = places[place]
        if found != 0 { return (Ref(truncatingIfNeeded: found & ~Self.tagMask) - 1, false) }
        ids.append(id)
        places[place] = tag | UInt64(ids.count)
        // At most half full: the chains stay short.
        if ids.count * 2 > places.count { grow() }
        return (Ref(ids.count - 1), true)
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: 0, count: old.count * 2)
        let mask = places.count - 1
        for found in old where found != 0 {
            var place = Int(truncatingIfNeeded: found >> 32) & mask
            while places[place] != 0 { place = (place + 1) & mask }
            places[place] = found
        }
    }
}
