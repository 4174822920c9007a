import EntenteCodec
import EntenteModel

package enum ResolutionLimits {
    /// Edits of one post that count, the newest by (timestamp, id): 12 MiB of text at most, and more than anybody reads.
    package static let editsMax = 256
    /// Reactions to one post, and hidings and unhidings of it, that count, the newest by (timestamp, id).
    package static let marksMax = 16_384
}

extension ResolvedPost {
    /// The post that `post` begins, as the statements about it leave it. Nil where `post` is no post.
    ///
    /// `about` may hold anything that names the post, in any order: what does not count is passed over.
    package init?(_ post: Statement, about: [Statement]) {
        let here = about.filter { $0.space == post.space }.sorted { $0.place < $1.place }
        var text: String?
        var replyTo: EntryID?
        switch post.content {
        case .said(.post(let said, let answered)): (text, replyTo) = (said, answered)
        case .said: return nil
        case .erased: break
        }
        let isErased = text == nil || here.contains { Self.erases($0, post) }
        self.init(
            id: post.id, space: post.space, author: post.author, timestamp: post.timestamp, shownTime: post.shownTime,
            replyTo: isErased ? nil : replyTo, versions: isErased ? [] : Self.versions(of: post, saying: text ?? "", edits: here),
            isErased: isErased, hidings: Self.hidings(of: post, here), reactions: Self.reactions(to: post, here))
    }

    /// The author's identity erases, whatever has happened to it since, and an officer with the right to.
    private static func erases(_ statement: Statement, _ post: Statement) -> Bool {
        guard case .said(.erasure(post.id)) = statement.content else { return false }
        return statement.author == post.author || statement.rights.contains(.disavow)
    }

    private static func versions(of post: Statement, saying text: String, edits statements: [Statement]) -> [Version] {
        var texts: [EntryID: String] = [post.id: text]
        var superseded: [EntryID: [EntryID]] = [:]
        let edits = statements.filter { statement in
            // Only the author's identity edits.
            guard statement.author == post.author, case .said(.edit(post.id, let text, let supersedes)) = statement.content else {
                return false
            }
            texts[statement.id] = text
            superseded[statement.id] = supersedes
            return true
        }.suffix(ResolutionLimits.editsMax)
        let standing = Register.standing(Array(edits)) { superseded[$0.id] ?? [] }
        let concurrent = Set(standing.map(\.id))
        let current = standing.first?.id ?? post.id
        return ([post] + edits).map { statement in
            Version(
                id: statement.id, author: statement.author, timestamp: statement.timestamp, shownTime: statement.shownTime,
                text: texts[statement.id] ?? "",
                standing: statement.id == current ? .current : concurrent.contains(statement.id) ? .concurrent : .superseded)
        }
    }

    private static func hidings(of post: Statement, _ statements: [Statement]) -> [Hiding] {
        var lifted: Set<EntryID> = []
        var hidings: [Hiding] = []
        for statement in statements.filter({ $0.mayHide && $0.marks(post.id) }).suffix(ResolutionLimits.marksMax) {
            switch statement.content {
            case .said(.hiding): hidings.append(Hiding(id: statement.id, author: statement.author, timestamp: statement.timestamp))
            case .said(.unhiding(_, let lifts)): lifted.formUnion(lifts)
            default: break
            }
        }
        return hidings.filter { !lifted.contains($0.id) }.sorted { $0.id < $1.id }
    }

    /// A register for each (member, emoji).
    private struct ReactionKey: Hashable, Comparable {
        /// An emoji is its bytes: what looks alike is not the same.
        let emoji: [UInt8]
        let member: IdentityID

        static func < (a: ReactionKey, b: ReactionKey) -> Bool {
            a.emoji == b.emoji ? a.member < b.member : a.emoji.lexicographicallyPrecedes(b.emoji)
        }
    }

    private static func reactions(to post: Statement, _ statements: [Statement]) -> [Reaction] {
        var registers: [ReactionKey: [Statement]] = [:]
        for statement in statements.filter({ $0.reactsTo(post.id) }).suffix(ResolutionLimits.marksMax) {
            guard case .said(.reaction(_, let emoji, _, _)) = statement.content else { continue }
            registers[ReactionKey(emoji: Array(emoji.utf8), member: statement.author), default: []].append(statement)
        }
        var reactions: [Reaction] = []
        for (key, statements) in registers.sorted(by: { $0.key < $1.key }) {
            let standing = Register.standing(statements) { statement in
                guard case .said(.reaction(_, _, let supersedes, _)) = statement.content else { return [] }
                return supersedes
            }
            guard case .said(.reaction(_, let emoji, _, false)) = standing.first?.content else { continue }
            if let last = reactions.last, last.emoji.utf8.elementsEqual(key.emoji) {
                reactions[reactions.count - 1] = Reaction(emoji: emoji, members: last.members + [key.member])
            } else {
                reactions.append(Reaction(emoji: emoji, members: [key.member]))
            }
        }
        return reactions
    }
}

extension Statement {
    fileprivate func marks(_ post: EntryID) -> Bool {
        switch content {
        case .said(.hiding(post)), .said(.unhiding(post, _)): true
        default: false
        }
    }

    fileprivate func reactsTo(_ post: EntryID) -> Bool {
        if case .said(.reaction(post, _, _, _)) = content { true } else { false }
    }
}

/// The name of an identity in a space.
package enum ResolvedName {
    /// A profile, and where it is in its log.
    package struct Claim: Hashable, Sendable {
        package let statement: Statement
        package let log: LogID
        package let sequence: UInt64

        package init(statement: Statement, log: LogID, sequence: UInt64) {
            self.statement = statement
            self.log = log
            self.sequence = sequence
        }
    }

    /// The name that counts among the visible profiles of one identity in one space; nil where none says one.
    ///
    /// A profile supersedes those before it in its log: a body names none. Between logs the level decides, then the id.
    package static func resolve(_ claims: [Claim]) -> String? {
        let standing = Register.standing(claims.map(\.statement)) { statement in
            guard let claim = claims.first(where: { $0.statement.id == statement.id }) else { return [] }
            return claims.filter { $0.log == claim.log && $0.sequence < claim.sequence }.map(\.statement.id)
        }
        guard case .said(.profile(let name)) = standing.first?.content else { return nil }
        return name
    }
}
