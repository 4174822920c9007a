import EntenteModel
import EntenteNode
import EntenteReplica

/// A story that one seed tells: a network is founded, sites and a partner join, people post while lines are cut and
/// commits fail, one is revoked, and in the end all who may share something hold the same.
package struct Scenario {
    package let world: World
    private var random: SeededRandom
    private var partner: Int?
    private var until: Timestamp { Timestamp(milliseconds: 1_798_761_600_000) }

    package init(seed: UInt64) {
        world = World(seed: seed)
        random = SeededRandom(seed: seed ^ 0x5DEE_CE66)
    }

    /// Plays with so many sites, from 2 on; the last one of three or more is a partner.
    package mutating func play(siteCount: Int, posts: Int) {
        _ = world.found("head", member: "alice")
        guard case .spaceCreated = world.ask(.createSpace(name: "chantier", by: nil), of: 0) else {
            return world.note("the space was not created")
        }
        for number in 1..<max(2, siteCount) { letIn(number, isPartner: siteCount > 2 && number == siteCount - 1) }
        guard world.violations.isEmpty else { return }
        world.faults.cutOneIn = 60
        world.faults.dialFailsOneIn = 4
        world.faults.commitFailsOneIn = 90
        world.faults.restartOneIn = 250
        for number in 0..<posts { post(number) }
        world.run(for: 20_000)
        world.faults = .init()
        settle("after the faults")
        if let partner { revoke(partner) }
        settle("after the revocation")
        world.check()
    }

    private mutating func letIn(_ number: Int, isPartner: Bool) {
        let request = InviteRequest(
            siteName: "site-\(number)", role: isPartner ? .partner : .site, spaces: isPartner ? ["chantier"] : [], until: until, useBy: nil,
            uses: 1, by: nil)
        guard case .invited(let invited) = world.ask(.invite(request), of: 0) else { return world.note("no invitation for \(number)") }
        do {
            let (site, command) = try world.join("site-\(number)", member: "member-\(number)", invitation: invited.invitation)
            world.run(for: 120_000) { world.answer(to: command, of: site) != nil }
            guard case .joined = world.answer(to: command, of: site) else {
                return world.note("site \(number) did not join: \(String(describing: world.answer(to: command, of: site)))")
            }
            if isPartner { partner = site }
        } catch {
            world.note("site \(number) could not read its invitation: \(error)")
        }
    }

    private mutating func post(_ number: Int) {
        let site = random.below(world.siteCount)
        let space = site == partner || random.oneIn(2) ? "chantier" : Node.homeSpaceName
        _ = world.command(.post(space: space, text: "n° \(number): où en est-on ? 👷", replyTo: nil, by: nil), to: site)
        world.run(for: UInt64(random.below(400)))
    }

    private mutating func revoke(_ partner: Int) {
        let answer = world.ask(
            .revoke(target: "site-\(partner)", reason: nil, forCause: false, preview: false, by: nil), of: 0)
        guard case .revoked(let item) = answer, !item.id.isEmpty else {
            return world.note("the partner could not be revoked: \(String(describing: answer))")
        }
        world.run(for: 2000)
        _ = world.ask(.post(space: "chantier", text: "encore là ?", replyTo: nil, by: nil), of: partner)
        world.run(for: 5000)
        for site in 0..<world.siteCount where site != partner {
            guard case .timeline(let items) = world.ask(.timeline(space: "chantier", limit: 1000), of: site) else { continue }
            if items.contains(where: { $0.text == "encore là ?" }) { world.note("site \(site) took a post of a removed partner") }
        }
    }

    /// Liveness: without faults, within two minutes, everybody who may share something holds the same of it.
    private mutating func settle(_ moment: String) {
        world.run(for: 120_000)
        let removed = moment == "after the revocation" ? partner : nil
        let members = (0..<world.siteCount).filter { $0 != removed }
        let reference = world.sums(of: 0)
        for site in members.dropFirst() {
            for (space, sum) in world.sums(of: site).sorted(by: { $0.key < $1.key }) where reference[space] != sum {
                world.note("\(moment): site \(site) differs from site 0 in \(space)")
            }
            if site != partner, world.sums(of: site).count != reference.count {
                world.note("\(moment): site \(site) lacks a space")
            }
        }
        if let partner, world.sums(of: partner).count > 2 { world.note("the partner holds more than it may") }
    }
}
