import ArgumentParser
import EntenteNode

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Wait until this site holds what its connected peers hold; exit 1 says with whom it does not.")

    @OptionGroup var site: SiteOptions

    @Option(name: .customLong("wait"), help: "How many seconds to wait at most, 0 to 86400.")
    var seconds: UInt64 = 30

    func validate() throws {
        guard seconds <= 86_400 else { throw ValidationError("--wait is 0 to 86400 seconds.") }
    }

    func run() async throws {
        guard case .synced(let item) = try await site.perform(.sync(milliseconds: seconds * 1000)) else { throw site.mismatch() }
        let done = item.peers == 0 ? "No peer is connected." : "In sync with \(PlainText.count(item.peers, "peer", "peers"))."
        let lines = item.inSync ? [done] : ["Not in sync with:"] + item.waitingFor.map { "  " + PlainText.line($0) }
        site.show(
            .fields(["inSync": .bool(item.inSync), "peers": .count(item.peers), "waitingFor": .texts(item.waitingFor)]), lines)
        guard item.inSync else { throw ExitCode(ExitStatus.refused) }
    }
}
