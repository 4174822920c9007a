import EntenteCodec
import EntenteModel

/// Who may do what: the one evaluator of the registry. (Specs/03-authority.md)
///
/// It holds a set of registry entries and says which of them take effect. The answer is a pure, total function of the
/// set: no clock, no order of arrival, no tie broken by chance. Levels make it well-founded: an entry acts at the level
/// of the capability that it cites and reaches strictly larger levels only, so one pass in level order decides all.
///
/// ```
/// var authority = Authority(network: network)
/// authority.insert(entry, signatureHolds: true)   // in any order; what lacks a predecessor waits
/// let diff = authority.evaluate()                 // what changed
/// authority.isIssued(entry.id)
/// ```
///
/// Three layers, each closed to the next: the keys of an identity (`Authority+Keys`), authority by level
/// (`Authority+Evaluation`, `Authority+Cuts`), and content (`Authority+Content`), of which it never sees an entry: it
/// gives heights, one number for each branch of a log and capability cited.
package struct Authority: Sendable {
    package let network: NetworkID

    var table = RegistryTable()

    /// By entry number: what is known of it.
    var states: [EntryState] = []
    /// By entry number: the lists that it heads and stands in.
    var links: [EntryLinks] = []
    /// By log number: the newest entry of the log, or `.none`.
    var lastInLog: [Ref] = []

    // What waits.
    var pending = PendingEntries()
    /// Acts of the set whose tips or `from` name an id that is nowhere yet.
    var unresolved: [Ref: [Ref]] = [:]
    /// Those of them that came since the caller last looked for what they name.
    var newMentions: [Ref] = []
    /// Content entries that acts name, where the caller found them.
    var located: [Ref: LocatedEntry] = [:]
    /// Acts whose tips name a content entry whose own signature is not known to hold.
    var mentionsOfDoubtful: [Ref: [Ref]] = [:]

    // Layers.
    var rootLog = RootLog()
    var keyLayers: [KeyLayer] = []
    /// By inception entry: index of the identity's layer of keys.
    var keyLayerIndex: [Ref: Int] = [:]
    var dirtyLayers: [Int] = []
    var spaceIDs: [Ref: SpaceID] = [:]

    // What the acts in force do, by what they reach. Only ever looked up, never iterated.
    var removesBySubject: [Ref: [Ref]] = [:]
    var removesByCapability: [Ref: [Ref]] = [:]
    var removesBySubtree: [Ref: [Ref]] = [:]
    var leavesByIdentity: [Ref: [Ref]] = [:]
    var annulsByTarget: [Ref: [Ref]] = [:]
    var sealsByAdmission: [Ref: [Ref]] = [:]
    /// By log number.
    var tipMarks: [[TipMark]] = []
    /// By log number: entries of the log that are well-formed and not issued, where a tip may help; some are issued since.
    var voids: [[Ref]] = []
    var disavowals: [Int32: [DisavowMark]] = [:]
    var quotas: [Ref: InvitationQuota] = [:]
    /// Admissions that no act in force names among its `admits`.
    var unsealed: Set<Ref> = []

    var queue = EvaluationQueue()
    /// Every entry is in the queue: nothing needs to be queued by what it depends on.
    var isFullPass = false
    /// Entries in the queue from which on it may be worth while to queue all. Only how long an evaluation takes depends
    /// on it, and how much of what did not change its diff lists as touched.
    package var fullPassMin = 4096
    var diff = EvaluationChanges()
    /// By log number: what is in the log may have changed since the last report.
    var isLogTouched: [Bool] = []
    /// By log number: entries that are withheld.
    var withheldCounts: [Int] = []
    /// Entries of which it is to be asked again whether they are withheld.
    var offerQueue: [Ref] = []

    package init(network: NetworkID) { self.network = network }

    /// Makes room for that many entries in all, so that a large registry is not moved again and again while it is read.
    package mutating func reserve(entries count: Int) {
        table.reserve(entries: count)
        states.reserveCapacity(count)
        links.reserveCapacity(count)
    }
}

/// What the evaluator knows of one entry.
struct EntryState: OptionSet {
    let rawValue: UInt32
    /// Well-formed; of a leave, but for the rank of its signer.
    static let wellFormed = EntryState(rawValue: 1)
    static let issued = EntryState(rawValue: 2)
    /// Of a key act: in force.
    static let keyInForce = EntryState(rawValue: 4)
    static let onRootChain = EntryState(rawValue: 8)
    /// In the queue to be decided.
    static let queued = EntryState(rawValue: 16)
    /// An admission in the queue to be counted.
    static let queuedForCount = EntryState(rawValue: 32)
    /// An admission that counts against its invitation's uses.
    static let live = EntryState(rawValue: 64)
    /// Named by the tips or the `from` of an act of the set.
    static let mentioned = EntryState(rawValue: 128)
    /// Issued and not stopped at its own scope, as last reported.
    static let active = EntryState(rawValue: 256)
    // Of what an act in force reaches: set as long as the list of that name is not empty.
    static let removedBySubject = EntryState(rawValue: 512)
    static let removedByCapability = EntryState(rawValue: 1024)
    static let removedBySubtree = EntryState(rawValue: 2048)
    static let left = EntryState(rawValue: 4096)
    static let stopped = EntryState(rawValue: removedBySubject.rawValue | left.rawValue)
    static let sealed = EntryState(rawValue: 8192)
    static let annulled = EntryState(rawValue: 16384)
    /// An identity with a layer of keys of more than its first one.
    static let hasKeyLayer = EntryState(rawValue: 1 << 15)
    /// In the list of what may need a tip of its log.
    static let listedAsVoid = EntryState(rawValue: 1 << 16)
    // What is to be reported.
    static let changed = EntryState(rawValue: 1 << 17)
    static let capabilityTouched = EntryState(rawValue: 1 << 18)
    static let identityTouched = EntryState(rawValue: 1 << 19)
    /// Of an inception: its layer of keys is to be settled.
    static let layerDirty = EntryState(rawValue: 1 << 20)
    /// Of no use to a node that does not have it.
    static let withheld = EntryState(rawValue: 1 << 21)
    static let offerQueued = EntryState(rawValue: 1 << 22)
    /// Of an admission: a seal counts, so that no stop of its invitation or of whoever issued it matters.
    static let sealedForGood = EntryState(rawValue: 1 << 23)
}

/// Singly linked lists through the entries, newest first. All of them are sets to the rules: their order means nothing.
struct EntryLinks {
    /// Of a capability: the entries that cite it.
    var firstCiting = Ref.none
    var nextCiting = Ref.none
    /// Of an inception entry: the capabilities whose subject is its identity.
    var firstCapability = Ref.none
    var nextCapability = Ref.none
    /// Of an inception entry: the entries of its identity.
    var firstOfIdentity = Ref.none
    var nextOfIdentity = Ref.none
    var nextInLog = Ref.none
}

/// A content entry that the registry mentions.
struct LocatedEntry {
    let log: Int32
    let position: LogPosition
    let signatureHolds: Bool
}

/// A tip of an act in force: it speaks for the entry at `position` and its ancestors.
struct TipMark {
    let source: Ref
    let position: LogPosition
}

/// The beginning of a suffix that an act in force voids.
struct DisavowMark {
    let source: Ref
    let position: LogPosition
}
