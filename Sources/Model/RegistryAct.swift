import EntenteCodec
import EntenteCrypto

/// The body of a registry entry: it lives inside the header and is never erasable.
///
/// One structure for all kinds, since the rules ask all of them the same questions (scope, tips, admits). A field that
/// a kind does not have is neutral, is not written, and does not decode. (Specs/03-authority.md, section 1)
package struct RegistryAct: Hashable, Sendable {
    package let kind: Kind
    /// Absent means the whole network, not the scope of the capability cited.
    package var scope: SpacePath = .network

    /// grant, admit: who receives. remove: who loses.
    package var subject: IdentityID?
    /// grant, invite, admit: 0 to 15.
    package var level: UInt8 = 0
    package var rights: Rights = []
    /// grant, admit: end of the capability. invite: last time of use. Nil: never.
    package var expiry: Timestamp?
    /// grant: the removals and leaves that it overrides.
    package var over: [EntryID] = []

    /// invite: the public key of the one-time invitation key pair.
    package var inviteKey: DeviceKey?
    /// invite: 0 for any number.
    package var usesMax: UInt64 = 0
    /// invite: latest end of the memberships that it gives.
    package var membershipExpiry: Timestamp?
    /// invite: who answers for the guests.
    package var sponsor: IdentityID?

    /// admit: drawn by the joiner, inside the proof.
    package var nonce: Bytes16?
    /// admit: the invitation key's signature over `InvitationProof`.
    package var proof: Signature?

    /// remove: capabilities by id.
    package var capabilities: [EntryID] = []
    /// remove: a capability and all that descends from it.
    package var subtree: EntryID?
    /// remove, vouch, leave, key.remove, key.vouch, key.recover: last accepted entries, one a log branch.
    package var tips: [EntryID] = []
    /// remove, vouch, leave: admissions that stay.
    package var admits: [EntryID] = []
    /// remove: the most junior level whose vouches answer it. Nil: no bound but the target's level.
    package var vouchLevelMax: UInt8?

    /// annul: a remove, disavow or leave.
    package var target: EntryID?
    /// disavow, key.recover: the first entry of the suffix.
    package var from: EntryID?

    /// genesis, root.update: the root keys in force from here on, ascending, and how many of them must sign.
    package var rootKeys: [DeviceKey] = []
    package var rootQuorum: UInt64 = 0
    package var rulesVersion: UInt64 = 0
    /// genesis: the name of the network.
    package var networkName: String = ""

    /// space.create: the new space's id below `scope`.
    package var spaceID: SpaceID?

    /// id.create, key.recover: the commitment to the next recovery key. (`RecoveryCommitment`)
    package var recoveryCommitment: Bytes32?
    /// key.add: the device. key.remove: the device. key.recover: the new primary.
    package var key: DeviceKey?
    /// id.create, key.add: the node where the device signs; absent for a site, whose device is the node.
    package var host: DeviceKey?

    package init(kind: Kind) { self.kind = kind }
}

extension RegistryAct {
    /// The keys of the fields in CBOR. One number means one thing in all kinds.
    fileprivate enum Field: UInt64, CaseIterable {
        case scope = 0
        case subject = 1
        case level = 2
        case rights = 3
        case expiry = 4
        case over = 5
        case inviteKey = 6
        case usesMax = 7
        case membershipExpiry = 8
        case sponsor = 9
        case nonce = 10
        case proof = 11
        case capabilities = 12
        case subtree = 13
        case tips = 14
        case admits = 15
        case vouchLevelMax = 16
        case target = 17
        case from = 18
        case rootKeys = 19
        case rootQuorum = 20
        case rulesVersion = 21
        case networkName = 22
        case spaceID = 23
        case recoveryCommitment = 24
        case key = 25
        case host = 26
    }

    /// The fields that a kind may have; what it must have is a question of well-formedness, not of decoding, except
    /// where `required` says so.
    private static func allowed(_ kind: Kind) -> [Field]? {
        switch kind {
        case .genesis: [.rootKeys, .rootQuorum, .rulesVersion, .networkName]
        case .rootUpdate: [.rootKeys, .rootQuorum, .rulesVersion]
        case .spaceCreate: [.scope, .spaceID]
        case .grant: [.scope, .subject, .level, .rights, .expiry, .over]
        case .invite: [.scope, .level, .rights, .expiry, .inviteKey, .usesMax, .membershipExpiry, .sponsor]
        case .admit: [.scope, .subject, .level, .rights, .expiry, .nonce, .proof]
        case .remove: [.scope, .subject, .capabilities, .subtree, .tips, .admits, .vouchLevelMax]
        case .vouch, .leave: [.scope, .tips, .admits]
        case .disavow: [.scope, .from]
        case .annul: [.scope, .target]
        case .identityCreate: [.recoveryCommitment, .host]
        case .keyAdd: [.key, .host]
        case .keyRemove: [.tips, .key]
        case .keyVouch: [.tips]
        case .keyRecover: [.tips, .from, .recoveryCommitment, .key]
        default: nil
        }
    }

