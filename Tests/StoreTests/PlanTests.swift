import EntenteModel
import EntenteReplica
import EntenteStore
import GRDBSQLite
import Testing

/// No question reads more of the database than its answer needs.
@Suite struct PlanTests {
    let directory: TemporaryDirectory
    let store: SQLiteStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(directory: directory.path)
    }

    /// Small tables that are asked for whole: spaces, and what there is one of a space or a peer.
    static let readWhole: Set<String> = ["SCAN s", "SCAN p", "SCAN space", "SCAN peer"]

    @Test("T-13: every question is led by an index, and none sorts what it finds")
    func plans() throws {
        for (sql, plan) in try store.queryPlans() {
            for line in plan {
                let isScan = line.hasPrefix("SCAN") && !Self.readWhole.contains { line == $0 || line.hasPrefix($0 + " USING") }
                #expect(!isScan && !line.contains("TEMP B-TREE") && !line.contains("AUTOMATIC"), "\(sql)\n\(line)")
            }
        }
    }

    @Test("T-13: a page of the timeline costs the same however many entries are older or in other spaces")
    func timelinePage() throws {
        var small: Int?
        for count in [100, 3000] {
            try store.begin()
            var alice = try Diary(in: store, space: .content(.of(1)), seed: UInt64(count))
            var bob = try Diary(in: store, space: .content(.of(2)), seed: UInt64(count + 1))
            for _ in 0..<count {
                try alice.write(in: store, bodyBytes: 10)
                try bob.write(in: store, bodyBytes: 10)
            }
            try store.commit()
            let steps = try store.countingSteps {
                for space in [nil, SpacePath.of(1)] {
                    let page = try store.visible(kind: .post, space: space, identity: nil, before: nil, limit: 20)
                    #expect(page.count == 20)
                    let last = try #require(page.last)
                    let place = TimelinePlace(timestamp: last.entry.header.timestamp, id: last.entry.id)
                    #expect(try store.visible(kind: .post, space: space, identity: nil, before: place, limit: 20).count == 20)
                }
            }
            if let small { #expect(steps < small * 2, "\(steps) steps after \(small)") } else { small = steps }
        }
    }

    @Test("T-14: hiding and showing a whole log changes one row, and one of the feed, and no entry")
    func removalTouchesNoEntry() throws {
        var alice = try Diary(in: store)
        try store.begin()
        var ids: [EntryID] = []
        for _ in 0..<500 { ids.append(try alice.write(in: store)) }
        try store.commit()
        for kept: UInt64? in [nil, 9, 499] {
            let changes = try store.countingChangedRows { try alice.keep(upTo: kept, last: 499, in: store) }
            #expect(changes == 2)
            let visible = try store.visible(kind: .post, space: .of(1), identity: nil, before: nil, limit: 1000)
            #expect(visible.count == kept.map { Int($0) + 1 } ?? 0)
            #expect(try ids.filter { id in try store.isVisible(id) }.count == visible.count)
        }
    }
}
