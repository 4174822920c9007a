import EntenteCodec

/// Sizes of the session's frames, in bytes. All limits of the product are listed in Specs/00-conventions.md.
package enum ChannelLimits {
    /// The length in front of each frame.
    package static let lengthBytes = 2
    /// A frame without its length: a Noise message.
    package static let frameBytesMax = Noise.messageBytesMax
    /// The largest application message: a frame without the tag and the type byte.
    package static let messageBytesMax = frameBytesMax - Noise.tagBytes - 1
    /// The caller's part of a handshake proof: a join proof with room for what comes.
    package static let extensionBytesMax = 2048

    /// A handshake proof with an empty extension and the shortest numbers.
    static let proofBytesMin = 1 + 1 + 1 + 34 + 66 + 1 + 1
    /// A handshake proof with the longest extension and the longest numbers.
    static let proofBytesMax = 1 + 3 + 3 + 34 + 66 + 9 + 3 + extensionBytesMax

    /// The second handshake message: an ephemeral key, a sealed static key, a sealed proof.
    static let secondFrameBytes = secondFrameOverhead + proofBytesMin...secondFrameOverhead + proofBytesMax
    private static let secondFrameOverhead = Noise.keyBytes + Noise.keyBytes + Noise.tagBytes + Noise.tagBytes
    /// The third: a sealed static key, a sealed proof.
    static let thirdFrameBytes = thirdFrameOverhead + proofBytesMin...thirdFrameOverhead + proofBytesMax
    private static let thirdFrameOverhead = Noise.keyBytes + Noise.tagBytes + Noise.tagBytes
    /// The first: as long as the second can become, so that a responder never sends more than it received from whom it
    /// does not know yet.
    static let firstFrameBytes = secondFrameBytes.upperBound
    /// The padding inside the first: all but an ephemeral key and a tag.
    static let paddingBytes = firstFrameBytes - Noise.keyBytes - Noise.tagBytes
    /// A frame of an open session: at least a type byte and a tag.
    static let openFrameBytes = 1 + Noise.tagBytes...frameBytesMax
}

/// What one key may seal before it is replaced, the frame that says so included. Both sides have the same numbers.
package struct RekeyLimits: Hashable, Sendable {
    package let frames: Int
    /// Bytes of frames, without their lengths.
    package let bytes: Int

    /// Far below what the cipher bears: a stolen key opens no more than this.
    package static let framesStandard = 65_536
    /// The same in bytes: 1 GiB.
    package static let bytesStandard = 1_073_741_824

    package static let standard = RekeyLimits(frames: framesStandard, bytes: bytesStandard)

    /// At least two frames, and the bytes of two of the longest.
    package init(frames: Int, bytes: Int) {
        self.frames = max(2, frames)
        self.bytes = max(2 * ChannelLimits.frameBytesMax, bytes)
    }
}
