import EntenteCrypto
import EntenteModel
import Testing

@testable import EntenteReplica
@testable import conformance

/// Removals that reach what others need, in every order: what random worlds rarely draw. (A-79 to A-83)
///
/// Ann (level 1) and bea (level 2, by ann) administer; what bea gave falls when ann removes her.
@Suite struct WithheldStoryTests {
    typealias Symbol = AuthorityWorld.Symbol

    /// Writes the entries of a world, each behind the last one of its key.
    private struct Scribe {
        private(set) var entries: [Symbol] = []
        private var last: [String: Symbol] = [:]

        init() {
            add("G", "genesis", by: "ROOT") {
                $0.keys = ["R1", "R2", "R3"]; $0.m = 2
            }
            for person in ["ann", "bea"] { create(person) }
            grant("gAnn", to: "ann", by: "ROOT", citing: "ROOT", level: 1, rights: 15)
            grant("gBea", to: "bea", by: "ann", citing: "gAnn", level: 2, rights: 15)
        }

        mutating func add(
            _ id: String, _ kind: String, by key: String, of person: String? = nil, citing auth: String? = nil, in space: String = "reg",
            _ fill: (inout Symbol) -> Void = { _ in }
        ) {
            let log = key + " " + space
            var entry = Symbol(
                id: id, kind: kind, key: key, ident: key == "ROOT" ? nil : (person ?? key) + ".id", seq: last[log].map { $0.seq + 1 } ?? 0,
                prev: last[log]?.id, hlc: UInt64(entries.count + 1), auth: auth)
            if space != "reg" { entry.space = space }
            if key == "ROOT" { entry.signers = ["R1", "R2"] }
            fill(&entry)
            entries.append(entry)
            last[log] = entry
        }

        mutating func create(_ person: String) { add(person + ".id", "id.create", by: person) { $0.commit = "rec" + person } }

        mutating func grant(
            _ id: String, to person: String, by key: String, of owner: String? = nil, citing auth: String, level: Int, rights: UInt64
        ) {
            add(id, "grant", by: key, of: owner, citing: auth) {
                ($0.subject, $0.level, $0.rights) = (person + ".id", level, rights)
            }
        }

        mutating func addKey(_ key: String, of person: String) { add(key + "+", "key.add", by: person) { $0.newkey = key } }

        mutating func remove(_ person: String, as id: String, tips: [String]) {
            add(id, "remove", by: "ann", citing: "gAnn") { ($0.subject, $0.tips) = (person + ".id", tips) }
        }
    }

    /// In many orders of arrival a replica is what one is that is read anew, all offer the same in the end, and who takes what
    /// is offered, and nothing else, offers the same.
    private func expectAgreement(_ entries: [Symbol], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let made = AuthorityEntries(AuthorityWorld(name: "story", entries: entries))
        #expect(made.made.count == entries.count, sourceLocation: sourceLocation)
        var first: OfferHolder?
        for order in 0..<24 {
            var holder = OfferHolder(network: made.network)
            var random = SplitMix64(seed: UInt64(order))
            try holder.takeAll(order == 0 ? made.made : made.made.shuffled(using: &random)) { holder, name in
                let drift = try holder.drift()
                #expect(drift == nil, "order \(order), behind \(name): \(drift ?? "")", sourceLocation: sourceLocation)
                return drift == nil
            }
            var second = OfferHolder(network: made.network)
            try second.takeAll(offeredBy: holder)
            let missing = second.difference(from: holder)
            #expect(missing == nil, "order \(order), who takes what is offered: \(missing ?? "")", sourceLocation: sourceLocation)
            let difference = first.flatMap { holder.difference(from: $0) }
            #expect(difference == nil, "order \(order): \(difference ?? "")", sourceLocation: sourceLocation)
            first = first ?? holder
            if missing != nil || difference != nil { return }
        }
    }

    /// What is withheld of these, in the order of the story.
    private func withheld(_ entries: [Symbol], among names: [String]) throws -> [String] {
        let made = AuthorityEntries(AuthorityWorld(name: "story", entries: entries))
        var holder = OfferHolder(network: made.network)
        try holder.takeAll(made.made) { _, _ in true }
        return names.filter { name in made.ids[name].map(holder.replica.authority.isWithheld) ?? false }
    }

    private func offered(_ entries: [Symbol], among names: [String]) throws -> [String] {
        let made = AuthorityEntries(AuthorityWorld(name: "story", entries: entries))
        var holder = OfferHolder(network: made.network)
        try holder.takeAll(made.made) { _, _ in true }
        return names.filter { name in made.ids[name].flatMap { holder.store.entry($0) }.map(holder.replica.isOffered) ?? false }
    }

