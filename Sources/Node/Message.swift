import EntenteCodec
import EntenteModel
import EntenteReplica

/// What two nodes say to each other once the channel stands: one CBOR array a message, its code first.
/// (Specs/06-gossip.md)
enum Message: Sendable {
    /// The sums of the offered heads of the spaces that both may hold.
    case sums([(space: Space, sum: HeadSum)])
    /// Answer with `sums` at once.
    case ask
    /// One message of a reconciliation. `question`: the sender began it.
    case reconcile(space: Space, question: Bool, bytes: [UInt8])
    /// Send me what leads to these; `known` are heads that I have.
    case want(space: Space, ids: [EntryID], known: [EntryID])
    /// What is about to come for a `want`, or unasked.
    case totals(space: Space, entries: UInt64, bytes: UInt64)
    /// The end of what answers one `want`.
    case delivered(space: Space)
    /// A part of a run: the preamble opens it, `isLast` closes it.
    case run(RunPart)
    /// Entries of the registry, each after what it names.
    case registry([Entry])
    /// The oldest unacknowledged run, or message of registry entries, has been dealt with: credit for another.
    case acknowledge
    /// I do not talk to you, and why; the connection is closed.
    case refuse(code: RefusalCode, text: String)
    /// Send me the bodies of these entries, which are here without theirs; answered by `bodies`, and `delivered` behind.
    case wantBodies(space: Space, ids: [EntryID])
    /// Bodies by themselves; acknowledged as a run is.
    case bodies([EntryBody])

    /// The entries of one part stay encoded until their run is at hand.
    struct RunPart: Sendable {
        let preamble: Run?
        let items: [UInt8]
        let itemCount: Int
        let isLast: Bool
    }

    enum RefusalCode: UInt64, Sendable {
        /// This node has not heard of you. It may yet.
        case unknown = 0
        /// You were a member.
        case formerMember = 1
        case invitationUnknown = 2
        case invitationClosed = 3
        case invitationExpired = 4
        case invitationUsedUp = 5
        /// Another connection to the same node goes on.
        case duplicate = 6
        case otherNetwork = 7
        case clock = 8
    }

    enum Code: UInt64, CaseIterable {
        case sums = 0
        case ask, reconcile, want, totals, delivered, run, registry, acknowledge, refuse, wantBodies, bodies
    }

    var encoded: [UInt8] {
        var writer = CBORWriter()
        switch self {
        case .sums(let sums):
            writer.begin(2, Code.sums.rawValue)
            writer.array(sums.count)
            for (space, sum) in sums {
                writer.array(2)
                space.encode(to: &writer)
                writer.byteString(sum.bytes)
            }
        case .ask: writer.begin(1, Code.ask.rawValue)
        case .reconcile(let space, let question, let bytes):
            writer.begin(4, Code.reconcile.rawValue)
            space.encode(to: &writer)
            writer.bool(question)
            writer.byteString(bytes)
        case .want(let space, let ids, let known):
            writer.begin(4, Code.want.rawValue)
            space.encode(to: &writer)
            writer.list(ids)
            writer.list(known)
        case .totals(let space, let entries, let bytes):
            writer.begin(4, Code.totals.rawValue)
            space.encode(to: &writer)
            writer.unsigned(entries)
            writer.unsigned(bytes)
        case .delivered(let space):
            writer.begin(2, Code.delivered.rawValue)
            space.encode(to: &writer)
        case .run(let part):
            writer.begin(4, Code.run.rawValue)
            if let preamble = part.preamble { preamble.encodePreamble(to: &writer) } else { writer.null() }
            writer.array(part.itemCount)
            writer.encoded(part.items)
            writer.bool(part.isLast)
        case .registry(let entries):
            writer.begin(2, Code.registry.rawValue)
            writer.array(entries.count)
            for entry in entries { entry.encode(to: &writer) }
        case .acknowledge: writer.begin(1, Code.acknowledge.rawValue)
        case .refuse(let code, let text):
            writer.begin(3, Code.refuse.rawValue)
            writer.unsigned(code.rawValue)
            writer.text(text)
        case .wantBodies(let space, let ids):
            writer.begin(3, Code.wantBodies.rawValue)
            space.encode(to: &writer)
            writer.list(ids)
        case .bodies(let bodies):
            writer.begin(2, Code.bodies.rawValue)
            writer.array(bodies.count)
            for item in bodies {
                writer.array(3)
                writer.byteString(item.id.bytes)
                writer.byteString(item.body.salt)
                writer.byteString(item.body.bytes)
            }
        }
        return writer.bytes
    }

    /// Bytes of the text of a refusal.
    private static let textBytesMax = 512

    /// One message has one encoding: lists ascend and have nothing twice, and nothing is sent that says nothing.
    init(decoding bytes: [UInt8], in network: NetworkID) throws(CBORError) {
        guard bytes.count <= NodeLimits.frameBytesMax else { throw .tooLong(limit: NodeLimits.frameBytesMax) }
        var reader = CBORReader(bytes)
        let fields = try reader.array(max: 4)
        guard let code = Code(rawValue: try reader.unsigned()) else { throw .outOfRange }
        let expected: Int
        switch code {
        case .ask, .acknowledge: expected = 1
        case .sums, .delivered, .registry, .bodies: expected = 2
        case .refuse, .wantBodies: expected = 3
        case .reconcile, .want, .totals, .run: expected = 4
        }
        guard fields == expected else { throw .outOfRange }
        self = try Self.body(of: code, &reader, in: network)
        try reader.end()
    }

