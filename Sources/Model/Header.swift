import EntenteCodec

/// By what right an entry claims to act. Always written: one encoding for one fact.
package enum Authorization: Hashable, Sendable {
    /// genesis, root.update, id.create and the key entries cite nothing.
    case none
    /// The root log's other entries.
    case root
    /// A grant, an admission or an invitation.
    case capability(EntryID)

    package var capability: EntryID? {
        if case .capability(let id) = self { id } else { nil }
    }
}

/// What is signed. (Specs/02-entry.md)
package struct Header: Hashable, Sendable {
    /// The version of the entry format.
    package static let version: UInt64 = 1
    private static let fieldCount = 13

    package enum Body: Hashable, Sendable {
        /// Content: the body is apart and can be erased.
        case detached(size: Int, commitment: Bytes32)
        /// Registry: the body is here.
        case act(RegistryAct)
        /// Registry, of a kind that this version does not know: one encoded map.
        case unknown([UInt8])
    }

    package var space: Space
    /// Nil in the root log alone.
    package var device: DeviceKey?
    package var incarnation: UInt64
    /// Nil in the root log and in id.create, whose id becomes the identity.
    package var identity: IdentityID?
    package var sequence: UInt64
    /// Nil exactly at sequence number 0.
    package var backlink: EntryID?
    package var timestamp: Timestamp
    /// Causal heads in the space, ascending: audit information for the registry, order of display for content.
    package var references: [EntryID]
    package var authorization: Authorization
    package var kind: Kind
    /// Which space key the body is sealed with, reserved for sealed spaces. Nil in the registry, which everybody reads.
    package var seal: Bytes32?
    package var body: Body

    package init(
        space: Space, device: DeviceKey?, incarnation: UInt64, identity: IdentityID?, sequence: UInt64, backlink: EntryID?,
        timestamp: Timestamp, references: [EntryID] = [], authorization: Authorization, kind: Kind, seal: Bytes32? = nil, body: Body
    ) {
        self.space = space
        self.device = device
        self.incarnation = incarnation
        self.identity = identity
        self.sequence = sequence
        self.backlink = backlink
        self.timestamp = timestamp
        self.references = references
        self.authorization = authorization
        self.kind = kind
        self.seal = seal
        self.body = body
    }

    package var log: LogKey { LogKey(space: space, device: device, incarnation: incarnation) }

    /// The body of a registry entry of a known kind.
    package var act: RegistryAct? {
        if case .act(let act) = body { act } else { nil }
    }

    /// Bytes of the detached body; 0 for a registry entry.
    package var bodyBytes: Int {
        if case .detached(let size, _) = body { size } else { 0 }
    }
}

extension Header: CBORCodable {
    package init(_ reader: inout CBORReader) throws(CBORError) {
        let start = reader.offset
        try reader.array(exactly: Self.fieldCount)
        guard try reader.unsigned() == Self.version else { throw .outOfRange }
        space = try Space(&reader)
        device = try reader.nullIfPresent() ? nil : DeviceKey(try reader.bytes32())
        incarnation = try reader.unsigned()
        identity = try reader.nullIfPresent() ? nil : IdentityID(try reader.bytes32())
        sequence = try reader.unsigned(max: UInt64(Int64.max))
        backlink = try reader.nullIfPresent() ? nil : EntryID(try reader.bytes32())
        timestamp = try reader.timestamp()
        references = try reader.references()
        authorization = try Authorization(&reader)
        kind = Kind(code: try reader.unsigned(max: UInt64(Int64.max)))
        seal = try reader.nullIfPresent() ? nil : try reader.bytes32()
        body = try Body(kind: kind, &reader)
        let bytesMax = space == .registry ? EntryLimits.registryHeaderBytesMax : EntryLimits.contentHeaderBytesMax
        guard reader.offset - start <= bytesMax else { throw .tooLong(limit: bytesMax) }
        try checkShape()
    }

    private static func encodeBeginning(of log: LogKey, identity: IdentityID?, to writer: inout CBORWriter) {
        writer.array(fieldCount)
        writer.unsigned(version)
        log.space.encode(to: &writer)
        writer.optional(log.device?.bytes)
        writer.unsigned(log.incarnation)
        writer.optional(identity?.bytes)
    }

