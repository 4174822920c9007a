import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

extension NodeDirectory {
    /// Joins a network in a new directory: draws the keys, runs a node until the network has let it in, and says who
    /// it is there. On failure nothing is left behind.
    ///
    /// - Parameter listen: `host:port` where others will reach this site; nil if it will not listen.
    /// - Parameter milliseconds: gives up after so long.
    package func join(
        invitation text: String, site: String, member: String, listen: String?, milliseconds: UInt64, log: SiteLog = .system
    ) async throws(OperatorFailure) -> JoinedItem {
        let invitation = try Self.read(invitation: text)
        try Self.check(names: ["site": site, "member": member])
        if let listen, HostPort(listen) == nil { throw Self.notAnAddress(listen) }
        var making = try DirectoryMaking(self)
        do throws(OperatorFailure) {
            var settings = SiteSettings(
                networkID: invitation.network, networkName: invitation.networkName, siteName: site, listenAddress: listen,
                members: [member])
            var request = JoinRequest(
                invitation: text, siteName: site, memberName: member, siteRecovery: "", memberRecovery: "", milliseconds: milliseconds)
            let node = try await prepare(invitation, settings: settings, request: &request, lock: try making.lock(), log: log)
            let answer = await node.perform(.join(request))
            await node.end()
            switch answer {
            case .joined(let item):
                settings.networkName = item.network
                try settings.write(to: settingsPath)
                making.finish()
                return item
            case .refused(let refusal):
                guard hasSigned(with: try signingKey(.site, siteKeyPath)) else { throw OperatorFailure(refusal: refusal) }
                // Somebody may have our entries already: with the keys gone, they would be nobody's.
                try settings.write(to: settingsPath)
                making.finish()
                throw Self.unconfirmed(refusal, next: typed("run"))
            default: throw Self.mismatch
            }
        } catch {
            making.undo()
            throw error
        }
    }

    /// Writes what a node needs to join, and starts it.
    private func prepare(
        _ invitation: Invitation, settings: SiteSettings, request: inout JoinRequest, lock: DirectoryLock, log: SiteLog
    ) async throws(OperatorFailure) -> SiteNode {
        var random = SystemRandomNumberGenerator()
        let site = try drawSiteKeys(using: &random)
        try KeyFile.write(invitation.secret, .networkSecret, to: networkSecretPath)
        let person = try memberKeys(request.memberName, using: &random)
        request.siteRecovery = RecoveryCommitment.of(site.recovery).hex
        request.memberRecovery = RecoveryCommitment.of(person.recovery).hex
        do {
            let store = try SQLiteStore(directory: path, lock: lock)
            try store.setFact(.networkID, invitation.network.bytes.bytes)
            try store.setFact(.siteDevice, site.site.publicKey.bytes)
        } catch let error as StoreOpening.Failure {
            throw store(error)
        } catch let error as StoreFailure {
            throw store(.store(error))
        } catch {
            throw store(.store(.inputOutput("\(error)")))
        }
        return try await SiteNode.open(self, settings: settings, reach: .dialling, lock: lock, log: log)
    }

    /// The invitation that a text is. Throws what is wrong with it.
    package static func read(invitation text: String) throws(OperatorFailure) -> Invitation {
        do {
            return try Node.readInvitation(text)
        } catch {
            throw OperatorFailure(refusal: error)
        }
    }

    /// True if this replica holds an entry that the key signed, or cannot say.
    func hasSigned(with key: SigningKey) -> Bool {
        do {
            let store = try SQLiteStore(readingFrom: path)
            let incarnation = try store.fact(.incarnation)?.reduce(0) { $0 << 8 | UInt64($1) } ?? 0
            return try store.log(LogKey(space: .registry, device: DeviceKey(key.publicKey), incarnation: incarnation)) != nil
        } catch {
            return true
        }
    }

    static func unconfirmed(_ refusal: Refusal, next: String) -> OperatorFailure {
        .refused(
            what: "the request to be let in is written, and nobody has confirmed it", why: LogText.line(refusal.why),
            next: next + ", which goes on from here; if it does not connect, remove the directory and ask for a new invitation")
    }

    static let mismatch = OperatorFailure.unavailable(
        what: "the node gave an answer that does not belong to the question", why: "This is a fault of the program.",
        next: "Report it, with the log: entente run --log-level debug")
}

extension SiteNode {
    /// Lets a further person join on this site: makes the keys first, and keeps them if the person is let in.
    func letIn(_ request: JoinRequest) async throws(OperatorFailure) -> Answer {
        let invitation = try NodeDirectory.read(invitation: request.invitation)
        try directory.check(request, invitation, settings)
        var random = SystemRandomNumberGenerator()
        let name = request.memberName
        let isKnown = settings.members.contains { $0.utf8.elementsEqual(name.utf8) }
        let person = try directory.memberKeys(name, using: &random)
        if !isKnown { loop.host(LocalMember(name: name, key: person.key)) }
        var request = request
        request.memberRecovery = RecoveryCommitment.of(person.recovery).hex
        // The site has its identity already: nobody looks at this one.
        request.siteRecovery = request.memberRecovery
        let answer = await loop.perform(.join(request))
        guard !isKnown else { return answer }
        if case .refused(let refusal) = answer {
            guard directory.hasSigned(with: person.key) else {
                loop.unhost(name)
                directory.removeMemberKeys(name)
                return answer
            }
            try add(member: name)
            throw NodeDirectory.unconfirmed(refusal, next: directory.typed("status"))
        }
        try add(member: name)
        return answer
    }

    func add(member name: String) throws(OperatorFailure) {
        var settings = settings
        settings.members.append(name)
        try write(settings)
    }
}

extension NodeDirectory {
    /// Sees that an invitation can be used on this site.
    package func check(_ request: JoinRequest, _ invitation: Invitation, _ settings: SiteSettings) throws(OperatorFailure) {
        try Self.check(names: ["member": request.memberName])
        guard invitation.network == settings.networkID else {
            throw .refused(
                what: "the invitation is for another network than the one of \(LogText.line(path))",
                why: "It leads to \(LogText.line(invitation.networkName)); this directory is of \(LogText.line(settings.networkName)).",
                next: "Join in a directory of its own: entente join FILE --site NAME --member NAME --dir DIR")
        }
        guard request.siteName.utf8.elementsEqual(settings.siteName.utf8) else {
            throw .usage(
                what: "\(LogText.line(path)) holds the site \(LogText.line(settings.siteName))",
                why: "A further person joins on the site that is there; another site needs a directory of its own.",
                next: typed("join FILE --site \(Shell.word(settings.siteName)) --member \(Shell.word(request.memberName))"))
        }
    }
}
