import EntenteCodec
import EntenteModel
import EntenteReplica
import Testing

/// What a post becomes by what is said about it.
@Suite struct ResolutionTests {
    static let alice = IdentityID(.filled(1))
    static let bob = IdentityID(.filled(2))
    static let eve = IdentityID(.filled(3))
    static let garden = SpacePath.filled(1)
    static let kitchen = SpacePath.filled(2)
    let post = statement(1, .post(text: "Bonjour", replyTo: nil))
    static let postID = EntryID(.filled(101))

    static func id(_ number: UInt8) -> EntryID { EntryID(.filled(100 + number)) }

    /// The number is the entry's id and its time.
    static func statement(
        _ number: UInt8, _ operation: Operation, by author: IdentityID = alice, level: UInt8 = 8, rights: Rights = .post,
        in space: SpacePath = garden
    ) -> Statement {
        Statement(
            id: id(number), space: space, author: author, level: level, rights: rights, timestamp: Timestamp(milliseconds: UInt64(number)),
            firstSeen: Timestamp(milliseconds: 50), content: .said(operation))
    }

    private func edit(_ number: UInt8, _ text: String, over: UInt8..., by author: IdentityID = alice, level: UInt8 = 8) -> Statement {
        Self.statement(number, .edit(target: post.id, text: text, supersedes: over.map(Self.id)), by: author, level: level)
    }

    private func reaction(
        _ number: UInt8, _ emoji: String, by author: IdentityID, over: UInt8..., undo: Bool = false, level: UInt8 = 8
    ) -> Statement {
        Self.statement(
            number, .reaction(target: post.id, emoji: emoji, supersedes: over.map(Self.id), isTakenBack: undo), by: author, level: level)
    }

    /// Resolves in the order given and in the other one: it must not matter.
    private func resolve(_ about: Statement...) throws -> ResolvedPost {
        let resolved = try #require(ResolvedPost(post, about: about))
        #expect(resolved == ResolvedPost(post, about: about.reversed()))
        return resolved
    }

    private func standings(_ post: ResolvedPost) -> [ResolvedPost.Version.Standing] { post.versions.map(\.standing) }

    @Test("V-1: a post that nothing is said about is its own only version")
    func plain() throws {
        let resolved = try resolve()
        #expect(resolved.text == "Bonjour" && !resolved.isEdited && !resolved.isErased && !resolved.isHidden)
        #expect(standings(resolved) == [.current] && resolved.reactions.isEmpty)
        #expect(ResolvedPost(edit(2, "x"), about: []) == nil)
    }

    @Test("V-2: an edit takes the place of the post's text, and the history keeps what was")
    func edited() throws {
        let resolved = try resolve(edit(2, "Bonsoir"), edit(3, "Bonne nuit", over: 2))
        #expect(resolved.text == "Bonne nuit" && resolved.isEdited)
        #expect(resolved.versions.map(\.text) == ["Bonjour", "Bonsoir", "Bonne nuit"])
        #expect(standings(resolved) == [.superseded, .superseded, .current])
        #expect(resolved.versions.map(\.author) == [Self.alice, Self.alice, Self.alice])
    }

    @Test("V-3: edits that do not know of each other stand side by side, and the next one may supersede both")
    func concurrent() throws {
        let resolved = try resolve(edit(3, "trois"), edit(2, "deux"))
        #expect(resolved.text == "deux" && standings(resolved) == [.superseded, .current, .concurrent])
        let joined = try resolve(edit(2, "deux"), edit(3, "trois"), edit(4, "les deux", over: 2, 3))
        #expect(joined.text == "les deux" && standings(joined) == [.superseded, .superseded, .superseded, .current])
    }

    @Test("V-4: among edits that stand, the more senior counts, then the smaller id, and never the later clock")
    func senior() throws {
        #expect(try resolve(edit(2, "member"), edit(3, "officer", level: 2)).text == "officer")
        #expect(try resolve(edit(9, "late"), edit(2, "early")).text == "early")
    }

