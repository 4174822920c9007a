import EntenteCodec
import EntenteModel

/// The number of an entry, present or only named, in this table. Small, local, never sent, and no order of anything.
typealias Ref = Int32

extension Ref {
    /// No entry.
    static let none: Ref = -1
    /// What stands for root where a capability is cited.
    static let root: Ref = -2
}

/// The number of a scope path whose prefixes are all in the table.
typealias ScopeRef = Int32

/// What the rules ask of a registry entry, in numbers: a million of them are two allocations.
struct Act {
    enum Kind: UInt8 {
        case genesis, rootUpdate, spaceCreate, grant, invite, admit, remove, vouch, disavow, annul, leave
        case identityCreate, keyAdd, keyRemove, keyVouch, keyRecover
        case unknown
        /// Only named by others so far.
        case absent

        /// True if others may cite it.
        var isCapability: Bool { self == .grant || self == .invite || self == .admit }
        /// True for what the layer of keys reads.
        var isKeyAct: Bool { rawValue >= Kind.keyAdd.rawValue && rawValue <= Kind.keyRecover.rawValue }
        /// True for what can be issued.
        var isAuthorityAct: Bool { rawValue >= Kind.spaceCreate.rawValue && rawValue <= Kind.leave.rawValue }
        /// True for what cites nothing.
        var isFree: Bool { self == .genesis || self == .rootUpdate || self == .identityCreate || isKeyAct }
    }

    let kind: Kind
    /// Of a capability: 0 to 15.
    let level: UInt8
    /// Of a capability: the five bits, and bit 5 for any other one, which no capability covers.
    let rights: UInt8
    /// The level of the capability cited; `actingNone` where there is none.
    let acting: UInt8
    /// True if the capability cited has ADMIN or STEWARD, so that the act governs everything that its level reaches.
    let governsAll: Bool
    let auth: Ref
    /// The inception entry of the identity; `.none` in the root log.
    let identity: Ref
    let key: Int32
    let log: Int32
    let branch: Int32
    let scope: ScopeRef
    /// The inception entry of the subject, or `.none`.
    let subject: Ref
    /// Index of the fields that few kinds have, in the array of its kind, or -1.
    let detail: Int32
    let sequence: UInt64
    let time: UInt64
    /// Last millisecond of a capability; `.max` where there is no end.
    let expiry: UInt64

    static let actingNone: UInt8 = 255

    static let absent = Act(
        kind: .absent, level: 0, rights: 0, acting: actingNone, governsAll: false, auth: .none, identity: .none, key: -1, log: -1,
        branch: 0, scope: 0, subject: .none, detail: -1, sequence: 0, time: 0, expiry: .max)

    var position: LogPosition { LogPosition(branch: Int(branch), sequence: sequence) }
}

/// Where a list of references lies in the table.
struct RefList {
    let start: Int32
    let count: Int32
    static let empty = RefList(start: 0, count: 0)
}

/// What an act of authority names.
struct ActLists {
    var over = RefList.empty
    var capabilities = RefList.empty
    var tips = RefList.empty
    var admits = RefList.empty
    /// remove: the subtree. annul: the target. disavow: the first entry of the suffix.
    var target = Ref.none
    /// remove; 255 where there is no bound.
    var vouchLevelMax: UInt8 = 255

    static let none = ActLists()
}

/// What only an invitation has.
struct InvitationTerms {
    var usesMax: UInt64
    /// `.max` where there is no end.
    var membershipExpiry: UInt64
    var inviteKey: DeviceKey?
    var sponsor: IdentityID?
}

/// What an inception and a key entry have.
struct KeyTerms {
    var tips = RefList.empty
    /// key.recover: the first entry of the suffix.
    var from = Ref.none
    /// key.add, key.remove: the device. key.recover: the new primary. Number of the key, or -1.
    var newKey: Int32 = -1
    var commitment: Bytes32?
    var host: DeviceKey?

    static let none = KeyTerms()
}

/// The entries of the registry by number, with the numbers of all that they name. It knows no rule.
struct RegistryTable: Sendable {
    private var numbers = Numbers<EntryID>()
    /// By number; of kind `absent` where the entry is not (or not yet) in the set.
    private(set) var acts: [Act] = []
    private(set) var actCount = 0
    private var lists: [ActLists] = []
    private var invitations: [InvitationTerms] = []
    private var keyTerms: [KeyTerms] = []
    private var references: [Ref] = []

