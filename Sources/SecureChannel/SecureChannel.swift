import EntenteCodec
import EntenteCrypto

/// One side of a session: a handshake that shows both who the other is, then sealed messages. Bytes in, bytes out.
///
///     var alice = try SecureChannel(.initiator, as: brest, using: &random)
///     var bob = try SecureChannel(.responder, as: paris, using: &random)
///     for output in try alice.begin() { … }            // .send: bytes for bob
///     for output in try bob.receive(bytes) { … }       // .send: the answer
///     for output in try alice.receive(answer) { … }    // .send, then .established(bob's proof)
///     for output in try bob.receive(last) { … }        // .established(alice's proof)
///     let bytes = try alice.seal(message)              // bob.receive(bytes) gives .message(message)
///
/// Noise `XXpsk0_25519_ChaChaPoly_BLAKE2b`, the pre-shared key derived from the network's secret: whoever does not have it
/// gets not one byte of answer. Each side's static key is signed by its node key, inside the handshake.
/// (Specs/05-session.md; Docs/Decisions/0003-session-handshake.md)
///
/// Three kinds of wrong: what the peer did is a `ChannelFault` that ends the channel for good (its keys are gone, later
/// calls throw it again, messages of the same `receive` are lost with the connection); what the caller asked wrongly is a
/// `ChannelFault` with the severity `.caller`, and changes nothing; nothing that a peer sends reaches a precondition.
/// How long a handshake may take, and when to `rekey()` by the clock, is the caller's to say.
package struct SecureChannel: ~Copyable {
    private enum State: ~Copyable {
        /// An initiator that has not begun.
        case ready(NoiseHandshake)
        case awaitingFirst(NoiseHandshake)
        case awaitingSecond(NoiseHandshake)
        case awaitingThird(NoiseHandshake)
        case open(sending: SealedStream, receiving: SealedStream)
        case ended(ChannelFault)
    }

    private static let pattern: NoisePattern = {
        guard let pattern = NoisePattern("XXpsk0") else { preconditionFailure("XX has a psk0") }
        return pattern
    }()

    private let identity: ChannelIdentity
    private let extensionBytes: [UInt8]
    private let expectedNodeKey: Bytes32?
    private let rekeyLimits: RekeyLimits
    private var state: State
    private var buffer = FrameBuffer()

    /// Draws 32 bytes of `random`, for the ephemeral key. Throws `.extensionTooLong` alone.
    ///
    /// - Parameters:
    ///   - extensionBytes: for the peer's caller, at most `ChannelLimits.extensionBytesMax`. An initiator's is read by nobody
    ///     but the responder whose proof it has seen; a responder's by anybody who has the network's secret.
    ///   - expectedNodeKey: for an initiator that calls one certain node: another one learns nothing, not even who calls.
    package init(
        _ role: ChannelRole, as identity: ChannelIdentity, extensionBytes: [UInt8] = [], expectedNodeKey: Bytes32? = nil,
        rekeyLimits: RekeyLimits = .standard, using random: inout some RandomNumberGenerator
    ) throws(ChannelFault) {
        guard extensionBytes.count <= ChannelLimits.extensionBytesMax else { throw .extensionTooLong(extensionBytes.count) }
        self.identity = identity
        self.extensionBytes = extensionBytes
        self.expectedNodeKey = expectedNodeKey
        self.rekeyLimits = rekeyLimits
        do throws(NoiseFault) {
            let handshake = try NoiseHandshake(
                Self.pattern, role: role, prologue: identity.prologue, ownStatic: identity.sessionKey,
                ephemeral: AgreementKey(using: &random), presharedKeys: [identity.presharedKey])
            state = role == .initiator ? .ready(handshake) : .awaitingFirst(handshake)
        } catch {
            preconditionFailure("XXpsk0 takes these keys: \(error)")
        }
    }

    package var isEstablished: Bool {
        switch state {
        case .open: true
        default: false
        }
    }

    /// To be called when the connection is there: the initiator's first message; nothing for a responder.
    package mutating func begin() throws(ChannelFault) -> [ChannelOutput] {
        switch take() {
        case .ready(var handshake):
            do throws(NoiseFault) {
                let message = try handshake.write([UInt8](repeating: 0, count: ChannelLimits.paddingBytes))
                state = .awaitingSecond(handshake)
                return [.send(FrameBuffer.frame(message))]
            } catch {
                preconditionFailure("the first message needs nothing of the peer: \(error)")
            }
        case .awaitingFirst(let handshake):
            state = .awaitingFirst(handshake)
            return []
        case let other:
            state = other
            throw .alreadyBegun
        }
    }

    /// Takes bytes as they come, cut anywhere. The outputs are in order; a fault ends the channel.
    package mutating func receive(_ bytes: [UInt8]) throws(ChannelFault) -> [ChannelOutput] {
        guard !bytes.isEmpty else { return [] }
        do throws(ChannelFault) {
            var outputs: [ChannelOutput] = []
            buffer.append(bytes)
            while let frame = try nextFrame() { try open(frame, into: &outputs) }
            return outputs
        } catch {
            buffer = FrameBuffer()
            state = .ended(error)
            throw error
        }
    }

    /// The bytes that carry `message`, of at most `ChannelLimits.messageBytesMax` bytes: one frame, or two when the key is
    /// used up and changes first.
    package mutating func seal(_ message: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard message.count <= ChannelLimits.messageBytesMax else { throw .messageTooLong(message.count) }
        return try whileOpen { stream throws(NoiseFault) in try stream.seal(message) }
    }

    /// The bytes of a frame after which this side seals under another key. By count that happens by itself; by the clock it
    /// is the caller's to ask for.
    package mutating func rekey() throws(ChannelFault) -> [UInt8] {
        try whileOpen { stream throws(NoiseFault) in try stream.rekey() }
    }

    private mutating func whileOpen(
        _ body: (inout SealedStream) throws(NoiseFault) -> [UInt8]
    ) throws(ChannelFault) -> [UInt8] {
        switch take() {
        case .open(var sending, let receiving):
            let bytes: [UInt8]?
            // The only fault of sealing is that no nonce is left.
            do throws(NoiseFault) { bytes = try body(&sending) } catch { bytes = nil }
            state = .open(sending: sending, receiving: receiving)
            guard let bytes else { throw .nonceExhausted }
            return bytes
        case .ended(let fault):
            state = .ended(fault)
            throw fault
        case let other:
            state = other
            throw .notEstablished
        }
    }

    /// The state, out of its place, so that one of its values can be changed. The caller puts one back.
    private mutating func take() -> State {
        var taken = State.ended(.outOfTurn)
        swap(&taken, &state)
        return taken
    }
}

