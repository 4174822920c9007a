import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// What a removal is about to reach, found before anything is written.
struct RemovalPlan {
    /// A site falls with its people; a person, where that was asked for, with everybody whom the person let in.
    var takesSubtree = false
    /// The capabilities by which the subject stands and that the remover reaches.
    var roots: [CapabilityRecord] = []
    /// Standings that end, those of `roots` included, ascending by id.
    var ended: [CapabilityRecord] = []
    /// What it does not reach, each with the reason.
    var spared: [String] = []
    /// Open invitations by which the subject or its invitees came in, or that they issued.
    var invitations: [EntryID] = []
    /// Admissions that stay known as such, or what was written under them would go with them.
    var admissions: [EntryID] = []
    /// Last entries of every log of those who are reached.
    var tips: [EntryID] = []
    /// Who is removed, ascending.
    var identities: [IdentityID] = []
    /// People who sign on the removed site alone and have a standing from elsewhere: by it the site would stay in.
    var hosted: [IdentityID] = []
    /// Standings that are named one by one: those of a role that ends alone, and what the people of a removed site have from
    /// elsewhere.
    var named: [CapabilityRecord] = []
    /// People by whose standing the removed site stays in all the same.
    var staying: [IdentityID] = []
    /// One role ends, and the membership does not.
    var isPartial = false
    /// Everybody whom the subject let in or gave something to.
    var below: [CapabilityRecord] = []
}

