import Glibc

/// Small files that only their owner may read: written whole or not at all.
enum PrivateFile {
    /// Whether a file may take the place of one that is there.
    enum Placement {
        case new
        case replacing
    }

    /// How far a write has come when it returns.
    enum Durability {
        /// On the disk, and so is its name: it survives a power cut.
        case disk
        /// With the system: it survives the end of this process.
        case system
    }

    /// Reads a file whole.
    ///
    /// - Parameter bytesMax: a longer file is `tooLarge`.
    /// - Parameter isSecret: a file that group or others may read is refused as `openToOthers`.
    static func read(_ path: String, bytesMax: Int, isSecret: Bool = false) throws(FileFailure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        if isSecret { try checkSecrecy(of: descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= bytesMax {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
        }
        throw .tooLarge
    }

    private static func checkSecrecy(of descriptor: Int32) throws(FileFailure) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .last }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else { throw .notOurs }
        guard status.st_mode & 0o077 == 0 else { throw .openToOthers(mode: UInt32(status.st_mode & 0o777)) }
    }

    /// Writes a file with mode 0600: into a temporary one beside it, which then takes its name.
    static func write(
        _ bytes: [UInt8], to path: String, placement: Placement = .replacing, durability: Durability = .disk
    ) throws(FileFailure) {
        let temporary = path + ".new"
        // Left by a process that died; we hold the directory's lock.
        _ = unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last }
        do throws(FileFailure) {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor)
            if durability == .disk, fsync(descriptor) != 0 { throw .last }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        let isPlaced =
            switch placement {
            // A hard link, unlike a rename, never takes the place of what is there.
            case .new: unsafe link(temporary, path) == 0
            case .replacing: unsafe rename(temporary, path) == 0
            }
        let failure = FileFailure.last
        if !isPlaced || placement == .new { _ = unsafe unlink(temporary) }
        guard isPlaced else { throw failure }
        if durability == .disk { try syncFolder(of: path) }
    }

    /// Gives a file the name of another one, whose place it takes; both are in one folder.
    static func move(_ path: String, to other: String) throws(FileFailure) {
        guard unsafe rename(path, other) == 0 else { throw .last }
        try syncFolder(of: other)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .last }
            rest = rest.dropFirst(written)
        }
    }

    /// Puts the names in a path's folder on the disk.
    static func syncFolder(of path: String) throws(FileFailure) {
        let descriptor = unsafe open(Path.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        // Some file systems have nothing to sync for a folder, and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .last }
    }
}
