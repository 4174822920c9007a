import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What stories about edits, reactions, erasures and hidings say to a network.
extension Federation {
    @discardableResult
    func edit(_ id: String, _ text: String, at site: String, by: String? = nil) throws -> OperationItem {
        try operate(.edit(id: id, text: text, by: by), at: site)
    }

    @discardableResult
    func react(_ id: String, _ emoji: String, undo: Bool = false, at site: String, by: String? = nil) throws -> OperationItem {
        try operate(.react(id: id, emoji: emoji, undo: undo, by: by), at: site)
    }

    @discardableResult
    func hide(_ id: String, at site: String, by: String? = nil) throws -> OperationItem { try operate(.hide(id: id, by: by), at: site) }

    @discardableResult
    func unhide(_ id: String, at site: String, by: String? = nil) throws -> OperationItem { try operate(.unhide(id: id, by: by), at: site) }

    @discardableResult
    func erase(_ id: String, preview: Bool = false, at site: String, by: String? = nil) throws -> ErasureItem {
        guard case .erased(let item) = try ask(.erase(id: id, preview: preview, by: by), of: site) else {
            throw Unanswered(answer: "no erasure")
        }
        return item
    }

    private func operate(_ command: Command, at site: String) throws -> OperationItem {
        guard case .operated(let item) = try ask(command, of: site) else { throw Unanswered(answer: "no operation") }
        return item
    }

    /// Root makes a member security officer.
    func makeOfficer(_ member: String) throws {
        let request = GrantRequest(member: member, role: .securityOfficer)
        guard case .rootProposal(let item) = try ask(.proposeRoot(.grant(request)), of: "Paris") else {
            throw Unanswered(answer: "no proposal")
        }
        var proposal = try RootProposal(text: item.proposal)
        for key in world.rootKeys.prefix(2) { proposal.sign(with: key) }
        try ask(.submitRoot(proposal: proposal.text), of: "Paris")
    }

    // MARK: - What is held

    func stored(_ id: String, at site: String) throws -> StoredEntry? { store(of: site).entry(try #require(EntryID(hex: id))) }

    func body(_ id: String, at site: String) throws -> StoredBody? { try stored(id, at: site)?.body }

    /// The sites at which a text stands in the body of an entry.
    func holders(of text: String) -> [String] {
        sites.keys.sorted().filter { site in
            entries(of: site).contains { stored in
                if case .present(let body) = stored.body { String(decoding: body.bytes, as: UTF8.self).contains(text) } else { false }
            }
        }
    }

    /// What an entry says, where its body is here.
    func operation(_ id: String, at site: String) throws -> Operation? {
        guard let stored = try stored(id, at: site), case .present(let body) = stored.body else { return nil }
        return Operation(kind: stored.entry.header.kind, body: body.bytes)
    }

    /// A site loses the body of an entry, as no program of ours loses it.
    func loseBody(_ id: String, at site: String) throws {
        var store = store(of: site)
        store.setBody(of: try #require(EntryID(hex: id)), .missing)
        world.replaceStore(of: self[site], by: store)
    }

    /// A member's key signs in the space for all what the program would refuse to write.
    func forge(_ operation: Operation, as name: String, at site: String) throws {
        var store = store(of: site)
        var replica = try replica(of: site)
        var random = SeededRandom(seed: 1)
        let member = try #require(world.identity(of: self[site]).members.first { $0.name == name })
        let identity = try identity(name, at: site)
        let space = try #require(replica.authority.spaces.first?.path)
        let capability = try #require(replica.authority.capabilities(of: identity).first { $0.rights.contains(.post) })
        let incarnation = try #require(store.fact(.incarnation)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        _ = try replica.author(
            operation, in: space, citing: capability.id, by: Author(key: member.key, identity: identity, incarnation: incarnation),
            at: world.wall(of: self[site]), using: &random, store: &store)
        world.replaceStore(of: self[site], by: store)
    }
}
