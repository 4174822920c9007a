import EntenteCodec
import EntenteModel

/// The stops of one capability at one scope, as far as a cut asks about them.
///
/// Of several stops the one with the smallest limit decides: whoever answers it answers the others.
struct StopSummary {
    /// The largest level whose vouches answer all stops.
    var limit: UInt8 = .max
    var isStopped = false
    /// No removal among them.
    var onlyLeaves = true
}

extension Authority {
    /// `c, c.auth, c.auth's auth, …` without root. A chain that is well-formed has at most 16 links, since levels grow
    /// along it; of another one the rest does not matter.
    func chainContains(_ wanted: Ref, from capability: Ref) -> Bool {
        if wanted < 0 { return false }
        var next = capability
        for _ in 0..<EvaluationQueue.levelCount {
            guard next >= 0 else { return false }
            if next == wanted { return true }
            next = table.acts[Int(next)].auth
        }
        return false
    }

    /// `governs(v, c)`.
    func governs(_ act: Act, _ capability: Ref) -> Bool { act.governsAll || chainContains(act.auth, from: capability) }

    /// False where no act in force names the capability, anything above it or its subject.
    private func mayBeStopped(_ capability: Ref) -> Bool {
        if capability < 0 { return false }
        let cited = table.acts[Int(capability)]
        if cited.subject >= 0, states[Int(cited.subject)].rawValue & EntryState.stopped.rawValue != 0 { return true }
        if states[Int(capability)].contains(.removedByCapability) { return true }
        if removesBySubtree.isEmpty { return false }
        var next = capability
        for _ in 0..<EvaluationQueue.levelCount where next >= 0 {
            if states[Int(next)].contains(.removedBySubtree) { return true }
            next = table.acts[Int(next)].auth
        }
        return false
    }

    /// The acts in force that stop `capability` at `scope`: removals, then leaves. One may be listed twice.
    func stopList(_ capability: Ref, at scope: ScopeRef, includingLeaves: Bool) -> [Ref] {
        guard mayBeStopped(capability), let cited = table.act(capability), cited.kind.isCapability else { return [] }
        var out: [Ref] = []
        if cited.subject >= 0, states[Int(cited.subject)].contains(.removedBySubject), let removals = removesBySubject[cited.subject] {
            for removal in removals where stops(removal, capability, cited, at: scope) { out.append(removal) }
        }
        if states[Int(capability)].contains(.removedByCapability), let removals = removesByCapability[capability] {
            for removal in removals where stops(removal, capability, cited, at: scope) { out.append(removal) }
        }
        if !removesBySubtree.isEmpty {
            var next = capability
            for _ in 0..<EvaluationQueue.levelCount where next >= 0 {
                if states[Int(next)].contains(.removedBySubtree), let removals = removesBySubtree[next] {
                    for removal in removals where stops(removal, capability, cited, at: scope) { out.append(removal) }
                }
                next = table.acts[Int(next)].auth
            }
        }
        if includingLeaves, cited.subject >= 0, states[Int(cited.subject)].contains(.left), let leaves = leavesByIdentity[cited.subject] {
            for leave in leaves where table.acts[Int(leave)].acting <= cited.level && !lists(cited, leave) { out.append(leave) }
        }
        return out
    }

    /// True if a removal in force that names the capability, in one of the three ways, stops it at the scope.
    private func stops(_ removal: Ref, _ capability: Ref, _ cited: Act, at scope: ScopeRef) -> Bool {
        let act = table.acts[Int(removal)]
        return act.acting < cited.level && table.lies(scope, in: act.scope) && governs(act, capability) && !lifts(cited, removal, act)
    }

    private func lists(_ capability: Act, _ ref: Ref) -> Bool {
        capability.kind == .grant && table.contains(ref, in: table.lists(capability).over)
    }

