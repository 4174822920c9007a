import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What people carry as a line of text from one node to another: device requests and proposals to root, right and wrong.
enum CarriedCases {
    struct Case {
        let name: String
        let sentence: String
        let text: String
        /// Nil where the text is none.
        let encoding: [UInt8]?
        let why: String?
    }

    private static let story = Story.whole

    private static func checked(_ bytes: [UInt8], _ prefix: String) -> String { TextToken.text(bytes, prefix: prefix) }

    /// Texts that are wrong whatever is in them.
    private static func torn(_ text: String, _ bytes: [UInt8], prefix: String, other: String) -> [Case] {
        let beginning = text.prefix(prefix.count + 8)
        let middle = text.dropFirst(prefix.count + 8)
        let changed = beginning + (middle.first == "B" ? "C" : "B") + middle.dropFirst()
        let unboundSum = Blake2b.hash256(Array("entente/token/1".utf8), bytes).bytes.prefix(8)
        func wrong(_ name: String, _ text: String, _ why: String) -> Case {
            Case(name: name, sentence: "E-60", text: text, encoding: nil, why: why)
        }
        return [
            wrong("nothing", "", "another kind"), wrong("the other prefix", checked(bytes, other), "another kind"),
            wrong("a later version", text.replacing("-1:", with: "-2:"), "another kind"),
            wrong("more than 131,072 bytes", prefix + String(repeating: "A", count: TextToken.textMax), "another kind"),
            wrong("only the prefix", prefix, "damaged"), wrong("cut short", String(text.dropLast(3)), "damaged"),
            wrong("one letter changed", String(changed), "damaged"), wrong("padding", text + "=", "damaged"),
            wrong("a letter that base64url does not have", prefix + "+" + text.dropFirst(prefix.count + 1), "damaged"),
            wrong("a checksum without the prefix", prefix + Base64URL.encode(bytes + unboundSum), "damaged"),
            wrong("a byte behind it", checked(bytes + [0], prefix), "trailing bytes"),
        ]
    }

    // MARK: - Device requests

    static let deviceRequests: [Case] = {
        let request = DeviceRequest(network: story.network, key: People.bob, host: People.site.device, name: "Bob")
        let nameless = DeviceRequest(network: story.network, key: People.phone, host: People.site.device, name: "")
        func right(_ name: String, _ request: DeviceRequest) -> Case {
            Case(name: name, sentence: "E-61", text: request.text, encoding: request.encoded, why: nil)
        }
        func wrong(_ name: String, _ sentence: String, _ why: String, _ change: (inout DeviceRequest) -> Void) -> Case {
            var copy = request
            change(&copy)
            return Case(name: name, sentence: sentence, text: copy.text, encoding: nil, why: why)
        }
        let bytes = request.encoded
        let long = String(repeating: "n", count: 129)
        return [right("a device request", request), right("a device request without a name", nameless)]
            + torn(request.text, bytes, prefix: DeviceRequest.prefix, other: RootProposal.prefix) + [
                Case(
                    name: "four items", sentence: "E-60", text: checked([0x84] + bytes.dropFirst().dropLast(66), DeviceRequest.prefix),
                    encoding: nil, why: "out of range"),
                wrong("a name of 129 bytes", "E-60", "too long") { $0.name = long },
                wrong("another's key", "E-61", "proof") { $0.device = People.alice.device },
                wrong("another node", "E-61", "proof") { $0.host = People.bob.device },
                wrong("another name", "E-61", "proof") { $0.name = "Bobby" },
                wrong("a request for another network", "E-61", "proof") { $0.network = NetworkID(.zero) },
            ]
    }()

    /// Why the text is no device request; nil if it is one.
    static func whyNoDeviceRequest(_ text: String) -> String? {
        do throws(TextToken.Fault) { return try DeviceRequest(text: text).isProven ? nil : "proof" } catch { return why(error) }
    }

    // MARK: - Proposals to root

