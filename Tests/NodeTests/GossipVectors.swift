import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

@testable import EntenteNode

/// Makes Specs/vectors/gossip.json from fixed seeds. The test that compares them also writes them, when asked.
struct GossipVectors {
    private static let about = [
        "Messages, introductions, runs and sums of Specs/06-gossip.md. Byte strings are hexadecimal; numbers of 64 bits are decimal text.",
        "structure: what a case is a right or a wrong one of; why: the reason for which it is a wrong one.",
        "accept: what decodes, with its fields. reject: what does not, with the reason and the sentence that it breaks.",
        "runs: the messages of one run, and the entries that they lead to; check is the one signature that authenticates them.",
        "rejectedRuns: messages of which each decodes, and that make no run, or one whose last signature does not hold.",
        "sums: the sum over these heads, or what comes out of a mistake. rootHead: what stands for these entries of the root log, or what does not.",
        "joinProof: what a joiner shows (G-3). exchanges: every frame between a joiner, which dialled, and its bootstrap, in the order in which",
        "they were sent: bytes as they went over the line, message as it was before it was sealed. The secrets of both sides are there, so that",
        "a reader can open the frames, or play one of the sides. end is the code of a refusal, or null where the joiner came in.",
    ].joined(separator: " ")

    let network = NetworkID(Blake2b.hash256(Array("a network".utf8)))

    static func key(_ name: String) -> SigningKey {
        guard let key = SigningKey(seed: Blake2b.hash256(Array(name.utf8)).bytes) else { preconditionFailure("a seed has 32 bytes") }
        return key
    }

    static func id(_ name: String) -> EntryID { EntryID(Blake2b.hash256(Array(name.utf8))) }

    static let space: Space = {
        guard let id = Bytes16([UInt8](repeating: 0x51, count: 16)), let path = SpacePath([SpaceID(id)]) else {
            preconditionFailure("one component")
        }
        return .content(path)
    }()

    /// One thing that decodes, or does not.
    struct Case {
        let what: String
        /// As Specs/06-gossip.md calls it.
        let structure: String
        let name: String
        /// Of a reject.
        var sentence = ""
        var why = ""
        let bytes: [UInt8]
        /// Of an accept: its fields as JSON.
        var fields = ""
    }

    // MARK: - Accept

    var accepts: [Case] {
        var cases = introductions
        let ids = [Self.id("one"), Self.id("two"), Self.id("three")].sorted()
        var sum = HeadSum()
        sum.add(ids[0])
        func message(_ name: String, _ message: Message, _ fields: [(String, String)]) {
            let bytes = message.encoded
            cases.append(
                Case(what: "message", structure: Self.structure(ofMessage: bytes), name: name, bytes: bytes, fields: Self.object(fields)))
        }
        let registry = ("space", "null")
        let content = ("space", Self.quoted(Hex.encode(Self.space.path?.components.first?.bytes.bytes ?? [])))
        message("sums of nothing", .sums([]), [("code", "0"), ("count", "0")])
        message(
            "sums", .sums([(.registry, sum), (Self.space, HeadSum())]), [("code", "0"), ("count", "2"), ("first", Self.hex(sum.bytes))])
        message("ask", .ask, [("code", "1")])
        message(
            "a question", .reconcile(space: .registry, question: true, bytes: [0x61, 0, 0, 2, 0]),
            [("code", "2"), registry, ("question", "true"), ("bytes", Self.hex([0x61, 0, 0, 2, 0]))])
        message(
            "an empty answer", .reconcile(space: Self.space, question: false, bytes: []),
            [("code", "2"), content, ("question", "false"), ("bytes", "\"\"")])
        message(
            "want", .want(space: Self.space, ids: Array(ids[..<2]), known: [ids[2]]),
            [("code", "3"), content, ("ids", Self.list(ids[..<2])), ("known", Self.list(ids[2...]))])
        message(
            "totals, as much as can be said", .totals(space: .registry, entries: .max, bytes: 0),
            [("code", "4"), registry, ("entries", "\"\(UInt64.max)\"")])
        message("delivered", .delivered(space: Self.space), [("code", "5"), content])
        message("registry", .registry([inception]), [("code", "7"), ("count", "1"), ("first", Self.hex(inception.id.bytes.bytes))])
        message("acknowledge", .acknowledge, [("code", "8")])
        message(
            "want bodies", .wantBodies(space: Self.space, ids: Array(ids[..<2])),
            [("code", "10"), content, ("ids", Self.list(ids[..<2]))])
        let body = Body(salt: Bytes16(words: (1, 2)), bytes: Operation.post(text: "retrouvé", replyTo: nil).encoded)
        message(
            "bodies", .bodies([EntryBody(id: ids[0], body: body)]),
            [("code", "11"), ("count", "1"), ("first", Self.hex(ids[0].bytes.bytes))])
        // The longest that there can be: nothing in it is limited by itself.
        let longest = Message.reconcile(space: .registry, question: true, bytes: [UInt8](repeating: 0, count: 64_993))
        cases.append(
            Case(
                what: "message", structure: "message", name: "a message of 65,000 bytes", bytes: longest.encoded,
                fields: Self.object([("code", "2"), registry, ("question", "true")])))
        for code in 0...8 as ClosedRange<UInt64> {
            guard let refusal = Message.RefusalCode(rawValue: code) else { continue }
            message("refusal \(code)", .refuse(code: refusal, text: "non, merci"), [("code", "9"), ("refusal", "\(code)")])
        }
        return cases
    }

