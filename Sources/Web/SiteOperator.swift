import EntenteNode
import EntenteRuntime

/// Does what a person asks of a site: through its running node, or on its store where none runs.
package struct SiteOperator: Sendable {
    package let directory: NodeDirectory
    let configuration: SiteConfiguration

    /// How long another process may hold the directory without answering: another command, or a node that starts.
    static let patience = Duration.seconds(10)
    /// Between two looks whether it has let go.
    static let pause = Duration.milliseconds(50)

    package init(directory: NodeDirectory, configuration: SiteConfiguration = .standard) {
        self.directory = directory
        self.configuration = configuration
    }

    /// The node's answer; a refusal is thrown.
    package func perform(_ command: Command) async throws(OperatorFailure) -> Answer {
        _ = try directory.settings()
        let answer = try await ask(command)
        if case .refused(let refusal) = answer { throw OperatorFailure(refusal: refusal) }
        return answer
    }

    /// Joins a network, or lets a further person join on this site.
    ///
    /// - Parameter listen: `host:port` where others reach this site; nil if it will not listen. A site that is there
    ///   keeps its own.
    /// - Parameter milliseconds: gives up after so long.
    package func join(
        invitation: String, site: String, member: String, listen: String?, milliseconds: UInt64
    ) async throws(OperatorFailure) -> JoinedItem {
        guard directory.isFounded else {
            return try await directory.join(
                invitation: invitation, site: site, member: member, listen: listen, milliseconds: milliseconds, log: .command)
        }
        // The recovery keys are drawn where the directory is held.
        let request = JoinRequest(
            invitation: invitation, siteName: site, memberName: member, siteRecovery: "", memberRecovery: "", milliseconds: milliseconds)
        try directory.check(request, try NodeDirectory.read(invitation: invitation), try directory.settings())
        guard case .joined(let item) = try await perform(.join(request)) else { throw Self.strange }
        return item
    }

    private func ask(_ command: Command) async throws(OperatorFailure) -> Answer {
        let client = LocalClient(socketPath: configuration.socketPath(in: directory))
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(LocalClient.Failure) {
                return try await client.perform(command, milliseconds: command.milliseconds)
            } catch {
                if error != .notRunning { throw failure(error) }
            }
            // Nobody listens: the directory is ours to take, or somebody's who is just starting or soon done.
            let reach = command.needsNetwork ? SiteNode.Reach.dialling : .store
            if let node = try await SiteNode.openIfFree(directory, configuration: configuration, reach: reach, log: .command) {
                let answer = await node.perform(command)
                await node.end()
                return answer
            }
            guard ContinuousClock.now < end else { throw directory.heldByAnother() }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func failure(_ failure: LocalClient.Failure) -> OperatorFailure {
        switch failure {
        case .notRunning: directory.heldByAnother()
        case .interrupted:
            .unavailable(
                what: "the node ended before it had answered", why: "Whether the command was done is not known.",
                next: directory.typed("status"))
        case .timedOut:
            .unavailable(
                what: "the node does not answer", why: "It took longer than it should; whether the command was done is not known.",
                next: directory.typed("status"))
        case .strange: Self.strange
        }
    }

    static let strange = OperatorFailure.unavailable(
        what: "the node gave an answer that does not belong to the question",
        why: "The program and the running node are probably of different versions.", next: "Restart the node: entente run")
}

extension Command {
    /// How long a node may take for it.
    fileprivate var milliseconds: UInt64 {
        // A moment beyond the command's own patience, so that its own answer comes first.
        let grace: UInt64 = 60_000
        let own: UInt64 =
            switch self {
            case .sync(let milliseconds): milliseconds
            case .join(let request): request.milliseconds
            default: 0
            }
        let (sum, overflow) = own.addingReportingOverflow(grace)
        return overflow ? .max : sum
    }

    /// True where the store alone does not have the answer.
    fileprivate var needsNetwork: Bool {
        switch self {
        case .sync, .join: true
        default: false
        }
    }
}
