/// The rules of authority, section 3, written down as they stand there: recursive, slow, on symbolic entries.
///
/// It shares nothing with the evaluator. Where the evaluator and it disagree, one of the two is wrong.
final class AuthorityOracle {
    typealias Symbol = AuthorityWorld.Symbol

    /// What came, whether or not it is in the set.
    private let received: [String: Symbol]
    /// The set of section 2, in the order of the world.
    private(set) var entries: [Symbol] = []
    private var set: [String: Symbol] = [:]
    /// True where one name is the smaller id.
    private let isSmaller: (String, String) -> Bool
    /// The choice of a root branch came down to the smaller id: such a world means something only with its own ids.
    private(set) var usedTieBreak = false
    /// Broken rules of well-foundedness (invariant I3).
    private(set) var faults: [String] = []

    init(_ world: AuthorityWorld, isSmaller: @escaping (String, String) -> Bool = { $0 < $1 }) {
        self.isSmaller = isSmaller
        var received: [String: Symbol] = [:]
        var places: [Int] = []
        for (place, symbol) in world.entries.enumerated() where received[symbol.id] == nil && Self.decodes(symbol) {
            received[symbol.id] = symbol
            places.append(place)
        }
        self.received = received
        let founding = world.entries.first { $0.kind == "genesis" }?.id
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for place in places where set[world.entries[place].id] == nil && isAdmissible(world.entries[place], founding) {
                set[world.entries[place].id] = world.entries[place]
                isGrowing = true
            }
        }
        entries = places.filter { set[world.entries[$0].id] != nil }.map { world.entries[$0] }
    }

    // MARK: Section 2

    static let kinds: Set<String> = [
        "genesis", "root.update", "space.create", "grant", "invite", "admit", "remove", "vouch", "disavow", "annul", "leave", "id.create",
        "key.add", "key.remove", "key.vouch", "key.recover",
    ]

    /// Shapes that no encoding has.
    private static func decodes(_ e: Symbol) -> Bool {
        let isRegistryKind = kinds.contains(e.kind)
        guard isRegistryKind != e.isContent || !isRegistryKind && e.kind != "post" else { return false }
        guard (e.seq == 0) == (e.prev == nil), (0...15).contains(e.level ?? 0) else { return false }
        if e.isRootLog {
            guard !e.isContent, (e.kind == "genesis") == (e.seq == 0) else { return false }
        } else {
            guard e.kind != "genesis", e.kind != "root.update", (e.kind == "id.create") == (e.ident == nil || e.ident == e.id) else {
                return false
            }
            guard e.kind != "id.create" || e.seq == 0 else { return false }
        }
        if e.kind == "genesis" || e.kind == "root.update" {
            let count = Set(e.keys ?? []).count
            guard count > 0, (e.m ?? 0) <= count, (e.m ?? 0) > count / 2 else { return false }
        }
        for path in [e.scope, e.isContent ? e.space : nil] { if parts(path).count > 4 { return false } }
        return true
    }

    private func ident(_ e: Symbol) -> String? { e.isRootLog ? nil : e.kind == "id.create" ? e.id : e.ident }
    private func sameLog(_ a: Symbol, _ b: Symbol) -> Bool { a.key == b.key && (a.space ?? "reg") == (b.space ?? "reg") }

    private func isLinked(_ e: Symbol, to previous: Symbol) -> Bool {
        e.prev == previous.id && sameLog(e, previous) && ident(e) == ident(previous) && e.seq == previous.seq + 1
    }

    private func isAdmissible(_ e: Symbol, _ founding: String?) -> Bool {
        if e.kind == "genesis", e.id != founding { return false }
        if !e.isRootLog, !e.isContent, e.sig == false { return false }
        if e.isContent, !isAuthentic(e) { return false }
        if let prev = e.prev {
            guard let previous = set[prev], isLinked(e, to: previous), e.hlc >= previous.hlc else { return false }
        }
        if let auth = e.auth, auth != "ROOT" {
            guard let cited = set[auth], e.hlc >= cited.hlc else { return false }
        }
        return true
    }

    private func isAuthentic(_ e: Symbol) -> Bool {
        e.sig != false || received.values.contains { isLinked($0, to: e) && isAuthentic($0) }
    }

    static func parts(_ path: String?) -> [Substring] {
        guard let path, !path.isEmpty else { return [] }
        return path.split(separator: "/", omittingEmptySubsequences: false)
    }

    func inside(_ s: String?, _ t: String?) -> Bool { Self.parts(s).starts(with: Self.parts(t)) }
    func scope(_ e: Symbol) -> String? { e.isContent ? e.space : e.scope }
    private func end(_ time: UInt64?) -> UInt64 { min(time ?? Symbol.never, Symbol.never) }

    private func isCapability(_ e: Symbol) -> Bool { ["grant", "invite", "admit"].contains(e.kind) }
    /// Level, rights, scope and end of what is cited.
    private func cited(_ e: Symbol) -> (level: Int, rights: UInt64, scope: String?, expiry: UInt64)? {
        if e.auth == "ROOT" { return (0, 31, nil, Symbol.never) }
        guard let auth = e.auth, let c = set[auth], isCapability(c) else { return nil }
        return (c.level ?? 0, c.rights ?? 0, c.scope, end(c.expiry))
    }
    /// The acting level.
    func a(_ e: Symbol) -> Int? { cited(e)?.level }

    private var wfMemory: [String: Bool] = [:]

    func wf(_ e: Symbol) -> Bool {
        if let known = wfMemory[e.id] { return known }
        let answer = decideWellFormed(e)
        wfMemory[e.id] = answer
        return answer
    }

    private func decideWellFormed(_ e: Symbol) -> Bool {
        if ["genesis", "root.update", "id.create", "key.add", "key.remove", "key.vouch", "key.recover"].contains(e.kind) {
            return e.auth == nil && e.isRootLog == ["genesis", "root.update"].contains(e.kind)
        }
        guard let c = cited(e), e.isRootLog == (e.auth == "ROOT") else { return false }
        let auth = e.auth.flatMap { set[$0] }
        if let auth {
            guard wf(auth), (auth.kind == "invite") == (e.kind == "admit") else { return false }
            if e.kind != "admit" {
                guard let subject = auth.subject, subject == ident(e) else { return false }
            }
        }
        guard e.hlc <= c.expiry, inside(scope(e), c.scope) else { return false }
        func has(_ bit: UInt64) -> Bool { c.rights & bit != 0 }
        let rights = e.rights ?? 0
        let level = e.level ?? 0
        let expiry = end(e.expiry)
        let within = level > c.level && rights & ~c.rights == 0 && expiry <= c.expiry
        switch e.kind {
        case "grant": return has(1) && within && e.subject != nil
        case "invite": return (has(1) || has(4)) && within
        case "admit":
            guard let auth, e.invsig != false, let subject = e.subject, subject == ident(e) else { return false }
            let inviter = cited(auth)?.expiry ?? 0
            return level == c.level + 1 && rights & ~c.rights == 0 && expiry <= end(auth.mexpiry) && expiry <= inviter
        case "remove": return has(1) || has(2) || has(4)
        case "vouch": return has(1) || has(2)
        case "disavow": return has(16)
        case "annul", "space.create": return has(1)
        case "leave":
            guard e.auth != "ROOT", let rank = rank(e.key, ident(e)) else { return false }
            return rank <= 1
        case "post": return has(8)
        default: return false
        }
    }

    // MARK: Section 3: K

    private func of(_ identity: String?, _ kinds: String...) -> [Symbol] {
        entries.filter { kinds.contains($0.kind) && !$0.isRootLog && ident($0) == identity && wf($0) }
    }

    private func inception(_ identity: String?) -> Symbol? {
        identity.flatMap { set[$0] }.flatMap { $0.kind == "id.create" && wf($0) ? $0 : nil }
    }

    private var recoveryMemory: [String: [Symbol]] = [:]

    func recoveries(_ identity: String?) -> [Symbol] {
        if let known = recoveryMemory[identity ?? ""] { return known }
        let answer = decideRecoveries(identity)
        recoveryMemory[identity ?? ""] = answer
        return answer
    }

    private func decideRecoveries(_ identity: String?) -> [Symbol] {
        guard let inception = inception(identity) else { return [] }
        var chain: [Symbol] = []
        var commitment = inception.commit ?? "/none"
        while true {
            let candidates = of(identity, "key.recover").filter { $0.seq == 0 && $0.key == commitment }
            guard candidates.count == 1, !chain.contains(candidates[0]) else { return chain }
            chain.append(candidates[0])
            commitment = candidates[0].commit ?? "/none"
        }
    }

    private func primaries(_ identity: String?) -> [String] {
        inception(identity).map { [$0.key] + recoveries(identity).map { $0.newkey ?? "/none" } } ?? []
    }

    private func seniorRank(_ key: String, _ identity: String?) -> Int? {
        if recoveries(identity).contains(where: { $0.key == key }) { return 0 }
        return primaries(identity).contains(key) ? 1 : nil
    }

    private var rankMemory: [String: Int?] = [:]

    func rank(_ key: String, _ identity: String?) -> Int? {
        let name = key + " " + (identity ?? "")
        if let known = rankMemory[name] { return known }
        let answer =
            seniorRank(key, identity) ?? (of(identity, "key.add").contains { ($0.newkey ?? "/none") == key && keyok($0) } ? 2 : nil)
        rankMemory[name] = answer
        return answer
    }

    private var keyMemory: [String: Bool] = [:]

    func keyok(_ e: Symbol) -> Bool {
        if let known = keyMemory[e.id] { return known }
        let answer = decideKey(e)
        keyMemory[e.id] = answer
        return answer
    }

    private func decideKey(_ e: Symbol) -> Bool {
        let identity = ident(e)
        let isKeyEntry = ["key.add", "key.remove", "key.vouch", "key.recover"].contains(e.kind)
        if isKeyEntry, !wf(e) { return false }
        guard let rank = isKeyEntry ? seniorRank(e.key, identity) : rank(e.key, identity) else { return false }
        if e.kind == "key.recover", rank != 0 { return false }
        if rank == 0 { return true }
        let chain = recoveries(identity)
        if chain.contains(where: { inSuffix($0.frm, e) }) { return false }
        if rank == 1 {
            let place = primaries(identity).firstIndex(of: e.key) ?? 0
            let hits = Array(chain.dropFirst(place))
            let byRecovery = of(identity, "key.remove", "key.vouch").filter { seniorRank($0.key, identity) == 0 && keyok($0) }
            return hits.isEmpty || (hits + byRecovery).contains { under($0.tips, e) }
        }
        let removals = of(identity, "key.remove").filter { ($0.newkey ?? "/none") == e.key && keyok($0) }
        let rescues = chain + of(identity, "key.remove", "key.vouch").filter { keyok($0) }
        return removals.isEmpty || rescues.contains { under($0.tips, e) }
    }

    // MARK: Section 3: tips and suffixes

    private func isAncestorOrEqual(_ e: Symbol, _ t: Symbol) -> Bool {
        var next: Symbol? = t
        while let here = next {
            if here.id == e.id { return true }
            next = here.prev.flatMap { set[$0] }
        }
        return false
    }

    private func inSuffix(_ from: String?, _ e: Symbol) -> Bool {
        guard let from, let f = set[from] else { return false }
        return isAncestorOrEqual(f, e)
    }

    func under(_ tips: [String]?, _ e: Symbol) -> Bool {
        (tips ?? []).contains { name in
            guard let t = set[name], sameLog(t, e), t.sig != false || t.isRootLog else { return false }
            return isAncestorOrEqual(e, t)
        }
    }

    // MARK: Section 3: stops and cuts

    /// `c, c.auth, c.auth's auth, …` without ROOT.
    private func chain(_ c: Symbol) -> [String] {
        var out = [c.id]
        var next = c
        while let auth = next.auth, auth != "ROOT", let above = set[auth] {
            out.append(auth)
            next = above
        }
        return out
    }

    private func senior(_ x: Symbol, _ c: Symbol) -> Bool { a(x).map { $0 < c.level ?? 0 } ?? false }

    private func governs(_ v: Symbol, _ c: Symbol) -> Bool {
        guard let auth = v.auth, let rights = cited(v)?.rights else { return false }
        return rights & 3 != 0 || chain(c).contains(auth)
    }

    private func target(_ r: Symbol, _ c: Symbol) -> Bool {
        if let subject = r.subject, c.kind != "invite", subject == c.subject { return true }
        if (r.caps ?? []).contains(c.id) { return true }
        return r.subtree.map { chain(c).contains($0) } ?? false
    }

    private func lifted(_ r: Symbol, _ c: Symbol) -> Bool {
        guard c.kind == "grant", (c.over ?? []).contains(r.id), let above = a(c), let level = a(r) else { return false }
        return above <= level
    }

    private func isLeaveStop(_ l: Symbol, _ c: Symbol) -> Bool {
        guard c.kind != "invite", let subject = c.subject, subject == ident(l), let level = a(l) else { return false }
        return (c.level ?? 0) >= level && !(c.kind == "grant" && (c.over ?? []).contains(l.id))
    }

    func stops(_ c: Symbol, _ s: String?, leaves: Bool = true) -> [Symbol] {
        entries.filter { r in
            switch r.kind {
            case "remove": target(r, c) && senior(r, c) && governs(r, c) && inside(s, r.scope) && !lifted(r, c) && issued(r)
            case "leave": leaves && isLeaveStop(r, c) && issued(r)
            default: false
            }
        }
    }

    private func vlimit(_ r: Symbol, _ c: Symbol) -> Int {
        let below = (c.level ?? 0) - 1
        return r.kind == "leave" ? below : min(below, max(r.vmax ?? 99, a(r) ?? 99))
    }

    private func vouchers(_ test: (Symbol) -> Bool) -> Bool {
        entries.contains { ($0.kind == "vouch" || $0.kind == "remove") && test($0) && issued($0) }
    }

    func cut(_ e: Symbol) -> Bool {
        guard e.kind != "admit", let auth = e.auth, let c = set[auth], isCapability(c) else { return false }
        let s = scope(e)
        if entries.contains(where: { $0.kind == "disavow" && senior($0, c) && inside(s, $0.scope) && inSuffix($0.frm, e) && issued($0) }) {
            return true
        }
        let found = stops(c, s, leaves: e.kind != "leave")
        let onlyLeaves = e.kind != "leave" && found.allSatisfy { $0.kind == "leave" }
        return found.contains { r in
            if vouchers({ (a($0) ?? 99) <= vlimit(r, c) && governs($0, c) && inside(s, $0.scope) && under($0.tips, e) }) { return false }
            let byLeave =
                onlyLeaves
                && entries.contains { l in
                    l.kind == "leave" && c.subject != nil && ident(l) == c.subject && a(l).map { $0 <= c.level ?? 0 } == true
                        && under((l.tips ?? []) + [l.id], e) && issued(l)
                }
            return !byLeave
        }
    }

    // MARK: Section 3: issued

    private var issuedMemory: [String: Bool] = [:]
    private var asking: [(level: Int, class: Int, id: String)] = []

    func issued(_ e: Symbol) -> Bool {
        if let known = issuedMemory[e.id] { return known }
        if e.isRootLog {
            let answer = rootChain.contains(e.id) && wf(e)
            issuedMemory[e.id] = answer
            return answer
        }
        guard wf(e), let level = a(e) else { return false }
        let order = (level: level, class: e.kind == "leave" ? 0 : 1, id: e.id)
        if let asker = asking.last, (order.level, order.class) >= (asker.level, asker.class) {
            faults.append("\(asker.id) asks about \(e.id), which is not before it")
            return false
        }
        asking.append(order)
        let answer = decideIssued(e)
        asking.removeLast()
        issuedMemory[e.id] = answer
        return answer
    }

    private func decideIssued(_ e: Symbol) -> Bool {
        guard let auth = e.auth, let c = set[auth], issued(c) else { return false }
        if e.kind == "admit" { return decideAdmitted(e, c) }
        return !annulled(e) && !cut(e) && (keyok(e) || rescued(e, c))
    }

    private func rescued(_ e: Symbol, _ c: Symbol) -> Bool {
        guard e.kind != "post", rank(e.key, ident(e)) != nil else { return false }
        return vouchers { (a($0) ?? 99) < c.level ?? 0 && governs($0, c) && inside(scope(e), $0.scope) && under($0.tips, e) }
    }

    private func annulled(_ x: Symbol) -> Bool {
        guard ["remove", "disavow", "leave"].contains(x.kind), let level = a(x) else { return false }
        return entries.contains { n in
            n.kind == "annul" && n.target == x.id && a(n).map { $0 < level } == true && inside(x.scope, n.scope) && issued(n)
        }
    }

    private func decideAdmitted(_ e: Symbol, _ i: Symbol) -> Bool {
        let isEnrolled = rank(e.key, ident(e)) != nil
        return (keyok(e) || (isEnrolled && sealed(e, i))) && !closed(e, i) && quota(e, i)
    }

    private func sealed(_ e: Symbol, _ i: Symbol) -> Bool {
        let level = i.level ?? 0
        if vouchers({ ($0.admits ?? []).contains(e.id) && (a($0) ?? 99) < level && governs($0, i) && inside(e.scope, $0.scope) }) {
            return true
        }
        guard i.auth != "ROOT", let inviter = ident(i) else { return false }
        return entries.contains { l in
            l.kind == "leave" && (l.admits ?? []).contains(e.id) && ident(l) == inviter && a(l).map { $0 < level } == true
                && inside(e.scope, l.scope) && issued(l)
        }
    }

    private func closed(_ e: Symbol, _ i: Symbol) -> Bool {
        let above = i.auth.flatMap { set[$0] }
        let isStopped = !stops(i, e.scope).isEmpty || above.map { !stops($0, i.scope).isEmpty } ?? false
        return isStopped && !sealed(e, i)
    }

    private func quota(_ e: Symbol, _ i: Symbol) -> Bool {
        let most = i.maxuses ?? 0
        if most == 0 || sealed(e, i) { return true }
        let live = entries.filter { x in
            x.kind == "admit" && x.auth == i.id && wf(x) && (keyok(x) || sealed(x, i)) && !closed(x, i)
        }
        return Set(live.compactMap(\.subject)).count <= most
    }

    // MARK: Section 8

    private(set) lazy var rootChain: [String] = {
        guard let genesis = entries.first(where: { $0.kind == "genesis" }) else { return [] }
        var chain = [genesis.id]
        var keys = Set(genesis.keys ?? [])
        var quorum = genesis.m ?? 0
        while true {
            func signers(_ e: Symbol, _ keys: Set<String>) -> Int { e.sig == false ? 0 : Set(e.signers ?? []).intersection(keys).count }
            let candidates = entries.filter { e in
                guard e.isRootLog, e.prev == chain.last, signers(e, keys) >= quorum else { return false }
                return e.kind != "root.update" || !wf(e) || signers(e, Set(e.keys ?? [])) >= e.m ?? 0
            }
            let most = candidates.map { signers($0, keys) }.max() ?? 0
            let best = candidates.filter { signers($0, keys) == most }
            if best.count > 1 { usedTieBreak = true }
            guard let next = best.min(by: { isSmaller($0.id, $1.id) }) else { return chain }
            chain.append(next.id)
            if next.kind == "root.update", wf(next) {
                keys = Set(next.keys ?? [])
                quorum = next.m ?? 0
            }
        }
    }()

    func active(_ c: Symbol) -> Bool { (c.kind == "grant" || c.kind == "admit") && issued(c) && stops(c, c.scope).isEmpty }

    var verdict: AuthorityWorld.Verdict {
        let kinds: Set<String> = ["grant", "invite", "admit", "remove", "vouch", "disavow", "annul", "leave", "post"]
        func names(_ test: (Symbol) -> Bool) -> [String] {
            entries.filter(test).map(\.id).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        return AuthorityWorld.Verdict(
            issued: names { kinds.contains($0.kind) && issued($0) }, active: names(active),
            keyops: names { ["key.add", "key.remove", "key.vouch", "key.recover"].contains($0.kind) && !$0.isRootLog && keyok($0) },
            root: names { rootChain.contains($0.id) })
    }
}
