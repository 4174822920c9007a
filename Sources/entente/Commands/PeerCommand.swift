import ArgumentParser
import EntenteNode

/// `peer add`.
struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Tell this node where another one is.", subcommands: [PeerAddCommand.self])
}

struct PeerAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Dial a node at this address from now on.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "HOST:PORT of the other node; [HOST]:PORT for IPv6.")
    var address: String

    func run() async throws {
        guard case .peerAdded(address: let added) = try await site.perform(.addPeer(address: address)) else { throw site.mismatch() }
        site.show(
            .fields(["address": .string(added)]),
            ["This node dials \(PlainText.line(added)) from now on.", "Type next: " + site.typed("peers")])
    }
}
