import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica

/// A network of nodes on virtual time: a second runtime for the same core.
///
/// Everything that happens is drawn from one seed, so that one seed gives one trace, in every process.
package final class World {
    /// What goes wrong, each once in so many times; 0 for never.
    package struct Faults: Sendable {
        package var cutOneIn = 0
        package var dialFailsOneIn = 0
        package var commitFailsOneIn = 0
        package var restartOneIn = 0
        /// How long a batch of signatures takes to be checked.
        package var verdictMilliseconds: UInt64 = 0
        /// Numbers of events whose commit fails, and of events after which the site restarts.
        package var commitFailsAt: Set<Int> = []
        package var restartsAt: Set<Int> = []
        /// The line that carries the byte of this number, counted over all lines from 0, is cut right before it.
        package var cutAtByte: UInt64?
        package init() {}
    }

    struct Link {
        let ends: (site: Int, other: Int)
        var isOpen = true
        /// Of a line that is cut: what arrives up to then was on its way.
        var deliversUntil: UInt64 = 0
        /// One end has closed it; what was sent before is still under way.
        var isClosing = false
        /// Of a line to the outside: what the site sent on it.
        var sentOutside: [[UInt8]] = []
        /// When the last bytes arrive in either direction: TCP does not reorder.
        var lastArrival: (UInt64, UInt64) = (0, 0)
    }

    private struct Due {
        let time: UInt64
        let order: UInt64
        let site: Int
        let event: Event
        /// The connection that the event is of: gone if the link is.
        let link: ConnectionID?
    }

    var sites: [SimulatedSite] = []
    var random: SeededRandom
    package var faults = Faults()
    private var queue: [Due] = []
    private var order: UInt64 = 0
    var links: [ConnectionID: Link] = [:]
    private var nextConnection: UInt64 = 1
    /// The other end of a line that leads to no site.
    static let outside = -1
    /// Addresses at which somebody outside answers.
    var outsideAddresses: Set<String> = []
    /// Pairs of sites that cannot reach each other, the smaller number first.
    var parted: Set<Pair> = []
    /// Bytes sent on all lines.
    package private(set) var byteCount: UInt64 = 0

    struct Pair: Hashable {
        let first: Int
        let second: Int
        init(_ a: Int, _ b: Int) {
            first = min(a, b)
            second = max(a, b)
        }
    }
    private var nextCommand: UInt64 = 1
    /// Virtual milliseconds since the world began.
    package private(set) var time: UInt64 = 0
    /// 2026-01-01T00:00:00Z.
    package static let epoch: UInt64 = 1_767_225_600_000

    /// The keys that founding draws and people keep away from the nodes: two of the root's decide. Empty in a world that
    /// goes on from another.
    package private(set) var rootKeys: [SigningKey] = []
    package private(set) var founderRecovery: SigningKey?

    /// Told of every line of the trace.
    package var onTrace: ((String) -> Void)?
    private var digest = Bytes32.zero
    package private(set) var eventCount = 0
    /// What a checker found; empty in a good world.
    package private(set) var violations: [String] = []

    /// `time`: when it begins, in virtual milliseconds.
    package init(seed: UInt64, time: UInt64 = 0) {
        random = SeededRandom(seed: seed)
        self.time = time
    }

    /// The hash of all lines of the trace.
    package var traceDigest: String { digest.hex }

    func trace(_ line: String) {
        digest = Blake2b.hash256(digest.bytes, Array(line.utf8))
        onTrace?(line)
    }

    func now(of site: Int) -> Now {
        let wall = Int64(Self.epoch + time) + sites[site].skew
        return Now(instant: Instant(milliseconds: time), wall: Timestamp(milliseconds: UInt64(wall)))
    }

    var worldNow: Now { Now(instant: Instant(milliseconds: time), wall: Timestamp(milliseconds: Self.epoch + time)) }

    // MARK: - Sites

    /// Founds the network with its first site. Returns the site's number.
    package func found(_ name: String, member: String) -> Int {
        var store = MemoryStore()
        let siteKey = SigningKey(using: &random)
        let memberKey = SigningKey(using: &random)
        let rootKeys = (0..<3).map { _ in SigningKey(using: &random) }
        let (siteRecovery, memberRecovery) = (SigningKey(using: &random), SigningKey(using: &random))
        self.rootKeys = rootKeys
        founderRecovery = memberRecovery
        let request = FoundingRequest(
            networkName: "Simulated", siteName: name, memberName: member, rootKeys: rootKeys, rootQuorum: 2, siteKey: siteKey,
            memberKey: memberKey, siteRecovery: DeviceKey(siteRecovery.publicKey), memberRecovery: DeviceKey(memberRecovery.publicKey))
        let network: NetworkID
        do {
            network = try Node.found(request, now: worldNow, using: &random, store: &store)
        } catch {
            preconditionFailure("a store in memory does not fail: \(error)")
        }
        return add(
            name, member: member, network: network, secret: [UInt8](randomCount: 32, using: &random), siteKey: siteKey,
            memberKey: memberKey,
            store: store, skew: 0)
    }

    /// A new site that joins by an invitation. Returns its number, and the command to ask for the answer of.
    package func join(
        _ name: String, member: String, invitation text: String, milliseconds: UInt64 = 120_000
    ) throws(Refusal) -> (site: Int, command: CommandID) {
        let invitation = try Node.readInvitation(text)
        let site = add(
            name, member: member, network: invitation.network, secret: invitation.secret, siteKey: SigningKey(using: &random),
            memberKey: SigningKey(using: &random), store: MemoryStore(), skew: Int64(random.below(4000)) - 2000)
        let recovery = RecoveryCommitment.of(DeviceKey(SigningKey(using: &random).publicKey)).hex
        let request = JoinRequest(
            invitation: text, siteName: name, memberName: member, siteRecovery: recovery, memberRecovery: recovery,
            milliseconds: milliseconds)
        return (site, command(.join(request), to: site))
    }

    func add(
        _ name: String, member: String, network: NetworkID, secret: [UInt8], siteKey: SigningKey, memberKey: SigningKey, store: MemoryStore,
        skew: Int64
    ) -> Int {
        let address = "site-\(sites.count).example:7411"
        let identity = NodeIdentity(
            network: network, secret: secret, siteKey: siteKey, agreementKey: AgreementKey(using: &random),
            members: [LocalMember(name: member, key: memberKey)], listenAddress: address)
        sites.append(
            SimulatedSite(
                name: name, address: address, identity: identity, store: store, skew: skew, now: worldNow,
                random: SeededRandom(seed: random.next())))
        schedule(.started, for: sites.count - 1, after: 0)
        return sites.count - 1
    }

    package func command(_ command: Command, to site: Int) -> CommandID {
        let id = CommandID(nextCommand)
        nextCommand += 1
        schedule(.commanded(id, command), for: site, after: 0)
        return id
    }

    package func answer(to command: CommandID, of site: Int) -> Answer? { sites[site].answers[command] }

    /// Commands a site and lets time pass until it answers, at most so many milliseconds.
    package func ask(_ command: Command, of site: Int, within milliseconds: UInt64 = 60_000) -> Answer? {
        let id = self.command(command, to: site)
        run(for: milliseconds) { self.answer(to: id, of: site) != nil }
        return answer(to: id, of: site)
    }

    // MARK: - Time

    /// Lets time pass, until nothing is due, the time is over, or `done` says so.
    package func run(for milliseconds: UInt64, until done: () -> Bool = { false }) {
        let end = time + milliseconds
        while !done(), let next = pop(notAfter: end) { perform(next) }
        if !done() { time = max(time, end) }
    }

    func schedule(_ event: Event, for site: Int, after delay: UInt64, link: ConnectionID? = nil) {
        schedule(event, for: site, at: time + delay, link: link)
    }

    func schedule(_ event: Event, for site: Int, at due: UInt64, link: ConnectionID? = nil) {
        order += 1
        let item = Due(time: max(due, time), order: order, site: site, event: event, link: link)
        // A binary heap by (time, order).
        queue.append(item)
        var index = queue.count - 1
        while index > 0, precedes(queue[index], queue[(index - 1) / 2]) {
            queue.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private func precedes(_ a: Due, _ b: Due) -> Bool { (a.time, a.order) < (b.time, b.order) }

    private func pop(notAfter end: UInt64) -> Due? {
        guard let first = queue.first, first.time <= end else { return nil }
        let last = queue.removeLast()
        if !queue.isEmpty {
            queue[0] = last
            var index = 0
            while true {
                let children = [2 * index + 1, 2 * index + 2].filter { $0 < queue.count }
                guard let smallest = children.min(by: { precedes(queue[$0], queue[$1]) }), precedes(queue[smallest], queue[index]) else {
                    break
                }
                queue.swapAt(index, smallest)
                index = smallest
            }
        }
        return first
    }

    private func perform(_ due: Due) {
        time = due.time
        if let id = due.link, let link = links[id], !link.isOpen, due.time > link.deliversUntil, case .received = due.event { return }
        if case .timerFired = due.event {
            guard let timer = sites[due.site].timer, timer.milliseconds <= time else { return }
            sites[due.site].timer = nil
        }
        eventCount += 1
        let fails = faults.commitFailsOneIn > 0 && random.oneIn(faults.commitFailsOneIn) || faults.commitFailsAt.contains(eventCount)
        let now = now(of: due.site)
        guard let effects = sites[due.site].handle(due.event, at: now, failingCommit: fails) else {
            trace("\(time) \(sites[due.site].name) commit failed")
            return startAgain(due.site)
        }
        trace("\(time) \(sites[due.site].name) \(Self.describe(due.event)) -> \(effects.map(Self.describe).joined(separator: ", "))")
        for line in sites[due.site].node.checkInvariants() { violations.append("\(time) \(sites[due.site].name): \(line)") }
        for effect in effects { perform(effect, of: due.site) }
        if faults.restartsAt.contains(eventCount) || faults.restartOneIn > 0 && random.oneIn(faults.restartOneIn) {
            rebuild(due.site)
        }
    }

    /// The site's process ends and begins again on what it has stored.
    func rebuild(_ site: Int) {
        trace("\(time) \(sites[site].name) restarts")
        sites[site].rebuild(at: now(of: site))
        startAgain(site)
    }

    /// Every connection of the site is gone, and it starts again.
    private func startAgain(_ site: Int) {
        for id in openLinks(where: { $0.ends.site == site || $0.ends.other == site }) { cut(id, toldBut: site) }
        schedule(.started, for: site, after: 0)
    }

    func openLinks(where isMeant: (Link) -> Bool) -> [ConnectionID] {
        links.keys.sorted().filter { id in links[id].map { $0.isOpen && isMeant($0) } ?? false }
    }

    /// A connection of a site to the outside, as if it had come from there, or had been dialled.
    func openOutside(_ site: Int, _ origin: ConnectionOrigin, after delay: UInt64) -> ConnectionID {
        let id = ConnectionID(nextConnection)
        nextConnection += 1
        links[id] = Link(ends: (site, Self.outside))
        schedule(.connected(id, origin), for: site, after: delay, link: id)
        return id
    }

    private func perform(_ effect: Effect, of site: Int) {
        switch effect {
        case .dial(let address):
            let delay = 5 + UInt64(random.below(30))
            let fails = faults.dialFailsOneIn > 0 && random.oneIn(faults.dialFailsOneIn)
            if outsideAddresses.contains(address) {
                _ = openOutside(site, .dialled(address: address), after: delay)
                return
            }
            guard !fails, let other = sites.firstIndex(where: { $0.address == address }), !parted.contains(Pair(site, other)) else {
                return schedule(.dialFailed(address: address, reason: "no route"), for: site, after: delay)
            }
            let id = ConnectionID(nextConnection)
            nextConnection += 1
            links[id] = Link(ends: (site, other))
            schedule(.connected(id, .accepted(from: "10.0.0.\(site):1")), for: other, after: delay, link: id)
            schedule(.connected(id, .dialled(address: address)), for: site, after: delay, link: id)
        case .send(let id, let bytes):
            guard var link = links[id], link.isOpen else { return }
            guard link.ends.other != Self.outside else {
                links[id]?.sentOutside.append(bytes)
                return
            }
            let isFromDialler = link.ends.site == site
            let earliest = isFromDialler ? link.lastArrival.0 : link.lastArrival.1
            let arrival = max(earliest, time + 1 + UInt64(random.below(20)))
            if isFromDialler { link.lastArrival.0 = arrival } else { link.lastArrival.1 = arrival }
            links[id] = link
            let sentBefore = byteCount
            byteCount += UInt64(bytes.count)
            let receiver = isFromDialler ? link.ends.other : link.ends.site
            if let last = faults.cutAtByte, (sentBefore..<byteCount).contains(last) {
                // What went before is delivered, half a frame as well.
                schedule(.received(id, Array(bytes.prefix(Int(last - sentBefore)))), for: receiver, at: arrival, link: id)
                links[id]?.deliversUntil = arrival
                return cut(id, toldBut: nil, at: arrival)
            }
            schedule(.received(id, bytes), for: receiver, at: arrival, link: id)
            if faults.cutOneIn > 0, random.oneIn(faults.cutOneIn) { cut(id, toldBut: nil) }
        case .close(let id):
            guard let link = links[id], link.isOpen else { return }
            guard link.ends.other != Self.outside else {
                links[id]?.isOpen = false
                return
            }
            let last = max(link.lastArrival.0, link.lastArrival.1)
            links[id]?.isClosing = true
            // What was sent before is still delivered.
            schedule(.disconnected(id), for: link.ends.site == site ? link.ends.other : link.ends.site, at: max(time, last) + 1)
        case .wake(let instant):
            guard sites[site].timer != instant else { return }
            sites[site].timer = instant
            schedule(.timerFired, for: site, at: instant.milliseconds)
        case .verify(let id, let checks):
            schedule(.verified(id, checks.map { $0.holds() }), for: site, after: faults.verdictMilliseconds)
        case .reply, .notice: break
        }
    }

    func cut(_ id: ConnectionID, toldBut silent: Int?, at due: UInt64? = nil) {
        guard let link = links[id] else { return }
        links[id]?.isOpen = false
        trace("\(time) line \(id.number) is cut")
        for site in [link.ends.site, link.ends.other] where site != silent && site != Self.outside {
            schedule(.disconnected(id), for: site, at: (due ?? time) + 1)
        }
    }

    // MARK: - Checkers

    /// Checks every replica against what was signed, and notes what is wrong.
    package func check() {
        for site in sites {
            let report = Verifier.check(site.store, network: site.identity.network)
            for fault in report.faults { violations.append("\(site.name): \(fault.place): \(fault.detail)") }
        }
    }

    /// The sums of all spaces of a site by the space's path: what has to be equal where it is shared.
    package func sums(of site: Int) -> [Space: [UInt8]] {
        Dictionary(uniqueKeysWithValues: sites[site].store.summaries().map { ($0.space, $0.fingerprint) })
    }

    package var siteCount: Int { sites.count }

    package func note(_ violation: String) { violations.append(violation) }

    // MARK: - The trace

    private static func describe(_ event: Event) -> String {
        switch event {
        case .started: "started"
        case .connected(let id, let origin): "connected \(id.number) \(origin)"
        case .received(let id, let bytes): "received \(id.number) \(bytes.count) \(Blake2b.hash256(bytes).hex.prefix(8))"
        case .disconnected(let id): "disconnected \(id.number)"
        case .dialFailed(let address, let reason): "dialFailed \(address) \(reason)"
        case .timerFired: "timerFired"
        case .commanded(let id, let command): "commanded \(id.number) \(Blake2b.hash256(Array("\(command)".utf8)).hex.prefix(8))"
        case .verified(let id, let verdicts): "verified \(id.number) \(verdicts.count)"
        }
    }

    private static func describe(_ effect: Effect) -> String {
        switch effect {
        case .dial(let address): "dial \(address)"
        case .send(let id, let bytes): "send \(id.number) \(bytes.count) \(Blake2b.hash256(bytes).hex.prefix(8))"
        case .close(let id): "close \(id.number)"
        case .wake(let instant): "wake \(instant.milliseconds)"
        case .reply(let id, let answer): "reply \(id.number) \(Blake2b.hash256(Array("\(answer)".utf8)).hex.prefix(8))"
        case .notice(let notice): "notice \(notice)"
        case .verify(let id, let checks): "verify \(id.number) \(checks.count)"
        }
    }
}
