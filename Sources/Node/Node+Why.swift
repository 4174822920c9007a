import EntenteCodec
import EntenteModel
import EntenteReplica

// Why something counts or does not: the rules of Specs/03-authority.md, one reason each, with the entries that decide.
extension Node {
    func why(_ text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> WhyItem {
        let stored: StoredEntry
        do {
            stored = try entry(named: text, store: store)
        } catch {
            guard case .refusal = error else { throw error }
            if let item = try storing({ () throws(StoreFailure) in try whyGated(text, store: store) }) { return item }
            return try whyMember(text, at: wall, store: store)
        }
        // An inception's id is its identity's: the question is about the member.
        if stored.entry.header.kind == .identityCreate { return try whyMember(text, at: wall, store: store) }
        return try storing { () throws(StoreFailure) in
            guard let facts = replica.facts(of: stored) else { throw .corrupt("an entry that is stored is in no log") }
            let reasons = try self.reasons(facts, stored.entry, store: store)
            return WhyItem(
                id: stored.entry.id.description, what: try whatIs(stored, store: store), verdict: verdict(facts, stored.entry),
                counts: facts.isInForce, reasons: reasons)
        }
    }

    private func whatIs(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> String {
        let author =
            try stored.entry.identity.map { (author) throws(StoreFailure) in try name(of: author, store: store) } ?? "the root keys"
        guard let path = stored.entry.header.space.path else { return "\(author) \(try words(of: stored.entry, store: store))" }
        return "\(stored.entry.header.kind.name) by \(author) in “\(try spaceLabel(path, store: store))”"
    }

    private func verdict(_ facts: EntryFacts, _ entry: Entry) -> String {
        let isContent = entry.header.space != .registry
        if facts.isInForce { return isContent ? "it is accepted and shown" : "it takes effect" }
        if !facts.isWellFormed { return "it can never take effect" }
        return isContent ? "it is not accepted: held for review" : "it does not take effect"
    }

    // MARK: - The rules, in the order in which they are asked

    private func reasons(_ facts: EntryFacts, _ entry: Entry, store: some ReplicaStore) throws(StoreFailure) -> [ReasonItem] {
        var reasons: [ReasonItem] = []
        try addForm(facts, entry, to: &reasons, store: store)
        try addCapability(facts, entry, to: &reasons, store: store)
        try addKey(facts, entry, to: &reasons, store: store)
        try addTakenBack(facts, to: &reasons, store: store)
        if entry.header.kind == .admit {
            try addAdmission(facts, to: &reasons, store: store)
        } else {
            try addStops(facts, to: &reasons, store: store)
        }
        if replica.forkedLogs(of: entry.identity).contains(where: { $0.log == entry.log }) {
            reasons.append(Self.forkReason)
        }
        return reasons
    }

    private func addForm(
        _ facts: EntryFacts, _ entry: Entry, to reasons: inout [ReasonItem], store: some ReplicaStore
    ) throws(StoreFailure) {
        guard !facts.isWellFormed else { return }
        var words = "it goes beyond what it cites: its level, rights, place or time are not covered"
        if case .notWellFormed(let fault) = replica.authority.standing(ofContent: entry.header), entry.header.space != .registry {
            words =
                switch fault {
                case .noCapability: "it cites no membership"
                case .capabilityNotWellFormed: "the membership that it cites was never given in good order"
                case .anotherSubject: "the membership that it cites is somebody else's"
                case .noRightToPost: "the membership that it cites gives no right to write"
                case .afterExpiry: "it was written after the last day of the membership that it cites"
                case .outsideScope: "the membership that it cites does not cover this space"
                }
        }
        reasons.append(ReasonItem(rule: "form", words: words, acts: try cited(entry, store: store)))
    }

    private func cited(_ entry: Entry, store: some ReplicaStore) throws(StoreFailure) -> [ActItem] {
        try actItems([entry.header.authorization.capability].compactMap(\.self), store: store)
    }

    private func addCapability(
        _ facts: EntryFacts, _ entry: Entry, to reasons: inout [ReasonItem], store: some ReplicaStore
    ) throws(StoreFailure) {
        if facts.needsNoCapability { return }
        if entry.header.authorization == .root || entry.header.device == nil {
            let words = facts.isAuthorized ? "enough root keys have signed it" : "it is not on the accepted chain of the root keys"
            return reasons.append(ReasonItem(rule: "root", words: words, acts: []))
        }
        let acts = try cited(entry, store: store)
        if facts.isAuthorized {
            reasons.append(ReasonItem(rule: "capability", words: "it acts by this standing, which was given in good order", acts: acts))
        } else {
            reasons.append(ReasonItem(rule: "capability", words: "the standing that it cites does not take effect itself", acts: acts))
        }
    }

    private func addKey(
        _ facts: EntryFacts, _ entry: Entry, to reasons: inout [ReasonItem], store: some ReplicaStore
    ) throws(StoreFailure) {
        guard entry.header.device != nil, entry.header.kind != .identityCreate else { return }
        if facts.keyRank == nil {
            reasons.append(ReasonItem(rule: "key", words: "the key that signed it was never one of its author's", acts: []))
        } else if !facts.isKeyInForce {
            let isSaved = !facts.rescuedBy.isEmpty
            reasons.append(
                ReasonItem(
                    rule: "key",
                    words: Self.keyWords(facts)
                        + (isSaved
                            ? "; somebody senior vouched for it all the same"
                            : facts.isTakenBack ? "" : ", and did not name this entry as one to keep"),
                    acts: try actItems(facts.keyEndedBy + facts.rescuedBy, store: store)))
        }
    }

    private static func keyWords(_ facts: EntryFacts) -> String {
        if facts.isTakenBack { return "its author took it back, with what followed it, in a recovery" }
        return facts.keyRank == 1
            ? "its author recovered from the loss of the key that signed it" : "its author removed the key that signed it"
    }

    /// Why an entry is on the shelf: what keeps it out, each in words. `acts` has the entries that decide.
    func heldReasons(_ facts: EntryFacts, _ entry: Entry, store: some ReplicaStore) throws(StoreFailure) -> [ReasonItem] {
        var reasons: [ReasonItem] = []
        if !facts.needsNoCapability, !facts.isAuthorized { try addCapability(facts, entry, to: &reasons, store: store) }
        if facts.rescuedBy.isEmpty { try addKey(facts, entry, to: &reasons, store: store) }
        try addTakenBack(facts, to: &reasons, store: store)
        if entry.header.kind == .admit {
            if facts.sealedBy.isEmpty { try addAdmission(facts, to: &reasons, store: store) }
        } else if !facts.stoppedBy.isEmpty, facts.keptBy.isEmpty {
            try addStops(facts, to: &reasons, store: store)
        }
        if facts.isOfDroppedBranch { reasons.append(Self.forkReason) }
        return reasons
    }

    private static let forkReason = ReasonItem(
        rule: "fork", words: "its author signed two pasts in this log: that voids nothing, and at most 4 branches are kept", acts: [])

    private func addTakenBack(_ facts: EntryFacts, to reasons: inout [ReasonItem], store: some ReplicaStore) throws(StoreFailure) {
        if !facts.annulledBy.isEmpty {
            reasons.append(
                ReasonItem(rule: "annulled", words: "somebody more senior took it back", acts: try actItems(facts.annulledBy, store: store))
            )
        }
        if !facts.disavowedBy.isEmpty {
            reasons.append(
                ReasonItem(
                    rule: "disavowed", words: "it was voided, whoever vouches for it", acts: try actItems(facts.disavowedBy, store: store)))
        }
    }

    private func addStops(_ facts: EntryFacts, to reasons: inout [ReasonItem], store: some ReplicaStore) throws(StoreFailure) {
        guard !facts.stoppedBy.isEmpty else { return }
        reasons.append(
            ReasonItem(
                rule: "stopped", words: "the standing that it cites was ended", acts: try actItems(facts.stoppedBy, store: store)))
        if facts.keptBy.isEmpty {
            let level = facts.vouchLevelMax.map { "of level \($0) or smaller" } ?? "of root"
            reasons.append(
                ReasonItem(
                    rule: "kept", words: "nobody who may has vouched for it: an administrator or steward \(level) can adopt it", acts: []))
        } else {
            reasons.append(
                ReasonItem(
                    rule: "kept", words: "it is among what was kept, or somebody vouched for it",
                    acts: try actItems(facts.keptBy, store: store)))
        }
    }

    private func addAdmission(_ facts: EntryFacts, to reasons: inout [ReasonItem], store: some ReplicaStore) throws(StoreFailure) {
        if !facts.sealedBy.isEmpty {
            reasons.append(
                ReasonItem(
                    rule: "sealed", words: "somebody senior vouched for the admission: nothing that befalls the invitation undoes it",
                    acts: try actItems(facts.sealedBy, store: store)))
            return
        }
        if !facts.stoppedBy.isEmpty {
            reasons.append(
                ReasonItem(
                    rule: "stopped", words: "the invitation, or whoever issued it, was ended before anybody vouched for the admission",
                    acts: try actItems(facts.stoppedBy, store: store)))
        }
        if facts.isOverQuota {
            reasons.append(ReasonItem(rule: "uses", words: "more people came in by the invitation than it allows", acts: []))
        }
        if facts.isInForce {
            reasons.append(ReasonItem(rule: "sealed", words: "provisional: nobody senior has vouched for the admission yet", acts: []))
        }
    }

    // MARK: - A member

    private func whyMember(_ text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> WhyItem {
        let identity = try member(named: text, at: wall, store: store)
        return try storing { () throws(StoreFailure) in
            let authority = replica.authority
            let item = try memberItem(identity, at: wall, store: store)
            let name = try name(of: identity, store: store)
            var reasons: [ReasonItem] = []
            for record in authority.capabilities(of: identity).sorted(by: { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }) {
                reasons.append(try reason(for: record, at: wall, store: store))
            }
            for enrolment in authority.enrolments(of: identity) where !enrolment.isInForce {
                reasons.append(
                    ReasonItem(
                        rule: "key",
                        words: "the key \(enrolment.device.short) signs no more: it was removed, or another one took its place",
                        acts: []))
            }
            let state = item?.state ?? "unknown"
            return WhyItem(
                id: identity.description, what: "the \(item?.kind ?? "identity") \(name)", verdict: "\(name) is \(Self.stateWords(state))",
                counts: ["active", "provisional"].contains(state), reasons: reasons)
        }
    }

    private static func stateWords(_ state: String) -> String {
        switch state {
        case "active": "a member in good standing"
        case "provisional": "admitted, and nobody senior has vouched for it yet"
        case "ended": "past the last day of the membership"
        case "left": "gone by their own will"
        case "removed": "no longer accepted"
        default: "no member"
        }
    }

    private func reason(for record: CapabilityRecord, at wall: Timestamp, store: some ReplicaStore) throws(StoreFailure) -> ReasonItem {
        let authority = replica.authority
        let what = try roleWords(record, store: store)
        let own = [record.id]
        if !record.isIssued {
            let facts = authority.facts(of: record.id)
            let acts = own + (facts?.stoppedBy ?? []) + (facts?.annulledBy ?? []) + (facts?.disavowedBy ?? [])
            return ReasonItem(rule: "form", words: "\(what): it does not take effect", acts: try actItems(acts, store: store))
        }
        let stops = authority.stops(record.id, at: record.scope)
        if !stops.isEmpty {
            return ReasonItem(rule: "stopped", words: "\(what): it was ended", acts: try actItems(own + stops, store: store))
        }
        if let expiry = record.expiry, wall > expiry {
            return ReasonItem(
                rule: "end", words: "\(what): its last day was \(expiry.iso8601.prefix(10))", acts: try actItems(own, store: store))
        }
        let end = record.expiry.map { " until \($0.iso8601.prefix(10))" } ?? ""
        return ReasonItem(rule: "capability", words: "\(what)\(end): in force", acts: try actItems(own, store: store))
    }
}
