import EntenteNode

// What the commands about memberships and keys have in common. A field of JSON is called as in the node's answer.
extension Answers {
    /// An id that is empty where nothing was written.
    static func written(_ id: String) -> JSON { id.isEmpty ? .null : .string(id) }

    static func author(ofAny author: AuthorItem?) -> JSON { author.map(Self.author) ?? .null }

    /// "Yann (1a2b3c4d)".
    static func person(_ author: AuthorItem) -> String { "\(PlainText.line(author.name)) (\(PlainText.short(author.id)))" }

    /// "the whole network", or the names of spaces.
    static func places(_ spaces: [String]) -> String {
        spaces.isEmpty ? "the whole network" : spaces.map(PlainText.line).joined(separator: ", ")
    }

    /// "until 2030-12-31", or nothing that ends.
    static func end(_ until: String?) -> String { until.map { "until " + PlainText.line(String($0.prefix(10))) } ?? "no end" }

    // MARK: - Acts

    static func act(_ act: ActItem) -> JSON {
        .fields([
            "id": .string(act.id), "time": .string(act.time), "by": author(ofAny: act.by), "words": .string(act.words),
            "inForce": .bool(act.inForce),
        ])
    }

    /// "2026-03-01 10:20  Alice removed Yann from the whole network (1a2b3c4d)".
    static func actLine(_ act: ActItem) -> String {
        let author = act.by.map { PlainText.line($0.name) } ?? "The root keys"
        let line = "\(PlainText.minute(act.time))  \(author) \(PlainText.line(act.words)) (\(PlainText.short(act.id)))"
        return act.inForce ? line : line + ", without effect"
    }

    /// Lines under a title; none where there is nothing.
    static func section(_ title: String, _ lines: [String]) -> [String] { lines.isEmpty ? [] : [title] + lines.map { "  " + $0 } }

    // MARK: - Members

    static func member(_ item: MemberItem) -> JSON {
        .fields([
            "id": .string(item.id), "name": .string(item.name), "kind": .string(item.kind), "role": .string(item.role),
            "spaces": .texts(item.spaces), "until": .text(item.until), "state": .string(item.state), "site": .text(item.site),
            "held": .count(item.held), "forks": .count(item.forks),
        ])
    }

    static func memberRow(_ item: MemberItem) -> [String] {
        var notes: [String] = []
        if item.held > 0 { notes.append("\(item.held) held") }
        if item.forks > 0 { notes.append("two pasts signed") }
        return [
            item.name, item.kind, item.role, item.state, end(item.until), item.spaces.isEmpty ? "whole network" : places(item.spaces),
            PlainText.short(item.id),
        ] + (notes.isEmpty ? [] : [notes.joined(separator: ", ")])
    }

    static func device(_ item: DeviceItem) -> JSON {
        .fields([
            "key": .string(item.key), "kind": .string(item.kind), "site": .text(item.site), "inForce": .bool(item.inForce),
            "isHere": .bool(item.isHere), "member": author(item.member),
        ])
    }

    /// Key, kind, where, whether it signs.
    static func deviceRow(_ item: DeviceItem) -> [String] {
        let kind = ["primary": "first key", "recovery": "recovery key", "device": "device"][item.kind] ?? item.kind
        return [
            PlainText.short(item.key), kind, item.site.map { "on \($0)" } ?? "on no site",
            item.kind == "recovery"
                ? "replaced the keys before" : (item.inForce ? "signs" : "signs no more") + (item.isHere ? ", is here" : ""),
        ]
    }

    static func fork(_ item: ForkItem) -> JSON {
        .fields([
            "member": author(item.member), "space": .string(item.space), "device": .string(item.device), "sequence": .count(item.sequence),
            "branches": .count(item.branches), "heads": .texts(item.heads),
        ])
    }

    static func forkLine(_ item: ForkItem) -> String {
        "in \(PlainText.line(item.space)), from entry \(item.sequence) on: \(PlainText.count(item.branches, "branch", "branches"))"
            + " by the key \(PlainText.short(item.device))"
    }

    // MARK: - Invitations

    static func invitation(_ item: InvitationItem) -> JSON {
        .fields([
            "id": .string(item.id), "ids": .texts(item.ids), "role": .string(item.role), "spaces": .texts(item.spaces),
            "by": author(ofAny: item.by), "sponsor": author(ofAny: item.sponsor), "issued": .string(item.issued),
            "useBy": .text(item.useBy), "until": .text(item.until), "uses": .count(item.uses), "used": .count(item.used),
            "state": .string(item.state), "cameIn": .array(item.cameIn.map(Self.author)), "closedBy": .array(item.closedBy.map(act)),
        ])
    }

    // MARK: - Grants

    static func granted(_ item: GrantedItem, done: Bool) -> JSON {
        .fields([
            "done": .bool(done), "member": author(item.member), "role": .string(item.role), "spaces": .texts(item.spaces),
            "until": .text(item.until), "ids": .texts(item.ids), "overrides": .array(item.overrides.map(act)),
            "remaining": .array(item.remaining.map(act)), "unlisted": .count(item.unlisted),
            "stillOut": .array(item.stillOut.map(Self.author)),
        ])
    }

    static func grantedLines(_ item: GrantedItem, done: Bool) -> [String] {
        var lines = [
            "\(person(item.member)) \(done ? "is" : "would be") \(PlainText.line(item.role)) of \(places(item.spaces)), \(end(item.until))."
        ]
        lines += section(done ? "Lifted:" : "It would lift:", item.overrides.map(actLine))
        lines += section("It does not lift these, which go on to count where they say:", item.remaining.map(actLine))
        if item.unlisted > 0 {
            lines.append(
                "Not lifted either: \(PlainText.count(item.unlisted, "older removal", "older removals")), for which a grant has no room and"
                    + " which do not reach this standing.")
        }
        lines += section(
            done ? "Out by the same removals, and not taken back with it:" : "Out by the same removals, it would not take back:",
            item.stillOut.map(person))
        return lines
    }
}
