import EntenteCodec
import EntenteModel

/// Ids by number and numbers by id, numbered in order of first sight.
///
/// An open table of eight bytes a place: half of them a part of the hash, half the number. It grows without hashing
/// again, and a place that holds another id is passed over without looking at it. The hash is the language's own,
/// whose secret nobody outside knows: others choose the ids.
struct Numbers<ID: Identifier>: Sendable {
    private(set) var ids: [ID] = []
    /// The upper half the upper half of the hash, the lower half the number and one; 0 for an empty place.
    private var places: [UInt64] = [0, 0, 0, 0]

    private static func hash(_ id: ID) -> UInt64 {
        var hasher = Hasher()
        id.bytes.hash(into: &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private static var tagMask: UInt64 { 0xFFFF_FFFF_0000_0000 }

    /// Makes room, so that `count` ids in all need no growing.
    mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        while places.count < count * 2 { grow() }
    }

    /// The place of `id`, or the empty place where it belongs. The tag alone leads there, so that growing need not hash.
    private func place(_ id: ID, _ tag: UInt64) -> Int {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: tag >> 32) & mask
        while true {
            let found = places[place]
            if found == 0 { return place }
            if found & Self.tagMask == tag, ids[Int(found & ~Self.tagMask) - 1] == id { return place }
            place = (place + 1) & mask
        }
    }

    /// Where an id is, or would be: good for one `insert` before anything else is added.
    struct Lookup {
        /// -1 if the id has none.
        let number: Int32
        fileprivate let place: Int
        fileprivate let tag: UInt64
    }

    func lookup(_ id: ID) -> Lookup {
        let tag = Self.hash(id) & Self.tagMask
        let place = place(id, tag)
        return Lookup(number: Int32(truncatingIfNeeded: places[place] & ~Self.tagMask) - 1, place: place, tag: tag)
    }

    /// The number of `id`, or -1.
    func find(_ id: ID) -> Int32 { lookup(id).number }

    /// Gives `id`, which `lookup` did not find, the next number.
    mutating func insert(_ id: ID, at lookup: Lookup) -> Int32 {
        ids.append(id)
        places[lookup.place] = lookup.tag | UInt64(ids.count)
        // At most half full: the chains stay short.
        if ids.count * 2 > places.count { grow() }
        return Int32(ids.count - 1)
    }

    /// The number of `id`, and whether it is new.
    mutating func intern(_ id: ID) -> (number: Int32, isNew: Bool) {
        let found = lookup(id)
        return found.number >= 0 ? (found.number, false) : (insert(id, at: found), true)
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
