import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

/// Of which spaces somebody may hear, by what names.
struct ViewsScope: Sendable {
    /// All that the node may hold, ascending.
    let all: [SpacePath]
    /// Those that are asked about.
    let asked: [SpacePath]
    private let names: [SpacePath: String]

    /// - Parameter one: the only space that is asked about; nil: all.
    init(all items: [SpaceItem], one: SpaceItem?) {
        var names: [SpacePath: String] = [:]
        for item in items {
            if let path = SpacePath(hex: item.id) { names[path] = item.name }
        }
        self.names = names
        all = names.keys.sorted()
        asked = one.map { SpacePath(hex: $0.id).map { [$0] } ?? [] } ?? all
    }

    private init(_ spaces: [SpacePath], names: [SpacePath: String]) {
        all = spaces
        asked = spaces
        self.names = names
    }

    /// The same question, of somebody who hears of the asked spaces alone.
    var confined: ViewsScope { ViewsScope(asked, names: names) }

    func name(of space: SpacePath) -> String { names[space] ?? String(space.description.suffix(32).prefix(8)) }
}

/// One question to the views, put in the words of commands and answers.
struct ViewsQuestion {
    let views: ViewStore
    let scope: ViewsScope

    func answer(_ command: Command) throws(StoreFailure) -> Answer {
        switch command {
        case .timeline(_, let limit, let before, let hidden): try timeline(limit, before: before, hidden: hidden ?? false)
        case .thread(let post, let history, let limit, let hidden):
            try thread(post, history: history, limit: limit, hidden: hidden ?? false)
        case .search(let request): try search(request)
        case .people: .people(try people())
        default: .refused(Refusal(.usage, what: "this is not a question to the views", why: "It is for the node.", next: "entente --help"))
        }
    }

    private static func badLimit(_ limit: Int, max: Int) -> Answer {
        .refused(
            Refusal(.usage, what: "the limit has to be from 1 to \(max)", why: "it was \(limit)", next: "entente timeline --limit 50"))
    }

    // MARK: - Posts

    private func timeline(_ limit: Int, before text: String?, hidden: Bool) throws(StoreFailure) -> Answer {
        guard (1...NodeLimits.timelineMax).contains(limit) else { return Self.badLimit(limit, max: NodeLimits.timelineMax) }
        var before: TimelinePlace?
        if let text {
            switch try post(called: text) {
            case .success(let post): before = post.place
            case .failure(let refusal): return .refused(refusal)
            }
        }
        let posts = try views.timeline(in: scope.asked, author: nil, before: before, limit: limit)
        return .timeline(try items(posts.reversed(), hidden: hidden))
    }

    private func thread(_ text: String, history: Bool, limit: Int, hidden: Bool) throws(StoreFailure) -> Answer {
        guard (1...RuntimeLimits.threadMax).contains(limit) else { return Self.badLimit(limit, max: RuntimeLimits.threadMax) }
        let post: ResolvedPost
        switch try self.post(called: text) {
        case .success(let found): post = found
        case .failure(let refusal): return .refused(refusal)
        }
        let conversation = try views.thread(of: post.id, in: scope.asked, limit: limit)
        var items = try items(conversation.posts, history: history, hidden: hidden)
        for (index, post) in conversation.posts.enumerated() { items[index].more = conversation.cut.contains(post.id) }
        return .thread(items)
    }

