import EntenteCodec
import EntenteCrypto
import EntenteModel

/// Makes Specs/vectors/encoding.json and entry.json, from the same stories and forgeries that the other tests use.
enum Vectors {
    static var encoding: String {
        JSON.file([
            ("structure", .text("item")),
            (
                "about",
                .text(
                    "Deterministic CBOR (Specs/01-encoding.md). An accepted item reads as the diagnostic notation says, and is written "
                        + "with the same bytes. A rejected one breaks the sentence that it names.")
            ),
            (
                "accept",
                .list(
                    EncodingCases.accepted.map {
                        .fields([("name", .text($0.name)), ("hex", .text($0.hex)), ("notation", .text($0.notation))])
                    })
            ),
            (
                "reject",
                .list(
                    EncodingCases.refused.map {
                        .fields([
                            ("name", .text($0.name)), ("sentence", .text($0.sentence)), ("why", .text($0.error.why)),
                            ("hex", .text($0.hex)),
                        ])
                    })
            ),
        ])
    }

    static var entry: String {
        JSON.file([
            (
                "about",
                .text(
                    [
                        "Entries (Specs/02-entry.md): the story of a network from its founding on, and forgeries. Bytes are hexadecimal.",
                        "structure: what a case is a right or a wrong one of. why: the reason for which it is a wrong one.",
                        "accept: the entry reads, has this id, and each of the signers has signed it; where there is a body, it fits.",
                        "reject: at stage read the bytes are no entry, though the signature holds where there can be one;",
                        "at stage verify the entry reads and its signature does not hold; at stage body the body does not fit.",
                        "operations: bodies of content, with what each says, or with the reason for which it says nothing.",
                        "signatures: Ed25519 alone. merges: the signatures of root entries, joined among keys, or what a wrong joining gives.",
                        "proofs: an invitation key's signature over an admission. commitments: to a recovery key.",
                        "tokens, deviceRequests, rootProposals: texts, with their encoding, or with the reason for which they are none.",
                        "waysIn: what brings a site in, in its order, from the invitation to the admission of the first person",
                        "(Specs/06-gossip.md, G-57).",
                    ].joined(separator: " "))
            ),
            ("network", hex(story.network.bytes.bytes)),
            (
                "keys",
                .list(
                    People.names.map {
                        .fields([("name", .text($0)), ("seed", hex(People.key($0).seed)), ("public", hex(People.key($0).publicKey.bytes))])
                    })
            ),
            ("accept", .list(story.told.map(accepted))),
            ("reject", .list(refused)),
            ("operations", .list(OperationCases.all.map(operation))),
            ("signatures", .list(SignatureCases.all.map(signature))),
            ("merges", .list(merges)),
            ("proofs", .list(proofs)),
            ("commitments", .list(commitments)),
            ("tokens", .list(tokens)),
            ("deviceRequests", .list(deviceRequests)),
            ("rootProposals", .list(rootProposals)),
            ("waysIn", .list(waysIn)),
        ])
    }

    static let story = Story.whole

    static func hex(_ bytes: [UInt8]) -> JSON { .text(Hex.encode(bytes)) }

    private static func accepted(_ told: Story.Told) -> JSON {
        let entry = told.entry
        var fields: [(String, JSON)] = [
            ("structure", .text(Structure.of(entry.header.kind))), ("name", .text(told.name)), ("kind", .text(entry.header.kind.name)),
            ("entry", hex(entry.encoded)),
            ("header", hex(entry.headerBytes)), ("id", hex(entry.id.bytes.bytes)),
            ("signers", .list((entry.header.device.map { [$0] } ?? entry.rootSignatures.map(\.key)).map { hex($0.bytes.bytes) })),
        ]
        if let body = told.body {
            fields += [("salt", hex(body.salt.bytes)), ("body", hex(body.bytes)), ("commitment", hex(body.commitment.bytes))]
            fields.append(("operation", Operation(kind: entry.header.kind, body: body.bytes).map(said) ?? .null))
        }
        return .fields(fields)
    }

