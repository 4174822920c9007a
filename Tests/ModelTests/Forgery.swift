import EntenteCodec
import EntenteCrypto
import EntenteModel

/// An entry that must be refused: well signed, and wrong in one thing.
struct Forgery {
    let name: String
    /// The sentence of Specs/ that it breaks.
    let sentence: String
    /// What it would be if it were right.
    let structure: String
    let bytes: [UInt8]
    /// The network in which it is hashed and signed.
    let network: NetworkID
    let error: CBORError
}

/// One forgery for each way in which a header can be wrong.
struct Forger {
    let story = Story.whole
    private(set) var forgeries: [Forgery] = []

    static let all: [Forgery] = {
        var forger = Forger()
        forger.forgeEnvelope()
        forger.forgeFields()
        forger.forgeRoot()
        forger.forgeContent()
        forger.forgeActs()
        forger.forgeFounding()
        forger.forgeSizes()
        return forger.forgeries
    }()

    private var post: RawHeader { RawHeader(story.entry("post").header) }
    private var grant: RawHeader { RawHeader(story.entry("grant over removals").header) }
    private var inception: RawHeader { RawHeader(story.entry("id.create of alice").header) }
    private var disavowal: RawHeader { RawHeader(story.entry("disavow").header) }
    private var genesis: RawHeader { RawHeader(story.entry("genesis").header) }

    private mutating func forge(
        _ name: String, _ sentence: String, _ error: CBORError, of structure: String = Structure.contentEntry, _ bytes: [UInt8]
    ) {
        forgeries.append(
            Forgery(name: name, sentence: sentence, structure: structure, bytes: bytes, network: story.network, error: error))
    }

    private mutating func forge(
        _ name: String, _ sentence: String, _ error: CBORError, _ header: RawHeader, by key: SigningKey = People.alice
    ) {
        forge(name, sentence, error, of: header.structure, header.signed(by: key, in: story.network))
    }

    private mutating func forgeRoot(_ name: String, _ sentence: String, _ error: CBORError, _ header: RawHeader) {
        forge(
            name, sentence, error, of: header.structure, header.signed(byRoot: Array(People.roots.prefix(2)), in: story.network))
    }

    /// The body of `named`, changed.
    private mutating func forge(_ name: String, _ sentence: String, _ error: CBORError, in named: String, _ change: (RawAct) -> RawAct) {
        let header = story.entry(named).header
        let forged = RawHeader(header).with(.body, change(RawAct(header)).bytes)
        if let key = People.signer(of: header) {
            forge(name, sentence, error, forged, by: key)
        } else {
            forgeRoot(name, sentence, error, forged)
        }
    }

    private mutating func forgeEnvelope() {
        let whole = story.entry("post").encoded
        let header = story.entry("post").headerBytes
        forge("an entry cut short", "B-8", .truncated, Array(whole.dropLast()))
        forge("a byte after the entry", "B-1", .trailingBytes, whole + [0])
        forge("an entry of one item", "E-1", .outOfRange, cbor { $0.array(1) } + header)
        forge("an entry of three items", "E-1", .outOfRange, [0x83] + whole.dropFirst() + [0xF6])
        forge("an entry that is a map", "E-1", .unexpectedType(expected: .array), [0xA1] + whole.dropFirst())
        forge("a signature of 63 bytes", "E-1", .outOfRange, [0x82] + header + cbor { $0.byteString([UInt8](repeating: 1, count: 63)) })
        forge(
            "a signature of 65 bytes", "E-1", .tooLong(limit: 64),
            [0x82] + header + cbor { $0.byteString([UInt8](repeating: 1, count: 65)) })
        forge("a device's entry with a list of signatures", "E-1", .unexpectedType(expected: .bytes), [0x82] + header + [0x80])
        forge(
            "the array head of the header in two bytes", "B-3", .notShortest,
            RawHeader.signed([0x98, 0x0D] + post.items.joined(), by: People.alice, in: story.network))
        forge(
            "a header of indefinite length", "B-4", .indefiniteLength,
            RawHeader.signed([0x9F] + post.items.joined() + [0xFF], by: People.alice, in: story.network))
        var short = post
        short.items.removeLast()
        forge("a header of 12 items", "E-2", .outOfRange, short)
        var long = post
        long.items.append([0xF6])
        forge("a header of 14 items", "E-2", .outOfRange, long)
    }

