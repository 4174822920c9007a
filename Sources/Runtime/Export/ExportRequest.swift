/// What is to be exported.
package struct ExportRequest: Hashable, Sendable {
    /// One space, by name or id; nil: all that the site may hold.
    package var space: String?
    /// With the entries that the posts are made of, and those of the registry: for an auditor.
    package var withEntries: Bool

    package init(space: String?, withEntries: Bool) {
        self.space = space
        self.withEntries = withEntries
    }
}
