import ArgumentParser
import EntenteNode
import EntenteRuntime
import EntenteWeb
import FoundationEssentials

/// What every command takes.
struct SiteOptions: ParsableArguments {
    static let defaultDirectory = "./entente-data"
    /// Loopback: nobody else reaches a node that was not told where to listen.
    static let defaultListen = "127.0.0.1:7117"

    @Option(name: .customLong("dir"), help: "The site's data directory. (default: $ENTENTE_DIR or \(Self.defaultDirectory))")
    var givenDirectory: String?

    @Option(name: .customLong("config"), help: "The file of settings. (default: $ENTENTE_CONFIG or entente.json in the data directory)")
    var configurationFile: String?

    @Flag(help: "Answer, and complain, in JSON.")
    var json = false

    func validate() throws {
        guard givenDirectory != "" else { throw ValidationError("--dir needs the name of a directory.") }
    }

    var path: String {
        if let givenDirectory { return givenDirectory }
        if let fromEnvironment = ProcessInfo.processInfo.environment["ENTENTE_DIR"], !fromEnvironment.isEmpty { return fromEnvironment }
        return Self.defaultDirectory
    }

    var directory: NodeDirectory { NodeDirectory(path: path) }

    /// A command to type next, for this directory.
    func typed(_ command: String) -> String {
        let text = "entente " + command
        guard let givenDirectory else { return text }
        return text + " --dir " + Shell.word(givenDirectory)
    }

    /// The settings in force.
    func configuration(flags: [(key: String, value: String)] = []) throws(OperatorFailure) -> SiteConfiguration {
        try directory.configuration(
            from: .init(file: configurationFile, environment: ProcessInfo.processInfo.environment, flags: flags))
    }

    /// The way to the site: its running node, or its store.
    func siteOperator() throws(OperatorFailure) -> SiteOperator {
        SiteOperator(directory: directory, configuration: try configuration())
    }

    /// Asks the site; a refusal is an error.
    func perform(_ command: Command) async throws(OperatorFailure) -> Answer {
        do throws(OperatorFailure) {
            let answer = try await siteOperator().perform(command)
            if case .refused(let refusal) = answer { throw OperatorFailure(refusal: refusal) }
            return answer
        } catch {
            throw forThisDirectory(error)
        }
    }

    /// Exports from the site, piece by piece.
    func export(_ request: ExportRequest, take: ([UInt8]) -> Void) async throws(OperatorFailure) {
        do throws(OperatorFailure) {
            try await siteOperator().export(request, take: take)
        } catch {
            throw forThisDirectory(error)
        }
    }

    private func forThisDirectory(_ error: OperatorFailure) -> OperatorFailure {
        OperatorFailure(code: error.code, what: error.what, why: error.why, next: forThisDirectory(error.next))
    }

    /// Advice of a node, which does not know how its directory is named: the directory is added to each command in it.
    ///
    /// A command in advice begins with "entente " and ends with a comma or with the advice.
    func forThisDirectory(_ advice: String) -> String {
        guard let givenDirectory, !advice.contains("--dir") else { return advice }
        let parts = advice.split(separator: ",", omittingEmptySubsequences: false).map { part in
            part.contains("entente ") ? part + " --dir " + Shell.word(givenDirectory) : String(part)
        }
        return parts.joined(separator: ",")
    }

    /// Prints an answer: as JSON where that was asked for.
    func show(_ json: JSON, _ lines: [String]) {
        if self.json {
            Output.print(json.document)
        } else if !lines.isEmpty {
            Output.print(lines.joined(separator: "\n"))
        }
    }

    /// The node answered a question that was not asked.
    func mismatch() -> OperatorFailure {
        OperatorFailure(
            code: ExitStatus.unavailable, what: "the node gave an answer that does not belong to the question",
            why: "The program and the running node are probably of different versions.", next: "Restart the node: " + typed("run"))
    }
}

/// Who acts.
struct ActingOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: "The member who acts, by name or id. (default: the site's first member)")
    var member: String?
}
