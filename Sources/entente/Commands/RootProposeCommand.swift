import ArgumentParser
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteRuntime

struct RootUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Propose new root keys: after a loss, a theft, or when a holder leaves.",
        discussion: """
            Name all keys that are to be root keys from then on, those that stay too. Enough of the keys in force and enough of the new ones \
            have to sign. Every holder draws a new key alone: entente root new-key --out FILE.
            """)

    @OptionGroup var site: SiteOptions

    @Option(name: .customLong("key"), help: "A root key from then on: its public key, or the file that holds it. Repeat it for each.")
    var keys: [String]

    @Option(help: "How many of them sign together: more than half.")
    var quorum: UInt64

    @Option(help: "Where to write the proposal; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws {
        var digits: [String] = []
        for key in keys {
            let isPublic = key.utf8.count == 64 && key.allSatisfy(\.isHexDigit)
            digits.append(isPublic ? key.lowercased() : DeviceKey(try CarriedKey.root(key).publicKey).description)
        }
        try await Proposals.propose(.update(keys: digits, quorum: quorum), out: out, site)
    }
}

struct RootProposeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose", abstract: "Propose an act that only the root keys may do.",
        subcommands: [
            RootGrantCommand.self, RootRevokeCommand.self, RootAnnulCommand.self, RootDisavowCommand.self,
        ])
}

struct RootGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Propose an administrator or a security officer; removals of that member are lifted.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The member: name, id or the first 8 digits of it.")
    var id: String

    @Option(help: "administrator or security-officer.")
    var role: StandingRole

    @Option(help: "Of an administrator, 1 to 3. (default: 1)")
    var level: UInt8?

    @Option(name: .customLong("space"), help: "A space; may be repeated. (default: the whole network)")
    var spaces: [String] = []

    @Option(help: "The last day of it. (default: none)")
    var until: String?

    @Option(help: "Where to write the proposal; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws {
        let request = GrantRequest(
            member: id, role: role, level: level, spaces: spaces,
            until: try until.map { text throws(OperatorFailure) in try FutureDate.parse(text, option: "--until") }, by: nil)
        try await Proposals.propose(.grant(request), out: out, site)
    }
}

struct RootRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Propose to remove a member, whatever its level.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The member or site: name, id or the first 8 digits of it.")
    var id: String

    @Flag(help: "For cause: nobody but the root keys brings anything back later.")
    var cause = false

    @Flag(help: "With everybody whom the member let in or gave a role.")
    var subtree = false

    @Option(help: "Where to write the proposal; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws {
        try await Proposals.propose(.revoke(target: id, forCause: cause, subtree: subtree), out: out, site)
    }
}

struct RootAnnulCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annul", abstract: "Propose to take back a removal, a leave or a disavowal.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The act: id, or the first 8 digits of it.")
    var id: String

    @Option(help: "Where to write the proposal; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws { try await Proposals.propose(.annul(id: id), out: out, site) }
}

struct RootDisavowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disavow", abstract: "Propose to void an entry and what follows it in its log.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The first entry that is to be void: id, or the first 8 digits of it.")
    var id: String

    @Option(help: "Where to write the proposal; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws { try await Proposals.propose(.disavow(id: id), out: out, site) }
}
