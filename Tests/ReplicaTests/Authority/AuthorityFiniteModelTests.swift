import EntenteCodec
import EntenteModel
import EntenteReplica
import Foundation
import Testing

@testable import conformance

/// Every history of a few acts by four people of different levels, in every order of delivery: one result, and nobody gets
/// more than he was given.
///
/// Alice administers at level 1, bea at 2, stella is a steward at 6, and mia is a member at 8. Each has the acts that meet those
/// of the others: removals with and without tips, up, down and of subtrees, vouches, annulments, leaves, a grant that lifts a
/// removal and one that hands power on, an invitation with its admissions, a fork. An act is left out where nothing of what
/// it names is there, and of two histories that differ in the order of neighbours that do not name each other and stand in
/// different logs one is looked at: they are the same set.
///
/// In every run: all histories of up to 3 acts in all orders of delivery (3,758 histories, 21,438 orders; 15 s of one core,
/// unoptimised). `ENTENTE_ACTS=4` looks at all of 4, and `ENTENTE_ACTS=5` at all of 5; both print their figures.
@Suite struct AuthorityFiniteModelTests {
    typealias Symbol = AuthorityWorld.Symbol

    static let actsMax = ProcessInfo.processInfo.environment["ENTENTE_ACTS"].flatMap { Int($0) } ?? 3
    static let isLarge = ProcessInfo.processInfo.environment["ENTENTE_ACTS"] != nil

    @Test(
        "all histories of few acts, in every order of delivery, have one result and no escalation (A-1, A-42, A-61)",
        arguments: ModelAct.allCases)
    func histories(first: ModelAct) {
        var model = FiniteModel()
        model.explore([first], upTo: Self.actsMax)
        #expect(model.faults == [])
        if Self.isLarge { print("authority: \(model.historyCount) histories that begin with \(first), \(model.orderCount) orders") }
    }
}

/// What somebody may do next.
enum ModelAct: CaseIterable {
    case aliceRemovesBea, aliceRemovesBeaKeeping, aliceRemovesMiaForCause, aliceVouches, aliceAnnuls
    case beaRemovesAlice, beaRemovesStella, beaRemovesMia, beaRegrantsMia, beaGrantsStella, beaVouches, beaLeaves
    case stellaRemovesMia, stellaRemovesBea, stellaVouches, stellaInvites, stellaLeaves
    case miaPosts, miaForks, miaLeaves, danComesIn
}

struct FiniteModel {
    typealias Symbol = AuthorityWorld.Symbol

    private(set) var historyCount = 0
    private(set) var orderCount = 0
    private(set) var faults: [String] = []

    /// The people and what they hold, before the first act.
    static let founded: AuthorityScene = {
        var scene = AuthorityScene()
        scene.meet("alice", "bea", "stella", "mia", "dan")
        scene.grant("alice.1", to: "alice", by: "root", under: "ROOT", level: 1, rights: AuthorityScene.allRights)
        scene.grant("bea.2", to: "bea", by: "alice", under: "alice.1", level: 2, rights: AuthorityScene.allRights)
        scene.grant("stella.6", to: "stella", by: "bea", under: "bea.2", level: 6, rights: 14)
        scene.grant("mia.8", to: "mia", by: "bea", under: "bea.2", level: 8, rights: 8)
        return scene
    }()
    static let foundedCount = founded.entries.count

    mutating func explore(_ history: [ModelAct], upTo limit: Int) {
        guard faults.isEmpty, let scene = Self.scene(of: history), isCanonical(history, scene) else { return }
        historyCount += 1
        judge(history, scene)
        guard history.count < limit else { return }
        for next in ModelAct.allCases { explore(history + [next], upTo: limit) }
    }

    /// Nil where an act names nothing that is there.
    static func scene(of history: [ModelAct]) -> AuthorityScene? {
        var scene = founded
        for (place, act) in history.enumerated() where !write(act, String(place), to: &scene) { return nil }
        return scene
    }

    /// The last entry by that key, which tips name.
    private static func tip(_ scene: AuthorityScene, _ person: String, in space: String = "reg") -> String? {
        scene.entries.last { $0.key == person && ($0.space ?? "reg") == space }?.id
    }

