import ArgumentParser
import EntenteModel
import EntenteNode
import EntenteRuntime

/// `device request`, `device add`, `device list` and `device remove`.
struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Let a person who is a member already sign on one more site; end that again.",
        discussion: """
            On the new site: entente device request --member NAME --out FILE. On the site where the person joined: entente device add FILE. \
            No administrator has a part in it.
            """,
        subcommands: [DeviceListCommand.self, DeviceRequestCommand.self, DeviceAddCommand.self, DeviceRemoveCommand.self],
        defaultSubcommand: DeviceListCommand.self)
}

struct DeviceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys that sign for one member, or for those who sign on this site.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The member: name, id or the first 8 digits of it. (default: this site and its people)")
    var member: String?

    func run() async throws {
        let items = try await Self.items(of: member, site)
        let rows = items.map { [$0.member.name] + Answers.deviceRow($0) }
        site.show(.array(items.map(Answers.device)), PlainText.table(rows))
    }

    static func items(of member: String?, _ site: SiteOptions) async throws(OperatorFailure) -> [DeviceItem] {
        guard case .devices(let items) = try await site.perform(.devices(member: member)) else { throw site.mismatch() }
        return items
    }
}

struct DeviceRequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "On the new site: make a key for a person, and ask that it may sign.",
        discussion: "The request is no secret. It is carried to the site where the person joined, or recovered.")

    @OptionGroup var site: SiteOptions

    @Option(name: .customLong("member"), help: "The name of the person, as this site is to call them.")
    var member: String

    @Option(help: "Where to write the request; - prints it. An existing file is never overwritten.")
    var out = "-"

    func run() async throws {
        if out == "-" {
            let item = try await ask()
            return site.show(json(item, file: nil), [item.request])
        }
        var file = try SecretFile(creating: out)
        let item = try await ask()
        try file.keep(item.request + "\n")
        site.show(
            json(item, file: out),
            [
                "Wrote the request of the key \(PlainText.short(item.device)) for \(PlainText.line(member)) to \(PlainText.line(out)).",
                "On the site where \(PlainText.line(member)) joined, type: entente device add \(Shell.word(out))",
            ])
    }

    private func ask() async throws(OperatorFailure) -> DeviceRequestItem {
        guard case .deviceRequest(let item) = try await site.perform(.requestDevice(member: member)) else { throw site.mismatch() }
        return item
    }

    private func json(_ item: DeviceRequestItem, file: String?) -> JSON {
        .fields([
            "member": .string(item.member), "device": .string(item.device), "file": .text(file),
            "request": file == nil ? .string(item.request) : .null,
        ])
    }
}

struct DeviceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "On the site of a person's first key: let the key of a request sign for that person too.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The request's file, the request itself, or - for standard input.")
    var request: String

    func run() async throws {
        let text = try Token.read(request, prefix: DeviceRequest.prefix, "device request")
        let isAgreed = try await site.agree(consent, done: "added", command: "device add \(Shell.word(request))") {
            () async throws(OperatorFailure) in
            guard let wanted = try? DeviceRequest(text: text) else {
                throw .refused(
                    what: "this is no device request", why: "A part of it is missing or altered.",
                    next: "Ask for it again, and copy it as it is.")
            }
            guard case .acted = try await site.perform(.addDevice(request: text, by: acting.member, preview: true)) else {
                throw site.mismatch()
            }
            let device = wanted.device.description
            return (
                .fields(["done": .bool(false), "member": .string(wanted.name), "device": .string(device)]),
                [
                    "From here on the key \(PlainText.short(device)), of “\(PlainText.line(wanted.name))” on another site, would sign in your name."
                ]
            )
        }
        guard isAgreed else { return }
        guard case .acted(let act) = try await site.perform(.addDevice(request: text, by: acting.member)) else { throw site.mismatch() }
        site.show(Answers.act(act), [Answers.actLine(act)])
    }
}

struct DeviceRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "On the site of a person's first key: end a further key of that person.",
        discussion: "What the key signed and this site has stays. What it signs from then on, or had not sent, is not accepted.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var consent: ConsentOptions

    @Argument(help: "The key: all digits or the first 8, as entente device list shows it.")
    var key: String

    func run() async throws {
        let isAgreed = try await site.agree(consent, done: "removed", command: "device remove \(Shell.word(key))") {
            () async throws(OperatorFailure) in
            let items = try await DeviceListCommand.items(of: acting.member, site).filter {
                key.utf8.count >= 8 && $0.key.hasPrefix(key.lowercased())
            }
            guard items.count == 1, let item = items.first else {
                throw .refused(
                    what: "there is no key “\(key)”", why: "A key is named by its digits, or the first 8 of them.",
                    next: site.typed("device list"))
            }
            guard case .acted = try await site.perform(.removeDevice(key: key, by: acting.member, preview: true)) else {
                throw site.mismatch()
            }
            return (
                .fields(["done": .bool(false), "device": Answers.device(item)]),
                [
                    "This would end: " + Answers.deviceRow(item).map(PlainText.line).joined(separator: " ")
                        + ", of \(Answers.person(item.member))."
                ]
            )
        }
        guard isAgreed else { return }
        guard case .acted(let act) = try await site.perform(.removeDevice(key: key, by: acting.member)) else { throw site.mismatch() }
        site.show(Answers.act(act), [Answers.actLine(act)])
    }
}
