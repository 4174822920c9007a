import EntenteCodec
import EntenteCrypto
import Testing

@testable import EntenteSecureChannel

/// An open session: frames, keys, and bytes that nobody should send. The ids are sentences of Specs/05-session.md.
@Suite struct SecureChannelTests {
    @Test func `messages arrive whole and in order, both ways, from none to the most bytes (S-4, S-18, S-19)`() throws {
        var conversation = try Conversation.open()
        for count in [0, 1, 2, 1000, ChannelLimits.messageBytesMax - 1, ChannelLimits.messageBytesMax] {
            let message = [UInt8](repeating: UInt8(count & 0xFF), count: count)
            let toBob = try conversation.alice.seal(message)
            #expect(toBob.count == 2 + 1 + count + 16)
            #expect(Int(toBob[0]) << 8 | Int(toBob[1]) == toBob.count - 2)
            #expect(try conversation.bob.receive(toBob) == [.message(message)])
            #expect(try conversation.alice.receive(try conversation.bob.seal(message)) == [.message(message)])
        }
        #expect(ChannelLimits.messageBytesMax == 65_518)
    }

    @Test(arguments: [1, 2, 3, 17, 1000, 100_000]) func `how the bytes are cut makes no difference (S-24)`(size: Int) throws {
        func cut(_ bytes: [UInt8]) -> [[UInt8]] {
            stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        }
        var conversation = try Conversation()
        let first = sent(try conversation.alice.begin())
        var second: [UInt8] = []
        for part in cut(first) { second += sent(try conversation.bob.receive(part)) }
        var outputs: [ChannelOutput] = []
        for part in cut(second) { outputs += try conversation.alice.receive(part) }
        #expect(proof(outputs) != nil)
        // The last handshake message, messages and a change of key, in one stream.
        var stream = sent(outputs)
        let sentMessages: [[UInt8]] = [[], [1], [UInt8](repeating: 2, count: 3000), [3]]
        for message in sentMessages { stream += try conversation.alice.seal(message) }
        stream += try conversation.alice.rekey()
        stream += try conversation.alice.seal([4])
        var received: [ChannelOutput] = []
        for part in cut(stream) { received += try conversation.bob.receive(part) }
        #expect(proof(received) != nil)
        #expect(messages(received) == sentMessages + [[4]])
    }

