import EntenteCodec
import EntenteModel
import EntenteReplica

/// What people ask. The caller says of which spaces they may hear: a node that may not hold a space any more shows nothing
/// of it, though it is kept.
extension ViewStore {
    /// A row on the way to being read whole.
    private struct Found {
        let place: TimelinePlace
        let number: Int64
    }

    private func found(_ statement: PreparedStatement) throws(StoreFailure) -> Found {
        Found(
            place: TimelinePlace(timestamp: Timestamp(milliseconds: statement.bits(1)), id: EntryID(try statement.bytes32(2))),
            number: statement.int64(0))
    }

    /// Runs reading questions on one state of the views, whatever is written meanwhile.
    package func reading<Value>(_ body: () throws(StoreFailure) -> Value) throws(StoreFailure) -> Value {
        guard !connection.isInTransaction else { return try body() }
        try connection.run("BEGIN")
        defer { try? connection.run("COMMIT") }
        return try body()
    }

    /// Begins to read one state of the views, until `endReading`, whatever is written meanwhile; returns how far they are.
    package func beginReading() throws(StoreFailure) -> Progress? {
        try connection.run("BEGIN")
        return try progress()
    }

    package func endReading() throws(StoreFailure) { if connection.isInTransaction { try connection.run("COMMIT") } }

    // MARK: - Posts

    /// The newest posts before a place, newest first by (timestamp, id): of all authors, or of one.
    package func timeline(
        in spaces: [SpacePath], author: IdentityID?, before: TimelinePlace?, limit: Int
    ) throws(StoreFailure) -> [ResolvedPost] {
        var authorNumber: Int64?
        if let author {
            guard let number = try number(.person, author.bytes.bytes) else { return [] }
            authorNumber = number
        }
        var newest: [Found] = []
        for space in Set(spaces).sorted() {
            guard let number = try number(.space, Self.bytes(space)) else { continue }
            let statement = try statement(authorNumber == nil ? .inSpace : .inSpaceByAuthor)
            statement.bind(1, number)
            statement.bind(2, before.map { Int64(clamping: $0.timestamp.milliseconds) } ?? .max)
            statement.bind(3, before?.id.bytes ?? .zero)
            statement.bind(4, max(0, limit))
            if let authorNumber { statement.bind(5, authorNumber) }
            defer { statement.reset() }
            while try statement.step() {
                let row = try found(statement)
                if newest.count == limit, let last = newest.last {
                    guard row.place > last.place else { break }
                    newest.removeLast()
                }
                newest.insert(row, at: newest.firstIndex { $0.place < row.place } ?? newest.endIndex)
            }
        }
        return try newest.map { found throws(StoreFailure) in try post(found.number) }
    }

    /// The posts of these spaces behind a place, the oldest first by (timestamp, id), while the sum of their texts' bytes
    /// stays under `bytesMax`; at least one if there is one.
    package func posts(
        in spaces: [SpacePath], after: TimelinePlace?, limit: Int, bytesMax: Int
    ) throws(StoreFailure) -> [ResolvedPost] {
        var oldest: [Found] = []
        for space in Set(spaces).sorted() {
            guard let number = try number(.space, Self.bytes(space)) else { continue }
            let statement = try statement(.inSpaceAfter)
            statement.bind(1, number)
            // No timestamp is below 0, and no id of a post below the smallest.
            statement.bind(2, after.map { Int64(clamping: $0.timestamp.milliseconds) } ?? -1)
            statement.bind(3, after?.id.bytes ?? .zero)
            statement.bind(4, max(0, limit))
            defer { statement.reset() }
            while try statement.step() { oldest.append(try found(statement)) }
        }
        var out: [ResolvedPost] = []
        var bytes = 0
        for row in oldest.sorted(by: { $0.place < $1.place }).prefix(limit) where bytes < bytesMax {
            let post = try post(row.number)
            out.append(post)
            bytes += post.versions.reduce(0) { $0 + $1.text.utf8.count }
        }
        return out
    }

    /// The post of that id; nil where it is not in the views, or in no space of `spaces`.
    package func post(_ id: EntryID, in spaces: [SpacePath]) throws(StoreFailure) -> ResolvedPost? {
        let statement = try statement(.post)
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let post = try post(statement.int64(0))
        return spaces.contains(post.space) ? post : nil
    }

