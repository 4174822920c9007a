import EntenteCodec
import EntenteModel

/// An erasure that is here and well-formed, in force or not. It is known by its header alone, so that whoever keeps its
/// body back keeps nothing alive.
struct Erasure: Hashable, Sendable {
    let id: EntryID
    let target: EntryID
    let log: LogKey
    let branch: Int
    let sequence: UInt64
    let capability: EntryID
    let identity: IdentityID
    /// Its capability has the right to disavow: it reaches what others wrote.
    let isOfficers: Bool
}

/// What became of bodies while entries were taken.
package struct BodyChanges: Hashable, Sendable {
    /// Destroyed, since an erasure in force names the entry, or the post that it edits.
    package var erased: [EntryID] = []
    /// Asked for again: they came without a body, or the erasure is not in force any more.
    package var missing: [EntryID] = []
    /// Entries that erasures name and that are still to be looked at.
    var targets: Set<EntryID> = []
}

/// Erasure. (Specs/02-entry.md, "Erasure"; Docs/Decisions/0010-operations.md)
///
/// An erasure is in force while it is visible, if its author is the target's, or if the capability that it cites has the
/// right to disavow. It takes the bodies of the target's edits too. All of it is a question of headers and of the
/// registry: nodes with the same entries have erased the same, whatever came first.
extension Replica {
    /// True if the body of the entry is to be destroyed, or not taken.
    package func isErased(_ entry: Entry, store: some ReplicaStore) throws(StoreFailure) -> Bool {
        guard entry.header.space != .registry else { return false }
        if isNamedByErasure(entry) { return true }
        guard entry.header.kind == .edit, let post = entry.header.target, erasures[post] != nil, let stored = try store.entry(post) else {
            return false
        }
        return stored.entry.header.space == entry.header.space && stored.entry.identity == entry.identity
            && isNamedByErasure(stored.entry)
    }

    private func isNamedByErasure(_ entry: Entry) -> Bool {
        erasures[entry.id]?.contains { erasure in
            erasure.log.space == entry.header.space && (erasure.isOfficers || erasure.identity == entry.identity) && isVisible(erasure)
        } ?? false
    }

    private func isVisible(_ erasure: Erasure) -> Bool {
        logs[erasure.log]?.uses.contains { use in
            use.branch == erasure.branch && use.capability == erasure.capability && use.keptSequence.map { erasure.sequence <= $0 } == true
        } ?? false
    }

    /// The visible erasures of one log: what may be in force.
    func visibleErasures(of log: LogKey) -> Set<Erasure> { Set(erasuresByLog[log]?.filter(isVisible) ?? []) }

    /// Enters a stored entry into what is known of erasures.
    mutating func noteErasure(_ stored: StoredEntry) {
        let header = stored.entry.header
        guard stored.wellFormed, header.kind == .erasure, let target = header.target, let identity = header.identity,
            let capability = header.authorization.capability
        else { return }
        let erasure = Erasure(
            id: stored.entry.id, target: target, log: stored.entry.log, branch: stored.branch, sequence: header.sequence,
            capability: capability, identity: identity, isOfficers: authority.capability(capability)?.rights.contains(.disavow) ?? false)
        erasures[target, default: []].append(erasure)
        erasuresByLog[erasure.log, default: []].append(erasure)
    }

    /// Reads what is known of erasures and of missing bodies.
    mutating func loadErasures(store: some ReplicaStore) throws(StoreFailure) {
        var after = Arrival.none
        while true {
            let page = try store.erasures(after: after, limit: Self.pageCount)
            for stored in page { noteErasure(stored) }
            guard let last = page.last else { break }
            after = last.arrival
        }
        after = .none
        while true {
            let page = try store.missingBodies(after: after, limit: Self.pageCount)
            for stored in page { spaceStates[stored.entry.header.space, default: SpaceState()].missingCount += 1 }
            guard let last = page.last else { break }
            after = last.arrival
        }
    }

    // MARK: - Bodies

    /// Brings the bodies of what was touched, and of its edits, to what the erasures in force say.
    mutating func settleErasures(_ changes: inout BodyChanges, store: inout some ReplicaStore) throws(StoreFailure) {
        let targets = changes.targets.sorted()
        changes.targets = []
        for id in targets {
            guard let stored = try store.entry(id) else { continue }
            try settleBody(of: stored, &changes, store: &store)
            var after = Arrival.none
            while true {
                let page = try store.entries(about: id, kind: .edit, after: after, limit: Self.pageCount)
                for edit in page { try settleBody(of: edit, &changes, store: &store) }
                guard let last = page.last else { break }
                after = last.arrival
            }
        }
    }

    private mutating func settleBody(
        of stored: StoredEntry, _ changes: inout BodyChanges, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        let isErased = try isErased(stored.entry, store: store)
        switch stored.body {
        case .present where isErased, .missing where isErased:
            try setBody(of: stored, .erased, store: &store)
            changes.erased.append(stored.entry.id)
        case .erased where !isErased:
            try setBody(of: stored, .missing, store: &store)
            changes.missing.append(stored.entry.id)
        case .none, .present, .missing, .erased: break
        }
    }

    private mutating func setBody(of stored: StoredEntry, _ body: StoredBody, store: inout some ReplicaStore) throws(StoreFailure) {
        try store.setBody(of: stored.entry.id, body)
        let space = stored.entry.header.space
        if stored.body == .missing { spaceStates[space]?.missingCount -= 1 }
        if body == .missing { spaceStates[space]?.missingCount += 1 }
    }

    /// Takes bodies for entries that are here without theirs, and says which. A body that fits the commitment of its entry
    /// is the author's, whoever brings it; one that fits no entry without a body is passed over.
    package mutating func acceptBodies(
        _ bodies: [EntryBody], store: inout some ReplicaStore
    ) throws(StoreFailure) -> [StoredEntry] {
        var taken: [StoredEntry] = []
        for item in bodies {
            guard let stored = try store.entry(item.id), stored.body == .missing, item.body.fits(stored.entry.header),
                try !isErased(stored.entry, store: store)
            else { continue }
            try setBody(of: stored, .present(item.body), store: &store)
            taken.append(stored)
        }
        return taken
    }

    /// True if entries of the space are here without their bodies, though nothing erased them; held ones among them.
    package func lacksBodies(in space: Space) -> Bool { (spaceStates[space]?.missingCount ?? 0) > 0 }

    /// Offered entries after `after` without their bodies, ascending by arrival, of spaces of which `isWanted` says so.
    /// `last` is where to go on, nil behind the end. A held entry is offered by nobody, so its body can wait.
    package func missingBodies(
        after: Arrival, limit: Int, store: some ReplicaStore, in isWanted: (Space) -> Bool
    ) throws(StoreFailure) -> (entries: [StoredEntry], last: Arrival?) {
        guard spaceStates.contains(where: { $0.value.missingCount > 0 && isWanted($0.key) }) else { return ([], nil) }
        var entries: [StoredEntry] = []
        var last = after
        while true {
            let page = try store.missingBodies(after: last, limit: limit)
            guard let end = page.last else { return (entries, nil) }
            for stored in page where isWanted(stored.entry.header.space) && isOffered(stored) { entries.append(stored) }
            last = end.arrival
            if entries.count >= limit { return (entries, last) }
        }
    }
}

/// A detached body and the entry that it belongs to, as it is asked for and sent by itself.
package struct EntryBody: Hashable, Sendable {
    package let id: EntryID
    package let body: Body

    package init(id: EntryID, body: Body) {
        self.id = id
        self.body = body
    }
}