    @Test("V-5: only the author's identity edits")
    func authors() throws {
        let resolved = try resolve(edit(2, "Pirate", by: Self.eve, level: 1), edit(3, "Bonsoir"))
        #expect(resolved.text == "Bonsoir" && resolved.versions.count == 2)
        #expect(try resolve(edit(2, "Pirate", over: 3, by: Self.eve), edit(3, "Bonsoir")).text == "Bonsoir")
    }

    @Test("V-6: what is said in another space about a post is not said about it")
    func elsewhere() throws {
        let edit = Self.statement(2, .edit(target: post.id, text: "Ailleurs", supersedes: []), in: Self.kitchen)
        let erasure = Self.statement(3, .erasure(target: post.id), in: Self.kitchen)
        let hiding = Self.statement(4, .hiding(target: post.id), rights: .steward, in: Self.kitchen)
        let reaction = Self.statement(
            5, .reaction(target: post.id, emoji: "👍", supersedes: [], isTakenBack: false), in: Self.kitchen)
        #expect(try resolve(edit, erasure, hiding, reaction) == (try resolve()))
    }

    @Test("V-7: an erasure by the author or by an officer wins over every edit; anybody else's does nothing")
    func erased() throws {
        let erasure = Operation.erasure(target: post.id)
        for statement in [Self.statement(2, erasure), Self.statement(2, erasure, by: Self.bob, level: 1, rights: .disavow)] {
            let resolved = try resolve(statement, edit(3, "Bonsoir"), reaction(4, "👍", by: Self.bob))
            #expect(resolved.isErased && resolved.text == "" && resolved.versions.isEmpty && resolved.replyTo == nil)
            #expect(resolved.reactions.map(\.emoji) == ["👍"])
        }
        #expect(!(try resolve(Self.statement(2, erasure, by: Self.eve, level: 1, rights: .administrator)).isErased))
    }

    @Test("V-8: a post whose body is erased is shown as erased, with what answered it")
    func bodyErased() throws {
        let gone = Statement(
            id: post.id, space: post.space, author: post.author, level: 8, rights: .post, timestamp: post.timestamp,
            firstSeen: post.firstSeen, content: .erased)
        let resolved = try #require(ResolvedPost(gone, about: [edit(2, "Bonsoir")]))
        #expect(resolved.isErased && resolved.versions.isEmpty)
        // Whoever never had the body shows the same as who has erased it.
        #expect(resolved.canonicalBytes == (try resolve(Self.statement(3, .erasure(target: post.id)))).canonicalBytes)
    }

    @Test("V-9: a steward or an administrator hides a post, and each hiding is lifted by name")
    func hidden() throws {
        let hiding = Operation.hiding(target: post.id)
        let byBob = Self.statement(2, hiding, by: Self.bob, level: 6, rights: [.steward, .post])
        let byEve = Self.statement(3, hiding, by: Self.eve, level: 2, rights: .administrator)
        let lift = Operation.unhiding(target: post.id, lifts: [Self.id(2)])
        #expect(try resolve(byBob).isHidden)
        #expect(try resolve(byBob).text == "Bonjour")
        #expect(!(try resolve(Self.statement(2, hiding, by: Self.bob)).isHidden))
        #expect(!(try resolve(byBob, Self.statement(4, lift, by: Self.eve, rights: .steward)).isHidden))
        #expect(try resolve(byBob, Self.statement(4, lift, by: Self.alice)).isHidden)
        #expect(try resolve(byBob, byEve, Self.statement(4, lift, by: Self.bob, rights: .steward)).hidings.map(\.id) == [Self.id(3)])
    }

    @Test("V-10: a member's reaction with one emoji is there once, and can be taken back and given again")
    func reactions() throws {
        let both = try resolve(reaction(2, "👍", by: Self.bob), reaction(3, "👍", by: Self.alice), reaction(4, "👍", by: Self.bob))
        #expect(both.reactions == [ResolvedPost.Reaction(emoji: "👍", members: [Self.alice, Self.bob])])
        let undone = reaction(5, "👍", by: Self.bob, over: 2, undo: true)
        #expect(try resolve(reaction(2, "👍", by: Self.bob), undone).reactions.isEmpty)
        #expect(try resolve(reaction(2, "👍", by: Self.bob), undone, reaction(6, "👍", by: Self.bob, over: 5)).reactions.count == 1)
        // Another's reaction cannot be superseded.
        #expect(try resolve(reaction(2, "👍", by: Self.bob), reaction(3, "👍", by: Self.eve, over: 2, undo: true)).reactions.count == 1)
    }

