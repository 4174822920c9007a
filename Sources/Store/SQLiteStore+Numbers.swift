import EntenteCodec
import EntenteModel
import EntenteReplica

/// Spaces, keys and ids are stored once, and rows say their numbers.
extension SQLiteStore {
    /// Nil where no row refers to it yet.
    func number(of bytes: Bytes32) throws(StoreFailure) -> Int64? {
        let statement = try connection.statement(.identifier)
        defer { statement.reset() }
        statement.bind(1, bytes.prefixKey)
        statement.bind(2, bytes)
        return try statement.step() ? statement.int64(0) : nil
    }

    /// Gives it a number if it has none. Part of a write.
    func numberAdding(_ bytes: Bytes32) throws(StoreFailure) -> Int64 {
        if let number = try number(of: bytes) { return number }
        let statement = try connection.statement(.addIdentifier)
        statement.bind(1, bytes.prefixKey)
        statement.bind(2, bytes)
        try statement.run()
        return connection.lastInsertedRow
    }

    /// The number of the capability that is being cited, again and again.
    @inline(__always)
    func capabilityNumberAdding(_ bytes: Bytes32) throws(StoreFailure) -> Int64 {
        if let recent = recent.capability, recent.bytes == bytes { return recent.number }
        let number = try numberAdding(bytes)
        recent.capability = (bytes, number)
        return number
    }

    @inline(__always)
    func authorNumberAdding(_ bytes: Bytes32) throws(StoreFailure) -> Int64 {
        if let recent = recent.author, recent.bytes == bytes { return recent.number }
        let number = try numberAdding(bytes)
        recent.author = (bytes, number)
        return number
    }

    func number(of space: Space) throws(StoreFailure) -> Int64? {
        let statement = try connection.statement(.space)
        defer { statement.reset() }
        statement.bind(1, copying: Self.pathBytes(space))
        return try statement.step() ? statement.int64(0) : nil
    }

    func numberAdding(_ space: Space) throws(StoreFailure) -> Int64 {
        if let number = try number(of: space) { return number }
        let statement = try connection.statement(.addSpace)
        statement.bind(1, copying: Self.pathBytes(space))
        try statement.run()
        return connection.lastInsertedRow
    }

    /// What the rows of a log leave out or repeat.
    @inline(__always)
    func shared(by log: Int64) throws(StoreFailure) -> SharedByLog {
        if let shared = recent.logs[log] { return shared }
        let statement = try connection.statement(.sharedByLog)
        defer { statement.reset() }
        statement.bind(1, log)
        guard try statement.step() else { throw .corrupt("there is no log \(log)") }
        let shared = SharedByLog(space: statement.int64(0), beginning: statement.bytes(1))
        if recent.logs.count == RecentNumbers.logCountMax { recent.logs.removeAll(keepingCapacity: true) }
        recent.logs[log] = shared
        return shared
    }

    /// `space.path`: the components, one behind the other; nothing for the registry.
    private static func pathBytes(_ space: Space) -> [UInt8] { space.path?.components.flatMap(\.bytes.bytes) ?? [] }

    /// Throws for bytes that no space has.
    static func space(pathBytes bytes: [UInt8]) throws(StoreFailure) -> Space {
        if bytes.isEmpty { return .registry }
        let components = stride(from: 0, to: bytes.count, by: Bytes16.count).compactMap { start in
            Bytes16(bytes[start..<min(start + Bytes16.count, bytes.count)]).map(SpaceID.init)
        }
        guard components.count * Bytes16.count == bytes.count, let path = SpacePath(components) else {
            throw .corrupt("a space has a path of \(bytes.count) bytes")
        }
        return .content(path)
    }
}