extension Node {
    mutating func revoke(
        _ target: String, reason: String?, forCause: Bool, preview: Bool, subtree: Bool, part: StandingChoice?, by: String?, at now: Now,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let subject = try member(named: target, at: now.wall, store: store)
        let (signer, capability) = try remover(of: subject, by: by, at: now, store: store)
        try checkRoom(for: signer, in: .registry)
        let choice = try part.map { (part) throws(Stop) in
            (role: part.role, scope: try part.space.map { (name) throws(Stop) in try space(named: name, store: store) })
        }
        let plan = try storing { () throws(StoreFailure) in
            try self.plan(removing: subject, with: capability, subtree: subtree, part: choice, store: store)
        }
        guard !plan.roots.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "there is nothing left to revoke", why: plan.spared.first ?? "no standing of theirs is in force",
                    next: "entente members"))
        }
        do {
            var item = try revocationItem(plan, of: subject, forCause: forCause, at: now.wall, store: store)
            item.by = try authorItem(signer.identity, store: store)
            if preview { return .revoked(item) }
            let officer = Officer(signer: signer, capability: capability)
            item.id = try write(plan, removing: subject, forCause: forCause, by: officer, at: now, store: &store, effects: &effects)
                .description
            if let reason, !reason.isEmpty {
                try sayReason(reason, of: item, by: signer, at: now, using: &random, store: &store, effects: &effects)
            }
            return .revoked(item)
        } catch {
            throw .store(error)
        }
    }

    /// The registry carries no words about people: the reason is a post, in the space for all if this site holds it.
    private mutating func sayReason(
        _ reason: String, of item: RevocationItem, by signer: Signer, at now: Now, using random: inout some RandomNumberGenerator,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) {
        guard let homeSpace, ownAudience.mayHold(.content(homeSpace)), hasRoom(signer, in: .content(homeSpace)),
            let capability = capability(of: signer.identity, rights: .post, covering: homeSpace, at: now.wall, mostSenior: false)
        else { return }
        let names = item.reaches.map(\.name).joined(separator: ", ")
        let text = "\(names): \(reason)"
        guard text.utf8.count <= NodeLimits.textBytesMax else { return }
        try authorContent(
            .post(text: text, replyTo: nil), in: homeSpace, citing: capability.id, by: signer, at: now, using: &random, store: &store,
            effects: &effects)
    }

    // MARK: - Who

    /// The capability that reaches the subject: the acting member's, or the site's for its own people.
    private func remover(
        of subject: IdentityID, by: String?, at now: Now, store: some ReplicaStore
    ) throws(Stop) -> (Signer, CapabilityRecord) {
        let authority = replica.authority
        let standing = authority.capabilities(of: subject).filter { authority.isActive($0.id) }
        var signers = [try self.remover(named: by, store: store)]
        let name = signers[0].name
        // The site could end it too. But whoever names himself means to go, which is his own act and no removal; or errs.
        guard signers[0].identity != subject else {
            throw .refusal(
                Refusal(
                    .refused, what: "nobody revokes himself", why: "“\(name)” is who acts",
                    next: "entente leave, or as the site that let \(name) in: entente revoke NAME --as SITE"))
        }
        if by == nil, let siteSigner { signers.append(siteSigner) }
        for signer in signers where signer.identity != subject {
            if let capability = reaching(standing, of: signer, at: now.wall) { return (signer, capability) }
        }
        throw .refusal(
            Refusal(
                .refused, what: "\(name) may not revoke this member",
                why: standing.isEmpty
                    ? "no membership of theirs is in force"
                    : "that takes a standing of a smaller level that covers them; equals cannot remove each other",
                next: standing.isEmpty ? "entente members" : "ask an administrator, or act as another member with --as"))
    }

    /// Who removes: a member who signs here, or this site where it is named.
    private func remover(named by: String?, store: some ReplicaStore) throws(Stop) -> Signer {
        if let by, let siteSigner, !identity.members.contains(where: { Names.equal($0.name, by) }) {
            let name = try storing { () throws(StoreFailure) in try self.name(of: siteSigner.identity, store: store) }
            if Names.equal(name, by) { return siteSigner }
        }
        return try signer(by)
    }

    /// The most senior capability of a signer that reaches one of these, those of administrators first.
    func reaching(_ standing: [CapabilityRecord], of signer: Signer, at wall: Timestamp) -> CapabilityRecord? {
        for rights in [Rights.admin, .steward, .invite] {
            for capability in replica.authority.capabilities(of: signer.identity).sorted(by: { ($0.level, $0.id) < ($1.level, $1.id) })
            where capability.rights.isSuperset(of: rights) && replica.authority.isActive(capability.id)
                && capability.expiry.map({ wall <= $0 }) != false && standing.contains(where: { reaches(capability, $0) })
            { return capability }
        }
        return nil
    }

    /// True if acts under `senior` stop `junior`: a smaller level, a scope around it, and the right to govern it.
    func reaches(_ senior: CapabilityRecord, _ junior: CapabilityRecord) -> Bool {
        guard senior.level < junior.level, junior.scope.lies(in: senior.scope) else { return false }
        return !senior.rights.isDisjoint(with: [.admin, .steward]) || ancestors(of: junior).contains(senior.id)
    }

    /// A capability, the one that it came from, and so on up to root. Levels grow strictly, so there are at most 16.
    func ancestors(of capability: CapabilityRecord) -> [EntryID] {
        var out = [capability.id]
        var next = capability.parent
        while let id = next, out.count <= Int(EntryLimits.levelMax) + 1 {
            out.append(id)
            next = replica.authority.capability(id)?.parent
        }
        return out
    }

    // MARK: - What

    func plan(
        removing subject: IdentityID, with capability: CapabilityRecord, subtree: Bool,
        part: (role: StandingRole, scope: SpacePath?)? = nil, store: some ReplicaStore
    ) throws(StoreFailure) -> RemovalPlan {
        let authority = replica.authority
        var plan = RemovalPlan()
        plan.isPartial = part != nil
        plan.takesSubtree = !plan.isPartial && (subtree || authority.isSite(subject))
        for record in authority.capabilities(of: subject) where authority.isActive(record.id) {
            if let part, !isRole(record, part.role, in: part.scope) {
                plan.spared.append("\(try name(of: subject, store: store)) as \(try roleWords(record, store: store)): it is not named")
            } else if reaches(capability, record) {
                plan.roots.append(record)
            } else {
                plan.spared.append(try whySpared(record, from: capability, store: store))
            }
        }
        let roots = Set(plan.roots.map(\.id))
        let under = authority.allCapabilities.filter { record in
            !roots.contains(record.id) && authority.isIssued(record.id) && ancestors(of: record).contains { roots.contains($0) }
        }
        plan.below = under.filter { $0.subject != nil && $0.subject != subject && authority.isActive($0.id) }
        let fallen = plan.takesSubtree ? under.filter { reaches(capability, $0) } : []
        plan.ended = (plan.roots + fallen.filter { authority.isActive($0.id) }).sorted { $0.id < $1.id }
        if !plan.isPartial, authority.isSite(subject) { try addHosted(by: subject, to: &plan, with: capability, store: store) }
        plan.identities = Set(plan.ended.compactMap(\.subject)).sorted()
        if plan.takesSubtree {
            for record in plan.below where !reaches(capability, record) {
                plan.spared.append(try whySpared(record, from: capability, store: store))
            }
        }
        // Who falls with others may have a standing from elsewhere, and keeps it.
        let ending = Set(plan.ended.map(\.id))
        for identity in plan.identities where identity != subject && !plan.hosted.contains(identity) {
            for record in authority.capabilities(of: identity)
            where authority.isActive(record.id) && !ending.contains(record.id) && !plan.below.contains(where: { $0.id == record.id }) {
                plan.spared.append(try whySpared(record, from: capability, store: store))
            }
        }
        if plan.isPartial { plan.named += plan.roots }
        plan.invitations = closable(plan, under: under, with: capability)
        try addKept(to: &plan, subject: subject, fallen: fallen, under: under, with: capability, store: store)
        return plan
    }

    /// What the removal has to name so that nothing that counts now is lost: it stops standings that are over already too, and
    /// what was written under them counts by what kept it then, which a further removal need not heed.
    private func addKept(
        to plan: inout RemovalPlan, subject: IdentityID, fallen: [CapabilityRecord], under: [CapabilityRecord],
        with capability: CapabilityRecord, store: some ReplicaStore
    ) throws(StoreFailure) {
        let authority = replica.authority
        let own = (plan.isPartial ? [] : authority.capabilities(of: subject)).filter {
            authority.isIssued($0.id) && reaches(capability, $0)
        }
        let struck = plan.roots + fallen + own + plan.named
        let holders = Set(struck.compactMap(\.subject))
        // Who stays has to stay admitted; of who falls what was written has to stay.
        let hanging = struck.filter { $0.kind == .admit }.map(\.id) + Set(struck.map(\.id)).flatMap { self.admissions(under: $0) }
        let admissions = Set(
            hanging + under.filter { plan.takesSubtree && $0.kind == .admit }.map(\.id)
                + plan.invitations.flatMap { authority.admissions(by: $0) })
        // A seal by somebody who falls may fall.
        plan.admissions = admissions.filter { id in
            authority.isIssued(id)
                && !(authority.facts(of: id)?.sealedBy ?? []).contains { seal in
                    authority.act(seal).map { act in act.author.map { !holders.contains($0) } ?? true } ?? false
                }
        }.sorted()
        for identity in holders.union(plan.identities).sorted() { plan.tips += try tips(of: identity, store: store).map(\.id) }
    }

    /// Whoever signs on a site lets it in: so the people of a removed site go with it, by whatever standing they are in.
    private func addHosted(
        by site: IdentityID, to plan: inout RemovalPlan, with capability: CapabilityRecord, store: some ReplicaStore
    ) throws(StoreFailure) {
        let authority = replica.authority
        let nodes = Set(authority.enrolments(of: site).map(\.device))
        let ending = Set(plan.ended.map(\.id))
        for person in Set(nodes.flatMap { replica.directory.identities(hostedBy: $0) }).sorted() {
            let kept = authority.capabilities(of: person).filter { authority.isActive($0.id) && !ending.contains($0.id) }
            guard !kept.isEmpty else { continue }
            let signsElsewhere = authority.enrolments(of: person).contains { key in
                key.isInForce && key.host.map { !nodes.contains($0) } ?? false
            }
            // Nobody revokes himself.
            let reached = signsElsewhere || person == capability.subject ? [] : kept.filter { reaches(capability, $0) }
            if !reached.isEmpty { plan.hosted.append(person) }
            plan.named += reached
            plan.ended += reached
            if reached.count < kept.count { plan.staying.append(person) }
            for record in kept where !reached.contains(record) {
                let words = "\(try name(of: person, store: store)) as \(try roleWords(record, store: store))"
                plan.spared.append(
                    signsElsewhere
                        ? "\(words): signs on another site too, where the device of this site can be removed"
                        : try whySpared(record, from: capability, store: store))
            }
        }
        plan.ended.sort { $0.id < $1.id }
    }

    /// True for a standing of that role, in that place if one is named.
    private func isRole(_ record: CapabilityRecord, _ role: StandingRole, in scope: SpacePath?) -> Bool {
        guard scope == nil || record.scope == scope else { return false }
        let isSite = record.subject.map { replica.authority.isSite($0) } ?? false
        let title = roleTitle(level: record.level, rights: record.rights, scope: record.scope, isSite: isSite)
        if role == .guest { return record.level == 9 }
        return title == (role == .securityOfficer ? "security officer" : role.rawValue)
    }

    /// Invitations that would let the removed back in: those by which they came, and those that they issued.
    private func closable(_ plan: RemovalPlan, under: [CapabilityRecord], with capability: CapabilityRecord) -> [EntryID] {
        let authority = replica.authority
        let came = plan.ended.filter { $0.kind == .admit }.compactMap(\.parent)
        let issued = under.filter { $0.kind == .invite }.map(\.id)
        return Set(came + issued).filter { id in
            guard let record = authority.capability(id), reaches(capability, record) else { return false }
            if case .closed = authority.invitationState(id) { return false }
            return authority.isIssued(id)
        }.sorted()
    }

    private func whySpared(_ record: CapabilityRecord, from remover: CapabilityRecord, store: some ReplicaStore) throws(StoreFailure)
        -> String
    {
        let holder = try record.subject.map { (subject) throws(StoreFailure) in try name(of: subject, store: store) } ?? "somebody"
        let what = "\(holder) as \(try roleWords(record, store: store))"
        if record.level <= remover.level { return "\(what): level \(record.level) is not below level \(remover.level), by which you act" }
        if !record.scope.lies(in: remover.scope) { return "\(what): that is not inside \(try scopeWords(remover.scope, store: store))" }
        return "\(what): it does not come from what you gave"
    }

    func revocationItem(
        _ plan: RemovalPlan, of subject: IdentityID, forCause: Bool, at wall: Timestamp, store: some ReplicaStore
    ) throws(StoreFailure) -> RevocationItem {
        let kept = try keptBySpace(of: plan.identities, store: store)
        var item = RevocationItem(
            id: "", reaches: [], spares: plan.spared, kept: kept.reduce(0) { $0 + $1.entries },
            invitations: plan.invitations.map(\.description), forCause: forCause, ends: [], keptBySpace: kept, letIn: [], by: nil,
            warnings: try warnings(about: plan, store: store),
            closes: try invitationItems(plan.invitations, at: wall, store: store))
        let ending = Set(plan.ended.map(\.id))
        for identity in [subject] + plan.identities.filter({ $0 != subject }) where plan.identities.contains(identity) {
            // Whoever keeps a standing is not out: `spares` says by which.
            let remaining = replica.authority.capabilities(of: identity).contains { $0.isActive && !ending.contains($0.id) }
            if !remaining { item.reaches.append(try authorItem(identity, store: store)) }
        }
        for record in plan.ended {
            let holder = try record.subject.map { (subject) throws(StoreFailure) in try name(of: subject, store: store) } ?? "somebody"
            item.ends.append("\(holder): \(try roleWords(record, store: store))")
        }
        for record in plan.below {
            guard let member = try authorItem(ofAny: record.subject, store: store) else { continue }
            item.letIn.append(LetInItem(member: member, role: try roleWords(record, store: store), stays: !ending.contains(record.id)))
        }
        return item
    }

    private func warnings(about plan: RemovalPlan, store: some ReplicaStore) throws(StoreFailure) -> [String] {
        var warnings: [String] = []
        if let ownSite, plan.identities.contains(ownSite) {
            warnings.append(
                "\(try name(of: ownSite, store: store)) is the site of this node: from then on no other site talks to it, "
                    + "and whoever signs here has to act from another site")
        }
        let sites = plan.identities.filter { replica.authority.isSite($0) }
        if sites.count > 1 {
            var names: [String] = []
            for site in sites { names.append(try name(of: site, store: store)) }
            warnings.append("\(sites.count) sites fall, with their people: \(names.joined(separator: ", "))")
        }
        if plan.isPartial, plan.roots.contains(where: { $0.subject.map(replica.authority.isSite) == true }), !plan.below.isEmpty {
            warnings.append(
                "\(plan.below.count) standings that came through the site stay, and the site stays connected through who signs there: "
                    + "without --role it falls with its people")
        }
        for person in plan.staying {
            warnings.append("the site stays connected as long as \(try name(of: person, store: store)), who signs there, has a standing")
        }
        let ending = Set(plan.ended.map(\.id))
        let staying = replica.authority.allCapabilities.contains {
            $0.isActive && $0.rights.contains(.admin) && $0.scope.isNetwork && !ending.contains($0.id)
        }
        if !staying { warnings.append("nobody is left who administers the whole network: then only the root keys can name somebody") }
        return warnings
    }

    // MARK: - How

    /// What each removal names: a subtree and its holder, so that nobody junior gives the holder anything anew, or a person.
    func removalTargets(_ plan: RemovalPlan, subject: IdentityID) -> [(subtree: EntryID?, subject: IdentityID?)] {
        plan.takesSubtree ? plan.roots.map { ($0.id, subject) } : [(nil, plan.isPartial ? nil : subject)]
    }

    /// A removal for each capability whose subtree falls, or one for a person. The lists go with the first one.
    private mutating func write(
        _ plan: RemovalPlan, removing subject: IdentityID, forCause: Bool, by officer: Officer, at now: Now,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID {
        var last: EntryID?
        var closing = Closing(tips: plan.tips, admits: plan.admissions)
        var invitations = (plan.named.map(\.id) + plan.invitations)[...]
        for target in removalTargets(plan, subject: subject) {
            closing.capabilities = Array(invitations.prefix(Automatic.batchMax / 2))
            invitations = invitations.dropFirst(closing.capabilities.count)
            last = try writeRemoval(closing, by: officer, at: now, store: &store, effects: &effects) { act in
                act.subtree = target.subtree
                act.subject = target.subject
                if forCause { act.vouchLevelMax = officer.capability.level }
            }.id
            closing = Closing()
        }
        while !invitations.isEmpty {
            let rest = Closing(capabilities: Array(invitations.prefix(Automatic.batchMax)))
            invitations = invitations.dropFirst(rest.capabilities.count)
            try writeRemoval(rest, by: officer, at: now, store: &store, effects: &effects) { act in
                if forCause { act.vouchLevelMax = officer.capability.level }
            }
        }
        guard let last else { preconditionFailure("a plan that reaches somebody has a root") }
        return last
    }
}