    /// `lifted(r, c)`: only the banner's level or above lifts a ban.
    private func lifts(_ capability: Act, _ removal: Ref, _ act: Act) -> Bool {
        guard capability.kind == .grant, capability.detail >= 0, let grantedAt = citation(capability.auth)?.level, grantedAt <= act.acting
        else { return false }
        return lists(capability, removal)
    }

    func stopSummary(_ capability: Ref, at scope: ScopeRef, includingLeaves: Bool) -> StopSummary {
        var summary = StopSummary()
        guard mayBeStopped(capability), let cited = table.act(capability) else { return summary }
        let belowTarget = cited.level == 0 ? 0 : cited.level - 1
        for stop in stopList(capability, at: scope, includingLeaves: includingLeaves) {
            let act = table.acts[Int(stop)]
            summary.isStopped = true
            if act.kind == .leave {
                summary.limit = min(summary.limit, belowTarget)
            } else {
                summary.onlyLeaves = false
                summary.limit = min(summary.limit, belowTarget, max(vouchLevelMax(of: act), act.acting))
            }
        }
        return summary
    }

    private func vouchLevelMax(of act: Act) -> UInt8 { table.lists(act).vouchLevelMax }

    func isStopped(_ capability: Ref, at scope: ScopeRef) -> Bool {
        mayBeStopped(capability) && !stopList(capability, at: scope, includingLeaves: true).isEmpty
    }

    /// True if the tip answers the stops of `capability` at `scope` for what is under it.
    func answers(_ mark: TipMark, _ summary: StopSummary, _ capability: Ref, _ cited: Act, at scope: ScopeRef, includingLeaves: Bool)
        -> Bool
    {
        let source = table.acts[Int(mark.source)]
        if source.kind == .leave {
            return includingLeaves && summary.onlyLeaves && source.identity == cited.subject && source.acting <= cited.level
        }
        return source.acting <= summary.limit && table.lies(scope, in: source.scope) && governs(source, capability)
    }

    /// True if the disavowal voids what of its suffix cites `cited` at `scope`.
    func voids(_ mark: DisavowMark, _ cited: Act, at scope: ScopeRef) -> Bool {
        let source = table.acts[Int(mark.source)]
        return source.acting < cited.level && table.lies(scope, in: source.scope)
    }

    /// `cut(e)` of a registry entry that is no admission.
    func isCut(_ act: Act) -> Bool {
        guard act.kind != .admit, let cited = table.act(act.auth), cited.kind.isCapability else { return false }
        if !disavowals.isEmpty, let marks = disavowals[act.log] {
            for mark in marks
            where voids(mark, cited, at: act.scope) && table.trees[Int(act.log)].isAncestorOrEqual(mark.position, of: act.position) {
                return true
            }
        }
        let includingLeaves = act.kind != .leave
        let summary = stopSummary(act.auth, at: act.scope, includingLeaves: includingLeaves)
        guard summary.isStopped else { return false }
        for mark in tipMarks[Int(act.log)] {
            if table.trees[Int(act.log)].isAncestorOrEqual(act.position, of: mark.position),
                answers(mark, summary, act.auth, cited, at: act.scope, includingLeaves: includingLeaves)
            {
                return false
            }
        }
        return true
    }

    // MARK: Admissions

    /// `sealed(e)` of an admission by `invitation`.
    func isSealed(_ ref: Ref, _ act: Act, _ invitation: Act) -> Bool {
        guard states[Int(ref)].contains(.sealed) else { return false }
        return (sealsByAdmission[ref] ?? []).contains { seal in
            let source = table.acts[Int(seal)]
            guard source.acting < invitation.level, table.lies(act.scope, in: source.scope) else { return false }
            if source.kind == .leave { return invitation.auth != .root && source.identity == invitation.identity }
            return governs(source, act.auth)
        }
    }

    /// The first line of `closed(e)`: what stops the invitation at the admission's scope, or its issuer at the
    /// invitation's. A seal answers it.
    func isClosed(_ act: Act, _ invitation: Act) -> Bool {
        isStopped(act.auth, at: act.scope) || isStopped(invitation.auth, at: invitation.scope)
    }
}
