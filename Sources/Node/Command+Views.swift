import EntenteModel

/// What somebody looks for among the posts.
package struct SearchRequest: Hashable, Sendable, Codable {
    /// All of these; a word that ends in `*` finds those that begin so.
    package var words: String
    /// By name or id; nil: all.
    package var space: String?
    package var author: String?
    /// The earliest and the latest time at which a post is shown.
    package var since: Timestamp?
    package var until: Timestamp?
    package var limit: Int
    /// Whether posts that stewards hide are found too; nil is false, so that a script may leave it out.
    package var hidden: Bool?

    package init(
        words: String, space: String?, author: String?, since: Timestamp?, until: Timestamp?, limit: Int, hidden: Bool? = nil
    ) {
        self.words = words
        self.space = space
        self.author = author
        self.since = since
        self.until = until
        self.limit = limit
        self.hidden = hidden
    }
}

/// A text that a post has or had.
package struct VersionItem: Hashable, Sendable, Codable {
    /// The edit's id, or the post's own.
    package var id: String
    package var author: AuthorItem
    package var time: String
    package var text: String
    /// `current`, `concurrent` (beside the one that counts) or `superseded`.
    package var standing: String

    package init(id: String, author: AuthorItem, time: String, text: String, standing: String) {
        self.id = id
        self.author = author
        self.time = time
        self.text = text
        self.standing = standing
    }
}

/// A person as the spaces know it.
package struct PersonItem: Hashable, Sendable, Codable {
    package struct Name: Hashable, Sendable, Codable {
        /// The space, by name.
        package var space: String
        package var name: String
        package init(space: String, name: String) {
            self.space = space
            self.name = name
        }
    }

    package var id: String
    /// The name in the first of the spaces.
    package var name: String
    package var spaces: [Name]

    package init(id: String, name: String, spaces: [Name]) {
        self.id = id
        self.name = name
        self.spaces = spaces
    }
}

/// What people read, in a form that can be compared: equal on every node with the same entries.
package struct DigestItem: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package var posts: Int
    /// 64 hexadecimal digits.
    package var digest: String

    package init(id: String, name: String, posts: Int, digest: String) {
        self.id = id
        self.name = name
        self.posts = posts
        self.digest = digest
    }
}

package struct ViewsItem: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        /// Everything that was stored when it was asked is in the views.
        case current
        /// Something is still to be taken in.
        case behind
        /// All is being made again.
        case rebuilding
        /// The views cannot be written; `why` says why.
        case unavailable
    }

    package var state: State
    /// Entries read, of entries stored, while all is made again.
    package var done: Int64
    package var total: Int64
    package var why: String?
    /// Where digests were asked for.
    package var spaces: [DigestItem]

    package init(state: State, done: Int64 = 0, total: Int64 = 0, why: String? = nil, spaces: [DigestItem] = []) {
        self.state = state
        self.done = done
        self.total = total
        self.why = why
        self.spaces = spaces
    }
}

extension Command {
    /// True for what is answered from the views, which the runtime keeps beside the node.
    package var isAboutViews: Bool {
        switch self {
        case .timeline, .thread, .search, .people, .views, .rebuildViews: true
        default: false
        }
    }
}

extension Refusal {
    /// The node alone has a timeline and nothing else of the views.
    static let withoutViews = Refusal(
        .unavailable, what: "this node keeps no views", why: "It was asked without the part that keeps them.", next: "entente timeline")
}
