import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

extension NodeDirectory {
    /// Founds a network: draws the keys, writes the files, creates the store. On failure nothing is left behind.
    ///
    /// - Parameter listen: `host:port` where others reach this site.
    package func found(
        network: String, site: String, member: String, listen: String, rootKeys: Int, rootQuorum: Int
    ) throws(OperatorFailure) -> FoundedSummary {
        try Self.check(names: ["network": network, "site": site, "member": member])
        guard HostPort(listen) != nil else { throw Self.notAnAddress(listen) }
        guard (1...EntryLimits.rootKeysMax).contains(rootKeys), (rootKeys / 2 + 1...rootKeys).contains(rootQuorum) else {
            throw .usage(
                what: "a network cannot have \(rootKeys) root keys with a quorum of \(rootQuorum)",
                why: "There are 1 to \(EntryLimits.rootKeysMax) root keys, and more than half of them sign together.",
                next: typed("init --root-keys 3 --root-quorum 2"))
        }
        var making = try DirectoryMaking(self)
        do throws(OperatorFailure) {
            let summary = try writeFounding(
                lock: try making.lock(), network: network, site: site, member: member, listen: listen, rootKeys: rootKeys,
                rootQuorum: rootQuorum)
            making.finish()
            return summary
        } catch {
            making.undo()
            throw error
        }
    }

    private func writeFounding(
        lock: DirectoryLock, network: String, site: String, member: String, listen: String, rootKeys: Int, rootQuorum: Int
    ) throws(OperatorFailure) -> FoundedSummary {
        var random = SystemRandomNumberGenerator()
        let keys = try drawSiteKeys(using: &random)
        try KeyFile.write([UInt8](randomCount: 32, using: &random), .networkSecret, to: networkSecretPath)
        let person = try memberKeys(member, using: &random)
        try makeFolder(rootPath)
        var roots: [SigningKey] = []
        var rootFiles: [String] = []
        for number in 1...rootKeys {
            let root = SigningKey(using: &random)
            rootFiles.append(rootPath + "/root-\(number).key")
            try KeyFile.write(root.seed, .root, to: rootFiles[number - 1])
            roots.append(root)
        }
        try advise(rootPath, Self.rootAdvice)

        var store: SQLiteStore
        do {
            store = try SQLiteStore(directory: path, lock: lock)
        } catch {
            throw self.store(error)
        }
        let request = FoundingRequest(
            networkName: network, siteName: site, memberName: member, rootKeys: roots, rootQuorum: rootQuorum, siteKey: keys.site,
            memberKey: person.key, siteRecovery: keys.recovery, memberRecovery: person.recovery)
        let now = RuntimeClock().now()
        let devices = Set([keys.site, person.key].map { DeviceKey($0.publicKey) })
        let (networkID, authored) = try transaction(on: &store) { store throws(StoreFailure) in
            var recording = RecordingStore(store, ownDevices: devices)
            let id = try Node.found(request, now: now, using: &random, store: &recording)
            var record = AuthoredRecord(incarnation: [])
            record.note(recording.authored, incarnation: try store.fact(.incarnation) ?? [])
            return (id, record)
        }
        do {
            try self.authored.write(authored)
        } catch {
            throw .file(self.authored.path, error, verb: "written")
        }
        try SiteSettings(networkID: networkID, networkName: network, siteName: site, listenAddress: listen, members: [member])
            .write(to: settingsPath)
        return FoundedSummary(
            network: network, networkID: networkID.description, site: site, member: member, listen: listen, rootKeyFiles: rootFiles,
            recoveryKeyFiles: [siteRecoveryKeyPath, recoveryKeyPath(member)])
    }

    // MARK: - Keys

    /// Draws the site's keys and writes them, with the recovery key apart.
    func drawSiteKeys(
        using random: inout some RandomNumberGenerator
    ) throws(OperatorFailure) -> (site: SigningKey, agreement: AgreementKey, recovery: DeviceKey) {
        try makeFolder(keysPath)
        try makeFolder(membersPath)
        try makeFolder(recoveryPath)
        try advise(recoveryPath, Self.recoveryAdvice)
        let (site, agreement, recovery) = (SigningKey(using: &random), AgreementKey(using: &random), SigningKey(using: &random))
        try KeyFile.write(site.seed, .site, to: siteKeyPath)
        try KeyFile.write(agreement.secretBytes, .agreement, to: agreementKeyPath)
        try KeyFile.write(recovery.seed, .siteRecovery, to: siteRecoveryKeyPath)
        return (site, agreement, DeviceKey(recovery.publicKey))
    }

