import EntenteModel

/// A registry act: all its fields in JSON, the telling ones in words.
enum ActReport {
    static func json(_ act: RegistryAct) -> JSON {
        var fields: [JSON.Field] = []
        func add(_ name: String, _ value: JSON, if present: Bool = true) {
            if present, value != .null, value != .array([]) { fields.append(.init(name, value)) }
        }
        func ids(_ ids: [some Identifier]) -> JSON { .texts(ids.map(\.description)) }
        func time(_ time: Timestamp?) -> JSON { .text(time?.iso8601) }
        add("scope", .string(act.scope.description), if: !act.scope.isNetwork)
        add("subject", .text(act.subject?.description))
        add("level", .count(act.level), if: hasLevel(act))
        add("rights", .texts(names(act.rights)))
        add("expiry", time(act.expiry))
        add("over", ids(act.over))
        add("inviteKey", .text(act.inviteKey?.description))
        add("usesMax", .count(act.usesMax), if: act.kind == .invite)
        add("membershipExpiry", time(act.membershipExpiry))
        add("sponsor", .text(act.sponsor?.description))
        add("capabilities", ids(act.capabilities))
        add("subtree", .text(act.subtree?.description))
        add("tips", ids(act.tips))
        add("admits", ids(act.admits))
        add("vouchLevelMax", act.vouchLevelMax.map(JSON.count) ?? .null)
        add("target", .text(act.target?.description))
        add("from", .text(act.from?.description))
        add("rootKeys", ids(act.rootKeys))
        add("rootQuorum", .count(act.rootQuorum), if: !act.rootKeys.isEmpty)
        add("rulesVersion", .count(act.rulesVersion), if: !act.rootKeys.isEmpty)
        add("networkName", .string(act.networkName), if: !act.networkName.isEmpty)
        add("spaceID", .text(act.spaceID?.description))
        add("key", .text(act.key?.description))
        add("host", .text(act.host?.description))
        return .object(fields)
    }

    static func words(_ act: RegistryAct) -> String {
        var words: [String] = []
        if !act.networkName.isEmpty { words.append("network " + act.networkName) }
        if !act.rootKeys.isEmpty { words.append("\(act.rootQuorum) of \(act.rootKeys.count) root keys") }
        if let subject = act.subject { words.append("for " + subject.short) }
        if hasLevel(act) { words.append("level \(act.level) " + names(act.rights).joined(separator: "+")) }
        if !act.scope.isNetwork { words.append("in " + EntryReport.short(.content(act.scope))) }
        if let expiry = act.expiry { words.append("until " + PlainText.minute(expiry.iso8601)) }
        if let space = act.spaceID { words.append("space " + String(space.description.prefix(8))) }
        if let key = act.key { words.append("device " + key.short) }
        if !act.capabilities.isEmpty { words.append("ends " + act.capabilities.map(\.short).joined(separator: " ")) }
        if let subtree = act.subtree { words.append("ends all below " + subtree.short) }
        if let target = act.target { words.append("takes back " + target.short) }
        if let from = act.from { words.append("from " + from.short) }
        if !act.tips.isEmpty { words.append(PlainText.count(act.tips.count, "tip", "tips")) }
        if !act.admits.isEmpty { words.append(PlainText.count(act.admits.count, "admission", "admissions")) }
        return words.joined(separator: ", ")
    }

    private static func hasLevel(_ act: RegistryAct) -> Bool { [.grant, .invite, .admit].contains(act.kind) }

    private static func names(_ rights: Rights) -> [String] {
        let table: [(Rights, String)] = [
            (.admin, "admin"), (.steward, "steward"), (.invite, "invite"), (.post, "post"), (.disavow, "disavow"),
        ]
        return table.filter { rights.contains($0.0) }.map(\.1)
    }
}
