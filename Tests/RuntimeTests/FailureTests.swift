import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteRuntime
import Foundation
import Synchronization
import Testing

/// What the core believes is what is stored, or the core is made anew. (architecture, "If a commit fails")
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    @Test(arguments: [StoreFailure.full, .inputOutput("EIO"), .corrupt("page 7")])
    func `a post whose commit fails is refused with the reason, and is not there`(failure: StoreFailure) async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        #expect(await alice.post("un").isPosted)
        alice.disk.change { $0.commitFailure = failure }
        let refusal = await alice.post("deux").refusal
        #expect(refusal?.code == .unavailable && refusal?.what == "nothing was written")
        #expect(refusal?.why.contains(failure.sentence) == true && refusal?.next == failure.remedy)
        #expect(await alice.timeline() == ["un"])
        await alice.loop.stop()
    }

    @Test func `a write that fails in the middle of a batch takes the whole batch with it`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        let entries = alice.disk.committed.summaries()
        alice.disk.change { $0.writeFailure = .full }
        #expect(await alice.post("un").refusal?.code == .unavailable)
        #expect(alice.disk.committed.summaries() == entries)
        await alice.loop.stop()
    }

    @Test func `a node that cannot write says so, reads on, and refuses to write`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        #expect(await alice.post("un").isPosted)
        #expect(await alice.readOnly() == nil)
        alice.disk.change { $0.commitFailure = .full }
        _ = await alice.post("deux")
        #expect(await alice.readOnly() == StoreFailure.full.sentence)
        #expect(await alice.timeline() == ["un"])
        for command in [Command.createSpace(name: "Projet", by: nil), .addPeer(address: "127.0.0.1:9"), .sync(milliseconds: 10)] {
            #expect(await alice.loop.perform(command).refusal?.code == .unavailable)
        }
        guard case .members(let members) = await alice.loop.perform(.members) else {
            Issue.record("no members")
            return
        }
        #expect(members.contains { $0.name == "alice" })
        await alice.loop.stop()
    }

    @Test func `a disk that has room again is written again, without anybody's help`() async throws {
        let alice = try LoopOnDisk(retryMilliseconds: 20)
        try await alice.loop.start()
        alice.disk.change { $0.commitFailure = .full }
        #expect(await alice.post("un").refusal != nil)
        // While it is full it stays read-only, however often it tries.
        try await Task.sleep(for: .milliseconds(100))
        #expect(await alice.readOnly() != nil)
        alice.disk.repaired()
        await eventually("it writes again") { await alice.readOnly() == nil }
        #expect(await alice.post("deux").isPosted)
        #expect(await alice.timeline() == ["deux"])
        await alice.loop.stop()
    }

    @Test func `a database that was only busy is tried again soon`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        alice.disk.change { $0.commitFailure = .busy }
        #expect(await alice.post("un").refusal?.why.contains(StoreFailure.busy.sentence) == true)
        alice.disk.repaired()
        await eventually("it writes again") { await alice.readOnly() == nil }
        await alice.loop.stop()
    }

    @Test func `a disk that cannot even be read is a refusal, not an end, and passes`() async throws {
        let alice = try LoopOnDisk(retryMilliseconds: 20)
        try await alice.loop.start()
        #expect(await alice.post("un").isPosted)
        alice.disk.change {
            $0.commitFailure = .inputOutput("EIO")
            $0.readFailure = .inputOutput("EIO")
            $0.openFailure = .inputOutput("EIO")
        }
        #expect(await alice.post("deux").refusal?.code == .unavailable)
        #expect(await alice.loop.perform(.timeline(space: nil, limit: 5)).refusal?.code == .unavailable)
        try await Task.sleep(for: .milliseconds(60))
        alice.disk.repaired()
        await eventually("it reads again") { await alice.timeline() == ["un"] }
        // Reading comes back before writing does: the node tries to write by its own timer.
        await eventually("it writes again") { await alice.readOnly() == nil }
        #expect(await alice.post("trois").isPosted)
        await alice.loop.stop()
    }

    @Test func `a node that starts on a full disk is read-only from the start`() async throws {
        let alice = try LoopOnDisk()
        alice.disk.change { $0.commitFailure = .full }
        try await alice.loop.start()
        #expect(await alice.readOnly() == StoreFailure.full.sentence)
        #expect(await alice.post("un").refusal?.code == .unavailable)
        await alice.loop.stop()
    }

    @Test func `a store that does not open is no start`() async throws {
        let alice = try LoopOnDisk()
        alice.disk.change { $0.openFailure = .inputOutput("EIO") }
        await #expect(throws: StoreFailure.inputOutput("EIO")) { try await alice.loop.start() }
        #expect(await alice.post("un").refusal?.code == .unavailable)
    }

    @Test func `whoever waits for an earlier command hears of the failure too`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        _ = await alice.loop.perform(.addPeer(address: "127.0.0.1:9"))
        let waiting = alice.submit(.sync(milliseconds: 3_600_000))
        _ = await alice.loop.perform(.status)
        #expect(waiting.answer == nil)
        alice.disk.change { $0.commitFailure = .full }
        _ = await alice.post("un")
        #expect(waiting.answer?.refusal?.code == .unavailable)
        await alice.loop.stop()
    }

    @Test func `every connection ends with the node that knew it, and none begins while it only reads`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        alice.inbox.connected(ConnectionID(1), .accepted(from: "192.0.2.1:9"))
        alice.disk.change { $0.commitFailure = .full }
        _ = await alice.post("un")
        #expect(alice.network.acts == [.dropAll])
        alice.inbox.connected(ConnectionID(2), .accepted(from: "192.0.2.1:9"))
        await eventually("the visitor is turned away") { alice.network.acts.last == .close(ConnectionID(2)) }
        await alice.loop.stop()
    }

    @Test func `effects of a batch are performed after its commit`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        let commits = alice.disk.commitCount
        // The answer is an effect: when it is here, the commit was.
        #expect(await alice.post("un").isPosted)
        #expect(alice.disk.commitCount == commits + 1)
        #expect(alice.disk.committed.visible(kind: .post, space: nil, identity: nil, before: nil, limit: 9).count == 1)
        await alice.loop.stop()
    }

    @Test func `commands that come together share a commit`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        let gate = Gate()
        let commits = alice.disk.commitCount
        alice.disk.change { $0.onBegin = { gate.pass() } }
        let posted = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 { group.addTask { await alice.post("\(number)").isPosted } }
            await gate.waitUntilHeld()
            // All of them are in the inbox while the first batch is held.
            try? await Task.sleep(for: .milliseconds(100))
            gate.open()
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(posted == 20)
        #expect(alice.disk.commitCount - commits <= 3)
        await alice.loop.stop()
    }

    @Test func `whoever waits when the node ends is told so`() async throws {
        let alice = try LoopOnDisk()
        try await alice.loop.start()
        _ = await alice.loop.perform(.addPeer(address: "127.0.0.1:9"))
        let waiting = alice.submit(.sync(milliseconds: 3_600_000))
        _ = await alice.loop.perform(.status)
        #expect(waiting.answer == nil)
        await alice.loop.stop()
        #expect(waiting.answer?.refusal?.what == "the node is ending")
        #expect(await alice.post("trop tard").refusal?.code == .unavailable)
    }
}

/// Holds a thread until the test lets it go.
final class Gate: Sendable {
    private let state = Mutex((isHeld: false, isOpen: false))

    func pass() {
        state.withLock { $0.isHeld = true }
        while !state.withLock({ $0.isOpen }) { usleep(1000) }
    }

    func open() { state.withLock { $0.isOpen = true } }

    func waitUntilHeld() async { await eventually("the thread is held") { state.withLock { $0.isHeld } } }
}
