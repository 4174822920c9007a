import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// `verify` names every kind of damage, and calls nothing damage that is none.
@Suite struct VerifierTests {
    /// A replica with five posts of alice in one space, a fork of nothing, and a removed partner with a held post.
    struct Story: Sendable {
        let store: MemoryStore
        let network: NetworkID
        /// alice's posts in the space for all, oldest first.
        let posts: [StoredEntry]
        /// An admission, in the registry, that nobody built upon.
        let registry: [StoredEntry]
    }

    private static let story: Story? = {
        do {
            var network = Federation(seed: 21)
            try network.addBrest()
            try network.addStudio()
            try network.addPeer("Brest", to: "Studio")
            network.settle()
            for number in 0..<5 { try network.post("post \(number)", at: "Paris") }
            network.settle()
            network.part("Paris", "Brest")
            try network.revoke("Studio")
            try network.post("trop tard", in: "chantier", at: "Studio")
            network.settle()
            network.world.reuniteAll()
            network.settle()
            let entries = network.entries(of: "Brest")
            return Story(
                store: network.store(of: "Brest"), network: network.world.identity(of: 0).network,
                posts: entries.filter { stored in
                    guard case .present(let body) = stored.body, case .post(let text, _) = Operation(kind: .post, body: body.bytes) else {
                        return false
                    }
                    return text.hasPrefix("post ")
                }, registry: entries.filter { $0.entry.header.space == .registry })
        } catch {
            return nil
        }
    }()

