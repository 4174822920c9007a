import ArgumentParser
import EntenteModel
import EntenteNode
import EntenteRuntime
import EntenteWeb

struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Join a network with an invitation.",
        discussion: """
            Makes this site's own keys, presents the invitation to the sites that it names, and fetches what the site may hold. \
            In the directory of a site that has joined already, lets a further person join on it.
            """)

    /// An invitation is one line of a few kilobytes.
    private static let invitationBytesMax = 64 * 1024

    @OptionGroup var site: SiteOptions

    @Argument(help: "The invitation's file, or - for standard input.")
    var file: String

    @Option(name: .customLong("site"), help: "The name of this site. (in the directory of a site: not needed)")
    var siteName: String?

    @Option(name: .customLong("member"), help: "The name of the person who acts on this site.")
    var memberName: String

    @Option(help: "Where other sites reach this one, as HOST:PORT. (default for a new site: \(SiteOptions.defaultListen))")
    var listen: String?

    @Option(name: .customLong("wait"), help: "Give up after so many seconds without an answer.")
    var seconds: UInt64 = 30

    func validate() throws {
        guard (1...86_400).contains(seconds) else { throw ValidationError("--wait is 1 to 86400 seconds.") }
    }

    func run() async throws {
        let isNewSite = !site.directory.isFounded
        guard let siteName = try chosenName() else {
            throw OperatorFailure.usage(
                what: "the new site has no name", why: "This directory holds no site yet, so this joins with one.",
                next: site.typed("join \(Shell.word(file)) --site NAME --member \(Shell.word(memberName))"))
        }
        let text = try invitation()
        let item = try await site.siteOperator().join(
            invitation: text, site: siteName, member: memberName,
            listen: listen ?? (isNewSite ? SiteOptions.defaultListen : nil), milliseconds: seconds * 1000)
        let spaces = item.spaces.map(PlainText.line).joined(separator: ", ")
        var lines = [
            "Joined the network \(PlainText.line(item.network)).", "  site    \(PlainText.line(item.site.name))",
            "  member  \(PlainText.line(item.member.name))", "  spaces  \(spaces.isEmpty ? "none yet" : spaces)",
        ]
        if item.provisional { lines.append("The admission is provisional until an administrator's node has seen it.") }
        // A further person joins beside the node, which runs or does not: both write and read. A guest may be there to read only.
        let space = Shell.word(item.spaces.first ?? "SPACE")
        let isGuest = (try? Invitation(text: text))?.role == Role.guest.rawValue
        let next =
            isNewSite
            ? "run" : isGuest ? "timeline --space \(space)" : "post --space \(space) --as \(Shell.word(memberName)) 'Bonjour'"
        site.show(
            .fields([
                "network": .string(item.network), "site": Answers.author(item.site), "member": Answers.author(item.member),
                "spaces": .texts(item.spaces), "provisional": .bool(item.provisional),
            ]), lines + ["Type next:", "  " + site.typed(next)])
    }

    /// The name that was typed, or that of the site which is here.
    private func chosenName() throws(OperatorFailure) -> String? {
        if siteName == nil, site.directory.isFounded { return try site.directory.settings().siteName }
        return siteName
    }

    private func invitation() throws(OperatorFailure) -> String {
        let bytes = try contents()
        guard let bytes, let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw .refused(
                what: "\(file) holds no invitation", why: "An invitation is one line of text; this is something else.",
                next: "Ask for the file again, and copy it as it is.")
        }
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Nil where there is more than any invitation holds.
    private func contents() throws(OperatorFailure) -> [UInt8]? {
        do {
            return file == "-"
                ? try BoundedInput.standard(limit: Self.invitationBytesMax) : try BoundedInput.file(file, limit: Self.invitationBytesMax)
        } catch {
            throw OperatorFailure(
                code: ExitStatus.refused, what: "the invitation \(file) cannot be read",
                why: "There is no such file, or it is not yours to read.", next: "Check the name: ls -l \(Shell.word(file))")
        }
    }
}