    private mutating func forgeFields() {
        forge("version 0", "E-3", .outOfRange, post.with(.version) { $0.unsigned(0) })
        forge("version 2", "E-3", .outOfRange, post.with(.version) { $0.unsigned(2) })
        forge("a version in two bytes", "B-3", .notShortest, post.with(.version, [0x18, 0x01]))
        forge("a version that is a float", "B-2", .unsupportedType, post.with(.version, [0xF9, 0x3C, 0x00]))
        forge("a tagged timestamp", "B-2", .unsupportedType, post.with(.timestamp, [0xC1] + post[.timestamp]))
        forge("an empty path", "E-4", .outOfRange, post.with(.space) { $0.array(0) })
        forge(
            "a path of five spaces", "E-4", .tooLong(limit: 4),
            post.with(.space) {
                $0.array(5)
                for byte in 1...5 as ClosedRange<UInt8> { $0.byteString(Bytes16.filled(byte)) }
            })
        forge(
            "a space id of 15 bytes", "E-4", .outOfRange,
            post.with(.space) {
                $0.array(1)
                $0.byteString([UInt8](repeating: 1, count: 15))
            })
        forge("a space that is its name", "E-4", .unexpectedType(expected: .array), post.with(.space) { $0.text("paris") })
        forge("a device key of 31 bytes", "E-5", .outOfRange, post.with(.device) { $0.byteString([UInt8](repeating: 1, count: 31)) })
        forge("a negative incarnation", "E-9", .unexpectedType(expected: .unsigned), post.with(.incarnation) { $0.negative(0) })
        forge("no identity where one acts", "E-7", .outOfRange, post.with(.identity) { $0.null() })
        forge(
            "an identity in its own inception", "E-7", .outOfRange,
            inception.with(.identity) { $0.byteString(story.id("id.create of bob").bytes) })
        forge("a first entry with a backlink", "E-8", .outOfRange, inception.with(.backlink) { $0.byteString(EntryID.filled(1).bytes) })
        forge("a later entry without a backlink", "E-8", .outOfRange, post.with(.backlink) { $0.null() })
        forge("a sequence number of 64 bits", "E-9", .outOfRange, post.with(.sequence) { $0.unsigned(UInt64(1) << 63) })
        forge("a timestamp of 64 bits", "E-9", .outOfRange, post.with(.timestamp) { $0.unsigned(UInt64(1) << 63) })
        forge("a kind of 64 bits", "E-9", .outOfRange, post.with(.kind) { $0.unsigned(UInt64(1) << 63) })
        func ids(_ bytes: [UInt8]) -> (inout CBORWriter) -> Void {
            { writer in
                writer.array(bytes.count)
                for byte in bytes { writer.byteString(EntryID.filled(byte).bytes) }
            }
        }
        forge("nine references", "E-10", .tooLong(limit: 8), post.with(.references, cbor(ids(Array(1...9)))))
        forge("references out of order", "E-10", .mapKeyOrder, post.with(.references, cbor(ids([2, 1]))))
        forge("a reference twice", "E-10", .mapKeyOrder, post.with(.references, cbor(ids([1, 1]))))
        forge("no references, as null", "E-10", .unexpectedType(expected: .array), post.with(.references) { $0.null() })
        forge("an authorization of 1", "E-11", .outOfRange, post.with(.authorization) { $0.unsigned(1) })
        forge("an authorization that is false", "E-11", .unexpectedType(expected: .bytes), post.with(.authorization) { $0.bool(false) })
        forge("a registry kind in a content space", "E-12", .outOfRange, post.with(.kind) { $0.unsigned(31) }.with(.body) { $0.map(0) })
        forge("a post in the registry", "E-12", .outOfRange, grant.with(.kind) { $0.unsigned(32) }.with(.body, post[.body]))
        forge("a seal of 16 bytes", "E-13", .outOfRange, post.with(.seal) { $0.byteString(Bytes16.filled(1)) })
        forge("a sealed registry entry", "E-13", .outOfRange, grant.with(.seal) { $0.byteString(EntryID.filled(1).bytes) })
        forge(
            "an inception in the middle of a log", "E-16", .outOfRange,
            inception.with(.sequence, post[.sequence]).with(.backlink, post[.backlink]))
    }

