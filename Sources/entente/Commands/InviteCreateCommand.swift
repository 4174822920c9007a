import ArgumentParser
import EntenteModel
import EntenteNode
import EntenteRuntime
import FoundationEssentials

/// `invite --site …`, which is `invite create --site …`.
struct InviteCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Write an invitation for a site, a partner, a member or a guest.",
        discussion: """
            The file is a secret: whoever has it may join in its name, as often as --uses says. Dates are YYYY-MM-DD \
            (to the end of that day, UTC) or ISO 8601 with a zone, as 2026-12-31T18:00:00Z.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Option(
        name: [.customLong("site"), .customLong("for")],
        help: "Whom it is for: the site, or with --for the person; a label, kept in the file alone.")
    var siteName: String

    @Option(help: "site or partner (a node of its own), member or guest (a person).")
    var role: Role

    @Option(name: .customLong("space"), help: "A space that the newcomer may hold; may be repeated. Without it: all that the role may.")
    var spaces: [String] = []

    @Option(help: "The last day of the membership.")
    var until: String

    @Option(help: "The last day on which the file may be used. (default: 14 days from now)")
    var useBy: String?

    @Option(help: "How many may join with the file.")
    var uses: UInt64 = 1

    @Option(help: "The member who answers for whoever comes in by it: name, id or the first 8 digits of it. Everybody can see it.")
    var sponsor: String?

    @Flag(help: "Of a guest: reads, and writes nothing, not even a name, so that others see a short id.")
    var readOnly = false

    @Option(help: "Where to write the file; - prints it. An existing file is never overwritten.")
    var out: String

    func validate() throws {
        guard uses > 0 else { throw ValidationError("--uses is at least 1.") }
        guard !readOnly || role == .guest else { throw ValidationError("--read-only goes with --role guest alone.") }
        guard !out.isEmpty else { throw ValidationError("--out needs the name of a file, or - for standard output.") }
    }

    func run() async throws {
        let request = InviteRequest(
            siteName: siteName, role: role, spaces: spaces, until: try FutureDate.parse(until, option: "--until"),
            useBy: try useBy.map { text throws(OperatorFailure) in try FutureDate.parse(text, option: "--use-by") }, uses: uses,
            by: acting.member, sponsor: sponsor, readOnly: readOnly)
        if out == "-" {
            let item = try await issue(request)
            site.show(json(item, file: nil), [item.invitation])
            return
        }
        // The file is there before the invitation is: one that nobody can write down is never issued.
        var file = try SecretFile(creating: out)
        let item = try await issue(request)
        try file.keep(item.invitation + "\n")
        site.show(json(item, file: out), lines(item))
    }

    private func issue(_ request: InviteRequest) async throws(OperatorFailure) -> InvitedItem {
        guard case .invited(let item) = try await site.perform(.invite(request)) else { throw site.mismatch() }
        return item
    }

    private func json(_ item: InvitedItem, file: String?) -> JSON {
        .fields([
            "id": .string(item.id), "role": .string(item.role), "until": .string(item.until), "useBy": .string(item.useBy),
            "uses": .count(item.uses), "file": .text(file), "invitation": file == nil ? .string(item.invitation) : .null,
        ])
    }

    private func lines(_ item: InvitedItem) -> [String] {
        let isPerson = role == .member || role == .guest
        let joining = "entente join \(Shell.word(out))" + (isPerson ? "" : " --site \(Shell.word(siteName))") + " --member NAME"
        return [
            "Wrote an invitation (\(PlainText.short(item.id))) to \(PlainText.line(out)): a secret, hand it over as such.",
            "  for         \(PlainText.line(siteName)), as \(PlainText.line(item.role))\(readOnly ? ", reading only" : "")",
            "  use it by   \(PlainText.minute(item.useBy)) UTC, \(PlainText.count(item.uses, "time", "times"))",
            "  membership  until \(PlainText.minute(item.until)) UTC",
            isPerson ? "They type, on the site where they are to sign:" : "They type:", "  " + joining,
        ]
    }
}

/// A date that a person typed and that is still to come.
enum FutureDate {
    static func parse(_ text: String, option: String) throws(OperatorFailure) -> Timestamp {
        guard let time = Timestamp(text: text) else {
            throw .usage(
                what: "\(option) \(text) is no date", why: "A date is YYYY-MM-DD, or ISO 8601 with a zone.",
                next: "For example \(option) 2030-12-31, or \(option) 2030-12-31T18:00:00Z")
        }
        guard Double(time.milliseconds) / 1000 > Date().timeIntervalSince1970 else {
            throw .usage(
                what: "\(option) \(text) is past", why: "What it gives would have ended before it began.",
                next: "Give a date to come, for example \(option) 2030-12-31")
        }
        return time
    }
}

extension Role: ExpressibleByArgument {}
