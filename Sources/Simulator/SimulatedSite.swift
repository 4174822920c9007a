import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica

/// One node in a simulated world: the product's own core on a store in memory, with a clock and a line of its own.
final class SimulatedSite {
    let name: String
    let address: String
    var identity: NodeIdentity
    private(set) var node: Node
    var store: MemoryStore
    /// How far its wall clock is off, in milliseconds.
    var skew: Int64
    private var random: SeededRandom
    /// The instant of the timer that was set last; an earlier one is stale.
    var timer: Instant?
    private(set) var answers: [CommandID: Answer] = [:]
    private(set) var notices: [Notice] = []

    init(name: String, address: String, identity: NodeIdentity, store: MemoryStore, skew: Int64, now: Now, random: SeededRandom) {
        self.name = name
        self.address = address
        self.identity = identity
        self.skew = skew
        self.random = random
        self.store = store
        do {
            node = try Node(identity: identity, now: now, using: &self.random, store: &self.store)
        } catch {
            preconditionFailure("a store in memory does not fail: \(error)")
        }
    }

    /// One event, one transaction. With `failingCommit` the transaction is rolled back and the node is made anew from
    /// what is stored; then there are no effects, and nil says so.
    func handle(_ event: Event, at now: Now, failingCommit: Bool) -> [Effect]? {
        let before = store
        let effects: [Effect]
        do {
            effects = try node.handle(event, at: now, using: &random, store: &store)
        } catch {
            preconditionFailure("a store in memory does not fail: \(error)")
        }
        if failingCommit {
            store = before
            rebuild(at: now)
            return nil
        }
        for effect in effects {
            switch effect {
            case .reply(let id, let answer): answers[id] = answer
            case .notice(let notice): notices.append(notice)
            default: break
            }
        }
        return effects
    }

    /// A new node on the same store: what a restart does.
    func rebuild(at now: Now) {
        do {
            node = try Node(identity: identity, now: now, using: &random, store: &store)
        } catch {
            preconditionFailure("a store in memory does not fail: \(error)")
        }
        timer = nil
    }
}