    private var introductions: [Case] {
        let plain = Introduction(clock: Timestamp(milliseconds: 1_767_225_600_000), incarnation: .max, listenAddress: nil, join: nil)
        var listening = plain
        listening.listenAddress = "brest.example:7411"
        var joining = listening
        joining.join = joinProof
        return [("plain", plain), ("listening", listening), ("joining", joining)].map { name, introduction in
            Case(
                what: "introduction", structure: "introduction", name: name, bytes: introduction.encoded,
                fields: Self.object([
                    ("clock", "\"\(introduction.clock.milliseconds)\""), ("incarnation", "\"\(introduction.incarnation)\""),
                    ("listen", introduction.listenAddress.map(Self.quoted) ?? "null"),
                    ("invitations", "\(introduction.join?.invitations.count ?? 0)"),
                ]))
        }
    }

    private var joinProof: Introduction.JoinProof {
        let invitations = [Self.id("invitation two"), Self.id("invitation one")]
        let bytes = Introduction.joinBytes(network: network, node: DeviceKey(Self.key("node").publicKey), invitations: invitations)
        return .init(invitations: invitations, signature: Self.key("invitation").sign(bytes).bytes)
    }

    private var inception: Entry {
        var act = RegistryAct(kind: .identityCreate)
        act.recoveryCommitment = Bytes32.zero
        let header = Header(
            space: .registry, device: DeviceKey(Self.key("mallory").publicKey), incarnation: 7, identity: nil, sequence: 0, backlink: nil,
            timestamp: Timestamp(milliseconds: 1_767_225_600_000), authorization: .none, kind: .identityCreate, body: .act(act))
        return Entry(signing: header, with: Self.key("mallory"), in: network)
    }

    // MARK: - Reject

