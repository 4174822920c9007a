import EntenteCodec
import EntenteCrypto

/// One side of a Noise handshake, driven by the tokens of its pattern. (Noise revision 34, §5.3)
///
///     var alice = try NoiseHandshake(pattern, role: .initiator, prologue: p, ownStatic: a, ephemeral: ea, presharedKeys: [k])
///     var bob = try NoiseHandshake(pattern, role: .responder, prologue: p, ownStatic: b, ephemeral: eb, presharedKeys: [k])
///     _ = try bob.read(try alice.write([]))       // and so on in turn, until `isComplete`
///     var session = alice.split()                 // consumes the handshake
///
/// Not copyable: an ephemeral key serves one handshake. After a fault it is over: every call throws `.outOfTurn`.
package struct NoiseHandshake: ~Copyable {
    private let pattern: NoisePattern
    private let role: ChannelRole
    private let ownStatic: AgreementKey?
    private let ownEphemeral: AgreementKey
    /// The other side's static key, as soon as it is known. Whose it is, nothing here tells.
    package private(set) var remoteStatic: Bytes32?
    private var remoteEphemeral: Bytes32?
    private var presharedKeys: ArraySlice<SecretBytes>
    private var symmetric: SymmetricState
    /// The message that comes next; beyond the end once a fault has ended the handshake.
    private var position = 0

    /// `ephemeral` is drawn anew for every handshake; only a test vector fixes it. `presharedKeys` have 32 bytes each, in the
    /// order of the pattern's modifiers. Throws `.keyMissing`, `.keyUnexpected` or `.presharedKeysWrong`.
    package init(
        _ pattern: NoisePattern, role: ChannelRole, prologue: [UInt8], ownStatic: AgreementKey?, ephemeral: AgreementKey,
        remoteStatic: Bytes32? = nil, presharedKeys: [SecretBytes] = []
    ) throws(NoiseFault) {
        let other: ChannelRole = role == .initiator ? .responder : .initiator
        guard ownStatic != nil || !pattern.needsStaticKey(role) else { throw .keyMissing }
        if pattern.isStaticKeyKnown(of: other) {
            guard remoteStatic != nil else { throw .keyMissing }
        } else {
            guard remoteStatic == nil else { throw .keyUnexpected }
        }
        guard presharedKeys.count == pattern.presharedKeyCount, presharedKeys.allSatisfy({ $0.count == 32 }) else {
            throw .presharedKeysWrong
        }
        // What is known beforehand, the initiator's first.
        var known: [Bytes32] = []
        for knownRole in [ChannelRole.initiator, .responder] where pattern.isStaticKeyKnown(of: knownRole) {
            guard let key = knownRole == role ? ownStatic?.publicKey : remoteStatic else { throw .keyMissing }
            known.append(key)
        }
        self.pattern = pattern
        self.role = role
        self.ownStatic = ownStatic
        ownEphemeral = ephemeral
        self.remoteStatic = remoteStatic
        self.presharedKeys = presharedKeys[...]
        symmetric = SymmetricState(protocolName: pattern.protocolName)
        symmetric.mix(hash: prologue)
        for key in known { symmetric.mix(hash: key.bytes) }
    }

    package var isComplete: Bool { position == pattern.messages.count }

    package var isOwnTurn: Bool { position < pattern.messages.count && position.isMultiple(of: 2) == (role == .initiator) }

    /// The next message, with `body` sealed in it as far as the pattern has keys by then. (WriteMessage)
    package mutating func write(_ body: [UInt8]) throws(NoiseFault) -> [UInt8] {
        guard isOwnTurn else { throw .outOfTurn }
        let index = beginMessage()
        var message: [UInt8] = []
        for token in pattern.messages[index] {
            switch token {
            case .e:
                message += ownEphemeral.publicKey.bytes
                mix(ephemeral: ownEphemeral.publicKey)
            case .s:
                guard let ownStatic else { throw .keyMissing }
                message += try symmetric.seal(ownStatic.publicKey.bytes)
            case .ee, .es, .se, .ss: try mix(agreement: token)
            case .psk: mixPresharedKey()
            }
        }
        message += try symmetric.seal(body)
        guard message.count <= Noise.messageBytesMax else { throw .messageTooLong }
        position = index + 1
        return message
    }

    /// The body of the other side's message. (ReadMessage)
    package mutating func read(_ message: [UInt8]) throws(NoiseFault) -> [UInt8] {
        guard !isOwnTurn, !isComplete, position < pattern.messages.count else { throw .outOfTurn }
        let index = beginMessage()
        guard message.count <= Noise.messageBytesMax else { throw .messageTooLong }
        var rest = message[...]
        for token in pattern.messages[index] {
            switch token {
            case .e:
                guard let key = Bytes32(rest.prefix(Noise.keyBytes)) else { throw .truncated }
                rest = rest.dropFirst(Noise.keyBytes)
                remoteEphemeral = key
                mix(ephemeral: key)
            case .s:
                let count = Noise.keyBytes + symmetric.tagBytes
                guard rest.count >= count else { throw .truncated }
                guard remoteStatic == nil, let key = Bytes32(try symmetric.open(Array(rest.prefix(count)))) else { throw .keyUnexpected }
                rest = rest.dropFirst(count)
                remoteStatic = key
            case .ee, .es, .se, .ss: try mix(agreement: token)
            case .psk: mixPresharedKey()
            }
        }
        guard rest.count >= symmetric.tagBytes else { throw .truncated }
        let body = try symmetric.open(Array(rest))
        position = index + 1
        return body
    }

    /// The session's keys. Only for a complete handshake.
    package consuming func split() -> NoiseSession {
        precondition(isComplete, "our own code asks first")
        let (first, second) = symmetric.split()
        let isInitiator = role == .initiator
        return NoiseSession(
            sending: CipherState(key: isInitiator ? first : second), receiving: CipherState(key: isInitiator ? second : first),
            handshakeHash: symmetric.hash)
    }

    /// The index of the message that is begun. Unless it is ended well, the handshake is over.
    private mutating func beginMessage() -> Int {
        defer { position = pattern.messages.count + 1 }
        return position
    }

    private mutating func mix(ephemeral key: Bytes32) {
        symmetric.mix(hash: key.bytes)
        // With a pre-shared key, the ephemeral key makes the sealing key new in every handshake. (Noise §9.2)
        if pattern.presharedKeyCount > 0 { symmetric.mix(key: key.bytes) }
    }

    private mutating func mixPresharedKey() {
        guard let key = presharedKeys.popFirst() else { preconditionFailure("init counted the keys") }
        symmetric.mix(keyAndHash: key.bytes)
    }

    /// The first letter of the token is the initiator's key, the second the responder's.
    private mutating func mix(agreement token: NoisePattern.Token) throws(NoiseFault) {
        let isInitiatorStatic = token == .se || token == .ss
        let isResponderStatic = token == .es || token == .ss
        let (isOwnStatic, isRemoteStatic) =
            role == .initiator ? (isInitiatorStatic, isResponderStatic) : (isResponderStatic, isInitiatorStatic)
        guard let own = isOwnStatic ? ownStatic : ownEphemeral, let remote = isRemoteStatic ? remoteStatic : remoteEphemeral else {
            throw .keyMissing
        }
        guard let shared = own.sharedSecret(with: remote) else { throw .keyRefused }
        symmetric.mix(key: shared)
    }
}

/// What a complete handshake leaves.
package struct NoiseSession: ~Copyable {
    package var sending: CipherState
    package var receiving: CipherState
    /// The hash of the whole handshake, 64 bytes: equal on both sides, and of no other session. (Noise §11.2)
    package let handshakeHash: [UInt8]
}
