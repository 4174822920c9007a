import EntenteCodec
import EntenteCrypto
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

/// What takes keys that are with people.
extension Federation {
    func propose(_ act: RootAct, at site: String = "Paris") throws -> RootProposalItem {
        guard case .rootProposal(let item) = try ask(.proposeRoot(act), of: site) else { throw Unanswered(answer: "no proposal") }
        return item
    }

    /// A proposal with the signatures of some root keys.
    func signed(_ proposal: RootProposalItem, by keys: [SigningKey]) throws -> String {
        try keys.reduce(proposal.proposal) { text, key in try Node.signRoot(text, with: key).text }
    }

    func submit(_ proposal: String, at site: String = "Paris") throws -> RootProposalItem {
        guard case .rootProposal(let item) = try ask(.submitRoot(proposal: proposal), of: site) else {
            throw Unanswered(answer: "no proposal")
        }
        return item
    }

    /// Two of the three root keys do it.
    @discardableResult
    func byRoot(_ act: RootAct, at site: String = "Paris") throws -> RootProposalItem {
        let item = try submit(signed(propose(act, at: site), by: Array(world.rootKeys.prefix(2))), at: site)
        #expect(item.isComplete && !item.accepted.isEmpty)
        return item
    }

    func rootStatus(at site: String = "Paris") throws -> RootStatusItem {
        guard case .root(let item) = try ask(.rootStatus, of: site) else { throw Unanswered(answer: "no root") }
        return item
    }

    /// The request of a key that a further site makes for somebody who is a member already.
    func deviceRequest(of member: String, at site: String) throws -> String {
        world.addMember(member, to: self[site])
        pass(Self.minute)
        guard case .deviceRequest(let item) = try ask(.requestDevice(member: member), of: site) else {
            throw Unanswered(answer: "no request")
        }
        return item.request
    }

    /// The founder recovers at a site, under a new key there.
    func recoverFounder(at site: String, takeBackFrom: String? = nil) throws -> RecoveredItem {
        let key = try #require(world.founderRecovery)
        world.addMember("alice", to: self[site])
        pass(Self.minute)
        let request = RecoverRequest(
            seed: Hex.encode(key.seed), member: "alice", commitment: world.recovery(), takeBackFrom: takeBackFrom)
        guard case .recovered(let item) = try ask(.recover(request), of: site) else { throw Unanswered(answer: "no recovery") }
        return item
    }

    func invitePerson(_ name: String, to site: String) throws -> JoinedItem {
        try addPerson(name, to: site, by: invite(name, as: .member, from: site).invitation)
    }
}
