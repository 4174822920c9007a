import ArgumentParser
import EntenteRuntime

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Found a network, with this site as its first.",
        discussion: """
            Draws the keys of the network's root, of the site and of its first member, and makes the space "everyone". \
            The root and recovery keys go to files of their own: take them off this machine.
            """)

    @OptionGroup var site: SiteOptions

    @Option(help: "The network's name.")
    var network: String

    @Option(name: .customLong("site"), help: "The name of this site.")
    var siteName: String

    @Option(name: .customLong("member"), help: "The name of the site's first member, who administers the network.")
    var memberName: String

    @Option(help: "Where other sites reach this one, as HOST:PORT.")
    var listen = SiteOptions.defaultListen

    @Option(help: "How many root keys are drawn, 1 to 16.")
    var rootKeys = 3

    @Option(help: "How many of the root keys must sign together: more than half of them.")
    var rootQuorum = 2

    func validate() throws {
        guard (1...16).contains(rootKeys) else { throw ValidationError("--root-keys is 1 to 16.") }
        guard rootQuorum <= rootKeys, rootQuorum > rootKeys / 2 else {
            throw ValidationError("--root-quorum is more than half of --root-keys, and not more than all.")
        }
    }

    func run() async throws {
        let summary = try site.directory.found(
            network: network, site: siteName, member: memberName, listen: listen, rootKeys: rootKeys, rootQuorum: rootQuorum)
        site.show(FoundingReport.json(summary), FoundingReport.lines(summary, rootQuorum: rootQuorum, site: site))
    }
}

/// What `init`, and `run --found-if-missing`, tell of a founding.
enum FoundingReport {
    static func json(_ summary: FoundedSummary) -> JSON {
        .fields([
            "network": .string(summary.network), "networkId": .string(summary.networkID), "site": .string(summary.site),
            "member": .string(summary.member), "listen": .string(summary.listen), "rootKeys": .texts(summary.rootKeyFiles),
            "recoveryKeys": .texts(summary.recoveryKeyFiles),
        ])
    }

    static func lines(_ summary: FoundedSummary, rootQuorum: Int, site: SiteOptions) -> [String] {
        [
            "Founded the network \(PlainText.line(summary.network)) (\(PlainText.short(summary.networkID))).",
            "  site    \(PlainText.line(summary.site))", "  member  \(PlainText.line(summary.member)), its administrator",
            "  data    \(PlainText.line(site.path))", "",
            "Root keys: they alone can replace the administrators, \(rootQuorum) of \(summary.rootKeyFiles.count) together.",
            "Move each to a place of its own (a safe, a notary, another site), then delete it here:",
        ] + summary.rootKeyFiles.map { "  " + PlainText.line($0) } + [
            "Recovery keys: with its own, a person gets new keys after a loss. Move them off this machine too:"
        ] + summary.recoveryKeyFiles.map { "  " + PlainText.line($0) }
    }
}
