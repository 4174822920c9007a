import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Foundation
import Testing

/// What people read from views.db, and how it keeps up with its replica.
@Suite struct ViewsTests {
    let directory: TemporaryDirectory
    var village: Village
    /// The first device of the first member in the first space, and so on.
    let alice = 0
    let bob = 4
    let steward = 12

    init() throws {
        directory = try TemporaryDirectory()
        village = try Village(seed: 5)
    }

    private func replica() throws -> MemoryStore {
        var arriving = try Arriving(village, in: MemoryStore(), seed: 3)
        while try arriving.step() {}
        try arriving.settle()
        return arriving.store
    }

    private func views(_ store: MemoryStore) throws -> ViewStore {
        var indexer = ViewIndexer(source: store, views: try ViewStore())
        try indexer.catchUp()
        return indexer.views
    }

    private func found(
        _ words: String, in views: ViewStore, author: IdentityID? = nil, spaces: [SpacePath]? = nil, hidden: Bool = false
    ) throws -> [String] {
        let words = try #require(SearchWords(words))
        let found = try views.search(
            words, in: spaces ?? village.spaces, author: author, since: nil, until: nil, hidden: hidden, limit: 10)
        return found.map(\.text)
    }

    @Test("V-15: an edit and a reaction whose post is not here wait for it")
    mutating func waiting() throws {
        let post = try village.say(.post(text: "un", replyTo: nil), in: alice)
        try village.say(.edit(target: post, text: "deux", supersedes: []), in: alice + 1)
        try village.say(.reaction(target: post, emoji: "👍", supersedes: [], isTakenBack: false), in: bob)
        village.diaries[alice].kept = nil
        var store = try replica()
        var indexer = ViewIndexer(source: store, views: try ViewStore())
        try indexer.catchUp()
        #expect(try indexer.views.everything(in: village.spaces).posts.isEmpty)
        let log = try #require(store.log(village.diaries[alice].key))
        store.setCapabilityUse(
            CapabilityUse(log: log.id, branch: 0, capability: village.diaries[alice].capability, lastSequence: 0, keptSequence: 0))
        indexer.source = store
        try indexer.catchUp()
        let resolved = try #require(try indexer.views.post(post, in: village.spaces))
        #expect(resolved.text == "deux" && resolved.reactions.count == 1)
    }

    @Test("E-56: an edit and an erasure whose header refers to another entry than their body have no effect")
    mutating func otherReference() throws {
        let (post, other) = (
            try village.say(.post(text: "un", replyTo: nil), in: alice), try village.say(.post(text: "deux", replyTo: nil), in: alice)
        )
        for references in [[other], [], [min(post, other), max(post, other)]] {
            try village.say(.edit(target: post, text: "trois", supersedes: []), in: alice, referringTo: references)
            try village.say(.erasure(target: post), in: alice, referringTo: references)
        }
        let resolved = try #require(try views(replica()).post(post, in: village.spaces))
        #expect(resolved.text == "un" && !resolved.isEdited && !resolved.isErased)
    }

    @Test("L-20: posts are read forward in the order of display, over pages that are bounded by number and by bytes")
    mutating func forward() throws {
        for number in 0..<60 {
            let text = "\(number) " + String(repeating: "mot ", count: 10)
            try village.say(.post(text: text, replyTo: nil), in: number % village.diaries.count)
        }
        let views = try views(replica())
        let all = Array(try views.timeline(in: village.spaces, author: nil, before: nil, limit: 100).reversed())
        for (limit, bytesMax, pageMax) in [(7, 10_000, 7), (100, 100, 3), (100, 1, 1), (100, 10_000, 100)] {
            var read: [ResolvedPost] = []
            while true {
                let page = try views.posts(in: village.spaces, after: read.last?.place, limit: limit, bytesMax: bytesMax)
                #expect(page.count <= pageMax)
                guard !page.isEmpty else { break }
                read += page
            }
            #expect(read == all && read.count == 60)
        }
        let first = try views.posts(in: [village.spaces[0]], after: nil, limit: 100, bytesMax: .max)
        #expect(first == all.filter { $0.space == village.spaces[0] } && !first.isEmpty)
    }

