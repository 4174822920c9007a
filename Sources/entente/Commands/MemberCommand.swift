import ArgumentParser
import EntenteNode

/// `member show`.
struct MemberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "Show one member: what it may, by whom, until when, and what was done to it.",
        subcommands: [MemberShowCommand.self], defaultSubcommand: MemberShowCommand.self)
}

struct MemberShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the standing, the devices and the removals of one member.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The member or site: name, id or the first 8 digits of it.")
    var id: String

    @Flag(help: "Also what happened to the member, the newest last.")
    var history = false

    func run() async throws {
        guard case .member(let item) = try await site.perform(.member(id)) else { throw site.mismatch() }
        var acts: [ActItem] = []
        if history {
            guard case .history(let items) = try await site.perform(.history(member: item.member.id, limit: NodeLimits.timelineMax)) else {
                throw site.mismatch()
            }
            acts = items
        }
        let lines = Self.lines(item) + Answers.section("What happened", acts.map(Answers.actLine))
        site.show(Self.json(item, history ? acts : nil), lines)
    }

    // MARK: - JSON

    private static func json(_ item: MemberDetailItem, _ history: [ActItem]?) -> JSON {
        .fields([
            "member": Answers.member(item.member), "capabilities": .array(item.capabilities.map(capability)),
            "devices": .array(item.devices.map(Answers.device)), "removals": .array(item.removals.map(removal)), "held": .count(item.held),
            "forks": .array(item.forks.map(Answers.fork)), "successorOf": Answers.author(ofAny: item.successorOf),
            "succeededBy": Answers.author(ofAny: item.succeededBy), "history": history.map { .array($0.map(Answers.act)) } ?? .null,
        ])
    }

    private static func capability(_ item: CapabilityItem) -> JSON {
        .fields([
            "id": .string(item.id), "role": .string(item.role), "level": .count(item.level), "rights": .texts(item.rights),
            "spaces": .texts(item.spaces), "by": Answers.author(ofAny: item.by), "since": .string(item.since), "until": .text(item.until),
            "state": .string(item.state), "stoppedBy": .array(item.stoppedBy.map(Answers.act)), "invitation": .text(item.invitation),
        ])
    }

    private static func removal(_ item: RemovalEffectItem) -> JSON {
        .fields(["act": Answers.act(item.act), "stops": .texts(item.stops), "kept": .count(item.kept)])
    }

    // MARK: - Words

    private static func lines(_ item: MemberDetailItem) -> [String] {
        let member = item.member
        var lines = ["\(PlainText.line(member.name)), a \(PlainText.line(member.kind)), \(PlainText.line(member.state))"]
        lines.append("  id    \(PlainText.line(member.id))")
        if let site = member.site, member.kind == "person" { lines.append("  site  \(PlainText.line(site))") }
        if let successorOf = item.successorOf { lines.append("  stands for \(Answers.person(successorOf)), whose keys are lost") }
        if let succeededBy = item.succeededBy { lines.append("  \(Answers.person(succeededBy)) stands for this one now") }
        for capability in item.capabilities { lines += Self.lines(capability) }
        lines += Answers.section("Keys", PlainText.table(item.devices.map(Answers.deviceRow)))
        for removal in item.removals { lines += Self.lines(removal) }
        lines += Answers.section("Signed two pasts", item.forks.map(Answers.forkLine))
        if item.held > 0 {
            lines.append("\(PlainText.count(item.held, "entry is", "entries are")) held for review: see entente held list.")
        }
        return lines
    }

    private static func lines(_ item: CapabilityItem) -> [String] {
        let giver = item.by.map { PlainText.line($0.name) } ?? "the root keys"
        let how = item.invitation == nil ? "given by \(giver)" : "invited by \(giver)"
        let since = PlainText.line(String(item.since.prefix(10)))
        let rights = item.rights.isEmpty ? "no rights" : "may " + item.rights.map(PlainText.line).joined(separator: ", ")
        return [
            "\(capitalised(PlainText.line(item.role))): \(PlainText.line(item.state)) (\(PlainText.short(item.id)))",
            "  \(how) on \(since), \(Answers.end(item.until)); level \(item.level), \(rights)",
        ] + item.stoppedBy.map { "  ended: " + Answers.actLine($0) }
    }

    private static func lines(_ item: RemovalEffectItem) -> [String] {
        let kept = PlainText.count(item.kept, "entry", "entries")
        return [
            "What this did: " + Answers.actLine(item.act),
            "  ended \(item.stops.map(PlainText.line).joined(separator: "; ")); \(kept) kept",
        ]
    }

    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
