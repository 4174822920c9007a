import EntenteNode

/// What the answers are made of, by name. The types are those of Sources/Node/Command.swift and Command+Powers.swift; a
/// test holds real answers against these.
enum ItemSchemas {
    typealias Property = Schema.Property

    private static func object(_ properties: Property...) -> Schema { .object(properties) }
    private static let text = Schema.text()
    private static let texts = Schema.list(.text())
    private static let author = Schema.named("Author")
    private static let authors = Schema.list(.named("Author"))
    private static let acts = Schema.list(.named("Act"))

    static let all: [String: Schema] = content.merging(people) { first, _ in first }.merging(powers) { first, _ in first }
        .merging(node) { first, _ in first }.merging(exports) { first, _ in first }

    private static let content: [String: Schema] = [
        "Error": object(
            Property("error", text, "What happened"), Property("hint", text, "What to do next"), Property("why", text),
            Property("code", .choice(["refused", "notFound", "usage", "unavailable"]))),
        "Author": object(Property("id", text), Property("name", text, "As it is shown; a short id where none is known here")),
        "Space": object(Property("id", text), Property("name", text)),
        "Posted": object(Property("id", text, "Of the entry, which is on the disk")),
        "Imported": object(
            .optional("id", text, "Of the entry, which is on the disk"), .optional("error", .named("Error"), "Why it was not written")),
        "Operation": object(
            Property("id", text, "Of the entry that was written"), Property("kind", .choice(["edit", "reaction", "hiding", "unhiding"])),
            Property("target", text, "The post that it is about"), Property("space", text), Property("by", author),
            Property("supersedes", .any, "How many earlier edits or reactions it supersedes, or hidings it lifts")),
        "Erasure": object(
            Property("id", text, "Empty for a preview"), Property("target", text), Property("kind", text), Property("space", text),
            Property("author", author), Property("time", text), Property("edits", .any, "Edits that go with it"), Property("by", author),
            Property("byOfficer", .bool, "By the right to disavow, and not by the author")),
        "Reaction": object(Property("emoji", text), Property("by", authors)),
        "Post": object(
            Property("id", text), Property("space", text), Property("author", author),
            Property("time", text, "The earlier of the author's claim and of first sight here"), Property("text", text),
            .optional("replyTo", text), Property("edited", .bool), Property("erased", .bool),
            Property("reactions", .list(.named("Reaction"))),
            Property("hidden", .bool, "By a steward: then its text is empty here, unless hidden ones were asked for"),
            Property("hiddenBy", authors, "Who hides it"),
            Property("concurrent", .list(.named("Version")), "Edits written without knowledge of the text that is shown"),
            .optional("history", .list(.named("Version")), "All texts that it had, its own first, where they were asked for"),
            .optional("more", .bool, "In a thread: whether an answer, or what it answers, is left out because of the limit")),
        "Version": object(
            Property("id", text, "Of the edit, or of the post"), Property("author", author), Property("time", text), Property("text", text),
            Property("standing", .choice(["superseded", "concurrent", "current"]))),
        "Person": object(
            Property("id", text), Property("name", text, "In the first of the spaces"), Property("spaces", .list(.named("NameInSpace")))),
        "NameInSpace": object(Property("space", text), Property("name", text)),
        "Views": object(
            Property("state", .choice(["current", "behind", "rebuilding", "unavailable"])),
            Property("done", .any, "Entries read, while all is made again"), Property("total", .any, "Entries stored"),
            .optional("why", text), Property("spaces", .list(.named("Digest")))),
        "Digest": object(
            Property("id", text), Property("name", text), Property("posts", .any),
            Property("digest", text, "Equal on every node with the same entries")),
        "Entry": object(
            Property("id", text), Property("space", text, "Its name, or registry"), Property("spaceID", text), .optional("author", author),
            .optional("device", text), Property("incarnation", text, "A number of 64 bits, as text"), Property("sequence", .any),
            .optional("backlink", text), Property("time", text, "As the author claims it"), Property("firstSeen", text),
            Property("references", texts), Property("authorization", text, "The capability that it cites, or root, or none"),
            Property("kind", text), Property("bodyBytes", .any), Property("body", .choice(["none", "present", "missing", "erased"])),
            .optional("text", text, "Of a post"), .optional("replyTo", text), .optional("words", text, "Of an act: what it does"),
            Property("signatures", .any), Property("wellFormed", .bool), Property("visible", .bool)),
        "Head": object(
            Property("log", .any), Property("space", text), Property("spaceID", text), .optional("device", text),
            Property("incarnation", text), .optional("author", author), Property("branch", .any), Property("sequence", .any),
            Property("id", text), Property("time", text),
            .optional("offeredSequence", .any, "The last entry that others are offered; absent where all are held")),
    ]

