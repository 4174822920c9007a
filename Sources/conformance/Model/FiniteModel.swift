/// Every history of a few acts, in every order of delivery: one result, and nobody gets more than he was given.
///
/// A history is what people who have seen all before it write one after another; an act is left out where nothing of what it
/// names is there. Histories that wrote the same entries are one set, and a set is looked at once: its result is the same in
/// every order, it is what the rules say (`ModelRules`, and of smaller sets `AuthorityOracle`), and it gives nobody power.
///
/// Orders are not walked one by one. Two orders that leave the evaluator with the same memory (`Authority.memory`: all of it, in
/// which the numbers of entries alone are not seen) are one from there on, so a set is left with a few states, mostly one. And
/// an entry that has to wait for its predecessor or its capability changes nothing until that comes. So the last entry to
/// arrive of a set is each of its entries in turn: without it and without what hangs on it, the rest has arrived, and left any of its
/// states; what hangs on it has arrived too, in every order, and waits; then it comes. Each of these steps is the product's
/// own evaluator taking in an entry and evaluating.
///
/// That the second thought loses no state is not taken on trust: of all histories of up to `wholeActsMax` acts every subset is
/// walked, with every next arrival out of every state, and the states that are left must be the same ones.
///
/// Up to five acts: 677,143 sets and 76,381,158 orders, by 13,784,171 arrivals in two parts (3 minutes of each of two cores that
/// had other work); with them 48,002 sets walked in whole and 50,083 questions to the oracle.
final class FiniteModel {
    typealias Symbol = AuthorityWorld.Symbol

    /// The people and what they hold, before the first act.
    static let founded: [Symbol] = {
        var scene = AuthorityScene()
        scene.meet("alice", "bea", "stella", "mia", "dan")
        scene.grant("alice.1", to: "alice", by: "root", under: "ROOT", level: 1, rights: AuthorityScene.allRights)
        scene.grant("bea.2", to: "bea", by: "alice", under: "alice.1", level: 2, rights: AuthorityScene.allRights)
        scene.grant("stella.6", to: "stella", by: "bea", under: "bea.2", level: 6, rights: 14)
        scene.grant("mia.8", to: "mia", by: "bea", under: "bea.2", level: 8, rights: 8)
        return scene.entries
    }()

    static let stella6 = ModelEntry(founded.firstIndex { $0.id == "stella.6" } ?? 0)
    static let mia8 = ModelEntry(founded.firstIndex { $0.id == "mia.8" } ?? 0)

    struct Figures: Equatable {
        /// Sets of entries, and how many orders of delivery these have.
        var setCount = 0
        var orderCount = 0
        /// Entries that the evaluator took in one by one, each a step, to stand for these orders.
        var arrivalCount = 0
        /// Sets of which `AuthorityOracle` was asked too.
        var oracleCount = 0
        /// Those of the sets whose every subset was walked too, and the steps of that.
        var wholeSetCount = 0
        var wholeArrivalCount = 0
    }

    private(set) var figures = Figures()
    /// By number of acts.
    private(set) var setCounts: [Int] = []
    /// The first fault stops the search.
    private(set) var fault: String?

    // By entry number.
    private(set) var symbols = FiniteModel.founded
    private var made: [AuthorityEntries.Made]
    private var entries: AuthorityEntries
    private var numbers: [ModelWriting: ModelEntry] = [:]
    private let start: AuthorityReplica
    /// What the acts can change of what was founded.
    private let capabilities: [ModelEntry]
    /// By entry number: the acts without which it waits.
    private var needs: [[ModelEntry]]
    /// Up to how many acts every subset is walked.
    private let wholeActsMax: Int
    /// Up to how many acts `AuthorityOracle` is asked too.
    private let oracleActsMax: Int
    /// By entry number: what the rules read.
    private var facts: [ModelRules.Fact] = []
    private var entryNumbers: [String: ModelEntry] = [:]
    /// The states of small sets, forgotten when they are too many; those of larger ones are found once and dropped.
    private var known: [ActSet: [AuthorityReplica]] = [:]
    private static let knownActsMax = 3
    /// Some 200 MB.
    private static let knownMax = 20_000

    /// The sets whose every subset was walked, while the histories are short enough for that.
    private var walked: Set<ActSet> = []
    private var isWalking = false

    /// Of `partCount` parts of the sets, the one that is looked at.
    private let part: Int
    private let partCount: Int

    /// More do not fit into an `ActSet`.
    static let actsMax = 5