    private static func last(_ scene: AuthorityScene, _ kinds: Set<String>) -> String? {
        scene.entries.last { kinds.contains($0.kind) }?.id
    }

    /// False if there is nothing that the act could be about.
    private static func write(_ act: ModelAct, _ place: String, to scene: inout AuthorityScene) -> Bool {
        let id = "\(act)#\(place)"
        let tips = [tip(scene, "bea"), tip(scene, "stella"), tip(scene, "mia", in: "x")].compactMap(\.self)
        let admissions = scene.entries.filter { $0.kind == "admit" }.map(\.id)
        switch act {
        case .aliceRemovesBea: scene.remove(id, "bea", by: "alice", under: "alice.1")
        case .aliceRemovesBeaKeeping:
            scene.remove(id, "bea", by: "alice", under: "alice.1") {
                $0.tips = [tips[0]]
                $0.admits = admissions
            }
        case .aliceRemovesMiaForCause: scene.remove(id, "mia", by: "alice", under: "alice.1") { $0.vmax = 1 }
        case .aliceVouches: scene.vouch(id, for: tips, by: "alice", under: "alice.1") { $0.admits = admissions }
        case .aliceAnnuls:
            guard let target = last(scene, ["remove", "leave"]) else { return false }
            scene.act(id, "annul", by: "alice", under: "alice.1") { $0.target = target }
        case .beaRemovesAlice: scene.remove(id, "alice", by: "bea", under: "bea.2") { $0.subtree = "alice.1" }
        case .beaRemovesStella: scene.remove(id, nil, by: "bea", under: "bea.2") { $0.subtree = "stella.6" }
        case .beaRemovesMia: scene.remove(id, "mia", by: "bea", under: "bea.2")
        case .beaRegrantsMia:
            guard let removal = last(scene, ["remove", "leave"]) else { return false }
            scene.grant(id, to: "mia", by: "bea", under: "bea.2", level: 8, rights: 8) { $0.over = [removal] }
        case .beaGrantsStella: scene.grant(id, to: "stella", by: "bea", under: "bea.2", level: 3, rights: 15)
        case .beaVouches: scene.vouch(id, for: Array(tips.dropFirst()), by: "bea", under: "bea.2") { $0.admits = admissions }
        case .beaLeaves: scene.act(id, "leave", by: "bea", under: "bea.2")
        case .stellaRemovesMia: scene.remove(id, "mia", by: "stella", under: "stella.6")
        case .stellaRemovesBea: scene.remove(id, "bea", by: "stella", under: last(scene, of: "stella"))
        case .stellaVouches:
            scene.vouch(id, for: Array(tips.dropFirst(2)), by: "stella", under: "stella.6") { $0.admits = admissions }
        case .stellaInvites: scene.invite(id, by: "stella", under: "stella.6") { $0.maxuses = 1 }
        case .stellaLeaves: scene.act(id, "leave", by: "stella", under: "stella.6") { $0.admits = admissions }
        case .miaPosts: scene.post(id, by: "mia", under: last(scene, of: "mia"))
        case .miaForks: scene.post(id, by: "mia", under: last(scene, of: "mia"), at: .beginning)
        case .miaLeaves: scene.act(id, "leave", by: "mia", under: "mia.8")
        case .danComesIn:
            guard let invitation = last(scene, ["invite"]) else { return false }
            scene.admit(id, admissions.count.isMultiple(of: 2) ? "dan" : "mia", by: invitation)
        }
        return true
    }

    private static func last(_ scene: AuthorityScene, of person: String) -> String {
        scene.entries.last { $0.kind == "grant" && $0.subject == AuthorityScene.inception(person) }?.id ?? "nobody's"
    }

