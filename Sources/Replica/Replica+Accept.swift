import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What became of entries that came in.
package struct Acceptance: Sendable {
    /// Stored, in order.
    package var stored: [StoredEntry] = []
    /// Waits for what is not here; it will come again.
    package var deferred = 0
    /// Will never be taken, with the reason.
    package var refused: [(id: EntryID, reason: String)] = []
    /// Stored, and not offered.
    package var held = 0
    /// Kept out for now by this node's own gate, where that is news.
    package var gated: [(id: EntryID, reason: GateReason)] = []
    package var forks: [(log: LogKey, sequence: UInt64)] = []
    /// The root log has more signatures than before.
    package var signaturesGrown = false
    /// The registry changed: who may hold what is to be asked again.
    package var registryChanged = false
    /// Heads that were offered before and are not any more: what the registry's change cut back, ascending by log.
    package var losses: [(log: LogKey, head: Head)] = []
    /// Registry entries whose verdict changed, ascending.
    package var verdictsChanged: [EntryID] = []
    package var bodies = BodyChanges()

    package init() {}

    package mutating func join(_ other: Acceptance) {
        stored += other.stored
        deferred += other.deferred
        refused += other.refused
        held += other.held
        gated += other.gated
        forks += other.forks
        signaturesGrown = signaturesGrown || other.signaturesGrown
        registryChanged = registryChanged || other.registryChanged
        losses += other.losses
        verdictsChanged = Set(verdictsChanged).union(other.verdictsChanged).sorted()
        bodies.erased += other.bodies.erased
        bodies.missing += other.bodies.missing
        bodies.targets.formUnion(other.bodies.targets)
    }
}

/// A run that fits what is here, but for its signature.
package struct PreparedRun: Sendable {
    let log: LogKey
    let items: [Run.Item]
    /// Entries of the run's end that were left out: they are ahead of the clock, or wait for a capability.
    package let deferred: Int
    /// The one check that authenticates every byte of the run. (authority, section 9)
    package let check: SignatureCheck
    /// False where the run was cut short: then a signature that does not hold may be the author's doing, not the
    /// sender's fault.
    package let isWhole: Bool
    /// The capability that the first entry left out cites, where that is why: it is not here.
    package let missingCapability: EntryID?

    package var space: Space { log.space }
}

package enum RunVerdict: Sendable {
    /// All of it is here.
    case nothingNew
    case ready(PreparedRun)
    /// It follows nothing that is here, or cites nothing that is here.
    case deferred(reason: String, missingCapability: EntryID? = nil)
    /// No honest sender sends this.
    case refused(reason: String)
}

extension Replica {
    // MARK: - The registry

    /// Takes registry entries whose device signatures the caller has checked, in an order in which each comes after
    /// what it names. The gate is for those of others: a node does not keep itself out.
    package mutating func acceptRegistry(
        _ entries: [Entry], firstSeen: Timestamp, isOwn: Bool = false, store: inout some ReplicaStore
    ) throws(StoreFailure) -> Acceptance {
        var acceptance = Acceptance()
        var waiting = entries
        // Inceptions wait for what names them, which may follow in the same message, and may itself wait for another one. Who is
        // let in stands at a greater level than who lets in: so often it has to be asked again, and no oftener.
        for _ in 0...EntryLimits.levelMax {
            waiting = try accept(waiting, firstSeen: firstSeen, isOwn: isOwn, into: &acceptance, store: &store)
            let named = inceptionsNamed(by: waiting)
            if named.isEmpty { break }
            waiting = try accept(named, firstSeen: firstSeen, isOwn: true, into: &acceptance, store: &store) + waiting
        }
        acceptance.deferred += waiting.count
        acceptance.gated.removeAll { $0.reason == .inception && authority.contains($0.id) }
        for stored in acceptance.stored where !isOffered(stored) { acceptance.held += 1 }
        return acceptance
    }

    /// Takes what can be taken, and returns what waits.
    private mutating func accept(
        _ entries: [Entry], firstSeen: Timestamp, isOwn: Bool, into acceptance: inout Acceptance, store: inout some ReplicaStore
    ) throws(StoreFailure) -> [Entry] {
        var touched: Set<LogKey> = []
        var waiting: [Entry] = []
        for entry in entries {
            guard entry.header.space == .registry else {
                acceptance.refused.append((entry.id, "not an entry of the registry"))
                continue
            }
            if try !acceptRegistry(
                entry, firstSeen: firstSeen, isOwn: isOwn, into: &acceptance, touched: &touched, store: &store)
            {
                waiting.append(entry)
            }
        }
        if !touched.isEmpty {
            try registryChanged(touched: touched, into: &acceptance, store: &store)
            acceptance.registryChanged = true
        }
        return waiting
    }

