import EntenteCrypto
import EntenteModel

/// What a node is made of beside its store: its keys, and how it is to be found.
package struct NodeIdentity: Sendable {
    package let network: NetworkID
    /// 32 bytes that every invitation carries: the knock.
    package let secret: [UInt8]
    /// The site's device key: the handshake and the automatic acts.
    package let siteKey: SigningKey
    /// The static key of the handshake.
    package let agreementKey: AgreementKey
    /// The people who sign on this node, the first one first.
    package var members: [LocalMember]
    /// `host:port` where others reach this node; nil if it does not listen.
    package var listenAddress: String?
    /// What the operator has set.
    package var tuning = NodeTuning.standard

    package init(
        network: NetworkID, secret: [UInt8], siteKey: SigningKey, agreementKey: AgreementKey, members: [LocalMember], listenAddress: String?
    ) {
        self.network = network
        self.secret = secret
        self.siteKey = siteKey
        self.agreementKey = agreementKey
        self.members = members
        self.listenAddress = listenAddress
    }
}

/// A person whose device key is on this node.
package struct LocalMember: Sendable {
    /// As `--as` names the person.
    package let name: String
    package let key: SigningKey
    package init(name: String, key: SigningKey) {
        self.name = name
        self.key = key
    }
}

/// What founding a network takes. The runtime draws the keys and keeps them in files.
package struct FoundingRequest: Sendable {
    package var networkName: String
    package var siteName: String
    package var memberName: String
    /// At least one; the quorum is more than half of them.
    package var rootKeys: [SigningKey]
    package var rootQuorum: Int
    package var siteKey: SigningKey
    package var memberKey: SigningKey
    /// Public keys of the recovery pairs.
    package var siteRecovery: DeviceKey
    package var memberRecovery: DeviceKey

    package init(
        networkName: String, siteName: String, memberName: String, rootKeys: [SigningKey], rootQuorum: Int, siteKey: SigningKey,
        memberKey: SigningKey, siteRecovery: DeviceKey, memberRecovery: DeviceKey
    ) {
        self.networkName = networkName
        self.siteName = siteName
        self.memberName = memberName
        self.rootKeys = rootKeys
        self.rootQuorum = rootQuorum
        self.siteKey = siteKey
        self.memberKey = memberKey
        self.siteRecovery = siteRecovery
        self.memberRecovery = memberRecovery
    }
}

extension Node {
    /// Other people sign on this node from here on: the runtime has their keys.
    package mutating func setMembers(_ members: [LocalMember]) { identity.members = members }
}