    var rejects: [Case] {
        let ids = [Self.id("one"), Self.id("two")].sorted()
        func reject(_ name: String, _ sentence: String, _ why: String, _ bytes: [UInt8], what: String = "message") -> Case {
            let structure = what == "message" ? Self.structure(ofMessage: bytes) : what
            return Case(what: what, structure: structure, name: name, sentence: sentence, why: why, bytes: bytes)
        }
        let introduction = introductions[0].bytes
        let content = entries(1)
        let sum = [0xF6, 0x58, 0x40] + [UInt8](repeating: 0, count: 64)
        return [
            reject("nothing", "G-12", "truncated", []),
            reject("a map", "G-12", "unexpected type", [0xA0]),
            reject("an unknown code", "G-12", "out of range", [0x81, 12]),
            reject("a negative code", "G-12", "unexpected type", [0x81, 0x20]),
            reject("ask with a field", "G-12", "out of range", [0x82, 1, 0]),
            reject("ask in a longer form", "G-12", "not shortest", [0x98, 1, 1]),
            reject("two messages", "G-12", "trailing bytes", [0x81, 8, 0x81, 8]),
            Case(
                what: "message", structure: "message", name: "a message of 65,001 bytes", sentence: "G-11", why: "too long",
                bytes: Message.reconcile(space: .registry, question: true, bytes: [UInt8](repeating: 0, count: 64_994)).encoded),
            reject("acknowledge with a field", "G-12", "out of range", [0x82, 8, 0]),
            reject("an answer without bytes", "G-12", "out of range", [0x83, 2, 0xF6, 0xF4]),
            reject("an answer whose bytes are a text", "G-12", "unexpected type", [0x84, 2, 0xF6, 0xF4, 0x60]),
            reject("a refusal without a text", "G-12", "out of range", [0x82, 9, 0]),
            reject("a refusal with a field more", "G-12", "out of range", [0x84, 9, 0, 0x60, 0]),
            reject("a refusal whose code is a text", "G-12", "unexpected type", [0x83, 9, 0x60, 0x60]),
            reject("a refusal whose code is in a longer form", "G-12", "not shortest", [0x83, 9, 0x18, 0, 0x60]),
            reject("a refusal whose code is negative", "G-12", "unexpected type", [0x83, 9, 0x20, 0x60]),
            reject("a refusal whose text is bytes", "G-12", "unexpected type", [0x83, 9, 0, 0x40]),
            reject("a refusal with a byte behind it", "G-12", "trailing bytes", [0x83, 9, 0, 0x60, 0]),
            reject("sums with a field too many", "G-12", "out of range", [0x83, 0, 0x80, 0x80]),
            reject("sums, 451 of them", "G-12", "too long", [0x82, 0, 0x99, 0x01, 0xC3] + [UInt8](repeating: 0xF6, count: 451)),
            reject(
                "a sum of 63 bytes", "G-12", "out of range", [0x82, 0, 0x81, 0x82, 0xF6, 0x58, 0x3F] + [UInt8](repeating: 0, count: 63)),
            reject("a space twice", "G-13", "order", [0x82, 0, 0x82, 0x82] + sum + [0x82] + sum),
            reject(
                "the registry behind a space", "G-13", "order", Message.sums([(Self.space, HeadSum()), (.registry, HeadSum())]).encoded),
            reject("a space without a component", "G-12", "out of range", [0x82, 5, 0x80]),
            reject("a space of five components", "G-12", "too long", [0x82, 5, 0x85] + [UInt8](repeating: 0x40, count: 5)),
            reject("a component of 15 bytes", "G-12", "out of range", [0x82, 5, 0x81, 0x4F] + [UInt8](repeating: 0, count: 15)),
            reject("a question that is a number", "G-12", "unexpected type", [0x84, 2, 0xF6, 1, 0x40]),
            reject("want with ids that go down", "G-13", "order", Message.want(space: .registry, ids: ids.reversed(), known: []).encoded),
            reject("want with an id twice", "G-13", "order", Message.want(space: .registry, ids: [], known: [ids[0], ids[0]]).encoded),
            reject("want of 901 ids", "G-12", "too long", [0x84, 3, 0xF6, 0x99, 0x03, 0x85, 0x40, 0x80]),
            reject(
                "an id of 31 bytes", "G-12", "out of range", [0x84, 3, 0xF6, 0x81, 0x58, 0x1F] + [UInt8](repeating: 0, count: 31) + [0x80]),
            reject("totals of less than nothing", "G-12", "unexpected type", [0x84, 4, 0xF6, 0x20, 0]),
            reject("totals without bytes", "G-12", "out of range", [0x83, 4, 0xF6, 0]),
            reject("a registry of nothing", "G-12", "out of range", [0x82, 7, 0x80]),
            reject("a registry of 257 entries", "G-12", "too long", [0x82, 7, 0x99, 1, 1, 0x80]),
            reject("an entry without a signature", "G-12", "out of range", [0x82, 7, 0x81, 0x81] + inception.headerBytes),
            reject("a part of a run without entries", "G-12", "out of range", [0x84, 6, 0xF6, 0x80, 0xF5]),
            reject("a part of 4,097 entries", "G-12", "too long", [0x84, 6, 0xF6, 0x99, 0x10, 1, 0xF5]),
            reject("a run of the registry", "G-37", "out of range", run(content) { $0.replacing(space: .registry) }),
            reject("a run from 1 without a backlink", "G-37", "out of range", run(content) { $0.replacing(firstSequence: 1) }),
            reject("a run from 0 with a backlink", "G-37", "out of range", run(content) { $0.replacing(backlink: ids[0]) }),
            reject(
                "a run from 2^63 - 4,096", "G-37", "out of range",
                run(content) { $0.replacing(backlink: ids[0], firstSequence: UInt64(Int64.max) - 4095) }),
            reject("a refusal of an unknown code", "G-12", "out of range", [0x83, 9, 9, 0x60]),
            reject("a refusal of 513 bytes", "G-12", "too long", [0x83, 9, 0, 0x79, 2, 1] + [UInt8](repeating: 0x61, count: 513)),
            reject("a refusal that is no UTF-8", "G-12", "not UTF-8", [0x83, 9, 0, 0x61, 0xFF]),
            reject("want of no bodies", "G-12", "out of range", [0x83, 10, 0xF6, 0x80]),
            reject("want of 257 bodies", "G-12", "too long", [0x83, 10, 0xF6, 0x99, 1, 1, 0x40]),
            reject(
                "want of bodies with ids that go down", "G-13", "order",
                Message.wantBodies(space: Self.space, ids: ids.reversed()).encoded),
            reject("bodies, none of them", "G-12", "out of range", [0x82, 11, 0x80]),
            reject("257 bodies", "G-12", "too long", [0x82, 11, 0x99, 1, 1, 0x80]),
            reject(
                "a body with a salt of 15 bytes", "G-12", "out of range",
                [0x82, 11, 0x81, 0x83, 0x58, 32] + ids[0].bytes.bytes + [0x4F] + [UInt8](repeating: 0, count: 15) + [0x40]),
            reject(
                "a body of 49,153 bytes", "G-12", "too long",
                [0x82, 11, 0x81, 0x83, 0x58, 32] + ids[0].bytes.bytes + [0x50] + [UInt8](repeating: 0, count: 16) + [0x59, 0xC0, 0x01]
                    + [UInt8](repeating: 0, count: 49_153)),
            reject("an introduction of three items", "G-1", "out of range", [0x83] + introduction.dropFirst(), what: "introduction"),
            reject("an introduction with a byte behind it", "G-1", "trailing bytes", introduction + [0], what: "introduction"),
            reject("a clock in a longer form", "G-1", "not shortest", [0x84, 0x18, 1, 0, 0xF6, 0xF6], what: "introduction"),
            reject(
                "an address of 257 bytes", "G-1", "too long", [0x84, 0, 0, 0x79, 1, 1] + [UInt8](repeating: 0x61, count: 257) + [0xF6],
                what: "introduction"),
            reject("33 invitations", "G-1", "too long", [0x84, 0, 0, 0xF6, 0x82, 0x98, 33, 0x40], what: "introduction"),
            reject(
                "a proof of 65 bytes", "G-1", "too long", [0x84, 0, 0, 0xF6, 0x82, 0x80, 0x58, 65] + [UInt8](repeating: 0, count: 65),
                what: "introduction"),
        ]
    }

