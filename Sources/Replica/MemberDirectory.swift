import EntenteModel

/// Who signs where: the registry's keys, looked up from the device. Made anew when the registry changed.
package struct MemberDirectory: Sendable {
    private var identitiesByDevice: [DeviceKey: [IdentityID]] = [:]
    private var identitiesByHost: [DeviceKey: [IdentityID]] = [:]
    private var hosts: [IdentityID: DeviceKey] = [:]
    private var keysInForce: Set<Enrolment> = []
    /// Ascending.
    package private(set) var identities: [IdentityID] = []

    private struct Enrolment: Hashable {
        let device: DeviceKey
        let identity: IdentityID
    }

    package init() {}

    package init(_ authority: Authority) {
        identities = authority.identities
        for identity in identities {
            for enrolment in authority.enrolments(of: identity) {
                identitiesByDevice[enrolment.device, default: []].append(identity)
                guard enrolment.isInForce else { continue }
                keysInForce.insert(Enrolment(device: enrolment.device, identity: identity))
                guard let host = enrolment.host else { continue }
                hosts[identity] = hosts[identity] ?? host
                if identitiesByHost[host]?.last != identity { identitiesByHost[host, default: []].append(identity) }
            }
        }
    }

    /// The identities that a device is, or was, enrolled for, ascending.
    package func identities(ofDevice device: DeviceKey) -> [IdentityID] { identitiesByDevice[device] ?? [] }

    /// The identities with a key in force that signs on a node, ascending.
    package func identities(hostedBy node: DeviceKey) -> [IdentityID] { identitiesByHost[node] ?? [] }

    /// The node where an identity signs; nil for a site, whose device is the node.
    package func host(of identity: IdentityID) -> DeviceKey? { hosts[identity] }

    package func isKeyInForce(_ device: DeviceKey, of identity: IdentityID) -> Bool {
        keysInForce.contains(Enrolment(device: device, identity: identity))
    }
}

extension CapabilityRecord {
    /// The capability under which this one was given; nil for root's.
    package var parent: EntryID? { authorization.capability }
}

extension Authority {
    /// True if somebody senior has sealed the admission: no later misuse of its invitation takes it off.
    package func isSealed(_ admission: EntryID) -> Bool {
        guard let ref = table.number(of: admission), table.isPresent(ref) else { return false }
        return states[Int(ref)].contains(.sealed)
    }

    /// Admissions in the set for which nobody senior has vouched, ascending.
    package var unsealedAdmissions: [EntryID] { entries(.admit).filter { !isSealed($0) } }

    /// Grants, admissions and invitations of the set, ascending by id within each.
    package var allCapabilities: [CapabilityRecord] {
        (entries(.grant) + entries(.admit) + entries(.invite)).compactMap(capability)
    }

    /// The admissions that cite an invitation, ascending.
    package func admissions(by invitation: EntryID) -> [EntryID] { citing(invitation).filter { act($0)?.kind == .admit } }

    /// The entry of the accepted root chain that set the keys in force.
    package var rootEpochEntry: EntryID? {
        rootChain.last { id in act(id).map { $0.kind == .genesis || $0.kind == .rootUpdate } ?? false }
    }
}
