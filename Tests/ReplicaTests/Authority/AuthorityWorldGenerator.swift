@testable import conformance

/// Random worlds: people of all roles who do what they may, what they may not, and what makes no sense.
struct AuthorityWorldGenerator {
    typealias Symbol = AuthorityWorld.Symbol

    /// What a world is mostly about.
    enum Style: String, CaseIterable {
        case organisation, keys, root, invitations, cuts, chaos

        /// How often each act is drawn.
        fileprivate var weights: [(act: Act, weight: Int)] {
            switch self {
            case .organisation:
                [
                    (.post, 16), (.grant, 12), (.remove, 12), (.vouch, 9), (.invite, 5), (.admit, 7), (.annul, 5), (.leave, 4),
                    (.disavow, 4),
                    (.keyAdd, 4), (.keyRemove, 3), (.keyVouch, 2), (.recover, 3), (.person, 3), (.rootUpdate, 1), (.space, 1),
                    (.unknown, 1),
                ]
            case .keys:
                [
                    (.post, 18), (.keyAdd, 14), (.keyRemove, 11), (.keyVouch, 7), (.recover, 14), (.grant, 6), (.remove, 4), (.vouch, 7),
                    (.leave, 4), (.invite, 2), (.admit, 4), (.disavow, 2), (.annul, 2),
                ]
            case .root:
                [
                    (.rootUpdate, 14), (.rootAct, 22), (.grant, 8), (.post, 8), (.remove, 6), (.vouch, 4), (.annul, 4), (.leave, 2),
                    (.invite, 3),
                    (.admit, 3), (.disavow, 2),
                ]
            case .invitations:
                [
                    (.invite, 10), (.admit, 26), (.person, 4), (.post, 10), (.remove, 12), (.vouch, 12), (.leave, 7), (.grant, 5),
                    (.annul, 4),
                    (.keyAdd, 3), (.keyRemove, 3), (.recover, 3), (.keyVouch, 1), (.rootAct, 2),
                ]
            case .cuts:
                [
                    (.post, 22), (.remove, 20), (.vouch, 18), (.disavow, 7), (.annul, 7), (.leave, 8), (.grant, 12), (.rootAct, 3),
                    (.invite, 2),
                    (.admit, 4),
                ]
            case .chaos: Act.allCases.map { ($0, 2) }
            }
        }
    }

    fileprivate enum Act: CaseIterable {
        case post, grant, remove, vouch, invite, admit, annul, leave, disavow, keyAdd, keyRemove, keyVouch, recover, person, rootUpdate,
            rootAct
        case space, unknown
    }

    private let style: Style
    private var random: SplitMix64
    private var clock: UInt64 = 0
    private var serial = 0
    private(set) var entries: [Symbol] = []
    private var byName: [String: Symbol] = [:]
    /// By key and space: the entries of the log.
    private var logs: [String: [String]] = [:]
    private var people: [String] = []
    /// By person: what others may take for a key of that person.
    private var keys: [String: [String]] = [:]
    /// By person: the recovery keys that were committed to, newest last.
    private var committed: [String: [String]] = [:]
    private var rootKeys = ["R1", "R2", "R3"]

    private static let scopes: [String?] = [nil, nil, nil, "x", "x", "x/z", "y", "xy", "x/z/q"]
    private static let spaces = ["x", "x", "x/z", "y", "xy", "x/z/q"]

    /// A world of that many acts. A small one has a part of the founding people: acts of the others come to nothing.
    static func world(seed: UInt64, style: Style, acts: Int, isSmall: Bool = false) -> AuthorityWorld {
        var generator = AuthorityWorldGenerator(style: style, random: SplitMix64(seed: seed))
        generator.found(isSmall: isSmall)
        for _ in 0..<acts { generator.act() }
        return AuthorityWorld(name: "\(style.rawValue)-\(seed)", entries: generator.entries)
    }

    /// The world with more acts of those kinds by those people, each under a capability of its own, in good order.
    static func extended(_ world: AuthorityWorld, seed: UInt64, kinds: [String], by people: [String], count: Int) -> AuthorityWorld {
        var generator = AuthorityWorldGenerator(style: .cuts, random: SplitMix64(seed: seed))
        generator.continueFrom(world)
        for _ in 0..<count {
            guard let kind = generator.any(kinds), let person = generator.any(people) else { break }
            generator.orderlyAct(kind, by: person)
        }
        var extended = world
        extended.entries = generator.entries
        return extended
    }