    /// A person's keys: those that are here, or new ones, which are written.
    func memberKeys(
        _ name: String, using random: inout some RandomNumberGenerator
    ) throws(OperatorFailure) -> (key: SigningKey, recovery: DeviceKey) {
        try makeFolder(recoveryPath)
        return (
            try key(.member, memberKeyPath(name), using: &random),
            DeviceKey(try key(.memberRecovery, recoveryKeyPath(name), using: &random).publicKey)
        )
    }

    /// A person's key alone, drawn if it is not here.
    func memberKey(_ name: String, using random: inout some RandomNumberGenerator) throws(OperatorFailure) -> SigningKey {
        try key(.member, memberKeyPath(name), using: &random)
    }

    /// Draws a key that is to take the place of a person's key here; one that was drawn before and never used is gone.
    func drawNextMemberKey(_ name: String, using random: inout some RandomNumberGenerator) throws(OperatorFailure) -> SigningKey {
        let path = memberKeyPath(name) + ".next"
        Path.remove(path)
        return try key(.member, path, using: &random)
    }

    /// Puts the key that was drawn in the place of the one before.
    func takeNextMemberKey(_ name: String) throws(OperatorFailure) {
        do {
            try PrivateFile.move(memberKeyPath(name) + ".next", to: memberKeyPath(name))
        } catch {
            throw .file(memberKeyPath(name), error, verb: "written")
        }
    }

    /// Draws a recovery key, beside those that are here. Returns its file and its public key.
    func drawRecoveryKey(
        for name: String?, using random: inout some RandomNumberGenerator
    ) throws(OperatorFailure) -> (path: String, key: DeviceKey) {
        try makeFolder(recoveryPath)
        let first = name.map { recoveryKeyPath($0) } ?? siteRecoveryKeyPath
        var path = first
        var number = 1
        while Path.exists(path) {
            number += 1
            path = "\(first.dropLast(".key".count))-\(number).key"
        }
        let key = SigningKey(using: &random)
        try KeyFile.write(key.seed, name == nil ? .siteRecovery : .memberRecovery, to: path)
        return (path, DeviceKey(key.publicKey))
    }

    private func key(
        _ purpose: KeyFile.Purpose, _ path: String, using random: inout some RandomNumberGenerator
    ) throws(OperatorFailure) -> SigningKey {
        if Path.exists(path) { return try signingKey(purpose, path) }
        let key = SigningKey(using: &random)
        try KeyFile.write(key.seed, purpose, to: path)
        return key
    }

    func removeMemberKeys(_ name: String) {
        removeMemberKey(name)
        Path.remove(recoveryKeyPath(name))
    }

    func hasMemberKey(_ name: String) -> Bool { Path.exists(memberKeyPath(name)) }
    func removeMemberKey(_ name: String) { Path.remove(memberKeyPath(name)) }
    func remove(recoveryKey path: String) { Path.remove(path) }

    private func makeFolder(_ path: String) throws(OperatorFailure) {
        do {
            _ = try Path.makeFolders(path)
        } catch {
            throw .file(path, error, verb: "made")
        }
    }

    private func advise(_ folder: String, _ text: String) throws(OperatorFailure) {
        let path = folder + "/README"
        do {
            try PrivateFile.write(Array(text.utf8), to: path)
        } catch {
            throw .file(path, error, verb: "written")
        }
    }

    private static let rootAdvice = """
        These are the root keys of the network. They, and nobody else, can name new administrators; more than half of
        them have to sign together.

        Move each file to a place of its own, off this machine: a safe, a notary, another site. Keep two copies of each,
        on paper or on a medium that lasts. Then delete the files here. The network runs without them.

        """

    private static let recoveryAdvice = """
        These are recovery keys, one for the site and one for each person. With it a person gets new keys after a loss or
        a theft, and keeps the name and the history: entente recover FILE. A site whose keys are lost is revoked and
        invited anew; its recovery key is for versions to come.

        Move each file off this machine, to where its owner finds it in ten years and nobody else does. Then delete it
        here. The node runs without them.

        """

    // MARK: - Names

    /// The node's own rule for names, before a file is named after one.
    static func check(names: KeyValuePairs<String, String>) throws(OperatorFailure) {
        for (what, name) in names {
            let isSayable = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            guard name.utf8.isEmpty || name.utf8.count > EntryLimits.nameBytesMax || !isSayable || name.hasPrefix(" ") else { continue }
            throw .usage(
                what: "the name of the \(what) cannot be “\(LogText.line(name))”",
                why: "A name has 1 to \(EntryLimits.nameBytesMax) bytes, no control characters, and does not begin with a space.",
                next: "Choose another --\(what).")
        }
    }

    package static func notAnAddress(_ text: String) -> OperatorFailure {
        .usage(
            what: "“\(LogText.line(text))” is not an address",
            why: "An address is a host and a port, like 192.0.2.7:7117 or [2001:db8::1]:7117.",
            next: "entente run --listen HOST:PORT")
    }
}
