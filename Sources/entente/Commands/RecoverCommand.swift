import ArgumentParser
import EntenteNode
import EntenteRuntime

struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Sign again after a loss or a theft, with a recovery key that was kept away from the machine.",
        discussion: """
            A key on this site takes the place of the lost one; the member, its name, its roles and what it wrote stay. The recovery key is \
            used up, and a new one is written: keep that away from the machine too. What a thief wrote is taken back from the entry on that \
            --take-back-from names.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The file of the recovery key.")
    var file: String

    @Option(name: .customLong("member"), help: "The person, as this site is to call them; without it, the key is this site's own.")
    var member: String?

    @Option(help: "The first entry that a thief signed, by its whole id.")
    var takeBackFrom: String?

    func run() async throws {
        let key = try CarriedKey.recovery(file)
        guard key.isSite == (member == nil) else {
            throw OperatorFailure.usage(
                what: "\(file) is the recovery key of a \(key.isSite ? "site" : "person")",
                why: key.isSite ? "A site is recovered without --member." : "A person is recovered with --member NAME.",
                next: site.typed("recover \(Shell.word(file))" + (key.isSite ? "" : " --member NAME")))
        }
        let name = member.map { "--member " + Shell.word($0) }
        let command = ["recover", Shell.word(file), name].compactMap(\.self).joined(separator: " ")
        let isAgreed = try await site.agree(consent, done: "recovered", command: command) { () async throws(OperatorFailure) in
            let who = member.map(PlainText.line) ?? "this site"
            return (
                .fields(["done": .bool(false), "member": .text(member), "takeBackFrom": .text(takeBackFrom)]),
                [
                    "From here on \(who) would sign with a key on this site, and with the keys used so far no more.",
                    "The recovery key is used up by it; a new one is written.",
                ]
            )
        }
        guard isAgreed else { return }
        let request = RecoverRequest(seed: key.seed, member: member, commitment: "", takeBackFrom: takeBackFrom)
        guard case .recovered(let item) = try await site.perform(.recover(request)) else { throw site.mismatch() }
        show(item)
    }

    private func show(_ item: RecoveredItem) {
        var lines = ["\(Answers.person(item.member)) signs on this site from here on."]
        lines += Answers.section("Keys that sign no more:", item.retired.map(PlainText.short))
        lines.append("Kept: \(PlainText.count(item.keptLogs, "log", "logs")), as far as this site has them.")
        if let recoveryKeyFile = item.recoveryKeyFile {
            lines += ["The old recovery key is used up. Move the new one off this machine:", "  " + PlainText.line(recoveryKeyFile)]
        }
        site.show(
            .fields([
                "id": .string(item.id), "done": .bool(true), "member": Answers.author(item.member), "retired": .texts(item.retired),
                "keptLogs": .count(item.keptLogs), "recoveryKeyFile": .text(item.recoveryKeyFile),
            ]), lines)
    }
}
