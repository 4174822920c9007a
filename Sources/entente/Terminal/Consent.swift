import ArgumentParser
import EntenteRuntime

/// How a person agrees to what takes effect everywhere.
struct ConsentOptions: ParsableArguments {
    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Show what it would do, and do nothing.")
    var dryRun = false
}

extension SiteOptions {
    /// Returns true if it is to be done: the person was shown what it would do and said yes, or gave --yes.
    ///
    /// With --dry-run it is shown, and nothing is done. Where nobody can be asked, nothing is done without --yes.
    ///
    /// - Parameter done: the participle of the act: "revoked".
    /// - Parameter command: what the person typed, without `entente` and the directory.
    /// - Parameter preview: what it would do, as JSON and as words.
    func agree(
        _ consent: ConsentOptions, done: String, command: String,
        preview: () async throws(OperatorFailure) -> (json: JSON, lines: [String])
    ) async throws(OperatorFailure) -> Bool {
        if consent.dryRun {
            let (json, lines) = try await preview()
            show(json, lines)
            return false
        }
        if consent.yes { return true }
        guard Output.isInteractive else {
            throw .usage(
                what: "nothing was \(done): nobody can be asked", why: "Standard input is not a terminal, and --yes was not given.",
                next: "See what it would do with " + typed(command + " --dry-run") + ", then add --yes")
        }
        Output.complain(try await preview().lines.joined(separator: "\n"))
        Output.ask("Do it? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard ["y", "yes", "o", "oui"].contains(answer) else {
            throw .refused(what: "nothing was \(done)", why: "You did not say yes.", next: "Type the same again to be asked again.")
        }
        return true
    }
}
