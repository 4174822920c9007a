import EntenteCodec
import EntenteModel
import EntenteReplica

// Acts and capabilities in the words that people read: names, never hashes.
extension Node {
    // MARK: - Who

    func authorItem(_ identity: IdentityID, store: some ReplicaStore) throws(StoreFailure) -> AuthorItem {
        AuthorItem(id: identity.description, name: try name(of: identity, store: store))
    }

    /// Nil for the root keys.
    func authorItem(ofAny identity: IdentityID?, store: some ReplicaStore) throws(StoreFailure) -> AuthorItem? {
        guard let identity else { return nil }
        return try authorItem(identity, store: store)
    }

    /// A member by name, by id, or by the beginning of an id.
    func member(named text: String, at wall: Timestamp, store: some ReplicaStore) throws(Stop) -> IdentityID {
        let items = try storing { () throws(StoreFailure) in try memberItems(at: wall, store: store) }
        let matches = items.filter {
            $0.id == text || Names.equal($0.name, text) || text.utf8.count >= 8 && $0.id.hasPrefix(text.lowercased())
        }
        if matches.count > 1 {
            let list = matches.map { "\($0.name), \($0.kind), \($0.id.prefix(8))" }.joined(separator: "; ")
            throw .refusal(
                Refusal(
                    .refused, what: "several members are called “\(text)”", why: "there are \(list)", next: "name the member by id"))
        }
        guard let match = matches.first, let identity = IdentityID(hex: match.id) else {
            throw .refusal(
                Refusal(
                    .notFound, what: "there is no member “\(text)”", why: "no one of that name or id has ever been let in",
                    next: Names.guess(text, among: items.map(\.name), all: "entente members")))
        }
        return identity
    }

    /// A registry entry by its id, or by the first 8 or more digits of it.
    func registryEntry(named text: String, of kinds: [Kind], next: String) throws(Stop) -> EntryID {
        let ids = kinds.flatMap { replica.authority.entries($0) }
        let matches = ids.filter { text.utf8.count >= 8 && $0.description.hasPrefix(text.lowercased()) }
        guard matches.count == 1, let match = matches.first else {
            throw .refusal(
                Refusal(
                    .notFound, what: "“\(text)” names nothing here",
                    why: matches.isEmpty
                        ? "there is no \(kinds.map(\.name).joined(separator: ", ")) whose id begins so"
                        : "\(matches.count) ids begin so: type more of it", next: next))
        }
        return match
    }

    // MARK: - What

    /// "the whole network", or "“Chantier”".
    func scopeWords(_ scope: SpacePath, store: some ReplicaStore) throws(StoreFailure) -> String {
        scope.isNetwork ? "the whole network" : "“\(try spaceLabel(scope, store: store))”"
    }

    /// The name of (level, rights, scope), for whoever comes to hold it.
    func roleTitle(level: UInt8, rights: Rights, scope: SpacePath, isSite: Bool) -> String {
        switch level {
        case _ where rights == .disavow: "security officer"
        case 0...5 where isSite && rights.contains(.steward) && !rights.contains(.invite): "automatic acts"
        case 0...5 where isSite && scope.isNetwork: "site"
        case 5 where isSite: "partner"
        case 1...5 where rights.contains(.admin): "administrator"
        case 6: "steward"
        case 9: rights.contains(.post) ? "guest" : "reading guest"
        default: isSite ? "site" : "member"
        }
    }

    /// "administrator of the whole network", "member in “Chantier”".
    func roleWords(_ capability: CapabilityRecord, store: some ReplicaStore) throws(StoreFailure) -> String {
        let isInvitation = capability.kind == .invite
        let level = capability.level + (isInvitation ? 1 : 0)
        let isSite = capability.subject.map { replica.authority.isSite($0) } ?? (level <= 5)
        let title = roleTitle(level: level, rights: capability.rights, scope: capability.scope, isSite: isSite)
        return "\(title) of \(try scopeWords(capability.scope, store: store))"
    }

    /// An act of the registry, or nil if it is not here.
    func actItem(_ id: EntryID, store: some ReplicaStore) throws(StoreFailure) -> ActItem? {
        guard let record = replica.authority.act(id), let stored = try store.entry(id) else { return nil }
        return ActItem(
            id: id.description, time: record.timestamp.iso8601, by: try authorItem(ofAny: stored.entry.identity, store: store),
            words: try words(of: stored.entry, store: store), inForce: replica.authority.facts(of: id)?.isInForce ?? false)
    }

    func actItems(_ ids: some Sequence<EntryID>, store: some ReplicaStore) throws(StoreFailure) -> [ActItem] {
        var items: [ActItem] = []
        for id in ids { if let item = try actItem(id, store: store) { items.append(item) } }
        return items.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }

    /// What a registry entry says that it does, without who and when.
    func words(of entry: Entry, store: some ReplicaStore) throws(StoreFailure) -> String {
        guard let act = entry.header.act else { return "did something that this version does not know" }
        return try words(of: act, store: store)
    }

