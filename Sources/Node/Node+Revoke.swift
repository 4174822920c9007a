import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// What a removal is about to reach, found before anything is written.
private struct RemovalPlan {
    /// The capabilities whose subtree is removed; for a person, those by which the person stands.
    var roots: [CapabilityRecord] = []
    /// Everything below them, themselves included, ascending by id.
    var reached: [CapabilityRecord] = []
    var spared: [String] = []
    /// Invitations by which the subject or its invitees came in.
    var invitations: [EntryID] = []
    /// Admissions that stay known as such, or what was written under them would go with them.
    var admissions: [EntryID] = []
    /// Last entries of every log of those who are reached.
    var tips: [EntryID] = []
    var identities: [IdentityID] = []
    var kept = 0
}

extension Node {
    mutating func revoke(
        _ target: String, reason: String?, forCause: Bool, preview: Bool, by: String?, at now: Now,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let subject = try member(named: target, at: now.wall, store: store)
        let (signer, capability) = try remover(of: subject, by: by, at: now)
        let plan = try storing { () throws(StoreFailure) in try self.plan(removing: subject, with: capability, store: store) }
        guard !plan.reached.isEmpty else {
            throw .refusal(
                Refusal(
                    .refused, what: "there is nothing left to revoke", why: plan.spared.first ?? "no capability of theirs is in force",
                    next: "entente members"))
        }
        do {
            var item = RevocationItem(
                id: "", reaches: [], spares: plan.spared, kept: plan.kept, invitations: plan.invitations.map(\.description),
                forCause: forCause)
            for identity in plan.identities {
                item.reaches.append(AuthorItem(id: identity.description, name: try name(of: identity, store: store)))
            }
            if preview { return .revoked(item) }
            item.id = try write(
                plan, removing: subject, forCause: forCause, citing: capability, by: signer, at: now, store: &store, effects: &effects
            ).description
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
        guard let homeSpace, ownAudience.mayHold(.content(homeSpace)),
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

    /// A member by name or id, or the beginning of an id.
    private func member(named text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> IdentityID {
        let items = try storing { () throws(StoreFailure) in try memberItems(at: wall, store: store) }
        let matches = items.filter {
            $0.id == text || Names.equal($0.name, text) || text.utf8.count >= 8 && $0.id.hasPrefix(text.lowercased())
        }
        guard matches.count <= 1 else {
            let list = matches.map { "\($0.name) (\($0.kind), \($0.id.prefix(8)))" }.joined(separator: ", ")
            throw .refusal(
                Refusal(.refused, what: "“\(text)” is not one member alone", why: "there are \(list)", next: "entente revoke with the id"))
        }
        guard let match = matches.first, let identity = IdentityID(hex: match.id) else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no member “\(text)”", why: "no one of that name or id has ever been let in",
                    next: "entente members"))
        }
        return identity
    }

    /// The capability that reaches the subject: the acting member's, or the site's for its own people.
    private func remover(of subject: IdentityID, by: String?, at now: Now) throws(Stop) -> (Signer, CapabilityRecord) {
        let authority = replica.authority
        let standing = authority.capabilities(of: subject).filter { authority.isActive($0.id) }
        var signers = [try signer(by)]
        if by == nil, let siteSigner { signers.append(siteSigner) }
        for signer in signers where signer.identity != subject {
            for rights in [Rights.admin, .steward, .invite] {
                for capability in authority.capabilities(of: signer.identity).sorted(by: { ($0.level, $0.id) < ($1.level, $1.id) })
                where capability.rights.isSuperset(of: rights) && authority.isActive(capability.id)
                    && capability.expiry.map({ now.wall <= $0 }) != false
                    && standing.contains(where: { reaches(capability, $0) })
                { return (signer, capability) }
            }
        }
        let name = signers[0].name
        throw .refusal(
            Refusal(
                .refused, what: "\(name) may not revoke this member",
                why: standing.isEmpty
                    ? "no membership of theirs is in force"
                    : "that takes a capability of a smaller level that covers them; equals cannot remove each other",
                next: standing.isEmpty ? "entente members" : "ask an administrator, or act as another member with --as"))
    }

    /// True if acts under `senior` stop `junior`: a smaller level, a scope around it, and the right to govern it.
    private func reaches(_ senior: CapabilityRecord, _ junior: CapabilityRecord) -> Bool {
        guard senior.level < junior.level, junior.scope.lies(in: senior.scope) else { return false }
        return !senior.rights.isDisjoint(with: [.admin, .steward]) || ancestors(of: junior).contains(senior.id)
    }

