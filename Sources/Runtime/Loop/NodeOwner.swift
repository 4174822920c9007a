import Dispatch
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import Logging

/// What lives on the node's thread: the node, its store, and who waits for an answer.
///
/// A failed commit leaves the node believing what is not stored. Then every effect of the batch is discarded, whoever
/// waits is answered with the error, every connection ends, and a new node is made from the store. It only reads
/// until a write succeeds again.
struct NodeOwner<Store: TransactionalStore>: ~Copyable {
    private let parts: NodeLoop<Store>.Parts
    private let inbox: Inbox
    private var identity: NodeIdentity
    private var store: RecordingStore<Store>
    /// Nil while the store cannot even be read.
    private var node: Node?
    private var random = SystemRandomNumberGenerator()
    private var mode = Mode.writing
    /// Commands that the node has heard, and whom to tell.
    private var waiting: [CommandID: @Sendable (Answer) -> Void] = [:]
    /// When the node wants to be woken.
    private var wake: Instant?
    /// Counts the nodes of this thread: verdicts that an earlier one asked for are not for this one.
    private var generation: UInt64 = 0
    /// Signatures are checked here, in the order in which the node asked.
    private let checking = DispatchQueue(label: "entente.checks", qos: .userInitiated)
    private var authored: AuthoredRecord?
    /// When the write-ahead log is to be cut, since a body was erased: what was erased may still be in it.
    private var checkpointDue: Instant?

    enum Mode: Equatable {
        case writing
        case readOnly(StoreFailure, retryAt: Instant)
    }

    init(_ parts: NodeLoop<Store>.Parts, store: Store, inbox: Inbox) {
        self.parts = parts
        self.inbox = inbox
        identity = parts.identity
        self.store = RecordingStore(store, ownDevices: Self.devices(of: parts.identity))
    }

    private static func devices(of identity: NodeIdentity) -> Set<DeviceKey> {
        Set(([identity.siteKey] + identity.members.map(\.key)).map { DeviceKey($0.publicKey) })
    }

    /// The thread's whole life.
    mutating func run() {
        begin()
        while true {
            let batch = inbox.take(waitingAtMost: patience())
            if batch.isStopping {
                for case .command(let command) in batch.items { command.answer(.refused(.stopping)) }
                break
            }
            parts.network.resumeReading(batch.drained)
            perform(batch)
        }
        for (_, answer) in waiting.sorted(by: { $0.key < $1.key }) { answer(.refused(.stopping)) }
    }

    /// Milliseconds until something is due.
    private func patience() -> UInt64 {
        let now = parts.clock.now().instant.milliseconds
        let due =
            switch mode {
            case .writing: min(wake?.milliseconds ?? .max, checkpointDue?.milliseconds ?? .max)
            case .readOnly(_, let retryAt): retryAt.milliseconds
            }
        return due > now ? due - now : 0
    }

    // MARK: - Batches

    private mutating func perform(_ batch: Inbox.Batch) {
        switch mode {
        case .writing:
            write(batch)
            if mode == .writing { cutLog() }
        case .readOnly(let failure, let retryAt):
            for item in batch.items { read(item, failure) }
            if parts.clock.now().instant >= retryAt { retry() }
        }
    }

    private mutating func write(_ batch: Inbox.Batch) {
        var effects: [Effect] = []
        let isTimerDue = wake.map { parts.clock.now().instant >= $0 } ?? false
        guard isTimerDue || !batch.items.isEmpty else { return }
        do {
            try store.base.begin()
            if isTimerDue {
                wake = nil
                try handle(.timerFired, into: &effects)
            }
            for item in batch.items { try take(item, into: &effects) }
            try store.base.commit()
        } catch {
            fail(error, unheard: batch.items)
            return
        }
        // Before anybody hears that something is erased.
        if store.hasErased { checkpointDue = parts.clock.now().instant }
        cutLog()
        parts.events?.changed(store.writeCount)
        record()
        parts.committed()
        for effect in effects { perform(effect) }
        parts.network.flush()
    }