    /// What an act that is not written would be.
    func preview(of act: RegistryAct, by signer: Signer, at now: Now, store: some ReplicaStore) throws(StoreFailure) -> ActItem {
        ActItem(
            id: "", time: now.wall.iso8601, by: try authorItem(signer.identity, store: store), words: try words(of: act, store: store),
            inForce: false)
    }

    private func words(of act: RegistryAct, store: some ReplicaStore) throws(StoreFailure) -> String {
        let scope = try scopeWords(act.scope, store: store)
        switch act.kind {
        case .genesis: return "founded the network “\(act.networkName)”"
        case .rootUpdate:
            let keys = act.rootKeys.map(\.short).joined(separator: ", ")
            return "set \(Self.count(act.rootKeys.count, "root key")), of which \(act.rootQuorum) must sign: \(keys)"
        case .spaceCreate:
            let path = act.spaceID.flatMap { act.scope.appending($0) } ?? act.scope
            return "made the space \(try scopeWords(path, store: store))"
        case .grant, .admit: return try membershipWords(act, store: store)
        case .invite:
            let title = roleTitle(level: act.level + 1, rights: act.rights, scope: act.scope, isSite: act.level + 1 <= 5)
            return "invited a \(title) into \(scope)\(act.expiry.map { ", to come by \($0.iso8601.prefix(10))" } ?? "")"
        case .remove: return try removalWords(act, scope: scope, store: store)
        case .vouch: return "vouched for \(Self.count(act.tips.count, "log")) and \(Self.count(act.admits.count, "admission")) in \(scope)"
        case .disavow:
            let victim = try act.from.flatMap { (id) throws(StoreFailure) in try store.entry(id)?.entry.identity }
            return "voided what \(try nameOrSomebody(victim, store: store)) wrote from one entry on, in \(scope)"
        case .annul:
            guard let target = act.target, let stored = try store.entry(target), stored.entry.header.kind != .annul else {
                return "took back an act that is not here"
            }
            return "took back: \(try nameOrSomebody(stored.entry.identity, store: store)) \(try words(of: stored.entry, store: store))"
        case .leave: return "left \(scope)"
        default: return try keyWords(act, store: store)
        }
    }

    private func membershipWords(_ act: RegistryAct, store: some ReplicaStore) throws(StoreFailure) -> String {
        let isSite = act.subject.map { replica.authority.isSite($0) } ?? false
        let title = roleTitle(level: act.level, rights: act.rights, scope: act.scope, isSite: isSite)
        let scope = try scopeWords(act.scope, store: store)
        let end = act.expiry.map { " until \($0.iso8601.prefix(10))" } ?? ""
        if act.kind == .admit { return "came in as \(title) of \(scope)\(end)" }
        let lifted = act.over.isEmpty ? "" : ", in spite of \(Self.count(act.over.count, "removal"))"
        return "made \(try nameOrSomebody(act.subject, store: store)) \(title) of \(scope)\(end)\(lifted)"
    }

    private func removalWords(_ act: RegistryAct, scope: String, store: some ReplicaStore) throws(StoreFailure) -> String {
        var parts: [String] = []
        let holder = act.subtree.flatMap { replica.authority.capability($0)?.subject }
        if let subject = act.subject, subject != holder {
            parts.append("removed \(try nameOrSomebody(subject, store: store)) from \(scope)")
        }
        if act.subtree != nil {
            parts.append("removed \(try nameOrSomebody(holder, store: store)) and all who came in through them from \(scope)")
        }
        var closed = 0
        for id in act.capabilities {
            guard let capability = replica.authority.capability(id) else { continue }
            if capability.kind == .invite {
                closed += 1
            } else if act.subtree == nil, act.subject == nil, parts.count < 3 {
                parts.append(
                    "ended the standing of \(try nameOrSomebody(capability.subject, store: store)) as \(try roleWords(capability, store: store))"
                )
            }
        }
        if closed > 0 { parts.append("closed \(Self.count(closed, "invitation"))") }
        let words = parts.isEmpty ? "removed somebody who is not here" : parts.joined(separator: " and ")
        return words + (act.vouchLevelMax == nil ? "" : ", for cause")
    }

    private func keyWords(_ act: RegistryAct, store: some ReplicaStore) throws(StoreFailure) -> String {
        switch act.kind {
        case .identityCreate: return act.host == nil ? "began a site" : "began a membership"
        case .keyAdd:
            let site = act.host.flatMap { replica.directory.identities(ofDevice: $0).first }
            return "added the device \(act.key?.short ?? "")\(site == nil ? "" : " on \(try nameOrSomebody(site, store: store))")"
        case .keyRemove: return "removed the device \(act.key?.short ?? "")"
        case .keyVouch: return "confirmed what their devices signed"
        case .keyRecover: return "recovered with a recovery key: \(act.key?.short ?? "") signs from here on"
        default: return "did something that this version does not know"
        }
    }

    private func nameOrSomebody(_ identity: IdentityID?, store: some ReplicaStore) throws(StoreFailure) -> String {
        guard let identity else { return "somebody" }
        return try name(of: identity, store: store)
    }

    /// "1 log", "2 logs".
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