    // MARK: - Runs

    /// A log of mallory's, with a body that is not here at every third place.
    private func entries(_ count: Int) -> [Liar.Written] {
        let key = Self.key("mallory")
        var out: [Liar.Written] = []
        for index in 0..<count {
            let number = UInt64(index)
            let salt = Bytes16(words: (number, 1))
            let body = Body(salt: salt, bytes: Operation.post(text: "été \(index)", replyTo: out.first?.entry.id).encoded)
            let header = Header(
                space: Self.space, device: DeviceKey(key.publicKey), incarnation: 0x8000_0000_0000_0001,
                identity: IdentityID(Blake2b.hash256(Array("mallory's identity".utf8))), sequence: number, backlink: out.last?.entry.id,
                timestamp: Timestamp(milliseconds: 1_767_225_600_000 + number), references: index == 1 ? [Self.id("elsewhere")] : [],
                authorization: .capability(Self.id("capability")), kind: .post,
                body: .detached(size: body.bytes.count, commitment: body.commitment))
            let entry = Entry(signing: header, with: key, in: network)
            out.append(.init(entry: entry, body: index % 3 == 2 ? .missing : .present(body)))
        }
        return out
    }

    private func messages(_ written: [Liar.Written], parts: Int = 1) -> [[UInt8]] {
        (try? Liar.run(written, parts: parts).map(\.encoded)) ?? []
    }