    private static func required(_ kind: Kind) -> [Field] {
        switch kind {
        case .genesis, .rootUpdate: [.rootKeys, .rootQuorum, .rulesVersion]
        case .spaceCreate: [.spaceID]
        case .grant: [.level]
        case .invite: [.level, .inviteKey]
        case .admit: [.level, .nonce, .proof]
        case .disavow: [.from]
        case .annul: [.target]
        case .identityCreate: [.recoveryCommitment]
        case .keyAdd, .keyRemove: [.key]
        case .keyRecover: [.recoveryCommitment, .key]
        default: []
        }
    }

    /// Reads the body of a known registry kind. Nil for a kind that this version does not know.
    package init?(kind: Kind, _ reader: inout CBORReader) throws(CBORError) {
        guard let allowed = Self.allowed(kind) else { return nil }
        self.init(kind: kind)
        var seen: [Field] = []
        try reader.fields { (number, reader) throws(CBORError) in
            guard let field = Field(rawValue: number), allowed.contains(field) else { throw .unknownField(number) }
            seen.append(field)
            try read(field, from: &reader)
        }
        for field in Self.required(kind) where !seen.contains(field) { throw .missingField(field.rawValue) }
    }

    private mutating func read(_ field: Field, from reader: inout CBORReader) throws(CBORError) {
        switch field {
        case .scope:
            scope = try SpacePath(&reader)
            guard !scope.isNetwork else { throw .notCanonical }
        case .subject: subject = IdentityID(try reader.bytes32())
        case .level: level = UInt8(try reader.unsigned(max: UInt64(EntryLimits.levelMax)))
        case .rights: rights = Rights(rawValue: try reader.nonZero())
        case .expiry: expiry = try reader.timestamp()
        case .over: over = try reader.ids()
        case .inviteKey: inviteKey = DeviceKey(try reader.bytes32())
        case .usesMax: usesMax = try reader.nonZero()
        case .membershipExpiry: membershipExpiry = try reader.timestamp()
        case .sponsor: sponsor = IdentityID(try reader.bytes32())
        case .nonce: nonce = try reader.bytes16()
        case .proof:
            guard let value = Signature(try reader.byteString(max: Signature.count)) else { throw .outOfRange }
            proof = value
        case .capabilities: capabilities = try reader.ids()
        case .subtree: subtree = EntryID(try reader.bytes32())
        case .tips: tips = try reader.ids()
        case .admits: admits = try reader.ids()
        case .vouchLevelMax: vouchLevelMax = UInt8(try reader.unsigned(max: UInt64(EntryLimits.levelMax)))
        case .target: target = EntryID(try reader.bytes32())
        case .from: from = EntryID(try reader.bytes32())
        case .rootKeys: rootKeys = try reader.ascending(max: EntryLimits.rootKeysMax)
        case .rootQuorum:
            rootQuorum = try reader.unsigned(max: UInt64(rootKeys.count))
            // More than half, so that two epochs cannot follow one another side by side.
            guard rootQuorum > UInt64(rootKeys.count / 2) else { throw .outOfRange }
        case .rulesVersion: rulesVersion = try reader.unsigned()
        case .networkName:
            networkName = try reader.text(max: EntryLimits.nameBytesMax)
            guard !networkName.isEmpty else { throw .notCanonical }
        case .spaceID: spaceID = SpaceID(try reader.bytes16())
        case .recoveryCommitment: recoveryCommitment = try reader.bytes32()
        case .key: key = DeviceKey(try reader.bytes32())
        case .host: host = DeviceKey(try reader.bytes32())
        }
    }

    package func encode(to writer: inout CBORWriter) {
        let allowed = Self.allowed(kind) ?? []
        let required = Self.required(kind)
        let present = Field.allCases.filter { allowed.contains($0) && (required.contains($0) || !isNeutral($0)) }
        writer.map(present.count)
        for field in present {
            writer.unsigned(field.rawValue)
            write(field, to: &writer)
        }
    }

