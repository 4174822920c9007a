import EntenteNode
import EntenteStore

/// The store that a site's directory holds.
package typealias SiteStore = SQLiteStore

/// A site's data directory, 0700, and what is where in it:
///
///     replica.db            the database, with its log files beside it
///     views.db              what people read, made of the database; may be deleted
///     lock                  held by the one process that owns the rest
///     node.sock             the running node's local socket, 0600
///     site.json             settings; a directory without it holds no site
///     authored              what this site has signed, kept outside the database
///     keys/                 network.secret, site.key, agreement.key, members/<name>.key
///     root/                 root-1.key …, to be moved elsewhere
///     recovery/             site.key, <member>.key, to be moved elsewhere
///     unfinished            there while a network is being founded or joined
package struct NodeDirectory: Hashable, Sendable {
    /// As it was given: what people type next names it so.
    package let path: String

    package init(path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

    func file(_ name: String) -> String { path + "/" + name }

    package var databasePath: String { file(SQLiteStore.fileName) }
    package var socketPath: String { file("node.sock") }
    var settingsPath: String { file("site.json") }
    var unfinishedPath: String { file("unfinished") }
    var keysPath: String { file("keys") }
    var networkSecretPath: String { keysPath + "/network.secret" }
    var siteKeyPath: String { keysPath + "/site.key" }
    var agreementKeyPath: String { keysPath + "/agreement.key" }
    var membersPath: String { file("keys/members") }
    var rootPath: String { file("root") }
    var recoveryPath: String { file("recovery") }
    package var authored: AuthoredFile { AuthoredFile(path: file("authored"), databasePath: databasePath) }

    func memberKeyPath(_ name: String) -> String { membersPath + "/" + Path.fileName(for: name) + ".key" }
    /// A member may be named "site": then the file's name is written otherwise.
    func recoveryKeyPath(_ name: String) -> String { recoveryPath + "/" + Path.fileName(for: name, reserved: ["site"]) + ".key" }
    var siteRecoveryKeyPath: String { recoveryPath + "/site.key" }

    /// True if a network was founded or joined here.
    package var isFounded: Bool { Path.exists(settingsPath) }

    package func settings() throws(OperatorFailure) -> SiteSettings {
        guard isFounded else { throw notFounded }
        return try SiteSettings(path: settingsPath)
    }

    /// The store, for reading beside whatever else is running.
    package func openForReading() throws(OperatorFailure) -> SiteStore {
        guard isFounded else { throw notFounded }
        do {
            return try SQLiteStore(readingFrom: path)
        } catch {
            throw store(error)
        }
    }

    /// A command to type next, for this directory.
    package func typed(_ command: String) -> String { "entente " + command + " --dir " + Shell.word(path) }

    // MARK: - Failures

    var notFounded: OperatorFailure {
        if Path.exists(databasePath), !Path.exists(unfinishedPath) {
            return .unavailable(
                what: "\(LogText.line(path)) has a database, but no settings", why: "The file site.json is missing.",
                next: "Put site.json back from a copy of yours; nothing was changed.")
        }
        return .unavailable(
            what: "\(LogText.line(path)) holds no site", why: "Nothing was founded or joined in this directory.",
            next: typed("init --network NAME --site NAME --member NAME") + ", or name the right directory with --dir")
    }

    /// What went wrong at the store, with what to do about it.
    package func store(_ failure: StoreOpening.Failure) -> OperatorFailure {
        let name = LogText.line(path)
        switch failure {
        case .owned(let process):
            return .unavailable(
                what: "another process works in \(name)", why: process.map { "It is process \($0)." } ?? "It has not said which one it is.",
                next: process.map { "ps -p \($0)" } ?? "Try again in a moment.")
        case .missing(let path):
            return .unavailable(
                what: "the database \(LogText.line(path)) is missing", why: "The file does not exist.",
                next: "Put it back from a copy of yours; nothing was changed.")
        case .newer, .older, .foreign:
            return .unavailable(
                what: "the database in \(name) cannot be used", why: LogText.line("\(failure)") + ".",
                next: "Use the version of entente that wrote it; nothing was changed.")
        case .store(let failure):
            return .unavailable(what: "the database in \(name) cannot be used", why: failure.sentence, next: failure.remedy)
        }
    }
}
