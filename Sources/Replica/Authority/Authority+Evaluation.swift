import EntenteCodec
import EntenteModel

/// What an evaluation changed, each once, in the order in which this evaluator first saw it.
package struct EvaluationDiff: Hashable, Sendable {
    /// Registry entries that take effect now and did not, or the other way round; key entries in force likewise, entries
    /// of the root log that came onto the chain or left it, and capabilities that became active or inactive.
    package var changed: [EntryID] = []
    // What may have other kept heights than before, of content and of the registry's own logs:
    /// the entries that cite these capabilities,
    package var capabilities: [EntryID] = []
    /// the entries in these logs,
    package var logs: [LogKey] = []
    /// and the entries of these identities.
    package var identities: [IdentityID] = []

    package var isEmpty: Bool { changed.isEmpty && capabilities.isEmpty && logs.isEmpty && identities.isEmpty }
    package init() {}
}

/// What changed, in numbers, until it is reported. Each once: a mark in the state says that it is here.
struct EvaluationChanges: Sendable {
    var entries: [Ref] = []
    var capabilities: [Ref] = []
    var identities: [Ref] = []
    var logs: [Int32] = []
}

/// Entries to be decided, by acting level and then by class, so that what an entry asks about is decided before it.
struct EvaluationQueue: Sendable {
    /// Within a level: leaves before the rest, since a leave reaches its own level; the counting of admissions before
    /// their verdicts, since one invitation's admissions share a number.
    enum Class: Int {
        case leaves = 0
        case counts = 1
        case verdicts = 2
        static let count = 3
    }
    static let levelCount = Int(EntryLimits.levelMax) + 1

    var count = 0
    var buckets: [[Ref]] = Array(repeating: [], count: levelCount * Class.count)

    static func bucket(level: UInt8, _ `class`: Class) -> Int { Int(level) * Class.count + `class`.rawValue }
}

/// The admissions of one invitation that count.
struct InvitationQuota: Sendable {
    /// By subject: how many live admissions name it.
    var live: [Ref: Int] = [:]
    /// True if more subjects are live than the invitation allows: as last told to its admissions.
    var isExceeded = false
}

extension Authority {
    /// Decides what the insertions since the last call left open.
    package mutating func evaluate() -> EvaluationDiff {
        // After a large batch it is cheaper to decide everything once than to follow what depends on what.
        isFullPass = isFullPass || (queue.count >= fullPassMin && queue.count >= table.actCount / 8)
        if isFullPass { queueEverything() }
        settleRoot()
        settleKeys()
        for index in queue.buckets.indices { decide(bucket: index) }
        assert(queue.buckets.allSatisfy(\.isEmpty), "an entry reaches strictly later ones only")
        if isFullPass { listVoids() }
        settleOffers()
        isFullPass = false
        return report()
    }

    /// Forgets every decision and decides anew, in one pass. The state is the same: `entente verify` and the tests
    /// compare. The changes that are reported are those from a state in which nothing was decided.
    package mutating func evaluateFromScratch() -> EvaluationDiff {
        removesBySubject = [:]
        removesByCapability = [:]
        removesBySubtree = [:]
        leavesByIdentity = [:]
        annulsByTarget = [:]
        sealsByAdmission = [:]
        for log in tipMarks.indices { tipMarks[log] = [] }
        disavowals = [:]
        quotas = [:]
        unsealed = Set(table.acts.indices.filter { table.acts[$0].kind == .admit }.map { Ref($0) })
        rootLog.forgetChain()
        queue = EvaluationQueue()
        diff = EvaluationChanges()
        for log in isLogTouched.indices { isLogTouched[log] = false }
        for log in withheldCounts.indices { withheldCounts[log] = 0 }
        offerQueue = []
        for index in states.indices { states[index].formIntersection([.wellFormed, .mentioned, .hasKeyLayer]) }
        dirtyLayers = []
        for index in keyLayers.indices {
            keyLayers[index] = keyLayers[index].forgettingDecisions
            markLayerDirty(of: keyLayers[index].identity)
        }
        isFullPass = true
        return evaluate()
    }

    private mutating func queueEverything() {
        for index in table.acts.indices where table.acts[index].kind.isAuthorityAct { enqueue(Ref(index), table.acts[index]) }
        for index in table.acts.indices where table.acts[index].kind.isCapability { noteCapability(Ref(index)) }
    }

