import EntenteCrypto
import EntenteModel

extension Replica {
    /// The logs that one device has in one space.
    struct DeviceSpace: Hashable, Sendable {
        let device: DeviceKey
        let space: Space
        init?(_ log: LogKey) {
            guard let device = log.device else { return nil }
            self.device = device
            space = log.space
        }
    }

    // MARK: - What is asked of every entry

    /// Why a registry entry of another node is kept out for now; nil if it may come in. What it follows and cites is here.
    func gateReason(_ entry: Entry) -> GateReason? {
        if entry.log.isRoot { return rootGateReason(entry) }
        if let state = logs[entry.log] {
            if forksTooOften(entry, state) { return .branches }
        } else if hasLogsEnough(entry.log) {
            return .logs
        }
        if let identity = entry.identity, let device = entry.header.device, !authority.isGoverning(identity),
            registryRoom(of: device, for: identity) <= 0
        {
            return .entries
        }
        return entry.header.kind == .identityCreate && !authority.isNamedByGrant(entry.id) ? .inception : nil
    }

    /// True if the log is new, and one more than its device may have in the space.
    func hasLogsEnough(_ log: LogKey) -> Bool {
        logs[log] == nil && DeviceSpace(log).map { logCounts[$0] ?? 0 >= GateLimits.logsMax } == true
    }

    /// Why a gate with this node's numbers would keep out for good what this author writes next; nil if it would not. An author
    /// who asks before it writes never leaves others with less than it has. (Specs/03-authority.md, A-86)
    package func keepsOut(_ author: Author, in space: Space, entries: Int = 1) -> GateReason? {
        if hasLogsEnough(LogKey(space: space, device: DeviceKey(author.key.publicKey), incarnation: author.incarnation)) { return .logs }
        guard space == .registry, let identity = author.identity, !authority.isGoverning(identity) else { return nil }
        return registryRoom(of: DeviceKey(author.key.publicKey), for: identity) < entries ? .entries : nil
    }

    /// What keys of an identity share their room in the registry.
    private enum KeyClass: Hashable {
        /// Used recovery keys: whoever holds one of them can always end what a thief of the others does.
        case recovery
        /// The first key in force, alone: a recovery brings a new one, with room of its own.
        case primary
        case devices
        /// First keys that were retired, and keys that nobody enrolled.
        case strays
    }

    private func keyClass(of device: DeviceKey, among enrolments: [EnrolmentRecord]) -> KeyClass {
        guard let enrolment = enrolments.first(where: { $0.device == device }) else { return .strays }
        switch enrolment.rank {
        case 0: return .recovery
        case 1: return enrolment.isInForce ? .primary : .strays
        default: return .devices
        }
    }

    /// How many registry entries more a key of an identity may sign, with those that share its room.
    private func registryRoom(of device: DeviceKey, for identity: IdentityID) -> Int {
        let enrolments = authority.enrolments(of: identity)
        var own = keyClass(of: device, among: enrolments)
        // A recovery that is still to come is signed by a key that is no key of the identity's yet.
        if own == .strays, authority.recoveryCommitment(of: identity) == RecoveryCommitment.of(device) { own = .recovery }
        var count = 0
        for key in logsByIdentity[identity] ?? [] where key.space == .registry {
            guard let other = key.device, keyClass(of: other, among: enrolments) == own else { continue }
            count += logs[key]?.registryHeads.reduce(0) { $0 + $1.count } ?? 0
        }
        return (own == .recovery ? min(GateLimits.recoveriesMax, gate.limits.registryEntriesMax) : gate.limits.registryEntriesMax) - count
    }

    /// True if the entry would begin a branch more than a registry log may have.
    func forksTooOften(_ entry: Entry, _ state: LogState) -> Bool {
        state.branches.count >= RunLimits.branchesMax && !state.branches.contains { $0.tip.id == entry.header.backlink }
    }

    // MARK: - Content

