import EntenteCodec
import EntenteModel
import EntenteReplica

/// What `ViewIndexer` writes. Each is part of a write.
extension ViewStore {
    /// The identifiers of a space and of a person in these rows.
    func number(adding space: SpacePath) throws(StoreFailure) -> Int64 {
        if let number = spaceNumbers[space] { return number }
        let number = try number(.space, adding: .addSpace, space.components.flatMap(\.bytes.bytes))
        if spaceNumbers.count == ViewLimits.numbersMax { spaceNumbers = [:] }
        spaceNumbers[space] = number
        return number
    }

    func number(adding person: IdentityID) throws(StoreFailure) -> Int64 {
        if let number = personNumbers[person] { return number }
        let number = try number(.person, adding: .addPerson, person.bytes.bytes)
        if personNumbers.count == ViewLimits.numbersMax { personNumbers = [:] }
        personNumbers[person] = number
        return number
    }

    private func number(_ query: ViewQuery, adding insert: ViewQuery, _ bytes: [UInt8]) throws(StoreFailure) -> Int64 {
        if let number = try number(query, bytes) { return number }
        let statement = try statement(insert)
        statement.bind(1, copying: bytes)
        try statement.run()
        return connection.lastInsertedRow
    }

    func number(_ query: ViewQuery, _ bytes: [UInt8]) throws(StoreFailure) -> Int64? {
        let statement = try statement(query)
        defer { statement.reset() }
        statement.bind(1, copying: bytes)
        return try statement.step() ? statement.int64(0) : nil
    }

    // MARK: - Posts

    private struct StoredPost {
        let number: Int64
        let text: [UInt8]
        let editCount: Int
        let markCount: Int
    }

    private func storedPost(_ id: EntryID) throws(StoreFailure) -> StoredPost? {
        let statement = try statement(.post)
        defer { statement.reset() }
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        guard try statement.step() else { return nil }
        return StoredPost(
            number: statement.int64(0), text: statement.bytes(1), editCount: Int(statement.int64(2)),
            markCount: Int(statement.int64(3)))
    }

    /// Puts a post in the place of what was there of it.
    func put(_ post: ResolvedPost) throws(StoreFailure) {
        let marks = post.hidings.count + post.reactions.reduce(0) { $0 + $1.members.count }
        let edits = max(0, post.versions.count - 1)
        let number: Int64
        if let stored = try storedPost(post.id) {
            number = stored.number
            if post.isErased, !stored.text.isEmpty || stored.editCount > 0 { hasErased = true }
            // A version that is gone was erased by itself.
            if edits < stored.editCount { hasErased = true }
            try removeParts(of: stored)
            try replaceWords(of: number, stored.text, by: Array(post.text.utf8))
            let statement = try statement(.changePost)
            statement.bind(1, number)
            statement.bind(bits: post.shownTime.milliseconds, 2)
            statement.bind(3, post.replyTo?.bytes)
            statement.bind(4, post.text)
            statement.bind(5, edits)
            statement.bind(6, marks)
            statement.bind(7, post.isErased ? 1 : 0)
            statement.bind(8, post.isHidden ? 1 : 0)
            try statement.run()
        } else {
            number = try add(post, edits: edits, marks: marks)
        }
        if edits > 0 { try addVersions(of: post, number) }
        if marks > 0 { try addMarks(of: post, number) }
    }

    private func add(_ post: ResolvedPost, edits: Int, marks: Int) throws(StoreFailure) -> Int64 {
        let space = try number(adding: post.space)
        let author = try number(adding: post.author)
        let statement = try statement(.addPost)
        statement.bind(1, post.id.bytes.prefixKey)
        statement.bind(2, post.id.bytes)
        statement.bind(3, space)
        statement.bind(4, author)
        statement.bind(bits: post.timestamp.milliseconds, 5)
        statement.bind(bits: post.shownTime.milliseconds, 6)
        statement.bind(7, post.replyTo?.bytes)
        statement.bind(8, post.text)
        statement.bind(9, edits)
        statement.bind(10, marks)
        statement.bind(11, post.isErased ? 1 : 0)
        statement.bind(12, post.isHidden ? 1 : 0)
        try statement.run()
        let number = connection.lastInsertedRow
        try replaceWords(of: number, [], by: Array(post.text.utf8))
        return number
    }

    /// Brings the index of words from one text of a post to another.
    private func replaceWords(of number: Int64, _ old: [UInt8], by new: [UInt8]) throws(StoreFailure) {
        guard old != new else { return }
        for (query, text) in [(ViewQuery.removeWords, old), (.addWords, new)] where !text.isEmpty {
            let statement = try statement(query)
            statement.bind(1, number)
            statement.bind(2, String(decoding: text, as: UTF8.self))
            try statement.run()
        }
    }

    private func addVersions(of post: ResolvedPost, _ number: Int64) throws(StoreFailure) {
        for version in post.versions {
            let author = try self.number(adding: version.author)
            let statement = try statement(.addVersion)
            statement.bind(1, number)
            statement.bind(bits: version.timestamp.milliseconds, 2)
            statement.bind(3, version.id.bytes)
            statement.bind(4, author)
            statement.bind(bits: version.shownTime.milliseconds, 5)
            statement.bind(6, version.text)
            statement.bind(7, Int(version.standing.rawValue))
            try statement.run()
        }
    }

