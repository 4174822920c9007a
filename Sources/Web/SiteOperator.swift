import EntenteNode
import EntenteRuntime

/// Does what a person asks of a site: through its running node, or on its store where none runs.
package struct SiteOperator: Sendable {
    package let directory: NodeDirectory

    package init(directory: NodeDirectory) { self.directory = directory }

    /// The node's answer; a refusal is thrown.
    package func perform(_ command: Command) async throws(OperatorFailure) -> Answer {
        throw .unavailable(what: "not yet", why: "This is being written.", next: "")
    }

    /// Joins a network, or lets a further person join on this site.
    ///
    /// - Parameter listen: `host:port` where others reach this site; nil keeps what the directory says, or none.
    /// - Parameter milliseconds: gives up after so long.
    package func join(
        invitation: String, site: String, member: String, listen: String?, milliseconds: UInt64
    ) async throws(OperatorFailure) -> JoinedItem {
        throw .unavailable(what: "not yet", why: "This is being written.", next: "")
    }
}
