/// Cuts a stream of bytes into frames: two bytes of length, most significant first, then so many bytes.
///
/// It holds at most one unfinished frame beyond the bytes of one call.
struct FrameBuffer {
    private var bytes: [UInt8] = []
    private var offset = 0

    mutating func append(_ more: [UInt8]) { bytes += more }

    /// The next whole frame, or nil if more bytes are needed. A length outside `allowed` is refused as soon as it is there.
    mutating func next(_ allowed: ClosedRange<Int>) throws(ChannelFault) -> [UInt8]? {
        let available = bytes.count - offset - ChannelLimits.lengthBytes
        guard available >= 0 else { return forgetTaken() }
        let count = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
        guard allowed.contains(count) else { throw .frameLength(count) }
        guard available >= count else { return forgetTaken() }
        let start = offset + ChannelLimits.lengthBytes
        offset = start + count
        return Array(bytes[start..<offset])
    }

    /// Once a call, not once a frame: many frames may come at once.
    private mutating func forgetTaken() -> [UInt8]? {
        if offset > 0 {
            bytes.removeSubrange(..<offset)
            offset = 0
        }
        return nil
    }

    static func frame(_ message: [UInt8]) -> [UInt8] {
        precondition(message.count <= ChannelLimits.frameBytesMax, "a Noise message fits a frame")
        return [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }
}