    /// After a full pass, which does not keep the lists: the entries of each log that a tip may help.
    private mutating func listVoids() {
        for log in voids.indices where !voids[log].isEmpty { voids[log] = [] }
        for index in table.acts.indices {
            states[index].remove(.listedAsVoid)
            let act = table.acts[index]
            if act.kind.isAuthorityAct, !states[index].contains(.issued) { noteVoid(Ref(index), act) }
        }
    }

    /// Lists an entry that is not issued, and that a tip in its log may bring in.
    mutating func noteVoid(_ ref: Ref, _ act: Act) {
        guard act.kind != .admit, act.auth >= 0, states[Int(ref)].contains(.wellFormed), states[Int(ref)].insert(.listedAsVoid).inserted
        else { return }
        voids[Int(act.log)].append(ref)
    }

    // MARK: What is to be reported

    mutating func noteChange(_ ref: Ref) { if states[Int(ref)].insert(.changed).inserted { diff.entries.append(ref) } }

    mutating func noteCapability(_ ref: Ref) {
        if states[Int(ref)].insert(.capabilityTouched).inserted { diff.capabilities.append(ref) }
    }

    mutating func noteIdentity(_ ref: Ref) { if states[Int(ref)].insert(.identityTouched).inserted { diff.identities.append(ref) } }

    mutating func noteLog(_ log: Int32) {
        if !isLogTouched[Int(log)] {
            isLogTouched[Int(log)] = true
            diff.logs.append(log)
        }
    }

    // MARK: The queue

    /// Puts an entry in the queue of its level. What cites no capability of the set is never issued.
    mutating func enqueue(_ ref: Ref, _ act: Act) {
        guard act.acting < EvaluationQueue.levelCount, states[Int(ref)].contains(.wellFormed) else { return }
        if act.kind == .admit {
            if states[Int(ref)].insert(.queuedForCount).inserted {
                queue.count += 1
                queue.buckets[EvaluationQueue.bucket(level: act.acting, .counts)].append(ref)
            }
        } else {
            enqueueForVerdict(ref, act)
        }
    }

    private mutating func enqueueForVerdict(_ ref: Ref, _ act: Act) {
        guard states[Int(ref)].insert(.queued).inserted else { return }
        queue.count += 1
        queue.buckets[EvaluationQueue.bucket(level: act.acting, act.kind == .leave ? .leaves : .verdicts)].append(ref)
    }

    private mutating func decide(bucket: Int) {
        // Nothing that is decided here adds to this bucket or to an earlier one, but for the counting, which adds to the
        // verdicts of its own level: invariant I3.
        var entries: [Ref] = []
        swap(&entries, &queue.buckets[bucket])
        if entries.isEmpty { return }
        queue.count -= entries.count
        let isCounting = bucket % EvaluationQueue.Class.count == EvaluationQueue.Class.counts.rawValue
        for ref in entries {
            let act = table.acts[Int(ref)]
            if isCounting {
                states[Int(ref)].remove(.queuedForCount)
                count(ref, act)
                enqueueForVerdict(ref, act)
            } else {
                states[Int(ref)].remove(.queued)
                let isNow = shouldBeIssued(ref, act)
                if !isNow, !isFullPass { noteVoid(ref, act) }
                if isNow != states[Int(ref)].contains(.issued) {
                    if isNow { states[Int(ref)].insert(.issued) } else { states[Int(ref)].remove(.issued) }
                    noteChange(ref)
                    apply(ref, act, isNow)
                }
            }
        }
    }

    // MARK: One verdict

    /// `issued` of section 3, from the verdicts of smaller levels, and of leaves of the same one.
    func shouldBeIssued(_ ref: Ref, _ act: Act) -> Bool {
        let state = states[Int(ref)]
        guard state.contains(.wellFormed) else { return false }
        if act.auth == .root { return state.contains(.onRootChain) }
        guard states[Int(act.auth)].contains(.issued) else { return false }
        let keys = keyVerdict(act)
        if act.kind == .admit { return shouldBeAdmitted(ref, act, keys) }
        if act.kind == .leave, keys.rank == nil || keys.rank == 2 { return false }
        if keys.rank == nil { return false }
        if isAnnulled(ref, act) || isCut(act) { return false }
        return keys.isInForce || isRescued(act)
    }