    @Test("V-22: hiding a log of five hundred posts is one row of the feed, and they all go and come back")
    mutating func wholeLog() throws {
        for number in 0..<500 { try village.say(.post(text: "post \(number)", replyTo: nil), in: alice) }
        let kept = try village.say(.post(text: "reste", replyTo: nil), in: bob)
        var store = try replica()
        var indexer = ViewIndexer(source: store, views: try ViewStore())
        try indexer.catchUp()
        let log = try #require(store.log(village.diaries[alice].key))
        for (height, count) in [(UInt64?.none, 1), (99, 101), (499, 501)] {
            let before = try #require(store.feedExtent()?.newest)
            store.setCapabilityUse(
                CapabilityUse(
                    log: log.id, branch: 0, capability: village.diaries[alice].capability, lastSequence: 499, keptSequence: height))
            #expect(store.feedExtent()?.newest.number == before.number + 1)
            indexer.source = store
            try indexer.catchUp()
            #expect(try indexer.views.everything(in: village.spaces).posts.count == count)
            #expect(try indexer.views.post(kept, in: village.spaces) != nil)
        }
    }

    @Test("V-30: a timeline is read page by page, of one space or of both, newest first, and no post twice")
    mutating func pages() throws {
        var random = Seeded(8)
        for number in 0..<120 { try village.say(.post(text: "\(number)", replyTo: nil), in: random.below(village.diaries.count)) }
        let views = try views(try replica())
        for spaces in [village.spaces, [village.spaces[1]]] {
            let all = try views.timeline(in: spaces, author: nil, before: nil, limit: 1000)
            #expect(all.map(\.place) == all.map(\.place).sorted(by: >) && all.count > 40)
            var paged: [ResolvedPost] = []
            while let page = try Optional(views.timeline(in: spaces, author: nil, before: paged.last?.place, limit: 7)), !page.isEmpty {
                paged += page
            }
            #expect(paged == all)
            let author = village.diaries[alice].identity
            #expect(try views.timeline(in: spaces, author: author, before: nil, limit: 1000) == all.filter { $0.author == author })
        }
    }

    @Test("V-31, V-33: a thread is the same from each of its posts, and leaves out what is hidden away by a cut")
    mutating func threads() throws {
        let root = try village.say(.post(text: "racine", replyTo: nil), in: alice)
        let first = try village.say(.post(text: "un", replyTo: root), in: bob)
        let second = try village.say(.post(text: "deux", replyTo: first), in: alice)
        try village.say(.post(text: "autre", replyTo: nil), in: bob)
        let orphan = try village.say(.post(text: "orphelin", replyTo: village.scribe.entryID()), in: bob)
        let views = try views(try replica())
        for id in [root, first, second] {
            let thread = try views.thread(of: id, in: village.spaces, limit: 100)
            #expect(thread.posts.map(\.text) == ["racine", "un", "deux"] && thread.cut.isEmpty)
        }
        #expect(try views.thread(of: orphan, in: village.spaces, limit: 100).posts.map(\.text) == ["orphelin"])
        #expect(try views.thread(of: root, in: village.spaces, limit: 2).posts.map(\.text) == ["racine", "un"])
        #expect(try views.thread(of: root, in: [village.spaces[1]], limit: 100).posts.isEmpty)
        let digits = String(root.description.prefix(12))
        #expect(try views.posts(startingWith: digits, in: village.spaces, limit: 2).map(\.id) == [root])
        #expect(try views.posts(startingWith: "\(digits)zz", in: village.spaces, limit: 2).isEmpty)
    }

