/// Something that was said about a post.
package struct OperationItem: Hashable, Sendable, Codable {
    /// The entry that was written.
    package var id: String
    /// `edit`, `reaction`, `hiding`, `unhiding`.
    package var kind: String
    /// The post that it is about.
    package var target: String
    package var space: String
    package var by: AuthorItem
    /// How many earlier edits or reactions it supersedes, or hidings it lifts.
    package var supersedes: Int
}

package struct ErasureItem: Hashable, Sendable, Codable {
    /// Empty for a preview.
    package var id: String
    package var target: String
    /// The kind of what is erased: `post`, `edit`, …
    package var kind: String
    package var space: String
    package var author: AuthorItem
    package var time: String
    /// Edits of it that are here and go with it.
    package var edits: Int
    package var by: AuthorItem
    /// True where somebody else than the author erases, by the right to disavow.
    package var byOfficer: Bool
}

/// One line of an import.
package struct ImportedPost: Hashable, Sendable, Codable {
    /// A member who signs here, by name or id; passed over where the command says who acts.
    package var author: String
    package var space: String
    package var text: String
    /// An entry that is here.
    package var replyTo: String?

    package init(author: String, space: String, text: String, replyTo: String?) {
        self.author = author
        self.space = space
        self.text = text
        self.replyTo = replyTo
    }
}

/// What became of one line: written, or refused.
package struct ImportOutcome: Hashable, Sendable, Codable {
    package var id: String?
    package var refusal: Refusal?
}
