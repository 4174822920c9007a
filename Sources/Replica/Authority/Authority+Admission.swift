import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What became of an entry that was offered to the set.
package enum Insertion: Hashable, Sendable {
    /// These are in the set now: the entry, and those that had waited for it.
    case admitted([EntryID])
    /// It was there.
    case known
    /// An entry of the root log that was there has more valid signatures now.
    case signaturesGrown
    /// It waits for these.
    case pending(missing: [EntryID])
    /// It never enters the set, on any node.
    case inadmissible(Inadmissibility)
}

/// Why an entry never enters the set. (Specs/03-authority.md, A-1 to A-9)
package enum Inadmissibility: Hashable, Sendable {
    /// Content is judged by heights, not here.
    case notRegistry
    /// A founding entry that is not this network's.
    case anotherNetwork
    case signature
    /// The backlink leads to another log, another identity or another place than the one before.
    case backlink
    /// Earlier than the entry before it.
    case timestampBeforeBacklink
    /// Earlier than the capability that it cites.
    case timestampBeforeCapability
}

/// Whether the proof in an admission holds, where the caller knows: it costs as much as a signature.
package enum InvitationProofVerdict: Hashable, Sendable {
    case unchecked, holds, fails
}

extension Authority {
    /// Offers an entry to the set. (authority, section 2)
    ///
    /// `signatureHolds` says that the entry's own device signature was verified. It is not asked for in the root log,
    /// whose signatures are checked here. Entries whose predecessor or capability is missing wait inside, unbounded: how
    /// many may wait is the caller's gate (`pendingCount`, `dropPending`).
    @discardableResult
    package mutating func insert(_ entry: Entry, signatureHolds: Bool, proof: InvitationProofVerdict = .unchecked) -> Insertion {
        guard entry.header.space == .registry else { return .inadmissible(.notRegistry) }
        let own = table.lookup(entry.id)
        if table.isPresent(own.number) {
            return entry.header.device == nil && joinRootSignatures(of: entry, own.number) ? .signaturesGrown : .known
        }
        if entry.header.device != nil, !signatureHolds { return .inadmissible(.signature) }
        switch admission(of: entry) {
        case .refused(let reason): return .inadmissible(reason)
        case .missing(let missing):
            pending.add(entry, proof: proof, missing: missing)
            return .pending(missing: missing)
        case .admissible(let previous, let cited):
            admit(entry, as: table.intern(entry.id, own), after: previous, citing: cited, proof: proof)
            return .admitted(pending.isEmpty ? [entry.id] : [entry.id] + release(after: entry.id))
        }
    }

    /// How many entries wait for another one.
    package var pendingCount: Int { pending.count }

    /// The ids for which entries wait, ascending.
    package var missingForPending: [EntryID] { pending.missing.filter { !pending.contains($0) }.sorted() }

    /// Forgets an entry that waits. It may be offered again.
    package mutating func dropPending(_ id: EntryID) { pending.remove(id) }

    /// Says that a content entry of that id and time is in the set, so that registry entries that cite it as their
    /// capability stop waiting: they are in the set, and not well-formed. Returns what entered.
    ///
    /// A node does not call this: whether it holds a content entry depends on its spaces, and the registry must not.
    /// (Docs/Decisions/0004-authority-evaluator.md)
    @discardableResult
    package mutating func admitCitationsOfContent(_ id: EntryID, at time: Timestamp) -> [EntryID] {
        pending.contentTimes[id] = time
        return release(after: id)
    }

    private enum Admission {
        /// With the numbers of the entry before it and of the capability that it cites.
        case admissible(previous: Ref, cited: Ref)
        case missing([EntryID])
        case refused(Inadmissibility)
    }