    /// The fields of an operation, in the words of the specification.
    private static func said(_ operation: Operation) -> JSON {
        func id(_ id: EntryID) -> JSON { hex(id.bytes.bytes) }
        func ids(_ ids: [EntryID]) -> JSON { .list(ids.map(id)) }
        switch operation {
        case .post(let text, let replyTo): return .fields([("text", .text(text)), ("replyTo", replyTo.map(id) ?? .null)])
        case .profile(let name), .spaceProfile(let name): return .fields([("name", .text(name))])
        case .edit(let target, let text, let supersedes):
            return .fields([("target", id(target)), ("text", .text(text)), ("supersedes", ids(supersedes))])
        case .reaction(let target, let emoji, let supersedes, let isTakenBack):
            return .fields([
                ("target", id(target)), ("emoji", .text(emoji)), ("supersedes", ids(supersedes)), ("takenBack", .bool(isTakenBack)),
            ])
        case .erasure(let target), .hiding(let target): return .fields([("target", id(target))])
        case .unhiding(let target, let lifts): return .fields([("target", id(target)), ("lifts", ids(lifts))])
        case .succession(let old, let new): return .fields([("old", hex(old.bytes.bytes)), ("new", hex(new.bytes.bytes))])
        }
    }

    private static func operation(_ item: OperationCases.Case) -> JSON {
        .fields([
            ("structure", .text(item.structure)), ("name", .text(item.name)), ("sentence", .text(item.sentence)),
            ("kind", .number(item.kind.code)), ("body", hex(item.body)),
            ("operation", Operation(kind: item.kind, body: item.body).map(said) ?? .null), ("why", item.why.map { .text($0) } ?? .null),
        ])
    }

    private static func signature(_ item: SignatureCases.Case) -> JSON {
        .fields([
            ("structure", .text("signature")), ("name", .text(item.name)), ("key", .text(item.key)),
            ("message", hex(SignatureCases.message)),
            ("signature", .text(item.signature)), ("holds", .bool(item.why == nil)), ("why", item.why.map { .text($0) } ?? .null),
        ])
    }

    private static func refusal(
        _ name: String, _ sentence: String, _ structure: String, _ stage: String, _ why: String, _ entry: [UInt8], body: Body? = nil,
        network: NetworkID
    ) -> JSON {
        var fields: [(String, JSON)] = [
            ("structure", .text(structure)), ("name", .text(name)), ("sentence", .text(sentence)), ("stage", .text(stage)),
            ("why", .text(why)),
            ("network", hex(network.bytes.bytes)), ("entry", hex(entry)),
        ]
        if let body { fields += [("salt", hex(body.salt.bytes)), ("body", hex(body.bytes))] }
        return .fields(fields)
    }

    private static var refused: [JSON] {
        let post = story.entry("post")
        let body = story.body("post")
        let read = Forger.all.map { refusal($0.name, $0.sentence, $0.structure, "read", $0.error.why, $0.bytes, network: $0.network) }
        let verify = Impostures.all.map {
            refusal($0.name, $0.sentence, Structure.of($0.entry.header.kind), "verify", $0.why, $0.entry.encoded, network: $0.network)
        }
        let bodies: [(String, Body)] = [
            ("another salt", Body(salt: .filled(1), bytes: body.bytes)),
            ("another body of the same size", Body(salt: body.salt, bytes: body.bytes.dropLast() + [0x21])),
            ("a body with one byte more", Body(salt: body.salt, bytes: body.bytes + [0])),
            ("an empty body", Body(salt: body.salt, bytes: [])),
        ]
        return read + verify
            + bodies.map {
                refusal(
                    $0.0, "E-36", Structure.contentEntry, "body", "the commitment is another", post.encoded, body: $0.1,
                    network: story.network)
            }
    }