    private mutating func continueFrom(_ world: AuthorityWorld) {
        entries = world.entries
        serial = 10_000
        for entry in entries {
            byName[entry.id] = entry
            clock = max(clock, entry.hlc)
            logs[entry.key + " " + (entry.space ?? "reg"), default: []].append(entry.id)
            if entry.kind == "id.create" { people.append(entry.key) }
        }
    }

    private mutating func orderlyAct(_ kind: String, by person: String) {
        let own = entries.filter { ["grant", "admit"].contains($0.kind) && $0.subject == person + ".id" }
        guard let capability = any(own) else { return }
        var entry = Symbol(id: name(person + "+"), kind: kind, key: person, ident: person + ".id", seq: 0, hlc: 0)
        entry.auth = capability.id
        entry.scope = chance(60) ? capability.scope : place(in: capability.scope)
        fill(&entry, below: capability.level ?? 0)
        // Behind the last entry of the log that came in: one with a broken signature leads nowhere.
        if let last = (logs[person + " reg"] ?? []).compactMap({ byName[$0] }).last(where: { $0.sig != false }) {
            entry.prev = last.id
            entry.seq = last.seq + 1
        }
        clock += 1
        entry.hlc = clock
        entries.append(entry)
        byName[entry.id] = entry
        logs[person + " reg", default: []].append(entry.id)
    }

    // MARK: Chance

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func any<T>(_ list: [T]) -> T? { list.randomElement(using: &random) }

    private mutating func name(_ prefix: String) -> String {
        serial += 1
        return "\(prefix)#\(serial)"
    }

    // MARK: Founding

    private mutating func found(isSmall: Bool) {
        rootKeys = chance(80) ? ["R1", "R2", "R3"] : ["R1", "R2", "R3", "R4", "R5"]
        add(
            Symbol(id: "G", kind: "genesis", key: "ROOT", seq: 0, hlc: 0, keys: rootKeys, m: rootKeys.count / 2 + 1), in: "reg",
            follow: false)
        let all: [(name: String, level: Int, rights: UInt64, scope: String?, by: String)] = [
            ("A", 1, 15, nil, "ROOT"), ("A2", 1, 15, nil, "ROOT"), ("D", 1, 16, nil, "ROOT"), ("B", 2, 15, nil, "A"),
            ("B2", 3, 15, "x", "A2"),
            ("P", 5, 12, "x", "B"), ("T", 6, 14, "x", "B"), ("S", 8, 8, nil, "B"), ("M", 8, 8, "x", "B2"),
        ]
        let roles = all.filter { role in !isSmall || ["A", "B", "S"].contains(role.name) || chance(25) }
        for role in roles { create(role.name) }
        for role in roles where !chance(3) {
            var grant = Symbol(id: "g" + role.name, kind: "grant", key: role.by, seq: 0, hlc: 0)
            grant.auth = role.by == "ROOT" ? "ROOT" : "g" + role.by
            if role.by != "ROOT", byName["g" + role.by] == nil { continue }
            grant.ident = role.by == "ROOT" ? nil : role.by + ".id"
            grant.subject = role.name + ".id"
            grant.level = role.level
            grant.rights = chance(6) ? 31 : role.rights
            grant.scope = role.scope
            if chance(5) { grant.expiry = UInt64(number(20...120)) }
            if role.by == "ROOT" { grant.signers = Array(rootKeys.prefix(rootKeys.count / 2 + 1)) }
            add(grant, in: "reg")
        }
    }

    private mutating func create(_ person: String) {
        people.append(person)
        keys[person] = [person]
        committed[person] = ["rec" + person]
        add(
            Symbol(id: person + ".id", kind: "id.create", key: person, ident: person + ".id", seq: 0, hlc: 0, commit: "rec" + person),
            in: "reg")
    }

    // MARK: The log

    /// Appends the entry to its log: mostly behind the last one, sometimes on a fork, rarely in disorder.
    private mutating func add(_ entry: Symbol, in space: String, follow: Bool = true) {
        var entry = entry
        clock += 1
        entry.hlc = chance(2) ? UInt64(number(1...Int(clock))) : clock
        if space != "reg" { entry.space = space }
        let log = entry.key + " " + space
        let known = logs[log] ?? []
        if follow, entry.kind != "id.create" {
            let isFork = chance(style == .root && entry.isRootLog ? 14 : 6)
            var previous = isFork ? any(known) : known.last
            if isFork, !entry.isRootLog, chance(25) { previous = nil }
            if entry.kind == "key.recover", chance(85) { previous = nil }
            if let previous, let before = byName[previous] {
                entry.prev = previous
                entry.seq = before.seq + 1
                if entry.hlc < before.hlc, !chance(10) { entry.hlc = before.hlc }
            }
        }
        if let auth = entry.auth.flatMap({ byName[$0] }), entry.hlc < auth.hlc, !chance(20) { entry.hlc = max(auth.hlc, entry.hlc) }
        if !entry.isRootLog, entry.isContent ? chance(9) : chance(30) && chance(2) { entry.sig = false }
        entries.append(entry)
        byName[entry.id] = entry
        logs[log, default: []].append(entry.id)
    }

