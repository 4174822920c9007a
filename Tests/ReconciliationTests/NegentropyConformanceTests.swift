import EntenteCodec
import EntenteReconciliation
import Foundation
import Testing

/// `conformance negentropy`, run as the program that another implementation's harness talks to.
@Suite struct NegentropyConformanceTests {
    /// What the program prints for these lines, and that it ended by itself at their end.
    private func answers(to lines: [String], frameBytes: String? = nil) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "negentropy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes, so that nobody waits for a reader.
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: input)
        try Data().write(to: output)
        let program = Process()
        // The package's programs are built beside its tests.
        program.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "conformance")
        program.arguments = ["negentropy"]
        program.environment = frameBytes.map { ["FRAMESIZELIMIT": $0] } ?? [:]
        program.standardInput = try FileHandle(forReadingFrom: input)
        program.standardOutput = try FileHandle(forWritingTo: output)
        try program.run()
        program.waitUntilExit()
        #expect(program.terminationReason == .exit && program.terminationStatus == 0)
        return try String(decoding: Data(contentsOf: output), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func sealed(_ set: ItemSet) -> [String] { set.items.map { "item,\($0.timestamp),\($0.id.hex)" } + ["seal"] }

    @Test("R-24: both sides of a session speak the reference's lines", arguments: [4096, 61_440])
    func session(frameBytes: Int) throws {
        let (alice, bob) = (ItemSet.at(0..<300, seed: 1), ItemSet.at(100..<450, seed: 2))
        let limits = ReconciliationLimits.frame(frameBytes)
        let session = try Conversation(alice, bob, aliceLimits: limits, bobLimits: limits)
        let said = session.messages.map { "msg," + Hex.encode($0) }
        let (questions, replies) = (
            said.indices.filter { $0 % 2 == 0 }.map { said[$0] }, said.indices.filter { $0 % 2 == 1 }.map { said[$0] }
        )
        let limit = "\(frameBytes)"
        #expect(try answers(to: sealed(bob) + questions, frameBytes: limit) == replies)
        let lines = try answers(to: sealed(alice) + ["initiate"] + replies, frameBytes: limit)
        #expect(lines.filter { $0.hasPrefix("msg,") } == questions)
        #expect(lines.filter { $0.hasPrefix("have,") } == session.have.map { "have," + $0.hex })
        #expect(lines.filter { $0.hasPrefix("need,") } == session.need.map { "need," + $0.hex })
        #expect(lines.last == "done")
    }

    @Test(
        "R-24: the frame limit is the environment's, never under 4,096 bytes, and never none",
        arguments: [
            ("4096", 4096), ("9999", 9999), ("1", 4096), ("0", 61_440), ("many", 61_440), ("-5", 61_440), (nil, 61_440),
        ] as [(String?, Int)])
    func frameLimit(stated: String?, frameBytes: Int) throws {
        let items = ItemSet.at(0..<3000, seed: 1)
        let lines = try answers(to: sealed(items) + ["msg,6100000200"], frameBytes: stated)
        var bob = Reconciler(.responder, limits: .frame(frameBytes))
        let expected = try #require(try bob.reconcile([0x61, 0, 0, 2, 0], over: items).reply)
        #expect(lines == ["msg," + Hex.encode(expected)])
    }

    @Test("R-24: no line makes it die, and none is answered but with its own reason")
    func badLines() throws {
        let id = String(repeating: "ee", count: 32)
        let before = try answers(to: [
            "", "hello", "msg,61", "initiate", "item", "item,1", "item,x,\(id)", "item,-1,\(id)", "item,18446744073709551615,\(id)",
            "item,18446744073709551616,\(id)", "item,1,ee", "item,1,\(id),", "item,1,\(id.replacing("ee", with: "zz"))",
            "item,12345,\(id)", "item,12345,\(id)", "seal", "seal", "item,2,\(id)", "msg", "msg,", "msg,6", "msg,xy", "msg,61,61",
            "msg,7000", "msg,610000", "msg,61000003", "msg,620000", "msg,6100000200", "\u{FF}\u{0}", ",,,", "msg,6100000200",
        ])
        let answer = "msg,6100000201\(id)"
        #expect(
            before == [
                "err,unknown command", "err,not sealed", "err,not sealed", "err,an item has a timestamp and an id",
                "err,an item has a timestamp and an id", "err,the timestamp is no number of 64 bits",
                "err,the timestamp is no number of 64 bits", "err,the timestamp is infinity", "err,the timestamp is no number of 64 bits",
                "err,the id is not 64 hexadecimal digits", "err,an item has a timestamp and an id",
                "err,the id is not 64 hexadecimal digits", "err,duplicate item", "err,already sealed", "err,already sealed",
                "err,truncated", "err,truncated", "err,the message is not hexadecimal", "err,the message is not hexadecimal",
                "err,the message is not hexadecimal", "err,notNegentropy", "err,truncated", "err,unknownMode(3)", "msg,61", answer,
                "err,unknown command", "err,unknown command", answer,
            ])
        let initiator = try answers(to: [
            "item,12345,\(id)", "seal", "initiate", "initiate", "msg,62", "msg,6100000201", "msg,61000003", "msg,6100000200", "msg,61",
        ])
        #expect(
            initiator == [
                answer, "err,already initiated", "err,unsupportedVersion(98)", "err,truncated", "err,unknownMode(3)", "have,\(id)", "done",
                "err,ended",
            ])
    }
}
