import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReconciliation
import EntenteReplica
import EntenteSecureChannel

/// One connection and what the node believes of the peer behind it. Beliefs are hints: a wrong one costs a round trip.
///
/// A class, because the channel's machine is not copyable and a dictionary's values are; no session leaves its node.
final class Session {
    let id: ConnectionID
    let origin: ConnectionOrigin
    var channel: SecureChannel
    var phase = Phase.handshaking
    let opened: Instant
    /// When this side began to seal under its present key, at the latest.
    var keyed: Instant
    var lastReceived: Instant
    var lastTold: Instant
    /// When something that was under way last got on.
    var lastProgress: Instant

    /// The sums that the peer told last, of the spaces that both may hold.
    var theirSums: [Space: HeadSum] = [:]
    var toldSums: [Space: HeadSum] = [:]
    /// Our sums changed since they were told.
    var sumsDue: Instant?
    /// The peer has told its sums: only then it is shown as connected, since it may yet refuse us.
    var hasToldSums = false
    /// An `ask` of ours is not answered yet.
    var isAsked = false

    /// The reconciliation that we began, if one is under way.
    var asking: Asking?
    /// Questions of ours that the peer has not answered: its answer is awaited even where the reconciliation was dropped.
    var questionsOpen = 0
    /// The reconciliation that the peer began.
    var answering: (space: Space, reconciler: Reconciler)?
    /// Sums of the peer's that are not all here yet.
    var sumsBegun: [(space: Space, sum: HeadSum)] = []
    /// The pair of sums that the last reconciliation of a space started from: the same pair is not tried again before
    /// the timer says so.
    var tried: [Space: Tried] = [:]

    /// The entries that tips name and that are not here, as they were last looked up; the first of those that this peer is
    /// still to be asked for, and how many of them: all once, then a page whenever the timer says so.
    var wanted: [EntryID] = []
    var wantedNext = 0
    var wantedLeft = 0
    /// The page of them that is being asked for.
    var askedByID: [EntryID] = []
    /// The spaces in which they are still to be asked for.
    var askedSpaces: [Space] = []

    /// The capabilities that runs of this peer cited, that are not here and that it was asked for: not again before the timer
    /// says so.
    var askedCapabilities: Set<EntryID> = []

    /// Where asking for missing bodies goes on; nil: this peer was asked for all, and is not again before the timer says so.
    var bodyCursor: Arrival? = Arrival.none

    var deliveries: [Delivery] = []
    /// What a reconciliation of ours found the peer to lack, until what we asked for has come.
    var owed: Owed?
    /// Bytes of the runs, and of the messages of registry entries, that are sent and not acknowledged, oldest first.
    private var sentBytes: [UInt64] = []
    private(set) var unacknowledged: UInt64 = 0
    /// `want`s of ours that no `delivered` has answered.
    var wantsOpen = 0
    /// The run whose parts are coming in.
    var incoming: Run?
    /// The space of the run whose parts are coming in was cut off: what is left of it is let by.
    var isSkippingRun = false
    /// What has come whole and waits for its turn, oldest first: one after the other, since each may follow the one before.
    private(set) var waiting: [Arrived] = []
    private var waitingBytes = 0
    /// Both sides held the same when this was last looked at: told of when it becomes so.
    var isKnownInSync = false
    /// Signatures of this session are being checked.
    var isChecking = false
    /// Bytes of the entries whose signatures are being checked.
    var checkingBytes = 0

    enum Arrived {
        case run(Run)
        case registry([Entry])

        var byteCount: Int {
            switch self {
            case .run(let run): run.byteCount
            case .registry(let entries): entries.reduce(0) { $0 + $1.headerBytes.count }
            }
        }
    }

    func enqueue(_ arrived: Arrived) {
        waiting.append(arrived)
        waitingBytes += arrived.byteCount
    }

    func dequeue() -> Arrived? {
        guard let first = waiting.first else { return nil }
        waiting.removeFirst()
        waitingBytes -= first.byteCount
        return first
    }

    /// The runs that wait are given up; what waits of the registry stays.
    func dropWaitingRuns() {
        waiting.removeAll { if case .run = $0 { true } else { false } }
        waitingBytes = waiting.reduce(0) { $0 + $1.byteCount }
    }

