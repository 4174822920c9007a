import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import EntenteSecureChannel

extension Node {
    // MARK: - Connections

    mutating func connected(
        _ connection: ConnectionID, _ origin: ConnectionOrigin, at now: Now, using random: inout some RandomNumberGenerator,
        effects: inout [Effect]
    ) {
        guard sessions.count < identity.tuning.sessionsMax else {
            effects.append(.close(connection))
            if case .dialled(let address) = origin, var dial = dials[address] {
                wait(&dial, at: now.instant)
                dials[address] = dial
            }
            return
        }
        var dialled = false
        if case .dialled(let address) = origin {
            dialled = true
            dials[address]?.state = .connected(connection)
        }
        let introduction = introduction(joining: dialled, at: now)
        do {
            // A joiner shows its invitation to the node that the invitation names, and to no other.
            let expected = join?.invitation.bootstrap.first { .dialled(address: $0.address) == origin }?.node.bytes
            let channel = try SecureChannel(
                dialled ? .initiator : .responder, as: channelIdentity, extensionBytes: introduction.encoded, expectedNodeKey: expected,
                using: &random)
            let session = Session(id: connection, origin: origin, channel: channel, now: now.instant)
            sessions[connection] = session
            for case .send(let bytes) in try session.channel.begin() { effects.append(.send(connection, bytes)) }
        } catch {
            preconditionFailure("a fresh channel begins, and our introduction fits: \(error)")
        }
    }

    private func introduction(joining: Bool, at now: Now) -> Introduction {
        var introduction = Introduction(clock: now.wall, incarnation: incarnation, listenAddress: identity.listenAddress, join: nil)
        if joining, let join, let key = SigningKey(seed: join.invitation.keySeed) {
            let invitations = join.invitation.invitations
            let bytes = Introduction.joinBytes(
                network: identity.network, node: DeviceKey(identity.siteKey.publicKey), invitations: invitations)
            introduction.join = .init(invitations: invitations, signature: key.sign(bytes).bytes)
        }
        return introduction
    }

    mutating func received(
        _ bytes: [UInt8], on connection: ConnectionID, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        // Bytes of a connection that is closed already: a harmless race.
        guard let session = sessions[connection] else { return }
        let outputs: [ChannelOutput]
        do {
            outputs = try session.channel.receive(bytes)
        } catch {
            return broken(session, by: error, at: now, store: &store, effects: &effects)
        }
        for output in outputs {
            guard sessions[connection] != nil else { return }
            // A whole message is a sign of life; bytes that never come to be one are not.
            session.lastReceived = now.instant
            switch output {
            case .send(let bytes): effects.append(.send(connection, bytes))
            case .established(let proof): try established(session, proof, at: now, store: &store, effects: &effects)
            case .message(let bytes): try receivedMessage(bytes, on: session, at: now, store: &store, effects: &effects)
            }
        }
    }

