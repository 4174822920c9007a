import EntenteModel

/// What a visible entry of a space says, with what is known of who says it: all that views are made of.
package struct Statement: Hashable, Sendable {
    package let id: EntryID
    package let space: SpacePath
    package let author: IdentityID
    /// Of the capability that the entry cites. Both are fixed with the capability: no later verdict changes them.
    package let level: UInt8
    package let rights: Rights
    /// The author's claim.
    package let timestamp: Timestamp
    /// A local fact: shown, and no part of what must be equal everywhere.
    package let firstSeen: Timestamp
    package let content: Content

    package enum Content: Hashable, Sendable {
        case said(Operation)
        /// The body was erased here: only that there was something is known.
        case erased
    }

    package init(
        id: EntryID, space: SpacePath, author: IdentityID, level: UInt8, rights: Rights, timestamp: Timestamp, firstSeen: Timestamp,
        content: Content
    ) {
        self.id = id
        self.space = space
        self.author = author
        self.level = level
        self.rights = rights
        self.timestamp = timestamp
        self.firstSeen = firstSeen
        self.content = content
    }

    package var place: TimelinePlace { TimelinePlace(timestamp: timestamp, id: id) }
    /// What people are shown: nobody's claim puts an entry after the moment at which it was here.
    package var shownTime: Timestamp { min(timestamp, firstSeen) }

    /// True if the capability lets its holder hide posts in the spaces that it covers.
    package var mayHide: Bool { !rights.isDisjoint(with: [.steward, .admin]) }
}

extension Statement {
    /// The statement of a stored content entry; nil where it says nothing that this version understands, or its body is
    /// missing. Whether it is visible is for the caller to know.
    ///
    /// - Parameter capability: the grant or admission that the entry cites.
    package init?(_ stored: StoredEntry, citing capability: Entry) {
        let header = stored.entry.header
        guard let space = header.space.path, let author = header.identity, let act = capability.header.act,
            act.kind == .grant || act.kind == .admit
        else { return nil }
        let content: Content
        switch stored.body {
        case .present(let body):
            guard let operation = Operation(kind: header.kind, body: body.bytes) else { return nil }
            // What these two are of is asked of the header, which stays when the body goes. (Specs/02-entry.md, E-56)
            if header.kind == .edit || header.kind == .erasure, header.target != operation.target { return nil }
            content = .said(operation)
        case .erased: content = .erased
        case .none, .missing: return nil
        }
        self.init(
            id: stored.entry.id, space: space, author: author, level: act.level, rights: act.rights, timestamp: header.timestamp,
            firstSeen: stored.firstSeen, content: content)
    }
}

/// A value that several entries set: the ones that no other supersedes stand, and one of them counts.
package enum Register {
    /// The statements that none of the others supersedes: the one that counts first, then by level and id.
    ///
    /// Who is senior counts before who is not, then the smaller id: no clock decides, so a clock that is wrong wins
    /// nothing.
    package static func standing(_ statements: [Statement], superseding: (Statement) -> [EntryID]) -> [Statement] {
        var superseded: Set<EntryID> = []
        for statement in statements { superseded.formUnion(superseding(statement)) }
        return statements.filter { !superseded.contains($0.id) }.sorted { ($0.level, $0.id) < ($1.level, $1.id) }
    }
}
