/// Why a message, or a call, is refused. A fault changes nothing in the `Reconciler`: the caller may close, or go on.
package enum ReconciliationFault: Error, Hashable, Sendable {
    // The peer's fault.

    /// The message ends inside a field, or is empty.
    case truncated
    /// The message is longer than `ReconciliationLimits.messageBytesMax`.
    case messageTooLong(limit: Int)
    /// The first byte is no version of negentropy at all: not 0x60 to 0x6F.
    case notNegentropy
    /// The other side answered the initiator in another version than 1.
    case unsupportedVersion(UInt8)
    /// A varint is longer than it needs to be.
    case varintNotShortest
    /// A varint has more than 64 bits.
    case varintTooLong
    /// A timestamp goes to 2^64 - 1 or beyond without being written as infinity.
    case timestampTooLarge
    /// A bound's id prefix has more than 32 bytes.
    case prefixTooLong
    /// Infinity is written with an id prefix.
    case prefixAtInfinity
    /// A bound is before the one that it follows.
    case boundsNotAscending
    /// A mode that version 1 does not have.
    case unknownMode(UInt64)

    // The caller's fault.

    /// `initiate` was called twice, or by the responder.
    case cannotInitiate
    /// The initiator was given a message before it sent its first one.
    case notInitiated
    /// The session has ended.
    case ended
}

/// The limits of one session. All limits of the product are listed in Specs/00-conventions.md.
package struct ReconciliationLimits: Hashable, Sendable {
    /// Bytes that a frame limit cannot go under: 16 fingerprints or 31 ids with their bounds always fit, so that each message
    /// settles or narrows its first range. The reference implementations have the same number.
    package static let frameBytesMin = 4 * 1024
    /// Bytes of a message when nothing else is said: one sealed frame of 65,535 bytes, less 4 KiB for what is around it.
    package static let frameBytesStandard = 60 * 1024
    /// Bytes of a message that is read when nothing else is said: what one sealed frame can hold.
    package static let messageBytesStandard = 65_535
    /// Bytes kept free in every frame for what closes a message: a skip (44), the end of a cut id list (48 and one id), the
    /// remainder (19). The number decides where messages are cut, and is the reference's.
    static let frameBytesReserved = 200
    /// Messages from the other side in one session. With frames of 4 KiB a round carries at least 118 ids one way: two million
    /// differences; more would be a peer that spins.
    package static let roundsStandard = 16 * 1024
    /// Ids that one session names: the initiator remembers them, about 50 MB. A lying peer could name new ones for ever.
    package static let differencesStandard = 1024 * 1024
    /// Ranges into which a differing range is split; protocol V1.
    static let buckets = 16
    /// A range with fewer items than this is sent as a list of ids; protocol V1.
    static let listItemsEnd = 2 * buckets

    /// Bytes of a message that is sent, at least `frameBytesMin`. There is no way to have none.
    package let frameBytes: Int
    /// Bytes of a message that is read: the work for one message is bounded by it.
    package let messageBytesMax: Int
    /// Messages that are answered.
    package let roundsMax: Int
    /// Ids that the initiator names, of both kinds together.
    package let differencesMax: Int

    package static let standard = ReconciliationLimits()

    /// A frame limit below `frameBytesMin` is raised to it.
    package init(
        frameBytes: Int = frameBytesStandard, messageBytesMax: Int = messageBytesStandard, roundsMax: Int = roundsStandard,
        differencesMax: Int = differencesStandard
    ) {
        self.frameBytes = max(frameBytes, Self.frameBytesMin)
        self.messageBytesMax = messageBytesMax
        self.roundsMax = roundsMax
        self.differencesMax = differencesMax
    }
}
