import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Names that people give. Two names are equal where their bytes are: what looks alike is not the same.
enum Names {
    static func equal(_ a: String, _ b: String) -> Bool { Array(a.utf8) == Array(b.utf8) }

    /// Advice for somebody who named nothing that there is: what may have been meant, and the command that lists all.
    static func guess(_ text: String, among names: [String], all command: String) -> String {
        guard let name = Spelling.nearest(to: text, among: names) else { return command }
        return "perhaps “\(name)” was meant, all of them: \(command)"
    }

    /// Throws unless the name can be said: not empty, not too long, one line, no control characters.
    static func check(_ name: String, of thing: String) throws(Node.Stop) {
        let hasControl = name.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        guard !name.isEmpty, name.utf8.count <= EntryLimits.nameBytesMax, !hasControl, name.unicodeScalars.first != " " else {
            throw .refusal(
                Refusal(
                    .usage, what: "“\(name.prefix(40))” cannot be the name of \(thing)",
                    why: "a name has 1 to \(EntryLimits.nameBytesMax) bytes, no control characters, and does not begin with a space",
                    next: "choose another name"))
        }
    }
}

extension Node {
    /// The name of an identity as it says it in a space; elsewhere if it says none there; a short id if it says none at
    /// all that this node may see.
    func name(of identity: IdentityID, in space: SpacePath? = nil, store: some ReplicaStore) throws(StoreFailure) -> String {
        if let space, let name = try profile(of: identity, in: space, store: store) { return name }
        if let name = try profile(of: identity, in: nil, store: store) { return name }
        if let local = localName(identity) { return local }
        if identity == ownSite, let bytes = try store.fact(.siteName) { return String(decoding: bytes, as: UTF8.self) }
        return identity.short
    }

    private func localName(_ identity: IdentityID) -> String? {
        self.identity.members.first { member in
            replica.directory.identities(ofDevice: DeviceKey(member.key.publicKey)).first == identity
        }?.name
    }

    private func profile(
        of identity: IdentityID, in space: SpacePath?, store: some ReplicaStore
    ) throws(StoreFailure) -> String? {
        let newest = try store.visible(kind: .profile, space: space, identity: identity, before: nil, limit: 1)
        guard let stored = newest.first, ownAudience.mayHold(stored.entry.header.space), case .present(let body) = stored.body,
            case .profile(let name) = Operation(kind: .profile, body: body.bytes)
        else { return nil }
        return name
    }

    /// The name that a space was given last by one who may name it: an administrator or a steward. A short id where none
    /// is here.
    func spaceName(_ path: SpacePath, store: some ReplicaStore) throws(StoreFailure) -> String {
        // Others may say such names too; they are passed over, so many of them at most.
        let newest = try store.visible(kind: .spaceProfile, space: path, identity: nil, before: nil, limit: NodeLimits.spaceNamesMax)
        for stored in newest {
            guard let capability = stored.entry.header.authorization.capability.flatMap({ replica.authority.capability($0) }),
                !capability.rights.isDisjoint(with: [.admin, .steward]), case .present(let body) = stored.body,
                case .spaceProfile(let name) = Operation(kind: .spaceProfile, body: body.bytes)
            else { continue }
            return name
        }
        return name(of: .content(path))
    }

    /// For notices, which have no store at hand.
    func name(of space: Space) -> String {
        switch space {
        case .registry: "registry"
        case .content(let path): String(path.description.suffix(32).prefix(8))
        }
    }

    func name(ofNode node: DeviceKey?) -> String {
        guard let node else { return "?" }
        return replica.directory.identities(ofDevice: node).first?.short ?? node.short
    }
}