    private mutating func forgeRoot() {
        forgeRoot("an incarnation of the root log", "E-6", .outOfRange, disavowal.with(.incarnation) { $0.unsigned(1) })
        forgeRoot("an identity in the root log", "E-6", .outOfRange, disavowal.with(.identity) { $0.byteString(EntryID.filled(1).bytes) })
        forgeRoot("a post in the root log", "E-6", .outOfRange, post.with(.device) { $0.null() }.with(.identity) { $0.null() })
        forgeRoot(
            "a root log that begins with a grant", "E-14", .outOfRange,
            disavowal.with(.sequence) { $0.unsigned(0) }.with(.backlink) { $0.null() })
        forgeRoot(
            "a founding in the middle of the root log", "E-14", .outOfRange,
            genesis.with(.sequence, disavowal[.sequence]).with(.backlink, disavowal[.backlink]))
        forge(
            "a founding by a device", "E-14", .outOfRange,
            genesis.with(.device) { $0.byteString(People.alice.publicKey) }.with(.identity, post[.identity]))
        forge(
            "a root update by a device", "E-15", .outOfRange,
            RawHeader(story.entry("root.update").header).with(.device) { $0.byteString(People.alice.publicKey) }
                .with(.identity, post[.identity]))
        forge("a root entry with one signature", "E-1", .unexpectedType(expected: .array), disavowal, by: People.roots[0])
        forge(
            "root signatures out of order", "E-1", .mapKeyOrder, of: disavowal.structure,
            disavowal.signed(byRoot: [People.roots[1], People.roots[0]], in: story.network))
        forge(
            "a root signature twice", "E-1", .mapKeyOrder, of: disavowal.structure,
            disavowal.signed(byRoot: [People.roots[1], People.roots[1]], in: story.network))
        let many = (0..<33).map { People.key("root \($0)") }.sorted { $0.publicKey < $1.publicKey }
        forge(
            "33 root signatures", "E-1", .tooLong(limit: 32), of: disavowal.structure,
            disavowal.signed(byRoot: many, in: story.network))
    }

    private mutating func forgeContent() {
        func body(_ size: UInt64, _ commitment: [UInt8]) -> (inout CBORWriter) -> Void {
            { writer in
                writer.array(2)
                writer.unsigned(size)
                writer.byteString(commitment)
            }
        }
        let commitment = [UInt8](repeating: 7, count: 32)
        forge("a body of 49,153 bytes", "E-17", .outOfRange, post.with(.body, cbor(body(49_153, commitment))))
        forge("a commitment of 31 bytes", "E-17", .outOfRange, post.with(.body, cbor(body(5, Array(commitment.dropLast())))))
        forge("a body that is only a commitment", "E-17", .unexpectedType(expected: .array), post.with(.body) { $0.byteString(commitment) })
        forge("a body inside a content header", "E-17", .unexpectedType(expected: .array), post.with(.body) { $0.map(0) })
        forge("a detached body in the registry", "E-18", .unexpectedType(expected: .map), grant.with(.body, post[.body]))
    }

