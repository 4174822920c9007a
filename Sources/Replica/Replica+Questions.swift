import EntenteCodec
import EntenteCrypto
import EntenteModel

extension Replica {
    /// What the logs of an identity offer, ascending by log.
    package func logs(of identity: IdentityID) -> [(key: LogKey, heads: [Head])] {
        logs.keys.sorted().compactMap { key in
            guard let state = logs[key], state.record.identity == identity else { return nil }
            return (key, state.heads)
        }
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
