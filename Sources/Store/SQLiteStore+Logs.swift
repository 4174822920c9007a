import EntenteCodec
import EntenteModel
import EntenteReplica

/// Logs, their branches, and the capabilities that their entries cite.
extension SQLiteStore {
    package func logs(after: LogID, limit: Int) throws(StoreFailure) -> [LogRecord] {
        let statement = try connection.statement(.logs)
        defer { statement.reset() }
        statement.bind(1, after.number)
        statement.bind(2, max(0, limit))
        var out: [LogRecord] = []
        while try statement.step() {
            let key = LogKey(
                space: try Self.space(pathBytes: statement.bytes(1)),
                device: try statement.optionalBytes32(2).map(DeviceKey.init), incarnation: statement.bits(3))
            out.append(LogRecord(id: LogID(statement.int64(0)), key: key, identity: try statement.optionalBytes32(4).map(IdentityID.init)))
        }
        return out
    }

    package func log(_ key: LogKey) throws(StoreFailure) -> LogRecord? {
        guard let space = try number(of: key.space) else { return nil }
        var device: Int64?
        if let bytes = key.device?.bytes {
            guard let number = try number(of: bytes) else { return nil }
            device = number
        }
        let statement = try connection.statement(.log)
        defer { statement.reset() }
        statement.bind(1, device)
        statement.bind(2, space)
        statement.bind(bits: key.incarnation, 3)
        guard try statement.step() else { return nil }
        return LogRecord(id: LogID(statement.int64(0)), key: key, identity: try statement.optionalBytes32(1).map(IdentityID.init))
    }

    package func addLog(_ key: LogKey, identity: IdentityID?) throws(StoreFailure) -> LogRecord {
        try write { () throws(StoreFailure) in
            let space = try numberAdding(key.space)
            var (deviceNumber, identityNumber): (Int64?, Int64?)
            if let bytes = key.device?.bytes { deviceNumber = try numberAdding(bytes) }
            if let bytes = identity?.bytes { identityNumber = try numberAdding(bytes) }
            let statement = try connection.statement(.addLog)
            statement.bind(1, space)
            statement.bind(2, deviceNumber)
            statement.bind(bits: key.incarnation, 3)
            statement.bind(4, identityNumber)
            statement.bind(5, copying: Header.beginning(of: key, identity: identity))
            try statement.run()
            return LogRecord(id: LogID(connection.lastInsertedRow), key: key, identity: identity)
        }
    }

    package func branches(of log: LogID) throws(StoreFailure) -> [BranchRecord] {
        let statement = try connection.statement(.branches)
        defer { statement.reset() }
        statement.bind(1, log.number)
        var out: [BranchRecord] = []
        while try statement.step() {
            guard let branch = Int(exactly: statement.int64(0)) else { throw .corrupt("log \(log.number) has a branch without a number") }
            let tip = Head(
                sequence: statement.bits(3), id: EntryID(try statement.bytes32(4)), timestamp: Timestamp(milliseconds: statement.bits(5)))
            var offered: Head?
            if !statement.isNull(6) {
                offered = Head(
                    sequence: statement.bits(6), id: EntryID(try statement.bytes32(7)),
                    timestamp: Timestamp(milliseconds: statement.bits(8)))
            }
            out.append(
                BranchRecord(
                    log: log, branch: branch, parent: statement.optionalInt64(1).map { Int($0) }, firstSequence: statement.bits(2),
                    tip: tip, offered: offered))
        }
        return out
    }

    package func setBranch(_ branch: BranchRecord) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.setBranch)
            statement.bind(1, branch.log.number)
            statement.bind(2, branch.branch)
            statement.bind(3, branch.parent.map { Int64($0) })
            statement.bind(bits: branch.firstSequence, 4)
            statement.bind(bits: branch.tip.sequence, 5)
            statement.bind(6, branch.tip.id.bytes)
            statement.bind(bits: branch.tip.timestamp.milliseconds, 7)
            if let offered = branch.offered {
                statement.bind(bits: offered.sequence, 8)
                statement.bind(9, offered.id.bytes)
                statement.bind(bits: offered.timestamp.milliseconds, 10)
            } else {
                for index: Int32 in 8...10 { statement.bindNull(index) }
            }
            try statement.run()
        }
    }

    package func removeLastBranch(of log: LogID) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.removeLastBranch)
            statement.bind(1, log.number)
            try statement.run()
        }
    }

    package func capabilityUses(of log: LogID) throws(StoreFailure) -> [CapabilityUse] {
        let statement = try connection.statement(.uses)
        defer { statement.reset() }
        statement.bind(1, log.number)
        var out: [CapabilityUse] = []
        while try statement.step() {
            guard let branch = Int(exactly: statement.int64(0)) else { throw .corrupt("log \(log.number) has a branch without a number") }
            out.append(
                CapabilityUse(
                    log: log, branch: branch, capability: EntryID(try statement.bytes32(1)), lastSequence: statement.bits(2),
                    keptSequence: statement.optionalInt64(3).map { UInt64(bitPattern: $0) }))
        }
        return out.sorted { ($0.branch, $0.capability) < ($1.branch, $1.capability) }
    }

    package func setCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let capability = try capabilityNumberAdding(use.capability.bytes)
            let statement = try connection.statement(.setUse)
            statement.bind(1, use.log.number)
            statement.bind(2, use.branch)
            statement.bind(3, capability)
            statement.bind(bits: use.lastSequence, 4)
            statement.bind(5, use.keptSequence.map { Int64(bitPattern: $0) })
            try statement.run()
        }
    }

    package func removeCapabilityUse(_ use: CapabilityUse) throws(StoreFailure) {
        try write { () throws(StoreFailure) in
            let statement = try connection.statement(.removeUse)
            statement.bind(1, use.log.number)
            statement.bind(2, use.branch)
            statement.bind(3, use.capability.bytes.prefixKey)
            statement.bind(4, use.capability.bytes)
            try statement.run()
        }
    }

    package func lastUse(log: LogID, branch: Int, capability: EntryID, atMost: UInt64) throws(StoreFailure) -> Head? {
        guard let number = try number(of: capability.bytes) else { return nil }
        let statement = try connection.statement(.lastUse)
        defer { statement.reset() }
        statement.bind(1, log.number)
        statement.bind(2, branch)
        statement.bind(3, number)
        statement.bind(4, Int64(clamping: atMost))
        guard try statement.step() else { return nil }
        return Head(
            sequence: statement.bits(0), id: EntryID(try statement.bytes32(1)), timestamp: Timestamp(milliseconds: statement.bits(2)))
    }
}
