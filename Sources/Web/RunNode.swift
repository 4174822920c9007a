import EntenteModel
import EntenteNode
import EntenteRuntime
import Glibc
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs a site's node until SIGTERM or SIGINT, and ends it cleanly within five seconds.
///
/// - Parameter listen: `host:port` to listen at from here on; port 0 takes a free one, for this time.
/// - Parameter configuration: what the operator has set.
/// - Parameter onReady: called once, when the node listens and its local socket answers.
package func runNode(
    directory: NodeDirectory, configuration: SiteConfiguration, listen: String?, onReady: @escaping @Sendable (ReadyReport) -> Void
) async throws(OperatorFailure) {
    // A peer that hangs up is an error of one write, not the end of the process.
    _ = signal(SIGPIPE, SIG_IGN)
    let node = try await openNode(directory, configuration, listen: listen)
    let settings = node.settings
    let report = ReadyReport(
        network: settings.networkName, networkID: settings.networkID.description, site: settings.siteName,
        listen: node.boundAddress?.description, socket: configuration.socketPath(in: directory), directory: directory.path,
        members: settings.members)
    try await serve(node, until: [.sigterm, .sigint], onEnding: { Backstop.arm() }) { _ in onReady(report) }
    Backstop.disarm()
}

/// Ends the process where its own end does not come: a disk that hangs holds the thread that would say so, so the
/// system's timer is asked, which needs no thread of ours. What was acknowledged is on the disk by then.
private enum Backstop {
    /// Since the signal: a moment after the graceful end has been cut short, and within the five seconds that are promised.
    private static let microseconds = 4_800_000
    /// How long what is under way has for a good end, since the signal.
    static let graceful = Duration.seconds(4)

    static func arm() {
        _ = signal(SIGALRM) { _ in
            let words: StaticString = "The node did not end by itself within 4.8 s and was ended. What was acknowledged is stored.\n"
            _ = unsafe write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
            _exit(3)
        }
        set(microseconds)
    }

    static func disarm() { set(0) }

    private static func set(_ microseconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = microseconds / 1_000_000
        timer.it_value.tv_usec = microseconds % 1_000_000
        _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
}

/// Serves a node's local socket until a signal comes, then ends both.
///
/// - Parameter onEnding: called when the end begins, before anybody is waited for.
/// - Parameter onReady: called once, when the socket answers, with the group whose graceful shutdown ends it too.
package func serve(
    _ node: SiteNode, until signals: [UnixSignal], onEnding: @escaping @Sendable () -> Void = {},
    onReady: @escaping @Sendable (ServiceGroup?) -> Void
) async throws(OperatorFailure) {
    let socketPath = node.configuration.socketPath(in: node.directory)
    let socket = LocalSocket(path: socketPath)
    let access: LocalAccess
    do throws(OperatorFailure) {
        access = try LocalAccess(group: node.configuration.socketGroup)
        try socket.check(for: access)
    } catch {
        await node.end()
        throw error
    }
    let logger = Logger(label: "entente.web")
    let ready = Mutex<ServiceGroup?>(nil)
    let web = Application(
        responder: LocalAPI(
            access: access, events: node.events, perform: { await node.perform($0) },
            export: { (request) throws(Refusal) in try await node.export(request) }),
        configuration: .init(address: .unixDomainSocket(path: socket.path)),
        onServerRunning: { _ in
            socket.restrict(to: access)
            onReady(ready.withLock { $0 })
        }, logger: logger)
    // The last one ends first: the node answers whoever waits, then the web delivers it.
    var configuration = ServiceGroupConfiguration(
        services: [web, NodeService(node: node, onEnding: onEnding)], gracefulShutdownSignals: signals, logger: logger)
    configuration.maximumGracefulShutdownDuration = Backstop.graceful
    let group = ServiceGroup(configuration: configuration)
    ready.withLock { $0 = group }
    var failure: (any Error)?
    do {
        try await group.run()
    } catch {
        failure = error
    }
    socket.remove()
    await node.end()
    if let failure, !(failure is CancellationError) {
        throw .unavailable(
            what: "the local socket \(LogText.line(socketPath)) cannot be served", why: LogText.line("\(failure)") + ".",
            next: "ls -ld \(Shell.word(socket.folder))")
    }
}

private func openNode(
    _ directory: NodeDirectory, _ configuration: SiteConfiguration, listen: String?
) async throws(OperatorFailure) -> SiteNode {
    var settings = try directory.settings()
    guard let text = listen ?? configuration.listenAddress?.description else {
        return try await SiteNode.open(directory, configuration: configuration, reach: .dialling)
    }
    guard let address = HostPort(text) else { throw NodeDirectory.notAnAddress(text) }
    let node = try await SiteNode.open(directory, configuration: configuration, reach: .listening(address))
    if listen != nil, address.port != 0, settings.listenAddress != text {
        settings.listenAddress = text
        try node.write(settings)
    }
    return node
}

/// The node among the services: it lives until the others are told to end.
private struct NodeService: Service {
    let node: SiteNode
    let onEnding: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        onEnding()
        await node.stop()
    }
}
