import EntenteModel

/// Why this node keeps an entry out for now. (Specs/03-authority.md, gates)
package enum GateReason: Int, Hashable, Sendable, CaseIterable {
    /// One device key has as many logs in the space as it may.
    case logs
    /// An identity that administers nothing has as many registry entries as it may.
    case entries
    /// An inception that nothing that counts names.
    case inception
    /// It would put another root chain in the place of one whose epoch this node has accepted.
    case rootRival
    /// An entry of the root log without a quorum of valid signatures.
    case rootSignatures
    /// Its author forked the log more often than a log may be.
    case branches
    /// Content by a key that its identity never enrolled.
    case enrolment
}

/// What a node's own gate lets in at a time. An operator may raise what is a property.
package struct GateLimits: Hashable, Sendable {
    /// Logs of one device key in one space.
    package static let logsMax = 64
    /// Registry entries of an identity without ADMIN or STEWARD.
    package static let registryEntriesStandard = 1024
    /// Entries of recovery keys of such an identity, which come in besides.
    package static let recoveriesMax = 64
    /// Inceptions that wait in memory for what names them.
    package static let inceptionsMax = 1024
    /// Ids remembered for each reason, for people to read.
    package static let rememberedMax = 1024

    package var registryEntriesMax = registryEntriesStandard
    package init() {}
}

/// What a node keeps out for now. It delays, and decides nothing: what is kept out is neither stored nor offered, no rule
/// reads it, and it is taken when it comes again and the reason is gone. (authority, sections 7 and I17)
package struct Gate: Sendable {
    package var limits = GateLimits()
    /// Entries of the root log that the operator lets in though they rival the accepted chain.
    package var permittedRoots: Set<EntryID> = []
    private var known: [GateReason: Set<EntryID>] = [:]
    /// Whose the remembered entries are, as they say themselves; nobody's are root's.
    private var authors: [EntryID: IdentityID] = [:]
    /// Inceptions that came and that nothing names yet, the oldest first.
    private(set) var inceptions: [Entry] = []

    package init() {}

    /// The ids kept out for a reason, as many as are remembered, ascending.
    package func ids(_ reason: GateReason) -> [EntryID] { (known[reason] ?? []).sorted() }

    package func author(of id: EntryID) -> IdentityID? { authors[id] }

    /// Returns true if the entry was not known to be kept out.
    mutating func keep(_ entry: Entry, _ reason: GateReason) -> Bool {
        guard known[reason]?.contains(entry.id) != true else { return false }
        if reason == .inception {
            if inceptions.count >= GateLimits.inceptionsMax { forget(inceptions.removeFirst().id, reason) }
            inceptions.append(entry)
        }
        if known[reason]?.count ?? 0 < GateLimits.rememberedMax {
            known[reason, default: []].insert(entry.id)
            authors[entry.id] = entry.identity
        }
        return true
    }

    /// The entry is in: nothing keeps it out any more.
    mutating func admit(_ id: EntryID) {
        for reason in GateReason.allCases where known[reason]?.remove(id) != nil && reason == .inception {
            inceptions.removeAll { $0.id == id }
        }
        authors[id] = nil
    }

    private mutating func forget(_ id: EntryID, _ reason: GateReason) {
        known[reason]?.remove(id)
        if !known.values.contains(where: { $0.contains(id) }) { authors[id] = nil }
    }

    func isWaiting(_ id: EntryID) -> Bool { known[.inception]?.contains(id) == true }
}
