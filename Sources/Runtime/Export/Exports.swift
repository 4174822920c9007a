import Dispatch
import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteStore
import Synchronization

/// The exports that are being read: each from one state of the databases, beside the node, on a thread that is theirs.
final class Exports: Sendable {
    /// What became of the wish for one.
    enum Opening: Sendable {
        case opened(ExportStream)
        /// The views are not where they have to be; or there are none.
        case behind
        /// As many as there may be are being read, or the node ends.
        case refused
        case failed(StoreFailure)
    }

    private struct State {
        var nextID: UInt64 = 0
        var open: [UInt64: ExportLines] = [:]
        var isEnded = false
    }

    private let directory: NodeDirectory
    private let network: NetworkID
    private let thread = DispatchQueue(label: "entente.export", qos: .utility)
    private let state = Mutex(State())

    init(directory: NodeDirectory, network: NetworkID) {
        self.directory = directory
        self.network = network
    }

    /// The last change of the replica.
    func newest() async -> Result<FeedNumber, StoreFailure> {
        await onThread { [directory] _ in
            do throws(StoreFailure) {
                return .success(try Self.store(of: directory).beginReading())
            } catch {
                return .failure(error)
            }
        }
    }

    /// An export of the spaces that the scope asks about.
    ///
    /// - Parameter number: a change of the replica that the views have to have taken in. With entries they have to be
    ///   exactly where the replica is, so that posts and entries say the same.
    func open(_ scope: ViewsScope, withEntries: Bool, notBefore number: FeedNumber) async -> Opening {
        await onThread { [directory, network] state in
            guard !state.isEnded, state.open.count < RuntimeLimits.exportsMax else { return .refused }
            do throws(StoreFailure) {
                guard let views = try ViewStore(readingFrom: directory.path), let progress = try views.beginReading() else {
                    return .behind
                }
                let store = try Self.store(of: directory)
                let newest = try store.beginReading()
                // The views come first: what the replica has meanwhile, they cannot have.
                guard progress.scanned == nil, progress.network == network.bytes.bytes,
                    progress.incarnation == (try store.fact(.incarnation) ?? []), progress.cursor >= (withEntries ? newest : number)
                else { return .behind }
                state.nextID += 1
                state.open[state.nextID] = ExportLines(store: withEntries ? store : nil, views: views, network: network, scope: scope)
                return .opened(ExportStream(exports: self, id: state.nextID))
            } catch {
                return .failed(error)
            }
        }
    }

    /// No export goes on. The node's own connection has to be the last: it copies the write-ahead log into the file.
    func end() async {
        await onThread { state in
            state.isEnded = true
            state.open = [:]
        }
    }

    fileprivate func next(_ id: UInt64) async -> Result<[UInt8]?, ExportStream.Failure> {
        await onThread { state in
            guard var lines = state.open[id] else { return .failure(.ended) }
            do throws(StoreFailure) {
                var piece = try lines.next()
                while piece == [] { piece = try lines.next() }
                state.open[id] = piece == nil ? nil : lines
                return .success(piece)
            } catch {
                state.open[id] = nil
                return .failure(.store(error))
            }
        }
    }

    fileprivate func close(_ id: UInt64) { thread.async { self.state.withLock { _ = $0.open.removeValue(forKey: id) } } }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable (inout State) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            thread.async { continuation.resume(returning: self.state.withLock { body(&$0) }) }
        }
    }

    private static func store(of directory: NodeDirectory) throws(StoreFailure) -> SQLiteStore {
        do {
            return try SQLiteStore(readingFrom: directory.path)
        } catch {
            if case .store(let failure) = error { throw failure }
            throw .inputOutput("\(error)")
        }
    }
}

/// One export on its way to its reader. It ends when it is let go.
package final class ExportStream: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        /// The node ends.
        case ended
        case store(StoreFailure)
    }

    private let exports: Exports
    private let id: UInt64

    fileprivate init(exports: Exports, id: UInt64) {
        self.exports = exports
        self.id = id
    }

    deinit { exports.close(id) }

    /// The next lines, each with its line break; nil behind the last.
    package func next() async throws(Failure) -> [UInt8]? { try await exports.next(id).get() }
}
