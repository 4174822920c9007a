import EntenteModel

/// What a site's directory says of itself, beside keys and entries.
package struct SiteSettings: Hashable, Sendable {
    package var networkID: NetworkID
    package var networkName: String
    package var siteName: String
    /// `host:port` where others reach this site; nil if it does not listen.
    package var listenAddress: String?
    /// Names of the people who act on this site: the first one by default.
    package var members: [String]

    package init(networkID: NetworkID, networkName: String, siteName: String, listenAddress: String?, members: [String]) {
        self.networkID = networkID
        self.networkName = networkName
        self.siteName = siteName
        self.listenAddress = listenAddress
        self.members = members
    }
}

/// What a founding made.
package struct FoundedSummary: Hashable, Sendable {
    package var network: String
    /// 64 hexadecimal digits.
    package var networkID: String
    package var site: String
    package var member: String
    package var listen: String
    /// Paths of the files to be moved elsewhere.
    package var rootKeyFiles: [String]
    package var recoveryKeyFiles: [String]
}

/// What a node says when it is ready.
package struct ReadyReport: Hashable, Sendable {
    package var network: String
    /// 64 hexadecimal digits.
    package var networkID: String
    package var site: String
    /// `host:port` as bound, with the real port; nil if it does not listen.
    package var listen: String?
    /// Path of the local socket.
    package var socket: String
    /// Path of the data directory.
    package var directory: String
    package var members: [String]

    package init(
        network: String, networkID: String, site: String, listen: String?, socket: String, directory: String, members: [String]
    ) {
        self.network = network
        self.networkID = networkID
        self.site = site
        self.listen = listen
        self.socket = socket
        self.directory = directory
        self.members = members
    }
}
