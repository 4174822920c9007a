import EntenteCodec
import EntenteModel
import EntenteReplica

/// People and their names.
extension ViewStore {
    /// A person with the name that it has in a space.
    package struct NamedPerson: Hashable, Sendable {
        package let person: IdentityID
        package let space: SpacePath
        package let name: String
    }

    /// Everybody who says a name in one of these spaces, ascending by identity, then by space.
    package func people(in spaces: [SpacePath]) throws(StoreFailure) -> [NamedPerson] {
        var out: [NamedPerson] = []
        for space in Set(spaces) {
            guard let number = try number(.space, Self.bytes(space)) else { continue }
            let statement = try statement(.names)
            statement.bind(1, number)
            defer { statement.reset() }
            while try statement.step() {
                out.append(NamedPerson(person: IdentityID(try statement.bytes32(0)), space: space, name: statement.text(1)))
            }
        }
        return out.sorted { ($0.person, $0.space) < ($1.person, $1.space) }
    }

    /// The people of that name in one of these spaces, ascending. A name is its bytes.
    package func people(named name: String, in spaces: [SpacePath]) throws(StoreFailure) -> [IdentityID] {
        let statement = try statement(.peopleNamed)
        statement.bind(1, name)
        defer { statement.reset() }
        var out: Set<IdentityID> = []
        while try statement.step() {
            if spaces.contains(try Self.space(statement.bytes(1))) { out.insert(IdentityID(try statement.bytes32(0))) }
        }
        return out.sorted()
    }

    /// The name of a person in a space; else the one that it has in the first of `spaces` where it has any; nil for none.
    package func name(of person: IdentityID, in space: SpacePath, or spaces: [SpacePath]) throws(StoreFailure) -> String? {
        guard let personNumber = try number(.person, person.bytes.bytes) else { return nil }
        if let spaceNumber = try number(.space, Self.bytes(space)) {
            let statement = try statement(.nameInSpace)
            statement.bind(1, spaceNumber)
            statement.bind(2, personNumber)
            defer { statement.reset() }
            if try statement.step() { return statement.text(0) }
        }
        let statement = try statement(.namesOfPerson)
        statement.bind(1, personNumber)
        defer { statement.reset() }
        var names: [SpacePath: String] = [:]
        while try statement.step() { names[try Self.space(statement.bytes(0))] = statement.text(1) }
        return spaces.sorted().lazy.compactMap { names[$0] }.first
    }

    // MARK: - The digest

    /// The spaces that the views have anything of, ascending.
    package func spaces() throws(StoreFailure) -> [SpacePath] {
        let statement = try PreparedStatement("SELECT path FROM space", on: connection)
        var out: [SpacePath] = []
        while try statement.step() { out.append(try Self.space(statement.bytes(0))) }
        return out.sorted()
    }

    /// The digest of what people read of a space (V-20), and how many posts it is of.
    package func digest(of space: SpacePath) throws(StoreFailure) -> (digest: Bytes32, posts: Int) {
        var digest = ViewDigest(people: try people(in: [space]).map { ($0.person, $0.name) })
        var count = 0
        var before: TimelinePlace?
        while true {
            let page = try timeline(in: [space], author: nil, before: before, limit: ViewLimits.batchMax)
            guard let last = page.last else { break }
            for post in page { digest.add(post) }
            count += page.count
            before = last.place
        }
        return (digest.value, count)
    }
}
