import EntenteNode
import EntenteRuntime
import Testing

@Suite struct InboxTests {
    let bob = ConnectionID(1)
    let eve = ConnectionID(2)

    private func submit(_ inbox: Inbox, _ number: UInt64) -> Bool {
        inbox.submit(.init(id: CommandID(number), command: .status) { _ in })
    }

    /// Items as words.
    private func words(_ batch: Inbox.Batch) -> [String] {
        batch.items.map { item in
            switch item {
            case .command(let command): "command \(command.id.number)"
            case .event(.connected(let id, _)): "connected \(id.number)"
            case .event(.received(let id, let bytes)): "received \(id.number) \(bytes.first ?? 0)"
            case .event(.disconnected(let id)): "disconnected \(id.number)"
            case .verdicts(_, let batch, _): "verdicts \(batch.number)"
            default: "other"
            }
        }
    }

    private func visited(_ inbox: Inbox, _ id: ConnectionID) { inbox.connected(id, .accepted(from: "192.0.2.1:9")) }

    @Test func `commands and verdicts come before what peers send`() {
        let inbox = Inbox()
        visited(inbox, bob)
        _ = inbox.received([1], on: bob)
        inbox.put(.verdicts(generation: 1, BatchID(5), [true]))
        _ = submit(inbox, 9)
        #expect(words(inbox.take(waitingAtMost: 0)) == ["verdicts 5", "command 9", "connected 1", "received 1 1"])
        #expect(inbox.take(waitingAtMost: 0).items.isEmpty)
    }

    @Test func `connections take turns, and each keeps its order`() {
        let inbox = Inbox()
        visited(inbox, bob)
        for number in 1...3 { _ = inbox.received([UInt8(number)], on: bob) }
        inbox.disconnected(bob)
        visited(inbox, eve)
        _ = inbox.received([9], on: eve)
        #expect(
            words(inbox.take(waitingAtMost: 0)) == [
                "connected 1", "connected 2", "received 1 1", "received 2 9", "received 1 2", "received 1 3", "disconnected 1",
            ])
    }

    @Test func `a full queue says stop, and is named when half of it is taken`() {
        let inbox = Inbox(connectionBytesMax: 1_000_000)
        visited(inbox, bob)
        let piece = [UInt8](repeating: 1, count: 100_000)
        for _ in 0..<9 { #expect(inbox.received(piece, on: bob)) }
        #expect(!inbox.received(piece, on: bob))
        // The budget of one batch is 1 MiB: ten pieces and the one that goes over it.
        let batch = inbox.take(waitingAtMost: 0)
        #expect(batch.drained == [bob])
        #expect(inbox.received(piece, on: bob))
    }

    @Test func `one batch takes a bounded number of bytes and events`() {
        let inbox = Inbox(connectionBytesMax: 100_000_000)
        visited(inbox, bob)
        for _ in 0..<40 { _ = inbox.received([UInt8](repeating: 1, count: 65_536), on: bob) }
        let sizes = (0..<4).map { _ in inbox.take(waitingAtMost: 0).items.count }
        #expect(sizes == [17, 16, 8, 0])
        for number in 0..<300 { inbox.put(.verdicts(generation: 1, BatchID(UInt64(number)), [])) }
        #expect(inbox.take(waitingAtMost: 0).items.count == RuntimeLimits.batchEventsMax)
        #expect(inbox.take(waitingAtMost: 0).items.count == 300 - RuntimeLimits.batchEventsMax)
    }

    @Test func `however many commands come, each batch has something of a peer`() {
        let inbox = Inbox()
        visited(inbox, bob)
        for number in 0..<300 { inbox.put(.verdicts(generation: 1, BatchID(UInt64(number)), [])) }
        #expect(words(inbox.take(waitingAtMost: 0)).last == "connected 1")
    }

    @Test func `one command too many is answered at once`() {
        let inbox = Inbox()
        for number in 0..<RuntimeLimits.commandsMax { #expect(submit(inbox, UInt64(number))) }
        #expect(!submit(inbox, 9999))
        _ = inbox.take(waitingAtMost: 0)
        #expect(submit(inbox, 9999))
    }

    @Test func `what a closed connection still says is dropped`() {
        let inbox = Inbox()
        visited(inbox, bob)
        inbox.dropConnections()
        #expect(inbox.received([1], on: bob))
        inbox.disconnected(bob)
        #expect(inbox.take(waitingAtMost: 0).items.isEmpty)
        visited(inbox, eve)
        inbox.disconnected(eve)
        inbox.disconnected(eve)
        #expect(words(inbox.take(waitingAtMost: 0)) == ["connected 2", "disconnected 2"])
    }

    @Test func `many small pieces fill a queue too`() {
        let inbox = Inbox(connectionBytesMax: 256 * 1024)
        visited(inbox, bob)
        var count = 0
        while inbox.received([1], on: bob) { count += 1 }
        #expect(count < 1100)
    }

    @Test(.timeLimit(.minutes(1))) func `who waits is woken by what comes`() async {
        let inbox = Inbox()
        async let batch = Task.detached { words(inbox.take(waitingAtMost: 60_000)) }.value
        try? await Task.sleep(for: .milliseconds(20))
        visited(inbox, bob)
        #expect(await batch == ["connected 1"])
    }

    @Test func `the end hands out everything that waits`() {
        let inbox = Inbox()
        for number in 0..<300 { inbox.put(.verdicts(generation: 1, BatchID(UInt64(number)), [])) }
        inbox.stop()
        let batch = inbox.take(waitingAtMost: 0)
        #expect(batch.isStopping && batch.items.count == 300)
        #expect(!submit(inbox, 1))
    }

    @Test func `the end of a connection is heard once, however often it is said before the node listens`() {
        let inbox = Inbox()
        visited(inbox, bob)
        #expect(inbox.received([1], on: bob))
        inbox.disconnected(bob)
        inbox.disconnected(bob)
        #expect(inbox.received([2], on: bob))
        #expect(words(inbox.take(waitingAtMost: 0)) == ["connected 1", "received 1 1", "disconnected 1"])
    }
}
