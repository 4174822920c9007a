import EntenteModel
import EntenteNode
import EntenteRuntime
import Glibc
import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a site's node until SIGTERM or SIGINT, and ends it cleanly within five seconds.
///
/// - Parameter listen: `host:port` to listen at from here on; port 0 takes a free one, for this time.
/// - Parameter onReady: called once, when the node listens and its local socket answers.
package func runNode(
    directory: NodeDirectory, listen: String?, onReady: @escaping @Sendable (ReadyReport) -> Void
) async throws(OperatorFailure) {
    // A peer that hangs up is an error of one write, not the end of the process.
    _ = signal(SIGPIPE, SIG_IGN)
    let node = try await openNode(directory, listen: listen)
    let socket = LocalSocket(of: directory)
    let logger = Logger(label: "entente.web")
    let settings = node.settings
    let report = ReadyReport(
        network: settings.networkName, networkID: settings.networkID.description, site: settings.siteName,
        listen: node.boundAddress?.description, socket: directory.socketPath, directory: directory.path, members: settings.members)
    let web = Application(
        router: LocalAPI { await node.perform($0) }.router(),
        server: .http1(configuration: .init(additionalChannelHandlers: [OwnerOnlyHandler()])),
        configuration: .init(address: .unixDomainSocket(path: socket.path)),
        onServerRunning: { _ in
            socket.restrict()
            onReady(report)
        }, logger: logger)
    // The last one ends first: the node answers whoever waits, then the web delivers it.
    var configuration = ServiceGroupConfiguration(
        services: [web, NodeService(node: node)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(4)
    var failure: (any Error)?
    do {
        try await ServiceGroup(configuration: configuration).run()
    } catch {
        failure = error
    }
    socket.remove()
    await node.end()
    if let failure, !(failure is CancellationError) {
        throw .unavailable(
            what: "the local socket \(LogText.line(directory.socketPath)) cannot be served", why: LogText.line("\(failure)") + ".",
            next: "ls -ld \(Shell.word(directory.path))")
    }
}

private func openNode(_ directory: NodeDirectory, listen: String?) async throws(OperatorFailure) -> SiteNode {
    var settings = try directory.settings()
    guard let text = listen ?? settings.listenAddress else { return try await SiteNode.open(directory, reach: .dialling) }
    guard let address = HostPort(text) else { throw NodeDirectory.notAnAddress(text) }
    let node = try await SiteNode.open(directory, reach: .listening(address))
    if listen != nil, address.port != 0, settings.listenAddress != text {
        settings.listenAddress = text
        try node.write(settings)
    }
    return node
}

/// The node among the services: it lives until the others are told to end.
private struct NodeService: Service {
    let node: SiteNode

    func run() async throws {
        try? await gracefulShutdown()
        await node.stop()
    }
}
