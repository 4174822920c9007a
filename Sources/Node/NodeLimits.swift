import EntenteModel

/// The bounds of a node's work. All limits of the product are listed in Specs/00-conventions.md.
package enum NodeLimits {
    /// Bytes of one message: what a sealed frame holds.
    static let frameBytesMax = 65_000
    /// Bytes of entries in one message: leaves room for an entry that only just does not fit.
    static let partBytes = 12 * 1024
    /// Spaces in one `sums`: 135 bytes each fit a frame.
    static let spacesMax = 450
    /// Spaces whose sums are told in as many messages as that takes: 800 kB of a peer's are kept while it is here.
    static let toldSpacesMax = 8192
    /// Names of a space that are looked at before its short id is shown.
    static let spaceNamesMax = 256
    /// Addresses that are remembered, and of one node: a member may say a new one each time it calls.
    static let addressesMax = 256
    static let addressesOfNodeMax = 4
    /// Ids in one list of a `want`: two lists fit a frame.
    static let wantMax = 900
    /// Entries in one `registry`.
    static let registryBatchMax = 256
    /// Missing bodies that are asked for in one message, and that one message brings.
    static let bodiesMax = 256
    /// Entries of the registry whose signatures are checked in one batch, or one message more.
    static let registryChecksMax = 1024
    /// Invitations that a joiner may show: one a space.
    static let joinInvitationsMax = 32
    /// Bytes of entries on their way to one peer and not acknowledged.
    static let creditBytes: UInt64 = 8 * 1024 * 1024
    /// Bytes by which pushed registry entries may go beyond the credit: a revocation does not wait behind bulk.
    static let registryCreditBytes: UInt64 = 1024 * 1024
    /// Bytes of runs and registry entries that came on one session and are not stored: an honest peer keeps to its credit.
    static let sessionUnfinishedBytesMax = 16 * 1024 * 1024
    /// The same over all sessions: the memory of the node. Beyond it the session that holds most of it is closed.
    static let unfinishedBytesMax = 64 * 1024 * 1024
    /// Requests of one peer that wait to be answered, and of ours that a peer has not answered.
    static let wantsOpenMax = 64
    /// Entries that are pushed one by one at once; more of them wait for a reconciliation.
    static let pushMax = 64
    /// Signature checks that wait for their verdict, over all sessions.
    static let checksMax = 65_536
    /// Sessions at a time, those in a handshake included.
    static let sessionsMax = 128

    /// A side of a session seals under another key after so many milliseconds at the latest.
    static let rekeyMilliseconds: UInt64 = 3_600_000
    /// A connection that has not finished its handshake is closed after so many milliseconds.
    static let handshakeMilliseconds: UInt64 = 10_000
    /// Sums are sent again after so many milliseconds, as a sign of life and against whatever was lost.
    static let antiEntropyMilliseconds: UInt64 = 20_000
    /// A session from which nothing came for so many milliseconds is closed.
    static let silenceMilliseconds: UInt64 = 70_000
    /// A session on which something is under way and does not get on for so many milliseconds is closed, and dialled anew.
    static let stallMilliseconds: UInt64 = 60_000
    /// Between two notices of strangers.
    static let strangerNoticeMilliseconds: UInt64 = 60_000
    /// Changed sums wait so many milliseconds for further changes before they are told.
    static let sumsDelayMilliseconds: UInt64 = 50
    /// First and longest wait before an address is dialled again.
    static let dialDelayMin: UInt64 = 500
    static let dialDelayMax: UInt64 = 60_000
    /// First wait before an address is dialled again behind which a connection was refused.
    static let refusedDelayMin: UInt64 = 15_000
    /// How long a dial may take before it has failed.
    package static let dialMilliseconds: UInt64 = 10_000
    /// How far a peer's clock may be off before it is told of.
    static let clockMilliseconds: UInt64 = 5 * 60 * 1000
    /// Bytes of a post's text: a body, less what a reply needs beside its text.
    package static let textBytesMax = EntryLimits.bodyBytesMax - 64
    /// Bytes of an edit's text: a body, less what it may need beside its text.
    package static let editTextBytesMax = EntryLimits.bodyBytesMax - 384
    /// Posts of one command of an import.
    package static let importMax = 256
    /// Entries about one post that are looked at to see what a new one supersedes.
    static let aboutMax = 4096
    /// Registry entries for which a command wants room before it writes the first. (Specs/03-authority.md, A-86)
    static let entriesReserved = 16
    /// Authors named in one line about what the gate keeps out.
    static let gateNamesMax = 4
    /// Entries of a timeline in one answer.
    package static let timelineMax = 1000
    /// Days for which an invitation file may be used where nothing is said.
    static let useByDays: UInt64 = 14
}
