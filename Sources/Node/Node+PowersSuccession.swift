import EntenteCodec
import EntenteModel
import EntenteReplica

// Whose keys are lost, with no recovery key left, begins anew: an administrator says so. The old identity keeps what it
// wrote; nobody gets its keys.
extension Node {
    /// What administrators said of successors, oldest first.
    func successions(store: some ReplicaStore) throws(StoreFailure) -> [(old: IdentityID, new: IdentityID)] {
        let said = try store.visible(kind: .succession, space: nil, identity: nil, before: nil, limit: NodeLimits.timelineMax)
        return said.reversed().compactMap { stored in
            guard let author = stored.entry.identity, case .present(let body) = stored.body,
                case .succession(let old, let new) = Operation(kind: .succession, body: body.bytes),
                replica.authority.capabilities(of: author).contains(where: { $0.isIssued && $0.rights.contains(.admin) })
            else { return nil }
            return (old, new)
        }
    }

    mutating func succeed(
        _ oldName: String, by newName: String, acting by: String?, preview: Bool, at now: Now,
        using random: inout some RandomNumberGenerator, store: inout some ReplicaStore, effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        let old = try member(named: oldName, at: now.wall, store: store)
        let new = try member(named: newName, at: now.wall, store: store)
        let signer = try registrar(by)
        let authority = replica.authority
        guard old != new, authority.isSite(old) == authority.isSite(new) else {
            throw .refusal(
                Refusal(
                    .refused, what: "“\(newName)” cannot stand for “\(oldName)”",
                    why: old == new ? "they are the same" : "one is a site and the other a person", next: "entente members"))
        }
        guard let homeSpace, capability(of: signer.identity, rights: .admin, covering: .network, at: now.wall) != nil,
            let posting = capability(of: signer.identity, rights: .post, covering: homeSpace, at: now.wall, mostSenior: false)
        else {
            throw .refusal(
                Refusal(
                    .refused, what: "\(signer.name) may not name a successor", why: "that takes an administrator of the whole network",
                    next: "ask an administrator, or act as another member with --as"))
        }
        try checkRoom(for: signer, in: .content(homeSpace))
        do throws(StoreFailure) {
            var item = SuccessionItem(
                old: try authorItem(old, store: store), new: try authorItem(new, store: store), granted: [], missing: [], id: "")
            let grants = try inherited(from: old, by: new, signer: signer, at: now, into: &item, store: store)
            if preview { return .succeeded(item) }
            for grant in grants {
                try authorAct(grant.act, citing: grant.giver.id, by: signer, at: now, store: &store, effects: &effects)
            }
            item.id = try authorContent(
                .succession(old: old, new: new), in: homeSpace, citing: posting.id, by: signer, at: now, using: &random, store: &store,
                effects: &effects
            ).id.description
            return .succeeded(item)
        } catch { throw .store(error) }
    }

    /// The standings of the old one that the new one gets, and in the item which ones those are.
    private func inherited(
        from old: IdentityID, by new: IdentityID, signer: Signer, at now: Now, into item: inout SuccessionItem, store: some ReplicaStore
    ) throws(StoreFailure) -> [(act: RegistryAct, giver: CapabilityRecord)] {
        let former = replica.authority.capabilities(of: old).filter {
            $0.isActive && !isAutomatic($0) && $0.expiry.map { now.wall <= $0 } != false
        }
        var grants: [(act: RegistryAct, giver: CapabilityRecord)] = []
        for standing in former where !has(new, what: standing) {
            let words = try roleWords(standing, store: store)
            guard let giver = capability(of: signer.identity, rights: .admin, covering: standing.scope, at: now.wall),
                giver.level < standing.level, giver.rights.isSuperset(of: standing.rights)
            else {
                item.missing.append(words)
                continue
            }
            // What a removal of the new one stops would be given in vain.
            guard stops(against: new, level: standing.level, at: standing.scope, liftedBy: nil, givenUnder: giver.id).isEmpty else {
                item.missing.append("\(words): \(item.new.name) was removed from there")
                continue
            }
            let conferral = Conferral(
                level: standing.level, rights: standing.rights, places: [(standing.scope, giver)],
                expiry: [standing.expiry, giver.expiry].compactMap(\.self).min())
            grants.append((Self.grantAct(conferral, over: [], to: new, in: standing.scope), giver))
            item.granted.append(words)
        }
        return grants
    }

    /// True if the identity holds a standing of that level or above, with those rights, around that place.
    private func has(_ identity: IdentityID, what standing: CapabilityRecord) -> Bool {
        replica.authority.capabilities(of: identity).contains {
            $0.isActive && $0.level <= standing.level && $0.rights.isSuperset(of: standing.rights) && standing.scope.lies(in: $0.scope)
        }
    }
}