    private func isNeutral(_ field: Field) -> Bool {
        switch field {
        case .scope: scope.isNetwork
        case .subject: subject == nil
        case .level: false
        case .rights: rights.isEmpty
        case .expiry: expiry == nil
        case .over: over.isEmpty
        case .inviteKey: inviteKey == nil
        case .usesMax: usesMax == 0
        case .membershipExpiry: membershipExpiry == nil
        case .sponsor: sponsor == nil
        case .nonce: nonce == nil
        case .proof: proof == nil
        case .capabilities: capabilities.isEmpty
        case .subtree: subtree == nil
        case .tips: tips.isEmpty
        case .admits: admits.isEmpty
        case .vouchLevelMax: vouchLevelMax == nil
        case .target: target == nil
        case .from: from == nil
        case .rootKeys: rootKeys.isEmpty
        case .rootQuorum, .rulesVersion: false
        case .networkName: networkName.isEmpty
        case .spaceID: spaceID == nil
        case .recoveryCommitment: recoveryCommitment == nil
        case .key: key == nil
        case .host: host == nil
        }
    }

    /// A required field that our own code left out is written as null, which no reader accepts: a bug is found at the
    /// author, not on the other nodes.
    private func write(_ field: Field, to writer: inout CBORWriter) {
        switch field {
        case .scope: scope.encode(to: &writer)
        case .subject: writer.optional(subject?.bytes)
        case .level: writer.unsigned(UInt64(level))
        case .rights: writer.unsigned(rights.rawValue)
        case .expiry: writer.optional(expiry)
        case .over: writer.ids(over)
        case .inviteKey: writer.optional(inviteKey?.bytes)
        case .usesMax: writer.unsigned(usesMax)
        case .membershipExpiry: writer.optional(membershipExpiry)
        case .sponsor: writer.optional(sponsor?.bytes)
        case .nonce: if let nonce { writer.byteString(nonce) } else { writer.null() }
        case .proof: if let proof { writer.byteString(proof.bytes) } else { writer.null() }
        case .capabilities: writer.ids(capabilities)
        case .subtree: writer.optional(subtree?.bytes)
        case .tips: writer.ids(tips)
        case .admits: writer.ids(admits)
        case .vouchLevelMax: if let vouchLevelMax { writer.unsigned(UInt64(vouchLevelMax)) } else { writer.null() }
        case .target: writer.optional(target?.bytes)
        case .from: writer.optional(from?.bytes)
        case .rootKeys: writer.ids(rootKeys)
        case .rootQuorum: writer.unsigned(rootQuorum)
        case .rulesVersion: writer.unsigned(rulesVersion)
        case .networkName: writer.text(networkName)
        case .spaceID: if let spaceID { writer.byteString(spaceID.bytes) } else { writer.null() }
        case .recoveryCommitment: writer.optional(recoveryCommitment)
        case .key: writer.optional(key?.bytes)
        case .host: writer.optional(host?.bytes)
        }
    }
}

extension CBORReader {
    /// A number whose neutral value, zero, is written by leaving it out.
    fileprivate mutating func nonZero() throws(CBORError) -> UInt64 {
        let value = try unsigned()
        guard value != 0 else { throw .notCanonical }
        return value
    }

    /// A set of ids that is not empty: an empty one is written by leaving it out.
    fileprivate mutating func ids() throws(CBORError) -> [EntryID] { try ascending(max: EntryLimits.listMax) }

    /// At least one id, in strictly ascending order.
    mutating func ascending<ID: Identifier>(max: Int) throws(CBORError) -> [ID] {
        let count = try array(max: max)
        guard count > 0 else { throw .notCanonical }
        var out: [ID] = []
        for _ in 0..<count {
            let id = ID(try bytes32())
            if let last = out.last, id <= last { throw .mapKeyOrder }
            out.append(id)
        }
        return out
    }
}

extension CBORWriter {
    mutating func optional(_ value: Bytes32?) {
        if let value { byteString(value) } else { null() }
    }

    fileprivate mutating func optional(_ value: Timestamp?) {
        if let value { unsigned(value.milliseconds) } else { null() }
    }

    /// The ids in ascending order, each once.
    mutating func ids<ID: Identifier>(_ ids: [ID]) {
        let sorted = Set(ids).sorted()
        array(sorted.count)
        for id in sorted { byteString(id.bytes) }
    }
}