    /// The post of that id, or of one that begins so, in any space that may be read.
    private func post(called text: String) throws(StoreFailure) -> Result<ResolvedPost, Refusal> {
        let digits = text.lowercased()
        guard (8...64).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return .failure(
                Refusal(
                    .usage, what: "“\(text)” is no id", why: "An id has 64 hexadecimal digits; the first 8 are enough.",
                    next: "entente timeline"))
        }
        let found = try views.posts(startingWith: digits, in: scope.all, limit: 2)
        guard let post = found.first else {
            return .failure(
                Refusal(
                    .notFound, what: "there is no post “\(text)” here", why: "No post that may be shown has this id.",
                    next: "entente timeline"))
        }
        guard found.count == 1 else {
            return .failure(
                Refusal(
                    .refused, what: "several posts begin with “\(text)”",
                    why: "Their ids are \(found.map(\.id.description).joined(separator: ", ")).",
                    next: "Type more digits."))
        }
        return .success(post)
    }

    private func search(_ request: SearchRequest) throws(StoreFailure) -> Answer {
        guard (1...NodeLimits.timelineMax).contains(request.limit) else { return Self.badLimit(request.limit, max: NodeLimits.timelineMax) }
        guard let words = SearchWords(request.words) else {
            return .refused(
                Refusal(
                    .usage, what: "there is nothing to search for",
                    why:
                        "A search has 1 to \(SearchWords.countMax) words with letters or digits, in at most \(SearchWords.bytesMax) bytes.",
                    next: "entente search WORDS"))
        }
        if let since = request.since, let until = request.until, since > until {
            return .refused(
                Refusal(
                    .usage, what: "nothing can be found between these days",
                    why: "the first, \(since.iso8601), is after the last, \(until.iso8601)",
                    next: "entente search WORDS --since 2026-01-01 --until 2026-12-31"))
        }
        var author: IdentityID?
        if let text = request.author {
            let matches = try people(called: text)
            guard matches.count == 1, let match = matches.first else {
                return .refused(
                    Refusal(
                        matches.isEmpty ? .notFound : .refused,
                        what: matches.isEmpty ? "nobody is called “\(text)” here" : "several people are called “\(text)”",
                        why: matches.isEmpty
                            ? "No name in these spaces is that, and no id begins so."
                            : "Their ids are \(matches.map(\.description).joined(separator: ", ")).",
                        next: "entente people"))
            }
            author = match
        }
        let found = try views.search(
            words, in: scope.asked, author: author, since: request.since, until: request.until, hidden: request.hidden ?? false,
            limit: request.limit)
        return .found(try items(found.reversed(), hidden: request.hidden ?? false))
    }

    /// - Parameters:
    ///   - history: with all texts that the posts had.
    ///   - hidden: with the texts of hidden posts.
    private func items(
        _ posts: some Sequence<ResolvedPost>, history: Bool = false, hidden: Bool
    ) throws(StoreFailure) -> [TimelineItem] {
        var names = NamesRead(question: self)
        var out: [TimelineItem] = []
        for post in posts { out.append(try item(post, history: history, hidden: hidden, &names)) }
        return out
    }

    private func item(
        _ post: ResolvedPost, history: Bool, hidden: Bool, _ names: inout NamesRead
    ) throws(StoreFailure) -> TimelineItem {
        let isSilent = post.isHidden && !hidden
        var reactions: [ReactionItem] = []
        for reaction in post.reactions {
            var members: [AuthorItem] = []
            for member in reaction.members { members.append(try names.author(member, in: post.space)) }
            reactions.append(ReactionItem(emoji: reaction.emoji, by: members))
        }
        var versions: [VersionItem] = []
        if post.isEdited, !isSilent {
            for version in post.versions {
                versions.append(
                    VersionItem(
                        id: version.id.description, author: try names.author(version.author, in: post.space),
                        time: version.shownTime.iso8601, text: version.text, standing: version.standing.word))
            }
        }
        var hiddenBy: [AuthorItem] = []
        for identity in Set(post.hidings.map(\.author)).sorted() { hiddenBy.append(try names.author(identity, in: post.space)) }
        return TimelineItem(
            id: post.id.description, space: scope.name(of: post.space), author: try names.author(post.author, in: post.space),
            time: post.shownTime.iso8601, text: isSilent ? "" : post.text, replyTo: post.replyTo?.description, edited: post.isEdited,
            erased: post.isErased, reactions: reactions, hidden: post.isHidden, hiddenBy: hiddenBy,
            concurrent: versions.filter { $0.standing == ResolvedPost.Version.Standing.concurrent.word },
            history: history ? versions : nil)
    }

    // MARK: - People

    /// The names of one answer, each read once.
    struct NamesRead {
        private struct Key: Hashable {
            let person: IdentityID
            let space: SpacePath
        }

        let question: ViewsQuestion
        private var known: [Key: String] = [:]

        init(question: ViewsQuestion) { self.question = question }

        mutating func author(_ person: IdentityID, in space: SpacePath) throws(StoreFailure) -> AuthorItem {
            let key = Key(person: person, space: space)
            if let name = known[key] { return AuthorItem(id: person.description, name: name) }
            let name = try question.views.name(of: person, in: space, or: question.scope.all) ?? person.short
            known[key] = name
            return AuthorItem(id: person.description, name: name)
        }
    }

    private func people(called text: String) throws(StoreFailure) -> [IdentityID] {
        let named = try views.people(named: text, in: scope.asked)
        if !named.isEmpty || text.utf8.count < 8 { return named }
        let digits = text.lowercased()
        return Set(try views.people(in: scope.asked).map(\.person)).filter { $0.description.hasPrefix(digits) }.sorted()
    }

    private func people() throws(StoreFailure) -> [PersonItem] {
        var out: [PersonItem] = []
        for named in try views.people(in: scope.asked) {
            let name = PersonItem.Name(space: scope.name(of: named.space), name: named.name)
            if out.last?.id == named.person.description {
                out[out.count - 1].spaces.append(name)
            } else {
                out.append(PersonItem(id: named.person.description, name: named.name, spaces: [name]))
            }
        }
        return out.sorted { a, b in
            let (first, second) = (Array(a.name.utf8), Array(b.name.utf8))
            return first == second ? a.id < b.id : first.lexicographicallyPrecedes(second)
        }
    }
}

extension ResolvedPost.Version.Standing {
    fileprivate var word: String {
        switch self {
        case .current: "current"
        case .concurrent: "concurrent"
        case .superseded: "superseded"
        }
    }
}
