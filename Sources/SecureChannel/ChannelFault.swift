import EntenteCodec

/// Why a channel has ended, or refuses a call. Three kinds of wrong are told apart by `severity`.
///
/// What the peer did ends the channel: its keys are gone, and every later call throws the same fault. The caller's own
/// faults (`severity == .caller`) change nothing.
package enum ChannelFault: Error, Hashable, Sendable {
    // Before the peer has shown that it knows the network's secret.

    /// The first message is not from someone with this network's secret. Not one byte was answered.
    case stranger

    // What an honest peer can do.

    /// The peer's protocol versions and ours have none in common.
    case noCommonVersion(own: ClosedRange<UInt16>, peer: ClosedRange<UInt16>)
    /// The responder is another node than the one that was called.
    case unexpectedPeer(nodeKey: Bytes32)

    // What no honest peer does.

    /// A frame's length is not one that this state can have.
    case frameLength(Int)
    /// The second or third handshake message was forged, or its sender has other secrets.
    case handshakeForged
    /// A key of the peer is of small order.
    case agreementRefused
    /// The padding of the first message is not zero.
    case paddingNotZero
    /// The proof in the handshake does not decode.
    case proofMalformed(CBORError)
    /// The range of protocol versions ends before it begins.
    case versionsEmpty
    /// The node key is none that may verify.
    case nodeKeyRefused
    /// The node key did not sign the session key, the epoch, or for this network.
    case signatureWrong
    /// A sealed frame was forged, altered, left out, repeated or put in another order.
    case frameForged
    /// The type byte of a frame is unknown.
    case frameTypeUnknown(UInt8)
    /// A rekey frame carries something.
    case rekeyNotEmpty
    /// The peer sealed more under one key than `RekeyLimits` let it.
    case rekeyOverdue
    /// The peer spoke out of turn.
    case outOfTurn

    // The caller's fault.

    /// The session is not open yet.
    case notEstablished
    /// The first message has been asked for already.
    case alreadyBegun
    /// An application message is longer than `ChannelLimits.messageBytesMax`.
    case messageTooLong(Int)
    /// An extension is longer than `ChannelLimits.extensionBytesMax`.
    case extensionTooLong(Int)
    /// A key has sealed 2^64 - 1 messages.
    case nonceExhausted

    package enum Severity: Hashable, Sendable {
        /// Anybody on the internet can do it: to be counted, not to be told one by one.
        case stranger
        /// An honest peer of another version or at another address: to be told to the administrator, with what to do.
        case misfit
        /// No honest peer does it: to be counted and told.
        case breach
        /// Ours.
        case caller
    }

    package var severity: Severity {
        switch self {
        case .stranger: .stranger
        case .noCommonVersion, .unexpectedPeer: .misfit
        case .frameLength, .handshakeForged, .agreementRefused, .paddingNotZero, .proofMalformed, .versionsEmpty, .nodeKeyRefused,
            .signatureWrong, .frameForged, .frameTypeUnknown, .rekeyNotEmpty, .rekeyOverdue, .outOfTurn:
            .breach
        case .notEstablished, .alreadyBegun, .messageTooLong, .extensionTooLong, .nonceExhausted: .caller
        }
    }
}

extension ChannelFault: CustomStringConvertible {
    /// A line for the administrator.
    package var description: String {
        switch self {
        case .stranger: "a stranger: the first message does not know this network's secret"
        case .noCommonVersion(let own, let peer):
            "no common protocol version: ours are \(own.lowerBound) to \(own.upperBound), "
                + "the peer's \(peer.lowerBound) to \(peer.upperBound)"
        case .unexpectedPeer(let nodeKey): "another node answered at this address: its key is \(nodeKey.hex)"
        case .frameLength(let count): "a frame of \(count) bytes, which cannot be here"
        case .handshakeForged: "a handshake message that does not open"
        case .agreementRefused: "a key of small order in the handshake"
        case .paddingNotZero: "a first message with other padding than zero"
        case .proofMalformed(let error): "a handshake proof that does not decode: \(error)"
        case .versionsEmpty: "a range of protocol versions that ends before it begins"
        case .nodeKeyRefused: "a node key that may not verify"
        case .signatureWrong: "a session key that its node did not sign for this network"
        case .frameForged: "a sealed frame that does not open"
        case .frameTypeUnknown(let type): "a frame of the unknown type \(type)"
        case .rekeyNotEmpty: "a rekey frame that carries something"
        case .rekeyOverdue: "a peer that does not change its key in time"
        case .outOfTurn: "a message out of turn in the handshake"
        case .notEstablished: "the session is not open yet"
        case .alreadyBegun: "the handshake has begun already"
        case .messageTooLong(let count): "a message of \(count) bytes; at most \(ChannelLimits.messageBytesMax) fit a frame"
        case .extensionTooLong(let count):
            "a handshake extension of \(count) bytes; at most \(ChannelLimits.extensionBytesMax) are sent"
        case .nonceExhausted: "a key has no nonce left"
        }
    }
}