    /// The bytes that all headers of one log begin with, those before the sequence number; an inception's differ, since
    /// it names no identity.
    package static func beginning(of log: LogKey, identity: IdentityID?) -> [UInt8] {
        var writer = CBORWriter(reserving: 192)
        encodeBeginning(of: log, identity: identity, to: &writer)
        return writer.bytes
    }

    /// What no entry of any kind may break, so that the rest of the code need not ask.
    package func checkShape() throws(CBORError) {
        guard kind.isContent == (space != .registry) else { throw .outOfRange }
        guard (sequence == 0) == (backlink == nil) else { throw .outOfRange }
        guard space != .registry || seal == nil else { throw .outOfRange }
        if device == nil {
            guard space == .registry, incarnation == 0, identity == nil else { throw .outOfRange }
            guard (kind == .genesis) == (sequence == 0) else { throw .outOfRange }
        } else {
            guard kind != .genesis, kind != .rootUpdate, (identity == nil) == (kind == .identityCreate) else { throw .outOfRange }
            guard kind != .identityCreate || sequence == 0 else { throw .outOfRange }
        }
    }

    package func encode(to writer: inout CBORWriter) {
        Self.encodeBeginning(of: log, identity: identity, to: &writer)
        writer.unsigned(sequence)
        writer.optional(backlink?.bytes)
        writer.unsigned(timestamp.milliseconds)
        writer.ids(references)
        authorization.encode(to: &writer)
        writer.unsigned(kind.code)
        writer.optional(seal)
        switch body {
        case .detached(let size, let commitment):
            writer.array(2)
            writer.unsigned(size)
            writer.byteString(commitment)
        case .act(let act): act.encode(to: &writer)
        case .unknown(let bytes): writer.encoded(bytes)
        }
    }
}

extension Header.Body {
    fileprivate init(kind: Kind, _ reader: inout CBORReader) throws(CBORError) {
        if kind.isContent {
            try reader.array(exactly: 2)
            let size = try reader.count(max: EntryLimits.bodyBytesMax)
            self = .detached(size: size, commitment: try reader.bytes32())
            return
        }
        let start = reader.offset
        if let act = try RegistryAct(kind: kind, &reader) {
            self = .act(act)
        } else {
            guard try reader.peek() == .map else { throw .unexpectedType(expected: .map) }
            self = .unknown(Array(try reader.anyItem(depthMax: EntryLimits.unknownBodyDepthMax)))
        }
        guard reader.offset - start <= EntryLimits.registryBodyBytesMax else { throw .tooLong(limit: EntryLimits.registryBodyBytesMax) }
    }
}

extension Authorization {
    /// What stands for root: no id is a number.
    private static let rootCode: UInt64 = 0

    package init(_ reader: inout CBORReader) throws(CBORError) {
        switch try reader.peek() {
        case .null:
            try reader.null()
            self = .none
        case .unsigned:
            guard try reader.unsigned() == Self.rootCode else { throw .outOfRange }
            self = .root
        default: self = .capability(EntryID(try reader.bytes32()))
        }
    }

    package func encode(to writer: inout CBORWriter) {
        switch self {
        case .none: writer.null()
        case .root: writer.unsigned(Self.rootCode)
        case .capability(let id): writer.byteString(id.bytes)
        }
    }
}

extension CBORReader {
    /// A time that a database with signed 64-bit integers can hold.
    mutating func timestamp() throws(CBORError) -> Timestamp { Timestamp(milliseconds: try unsigned(max: UInt64(Int64.max))) }

    package mutating func references() throws(CBORError) -> [EntryID] {
        guard try peek() == .array else { throw .unexpectedType(expected: .array) }
        var probe = self
        if try probe.array(max: EntryLimits.referencesMax) == 0 {
            self = probe
            return []
        }
        return try ascending(max: EntryLimits.referencesMax)
    }
}

extension Header {
    /// What an edit, reaction, erasure, hiding or unhiding is about: the one entry that its header refers to. It stays when
    /// the body is gone. Nil for other kinds, and where the header refers otherwise.
    package var target: EntryID? {
        switch kind {
        case .edit, .reaction, .erasure, .hiding, .unhiding: references.count == 1 ? references.first : nil
        default: nil
        }
    }
}
