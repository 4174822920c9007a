import ArgumentParser
import EntenteRuntime
import EntenteWeb
import FoundationEssentials
import Logging

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run this site's node in the foreground; SIGTERM or Ctrl-C ends it cleanly.",
        discussion: "Prints a line that starts with \"ready\" as soon as it listens; with --json, one JSON line.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var settings: SettingOptions

    @Option(help: "Listen at HOST:PORT, now and from here on; port 0 takes a free one, this time.")
    var listen: String?

    @Flag(help: "Found a network first if this directory holds none.")
    var foundIfMissing = false

    @Option(help: "How much to log on standard error: trace, debug, info, notice, warning, error or critical; the setting log.level.")
    var logLevel: Logger.Level?

    func run() async throws {
        var flags = try settings.flags()
        if let logLevel { flags.append(("log.level", logLevel.rawValue)) }
        var configuration = try site.configuration(flags: flags)
        bootstrapLog(configuration)
        if foundIfMissing, !site.directory.isFounded {
            try foundDefault(configuration)
            // Where the new site listens is among its settings from here on.
            configuration = try site.configuration(flags: flags)
        }
        let (site, json) = (site, site.json)
        try await runNode(directory: site.directory, configuration: configuration, listen: listen) { ready in
            Output.print(json ? Self.json(ready).line : Self.lines(ready, site: site).joined(separator: "\n"))
        }
    }

    private func bootstrapLog(_ configuration: SiteConfiguration) {
        let (level, isJSON) = (Logger.Level(rawValue: configuration.logLevel) ?? .warning, configuration.logsJSON)
        LoggingSystem.bootstrap { label in
            if isJSON { return JSONLogLines(label: label, level: level) }
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }

    /// The embedded default: enough to begin with, and nothing that cannot be kept.
    private func foundDefault(_ configuration: SiteConfiguration) throws(OperatorFailure) {
        let environment = ProcessInfo.processInfo.environment
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "site"
        let person = [environment["USER"], environment["LOGNAME"]].compactMap { $0 }.first { !$0.isEmpty } ?? "admin"
        let quorum = 2
        let summary = try site.directory.found(
            network: "Entente", site: host, member: person,
            listen: listen ?? configuration.listenAddress?.description ?? SiteOptions.defaultListen, rootKeys: 3, rootQuorum: quorum)
        // With --json the one line on standard output is the ready line.
        let lines = FoundingReport.lines(summary, rootQuorum: quorum, site: site) + [""]
        if site.json { Output.complain(FoundingReport.json(summary).line) } else { Output.print(lines.joined(separator: "\n")) }
    }

    private static func json(_ ready: ReadyReport) -> JSON {
        .fields([
            "ready": .bool(true), "network": .string(ready.network), "site": .string(ready.site), "listen": .text(ready.listen),
            "socket": .string(ready.socket),
        ])
    }

    private static func lines(_ ready: ReadyReport, site: SiteOptions) -> [String] {
        let listen = ready.listen.map(PlainText.line) ?? "nowhere"
        return [
            "This is the node of the site \(PlainText.line(ready.site)) in the network \(PlainText.line(ready.network)).",
            "  data     \(PlainText.line(site.path))", "  listens  \(listen)", "  socket   \(PlainText.line(ready.socket))",
            "ready at \(listen)", "", "Type next, in another terminal:", "  " + site.typed("post --space everyone 'Bonjour'"),
            "  " + site.typed("timeline"),
            "  " + site.typed("invite --site Brest --role site --until 2030-12-31 --out brest.invitation"),
            "and on the second site, with that file:",
            "  entente join brest.invitation --site Brest --member Yann --listen 127.0.0.1:7118 --dir ./brest-data",
            "  entente run --dir ./brest-data", "Ctrl-C ends this node.",
        ]
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
