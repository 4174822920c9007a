import EntenteNode

/// What a node does to the outside: the effects that concern connections. None of it waits.
package protocol NodeNetwork: Sendable {
    /// Answers in the inbox, with `connected` or `dialFailed`.
    func dial(_ address: String)
    func send(_ bytes: [UInt8], on id: ConnectionID)
    /// Closes when everything that was sent is written.
    func close(_ id: ConnectionID)
    /// What was sent since the last flush goes out.
    func flush()
    /// The connection is a session now.
    func established(_ id: ConnectionID)
    /// The connection's queue has room again.
    func resumeReading(_ ids: [ConnectionID])
    /// All connections end at once, with what was not written yet.
    func dropAll()
}

/// Where a command works on the store alone.
package struct NoNetwork: NodeNetwork {
    package init() {}
    package func dial(_ address: String) {}
    package func send(_ bytes: [UInt8], on id: ConnectionID) {}
    package func close(_ id: ConnectionID) {}
    package func flush() {}
    package func established(_ id: ConnectionID) {}
    package func resumeReading(_ ids: [ConnectionID]) {}
    package func dropAll() {}
}
