import EntenteCodec
import EntenteReconciliation

/// Makes Specs/vectors/reconciliation.json from fixed seeds. The test that compares them also writes them, when asked.
struct ReconciliationVectors {
    private static let about = [
        "Reconciliation (Specs/04-reconciliation.md). Sets are named lists of [timestamp, id]; timestamps are decimal text.",
        "A session is the messages of alice, who asks, and bob, who answers, in turn; have and need are what alice learns.",
        "An answer is what the responder replies to one message.",
        "A reject is refused with that reason; an initiator has sent its first message before.",
        "A fingerprint with a reason is not that of the range: it is what comes out of the mistake that the reason names.",
        "Where reference is true, hoytech/negentropy (cpp, commit 6edb041) gives the same bytes for the same sets and limits;",
        "where it is false, it describes the rest after a full frame wrongly (R-16).",
    ].joined(separator: " ")

    private let sets: [(name: String, items: ItemSet)]

    init() {
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let minutes: [UInt64] = (0..<50).map { 1_700_000_000 + $0 * 60 }
        let fifty = ItemSet.at(minutes, seed: 1)
        let fiftyLess = fifty.items.enumerated().filter { ![0, 17, 49].contains($0.offset) }.map(\.element)
        // One time, and ids that share no byte, one, or 30.
        let oneTime: [Item] = (0..<40).map { (number: UInt8) in
            let shared = number < 20 ? 0 : number < 30 ? 1 : 30
            return .at(7, [UInt8](repeating: 99, count: shared) + [number])
        }
        let powers: [UInt64] = (0..<64).map { UInt64(1) << UInt64($0) }
        let spread: [UInt64] = (0..<150).map { $0 * 3 }
        sets = [
            ("empty", .empty),
            ("one", .at([12345], seed: 2)),
            ("last", .of([.at(.max - 1, ones), .at(0, [])])),
            ("wrap", .of([.at(1, ones), .at(2, ones)])),
            ("thirtyOne", .at(0..<31, seed: 3)),
            ("thirtyTwo", .at(0..<32, seed: 3)),
            ("fifty", fifty),
            ("fiftyLess", .of(fiftyLess)),
            ("fiftyMore", fifty.adding(ItemSet.at([1_700_000_061, 1_800_000_000], seed: 4).items)),
            ("oneTime", .of(oneTime)),
            ("wide", .at(powers, seed: 5)),
            ("manyAlice", .at(0..<93, seed: 6)),
            ("manyBob", .at(0..<124, seed: 7)),
            ("manyBobSpread", .at(spread, seed: 8)),
        ]
    }

    private func set(_ name: String) -> ItemSet { sets.first { $0.name == name }?.items ?? .empty }