    private static var merges: [JSON] {
        let header = story.entry("disavow").header
        let roots = People.roots
        let keys = roots.map(\.device)
        func signed(_ keys: [SigningKey]) -> Entry { Entry(signing: header, withRoot: keys, in: story.network) }
        let worthless = Impostures.worthless(header, in: story.network)
        func item(_ name: String, _ entries: [Entry], merged: [UInt8], why: String?) -> JSON {
            .fields([
                ("structure", .text("root-signatures")), ("name", .text(name)), ("sentence", .text("E-33")),
                ("entries", .list(entries.map { hex($0.encoded) })), ("keys", .list(keys.map { hex($0.bytes.bytes) })),
                ("merged", hex(merged)), ("id", hex(story.entry("disavow").id.bytes.bytes)), ("why", why.map { .text($0) } ?? .null),
            ])
        }
        func right(_ name: String, _ first: Entry, _ second: Entry) -> JSON {
            item(name, [first, second], merged: first.joiningRootSignatures(of: second, among: keys, in: story.network).encoded, why: nil)
        }
        let overlapping = [signed([roots[0], roots[1]]), signed([roots[1], roots[2]])]
        let strange = [signed([roots[0], People.eve]), signed([roots[2]])]
        return [
            right("two sets that overlap", overlapping[0], overlapping[1]),
            right("a stranger among them", strange[0], strange[1]),
            right("one that does not hold", worthless, signed([roots[0]])),
            right("none that holds", worthless, signed([People.eve])),
            item("the first set alone", overlapping, merged: overlapping[0].encoded, why: "a signature that holds is left out"),
            item(
                "one of both sets twice", overlapping,
                merged: RawHeader(header).signed(
                    byRoot: [roots[0], roots[1], roots[1], roots[2]], in: story.network), why: "one key has two signatures"),
            item(
                "in the order in which they came", strange,
                merged: RawHeader(header).signed(
                    byRoot: [roots[2], roots[0]], in: story.network), why: "the keys do not ascend"),
            item(
                "a stranger kept", strange, merged: signed([roots[0], roots[2], People.eve]).encoded,
                why: "the key is none of those asked about"),
            item(
                "the smaller one kept, which does not hold", [worthless, signed([roots[0]])], merged: worthless.encoded,
                why: "what does not hold displaces what does"),
            item(
                "nothing that holds, and all kept", [worthless, signed([People.eve])], merged: worthless.encoded,
                why: "a signature that does not hold is kept"),
        ]
    }

    private static var tokens: [JSON] {
        let token = InvitationTests.token
        let accepted = JSON.fields([
            ("structure", .text("token")), ("name", .text("a token")), ("text", .text(token.text)), ("encoding", hex(token.encoded)),
            ("why", .null),
        ])
        return [accepted]
            + InvitationTests.refused.map { item in
                let why =
                    switch item.fault {
                    case .notAnInvitation: "no invitation"
                    case .damaged: "damaged"
                    case .malformed(let error): error.why
                    }
                return .fields([
                    ("structure", .text("token")), ("name", .text(item.name)), ("text", .text(item.text)), ("encoding", .null),
                    ("why", .text(why)),
                ])
            }
    }

    private static var proofs: [JSON] {
        let admit = story.entry("admit")
        guard let act = admit.header.act, let proof = act.proof, let nonce = act.nonce, let subject = act.subject else {
            preconditionFailure("the story's admission is whole")
        }
        func item(_ name: String, invitation: EntryID, device: DeviceKey, why: String? = nil) -> JSON {
            .fields([
                ("structure", .text("admission proof")), ("name", .text(name)), ("network", hex(story.network.bytes.bytes)),
                ("invitation", hex(invitation.bytes.bytes)),
                ("subject", hex(subject.bytes.bytes)), ("device", hex(device.bytes.bytes)), ("nonce", hex(nonce.bytes)),
                ("key", hex(People.invitation.publicKey.bytes)), ("proof", hex(proof.bytes)), ("holds", .bool(why == nil)),
                ("why", why.map { .text($0) } ?? .null),
            ])
        }
        let invitation = story.id("invite")
        return [
            item("bob's admission", invitation: invitation, device: People.bob.device),
            item(
                "another invitation", invitation: story.id("grant to the site"), device: People.bob.device,
                why: "the invitation is not the one that was signed"),
            item(
                "another device", invitation: invitation, device: People.eve.device, why: "the device is not the one that was signed"),
        ]
    }
}

