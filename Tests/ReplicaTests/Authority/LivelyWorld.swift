@testable import conformance

/// What goes on in a network in which most people do what they may.
///
/// The acts of `AuthorityWorldGenerator` are mostly attempts, of which many come to nothing. To a world of those this adds
/// acts of people who know their rights: who give with an end, let people in, write some posts in a row, and remove others in
/// the middle of what these wrote.
struct LivelyWorld {
    typealias Symbol = AuthorityWorld.Symbol

    private var writer: WorldWriter
    private var random: SplitMix64
    private var serial = 0
    /// Capabilities that were given and, as far as this knows, are good.
    private var given: [Symbol]

    static func world(seed: UInt64, style: AuthorityWorldGenerator.Style, acts: Int = 10, rounds: Int = 28) -> AuthorityWorld {
        let base = AuthorityWorldGenerator.world(seed: seed, style: style, acts: acts)
        var lively = LivelyWorld(base, SplitMix64(seed: seed &+ 7_000_000))
        for _ in 0..<rounds { lively.round() }
        var world = lively.writer.world
        world.name = "lively-" + base.name
        return world
    }

    private init(_ base: AuthorityWorld, _ random: SplitMix64) {
        writer = WorldWriter(base)
        self.random = random
        given = base.entries.filter { $0.kind == "grant" && $0.subject != nil && $0.sig != false && $0.rights ?? 0 > 0 }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func name(_ prefix: String) -> String {
        serial += 1
        return "\(prefix)~\(serial)"
    }

    /// Whoever has the right: every other time somebody who came lately, so that chains grow.
    private mutating func holder(of right: UInt64) -> Symbol? {
        let able = given.filter { ($0.rights ?? 0) & right != 0 }
        return (chance(50) ? Array(able.suffix(5)) : able).randomElement(using: &random)
    }

    private static func person(_ capability: Symbol) -> String { String((capability.subject ?? "nobody.id").dropLast(3)) }

    private mutating func round() {
        switch number(0...9) {
        case 0, 1: grant()
        case 2, 3: letIn()
        case 4, 5, 6: converse()
        case 7, 8: remove()
        default: leave()
        }
    }

    private mutating func meet() -> String {
        let person = name("h")
        writer.write(person + ".id", "id.create", by: person, under: nil) { $0.commit = person + ".rec" }
        return person
    }

    private mutating func end(within end: UInt64?) -> UInt64? {
        chance(75) ? min(end ?? Symbol.never, writer.clock + UInt64(number(40...200))) : end
    }

    private mutating func grant() {
        guard let power = holder(of: 1), let level = power.level, level < 13 else { return }
        let person = meet()
        let id = name("g")
        let rights = (power.rights ?? 0) & ([15, 15, 14, 12, 8][number(0...4)] as UInt64)
        let last = end(within: power.expiry)
        let scope = power.scope ?? (chance(40) ? "x" : nil)
        writer.write(id, "grant", by: Self.person(power), under: power.id) {
            ($0.subject, $0.level, $0.rights, $0.scope, $0.expiry) = (person + ".id", level + 1, rights, scope, last)
        }
        keep(id)
    }

    private mutating func keep(_ id: String) {
        if let entry = writer.world.entries.last(where: { $0.id == id }) { given.append(entry) }
    }

    private mutating func letIn() {
        guard let power = holder(of: 5), let level = power.level, level < 12 else { return }
        let invite = name("i")
        let rights = (power.rights ?? 0) & 12
        let most: UInt64? = chance(50) ? writer.clock + UInt64(number(40...200)) : nil
        let uses = UInt64(number(0...3))
        let last = end(within: power.expiry)
        writer.write(invite, "invite", by: Self.person(power), under: power.id) {
            ($0.level, $0.rights, $0.scope, $0.expiry, $0.mexpiry) = (level + 1, rights, power.scope, last, most)
            $0.maxuses = uses
        }
        var admissions: [String] = []
        for _ in 0..<number(1...Int(uses) + 1) {
            let person = meet()
            let id = name("in")
            writer.write(id, "admit", by: person, under: invite) {
                ($0.subject, $0.level, $0.rights, $0.scope) = (person + ".id", level + 2, rights, power.scope)
                $0.expiry = [most, power.expiry].compactMap(\.self).min()
            }
            admissions.append(id)
            keep(id)
        }
        if chance(40) {
            guard let senior = holder(of: 3), senior.level ?? 9 <= level else { return }
            writer.write(name("v"), "vouch", by: Self.person(senior), under: senior.id) {
                ($0.scope, $0.admits) = (senior.scope, admissions)
            }
        }
    }

    /// Some posts in a row, from a new device now and then, or on a fork; a signature may be broken where another one follows.
    private mutating func converse() {
        guard let power = holder(of: 8), let subject = power.subject else { return }
        var key = Self.person(power)
        if chance(30) {
            let device = name(key + "-d")
            writer.write(name("k"), "key.add", by: key, under: nil) { ($0.scope, $0.newkey) = (nil, device) }
            key = device
        }
        let space = power.scope ?? "x"
        let posts = converse(number(2...4), with: key, of: subject, under: power.id, in: space, after: nil)
        // A fork of it, sometimes.
        if chance(40), let earlier = posts.randomElement(using: &random) {
            _ = converse(number(1...3), with: key, of: subject, under: power.id, in: space, after: earlier)
        }
    }

    private mutating func converse(
        _ count: Int, with key: String, of subject: String, under capability: String, in space: String, after earlier: Symbol?
    ) -> [Symbol] {
        for place in 1...count {
            let isBroken = place < count && chance(20)
            writer.post(name("p"), with: key, of: subject, under: capability, in: space) {
                $0.sig = isBroken ? false : nil
                if place == 1, let earlier { ($0.prev, $0.seq) = (earlier.id, earlier.seq + 1) }
            }
        }
        return writer.world.entries.suffix(count)
    }

    private mutating func remove() {
        guard let power = given.filter({ ($0.rights ?? 0) & 7 != 0 }).randomElement(using: &random) else { return }
        let juniors = given.filter { $0.level ?? 0 > power.level ?? 0 }
        let authors = juniors.filter { junior in writer.world.entries.contains { $0.isContent && $0.auth == junior.id } }
        guard let target = (chance(70) && !authors.isEmpty ? authors : juniors).randomElement(using: &random) else { return }
        // Tips in the middle of what the target wrote, mostly.
        let written = writer.world.entries.filter { $0.auth == target.id && $0.sig != false }
        let posts = written.filter(\.isContent)
        let tips = (chance(70) && !posts.isEmpty ? posts : written).map(\.id).shuffled(using: &random).prefix(number(0...2))
        let isFromAbove = chance(30)
        let vouchLevelMax = chance(30) ? number(0...8) : nil
        writer.write(name("r"), "remove", by: Self.person(power), under: power.id) {
            ($0.scope, $0.tips, $0.vmax) = (power.scope, Array(tips), vouchLevelMax)
            if isFromAbove { $0.subtree = target.id } else { $0.subject = target.subject }
        }
        if chance(75) { given.removeAll { $0.id == target.id } }
    }

    private mutating func leave() {
        guard let power = given.suffix(8).randomElement(using: &random) else { return }
        let written = writer.world.entries.filter { $0.auth == power.id && $0.isContent && $0.sig != false }.map(\.id)
        let tips = chance(70) ? Array(written.suffix(1)) : []
        writer.write(name("l"), "leave", by: Self.person(power), under: power.id) { $0.tips = tips }
        given.removeAll { $0.id == power.id }
    }
}