    private func run(_ written: [Liar.Written], _ change: (Run) -> Run) -> [UInt8] {
        (try? Liar.run(written, falsify: change).first?.encoded) ?? []
    }

    private func runText(_ name: String, _ written: [Liar.Written], parts: Int = 1) -> String {
        let entries = written.map { Self.hex($0.entry.encoded) }.joined(separator: ", ")
        let ids = written.map { Self.hex($0.entry.id.bytes.bytes) }.joined(separator: ", ")
        let last = written[written.count - 1].entry
        let signed = Entry.signedBytes(last.headerBytes, in: network)
        return Self.object([
            ("structure", Self.quoted("run")), ("name", Self.quoted(name)),
            ("messages", "[" + messages(written, parts: parts).map(Self.hex).joined(separator: ", ") + "]"),
            ("entries", "[\(entries)]"), ("ids", "[\(ids)]"),
            (
                "check",
                Self.object([
                    ("key", Self.hex(Self.key("mallory").publicKey.bytes)), ("signed", Self.hex(signed)),
                    ("signature", Self.hex(last.signature?.bytes ?? [])),
                ])
            ),
        ])
    }

    var rejectedRuns: [(name: String, sentence: String, why: String, messages: [[UInt8]])] {
        let written = entries(4)
        let two = messages(written, parts: 2)
        var altered = written
        altered[1].body = .present(Body(salt: Bytes16(words: (9, 9)), bytes: Operation.post(text: "autre", replyTo: nil).encoded))
        var unsigned = written
        unsigned[3].entry = Entry(
            header: written[3].entry.header, headerBytes: written[3].entry.headerBytes,
            signature: written[2].entry.signature ?? Self.key("mallory").sign([]), in: network)
        let item = Message.run(.init(preamble: nil, items: [0x86, 0, 0x80, 0xF6, 0x18, 0x20, 0xF6, 0x80], itemCount: 1, isLast: true))
            .encoded
        return [
            ("a part that no run began", "G-37", "no preamble", [two[1]]),
            ("a run inside another", "G-37", "preamble inside a run", [two[0], two[0]]),
            ("an entry of six items", "G-37", "out of range", [two[0], item]),
            ("another body than was signed", "G-39", "signature", messages(altered)),
            ("the signature of the entry before", "G-39", "signature", messages(unsigned)),
        ]
    }

    // MARK: - The file

    func text() throws -> String {
        var out = "{\n\"about\": \(Self.quoted(Self.about)),\n\"network\": \(Self.hex(network.bytes.bytes))"
        let accept = accepts.map {
            Self.object([
                ("structure", Self.quoted($0.structure)), ("what", Self.quoted($0.what)), ("name", Self.quoted($0.name)),
                ("fields", $0.fields), ("hex", Self.hex($0.bytes)),
            ])
        }
        let reject = rejects.map {
            Self.object([
                ("structure", Self.quoted($0.structure)), ("what", Self.quoted($0.what)), ("name", Self.quoted($0.name)),
                ("sentence", Self.quoted($0.sentence)),
                ("why", Self.quoted($0.why)), ("hex", Self.hex($0.bytes)),
            ])
        }
        let runs = [
            runText("one entry", entries(1)), runText("four entries in two parts", entries(4), parts: 2),
            runText("the rest of a log", Array(entries(5).dropFirst(2)), parts: 3),
        ]
        let bad = rejectedRuns.map { name, sentence, why, messages in
            Self.object([
                ("structure", Self.quoted("run")), ("name", Self.quoted(name)), ("sentence", Self.quoted(sentence)),
                ("why", Self.quoted(why)), ("messages", "[" + messages.map(Self.hex).joined(separator: ", ") + "]"),
            ])
        }
        let sections = [
            ("accept", accept), ("reject", reject), ("runs", runs), ("rejectedRuns", bad), ("sums", sums), ("rootHead", try rootHeads()),
            ("joinProof", joinProofs), ("exchanges", try GossipExchange.all().map(\.text)),
        ]
        for (name, lines) in sections { out += ",\n\"\(name)\": [\n\(lines.joined(separator: ",\n"))\n]" }
        return out + "\n}\n"
    }

