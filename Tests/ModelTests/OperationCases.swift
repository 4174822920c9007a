import EntenteCodec
import EntenteCrypto
import EntenteModel

/// Bodies of content, as bytes: those that say something, and for each way to be wrong one that says nothing.
enum OperationCases {
    struct Case {
        let name: String
        /// The sentence of Specs/02-entry.md that it keeps or breaks.
        let sentence: String
        let kind: Kind
        let body: [UInt8]
        /// Nil where the body says something.
        let why: String?
        /// A body of a kind that nobody knows is written as an edit, and is no right one of those.
        var structure: String { Structure.ofBody(kind) ?? "edit-body" }
    }

    static let all: [Case] = accepted + refused

    private static let target = EntryID.filled(0x70)
    private static let eight = (1...8).map { EntryID.filled($0) }

    static var accepted: [Case] {
        func said(_ name: String, _ sentence: String, _ operation: Operation) -> Case {
            Case(name: name, sentence: sentence, kind: operation.kind, body: operation.encoded, why: nil)
        }
        let longest = String(repeating: "🏳", count: 16)
        let (old, new) = (IdentityID(EntryID.filled(0x71).bytes), IdentityID(EntryID.filled(0x72).bytes))
        return [
            said("a post", "E-37", .post(text: "Bonjour", replyTo: nil)),
            said("a post that replies", "E-37", .post(text: "Salut", replyTo: target)),
            said("an empty post", "E-37", .post(text: "", replyTo: nil)),
            said("a profile", "E-38", .profile(name: "Alice Lefèvre")),
            said("a profile of 128 bytes", "E-38", .profile(name: String(repeating: "é", count: 64))),
            said("the name of a space", "E-38", .spaceProfile(name: "Tout le monde")),
            said("a succession", "E-50", .succession(old: old, new: new)),
            said("an edit of a post", "E-52", .edit(target: target, text: "b", supersedes: [])),
            said("an edit to nothing", "E-52", .edit(target: target, text: "", supersedes: [])),
            said("an edit that supersedes eight", "E-51", .edit(target: target, text: "b", supersedes: eight)),
            said("a reaction", "E-53", .reaction(target: target, emoji: "👍", supersedes: [], isTakenBack: false)),
            said("a reaction of 64 bytes", "E-53", .reaction(target: target, emoji: longest, supersedes: [], isTakenBack: false)),
            said("a reaction taken back", "E-53", .reaction(target: target, emoji: "👍", supersedes: [eight[0]], isTakenBack: true)),
            said("a reaction taken back unseen", "E-53", .reaction(target: target, emoji: "👍", supersedes: [], isTakenBack: true)),
            said("an erasure", "E-54", .erasure(target: target)),
            said("a hiding", "E-54", .hiding(target: target)),
            said("an unhiding", "E-55", .unhiding(target: target, lifts: [eight[3]])),
        ]
    }

    /// A map written field by field, right or wrong.
    private static func map(_ fields: [(UInt64, (inout CBORWriter) -> Void)]) -> [UInt8] {
        cbor { writer in
            writer.map(fields.count)
            for (key, write) in fields {
                writer.unsigned(key)
                write(&writer)
            }
        }
    }

    private static func id(_ id: EntryID) -> (inout CBORWriter) -> Void { { $0.byteString(id.bytes) } }
    private static func text(_ text: String) -> (inout CBORWriter) -> Void { { $0.text(text) } }
    private static func list(_ ids: [EntryID]) -> (inout CBORWriter) -> Void {
        { writer in
            writer.array(ids.count)
            for id in ids { writer.byteString(id.bytes) }
        }
    }

