import EntenteCodec

/// The change that a content body carries.
package enum Operation: Hashable, Sendable {
    case post(text: String, replyTo: EntryID?)
    /// The name of the identity that signs, in the space where it is said.
    case profile(name: String)
    /// The name of the space.
    case spaceProfile(name: String)

    package var kind: Kind {
        switch self {
        case .post: .post
        case .profile: .profile
        case .spaceProfile: .spaceProfile
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
}
