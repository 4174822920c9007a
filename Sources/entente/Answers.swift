import EntenteNode

/// The parts of answers that several commands show.
enum Answers {
    static func author(_ author: AuthorItem) -> JSON { .fields(["id": .string(author.id), "name": .string(author.name)]) }

    static func space(_ space: SpaceItem) -> JSON { .fields(["id": .string(space.id), "name": .string(space.name)]) }

    static func operation(_ item: OperationItem) -> JSON {
        .fields([
            "id": .string(item.id), "kind": .string(item.kind), "target": .string(item.target), "space": .string(item.space),
            "by": author(item.by), "supersedes": .count(item.supersedes),
        ])
    }

    static func peer(_ peer: PeerItem) -> JSON {
        .fields([
            "site": .text(peer.site), "address": .string(peer.address), "connected": .bool(peer.connected), "inSync": .bool(peer.inSync),
            "lastExchange": .text(peer.lastExchange), "lastFault": .text(peer.lastFault), "faults": .count(peer.faults),
        ])
    }

    static func peerRow(_ peer: PeerItem) -> [String] {
        let sync = peer.inSync ? "in sync" : "not in sync"
        let exchange = peer.lastExchange.map { "last exchange \(PlainText.minute($0))" } ?? "no exchange yet"
        let fault = peer.lastFault.map { fault in
            // What is not the peer's fault is not counted as one: a line that is down, a door that is closed to us.
            peer.faults == 0 ? "the last attempt: \(fault)" : "\(PlainText.count(peer.faults, "fault", "faults")), the last: \(fault)"
        }
        return [peer.site ?? "?", peer.address, peer.connected ? "connected" : "not connected", sync, exchange] + (fault.map { [$0] } ?? [])
    }
}
