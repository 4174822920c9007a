import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

extension NodeDirectory {
    /// Takes the directory for this process. Throws exit code 3 where another has it.
    func lock() throws(OperatorFailure) -> DirectoryLock {
        switch try take() {
        case .success(let lock): return lock
        case .failure(let owned): throw heldByAnother(owned.process)
        }
    }

    /// Takes the directory for this process, or nil where another has it.
    func lockIfFree() throws(OperatorFailure) -> DirectoryLock? { try? take().get() }

    private struct Owned: Error {
        let process: Int32?
    }

    private func take() throws(OperatorFailure) -> Result<DirectoryLock, Owned> {
        do {
            return .success(try DirectoryLock(directory: path))
        } catch {
            switch error {
            case .owned(let process): return .failure(Owned(process: process))
            case .unusable(let path, let reason):
                throw .unavailable(
                    what: "\(LogText.line(path)) cannot be used", why: "\(reason).", next: "ls -ld \(Shell.word(self.path))")
            }
        }
    }

    /// Another process works in the directory, and does not answer at its socket.
    package func heldByAnother(_ process: Int32? = nil) -> OperatorFailure { store(.owned(process: process)) }

    /// What the node is made of beside its store, from the key files.
    package func identity(settings: SiteSettings) throws(OperatorFailure) -> NodeIdentity {
        var members: [LocalMember] = []
        for name in settings.members {
            members.append(LocalMember(name: name, key: try signingKey(.member, memberKeyPath(name))))
        }
        guard let agreementKey = AgreementKey(secret: try KeyFile.read(.agreement, from: agreementKeyPath)) else {
            throw unusable(agreementKeyPath)
        }
        return NodeIdentity(
            network: settings.networkID, secret: try KeyFile.read(.networkSecret, from: networkSecretPath),
            siteKey: try signingKey(.site, siteKeyPath), agreementKey: agreementKey, members: members,
            listenAddress: settings.listenAddress)
    }

    func signingKey(_ purpose: KeyFile.Purpose, _ path: String) throws(OperatorFailure) -> SigningKey {
        guard let key = SigningKey(seed: try KeyFile.read(purpose, from: path)) else { throw unusable(path) }
        return key
    }

    private func unusable(_ path: String) -> OperatorFailure {
        .unavailable(
            what: "the key file \(LogText.line(path)) cannot be used", why: "Its bytes are no key.",
            next: "Put the file back from a copy of yours; nothing was changed.")
    }

    /// Sees that the database belongs to the network of the settings. Throws exit code 3 where it does not.
    func checkNetwork(_ settings: SiteSettings, in store: some ReplicaStore) throws(OperatorFailure) {
        let stored: [UInt8]?
        do {
            stored = try store.fact(.networkID)
        } catch {
            throw self.store(.store(error))
        }
        guard let stored, stored != settings.networkID.bytes.bytes else { return }
        throw .unavailable(
            what: "the database in \(LogText.line(path)) is a replica of another network",
            why: "Its network is \(LogText.line(Bytes32(stored)?.hex ?? "unknown")); the settings name \(settings.networkID).",
            next: "Put the files of one site back together; nothing was changed.")
    }

    /// Sees that the site's key is the one that the database was begun with: with another, the site would be nobody.
    func checkSiteKey(_ identity: NodeIdentity, in store: some ReplicaStore) throws(OperatorFailure) {
        let stored: [UInt8]?
        do {
            stored = try store.fact(.siteDevice)
        } catch {
            throw self.store(.store(error))
        }
        guard let stored, stored != identity.siteKey.publicKey.bytes else { return }
        throw .unavailable(
            what: "the key file \(LogText.line(siteKeyPath)) is not this site's",
            why: "The database was begun with another key: the file comes from another site, or from before this one.",
            next: "Put the file back from a copy of yours; nothing was changed.")
    }

    /// Runs one transaction on a store of this directory.
    func transaction<Store: TransactionalStore, Value>(
        on store: inout Store, _ body: (inout Store) throws(StoreFailure) -> Value
    ) throws(OperatorFailure) -> Value {
        do {
            try store.begin()
            let value = try body(&store)
            try store.commit()
            return value
        } catch {
            try? store.rollback()
            throw self.store(.store(error))
        }
    }
}

extension SQLiteStore: TransactionalStore {}

extension NodeDirectory {
    /// What SQLite and the rows' own checksums say is wrong with a store's file; empty for a sound one.
    package static func damage(in store: SiteStore) throws(StoreFailure) -> [String] { try store.integrityFaults() }
}