    private static let people: [String: Schema] = [
        "Member": object(
            Property("id", text), Property("name", text), Property("kind", .choice(["site", "person"])), Property("role", text),
            Property("spaces", texts, "Empty for the whole network"), .optional("until", text),
            Property("state", .choice(["active", "provisional", "ended", "removed", "left", "pending"])), .optional("site", text),
            Property("held", .any, "Entries kept for review"), Property("forks", .any)),
        "Act": object(
            Property("id", text), Property("time", text), .optional("by", author, "Absent for the root keys"), Property("words", text),
            Property("inForce", .bool)),
        "Capability": object(
            Property("id", text), Property("role", text), Property("level", .any), Property("rights", texts), Property("spaces", texts),
            .optional("by", author), Property("since", text), .optional("until", text), Property("state", text),
            Property("stoppedBy", acts), .optional("invitation", text)),
        "Device": object(
            Property("key", text), Property("kind", text), .optional("site", text), Property("inForce", .bool), Property("isHere", .bool),
            Property("member", author)),
        "RemovalEffect": object(Property("act", .named("Act")), Property("stops", texts), Property("kept", .any)),
        "Fork": object(
            Property("member", author), Property("space", text), Property("device", text), Property("sequence", .any),
            Property("branches", .any), Property("heads", texts)),
        "MemberDetail": object(
            Property("member", .named("Member")), Property("capabilities", .list(.named("Capability"))),
            Property("devices", .list(.named("Device"))), Property("removals", .list(.named("RemovalEffect"))), Property("held", .any),
            Property("forks", .list(.named("Fork"))), .optional("successorOf", author), .optional("succeededBy", author)),
        "Held": object(
            Property("id", text), Property("author", author), Property("space", text), Property("kind", text), Property("time", text),
            .optional("text", text), .optional("words", text), Property("heldSince", text), Property("keptUntil", text),
            Property("because", acts), Property("brings", .any), Property("reasons", texts), Property("isAdoptable", .bool)),
        "Adopted": object(
            Property("id", text), Property("author", author), Property("space", text), Property("entries", .any), Property("vouch", text)),
        "Collected": object(
            Property("heldBefore", text, "What had been held since before it"), Property("entries", .any),
            Property("bytes", .any, "Of headers and texts"), Property("parts", .list(.named("CollectedPart")), "By author"),
            Property("more", .bool, "There is more than is done at once: ask again")),
        "CollectedPart": object(Property("author", author), Property("entries", .any)),
        "Joined": object(
            Property("network", text), Property("site", author), Property("member", author), Property("spaces", texts),
            Property("provisional", .bool)),
    ]

    private static let powers: [String: Schema] = [
        "Invited": object(
            Property("invitation", text, "One line; a secret"), Property("id", text), Property("role", text), Property("until", text),
            Property("useBy", text), Property("uses", .any)),
        "Invitation": object(
            Property("id", text), Property("ids", texts), Property("role", text), Property("spaces", texts), .optional("by", author),
            Property("issued", text), .optional("useBy", text), .optional("until", text), Property("uses", .any), Property("used", .any),
            Property("state", text), Property("cameIn", authors), Property("closedBy", acts),
            .optional("sponsor", author)),
        "Kept": object(Property("space", text), Property("entries", .any)),
        "LetIn": object(Property("member", author), Property("role", text), Property("stays", .bool)),
        "Revocation": object(
            Property("id", text, "Empty for a preview"), Property("reaches", authors), Property("spares", texts), Property("kept", .any),
            Property("invitations", texts), Property("forCause", .bool), Property("ends", texts),
            Property("keptBySpace", .list(.named("Kept"))), Property("letIn", .list(.named("LetIn"))), .optional("by", author),
            Property("warnings", texts), Property("closes", .list(.named("Invitation")))),
        "Granted": object(
            Property("member", author), Property("role", text), Property("spaces", texts), .optional("until", text), Property("ids", texts),
            Property("overrides", acts), Property("remaining", acts), Property("unlisted", .any), Property("stillOut", authors)),
        "Leaving": object(
            Property("id", text, "Empty for a preview"), Property("member", author), Property("ends", texts), Property("kept", .any),
            Property("letIn", authors), Property("isLastAdministrator", .bool)),
        "Disavowal": object(
            Property("id", text, "Empty for a preview"), Property("author", author), Property("space", text), Property("entries", .any),
            Property("first", text)),
        "DeviceRequest": object(Property("request", text), Property("member", text), Property("device", text)),
        "Recovered": object(
            Property("id", text, "Empty for a preview"), Property("member", author), Property("retired", texts), Property("keptLogs", .any),
            Property("takenBack", .any),
            .optional("recoveryKeyFile", text, "Where the next recovery key is, on the node's machine")),
        "Succession": object(
            Property("old", author), Property("new", author), Property("granted", texts), Property("missing", texts),
            Property("id", text, "Empty for a preview")),
        "RootProposal": object(
            Property("proposal", text), Property("words", texts), Property("signed", texts), Property("needed", .any),
            Property("isComplete", .bool), Property("accepted", texts)),
        "RootStatus": object(
            Property("keys", texts), Property("quorum", .any), Property("epoch", text), Property("acts", acts), Property("rivals", acts)),
        "Reason": object(Property("rule", text), Property("words", text), Property("acts", acts)),
        "Why": object(
            Property("id", text), Property("what", text), Property("verdict", text), Property("counts", .bool),
            Property("reasons", .list(.named("Reason")))),
    ]

