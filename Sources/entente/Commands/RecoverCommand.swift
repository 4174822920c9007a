import ArgumentParser
import EntenteNode
import EntenteRuntime

struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Sign again after a loss or a theft, with a recovery key that was kept away from the machine.",
        discussion: """
            A key on this site takes the place of the lost one; the person, the name, the roles and what was written stay. The recovery key \
            is used up, and a new one is written: keep that away from the machine too. What a thief wrote is taken back from the entry on \
            that --take-back-from names. People alone are recovered: a site whose keys are lost or stolen is revoked and invited anew, and \
            its recovery key serves no command yet.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The file of the recovery key.")
    var file: String

    @Option(name: .customLong("member"), help: "The person, as this site is to call them.")
    var member: String?

    @Option(help: "The first entry that a thief signed, by its whole id.")
    var takeBackFrom: String?

    func run() async throws {
        let key = try CarriedKey.recovery(file)
        guard !key.isSite else {
            throw OperatorFailure.refused(
                what: "\(file) is the recovery key of a site, which serves no command yet",
                why: "A node signs with the key that its site began with, and nothing puts another in its place.",
                next: "Revoke the site, and invite it anew: " + site.typed("revoke SITE --cause"))
        }
        guard let member else {
            throw OperatorFailure.usage(
                what: "\(file) is the recovery key of a person", why: "A person is recovered with --member NAME.",
                next: site.typed("recover \(Shell.word(file)) --member NAME"))
        }
        let command = "recover \(Shell.word(file)) --member \(Shell.word(member))"
        let isAgreed = try await site.agree(consent, done: "recovered", command: command) { () async throws(OperatorFailure) in
            let item = try await perform(key.seed, preview: true)
            return (json(item, done: false), lines(item, done: false))
        }
        guard isAgreed else { return }
        let item = try await perform(key.seed, preview: false)
        site.show(json(item, done: true), lines(item, done: true))
    }

    private func perform(_ seed: String, preview: Bool) async throws(OperatorFailure) -> RecoveredItem {
        let request = RecoverRequest(seed: seed, member: member, commitment: "", takeBackFrom: takeBackFrom, preview: preview)
        guard case .recovered(let item) = try await site.perform(.recover(request)) else { throw site.mismatch() }
        return item
    }

    private func lines(_ item: RecoveredItem, done: Bool) -> [String] {
        var lines = [
            done
                ? "\(Answers.person(item.member)) signs on this site from here on."
                : "From here on \(Answers.person(item.member)) would sign with a new key on this site, here called \(PlainText.line(member ?? ""))."
        ]
        lines += Answers.section(done ? "Keys that sign no more:" : "Keys that would sign no more:", item.retired.map(PlainText.short))
        if takeBackFrom != nil {
            lines.append("Taken back: \(PlainText.count(item.takenBack, "entry", "entries")), as far as this site has them.")
        }
        lines.append("Kept: \(PlainText.count(item.keptLogs, "log", "logs")), as far as this site has them.")
        if !done { return lines + ["The recovery key is used up by it; a new one is written."] }
        if let recoveryKeyFile = item.recoveryKeyFile {
            lines += ["The old recovery key is used up. Move the new one off this machine:", "  " + PlainText.line(recoveryKeyFile)]
        }
        return lines
    }

    private func json(_ item: RecoveredItem, done: Bool) -> JSON {
        .fields([
            "id": Answers.written(item.id), "done": .bool(done), "member": Answers.author(item.member), "retired": .texts(item.retired),
            "keptLogs": .count(item.keptLogs), "takenBack": .count(item.takenBack), "recoveryKeyFile": .text(item.recoveryKeyFile),
        ])
    }
}
