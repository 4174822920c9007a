import ArgumentParser
import EntenteNode

struct PeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "peers", abstract: "List the nodes that this one knows.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .peers(let peers) = try await site.perform(.peers) else { throw site.mismatch() }
        let empty = ["No peers yet.", "Type next: " + site.typed("peer add HOST:PORT")]
        site.show(.array(peers.map(Answers.peer)), peers.isEmpty ? empty : PlainText.table(peers.map(Answers.peerRow)))
    }
}