    /// Returns false if the entry waits for another one, or at the gate.
    private mutating func acceptRegistry(
        _ entry: Entry, firstSeen: Timestamp, isOwn: Bool, into acceptance: inout Acceptance, touched: inout Set<LogKey>,
        store: inout some ReplicaStore
    ) throws(StoreFailure) -> Bool {
        if let known = try store.entry(entry.id) {
            if isRootRivalGrowing(entry) {
                keepOut(entry, .rootRival, &acceptance)
                return true
            }
            guard entry.log.isRoot, authority.insert(entry, signatureHolds: true) == .signaturesGrown,
                let joined = authority.rootEntry(entry.id)
            else { return true }
            guard joined.signatureBytes != known.entry.signatureBytes else { return true }
            try store.setSignatures(of: joined)
            acceptance.signaturesGrown = true
            touched.insert(entry.log)
            return true
        }
        // What it waits for is asked of the store here, so that the evaluator never holds an entry that is not stored.
        if let identity = entry.header.identity, !authority.isInception(identity.inception), entry.header.kind != .identityCreate {
            return false
        }
        if let backlink = entry.header.backlink, try store.entry(backlink) == nil { return false }
        if let capability = entry.header.authorization.capability, try store.entry(capability) == nil { return false }
        if !isOwn, let reason = gateReason(entry) {
            keepOut(entry, reason, &acceptance)
            return true
        }
        switch authority.insert(entry, signatureHolds: true) {
        case .admitted:
            noteName(entry)
            gate.admit(entry.id)
            // The root log is stored with the signatures that hold, and no others.
            let entry = authority.rootEntry(entry.id) ?? entry
            let stored = try append(entry, body: .none, firstSeen: firstSeen, wellFormed: true, into: &acceptance, store: &store)
            acceptance.stored.append(stored)
            touched.insert(entry.log)
        case .known, .signaturesGrown: break
        case .pending: return false
        case .inadmissible(let reason): acceptance.refused.append((entry.id, "\(reason)"))
        }
        return true
    }

    /// Leaves an entry out for now.
    mutating func keepOut(_ entry: Entry, _ reason: GateReason, _ acceptance: inout Acceptance) {
        if gate.keep(entry, reason) { acceptance.gated.append((entry.id, reason)) }
    }

    /// After the registry changed: verdicts, then what every log offers and shows.
    private mutating func registryChanged(
        touched: Set<LogKey>, into acceptance: inout Acceptance, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        forgetWantedMentions()
        let first = authority.evaluate()
        let diffs = [first, try locateMentions(authority.takeNewMentions(), store: store)]
        let changed = Set(diffs.flatMap(\.changed))
        acceptance.verdictsChanged = changed.union(acceptance.verdictsChanged).sorted()
        try store.noteVerdicts(of: changed.sorted())
        for identity in Set(diffs.flatMap(\.identities)) { directory.update(identity, from: authority) }
        var spaces: Set<Space> = [.registry]
        for (key, before) in try refreshOffers(of: touched.union(reached(by: diffs)), noting: &acceptance.bodies, store: &store) {
            spaces.insert(key.space)
            try noteLosses(of: before, in: key, into: &acceptance, store: store)
        }
        try saveSummaries(of: spaces, store: &store)
        try settleErasures(&acceptance.bodies, store: &store)
    }

    /// The logs of which other entries may be offered or visible than before an evaluation.
    private func reached(by diffs: [EvaluationDiff]) -> Set<LogKey> {
        var keys: Set<LogKey> = []
        for diff in diffs {
            keys.formUnion(diff.logs)
            for capability in diff.capabilities { keys.formUnion(logsByCapability[capability] ?? []) }
            for identity in diff.identities { keys.formUnion(logsByIdentity[identity] ?? []) }
        }
        return keys
    }

    /// A head that is not offered any more, and not because the log grew.
    private func noteLosses(
        of before: [Head], in key: LogKey, into acceptance: inout Acceptance, store: some ReplicaStore
    ) throws(StoreFailure) {
        guard !key.isRoot else { return }
        for head in before {
            guard let stored = try store.entry(head.id), !isOffered(stored) else { continue }
            acceptance.losses.append((key, head))
        }
    }

