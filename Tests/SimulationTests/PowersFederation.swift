import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What stories about memberships and keys say to a network.
extension Federation {
    static let day: UInt64 = 86_400_000

    func grant(
        _ member: String, _ role: StandingRole, level: UInt8? = nil, spaces: [String] = [], until: Timestamp? = nil,
        at site: String = "Paris",
        by: String? = nil
    ) throws -> GrantedItem {
        let request = GrantRequest(member: member, role: role, level: level, spaces: spaces, until: until, by: by)
        guard case .granted(let item) = try ask(.grant(request), of: site) else { throw Unanswered(answer: "no grant") }
        return item
    }

    func readmit(
        _ member: String, role: StandingRole? = nil, preview: Bool = false, at site: String = "Paris", by: String? = nil
    ) throws -> GrantedItem {
        let request = ReadmitRequest(member: member, role: role, preview: preview, by: by)
        guard case .granted(let item) = try ask(.readmit(request), of: site) else { throw Unanswered(answer: "no readmission") }
        return item
    }

    func leave(asSite: Bool = false, preview: Bool = false, at site: String, by: String? = nil) throws -> LeavingItem {
        guard case .left(let item) = try ask(.leave(asSite: asSite, preview: preview, by: by), of: site) else {
            throw Unanswered(answer: "no leave")
        }
        return item
    }

    func held(_ member: String? = nil, at site: String) throws -> [HeldItem] {
        guard case .held(let items) = try ask(.held(member: member, limit: 1000), of: site) else { throw Unanswered(answer: "no shelf") }
        return items
    }

    func adopt(_ id: String, at site: String, by: String? = nil) throws -> AdoptedItem {
        guard case .adopted(let item) = try ask(.adopt(id: id, by: by), of: site) else { throw Unanswered(answer: "no adoption") }
        return item
    }

    func invitations(at site: String = "Paris") throws -> [InvitationItem] {
        guard case .invitations(let items) = try ask(.invitations, of: site) else { throw Unanswered(answer: "no invitations") }
        return items
    }

    func detail(_ member: String, at site: String = "Paris") throws -> MemberDetailItem {
        guard case .member(let item) = try ask(.member(member), of: site) else { throw Unanswered(answer: "no member") }
        return item
    }

    func history(_ member: String? = nil, at site: String = "Paris") throws -> [ActItem] {
        guard case .history(let items) = try ask(.history(member: member, limit: 1000), of: site) else {
            throw Unanswered(answer: "no history")
        }
        return items
    }

    func why(_ id: String, at site: String) throws -> WhyItem {
        guard case .why(let item) = try ask(.why(id), of: site) else { throw Unanswered(answer: "no reason") }
        return item
    }

    func devices(_ member: String? = nil, at site: String) throws -> [DeviceItem] {
        guard case .devices(let items) = try ask(.devices(member: member), of: site) else { throw Unanswered(answer: "no devices") }
        return items
    }

    func act(_ command: Command, at site: String) throws -> ActItem {
        guard case .acted(let item) = try ask(command, of: site) else { throw Unanswered(answer: "no act") }
        return item
    }

    // MARK: - Clocks

    /// Days pass on the walls of these sites, and a while in the world: the machines had slept.
    func passDays(_ days: UInt64, on names: [String]? = nil) {
        for name in names ?? sites.keys.sorted() {
            let skew = Int64(world.wall(of: self[name]).milliseconds) - Int64(World.epoch + world.time)
            world.setSkew(skew + Int64(days * Self.day), of: self[name])
        }
        pass(15 * Self.minute)
    }

    /// So many days after the wall clock of Paris.
    func inDays(_ days: UInt64) -> Timestamp { world.wall(of: self["Paris"]).advanced(byMilliseconds: days * Self.day) }

    // MARK: - The registry as a site has it

    func replica(of site: String) throws -> Replica {
        var store = store(of: site)
        return try Replica(network: world.identity(of: self[site]).network, store: &store)
    }

    /// The identity of whoever is called so.
    func identity(_ name: String, at site: String = "Paris") throws -> IdentityID {
        try #require(IdentityID(hex: try member(name, at: site).id))
    }

    /// The acts of one kind that a site's registry holds.
    func acts(_ kind: Kind, at site: String = "Paris") throws -> [ActRecord] {
        let authority = try replica(of: site).authority
        return authority.entries(kind).compactMap { authority.act($0) }
    }

    /// Every entry of the registry is one that a stranger decodes: bounded, and in its one form.
    func expectReadable(_ site: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let network = world.identity(of: self[site]).network
        for stored in store(of: site).arrivals(after: .none, registryOnly: true, limit: .max) {
            let entry = stored.entry
            #expect(
                (try? Entry(headerBytes: entry.headerBytes, signatureBytes: entry.signatureBytes, in: network)) == entry,
                sourceLocation: sourceLocation)
        }
    }
}
