import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// Headers that nobody thought of.
@Suite struct RandomHeaderTests {
    @Test(arguments: 0..<8)
    func `a random header reads back as it was written (E-27)`(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<100 {
            let header = Header.random(using: &random)
            let bytes = header.encoded
            #expect(try Header(canonical: bytes) == header)
        }
    }

    @Test(arguments: 0..<8)
    func `bytes that were tampered with are refused, or are the one encoding of what they say (E-27)`(seed: UInt64) {
        var random = Seeded(seed &+ 1000)
        let key = People.alice
        var readCount = 0
        for _ in 0..<400 {
            let header = Header.random(using: &random)
            var bytes = RawHeader.signed(header.encoded, by: key, in: Story.whole.network)
            for _ in 0..<Int.random(in: 1...3, using: &random) { bytes.tamper(using: &random) }
            var reader = CBORReader(bytes)
            guard let entry = try? Entry(&reader, in: Story.whole.network) else { continue }
            readCount += 1
            #expect(entry.encoded == Array(bytes.prefix(reader.offset)))
        }
        // The other half of the test: some changes are only another value.
        #expect(readCount > 0)
    }

    @Test func `every beginning of an entry is too short, and more bytes are too many (B-1, B-8)`() {
        for told in Story.whole.told {
            let bytes = told.entry.encoded
            for count in 0..<bytes.count {
                var reader = CBORReader(Array(bytes.prefix(count)))
                #expect(throws: CBORError.truncated) { try Entry(&reader, in: Story.whole.network) }
            }
            #expect(throws: CBORError.trailingBytes) {
                try Header(canonical: told.entry.headerBytes + [0])
            }
        }
    }

    @Test(arguments: 0..<4)
    func `random bytes never stop the reader`(seed: UInt64) {
        var random = Seeded(seed &+ 2000)
        for _ in 0..<2000 {
            let bytes = [UInt8](randomCount: Int.random(in: 0...80, using: &random), using: &random)
            var reader = CBORReader(bytes)
            if (try? Entry(&reader, in: .null)) != nil { Issue.record("an entry by chance: \(Hex.encode(bytes))") }
            // A header's beginning, so that the reader comes further.
            _ = try? Header(canonical: [0x8D, 0x01, 0xF6] + bytes)
            for kind in [UInt64(32), 33, 34, 99] { _ = Operation(kind: Kind(code: kind), body: bytes) }
        }
    }
}

extension [UInt8] {
    mutating func tamper(using random: inout some RandomNumberGenerator) {
        guard !isEmpty else { return }
        let place = Int.random(in: indices, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: self[place] = UInt8.random(in: 0...255, using: &random)
        case 2: remove(at: place)
        case 3: insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 4: removeLast(count - place)
        default: self[place] = [0x00, 0x18, 0x40, 0x5F, 0x80, 0x9F, 0xA0, 0xBF, 0xF6, 0xF7, 0xFB, 0xFF].randomElement(using: &random) ?? 0
        }
    }
}

extension Header {
    /// Any header that may be written: nothing in it needs to exist or to be allowed.
    static func random(using random: inout some RandomNumberGenerator) -> Header {
        func id() -> EntryID { EntryID(bytes32()) }
        func bytes32() -> Bytes32 {
            guard let bytes = Bytes32([UInt8](randomCount: 32, using: &random)) else { preconditionFailure() }
            return bytes
        }
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        func path(_ counts: ClosedRange<Int>) -> SpacePath {
            let count = Int.random(in: counts, using: &random)
            guard let path = SpacePath((0..<count).map { _ in SpaceID(Bytes16(using: &random)) }) else { preconditionFailure() }
            return path
        }
        func number(_ max: UInt64) -> UInt64 {
            let width = UInt64.random(in: 0...63, using: &random)
            return Swift.min(max, UInt64.random(in: 0...max, using: &random) >> width)
        }
        let isRoot = chance(15)
        let isContent = !isRoot && chance(50)
        let isFirst = chance(25)
        let known: [Kind] =
            if isRoot { isFirst ? [.genesis] : [.rootUpdate, .grant, .remove, .disavow] } else if isContent {
                [.post, .profile, .spaceProfile, Kind(code: 32 + number(1000))]
            } else {
                [
                    .spaceCreate, .grant, .invite, .admit, .remove, .vouch, .disavow, .annul, .leave, .keyAdd, .keyRemove, .keyVouch,
                    .keyRecover, Kind(code: 17 + number(14)),
                ] + (isFirst ? [.identityCreate, .identityCreate] : [])
            }
        let kind = known.randomElement(using: &random) ?? .grant
        let body: Header.Body =
            if isContent {
                .detached(size: Int(number(UInt64(EntryLimits.bodyBytesMax))), commitment: bytes32())
            } else if RegistryAct(kind: kind).isKnown {
                .act(
                    .random(
                        kind, id: id, bytes32: bytes32, path: { path(0...4) }, number: number, chance: chance,
                        nonce: { Bytes16(using: &random) }))
            } else {
                .unknown(CBORValue.map([.init(.unsigned(number(50)), .bytes([UInt8](randomCount: 9, using: &random)))]).encoded)
            }
        return Header(
            space: isContent ? .content(path(1...4)) : .registry, device: isRoot ? nil : DeviceKey(bytes32()),
            incarnation: isRoot ? 0 : UInt64.random(in: 0...UInt64.max, using: &random),
            identity: isRoot || kind == .identityCreate ? nil : IdentityID(bytes32()), sequence: isFirst ? 0 : 1 + number(1 << 62),
            backlink: isFirst ? nil : id(), timestamp: Timestamp(milliseconds: number(UInt64(Int64.max))),
            references: (0..<Int(number(8))).map { _ in id() }.sorted(),
            authorization: chance(20) ? .none : chance(20) ? .root : .capability(id()), kind: kind,
            seal: isContent && chance(20) ? bytes32() : nil, body: body)
    }
}