    // MARK: Names to name

    private mutating func anyEntry() -> String { chance(2) ? "nobody" : any(entries)?.id ?? "G" }
    private mutating func anyPerson() -> String { any(people) ?? "A" }
    private func all(_ kinds: String...) -> [String] { entries.filter { kinds.contains($0.kind) }.map(\.id) }

    /// Last entries of logs, mostly; and anything.
    private mutating func tips(_ most: Int) -> [String]? {
        var out: [String] = []
        let names = logs.keys.sorted()
        for _ in 0..<number(0...most) {
            if chance(60), let log = any(names), let list = logs[log] {
                if let tip = chance(60) ? list.last : any(list) { out.append(tip) }
            } else {
                out.append(anyEntry())
            }
        }
        return out.isEmpty ? nil : out
    }

    private mutating func admissions() -> [String]? {
        let known = all("admit")
        var out: [String] = []
        for _ in 0..<number(0...3) { out.append(chance(90) ? any(known) ?? anyEntry() : anyEntry()) }
        return out.isEmpty || chance(40) ? nil : out
    }

    // MARK: Acts

    private mutating func act() {
        var left = number(0...style.weights.map(\.weight).reduce(0, +) - 1)
        var drawn = Act.post
        for (act, weight) in style.weights {
            if left < weight {
                drawn = act
                break
            }
            left -= weight
        }
        switch drawn {
        case .person:
            let person = name("N")
            create(person)
        case .rootUpdate: rootUpdate()
        case .rootAct:
            authorityAct(
                any(["grant", "grant", "remove", "vouch", "annul", "disavow", "invite", "space.create", "leave"]) ?? "grant", asRoot: true)
        case .keyAdd: keyAct("key.add")
        case .keyRemove: keyAct("key.remove")
        case .keyVouch: keyAct("key.vouch")
        case .recover: recover()
        case .admit: admit()
        case .post: authorityAct(chance(97) ? "post" : "gossip", asRoot: false)
        case .space: authorityAct("space.create", asRoot: chance(20))
        case .unknown: authorityAct("mystery", asRoot: chance(20))
        case .grant: authorityAct("grant", asRoot: chance(12))
        case .remove: authorityAct("remove", asRoot: chance(8))
        case .vouch: authorityAct("vouch", asRoot: chance(8))
        case .invite: authorityAct("invite", asRoot: chance(8))
        case .annul: authorityAct("annul", asRoot: chance(20))
        case .leave: authorityAct("leave", asRoot: chance(2))
        case .disavow: authorityAct("disavow", asRoot: chance(25))
        }
    }

    private mutating func signers() -> [String] {
        let known = rootKeys + ["R4", "R5", "R9"]
        if chance(88) { return Array(rootKeys.shuffled(using: &random).prefix(rootKeys.count / 2 + 1)).sorted() }
        return Set(known.filter { _ in chance(45) }).sorted()
    }

    private mutating func rootUpdate() {
        var update = Symbol(id: name("u"), kind: "root.update", key: "ROOT", seq: 0, hlc: 0)
        let count = any([2, 3, 3, 3, 4]) ?? 3
        var keys = Array(rootKeys.shuffled(using: &random).prefix(number(0...2)))
        while keys.count < count { keys.append("R\(number(1...9))") }
        update.keys = Set(keys).sorted()
        update.m = Set(keys).count / 2 + 1
        update.signers =
            chance(85) ? Set(signers() + (update.keys ?? []).shuffled(using: &random).prefix(update.m ?? 2)).sorted() : signers()
        if chance(4) { update.auth = "ROOT" }
        add(update, in: "reg")
        if chance(60) { rootKeys = update.keys ?? rootKeys }
    }

    /// A key of the person, mostly a good one.
    private mutating func key(of person: String) -> String {
        if chance(3) { return anyPerson() }
        if chance(style == .keys ? 40 : 75) { return person }
        if chance(60) { return keys[person]?.last ?? person }
        return any((keys[person] ?? []) + (committed[person] ?? [])) ?? person
    }