    /// Posts whose id begins with these lower-case hexadecimal digits, from 1 to 64 of them; at most `limit`.
    package func posts(startingWith digits: String, in spaces: [SpacePath], limit: Int) throws(StoreFailure) -> [ResolvedPost] {
        if let id = EntryID(hex: digits) { return try post(id, in: spaces).map { [$0] } ?? [] }
        let head = digits.prefix(16)
        let padding = 16 - head.count
        guard let low = UInt64(head + String(repeating: "0", count: padding), radix: 16),
            let high = UInt64(head + String(repeating: "f", count: padding), radix: 16)
        else { return [] }
        let statement = try statement(.postsByPrefix)
        statement.bind(1, Int64(bitPattern: low ^ (1 << 63)))
        statement.bind(2, Int64(bitPattern: high ^ (1 << 63)))
        statement.bind(3, ViewLimits.prefixesMax)
        var rows: [Found] = []
        do {
            defer { statement.reset() }
            while try statement.step() { rows.append(try found(statement)) }
        }
        var out: [ResolvedPost] = []
        for row in rows.sorted(by: { $0.place < $1.place }) where out.count < limit && row.place.id.description.hasPrefix(digits) {
            let post = try post(row.number)
            if spaces.contains(post.space) { out.append(post) }
        }
        return out
    }

    /// The conversation that a post is in, or the part of it that a limit has room for.
    package struct Conversation: Hashable, Sendable {
        /// By (timestamp, id).
        package var posts: [ResolvedPost]
        /// Those of them of which an answer, or what they answer, is here and left out.
        package var cut: Set<EntryID>

        package init(posts: [ResolvedPost] = [], cut: Set<EntryID> = []) {
            self.posts = posts
            self.cut = cut
        }
    }

    /// The conversation that a post is in: what it answers, as far as that is here, and every answer; at most `limit` posts,
    /// which is at least 1. The post itself comes first, then what it answers, the nearest first; what is left of the limit
    /// is for answers, level by level, those to the post before those to what it answers. Empty where the post is not in the
    /// views, or in no space of `spaces`. (V-31)
    package func thread(of id: EntryID, in spaces: [SpacePath], limit: Int) throws(StoreFailure) -> Conversation {
        guard let asked = try post(id, in: spaces), limit > 0, let space = try number(.space, Self.bytes(asked.space)) else {
            return Conversation()
        }
        var conversation = Conversation()
        var taken = [asked]
        while let parent = try taken.last?.replyTo.flatMap({ (id) throws(StoreFailure) in try post(id, in: [asked.space]) }) {
            guard taken.count < limit else {
                if let last = taken.last { conversation.cut.insert(last.id) }
                break
            }
            taken.append(parent)
        }
        var ids = Set(taken.map(\.id))
        var next = 0
        while next < taken.count {
            let answered = taken[next].id
            // One of them may be taken already, as what leads to the post; one more tells that there is more.
            for row in try answers(to: answered, in: space, limit: limit - taken.count + 2) where !ids.contains(row.place.id) {
                guard taken.count < limit else {
                    conversation.cut.insert(answered)
                    break
                }
                ids.insert(row.place.id)
                taken.append(try post(row.number))
            }
            next += 1
        }
        conversation.posts = taken.sorted { $0.place < $1.place }
        return conversation
    }

    private func answers(to id: EntryID, in space: Int64, limit: Int) throws(StoreFailure) -> [Found] {
        let statement = try statement(.answers)
        defer { statement.reset() }
        statement.bind(1, id.bytes)
        statement.bind(2, limit)
        statement.bind(3, space)
        var rows: [Found] = []
        while try statement.step() { rows.append(try found(statement)) }
        return rows
    }

    /// Posts that have all the words, newest first by (timestamp, id).
    ///
    /// - Parameters:
    ///   - since: the earliest time at which a post is shown; `until`: the latest.
    ///   - hidden: whether hidden posts are found too.
    package func search(
        _ words: SearchWords, in spaces: [SpacePath], author: IdentityID?, since: Timestamp?, until: Timestamp?, hidden: Bool = false,
        limit: Int
    ) throws(StoreFailure) -> [ResolvedPost] {
        var authorNumber: Int64?
        if let author {
            guard let number = try number(.person, author.bytes.bytes) else { return [] }
            authorNumber = number
        }
        var numbers: Set<Int64> = []
        for space in spaces {
            if let number = try number(.space, Self.bytes(space)) { numbers.insert(number) }
        }
        guard let first = numbers.first, limit > 0 else { return [] }
        let statement = try statement(.search)
        statement.bind(1, words.expression)
        statement.bind(2, Int64(clamping: since?.milliseconds ?? 0))
        statement.bind(3, Int64(clamping: until?.milliseconds ?? .max))
        statement.bind(4, authorNumber)
        statement.bind(5, numbers.count == 1 ? first : nil)
        statement.bind(6, hidden ? 1 : 0)
        var newest: [Found] = []
        do {
            defer { statement.reset() }
            while try statement.step() {
                guard numbers.contains(statement.int64(3)) else { continue }
                newest.append(try found(statement))
                // The newest of those seen so far, thinned out now and then.
                if newest.count >= limit * 2 + 1024 { newest = Self.newest(newest, limit) }
            }
        }
        return try Self.newest(newest, limit).map { found throws(StoreFailure) in try post(found.number) }
    }