    private func story() throws -> Story { try #require(Self.story) }

    /// What is found where the store is changed so: place and detail.
    private func faults(_ damage: (inout TamperedStore, Story) -> Void) throws -> [String] {
        let story = try story()
        var store = TamperedStore(story.store)
        damage(&store, story)
        let report = Verifier.check(store, network: story.network)
        #expect(report.isClean == report.faults.isEmpty)
        return report.faults.map { "\($0.place): \($0.detail)" }
    }

    private func faults(at index: Int, _ change: @escaping (StoredEntry) -> StoredEntry?) throws -> [String] {
        try faults { store, story in
            let id = story.posts[index].entry.id
            store.entry = { $0.entry.id == id ? change($0) : $0 }
        }
    }

    private func altered(_ entry: Entry, _ network: NetworkID, _ change: (inout Header) -> Void) -> Entry {
        var header = entry.header
        change(&header)
        guard let signature = entry.signature else { return entry }
        return Entry(header: header, headerBytes: header.encoded, signature: signature, in: network)
    }

    @Test func `what nobody touched is clean, forks and held entries included`() throws {
        let story = try story()
        let report = Verifier.check(TamperedStore(story.store), network: story.network)
        #expect(report.faults == [] && report.isClean)
        #expect(report.entryCount == UInt64(story.store.arrivals(after: .none, registryOnly: false, limit: .max).count))
        #expect(report.signatureCount >= report.entryCount && report.logCount > 5)
    }

    @Test func `an altered body is named`() throws {
        let story = try story()
        let found = try faults(at: 2) { stored in
            guard case .present(let body) = stored.body else { return stored }
            return stored.with(body: .present(Body(salt: body.salt, bytes: body.bytes.dropLast() + [0x21])))
        }
        #expect(found == ["entry \(story.posts[2].entry.id): its body is not the one that it commits to"])
    }

    @Test func `a record of what cites a capability that the entries do not bear out is named`() throws {
        let story = try story()
        let log = story.posts[4].log
        let found = try faults { store, _ in
            store.use = { use in
                var use = use
                if use.log == log, use.keptSequence != nil { use.lastSequence += 1 }
                return use
            }
        }
        #expect(found.contains { $0.contains("is not what the entries say") }, "\(found)")
    }

    @Test func `an entry that cannot be read does not hide those behind it`() throws {
        let story = try story()
        var store = TamperedStore(story.store)
        store.unreadable = story.posts[1].entry.id
        let altered = story.posts[3].entry.id
        store.entry = { $0.entry.id == altered ? $0.with(body: StoredBody.none) : $0 }
        let places = Verifier.check(store, network: story.network).faults.map { "\($0.place): \($0.detail)" }
        let sequence = story.posts[1].entry.header.sequence
        #expect(places.contains { $0.hasSuffix("the entry of sequence number \(sequence) cannot be read: it is damaged") }, "\(places)")
        #expect(places.contains("entry \(altered): a content entry without a body"), "\(places)")
    }

    @Test func `an altered salt is named`() throws {
        let story = try story()
        let found = try faults(at: 0) { stored in
            guard case .present(let body) = stored.body else { return stored }
            var salt = body.salt.bytes
            salt[0] ^= 1
            return stored.with(body: .present(Body(salt: Bytes16(salt) ?? body.salt, bytes: body.bytes)))
        }
        #expect(found == ["entry \(story.posts[0].entry.id): its body is not the one that it commits to"])
    }

    @Test func `a body that is gone without an erasure is a note, and one that never was is a fault`() throws {
        let story = try story()
        var store = TamperedStore(story.store)
        let id = story.posts[1].entry.id
        store.entry = { $0.entry.id == id ? $0.with(body: .missing) : $0 }
        let report = Verifier.check(store, network: story.network)
        #expect(report.isClean && report.notes.contains { $0.detail == "its body is missing here" })
        #expect(try faults(at: 1) { $0.with(body: StoredBody.none) } == ["entry \(id): a content entry without a body"])
    }

    @Test func `a signature that does not hold is named, unless a later one of the log covers it`() throws {
        let story = try story()
        func forged(_ stored: StoredEntry) -> StoredEntry {
            guard var bytes = stored.entry.signature?.bytes else { return stored }
            bytes[40] ^= 1
            guard let signature = Signature(bytes) else { return stored }
            return stored.with(
                entry: Entry(
                    header: stored.entry.header, headerBytes: stored.entry.headerBytes, signature: signature, in: story.network))
        }
        // The id covers the signature, so that the next entry's backlink fits no more.
        let inner = try faults(at: 2, forged)
        #expect(inner.contains("entry \(story.posts[3].entry.id): its backlink is not the entry before it"))
        let last = try faults(at: 4, forged)
        #expect(last.contains { $0.contains("its signature does not hold, and no later one covers it") })
        let act = try #require(story.registry.last { $0.entry.signature != nil })
        let registry = try faults { store, _ in store.entry = { $0.entry.id == act.entry.id ? forged($0) : $0 } }
        #expect(registry.contains { $0.contains("its signature does not hold") })
    }

    @Test func `a wrong backlink, sequence number or timestamp is named`() throws {
        let story = try story()
        let backlink = try faults(at: 2) { stored in
            stored.with(entry: altered(stored.entry, story.network) { $0.backlink = story.posts[0].entry.id })
        }
        #expect(backlink.contains { $0.hasSuffix("its backlink is not the entry before it") })
        let sequence = try faults(at: 2) { stored in
            stored.with(entry: altered(stored.entry, story.network) { $0.sequence += 1 })
        }
        #expect(sequence.contains { $0.contains("its sequence number is") })
        let timestamp = try faults(at: 2) { stored in
            stored.with(entry: altered(stored.entry, story.network) { $0.timestamp = Timestamp(milliseconds: 1) })
        }
        #expect(timestamp.contains { $0.hasSuffix("its timestamp is before that of the entry before it") })
        let space = try faults(at: 2) { stored in
            stored.with(entry: altered(stored.entry, story.network) { $0.incarnation ^= 1 })
        }
        #expect(space.contains { $0.hasSuffix("it names another log than the one that it is in") })
        let identity = try faults(at: 2) { stored in
            stored.with(entry: altered(stored.entry, story.network) { $0.identity = IdentityID(.zero) })
        }
        #expect(identity.contains { $0.hasSuffix("it is another identity's than its log") })
    }

    @Test func `an entry that is not there any more is named`() throws {
        let story = try story()
        let inner = try faults(at: 2) { _ in nil }
        #expect(inner.contains { $0.contains("its backlink is not the entry before it") })
        let last = try faults(at: 4) { _ in nil }
        #expect(last.contains { $0.contains("its record says \(story.posts[4].entry.header.sequence)") })
        #expect(last.contains { $0.contains("it does not say how many entries there are") })
        let registry = try #require(story.registry.last { $0.entry.signature != nil })
        let act = try faults { store, _ in store.entry = { $0.entry.id == registry.entry.id ? nil : $0 } }
        #expect(!act.isEmpty)
    }

    @Test func `a wrong summary is named`() throws {
        for (change, detail) in [
            ({ (s: inout SpaceSummary) in s.entryCount += 1 }, "it does not say how many entries there are"),
            ({ (s: inout SpaceSummary) in s.logCount += 1 }, "it does not say how many logs there are"),
            ({ (s: inout SpaceSummary) in s.fingerprint[3] ^= 1 }, "its fingerprint is not that of the offered heads"),
        ] {
            for isRegistry in [true, false] {
                let found = try faults { store, story in
                    let space = isRegistry ? Space.registry : story.posts[0].entry.header.space
                    store.summary = { summary in
                        var summary = summary
                        if summary.space == space { change(&summary) }
                        return summary
                    }
                }
                #expect(found.count == 1 && found.first?.hasSuffix(detail) == true, "\(found)")
            }
        }
        let gone = try faults { store, story in
            let space = story.posts[0].entry.header.space
            store.summary = { $0.space == space ? nil : $0 }
        }
        #expect(gone.count == 3)
    }

    @Test func `a wrong kept height is named`() throws {
        let found = try faults { store, story in
            let log = story.posts[0].log
            store.use = { use in
                var use = use
                if use.log == log, let kept = use.keptSequence { use.keptSequence = kept == 0 ? nil : kept - 1 }
                return use
            }
        }
        #expect(!found.isEmpty && found.allSatisfy { $0.contains("the kept height under capability") })
    }

    @Test func `a held entry that is said to be visible is named`() throws {
        let story = try story()
        let held = try #require(
            story.store.logs(after: .init(0), limit: .max).first { log in
                story.store.branches(of: log.id).contains { $0.offered?.id != $0.tip.id && log.key.space != .registry }
            })
        let found = try faults { store, _ in
            store.use = { use in
                var use = use
                if use.log == held.id { use.keptSequence = use.lastSequence }
                return use
            }
        }
        #expect(found.contains { $0.contains("the kept height under capability") })
    }