    /// A capability, the one that it came from, and so on up to root. Levels grow strictly, so there are at most 16.
    private func ancestors(of capability: CapabilityRecord) -> [EntryID] {
        var out = [capability.id]
        var next = capability.parent
        while let id = next, out.count <= Int(EntryLimits.levelMax) + 1 {
            out.append(id)
            next = replica.authority.capability(id)?.parent
        }
        return out
    }

    // MARK: - What

    private func plan(
        removing subject: IdentityID, with capability: CapabilityRecord, store: some ReplicaStore
    ) throws(StoreFailure) -> RemovalPlan {
        let authority = replica.authority
        var plan = RemovalPlan()
        for record in authority.capabilities(of: subject) where authority.isIssued(record.id) {
            if reaches(capability, record) {
                if authority.isActive(record.id) { plan.roots.append(record) }
            } else if authority.isActive(record.id) {
                plan.spared.append(
                    "the \(roleName(of: record, identity: subject)) capability of level \(record.level): it is not below level \(capability.level)"
                )
            }
        }
        let roots = Set(plan.roots.map(\.id))
        plan.reached = authority.allCapabilities.filter { record in
            ancestors(of: record).contains { roots.contains($0) } && reaches(capability, record)
        }
        // A site's people fall with it; whom a person had granted or invited stays, unless named.
        let isSite = replica.directory.host(of: subject) == nil
        let stopped = plan.reached.filter { isSite || $0.subject == subject }
        plan.identities = Set(stopped.compactMap { authority.isActive($0.id) ? $0.subject : nil }).sorted()
        var invitations: Set<EntryID> = []
        for record in stopped {
            if record.kind == .invite { invitations.insert(record.id) }
            if record.kind == .admit, let invitation = record.parent, authority.isIssued(invitation) { invitations.insert(invitation) }
        }
        if !isSite { plan.spared += spared(of: subject, plan.reached) }
        plan.reached = stopped
        let closable = invitations.filter { id in authority.capability(id).map { reaches(capability, $0) } ?? false }
        plan.invitations = closable.sorted()
        plan.admissions = closable.flatMap { authority.admissions(by: $0) }.sorted()
        for identity in plan.identities {
            for log in replica.logs(of: identity) {
                plan.tips += log.heads.map(\.id)
                if log.key.space != .registry { plan.kept += log.heads.reduce(0) { $0 + Int(clamping: $1.sequence) + 1 } }
            }
        }
        plan.tips = Set(plan.tips).sorted()
        return plan
    }

    private func spared(of subject: IdentityID, _ reached: [CapabilityRecord]) -> [String] {
        let others = Set(reached.compactMap { $0.subject }).subtracting([subject])
        return others.isEmpty
            ? [] : ["\(others.count) others whom this member let in or granted to: they stay; revoke them by their own ids"]
    }

    // MARK: - How

    /// Long lists are split: vouches first in the log, the removal last, which then has the whole effect at once.
    private mutating func write(
        _ plan: RemovalPlan, removing subject: IdentityID, forCause: Bool, citing capability: CapabilityRecord, by signer: Signer,
        at now: Now,
        store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(StoreFailure) -> EntryID {
        let share = 40
        var tips = plan.tips[...]
        var admissions = plan.admissions[...]
        let mayVouch = !capability.rights.isDisjoint(with: [.admin, .steward])
        while mayVouch, tips.count > share || admissions.count > share {
            var vouch = RegistryAct(kind: .vouch)
            vouch.scope = capability.scope
            vouch.tips = Array(tips.prefix(share))
            vouch.admits = Array(admissions.prefix(share))
            tips = tips.dropFirst(share)
            admissions = admissions.dropFirst(share)
            try authorAct(vouch, citing: capability.id, by: signer, at: now, store: &store, effects: &effects)
        }
        var last: EntryID?
        let isSite = replica.directory.host(of: subject) == nil
        // A site may stand by several capabilities, one a space: each is the root of its own subtree.
        let subtrees: [EntryID?] = isSite ? plan.roots.map(\.id) : [nil]
        for (index, subtree) in subtrees.enumerated() {
            var act = RegistryAct(kind: .remove)
            act.scope = capability.scope
            if let subtree { act.subtree = subtree } else { act.subject = subject }
            act.tips = Array(tips.prefix(share))
            act.admits = Array(admissions.prefix(share))
            if index == 0 { act.capabilities = Array(plan.invitations.prefix(share / 2)) }
            if forCause { act.vouchLevelMax = capability.level }
            last = try authorAct(act, citing: capability.id, by: signer, at: now, store: &store, effects: &effects).id
        }
        guard let last else { preconditionFailure("a plan that reaches somebody has a root") }
        return last
    }
}