    /// The lines of an export. (Specs/09-api.md)
    private static let exports: [String: Schema] = [
        "Export-first": object(
            Property("format", .choice(["entente-export-1"])), Property("network", text), Property("spaces", .list(.named("Space")))),
        "Export-entry": object(
            Property("entry", text, "Its id"), Property("header", text), .optional("signature", text, "Absent in the root log"),
            .optional("signatures", .list(.list(.text(), countMax: 2)), "Of the root log: key and signature of each"),
            .optional("salt", text), .optional("body", text),
            .optional("state", .choice(["missing", "erased"]), "Of a body that is not here"),
            Property("firstSeen", text, "When this site stored it"), .optional("held", .bool, "Kept for review, and offered to nobody"),
            .optional("visible", .bool, "People see what it says")),
        "Export-post": object(
            Property("id", text), Property("author", text, "The name"), Property("authorID", text), Property("space", text, "The name"),
            Property("spaceID", text), Property("time", text, "The earlier of the author's claim and of first sight here"),
            Property("text", text, "As it is now"), .optional("replyTo", text)),
        "Export-last": object(
            Property("end", .bool), Property("entries", .any, "Lines of entries"), Property("posts", .any, "Lines of posts"),
            Property("sums", .list(.named("Export-sum")))),
        "Export-sum": object(
            Property("space", text, "Its id, or registry"), Property("entries", .any), Property("logs", .any), Property("fingerprint", text)
        ),
    ]

    private static let node: [String: Schema] = [
        "Peer": object(
            .optional("site", text), Property("address", text), Property("connected", .bool), Property("inSync", .bool),
            .optional("lastExchange", text), .optional("lastFault", text), Property("faults", .any)),
        "PeerAdded": object(Property("address", text)),
        "SpaceStatus": object(
            Property("name", text), Property("entries", .any), Property("logs", .any), Property("fingerprint", text),
            Property("missing", .any, "Bodies that are not here though nothing erased them")),
        "Status": object(
            Property("network", text), Property("networkID", text), Property("site", author), Property("entries", .any),
            Property("spaces", .list(.named("SpaceStatus"))), Property("peers", .list(.named("Peer"))), Property("faults", .any),
            .optional("readOnly", text, "Why the node writes no more"),
            .optional("views", text, "Why what people read is not up to date"), Property("forks", .list(.named("Fork"))),
            Property("gate", texts),
            Property("callersRefused", .any, "Accounts that were sent away from this API since the start")),
        "Event-hello": object(Property("cursor", text, "Where the stream begins")),
        "Event-reset": object(
            Property("cursor", text, "Where the stream goes on"), Property("reason", text, "Why what was before is not told")),
        "Event-entry": object(
            Property("id", text), Property("spaceID", text), Property("kind", text), Property("visible", .bool),
            .optional("author", text), Property("sequence", .any), Property("time", text)),
        "Event-verdict": object(Property("id", text), Property("spaceID", text), Property("kind", text), Property("visible", .bool)),
        "Event-body": object(
            Property("id", text), Property("spaceID", text), Property("kind", text), Property("visible", .bool),
            Property("body", .choice(["none", "present", "missing", "erased"]))),
        "Event-visibility": object(
            Property("log", .any), Property("branch", .any), Property("spaceID", text), .optional("device", text),
            Property("capability", text), .optional("before", .any, "The last visible entry that cites the capability, as it was"),
            .optional("after", .any, "The same, as it is")),
        "Event-peer": object(
            Property("state", .choice(["connected", "inSync", "lost"])), Property("node", text), Property("address", text)),
        "Event-fault": object(Property("from", text), Property("reason", text)),
        "Event-readOnly": object(.optional("reason", text, "Absent where the node writes again")),
        "Sync": object(Property("inSync", .bool), Property("waitingFor", texts), Property("peers", .any)),
    ]
}