    /// Cuts the write-ahead log if that is due. Where somebody reads the database meanwhile, it is tried again.
    private mutating func cutLog() {
        let now = parts.clock.now().instant
        guard let due = checkpointDue, now >= due else { return }
        do {
            try store.base.checkpoint()
            checkpointDue = nil
        } catch {
            checkpointDue = now.advanced(byMilliseconds: RuntimeLimits.checkpointRetryMilliseconds)
            parts.logger.debug("The write-ahead log cannot be cut yet: \(error.sentence)")
        }
    }

    private mutating func take(_ item: Inbox.Item, into effects: inout [Effect]) throws(StoreFailure) {
        switch item {
        case .event(let event): try handle(event, into: &effects)
        case .command(let command):
            waiting[command.id] = command.answer
            try handle(.commanded(command.id, command.command), into: &effects)
        case .verdicts(let generation, let batch, let verdicts):
            guard generation == self.generation else { return }
            try handle(.verified(batch, verdicts), into: &effects)
        case .host(let member): host(member)
        case .unhost(let name): unhost(name)
        }
    }

    private mutating func handle(_ event: Event, into effects: inout [Effect]) throws(StoreFailure) {
        guard let more = try node?.handle(event, at: parts.clock.now(), using: &random, store: &store) else {
            throw .inputOutput("there is no node to ask")
        }
        effects += more
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .dial(let address): parts.network.dial(address)
        case .send(let id, let bytes): parts.network.send(bytes, on: id)
        case .close(let id):
            parts.network.close(id)
            parts.events?.closed(id)
        case .wake(let instant): wake = instant
        case .reply(let id, let answer): waiting.removeValue(forKey: id)?(answer)
        case .notice(let notice):
            if case .peerConnected(let id, _, _) = notice { parts.network.established(id) }
            notice.log(to: parts.logger)
            parts.events?.noticed(notice)
        case .verify(let batch, let checks):
            let (inbox, generation) = (inbox, generation)
            checking.async { inbox.put(.verdicts(generation: generation, batch, checks.map { $0.holds() })) }
        }
    }

    // MARK: - People

    private mutating func host(_ member: LocalMember) {
        // A name is its bytes: what looks alike is not the same. Another key of one name takes the place of the first.
        if let index = identity.members.firstIndex(where: { $0.name.utf8.elementsEqual(member.name.utf8) }) {
            identity.members[index] = member
        } else {
            identity.members.append(member)
        }
        identityChanged()
    }

    private mutating func unhost(_ name: String) {
        identity.members.removeAll { $0.name.utf8.elementsEqual(name.utf8) }
        identityChanged()
    }

    private mutating func identityChanged() {
        node?.setMembers(identity.members)
        store.ownDevices = Self.devices(of: identity)
    }

    // MARK: - Failure

    /// Makes the node, at the start and when it may write again.
    private mutating func begin() {
        var effects: [Effect] = []
        do {
            try store.base.begin()
            if generation == 0 { try doubt() }
            // A disk that is full shows it here, not at the first post.
            if let incarnation = try store.base.fact(.incarnation) { try store.base.setFact(.incarnation, incarnation) }
            try makeNode()
            try handle(.started, into: &effects)
            try store.base.commit()
        } catch {
            fail(error, unheard: [])
            return
        }
        mode = .writing
        // A process may have ended between an erasure and this.
        checkpointDue = parts.clock.now().instant
        cutLog()
        parts.events?.changed(store.writeCount)
        record()
        for effect in effects { perform(effect) }
        parts.network.flush()
    }

    /// A database that may have been restored or copied signs under a new incarnation, or it would fork its logs.
    private mutating func doubt() throws(StoreFailure) {
        guard let doubt = try parts.authored?.doubt(about: store.base) else { return }
        parts.logger.warning("This site signs under a new incarnation from here on: \(doubt).")
        try store.setFact(.incarnation, nil)
    }

    private mutating func makeNode() throws(StoreFailure) {
        generation += 1
        node = nil
        node = try Node(identity: identity, now: parts.clock.now(), using: &random, store: &store)
    }

    /// Nothing of the batch happened: whoever waits hears so, and a new node reads what is stored.
    private mutating func fail(_ failure: StoreFailure, unheard: [Inbox.Item]) {
        parts.logger.error(
            "The node cannot write and is read-only: \(failure.sentence)", metadata: ["next": .string(failure.remedy)])
        try? store.base.rollback()
        store.clear()
        inbox.dropConnections()
        parts.network.dropAll()
        parts.events?.readOnly(failure.sentence)
        let refusal = Answer.refused(.notStored(failure))
        for case .command(let command) in unheard { waiting[command.id] = command.answer }
        for (_, answer) in waiting.sorted(by: { $0.key < $1.key }) { answer(refusal) }
        waiting = [:]
        wake = nil
        let delay = failure == .busy ? RuntimeLimits.busyRetryMilliseconds : parts.retryMilliseconds
        mode = .readOnly(failure, retryAt: parts.clock.now().instant.advanced(byMilliseconds: delay))
        // People who came with the batch stay: their keys are on the disk.
        for case .host(let member) in unheard { host(member) }
        for case .unhost(let name) in unheard { unhost(name) }
        makeReadingNode()
    }

    /// A node that reads: what it writes while it is made is undone.
    private mutating func makeReadingNode() {
        do {
            try store.base.begin()
            try makeNode()
        } catch {
            node = nil
            parts.logger.error("The database cannot be read either: \(error.sentence)")
        }
        try? store.base.rollback()
        store.clear()
    }

    /// Opens the store anew and writes a little: if that holds, the node goes on as before.
    private mutating func retry() {
        node = nil
        do {
            store.base = try parts.openStore()
        } catch {
            return fail(error, unheard: [])
        }
        begin()
        if mode == .writing {
            parts.logger.notice("The node can write again.")
            parts.events?.readOnly(nil)
        }
    }

    /// One thing in a node that only reads.
    private mutating func read(_ item: Inbox.Item, _ failure: StoreFailure) {
        switch item {
        case .event(.connected(let id, _)): parts.network.close(id)
        case .event, .verdicts: break
        case .host(let member): host(member)
        case .unhost(let name): unhost(name)
        case .command(let command):
            guard command.command.isReading, let answer = answer(command, failure) else {
                return command.answer(.refused(.notStored(failure)))
            }
            command.answer(answer)
        }
    }

    private mutating func answer(_ command: Inbox.WaitingCommand, _ failure: StoreFailure) -> Answer? {
        var effects: [Effect] = []
        do {
            try store.base.begin()
            try handle(.commanded(command.id, command.command), into: &effects)
        } catch {
            node = nil
        }
        try? store.base.rollback()
        // What the node wrote by the way is undone, so it believes what is not so.
        if store.writeCount > 0 || node == nil { makeReadingNode() }
        store.clear()
        for case .reply(command.id, var answer) in effects {
            if case .status(var status) = answer {
                status.readOnly = failure.sentence
                answer = .status(status)
            }
            return answer
        }
        return nil
    }

    // MARK: - What this site has signed

    /// Notes the newest heads of the site's own logs beside the database, before anybody hears of them.
    private mutating func record() {
        defer { store.clear() }
        guard let file = parts.authored, !store.authored.isEmpty || store.isReborn else { return }
        do {
            let incarnation = try store.base.fact(.incarnation) ?? []
            var record = authored ?? file.read(under: incarnation) ?? AuthoredRecord(incarnation: incarnation)
            record.note(store.authored, incarnation: incarnation)
            try file.write(record)
            authored = record
        } catch {
            parts.logger.warning("What this site signs cannot be noted beside the database: \(error)")
        }
    }
}
