/// The rules of authority once more, for the acts of the model alone, in numbers: forty times as fast as `AuthorityOracle`, and
/// held against it on every set of up to four acts.
///
/// All keys are in force and every scope is the whole network here, nobody disavows, and every act is well-formed; what is
/// left of the rules stands in the order of Specs/03-authority.md.
final class ModelRules {
    /// What the rules read of an entry.
    struct Fact {
        let number: ModelEntry
        let kind: ModelKind
        let author: ModelPerson?
        let auth: ModelEntry?
        let previous: ModelEntry?
        /// Posts are in another log than the rest.
        let isPost: Bool
        /// Of a capability.
        var level = 15
        var rights: UInt64 = 0
        /// A capability and what is above it, without root.
        var chain: [ModelEntry] = []
        var subject: ModelPerson?
        var over: ModelEntry?
        var subtree: ModelEntry?
        var target: ModelEntry?
        var tips: [ModelEntry] = []
        var admits: [ModelEntry] = []
        var vouchLevelMax = 99
        var usesMax = 0
        /// The acting level, and the rights with which it acts.
        var acting = 0
        var actingRights: UInt64 = 31
    }

    private let facts: [Fact]
    private let acts: [Fact]
    private let members: [ModelEntry]
    private var memory: [(entry: ModelEntry, isIssued: Bool)] = []

    /// `facts` by entry number; `members` are the acts that came, all that they cite and follow among them.
    init(_ facts: [Fact], members: [ModelEntry]) {
        self.facts = facts
        self.members = members
        acts = members.map { facts[Int($0)] }
    }

    private func fact(_ entry: ModelEntry) -> Fact { facts[Int(entry)] }
    private func isThere(_ entry: ModelEntry) -> Bool { Int(entry) < FiniteModel.founded.count || members.contains(entry) }

    // MARK: Reach

    private func under(_ tips: [ModelEntry], _ e: Fact) -> Bool {
        tips.contains { tip in
            guard isThere(tip), fact(tip).author == e.author, fact(tip).isPost == e.isPost else { return false }
            var next: ModelEntry? = tip
            while let here = next, here != e.number { next = fact(here).previous }
            return next == e.number
        }
    }

    private func governs(_ v: Fact, _ c: Fact) -> Bool { v.actingRights & 3 != 0 || v.auth.map(c.chain.contains) == true }

    private func target(_ r: Fact, _ c: Fact) -> Bool {
        c.kind != .invite && r.subject != nil && r.subject == c.subject || r.subtree.map(c.chain.contains) == true
    }

    private func stops(_ c: Fact, leaves: Bool = true) -> [Fact] {
        var out: [Fact] = []
        for r in acts {
            switch r.kind {
            case .remove:
                let isLifted = c.kind == .grant && c.over == r.number && c.acting <= r.acting
                if target(r, c), r.acting < c.level, governs(r, c), !isLifted, isIssued(r) { out.append(r) }
            case .leave where leaves:
                if c.kind != .invite, c.subject == r.author, c.level >= r.acting, c.over != r.number, isIssued(r) { out.append(r) }
            default: break
            }
        }
        return out
    }

    private func isVouched(_ test: (Fact) -> Bool) -> Bool {
        for v in acts where (v.kind == .vouch || v.kind == .remove) && test(v) && isIssued(v) { return true }
        return false
    }

    private func isCut(_ e: Fact, _ c: Fact) -> Bool {
        let found = stops(c, leaves: e.kind != .leave)
        let areLeaves = e.kind != .leave && found.allSatisfy { $0.kind == .leave }
        for r in found {
            let limit = r.kind == .leave ? c.level - 1 : min(c.level - 1, max(r.vouchLevelMax, r.acting))
            if isVouched({ $0.acting <= limit && governs($0, c) && under($0.tips, e) }) { continue }
            var isKept = false
            for l in acts where areLeaves && l.kind == .leave && l.author == c.subject && l.acting <= c.level {
                if under(l.tips + [l.number], e), isIssued(l) { isKept = true }
            }
            if !isKept { return true }
        }
        return false
    }