    /// What a joiner shows, and what it does not. (G-3)
    private var joinProofs: [String] {
        let (node, key, ids) = (Self.key("node"), Self.key("invitation"), joinProof.invitations)
        let domain = Array("entente/join/1".utf8)
        let body = DeviceKey(node.publicKey).bytes.bytes + ids.flatMap(\.bytes.bytes)
        let cases: [(name: String, signature: [UInt8], why: String?)] = [
            ("the invitation key's, over this node and these ids", joinProof.signature, nil),
            (
                "over another node",
                key.sign(Introduction.joinBytes(network: network, node: DeviceKey(key.publicKey), invitations: ids)).bytes,
                "who overhears it is another node"
            ),
            (
                "over the ids in another order",
                key.sign(Introduction.joinBytes(network: network, node: DeviceKey(node.publicKey), invitations: ids.reversed())).bytes,
                "the ids are signed in their order"
            ),
            ("without the network", key.sign(domain + body).bytes, "the network is left out"),
            ("without the domain", key.sign(network.bytes.bytes + body).bytes, "the domain is left out"),
            (
                "the node key's",
                node.sign(Introduction.joinBytes(network: network, node: DeviceKey(node.publicKey), invitations: ids)).bytes,
                "the invitation key signs, not the node"
            ),
        ]
        return cases.map { item in
            Self.object([
                ("structure", Self.quoted("join proof")), ("name", Self.quoted(item.name)),
                ("node", Self.hex(node.publicKey.bytes)), ("key", Self.hex(key.publicKey.bytes)),
                ("invitations", "[" + ids.map { Self.hex($0.bytes.bytes) }.joined(separator: ", ") + "]"),
                ("signature", Self.hex(item.signature)), ("why", item.why.map(Self.quoted) ?? "null"),
            ])
        }
    }

    /// Few heads, many, and so many that the sum has gone over 2^512; and what comes out of mistakes.
    private var sums: [String] {
        let domain = Array("entente/head/1".utf8)
        func text(_ name: String, _ heads: [EntryID], _ sum: [UInt8], why: String?) -> String {
            Self.object([
                ("structure", Self.quoted("sum of heads")), ("name", Self.quoted(name)), ("heads", Self.list(heads[...])),
                ("sum", Self.hex(sum)), ("why", why.map(Self.quoted) ?? "null"),
            ])
        }
        func heads(_ count: Int) -> [EntryID] { (0..<count).map { Self.id("head \($0)") } }
        func right(_ heads: [EntryID]) -> [UInt8] {
            var sum = HeadSum()
            for head in heads { sum.add(head) }
            return sum.bytes
        }
        func added(_ parts: [[UInt8]], isCarryWrapped: Bool = false) -> [UInt8] {
            parts.reduce([UInt8](repeating: 0, count: 64)) { total, part in
                var carry = 0
                var out = total
                for index in out.indices {
                    carry += Int(total[index]) + Int(part[index])
                    out[index] = UInt8(carry & 0xFF)
                    carry >>= 8
                }
                if isCarryWrapped, carry > 0 { out[0] &+= 1 }
                return out
            }
        }
        let (two, forty) = (heads(2), heads(40))
        let hashes = { (ids: [EntryID]) in ids.map { Blake2b.hash512(domain, $0.bytes.bytes) } }
        let wide = { (ids: [EntryID]) in ids.map { $0.bytes.bytes + [UInt8](repeating: 0, count: 32) } }
        return [0, 1, 2, 40].map { text("the sum of \($0) heads", heads($0), right(heads($0)), why: nil) } + [
            text("ids that are not hashed", two, added(wide(two)), why: "the ids themselves are added"),
            text("without the domain", two, added(two.map { Blake2b.hash512($0.bytes.bytes) }), why: "the domain is left out"),
            text("most significant byte first", two, right(two).reversed(), why: "the sum is written in the other order"),
            text("combined by exclusive or", two, zip(hashes(two)[0], hashes(two)[1]).map { $0 ^ $1 }, why: "the hashes are not added"),
            text("one head twice", two, right(two + [two[0]]), why: "a head counts once"),
            text("modulo 2^512 - 1", forty, added(hashes(forty), isCarryWrapped: true), why: "what goes beyond 2^512 comes in again below"),
        ]
    }

