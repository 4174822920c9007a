import EntenteCodec
import EntenteModel
import EntenteReplica

/// Level, rights and places that a role gives, each under a capability that may give it.
struct Conferral {
    let level: UInt8
    let rights: Rights
    let places: [(scope: SpacePath, giver: CapabilityRecord)]
    let expiry: Timestamp?
}

extension Node {
    // MARK: - Grant

    mutating func grant(
        _ request: GrantRequest, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let subject = try member(named: request.member, at: now.wall, store: store)
        let signer = try registrar(request.by)
        let conferral = try conferral(request, to: subject, by: signer, at: now, store: store)
        for place in conferral.places {
            let against = stops(against: subject, level: conferral.level, at: place.scope, liftedBy: nil, givenUnder: place.giver.id)
            guard against.isEmpty else {
                throw .refusal(
                    Refusal(
                        .refused, what: "“\(request.member)” was removed, so a new standing would not count",
                        why: try whoRemoved(against, store: store),
                        next: "lift what you may lift: entente readmit MEMBER --role \(request.role.rawValue)"))
            }
        }
        do throws(StoreFailure) {
            let item = try grantedItem(conferral, to: subject, store: store)
            return .granted(try write(conferral, over: [], item, to: subject, by: signer, at: now, store: &store, effects: &effects))
        } catch { throw .store(error) }
    }

    private func whoRemoved(_ stops: [EntryID], store: some ReplicaStore) throws(Stop) -> String {
        let items = try storing { () throws(StoreFailure) in try actItems(stops, store: store) }
        return items.map { "\($0.by?.name ?? "root") \($0.words) on \($0.time.prefix(10))" }.joined(separator: "; ")
    }