    @Test func `an entry that was withheld already brings along the capability that it cites, once that is withheld too (A-81)`() throws {
        var story = Scribe()
        story.create("xan")
        story.grant("c1", to: "xan", by: "bea", citing: "gBea", level: 6, rights: 14)
        story.grant("c2", to: "xan", by: "ann", citing: "gAnn", level: 8, rights: 8)
        story.add("e", "vouch", by: "xan", citing: "c1")
        // Keys are his own business: this one is not withheld, and stands behind one that is.
        story.addKey("xanPhone", of: "xan")
        story.remove("xan", as: "r1", tips: ["xan.id"])
        story.remove("bea", as: "r2", tips: ["bea.id"])
        #expect(try withheld(story.entries, among: ["c1", "c2", "e", "xanPhone+"]) == ["c1", "e"])
        try expectAgreement(story.entries)
    }

    @Test func `what is brought along brings its author's inception, without which nobody takes it (A-81, A-83)`() throws {
        var story = Scribe()
        for person in ["xan", "yan"] { story.create(person) }
        story.grant("gYan", to: "yan", by: "bea", citing: "gBea", level: 3, rights: 15)
        story.addKey("yanPhone", of: "yan")
        story.grant("c", to: "xan", by: "yanPhone", of: "yan", citing: "gYan", level: 6, rights: 14)
        story.grant("c2", to: "xan", by: "ann", citing: "gAnn", level: 8, rights: 8)
        story.add("e", "vouch", by: "xan", citing: "c")
        story.addKey("xanPhone", of: "xan")
        story.remove("bea", as: "r", tips: ["bea.id"])
        #expect(try withheld(story.entries, among: ["yan.id", "gYan", "c", "c2", "e", "xanPhone+"]) == ["yan.id", "gYan", "c", "e"])
        try expectAgreement(story.entries)
    }

    @Test func `a log is looked at again when its author's inception comes to be withheld (A-81)`() throws {
        var story = Scribe()
        story.create("xan")
        story.addKey("beaPhone", of: "bea")
        story.grant("c1", to: "xan", by: "beaPhone", of: "bea", citing: "gBea", level: 6, rights: 14)
        story.addKey("xanPhone", of: "xan")
        story.add("e", "vouch", by: "xanPhone", of: "xan", citing: "c1")
        story.remove("xan", as: "r1", tips: ["xanPhone+"])
        // What a tip of an issued act names is offered while its author is known.
        story.add("v", "vouch", by: "bea", citing: "gBea") { $0.tips = ["e"] }
        #expect(try offered(story.entries, among: ["e", "xanPhone+"]) == ["e", "xanPhone+"])
        story.remove("bea", as: "r2", tips: ["v"])
        #expect(try offered(story.entries, among: ["e", "xanPhone+"]) == [])
        #expect(try withheld(story.entries, among: ["xan.id", "c1", "e", "v"]) == ["xan.id", "c1", "e"])
        try expectAgreement(story.entries)
    }

    @Test func `what a tip in force names is brought along with what leads to it, also where the tip does not keep it (A-81)`() throws {
        var story = Scribe()
        story.create("xan")
        story.grant("c1", to: "xan", by: "bea", citing: "gBea", level: 6, rights: 14)
        for name in ["d", "e", "f"] { story.add(name, "vouch", by: "xan", citing: "c1") }
        // For cause: who is junior to ann does not answer it.
        story.add("r", "remove", by: "ann", citing: "gAnn") { ($0.subject, $0.tips, $0.vmax) = ("xan.id", ["xan.id"], 1) }
        #expect(try offered(story.entries, among: ["d", "e", "f"]) == [])
        try expectAgreement(story.entries)
        story.add("v", "vouch", by: "bea", citing: "gBea") { $0.tips = ["e"] }
        #expect(try withheld(story.entries, among: ["xan.id", "c1", "d", "e", "f", "v"]) == ["d", "e", "f"])
        #expect(try offered(story.entries, among: ["d", "e", "f"]) == ["d", "e"])
        try expectAgreement(story.entries)
    }

    @Test func `content of somebody whose inception is withheld is not offered, whatever it cites (A-79)`() throws {
        var story = Scribe()
        for person in ["xan", "sam"] { story.create(person) }
        story.grant("gSam", to: "sam", by: "ann", citing: "gAnn", level: 8, rights: 8)
        story.grant("c1", to: "xan", by: "bea", citing: "gBea", level: 8, rights: 8)
        story.add("p", "post", by: "xan", citing: "gSam", in: "x")
        story.remove("bea", as: "r", tips: ["bea.id"])
        #expect(try withheld(story.entries, among: ["xan.id", "gSam"]) == ["xan.id"])
        try expectAgreement(story.entries)
    }

    @Test func `an entry whose identity is no inception waits for ever (A-83)`() throws {
        var story = Scribe()
        story.create("xan")
        story.grant("c1", to: "xan", by: "bea", citing: "gBea", level: 8, rights: 8)
        story.add("e", "mystery", by: "stranger") { $0.ident = "c1" }
        story.remove("bea", as: "r", tips: ["bea.id"])
        let made = AuthorityEntries(AuthorityWorld(name: "story", entries: story.entries))
        var holder = OfferHolder(network: made.network)
        try holder.takeAll(made.made) { _, _ in true }
        let id = try #require(made.ids["e"])
        #expect(holder.store.entry(id) == nil)
        try expectAgreement(story.entries)
    }

