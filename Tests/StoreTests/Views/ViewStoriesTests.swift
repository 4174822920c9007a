import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import EntenteStore
import Testing

/// The views of whole sites, after stories in which the registry decides what is visible, and not the test.
@Suite struct ViewStoriesTests {
    @Test("V-20, V-21: after a removal, adoptions, erasures and a fork the views of all sites are equal, and as if made from scratch")
    func sites() throws {
        var story = try Story(seed: 1)
        let (paris, brest, studio) = (story.paris, story.brest, story.studio)
        let first = try story.post("bonjour", at: paris)
        let bobs = try story.post("brouillon", at: brest)
        let doomed = try story.post("à oublier", at: brest)
        let carols = try story.post("gros mot", at: story.lyon)
        try story.post("plan", in: "chantier", at: studio)
        story.settle()
        try story.ask(.edit(id: bobs, text: "propre", by: nil), of: brest)
        try story.ask(.react(id: bobs, emoji: "👍", undo: false, by: nil), of: story.lyon)
        try story.ask(.hide(id: carols, by: nil), of: paris)
        story.settle()
        try story.compare()
        #expect(try story.texts(of: studio, in: "chantier") == ["plan"] && story.post(carols, of: brest)?.isHidden == true)

        // bob is removed while Brest is alone and writes on.
        story.world.isolate(brest)
        try story.ask(.revoke(target: "bob", reason: nil, forCause: false, preview: false, by: nil), of: paris)
        try story.ask(.edit(id: bobs, text: "après", by: "bob"), of: brest)
        let late = try story.post("trop tard", at: brest, by: "bob")
        let erasure = try story.erase(doomed, at: brest, by: "bob")
        story.world.reuniteAll()
        story.settle()
        try story.compare()
        for site in [paris, brest] {
            #expect(try story.post(bobs, of: site)?.text == "propre" && story.post(late, of: site) == nil)
            // What Brest had destroyed came back from the others.
            #expect(try story.post(doomed, of: site)?.text == "à oublier")
        }

        // erin, who is an administrator now, vouches for what he wrote, and then for what he destroyed.
        try story.ask(.grant(GrantRequest(member: "erin", role: .administrator)), of: paris)
        story.settle()
        try story.ask(.adopt(id: late, by: "erin"), of: brest)
        story.settle()
        try story.compare()
        #expect(try story.post(bobs, of: paris)?.text == "après" && story.post(late, of: story.lyon)?.text == "trop tard")
        try story.ask(.adopt(id: erasure, by: "erin"), of: brest)
        story.settle()
        try story.compare()
        #expect(try story.post(doomed, of: story.lyon)?.isErased == true && story.post(first, of: brest)?.text == "bonjour")

        try story.forkLyon(editing: carols)
        try story.compare()
        #expect(story.branchCount(at: paris) == 2 && story.branchCount(at: brest) == 2)
        let versions = try #require(try story.post(carols, of: paris)).versions
        #expect(versions.count == 3 && versions.contains { $0.standing == .concurrent })

        try story.ask(.revoke(target: "carol", reason: nil, forCause: false, preview: false, by: nil), of: paris)
        _ = try story.erase(first, at: paris, by: nil)
        story.settle()
        try story.compare()
        #expect(try story.post(first, of: brest)?.isErased == true)
    }
}

/// A simulated network of four sites, one of them a partner's, each with views that follow it.
private struct Story {
    let world: World
    let paris: Int
    private(set) var brest = 0
    private(set) var lyon = 0
    /// A partner's site, which has the space "chantier" alone.
    private(set) var studio = 0
    /// The machines that have Lyon's key and database.
    private var machines: [Int] = []
    private var followers: [ViewIndexer<MemoryStore>] = []

    private static let end = Timestamp(milliseconds: 1_893_456_000_000)

    struct Unanswered: Error {
        let answer: String
    }

    init(seed: UInt64) throws {
        world = World(seed: seed)
        paris = world.found("Paris", member: "alice")
        try ask(.createSpace(name: "chantier", by: nil), of: paris)
        brest = try join("Brest", "bob", by: invite("Brest", .site))
        lyon = try join("Lyon", "carol", by: invite("Lyon", .site))
        studio = try join("Studio", "dave", by: invite("Studio", .partner, into: ["chantier"]))
        // erin signs at Brest too.
        let invitation = try invite("Brest", .member)
        world.addMember("erin", to: brest)
        let request = JoinRequest(
            invitation: invitation, siteName: "Brest", memberName: "erin", siteRecovery: world.recovery(),
            memberRecovery: world.recovery(), milliseconds: 60_000)
        try ask(.join(request), of: brest)
        settle()
    }

