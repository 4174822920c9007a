import EntenteCodec
import EntenteModel

/// A grant, an admission or an invitation of the set, with what is decided about it.
package struct CapabilityRecord: Hashable, Sendable {
    package let id: EntryID
    /// grant, admit or invite.
    package let kind: Kind
    /// Nil for an invitation.
    package let subject: IdentityID?
    package let level: UInt8
    package let rights: Rights
    package let scope: SpacePath
    /// Nil: never.
    package let expiry: Timestamp?
    package let authorization: Authorization
    /// Who signed it; nil for root.
    package let author: IdentityID?
    package let timestamp: Timestamp
    package let isIssued: Bool
    /// Issued, and nothing stops it at its own scope.
    package let isActive: Bool
}

/// One of the acts that the registry holds, in the words of the registry.
package struct ActRecord: Hashable, Sendable {
    package let id: EntryID
    package let kind: Kind
    /// Nil for root.
    package let author: IdentityID?
    package let authorization: Authorization
    package let scope: SpacePath
    package let timestamp: Timestamp
    package let log: LogKey
    package let position: LogPosition
}

/// What is known of a space from its creation.
package struct SpaceRecord: Hashable, Sendable {
    package let path: SpacePath
    /// The space.create that announces it.
    package let id: EntryID
}

/// A key that may sign for an identity, or once could.
package struct EnrolmentRecord: Hashable, Sendable {
    package let device: DeviceKey
    /// 0 a used recovery key, 1 a primary, 2 a device.
    package let rank: UInt8
    /// False for a retired primary and a removed device: only what their owner's tips name still counts.
    package let isInForce: Bool
    /// The node where the device signs; nil for a site, whose device is the node, and for a recovered primary.
    package let host: DeviceKey?
}

package enum InvitationState: Hashable, Sendable {
    case open
    /// By these removals, or by what stops whoever issued it.
    case closed(by: [EntryID])
    /// As many people came in as it allows.
    case usedUp
    /// More people than it allows hold an admission by it, so that none counts until somebody senior vouches.
    case contested
    /// Not in the set, not issued, or no invitation.
    case unknown
}

extension Authority {
    private func ref(_ id: EntryID) -> Ref? { table.number(of: id).flatMap { table.isPresent($0) ? $0 : nil } }
    private func state(_ id: EntryID) -> EntryState { ref(id).map { states[Int($0)] } ?? [] }

    /// True if the registry entry is in the set.
    package func contains(_ id: EntryID) -> Bool { ref(id) != nil }
    /// Entries in the set.
    package var entryCount: Int { table.actCount }
    /// True if the registry entry takes effect. Founding, root updates, inceptions and key entries are never `issued`.
    package func isIssued(_ id: EntryID) -> Bool { state(id).contains(.issued) }
    /// True for a key entry (key.add, key.remove, key.vouch, key.recover) that its identity's keys let count.
    package func isKeyInForce(_ id: EntryID) -> Bool { state(id).contains(.keyInForce) }
    package func isOnRootChain(_ id: EntryID) -> Bool { state(id).contains(.onRootChain) }

    /// True for a grant or an admission that is issued and that nothing stops at its own scope.
    package func isActive(_ id: EntryID) -> Bool { ref(id).map(isActive) ?? false }

    func isActive(_ ref: Ref) -> Bool {
        let act = table.acts[Int(ref)]
        guard act.kind == .grant || act.kind == .admit, states[Int(ref)].contains(.issued) else { return false }
        return !isStopped(ref, at: act.scope)
    }

    /// True if the registry entry lies beyond a cut. What is offered is another question: `isWithheld`.
    package func isCut(_ id: EntryID) -> Bool { ref(id).map { isCut(table.acts[Int($0)]) } ?? false }

    /// The acts in force that stop the capability at that place, ascending. Empty if nothing does.
    package func stops(_ capability: EntryID, at scope: SpacePath) -> [EntryID] {
        guard let ref = ref(capability) else { return [] }
        return Set(stopList(ref, at: table.deepestKnown(scope), includingLeaves: true)).map { table.ids[Int($0)] }.sorted()
    }

    package func capability(_ id: EntryID) -> CapabilityRecord? { ref(id).flatMap(capabilityRecord) }

