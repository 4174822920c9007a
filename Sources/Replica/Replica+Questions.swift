import EntenteCodec
import EntenteCrypto
import EntenteModel

extension Replica {
    /// What the logs of an identity offer, ascending by log.
    package func logs(of identity: IdentityID) -> [(key: LogKey, heads: [Head])] {
        (logsByIdentity[identity] ?? []).sorted().map { ($0, logs[$0]?.heads ?? []) }
    }

    /// The last entry of a log up to and with `head` whose own signature holds: what may be named as a tip. (authority,
    /// section 9) Nil where none of the last `RunLimits.entriesMax` does.
    package func lastSigned(_ head: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> StoredEntry? {
        var next = head
        for _ in 0..<RunLimits.entriesMax {
            if next.entry.header.space == .registry { return next }
            if carriesSignature(next.entry) { return next }
            guard let backlink = next.entry.header.backlink, let before = try store.entry(backlink) else { return nil }
            next = before
        }
        return nil
    }

    /// True if the signature of a content entry holds by itself: one inside a run may be made wrong and covered by a later one.
    func carriesSignature(_ entry: Entry) -> Bool {
        guard let key = entry.header.device.flatMap({ verifyingKeys[$0] ?? VerifyingKey($0.bytes) }) else { return false }
        return entry.verifiesSignature(of: key, in: network)
    }

    /// True if everything here of a log is offered, on the branch where its author goes on.
    package func isTipOffered(_ key: LogKey) -> Bool {
        guard let branch = logs[key]?.branches.first else { return true }
        return branch.offered?.id == branch.tip.id
    }

    /// True for the id that stands for the root log among the heads.
    package func isRootHead(_ id: EntryID) -> Bool { logs[.root]?.heads.first?.id == id }

    /// All entries of the root log, with their signatures.
    package func rootEntries(store: some ReplicaStore) throws(StoreFailure) -> [StoredEntry] {
        var out: [StoredEntry] = []
        for head in (logs[.root]?.registryHeads ?? []).joined() {
            if let stored = try store.entry(head.id) { out.append(stored) }
        }
        return out
    }

    /// The checked key of a device, or nil if it may verify nothing.
    package mutating func checkedKey(of device: DeviceKey) -> VerifyingKey? { verifyingKey(of: device) }
}
