/// A small world with named people, written act by act, and what is expected of it.
///
/// Sequence numbers, backlinks and timestamps follow from the order of writing. A network of three root keys, of which two
/// must sign, is founded; whoever acts first as somebody is met first.
struct AuthorityScene {
    typealias Symbol = AuthorityWorld.Symbol

    private(set) var entries: [Symbol] = []
    /// Names of entries that must have effect: issued, a key entry in force, or an epoch of the root chain.
    private(set) var taken: [String] = []
    /// Names of entries that must have none.
    private(set) var refused: [String] = []
    private(set) var active: [String] = []
    private(set) var stopped: [String] = []
    private var clock: UInt64 = 0
    /// By key and space.
    private var lastInLog: [String: String] = [:]

    static let allRights: UInt64 = 15
    static let administrator: UInt64 = 1
    static let steward: UInt64 = 2
    static let invite: UInt64 = 4
    static let post: UInt64 = 8
    static let disavow: UInt64 = 16

    /// Where an entry stands in its log.
    enum Place {
        case last
        case beginning
        case after(String)
        /// With a sequence number that need not be the next.
        case numbered(UInt64, after: String)
    }

    init() {
        act("founding", "genesis", by: "root", under: nil) {
            $0.signers = nil
            $0.keys = ["R1", "R2", "R3"]
            $0.m = 2
        }
    }

    subscript(_ id: String) -> Symbol { entries.first { $0.id == id } ?? Symbol(id: id, kind: "none", key: "nobody", seq: 0, hlc: 0) }

    /// Writes an entry: as `person`, or as root, with the key of that name or another.
    mutating func act(
        _ id: String, _ kind: String, by person: String, under auth: String?, with key: String? = nil, in space: String? = nil,
        at place: Place = .last, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        let isRoot = person == "root"
        if !isRoot, kind != "id.create", !entries.contains(where: { $0.id == Self.inception(person) }) { meet(person) }
        clock += 10
        var entry = Symbol(id: id, kind: kind, key: isRoot ? "ROOT" : key ?? person, seq: 0, hlc: clock)
        entry.ident = isRoot ? nil : Self.inception(person)
        entry.auth = auth
        entry.space = space
        if isRoot { entry.signers = ["R1", "R2"] }
        fill(&entry)
        let log = entry.key + " " + (entry.space ?? "reg")
        let previous: String? =
            switch place {
            case .last: lastInLog[log]
            case .beginning: nil
            case .after(let name), .numbered(_, after: let name): name
            }
        if let previous {
            entry.prev = previous
            entry.seq = self[previous].seq + 1
        }
        if case .numbered(let sequence, _) = place { entry.seq = sequence }
        entries.append(entry)
        lastInLog[log] = id
    }

    static func inception(_ person: String) -> String { person + ".id" }

    /// The inception of a person's identity, with a committed recovery key.
    mutating func meet(_ people: String...) {
        for person in people { act(Self.inception(person), "id.create", by: person, under: nil) { $0.commit = person + ".recovery" } }
    }

    /// A grant, named after who gets it: `bob.8` at level 8.
    mutating func grant(
        _ id: String, to person: String, by granter: String, under auth: String, level: Int, rights: UInt64, scope: String? = nil,
        at place: Place = .last, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        if !entries.contains(where: { $0.id == Self.inception(person) }) { meet(person) }
        act(id, "grant", by: granter, under: auth, at: place) {
            $0.subject = Self.inception(person)
            $0.level = level
            $0.rights = rights
            $0.scope = scope
            fill(&$0)
        }
    }

    mutating func post(
        _ id: String, by person: String, under auth: String?, with key: String? = nil, in space: String = "x", at place: Place = .last,
        _ fill: (inout Symbol) -> Void = { _ in }
    ) { act(id, "post", by: person, under: auth, with: key, in: space, at: place, fill) }

    mutating func remove(
        _ id: String, _ person: String?, by remover: String, under auth: String, at place: Place = .last,
        _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        act(id, "remove", by: remover, under: auth, at: place) {
            $0.subject = person.map(Self.inception)
            fill(&$0)
        }
    }

    mutating func vouch(
        _ id: String, for tips: [String], by person: String, under auth: String, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        act(id, "vouch", by: person, under: auth) {
            $0.tips = tips
            fill(&$0)
        }
    }

    mutating func invite(
        _ id: String, by person: String, under auth: String, level: Int = 7, rights: UInt64 = post, scope: String? = nil,
        _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        act(id, "invite", by: person, under: auth) {
            $0.level = level
            $0.rights = rights
            $0.scope = scope
            fill(&$0)
        }
    }

    /// An admission by the invitation, one level below it.
    mutating func admit(_ id: String, _ person: String, by invitation: String, _ fill: (inout Symbol) -> Void = { _ in }) {
        let terms = self[invitation]
        act(id, "admit", by: person, under: invitation) {
            $0.subject = Self.inception(person)
            $0.level = (terms.level ?? 0) + 1
            $0.rights = terms.rights
            $0.scope = terms.scope
            fill(&$0)
        }
    }

    /// A recovery with the committed key, at the beginning of its log.
    mutating func recover(
        _ id: String, _ person: String, with key: String? = nil, to primary: String, _ fill: (inout Symbol) -> Void = { _ in }
    ) {
        act(id, "key.recover", by: person, under: nil, with: key ?? person + ".recovery", at: .beginning) {
            $0.newkey = primary
            $0.commit = primary + ".recovery"
            fill(&$0)
        }
    }

    /// Alice administers at level 1, adam at 2 by her, olga is the security officer, stella is the steward of x, and bob and
    /// carol are members of x, by alice.
    static func office() -> AuthorityScene {
        var scene = AuthorityScene()
        scene.meet("alice", "adam", "olga", "stella", "bob", "carol")
        scene.grant("alice.1", to: "alice", by: "root", under: "ROOT", level: 1, rights: allRights)
        scene.grant("olga.1", to: "olga", by: "root", under: "ROOT", level: 1, rights: disavow)
        scene.grant("adam.2", to: "adam", by: "alice", under: "alice.1", level: 2, rights: allRights)
        scene.grant("stella.6", to: "stella", by: "alice", under: "alice.1", level: 6, rights: steward | invite | post, scope: "x")
        scene.grant("bob.8", to: "bob", by: "alice", under: "alice.1", level: 8, rights: post, scope: "x")
        scene.grant("carol.8", to: "carol", by: "alice", under: "alice.1", level: 8, rights: post, scope: "x")
        return scene
    }

    // MARK: What is expected

    mutating func takes(_ names: String...) { taken += names }
    mutating func refuses(_ names: String...) { refused += names }
    mutating func isActive(_ names: String...) { active += names }
    mutating func isStopped(_ names: String...) { stopped += names }
}