    init(wholeActsMax: Int, oracleActsMax: Int, part: Int = 0, of partCount: Int = 1) {
        entries = AuthorityEntries(AuthorityWorld(name: "model", entries: Self.founded), isSigned: false)
        made = entries.made
        var replica = AuthorityReplica(network: entries.network)
        for made in made { replica.insert(made) }
        replica.evaluate()
        start = replica
        capabilities = Self.founded.indices.filter { Self.founded[$0].kind == "grant" }.map { ModelEntry($0) }
        needs = made.map { _ in [] }
        self.wholeActsMax = wholeActsMax
        self.oracleActsMax = oracleActsMax
        self.part = part
        self.partCount = partCount
        for symbol in symbols { note(symbol) }
    }

    // MARK: Histories

    /// A set of at most five acts.
    struct ActSet: Hashable {
        /// 24 bits each, ascending, the largest last.
        private var high: UInt64 = 0
        private var low: UInt64 = 0

        func inserting(_ entry: ModelEntry) -> ActSet { ActSet(members + [entry]) }

        init(_ members: [ModelEntry] = []) {
            for member in members.sorted() {
                high = high << 24 | low >> 40
                low = low << 24 | UInt64(member)
            }
        }

        var members: [ModelEntry] {
            var out: [ModelEntry] = []
            var (high, low) = (high, low)
            while low != 0 {
                out.append(ModelEntry(low & 0xFF_FFFF))
                low = low >> 24 | (high & 0xFF_FFFF) << 40
                high >>= 24
            }
            return out.reversed()
        }
    }

    /// The sets of a number of acts, in the order in which they were found, with the views that histories of them leave.
    private struct Layer {
        var sets: [ActSet] = []
        var views: [[ModelView]] = []
        private var places: [ActSet: Int] = [:]

        /// True if the set is new.
        mutating func add(_ set: ActSet, _ view: ModelView?) -> Bool {
            if let place = places[set] {
                if let view, !views[place].contains(view) { views[place].append(view) }
                return false
            }
            places[set] = sets.count
            sets.append(set)
            if let view { views.append([view]) }
            return true
        }
    }

    /// Looks at all histories of up to `actsMax` acts that begin with one of `first`.
    func explore(
        actsMax: Int, from first: [ModelAct] = ModelAct.allCases, report: (_ count: Int, _ sets: Int, Figures) -> Void = { _, _, _ in }
    ) {
        var layer = Layer()
        _ = layer.add(ActSet(), ModelView(founded: Self.founded))
        for count in 1...actsMax {
            var next = Layer()
            for (index, set) in layer.sets.enumerated() {
                for view in layer.views[index] {
                    for act in count == 1 ? first : ModelAct.allCases {
                        guard let writing = view.writing(act) else { continue }
                        let entry = number(of: writing)
                        _ = next.add(set.inserting(entry), count < actsMax ? view.seeing(entry, writing) : nil)
                    }
                }
            }
            setCounts.append(next.sets.count)
            isWalking = count <= wholeActsMax + 1
            judge(next.sets)
            if fault != nil { return }
            report(count, next.sets.count, figures)
            layer = next
        }
    }

    private func number(of writing: ModelWriting) -> ModelEntry {
        if let number = numbers[writing] { return number }
        let number = ModelEntry(symbols.count)
        let symbol = writing.symbol(number: number, among: symbols)
        guard let new = entries.add(symbol) else { preconditionFailure("\(symbol.id) is no entry") }
        symbols.append(symbol)
        note(symbol)
        made.append(new)
        needs.append([writing.previous, writing.auth].compactMap(\.self).filter { Int($0) >= Self.founded.count })
        numbers[writing] = number
        return number
    }

    private func note(_ symbol: Symbol) {
        let fact = ModelRules.Fact(symbol, among: facts) { entryNumbers[$0] }
        facts.append(fact)
        entryNumbers[symbol.id] = fact.number
    }

    // MARK: Every order

    /// The last arrival of a set: the set, and the place of the entry in it.
    private struct LastArrival {
        let target: Int
        let entry: ModelEntry
    }

