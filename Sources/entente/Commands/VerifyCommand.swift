import ArgumentParser
import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteRuntime

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check everything that is stored: signatures, backlinks, commitments, summaries.",
        discussion: "Names each fault; exit 1 if there is one. An author's own mistake that harms nothing is a note, not a fault.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let replica = try StoredReplica(site)
        let id = try replica.asking { store throws(StoreFailure) in try store.fact(.networkID) }
        guard let network = id.flatMap({ NetworkID($0) }) else {
            throw OperatorFailure(.corrupt("it does not say which network it belongs to"))
        }
        let expected = try site.directory.settings().networkID
        guard network == expected else {
            throw OperatorFailure(.corrupt("it is of the network \(network.short), and this site is of \(expected.short)"))
        }
        let report = try replica.verify(network)
        let json = JSON.fields([
            "entries": .count(report.entryCount), "logs": .count(report.logCount), "signatures": .count(report.signatureCount),
            "faults": .array(report.faults.map(Self.json)), "notes": .array(report.notes.map(Self.json)),
        ])
        var lines = report.faults.map { "FAULT " + Self.line($0) }
        lines += report.notes.map { "note: " + Self.line($0) }
        let extent = "\(PlainText.count(report.entryCount, "entry", "entries")) in \(PlainText.count(report.logCount, "log", "logs"))"
        lines.append(
            report.faults.isEmpty
                ? "Checked \(extent): all in order." : "Checked \(extent): \(PlainText.count(report.faults.count, "fault", "faults")).")
        site.show(json, lines)
        guard report.faults.isEmpty else { throw ExitCode(ExitStatus.refused) }
    }

    private static func json(_ finding: VerificationReport.Finding) -> JSON {
        .fields(["where": .string(finding.place), "what": .string(finding.detail)])
    }

    private static func line(_ finding: VerificationReport.Finding) -> String {
        "\(PlainText.line(finding.place)): \(PlainText.line(finding.detail))"
    }
}

extension NetworkID {
    /// From the bytes of the stored fact.
    fileprivate init?(_ bytes: [UInt8]) {
        guard let bytes = Bytes32(bytes) else { return nil }
        self.init(bytes)
    }
}
