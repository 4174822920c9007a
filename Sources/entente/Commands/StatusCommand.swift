import ArgumentParser
import EntenteNode

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What this site holds, and how it stands with its peers.",
        discussion: "Two sites that hold the same of a space show the same fingerprint for it.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        guard case .status(let status) = try await site.perform(.status) else { throw site.mismatch() }
        site.show(Self.json(status), Self.lines(status))
    }

    private static func json(_ status: StatusItem) -> JSON {
        .fields([
            "network": .string(status.network), "networkId": .string(status.networkID), "site": .string(status.site.name),
            "siteId": .string(status.site.id), "entries": .count(status.entries),
            "spaces": .array(
                status.spaces.map {
                    .fields([
                        "name": .string($0.name), "entries": .count($0.entries), "logs": .count($0.logs),
                        "fingerprint": .string($0.fingerprint), "missing": .count($0.missing),
                    ])
                }), "peers": .array(status.peers.map(Answers.peer)), "faults": .count(status.faults), "readOnly": .text(status.readOnly),
            "views": .text(status.views),
            "forks": .array(status.forks.map(Answers.fork)), "gate": .texts(status.gate),
        ])
    }

    private static func lines(_ status: StatusItem) -> [String] {
        var lines = [
            "network  \(PlainText.line(status.network)) (\(PlainText.short(status.networkID)))",
            "site     \(PlainText.line(status.site.name)) (\(PlainText.short(status.site.id)))",
            "entries  \(status.entries)",
        ]
        if let readOnly = status.readOnly { lines.append("READ-ONLY: \(PlainText.line(readOnly))") }
        if let views = status.views { lines.append("VIEWS: what people read is not up to date: \(PlainText.line(views))") }
        lines.append("spaces")
        lines += PlainText.table(
            status.spaces.map {
                [
                    $0.name, PlainText.count($0.entries, "entry", "entries"), PlainText.count($0.logs, "log", "logs"),
                    "fingerprint " + String($0.fingerprint.prefix(16)),
                ]
            }, indent: "  ")
        for space in status.spaces where space.missing > 0 {
            lines.append(
                "MISSING: \(PlainText.count(space.missing, "body", "bodies")) of \(PlainText.line(space.name)); other sites are asked")
        }
        lines.append(status.peers.isEmpty ? "peers    none" : "peers")
        lines += PlainText.table(status.peers.map(Answers.peerRow), indent: "  ")
        // Evidence, and no more: it voids nothing.
        lines += Answers.section(
            "signed two pasts", status.forks.map { "\(PlainText.line($0.member.name)) \(Answers.forkLine($0))" })
        lines += Answers.section("kept out for now", status.gate.map(PlainText.line))
        if status.faults > 0 { lines.append("faults   \(status.faults) since the start, of strangers and peers") }
        return lines
    }
}
