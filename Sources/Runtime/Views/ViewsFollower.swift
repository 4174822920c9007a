import Dispatch
import EntenteReplica
import EntenteStore
import Logging
import Synchronization

/// Keeps a site's views up to its replica, on a thread of its own: nothing that it does holds back the node.
///
/// What goes wrong with the views stays here. Damaged ones are made again; ones that cannot be written are tried again;
/// meanwhile questions are answered from what there is, and the node's status says why.
package final class ViewsFollower: Sendable {
    /// Where the views are, as far as is known.
    package enum Standing: Hashable, Sendable {
        case current
        case behind
        case rebuilding(done: Int64, of: Int64)
        case failed(StoreFailure)
    }

    private struct State {
        var isStarted = false
        var isStopping = false
        var wantsRebuild = false
        var standing = Standing.behind
        /// Counts the requests to be up to date.
        var asked: UInt64 = 0
        var waiting: [(request: UInt64, answer: CheckedContinuation<Void, Never>)] = []
    }

    private let directory: String
    private let logger: Logger
    private let retryMilliseconds: UInt64
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let thread = DispatchQueue(label: "entente.views", qos: .utility)
    private let reading = DispatchQueue(label: "entente.views.reading", qos: .userInitiated)
    private let ended = DispatchGroup()

    package init(directory: String, logger: Logger, retryMilliseconds: UInt64 = RuntimeLimits.viewsRetryMilliseconds) {
        self.directory = directory
        self.logger = logger
        self.retryMilliseconds = retryMilliseconds
    }

    package var standing: Standing { state.withLock { $0.standing } }

    /// Starts the thread, if it does not run.
    package func start() {
        let isNew = state.withLock { state in
            guard !state.isStarted, !state.isStopping else { return false }
            state.isStarted = true
            return true
        }
        if isNew { thread.async(group: ended) { self.run() } }
    }

    /// Something new is in the replica.
    package func ring() { bell.signal() }

    /// Waits until everything that is committed now is in the views, at most so long, and says where they are.
    package func settle(milliseconds: UInt64) async -> Standing {
        start()
        await withCheckedContinuation { continuation in
            let request = state.withLock { state -> UInt64? in
                guard !state.isStopping else { return nil }
                state.asked += 1
                state.waiting.append((state.asked, continuation))
                return state.asked
            }
            guard let request else { return continuation.resume() }
            ring()
            let delay = DispatchTimeInterval.milliseconds(Int(clamping: milliseconds))
            reading.asyncAfter(deadline: .now() + delay) { self.release { $0 == request } }
        }
        return standing
    }

    /// Throws the views away and makes them again.
    package func rebuild() {
        state.withLock { state in
            state.wantsRebuild = true
            state.standing = .rebuilding(done: 0, of: 0)
        }
        start()
        ring()
    }

    /// Asks the views, on one state of them; nil where there are none yet.
    package func read<Value: Sendable>(
        _ question: @escaping @Sendable (ViewStore) throws(StoreFailure) -> Value
    ) async -> Result<Value?, StoreFailure> {
        await withCheckedContinuation { continuation in
            reading.async { [directory] in
                do throws(StoreFailure) {
                    // Opened for each question: views that are made again are other files.
                    guard let views = try ViewStore(readingFrom: directory) else { return continuation.resume(returning: .success(nil)) }
                    let value = try views.reading { () throws(StoreFailure) in try question(views) }
                    continuation.resume(returning: .success(value))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    /// Ends the thread when what it is doing is done, and lets go whoever waits.
    package func stop() async {
        state.withLock { $0.isStopping = true }
        ring()
        await withCheckedContinuation { continuation in
            ended.notify(queue: .global()) { continuation.resume() }
        }
        release { _ in true }
    }

    /// Answers whoever waits and is meant.
    private func release(_ isMeant: (UInt64) -> Bool) {
        let released = state.withLock { state in
            let released = state.waiting.filter { isMeant($0.request) }
            state.waiting.removeAll { isMeant($0.request) }
            return released
        }
        for waiter in released { waiter.answer.resume() }
    }

    // MARK: - The thread

    /// What the thread has open.
    private struct Open {
        var indexer: ViewIndexer<SQLiteStore>
        /// Everything up to this request is answered when the views have reached the number.
        var target: (request: UInt64, number: FeedNumber)?
    }

    private func run() {
        var open: Open?
        // Damaged views are made again once; if that does not help, the damage is elsewhere.
        var wasRemade = false
        while !state.withLock({ $0.isStopping }) {
            do throws(StoreFailure) {
                let isIdle = try step(&open)
                if case .current = standing { wasRemade = false }
                if isIdle { wait(milliseconds: nil) }
            } catch {
                open = nil
                if case .corrupt = error, !wasRemade {
                    wasRemade = true
                    logger.warning("The views are damaged and are made again: \(error.reason)")
                    ViewStore.remove(directory: directory)
                    continue
                }
                if standing != .failed(error) { logger.error("What people read is not up to date: \(error.sentence)") }
                state.withLock { $0.standing = .failed(error) }
                release { _ in true }
                wait(milliseconds: retryMilliseconds)
            }
        }
    }

    /// True where there is nothing left to do until the bell rings.
    private func step(_ open: inout Open?) throws(StoreFailure) -> Bool {
        let (asked, wantsRebuild) = state.withLock { state in
            defer { state.wantsRebuild = false }
            return (state.asked, state.wantsRebuild)
        }
        // Whoever deletes them, or puts others in their place, gets them again.
        let isGone = open.map { !$0.indexer.views.isInPlace } ?? false
        if isGone { logger.warning("The files of the views were taken away or replaced. They are made again.") }
        if wantsRebuild || isGone {
            open = nil
            ViewStore.remove(directory: directory)
        }
        var now: Open
        if let open { now = open } else { now = try self.open() }
        if now.target.map({ $0.request < asked }) ?? true {
            now.target = (asked, try now.indexer.source.feedExtent()?.newest ?? .none)
        }
        let standing = try now.indexer.advance()
        var isClean = true
        if standing == .upToDate { isClean = try now.indexer.views.purge() }
        let progress = try now.indexer.views.progress()
        open = now
        let shown: Standing =
            switch standing {
            case .upToDate: .current
            case .behind: .behind
            case .rebuilding(let done, let total): .rebuilding(done: done, of: total)
            }
        state.withLock { if !$0.wantsRebuild { $0.standing = shown } }
        // Nobody waits for what takes long in any case.
        if case .rebuilding(let done, let total) = standing, total - done > RuntimeLimits.viewsBacklogMax { release { $0 <= asked } }
        if let target = now.target, let progress, progress.scanned == nil, progress.cursor >= target.number {
            // An erasure is done when its words are gone.
            if standing == .upToDate || !now.indexer.views.hasErased { release { $0 <= target.request } }
        }
        guard standing == .upToDate else { return false }
        if !isClean { wait(milliseconds: Self.purgeRetryMilliseconds) }
        return isClean
    }

    /// How soon words that a reader kept from being removed are tried again.
    private static let purgeRetryMilliseconds: UInt64 = 100

    private func open() throws(StoreFailure) -> Open {
        let source: SQLiteStore
        do {
            source = try SQLiteStore(readingFrom: directory)
        } catch {
            if case .store(let failure) = error { throw failure }
            throw .inputOutput("\(error)")
        }
        return Open(indexer: ViewIndexer(source: source, views: try ViewStore(directory: directory)), target: nil)
    }

    private func wait(milliseconds: UInt64?) {
        guard let milliseconds else { return bell.wait() }
        _ = bell.wait(timeout: .now() + .milliseconds(Int(clamping: milliseconds)))
    }
}
