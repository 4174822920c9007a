import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

// The shelf: what is kept for review because it came after a removal, or was not known to whoever removed.
extension Node {
    /// Days for which an entry is shown on the shelf at least.
    package static let shelfDays: UInt64 = 90
    /// Days that may be asked for: a century.
    package static let shelfDaysMax: UInt64 = 36_525

    func held(member: String?, limit: Int, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> [HeldItem] {
        guard (1...NodeLimits.timelineMax).contains(limit) else {
            throw .refusal(
                Refusal(
                    .usage, what: "the limit has to be from 1 to \(NodeLimits.timelineMax)", why: "it was \(limit)",
                    next: "entente held list --limit 50"))
        }
        let identity = try member.map { (name) throws(Stop) in try self.member(named: name, at: wall, store: store) }
        return try storing { () throws(StoreFailure) in
            var items: [HeldItem] = []
            for stored in try replica.heldEntries(of: identity, limit: limit, store: store) {
                if let item = try heldItem(stored, store: store) { items.append(item) }
            }
            return items
        }
    }

    private func heldItem(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> HeldItem? {
        guard let author = stored.entry.identity, let facts = replica.facts(of: stored) else { return nil }
        let header = stored.entry.header
        let why = try heldReasons(facts, stored.entry, store: store)
        let reasons = Array(Set(facts.disavowedBy + facts.stoppedBy + facts.annulledBy + facts.keyEndedBy))
        let since = try replica.heldSince(stored, store: store) ?? stored.firstSeen
        var text: String?
        if case .present(let body) = stored.body, case .post(let words, _) = Operation(kind: header.kind, body: body.bytes) { text = words }
        return HeldItem(
            id: stored.entry.id.description, author: try authorItem(author, store: store),
            space: try header.space.path.map { (path) throws(StoreFailure) in try spaceLabel(path, store: store) } ?? "registry",
            kind: header.kind.name, time: header.timestamp.iso8601, text: text,
            words: header.space == .registry ? try words(of: stored.entry, store: store) : nil, heldSince: since.iso8601,
            keptUntil: since.advanced(byMilliseconds: Self.shelfDays * 86_400_000).iso8601, because: try actItems(reasons, store: store),
            brings: 1 + (try heldBefore(stored, store: store)), reasons: why.map(\.words),
            isAdoptable: Self.isAdoptable(facts, stored.entry))
    }

    /// Entries of the same log before this one that are held too: a vouch brings them with it.
    private func heldBefore(_ stored: StoredEntry, store: some ReplicaStore) throws(StoreFailure) -> Int {
        guard stored.entry.header.kind != .admit else { return 0 }
        return try replica.ancestors(of: stored, limit: NodeLimits.timelineMax, store: store) { !replica.isOffered($0) }.count
    }

    // MARK: - Collecting

    /// Destroys what has been on the shelf for so many days, or says what that would be. The logs in which this site goes on stay whole.
    mutating func collectShelf(
        days: UInt64, preview: Bool, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        guard (Self.shelfDays...Self.shelfDaysMax).contains(days) else {
            throw .refusal(
                Refusal(
                    .usage, what: "what is held stays for \(Self.shelfDays) days at least",
                    why: "\(days) days were asked for, and from \(Self.shelfDays) to \(Self.shelfDaysMax) can be",
                    next: "entente gc --days \(Self.shelfDays)"))
        }
        // A clock that goes wrong would make everything look old.
        if !preview { try checkClock() }
        let limit = Timestamp(milliseconds: now.wall.milliseconds - min(now.wall.milliseconds, days * 86_400_000))
        let own = Set(([identity.siteKey] + identity.members.map(\.key)).map { DeviceKey($0.publicKey) })
        let incarnation = incarnation
        do throws(StoreFailure) {
            let collection = try replica.collectShelf(heldBefore: limit, preview: preview, store: &store) { log in
                log.incarnation == incarnation && log.device.map(own.contains) == true
            }
            var parts: [CollectedItem.Part] = []
            for identity in collection.entryCounts.keys.sorted() {
                parts.append(.init(author: try authorItem(identity, store: store), entries: collection.entryCounts[identity] ?? 0))
            }
            if !preview, collection.entryCount > 0 { effects.append(.notice(.collected(entries: collection.entryCount))) }
            return .collected(
                CollectedItem(
                    heldBefore: limit.iso8601, entries: collection.entryCount, bytes: collection.byteCount, parts: parts,
                    more: collection.isCut))
        } catch {
            throw .store(error)
        }
    }

    // MARK: - Adopting

    /// Vouches for an entry that is held, and for what leads to it.
    mutating func adopt(
        _ text: String, by: String?, at now: Now, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let stored = try heldEntry(named: text, store: store)
        let signer = try registrar(by)
        guard let author = stored.entry.identity, let facts = replica.facts(of: stored) else {
            throw .refusal(Self.notHeld(text))
        }
        guard !facts.isInForce else {
            throw .refusal(
                Refusal(.refused, what: "this entry is accepted already", why: "nothing keeps it out", next: "entente why \(text)"))
        }
        guard Self.isAdoptable(facts, stored.entry) else {
            let reasons = try storing { () throws(StoreFailure) in try heldReasons(facts, stored.entry, store: store) }
            throw .refusal(
                Refusal(
                    .refused, what: "a vouch does not bring this entry back",
                    why: reasons.map(\.words).first ?? "no removal keeps it out, but something that vouches do not answer",
                    next: "entente why \(text)"))
        }
        let isAdmission = stored.entry.header.kind == .admit
        let officer = try adopter(of: stored, facts, signer: signer, at: now)
        do throws(StoreFailure) {
            guard let tip = isAdmission ? stored : try replica.lastSigned(stored, store: store) else {
                throw StoreFailure.corrupt("an entry that no signature covers is stored")
            }
            let count = 1 + (try heldBefore(stored, store: store))
            var act = RegistryAct(kind: .vouch)
            act.scope = officer.capability.scope
            if isAdmission { act.admits = [stored.entry.id] } else { act.tips = [tip.entry.id] }
            let vouch = try authorAct(act, citing: officer.capability.id, by: officer.signer, at: now, store: &store, effects: &effects)
            return .adopted(
                AdoptedItem(
                    id: stored.entry.id.description, author: try authorItem(author, store: store),
                    space: try stored.entry.header.space.path.map { (path) throws(StoreFailure) in try spaceLabel(path, store: store) }
                        ?? "registry", entries: count, vouch: vouch.id.description))
        } catch {
            throw .store(error)
        }
    }

    /// True if a vouch answers all that keeps the entry out. What a person's own keys keep out it answers for acts of the
    /// registry, and not for content.
    private static func isAdoptable(_ facts: EntryFacts, _ entry: Entry) -> Bool {
        let isKeyAnswered = entry.header.space == .registry && facts.keyRank != nil
        let isVouchable = !facts.stoppedBy.isEmpty || isKeyAnswered && !facts.isKeyInForce || facts.isOverQuota
        return isVouchable && (facts.isKeyInForce || isKeyAnswered) && facts.isWellFormed && facts.isAuthorized
            && facts.disavowedBy.isEmpty && facts.annulledBy.isEmpty
    }

    /// The standing of a signer by which a vouch for the entry counts.
    private func adopter(of stored: StoredEntry, _ facts: EntryFacts, signer: Signer, at now: Now) throws(Stop) -> Officer {
        let own = officers(at: now.wall).filter { $0.signer.identity == signer.identity }
        let cited = stored.entry.header.authorization.capability.flatMap { replica.authority.capability($0) }
        // Without a stop there is no limit but the level of what the entry cites.
        let limit = facts.vouchLevelMax ?? (facts.stoppedBy.isEmpty ? cited.map { $0.level > 0 ? $0.level - 1 : 0 } : nil) ?? 0
        guard let cited, let index = officer(own, above: cited.level, limit: limit, covering: scope(of: stored.entry)) else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not adopt this",
                    why: "that takes an administrator or a steward of the place, of level \(limit) or smaller",
                    next: "ask somebody more senior, or act as another member with --as"))
        }
        return own[index]
    }

    private static func notHeld(_ text: String) -> Refusal {
        Refusal(
            .notFound, what: "no entry “\(text)” is held here", why: "none on the shelf has an id that begins so", next: "entente held list"
        )
    }

    private func heldEntry(named text: String, store: some ReplicaStore) throws(Stop) -> StoredEntry {
        let found: StoredEntry? = try storing { () throws(StoreFailure) in
            if let id = EntryID(hex: text) { return try store.entry(id) }
            guard text.utf8.count >= 8 else { return nil }
            let matches = try replica.heldEntries(of: nil, limit: NodeLimits.timelineMax, store: store).filter {
                $0.entry.id.description.hasPrefix(text.lowercased())
            }
            return matches.count == 1 ? matches.first : nil
        }
        guard let found else { throw .refusal(Self.notHeld(text)) }
        return found
    }
}
