/// What somebody may do next.
///
/// Alice administers at level 1, bea at 2, stella is a steward at 6, and mia is a member at 8. Each has the acts that meet
/// those of the others: removals with and without tips, for cause, up, down and of subtrees, vouches, annulments, leaves, a
/// grant that lifts a removal and one that hands power on, an invitation for one with the admissions that use it, posts and a
/// fork.
enum ModelAct: CaseIterable {
    case aliceRemovesBea, aliceRemovesBeaKeeping, aliceRemovesMiaForCause, aliceVouches, aliceAnnuls
    case beaRemovesAlice, beaRemovesStella, beaRemovesMia, beaRegrantsMia, beaGrantsStella, beaVouches, beaLeaves
    case stellaRemovesMia, stellaRemovesBea, stellaVouches, stellaInvites, stellaLeaves
    case miaPosts, miaForks, miaLeaves, danComesIn
}

enum ModelPerson: Int, CaseIterable {
    case alice, bea, stella, mia, dan

    var name: String { "\(self)" }
    var inception: String { AuthorityScene.inception(name) }
}

/// An entry of the model by number: what is founded first, then acts in the order in which the model came upon them.
typealias ModelEntry = Int32

/// What an act writes, with all that it names: two acts that write the same write one entry.
struct ModelWriting: Hashable {
    let act: ModelAct
    let person: ModelPerson
    let previous: ModelEntry?
    let auth: ModelEntry
    var target: ModelEntry?
    var tips: [ModelEntry] = []
    var admits: [ModelEntry] = []
    /// Tells the beginnings of one log apart.
    var forkNumber = 0
}

/// What whoever acts next has seen, as far as an act can name it.
struct ModelView: Hashable {
    /// The last entry of each person's registry log.
    private var last: [ModelEntry]
    private var lastPost: ModelEntry?
    /// The last removal or leave.
    private var lastRestriction: ModelEntry?
    private var lastInvitation: ModelEntry?
    /// The last grant to each person.
    private var grants: [ModelEntry]
    private var admissions: [ModelEntry] = []
    private var forkCount = 0

    /// Before the first act.
    init(founded symbols: [AuthorityWorld.Symbol]) {
        func number(_ test: (AuthorityWorld.Symbol) -> Bool) -> ModelEntry { ModelEntry(symbols.lastIndex(where: test) ?? 0) }
        last = ModelPerson.allCases.map { person in number { $0.key == person.name } }
        grants = ModelPerson.allCases.map { person in number { $0.kind == "grant" && $0.subject == person.inception } }
    }

    /// What the act writes; nil where there is nothing that it could be about.
    func writing(_ act: ModelAct) -> ModelWriting? {
        func entry(_ person: ModelPerson, under auth: ModelEntry? = nil) -> ModelWriting {
            ModelWriting(act: act, person: person, previous: last[person.rawValue], auth: auth ?? grants[person.rawValue])
        }
        // Tips name the last entries of whoever is below: bea's, stella's, mia's posts.
        var tips: [ModelEntry] { [last[ModelPerson.bea.rawValue], last[ModelPerson.stella.rawValue]] + (lastPost.map { [$0] } ?? []) }
        var out: ModelWriting
        switch act {
        case .aliceRemovesBea, .aliceRemovesMiaForCause: return entry(.alice)
        case .aliceRemovesBeaKeeping:
            out = entry(.alice)
            out.tips = Array(tips.prefix(1))
            out.admits = admissions
        case .aliceVouches:
            out = entry(.alice)
            out.tips = tips
            out.admits = admissions
        case .aliceAnnuls, .beaRegrantsMia:
            guard let lastRestriction else { return nil }
            out = entry(act == .aliceAnnuls ? .alice : .bea)
            out.target = lastRestriction
        case .beaRemovesAlice, .beaRemovesStella, .beaRemovesMia, .beaGrantsStella, .beaLeaves: return entry(.bea)
        case .beaVouches:
            out = entry(.bea)
            out.tips = Array(tips.dropFirst())
            out.admits = admissions
        // By the grant that she began with, except where she reaches for what a later one might allow.
        case .stellaRemovesMia, .stellaInvites: return entry(.stella, under: FiniteModel.stella6)
        case .stellaRemovesBea: return entry(.stella)
        case .stellaVouches:
            out = entry(.stella, under: FiniteModel.stella6)
            out.tips = Array(tips.dropFirst(2))
            out.admits = admissions
        case .stellaLeaves:
            out = entry(.stella, under: FiniteModel.stella6)
            out.admits = admissions
        case .miaPosts: return ModelWriting(act: act, person: .mia, previous: lastPost, auth: grants[ModelPerson.mia.rawValue])
        case .miaForks:
            out = ModelWriting(act: act, person: .mia, previous: nil, auth: grants[ModelPerson.mia.rawValue])
            out.forkNumber = forkCount
        case .miaLeaves: return entry(.mia, under: FiniteModel.mia8)
        case .danComesIn:
            // One use: who comes second, mia, makes two.
            guard let lastInvitation else { return nil }
            return entry(admissions.count.isMultiple(of: 2) ? .dan : .mia, under: lastInvitation)
        }
        return out
    }