    mutating func disconnected(_ connection: ConnectionID, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]) {
        guard let session = sessions[connection] else { return }
        takeRest(of: session, at: now, store: &store, effects: &effects)
        guard sessions[connection] != nil else { return }
        if session.peer != nil { effects.append(.notice(.peerDisconnected(connection))) }
        forget(session, at: now)
    }

    mutating func dialFailed(_ address: String, _ reason: String, at now: Now, store: inout some ReplicaStore) throws(StoreFailure) {
        guard var dial = dials[address], case .dialling = dial.state else { return }
        dial.record.lastFault = reason
        wait(&dial, at: now.instant)
        dials[address] = dial
        try store.setPeer(dial.record)
    }

    /// The address is dialled again, later each time it fails.
    private func wait(_ dial: inout Dial, at now: Instant) {
        dial.state = .waiting(until: now.advanced(byMilliseconds: dial.delay))
        dial.delay = min(dial.delay * 2, identity.tuning.dialDelayMax)
    }

    /// Sessions that this node dials to; the others are left to those who call.
    private var dialledMax: Int { max(1, identity.tuning.sessionsMax * 3 / 4) }

    /// Dials whoever is due: at random where not all have a place, and then, by the timer, in the place of one with whom this
    /// node is in sync. (Specs/06-gossip.md, G-59; Docs/Decisions/0017-anti-entropy.md)
    mutating func dialDue(
        at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let due = try dueAddresses(at: now, store: &store).shuffled(using: &random)
        guard !due.isEmpty else { return }
        let dialling = dials.values.count { if case .dialling = $0.state { true } else { false } }
        let free = min(
            dialledMax - sessions.values.count(where: \.isDialler), identity.tuning.sessionsMax - sessions.count)
        var places = max(0, free - dialling)
        let later = now.instant.advanced(byMilliseconds: identity.tuning.antiEntropyMilliseconds)
        if places == 0, dialling == 0, now.instant >= nextRotation, try makeRoom(at: now, using: &random, store: store, effects: &effects) {
            nextRotation = later
            places = 1
        }
        for (index, address) in due.enumerated() {
            if index >= places {
                dials[address]?.state = .waiting(until: later)
            } else if !isBeingDialled(dials[address]?.record.node, butAt: address) {
                dials[address]?.state = .dialling(since: now.instant)
                effects.append(.dial(address: address))
            }
        }
    }

    /// Closes a session that is in sync. Returns false if there is none.
    private mutating func makeRoom(
        at now: Now, using random: inout some RandomNumberGenerator, store: some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> Bool {
        var idle: [Session] = []
        for id in sessions.keys.sorted() {
            if let session = sessions[id], try isInSync(session, store: store) { idle.append(session) }
        }
        guard let session = idle.randomElement(using: &random) else { return false }
        close(session, at: now, effects: &effects)
        return true
    }

    /// The addresses to dial by now, ascending; gives up on those that do not answer.
    private mutating func dueAddresses(at now: Now, store: inout some ReplicaStore) throws(StoreFailure) -> [String] {
        var due: [String] = []
        for address in dials.keys.sorted() {
            guard var dial = dials[address] else { continue }
            switch dial.state {
            case .connected: continue
            case .dialling(let since):
                guard now.instant >= since.advanced(byMilliseconds: NodeLimits.dialMilliseconds) else { continue }
                dial.record.lastFault = "it does not answer"
                wait(&dial, at: now.instant)
                try store.setPeer(dial.record)
            case .waiting(let until):
                guard now.instant >= until else { continue }
                if let node = dial.record.node, sessions.values.contains(where: { $0.peer?.node == node }) {
                    // It came to us: one connection is enough.
                    dial.state = .waiting(until: now.instant.advanced(byMilliseconds: identity.tuning.dialDelayMax))
                } else if isBeingDialled(dial.record.node, butAt: address) {
                    dial.state = .waiting(until: now.instant.advanced(byMilliseconds: NodeLimits.dialDelayMin))
                } else {
                    due.append(address)
                }
            }
            dials[address] = dial
        }
        return due
    }

    /// True if the node is being called at another of its addresses: of two lines the two ends might keep another one each.
    private func isBeingDialled(_ node: DeviceKey?, butAt address: String) -> Bool {
        guard let node else { return false }
        return dials.contains { other, dial in
            guard other != address, dial.record.node == node else { return false }
            if case .waiting = dial.state { return false }
            return true
        }
    }

    // MARK: - Open and closed

    private mutating func established(
        _ session: Session, _ proof: PeerProof, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        let node = DeviceKey(proof.nodeKey.bytes)
        guard let introduction = try? Introduction(canonical: proof.extensionBytes) else {
            return fault(session, "the introduction is malformed", at: now, store: &store, effects: &effects)
        }
        guard node != DeviceKey(identity.siteKey.publicKey) else {
            // Our own address: not an error, and not to be dialled again.
            if case .dialled(let address) = session.origin {
                dials[address] = nil
                try store.removePeer(address: address)
            }
            return close(session, at: now, effects: &effects)
        }
        let standing: Session.Standing
        switch try admit(node, introduction, dialled: session.isDialler, at: now, store: store) {
        case .success(let value): standing = value
        case .failure(let refusal):
            session.phase = .open(.init(node: node, introduction: introduction, clockOffset: 0, standing: .joiner))
            if refusal.isFault {
                faultCount += 1
                if now.instant >= nextRefusalNotice {
                    nextRefusalNotice = now.instant.advanced(byMilliseconds: NodeLimits.strangerNoticeMilliseconds)
                    let reason = "\(name(ofNode: node)) was refused: \(refusal.text)"
                    effects.append(.notice(.fault(session.id, from: session.address, reason: reason)))
                }
            }
            return refuse(session, refusal.code, refusal.text, at: now, store: &store, effects: &effects)
        }
        if let other = sessions.values.first(where: { $0.id != session.id && $0.peer?.node == node }) {
            // Two sites dialled each other: the connection that the smaller key dialled stays, on both sides. Where one side
            // dialled twice, it does not believe in the earlier one any more.
            let keepsDialled = DeviceKey(identity.siteKey.publicKey) < node
            let loser = session.isDialler == other.isDialler || session.isDialler == keepsDialled ? other : session
            refuse(loser, .duplicate, "another connection of these two sites goes on", at: now, store: &store, effects: &effects)
            if loser === session { return }
        }
        session.phase = .open(
            .init(
                node: node, introduction: introduction, clockOffset: clockOffset(of: introduction, at: now), standing: standing))
        try remember(session, node: node, introduction: introduction, at: now, store: &store)
        effects.append(.notice(.peerConnected(session.id, node: name(ofNode: node), address: session.address)))
        session.sumsDue = now.instant
    }

    private struct AdmissionRefusal: Error {
        let code: Message.RefusalCode
        let text: String
        var isFault: Bool { code == .unknown || code == .formerMember }
    }

    /// Whether the node behind the handshake is one that we talk to.
    private func admit(
        _ node: DeviceKey, _ introduction: Introduction, dialled: Bool, at now: Now, store: some ReplicaStore
    ) throws(StoreFailure) -> Result<Session.Standing, AdmissionRefusal> {
        let audience = audience(of: node, at: now.wall)
        if !audience.scopes.isEmpty { return .success(.member(audience)) }
        if dialled, let join, join.invitation.bootstrap.contains(where: { $0.node == node }) { return .success(.bootstrap) }
        if let proof = introduction.join, !dialled { return try admit(node, proof, at: now, store: store) }
        let isKnown = !replica.directory.identities(ofDevice: node).isEmpty || !replica.directory.identities(hostedBy: node).isEmpty
        return isKnown
            ? .failure(.init(code: .formerMember, text: "the membership of this site has ended"))
            : .failure(.init(code: .unknown, text: "this site has not heard of yours yet; connect first to the site that let you in"))
    }

    private func admit(
        _ node: DeviceKey, _ proof: Introduction.JoinProof, at now: Now, store: some ReplicaStore
    ) throws(StoreFailure) -> Result<Session.Standing, AdmissionRefusal> {
        let bytes = Introduction.joinBytes(network: identity.network, node: node, invitations: proof.invitations)
        guard let first = proof.invitations.first else {
            return .failure(.init(code: .invitationUnknown, text: "no invitation was shown"))
        }
        for id in proof.invitations {
            guard let invite = try registryAct(id, store: store), invite.kind == .invite, let key = invite.inviteKey else {
                return .failure(
                    .init(
                        code: .invitationUnknown,
                        text: "this site has not heard of the invitation yet; try the site that issued it, or try again later"))
            }
            guard let signature = Signature(proof.signature), VerifyingKey(key.bytes)?.verifies(signature, over: bytes) == true else {
                return .failure(.init(code: .invitationUnknown, text: "the proof of the invitation does not hold"))
            }
        }
        if let refusal = try closedReason(of: first, at: now.wall, store: store) { return .failure(refusal) }
        return .success(.joiner)
    }

    /// Why nobody comes in by an invitation any more; nil while it is open.
    private func closedReason(
        of invitation: EntryID, at wall: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> AdmissionRefusal? {
        switch try invitationState(invitation, at: wall, store: store) {
        case .open: return nil
        case .unknown: return .init(code: .invitationUnknown, text: "this site has not heard of the invitation")
        case .closed: return .init(code: .invitationClosed, text: "the invitation is closed: it, or whoever issued it, was revoked")
        case .expired: return .init(code: .invitationExpired, text: "the last day on which the invitation could be used has passed")
        case .usedUp: return .init(code: .invitationUsedUp, text: "the invitation has been used as often as it may be")
        }
    }

    /// Where the peer can be found again.
    private mutating func remember(
        _ session: Session, node: DeviceKey, introduction: Introduction, at now: Now, store: inout some ReplicaStore
    ) throws(StoreFailure) {
        let address: String
        if case .dialled(let dialledAddress) = session.origin {
            address = dialledAddress
        } else if let listening = introduction.listenAddress, Address.isWellFormed(listening) {
            address = listening
            // It says so. Where another node was found there, only dialling can find this one.
            if let known = dials[address]?.record.node, known != node { return }
        } else {
            return
        }
        if dials[address] == nil {
            let others = dials.values.count { $0.record.node == node }
            guard dials.count < NodeLimits.addressesMax, others < NodeLimits.addressesOfNodeMax else { return }
        }
        var dial =
            dials[address] ?? Dial(record: PeerRecord(address: address), state: .connected(session.id), delay: NodeLimits.dialDelayMin)
        // An inbound contact resets the back-off. Whom we dialled may yet refuse us: there its first sums do.
        if !session.isDialler { dial.delay = NodeLimits.dialDelayMin }
        dial.state = .connected(session.id)
        dial.record.node = node
        dials[address] = dial
        try store.setPeer(dial.record)
    }

    /// The peer did what no honest peer does.
    mutating func fault(
        _ session: Session, _ reason: String, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) {
        faultCount += 1
        effects.append(.notice(.fault(session.id, from: session.address, reason: reason)))
        if let address = address(of: session) { dials[address]?.record.faultCount += 1 }
        note(reason, of: session, store: &store)
        close(session, at: now, effects: &effects)
    }

    /// Where the session's peer is remembered: by its node key, and the address in use before others of it. Nil if nowhere.
    func address(of session: Session) -> String? {
        let inUse = dials.keys.sorted().first { dials[$0]?.state == .connected(session.id) }
        guard inUse == nil, let node = session.peer?.node else { return inUse }
        return dials.keys.sorted().first { dials[$0]?.record.node == node }
    }

    /// Remembers what was wrong with a peer, for `peers` to show.
    mutating func note(_ reason: String, of session: Session, store: inout some ReplicaStore) {
        guard let address = address(of: session), var record = dials[address]?.record else { return }
        record.lastFault = reason
        dials[address]?.record = record
        // It is worth no batch: if it cannot be written, it is shown all the same.
        try? store.setPeer(record)
    }

    /// The channel has ended. Anybody on the internet can be a stranger: all are counted, one a minute is told of.
    private mutating func broken(
        _ session: Session, by fault: ChannelFault, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) {
        if fault.severity == .stranger { return strange(session, "\(fault)", at: now, store: &store, effects: &effects) }
        self.fault(session, "\(fault)", at: now, store: &store, effects: &effects)
    }

    /// A fault that anybody can commit who can reach this node.
    private mutating func strange(
        _ session: Session, _ reason: String, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) {
        if !session.isDialler {
            guard now.instant >= nextStrangerNotice else {
                faultCount += 1
                return close(session, at: now, effects: &effects)
            }
            nextStrangerNotice = now.instant.advanced(byMilliseconds: NodeLimits.strangerNoticeMilliseconds)
        }
        fault(session, reason, at: now, store: &store, effects: &effects)
    }

    /// Says why, and closes. It is called again later than after other ends.
    mutating func refuse(
        _ session: Session, _ code: Message.RefusalCode, _ text: String, at now: Now, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) {
        if code != .duplicate { note("it is refused: \(text)", of: session, store: &store) }
        send(.refuse(code: code, text: text), to: session, effects: &effects)
        for address in dials.keys.sorted() where dials[address]?.state == .connected(session.id) {
            let delay = dials[address]?.delay ?? 0
            dials[address]?.delay = max(delay, min(NodeLimits.refusedDelayMin, identity.tuning.dialDelayMax))
        }
        close(session, at: now, effects: &effects)
    }

    mutating func close(_ session: Session, at now: Now, effects: inout [Effect]) {
        effects.append(.close(session.id))
        forget(session, at: now)
    }

    private mutating func forget(_ session: Session, at now: Now) {
        session.phase = .closed
        drop(incomingOf: session)
        sessions[session.id] = nil
        for address in dials.keys.sorted() {
            guard var dial = dials[address], dial.state == .connected(session.id) else { continue }
            wait(&dial, at: now.instant)
            dials[address] = dial
        }
    }

    /// Seals and sends, if the session still stands.
    func send(_ message: Message, to session: Session, effects: inout [Effect]) {
        guard let bytes = try? session.channel.seal(message.encoded) else { return }
        effects.append(.send(session.id, bytes))
    }

    // MARK: - What a session does by itself

    /// Everything that is due on a session: deadlines, sums to tell, reconciliations to begin, entries to send.
    mutating func tend(
        _ session: Session, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        switch session.phase {
        case .closed: return
        case .handshaking:
            if now.instant >= session.opened.advanced(byMilliseconds: NodeLimits.handshakeMilliseconds) {
                strange(session, "the handshake was not finished in time", at: now, store: &store, effects: &effects)
            }
        case .open:
            if now.instant >= session.lastReceived.advanced(byMilliseconds: identity.tuning.silenceMilliseconds) {
                return close(session, at: now, effects: &effects)
            }
            if session.isBusy, now.instant >= session.lastProgress.advanced(byMilliseconds: identity.tuning.stallMilliseconds) {
                return fault(session, "what was under way did not get on", at: now, store: &store, effects: &effects)
            }
            if now.instant >= session.lastTold.advanced(byMilliseconds: identity.tuning.antiEntropyMilliseconds) {
                session.sumsDue = now.instant
                session.tried = [:]
                session.wantedLeft = max(session.wantedLeft, NodeLimits.wantMax)
                session.askedCapabilities = []
                session.bodyCursor = Arrival.none
            }
            if now.instant >= session.keyed.advanced(byMilliseconds: NodeLimits.rekeyMilliseconds) {
                session.keyed = now.instant
                if let bytes = try? session.channel.rekey() { effects.append(.send(session.id, bytes)) }
            }
            if !session.isBusy { session.lastProgress = now.instant }
            try sendOwed(to: session, store: &store, effects: &effects)
            try pump(session, store: &store, effects: &effects)
            if let due = session.sumsDue, now.instant >= due { tellSums(to: session, at: now, effects: &effects) }
            askForTips(session, at: now, effects: &effects)
            try askForBodies(session, at: now, store: store, effects: &effects)
            try beginReconciliation(with: session, at: now, effects: &effects)
            try noteExchange(with: session, at: now, store: &store)
            try noteSync(of: session, store: store, effects: &effects)
        }
    }

    /// Says once that both sides hold the same, each time that it becomes so.
    private func noteSync(of session: Session, store: some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        let isInSync = try isInSync(session, store: store)
        if isInSync, !session.isKnownInSync { effects.append(.notice(.peerInSync(session.id))) }
        session.isKnownInSync = isInSync
    }

    /// In sync: remembered, so that it can be shown when the line is cut.
    private mutating func noteExchange(with session: Session, at now: Now, store: inout some ReplicaStore) throws(StoreFailure) {
        guard try isInSync(session, store: store), let address = address(of: session) else { return }
        let last = dials[address]?.record.lastExchange ?? Timestamp(milliseconds: 0)
        // What went wrong before is over at once; that all is well is written down now and then.
        guard dials[address]?.record.lastFault != nil || now.wall >= last.advanced(byMilliseconds: identity.tuning.antiEntropyMilliseconds)
        else { return }
        dials[address]?.record.lastExchange = now.wall
        dials[address]?.record.lastFault = nil
        if let record = dials[address]?.record { try store.setPeer(record) }
    }
}
