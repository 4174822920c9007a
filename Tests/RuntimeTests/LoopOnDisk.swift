import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteRuntime
import Logging
import Synchronization
import Testing

/// What a node did to the outside, in order.
final class RecordedNetwork: NodeNetwork {
    enum Act: Hashable {
        case dial(String)
        case send(ConnectionID)
        case close(ConnectionID)
        case dropAll
        case resume([ConnectionID])
        case flush
    }
    private let done = Mutex<[Act]>([])

    var acts: [Act] { done.withLock { $0 } }
    func dial(_ address: String) { done.withLock { $0.append(.dial(address)) } }
    func send(_ bytes: [UInt8], on id: ConnectionID) { done.withLock { $0.append(.send(id)) } }
    func close(_ id: ConnectionID) { done.withLock { $0.append(.close(id)) } }
    func flush() {}
    func established(_ id: ConnectionID) {}
    func resumeReading(_ ids: [ConnectionID]) { if !ids.isEmpty { done.withLock { $0.append(.resume(ids)) } } }
    func dropAll() { done.withLock { $0.append(.dropAll) } }
}

/// Alice's node in its loop, on a disk whose faults the test decides.
struct LoopOnDisk: Sendable {
    let disk: FaultyDisk
    let network = RecordedNetwork()
    let inbox = Inbox()
    let loop: NodeLoop<FaultyStore>

    init(retryMilliseconds: UInt64 = 60_000) throws {
        var random = SystemRandomNumberGenerator()
        let (site, member) = (SigningKey(using: &random), SigningKey(using: &random))
        func recovery() -> DeviceKey { DeviceKey(SigningKey(using: &random).publicKey) }
        let request = FoundingRequest(
            networkName: "Réseau", siteName: "Siège", memberName: "alice", rootKeys: [SigningKey(using: &random)], rootQuorum: 1,
            siteKey: site, memberKey: member, siteRecovery: recovery(), memberRecovery: recovery())
        var store = MemoryStore()
        let clock = RuntimeClock()
        let id = try Node.found(request, now: clock.now(), using: &random, store: &store)
        disk = FaultyDisk(store)
        let identity = NodeIdentity(
            network: id, secret: [UInt8](repeating: 7, count: 32), siteKey: site, agreementKey: AgreementKey(using: &random),
            members: [LocalMember(name: "alice", key: member)], listenAddress: nil)
        let disk = disk
        var parts = NodeLoop<FaultyStore>.Parts(
            identity: identity, openStore: { () throws(StoreFailure) in try disk.open() }, network: network, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        parts.retryMilliseconds = retryMilliseconds
        loop = NodeLoop(parts, inbox: inbox)
    }

    func post(_ text: String) async -> Answer { await loop.perform(.post(space: "everyone", text: text, replyTo: nil, by: nil)) }

    /// Puts a command in, and does not wait for its answer.
    func submit(_ command: Command) -> Waiter {
        let waiter = Waiter()
        _ = inbox.submit(.init(id: CommandID(.max), command: command) { waiter.hear($0) })
        return waiter
    }

    func timeline() async -> [String]? {
        guard case .timeline(let items) = await loop.perform(.timeline(space: nil, limit: 100)) else { return nil }
        return items.map(\.text)
    }

    func readOnly() async -> String? {
        guard case .status(let status) = await loop.perform(.status) else { return nil }
        return status.readOnly
    }
}

/// Somebody who waits for an answer.
final class Waiter: Sendable {
    private let heard = Mutex<Answer?>(nil)
    var answer: Answer? { heard.withLock { $0 } }
    func hear(_ answer: Answer) { heard.withLock { $0 = answer } }
}

extension Answer {
    var isPosted: Bool { if case .posted = self { true } else { false } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

/// Waits until it is so, at most ten seconds.
func eventually(
    _ what: String, location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async rethrows {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if try await condition() { return }
        try? await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("never: \(what)", sourceLocation: location)
}
