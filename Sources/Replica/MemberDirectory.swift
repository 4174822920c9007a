import EntenteModel

/// Who signs where: the registry's keys, looked up from the device.
package struct MemberDirectory: Hashable, Sendable {
    private var identitiesByDevice: [DeviceKey: [IdentityID]] = [:]
    private var identitiesByHost: [DeviceKey: [IdentityID]] = [:]
    private var enrolments: [IdentityID: [EnrolmentRecord]] = [:]

    package init() {}

    package init(_ authority: Authority) {
        for identity in authority.identities { update(identity, from: authority) }
    }

    /// Takes in what the keys of an identity say now.
    mutating func update(_ identity: IdentityID, from authority: Authority) {
        let before = enrolments[identity] ?? []
        let now = authority.enrolments(of: identity)
        guard before != now else { return }
        for device in Set(before.map(\.device)) { Self.remove(identity, from: &identitiesByDevice, device) }
        for host in Set(before.compactMap(\.host)) { Self.remove(identity, from: &identitiesByHost, host) }
        for device in Set(now.map(\.device)) { Self.add(identity, to: &identitiesByDevice, device) }
        for host in Set(now.filter(\.isInForce).compactMap(\.host)) { Self.add(identity, to: &identitiesByHost, host) }
        enrolments[identity] = now.isEmpty ? nil : now
    }

    private static func add(_ identity: IdentityID, to table: inout [DeviceKey: [IdentityID]], _ key: DeviceKey) {
        let list = table[key] ?? []
        table[key, default: []].insert(identity, at: list.firstIndex { identity < $0 } ?? list.count)
    }

    private static func remove(_ identity: IdentityID, from table: inout [DeviceKey: [IdentityID]], _ key: DeviceKey) {
        table[key]?.removeAll { $0 == identity }
        if table[key]?.isEmpty == true { table[key] = nil }
    }

    /// The identities that a device is, or was, enrolled for, ascending.
    package func identities(ofDevice device: DeviceKey) -> [IdentityID] { identitiesByDevice[device] ?? [] }

    /// The identities with a key in force that signs on a node, ascending.
    package func identities(hostedBy node: DeviceKey) -> [IdentityID] { identitiesByHost[node] ?? [] }

    /// The node where an identity signs; nil for a site, whose device is the node.
    package func host(of identity: IdentityID) -> DeviceKey? {
        enrolments[identity]?.first { $0.isInForce && $0.host != nil }?.host
    }

    package func isKeyInForce(_ device: DeviceKey, of identity: IdentityID) -> Bool {
        enrolments[identity]?.contains { $0.device == device && $0.isInForce } ?? false
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
        return states[Int(ref)].contains(.sealedForGood)
    }

    /// Admissions in the set for which nobody senior has vouched, ascending.
    package var unsealedAdmissions: [EntryID] { unsealed.map { table.ids[Int($0)] }.sorted() }

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