    private mutating func forgeActs() {
        func empty(_ writer: inout CBORWriter) { writer.array(0) }
        func zero(_ writer: inout CBORWriter) { writer.unsigned(0) }
        func id(_ writer: inout CBORWriter) { writer.byteString(EntryID.filled(3).bytes) }
        let grant = "grant over removals"
        forge("a grant with tips", "E-18", .unknownField(14), in: grant) { $0.with(14) { $0.array(0) } }
        forge("a field that no kind has", "E-18", .unknownField(27), in: grant) { $0.with(27, zero) }
        forge("a grant without a level", "E-18", .missingField(2), in: grant) { $0.without(2) }
        forge("a subject that is null", "E-18", .unexpectedType(expected: .bytes), in: grant) { $0.with(1) { $0.null() } }
        let textual = cbor {
            $0.map(1)
            $0.text("level")
            $0.unsigned(8)
        }
        forge("a key that is a text", "E-18", .unexpectedType(expected: .unsigned), self.grant.with(.body, textual))
        forge("fields out of order", "B-6", .mapKeyOrder, in: grant) {
            var act = $0
            act.pairs.swapAt(0, 1)
            return act
        }
        forge("a field twice", "B-6", .mapKeyOrder, in: grant) {
            var act = $0
            act.pairs.insert(act.pairs[0], at: 0)
            return act
        }
        forge("the whole network, written out", "E-19", .notCanonical, in: grant) { $0.with(0, empty) }
        forge("no rights, written out", "E-19", .notCanonical, in: grant) { $0.with(3, zero) }
        forge("an empty list, written out", "E-19", .notCanonical, in: grant) { $0.with(5, empty) }
        forge("any number of uses, written out", "E-19", .notCanonical, in: "invite") { $0.with(7, zero) }
        forge("a scope of five spaces", "E-4", .tooLong(limit: 4), in: grant) {
            $0.with(0) {
                $0.array(5)
                for byte in 1...5 as ClosedRange<UInt8> { $0.byteString(Bytes16.filled(byte)) }
            }
        }
        forge("a list out of order", "E-20", .mapKeyOrder, in: grant) {
            $0.with(5) {
                $0.array(2)
                $0.byteString(EntryID.filled(2).bytes)
                $0.byteString(EntryID.filled(1).bytes)
            }
        }
        forge("an id twice in a list", "E-20", .mapKeyOrder, in: grant) {
            $0.with(5) {
                $0.array(2)
                $0.byteString(EntryID.filled(2).bytes)
                $0.byteString(EntryID.filled(2).bytes)
            }
        }
        forge("a list of 129 ids", "E-20", .tooLong(limit: 128), in: grant) { $0.with(5) { $0.ids(129) } }
        forge("a level of 16", "E-21", .outOfRange, in: grant) { $0.with(2) { $0.unsigned(16) } }
        forge("a bound on vouches of 16", "E-21", .outOfRange, in: "remove by subject") { $0.with(16) { $0.unsigned(16) } }
        forge("an end of 64 bits", "E-9", .outOfRange, in: grant) { $0.with(4) { $0.unsigned(UInt64(1) << 63) } }
        forge("an end of memberships of 64 bits", "E-9", .outOfRange, in: "invite") { $0.with(8) { $0.unsigned(UInt64(1) << 63) } }
        forge("an invitation without its key", "E-18", .missingField(6), in: "invite") { $0.without(6) }
        forge("an admission without a proof", "E-18", .missingField(11), in: "admit") { $0.without(11) }
        forge("a proof of 63 bytes", "E-18", .outOfRange, in: "admit") { $0.with(11) { $0.byteString([UInt8](repeating: 1, count: 63)) } }
        forge("an admission without a nonce", "E-18", .missingField(10), in: "admit") { $0.without(10) }
        forge("an annulment of nothing", "E-18", .missingField(17), in: "annul") { $0.without(17) }
        forge("a disavowal from nowhere", "E-18", .missingField(18), in: "disavow") { $0.without(18) }
        forge("a space without an id", "E-18", .missingField(23), in: "space.create") { $0.without(23) }
        forge("an inception without a commitment", "E-18", .missingField(24), in: "id.create of alice") { $0.without(24) }
        forge("a device without a key", "E-18", .missingField(25), in: "key.add") { $0.without(25) }
        forge("a recovery without a new primary", "E-18", .missingField(25), in: "key.recover") { $0.without(25) }
        forge("a leave with a subject", "E-18", .unknownField(1), in: "leave") { $0.with(1, id) }
        forge("an annulment with tips", "E-18", .unknownField(14), in: "annul") { $0.with(14) { $0.ids(1) } }
        let short: (inout CBORWriter) -> Void = { $0.byteString([UInt8](repeating: 3, count: 31)) }
        func descending(_ writer: inout CBORWriter) {
            writer.array(2)
            for byte in [2, 1] as [UInt8] { writer.byteString(EntryID.filled(byte).bytes) }
        }
        forge("a removal of a subject of 31 bytes", "E-18", .outOfRange, in: "remove by subject") { $0.with(1, short) }
        forge("a removal with capabilities out of order", "E-20", .mapKeyOrder, in: "remove by capability") { $0.with(12, descending) }
        forge("a removal of no capabilities, written out", "E-19", .notCanonical, in: "remove by capability") { $0.with(12, empty) }
        forge("a removal with a level", "E-18", .unknownField(2), in: "remove of a subtree") { $0.with(2, zero) }
        forge("a space with an id of 15 bytes", "E-18", .outOfRange, in: "space.create below") {
            $0.with(23) { $0.byteString([UInt8](repeating: 1, count: 15)) }
        }
        forge("a vouch with a subject", "E-18", .unknownField(1), in: "vouch") { $0.with(1, id) }
        forge("a vouch for keys with tips out of order", "E-20", .mapKeyOrder, in: "key.vouch") { $0.with(14, descending) }
        forge("a removed key of 31 bytes", "E-18", .outOfRange, in: "key.remove") { $0.with(25, short) }
        forge("an inception with a host of 31 bytes", "E-18", .outOfRange, in: "id.create of alice") { $0.with(26, short) }
        forge("an inception that says its subject", "E-18", .unknownField(1), in: "id.create of alice") { $0.with(1, id) }
        forge("an admission with uses", "E-18", .unknownField(7), in: "admit") { $0.with(7) { $0.unsigned(1) } }
        forge("an invitation with a subject", "E-18", .unknownField(1), in: "invite") { $0.with(1, id) }
        forge("a root update without root keys", "E-22", .outOfRange, in: "root.update") { $0.without(19) }
        forge("a body of an unknown kind that is an array", "E-24", .unexpectedType(expected: .map), unknown { $0.array(0) })
        forge("a body of an unknown kind, nine deep", "E-24", .tooDeep, unknown(nested(9)))
        forge(
            "a body of an unknown kind with keys out of order", "B-6", .mapKeyOrder,
            unknown {
                $0.map(2)
                for key in [1, 0] {
                    $0.unsigned(key)
                    $0.null()
                }
            })
    }