    private func shouldBeAdmitted(_ ref: Ref, _ act: Act, _ keys: KeyVerdict) -> Bool {
        guard let invitation = table.act(act.auth), keys.rank != nil else { return false }
        if isSealed(ref, act, invitation) { return true }
        if !keys.isInForce || isClosed(act, invitation) { return false }
        return !isExceeded(act.auth, invitation)
    }

    private func isExceeded(_ invite: Ref, _ invitation: Act) -> Bool {
        let usesMax = table.invitation(invitation)?.usesMax ?? 0
        guard usesMax > 0, let quota = quotas[invite] else { return false }
        return UInt64(quota.live.count) > usesMax
    }

    /// Keeps the number of an invitation's live subjects; queues all its admissions where the limit is crossed.
    private mutating func count(_ ref: Ref, _ act: Act) {
        guard let invitation = table.act(act.auth) else { return }
        let isSealed = isSealed(ref, act, invitation)
        if isSealed { states[Int(ref)].insert(.sealedForGood) } else { states[Int(ref)].remove(.sealedForGood) }
        if isSealed { unsealed.remove(ref) } else { unsealed.insert(ref) }
        let isLive = isSealed || (keyVerdict(act).isInForce && !isClosed(act, invitation))
        guard isLive != states[Int(ref)].contains(.live) else { return }
        var quota = quotas[act.auth] ?? InvitationQuota()
        if isLive {
            states[Int(ref)].insert(.live)
            quota.live[act.subject, default: 0] += 1
        } else {
            states[Int(ref)].remove(.live)
            let left = (quota.live[act.subject] ?? 1) - 1
            quota.live[act.subject] = left == 0 ? nil : left
        }
        let usesMax = table.invitation(invitation)?.usesMax ?? 0
        let isExceeded = usesMax > 0 && UInt64(quota.live.count) > usesMax
        let isCrossed = isExceeded != quota.isExceeded
        quota.isExceeded = isExceeded
        quotas[act.auth] = quota
        if isCrossed, !isFullPass {
            for sibling in citing(act.auth) where table.acts[Int(sibling)].kind == .admit {
                enqueueForVerdict(sibling, table.acts[Int(sibling)])
            }
        }
    }

    func isAnnulled(_ ref: Ref, _ act: Act) -> Bool { !annulments(of: ref, act).isEmpty }

    func annulments(of ref: Ref, _ act: Act) -> [Ref] {
        guard states[Int(ref)].contains(.annulled), act.kind == .remove || act.kind == .disavow || act.kind == .leave else { return [] }
        return (annulsByTarget[ref] ?? []).filter { annul in
            let other = table.acts[Int(annul)]
            return other.acting < act.acting && table.lies(act.scope, in: other.scope)
        }
    }

    /// Makes up for a removed key, never for a missing enrolment: that the key is enrolled is the caller's to know.
    private func isRescued(_ act: Act) -> Bool {
        for mark in tipMarks[Int(act.log)] {
            let source = table.acts[Int(mark.source)]
            if source.kind != .leave, source.acting < act.acting, table.lies(act.scope, in: source.scope), governs(source, act.auth),
                table.trees[Int(act.log)].isAncestorOrEqual(act.position, of: mark.position)
            {
                return true
            }
        }
        return false
    }

    // MARK: Consequences

    func citing(_ capability: Ref) -> [Ref] {
        var out: [Ref] = []
        var next = links[Int(capability)].firstCiting
        while next != .none {
            out.append(next)
            next = links[Int(next)].nextCiting
        }
        return out
    }

    /// Enters a verdict that changed into the tables, and queues what it reaches.
    private mutating func apply(_ ref: Ref, _ act: Act, _ isIssued: Bool) {
        switch act.kind {
        case .grant, .invite, .admit:
            noteCapability(ref)
            queueCiting(ref)
        case .remove: applyRemoval(ref, act, isIssued)
        case .vouch: applyTips(ref, act, isIssued)
        case .leave: applyLeave(ref, act, isIssued)
        case .disavow: applyDisavowal(ref, act, isIssued)
        case .annul:
            let target = table.lists(act).target
            Self.set(ref, isIssued, in: &annulsByTarget, target)
            mark(target, .annulled, annulsByTarget[target] != nil)
            if let annulled = table.act(target), annulled.acting > act.acting { enqueue(target, annulled) }
        default: break
        }
    }