    @Test func `a frame that is altered, repeated, left out or sent back ends the session for good (S-20, S-25)`() throws {
        // The same seed gives the same session: what one alice sealed is for every bob.
        var first = try Conversation.open()
        let sealed = [try first.alice.seal([1]), try first.alice.seal([2])]
        var altered = sealed[0]
        altered[5] ^= 1
        var longer = sealed[0] + [0]
        longer[1] += 1
        for stream in [altered, longer, sealed[1], sealed[0] + sealed[0], sealed[1] + sealed[0]] {
            var conversation = try Conversation.open()
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(stream) } == .frameForged)
            // It stays so, whatever comes.
            #expect(fault { () throws(ChannelFault) in try conversation.bob.receive(sealed[0]) } == .frameForged)
            #expect(throws: ChannelFault.frameForged) { _ = try conversation.bob.seal([1]) }
            let isEstablished = conversation.bob.isEstablished
            #expect(!isEstablished)
        }
        var conversation = try Conversation.open()
        #expect(fault { () throws(ChannelFault) in try conversation.alice.receive(sealed[0]) } == .frameForged)
    }

    @Test(arguments: [0, 1, 16]) func `a frame too short for a type and a tag is refused by its length (S-4)`(length: Int) throws {
        var conversation = try Conversation.open()
        #expect(fault { () throws(ChannelFault) in try conversation.bob.receive([0, UInt8(length)]) } == .frameLength(length))
    }

    /// Bob, in an open session with a peer who seals what the test wants.
    struct ScriptedSession: ~Copyable {
        var eve: NoiseSession
        var bob: SecureChannel

        init() throws {
            var peer = try ScriptedPeer(.initiator, as: try identity("eve"))
            var conversation = try Conversation()
            _ = try peer.read(sent(try conversation.bob.receive(try peer.first())))
            let third = try peer.write(try identity("eve").proof(extensionBytes: []).encoded)
            let outputs = try conversation.bob.receive(third)
            try #require(proof(outputs) != nil)
            eve = peer.split()
            bob = conversation.intoBob()
        }

        mutating func fault(sealing plaintext: [UInt8]) throws -> ChannelFault? {
            let frame = FrameBuffer.frame(try eve.sending.seal(plaintext))
            do throws(ChannelFault) {
                _ = try bob.receive(frame)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func `a frame of another type than message and rekey ends the session (S-18)`() throws {
        for type in UInt8(2)...255 where type < 5 || type > 253 {
            var session = try ScriptedSession()
            #expect(try session.fault(sealing: [0, 1]) == nil)
            #expect(try session.fault(sealing: [type, 1]) == .frameTypeUnknown(type))
        }
    }

    @Test func `a rekey frame that carries something ends the session (S-21)`() throws {
        var session = try ScriptedSession()
        #expect(try session.fault(sealing: [1, 0]) == .rekeyNotEmpty)
    }

    @Test func `after a rekey frame the old key opens nothing, and the counter goes on (S-21)`() throws {
        var session = try ScriptedSession()
        #expect(try session.fault(sealing: [0]) == nil)
        #expect(try session.fault(sealing: [1]) == nil)
        session.eve.sending.rekey()
        #expect(session.eve.sending.nonce == 2)
        #expect(try session.fault(sealing: [0]) == nil)
        #expect(try session.fault(sealing: [1]) == nil)
        // The key is not replaced.
        #expect(try session.fault(sealing: [0]) == .frameForged)
    }

    @Test func `each side changes its own key, when it wants (S-21)`() throws {
        var conversation = try Conversation.open()
        for round in 0..<5 {
            let rekey = try conversation.alice.rekey()
            #expect(rekey.count == 19)
            #expect(try conversation.bob.receive(rekey) == [])
            #expect(messages(try conversation.bob.receive(try conversation.alice.seal([UInt8(round)]))) == [[UInt8(round)]])
            #expect(messages(try conversation.alice.receive(try conversation.bob.seal([9]))) == [[9]])
        }
    }

    @Test func `the standard limits are 65,536 frames and 1 GiB (S-22)`() {
        #expect(RekeyLimits.standard.frames == 65_536)
        #expect(RekeyLimits.standard.bytes == 1_073_741_824)
    }

    @Test func `the last frame that a key may seal changes it, by count (S-22)`() throws {
        var conversation = try Conversation.open(limits: RekeyLimits(frames: 4, bytes: 1 << 30))
        let sizes = try (0..<9).map { _ in
            let bytes = try conversation.alice.seal([7])
            #expect(messages(try conversation.bob.receive(bytes)) == [[7]])
            return bytes.count
        }
        // Three messages and a change of key are four frames.
        #expect(sizes == [20, 20, 20, 39, 20, 20, 39, 20, 20])
    }

    @Test func `the last frame that a key may seal changes it, by bytes (S-22)`() throws {
        let limits = RekeyLimits(frames: 1000, bytes: 2 * 65_535)
        var conversation = try Conversation.open(limits: limits)
        let long = [UInt8](repeating: 1, count: ChannelLimits.messageBytesMax)
        let fitting = [UInt8](repeating: 1, count: ChannelLimits.messageBytesMax - 17)
        // 65,535 and 65,518 bytes leave room for the 17 of a rekey frame, and for nothing else.
        for (message, count) in [(long, 65_537), (fitting, 65_520), ([], 19 + 19), (long, 65_537), (long, 19 + 65_537)] {
            let bytes = try conversation.alice.seal(message)
            #expect(bytes.count == count)
            #expect(try conversation.bob.receive(bytes) == [.message(message)])
        }
    }

    @Test func `a peer that does not change its key in time is cut off (S-23)`() throws {
        var byCount = try Conversation.open(limits: RekeyLimits(frames: 4, bytes: 1 << 30), aliceLimits: .standard)
        for _ in 0..<4 { _ = try byCount.bob.receive(try byCount.alice.seal([])) }
        let fifth = try byCount.alice.seal([])
        #expect(fault { () throws(ChannelFault) in try byCount.bob.receive(fifth) } == .rekeyOverdue)

        var byBytes = try Conversation.open(limits: RekeyLimits(frames: 1000, bytes: 2 * 65_535), aliceLimits: .standard)
        let long = [UInt8](repeating: 1, count: ChannelLimits.messageBytesMax)
        for _ in 0..<2 { _ = try byBytes.bob.receive(try byBytes.alice.seal(long)) }
        let next = try byBytes.alice.seal([])
        #expect(fault { () throws(ChannelFault) in try byBytes.bob.receive(next) } == .rekeyOverdue)
    }

    @Test func `a session outlives many keys (S-22)`() throws {
        var conversation = try Conversation.open()
        var rekeyed = 0
        for round in 0..<66_000 {
            let message = [UInt8(round & 0xFF)]
            let bytes = try conversation.alice.seal(message)
            if bytes.count > 20 { rekeyed = round }
            let outputs = try conversation.bob.receive(bytes)
            if outputs != [.message(message)] { Issue.record("message \(round) did not arrive") }
        }
        #expect(rekeyed == 65_535)
    }
}
