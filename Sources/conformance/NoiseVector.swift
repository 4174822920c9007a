import EntenteCodec
import EntenteCrypto
import EntenteSecureChannel

/// A test vector of the Noise Protocol Framework in cacophony's format, and what our two sides make of it.
/// (noiseprotocol/noise_wiki, "Test vectors")
struct NoiseVector {
    /// Why a vector cannot be run.
    struct Fault: Error { let reason: String }

    struct Answer {
        var messages: [[UInt8]] = []
        /// Nil if the vector ends inside the handshake.
        var handshakeHash: [UInt8]?
    }

    let pattern: NoisePattern
    private let initiator: Side
    private let responder: Side
    private let bodies: [[UInt8]]

    /// What one side is given, as the fields `init_…` or `resp_…`.
    private struct Side {
        let prologue: [UInt8]
        let ownStatic: AgreementKey?
        let ephemeral: AgreementKey
        let remoteStatic: Bytes32?
        let presharedKeys: [SecretBytes]

        init(_ prefix: String, of fields: [String: Any], isRemoteKnown: Bool) throws(Fault) {
            prologue = try Self.bytes(prefix + "prologue", of: fields) ?? []
            ownStatic = try Self.key(prefix + "static", of: fields)
            guard let ephemeral = try Self.key(prefix + "ephemeral", of: fields) else {
                throw Fault(reason: "\(prefix)ephemeral is missing")
            }
            self.ephemeral = ephemeral
            // Some vectors name a key that the pattern transmits; it is not for the machine to know.
            if isRemoteKnown, let bytes = try Self.bytes(prefix + "remote_static", of: fields) {
                guard let key = Bytes32(bytes) else { throw Fault(reason: "\(prefix)remote_static is no key") }
                remoteStatic = key
            } else {
                remoteStatic = nil
            }
            var presharedKeys: [SecretBytes] = []
            if let values = fields[prefix + "psks"] {
                guard let texts = values as? [String] else { throw Fault(reason: "\(prefix)psks is no list of texts") }
                for text in texts {
                    guard let bytes = Hex.decode(text) else { throw Fault(reason: "\(prefix)psks is not hexadecimal") }
                    presharedKeys.append(SecretBytes(bytes))
                }
            }
            self.presharedKeys = presharedKeys
        }

        static func bytes(_ name: String, of fields: [String: Any]) throws(Fault) -> [UInt8]? {
            guard let value = fields[name] else { return nil }
            guard let text = value as? String, let bytes = Hex.decode(text) else { throw Fault(reason: "\(name) is not hexadecimal") }
            return bytes
        }

        private static func key(_ name: String, of fields: [String: Any]) throws(Fault) -> AgreementKey? {
            guard let bytes = try bytes(name, of: fields) else { return nil }
            guard let key = AgreementKey(secret: bytes) else { throw Fault(reason: "\(name) is no key") }
            return key
        }

        func handshake(_ pattern: NoisePattern, _ role: ChannelRole) throws(NoiseFault) -> NoiseHandshake {
            try NoiseHandshake(
                pattern, role: role, prologue: prologue, ownStatic: ownStatic, ephemeral: ephemeral, remoteStatic: remoteStatic,
                presharedKeys: presharedKeys)
        }
    }

    /// Nil for a protocol that is not ours: another suite, a pattern that is not interactive, another modifier.
    init?(_ fields: [String: Any]) throws(Fault) {
        guard let name = fields["protocol_name"] as? String else { throw Fault(reason: "protocol_name is missing or no text") }
        guard let pattern = NoisePattern(protocolName: name) else { return nil }
        self.pattern = pattern
        initiator = try Side("init_", of: fields, isRemoteKnown: pattern.isResponderKnown)
        responder = try Side("resp_", of: fields, isRemoteKnown: pattern.isInitiatorKnown)
        guard let messages = fields["messages"] as? [[String: Any]] else { throw Fault(reason: "messages is no list of objects") }
        var bodies: [[UInt8]] = []
        for message in messages {
            guard let body = try Side.bytes("payload", of: message) else { throw Fault(reason: "a message has no payload") }
            bodies.append(body)
        }
        self.bodies = bodies
    }

    /// Lets the sides speak in turn; each opens what the other sealed.
    func run() throws(Fault) -> Answer {
        do throws(NoiseFault) {
            return try answer()
        } catch {
            throw Fault(reason: "the vector does not run: \(error)")
        }
    }

    private func answer() throws(NoiseFault) -> Answer {
        var answer = Answer()
        var alice = try initiator.handshake(pattern, .initiator)
        var bob = try responder.handshake(pattern, .responder)
        var rest = bodies[...]
        while !alice.isComplete {
            guard let body = rest.popFirst() else { return answer }
            let sealed: [UInt8]
            let opened: [UInt8]
            if alice.isOwnTurn {
                sealed = try alice.write(body)
                opened = try bob.read(sealed)
            } else {
                sealed = try bob.write(body)
                opened = try alice.read(sealed)
            }
            guard opened == body else { throw .forged }
            answer.messages.append(sealed)
        }
        var aliceSession = alice.split()
        var bobSession = bob.split()
        answer.handshakeHash = aliceSession.handshakeHash
        guard bobSession.handshakeHash == answer.handshakeHash else { throw .forged }
        for body in rest {
            let sealed: [UInt8]
            let opened: [UInt8]
            // The sides go on in turn.
            if answer.messages.count.isMultiple(of: 2) {
                sealed = try aliceSession.sending.seal(body)
                opened = try bobSession.receiving.open(sealed)
            } else {
                sealed = try bobSession.sending.seal(body)
                opened = try aliceSession.receiving.open(sealed)
            }
            guard opened == body else { throw .forged }
            answer.messages.append(sealed)
        }
        return answer
    }
}