    private static func set(_ ref: Ref, _ isIssued: Bool, in table: inout [Ref: [Ref]], _ key: Ref) {
        if isIssued {
            table[key, default: []].append(ref)
        } else if var list = table[key] {
            list.removeAll { $0 == ref }
            table[key] = list.isEmpty ? nil : list
        }
    }

    private mutating func mark(_ ref: Ref, _ state: EntryState, _ isSet: Bool) {
        guard ref >= 0 else { return }
        if isSet { states[Int(ref)].insert(state) } else { states[Int(ref)].remove(state) }
    }

    private mutating func queueCiting(_ capability: Ref) {
        if isFullPass { return }
        var next = links[Int(capability)].firstCiting
        while next != .none {
            enqueue(next, table.acts[Int(next)])
            next = links[Int(next)].nextCiting
        }
    }

    /// The admissions by an invitation that a stop of it, or of whoever issued it, may close: those that nobody has sealed.
    private mutating func queueUnsealed(_ invite: Ref) {
        var next = links[Int(invite)].firstCiting
        while next != .none {
            if !states[Int(next)].contains(.sealedForGood) { enqueue(next, table.acts[Int(next)]) }
            next = links[Int(next)].nextCiting
        }
    }

    /// The stops of `capability` changed: what cites it, and the admissions by invitations that cite it.
    ///
    /// - Parameter tips: Those of a removal that is one of the stops from now on. What is in force and lies under them stays in
    ///   force, and is passed over: of somebody who has administered for years that is all that he wrote. For let the removal be
    ///   of level r. It answers itself, and leaves, which every level above the capability's does. Where other removals stop the
    ///   capability too, whatever kept the entry answers them: either it answers this one as well, or it is more junior than r,
    ///   and then the removal's own tips answer them too. What is void, tips may bring back: `setTip` sees to that.
    private mutating func stopsChanged(_ capability: Ref, except tips: [(log: Int32, position: LogPosition)] = []) {
        noteCapability(capability)
        if isFullPass { return }
        var next = links[Int(capability)].firstCiting
        while next != .none {
            let act = table.acts[Int(next)]
            let isKept =
                act.kind != .admit
                && tips.contains { log, position in
                    log == act.log && table.trees[Int(log)].isAncestorOrEqual(act.position, of: position)
                }
            if !isKept {
                enqueue(next, act)
                reconsiderOffer(next)
            }
            if act.kind == .invite { queueUnsealed(next) }
            next = links[Int(next)].nextCiting
        }
    }

    private mutating func applyRemoval(_ ref: Ref, _ act: Act, _ isIssued: Bool) {
        let lists = table.lists(act)
        // One that is a stop no more takes its tips along: then all is judged again.
        let own = isIssued && !isFullPass ? table[lists.tips].compactMap { place(of: $0, asTip: true) } : []
        if act.subject != .none {
            Self.set(ref, isIssued, in: &removesBySubject, act.subject)
            mark(act.subject, .removedBySubject, removesBySubject[act.subject] != nil)
            var next = links[Int(act.subject)].firstCapability
            while next != .none {
                if table.acts[Int(next)].level > act.acting { stopsChanged(next, except: own) }
                next = links[Int(next)].nextCapability
            }
        }
        for capability in table[lists.capabilities] {
            Self.set(ref, isIssued, in: &removesByCapability, capability)
            mark(capability, .removedByCapability, removesByCapability[capability] != nil)
            if let target = table.act(capability), target.level > act.acting { stopsChanged(capability, except: own) }
        }
        if lists.target != .none {
            Self.set(ref, isIssued, in: &removesBySubtree, lists.target)
            mark(lists.target, .removedBySubtree, removesBySubtree[lists.target] != nil)
            var next = [lists.target]
            while let capability = next.popLast() {
                guard let target = table.act(capability), target.kind.isCapability else { continue }
                if target.level > act.acting { stopsChanged(capability, except: own) }
                next += citing(capability).filter { table.acts[Int($0)].kind.isCapability }
            }
        }
        applyTips(ref, act, isIssued)
    }

    private mutating func applyLeave(_ ref: Ref, _ act: Act, _ isIssued: Bool) {
        Self.set(ref, isIssued, in: &leavesByIdentity, act.identity)
        mark(act.identity, .left, leavesByIdentity[act.identity] != nil)
        var next = links[Int(act.identity)].firstCapability
        while next != .none {
            if table.acts[Int(next)].level >= act.acting { leaveChanged(next) }
            next = links[Int(next)].nextCapability
        }
        applyTips(ref, act, isIssued)
        setTip(ref, TipMark(source: ref, position: act.position), log: act.log, isIssued)
    }