    private func capabilityRecord(_ ref: Ref) -> CapabilityRecord? {
        let act = table.acts[Int(ref)]
        guard act.kind.isCapability else { return nil }
        return CapabilityRecord(
            id: table.ids[Int(ref)], kind: act.kind.kind, subject: identity(act.subject), level: act.level,
            rights: Rights(rawValue: UInt64(act.rights)), scope: table.scopes[Int(act.scope)],
            expiry: act.expiry == .max ? nil : Timestamp(milliseconds: act.expiry), authorization: authorization(act.auth),
            author: identity(act.identity), timestamp: Timestamp(milliseconds: act.time), isIssued: states[Int(ref)].contains(.issued),
            isActive: isActive(ref))
    }

    /// All grants and admissions of the set whose subject is the identity, ascending by id.
    package func capabilities(of identity: IdentityID) -> [CapabilityRecord] {
        guard let subject = table.number(of: identity.inception) else { return [] }
        var out: [CapabilityRecord] = []
        var next = links[Int(subject)].firstCapability
        while next != .none {
            if let record = capabilityRecord(next) { out.append(record) }
            next = links[Int(next)].nextCapability
        }
        return out.sorted { $0.id < $1.id }
    }

    /// True if the identity holds an active capability that covers the place: what lets a node hold a space. An
    /// invitation is none.
    package func holdsActiveCapability(_ identity: IdentityID, covering scope: SpacePath) -> Bool {
        guard let subject = table.number(of: identity.inception) else { return false }
        let place = table.deepestKnown(scope)
        var next = links[Int(subject)].firstCapability
        while next != .none {
            let act = table.acts[Int(next)]
            if states[Int(next)].contains(.issued), table.lies(place, in: act.scope), !isStopped(next, at: place) { return true }
            next = links[Int(next)].nextCapability
        }
        return false
    }

    /// The entries that cite the capability, ascending: what somebody did with it, who came in by an invitation.
    package func citing(_ capability: EntryID) -> [EntryID] { ref(capability).map { citing($0).map { table.ids[Int($0)] }.sorted() } ?? [] }

    private func identity(_ ref: Ref) -> IdentityID? { ref < 0 ? nil : IdentityID(inception: table.ids[Int(ref)]) }

    private func authorization(_ ref: Ref) -> Authorization {
        switch ref {
        case .none: .none
        case .root: .root
        default: .capability(table.ids[Int(ref)])
        }
    }

    package func act(_ id: EntryID) -> ActRecord? {
        ref(id).map { ref in
            let act = table.acts[Int(ref)]
            return ActRecord(
                id: id, kind: act.kind.kind, author: identity(act.identity), authorization: authorization(act.auth),
                scope: table.scopes[Int(act.scope)], timestamp: Timestamp(milliseconds: act.time), log: table.logs[Int(act.log)],
                position: act.position)
        }
    }

    /// All entries of a kind in the set, ascending by id; of kinds that this version does not know, none.
    package func entries(_ kind: Kind) -> [EntryID] {
        table.acts.indices.filter { table.acts[$0].kind != .absent && table.acts[$0].kind.kind == kind }.map { table.ids[$0] }.sorted()
    }

    /// All identities whose inception is in the set, ascending.
    package var identities: [IdentityID] { entries(.identityCreate).map(IdentityID.init(inception:)) }

    /// The spaces whose creation takes effect, ascending by path, then by id.
    package var spaces: [SpaceRecord] {
        var out: [SpaceRecord] = []
        for (index, act) in table.acts.enumerated() where act.kind == .spaceCreate && states[index].contains(.issued) {
            guard let id = spaceIDs[Ref(index)], let path = table.scopes[Int(act.scope)].appending(id) else { continue }
            out.append(SpaceRecord(path: path, id: table.ids[index]))
        }
        return out.sorted { $0.path == $1.path ? $0.id < $1.id : $0.path < $1.path }
    }

    /// The state of an invitation in the set; whether its last day of use has passed is the caller's clock to say.
    package func invitationState(_ id: EntryID) -> InvitationState {
        guard let ref = ref(id), states[Int(ref)].contains(.issued), table.acts[Int(ref)].kind == .invite else { return .unknown }
        let act = table.acts[Int(ref)]
        let stops = Set(
            stopList(ref, at: act.scope, includingLeaves: true) + stopList(act.auth, at: act.scope, includingLeaves: true))
        if !stops.isEmpty { return .closed(by: stops.map { table.ids[Int($0)] }.sorted()) }
        let usesMax = table.invitation(act)?.usesMax ?? 0
        let live = UInt64(quotas[ref]?.live.count ?? 0)
        if usesMax == 0 || live < usesMax { return .open }
        return live == usesMax ? .usedUp : .contested
    }

