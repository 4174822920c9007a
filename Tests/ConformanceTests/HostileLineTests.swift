import Foundation
import Testing

/// No line makes `conformance` die: what is no question is answered with an error, and the next good one as ever.
@Suite struct HostileLineTests {
    /// Good lines with their answers, and what was put between them.
    private struct Conversation {
        var lines: [[UInt8]] = []
        /// By place among the lines.
        var good: [Int: String] = [:]

        mutating func ask(_ line: [UInt8], expecting answer: String) {
            good[lines.count] = answer
            lines.append(line)
        }

        /// The good ones, each behind some of the bad ones.
        init(good: [(line: [UInt8], answer: String)], bad: [[UInt8]]) {
            let size = bad.count / good.count + 1
            for (index, pair) in good.enumerated() {
                lines += bad.dropFirst(index * size).prefix(size)
                ask(pair.line, expecting: pair.answer)
            }
        }
    }

    private func bad(_ lines: [[UInt8]], seed: UInt64, wrongTyped: Bool = true, count: Int = 120) throws -> [[UInt8]] {
        var hostile = HostileLines(seed: seed)
        var bad = HostileLines.monsters
        for index in 0..<count {
            let line = lines[index % lines.count]
            bad += [hostile.random(), hostile.truncated(line), hostile.altered(line)]
        }
        if wrongTyped { for line in lines { bad += try HostileLines.wrongTyped(line) } }
        return bad
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `no line makes the harness of primitives die, and good ones between are answered`() throws {
        let good = [
            (bytes(#"{"op":"cbor.check","hex":"83010203"}"#), #"{"hex":"83010203","ok":true}"#),
            (bytes(#"{"op":"cbor.check","hex":"1800"}"#), #"{"ok":false,"why":"notShortest"}"#),
            (
                // RFC 7748, 6.1
                bytes(
                    #"{"op":"x25519","sk":"77076d0a7318a57d3c16c17251b26645c6dfb36be91fd4a1a2c7a4fd1e4b4d2a","#
                        + #""pk":"de9edb7d7b7dbb4d35b61c2eced435373f8343c85b78674dadfc7e146f882b4f"}"#), ""
            ),
            (bytes(#"{"op":"ed25519.verify","msg":"00","pk":"00","sig":"00"}"#), #"{"ok":false}"#),
            (bytes(#"{"op":"chachapoly.open","key":"00","aad":"","ct":"","nonce":""}"#), #"{"ok":false}"#),
            (bytes(#"{"op":"noise.vector","vector":{"protocol_name":"Noise_XX_448_AESGCM_SHA512"}}"#), #"{"unsupported":true}"#),
        ]
        // What one of them alone is answered is what it is answered among others.
        let pairs = try good.map { line, answer in
            let alone = try HarnessProgram.answers("crypto", to: [line])
            #expect(alone.count == 1 && (answer.isEmpty || alone.first == answer), "\(alone)")
            return (line: line, answer: alone.first ?? "")
        }
        #expect(pairs[2].answer.contains(#""ok":true"#))
        let conversation = Conversation(good: pairs, bad: try bad(good.map(\.0), seed: 1))
        let answers = try HarnessProgram.answers("crypto", to: conversation.lines)
        try #require(answers.count == conversation.lines.count)
        for (place, answer) in conversation.good { #expect(answers[place] == answer) }
        #expect(answers.count { $0.hasPrefix(#"{"error":"#) } > conversation.lines.count / 2)
    }

    @Test func `no line makes the harness of authority die, and worlds between are judged (A-1)`() throws {
        struct World {
            let line: [UInt8]
            let verdict: [String: [String]]
        }
        let all = try String(contentsOf: HarnessProgram.vectors.appending(path: "authority.jsonl"), encoding: .utf8)
            .split(separator: "\n").sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        let worlds = try all.prefix(6).map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return World(line: Array(line.utf8), verdict: try #require(object["verdict"] as? [String: [String]]))
        }
        let pairs = worlds.map { (line: $0.line, answer: "") }
        let conversation = Conversation(good: pairs, bad: try bad(Array(worlds.prefix(2)).map(\.line), seed: 2))
        let answers = try HarnessProgram.answers("authority", to: conversation.lines)
        try #require(answers.count == conversation.lines.count)
        for (place, world) in zip(conversation.good.keys.sorted(), worlds) {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(answers[place].utf8)) as? [String: Any])
            #expect(object["verdict"] as? [String: [String]] == world.verdict)
        }
        // Whatever it says of the others, it is JSON.
        for answer in answers {
            #expect((try? JSONSerialization.jsonObject(with: Data(answer.utf8))) is [String: Any], "\(answer.prefix(200))")
        }
    }

    @Test func `no line makes the harness of reconciliation die, and a set between is compared (R-24)`() throws {
        let ids = (1...3).map { String(repeating: "0\($0)", count: 32) }
        let items = ids.enumerated().map { bytes("item,\($0.offset),\($0.element)") }
        let message = bytes("msg,6100000200")
        // Of each item the line twice: the second time it is refused. Nothing that seals or begins.
        let before = try bad([items[0], message], seed: 3, wrongTyped: false).filter { line in
            let first = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).first ?? []
            return !["item", "seal", "initiate"].contains(String(decoding: first, as: UTF8.self))
        }
        let refused = [
            "item", "item,", "item,,", "item,-1,\(ids[0])", "item,18446744073709551616,\(ids[0])", "item,18446744073709551615,\(ids[0])",
            "item,1,\(ids[0])00", "item,1,zz", "item,1,\(ids[0]),1", "item,0,\(ids[0])", "initiate", "msg", "msg,61",
        ].map(bytes)
        let after = [
            "seal", "item,9,\(ids[0])", "msg,6", "msg,zz", "msg,6100000201", "msg,61000002ffffffffffffffffff7f", "msg,61" + "00000002",
            "msg,", "msg,00", "msg," + String(repeating: "f", count: 200_000), "msg,6100000200,1",
        ].map(bytes)
        let lines = items + before + refused + [bytes("seal"), message] + before + after + [message]
        let answers = try HarnessProgram.answers("negentropy", to: lines)
        let whole = "msg,6100000203" + ids.joined()
        // Items and the seal are not answered, and everything else with one line.
        try #require(answers.count == lines.count - items.count - 1)
        #expect(answers[before.count + refused.count] == whole && answers.last == whole)
        #expect(answers.filter { $0 != whole }.allSatisfy { $0.hasPrefix("err,") || $0.hasPrefix("msg,") })
    }
}