    private func invite(_ name: String, _ role: Role, into spaces: [String] = []) throws -> String {
        let request = InviteRequest(siteName: name, role: role, spaces: spaces, until: Self.end, useBy: nil, uses: 1, by: nil)
        guard case .invited(let item) = try ask(.invite(request), of: paris) else { throw Unanswered(answer: "no invitation") }
        return item.invitation
    }

    private func join(_ name: String, _ member: String, by invitation: String) throws -> Int {
        let (site, command) = try world.join(name, member: member, invitation: invitation)
        world.setSkew(0, of: site)
        world.run(for: 121_000) { world.answer(to: command, of: site) != nil }
        guard case .joined = world.answer(to: command, of: site) else { throw Unanswered(answer: "\(member) did not join") }
        return site
    }

    @discardableResult
    func ask(_ command: Command, of site: Int) throws -> Answer {
        switch world.ask(command, of: site, within: 120_000) {
        case .refused(let refusal): throw refusal
        case let answer?: return answer
        case nil: throw Unanswered(answer: "nothing to \(command)")
        }
    }

    @discardableResult
    func post(_ text: String, in space: String = Node.homeSpaceName, at site: Int, by member: String? = nil) throws -> String {
        guard case .posted(let id) = try ask(.post(space: space, text: text, replyTo: nil, by: member), of: site) else {
            throw Unanswered(answer: "no id of a post")
        }
        return id
    }

    func erase(_ id: String, at site: Int, by member: String?) throws -> String {
        guard case .erased(let item) = try ask(.erase(id: id, preview: false, by: member), of: site) else {
            throw Unanswered(answer: "no erasure")
        }
        return item.id
    }

    /// Long enough for everything to have gone over every line. Of several machines with one key, Paris meets one at a time.
    func settle() {
        guard !machines.isEmpty else { return world.run(for: 120_000) }
        for site in machines + machines {
            world.reunite(paris, site)
            world.run(for: 120_000)
            world.part(paris, site)
        }
    }

    /// Two machines go on with Lyon's database, each alone, before Paris meets them.
    mutating func forkLyon(editing id: String) throws {
        let copy = world.clone(lyon, as: "Copy")
        machines = [lyon, copy]
        world.isolate(lyon)
        world.isolate(copy)
        for (site, text) in [(lyon, "Lyon"), (copy, "Copy")] {
            try post("\(text) 1", at: site)
            try ask(.edit(id: id, text: text, by: nil), of: site)
            try post("\(text) 2", at: site)
        }
        settle()
    }

    // MARK: - What is read

    /// Every site's views follow it, are those made from scratch, and have the digests that Paris has.
    mutating func compare(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var expected: [SpacePath: Bytes32] = [:]
        for site in 0..<world.siteCount {
            if site == followers.count { followers.append(ViewIndexer(source: world.store(of: site), views: try ViewStore())) }
            followers[site].source = world.store(of: site)
            try followers[site].catchUp()
            let spaces = try followers[site].views.spaces()
            let everything = try followers[site].views.everything(in: spaces)
            var anew = ViewIndexer(source: world.store(of: site), views: try ViewStore())
            try anew.catchUp()
            #expect(try anew.views.everything(in: spaces) == everything, "site \(site)", sourceLocation: sourceLocation)
            for (space, digest) in zip(spaces, everything.digests) {
                if site == paris { expected[space] = digest }
                #expect(expected[space] == digest, "site \(site) in \(space)", sourceLocation: sourceLocation)
            }
            #expect(spaces.count == (site == studio ? 1 : 2), "site \(site)", sourceLocation: sourceLocation)
        }
    }

    /// As the views said it when they were last compared.
    func post(_ id: String, of site: Int) throws -> ResolvedPost? {
        let views = followers[site].views
        return try views.post(try #require(EntryID(hex: id)), in: try views.spaces())
    }

    func texts(of site: Int, in space: String) throws -> [String] {
        guard case .timeline(let items) = try ask(.timeline(space: space, limit: 100), of: site) else {
            throw Unanswered(answer: "no timeline")
        }
        return items.map(\.text)
    }

    func branchCount(at site: Int) -> Int {
        let store = world.store(of: site)
        return store.logs(after: LogID(0), limit: .max).map { store.branches(of: $0.id).count }.max() ?? 0
    }
}