    // MARK: - Content

    /// Holds a run against what is here. Nothing is stored.
    package mutating func prepare(
        _ run: Run, now: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> RunVerdict {
        guard let device = run.log.device, let key = verifyingKey(of: device) else {
            return .refused(reason: "the device key is not one that may sign")
        }
        var items = run.entries[...]
        var previous: Timestamp?
        if let backlink = run.backlink {
            guard let stored = try store.entry(backlink) else { return .deferred(reason: "it follows an entry that is not here") }
            guard logKeys[stored.log] == run.log, stored.entry.header.sequence == run.firstSequence &- 1,
                stored.entry.header.identity == run.identity
            else { return .refused(reason: "it does not follow the entry that it names") }
            previous = stored.entry.header.timestamp
        }
        while let item = items.first, let stored = try store.entry(item.entry.id) {
            previous = stored.entry.header.timestamp
            items.removeFirst()
        }
        guard !items.isEmpty else { return .nothingNew }
        if let known = logs[run.log], known.record.identity != run.identity {
            return .refused(reason: "the log is another identity's")
        }
        if let first = items.first?.entry, let reason = gateReason(ofContent: first, in: run.log) {
            _ = gate.keep(first, reason)
            return .deferred(reason: "it is kept out for now: \(reason.words)")
        }
        let horizon = now.advanced(byMilliseconds: EntryLimits.futureMillisecondsMax)
        var taken: [Run.Item] = []
        var missingCapability: EntryID?
        for item in items {
            let header = item.entry.header
            if let previous, header.timestamp < previous { return .refused(reason: "a timestamp goes back") }
            previous = header.timestamp
            if header.timestamp > horizon { break }
            switch authority.standing(ofContent: header) {
            case .capabilityMissing(let capability): missingCapability = capability
            case .inadmissible: return .refused(reason: "it is earlier than the capability that it cites")
            case .wellFormed, .notWellFormed: taken.append(item)
            }
            if missingCapability != nil { break }
        }
        guard let tip = taken.last?.entry, let signature = tip.signature else {
            return .deferred(
                reason: "it is ahead of the clock, or cites a capability that is not here", missingCapability: missingCapability)
        }
        let check = SignatureCheck(key: key, signature: signature, message: Entry.signedBytes(tip.headerBytes, in: network))
        return .ready(
            PreparedRun(
                log: run.log, items: taken, deferred: items.count - taken.count, check: check,
                isWhole: taken.count == items.count, missingCapability: missingCapability))
    }

    /// Stores a run whose check held. What was true when it was prepared may not be any more: it is looked at again.
    package mutating func accept(
        _ run: PreparedRun, firstSeen: Timestamp, store: inout some ReplicaStore
    ) throws(StoreFailure) -> Acceptance {
        var acceptance = Acceptance()
        var mentioned = false
        // What leads to an entry that a tip names is kept, whatever the ids.
        let named = run.items.lastIndex { authority.mentions($0.entry.id) } ?? -1
        for (index, item) in run.items.enumerated() {
            if try store.entry(item.entry.id) != nil { continue }
            try settleBound(of: run.log, store: store)
            if let state = logs[run.log] {
                if isShelfFull(state, for: item.entry) {
                    acceptance.deferred += 1
                    break
                }
                if index > named, try isBeyondBound(item.entry, state, store: store) {
                    keepOut(item.entry, .branches, &acceptance)
                    acceptance.deferred += 1
                    break
                }
            }
            gate.admit(item.entry.id)
            let wellFormed = authority.standing(ofContent: item.entry.header) == .wellFormed
            let stored = try append(
                item.entry, body: item.body, firstSeen: firstSeen, wellFormed: wellFormed, into: &acceptance, store: &store)
            acceptance.stored.append(stored)
            if authority.mentions(item.entry.id) {
                locate(item.entry, at: LogPosition(branch: stored.branch, sequence: item.entry.header.sequence))
                mentioned = true
            }
        }
        guard !acceptance.stored.isEmpty else { return acceptance }
        if mentioned {
            // A tip that names one of its own entries is answered; which branches are kept hangs on tips too.
            try registryChanged(touched: [run.log], into: &acceptance, store: &store)
        } else {
            try refreshOffer(of: run.log, noting: &acceptance.bodies, store: &store)
        }
        try saveSummaries(of: [run.log.space], store: &store)
        try settleErasures(&acceptance.bodies, store: &store)
        acceptance.held = acceptance.stored.count { !isOffered($0) }
        return acceptance
    }

    /// True if the log holds as much that is not offered as it may, and `entry` would be held too.
    private func isShelfFull(_ state: LogState, for entry: Entry) -> Bool {
        guard let branch = state.branches.max(by: { $0.tip.sequence < $1.tip.sequence }),
            branch.tip.sequence - (branch.offered?.sequence ?? branch.firstSequence) >= RunLimits.heldMax,
            let identity = state.record.identity, let capability = entry.header.authorization.capability
        else { return false }
        let kept = authority.keptHeights(log: state.record.key, identity: identity, capability: capability, tree: state.tree)
        return kept.branches[branch.branch].offered.map { $0 < branch.tip.sequence } ?? true
    }

    // MARK: - Both

    /// Puts an entry behind its predecessor, on its branch or on a new one, and counts it. The caller refreshes what
    /// the log offers.
    mutating func append(
        _ entry: Entry, body: StoredBody, firstSeen: Timestamp, wellFormed: Bool, into acceptance: inout Acceptance,
        store: inout some ReplicaStore
    ) throws(StoreFailure) -> StoredEntry {
        let key = entry.log
        if logs[key] == nil {
            let record = try store.addLog(key, identity: entry.identity)
            logs[key] = LogState(record: record)
            index(record)
        }
        guard var state = logs[key] else { throw .corrupt("a log that was just added is not there") }
        let branch = try place(entry, in: &state, store: store)
        if state.branches.count > 1, state.branches[branch].firstSequence == entry.header.sequence {
            acceptance.forks.append((key, entry.header.sequence))
            state.bound = nil
        }
        state.unsavedBranches.insert(branch)
        if key.space == .registry {
            state.registryHeads[branch].append(Head(entry))
        } else if let capability = entry.header.authorization.capability {
            noteUse(of: capability, by: entry, on: branch, in: &state)
        }
        logs[key] = state
        spaceStates[key.space, default: SpaceState()].entryCount += 1
        // Whatever an erasure in force names is never written, not for a moment.
        let body = try isErased(entry, store: store) ? .erased : body
        let new = NewEntry(
            log: state.record.id, branch: branch, entry: entry, body: body, firstSeen: firstSeen, wellFormed: wellFormed)
        let arrival = try store.append(new)
        let stored = StoredEntry(
            arrival: arrival, log: new.log, branch: branch, entry: entry, body: body, firstSeen: firstSeen, wellFormed: wellFormed)
        noteErasure(stored)
        if body == .missing {
            spaceStates[key.space, default: SpaceState()].missingCount += 1
            acceptance.bodies.missing.append(entry.id)
        }
        // Its edits may be here before it: now it can be told whether they are its author's.
        if erasures[entry.id] != nil { acceptance.bodies.targets.insert(entry.id) }
        return stored
    }

    /// The branch that the entry goes to: the one whose tip it follows, else a new one.
    private func place(_ entry: Entry, in state: inout LogState, store: some ReplicaStore) throws(StoreFailure) -> Int {
        let head = Head(entry)
        var parent: LogPosition?
        if let backlink = entry.header.backlink {
            if let branch = state.branches.firstIndex(where: { $0.tip.id == backlink }) {
                state.tree.extend(branch)
                state.branches[branch].tip = head
                return branch
            }
            guard let stored = try store.entry(backlink), stored.log == state.record.id else {
                throw .corrupt("the entry before \(entry.id) is not in its log")
            }
            parent = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
        }
        let branch = state.tree.addBranch(after: parent)
        state.registryHeads.append([])
        state.branches.append(
            BranchRecord(
                log: state.record.id, branch: branch, parent: parent?.branch, firstSequence: entry.header.sequence, tip: head, offered: nil)
        )
        return branch
    }

    private mutating func noteUse(of capability: EntryID, by entry: Entry, on branch: Int, in state: inout LogState) {
        if let index = state.uses.firstIndex(where: { $0.branch == branch && $0.capability == capability }) {
            state.uses[index].lastSequence = entry.header.sequence
            state.unsavedUses.insert(index)
        } else {
            logsByCapability[capability, default: []].insert(state.record.key)
            state.unsavedUses.insert(state.uses.count)
            state.uses.append(
                CapabilityUse(
                    log: state.record.id, branch: branch, capability: capability, lastSequence: entry.header.sequence, keptSequence: nil))
        }
    }
}