    /// The file, one vector a line.
    func text() throws -> String {
        let sections: [(String, [String])] = [
            ("fingerprints", fingerprints()), ("sessions", try sessions()), ("answers", try answers()), ("rejects", try rejects()),
        ]
        let setLines = sets.map { "\(quoted($0.name)): " + Self.list($0.items.items.map { "[\"\($0.timestamp)\", \"\($0.id.hex)\"]" }) }
        var out = "{\n\"about\": \(quoted(Self.about)),\n\"sets\": {\n\(setLines.joined(separator: ",\n"))\n}"
        for (name, lines) in sections { out += ",\n\"\(name)\": [\n\(lines.joined(separator: ",\n"))\n]" }
        return out + "\n}\n"
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    private static func list(_ values: [String]) -> String { "[" + values.joined(separator: ", ") + "]" }

    private func ids(_ ids: [Bytes32]) -> String { Self.list(ids.map { quoted($0.hex) }) }

    private func fingerprints() -> [String] {
        let cases = [
            ("empty", 0, 0), ("one", 0, 1), ("last", 0, 2), ("wrap", 0, 2), ("fifty", 0, 50), ("fifty", 10, 33), ("fifty", 20, 20),
            ("manyBob", 0, 124), ("manyBobSpread", 0, 127), ("manyBobSpread", 0, 128),
        ]
        let right = cases.map { name, from, to in
            let fingerprint = set(name).fingerprint(from..<to).hex
            return
                "{\"structure\": \"fingerprint\", \"set\": \"\(name)\", \"from\": \(from), \"to\": \(to), \"fingerprint\": \"\(fingerprint)\"}"
        }
        let wrong = FingerprintMistake.all.map { mistake in
            let fingerprint = Hex.encode(mistake.fingerprint(set(mistake.set).items, mistake.from, mistake.to))
            return "{\"structure\": \"fingerprint\", \"set\": \"\(mistake.set)\", \"from\": \(mistake.from), \"to\": \(mistake.to), "
                + "\"fingerprint\": \"\(fingerprint)\", \"reason\": \"\(mistake.reason)\"}"
        }
        return right + wrong
    }

    private func sessions() throws -> [String] {
        let cases: [(alice: String, bob: String, aliceFrame: Int, bobFrame: Int, isReference: Bool)] = [
            ("empty", "empty", 61_440, 61_440, true), ("one", "empty", 61_440, 61_440, true), ("empty", "one", 61_440, 61_440, true),
            ("last", "one", 61_440, 61_440, true), ("thirtyOne", "thirtyTwo", 61_440, 61_440, true),
            ("thirtyTwo", "thirtyOne", 61_440, 61_440, true), ("fifty", "fifty", 61_440, 61_440, true),
            ("fifty", "fiftyLess", 61_440, 61_440, true), ("fiftyLess", "fiftyMore", 61_440, 61_440, true),
            ("oneTime", "wide", 61_440, 61_440, true), ("wide", "oneTime", 4096, 4096, true), ("empty", "manyBob", 61_440, 4096, true),
            ("manyAlice", "manyBobSpread", 61_440, 61_440, true), ("manyAlice", "manyBobSpread", 4096, 4096, true),
            ("manyBobSpread", "manyAlice", 4096, 4096, true), ("manyBobSpread", "manyBob", 4096, 4096, false),
        ]
        return try cases.map { alice, bob, aliceFrame, bobFrame, isReference in
            let session = try Conversation(set(alice), set(bob), aliceLimits: .frame(aliceFrame), bobLimits: .frame(bobFrame))
            return
                "{\"structure\": \"session\", \"alice\": \"\(alice)\", \"bob\": \"\(bob)\", \"aliceFrameBytes\": \(aliceFrame), \"bobFrameBytes\": \(bobFrame), "
                + "\"reference\": \(isReference), \"messages\": \(Self.list(session.messages.map { quoted(Hex.encode($0)) })), "
                + "\"have\": \(ids(session.have)), \"need\": \(ids(session.need))}"
        }
    }

    private func answers() throws -> [String] {
        let alice = set("manyAlice")
        // Fills bob's frame with three lists, so that his last range does not fit. (R-16)
        var full = CraftedMessage()
        for part in 0..<3 { full.fingerprint(alice.fingerprint((part * 31)..<(part * 31 + 31)), to: .at(UInt64(part * 31 + 31))) }
        var skipping = full
        full.fingerprint(alice.fingerprint(93..<93), to: .infinity)
        skipping.skip(to: .at(100))
        skipping.list([], to: .infinity)
        let wrongInReference = "the rest after a full frame"
        let cases: [(name: String, set: String, frameBytes: Int, message: [UInt8])] = [
            ("another version", "one", 61_440, [0x62, 0xAA, 0xBB]), ("an older version", "one", 61_440, [0x60]),
            ("no range", "fifty", 61_440, [0x61]), ("a skip to infinity", "fifty", 61_440, [0x61, 0, 0, 0]),
            ("a list question for everything", "one", 61_440, [0x61, 0, 0, 2, 0]),
            ("a list question for everything, and a small frame", "manyBob", 4096, [0x61, 0, 0, 2, 0]),
            ("a range after infinity", "one", 61_440, [0x61, 0, 0, 2, 0, 0, 0, 0]),
            (wrongInReference, "manyBob", 4096, full.bytes),
            ("a skip, and then a list that is cut", "manyBob", 4096, skipping.bytes),
        ]
        return try cases.map { name, setName, frameBytes, message in
            var bob = Reconciler(.responder, limits: .frame(frameBytes))
            let answer = try bob.reconcile(message, over: set(setName)).reply ?? []
            return
                "{\"structure\": \"answer\", \"name\": \"\(name)\", \"role\": \"responder\", \"set\": \"\(setName)\", \"frameBytes\": \(frameBytes), "
                + "\"reference\": \(name != wrongInReference), \"in\": \"\(Hex.encode(message))\", \"out\": \"\(Hex.encode(answer))\"}"
        }
    }

    private func rejects() throws -> [String] {
        let largest = "81ffffffffffffffff7f"
        let zeros = String(repeating: "00", count: 33)
        let cases: [(name: String, role: Reconciler.Role, message: String)] = [
            ("nothing", .responder, ""), ("nothing", .initiator, ""),
            ("a byte below the versions", .responder, "5f"), ("a byte above the versions", .responder, "70"),
            ("a zero byte", .initiator, "00"), ("another version, to the initiator", .initiator, "62"),
            ("an older version, to the initiator", .initiator, "60000200"),
            ("a timestamp without its end", .responder, "6181"), ("a bound without its prefix length", .responder, "6100"),
            ("a bound without its mode", .responder, "610000"), ("a prefix cut short", .responder, "610503abcd"),
            ("a fingerprint cut short", .responder, "61000001000102030405060708090a0b0c0d0e"),
            ("a fingerprint cut short, to the initiator", .initiator, "61000001000102030405060708090a0b0c0d0e"),
            ("a list without its length", .responder, "61000002"), ("a list cut short", .responder, "6100000201" + zeros.prefix(62)),
            ("a list cut short, to the initiator", .initiator, "6100000201" + zeros.prefix(62)),
            ("a list that claims 2^64 - 1 ids", .responder, "61000002" + largest),
            ("a list that claims 2^59 ids, 2^64 bytes", .responder, "61000002" + "888080808080808000"),
            ("a range cut short after a good one", .responder, "6106000000"),
            ("a timestamp with a leading zero digit", .responder, "6180060000"),
            ("a length with a leading zero digit", .responder, "61008000"),
            ("a mode with a leading zero digit", .responder, "61000080" + "00"),
            ("a list length with a leading zero digit", .initiator, "610000028000"),
            ("a varint of 65 bits", .responder, "61828080808080808080000000"),
            ("a varint without end", .responder, "61" + zeros.replacing("0", with: "f")),
            ("a timestamp that overflows", .responder, "61030000" + largest + "0000"),
            ("infinity not written as 0", .responder, "61" + largest + "0000" + "020000"),
            ("a timestamp after infinity", .responder, "61000000" + "010000"),
            ("a prefix of 33 bytes", .responder, "610521" + zeros + "00"), ("a prefix of 2^64 - 1 bytes", .responder, "6105" + largest),
            ("infinity with a prefix", .responder, "6100010000"), ("bounds that go back by prefix", .responder, "610602abcd000102abcc00"),
            ("bounds that go back to a shorter prefix", .initiator, "610601ab00010000"),
            ("mode 3", .responder, "61000003"), ("mode 3, to the initiator", .initiator, "61000003"),
            ("mode 128", .responder, "610000" + "8100"), ("mode 128, to the initiator", .initiator, "610000" + "8100"),
            ("a bound without its mode, to the initiator", .initiator, "610000"),
            ("a varint of 65 bits, to the initiator", .initiator, "61828080808080808080000000"),
            ("infinity not written as 0, to the initiator", .initiator, "61" + largest + "0000" + "020000"),
            ("a prefix of 33 bytes, to the initiator", .initiator, "610521" + zeros + "00"),
            ("infinity with a prefix, to the initiator", .initiator, "6100010000"),
            ("a list that claims 2^64 - 1 ids, to the initiator", .initiator, "61000002" + largest),
            ("a fingerprint of everything, again", .initiator, "61000001" + String(repeating: "00", count: 16)),
            ("a range longer than its message, to the initiator", .initiator, "6106000000"),
            ("a bad range after the frame is full", .responder, "6100000200" + "000009"),
        ]
        return try cases.map { name, role, message in
            let bytes = Hex.decode(message) ?? []
            let reason = try Self.reason(role: role, set: set("manyBob"), message: bytes)
            let structure = role == .initiator ? "session" : "answer"
            return
                "{\"structure\": \"\(structure)\", \"name\": \"\(name)\", \"role\": \"\(role)\", \"set\": \"manyBob\", \"frameBytes\": 4096, "
                + "\"in\": \"\(message)\", \"reason\": \"\(reason)\"}"
        }
    }

    /// The name of the fault that the message is refused with; "accepted" if it is not.
    static func reason(role: Reconciler.Role, set: ItemSet, message: [UInt8]) throws -> String {
        var side = Reconciler(role, limits: .frame(4096))
        if role == .initiator { _ = try side.initiate(over: set) }
        do throws(ReconciliationFault) {
            if case .nothingNew = try side.reconcile(message, over: set).next { return "nothingNew" }
        } catch {
            return String("\(error)".prefix { $0 != "(" })
        }
        return "accepted"
    }
}