    static let rootProposals: [Case] = {
        let act = story.entry("disavow")
        let next = story.entry("root.update")
        func unsigned(_ entry: Entry) -> Entry {
            Entry(header: entry.header, headerBytes: entry.headerBytes, quorum: [], in: story.network)
        }
        func encoding(_ entries: [Entry]) -> [UInt8] {
            cbor {
                $0.array(2)
                $0.byteString(story.network.bytes)
                $0.array(entries.count)
                for entry in entries { entry.encode(to: &$0) }
            }
        }
        func right(_ name: String, _ entries: [Entry]) -> Case {
            let text = RootProposal(network: story.network, entries: entries).text
            return Case(name: name, sentence: "E-62", text: text, encoding: encoding(entries), why: nil)
        }
        func wrong(_ name: String, _ why: String, _ entries: [Entry]) -> Case {
            let text = RootProposal(network: story.network, entries: entries).text
            return Case(name: name, sentence: "E-62", text: text, encoding: nil, why: why)
        }
        let bytes = encoding([act])
        return [
            right("an act that nobody has signed yet", [unsigned(act)]), right("an act that two have signed", [act]),
            right("an act and the one behind it", [act, unsigned(next)]),
        ] + torn(RootProposal(network: story.network, entries: [act]).text, bytes, prefix: RootProposal.prefix, other: DeviceRequest.prefix)
            + [
                wrong("no entries", "out of range", []),
                wrong("the founding entry", "out of range", [story.entry("genesis")]),
                wrong("the same entry twice", "out of range", [act, act]), wrong("the later entry first", "out of range", [next, act]),
                wrong("a device's entry", "out of range", [story.entry("grant over removals")]),
                wrong("nine entries", "too long", Array(repeating: act, count: 9)),
            ]
    }()

    /// Why the text is no proposal; nil if it is one.
    static func whyNoRootProposal(_ text: String) -> String? {
        do throws(TextToken.Fault) {
            _ = try RootProposal(text: text)
            return nil
        } catch { return why(error) }
    }

    private static func why(_ fault: TextToken.Fault) -> String {
        switch fault {
        case .anotherKind: "another kind"
        case .damaged: "damaged"
        case .malformed(let error): error.why
        }
    }
}

/// What brings a site in, in its order: the invitation, the inception of the site and its admission, its own invitation, the
/// inception of the first person and the admission. (Specs/06-gossip.md, G-57)
enum WayIn {
    struct Case {
        let name: String
        let entries: [Entry]
        let why: String?
    }

    private static let story = Story.whole

    static let all: [Case] = {
        func changed(_ place: Int, by key: String, _ change: (RawHeader, RawAct) -> RawHeader) -> [Entry] {
            var entries = Story.wayIn.map(story.entry)
            let header = entries[place].header
            var reader = CBORReader(change(RawHeader(header), RawAct(header)).signed(by: People.key(key), in: story.network))
            guard let entry = try? Entry(&reader, in: story.network) else { preconditionFailure("a wrong way in reads all the same") }
            entries[place] = entry
            return entries
        }
        func field(_ number: UInt64, _ write: @escaping (inout CBORWriter) -> Void) -> (RawHeader, RawAct) -> RawHeader {
            { $0.with(.body, $1.with(number, write).bytes) }
        }
        let otherKey = People.invitation
        return [
            Case(name: "a site and its first person", entries: Story.wayIn.map(story.entry), why: nil),
            Case(
                name: "a site with a host", entries: changed(1, by: "brest", field(26) { $0.byteString(People.site.publicKey) }),
                why: "the site's inception names a host"),
            Case(
                name: "an admission by the key of another invitation",
                entries: changed(2, by: "brest", field(11) { $0.byteString(otherKey.sign([]).bytes) }), why: "proof"),
            Case(
                name: "an admission two levels down", entries: changed(2, by: "brest", field(2) { $0.unsigned(8) }),
                why: "the admission is not one level below its invitation"),
            Case(
                name: "an admission in a log of its own",
                entries: changed(2, by: "brest") { header, _ in
                    header.with(.incarnation) { $0.unsigned(1) }.with(.sequence) { $0.unsigned(0) }.with(.backlink) { $0.null() }
                }, why: "the admission is not behind the inception in its log"),
            Case(
                name: "an invitation for any number of people",
                entries: changed(3, by: "brest") { $0.with(.body, $1.without(7).bytes) }, why: "the site's invitation is not of one use"),
            Case(
                name: "a person without a host", entries: changed(4, by: "yann") { $0.with(.body, $1.without(26).bytes) },
                why: "the person's inception does not name the node"),
        ]
    }()