    /// A capability of the person, mostly; any one, sometimes; anything, rarely.
    private mutating func auth(of person: String) -> String {
        let own = entries.filter { ["grant", "admit"].contains($0.kind) && $0.subject == person + ".id" }.map(\.id)
        if chance(86), let capability = chance(60) ? own.last : any(own) { return capability }
        if chance(80) { return any(all("grant", "admit", "invite")) ?? "gA" }
        return chance(10) ? "ROOT" : anyEntry()
    }

    /// People with some say act more often than others.
    private mutating func actor() -> String {
        if chance(45) { return any(["A", "A2", "B", "B2", "T", "P", "D"]) ?? "A" }
        return anyPerson()
    }

    private static func rightsNeeded(_ kind: String) -> UInt64 {
        switch kind {
        case "grant", "annul", "space.create": 1
        case "invite": 5
        case "remove": 7
        case "vouch": 3
        case "disavow": 16
        case "post": 8
        default: 31
        }
    }

    /// Somebody who may, with the capability, mostly; anybody, sometimes.
    private mutating func actorAndCapability(_ kind: String) -> (person: String, capability: String) {
        let needed = Self.rightsNeeded(kind)
        let able = entries.filter { ["grant", "admit"].contains($0.kind) && ($0.rights ?? 0) & needed != 0 && $0.sig != false }
        // A capability that was given lately is as often drawn as all the founding ones.
        let drawn = chance(50) ? any(Array(able.suffix(6))) : any(able)
        if chance(88), let capability = drawn, let subject = capability.subject, let person = people.first(where: { $0 + ".id" == subject })
        {
            return (person, capability.id)
        }
        let person = actor()
        return (person, auth(of: person))
    }

    private mutating func authorityAct(_ kind: String, asRoot: Bool) {
        let isContent = kind == "post" || kind == "gossip"
        let (person, capability) = actorAndCapability(kind)
        let key = asRoot ? "ROOT" : kind == "leave" && chance(80) ? person : key(of: person)
        var entry = Symbol(id: name(asRoot ? "ROOT" : person), kind: kind, key: key, seq: 0, hlc: 0)
        entry.auth = asRoot ? (chance(97) ? "ROOT" : anyEntry()) : capability
        if asRoot { entry.signers = signers() } else { entry.ident = chance(98) ? person + ".id" : anyEntry() }
        let scope = entry.auth.flatMap { byName[$0] }?.scope
        let level = entry.auth.flatMap { byName[$0] }?.level ?? 0
        if isContent {
            add(entry, in: place(in: scope) ?? "x")
            return
        }
        entry.scope = chance(50) ? scope : place(in: scope)
        fill(&entry, below: level)
        // The fields of other kinds are not encoded, and mean nothing.
        if chance(8) { fillStrangely(&entry) }
        add(entry, in: "reg")
    }

    /// A place inside the scope, mostly.
    private mutating func place(in scope: String?) -> String? {
        let inside = Self.spaces.filter { space in scope.map { space == $0 || space.hasPrefix($0 + "/") } ?? true }
        return chance(88) ? any(inside) ?? scope : any(Self.spaces)
    }

    private mutating func fill(_ entry: inout Symbol, below level: Int) {
        let byAuth = entry.auth.flatMap { byName[$0] }?.rights ?? 31
        switch entry.kind {
        case "grant":
            if !chance(2) { entry.subject = anyPerson() + ".id" }
            entry.level = chance(90) ? min(15, level + number(1...4)) : number(0...15)
            entry.rights = chance(75) ? byAuth & (any([31, 15, 15, 8, 12, 14, 16, 9]) ?? 15) : any([31, 15, 8, 40]) ?? 8
            if chance(15) { entry.expiry = UInt64(number(10...140)) }
            if chance(45) { entry.over = overrides(entry.subject) }
        case "invite":
            entry.level = chance(75) ? any([4, 7, 8]) ?? 7 : min(15, level + number(1...5))
            entry.rights = chance(80) ? byAuth & (any([8, 12, 15, 8]) ?? 8) : any([31, 15, 8]) ?? 8
            if chance(60) { entry.maxuses = UInt64(number(0...3)) }
            if chance(15) { entry.expiry = UInt64(number(10...140)) }
            if chance(15) { entry.mexpiry = UInt64(number(10...140)) }
        case "remove":
            if chance(70) { entry.subject = anyPerson() + ".id" }
            if chance(30) { entry.caps = [any(all("grant", "admit", "invite")) ?? "gS"] }
            if chance(15) { entry.subtree = any(all("grant", "admit", "invite")) }
            entry.tips = tips(5)
            entry.admits = admissions()
            if chance(35) { entry.vmax = number(0...9) }
        case "vouch":
            entry.tips = tips(6)
            entry.admits = admissions()
        case "leave":
            entry.tips = tips(4)
            entry.admits = admissions()
        case "disavow": entry.frm = anyEntry()
        case "annul": entry.target = chance(85) ? any(all("remove", "leave", "disavow")) ?? anyEntry() : anyEntry()
        default: break
        }
    }