    /// Looks at sets of one size.
    private func judge(_ sets: [ActSet]) {
        // What has the same rest is done together, so that the states of the rest are found once.
        var rests: [ActSet] = []
        var arrivals: [[LastArrival]] = []
        var places: [ActSet: Int] = [:]
        for (target, set) in sets.enumerated() where isOwn(set) {
            for entry in set.members {
                let rest = rest(of: set, without: entry)
                let place = places[rest] ?? rests.count
                if place == rests.count {
                    places[rest] = place
                    rests.append(rest)
                    arrivals.append([])
                }
                arrivals[place].append(LastArrival(target: target, entry: entry))
            }
        }
        var expected: [UInt64?] = Array(repeating: nil, count: sets.count)
        for (place, rest) in rests.enumerated() {
            let states = states(of: rest)
            for arrival in arrivals[place] {
                let set = sets[arrival.target]
                if expected[arrival.target] == nil { expected[arrival.target] = conclude(set) }
                let all = judged(set)
                var isRight = true
                figures.arrivalCount += ends(from: states, rest, of: set, last: arrival.entry) { end in
                    if effects(all, in: end) != expected[arrival.target] { isRight = false }
                }
                if !isRight { fail("not what the rules say where \(symbols[Int(arrival.entry)].id) comes last", set) }
                if fault != nil { return }
            }
        }
    }

    /// By the first acts: so most of what is left of a set without its last arrival is of the same part.
    private func isOwn(_ set: ActSet) -> Bool { Int(set.members.prefix(2).reduce(0, +)) % partCount == part }

    private func fail(_ why: String, _ set: ActSet) {
        if fault == nil { fault = "\(why): \(world(of: set).json)" }
    }

    private func judged(_ set: ActSet) -> [ModelEntry] { capabilities + set.members }

    /// Two bits an entry: that it takes effect, and that it is active.
    private func effects(_ all: [ModelEntry], in replica: AuthorityReplica) -> UInt64 {
        var effects: UInt64 = 0
        for entry in all { effects = effects << 2 | replica.effect(of: made[Int(entry)]) }
        return effects
    }

    private func world(of set: ActSet) -> AuthorityWorld {
        AuthorityWorld(name: "model", entries: Self.founded + set.members.map { symbols[Int($0)] })
    }

    /// The set without the entry and what hangs on it by backlink or as its capability.
    private func rest(of set: ActSet, without entry: ModelEntry) -> ActSet {
        var gone = [entry]
        var rest: [ModelEntry] = []
        // Ascending: an entry names smaller numbers.
        for member in set.members where member != entry {
            if needs[Int(member)].contains(where: gone.contains) { gone.append(member) } else { rest.append(member) }
        }
        return ActSet(rest)
    }

    /// The states that the orders of a set leave, of which none waits for what is not in it.
    private func states(of set: ActSet) -> [AuthorityReplica] {
        if let states = known[set] { return states }
        let members = set.members
        if members.isEmpty { return [start] }
        var states: [AuthorityReplica] = []
        var memories: [[UInt64]] = []
        var effects: UInt64?
        var areOne = true
        let all = judged(set)
        for entry in members {
            let rest = rest(of: set, without: entry)
            figures.arrivalCount += ends(from: self.states(of: rest), rest, of: set, last: entry) { end in
                let memory = end.memory
                if memories.contains(memory) { return }
                memories.append(memory)
                states.append(end)
                let found = self.effects(all, in: end)
                if found != effects ?? found { areOne = false }
                effects = found
            }
        }
        if !areOne { fail("two orders, two results", set) }
        if isWalking, members.count <= wholeActsMax, walked.insert(set).inserted {
            let whole = statesOfAllOrders(members)
            if Set(whole) != Set(memories) { fail("some order leaves a state that the short way does not", set) }
        }
        if members.count <= Self.knownActsMax {
            if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
            known[set] = states
        }
        return states
    }

    /// The states after the last arrival: out of each state of the rest, what hangs on the last entry arrives in every order and
    /// waits, and the entry comes. Returns the number of arrivals.
    private func ends(
        from states: [AuthorityReplica], _ rest: ActSet, of set: ActSet, last: ModelEntry, _ look: (AuthorityReplica) -> Void
    ) -> Int {
        let there = rest.members
        let waiting = set.members.filter { $0 != last && !there.contains($0) }
        let orders = orders(of: waiting, behind: there)
        for state in states {
            for order in orders {
                var replica = state
                for entry in order { replica.receive(made[Int(entry)]) }
                replica.receive(made[Int(last)])
                look(replica)
            }
        }
        return states.count * orders.count * (waiting.count + 1)
    }

