import ArgumentParser
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteRuntime

struct RootShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a proposal would do, and who has signed it.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The proposal's file, or - for standard input.")
    var file: String

    func run() async throws {
        let item = try await Proposals.item(try Proposals.read(file), site)
        site.show(Proposals.json(item, file: file), Proposals.lines(item))
    }
}

struct RootSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a proposal with a root key; the file is replaced by the signed one.",
        discussion: """
            Where there is a site, what the proposal would do is shown first, and a key that is none of the network's is refused. Elsewhere \
            look at it before with entente root show, on a site that you trust.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The proposal's file.")
    var file: String

    @Option(help: "The file of the root key.")
    var key: String

    func run() async throws {
        let text = try Proposals.read(file)
        let signing = try CarriedKey.root(key)
        let device = DeviceKey(signing.publicKey)
        let signed: RootProposal
        do {
            signed = try Node.signRoot(text, with: signing)
        } catch {
            throw OperatorFailure(refusal: error)
        }
        let before = (try? RootProposal(text: text))?.signers ?? []
        guard !before.contains(device) else {
            throw OperatorFailure.refused(
                what: "this key has signed the proposal already",
                why: "\(PlainText.count(before.count, "key has", "keys have")) signed it so far.",
                next: "Give the file to the next holder, or submit it: " + site.typed("root submit \(Shell.word(file))"))
        }
        let hasSite = site.directory.isFounded
        if hasSite {
            try await checkKey(device, signed)
            guard try await Proposals.item(text, site).accepted.isEmpty else {
                throw OperatorFailure.refused(
                    what: "the proposal was taken already", why: "The network has it: one more signature changes nothing.",
                    next: site.typed("root status"))
            }
        }
        let isAgreed = try await site.agree(consent, done: "signed", command: "root sign \(Shell.word(file)) --key \(Shell.word(key))") {
            () async throws(OperatorFailure) in
            guard hasSite else {
                return (
                    .fields(["done": .bool(false), "key": .string(device.description)]),
                    ["There is no site in \(PlainText.line(site.path)), so what the proposal would do is not shown here."]
                )
            }
            let item = try await Proposals.item(text, site)
            return (
                Proposals.json(item, file: file),
                Proposals.lines(item) + ["You would sign it with the key \(PlainText.short(device.description))."]
            )
        }
        guard isAgreed else { return }
        try Token.replace(file, with: signed.text)
        let signers = signed.signers.map(\.description)
        site.show(
            .fields(["done": .bool(true), "file": .string(file), "key": .string(device.description), "signed": .texts(signers)]),
            [
                "Signed with the key \(PlainText.short(device.description)): \(PlainText.count(signers.count, "signature", "signatures")) so far.",
                "Give the file to the next holder, or submit it: " + site.typed("root submit \(Shell.word(file))"),
            ])
    }

    /// Refuses a key whose signature would count for nothing.
    private func checkKey(_ device: DeviceKey, _ proposal: RootProposal) async throws(OperatorFailure) {
        guard case .root(let status) = try await site.perform(.rootStatus) else { throw site.mismatch() }
        let proposed = proposal.entries.compactMap(\.header.act).flatMap(\.rootKeys)
        guard status.keys.contains(device.description) || proposed.contains(device) else {
            throw OperatorFailure.refused(
                what: "\(key) is no root key of this network",
                why: "It was replaced, or belongs to another network: it would count for nothing.",
                next: site.typed("root status"))
        }
    }
}

struct RootSubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Hand a proposal that enough have signed to the network.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The proposal's file, or - for standard input.")
    var file: String

    func run() async throws {
        let text = try Proposals.read(file)
        let shown = try await Proposals.item(text, site)
        guard shown.isComplete, shown.accepted.isEmpty else {
            // The node says what is missing, or that it was taken already.
            guard case .rootProposal(let item) = try await site.perform(.submitRoot(proposal: text)) else { throw site.mismatch() }
            throw OperatorFailure.refused(
                what: "the proposal is not complete",
                why:
                    "\(PlainText.count(item.signed.count, "key has", "keys have")) signed it; it takes \(item.needed) of the root keys in force, "
                    + "and for new root keys as many of those as are to sign together.",
                next: "Give the file to another holder, who types: entente root sign \(Shell.word(file)) --key KEY-FILE")
        }
        let isAgreed = try await site.agree(consent, done: "submitted", command: "root submit \(Shell.word(file))") {
            () async throws(OperatorFailure) in (Proposals.json(shown, file: file), Proposals.lines(shown))
        }
        guard isAgreed else { return }
        guard case .rootProposal(let item) = try await site.perform(.submitRoot(proposal: text)) else { throw site.mismatch() }
        guard !item.accepted.isEmpty else {
            throw OperatorFailure.refused(
                what: "the network did not take the proposal", why: "The root keys have signed something else beside it that counts more.",
                next: site.typed("root status"))
        }
        site.show(Proposals.json(item, file: file), Proposals.lines(item))
    }
}
