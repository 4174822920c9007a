import EntenteStore

/// A directory that is being made: whole in the end, or as it was before.
struct DirectoryMaking {
    private let directory: NodeDirectory
    /// Folders that were not there before, outermost first.
    private let madeFolders: [String]
    private var held: DirectoryLock?
    /// False where the lock's file was there before.
    private let madeLock: Bool
    private var isFinished = false

    /// Everything that making a site writes, `site.json` apart: it is what makes the directory a site's.
    private static let contents = [
        "replica.db", "replica.db-wal", "replica.db-shm", "views.db", "views.db-wal", "views.db-shm", "authored", "authored.new",
        "site.json.new", "node.sock", "keys", "root",
        "recovery", "unfinished", "unfinished.new",
    ]

    /// Begins: the directory is empty, or has what an interrupted attempt left, which nobody was told of.
    init(_ directory: NodeDirectory) throws(OperatorFailure) {
        self.directory = directory
        let path = directory.path
        guard !directory.isFounded else {
            throw .refused(
                what: "\(LogText.line(path)) holds a site already", why: "Nothing is founded or joined over another site.",
                next: "Choose another directory with --dir, or use this one: " + directory.typed("status"))
        }
        do {
            madeFolders = try Path.makeFolders(path)
        } catch {
            throw .file(path, error, verb: "made")
        }
        madeLock = !Path.exists(directory.file(DirectoryLock.fileName))
        do throws(OperatorFailure) {
            held = try directory.lock()
            guard !directory.isFounded else { throw directory.store(.owned(process: nil)) }
            try Self.empty(directory)
            do {
                try PrivateFile.write(Array("A site is being made here.\n".utf8), to: directory.unfinishedPath)
            } catch {
                throw .file(directory.unfinishedPath, error, verb: "written")
            }
        } catch {
            undo(isOurs: false)
            throw error
        }
    }

    /// Sees that nothing of anybody's is in the directory.
    private static func empty(_ directory: NodeDirectory) throws(OperatorFailure) {
        let names: [String]
        do {
            names = try Path.names(in: directory.path).filter { $0 != DirectoryLock.fileName && $0 != "lost+found" }
        } catch {
            throw .file(directory.path, error, verb: "read")
        }
        let isInterrupted = names.contains("unfinished")
        let foreign = names.filter { !isInterrupted || !contents.contains($0) }
        guard foreign.isEmpty else {
            throw .refused(
                what: "\(LogText.line(directory.path)) is not empty",
                why:
                    "It holds \(foreign.prefix(3).map { LogText.line($0) }.joined(separator: ", "))\(foreign.count > 3 ? " and more" : "").",
                next: "Choose an empty or a new directory with --dir.")
        }
        for name in names { Path.remove(directory.file(name)) }
        guard Path.setMode(directory.path, 0o700) else { throw .file(directory.path, .last, verb: "kept from others") }
    }

    /// The lock, for whoever works on in the directory.
    func lock() throws(OperatorFailure) -> DirectoryLock {
        guard let held else { throw directory.store(.owned(process: nil)) }
        return held
    }

    /// The directory is whole: it has its settings.
    mutating func finish() {
        isFinished = true
        Path.remove(directory.unfinishedPath)
        held = nil
    }

    /// Puts everything back as it was, unless it is finished. The store is closed by now.
    mutating func undo() {
        if !isFinished { undo(isOurs: true) }
    }

    private mutating func undo(isOurs: Bool) {
        if isOurs {
            Path.remove(directory.settingsPath)
            for name in Self.contents { Path.remove(directory.file(name)) }
        }
        if madeLock || !madeFolders.isEmpty { Path.remove(directory.file(DirectoryLock.fileName)) }
        for folder in madeFolders.reversed() { Path.removeEmptyFolder(folder) }
        held = nil
    }
}
