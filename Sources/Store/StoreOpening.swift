import EntenteReplica
import Glibc

/// Opening a store, and the ways in which it goes wrong before anything is changed.
package enum StoreOpening {
    package enum Failure: Error, Hashable, Sendable {
        /// Another process owns the directory; nil where its number is not known.
        case owned(process: Int32?)
        case missing(path: String)
        /// A later version of the program wrote it.
        case newer(version: Int, known: Int)
        /// An earlier version wrote it, and reading alone cannot bring it to this one.
        case older(version: Int, known: Int)
        /// A database of another program.
        case foreign(path: String)
        case store(StoreFailure)
    }

    static func lock(_ directory: String) throws(Failure) -> DirectoryLock {
        do throws(DirectoryLock.Failure) {
            return try DirectoryLock(directory: directory)
        } catch {
            switch error {
            case .owned(let process): throw .owned(process: process)
            case .unusable(let path, let reason): throw .store(.inputOutput("\(path): \(reason)"))
            }
        }
    }

    static func openForWriting(_ path: String) throws(Failure) -> Connection {
        // SQLite would give the file the rights that everybody's files have; it gives the log files those of the file.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .store(.inputOutput("\(path): \(String(cString: strerror(errno)))")) }
        close(descriptor)
        return try storing { () throws(StoreFailure) in
            let connection = try Connection(path: path, access: .readingAndWriting)
            let state = try Schema.state(of: connection)
            switch state {
            case .empty, .version(0...Schema.version):
                try connection.prepareForWriting()
                try Schema.migrate(connection, from: state.version)
                return .success(connection)
            case .version(let version): return .failure(.newer(version: version, known: Schema.version))
            case .foreign: return .failure(.foreign(path: path))
            }
        }
    }

    static func openForReading(_ path: String) throws(Failure) -> Connection {
        guard access(path, F_OK) == 0 else { throw .missing(path: path) }
        return try storing { () throws(StoreFailure) in
            let connection = try Connection(path: path, access: .reading)
            switch try Schema.state(of: connection) {
            case .version(Schema.version): return .success(connection)
            case .version(let version) where version > Schema.version:
                return .failure(.newer(version: version, known: Schema.version))
            case .version(let version): return .failure(.older(version: version, known: Schema.version))
            // Its first transaction never ended.
            case .empty: return .failure(.missing(path: path))
            case .foreign: return .failure(.foreign(path: path))
            }
        }
    }

    private static func storing(_ body: () throws(StoreFailure) -> Result<Connection, Failure>) throws(Failure) -> Connection {
        let result: Result<Connection, Failure>
        do throws(StoreFailure) {
            result = try body()
        } catch {
            throw .store(error)
        }
        return try result.get()
    }
}

extension Schema.State {
    /// 0 for a file without tables.
    var version: Int { if case .version(let version) = self { version } else { 0 } }
}

extension StoreOpening.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .owned(let process?): "process \(process) has this directory open"
        case .owned(nil): "another process has this directory open"
        case .missing(let path): "there is no store at \(path)"
        case .newer(let version, let known):
            "the store is of version \(version), and this program knows versions up to \(known): a newer program wrote it"
        case .older(let version, let known):
            "the store is of version \(version), and this program reads version \(known): start the node once, and it will be converted"
        case .foreign(let path): "\(path) is a database of another program"
        case .store(let failure): "the store is unusable: \(failure)"
        }
    }
}
