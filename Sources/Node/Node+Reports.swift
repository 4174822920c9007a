import EntenteCodec
import EntenteModel
import EntenteReplica

extension Node {
    // MARK: - Members

    /// Everybody whom a capability was ever given to, sites before people, then by name and id.
    func memberItems(at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> [MemberItem] {
        var items: [MemberItem] = []
        for identity in replica.authority.identities {
            guard let item = try memberItem(identity, at: wall, store: store) else { continue }
            items.append(item)
        }
        return items.sorted { a, b in
            if a.kind != b.kind { return a.kind == "site" }
            if !Names.equal(a.name, b.name) { return Array(a.name.utf8).lexicographicallyPrecedes(Array(b.name.utf8)) }
            return Array(a.id.utf8).lexicographicallyPrecedes(Array(b.id.utf8))
        }
    }

    func memberItem(
        _ identity: IdentityID, at wall: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> MemberItem? {
        let authority = replica.authority
        let all = authority.capabilities(of: identity).filter { authority.isIssued($0.id) }
        let active = all.filter { authority.isActive($0.id) }
        let current = active.filter { $0.expiry.map { wall <= $0 } != false }
        let shown = current.isEmpty ? all : current
        // What says most of a person is the membership; the role is that of the most senior capability.
        let standings = shown.filter { !isAutomatic($0) }
        guard let leading = (standings.isEmpty ? shown : standings).min(by: { ($0.level, $0.id) < ($1.level, $1.id) }) else { return nil }
        var spaces: Set<String> = []
        var isNetworkWide = false
        for capability in shown {
            if capability.scope.isNetwork { isNetworkWide = true }
            if !capability.scope.isNetwork { spaces.insert(try spaceLabel(capability.scope, store: store)) }
        }
        let until = shown.contains { $0.expiry == nil } ? nil : shown.compactMap(\.expiry).max()
        return MemberItem(
            id: identity.description, name: try name(of: identity, store: store),
            kind: authority.isSite(identity) ? "site" : "person", role: roleName(of: leading, identity: identity),
            spaces: isNetworkWide ? [] : spaces.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) },
            until: until?.iso8601, state: state(of: identity, all: all, active: active, current: current),
            site: try replica.directory.host(of: identity).flatMap { replica.directory.identities(ofDevice: $0).first }
                .map { (site) throws(StoreFailure) in try name(of: site, store: store) },
            held: try replica.heldEntries(of: identity, limit: NodeLimits.timelineMax, store: store).count,
            forks: replica.forkedLogs(of: identity).count)
    }

    /// True for what a site holds for its automatic acts alone. (Docs/Decisions/0008-automatic-acts.md)
    func isAutomatic(_ capability: CapabilityRecord) -> Bool {
        capability.level <= 5 && capability.rights == .steward
    }

    /// A space's name if this node may hold it, else its short id.
    func spaceLabel(_ path: SpacePath, store: some ReplicaStore) throws(StoreFailure) -> String {
        ownAudience.mayHold(.content(path)) ? try spaceName(path, store: store) : name(of: .content(path))
    }

    private func state(
        of identity: IdentityID, all: [CapabilityRecord], active: [CapabilityRecord], current: [CapabilityRecord]
    ) -> String {
        let authority = replica.authority
        if !current.isEmpty {
            let isProvisional = current.allSatisfy { $0.kind == .admit && !authority.isSealed($0.id) }
            return isProvisional ? "provisional" : "active"
        }
        // Closed behind its last day is ended too, whoever closed it.
        let haveEnded = all.allSatisfy { capability in
            guard let expiry = capability.expiry else { return false }
            return authority.stops(capability.id, at: capability.scope).allSatisfy {
                authority.act($0).map { $0.timestamp > expiry } ?? false
            }
        }
        if !active.isEmpty || haveEnded { return "ended" }
        // Who was removed once, taken back, and has left since, has left.
        let stops = all.flatMap { authority.stops($0.id, at: $0.scope) }.compactMap { authority.act($0) }
        let last = stops.max { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }
        return last.map { $0.kind == .leave } ?? true ? "left" : "removed"
    }

    /// The name of (level, rights, scope). (authority, section 1)
    func roleName(of capability: CapabilityRecord, identity: IdentityID) -> String {
        roleTitle(
            level: capability.level, rights: capability.rights, scope: capability.scope, isSite: replica.authority.isSite(identity))
    }

    // MARK: - Peers and status

    func peerItems(store: some ReplicaStore) throws(StoreFailure) -> [PeerItem] {
        var items: [PeerItem] = []
        var listed: Set<ConnectionID> = []
        for address in dials.keys.sorted() {
            guard let dial = dials[address] else { continue }
            let session = session(of: dial)
            if let session { listed.insert(session.id) }
            items.append(try peerItem(address: address, record: dial.record, session: session, store: store))
        }
        for id in sessions.keys.sorted() where !listed.contains(id) {
            guard let session = sessions[id], let peer = session.peer else { continue }
            let record = PeerRecord(address: session.address, node: peer.node)
            items.append(try peerItem(address: session.address, record: record, session: session, store: store))
        }
        return items
    }

    private func session(of dial: Dial) -> Session? {
        if case .connected(let id) = dial.state, let session = sessions[id], session.peer != nil { return session }
        guard let node = dial.record.node else { return nil }
        return sessions.keys.sorted().compactMap { sessions[$0] }.first { $0.peer?.node == node }
    }

    private func peerItem(
        address: String, record: PeerRecord, session: Session?, store: some ReplicaStore
    ) throws(StoreFailure) -> PeerItem {
        var site: String?
        if let node = record.node {
            if let identity = replica.directory.identities(ofDevice: node).first {
                site = try name(of: identity, store: store)
            } else {
                site = node.short
            }
        }
        return PeerItem(
            site: site, address: address, connected: session?.hasToldSums ?? false,
            inSync: try session.map { (session) throws(StoreFailure) in try isInSync(session, store: store) } ?? false,
            lastExchange: record.lastExchange?.iso8601, lastFault: record.lastFault, faults: record.faultCount)
    }

    func statusItem(store: some ReplicaStore) throws(StoreFailure) -> StatusItem {
        var spaces: [SpaceStatusItem] = []
        var entries: UInt64 = 0
        for space in Set(replica.spaces).union([.registry]).sorted() {
            let count = replica.entryCount(of: space)
            entries += count
            let name: String
            if let path = space.path { name = try spaceName(path, store: store) } else { name = "registry" }
            spaces.append(
                SpaceStatusItem(
                    name: name, entries: count, logs: UInt64(replica.logCount(of: space)),
                    fingerprint: Hex.encode(replica.sum(of: space).bytes), missing: UInt64(try missingCount(in: [space], store: store))))
        }
        let site = try ownSite.map { (site) throws(StoreFailure) in
            AuthorItem(id: site.description, name: try name(of: site, store: store))
        }
        return StatusItem(
            network: replica.networkName, networkID: replica.network.description, site: site ?? AuthorItem(id: "", name: ""),
            entries: entries, spaces: spaces, peers: try peerItems(store: store), faults: faultCount, readOnly: nil, views: nil,
            forks: try forkItems(of: nil, store: store), gate: try gateWords(store: store))
    }
}