    /// Why content of another node is kept out for now; nil if it may come in.
    func gateReason(ofContent entry: Entry, in log: LogKey) -> GateReason? {
        if hasLogsEnough(log) { return .logs }
        // A key that was never enrolled signs nothing that counts, and is free to make: it would have logs without end.
        if logs[log] == nil, let device = log.device, let identity = entry.identity,
            authority.enrolment(of: device, for: identity) == nil
        {
            return .enrolment
        }
        return nil
    }

    /// What is kept of a content log; nil where all is, since nobody forked it.
    func branchBound(of state: LogState, store: some ReplicaStore) throws(StoreFailure) -> BranchBound? {
        guard state.branches.count > 1, state.record.key.space != .registry else { return nil }
        let pinned = authority.pinnedPositions(log: state.record.key, identity: state.record.identity)
        return try BranchBound(of: state.tree, pinned: pinned) { (position) throws(StoreFailure) in
            try id(at: position, in: state, store: store)
        }
    }

    /// After a new branch: what is kept of the log from now on.
    mutating func settleBound(of log: LogKey, store: some ReplicaStore) throws(StoreFailure) {
        guard let state = logs[log], state.bound == nil, state.branches.count > 1 else { return }
        let bound = try branchBound(of: state, store: store)
        logs[log]?.bound = bound
    }

    private func id(at position: LogPosition, in state: LogState, store: some ReplicaStore) throws(StoreFailure) -> EntryID {
        let found = try store.entries(log: state.record.id, branch: position.branch, from: position.sequence, limit: 1, bytesMax: .max)
        guard let entry = found.first?.entry, entry.header.sequence == position.sequence else {
            throw .corrupt("log \(state.record.id.number) has no entry \(position.sequence) on branch \(position.branch)")
        }
        return entry.id
    }

    /// True if a content entry would not be kept of its log, or is of one branch more than are stored.
    func isBeyondBound(_ entry: Entry, _ state: LogState, store: some ReplicaStore) throws(StoreFailure) -> Bool {
        if let branch = state.branches.firstIndex(where: { $0.tip.id == entry.header.backlink }) {
            guard state.branches.count > 1 else { return false }
            return state.bound?.mayContinue(branch) == false
        }
        if state.branches.count >= RunLimits.storedBranchesMax { return true }
        var parent: LogPosition?
        if let backlink = entry.header.backlink {
            guard let stored = try store.entry(backlink), stored.log == state.record.id else { return false }
            parent = LogPosition(branch: stored.branch, sequence: stored.entry.header.sequence)
        }
        var tree = state.tree
        let new = LogPosition(branch: tree.addBranch(after: parent), sequence: entry.header.sequence)
        let pinned = authority.pinnedPositions(log: state.record.key, identity: state.record.identity)
        let bound = try BranchBound(of: tree, pinned: pinned) { (position) throws(StoreFailure) in
            position == new ? entry.id : try id(at: position, in: state, store: store)
        }
        return !bound.keeps(new)
    }

    // MARK: - Root

    private func rootGateReason(_ entry: Entry) -> GateReason? {
        guard let standing = authority.rootStanding(of: entry) else { return nil }
        if !standing.isCandidate { return .rootSignatures }
        return standing.isRival && !gate.permittedRoots.contains(entry.id) ? .rootRival : nil
    }

    /// True if more signatures for an entry that is here could put its branch in the place of an accepted epoch.
    func isRootRivalGrowing(_ entry: Entry) -> Bool {
        guard entry.log.isRoot, !authority.isOnRootChain(entry.id), !gate.permittedRoots.contains(entry.id) else { return false }
        return authority.rootStanding(of: entry)?.isRival == true
    }

    // MARK: - Inceptions