    static var refused: [Case] {
        func wrong(
            _ kind: Kind, _ name: String, _ sentence: String, _ error: CBORError, _ fields: (UInt64, (inout CBORWriter) -> Void)...
        ) -> Case {
            Case(name: name, sentence: sentence, kind: kind, body: map(fields), why: error.why)
        }
        let target = id(target)
        let short: (inout CBORWriter) -> Void = { $0.byteString([UInt8](repeating: 1, count: 31)) }
        let long = text(String(repeating: "n", count: 129))
        return [
            wrong(.post, "a post without a text", "E-37", .missingField(0)),
            wrong(.post, "a post whose text is bytes", "E-37", .unexpectedType(expected: .text), (0, { $0.byteString([98]) })),
            wrong(.post, "a post that replies to null", "E-37", .unexpectedType(expected: .bytes), (0, text("b")), (1, { $0.null() })),
            wrong(.post, "a post that replies to an id of 31 bytes", "E-37", .outOfRange, (0, text("b")), (1, short)),
            wrong(.post, "a post with a field more", "E-37", .unknownField(2), (0, text("b")), (2, list([eight[0]]))),
            wrong(.profile, "a profile without a name", "E-38", .missingField(0)),
            wrong(.profile, "an empty profile", "E-38", .outOfRange, (0, text(""))),
            wrong(.profile, "a profile of 129 bytes", "E-38", .tooLong(limit: 128), (0, long)),
            wrong(.profile, "a profile of somebody else", "E-38", .unknownField(1), (0, text("Bob")), (1, target)),
            wrong(.spaceProfile, "a space without a name", "E-38", .outOfRange, (0, text(""))),
            wrong(.spaceProfile, "a name of a space of 129 bytes", "E-38", .tooLong(limit: 128), (0, long)),
            wrong(.spaceProfile, "a name of a space that is a number", "E-38", .unexpectedType(expected: .text), (0, { $0.unsigned(1) })),
            wrong(.succession, "a succession without a new identity", "E-50", .missingField(1), (0, target)),
            wrong(.succession, "a succession to an identity of 31 bytes", "E-50", .outOfRange, (0, target), (1, short)),
            wrong(.succession, "a succession with a reason", "E-50", .unknownField(2), (0, target), (1, target), (2, text("lost"))),
            wrong(.edit, "an edit of nothing", "E-52", .missingField(0), (1, text("b"))),
            wrong(.edit, "an edit without a text", "E-52", .missingField(1), (0, target)),
            wrong(.edit, "an edit of an id of 31 bytes", "E-52", .outOfRange, (0, short), (1, text("b"))),
            wrong(
                .edit, "an edit whose text is bytes", "E-52", .unexpectedType(expected: .text), (0, target), (1, { $0.byteString([98]) })),
            wrong(.edit, "an edit with a field more", "E-52", .unknownField(3), (0, target), (1, text("b")), (3, { $0.unsigned(1) })),
            wrong(.edit, "an edit that supersedes an empty list", "E-51", .outOfRange, (0, target), (1, text("b")), (2, list([]))),
            wrong(
                .edit, "an edit that supersedes nine", "E-51", .tooLong(limit: 8), (0, target), (1, text("b")),
                (2, list((1...9).map { EntryID.filled($0) }))),
            wrong(
                .edit, "an edit with its list out of order", "E-51", .mapKeyOrder, (0, target), (1, text("b")),
                (2, list([eight[1], eight[0]]))),
            wrong(
                .edit, "an edit that supersedes one twice", "E-51", .mapKeyOrder, (0, target), (1, text("b")),
                (2, list([eight[1], eight[1]]))),
            wrong(.reaction, "a reaction to nothing", "E-53", .missingField(0), (1, text("👍"))),
            wrong(.reaction, "a reaction without an emoji", "E-53", .missingField(1), (0, target)),
            wrong(.reaction, "an empty reaction", "E-53", .outOfRange, (0, target), (1, text(""))),
            wrong(
                .reaction, "a reaction of 65 bytes", "E-53", .tooLong(limit: 64), (0, target),
                (1, text(String(repeating: "a", count: 65)))),
            wrong(.reaction, "a reaction taken back by 0", "E-53", .outOfRange, (0, target), (1, text("👍")), (3, { $0.unsigned(0) })),
            wrong(
                .reaction, "a reaction taken back by true", "E-53", .unexpectedType(expected: .unsigned), (0, target), (1, text("👍")),
                (3, { $0.bool(true) })),
            wrong(.erasure, "an erasure of nothing", "E-54", .missingField(0)),
            wrong(.erasure, "an erasure of null", "E-54", .unexpectedType(expected: .bytes), (0, { $0.null() })),
            wrong(.erasure, "an erasure with a reason", "E-54", .unknownField(1), (0, target), (1, text("why"))),
            wrong(.hiding, "a hiding of nothing", "E-54", .missingField(0)),
            wrong(.hiding, "a hiding of a list", "E-54", .unexpectedType(expected: .bytes), (0, list([eight[0]]))),
            wrong(.unhiding, "an unhiding that lifts nothing", "E-55", .missingField(1), (0, target)),
            wrong(.unhiding, "an unhiding that lifts an empty list", "E-51", .outOfRange, (0, target), (1, list([]))),
            wrong(.unhiding, "an unhiding with its list out of order", "E-51", .mapKeyOrder, (0, target), (1, list([eight[5], eight[2]]))),
            Case(
                name: "an edit with a byte behind it", sentence: "E-52", kind: .edit,
                body: Operation.edit(target: self.target, text: "b", supersedes: []).encoded + [0], why: CBORError.trailingBytes.why),
            Case(
                name: "a body of a later kind", sentence: "E-39", kind: Kind(code: 41),
                body: Operation.edit(target: self.target, text: "b", supersedes: []).encoded, why: "a kind that no version knows yet"),
        ]
    }
}
