import ArgumentParser
import EntenteNode
import EntenteRuntime

struct GrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Give a member one more role.",
        discussion: """
            One gives less than one has: an administrator of level 1 makes administrators of level 2 and 3, those make stewards, members \
            and guests. Whoever was removed comes back by entente readmit; newcomers come by entente invite.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The member: name, id or the first 8 digits of it.")
    var id: String

    @Option(help: "administrator, steward (of a space), member or guest; site or partner for a site.")
    var role: StandingRole

    @Option(help: "Of an administrator, 2 or 3. (default: the most senior that you may give)")
    var level: UInt8?

    @Option(name: .customLong("space"), help: "A space; may be repeated. (default: the whole network, where the role may have that)")
    var spaces: [String] = []

    @Option(help: "The last day of it. (default: none but your own)")
    var until: String?

    @Flag(help: "Of a guest: reads, and writes nothing, not even a name, so that others see a short id.")
    var readOnly = false

    func validate() throws {
        guard !readOnly || role == .guest else { throw ValidationError("--read-only goes with --role guest alone.") }
        guard level == nil || role == .administrator else { throw ValidationError("--level goes with --role administrator alone.") }
    }

    func run() async throws {
        let request = GrantRequest(
            member: id, role: role, level: level, spaces: spaces,
            until: try until.map { text throws(OperatorFailure) in try FutureDate.parse(text, option: "--until") }, by: acting.member,
            readOnly: readOnly)
        guard case .granted(let item) = try await site.perform(.grant(request)) else { throw site.mismatch() }
        site.show(Answers.granted(item, done: true), Answers.grantedLines(item, done: true))
    }
}

extension StandingRole: ExpressibleByArgument {}
