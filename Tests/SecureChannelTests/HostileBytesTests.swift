import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

/// Random and altered bytes in every state, cut in every way: a typed fault, or nothing; never a trap.
@Suite struct HostileBytesTests {
    /// The states in which a channel waits for bytes.
    enum Stage: CaseIterable { case first, second, third, open }

    /// A channel in `stage`, and what an honest peer would send it there. The same every time.
    static func channel(_ stage: Stage) throws -> Waiting {
        var conversation = try Conversation(bobExtension: [1, 2, 3])
        let first = sent(try conversation.alice.begin())
        if stage == .first { return Waiting(channel: conversation.intoBob(), honest: first) }
        let second = sent(try conversation.bob.receive(first))
        if stage == .second { return Waiting(channel: conversation.intoAlice(), honest: second) }
        var stream = sent(try conversation.alice.receive(second))
        if stage == .open {
            _ = try conversation.bob.receive(stream)
            stream = []
        }
        stream += try conversation.alice.seal([1, 2, 3])
        stream += try conversation.alice.rekey()
        stream += try conversation.alice.seal([])
        return Waiting(channel: conversation.intoBob(), honest: stream)
    }

    struct Waiting: ~Copyable {
        var channel: SecureChannel
        let honest: [UInt8]

        /// Gives it all of `bytes` in parts of `size`; what came of it.
        consuming func outcome(of bytes: [UInt8], inPartsOf size: Int) -> Outcome {
            var outcome = Outcome()
            for start in stride(from: 0, to: bytes.count, by: size) {
                do throws(ChannelFault) {
                    outcome.outputs += try channel.receive(Array(bytes[start..<min(start + size, bytes.count)]))
                } catch {
                    if let earlier = outcome.fault, earlier != error { Issue.record("\(earlier) became \(error)") }
                    outcome.fault = error
                }
            }
            if outcome.fault != nil, channel.isEstablished { Issue.record("a channel with a fault is open") }
            return outcome
        }
    }

    struct Outcome: Equatable {
        var outputs: [ChannelOutput] = []
        var fault: ChannelFault?
    }

    static func alter(_ honest: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes = honest
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !bytes.isEmpty: bytes[index] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
            case 1 where !bytes.isEmpty: bytes.remove(at: index)
            case 2: bytes.insert(.random(in: 0...255, using: &random), at: index)
            case 3: bytes = Array(bytes.prefix(index)) + bytes
            case 4: bytes += [UInt8](randomCount: 40, using: &random)
            default: bytes = [UInt8](randomCount: Int.random(in: 0...3000, using: &random), using: &random)
            }
        }
        return bytes
    }

    @Test(arguments: Stage.allCases) func `no bytes trap, and how they are cut changes nothing (S-24, S-25)`(stage: Stage) throws {
        var random = SeededGenerator(seed: 2026)
        for _ in 0..<15 {
            let bytes = Self.alter(try Self.channel(stage).honest, using: &random)
            let whole = try Self.channel(stage).outcome(of: bytes, inPartsOf: max(1, bytes.count))
            let single = try Self.channel(stage).outcome(of: bytes, inPartsOf: 1)
            let parts = try Self.channel(stage).outcome(of: bytes, inPartsOf: Int.random(in: 2...700, using: &random))
            #expect(whole.fault == single.fault)
            #expect(whole.fault == parts.fault)
            // A fault takes the outputs of its own call with it, never others.
            if whole.fault == nil {
                #expect(whole == single)
                #expect(whole == parts)
            }
            let honest = try Self.channel(stage)
            let expected = honest.honest
            let right = honest.outcome(of: expected, inPartsOf: expected.count)
            #expect(single.outputs.count <= right.outputs.count || whole.fault == nil)
            for (output, rightOutput) in zip(messages(single.outputs), messages(right.outputs)) { #expect(output == rightOutput) }
        }
    }

    @Test(arguments: Stage.allCases) func `honest bytes, cut short, are waited for`(stage: Stage) throws {
        let all = try Self.channel(stage).honest
        for count in [0, 1, 2, all.count - 1] {
            let waiting = try Self.channel(stage)
            #expect(waiting.outcome(of: Array(all.prefix(count)), inPartsOf: 7).fault == nil)
        }
    }

    /// The bytes that a stranger makes a responder hold are those of one first message.
    @Test func `random bytes at the door are strangers, all of them`() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var bytes = [UInt8](randomCount: ChannelLimits.firstFrameBytes + 2, using: &random)
            if Bool.random(using: &random) {
                bytes[0] = UInt8(ChannelLimits.firstFrameBytes >> 8)
                bytes[1] = UInt8(ChannelLimits.firstFrameBytes & 0xFF)
            }
            let outcome = try Self.channel(.first).outcome(of: bytes, inPartsOf: 1000)
            #expect(outcome == Outcome(outputs: [], fault: .stranger))
        }
    }
}