    @Test("V-31: beyond the limit, a thread has the post that is asked for, then what it answers, and says where it is cut")
    mutating func longThreads() throws {
        let root = try village.say(.post(text: "racine", replyTo: nil), in: alice)
        var answers: [EntryID] = []
        for number in 0..<30 { answers.append(try village.say(.post(text: "réponse \(number)", replyTo: root), in: bob)) }
        var deep = [answers[29]]
        for number in 0..<20 {
            let last = try #require(deep.last)
            deep.append(try village.say(.post(text: "plus bas \(number)", replyTo: last), in: alice))
        }
        // Somebody answers in another space: that is no part of the conversation, and takes no place in it.
        for _ in 0..<10 { try village.say(.post(text: "ailleurs", replyTo: root), in: alice + 2) }
        let views = try views(try replica())
        func thread(_ id: EntryID, _ limit: Int) throws -> ViewStore.Conversation {
            try views.thread(of: id, in: village.spaces, limit: limit)
        }

        let whole = try thread(root, 51)
        #expect(whole.posts.count == 51 && whole.cut.isEmpty && whole.posts.allSatisfy { $0.space == village.spaces[0] })
        #expect(try thread(deep[20], 51) == whole)
        // The last of thirty answers, with the first ones beside it.
        let late = try thread(answers[29], 5)
        let oldest = whole.posts.filter { $0.replyTo == root }.prefix(2).map(\.id)
        #expect(Set(late.posts.map(\.id)) == Set([root, answers[29], deep[1]] + oldest) && late.cut == [root, deep[1]])
        // Deep in it: the nearest of what it answers.
        let low = try thread(deep[20], 5)
        #expect(Set(low.posts.map(\.id)) == Set(deep[16...20]) && low.cut == [deep[16]])
        #expect(try thread(deep[10], 1) == ViewStore.Conversation(posts: whole.posts.filter { $0.id == deep[10] }, cut: [deep[10]]))
        #expect(try thread(root, 50).cut.count == 1)
        let path = try thread(deep[20], 22)
        #expect(Set(path.posts.map(\.id)) == Set([root] + deep) && path.cut == [root])
    }