    private func rootHeads() throws -> [String] {
        var store = MemoryStore()
        let keys = ["one", "two", "three"].map { Self.key("root \($0)") }
        let request = FoundingRequest(
            networkName: "Vectors", siteName: "Paris", memberName: "alice", rootKeys: keys, rootQuorum: 2, siteKey: Self.key("site"),
            memberKey: Self.key("alice"), siteRecovery: DeviceKey(Self.key("site recovery").publicKey),
            memberRecovery: DeviceKey(Self.key("alice recovery").publicKey))
        var random = FixedRandom()
        let now = Now(instant: Instant(milliseconds: 0), wall: Timestamp(milliseconds: 1_767_225_600_000))
        let network = try Node.found(request, now: now, using: &random, store: &store)
        let replica = try Replica(network: network, store: &store)
        guard let head = replica.heads(of: .registry).first(where: { $0.log.isRoot })?.head else { return [] }
        let entries = try replica.rootEntries(store: store).map(\.entry).sorted { $0.id < $1.id }
        let domain = Array("entente/root-head/1".utf8)
        let whole = entries.flatMap { $0.id.bytes.bytes + $0.signatureBytes }
        let cases: [(name: String, id: [UInt8], why: String?)] = [
            ("the root log of a network that was just founded", head.id.bytes.bytes, nil),
            ("the last entry's id", entries.last?.id.bytes.bytes ?? [], "a signature that is added would change nothing"),
            ("without the signatures", Blake2b.hash256(domain, entries.flatMap(\.id.bytes.bytes)).bytes, "the signatures are left out"),
            (
                "in descending order of id",
                Blake2b.hash256(domain, entries.reversed().flatMap { $0.id.bytes.bytes + $0.signatureBytes }).bytes, "the ids ascend"
            ),
            ("without the domain", Blake2b.hash256(whole).bytes, "the domain is left out"),
        ]
        return cases.map { item in
            Self.object([
                ("structure", Self.quoted("root head")), ("name", Self.quoted(item.name)), ("network", Self.hex(network.bytes.bytes)),
                ("entries", "[" + entries.map { Self.hex($0.encoded) }.joined(separator: ", ") + "]"), ("id", Self.hex(item.id)),
                ("timestamp", "\"\(head.timestamp.milliseconds)\""), ("why", item.why.map(Self.quoted) ?? "null"),
            ])
        }
    }

    /// Under which name the bytes are counted: that of the message whose code they begin with, or `message`.
    static func structure(ofMessage bytes: [UInt8]) -> String {
        var reader = CBORReader(bytes)
        guard (try? reader.array()) != nil, let code = try? reader.unsigned(), let known = Message.Code(rawValue: code) else {
            return "message"
        }
        return name(of: known)
    }

    /// As Specs/06-gossip.md spells it.
    static func name(of code: Message.Code) -> String { code == .wantBodies ? "want-bodies" : "\(code)" }

    struct FixedRandom: RandomNumberGenerator {
        var state: UInt64 = 1
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    // MARK: - JSON

    static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\(quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    static func list(_ ids: ArraySlice<EntryID>) -> String { "[" + ids.map { hex($0.bytes.bytes) }.joined(separator: ", ") + "]" }
    static func hex(_ bytes: [UInt8]) -> String { quoted(Hex.encode(bytes)) }

    /// Every text here is ours, and has neither quotation marks nor backslashes.
    static func quoted(_ text: String) -> String { "\"\(text)\"" }
}

extension Run {
    fileprivate func replacing(space: Space? = nil, backlink: EntryID? = nil, firstSequence: UInt64? = nil) -> Run {
        Run(
            log: LogKey(space: space ?? log.space, device: log.device, incarnation: log.incarnation), identity: identity,
            backlink: backlink ?? self.backlink, firstSequence: firstSequence ?? self.firstSequence)
    }
}