    @Test func `a wrong offered head is named`() throws {
        let lower = try faults { store, story in
            let (log, first) = (story.posts[0].log, story.posts[0].entry)
            store.branch = { branch in
                var branch = branch
                if branch.log == log { branch.offered = Head(first) }
                return branch
            }
        }
        #expect(lower.contains { $0.contains("what it says is offered is not what the registry allows") })
        let none = try faults { store, story in
            let log = story.posts[0].log
            store.branch = { branch in
                var branch = branch
                if branch.log == log { branch.offered = nil }
                return branch
            }
        }
        #expect(none.contains { $0.contains("what it says is offered is not what the registry allows") })
    }

    @Test func `a wrong tip is named`() throws {
        let found = try faults { store, story in
            let (log, first) = (story.posts[0].log, story.posts[0].entry)
            store.branch = { branch in
                var branch = branch
                if branch.log == log { branch.tip = Head(first) }
                return branch
            }
        }
        #expect(found.contains { $0.contains("its record says") })
    }

    @Test func `a post that its capability does not cover is named if the store calls it well-formed, and the other way round`() throws {
        let story = try story()
        let found = try faults(at: 2) { $0.with(wellFormed: false) }
        #expect(found == ["entry \(story.posts[2].entry.id): it is not so that no capability covers it"])
    }
}