    /// The removals and leaves of a subject, some of them.
    private mutating func overrides(_ subject: String?) -> [String]? {
        let stops = entries.filter {
            $0.kind == "leave" && $0.ident == subject || $0.kind == "remove" && ($0.subject == subject || $0.caps != nil)
        }
        let chosen = stops.map(\.id).filter { _ in chance(75) } + (chance(15) ? [anyEntry()] : [])
        return chosen.isEmpty ? nil : chosen
    }

    private mutating func fillStrangely(_ entry: inout Symbol) {
        if entry.kind != "grant", entry.kind != "admit", entry.kind != "remove" { entry.subject = anyPerson() + ".id" }
        if !["remove", "vouch", "leave"].contains(entry.kind) { entry.tips = tips(3) }
        if entry.kind != "annul" { entry.target = anyEntry() }
        if entry.kind != "disavow" { entry.frm = anyEntry() }
        if entry.kind != "grant" { entry.over = [anyEntry()] }
        if entry.kind != "remove" { entry.caps = [anyEntry()] }
    }

    private mutating func admit() {
        guard let invite = any(all("invite")), let invitation = byName[invite] else {
            authorityAct("invite", asRoot: false)
            return
        }
        var person = anyPerson()
        if chance(55) {
            person = name("J")
            create(person)
        }
        var entry = Symbol(
            id: name(person), kind: "admit", key: chance(92) ? person : key(of: person), ident: person + ".id", seq: 0, hlc: 0)
        entry.auth = chance(97) ? invite : any(all("grant")) ?? invite
        entry.subject = chance(95) ? person + ".id" : anyPerson() + ".id"
        entry.level = chance(94) ? min(15, (invitation.level ?? 0) + 1) : number(1...10)
        entry.rights = chance(90) ? invitation.rights : any([8, 15, 31]) ?? 8
        entry.scope = chance(80) ? invitation.scope : any(Self.scopes) ?? nil
        let inviter = invitation.auth.flatMap { byName[$0] }?.expiry
        if let end = [invitation.mexpiry, inviter].compactMap(\.self).min() { entry.expiry = chance(85) ? end : end + 1 }
        if chance(5) { entry.invsig = false }
        add(entry, in: "reg")
    }

    private mutating func keyAct(_ kind: String) {
        let person = style == .keys ? any(["S", "M", "B", "T", "P"]) ?? "S" : actor()
        let senior = [person] + (committed[person] ?? [])
        let key = chance(70) ? person : chance(70) ? any(senior) ?? person : any((keys[person] ?? []) + senior) ?? person
        var entry = Symbol(id: name(person), kind: kind, key: key, ident: chance(95) ? person + ".id" : anyPerson() + ".id", seq: 0, hlc: 0)
        if kind == "key.add" {
            let device = chance(85) ? "\(person)d\(number(1...3))" : anyPerson()
            entry.newkey = device
            keys[person, default: []].append(device)
        } else if kind == "key.remove" {
            entry.newkey = chance(80) ? any(keys[person] ?? []) ?? person : anyPerson()
        }
        if kind != "key.add", chance(75) { entry.tips = tips(4) }
        if chance(2) { entry.auth = anyEntry() }
        add(entry, in: "reg")
    }

    private mutating func recover() {
        let person = style == .keys ? any(["S", "M", "B", "T", "P"]) ?? "S" : anyPerson()
        let known = committed[person] ?? []
        let key = chance(80) ? known.last ?? person : any(known) ?? person
        var entry = Symbol(id: name("rec" + person), kind: "key.recover", key: key, ident: person + ".id", seq: 0, hlc: 0)
        entry.newkey = chance(80) ? "\(person)p\(number(1...3))" : any(keys[person] ?? []) ?? person
        entry.commit = chance(85) ? "rec\(person)\(number(1...3))" : any(known + [person])
        if chance(70) { entry.tips = tips(5) }
        if chance(35) { entry.frm = chance(60) ? any(logs[person + " reg"] ?? []) ?? anyEntry() : anyEntry() }
        add(entry, in: "reg")
        keys[person, default: []].append(entry.newkey ?? person)
        if chance(80), let commit = entry.commit { committed[person, default: []].append(commit) }
    }
}
