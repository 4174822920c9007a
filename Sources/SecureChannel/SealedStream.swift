import EntenteCrypto

/// The frames of an open session in one direction: their types, and when the key changes. (Specs/05-session.md)
struct SealedStream: ~Copyable {
    enum Frame: Hashable, Sendable {
        case message([UInt8])
        case rekey
    }

    private static let messageType: UInt8 = 0
    private static let rekeyType: UInt8 = 1
    private static let rekeyFrameBytes = 1 + Noise.tagBytes

    private var cipher: CipherState
    private let limits: RekeyLimits
    /// Frames and bytes under the present key.
    private var frameCount = 0
    private var byteCount = 0

    init(_ cipher: consuming CipherState, limits: RekeyLimits) {
        self.cipher = cipher
        self.limits = limits
    }

    /// The frames that carry `message`: one, or two when the key is used up. At most `ChannelLimits.messageBytesMax` bytes.
    mutating func seal(_ message: [UInt8]) throws(NoiseFault) -> [UInt8] {
        let frameBytes = 1 + message.count + Noise.tagBytes
        // Room is kept for the rekey frame, which is the last under its key.
        var out: [UInt8] = []
        if frameCount + 1 >= limits.frames || byteCount + frameBytes + Self.rekeyFrameBytes > limits.bytes { out = try rekey() }
        return out + (try frame(Self.messageType, message))
    }

    /// The frame that says that the next one is under a new key.
    mutating func rekey() throws(NoiseFault) -> [UInt8] {
        let frame = try frame(Self.rekeyType, [])
        changeKey()
        return frame
    }

    /// What a frame, its length taken off, carries.
    mutating func open(_ frame: [UInt8]) throws(ChannelFault) -> Frame {
        guard frameCount < limits.frames, frame.count <= limits.bytes - byteCount else { throw .rekeyOverdue }
        guard var plaintext = try? cipher.open(frame) else { throw .frameForged }
        count(frame.count)
        switch plaintext.first {
        case Self.messageType:
            plaintext.removeFirst()
            return .message(plaintext)
        case Self.rekeyType:
            guard plaintext.count == 1 else { throw .rekeyNotEmpty }
            changeKey()
            return .rekey
        case let type?: throw .frameTypeUnknown(type)
        case nil: throw .frameLength(frame.count)
        }
    }

    private mutating func frame(_ type: UInt8, _ message: [UInt8]) throws(NoiseFault) -> [UInt8] {
        let sealed = try cipher.seal([type] + message)
        count(sealed.count)
        return FrameBuffer.frame(sealed)
    }

    private mutating func count(_ bytes: Int) {
        frameCount += 1
        byteCount += bytes
    }

    private mutating func changeKey() {
        cipher.rekey()
        frameCount = 0
        byteCount = 0
    }
}