    private func addMarks(of post: ResolvedPost, _ number: Int64) throws(StoreFailure) {
        for reaction in post.reactions {
            for member in reaction.members {
                let person = try self.number(adding: member)
                let statement = try statement(.addReaction)
                statement.bind(1, number)
                statement.bind(2, reaction.emoji)
                statement.bind(3, person)
                try statement.run()
            }
        }
        for hiding in post.hidings {
            let author = try self.number(adding: hiding.author)
            let statement = try statement(.addHiding)
            statement.bind(1, number)
            statement.bind(2, hiding.id.bytes)
            statement.bind(3, author)
            statement.bind(bits: hiding.timestamp.milliseconds, 4)
            try statement.run()
        }
    }

    private func removeParts(of post: StoredPost) throws(StoreFailure) {
        if post.editCount > 0 { try remove(.removeVersions, post.number) }
        if post.markCount > 0 {
            try remove(.removeReactions, post.number)
            try remove(.removeHidings, post.number)
        }
    }

    private func remove(_ query: ViewQuery, _ number: Int64) throws(StoreFailure) {
        let statement = try statement(query)
        statement.bind(1, number)
        try statement.run()
    }

    /// Takes a post out: it is not visible any more, or says nothing.
    func removePost(_ id: EntryID) throws(StoreFailure) {
        guard let stored = try storedPost(id) else { return }
        try removeParts(of: stored)
        try replaceWords(of: stored.number, stored.text, by: [])
        try remove(.removePost, stored.number)
    }

    // MARK: - What is said about others

    /// Where an entry that is about another one is to be looked up.
    struct About {
        let id: EntryID
        let target: EntryID
        /// Where it is said.
        let space: SpacePath
        let kind: Kind
        let author: IdentityID
        let isOfficer: Bool
        let timestamp: Timestamp
        let arrival: Arrival
    }

    private func storedAbout(_ id: EntryID) throws(StoreFailure) -> (row: Int64, target: EntryID)? {
        let statement = try statement(.about)
        defer { statement.reset() }
        statement.bind(1, id.bytes.prefixKey)
        statement.bind(2, id.bytes)
        guard try statement.step() else { return nil }
        return (statement.int64(0), EntryID(try statement.bytes32(1)))
    }

    /// What the entry is known to be about; nil for none.
    func target(of id: EntryID) throws(StoreFailure) -> EntryID? { try storedAbout(id)?.target }

    func setAbout(_ about: About) throws(StoreFailure) {
        // What an entry says does not change: it is there, or it is not.
        guard try storedAbout(about.id) == nil else { return }
        let author = try number(adding: about.author)
        let space = try number(adding: about.space)
        let statement = try statement(.addAbout)
        statement.bind(1, about.id.bytes.prefixKey)
        statement.bind(2, about.id.bytes)
        statement.bind(3, about.target.bytes.prefixKey)
        statement.bind(4, about.target.bytes)
        statement.bind(bits: about.kind.code, 5)
        statement.bind(6, author)
        statement.bind(7, about.isOfficer ? 1 : 0)
        statement.bind(bits: about.timestamp.milliseconds, 8)
        statement.bind(9, about.arrival.number)
        statement.bind(10, space)
        try statement.run()
    }

    /// Returns what it was about.
    func removeAbout(_ id: EntryID) throws(StoreFailure) -> EntryID? {
        guard let stored = try storedAbout(id) else { return nil }
        try remove(.removeAbout, stored.row)
        return stored.target
    }

    /// The newest entries of a kind in `space` about `target`: of one author, or of those who have the right to. What is said
    /// in other spaces takes no place among them: another node may have other spaces.
    func about(
        _ target: EntryID, in space: SpacePath, kind: Kind, author: IdentityID?, limit: Int
    ) throws(StoreFailure) -> [Arrival] {
        guard let spaceNumber = try number(.space, Self.bytes(space)) else { return [] }
        let statement = try statement(author == nil ? .aboutTarget : .aboutTargetByAuthor)
        if let author {
            guard let number = try number(.person, author.bytes.bytes) else { return [] }
            statement.bind(6, number)
        }
        defer { statement.reset() }
        statement.bind(1, target.bytes.prefixKey)
        statement.bind(2, target.bytes)
        statement.bind(bits: kind.code, 3)
        statement.bind(4, limit)
        statement.bind(5, spaceNumber)
        var out: [Arrival] = []
        while try statement.step() { out.append(Arrival(statement.int64(0))) }
        return out
    }

    // MARK: - People

    /// Nil takes the name away.
    func setName(_ name: String?, of person: IdentityID, in space: SpacePath) throws(StoreFailure) {
        let spaceNumber = try number(adding: space)
        let personNumber = try number(adding: person)
        let statement = try statement(name == nil ? .removeName : .setName)
        statement.bind(1, spaceNumber)
        statement.bind(2, personNumber)
        if let name { statement.bind(3, name) }
        try statement.run()
    }
}
