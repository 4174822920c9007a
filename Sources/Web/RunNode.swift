import EntenteRuntime

/// Runs a site's node until SIGTERM or SIGINT, and ends it cleanly within five seconds.
///
/// - Parameter listen: `host:port` to listen at in place of the directory's own; port 0 takes a free one.
/// - Parameter onReady: called once, when the node listens and its local socket answers.
package func runNode(
    directory: NodeDirectory, listen: String?, onReady: @escaping @Sendable (ReadyReport) -> Void
) async throws(OperatorFailure) {
    throw .unavailable(what: "not yet", why: "This is being written.", next: "")
}
