import EntenteNode
import EntenteReplica

/// The store that a site's directory holds.
package typealias SiteStore = MemoryStore

/// A site's data directory: its database, its keys, its settings.
package struct NodeDirectory: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// True if a network was founded or joined here.
    package var isFounded: Bool { false }

    /// Founds a network: draws the keys, writes the files, creates the store.
    package func found(
        network: String, site: String, member: String, listen: String, rootKeys: Int, rootQuorum: Int
    ) throws(OperatorFailure) -> FoundedSummary {
        throw .unavailable(what: "not yet", why: "This is being written.", next: "")
    }

    package func settings() throws(OperatorFailure) -> SiteSettings {
        throw .unavailable(what: "not yet", why: "This is being written.", next: "")
    }

    /// The store, for reading beside whatever else is running.
    package func openForReading() throws(OperatorFailure) -> SiteStore {
        throw .unavailable(what: "not yet", why: "This is being written.", next: "")
    }
}
