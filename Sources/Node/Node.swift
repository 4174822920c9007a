import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel

/// The whole node without I/O: one event in, a list of effects out.
///
/// Three kinds of wrong, never mixed: a bug of ours is a `precondition`; a peer's fault closes its connection and is
/// counted; a harmless race is ignored by name. A `StoreFailure` leaves the value unusable: the runtime discards the
/// batch's effects, makes a new node from the store, and closes every connection.
package struct Node: ~Copyable {
    var identity: NodeIdentity
    var replica: Replica
    /// What this node is in every session.
    let channelIdentity: ChannelIdentity
    /// Under which this node signs: one life of its database.
    var incarnation: UInt64
    /// Which site's node this is; nil until it has joined.
    var ownSite: IdentityID?
    /// What this node itself may hold.
    var ownAudience = Audience(site: nil, scopes: [])

    var sessions: [ConnectionID: Session] = [:]
    var dials: [String: Dial] = [:]
    var checks: [BatchID: PendingChecks] = [:]
    var nextBatch: UInt64 = 0
    var join: Joining?
    var waits: [CommandID: SyncWait] = [:]
    /// Faults of strangers and of peers since this value was made.
    var faultCount: UInt64 = 0
    /// Heads of a space as items to reconcile, until its heads change.
    var itemCache: [Space: CachedItems] = [:]
    /// Automatic acts are due: the registry changed, or a day passed.
    var automaticDue = true
    var automatic = AutomaticState()
    /// The next daily round of the automatic acts, by the monotonic clock.
    var nextRound = Instant(milliseconds: 0)
    /// Why this node is to sign in new logs from here on: a peer knew an entry of ours that this database does not have, so
    /// that it is a restored or cloned one, or what we wrote last is not offered.
    var incarnationDoubt: String?
    /// Before it, no session makes room for another site.
    var nextRotation = Instant(milliseconds: 0)
    /// Inceptions that this node wrote and that nothing names yet: they go with what names them. One or two, while joining.
    var unnamed: [StoredEntry] = []
    /// The registry changed: it is to be looked whether what we wrote last is offered still.
    var isOwnTipDoubtful = false
    /// Before it, strangers are counted and not told of; the same for those whom we refuse.
    var nextStrangerNotice = Instant(milliseconds: 0)
    var nextRefusalNotice = Instant(milliseconds: 0)

    /// An address that is dialled whenever there is no session with it.
    struct Dial {
        var record: PeerRecord
        var state: State
        var delay: UInt64

        enum State: Hashable {
            case waiting(until: Instant)
            case dialling(since: Instant)
            case connected(ConnectionID)
        }
    }

    /// The versions of what is spoken inside a session.
    static let protocolVersions: ClosedRange<UInt16> = 1...1

    /// Rebuilds the node from what is stored.
    package init(
        identity: NodeIdentity, now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        // What may fail comes first: a noncopyable value is made whole or not at all.
        var replica = try Replica(network: identity.network, store: &store)
        replica.gate.limits.registryEntriesMax = identity.tuning.registryEntriesMax
        if let permitted = identity.tuning.permittedRoot { replica.gate.permittedRoots = [permitted] }
        let stored = try store.fact(.incarnation).flatMap { Incarnation.decode($0) }
        let incarnation = stored ?? random.next()
        if stored == nil { try store.setFact(.incarnation, Incarnation.encode(incarnation)) }
        let records = try store.peers()
        guard
            let channelIdentity = ChannelIdentity(
                networkID: identity.network.bytes, networkSecret: identity.secret, nodeKey: identity.siteKey,
                sessionKey: identity.agreementKey, epoch: incarnation, versions: Self.protocolVersions)
        else { preconditionFailure("the runtime reads a secret of 32 bytes") }
        self.identity = identity
        self.replica = replica
        self.channelIdentity = channelIdentity
        self.incarnation = incarnation
        for record in records {
            dials[record.address] = Dial(record: record, state: .waiting(until: now.instant), delay: NodeLimits.dialDelayMin)
        }
        refreshOwnStanding(at: now.wall)
    }

    package mutating func handle(
        _ event: Event, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore
    ) throws(StoreFailure) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .started, .timerFired: break
        case .connected(let connection, let origin): connected(connection, origin, at: now, using: &random, effects: &effects)
        case .received(let connection, let bytes):
            try received(bytes, on: connection, at: now, using: &random, store: &store, effects: &effects)
        case .disconnected(let connection): disconnected(connection, at: now, store: &store, effects: &effects)
        case .dialFailed(let address, let reason): try dialFailed(address, reason, at: now, store: &store)
        case .commanded(let id, let command):
            try commanded(id, command, at: now, using: &random, store: &store, effects: &effects)
        case .verified(let batch, let verdicts):
            try verified(batch, verdicts, at: now, using: &random, store: &store, effects: &effects)
        }
        try runDue(at: now, using: &random, store: &store, effects: &effects)
        effects.append(.wake(at: nextWake(after: now)))
        return effects
    }

    // MARK: - Time

    /// Everything that time alone brings about.
    private mutating func runDue(
        at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        if isOwnTipDoubtful {
            isOwnTipDoubtful = false
            if signsBeyondCut() { incarnationDoubt = incarnationDoubt ?? "what this node wrote last lies beyond a removal" }
        }
        if let reason = incarnationDoubt {
            incarnationDoubt = nil
            incarnation = random.next()
            try store.setFact(.incarnation, Incarnation.encode(incarnation))
            effects.append(.notice(.newIncarnation(reason: reason)))
        }
        if now.instant >= nextRound {
            nextRound = now.instant.advanced(byMilliseconds: Automatic.roundMilliseconds)
            automaticDue = true
            automatic.isRoundDue = true
            // A capability may have come to its end since the last look.
            try standingChanged(at: now, store: &store, effects: &effects)
        }
        if automaticDue {
            automaticDue = false
            try actAutomatically(at: now, store: &store, effects: &effects)
        }
        try continueJoining(at: now, using: &random, store: &store, effects: &effects)
        for id in sessions.keys.sorted() {
            guard let session = sessions[id] else { continue }
            try tend(session, at: now, store: &store, effects: &effects)
        }
        try answerWaits(at: now, store: store, effects: &effects)
        try dialDue(at: now, using: &random, store: &store, effects: &effects)
    }

    private func nextWake(after now: Now) -> Instant {
        var next = nextRound
        for dial in dials.values {
            switch dial.state {
            case .waiting(let until): next = min(next, until)
            case .dialling(let since): next = min(next, since.advanced(byMilliseconds: NodeLimits.dialMilliseconds))
            case .connected: break
            }
        }
        for session in sessions.values {
            switch session.phase {
            case .handshaking: next = min(next, session.opened.advanced(byMilliseconds: NodeLimits.handshakeMilliseconds))
            case .open:
                if let due = session.sumsDue { next = min(next, due) }
                next = min(next, session.lastTold.advanced(byMilliseconds: identity.tuning.antiEntropyMilliseconds))
                next = min(next, session.lastReceived.advanced(byMilliseconds: identity.tuning.silenceMilliseconds))
            case .closed: break
            }
        }
        for wait in waits.values { next = min(next, wait.deadline) }
        if let join { next = min(next, join.deadline) }
        // At least a millisecond, so that a deadline that cannot be met does not make the timer spin.
        return max(next, now.instant.advanced(byMilliseconds: 1))
    }

    // MARK: - Who we are

    /// After the registry changed: which site this is, and what it may hold.
    mutating func refreshOwnStanding(at wall: Timestamp) {
        let node = DeviceKey(identity.siteKey.publicKey)
        ownAudience = audience(of: node, at: wall)
        ownSite = ownAudience.site ?? replica.directory.identities(ofDevice: node).first
    }

    /// What a node may hold: its own site's capabilities, and those of the identities that it hosts.
    func audience(of node: DeviceKey, at wall: Timestamp) -> Audience {
        let authority = replica.authority
        let directory = replica.directory
        let sites = directory.identities(ofDevice: node).filter { directory.isKeyInForce(node, of: $0) }
        let hosted = directory.identities(hostedBy: node)
        var scopes: [SpacePath] = []
        for identity in sites + hosted {
            for capability in authority.capabilities(of: identity)
            where authority.isActive(capability.id) && capability.expiry.map({ wall <= $0 }) != false {
                scopes.append(capability.scope)
            }
        }
        let minimal = Set(scopes).filter { scope in !scopes.contains { $0 != scope && scope.lies(in: $0) } }
        return Audience(site: sites.first, scopes: minimal.sorted())
    }

    /// The registry changed: what this node and its peers may hold is asked again, at once, on open sessions too.
    mutating func standingChanged(
        at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        refreshOwnStanding(at: now.wall)
        for id in sessions.keys.sorted() {
            guard let session = sessions[id], case .open(var peer) = session.phase else { continue }
            let audience = audience(of: peer.node, at: now.wall)
            switch peer.standing {
            case .member where audience.scopes.isEmpty:
                refuse(session, .formerMember, "your membership has ended", at: now, store: &store, effects: &effects)
                continue
            case .joiner where audience.scopes.isEmpty, .bootstrap where audience.scopes.isEmpty: continue
            case .member, .joiner, .bootstrap: peer.standing = .member(audience)
            }
            session.phase = .open(peer)
            session.theirSums = session.theirSums.filter { mayShare($0.key, with: session) }
            if let space = session.asking?.space, !mayShare(space, with: session) { session.asking = nil }
            if let space = session.owed?.space, !mayShare(space, with: session) { session.owed = nil }
            if let space = session.answering?.space, !mayShare(space, with: session) { session.answering = nil }
            if let space = session.incoming?.log.space, !mayShare(space, with: session) { drop(incomingOf: session) }
            session.sumsDue = now.instant
        }
    }

    /// True if both this node and the session's peer may hold the space.
    func mayShare(_ space: Space, with session: Session) -> Bool {
        guard let peer = session.peer else { return false }
        switch peer.standing {
        case .joiner, .bootstrap: return space == .registry
        case .member(let audience): return space == .registry || audience.mayHold(space) && ownAudience.mayHold(space)
        }
    }

    func drop(incomingOf session: Session) {
        session.isSkippingRun = session.isSkippingRun || session.incoming != nil
        session.incoming = nil
    }
}

/// The incarnation as it is kept in the store.
enum Incarnation {
    static func encode(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(value)
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