    /// The most senior capability of a signer that may grant in a place; every one of `request` has to have one.
    ///
    /// - Parameter isEndAsked: False where nobody said the end: then one that the giver cannot give comes sooner.
    private func conferral(
        _ request: GrantRequest, to subject: IdentityID, by signer: Signer, isEndAsked: Bool = true, at now: Now, store: some ReplicaStore
    ) throws(Stop) -> Conferral {
        let next = "entente grant MEMBER --role \(request.role.rawValue) …"
        let scopes = try scopes(of: request, subject: subject, store: store, next: next)
        var places: [(SpacePath, CapabilityRecord)] = []
        for scope in scopes {
            guard let giver = capability(of: signer.identity, rights: .admin, covering: scope, at: now.wall) else {
                throw .refusal(
                    Refusal(
                        .refused, what: "\(signer.name) may not grant this",
                        why: "that takes an administrator of \(try words(for: scope, store: store))",
                        next: "ask an administrator, or act as another member with --as"))
            }
            places.append((scope, giver))
        }
        guard let junior = places.map(\.1.level).max() else { preconditionFailure("there is at least one place") }
        let (level, rights) = try levelAndRights(request, above: junior, next: next)
        for (_, giver) in places where !giver.rights.isSuperset(of: rights) || giver.level >= level {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not give the role \(request.role.rawValue) of level \(level)",
                    why:
                        "one gives less than one has: yours is level \(giver.level) with \(Self.words(for: giver.rights).joined(separator: ", "))",
                    next: "ask somebody more senior"))
        }
        if let until = request.until, until <= now.wall {
            throw .refusal(Refusal(.usage, what: "the end is past", why: "--until was \(until.iso8601)", next: next))
        }
        let ends = places.compactMap(\.1.expiry)
        if let end = ends.min(), let until = request.until, until > end {
            guard isEndAsked else { return Conferral(level: level, rights: rights, places: places, expiry: end) }
            throw .refusal(
                Refusal(
                    .refused, what: "it would outlast the standing that gives it", why: "yours ends on \(end.iso8601)",
                    next: "choose an earlier --until"))
        }
        return Conferral(level: level, rights: rights, places: places, expiry: request.until ?? ends.min())
    }

    private func words(for scope: SpacePath, store: some ReplicaStore) throws(Stop) -> String {
        try storing { () throws(StoreFailure) in try scopeWords(scope, store: store) }
    }

    private func scopes(
        of request: GrantRequest, subject: IdentityID, store: some ReplicaStore, next: String
    ) throws(Stop) -> [SpacePath] {
        let isSiteRole = request.role == .site || request.role == .partner
        guard isSiteRole == replica.authority.isSite(subject) else {
            throw .refusal(
                Refusal(
                    .refused, what: "“\(request.member)” cannot have the role \(request.role.rawValue)",
                    why: isSiteRole ? "that is a site's, and this is a person" : "that is a person's, and this is a site",
                    next: "entente members"))
        }
        var scopes: [SpacePath] = []
        for name in request.spaces {
            let path = try space(named: name, store: store)
            if !scopes.contains(path) { scopes.append(path) }
        }
        guard scopes.isEmpty else { return scopes }
        switch request.role {
        case .steward, .partner, .guest:
            throw .refusal(
                Refusal(
                    .usage, what: "a \(request.role.rawValue) has a space", why: "without --space it would be the whole network", next: next
                ))
        case .administrator, .member, .site, .securityOfficer: return [.network]
        }
    }

    private func levelAndRights(_ request: GrantRequest, above giver: UInt8, next: String) throws(Stop) -> (UInt8, Rights) {
        func refuse(_ what: String, _ why: String) -> Stop { .refusal(Refusal(.usage, what: what, why: why, next: next)) }
        guard request.level == nil || request.role == .administrator else {
            throw refuse("--level is an administrator's", "every other role has one level")
        }
        guard request.readOnly != true || request.role == .guest else {
            throw refuse("--read-only is a guest's", "a \(request.role.rawValue) may write")
        }
        switch request.role {
        case .administrator:
            let level = request.level ?? max(2, giver + 1)
            guard (2...3).contains(level) else {
                if request.level != nil { throw refuse("an administrator's level is 2 or 3", "--level was \(level)") }
                throw .refusal(
                    Refusal(
                        .refused, what: "you may not make administrators",
                        why: "an administrator's level is 2 or 3, below your own, which is \(giver)",
                        next: "ask an administrator of a smaller level"))
            }
            return (level, .administrator)
        case .securityOfficer:
            throw .refusal(
                Refusal(
                    .refused, what: "a security officer is made by the root keys",
                    why: "nobody below root holds the right to disavow and to pass it on",
                    next: "entente root propose grant MEMBER --role security-officer --out FILE"))
        case .steward: return (6, [.steward, .invite, .post])
        case .site, .partner: return (5, .site)
        case .member: return (8, .post)
        case .guest: return (9, request.readOnly == true ? [] : .post)
        }
    }

    static func words(for rights: Rights) -> [String] {
        [(Rights.admin, "admin"), (.steward, "steward"), (.invite, "invite"), (.post, "post"), (.disavow, "disavow")]
            .filter { rights.contains($0.0) }.map(\.1)
    }

    /// The grants, one a place; `over` has what each lifts, in their order, or is empty.
    private mutating func write(
        _ conferral: Conferral, over: [[EntryID]], _ item: GrantedItem, to subject: IdentityID, by signer: Signer, at now: Now,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> GrantedItem {
        var item = item
        for (index, place) in conferral.places.enumerated() {
            let act = Self.grantAct(conferral, over: over.isEmpty ? [] : over[index], to: subject, in: place.scope)
            let entry = try authorAct(act, citing: place.giver.id, by: signer, at: now, store: &store, effects: &effects)
            item.ids.append(entry.id.description)
        }
        return item
    }

    static func grantAct(_ conferral: Conferral, over: [EntryID], to subject: IdentityID, in scope: SpacePath) -> RegistryAct {
        var act = RegistryAct(kind: .grant)
        act.scope = scope
        act.subject = subject
        act.level = conferral.level
        act.rights = conferral.rights
        act.expiry = conferral.expiry
        act.over = over.sorted()
        return act
    }

    private func grantedItem(_ conferral: Conferral, to subject: IdentityID, store: some ReplicaStore) throws(StoreFailure) -> GrantedItem {
        var spaces: [String] = []
        for place in conferral.places where !place.scope.isNetwork { spaces.append(try spaceLabel(place.scope, store: store)) }
        return GrantedItem(
            member: try authorItem(subject, store: store),
            role: roleTitle(
                level: conferral.level, rights: conferral.rights, scope: conferral.places.first?.scope ?? .network,
                isSite: replica.authority.isSite(subject)),
            spaces: spaces, until: conferral.expiry?.iso8601, ids: [], overrides: [], remaining: [], unlisted: 0, stillOut: [])
    }

    // MARK: - Readmit

    /// Removals and leaves in force that would stop a new standing: of that level, in that place, given under that
    /// capability. With `liftedBy`, those that a giver of that level may not lift; with `orInside`, also those that would
    /// stop it in a part of that place.
    func stops(
        against subject: IdentityID, level: UInt8, at scope: SpacePath, liftedBy giver: UInt8?, givenUnder capability: EntryID?,
        orInside: Bool = false
    ) -> [EntryID] {
        let authority = replica.authority
        let removals = authority.removals(ofSubject: subject).filter { id in
            guard let acting = authority.actingLevel(of: id), acting < level, let act = authority.act(id),
                scope.lies(in: act.scope) || orInside && act.scope.lies(in: scope)
            else { return false }
            // A site's removal of its own people reaches what the site gave, and nothing else.
            guard capability.map({ authority.governs(id, givenUnder: $0) }) ?? authority.governsAll(id) else { return false }
            return giver.map { acting < $0 } ?? true
        }
        guard giver == nil else { return removals }
        return removals + authority.leaves(of: subject).filter { authority.actingLevel(of: $0).map { $0 <= level } ?? false }
    }

    mutating func readmit(
        _ request: ReadmitRequest, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let subject = try member(named: request.member, at: now.wall, store: store)
        let signer = try registrar(request.by)
        guard signer.identity != subject else {
            throw .refusal(
                Refusal(.refused, what: "nobody readmits himself", why: "it takes somebody else's standing", next: "ask an administrator"))
        }
        let conferral = try conferral(
            readmission(request, of: subject, at: now.wall, store: store), to: subject, by: signer, isEndAsked: request.until != nil,
            at: now, store: store)
        guard let giver = conferral.places.map(\.giver.level).max() else { preconditionFailure("there is at least one place") }
        let authority = replica.authority
        let known = authority.removals(ofSubject: subject) + authority.leaves(of: subject)
        let barred = conferral.places.flatMap {
            stops(against: subject, level: conferral.level, at: $0.scope, liftedBy: giver, givenUnder: $0.giver.id)
        }
        guard barred.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not readmit “\(request.member)”",
                    why: "only the level that removed somebody, or one above, takes them back; "
                        + (try whoRemoved(Set(barred).sorted(), store: store)),
                    next: "ask whoever did it, or somebody more senior: entente annul ID"))
        }
        let isLeave = Set(authority.leaves(of: subject))
        let liftable = known.filter { id in isLeave.contains(id) || authority.actingLevel(of: id).map { giver <= $0 } ?? false }
        let over = try conferral.places.map { (place) throws(Stop) in
            try lifted(liftable, for: subject, level: conferral.level, at: place.scope, givenUnder: place.giver.id)
        }
        let listed = Set(over.joined())
        do throws(StoreFailure) {
            var item = try grantedItem(conferral, to: subject, store: store)
            item.overrides = try actItems(listed, store: store)
            item.remaining = try actItems(known.filter { !liftable.contains($0) }, store: store)
            item.unlisted = liftable.count { !listed.contains($0) }
            item.stillOut = try stillOut(by: listed, besides: subject, store: store)
            if request.preview { return .granted(item) }
            return .granted(try write(conferral, over: over, item, to: subject, by: signer, at: now, store: &store, effects: &effects))
        } catch { throw .store(error) }
    }

    /// What a grant lifts: all that would stop it, and of the rest the newest, as far as a grant has room for their names.
    func lifted(
        _ liftable: [EntryID], for subject: IdentityID, level: UInt8, at scope: SpacePath, givenUnder giver: EntryID?
    ) throws(Stop) -> [EntryID] {
        let needed = stops(against: subject, level: level, at: scope, liftedBy: nil, givenUnder: giver, orInside: true)
            .filter { liftable.contains($0) }
        guard needed.count <= Automatic.batchMax else {
            throw .refusal(
                Refusal(
                    .refused, what: "more removals keep this member out than one grant can lift",
                    why: "there are \(needed.count), and a grant names at most \(Automatic.batchMax)",
                    next: "take some of them back first: entente annul ID, with ids from: entente member show NAME --history"))
        }
        let rest = Set(liftable).subtracting(needed).compactMap { replica.authority.act($0) }
            .sorted { ($1.timestamp, $1.id) < ($0.timestamp, $0.id) }.map(\.id)
        return needed + rest.prefix(Automatic.batchMax - needed.count)
    }

    /// Whoever is out and was in by what these removals stop: a grant lifts them for its own member alone.
    private func stillOut(by removals: Set<EntryID>, besides subject: IdentityID, store: some ReplicaStore) throws(StoreFailure)
        -> [AuthorItem]
    {
        let authority = replica.authority
        let stopped = authority.allCapabilities.filter { record in
            record.isIssued && record.subject != subject
                && !authority.stops(record.id, at: record.scope).allSatisfy { !removals.contains($0) }
        }
        var items: [AuthorItem] = []
        for identity in Set(stopped.compactMap(\.subject)).sorted()
        where !authority.capabilities(of: identity).contains(where: \.isActive) {
            items.append(try authorItem(identity, store: store))
        }
        return items
    }

    /// What a readmission gives where it is not said: the standing that the member had last.
    private func readmission(
        _ request: ReadmitRequest, of subject: IdentityID, at wall: Timestamp, store: some ReplicaStore
    ) throws(Stop) -> GrantRequest {
        var grant = GrantRequest(
            member: request.member, role: request.role ?? .member, level: nil, spaces: request.spaces, until: request.until, by: request.by)
        let authority = replica.authority
        let former = authority.capabilities(of: subject).filter { authority.isIssued($0.id) && !isAutomatic($0) }
        // Nobody comes back for longer than he was in for unless that is said.
        if grant.until == nil, let end = former.compactMap(\.expiry).max(), !former.contains(where: { $0.expiry == nil }) {
            guard end > wall else {
                throw .refusal(
                    Refusal(
                        .usage, what: "say until when “\(request.member)” is to be in",
                        why: "the membership that they had ended on \(end.iso8601.prefix(10))",
                        next: "entente readmit MEMBER --until YYYY-MM-DD"))
            }
            grant.until = end
        }
        if request.role != nil { return grant }
        // Back to what everybody of that kind has: a higher standing is given by name.
        guard let last = former.max(by: { ($0.level, $0.timestamp, $0.id) < ($1.level, $1.timestamp, $1.id) }) else { return grant }
        let isSite = authority.isSite(subject)
        grant.role = isSite ? (last.scope.isNetwork ? .site : .partner) : last.level == 9 ? .guest : .member
        if grant.role == .guest, !last.rights.contains(.post) { grant.readOnly = true }
        if grant.spaces.isEmpty {
            let scopes = Set(former.filter { $0.level == last.level }.map(\.scope)).sorted()
            grant.spaces = scopes.contains(.network) ? [] : scopes.map(\.description)
        }
        return grant
    }
}