    private func admission(of entry: Entry) -> Admission {
        var previous = Ref.none
        var cited = Ref.none
        var missing: [EntryID] = []
        if let backlink = entry.header.backlink {
            previous = table.find(backlink)
            if table.isPresent(previous) {
                if let reason = fault(of: entry, after: table.acts[Int(previous)]) { return .refused(reason) }
            } else {
                missing.append(backlink)
            }
        } else if entry.header.sequence != 0 {
            return .refused(.backlink)
        }
        if entry.header.kind == .genesis, entry.id.bytes != network.bytes { return .refused(.anotherNetwork) }
        if let capability = entry.header.authorization.capability {
            cited = find(capability, nearby: previous)
            if table.isPresent(cited) {
                if entry.header.timestamp.milliseconds < table.acts[Int(cited)].time { return .refused(.timestampBeforeCapability) }
            } else if let time = pending.contentTimes[capability] {
                if entry.header.timestamp < time { return .refused(.timestampBeforeCapability) }
            } else {
                missing.append(capability)
            }
        }
        return missing.isEmpty ? .admissible(previous: previous, cited: cited) : .missing(missing)
    }

    /// The number of an id that is likely to be the capability that the entry `previous` cites, or that entry itself.
    private func find(_ id: EntryID, nearby previous: Ref) -> Ref {
        if table.isPresent(previous) {
            let auth = table.acts[Int(previous)].auth
            if auth >= 0, table.ids[Int(auth)] == id { return auth }
            if table.ids[Int(previous)] == id { return previous }
        }
        return table.find(id)
    }

    private func fault(of entry: Entry, after previous: Act) -> Inadmissibility? {
        let log = table.logs[Int(previous.log)]
        let identity = previous.identity < 0 ? nil : IdentityID(inception: table.ids[Int(previous.identity)])
        guard log.device == entry.header.device, log.incarnation == entry.header.incarnation, identity == entry.header.identity,
            entry.header.sequence == previous.sequence &+ 1
        else { return .backlink }
        return entry.header.timestamp.milliseconds < previous.time ? .timestampBeforeBacklink : nil
    }

    /// Lets those in that waited for `id`, and those that waited for them.
    private mutating func release(after id: EntryID) -> [EntryID] {
        var admitted: [EntryID] = []
        var next = [id]
        while let arrived = next.popLast() {
            for waiting in pending.release(arrived) {
                guard let entry = waiting.copies.first else { continue }
                switch admission(of: entry) {
                case .refused: break
                case .missing(let missing):
                    for copy in waiting.copies { pending.add(copy, proof: waiting.proof, missing: missing) }
                case .admissible(let previous, let cited):
                    admit(entry, as: table.intern(entry.id), after: previous, citing: cited, proof: waiting.proof)
                    for copy in waiting.copies.dropFirst() {
                        if let ref = table.number(of: copy.id) { _ = joinRootSignatures(of: copy, ref) }
                    }
                    admitted.append(entry.id)
                    next.append(entry.id)
                }
            }
        }
        return admitted
    }
}

/// Entries that wait for a predecessor or a capability.
struct PendingEntries: Sendable {
    struct Waiting {
        /// One, but for an entry of the root log that came with different sets of signatures.
        var copies: [Entry]
        var proof: InvitationProofVerdict
    }
    fileprivate(set) var entries: [EntryID: Waiting] = [:]
    /// By missing id: who waits for it. An entry waits for one id at a time.
    fileprivate(set) var waiting: [EntryID: [EntryID]] = [:]
    /// Content entries that were declared to be in the set.
    var contentTimes: [EntryID: Timestamp] = [:]

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    func contains(_ id: EntryID) -> Bool { entries[id] != nil }
    var missing: [EntryID] { Array(waiting.keys) }

    mutating func add(_ entry: Entry, proof: InvitationProofVerdict, missing: [EntryID]) {
        if let known = entries[entry.id] {
            // In the root log two copies may carry different signatures: which of them hold is decided on admission.
            if !known.copies.contains(entry) { entries[entry.id]?.copies.append(entry) }
            if known.proof == .unchecked { entries[entry.id]?.proof = proof }
            return
        }
        guard let first = missing.first else { return }
        entries[entry.id] = Waiting(copies: [entry], proof: proof)
        waiting[first, default: []].append(entry.id)
    }

    mutating func release(_ id: EntryID) -> [Waiting] {
        guard let list = waiting.removeValue(forKey: id) else { return [] }
        return list.compactMap { entries.removeValue(forKey: $0) }
    }

    mutating func remove(_ id: EntryID) {
        guard entries.removeValue(forKey: id) != nil else { return }
        for (missing, var list) in waiting where list.contains(id) {
            list.removeAll { $0 == id }
            waiting[missing] = list.isEmpty ? nil : list
        }
    }
}
