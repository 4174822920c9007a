import ArgumentParser
import EntenteNode
import EntenteRuntime

/// `invite --site …`, `invite list`, `invite show` and `invite revoke`.
struct InviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Write an invitation for a site, a partner, a member or a guest; look after those there are.",
        discussion: "entente invite --site NAME --role ROLE --until DATE --out FILE writes one: see entente invite create --help.",
        subcommands: [InviteCreateCommand.self, InviteListCommand.self, InviteShowCommand.self, InviteRevokeCommand.self],
        defaultSubcommand: InviteCreateCommand.self)
}

struct InviteListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all invitations, the newest last.",
        discussion: "Those by which a site let its own first people in are among them.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only those by which somebody may still come in.")
    var open = false

    func run() async throws {
        let all = try await Invitations.all(site)
        let items = open ? all.filter { $0.state == "open" } : all
        let rows = items.map { item in
            [
                PlainText.short(item.id), item.role, item.spaces.isEmpty ? "whole network" : Answers.places(item.spaces), item.state,
                item.uses == 0 ? "used \(item.used)" : "used \(item.used) of \(item.uses)",
                item.by.map { "by \($0.name)" } ?? "by the root keys",
                item.useBy.map { "use by " + String($0.prefix(10)) } ?? "no last day of use",
            ]
        }
        site.show(.array(items.map(Answers.invitation)), items.isEmpty ? ["There are none."] : PlainText.table(rows))
    }
}

struct InviteShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one invitation, and who came in by it.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The invitation: id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        let item = try await Invitations.one(id, site)
        site.show(Answers.invitation(item), Invitations.lines(item))
    }
}

struct InviteRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Close an invitation: nobody comes in by it any more. Whoever came in stays.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The invitation: id, or the first 8 digits of it.")
    var id: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "closed", command: "invite revoke \(Shell.word(id))") {
            () async throws(OperatorFailure) in
            let item = try await Invitations.one(id, site)
            guard case .acted = try await site.perform(.closeInvitation(id: id, by: acting.member, preview: true)) else {
                throw site.mismatch()
            }
            return (Answers.invitation(item), ["This would close:"] + Invitations.lines(item).map { "  " + $0 })
        }
        guard isAgreed else { return }
        guard case .acted(let act) = try await site.perform(.closeInvitation(id: id, by: acting.member)) else { throw site.mismatch() }
        site.show(Answers.act(act), [Answers.actLine(act)])
    }
}

private enum Invitations {
    static func all(_ site: SiteOptions) async throws(OperatorFailure) -> [InvitationItem] {
        guard case .invitations(let items) = try await site.perform(.invitations) else { throw site.mismatch() }
        return items
    }

    static func one(_ id: String, _ site: SiteOptions) async throws(OperatorFailure) -> InvitationItem {
        let matches = try await all(site).filter { item in
            item.ids.contains { $0 == id || id.utf8.count >= 8 && $0.hasPrefix(id.lowercased()) }
        }
        guard matches.count == 1, let item = matches.first else {
            throw .refused(
                what: "there is no invitation “\(id)”",
                why: matches.isEmpty ? "No id of one begins so." : "Several ids begin so: type more of it.", next: site.typed("invite list")
            )
        }
        return item
    }

    static func lines(_ item: InvitationItem) -> [String] {
        let author = item.by.map { PlainText.line($0.name) } ?? "the root keys"
        let uses = item.uses == 0 ? "any number of times" : PlainText.count(item.uses, "time", "times")
        var lines = [
            "Invitation \(PlainText.short(item.id)) of a \(PlainText.line(item.role)) into \(Answers.places(item.spaces)): "
                + PlainText.line(item.state),
            "issued      \(PlainText.minute(item.issued)) UTC by \(author)",
            "use it by   \(item.useBy.map(PlainText.minute) ?? "any day"), \(uses)", "membership  \(Answers.end(item.until))",
        ]
        if let sponsor = item.sponsor { lines.append("sponsor     \(Answers.person(sponsor)), who answers for whoever comes in by it") }
        lines += Answers.section("Who came in by it:", item.cameIn.map(Answers.person))
        return lines + Answers.section("Closed by:", item.closedBy.map(Answers.actLine))
    }
}
