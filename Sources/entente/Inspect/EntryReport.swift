import EntenteCodec
import EntenteModel
import EntenteReplica

/// An entry, a head or a log as `inspect` shows it: in the words of the specification, ids in full in JSON.
enum EntryReport {
    static func short(_ space: Space) -> String {
        space.path.map { $0.components.map { String($0.description.prefix(8)) }.joined(separator: "/") } ?? "registry"
    }

    static func json(_ head: Head?) -> JSON {
        guard let head else { return .null }
        return .fields([
            "sequence": .count(head.sequence), "id": .string(head.id.description), "time": .string(head.timestamp.iso8601),
        ])
    }

    static func json(_ branch: BranchRecord, log: LogRecord) -> JSON {
        .fields([
            "log": .count(log.id.number), "branch": .count(branch.branch), "device": .text(log.key.device?.description),
            "parent": branch.parent.map(JSON.count) ?? .null, "firstSequence": .count(branch.firstSequence), "tip": json(branch.tip),
            "offered": json(branch.offered),
        ])
    }

    static func json(_ log: LogRecord, _ branches: [BranchRecord]) -> JSON {
        .fields([
            "log": .count(log.id.number), "space": .string(log.key.space.description), "device": .text(log.key.device?.description),
            "incarnation": .string(String(log.key.incarnation)), "identity": .text(log.identity?.description),
            "branches": .array(branches.map { json($0, log: log) }),
        ])
    }

    /// The fields of an entry in the order of the specification, then what is local.
    static func json(_ stored: StoredEntry, visible: Bool? = nil) -> JSON {
        let header = stored.entry.header
        var fields: [JSON.Field] = [
            .init("id", .string(stored.entry.id.description)), .init("space", .string(header.space.description)),
            .init("device", .text(header.device?.description)), .init("incarnation", .string(String(header.incarnation))),
            .init("identity", .text(stored.entry.identity?.description)), .init("sequence", .count(header.sequence)),
            .init("backlink", .text(header.backlink?.description)), .init("time", .string(header.timestamp.iso8601)),
            .init("references", .texts(header.references.map(\.description))), .init("authorization", authorization(header.authorization)),
            .init("kind", .string(header.kind.name)), .init("bodyBytes", .count(header.bodyBytes)), .init("body", body(stored)),
            .init("signatures", .count(stored.entry.signature == nil ? stored.entry.rootSignatures.count : 1)),
            .init("firstSeen", .string(stored.firstSeen.iso8601)), .init("log", .count(stored.log.number)),
            .init("branch", .count(stored.branch)), .init("arrival", .count(stored.arrival.number)),
            .init("wellFormed", .bool(stored.wellFormed)),
        ]
        if let visible { fields.append(.init("visible", .bool(visible))) }
        return .object(fields)
    }

    static func row(_ stored: StoredEntry) -> [String] {
        let header = stored.entry.header
        return [
            "\(header.sequence)", stored.entry.id.short, header.kind.name, PlainText.minute(header.timestamp.iso8601),
            "by " + (stored.entry.identity?.short ?? "root"),
            "right " + (header.authorization.capability?.short ?? rootOrNone(header.authorization)),
            summary(stored) + (stored.wellFormed ? "" : "  NOT WELL-FORMED"),
        ]
    }

    /// One line for each field of an entry.
    static func lines(_ json: JSON) -> [String] {
        guard case .object(let fields) = json else { return [] }
        return PlainText.table(
            fields.map { field in
                if case .string(let text) = field.value { return [field.name, text] }
                return [field.name, field.value.line]
            })
    }

    private static func rootOrNone(_ authorization: Authorization) -> String { authorization == .root ? "root" : "none" }

    private static func authorization(_ authorization: Authorization) -> JSON {
        .string(authorization.capability?.description ?? rootOrNone(authorization))
    }

    /// What the entry says: the words of a post, the fields of an act.
    private static func body(_ stored: StoredEntry) -> JSON {
        switch stored.entry.header.body {
        case .act(let act): return ActReport.json(act)
        case .unknown(let bytes): return .fields(["unknown": .string(Hex.encode(bytes))])
        case .detached: break
        }
        switch stored.body {
        case .none: return .null
        case .missing: return .fields(["state": .string("missing")])
        case .erased: return .fields(["state": .string("erased")])
        case .present(let body):
            switch Operation(kind: stored.entry.header.kind, body: body.bytes) {
            case .post(let text, let replyTo):
                return .fields(["text": .string(text), "replyTo": .text(replyTo?.description)])
            case .profile(let name), .spaceProfile(let name): return .fields(["name": .string(name)])
            case .succession(let old, let new): return .fields(["old": .string(old.description), "new": .string(new.description)])
            case .edit(let target, let text, let supersedes):
                return .fields([
                    "target": .string(target.description), "text": .string(text), "supersedes": .texts(supersedes.map(\.description)),
                ])
            case .reaction(let target, let emoji, let supersedes, let isTakenBack):
                return .fields([
                    "target": .string(target.description), "emoji": .string(emoji), "supersedes": .texts(supersedes.map(\.description)),
                    "takenBack": .bool(isTakenBack),
                ])
            case .erasure(let target), .hiding(let target): return .fields(["target": .string(target.description)])
            case .unhiding(let target, let lifts):
                return .fields(["target": .string(target.description), "lifts": .texts(lifts.map(\.description))])
            case nil: return .fields(["unknown": .string(Hex.encode(body.bytes))])
            }
        }
    }

    private static func summary(_ stored: StoredEntry) -> String {
        if let act = stored.entry.header.act { return ActReport.words(act) }
        switch stored.body {
        case .missing: return "body missing"
        case .erased: return "body erased"
        case .none: return "unknown kind"
        case .present(let body):
            switch Operation(kind: stored.entry.header.kind, body: body.bytes) {
            case .post(let text, _): return String(text.prefix(60))
            case .profile(let name), .spaceProfile(let name): return "name: " + name
            case .succession(let old, let new): return "\(new.short) stands for \(old.short)"
            case .edit(let target, let text, _): return "\(target.short): " + text.prefix(50)
            case .reaction(let target, let emoji, _, let isTakenBack):
                return "\(target.short): \(emoji)" + (isTakenBack ? " taken back" : "")
            case .erasure(let target), .hiding(let target): return target.short
            case .unhiding(let target, _): return target.short
            case nil: return "\(body.bytes.count) bytes"
            }
        }
    }
}