    /// The orders in which entries may arrive that wait, as far as they make a difference: among those that wait for the same
    /// entry, since nothing else is kept in order.
    private func orders(of waiting: [ModelEntry], behind there: [ModelEntry]) -> [[ModelEntry]] {
        if waiting.count < 2 { return [waiting] }
        // All content waits in one list.
        let missing = waiting.map { entry in
            symbols[Int(entry)].isContent ? nil : needs[Int(entry)].first { !there.contains($0) }
        }
        let first = missing[0]
        let together = waiting.indices.filter { missing[$0] == first }.map { waiting[$0] }
        let others = waiting.indices.filter { missing[$0] != first }.map { waiting[$0] }
        return Self.permutations(together).flatMap { order in orders(of: others, behind: there).map { order + $0 } }
    }

    static func permutations(_ entries: [ModelEntry]) -> [[ModelEntry]] {
        if entries.count < 2 { return [entries] }
        return entries.indices.flatMap { index in
            var rest = entries
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    /// The memories that the orders of a set leave, found by every next arrival out of every state of every subset.
    private func statesOfAllOrders(_ members: [ModelEntry]) -> [[UInt64]] {
        var states: [[[UInt64]: AuthorityReplica]] = Array(repeating: [:], count: 1 << members.count)
        states[0][start.memory] = start
        for some in 1..<states.count {
            for index in members.indices where some & 1 << index != 0 {
                for (_, state) in states[some & ~(1 << index)] {
                    var replica = state
                    replica.receive(made[Int(members[index])])
                    figures.wholeArrivalCount += 1
                    states[some][replica.memory] = replica
                }
            }
        }
        figures.wholeSetCount += 1
        return states.last.map { Array($0.keys) } ?? []
    }

    // MARK: What must come of a set

    /// The effects that the rules give the set.
    private func conclude(_ set: ActSet) -> UInt64 {
        figures.setCount += 1
        figures.orderCount += (1...set.members.count).reduce(1, *)
        let rules = ModelRules(facts, members: set.members)
        var effects: UInt64 = 0
        for entry in judged(set) { effects = effects << 2 | (rules.isActive(entry) ? 2 : 0) | (rules.isIssued(entry) ? 1 : 0) }
        if set.members.count <= oracleActsMax { ask(set, effects) }
        if let escalation = escalation(set, effects) { fail(escalation, set) }
        return effects
    }

    /// Holds the rules in numbers against the rules as they are written.
    private func ask(_ set: ActSet, _ effects: UInt64) {
        figures.oracleCount += 1
        let verdict = AuthorityOracle(world(of: set)).verdict
        var written: UInt64 = 0
        for entry in judged(set) {
            let name = symbols[Int(entry)].id
            written = written << 2 | (verdict.active.contains(name) ? 2 : 0) | (verdict.issued.contains(name) ? 1 : 0)
        }
        if written != effects { fail("the rules in numbers are not the rules", set) }
    }

    /// Who lost what he held by no act of a senior or his own, or holds what no senior gave him.
    private func escalation(_ set: ActSet, _ effects: UInt64) -> String? {
        let judged = judged(set)
        var (issued, active): (Set<ModelEntry>, Set<ModelEntry>) = ([], [])
        for (place, entry) in judged.reversed().enumerated() {
            if effects >> (2 * UInt64(place)) & 1 != 0 { issued.insert(entry) }
            if effects >> (2 * UInt64(place)) & 2 != 0 { active.insert(entry) }
        }
        func name(_ fact: ModelRules.Fact) -> String { symbols[Int(fact.number)].id }
        for held in capabilities.map({ facts[Int($0)] }) where !active.contains(held.number) {
            // It, or what is above it, was stopped: who gave it may have been removed before it was given.
            let mayBeOut = set.members.filter(issued.contains).map { facts[Int($0)] }.contains { act in
                held.chain.contains { above in
                    let stopped = facts[Int(above)]
                    if act.kind == .leave { return act.author == stopped.subject }
                    let isNamed = act.subject == stopped.subject || act.subtree.map(stopped.chain.contains) == true
                    return act.kind == .remove && isNamed && act.acting < stopped.level
                }
            }
            if !mayBeOut { return "\(name(held)) is out, and nobody senior removed it" }
        }
        for act in judged.map({ facts[Int($0)] }) where issued.contains(act.number) {
            if let auth = act.auth, !issued.contains(auth) { return "\(name(act)) takes effect under nothing" }
            guard !act.chain.isEmpty else { continue }
            if act.level <= act.acting { return "\(name(act)) is not below what it cites" }
            if act.rights & ~act.actingRights != 0 { return "\(name(act)) has rights that what it cites has not" }
        }
        return nil
    }
}