    // MARK: Keys

    /// The keys that sign, or signed, for an identity, ascending by rank, then by key.
    package func enrolments(of identity: IdentityID) -> [EnrolmentRecord] {
        guard let subject = table.number(of: identity.inception), let inception = table.act(subject), inception.kind == .identityCreate
        else {
            return []
        }
        guard let index = keyLayerIndex[subject] else {
            return [EnrolmentRecord(device: table.keys[Int(inception.key)], rank: 1, isInForce: true, host: table.keyTerms(inception).host)]
        }
        return keyLayers[index].standings.map { standing in
            EnrolmentRecord(
                device: table.keys[Int(standing.key)], rank: standing.rank, isInForce: !standing.isHit,
                host: host(of: standing.key, in: keyLayers[index], inception))
        }.sorted { $0.rank == $1.rank ? $0.device < $1.device : $0.rank < $1.rank }
    }

    private func host(of key: Int32, in layer: KeyLayer, _ inception: Act) -> DeviceKey? {
        if key == inception.key { return table.keyTerms(inception).host }
        let hosts = layer.acts.compactMap { ref -> DeviceKey? in
            let act = table.acts[Int(ref)]
            guard act.kind == .keyAdd, states[Int(ref)].contains(.keyInForce), table.keyTerms(act).newKey == key else { return nil }
            return table.keyTerms(act).host
        }
        // Two key.add entries may name two nodes: the choice must be the same everywhere.
        return hosts.min()
    }

    /// The identities that a device key is enrolled for, ascending.
    package func identities(ofDevice device: DeviceKey) -> [IdentityID] {
        guard let key = table.number(of: device) else { return [] }
        var out: Set<Ref> = []
        for (index, act) in table.acts.enumerated() where act.kind == .identityCreate && act.key == key { out.insert(Ref(index)) }
        for layer in keyLayers where layer.standing(of: key) != nil { out.insert(layer.identity) }
        return out.filter { identity in
            guard let index = keyLayerIndex[identity] else { return true }
            return keyLayers[index].standing(of: key) != nil
        }.map { IdentityID(inception: table.ids[Int($0)]) }.sorted()
    }

    /// What a device key is to an identity; nil if it is not enrolled.
    package func enrolment(of device: DeviceKey, for identity: IdentityID) -> EnrolmentRecord? {
        enrolments(of: identity).first { $0.device == device }
    }
}

extension Act.Kind {
    /// The kind as entries carry it; `unknown` and `absent` have none.
    var kind: Kind {
        switch self {
        case .genesis: .genesis
        case .rootUpdate: .rootUpdate
        case .spaceCreate: .spaceCreate
        case .grant: .grant
        case .invite: .invite
        case .admit: .admit
        case .remove: .remove
        case .vouch: .vouch
        case .disavow: .disavow
        case .annul: .annul
        case .leave: .leave
        case .identityCreate: .identityCreate
        case .keyAdd: .keyAdd
        case .keyRemove: .keyRemove
        case .keyVouch: .keyVouch
        case .keyRecover: .keyRecover
        case .unknown, .absent: Kind(code: 0)
        }
    }
}

extension Authority {
    /// Turns what changed into what is reported, and notes which capabilities are active now.
    mutating func report() -> EvaluationDiff {
        for ref in diff.capabilities {
            states[Int(ref)].remove(.capabilityTouched)
            let isNow = isActive(ref)
            if isNow != states[Int(ref)].contains(.active) {
                if isNow { states[Int(ref)].insert(.active) } else { states[Int(ref)].remove(.active) }
                noteChange(ref)
            }
        }
        var changes = EvaluationChanges()
        swap(&changes, &diff)
        for ref in changes.entries { states[Int(ref)].remove(.changed) }
        for ref in changes.identities { states[Int(ref)].remove(.identityTouched) }
        for log in changes.logs { isLogTouched[Int(log)] = false }
        var out = EvaluationDiff()
        // By number: not by the order in which things were decided, which is nobody's business.
        out.changed = changes.entries.sorted().map { table.ids[Int($0)] }
        out.capabilities = changes.capabilities.sorted().map { table.ids[Int($0)] }
        out.logs = changes.logs.sorted().map { table.logs[Int($0)] }
        out.identities = changes.identities.sorted().map { IdentityID(inception: table.ids[Int($0)]) }
        return out
    }
}