// MARK: - What a frame does

extension SecureChannel {
    /// The next whole frame. A length that cannot be here is refused at once, so that nothing longer is waited for: before
    /// the peer is known, at most a first message is held.
    private mutating func nextFrame() throws(ChannelFault) -> [UInt8]? {
        switch state {
        case .ready: throw .outOfTurn
        case .awaitingFirst:
            do throws(ChannelFault) {
                return try buffer.next(ChannelLimits.firstFrameBytes...ChannelLimits.firstFrameBytes)
            } catch {
                throw .stranger
            }
        case .awaitingSecond: return try buffer.next(ChannelLimits.secondFrameBytes)
        case .awaitingThird: return try buffer.next(ChannelLimits.thirdFrameBytes)
        case .open: return try buffer.next(ChannelLimits.openFrameBytes)
        case .ended(let fault): throw fault
        }
    }

    private mutating func open(_ frame: [UInt8], into outputs: inout [ChannelOutput]) throws(ChannelFault) {
        switch take() {
        case .awaitingFirst(var handshake):
            let padding = try Self.read(frame, by: &handshake, forgedBy: .stranger)
            guard padding.allSatisfy({ $0 == 0 }) else { throw .paddingNotZero }
            outputs.append(.send(try writeProof(to: &handshake)))
            state = .awaitingThird(handshake)
        case .awaitingSecond(var handshake):
            let peer = try readProof(frame, by: &handshake)
            if let expectedNodeKey, peer.nodeKey.bytes != expectedNodeKey { throw .unexpectedPeer(nodeKey: peer.nodeKey.bytes) }
            outputs.append(.send(try writeProof(to: &handshake)))
            outputs.append(establish(handshake, with: peer))
        case .awaitingThird(var handshake):
            let peer = try readProof(frame, by: &handshake)
            outputs.append(establish(handshake, with: peer))
        case .open(let sending, var receiving):
            if case .message(let message) = try receiving.open(frame) { outputs.append(.message(message)) }
            state = .open(sending: sending, receiving: receiving)
        case .ready: throw .outOfTurn
        case .ended(let fault): throw fault
        }
    }

    private static func read(
        _ frame: [UInt8], by handshake: inout NoiseHandshake, forgedBy fault: ChannelFault
    ) throws(ChannelFault) -> [UInt8] {
        do throws(NoiseFault) {
            return try handshake.read(frame)
        } catch {
            throw error == .keyRefused ? .agreementRefused : fault
        }
    }

    private func writeProof(to handshake: inout NoiseHandshake) throws(ChannelFault) -> [UInt8] {
        do throws(NoiseFault) {
            return FrameBuffer.frame(try handshake.write(identity.proof(extensionBytes: extensionBytes).encoded))
        } catch {
            throw .agreementRefused  // the message fits, and all other keys are ours
        }
    }

    private func readProof(
        _ frame: [UInt8], by handshake: inout NoiseHandshake
    ) throws(ChannelFault) -> (sessionKey: Bytes32, nodeKey: VerifyingKey, version: UInt16, proof: SessionProof) {
        let bytes = try Self.read(frame, by: &handshake, forgedBy: .handshakeForged)
        guard let sessionKey = handshake.remoteStatic else { throw .handshakeForged }
        let proof: SessionProof
        do throws(CBORError) { proof = try SessionProof(canonical: bytes) } catch { throw .proofMalformed(error) }
        let (nodeKey, version) = try proof.verified(sessionKey: sessionKey, by: identity)
        return (sessionKey, nodeKey, version, proof)
    }

    private mutating func establish(
        _ handshake: consuming NoiseHandshake, with peer: (sessionKey: Bytes32, nodeKey: VerifyingKey, version: UInt16, proof: SessionProof)
    ) -> ChannelOutput {
        let session = handshake.split()
        let handshakeHash = session.handshakeHash
        state = .open(
            sending: SealedStream(session.sending, limits: rekeyLimits), receiving: SealedStream(session.receiving, limits: rekeyLimits))
        return .established(
            PeerProof(
                nodeKey: peer.nodeKey, sessionKey: peer.sessionKey, version: peer.version, epoch: peer.proof.epoch,
                extensionBytes: peer.proof.extensionBytes, handshakeHash: handshakeHash))
    }
}

/// What a channel asks for, in order.
package enum ChannelOutput: Hashable, Sendable {
    /// Bytes for the connection.
    case send([UInt8])
    /// The session is open, with this peer. Comes once, before the first message.
    case established(PeerProof)
    /// An application message, whole.
    case message([UInt8])
}