    private func unknown(_ write: (inout CBORWriter) -> Void) -> RawHeader {
        RawHeader(story.entry("unknown registry kind").header).with(.body, cbor(write))
    }

    /// A map with arrays in it, `depth` levels in all.
    private func nested(_ depth: Int) -> (inout CBORWriter) -> Void {
        { writer in
            writer.map(1)
            writer.unsigned(0)
            for _ in 1..<depth { writer.array(1) }
            writer.null()
        }
    }

    private mutating func forgeFounding() {
        let network = story.network
        func founding(_ change: (RawAct) -> RawAct) -> [UInt8] {
            let header = story.entry("genesis").header
            return RawHeader(header).with(.body, change(RawAct(header)).bytes).signed(byRoot: Array(People.roots.prefix(2)), in: .null)
        }
        func add(_ name: String, _ sentence: String, _ error: CBORError, _ bytes: [UInt8]) -> Forgery {
            Forgery(name: name, sentence: sentence, structure: Kind.genesis.name, bytes: bytes, network: network, error: error)
        }
        func keys(_ keys: [SigningKey]) -> (inout CBORWriter) -> Void {
            { writer in
                writer.array(keys.count)
                for key in keys { writer.byteString(key.publicKey) }
            }
        }
        let seventeen = (0..<17).map { People.key("root \($0)") }.sorted { $0.publicKey < $1.publicKey }
        forgeries += [
            add("a founding without root keys", "E-22", .outOfRange, founding { $0.without(19) }),
            add("an empty list of root keys", "E-22", .notCanonical, founding { $0.with(19, keys([])) }),
            add("root keys out of order", "E-22", .mapKeyOrder, founding { $0.with(19, keys(People.roots.reversed())) }),
            add("17 root keys", "E-22", .tooLong(limit: 16), founding { $0.with(19, keys(seventeen)) }),
            add("a quorum of none", "E-22", .outOfRange, founding { $0.with(20) { $0.unsigned(0) } }),
            add(
                "a quorum of half", "E-22", .outOfRange,
                founding { $0.with(19, keys(Array(People.roots.prefix(2)))).with(20) { $0.unsigned(1) } }),
            add("a quorum of less than half", "E-22", .outOfRange, founding { $0.with(20) { $0.unsigned(1) } }),
            add("a quorum of more than all", "E-22", .outOfRange, founding { $0.with(20) { $0.unsigned(4) } }),
            add("a founding without rules", "E-18", .missingField(21), founding { $0.without(21) }),
            add("a network without a name, written out", "E-19", .notCanonical, founding { $0.with(22) { $0.text("") } }),
            add(
                "a network's name of 129 bytes", "E-26", .tooLong(limit: 128),
                founding { $0.with(22) { $0.text(String(repeating: "é", count: 64) + "e") } }),
            add(
                "a network's name that is not UTF-8", "B-5", .invalidUTF8,
                founding {
                    var act = $0.without(22)
                    act.pairs.append((22, [0x62, 0xC3, 0x28]))
                    return act
                }),
        ]
    }

    private mutating func forgeSizes() {
        func tips(_ count: Int) -> (RawAct) -> RawAct { { $0.with(14) { $0.ids(count) } } }
        forge("a registry body of more than 4,096 bytes", "E-26", .tooLong(limit: 4096), in: "vouch", tips(121))
        forge(
            "an unknown registry body of more than 4,096 bytes", "E-26", .tooLong(limit: 4096),
            unknown {
                $0.map(1)
                $0.unsigned(0)
                $0.byteString([UInt8](repeating: 0, count: 4092))
            })
    }
}

extension CBORWriter {
    /// `count` different ids in ascending order.
    mutating func ids(_ count: Int) {
        array(count)
        for number in 0..<count { byteString([UInt8](repeating: UInt8(truncatingIfNeeded: number + 1), count: 32)) }
    }
}
