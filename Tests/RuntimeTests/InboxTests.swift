import EntenteNode
import Testing

@testable import EntenteRuntime

@Suite struct InboxTests {
    static func events(_ batch: Inbox.Batch) -> [Event] {
        batch.items.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    @Test func `the end of a connection is heard once, however often it is said before the node listens`() {
        let inbox = Inbox()
        let alice = ConnectionID(1)
        inbox.connected(alice, .accepted(from: "192.0.2.1:7"))
        #expect(inbox.received([1], on: alice))
        inbox.disconnected(alice)
        inbox.disconnected(alice)
        #expect(inbox.received([2], on: alice))
        var heard: [Event] = []
        for _ in 0..<6 { heard += Self.events(inbox.take(waitingAtMost: 0)) }
        #expect(heard == [.connected(alice, .accepted(from: "192.0.2.1:7")), .received(alice, [1]), .disconnected(alice)])
    }
}