    private static func newest(_ rows: [Found], _ limit: Int) -> [Found] {
        Array(rows.sorted { $0.place > $1.place }.prefix(limit))
    }

    static func bytes(_ space: SpacePath) -> [UInt8] { space.components.flatMap(\.bytes.bytes) }

    static func space(_ bytes: [UInt8]) throws(StoreFailure) -> SpacePath {
        guard let path = try SQLiteStore.space(pathBytes: bytes).path else { throw .corrupt("a space of the views has no path") }
        return path
    }

    // MARK: - One post

    private func post(_ number: Int64) throws(StoreFailure) -> ResolvedPost {
        let statement = try statement(.loadPost)
        statement.bind(1, number)
        defer { statement.reset() }
        guard try statement.step() else { throw .corrupt("post \(number) of the views is in an index and nowhere else") }
        let id = EntryID(try statement.bytes32(0))
        let author = IdentityID(try statement.bytes32(2))
        let (timestamp, shownTime) = (Timestamp(milliseconds: statement.bits(3)), Timestamp(milliseconds: statement.bits(4)))
        let isErased = statement.int64(9) != 0
        var versions: [ResolvedPost.Version] = []
        if statement.int64(7) > 0 {
            versions = try self.versions(of: number)
        } else if !isErased {
            versions = [
                ResolvedPost.Version(
                    id: id, author: author, timestamp: timestamp, shownTime: shownTime, text: statement.text(6), standing: .current)
            ]
        }
        let hasMarks = statement.int64(8) > 0
        return ResolvedPost(
            id: id, space: try Self.space(statement.bytes(1)), author: author, timestamp: timestamp, shownTime: shownTime,
            replyTo: try statement.optionalBytes32(5).map(EntryID.init), versions: versions, isErased: isErased,
            hidings: hasMarks ? try hidings(of: number) : [], reactions: hasMarks ? try reactions(to: number) : [])
    }

    /// The post's own text first.
    private func versions(of number: Int64) throws(StoreFailure) -> [ResolvedPost.Version] {
        let statement = try statement(.versions)
        statement.bind(1, number)
        defer { statement.reset() }
        var out: [ResolvedPost.Version] = []
        while try statement.step() {
            guard let code = UInt8(exactly: statement.int64(5)), let standing = ResolvedPost.Version.Standing(rawValue: code) else {
                throw .corrupt("a version of post \(number) cannot be read")
            }
            out.append(
                ResolvedPost.Version(
                    id: EntryID(try statement.bytes32(0)), author: IdentityID(try statement.bytes32(1)),
                    timestamp: Timestamp(milliseconds: statement.bits(2)), shownTime: Timestamp(milliseconds: statement.bits(3)),
                    text: statement.text(4), standing: standing))
        }
        return out
    }

    private func reactions(to number: Int64) throws(StoreFailure) -> [ResolvedPost.Reaction] {
        let statement = try statement(.reactions)
        statement.bind(1, number)
        defer { statement.reset() }
        var out: [ResolvedPost.Reaction] = []
        while try statement.step() {
            let (emoji, member) = (statement.text(0), IdentityID(try statement.bytes32(1)))
            if let last = out.last, last.emoji.utf8.elementsEqual(emoji.utf8) {
                out[out.count - 1] = ResolvedPost.Reaction(emoji: emoji, members: last.members + [member])
            } else {
                out.append(ResolvedPost.Reaction(emoji: emoji, members: [member]))
            }
        }
        return out.map { ResolvedPost.Reaction(emoji: $0.emoji, members: $0.members.sorted()) }
    }

    private func hidings(of number: Int64) throws(StoreFailure) -> [ResolvedPost.Hiding] {
        let statement = try statement(.hidings)
        statement.bind(1, number)
        defer { statement.reset() }
        var out: [ResolvedPost.Hiding] = []
        while try statement.step() {
            out.append(
                ResolvedPost.Hiding(
                    id: EntryID(try statement.bytes32(0)), author: IdentityID(try statement.bytes32(1)),
                    timestamp: Timestamp(milliseconds: statement.bits(2))))
        }
        return out
    }
}