    @Test(
        "what a removal's own tips name stays, whoever else has left it or removed him, and what they do not name goes (A-45, A-46)",
        arguments: [(false, false), (true, false), (false, true), (true, true)])
    func ownTips(leaves: Bool, forCause: Bool) throws {
        var story = Scribe()
        for person in ["xan", "tom"] { story.create(person) }
        story.grant("gTom", to: "tom", by: "ann", citing: "gAnn", level: 3, rights: 15)
        story.grant("g2", to: "xan", by: "ann", citing: "gAnn", level: 2, rights: 15)
        story.grant("g7", to: "xan", by: "ann", citing: "gAnn", level: 7, rights: 14)
        story.add("e", "vouch", by: "xan", citing: "g7")
        if leaves { story.add("l", "leave", by: "xan", citing: "g2") { $0.tips = ["e"] } }
        if forCause {
            story.add("c", "remove", by: "ann", citing: "gAnn") { ($0.subject, $0.tips, $0.vmax) = ("xan.id", ["e"], 1) }
        }
        story.add("late", "vouch", by: "xan", citing: "g7")
        #expect(try withheld(story.entries, among: ["e", "late"]) == (leaves || forCause ? ["late"] : []))
        story.add("r", "remove", by: "tom", citing: "gTom") { ($0.subject, $0.tips) = ("xan.id", ["e"]) }
        #expect(try withheld(story.entries, among: ["e", "late"]) == ["late"])
        try expectAgreement(story.entries)
    }

    @Test func `a vouch that is too junior to seal an admission leaves it provisional`() throws {
        var story = Scribe()
        for person in ["tom", "joe"] { story.create(person) }
        story.grant("gTom", to: "tom", by: "ann", citing: "gAnn", level: 6, rights: 14)
        story.add("i", "invite", by: "ann", citing: "gAnn") { ($0.level, $0.rights, $0.maxuses) = (4, 12, 1) }
        story.add("a", "admit", by: "joe", citing: "i") { ($0.subject, $0.level, $0.rights) = ("joe.id", 5, 12) }
        story.add("v", "vouch", by: "tom", citing: "gTom") { $0.admits = ["a"] }
        func state(_ entries: [Symbol]) throws -> (isSealed: Bool, isListed: Bool) {
            let made = AuthorityEntries(AuthorityWorld(name: "story", entries: entries))
            var holder = OfferHolder(network: made.network)
            try holder.takeAll(made.made) { _, _ in true }
            let id = try #require(made.ids["a"])
            let authority = holder.replica.authority
            let vouch = try #require(made.ids["v"])
            #expect(authority.isIssued(id) && authority.isIssued(vouch))
            return (authority.isSealed(id), authority.unsealedAdmissions.contains(id))
        }
        #expect(try state(story.entries) == (false, true))
        story.add("v2", "vouch", by: "bea", citing: "gBea") { $0.admits = ["a"] }
        #expect(try state(story.entries) == (true, false))
        try expectAgreement(story.entries)
    }

    @Test func `who signs where follows every key that is added, also one that stands already`() throws {
        var registrar = Registrar()
        var desk = try Desk(registrar.network)
        var (inception, xan) = registrar.meet("xan")
        let grant = registrar.grant(try #require(xan.identity), level: 8, .post, after: registrar.genesis)
        try desk.take(registrar.genesis, inception, grant)
        let (near, far) = (DeviceKey(Registrar.key("near").publicKey), DeviceKey(Registrar.key("far").publicKey))
        let phone = DeviceKey(Registrar.key("phone").publicKey)
        for host in [max(near, far), min(near, far)] {
            let added = registrar.write(.keyAdd, citing: .none, with: &xan) { ($0.key, $0.host) = (phone, host) }
            try desk.take(added)
            #expect(desk.replica.directory == MemberDirectory(desk.replica.authority))
            #expect(desk.replica.directory.identities(hostedBy: host) == [try #require(xan.identity)])
        }
        // A recovery brings a new first key, which signs nowhere until its owner says where.
        var recovery = Registrar.Pen(key: Registrar.key("xan.recovery"), identity: xan.identity)
        let fresh = DeviceKey(Registrar.key("fresh").publicKey)
        let recovered = registrar.write(.keyRecover, citing: .none, with: &recovery) {
            $0.key = fresh
            $0.recoveryCommitment = RecoveryCommitment.of(DeviceKey(Registrar.key("next").publicKey))
        }
        try desk.take(recovered)
        var renewed = Registrar.Pen(key: Registrar.key("fresh"), identity: xan.identity)
        let there = registrar.write(.keyAdd, citing: .none, with: &renewed) { ($0.key, $0.host) = (fresh, far) }
        try desk.take(there)
        #expect(desk.replica.authority.isKeyInForce(recovered.id) && desk.replica.authority.isKeyInForce(there.id))
        #expect(desk.replica.directory == MemberDirectory(desk.replica.authority))
        #expect(desk.replica.directory.identities(hostedBy: far) == [try #require(xan.identity)])
    }
}