    private var keyNumbers = Numbers<DeviceKey>()

    struct RegistryLogKey: Hashable {
        let key: Int32
        let incarnation: UInt64
    }
    /// The logs of keys that have several; the first one of each is in `firstLogOfKey`.
    private var registryLogs: [RegistryLogKey: Int32] = [:]
    /// By key number, -1 for none.
    private var firstLogOfKey: [Int32] = []
    /// By key number: the newest log of that key, and by log the one before it; -1 for none.
    private(set) var lastLogOfKey: [Int32] = []
    private(set) var nextLogOfKey: [Int32] = []
    private var contentLogs: [LogKey: Int32] = [:]
    private(set) var logs: [LogKey] = []
    /// The shapes of the registry's logs; those of content logs are the caller's, and empty here.
    private(set) var trees: [BranchTree] = []

    private var scopeNumbers: [SpacePath: ScopeRef] = [.network: 0]
    private(set) var scopes: [SpacePath] = [.network]
    private var scopeParents: [ScopeRef] = [-1]

    static let networkScope: ScopeRef = 0

    // MARK: Numbers

    /// By number: the ids that are entries of the set, or are named by one.
    var ids: [EntryID] { numbers.ids }

    /// The number of `id`, or `.none`.
    func find(_ id: EntryID) -> Ref { numbers.find(id) }

    func number(of id: EntryID) -> Ref? {
        let number = numbers.find(id)
        return number < 0 ? nil : number
    }

    func lookup(_ id: EntryID) -> Numbers<EntryID>.Lookup { numbers.lookup(id) }

    /// The number of `id`, which was looked up just before.
    mutating func intern(_ id: EntryID, _ lookup: Numbers<EntryID>.Lookup) -> Ref {
        if lookup.number >= 0 { return lookup.number }
        acts.append(.absent)
        return numbers.insert(id, at: lookup)
    }

    /// The number of `id`, new if it has none.
    mutating func intern(_ id: EntryID) -> Ref {
        let (number, isNew) = numbers.intern(id)
        if isNew { acts.append(.absent) }
        return number
    }

    mutating func intern(_ identity: IdentityID?) -> Ref { identity.map { intern($0.inception) } ?? .none }

    mutating func intern(_ list: [EntryID]) -> RefList {
        if list.isEmpty { return .empty }
        let start = Int32(references.count)
        for id in list { references.append(intern(id)) }
        return RefList(start: start, count: Int32(list.count))
    }

    /// By number.
    var keys: [DeviceKey] { keyNumbers.ids }

    mutating func intern(_ key: DeviceKey) -> Int32 {
        let (number, isNew) = keyNumbers.intern(key)
        if isNew {
            lastLogOfKey.append(-1)
            firstLogOfKey.append(-1)
        }
        return number
    }

    func number(of key: DeviceKey) -> Int32? {
        let number = keyNumbers.find(key)
        return number < 0 ? nil : number
    }

    /// Makes room for entries, so that the table need not move while they come.
    mutating func reserve(entries count: Int) {
        numbers.reserve(count)
        acts.reserveCapacity(count)
        // As a registry of people and sites is made: most of its entries are key entries, or name others.
        references.reserveCapacity(count / 2)
        lists.reserveCapacity(count / 2)
        keyTerms.reserveCapacity(count / 2)
        keyNumbers.reserve(count / 4)
        logs.reserveCapacity(count / 8)
        trees.reserveCapacity(count / 8)
    }

    subscript(_ list: RefList) -> ArraySlice<Ref> { references[Int(list.start)..<Int(list.start + list.count)] }

    func contains(_ ref: Ref, in list: RefList) -> Bool { list.count > 0 && self[list].contains(ref) }

    // MARK: Scopes

    mutating func intern(_ path: SpacePath) -> ScopeRef {
        if path.isNetwork { return Self.networkScope }
        if let number = scopeNumbers[path] { return number }
        var parent = Self.networkScope
        for count in 1...path.components.count {
            guard let prefix = SpacePath(Array(path.components.prefix(count))) else { break }
            if let number = scopeNumbers[prefix] {
                parent = number
            } else {
                let number = ScopeRef(scopes.count)
                scopeNumbers[prefix] = number
                scopes.append(prefix)
                scopeParents.append(parent)
                parent = number
            }
        }
        return parent
    }