    private static func body(of code: Code, _ reader: inout CBORReader, in network: NetworkID) throws(CBORError) -> Message {
        switch code {
        case .sums:
            var sums: [(space: Space, sum: HeadSum)] = []
            for _ in 0..<(try reader.array(max: NodeLimits.spacesMax)) {
                try reader.array(exactly: 2)
                let space = try Space(&reader)
                if let last = sums.last, space <= last.space { throw .mapKeyOrder }
                guard let sum = HeadSum(bytes: try reader.byteString(max: HeadSum.byteCount)) else { throw .outOfRange }
                sums.append((space, sum))
            }
            return .sums(sums)
        case .ask: return .ask
        case .reconcile:
            let space = try Space(&reader)
            let question = try reader.bool()
            return .reconcile(space: space, question: question, bytes: Array(try reader.byteString(max: NodeLimits.frameBytesMax)))
        case .want:
            let space = try Space(&reader)
            let ids = try reader.list()
            return .want(space: space, ids: ids, known: try reader.list())
        case .totals:
            let space = try Space(&reader)
            let entries = try reader.unsigned()
            return .totals(space: space, entries: entries, bytes: try reader.unsigned())
        case .delivered: return .delivered(space: try Space(&reader))
        case .run:
            let preamble = try reader.nullIfPresent() ? nil : try Run(preamble: &reader)
            let count = try reader.array(max: RunLimits.entriesMax)
            guard count > 0 else { throw .outOfRange }
            var items: [UInt8] = []
            for _ in 0..<count { items += try reader.anyItem() }
            return .run(RunPart(preamble: preamble, items: items, itemCount: count, isLast: try reader.bool()))
        case .registry:
            var entries: [Entry] = []
            let count = try reader.array(max: NodeLimits.registryBatchMax)
            guard count > 0 else { throw .outOfRange }
            for _ in 0..<count { entries.append(try Entry(&reader, in: network)) }
            return .registry(entries)
        case .acknowledge: return .acknowledge
        case .refuse:
            guard let code = RefusalCode(rawValue: try reader.unsigned()) else { throw .outOfRange }
            return .refuse(code: code, text: try reader.text(max: textBytesMax))
        case .wantBodies:
            let space = try Space(&reader)
            let ids = try reader.list(max: NodeLimits.bodiesMax)
            guard !ids.isEmpty else { throw .outOfRange }
            return .wantBodies(space: space, ids: ids)
        case .bodies:
            var bodies: [EntryBody] = []
            for _ in 0..<(try reader.array(max: NodeLimits.bodiesMax)) {
                try reader.array(exactly: 3)
                let id = EntryID(try reader.bytes32())
                let salt = try reader.bytes16()
                bodies.append(
                    EntryBody(id: id, body: Body(salt: salt, bytes: Array(try reader.byteString(max: EntryLimits.bodyBytesMax)))))
            }
            guard !bodies.isEmpty else { throw .outOfRange }
            return .bodies(bodies)
        }
    }
}

extension CBORWriter {
    fileprivate mutating func begin(_ count: Int, _ code: UInt64) {
        array(count)
        unsigned(code)
    }

    fileprivate mutating func list(_ ids: [EntryID]) {
        array(ids.count)
        for id in ids { byteString(id.bytes) }
    }
}

extension CBORReader {
    fileprivate mutating func list(max: Int = NodeLimits.wantMax) throws(CBORError) -> [EntryID] {
        var ids: [EntryID] = []
        for _ in 0..<(try array(max: max)) {
            let id = EntryID(try bytes32())
            if let last = ids.last, id <= last { throw .mapKeyOrder }
            ids.append(id)
        }
        return ids
    }
}

/// What a node says of itself inside the handshake's protection. (Specs/06-gossip.md)
struct Introduction: Hashable, Sendable {
    var clock: Timestamp
    var incarnation: UInt64
    /// `host:port` where it listens.
    var listenAddress: String?
    /// A joiner: the invitations that it holds, and the invitation key's signature over its node key.
    var join: JoinProof?

    struct JoinProof: Hashable, Sendable {
        var invitations: [EntryID]
        var signature: [UInt8]
    }

    private static let joinDomain = Array("entente/join/1".utf8)

    /// What the invitation key signs to show that this node holds the invitation.
    static func joinBytes(network: NetworkID, node: DeviceKey, invitations: [EntryID]) -> [UInt8] {
        joinDomain + network.bytes.bytes + node.bytes.bytes + invitations.flatMap { $0.bytes.bytes }
    }
}

extension Introduction: CBORCodable {
    init(_ reader: inout CBORReader) throws(CBORError) {
        try reader.array(exactly: 4)
        clock = Timestamp(milliseconds: try reader.unsigned())
        incarnation = try reader.unsigned()
        listenAddress = try reader.nullIfPresent() ? nil : try reader.text(max: Invitation.addressBytesMax)
        if try reader.nullIfPresent() {
            join = nil
        } else {
            try reader.array(exactly: 2)
            var invitations: [EntryID] = []
            for _ in 0..<(try reader.array(max: NodeLimits.joinInvitationsMax)) { invitations.append(EntryID(try reader.bytes32())) }
            join = JoinProof(invitations: invitations, signature: Array(try reader.byteString(max: 64)))
        }
    }

    func encode(to writer: inout CBORWriter) {
        writer.array(4)
        writer.unsigned(clock.milliseconds)
        writer.unsigned(incarnation)
        if let listenAddress { writer.text(listenAddress) } else { writer.null() }
        guard let join else { return writer.null() }
        writer.array(2)
        writer.list(join.invitations)
        writer.byteString(join.signature)
    }
}