extension RegistryAct {
    var isKnown: Bool { (1...16).contains(kind.code) }

    /// Every field that the kind has is there or not; those of other kinds are neutral.
    static func random(
        _ kind: Kind, id: () -> EntryID, bytes32: () -> Bytes32, path: () -> SpacePath, number: (UInt64) -> UInt64, chance: (Int) -> Bool,
        nonce: () -> Bytes16
    ) -> RegistryAct {
        func ids() -> [EntryID] { (0..<Int(number(12))).map { _ in id() }.sorted() }
        func time() -> Timestamp? { chance(50) ? Timestamp(milliseconds: number(UInt64(Int64.max))) : nil }
        var act = RegistryAct(kind: kind)
        let hasScope: Set<Kind> = [.spaceCreate, .grant, .invite, .admit, .remove, .vouch, .disavow, .annul, .leave]
        if hasScope.contains(kind), chance(70) { act.scope = path() }
        if [.grant, .admit, .remove].contains(kind), chance(70) { act.subject = IdentityID(bytes32()) }
        if [.grant, .invite, .admit].contains(kind) {
            act.level = UInt8(number(15))
            act.rights = Rights(rawValue: number(.max))
            act.expiry = time()
        }
        if kind == .grant { act.over = ids() }
        if kind == .invite {
            act.inviteKey = DeviceKey(bytes32())
            act.usesMax = number(.max)
            act.membershipExpiry = time()
            if chance(50) { act.sponsor = IdentityID(bytes32()) }
        }
        if kind == .admit {
            act.nonce = nonce()
            act.proof = Signature(bytes32().bytes + bytes32().bytes)
        }
        if kind == .remove {
            act.capabilities = ids()
            if chance(30) { act.subtree = id() }
            if chance(30) { act.vouchLevelMax = UInt8(number(15)) }
        }
        if [.remove, .vouch, .leave, .keyRemove, .keyVouch, .keyRecover].contains(kind) { act.tips = ids() }
        if [.remove, .vouch, .leave].contains(kind) { act.admits = ids() }
        if kind == .annul { act.target = id() }
        if kind == .disavow || (kind == .keyRecover && chance(50)) { act.from = id() }
        if kind == .genesis || kind == .rootUpdate {
            act.rootKeys = (0...Int(number(15))).map { _ in DeviceKey(bytes32()) }.sorted()
            act.rootQuorum = UInt64(act.rootKeys.count / 2 + 1)
            act.rulesVersion = number(.max)
            if kind == .genesis, chance(70) { act.networkName = "é👋 \(number(1000))" }
        }
        if kind == .spaceCreate { act.spaceID = SpaceID(nonce()) }
        if kind == .identityCreate || kind == .keyRecover { act.recoveryCommitment = bytes32() }
        if [.keyAdd, .keyRemove, .keyRecover].contains(kind) { act.key = DeviceKey(bytes32()) }
        if [.keyAdd, .identityCreate].contains(kind), chance(50) { act.host = DeviceKey(bytes32()) }
        return act
    }
}
