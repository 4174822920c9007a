import EntenteCodec
import EntenteModel
import EntenteReplica

package enum ViewLimits {
    /// Rows of the feed, or entries, that one transaction of the views takes in: about a tenth of a second.
    package static let batchMax = 1024
    /// Posts, or names, that wait to be resolved at the end of a batch; then they are resolved at once. With their
    /// bodies they are 50 MB at most.
    package static let touchedMax = 1024
    /// Bytes of entries read in one go.
    package static let pageBytesMax = 4 * 1024 * 1024
    /// Capabilities whose level and rights are remembered.
    package static let capabilitiesMax = 65_536
    /// Numbers of spaces, and of people, that are remembered while indexing.
    package static let numbersMax = 65_536
    /// Posts looked at for an id that is given by its beginning.
    package static let prefixesMax = 64
    /// Profiles of one identity in one space that are looked at, the newest.
    package static let profilesMax = 64
}

/// Brings views up to their replica: follows its feed, and resolves anew only what a change touches.
///
/// What it writes depends on what the store holds when it is read, and not on the way there: a change that it has seen
/// already does nothing. So it needs no transaction over both databases, and may be stopped anywhere.
package struct ViewIndexer<Source: ReplicaStore> {
    package var source: Source
    package let views: ViewStore

    /// Where the views are.
    package enum Standing: Hashable, Sendable {
        /// Nothing was left to do when the feed was last read.
        case upToDate
        /// There is more.
        case behind
        /// All is being made again: entries read, of entries stored.
        case rebuilding(done: Int64, of: Int64)
    }

    /// What the capability that an entry cites gives: fixed with its entry.
    private var capabilities: [EntryID: Entry] = [:]
    /// The uses of capabilities in a log, for one batch.
    private var uses: [LogID: [CapabilityUse]] = [:]
    /// What is to be resolved, and what of it was read already.
    private var posts: Set<EntryID> = []
    private var postsRead: [EntryID: StoredEntry] = [:]
    private var people: Set<PersonInSpace> = []
    /// A change names entries that are not here any more, so that all is to be made again.
    private var isMissingEntries = false

    private struct PersonInSpace: Hashable {
        let person: IdentityID
        let space: SpacePath
    }

    package init(source: Source, views: ViewStore) {
        self.source = source
        self.views = views
    }

    /// Takes in the next changes, in one transaction.
    package mutating func advance() throws(StoreFailure) -> Standing {
        uses = [:]
        posts = []
        postsRead = [:]
        people = []
        isMissingEntries = false
        let views = views
        guard let progress = try views.progress(), try follows(progress) else {
            try begin()
            return try standing()
        }
        let standing = try views.write { () throws(StoreFailure) in
            if let scanned = progress.scanned { return try scan(after: scanned, progress) }
            return try follow(progress)
        }
        guard isMissingEntries else { return standing }
        try begin()
        return try self.standing()
    }

    /// Throws everything away, so that all is made again.
    package mutating func begin() throws(StoreFailure) {
        let (source, views) = (source, views)
        try views.write { () throws(StoreFailure) in
            try views.clear()
            // Read before the entries: what changes meanwhile comes again in the feed.
            try views.setProgress(
                ViewStore.Progress(
                    network: try source.fact(.networkID) ?? [], incarnation: try source.fact(.incarnation) ?? [],
                    cursor: try source.feedExtent()?.newest ?? .none, scanned: Arrival.none))
        }
    }

    /// True if the views are of this replica, and its feed still has what follows. A replica that was restored has another
    /// incarnation: its numbers may mean other entries.
    private func follows(_ progress: ViewStore.Progress) throws(StoreFailure) -> Bool {
        guard progress.network == (try source.fact(.networkID) ?? []), progress.incarnation == (try source.fact(.incarnation) ?? []) else {
            return false
        }
        return try source.feedExtent()?.reaches(progress.cursor) ?? (progress.cursor == .none)
    }

    private func standing() throws(StoreFailure) -> Standing {
        guard let progress = try views.progress() else { return .behind }
        if let scanned = progress.scanned {
            return .rebuilding(done: scanned.number, of: max(scanned.number, try entryCount()))
        }
        return try source.feedExtent()?.newest == progress.cursor ? .upToDate : .behind
    }

    private func entryCount() throws(StoreFailure) -> Int64 {
        Int64(clamping: try source.summaries().reduce(0 as UInt64) { $0 &+ $1.entryCount })
    }

    // MARK: - From scratch

    private mutating func scan(after scanned: Arrival, _ progress: ViewStore.Progress) throws(StoreFailure) -> Standing {
        let page = try source.arrivals(after: scanned, registryOnly: false, limit: ViewLimits.batchMax)
        for stored in page { try touch(stored) }
        try resolve()
        var progress = progress
        progress.scanned = page.last?.arrival
        try views.setProgress(progress)
        return try standing()
    }

    // MARK: - By the feed

    private mutating func follow(_ progress: ViewStore.Progress) throws(StoreFailure) -> Standing {
        let items = try source.feed(after: progress.cursor, limit: ViewLimits.batchMax)
        guard let last = items.last else { return .upToDate }
        for item in items {
            switch item.change {
            // An entry that is visible when it comes changes what is visible too.
            case .arrived, .verdict: break
            case .body(let arrival):
                guard let stored = try source.entry(arrival: arrival) else { continue }
                if stored.body == .erased { views.hasErased = true }
                try touch(stored)
            case .visibility(let log, let branch, let capability, let before, let after):
                try touch(log: log, branch: branch, capability: capability, before: before, after: after)
            }
        }
        try resolve()
        // Not passed by: what is interrupted here finds it again.
        guard !isMissingEntries else { return .behind }
        var progress = progress
        progress.cursor = last.number
        try views.setProgress(progress)
        return try standing()
    }

    /// Everything between the two heights.
    private mutating func touch(log: LogID, branch: Int, capability: EntryID, before: UInt64?, after: UInt64?) throws(StoreFailure) {
        let bounds = [before, after].map { height in height.map { $0 &+ 1 } ?? 0 }.sorted()
        var next = bounds[0]
        while next < bounds[1] {
            let page = try source.entries(
                log: log, branch: branch, from: next, limit: ViewLimits.batchMax, bytesMax: ViewLimits.pageBytesMax)
            guard let last = page.last?.entry.header.sequence, last >= next else {
                // They were here when this was noted, and were collected since: of what was shown, nothing says any more what.
                isMissingEntries = true
                return
            }
            for stored in page where stored.entry.header.sequence < bounds[1] {
                if stored.entry.header.authorization.capability == capability { try touch(stored) }
            }
            next = last &+ 1
        }
    }

    // MARK: - What is touched

    private mutating func touch(_ stored: StoredEntry) throws(StoreFailure) {
        let header = stored.entry.header
        guard let space = header.space.path, let author = header.identity else { return }
        switch header.kind {
        case .post:
            posts.insert(stored.entry.id)
            postsRead[stored.entry.id] = stored
        case .profile: people.insert(PersonInSpace(person: author, space: space))
        case .edit, .reaction, .erasure, .hiding, .unhiding: try touchTarget(of: stored)
        default: break
        }
        if posts.count >= ViewLimits.touchedMax || people.count >= ViewLimits.touchedMax { try resolve() }
    }

    private mutating func touchTarget(of stored: StoredEntry) throws(StoreFailure) {
        if let statement = try visibleStatement(stored), case .said(let operation) = statement.content, let target = operation.target {
            try views.setAbout(
                ViewStore.About(
                    id: statement.id, target: target, space: statement.space, kind: operation.kind, author: statement.author,
                    isOfficer: statement.isOfficer, timestamp: statement.timestamp, arrival: stored.arrival))
            try touch(target)
        } else if let target = try views.removeAbout(stored.entry.id) {
            try touch(target)
        }
    }

    /// A post that something is said about. What is said about an edit or a reaction touches the post that it is about.
    private mutating func touch(_ target: EntryID) throws(StoreFailure) {
        posts.insert(try views.target(of: target) ?? target)
    }

    private mutating func isVisible(_ stored: StoredEntry) throws(StoreFailure) -> Bool {
        guard stored.wellFormed, let capability = stored.entry.header.authorization.capability else { return false }
        if uses[stored.log] == nil { uses[stored.log] = try source.capabilityUses(of: stored.log) }
        let use = uses[stored.log]?.first { $0.branch == stored.branch && $0.capability == capability }
        return use?.keptSequence.map { stored.entry.header.sequence <= $0 } ?? false
    }

    /// What an entry says; nil where it is not visible or says nothing.
    private mutating func visibleStatement(_ stored: StoredEntry) throws(StoreFailure) -> Statement? {
        guard try isVisible(stored), let id = stored.entry.header.authorization.capability, let capability = try capability(id) else {
            return nil
        }
        return Statement(stored, citing: capability)
    }

    private mutating func capability(_ id: EntryID) throws(StoreFailure) -> Entry? {
        if let entry = capabilities[id] { return entry }
        guard let entry = try source.entry(id)?.entry else { return nil }
        if capabilities.count >= ViewLimits.capabilitiesMax { capabilities = [:] }
        capabilities[id] = entry
        return entry
    }

    // MARK: - Resolving

    /// Resolves what was touched, in the order of its ids.
    private mutating func resolve() throws(StoreFailure) {
        for id in posts.sorted() {
            var stored = postsRead[id]
            if stored == nil { stored = try source.entry(id) }
            if let post = try stored.flatMap({ (stored) throws(StoreFailure) in try resolved(stored) }) {
                try views.put(post)
            } else {
                try views.removePost(id)
            }
        }
        posts = []
        postsRead = [:]
        for item in people.sorted(by: { ($0.space, $0.person) < ($1.space, $1.person) }) {
            try views.setName(try name(of: item.person, in: item.space), of: item.person, in: item.space)
        }
        people = []
    }

    private mutating func resolved(_ stored: StoredEntry) throws(StoreFailure) -> ResolvedPost? {
        guard stored.entry.header.kind == .post, let post = try visibleStatement(stored) else { return nil }
        var arrivals: [Arrival] = []
        let (id, space, author) = (post.id, post.space, post.author)
        arrivals += try views.about(id, in: space, kind: .edit, author: author, limit: ResolutionLimits.editsMax)
        for kind in [Kind.reaction, .hiding, .unhiding] {
            arrivals += try views.about(id, in: space, kind: kind, author: nil, limit: ResolutionLimits.marksMax)
        }
        // One that counts is enough, and all that are looked up here count.
        arrivals += try views.about(id, in: space, kind: .erasure, author: author, limit: 1)
        arrivals += try views.about(id, in: space, kind: .erasure, author: nil, limit: 1)
        var about: [Statement] = []
        for arrival in arrivals {
            if let stored = try source.entry(arrival: arrival), let statement = try visibleStatement(stored) { about.append(statement) }
        }
        return ResolvedPost(post, about: about)
    }

    private mutating func name(of person: IdentityID, in space: SpacePath) throws(StoreFailure) -> String? {
        var claims: [ResolvedName.Claim] = []
        let profiles = try source.visible(kind: .profile, space: space, identity: person, before: nil, limit: ViewLimits.profilesMax)
        for stored in profiles {
            guard let statement = try visibleStatement(stored), case .said(.profile) = statement.content else { continue }
            claims.append(ResolvedName.Claim(statement: statement, log: stored.log, sequence: stored.entry.header.sequence))
        }
        return ResolvedName.resolve(claims)
    }
}

extension Statement {
    /// True unless the statement needs a right that its author does not have. An erasure by the post's own author needs
    /// none, which is not known here.
    fileprivate var isOfficer: Bool {
        switch content {
        case .said(.hiding), .said(.unhiding): mayHide
        case .said(.erasure): rights.contains(.disavow)
        default: true
        }
    }
}
