import EntenteCodec
import EntenteModel

extension Authority {
    /// True if the tips or the `from` of an act of the set name the entry.
    package func mentions(_ id: EntryID) -> Bool { table.number(of: id).map { states[Int($0)].contains(.mentioned) } ?? false }

    /// What tips and `from` name and is neither in the registry nor located, ascending. Most of it is content of spaces
    /// that a node may not hold.
    package var unresolvedMentions: [EntryID] { unresolved.keys.map { table.ids[Int($0)] }.sorted() }

    /// What acts name, and is nowhere, of those that came since the last call. Ascending.
    package mutating func takeNewMentions() -> [EntryID] {
        defer { newMentions = [] }
        return Set(newMentions).sorted().filter { unresolved[$0] != nil }.map { table.ids[Int($0)] }.sorted()
    }

    /// The part of `unresolvedMentions` that the tips of removals, vouches and leaves in force name, and of key entries
    /// in force: what is to be fetched by id. Ascending.
    package var wantedMentions: [EntryID] {
        unresolved.filter { _, sources in
            sources.contains { states[Int($0)].contains(.issued) || states[Int($0)].contains(.keyInForce) }
        }.keys.map { table.ids[Int($0)] }.sorted()
    }

    /// Says where a content entry lies that acts mention, or may come to mention. `position` is in the caller's
    /// `BranchTree` of that log; `signatureHolds` is the entry's own signature, not that of a later one.
    ///
    /// Saying it again with `signatureHolds` true, after the signature was checked, replaces what was said.
    package mutating func locate(_ id: EntryID, log: LogKey, position: LogPosition, signatureHolds: Bool) {
        guard log.space != .registry else { return }
        let ref = table.intern(id)
        growToTable()
        guard !table.isPresent(ref) else { return }
        if let known = located[ref], known.signatureHolds || !signatureHolds { return }
        let number = table.internContentLog(log)
        growToTable()
        let isNew = located[ref] == nil
        located[ref] = LocatedEntry(log: number, position: position, signatureHolds: signatureHolds)
        if isNew {
            resolve(ref)
        } else {
            // Its signature was in doubt before: as a tip it counted for nothing until now.
            for source in mentionsOfDoubtful.removeValue(forKey: ref) ?? [] { tipResolved(ref, source) }
        }
    }

    /// Enters the mentions of a new act, those that name what is nowhere yet among the unresolved.
    mutating func noteMentions(of ref: Ref, _ act: Act) {
        guard act.detail >= 0 else { return }
        var tips = table.lists(act).tips
        var from = act.kind == .disavow ? table.lists(act).target : Ref.none
        if act.kind.isKeyAct {
            tips = table.keyTerms(act).tips
            from = table.keyTerms(act).from
        }
        for tip in table[tips] {
            states[Int(tip)].insert(.mentioned)
            if !isPlaced(tip) { noteUnresolved(tip, by: ref) }
            if let content = located[tip], !content.signatureHolds { mentionsOfDoubtful[tip, default: []].append(ref) }
        }
        if from != .none {
            states[Int(from)].insert(.mentioned)
            if !isPlaced(from) { noteUnresolved(from, by: ref) }
        }
    }

    private mutating func noteUnresolved(_ mention: Ref, by source: Ref) {
        unresolved[mention, default: []].append(source)
        newMentions.append(mention)
    }

    private func isPlaced(_ ref: Ref) -> Bool { table.isPresent(ref) || located[ref] != nil }

    /// An entry that acts had named has come.
    mutating func resolve(_ ref: Ref) {
        guard states[Int(ref)].contains(.mentioned), let sources = unresolved.removeValue(forKey: ref) else { return }
        // In the order in which they came: the numbers of entries have no say.
        var seen: Set<Ref> = []
        for source in sources where seen.insert(source).inserted {
            let act = table.acts[Int(source)]
            if act.kind.isKeyAct {
                markLayerDirty(of: act.identity)
                continue
            }
            if let content = located[ref], !content.signatureHolds, act.kind != .disavow {
                mentionsOfDoubtful[ref, default: []].append(source)
                continue
            }
            guard states[Int(source)].contains(.issued) else { continue }
            if act.kind == .disavow { applyDisavowal(source, act, true) } else { tipResolved(ref, source) }
        }
        if let content = located[ref], !content.signatureHolds {
            for source in sources where table.acts[Int(source)].kind.isKeyAct { mentionsOfDoubtful[ref, default: []].append(source) }
        }
    }

    private mutating func tipResolved(_ tip: Ref, _ source: Ref) {
        let act = table.acts[Int(source)]
        if act.kind.isKeyAct {
            markLayerDirty(of: act.identity)
        } else if states[Int(source)].contains(.issued), let (log, position) = place(of: tip, asTip: true) {
            setTip(source, TipMark(source: source, position: position), log: log, true)
        }
    }
}