    @Test("V-11: emojis are told apart by their bytes, and listed by them")
    func emojis() throws {
        let composed = reaction(2, "é", by: Self.bob)
        let decomposed = reaction(3, "e\u{301}", by: Self.bob)
        let thumb = reaction(4, "👍", by: Self.bob)
        #expect(
            try resolve(thumb, composed, decomposed).reactions.map { Array($0.emoji.utf8) } == [
                [101, 204, 129], [195, 169], Array("👍".utf8),
            ])
    }

    @Test("V-12: the time that is shown is the earlier of the claim and of first sight, and no part of what must be equal")
    func shownTime() throws {
        #expect(post.shownTime == post.timestamp)
        let late = Statement(
            id: post.id, space: post.space, author: post.author, level: 8, rights: .post, timestamp: Timestamp(milliseconds: 1),
            firstSeen: Timestamp(milliseconds: 0), content: post.content)
        let resolved = try #require(ResolvedPost(late, about: []))
        #expect(resolved.shownTime == Timestamp(milliseconds: 0))
        #expect(resolved.canonicalBytes == (try resolve()).canonicalBytes)
    }

    @Test("V-13: a name supersedes those before it in its log; between logs the level decides, then the id")
    func names() {
        func claim(_ number: UInt8, _ name: String, log: Int64, _ sequence: UInt64, level: UInt8 = 8) -> ResolvedName.Claim {
            ResolvedName.Claim(
                statement: Self.statement(number, .profile(name: name), level: level), log: LogID(log), sequence: sequence)
        }
        let old = claim(1, "Alice", log: 1, 0)
        let new = claim(2, "Alice Martin", log: 1, 5)
        #expect(ResolvedName.resolve([old, new]) == "Alice Martin" && ResolvedName.resolve([new, old]) == "Alice Martin")
        #expect(ResolvedName.resolve([old, new, claim(3, "A. M.", log: 2, 0)]) == "Alice Martin")
        #expect(ResolvedName.resolve([old, new, claim(3, "Mme Martin", log: 2, 0, level: 2)]) == "Mme Martin")
        #expect(ResolvedName.resolve([]) == nil)
    }

    @Test("V-14: more edits than count leave the newest of them")
    func manyEdits() throws {
        let edits = (0..<ResolutionLimits.editsMax + 3).map { number in
            Statement(
                id: EntryID(Bytes32(words: (9, 9, 9, UInt64(number)))), space: post.space, author: post.author, level: 8, rights: .post,
                timestamp: Timestamp(milliseconds: UInt64(1000 + number)), firstSeen: post.firstSeen,
                content: .said(.edit(target: post.id, text: "\(number)", supersedes: [])))
        }
        let resolved = try #require(ResolvedPost(post, about: edits.shuffled()))
        #expect(resolved.versions.count == ResolutionLimits.editsMax + 1 && resolved.versions[1].text == "3")
    }
}

extension Bytes32 {
    fileprivate static func filled(_ byte: UInt8) -> Bytes32 {
        let word = UInt64(byte) &* 0x0101_0101_0101_0101
        return Bytes32(words: (word, word, word, word))
    }
}

extension Bytes16 {
    fileprivate static func filled(_ byte: UInt8) -> Bytes16 {
        guard let bytes = Bytes16([UInt8](repeating: byte, count: 16)) else { preconditionFailure("sixteen bytes") }
        return bytes
    }
}

extension SpacePath {
    fileprivate static func filled(_ byte: UInt8) -> SpacePath {
        guard let path = SpacePath([SpaceID(Bytes16.filled(byte))]) else { preconditionFailure("one component fits") }
        return path
    }
}