    @Test("V-32: a search knows no case and no accents, and each word has to be there")
    mutating func search() throws {
        let post = try village.say(.post(text: "Réunion sécurité, lundi à 9 h", replyTo: nil), in: alice)
        try village.say(.post(text: "RÉUNION du jardin", replyTo: nil), in: bob)
        let edited = try village.say(.post(text: "brouillon", replyTo: nil), in: bob)
        try village.say(.edit(target: edited, text: "propre", supersedes: []), in: bob)
        try village.say(.hiding(target: post), in: bob)
        let views = try views(try replica())
        #expect(try found("reunion securite", in: views) == ["Réunion sécurité, lundi à 9 h"])
        #expect(try found("REUNION", in: views) == ["RÉUNION du jardin", "Réunion sécurité, lundi à 9 h"])
        #expect(try found("reun*", in: views).count == 2 && found("reun", in: views).isEmpty)
        #expect(try found("brouillon", in: views).isEmpty && found("propre", in: views).count == 1)
        #expect(try found("reunion", in: views, author: village.diaries[bob].identity) == ["RÉUNION du jardin"])
        #expect(try found("reunion", in: views, spaces: [village.spaces[1]]).isEmpty)
        let words = try #require(SearchWords("reunion"))
        let late = Timestamp(milliseconds: 1_900_000_000_000)
        #expect(try views.search(words, in: village.spaces, author: nil, since: late, until: nil, limit: 10).isEmpty)
        #expect(
            try views.search(words, in: village.spaces, author: nil, since: nil, until: late, limit: 1).map(\.text) == ["RÉUNION du jardin"]
        )
    }

    @Test(
        "V-32: nothing that somebody types is a wrong question",
        arguments: [
            "\"", "a\"b", "(", "a OR", "NEAR(a b)", "text:a", "-a", "a AND NOT b", "^a", "a*b", "*", "***a", "aujourd'hui", "a\u{0}b",
            "{a b}",
            "\\", ";", "DROP TABLE post", "é\u{301}", "👍 a", "a + b", "\"\"\"", "a\"*",
        ])
    mutating func anyWords(_ text: String) throws {
        try village.say(.post(text: "a b aujourd'hui", replyTo: nil), in: alice)
        let views = try views(try replica())
        guard let words = SearchWords(text) else { return }
        _ = try views.search(words, in: village.spaces, author: nil, since: nil, until: nil, limit: 10)
        #expect(try found("aujourd'hui", in: views).count == 1)
    }

    @Test("V-32: a search without a word, or with too much in it, is none")
    func noWords() {
        for text in [
            "", "   ", "\"\"", "!?", "👍", String(repeating: "a", count: SearchWords.bytesMax + 1), String(repeating: "a ", count: 33),
        ] {
            #expect(SearchWords(text) == nil)
        }
    }

    @Test("V-9, V-32: a hidden post is in the timeline as hidden, and not found")
    mutating func hidden() throws {
        let post = try village.say(.post(text: "gros mot", replyTo: nil), in: alice)
        let hiding = try village.say(.hiding(target: post), in: steward)
        var views = try views(try replica())
        #expect(try views.post(post, in: village.spaces)?.hidings.map(\.id) == [hiding])
        #expect(try found("mot", in: views).isEmpty && found("mot", in: views, hidden: true) == ["gros mot"])
        try village.say(.unhiding(target: post, lifts: [hiding]), in: steward + 1)
        views = try self.views(try replica())
        #expect(try views.post(post, in: village.spaces)?.isHidden == false && found("mot", in: views) == ["gros mot"])
    }

    @Test("V-13: people are listed with their names in each space")
    mutating func people() throws {
        try village.say(.profile(name: "Alice"), in: alice)
        try village.say(.profile(name: "Alice Martin"), in: alice)
        try village.say(.profile(name: "A."), in: alice + 2)
        let views = try views(try replica())
        let identity = village.diaries[alice].identity
        #expect(try views.people(in: village.spaces).map(\.name) == ["Alice Martin", "A."])
        #expect(try views.people(named: "A.", in: village.spaces) == [identity])
        #expect(try views.people(named: "A.", in: [village.spaces[0]]).isEmpty)
        #expect(try views.name(of: identity, in: village.spaces[0], or: village.spaces) == "Alice Martin")
        #expect(try views.name(of: identity, in: .of(9), or: village.spaces) == "Alice Martin")
        #expect(try views.name(of: identity, in: .of(9), or: [village.spaces[1]]) == "A.")
        #expect(try views.name(of: village.diaries[bob].identity, in: village.spaces[0], or: village.spaces) == nil)
    }

    @Test("V-13, V-14: of the profiles of one identity in one space the newest count, of all its logs together")
    func manyProfiles() throws {
        var outvoted = 0
        for seed in 1...8 {
            var village = try Village(seed: UInt64(seed))
            let identity = village.diaries[alice].identity
            func name() throws -> String? {
                var arriving = try Arriving(village, in: MemoryStore(), seed: 3)
                while try arriving.step() {}
                try arriving.settle()
                return try views(arriving.store).name(of: identity, in: village.spaces[0], or: [])
            }
            let first = try village.say(.profile(name: "Alice"), in: alice)
            // The clock goes on, so that this profile is the oldest.
            for _ in 0..<20 { try village.say(.post(text: "mot", replyTo: nil), in: bob) }
            var last = first
            for number in 1..<ViewLimits.profilesMax { last = try village.say(.profile(name: "A \(number)"), in: alice + 1) }
            #expect(try name() == (first < last ? "Alice" : "A \(ViewLimits.profilesMax - 1)"))
            if first < last { outvoted += 1 }
            try village.say(.profile(name: "la dernière"), in: alice + 1)
            #expect(try name() == "la dernière")
        }
        #expect(outvoted > 0)
    }

    // MARK: - The file

    @Test("V-24: the words of an erased post, of its edits and of what it was searched by are in no file of the views")
    mutating func erased() throws {
        let post = try village.say(.post(text: "Xylophage zinzolin", replyTo: nil), in: alice)
        try village.say(.edit(target: post, text: "Xylophage quetsche", supersedes: []), in: alice)
        for number in 0..<200 { try village.say(.post(text: "Bonjour \(number)", replyTo: nil), in: bob) }
        let views = try ViewStore(directory: directory.path)
        var indexer = ViewIndexer(source: try replica(), views: views)
        try indexer.catchUp()
        #expect(try views.purge() && filesHolding(["zinzolin", "quetsche", "xylophage"]).count > 0)
        try village.say(.erasure(target: post), in: alice + 1)
        indexer.source = try replica()
        try indexer.begin()
        try indexer.catchUp()
        #expect(try views.post(post, in: village.spaces)?.isErased == true)
        #expect(try found("xylophage", in: views).isEmpty)
        #expect(try views.purge())
        #expect(try filesHolding(["zinzolin", "quetsche", "xylophage", "Xylophage"]) == [])
        #expect(try found("bonjour 7", in: views) == ["Bonjour 7"])
    }

    @Test("V-24: a reader that is in the way of it puts it off, and an end of the process does not forget it")
    mutating func erasedLater() throws {
        let post = try village.say(.post(text: "zinzolin", replyTo: nil), in: alice)
        var arriving = try Arriving(village, in: MemoryStore(), seed: 3)
        while try arriving.step() {}
        try arriving.settle()
        do {
            let views = try ViewStore(directory: directory.path)
            var indexer = ViewIndexer(source: arriving.store, views: views)
            try indexer.catchUp()
            let reader = try #require(try ViewStore(readingFrom: directory.path))
            try village.say(.erasure(target: post), in: alice + 1)
            indexer.source = try replica()
            try reader.reading { () throws(StoreFailure) in
                _ = try reader.post(post, in: village.spaces)
                try indexer.begin()
                while try indexer.advance() != .upToDate {}
                #expect(try !views.purge())
            }
        }
        let views = try ViewStore(directory: directory.path)
        #expect(try views.purge())
        #expect(try filesHolding(["zinzolin"]) == [])
    }

    private func filesHolding(_ words: [String]) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
            let bytes = try directory.bytes(of: directory.path + "/" + name)
            return words.contains { bytes.range(of: Data($0.utf8)) != nil }
        }
    }

    @Test("V-23: views of another version, or that are damaged, or of another incarnation, are made again")
    mutating func madeAgain() throws {
        try village.say(.post(text: "un", replyTo: nil), in: alice)
        var store = try replica()
        func open() throws -> ViewStore.Everything {
            var indexer = ViewIndexer(source: store, views: try ViewStore(directory: directory.path))
            try indexer.catchUp()
            return try indexer.views.everything(in: village.spaces)
        }
        let file = directory.path + "/" + ViewStore.fileName
        let expected = try open()
        #expect(expected.posts.count == 1)
        try directory.write(Data("not a database, and long enough to be looked at as one".utf8), to: file)
        #expect(try open() == expected)
        for version in [1, 999] {
            let other = try OtherProgram(file)
            other.run("PRAGMA user_version = \(version)")
            other.run("DROP TABLE version")
            #expect(try open() == expected)
        }
        store.setFact(.incarnation, [9])
        // What is deleted comes back only if all is made again.
        try OtherProgram(file).run("DELETE FROM post")
        #expect(try open() == expected)
    }

    @Test("V-23: views that have fallen behind the feed are made again")
    mutating func fallenBehind() throws {
        try village.say(.post(text: "un", replyTo: nil), in: alice)
        let views = try ViewStore(directory: directory.path)
        var indexer = ViewIndexer(source: try replica(), views: views)
        try indexer.catchUp()
        let other = try OtherProgram(directory.path + "/" + ViewStore.fileName)
        other.run("UPDATE progress SET cursor = 1000000")
        other.run("DELETE FROM post")
        #expect(try indexer.advance() != .upToDate)
        try indexer.catchUp()
        #expect(try views.everything(in: village.spaces).posts.count == 1)
    }

    @Test("V-23: views that find entries gone of which the feed speaks are made again", arguments: [UInt64?.none, 4])
    mutating func collected(left: UInt64?) throws {
        for number in 0..<10 { try village.say(.post(text: "\(number)", replyTo: nil), in: alice) }
        try village.say(.post(text: "reste", replyTo: nil), in: bob)
        var store = try replica()
        var indexer = ViewIndexer(source: store, views: try ViewStore())
        try indexer.catchUp()
        #expect(try indexer.views.everything(in: village.spaces).posts.count == 11)
        let log = try #require(store.log(village.diaries[alice].key))
        // Hidden, and taken from the shelf, before the views hear of either.
        let use = CapabilityUse(
            log: log.id, branch: 0, capability: village.diaries[alice].capability, lastSequence: 9, keptSequence: left)
        store.setCapabilityUse(use)
        store.removeEntries(log: log.id, branch: 0, from: left.map { $0 + 1 } ?? 0)
        indexer.source = store
        #expect(try indexer.advance() != .upToDate)
        try indexer.catchUp()
        #expect(try indexer.views.everything(in: village.spaces).posts.count == 1 + (left.map { Int($0) + 1 } ?? 0))
    }

    @Test("V-25: making the views again goes on where it was stopped")
    mutating func resumed() throws {
        for number in 0..<3000 { try village.say(.post(text: "\(number)", replyTo: nil), in: alice) }
        let store = try replica()
        var standings: [ViewIndexer<MemoryStore>.Standing] = []
        while standings.last != .upToDate {
            var indexer = ViewIndexer(source: store, views: try ViewStore(directory: directory.path))
            standings.append(try indexer.advance())
        }
        #expect(standings.count < 20)
        #expect(standings.contains { if case .rebuilding(let done, _) = $0 { done >= 1024 } else { false } })
        let views = try #require(try ViewStore(readingFrom: directory.path))
        #expect(try views.everything(in: village.spaces).posts.count == 3000)
    }
}