    /// The view of whoever has seen that entry too.
    func seeing(_ entry: ModelEntry, _ writing: ModelWriting) -> ModelView {
        var view = self
        if writing.act == .miaPosts || writing.act == .miaForks {
            view.lastPost = entry
        } else {
            view.last[writing.person.rawValue] = entry
        }
        switch writing.act {
        case .aliceRemovesBea, .aliceRemovesBeaKeeping, .aliceRemovesMiaForCause, .beaRemovesAlice, .beaRemovesStella, .beaRemovesMia,
            .stellaRemovesMia, .stellaRemovesBea, .beaLeaves, .stellaLeaves, .miaLeaves:
            view.lastRestriction = entry
        case .stellaInvites: view.lastInvitation = entry
        case .danComesIn: view.admissions.append(entry)
        case .beaRegrantsMia: view.grants[ModelPerson.mia.rawValue] = entry
        case .beaGrantsStella: view.grants[ModelPerson.stella.rawValue] = entry
        case .miaForks: view.forkCount += 1
        case .aliceVouches, .aliceAnnuls, .beaVouches, .stellaVouches, .miaPosts: break
        }
        return view
    }
}

extension ModelWriting {
    /// The entry as worlds write it. `symbols` are those that it may name, by number.
    func symbol(number: ModelEntry, among symbols: [AuthorityWorld.Symbol]) -> AuthorityWorld.Symbol {
        func name(_ entry: ModelEntry) -> String { symbols[Int(entry)].id }
        let named = [previous, auth, target].compactMap(\.self) + tips + admits
        let time = named.map { symbols[Int($0)].hlc }.max() ?? 0
        // Short: names of up to 15 bytes need no memory of their own, and the rules look many up.
        var symbol = AuthorityWorld.Symbol(
            id: "\(kind)#\(number)", kind: kind, key: person.name, seq: previous.map { symbols[Int($0)].seq + 1 } ?? 0, hlc: time + 10)
        symbol.ident = person.inception
        symbol.prev = previous.map(name)
        symbol.auth = name(auth)
        if !tips.isEmpty || kind == "vouch" { symbol.tips = tips.map(name) }
        if !admits.isEmpty { symbol.admits = admits.map(name) }
        switch act {
        case .aliceRemovesBea, .aliceRemovesBeaKeeping, .stellaRemovesBea: symbol.subject = ModelPerson.bea.inception
        case .beaRemovesMia, .stellaRemovesMia: symbol.subject = ModelPerson.mia.inception
        case .aliceRemovesMiaForCause:
            symbol.subject = ModelPerson.mia.inception
            symbol.vmax = 1
        case .beaRemovesAlice:
            symbol.subject = ModelPerson.alice.inception
            symbol.subtree = "alice.1"
        case .beaRemovesStella: symbol.subject = ModelPerson.stella.inception
        case .aliceAnnuls: symbol.target = target.map(name)
        case .beaRegrantsMia:
            symbol.subject = ModelPerson.mia.inception
            symbol.level = 8
            symbol.rights = AuthorityScene.post
            symbol.over = target.map { [name($0)] }
        case .beaGrantsStella:
            symbol.subject = ModelPerson.stella.inception
            symbol.level = 3
            symbol.rights = AuthorityScene.allRights
        case .stellaInvites:
            symbol.level = 7
            symbol.rights = AuthorityScene.post
            symbol.maxuses = 1
        case .danComesIn:
            symbol.subject = person.inception
            symbol.level = 8
            symbol.rights = AuthorityScene.post
        case .miaPosts, .miaForks: symbol.space = "x"
        case .aliceVouches, .beaVouches, .beaLeaves, .stellaVouches, .stellaLeaves, .miaLeaves: break
        }
        return symbol
    }

    private var kind: String {
        switch act {
        case .aliceRemovesBea, .aliceRemovesBeaKeeping, .aliceRemovesMiaForCause, .beaRemovesAlice, .beaRemovesStella, .beaRemovesMia,
            .stellaRemovesMia, .stellaRemovesBea:
            "remove"
        case .aliceVouches, .beaVouches, .stellaVouches: "vouch"
        case .aliceAnnuls: "annul"
        case .beaRegrantsMia, .beaGrantsStella: "grant"
        case .beaLeaves, .stellaLeaves, .miaLeaves: "leave"
        case .stellaInvites: "invite"
        case .danComesIn: "admit"
        case .miaPosts, .miaForks: "post"
        }
    }
}