/// Entries that read, and that nobody signed who may have.
enum Impostures {
    struct Imposture {
        let name: String
        let sentence: String
        let why: String
        let entry: Entry
        let network: NetworkID
    }

    /// A root entry with one signature of zeros, under the first root key.
    static func worthless(_ header: Header, in network: NetworkID) -> Entry {
        guard let zeros = Signature([UInt8](repeating: 0, count: 64)) else { preconditionFailure() }
        return Entry(
            header: header, headerBytes: header.encoded, quorum: [.init(key: People.roots[0].device, signature: zeros)], in: network)
    }

    static var all: [Imposture] {
        let story = Story.whole
        let post = story.entry("post")
        let elsewhere = NetworkID(Blake2b.hash256(Array("another network".utf8)))
        func signed(_ bytes: [UInt8], by key: SigningKey) -> Entry {
            Entry(header: post.header, headerBytes: post.headerBytes, signature: key.sign(bytes), in: story.network)
        }
        var later = post.header
        later.timestamp = post.header.timestamp.advanced(byMilliseconds: 1)
        guard let signature = post.signature else { preconditionFailure("a post has a signature") }
        let disavowal = story.entry("disavow").header
        return [
            Imposture(
                name: "another key signed", sentence: "E-30", why: "the signer is not the device",
                entry: signed(Entry.signedBytes(post.headerBytes, in: story.network), by: People.eve), network: story.network),
            Imposture(
                name: "signed for another network", sentence: "E-32", why: "the network is another",
                entry: signed(Entry.signedBytes(post.headerBytes, in: elsewhere), by: People.alice), network: story.network),
            Imposture(
                name: "signed for this network and read in another", sentence: "E-32", why: "the network is another", entry: post,
                network: elsewhere),
            Imposture(
                name: "signed without a network", sentence: "E-30", why: "the signed bytes are others",
                entry: signed(Domain.signature + post.headerBytes, by: People.alice), network: story.network),
            Imposture(
                name: "signed without a domain", sentence: "C-3", why: "the signed bytes are others",
                entry: signed(story.network.bytes.bytes + post.headerBytes, by: People.alice), network: story.network),
            Imposture(
                name: "the id signed in the place of the header", sentence: "E-30", why: "the signed bytes are others",
                entry: signed(Domain.signature + story.network.bytes.bytes + post.id.bytes.bytes, by: People.alice),
                network: story.network),
            Imposture(
                name: "one millisecond later", sentence: "E-30", why: "the header was changed",
                entry: Entry(header: later, headerBytes: later.encoded, signature: signature, in: story.network), network: story.network),
            Imposture(
                name: "a root signature of zeros", sentence: "C-7", why: "R is of small order",
                entry: worthless(disavowal, in: story.network),
                network: story.network),
            Imposture(
                name: "a founding signed under its own id", sentence: "E-31", why: "the network is another",
                entry: {
                    let genesis = story.entry("genesis")
                    let signed = Entry.signedBytes(genesis.headerBytes, in: story.network)
                    return Entry(
                        header: genesis.header, headerBytes: genesis.headerBytes,
                        quorum: People.roots.map { .init(key: $0.device, signature: $0.sign(signed)) }, in: .null)
                }(), network: story.network),
        ]
    }
}

extension CBORError {
    /// The class of refusal, as Specs/01-encoding.md lists them.
    var why: String {
        switch self {
        case .truncated: "truncated"
        case .trailingBytes: "trailing bytes"
        case .notShortest: "not shortest"
        case .indefiniteLength: "indefinite length"
        case .unsupportedType: "unsupported type"
        case .unexpectedType: "unexpected type"
        case .tooLong: "too long"
        case .outOfRange: "out of range"
        case .invalidUTF8: "invalid UTF-8"
        case .mapKeyOrder: "order"
        case .tooDeep: "too deep"
        case .notCanonical: "not canonical"
        case .missingField: "missing field"
        case .unknownField: "unknown field"
        }
    }
}
