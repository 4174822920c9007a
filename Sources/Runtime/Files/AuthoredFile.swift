import EntenteCodec
import EntenteModel
import EntenteReplica
import FoundationEssentials
import Glibc

/// What this site has signed, as it is known outside the database: the newest head of each of its own logs.
package struct AuthoredRecord: Hashable, Sendable {
    /// 8 bytes: under which the heads were signed.
    package private(set) var incarnation: [UInt8]
    package private(set) var heads: [LogKey: Head] = [:]

    package init(incarnation: [UInt8]) { self.incarnation = incarnation }

    /// Takes newer heads in. Another incarnation forgets the logs of the last one: nothing more is signed in them.
    package mutating func note(_ newer: [LogKey: Head], incarnation: [UInt8]) {
        if incarnation != self.incarnation { self = AuthoredRecord(incarnation: incarnation) }
        let number = incarnation.reduce(0) { $0 << 8 | UInt64($1) }
        for (log, head) in newer where log.incarnation == number && log.device != nil {
            if let known = heads[log], known.sequence >= head.sequence { continue }
            heads[log] = head
        }
    }
}

/// The file beside the database that holds this record, and tells whether the database is the one that it was.
///
/// A database that was restored, copied or cloned does not know what it signed since: signing on in the same logs
/// would fork them. At any such doubt the site goes on under a new incarnation. (protocol, "Logs")
package struct AuthoredFile: Sendable {
    package let path: String
    package let databasePath: String

    package init(path: String, databasePath: String) {
        self.path = path
        self.databasePath = databasePath
    }

    private static let formatVersion = 1
    private static let fileBytesMax = 16 * 1024 * 1024

    private struct File: Codable {
        struct Log: Codable {
            let space: String
            let device: String
            let sequence: UInt64
            let id: String
        }
        let format: Int
        let database: DatabaseFile
        let incarnation: String
        let heads: [Log]
    }

    /// What tells one database file from its copy.
    private struct DatabaseFile: Codable, Hashable {
        /// The machine's id, or empty where it has none.
        let machine: String
        let inode: UInt64
        /// The device's number; 0 where it has no lasting one (network and overlay file systems are numbered anew at
        /// every mount, and a new number is no doubt).
        let device: UInt64
    }

    private static let machineIDPath = "/etc/machine-id"

    private static func databaseFile(at path: String) throws(FileFailure) -> DatabaseFile {
        let machine = (try? PrivateFile.read(machineIDPath, bytesMax: 4096)) ?? []
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .last }
        return DatabaseFile(
            machine: String(decoding: machine, as: UTF8.self).filter { !$0.isWhitespace }, inode: UInt64(status.st_ino),
            device: major(of: status.st_dev) == 0 ? 0 : UInt64(status.st_dev))
    }

    /// A device's major number, which is 0 for those of no lasting number. (glibc, bits/sysmacros.h)
    private static func major(of device: dev_t) -> UInt64 { UInt64(device) >> 8 & 0xFFF | UInt64(device) >> 32 & ~0xFFF }

    /// Replaces the record. It survives the end of this process at any point; after a power cut it may be an older
    /// one, which the database, written through to the disk, is not behind.
    package func write(_ record: AuthoredRecord) throws(FileFailure) {
        let logs = record.heads.sorted { $0.key < $1.key }.map { log, head in
            File.Log(
                space: log.space.description, device: log.device?.description ?? "", sequence: head.sequence, id: head.id.description)
        }
        let file = File(
            format: Self.formatVersion, database: try Self.databaseFile(at: databasePath), incarnation: Hex.encode(record.incarnation),
            heads: logs)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file) else { preconditionFailure("text and numbers are JSON") }
        try PrivateFile.write(Array(data) + [UInt8(ascii: "\n")], to: path, durability: .system)
    }

    private func load() -> File? {
        guard let bytes = try? PrivateFile.read(path, bytesMax: Self.fileBytesMax),
            let file = try? JSONDecoder().decode(File.self, from: Data(bytes)), file.format == Self.formatVersion
        else { return nil }
        return file
    }

    /// Why the database may not be the one that wrote last; nil if it is.
    func doubt(about store: some ReplicaStore) throws(StoreFailure) -> String? {
        // A database that never signed has nothing to fork.
        guard let incarnation = try store.fact(.incarnation) else { return nil }
        guard let file = load() else { return "the record of what this site has signed is missing or unreadable" }
        guard let database = try? Self.databaseFile(at: databasePath) else { return "the database file cannot be looked at" }
        guard file.database.machine == database.machine else { return "the directory was moved to another machine" }
        guard file.database == database else { return "the database file is a copy of the one that this site wrote" }
        guard file.incarnation == Hex.encode(incarnation) else { return "the database is of another life than the record beside it" }
        for head in file.heads {
            guard let id = EntryID(hex: head.id) else { return "the record of what this site has signed is damaged" }
            if try store.entry(id) == nil {
                return
                    "the database lacks entry \(id.short), number \(head.sequence) of a log that this site signed: it is older than it was"
            }
        }
        return nil
    }

    /// The record, where the file is sound.
    func read(under incarnation: [UInt8]) -> AuthoredRecord? {
        guard let file = load(), file.incarnation == Hex.encode(incarnation) else { return nil }
        var record = AuthoredRecord(incarnation: incarnation)
        let number = incarnation.reduce(0) { $0 << 8 | UInt64($1) }
        var heads: [LogKey: Head] = [:]
        for log in file.heads {
            guard let space = Space(description: log.space), let device = DeviceKey(hex: log.device), let id = EntryID(hex: log.id) else {
                return nil
            }
            heads[LogKey(space: space, device: device, incarnation: number)] = Head(
                sequence: log.sequence, id: id, timestamp: Timestamp(milliseconds: 0))
        }
        record.note(heads, incarnation: incarnation)
        return record
    }
}

extension Space {
    /// Reads what `description` writes.
    fileprivate init?(description: String) {
        guard description != Space.registry.description else {
            self = .registry
            return
        }
        var components: [SpaceID] = []
        for part in description.split(separator: "/", omittingEmptySubsequences: false) {
            guard let bytes = Hex.decode(String(part)), let id = Bytes16(bytes) else { return nil }
            components.append(SpaceID(id))
        }
        guard !components.isEmpty, let path = SpacePath(components) else { return nil }
        self = .content(path)
    }
}
