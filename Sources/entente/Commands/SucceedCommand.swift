import ArgumentParser
import EntenteNode
import EntenteRuntime

struct SucceedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "succeed", abstract: "Say that a new member stands for one whose keys are all lost, and give it the same roles.",
        discussion: """
            Only where the recovery key is lost too: otherwise use entente recover. The old member keeps what it wrote, and nobody gets its \
            keys; revoke it afterwards. That takes an administrator of the whole network.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "Whose keys are lost: name, id or the first 8 digits of it.")
    var old: String

    @Argument(help: "Who came in anew: name, id or the first 8 digits of it.")
    var new: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "said", command: "succeed \(Shell.word(old)) \(Shell.word(new))") {
            () async throws(OperatorFailure) in
            let (former, newcomer) = (try await member(old), try await member(new))
            let roles = former.capabilities.filter { $0.state == "active" && $0.role.hasPrefix("automatic acts") == false }.map(\.role)
            return (
                .fields([
                    "done": .bool(false), "old": .string(former.member.id), "new": .string(newcomer.member.id), "roles": .texts(roles),
                ]),
                [
                    "\(PlainText.line(newcomer.member.name)) would stand for \(PlainText.line(former.member.name)), with as much as you may give of:"
                ]
                    + roles.map { "  " + PlainText.line($0) }
            )
        }
        guard isAgreed else { return }
        guard case .succeeded(let item) = try await site.perform(.succeed(old: old, new: new, by: acting.member)) else {
            throw site.mismatch()
        }
        var lines = ["\(Answers.person(item.new)) stands for \(Answers.person(item.old))."]
        lines += Answers.section("Given:", item.granted.map(PlainText.line))
        lines += Answers.section("You may not give:", item.missing.map(PlainText.line))
        site.show(
            .fields([
                "done": .bool(true), "old": Answers.author(item.old), "new": Answers.author(item.new), "granted": .texts(item.granted),
                "missing": .texts(item.missing),
            ]), lines + ["Type next: " + site.typed("revoke \(PlainText.short(item.old.id))")])
    }

    private func member(_ name: String) async throws(OperatorFailure) -> MemberDetailItem {
        guard case .member(let item) = try await site.perform(.member(name)) else { throw site.mismatch() }
        return item
    }
}