    /// As `stopsChanged`, but leaves are no stops to other leaves.
    private mutating func leaveChanged(_ capability: Ref) {
        noteCapability(capability)
        if isFullPass { return }
        var next = links[Int(capability)].firstCiting
        while next != .none {
            let act = table.acts[Int(next)]
            if act.kind != .leave { enqueue(next, act) }
            reconsiderOffer(next)
            if act.kind == .invite { queueUnsealed(next) }
            next = links[Int(next)].nextCiting
        }
    }

    private mutating func applyTips(_ ref: Ref, _ act: Act, _ isIssued: Bool) {
        let lists = table.lists(act)
        for tip in table[lists.tips] {
            guard let (log, position) = place(of: tip, asTip: true) else { continue }
            setTip(ref, TipMark(source: ref, position: position), log: log, isIssued)
        }
        for admission in table[lists.admits] {
            Self.set(ref, isIssued, in: &sealsByAdmission, admission)
            mark(admission, .sealed, sealsByAdmission[admission] != nil)
            if let target = table.act(admission), target.kind == .admit, target.acting > act.acting { enqueue(admission, target) }
        }
    }

    /// Adds or takes away a tip, and queues the entries under it.
    mutating func setTip(_ ref: Ref, _ mark: TipMark, log: Int32, _ isIssued: Bool) {
        noteLog(log)
        if isIssued {
            tipMarks[Int(log)].append(mark)
        } else {
            tipMarks[Int(log)].removeAll { $0.source == ref && $0.position == mark.position }
        }
        if isFullPass { return }
        reconsiderOffers(in: log, under: mark, isAdded: isIssued)
        // A tip can only bring in what is out, and its loss can only put out what is in.
        if isIssued { queueVoids(in: log, under: mark) } else { queueIssued(in: log, under: mark) }
    }

    /// True if a tip of `source` may decide about an entry of that level and kind.
    private func mayDecide(_ source: Act, _ act: Act) -> Bool {
        source.kind == .leave ? act.acting >= source.acting && act.kind != .leave : act.acting > source.acting
    }

    private mutating func queueVoids(in log: Int32, under mark: TipMark) {
        let source = table.acts[Int(mark.source)]
        var kept: [Ref] = []
        for ref in voids[Int(log)] {
            if states[Int(ref)].contains(.issued) {
                states[Int(ref)].remove(.listedAsVoid)
                continue
            }
            kept.append(ref)
            let act = table.acts[Int(ref)]
            if mayDecide(source, act), table.trees[Int(log)].isAncestorOrEqual(act.position, of: mark.position) { enqueue(ref, act) }
        }
        if kept.count < voids[Int(log)].count { voids[Int(log)] = kept }
    }

    private mutating func queueIssued(in log: Int32, under mark: TipMark) {
        let source = table.acts[Int(mark.source)]
        var next = lastInLog[Int(log)]
        while next != .none {
            let act = table.acts[Int(next)]
            if states[Int(next)].contains(.issued), act.auth >= 0, mayDecide(source, act),
                table.trees[Int(log)].isAncestorOrEqual(act.position, of: mark.position)
            {
                enqueue(next, act)
            }
            next = links[Int(next)].nextInLog
        }
    }

    mutating func applyDisavowal(_ ref: Ref, _ act: Act, _ isIssued: Bool) {
        guard let (log, position) = place(of: table.lists(act).target, asTip: false) else { return }
        noteLog(log)
        if isIssued {
            disavowals[log, default: []].append(DisavowMark(source: ref, position: position))
        } else if var marks = disavowals[log] {
            marks.removeAll { $0.source == ref }
            disavowals[log] = marks.isEmpty ? nil : marks
        }
        if isFullPass { return }
        var next = lastInLog[Int(log)]
        while next != .none {
            let other = table.acts[Int(next)]
            if table.trees[Int(log)].isAncestorOrEqual(position, of: other.position) {
                reconsiderOffer(next)
                if other.kind.isAuthorityAct, other.acting > act.acting { enqueue(next, other) }
            }
            next = links[Int(next)].nextInLog
        }
    }
}