    /// Of the orders in which the last two acts could have been written, and that give the same set, the one looked at.
    private func isCanonical(_ history: [ModelAct], _ scene: AuthorityScene) -> Bool {
        guard history.count > 1 else { return true }
        let (before, after) = (history[history.count - 2], history[history.count - 1])
        guard let first = ModelAct.allCases.firstIndex(of: before), let second = ModelAct.allCases.firstIndex(of: after), second < first
        else { return true }
        var swapped = history
        swapped.swapAt(history.count - 2, history.count - 1)
        guard let other = Self.scene(of: swapped) else { return true }
        // The same acts with the same references, but for their names and times: then the swapped one stands for both.
        func shape(_ entry: Symbol, _ names: [String: String]) -> Symbol {
            var entry = entry
            entry.hlc = 0
            func rename(_ name: String?) -> String? { name.map { names[$0] ?? $0 } }
            entry.id = rename(entry.id) ?? ""
            entry.prev = rename(entry.prev)
            entry.auth = rename(entry.auth)
            entry.target = rename(entry.target)
            entry.tips = entry.tips?.compactMap(rename)
            entry.over = entry.over?.compactMap(rename)
            entry.admits = entry.admits?.compactMap(rename)
            return entry
        }
        let places = (history.count - 2, history.count - 1)
        let names = ["\(after)#\(places.0)": "second", "\(before)#\(places.1)": "first"]
        let own = ["\(before)#\(places.0)": "first", "\(after)#\(places.1)": "second"]
        let mine = scene.entries.suffix(2).map { shape($0, own) }
        let others = other.entries.suffix(2).map { shape($0, names) }
        return mine != [others[1], others[0]]
    }

    // MARK: One history

    private mutating func judge(_ history: [ModelAct], _ scene: AuthorityScene) {
        let world = AuthorityWorld(name: "model", entries: scene.entries)
        let entries = AuthorityEntries(world, isSigned: false)
        let expected = AuthorityOracle(world).verdict
        var replica = AuthorityReplica(network: entries.network)
        for made in entries.made.prefix(Self.foundedCount) { replica.insert(made) }
        replica.evaluate()
        deliver(Array(entries.made.dropFirst(Self.foundedCount)), to: replica) { replica in
            orderCount += 1
            let found = replica.verdict(entries.made)
            if found != expected, faults.isEmpty {
                faults.append("\(history): \(AuthorityComparison.difference(found, expected)); \(AuthorityComparison.keep(world))")
            }
        }
        if let escalation = escalation(scene, expected) { faults.append("\(history): \(escalation)") }
    }

    /// Delivers what is left in every order, each prefix once.
    private func deliver(_ left: [AuthorityEntries.Made], to replica: AuthorityReplica, then look: (AuthorityReplica) -> Void) {
        if left.isEmpty { return look(replica) }
        for index in left.indices {
            var next = replica
            next.receive(left[index])
            var rest = left
            rest.remove(at: index)
            deliver(rest, to: next, then: look)
        }
    }

    /// Who lost what he held without a senior's act or his own, or holds what no senior gave him.
    private func escalation(_ scene: AuthorityScene, _ verdict: AuthorityWorld.Verdict) -> String? {
        let issued = Set(verdict.issued)
        let acts = scene.entries.filter { issued.contains($0.id) }
        func level(_ capability: String?) -> Int { capability.map { $0 == "ROOT" ? 0 : scene[$0].level ?? 15 } ?? 15 }
        for name in ["alice.1", "bea.2", "stella.6", "mia.8"] where !verdict.active.contains(name) {
            let mayStop = acts.contains { act in
                act.kind == "remove" && level(act.auth) < level(name) || act.kind == "leave" && act.ident == scene[name].subject
            }
            if !mayStop { return "\(name) is out, and nobody senior removed it" }
        }
        for name in issued where ["grant", "invite", "admit"].contains(scene[name].kind) {
            let capability = scene[name]
            guard let auth = capability.auth, auth == "ROOT" || issued.contains(auth) else { return "\(name) is in force under nothing" }
            if level(name) <= level(auth) { return "\(name) is not below \(auth)" }
            if auth != "ROOT", (capability.rights ?? 0) & ~(scene[auth].rights ?? 0) != 0 {
                return "\(name) has rights that \(auth) has not"
            }
        }
        return nil
    }
}