    /// What is wrong with a way in; nil if nothing is.
    static func fault(_ entries: [Entry], in network: NetworkID) -> String? {
        guard entries.count == 6 else { return "six entries" }
        let acts = entries.compactMap(\.header.act)
        guard acts.map(\.kind) == [.invite, .identityCreate, .admit, .invite, .identityCreate, .admit] else { return "kinds" }
        let node = entries[1].header.device
        guard acts[0].rights.contains(.invite) else { return "the invitation has no INVITE" }
        guard acts[1].host == nil else { return "the site's inception names a host" }
        if let fault = fault(ofAdmission: entries[2], behind: entries[1], by: entries[0], in: network) { return fault }
        guard entries[3].header.device == node, entries[3].header.authorization == .capability(entries[2].id) else {
            return "the second invitation is not the site's"
        }
        guard acts[3].level == acts[2].level + 1 else { return "the site's invitation is not one level below its admission" }
        guard acts[3].usesMax == 1 else { return "the site's invitation is not of one use" }
        guard acts[4].host == node else { return "the person's inception does not name the node" }
        return fault(ofAdmission: entries[5], behind: entries[4], by: entries[3], in: network)
    }

    private static func fault(
        ofAdmission admission: Entry, behind inception: Entry, by invitation: Entry, in network: NetworkID
    ) -> String? {
        let identity = IdentityID(inception: inception.id)
        guard let act = admission.header.act, let invite = invitation.header.act, let device = admission.header.device,
            let key = invite.inviteKey.flatMap({ VerifyingKey($0.bytes) }), let nonce = act.nonce, let proof = act.proof
        else { return "fields" }
        guard admission.log == inception.log, admission.header.backlink == inception.id else {
            return "the admission is not behind the inception in its log"
        }
        guard admission.header.authorization == .capability(invitation.id), act.subject == identity, admission.header.identity == identity
        else { return "the admission is not of this identity by this invitation" }
        guard act.level == invite.level + 1 else { return "the admission is not one level below its invitation" }
        let proved = InvitationProof.bytes(
            network: network, invitation: invitation.id, subject: identity, device: device, nonce: nonce)
        return key.verifies(proof, over: proved) ? nil : "proof"
    }
}

extension Vectors {
    static var deviceRequests: [JSON] { CarriedCases.deviceRequests.map { carried("device-request", $0) } }
    static var rootProposals: [JSON] { CarriedCases.rootProposals.map { carried("root-proposal", $0) } }

    private static func carried(_ structure: String, _ item: CarriedCases.Case) -> JSON {
        .fields([
            ("structure", .text(structure)), ("name", .text(item.name)), ("sentence", .text(item.sentence)), ("text", .text(item.text)),
            ("encoding", item.encoding.map(hex) ?? .null), ("why", item.why.map { .text($0) } ?? .null),
        ])
    }

    static var waysIn: [JSON] {
        WayIn.all.map { item in
            .fields([
                ("structure", .text("way in")), ("name", .text(item.name)), ("sentence", .text("G-57")),
                ("entries", .list(item.entries.map { hex($0.encoded) })), ("why", item.why.map { .text($0) } ?? .null),
            ])
        }
    }

    /// Commitments to alice's recovery key, one right and others wrong. (E-41)
    static var commitments: [JSON] {
        let key = People.recovery.device
        let domain = Array("entente/recovery/1".utf8)
        let cases: [(name: String, commitment: Bytes32, why: String?)] = [
            ("the hash of the public key", RecoveryCommitment.of(key), nil),
            ("without the domain", Blake2b.hash256(key.bytes.bytes), "the domain is missing"),
            ("bound to the network", Blake2b.hash256(domain, story.network.bytes.bytes, key.bytes.bytes), "the network is no part of it"),
            ("the hash of the seed", Blake2b.hash256(domain, People.recovery.seed), "it is of the public key"),
        ]
        return cases.map { item in
            .fields([
                ("structure", .text("recovery commitment")), ("name", .text(item.name)), ("sentence", .text("E-41")),
                ("key", hex(key.bytes.bytes)), ("commitment", hex(item.commitment.bytes)), ("why", item.why.map { .text($0) } ?? .null),
            ])
        }
    }
}
