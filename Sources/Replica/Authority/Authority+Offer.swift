import EntenteCodec
import EntenteModel

/// What is of no use to a node that does not have it. (Specs/03-authority.md, A-79)
///
/// Whatever takes effect, and whatever a verdict reads, is not withheld: so a node that never gets what is withheld comes to
/// the same answers, and offers the same. (Docs/Decisions/0015-what-is-offered.md)
extension Authority {
    /// True for a registry entry beyond a cut, and for what hangs on nothing else: what cites such an entry, an inception that
    /// no other grant or admission names, and what that identity signed.
    package func isWithheld(_ id: EntryID) -> Bool { table.number(of: id).map { states[Int($0)].contains(.withheld) } ?? false }

    /// How many entries of the registry log that the entry is in are withheld.
    package func withheldCount(inLogOf id: EntryID) -> Int {
        guard let act = table.number(of: id).flatMap(table.act) else { return 0 }
        return withheldCounts[Int(act.log)]
    }

    /// True for a registry entry that a tip of an act in force names, or of a key entry in force: what it keeps hangs on it. Of
    /// an identity that is withheld nothing is kept, whatever names it.
    package func isPinned(_ id: EntryID) -> Bool {
        guard let act = table.number(of: id).flatMap(table.act), isInception(act.identity),
            !states[Int(act.identity)].contains(.withheld)
        else { return false }
        return isTip(act.position, in: act.log, of: act.identity)
    }

    /// True for an entry, of content too, that a tip of an act in force names, or of a key entry in force of its author.
    package func isNamedByTip(_ id: EntryID, of identity: IdentityID?) -> Bool {
        guard let ref = table.number(of: id), let (log, position) = place(of: ref, asTip: false) else { return false }
        return isTip(position, in: log, of: identity.flatMap { table.number(of: $0.inception) } ?? .none)
    }

    private func isTip(_ position: LogPosition, in log: Int32, of identity: Ref) -> Bool {
        if tipMarks[Int(log)].contains(where: { $0.position == position }) { return true }
        guard let layer = keyLayerIndex[identity].map({ keyLayers[$0] }) else { return false }
        return layer.recoveryTips[log]?.contains { $0.position == position } == true
            || layer.keyTips[log]?.contains { $0.position == position } == true
    }

    /// What a node has to have before it takes the registry entry, and is withheld: the capability that it cites, and the
    /// inception of its author. Both are older than the entry, so nothing is needed by itself.
    package func withheldNeeds(of id: EntryID) -> [EntryID] {
        guard let act = table.number(of: id).flatMap(table.act) else { return [] }
        let needs = act.kind == .identityCreate ? [act.auth] : [act.auth, act.identity]
        return needs.filter { $0 >= 0 && states[Int($0)].contains(.withheld) }.map { table.ids[Int($0)] }
    }

    // MARK: Keeping it

    /// It is to be asked again whether the entry is withheld.
    mutating func reconsiderOffer(_ ref: Ref) {
        if states[Int(ref)].insert(.offerQueued).inserted { offerQueue.append(ref) }
    }

    /// After a new entry: of itself, and of what waits for what it names.
    mutating func noteOffer(of ref: Ref, _ act: Act) {
        reconsiderOffer(ref)
        if act.kind.isCapability, table.isPresent(act.subject) { reconsiderOffer(act.subject) }
        if act.kind == .identityCreate { reconsiderEntries(of: ref) }
    }

    /// A tip came or went: what is withheld under it may be so no more, or the other way round.
    mutating func reconsiderOffers(in log: Int32, under mark: TipMark, isAdded: Bool) {
        if isAdded, withheldCounts[Int(log)] == 0 { return }
        var next = lastInLog[Int(log)]
        while next != .none {
            if states[Int(next)].contains(.withheld) == isAdded,
                table.trees[Int(log)].isAncestorOrEqual(table.acts[Int(next)].position, of: mark.position)
            {
                reconsiderOffer(next)
            }
            next = links[Int(next)].nextInLog
        }
    }

    private mutating func reconsiderEntries(of inception: Ref) {
        var next = links[Int(inception)].firstOfIdentity
        while next != .none {
            if next != inception { reconsiderOffer(next) }
            next = links[Int(next)].nextOfIdentity
        }
    }

    /// Brings the marks up to the verdicts, which are final. It ends: a capability hangs on those above it, an inception on
    /// capabilities, and all else on both.
    mutating func settleOffers() {
        if isFullPass {
            for index in table.acts.indices where table.acts[index].kind != .absent { reconsiderOffer(Ref(index)) }
        }
        while let ref = offerQueue.popLast() {
            states[Int(ref)].remove(.offerQueued)
            let act = table.acts[Int(ref)]
            let isNow = shouldBeWithheld(ref, act)
            guard isNow != states[Int(ref)].contains(.withheld) else { continue }
            if isNow { states[Int(ref)].insert(.withheld) } else { states[Int(ref)].remove(.withheld) }
            withheldCounts[Int(act.log)] += isNow ? 1 : -1
            noteLog(act.log)
            if act.kind.isCapability {
                noteCapability(ref)
                if table.isPresent(act.subject) { reconsiderOffer(act.subject) }
            }
            var next = links[Int(ref)].firstCiting
            while next != .none {
                reconsiderOffer(next)
                // What was withheld before cites now what is withheld, or no more: its log brings other things along.
                noteLog(table.acts[Int(next)].log)
                next = links[Int(next)].nextCiting
            }
            if act.kind == .identityCreate {
                reconsiderEntries(of: ref)
                noteIdentity(ref)
            }
        }
    }

    private func shouldBeWithheld(_ ref: Ref, _ act: Act) -> Bool {
        // The root log is offered whole, with its signatures.
        if act.identity < 0 { return false }
        // What is issued is not cut, and its whole chain is issued too.
        if states[Int(ref)].contains(.issued) { return false }
        if act.kind == .identityCreate { return !isNamed(ref) }
        if act.auth >= 0, states[Int(act.auth)].contains(.withheld) { return true }
        // Who admits himself is named by that; where the capability is well-formed and not withheld, it names its subject.
        let isNamer = act.kind == .admit && states[Int(ref)].contains(.wellFormed)
        if !isNamer, !isInception(act.identity) || states[Int(act.identity)].contains(.withheld) { return true }
        return isCut(act)
    }

    private func isInception(_ ref: Ref) -> Bool { ref >= 0 && table.acts[Int(ref)].kind == .identityCreate }

    /// True for an inception of the set.
    package func isInception(_ id: EntryID) -> Bool { table.number(of: id).map(isInception) ?? false }

    private func isNamed(_ inception: Ref) -> Bool {
        var next = links[Int(inception)].firstCapability
        while next != .none {
            let state = states[Int(next)]
            if state.contains(.wellFormed), !state.contains(.withheld) { return true }
            next = links[Int(next)].nextCapability
        }
        return false
    }
}
