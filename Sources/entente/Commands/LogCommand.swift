import ArgumentParser
import EntenteModel
import EntenteReplica
import EntenteRuntime

/// `log show`: what one device wrote in one space, for people; `inspect log` shows the rows.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Read the log of a device in a space.", subcommands: [LogShowCommand.self])
}

struct LogShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the entries of the log that an entry is in, or of a device's logs, the oldest first.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "An entry's id or a device's key, or the first 8 digits of it; or a log's number of 'inspect logs'.")
    var id: String

    func run() async throws {
        let replica = try StoredReplica(site)
        let logs = try logs(in: replica)
        guard !logs.isEmpty else {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "there is no log \(id) here",
                why: "No entry, no device and no log of this site is called so.",
                next: site.typed("inspect logs"))
        }
        var json: [JSON] = []
        var lines: [String] = []
        for log in logs {
            let branches = try replica.asking { store throws(StoreFailure) in try store.branches(of: log.id) }
            lines.append(
                "Log \(log.id.number): device \(log.key.device?.short ?? "root") of \(log.identity?.short ?? "the network"), in "
                    + EntryReport.short(log.key.space))
            for branch in branches {
                if let parent = branch.parent {
                    lines.append("  branch \(branch.branch) leaves branch \(parent): its author signed two pasts")
                }
                var rows: [[String]] = []
                try replica.eachEntry(log: branch.log, branch: branch.branch, from: branch.firstSequence) { entry in
                    json.append(EntryReport.json(entry))
                    let isHeld = branch.offered.map { entry.entry.header.sequence > $0.sequence } ?? true
                    rows.append(EntryReport.row(entry) + (isHeld ? ["held for review"] : []))
                }
                lines += PlainText.table(rows, indent: "  ")
            }
        }
        site.show(.array(json), lines)
    }

    private func logs(in replica: StoredReplica) throws(OperatorFailure) -> [LogRecord] {
        var all: [LogRecord] = []
        try replica.eachLog { log, _ throws(OperatorFailure) in all.append(log) }
        let digits = id.lowercased()
        guard digits.utf8.count >= 8, digits.allSatisfy(\.isHexDigit) else { return all.filter { String($0.id.number) == id } }
        let devices = all.filter { $0.key.device?.description.hasPrefix(digits) == true }
        if !devices.isEmpty { return devices }
        let found = Set(try replica.entries(startingWith: digits).map(\.log))
        return all.filter { found.contains($0.id) }
    }
}
