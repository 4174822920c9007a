import Testing

/// The store on SQLite is held against the one in memory: the same operations, drawn by chance, give the same answers.
@Suite struct DifferentialTests {
    @Test("T-1: after any operations, rollbacks and reopenings, SQLite and memory give the same answers", arguments: 1...8)
    func agree(seed: Int) throws {
        var stores = try TwoStores(seed: UInt64(seed))
        for _ in 0..<600 { try stores.step() }
        try stores.compareAll()
    }
}