    /// The inceptions that wait and that are named now: by a well-formed grant or admission, or by an admission among `waiting`
    /// whose proof fits a well-formed invitation.
    func inceptionsNamed(by waiting: [Entry]) -> [Entry] {
        gate.inceptions.filter { inception in
            authority.isNamedByGrant(inception.id)
                || waiting.contains { entry in
                    entry.header.kind == .admit && entry.header.identity?.inception == inception.id
                        && entry.header.device == inception.header.device && authority.isInvited(entry)
                }
        }
    }
}

extension GateReason {
    /// What is so about the entry, without a capital and a full stop.
    package var words: String {
        switch self {
        case .logs: "its device has more than \(GateLimits.logsMax) logs in one space"
        case .entries: "its author has as many registry entries as somebody may who administers nothing"
        case .inception: "nothing that counts names this identity yet"
        case .rootRival: "it would undo an epoch of the root keys that this node has accepted"
        case .rootSignatures: "it has fewer valid signatures of root keys than it needs"
        case .branches: "its author forked the log too often"
        case .enrolment: "its key is not one of its author's"
        }
    }
}

extension Authority {
    /// True if an identity holds, in force, the right to govern: ADMIN or STEWARD.
    func isGoverning(_ identity: IdentityID) -> Bool {
        capabilities(of: identity).contains { $0.isIssued && ($0.rights.contains(.admin) || $0.rights.contains(.steward)) }
    }

    /// True if a well-formed grant or admission gives that identity something.
    ///
    /// Well-formed, and not issued: what takes effect may change, and two nodes that took the inception before and after
    /// would hold different sets. (Docs/Decisions/0013-gates.md)
    func isNamedByGrant(_ inception: EntryID) -> Bool {
        capabilities(of: IdentityID(inception: inception)).contains { record in
            table.number(of: record.id).map { states[Int($0)].contains(.wellFormed) } ?? false
        }
    }

    /// True for an admission that shows the key of a well-formed invitation.
    func isInvited(_ admission: Entry) -> Bool {
        guard let ref = admission.header.authorization.capability.flatMap({ table.number(of: $0) }), let act = table.act(ref),
            states[Int(ref)].contains(.wellFormed), let key = table.invitation(act)?.inviteKey
        else { return false }
        return Self.verifiesProof(of: admission, by: key, in: network)
    }

    /// Where an entry of the root log would stand; nil where what it follows is not here, or where it is the founding entry.
    ///
    /// A rival follows an entry of the accepted chain before the last update on it: to follow it would undo an epoch.
    func rootStanding(of entry: Entry) -> (isCandidate: Bool, isRival: Bool)? {
        guard let backlink = entry.header.backlink, let parent = table.number(of: backlink), let record = rootLog.records[parent] else {
            return nil
        }
        func signerCount(_ keys: [DeviceKey]) -> Int { entry.validRootSigners(among: keys, in: network).count }
        var isCandidate = signerCount(record.after.keys) >= record.after.quorum
        if isCandidate, entry.header.kind == .rootUpdate, let act = entry.header.act {
            isCandidate = UInt64(signerCount(Array(Set(act.rootKeys)).sorted())) >= act.rootQuorum
        }
        let lastUpdate = rootLog.chain.lastIndex { table.acts[Int($0)].kind == .rootUpdate && states[Int($0)].contains(.wellFormed) }
        guard let place = rootLog.places[parent], let lastUpdate, place < lastUpdate else { return (isCandidate, false) }
        return (isCandidate, rootLog.chain[place + 1] != table.number(of: entry.id))
    }

    /// Where the tips in force name entries of a content log: of acts of authority, and of its identity's own keys.
    func pinnedPositions(log: LogKey, identity: IdentityID?) -> [LogPosition] {
        guard let number = table.number(ofContentLog: log) else { return [] }
        var out = tipMarks[Int(number)].map(\.position)
        if let inception = identity.flatMap({ table.number(of: $0.inception) }), let index = keyLayerIndex[inception] {
            out += (keyLayers[index].recoveryTips[number] ?? []).map(\.position) + (keyLayers[index].keyTips[number] ?? []).map(\.position)
        }
        return out
    }
}
