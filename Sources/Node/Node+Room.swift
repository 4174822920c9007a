import EntenteModel
import EntenteReplica

// What others' gates keep out for good is not written: it would stay here alone, and this node would never be in sync with
// anybody again. (Specs/03-authority.md, A-86)
extension Node {
    /// Who acts, if others take what he writes next in the registry.
    func registrar(_ by: String?, entries: Int = NodeLimits.entriesReserved) throws(Stop) -> Signer {
        let signer = try signer(by)
        try checkRoom(for: signer, in: .registry, entries: entries)
        return signer
    }

    /// Refuses unless others take what the signer writes next in that space.
    func checkRoom(for signer: Signer, in space: Space, entries: Int = NodeLimits.entriesReserved) throws(Stop) {
        guard let reason = replica.keepsOut(author(signer), in: space, entries: entries) else { return }
        throw .refusal(roomRefusal(reason, of: signer, in: space))
    }

    func hasRoom(_ signer: Signer, in space: Space) -> Bool { replica.keepsOut(author(signer), in: space) == nil }

    func roomRefusal(_ reason: GateReason, of signer: Signer, in space: Space) -> Refusal {
        let place = space == .registry ? "in the registry" : "in that space"
        guard reason == .logs else {
            return Refusal(
                .refused, what: "\(signer.name) can write nothing more \(place)",
                why: "sites take \(replica.gate.limits.registryEntriesMax) registry entries of somebody who administers nothing",
                next: "set gate.registryEntriesMax higher on every site: entente config show")
        }
        return Refusal(
            .refused, what: "the key of \(signer.name) can write nothing more \(place)",
            why: "it has begun \(GateLimits.logsMax) logs there, one after each restore of a database, and no site takes a further one",
            next: signer.identity == ownSite
                ? "invite the site anew, in another directory, and revoke this one"
                : "sign with a new key: entente recover RECOVERY-KEY-FILE --member NAME")
    }

    /// Who of those that sign here can write nothing more in a space or the registry, for people to read.
    var roomWords: [String] {
        let signers = [siteSigner].compactMap(\.self) + identity.members.compactMap { signer(for: $0) }
        return signers.filter { signs($0) }.flatMap { signer in
            ([.registry] + replica.spaces).filter { $0 == .registry || ownAudience.mayHold($0) }.compactMap { space in
                replica.keepsOut(author(signer), in: space, entries: NodeLimits.entriesReserved).map {
                    let refusal = roomRefusal($0, of: signer, in: space)
                    return "\(refusal.what)\(space == .registry ? "" : " (\(name(of: space)))"): \(refusal.why)"
                }
            }
        }
    }
}
