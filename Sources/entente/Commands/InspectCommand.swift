import ArgumentParser
import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteRuntime

/// `inspect …`: what is stored, as it is stored. Opens the store for reading; no node is needed.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Look at what is stored: logs, entries, heads, the registry.",
        subcommands: [
            InspectLogsCommand.self, InspectLogCommand.self, InspectEntryCommand.self, InspectHeadsCommand.self,
            InspectRegistryCommand.self, InspectViewsCommand.self,
        ])

    /// Entries read in one go.
    static let pageSize = 500
}

struct InspectLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "List the logs, each with its branches.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let replica = try StoredReplica(site)
        var json: [JSON] = []
        var rows: [[String]] = [["LOG", "SPACE", "DEVICE", "IDENTITY", "INCARNATION", "ENTRIES", "BRANCHES"]]
        try replica.eachLog { log, branches throws(OperatorFailure) in
            json.append(EntryReport.json(log, branches))
            let entries = branches.reduce(0) { $0 + ($1.tip.sequence &- $1.firstSequence &+ 1) }
            rows.append([
                String(log.id.number), EntryReport.short(log.key.space), log.key.device?.short ?? "root", log.identity?.short ?? "-",
                String(log.key.incarnation), String(entries), String(branches.count),
            ])
        }
        site.show(.array(json), rows.count == 1 ? ["No logs."] : PlainText.table(rows))
    }
}

struct InspectLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "log", abstract: "List the entries of a log.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The log's number, as 'inspect logs' shows it.")
    var id: Int64

    func run() async throws {
        let replica = try StoredReplica(site)
        let branches = try replica.asking { store throws(StoreFailure) in try store.branches(of: LogID(id)) }
        guard !branches.isEmpty else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "there is no log \(id)", why: "Logs are numbered by each site for itself.",
                next: site.typed("inspect logs"))
        }
        var json: [JSON] = []
        var rows: [[String]] = []
        for branch in branches {
            try replica.eachEntry(log: branch.log, branch: branch.branch, from: branch.firstSequence) { entry in
                json.append(EntryReport.json(entry))
                rows.append(EntryReport.row(entry))
            }
        }
        site.show(.array(json), PlainText.table(rows))
    }
}

struct InspectEntryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "entry", abstract: "Show one entry with all its fields.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The entry's id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        let digits = id.lowercased()
        guard (8...64).contains(digits.utf8.count), digits.allSatisfy(\.isHexDigit) else {
            throw OperatorFailure.usage(
                what: "\(id) is no id", why: "An id has 64 hexadecimal digits; the first 8 are enough.",
                next: site.typed("inspect registry"))
        }
        let replica = try StoredReplica(site)
        let found = try replica.entries(startingWith: digits)
        guard let entry = found.first else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "there is no entry \(id) here", why: "This site does not hold it, or not yet.",
                next: site.typed("inspect logs"))
        }
        guard found.count == 1 else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "\(id) begins several ids",
                why: found.map(\.entry.id.description).joined(separator: ", "), next: "Type more digits.")
        }
        let visible = try replica.asking { store throws(StoreFailure) in try store.isVisible(entry.entry.id) }
        let json = EntryReport.json(entry, visible: visible)
        site.show(json, EntryReport.lines(json))
    }
}

struct InspectHeadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heads", abstract: "Show, for each space, its fingerprint and the heads that this site offers.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let replica = try StoredReplica(site)
        let summaries = try replica.asking { store throws(StoreFailure) in try store.summaries() }
        var heads: [Space: [(log: LogRecord, branch: BranchRecord)]] = [:]
        try replica.eachLog { log, branches throws(OperatorFailure) in
            heads[log.key.space, default: []] += branches.map { (log, $0) }
        }
        var json: [JSON] = []
        var lines: [String] = []
        for summary in summaries {
            let heads = heads[summary.space] ?? []
            json.append(
                .fields([
                    "space": .string(summary.space.description), "entries": .count(summary.entryCount), "logs": .count(summary.logCount),
                    "fingerprint": .string(Hex.encode(summary.fingerprint)),
                    "heads": .array(heads.map { EntryReport.json($0.branch, log: $0.log) }),
                ]))
            lines.append(
                "\(EntryReport.short(summary.space))  \(summary.entryCount) entries, \(summary.logCount) logs, fingerprint "
                    + String(Hex.encode(summary.fingerprint).prefix(32)))
            lines += PlainText.table(
                heads.map { log, branch in
                    let offered = branch.offered.map { "offers \($0.sequence) \($0.id.short)" } ?? "offers nothing"
                    let held = branch.tip.sequence - (branch.offered?.sequence ?? branch.firstSequence)
                    return [
                        "log \(log.id.number)", log.key.device?.short ?? "root", offered,
                        branch.offered == branch.tip ? "all of it" : "\(branch.offered == nil ? held + 1 : held) held for review",
                    ]
                }, indent: "  ")
        }
        site.show(.array(json), lines.isEmpty ? ["Nothing is stored."] : lines)
    }
}

struct InspectRegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "List the acts of the registry in the order in which they came here.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let replica = try StoredReplica(site)
        var json: [JSON] = []
        var rows: [[String]] = []
        try replica.eachArrival(registryOnly: true) { entry in
            json.append(EntryReport.json(entry))
            rows.append(EntryReport.row(entry))
        }
        site.show(.array(json), PlainText.table(rows))
    }
}
