import EntenteCodec

/// The change that a content body carries.
package enum Operation: Hashable, Sendable {
    case post(text: String, replyTo: EntryID?)
    /// The name of the identity that signs, in the space where it is said.
    case profile(name: String)
    /// The name of the space.
    case spaceProfile(name: String)
    /// An administrator says that a new identity stands for an old one whose keys are lost: words for eyes, no right.
    case succession(old: IdentityID, new: IdentityID)

    package var kind: Kind {
        switch self {
        case .post: .post
        case .profile: .profile
        case .spaceProfile: .spaceProfile
        case .succession: .succession
        }
    }

    /// The body's bytes.
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
        if kind == .succession { return try decodeSuccession(&reader) }
        var text: String?
        var replyTo: EntryID?
        try reader.fields { (key, reader) throws(CBORError) in
            switch (key, kind) {
            case (0, .post): text = try reader.text(max: EntryLimits.bodyBytesMax)
            case (0, .profile), (0, .spaceProfile):
                text = try reader.text(max: EntryLimits.nameBytesMax)
                guard text != "" else { throw .outOfRange }
            case (1, .post): replyTo = EntryID(try reader.bytes32())
            default: throw .unknownField(key)
            }
        }
        try reader.end()
        guard let text else { throw .missingField(0) }
        switch kind {
        case .post: return .post(text: text, replyTo: replyTo)
        case .profile: return .profile(name: text)
        case .spaceProfile: return .spaceProfile(name: text)
        default: throw .unsupportedType
        }
    }

    private static func decodeSuccession(_ reader: inout CBORReader) throws(CBORError) -> Operation {
        var identities: [IdentityID] = []
        try reader.fields { (key, reader) throws(CBORError) in
            guard key < 2 else { throw .unknownField(key) }
            identities.append(IdentityID(try reader.bytes32()))
        }
        try reader.end()
        guard identities.count == 2 else { throw .missingField(UInt64(identities.count)) }
        return .succession(old: identities[0], new: identities[1])
    }
}