    // MARK: What takes effect

    func isIssued(_ entry: ModelEntry) -> Bool { isIssued(fact(entry)) }

    private func isIssued(_ e: Fact) -> Bool {
        guard let auth = e.auth else { return true }
        if let known = memory.first(where: { $0.entry == e.number }) { return known.isIssued }
        let answer = decide(e, fact(auth))
        memory.append((e.number, answer))
        return answer
    }

    private func decide(_ e: Fact, _ c: Fact) -> Bool {
        guard isIssued(c) else { return false }
        if e.kind == .admit { return !isClosed(e, c) && isWithinQuota(e, c) }
        return !isAnnulled(e) && !isCut(e, c)
    }

    private func isAnnulled(_ x: Fact) -> Bool {
        guard x.kind == .remove || x.kind == .leave else { return false }
        for n in acts where n.kind == .annul && n.target == x.number && n.acting < x.acting && isIssued(n) { return true }
        return false
    }

    private func isSealed(_ e: Fact, _ i: Fact) -> Bool {
        if isVouched({ $0.admits.contains(e.number) && $0.acting < i.level && governs($0, i) }) { return true }
        for l in acts where l.kind == .leave && l.admits.contains(e.number) && l.author == i.author && l.acting < i.level {
            if isIssued(l) { return true }
        }
        return false
    }

    private func isClosed(_ e: Fact, _ i: Fact) -> Bool {
        let isStopped = !stops(i).isEmpty || i.auth.map { !stops(fact($0)).isEmpty } == true
        return isStopped && !isSealed(e, i)
    }

    private func isWithinQuota(_ e: Fact, _ i: Fact) -> Bool {
        if i.usesMax == 0 || isSealed(e, i) { return true }
        var live: Set<ModelPerson?> = []
        for x in acts where x.kind == .admit && x.auth == i.number && !isClosed(x, i) { live.insert(x.subject) }
        return live.count <= i.usesMax
    }

    func isActive(_ entry: ModelEntry) -> Bool {
        let c = fact(entry)
        return (c.kind == .grant || c.kind == .admit) && isIssued(c) && stops(c).isEmpty
    }
}

enum ModelKind: String {
    case genesis, grant, invite, admit, remove, vouch, annul, leave, post
    case inception = "id.create"
}

extension ModelRules.Fact {
    /// From the entry as worlds write it; `facts` are those of smaller numbers.
    init(_ symbol: AuthorityWorld.Symbol, among facts: [ModelRules.Fact], _ number: (String) -> ModelEntry?) {
        func person(_ inception: String?) -> ModelPerson? { ModelPerson.allCases.first { $0.inception == inception } }
        let cited = symbol.auth.flatMap(number)
        self.init(
            number: ModelEntry(facts.count), kind: ModelKind(rawValue: symbol.kind) ?? .genesis, author: person(symbol.ident), auth: cited,
            previous: symbol.prev.flatMap(number), isPost: symbol.isContent)
        let above = cited.map { facts[Int($0)] }
        acting = above?.level ?? 0
        actingRights = above?.rights ?? 31
        level = symbol.level ?? 15
        rights = symbol.rights ?? 0
        if kind == .grant || kind == .invite || kind == .admit { chain = [self.number] + (above?.chain ?? []) }
        subject = person(symbol.subject)
        over = symbol.over?.first.flatMap(number)
        subtree = symbol.subtree.flatMap(number)
        target = symbol.target.flatMap(number)
        tips = (symbol.tips ?? []).compactMap(number)
        admits = (symbol.admits ?? []).compactMap(number)
        vouchLevelMax = symbol.vmax ?? 99
        usesMax = Int(symbol.maxuses ?? 0)
    }
}
