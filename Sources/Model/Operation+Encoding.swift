import EntenteCodec

extension Operation {
    /// The body's bytes. (Specs/02-entry.md, "Bodies of content")
    ///
    /// Lists of ids are written as they stand: one that is not strictly ascending, or too long, does not read back.
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        switch self {
        case .post(let text, let replyTo):
            writer.map(replyTo == nil ? 1 : 2)
            writer.unsigned(0)
            writer.text(text)
            if let replyTo {
                writer.unsigned(1)
                writer.byteString(replyTo.bytes)
            }
        case .profile(let name), .spaceProfile(let name):
            writer.map(1)
            writer.unsigned(0)
            writer.text(name)
        case .edit(let target, let text, let supersedes):
            writer.map(supersedes.isEmpty ? 2 : 3)
            writer.target(target)
            writer.unsigned(1)
            writer.text(text)
            writer.ids(supersedes, field: 2)
        case .reaction(let target, let emoji, let supersedes, let isTakenBack):
            writer.map(2 + (supersedes.isEmpty ? 0 : 1) + (isTakenBack ? 1 : 0))
            writer.target(target)
            writer.unsigned(1)
            writer.text(emoji)
            writer.ids(supersedes, field: 2)
            if isTakenBack {
                writer.unsigned(3)
                writer.unsigned(1)
            }
        case .erasure(let target), .hiding(let target):
            writer.map(1)
            writer.target(target)
        case .unhiding(let target, let lifts):
            writer.map(lifts.isEmpty ? 1 : 2)
            writer.target(target)
            writer.ids(lifts, field: 1)
        case .succession(let old, let new):
            writer.map(2)
            writer.unsigned(0)
            writer.byteString(old.bytes)
            writer.unsigned(1)
            writer.byteString(new.bytes)
        }
        return writer.bytes
    }

    /// Nil for a kind that this version does not know, and for a body that is not of its kind's form: such an entry is
    /// kept and forwarded, and shows nothing.
    package init?(kind: Kind, body: [UInt8]) {
        guard let operation = try? Self.decode(kind, body), operation.encoded == body else { return nil }
        self = operation
    }

    private static func decode(_ kind: Kind, _ body: [UInt8]) throws(CBORError) -> Operation {
        var reader = CBORReader(body)
        var fields = BodyFields()
        try reader.fields { (key, reader) throws(CBORError) in
            switch (key, kind) {
            case (0, .post): fields.text = try reader.text(max: EntryLimits.bodyBytesMax)
            case (0, .profile), (0, .spaceProfile): fields.text = try reader.nonEmptyText(max: EntryLimits.nameBytesMax)
            case (0, .edit), (0, .reaction), (0, .erasure), (0, .hiding), (0, .unhiding), (0, .succession):
                fields.first = try reader.bytes32()
            case (1, .post), (1, .succession): fields.second = try reader.bytes32()
            case (1, .edit): fields.text = try reader.text(max: EntryLimits.bodyBytesMax)
            case (1, .reaction): fields.text = try reader.nonEmptyText(max: EntryLimits.reactionBytesMax)
            case (1, .unhiding), (2, .edit), (2, .reaction): fields.ids = try reader.operationIDs()
            case (3, .reaction):
                guard try reader.unsigned() == 1 else { throw .outOfRange }
                fields.isTakenBack = true
            default: throw .unknownField(key)
            }
        }
        try reader.end()
        return try fields.operation(kind)
    }
}

/// What the bodies of all kinds can have, before it is known to be whole.
private struct BodyFields {
    /// An id at field 0.
    var first: Bytes32?
    /// An id at field 1.
    var second: Bytes32?
    var text: String?
    var ids: [EntryID]?
    var isTakenBack = false

    func operation(_ kind: Kind) throws(CBORError) -> Operation {
        switch kind {
        case .post: return .post(text: try present(text, 0), replyTo: second.map(EntryID.init))
        case .profile: return .profile(name: try present(text, 0))
        case .spaceProfile: return .spaceProfile(name: try present(text, 0))
        case .edit: return .edit(target: try target(), text: try present(text, 1), supersedes: ids ?? [])
        case .reaction:
            return .reaction(target: try target(), emoji: try present(text, 1), supersedes: ids ?? [], isTakenBack: isTakenBack)
        case .erasure: return .erasure(target: try target())
        case .hiding: return .hiding(target: try target())
        case .unhiding: return .unhiding(target: try target(), lifts: try present(ids, 1))
        case .succession: return .succession(old: IdentityID(try present(first, 0)), new: IdentityID(try present(second, 1)))
        default: throw .unsupportedType
        }
    }

    private func target() throws(CBORError) -> EntryID { EntryID(try present(first, 0)) }

    private func present<Value>(_ value: Value?, _ field: UInt64) throws(CBORError) -> Value {
        guard let value else { throw .missingField(field) }
        return value
    }
}

extension CBORReader {
    fileprivate mutating func nonEmptyText(max: Int) throws(CBORError) -> String {
        let text = try text(max: max)
        guard !text.utf8.isEmpty else { throw .outOfRange }
        return text
    }

    /// 1 to `EntryLimits.operationIDsMax` ids, strictly ascending.
    fileprivate mutating func operationIDs() throws(CBORError) -> [EntryID] {
        var ids: [EntryID] = []
        for _ in 0..<(try array(max: EntryLimits.operationIDsMax)) {
            let id = EntryID(try bytes32())
            if let last = ids.last, id <= last { throw .mapKeyOrder }
            ids.append(id)
        }
        guard !ids.isEmpty else { throw .outOfRange }
        return ids
    }
}

extension CBORWriter {
    fileprivate mutating func target(_ id: EntryID) {
        unsigned(0)
        byteString(id.bytes)
    }

    /// Field and list, or nothing where the list is empty.
    fileprivate mutating func ids(_ ids: [EntryID], field: Int) {
        guard !ids.isEmpty else { return }
        unsigned(field)
        array(ids.count)
        for id in ids { byteString(id.bytes) }
    }
}
