import EntenteCodec
import EntenteModel
import EntenteReplica

/// Local facts, the summaries of spaces, and peers.
extension SQLiteStore: ReplicaStore {
    package func fact(_ name: FactName) throws(StoreFailure) -> [UInt8]? {
        let statement = try connection.statement(.fact)
        defer { statement.reset() }
        statement.bind(1, name.rawValue)
        return try statement.step() ? statement.bytes(0) : nil
    }

    package func setFact(_ name: FactName, _ value: [UInt8]?) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(value == nil ? .removeFact : .setFact)
            statement.bind(1, name.rawValue)
            if let value { statement.bind(2, copying: value) }
            try statement.run()
        }
    }

    package func summaries() throws(StoreFailure) -> [SpaceSummary] {
        let statement = try connection.statement(.summaries)
        defer { statement.reset() }
        var out: [SpaceSummary] = []
        while try statement.step() {
            out.append(
                SpaceSummary(
                    space: try Self.space(pathBytes: statement.bytes(0)), entryCount: statement.bits(1), logCount: statement.bits(2),
                    fingerprint: statement.bytes(3)))
        }
        return out
    }

    package func setSummary(_ summary: SpaceSummary) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let space = try numberAdding(summary.space)
            let statement = try connection.statement(.setSummary)
            statement.bind(1, space)
            statement.bind(bits: summary.entryCount, 2)
            statement.bind(bits: summary.logCount, 3)
            statement.bind(4, copying: summary.fingerprint)
            try statement.run()
        }
    }

    package func peers() throws(StoreFailure) -> [PeerRecord] {
        let statement = try connection.statement(.peers)
        defer { statement.reset() }
        var out: [PeerRecord] = []
        while try statement.step() {
            out.append(
                PeerRecord(
                    address: statement.text(0), node: try statement.optionalBytes32(1).map(DeviceKey.init),
                    lastExchange: statement.optionalInt64(2).map { Timestamp(milliseconds: UInt64(bitPattern: $0)) },
                    lastFault: statement.optionalText(3), faultCount: statement.bits(4)))
        }
        return out
    }

    package func setPeer(_ peer: PeerRecord) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.setPeer)
            statement.bind(1, peer.address)
            statement.bind(2, peer.node?.bytes)
            statement.bind(3, peer.lastExchange.map { Int64(bitPattern: $0.milliseconds) })
            statement.bind(4, peer.lastFault)
            statement.bind(bits: peer.faultCount, 5)
            try statement.run()
        }
    }

    package func removePeer(address: String) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.removePeer)
            statement.bind(1, address)
            try statement.run()
        }
    }
}