    /// Bytes of entries that have come and are not stored.
    var unfinishedBytes: Int { waitingBytes + checkingBytes + (incoming?.byteCount ?? 0) }

    /// The same, counted anew.
    var unfinishedBytesCounted: Int { waiting.reduce(checkingBytes + (incoming?.byteCount ?? 0)) { $0 + $1.byteCount } }

    /// Totals announced and entries that have come, for an honest progress.
    var announced: UInt64 = 0
    var arrived: UInt64 = 0

    struct Tried: Hashable {
        let ours: HeadSum
        let theirs: HeadSum
    }

    enum Phase {
        case handshaking
        /// The handshake is done, and the peer is one that we talk to.
        case open(Peer)
        case closed
    }

    struct Peer {
        let node: DeviceKey
        let introduction: Introduction
        /// How far the peer's clock was ahead of ours at the handshake, in milliseconds; negative: behind.
        let clockOffset: Int64
        var standing: Standing
    }

    /// What the peer is to us.
    enum Standing: Hashable {
        /// What it may hold, by our clock and registry.
        case member(Audience)
        /// It shows a valid invitation: it gets the registry, and may bring its own entries.
        case joiner
        /// We are the joiner, and this is the node that the invitation names.
        case bootstrap
    }

    struct Owed {
        let space: Space
        /// Our heads that the peer does not have.
        let heads: [EntryID]
        /// The peer's heads that we did not have as such: where they are here, the peer is that far.
        let theirs: [EntryID]
    }

    struct Asking {
        let space: Space
        var reconciler: Reconciler
        var have: [EntryID] = []
        var need: [EntryID] = []
    }

    init(id: ConnectionID, origin: ConnectionOrigin, channel: consuming SecureChannel, now: Instant) {
        self.id = id
        self.origin = origin
        self.channel = channel
        opened = now
        keyed = now
        lastReceived = now
        lastTold = now
        lastProgress = now
    }

    /// A run, or a message of registry entries, went out.
    func sent(_ bytes: UInt64) {
        sentBytes.append(bytes)
        unacknowledged += bytes
    }

    /// The peer has dealt with the oldest. False if there is none.
    func acknowledged() -> Bool {
        guard !sentBytes.isEmpty else { return false }
        unacknowledged -= sentBytes.removeFirst()
        return true
    }

    /// What is unacknowledged, counted anew.
    var unacknowledgedCounted: UInt64 { sentBytes.reduce(0, +) }

    var peer: Peer? {
        if case .open(let peer) = phase { peer } else { nil }
    }

    var isDialler: Bool {
        if case .dialled = origin { true } else { false }
    }

    /// The address that we dialled, or that the connection came from.
    var address: String {
        switch origin {
        case .dialled(let address): address
        case .accepted(let address): address
        }
    }

    /// True while entries are on their way in either direction for something that was asked.
    var isBusy: Bool {
        asking != nil || questionsOpen > 0 || wantsOpen > 0 || owed != nil || !askedSpaces.isEmpty || !deliveries.isEmpty
            || !sentBytes.isEmpty || isTaking
    }

    /// True while something that has come is not dealt with.
    var isTaking: Bool { isChecking || !waiting.isEmpty || incoming != nil }
}

/// Entries that are owed to a peer.
struct Delivery {
    let space: Space
    /// What it leads to, until its turn comes: only then it is looked up what has to be sent.
    var request: Request?
    var steps: [Step] = []
    /// A `want` is answered by `delivered` behind its entries.
    let answersWant: Bool
    var isAnnounced = false

    /// Heads, from behind what the other has.
    struct Request {
        let heads: [EntryID]
        let known: [EntryID]
    }

    enum Step {
        /// A content log up to `head`, from behind the last of `known`.
        case log(head: EntryID, known: [EntryID])
        /// Registry entries by id, in the order in which they came here.
        case registry([EntryID])
        /// Bodies by the ids of their entries.
        case bodies([EntryID])
    }
}

/// The scopes that a node may hold: those of its site and of the people that it hosts.
struct Audience: Hashable {
    let site: IdentityID?
    /// Ascending, none inside another.
    let scopes: [SpacePath]

    func mayHold(_ space: Space) -> Bool {
        switch space {
        case .registry: true
        case .content(let path): scopes.contains { path.lies(in: $0) }
        }
    }
}