    /// The longest prefix of `path` that is in the table: it lies in the same scopes of the table as `path` does.
    func deepestKnown(_ path: SpacePath) -> ScopeRef {
        for count in stride(from: path.components.count, to: 0, by: -1) {
            if let prefix = SpacePath(Array(path.components.prefix(count))), let number = scopeNumbers[prefix] { return number }
        }
        return Self.networkScope
    }

    /// True if `scope` is `other` or lies below it.
    func lies(_ scope: ScopeRef, in other: ScopeRef) -> Bool {
        var next = scope
        while next != other {
            if next == Self.networkScope { return false }
            next = scopeParents[Int(next)]
        }
        return true
    }

    // MARK: Logs

    mutating func internRegistryLog(of entry: Entry, key: Int32) -> Int32 {
        let incarnation = entry.header.incarnation
        // The root log has no key.
        let first = key < 0 ? -1 : firstLogOfKey[Int(key)]
        if first >= 0, logs[Int(first)].incarnation == incarnation { return first }
        let name = RegistryLogKey(key: key, incarnation: incarnation)
        if key < 0 || first >= 0, let number = registryLogs[name] { return number }
        let number = addLog(entry.log)
        if key >= 0, first < 0 { firstLogOfKey[Int(key)] = number } else { registryLogs[name] = number }
        if key >= 0 {
            nextLogOfKey[Int(number)] = lastLogOfKey[Int(key)]
            lastLogOfKey[Int(key)] = number
        }
        return number
    }

    mutating func internContentLog(_ log: LogKey) -> Int32 {
        if let number = contentLogs[log] { return number }
        let number = addLog(log)
        contentLogs[log] = number
        return number
    }

    func number(ofContentLog log: LogKey) -> Int32? { contentLogs[log] }

    private mutating func addLog(_ log: LogKey) -> Int32 {
        logs.append(log)
        nextLogOfKey.append(-1)
        trees.append(BranchTree())
        return Int32(logs.count - 1)
    }

    /// The place of a new entry that follows `previous`: on its branch if that ends there, else on a new one.
    mutating func place(in log: Int32, after previous: LogPosition?) -> LogPosition {
        if let previous, trees[Int(log)].isTip(previous) {
            trees[Int(log)].extend(previous.branch)
            return LogPosition(branch: previous.branch, sequence: previous.sequence + 1)
        }
        let branch = trees[Int(log)].addBranch(after: previous)
        return LogPosition(branch: branch, sequence: previous.map { $0.sequence + 1 } ?? 0)
    }

    // MARK: Acts

    mutating func set(_ ref: Ref, to act: Act) {
        acts[Int(ref)] = act
        actCount += 1
    }

    mutating func add(_ new: ActLists) -> Int32 {
        lists.append(new)
        return Int32(lists.count - 1)
    }

    mutating func add(_ new: InvitationTerms) -> Int32 {
        invitations.append(new)
        return Int32(invitations.count - 1)
    }

    mutating func add(_ new: KeyTerms) -> Int32 {
        keyTerms.append(new)
        return Int32(keyTerms.count - 1)
    }

    func isPresent(_ ref: Ref) -> Bool { ref >= 0 && acts[Int(ref)].kind != .absent }

    /// The entry of that number, if it is in the set.
    func act(_ ref: Ref) -> Act? {
        guard ref >= 0 else { return nil }
        let act = acts[Int(ref)]
        return act.kind == .absent ? nil : act
    }

    /// Empty for the kinds that name nothing.
    func lists(_ act: Act) -> ActLists {
        guard act.detail >= 0 else { return .none }
        switch act.kind {
        case .grant, .remove, .vouch, .leave, .disavow, .annul: return lists[Int(act.detail)]
        default: return .none
        }
    }

    func invitation(_ act: Act) -> InvitationTerms? { act.kind == .invite ? invitations[Int(act.detail)] : nil }

    func keyTerms(_ act: Act) -> KeyTerms {
        guard act.detail >= 0, act.kind == .identityCreate || act.kind.isKeyAct else { return .none }
        return keyTerms[Int(act.detail)]
    }
}
