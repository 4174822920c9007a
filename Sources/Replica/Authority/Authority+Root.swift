import EntenteCodec
import EntenteCrypto
import EntenteModel

/// The entries of the root log, with the signatures that hold. (authority, section 8)
struct RootLog: Sendable {
    struct Epoch: Sendable {
        let keys: [DeviceKey]
        let quorum: Int
    }

    struct Record: Sendable {
        /// With the signatures that hold, and no others.
        var entry: Entry
        /// The epoch that rules what follows the entry's predecessor.
        let before: Epoch
        /// The epoch that rules what follows the entry: the same, unless the entry is a root update.
        let after: Epoch
        /// Whose signatures hold, among the keys of both epochs.
        var signers: [DeviceKey]
    }

    var records: [Ref: Record] = [:]
    var children: [Ref: [Ref]] = [:]
    var genesis = Ref.none
    /// The accepted chain, from the founding entry on.
    var chain: [Ref] = []
    /// By entry of the chain: its place there.
    var places: [Ref: Int] = [:]
    /// The place of the chain from which on it is to be followed again; nil if it stands.
    var dirtyFrom: Int?

    /// An entry that follows `parent` is new, or has more signatures. Off the chain it changes nothing.
    mutating func markDirty(after parent: Ref) {
        let place = parent == .none ? 0 : places[parent]
        if let place { dirtyFrom = min(place, dirtyFrom ?? place) }
    }

    mutating func forgetChain() {
        chain = []
        places = [:]
        dirtyFrom = 0
    }

    func signerCount(_ record: Record, among keys: [DeviceKey]) -> Int { record.signers.count { keys.contains($0) } }

    /// True if the entry has the signatures that its predecessor's epoch asks for, and an update those of its own.
    func isCandidate(_ record: Record) -> Bool {
        guard signerCount(record, among: record.before.keys) >= record.before.quorum else { return false }
        return record.entry.header.kind != .rootUpdate || signerCount(record, among: record.after.keys) >= record.after.quorum
    }
}

extension Authority {
    /// The accepted root chain, the founding entry first. Empty before that entry is in the set.
    package var rootChain: [EntryID] { rootLog.chain.map { table.ids[Int($0)] } }

    /// An entry of the root log, with the signatures that are known to hold: what is to be stored and sent on.
    package func rootEntry(_ id: EntryID) -> Entry? { table.number(of: id).flatMap { rootLog.records[$0] }?.entry }

    /// The root keys in force and how many of them must sign.
    package var rootEpoch: (keys: [DeviceKey], quorum: Int)? {
        rootLog.chain.last.flatMap { rootLog.records[$0] }.map { ($0.after.keys, $0.after.quorum) }
    }

    /// Entries of the root log with enough signatures that a sibling kept off the chain: at least a quorum of keys
    /// signed two futures. Ascending.
    package var rootRivals: [EntryID] {
        let accepted = Set(rootLog.chain)
        var rivals: [EntryID] = []
        for parent in rootLog.chain {
            for child in rootLog.children[parent] ?? [] where !accepted.contains(child) {
                if let record = rootLog.records[child], rootLog.isCandidate(record) { rivals.append(table.ids[Int(child)]) }
            }
        }
        return rivals.sorted()
    }

    mutating func addToRootLog(_ entry: Entry, _ ref: Ref) {
        let body = entry.header.act
        let parent = entry.header.backlink.flatMap { table.number(of: $0) } ?? .none
        let none = RootLog.Epoch(keys: [], quorum: 0)
        let before = rootLog.records[parent]?.after ?? none
        let own = body.map { RootLog.Epoch(keys: Array(Set($0.rootKeys)).sorted(), quorum: Int(clamping: $0.rootQuorum)) }
        let isEpoch = (entry.header.kind == .genesis || entry.header.kind == .rootUpdate) && entry.header.authorization == .none
        let after = isEpoch ? own ?? none : before
        let keys = Set(before.keys + after.keys).sorted()
        let checked = entry.joiningRootSignatures(of: entry, among: keys, in: network)
        rootLog.records[ref] = RootLog.Record(
            entry: checked, before: before, after: after, signers: checked.rootSignatures.map(\.key))
        if parent == .none { rootLog.genesis = ref } else { rootLog.children[parent, default: []].append(ref) }
        rootLog.markDirty(after: parent)
    }

    /// Adds the signatures of another copy. Returns true if there are more that hold than before.
    mutating func joinRootSignatures(of copy: Entry, _ ref: Ref) -> Bool {
        guard let record = rootLog.records[ref] else { return false }
        let new = copy.rootSignatures.filter { !record.signers.contains($0.key) }
        if new.isEmpty { return false }
        let keys = Set(record.before.keys + record.after.keys).sorted()
        let joined = record.entry.joiningRootSignatures(of: copy, among: keys, in: network)
        let signers = joined.rootSignatures.map(\.key)
        guard signers.count > record.signers.count else { return false }
        rootLog.records[ref]?.entry = joined
        rootLog.records[ref]?.signers = signers
        rootLog.markDirty(after: record.entry.header.backlink.map { table.find($0) } ?? .none)
        return true
    }

    /// Follows the chain from the founding entry: of the candidates that follow an entry the one with most signers among
    /// the keys in force, then the one with the smaller id.
    mutating func settleRoot() {
        guard let start = rootLog.dirtyFrom else { return }
        rootLog.dirtyFrom = nil
        let old = rootLog.chain
        var chain = Array(old.prefix(start))
        var next = start < old.count ? old[start] : rootLog.genesis
        while next != .none {
            chain.append(next)
            var best: (count: Int, ref: Ref)?
            for child in rootLog.children[next] ?? [] {
                guard let record = rootLog.records[child], rootLog.isCandidate(record) else { continue }
                let count = rootLog.signerCount(record, among: record.before.keys)
                guard let known = best else {
                    best = (count, child)
                    continue
                }
                if count > known.count || (count == known.count && table.ids[Int(child)] < table.ids[Int(known.ref)]) {
                    best = (count, child)
                }
            }
            next = best?.ref ?? .none
        }
        rootLog.chain = chain
        let kept = start + zip(old.dropFirst(start), chain.dropFirst(start)).prefix { $0 == $1 }.count
        for ref in old.dropFirst(kept) {
            rootLog.places[ref] = nil
            set(ref, onChain: false)
        }
        for (place, ref) in chain.enumerated().dropFirst(kept) {
            rootLog.places[ref] = place
            set(ref, onChain: true)
        }
    }

    private mutating func set(_ ref: Ref, onChain: Bool) {
        if onChain { states[Int(ref)].insert(.onRootChain) } else { states[Int(ref)].remove(.onRootChain) }
        noteChange(ref)
        if let act = table.act(ref), act.kind.isAuthorityAct { enqueue(ref, act) }
    }
}
