import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

extension Node {
    mutating func commanded(
        _ id: CommandID, _ command: Command, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(StoreFailure) {
        do {
            if let answer = try perform(command, id, at: now, using: &random, store: &store, effects: &effects) {
                effects.append(.reply(id, answer))
            }
        } catch {
            switch error {
            case .refusal(let refusal): effects.append(.reply(id, .refused(refusal)))
            case .store(let failure): throw failure
            }
        }
    }

    /// Why a command was not done: our store's doing, or the command's.
    enum Stop: Error {
        case refusal(Refusal)
        case store(StoreFailure)
    }

    /// Nil where the answer comes later.
    private mutating func perform(
        _ command: Command, _ id: CommandID, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer? {
        switch command {
        case .createSpace(let name, let by): return try createSpace(name, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .listSpaces:
            return .spaces(try storing { () throws(StoreFailure) in try heldSpaces(store: store) })
        case .post(let space, let text, let replyTo, let by):
            return try post(text, in: space, replyTo: replyTo, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .timeline(let space, let limit, let before, _):
            return .timeline(try timeline(of: space, limit: limit, before: before, store: store))
        case .entry(let text): return .entry(try entryItem(text, store: store))
        case .heads(let space, let after, let limit):
            return .heads(try headItems(of: space, after: after, limit: limit, store: store))
        case .space(let name):
            let path = try space(named: name, store: store)
            return .spaces([
                SpaceItem(id: path.description, name: try storing { () throws(StoreFailure) in try spaceName(path, store: store) })
            ])
        case .thread, .search, .people, .views, .rebuildViews: return .refused(.withoutViews)
        case .members: return .members(try storing { () throws(StoreFailure) in try memberItems(at: now.wall, store: store) })
        case .invite(let request): return try invite(request, at: now, using: &random, store: &store, effects: &effects)
        case .join(let request):
            try beginJoining(request, id, at: now, store: &store)
            return nil
        case .revoke(let target, let reason, let forCause, let preview, let by, let subtree, let part):
            return try revoke(
                target, reason: reason, forCause: forCause, preview: preview, subtree: subtree, part: part, by: by, at: now,
                using: &random, store: &store, effects: &effects)
        case .peers: return .peers(try storing { () throws(StoreFailure) in try peerItems(store: store) })
        case .addPeer(let address): return try addPeer(address, at: now, store: &store)
        case .status: return .status(try storing { () throws(StoreFailure) in try statusItem(store: store) })
        case .sync(let milliseconds):
            waits[id] = SyncWait(deadline: now.instant.advanced(byMilliseconds: milliseconds), asked: [])
            return nil
        case .importPosts(let posts, let by):
            return try importPosts(posts, by: by, at: now, using: &random, store: &store, effects: &effects)
        case .edit, .react, .erase, .hide, .unhide:
            return try performOperation(command, at: now, using: &random, store: &store, effects: &effects)
        default: return try performPowers(command, at: now, using: &random, store: &store, effects: &effects)
        }
    }

    /// Runs what asks the store inside a command.
    func storing<Value>(_ body: () throws(StoreFailure) -> Value) throws(Stop) -> Value {
        do {
            return try body()
        } catch {
            throw .store(error)
        }
    }

    // MARK: - Peers

    private mutating func addPeer(_ address: String, at now: Now, store: inout some ReplicaStore) throws(Stop) -> Answer {
        guard Address.isWellFormed(address) else {
            throw .refusal(
                Refusal(
                    .usage, what: "“\(address)” is not an address", why: "it has to be a host and a port, like 192.0.2.7:7411",
                    next: "entente peer add HOST:PORT"))
        }
        guard address != identity.listenAddress else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(address) is this site's own address", why: "a site does not exchange entries with itself",
                    next: "entente peer add HOST:PORT, with another site's address"))
        }
        let record = dials[address]?.record ?? PeerRecord(address: address)
        if dials[address] == nil {
            dials[address] = Dial(record: record, state: .waiting(until: now.instant), delay: NodeLimits.dialDelayMin)
        } else if case .waiting = dials[address]?.state {
            dials[address]?.state = .waiting(until: now.instant)
        }
        do { try store.setPeer(record) } catch { throw .store(error) }
        return .peerAdded(address: address)
    }

    // MARK: - Waiting to be in sync

    struct SyncWait {
        let deadline: Instant
        /// Sessions that were asked for their sums since the command came.
        var asked: Set<ConnectionID>
    }

    mutating func answerWaits(at now: Now, store: some ReplicaStore, effects: inout [Effect]) throws(StoreFailure) {
        for id in waits.keys.sorted() {
            guard var wait = waits[id] else { continue }
            let open = sessions.keys.sorted().compactMap { sessions[$0] }.filter { $0.peer != nil }
            for session in open where wait.asked.insert(session.id).inserted {
                session.isAsked = true
                send(.ask, to: session, effects: &effects)
            }
            waits[id] = wait
            var behind: [(session: Session, reason: String)] = []
            for session in open where try !isInSync(session, store: store) {
                behind.append((session, try reasonBehind(session, store: store)))
            }
            let hopeful = dials.values.filter { dial in
                switch dial.state {
                case .connected: false
                case .dialling: true
                case .waiting: dial.record.lastFault == nil && dial.delay == NodeLimits.dialDelayMin
                }
            }
            // A stranger that says nothing keeps nobody waiting: only whom we called counts.
            let handshaking = sessions.values.contains { if case .handshaking = $0.phase { $0.isDialler } else { false } }
            let isDone = behind.isEmpty && !handshaking && (hopeful.isEmpty || !open.isEmpty) && (!open.isEmpty || dials.isEmpty)
            guard isDone || now.instant >= wait.deadline else { continue }
            waits[id] = nil
            var waiting = behind.map { "\(name(ofNode: $0.session.peer?.node)) (\($0.session.address)): \($0.reason)" }
            for address in dials.keys.sorted() {
                guard let dial = dials[address], case let fault = dial.record.lastFault, open.isEmpty || !isDone && fault != nil,
                    !open.contains(where: { $0.peer?.node == dial.record.node })
                else { continue }
                waiting.append("\(address): not connected\(fault.map { ", \($0)" } ?? "")")
            }
            effects.append(.reply(id, .synced(SyncItem(inSync: isDone, waitingFor: waiting, peers: open.count))))
        }
    }

    private func reasonBehind(_ session: Session, store: some ReplicaStore) throws(StoreFailure) -> String {
        if session.isAsked || session.theirSums.isEmpty {
            return "it has not answered yet" + (address(of: session).flatMap { dials[$0]?.record.lastFault }.map { " (\($0))" } ?? "")
        }
        let spaces = differing(from: session).map { name(of: $0) }
        let missing = spaces.isEmpty ? try missingCount(in: sharedSpaces(with: session), store: store) : 0
        if missing > 0 { return "bodies of entries are missing here (\(missing)), and it has not brought them" }
        if session.isBusy { return "entries are on their way (\(session.arrived) of \(session.announced))" }
        // What a gate keeps out for good keeps the two apart for good: whoever waits is to know. (G-19)
        let gate = !isKeepingOut ? "" : "; entries are kept out here: entente status says which and why"
        return "differs in \(spaces.joined(separator: ", "))\(gate)"
    }
}

/// `host:port`, as people write it.
package enum Address {
    /// True for a host, an IPv4 address or an IPv6 address in brackets, then a colon and a port from 1 to 65535.
    package static func isWellFormed(_ address: String) -> Bool { split(address) != nil }

    package static func split(_ address: String) -> (host: String, port: Int)? {
        guard address.utf8.count <= Invitation.addressBytesMax, let colon = address.lastIndex(of: ":") else { return nil }
        let digits = address[address.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else { return nil }
        var host = String(address[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        return (host, port)
    }
}
