import EntenteModel
import EntenteNode
import EntenteRuntime
import NIOCore

/// Every resource of the local API, version 1. A further one is an element here, a schema in `ItemSchemas`, and a question
/// in the test that holds answers against the document.
extension Resource {
    static let all: [Resource] = nodeResources + contentResources + memberResources + invitationResources + powerResources

    typealias Property = Schema.Property

    /// Bytes of a name, an id or an address in a request.
    private static let nameBytesMax = 512
    private static let name = Schema.text(bytesMax: nameBytesMax)
    private static let acting = Property.optional("by", name, "Who acts: a member of this site, by name or id")
    private static let actingQuery = Parameter("by", name, "Who acts: a member of this site, by name or id")
    private static let preview = Property.optional("preview", .bool, "Say what it would do, and do nothing")
    private static let spaces = Property.optional(
        "spaces", .list(name, countMax: EntryLimits.listMax), "Names or ids; empty for the whole network, where the role may have that")
    private static let until = Property.optional("until", .text(bytesMax: 64), "The last day, or moment, as ISO 8601")
    private static let text = Schema.text(bytesMax: NodeLimits.textBytesMax)
    private static let hidden = Parameter(
        "hidden", .choice(["true", "false"]), "Whether with the texts of posts that stewards hide; false if nothing is said")
    private static let limit = Schema.count(1...Int64(NodeLimits.timelineMax))
    private static let token = Schema.text(bytesMax: LocalAPI.bodyBytesMax)

    /// What a resource with this answer does: the command, and how its answer is shown.
    private static func asking(
        _ command: @escaping @Sendable (RequestValues) throws -> Command, _ reply: @escaping @Sendable (Answer) throws -> Reply?
    ) -> @Sendable (RequestValues, LocalAPI) async throws -> Reply {
        { values, api in
            let answer = await api.perform(try command(values))
            if case .refused(let refusal) = answer { throw refusal }
            guard let reply = try reply(answer) else { throw Self.mismatch }
            return reply
        }
    }

    /// What a resource does that says something about a post.
    private static func operating(
        _ command: @escaping @Sendable (RequestValues) throws -> Command
    ) -> @Sendable (RequestValues, LocalAPI) async throws -> Reply {
        asking(command) { if case .operated(let item) = $0 { .created(item) } else { nil } }
    }

    private static let mismatch = Refusal(
        .unavailable, what: "the node gave an answer that does not belong to the question", why: "This is a fault of the program.",
        next: "Report it, with the log: entente run --log-level debug")

    // MARK: - The node

    private static let nodeResources = [
        Resource(
            .get, "/status", id: "status", "What this site holds, and how it stands with its peers.", answer: .named("Status"),
            perform: { values, api in
                let answer = await api.perform(.status)
                if case .refused(let refusal) = answer { throw refusal }
                guard case .status(let item) = answer, case .object(let fields) = try JSONReader.read(APICoding.encode(item)) else {
                    throw mismatch
                }
                let refused = JSONValue.Field("callersRefused", .integer(Int64(clamping: api.access.refusedCount)))
                return .json(status: 200, Array(JSONValue.object(fields + [refused]).text.utf8))
            }),
        Resource(
            .get, "/peers", id: "peers", "The nodes that this one knows.", answer: .list(.named("Peer")),
            perform: asking({ _ in .peers }) { if case .peers(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .post, "/peers", id: "addPeer", "Dials another node, now and whenever there is no session with it.",
            body: [Property("address", .text(bytesMax: Invitation.addressBytesMax), "HOST:PORT")], statuses: [201],
            answer: .named("PeerAdded"),
            perform: asking({ .addPeer(address: $0.need("address")) }) {
                if case .peerAdded(let address) = $0 { .created(["address": address]) } else { nil }
            }),
        Resource(
            .post, "/sync", id: "sync", "Answers when this site is in sync with every connected peer, or the time is over.",
            body: [.optional("milliseconds", .count(0...86_400_000), "How long to wait; 30 seconds if nothing is said")],
            answer: .named("Sync"),
            perform: asking({ .sync(milliseconds: UInt64($0.count("milliseconds") ?? 30_000)) }) {
                if case .synced(let item) = $0 { .ok(item) } else { nil }
            }),
        Resource(
            .get, "/events", id: "events",
            "What happens from here on, or from a cursor on, as Server-Sent Events; the data of an event is a schema Event-NAME.",
            query: [
                Parameter(
                    "after", .text(bytesMax: nameBytesMax),
                    "The id of the last event that was seen, or 0 for everything; Last-Event-ID comes before it")
            ], answer: .text(), media: "text/event-stream",
            perform: { values, api in
                let channel = values.channel
                guard let subscription = api.events.subscribe(cut: { channel?.close(promise: nil) }) else {
                    throw Refusal(
                        .unavailable, what: "there are too many readers of the event stream, or the node is ending",
                        why: "api.subscribersMax says how many there may be.",
                        next: "End another one, or raise the setting: entente config show")
                }
                return .events(subscription, from: values.lastEventID ?? values.text("after"))
            }),
        Resource(
            .get, "/openapi.json", id: "document", "This document.", answer: .anyObject,
            perform: { _, _ in .json(status: 200, OpenAPIDocument.bytes) }),
        Resource(
            .post, "/command", id: "command",
            "The command line's own path: a command of this very version in, its answer out. Scripts use the resources.",
            bodySchema: .tagged, answer: .tagged,
            perform: { values, api in
                let answer = await api.perform(try Command.strictly(from: values.body))
                if case .refused(let refusal) = answer { throw refusal }
                return .ok(answer)
            }),
    ]

    // MARK: - Spaces and what is in them

    private static let contentResources = [
        Resource(
            .get, "/spaces", id: "spaces", "The spaces that this site holds.", answer: .list(.named("Space")),
            perform: asking({ _ in .listSpaces }) { if case .spaces(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .post, "/spaces", id: "createSpace", "Announces a new space.", body: [Property("name", name), acting], statuses: [201],
            answer: .named("Space"),
            perform: asking({ .createSpace(name: $0.need("name"), by: $0.text("by")) }) {
                if case .spaceCreated(let item) = $0 { .created(item) } else { nil }
            }),
        Resource(
            .get, "/timeline", id: "timeline", "The newest posts, the newest last.",
            query: [
                Parameter("space", name, "One space, by name or id; all of them if nothing is said"),
                Parameter("limit", limit, "How many posts at most; 50 if nothing is said"),
                Parameter("before", name, "The id of a post: those before it. For the page before an answer, the id of its first post"),
                hidden,
            ], answer: .list(.named("Post")),
            perform: asking({
                .timeline(
                    space: $0.text("space"), limit: $0.count("limit") ?? 50, before: $0.text("before"), hidden: $0.isTrue("hidden"))
            }) {
                if case .timeline(let items) = $0 { .ok(items) } else { nil }
            }),
        Resource(
            .get, "/threads/{id}", id: "thread",
            "The conversation that a post is in: the post, what it answers, the nearest first, and what the limit leaves of the answers.",
            query: [
                Parameter("history", .choice(["true", "false"]), "Whether with all texts that its posts had; false if nothing is said"),
                Parameter("limit", limit, "How many posts at most; 200 if nothing is said"), hidden,
            ], answer: .list(.named("Post")),
            perform: asking({
                .thread(
                    post: $0.segment("id"), history: $0.isTrue("history"), limit: $0.count("limit") ?? 200, hidden: $0.isTrue("hidden"))
            }) {
                if case .thread(let items) = $0 { .ok(items) } else { nil }
            }),
        Resource(
            .get, "/search", id: "search", "The posts that have all of these words, the newest last.",
            query: [
                Parameter("words", text, "Case and accents do not count; a word that ends in * finds those that begin so"),
                Parameter("space", name, "One space, by name or id; all of them if nothing is said"),
                Parameter("author", name, "A person, by name or id; all of them if nothing is said"),
                Parameter("since", .text(bytesMax: 64), "The first day, or moment, as ISO 8601"),
                Parameter("until", .text(bytesMax: 64), "The last day, or moment, as ISO 8601"),
                Parameter("limit", limit, "How many posts at most; 50 if nothing is said"), hidden,
            ], answer: .list(.named("Post")),
            perform: asking({
                .search(
                    SearchRequest(
                        words: $0.need("words"), space: $0.text("space"), author: $0.text("author"),
                        since: try $0.time("since", day: .first), until: try $0.time("until", day: .last),
                        limit: $0.count("limit") ?? 50, hidden: $0.isTrue("hidden")))
            }) { if case .found(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .get, "/people", id: "people", "Everybody who says a name in a space, with the names.",
            query: [Parameter("space", name, "One space, by name or id; all of them if nothing is said")], answer: .list(.named("Person")),
            perform: asking({ .people(space: $0.text("space")) }) { if case .people(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .get, "/views", id: "views", "How far what people read has followed what is stored, with its digests.", answer: .named("Views"),
            perform: asking({ _ in .views(digests: true) }) { if case .views(let item) = $0 { .ok(item) } else { nil } }),
        Resource(
            .post, "/views", id: "rebuild", "Makes what people read again, and answers at once.", body: [], answer: .named("Views"),
            perform: asking({ _ in .rebuildViews(begins: true) }) { if case .views(let item) = $0 { .ok(item) } else { nil } }),
        Resource(
            .post, "/posts", id: "post", "Writes a post. The answer comes when it is on the disk.",
            body: [
                Property("space", name), Property("text", text), .optional("replyTo", name, "The id of the post that it answers"), acting,
            ],
            statuses: [201], answer: .named("Posted"),
            perform: asking({ .post(space: $0.need("space"), text: $0.need("text"), replyTo: $0.text("replyTo"), by: $0.text("by")) }) {
                if case .posted(let id) = $0 { .created(["id": id]) } else { nil }
            }),
        Resource(
            .post, "/import", id: "import",
            "Writes posts one after the other, each for itself: what is refused does not hinder the others. The answer has an element for each, in their order.",
            body: [Property("posts", .list(.object(importedPost), countMax: NodeLimits.importMax)), acting], statuses: [201, 200],
            answer: .list(.named("Imported")),
            perform: asking({ .importPosts(try imported($0), by: $0.text("by")) }) {
                guard case .imported(let outcomes) = $0 else { return nil }
                let items = outcomes.map { ImportedItem($0) }
                return outcomes.contains { $0.id != nil } ? .created(items) : .ok(items)
            }),
        Resource(
            .get, LocalAPI.exportPath, id: "export",
            "The posts that are shown, the oldest first, as lines of JSON; with their entries, for an auditor. A line is a schema Export-NAME.",
            query: [
                Parameter("space", name, "One space, by name or id; all of them if nothing is said"),
                Parameter("entries", .choice(["true", "false"]), "Whether with the entries; false if nothing is said"),
            ], answer: .text(), media: ExportResponse.media,
            perform: { values, api in
                .lines(
                    try await api.export(ExportRequest(space: values.text("space"), withEntries: values.text("entries") == "true")))
            }),
        Resource(
            .post, "/posts/{id}/edits", id: "edit", "Gives one's own post another text; the earlier ones stay in its history.",
            body: [Property("text", text), acting], statuses: [201], answer: .named("Operation"),
            perform: operating { .edit(id: $0.segment("id"), text: $0.need("text"), by: $0.text("by")) }),
        Resource(
            .post, "/posts/{id}/reactions", id: "react", "Reacts to a post, or takes a reaction back.",
            body: [
                Property("emoji", .text(bytesMax: EntryLimits.reactionBytesMax)), .optional("undo", .bool, "Take it back"), acting,
            ], statuses: [201], answer: .named("Operation"),
            perform: operating {
                .react(id: $0.segment("id"), emoji: $0.need("emoji"), undo: $0.flag("undo"), by: $0.text("by"))
            }),
        Resource(
            .post, "/posts/{id}/erasures", id: "erase",
            "Destroys what an entry says, everywhere and for ever, or says what that would destroy.", body: [preview, acting],
            statuses: [201, 200], answer: .named("Erasure"),
            perform: asking({ .erase(id: $0.segment("id"), preview: $0.flag("preview"), by: $0.text("by")) }) {
                if case .erased(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil }
            }),
        Resource(
            .post, "/posts/{id}/hidings", id: "hide", "Hides a post, reversibly: for stewards of its space.", body: [acting],
            statuses: [201], answer: .named("Operation"), perform: operating { .hide(id: $0.segment("id"), by: $0.text("by")) }),
        Resource(
            .post, "/posts/{id}/unhidings", id: "unhide", "Shows a post again that a steward has hidden.", body: [acting],
            statuses: [201], answer: .named("Operation"), perform: operating { .unhide(id: $0.segment("id"), by: $0.text("by")) }),
        Resource(
            .get, "/entries/{id}", id: "entry", "One entry, by its id or its first 8 digits.", answer: .named("Entry"),
            perform: asking({ .entry($0.segment("id")) }) { if case .entry(let item) = $0 { .ok(item) } else { nil } }),
        Resource(
            .get, "/heads", id: "heads", "The last entry of every branch of every log, by the log's local number.",
            query: [
                Parameter("space", name, "One space, by name or id, or registry; all of them if nothing is said"),
                Parameter("after", .any, "The number of a log: those after it"),
                Parameter("limit", limit, "How many logs at most; 1000 if nothing is said"),
            ], answer: .list(.named("Head")),
            perform: asking({
                .heads(space: $0.text("space"), after: Int64($0.count("after") ?? 0), limit: $0.count("limit") ?? NodeLimits.timelineMax)
            }) { if case .heads(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .get, "/why/{id}", id: "why", "Why an entry counts or does not, or what a member is, rule by rule.", answer: .named("Why"),
            perform: asking({ .why($0.segment("id")) }) { if case .why(let item) = $0 { .ok(item) } else { nil } }),
    ]

    private static let importedPost = [
        Property.optional("author", name, "A member of this site, by name or id; needed where the request has no by"),
        Property("space", name), Property("text", text), .optional("replyTo", name, "The id of the post that it answers"),
    ]

    private static func imported(_ values: RequestValues) throws -> [ImportedPost] {
        guard case .array(let posts) = values.body["posts"] else { return [] }
        return try posts.enumerated().map { index, post in
            let fields = RequestValues(path: [:], query: [:], body: post, lastEventID: nil, channel: nil)
            guard let author = values.text("by") ?? fields.text("author") else {
                throw Refusal(
                    .usage, what: "the field posts[\(index)].author is missing", why: "Without by, every post says who acts.",
                    next: "See /api/v1/openapi.json")
            }
            return ImportedPost(author: author, space: fields.need("space"), text: fields.need("text"), replyTo: fields.text("replyTo"))
        }
    }

    // MARK: - Members

    private static let memberQuery = Parameter("member", name, "One member, by name or id; all of them if nothing is said")

    private static let memberResources = [
        Resource(
            .get, "/members", id: "members", "Everybody who ever was a member: sites first, then people.", answer: .list(.named("Member")),
            perform: asking({ _ in .members }) { if case .members(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .post, "/members", id: "join", "Lets a further person join on this site with an invitation.",
            body: [
                Property("invitation", .text(bytesMax: Invitation.textMax)), Property("name", name),
                Property("site", name, "The name of this site"),
                .optional("milliseconds", .count(1...86_400_000), "Give up after so long; 30 seconds if nothing is said"),
            ], statuses: [201], answer: .named("Joined"),
            perform: asking({
                .join(
                    JoinRequest(
                        invitation: $0.need("invitation"), siteName: $0.need("site"), memberName: $0.need("name"), siteRecovery: "",
                        memberRecovery: "", milliseconds: UInt64($0.count("milliseconds") ?? 30_000)))
            }) { if case .joined(let item) = $0 { .created(item) } else { nil } }),
        Resource(
            .get, "/members/{id}", id: "member", "What a member is and may, by name or id.", answer: .named("MemberDetail"),
            perform: asking({ .member($0.segment("id")) }) { if case .member(let item) = $0 { .ok(item) } else { nil } }),
        Resource(
            .get, "/history", id: "history", "What happened to memberships and keys, oldest first.",
            query: [memberQuery, Parameter("limit", limit, "How many acts at most; 50 if nothing is said")], answer: .list(.named("Act")),
            perform: asking({ .history(member: $0.text("member"), limit: $0.count("limit") ?? 50) }) {
                if case .history(let items) = $0 { .ok(items) } else { nil }
            }),
        Resource(
            .get, "/held", id: "held", "Entries that are kept for review and not accepted.",
            query: [memberQuery, Parameter("limit", limit, "How many entries at most; 50 if nothing is said")],
            answer: .list(.named("Held")),
            perform: asking({ .held(member: $0.text("member"), limit: $0.count("limit") ?? 50) }) {
                if case .held(let items) = $0 { .ok(items) } else { nil }
            }),
        Resource(
            .post, "/held/{id}/adoption", id: "adopt", "Accepts an entry that is held, with those before it in its log.", body: [acting],
            statuses: [201], answer: .named("Adopted"),
            perform: asking({ .adopt(id: $0.segment("id"), by: $0.text("by")) }) {
                if case .adopted(let item) = $0 { .created(item) } else { nil }
            }),
        Resource(
            .post, "/held/collections", id: "collectHeld",
            "Destroys what has been held for review for so many days, or says what that would be.",
            body: [
                .optional("days", .count(Int64(Node.shelfDays)...Int64(Node.shelfDaysMax)), "\(Node.shelfDays) if nothing is said"),
                preview,
            ], answer: .named("Collected"),
            perform: asking({
                .collectShelf(days: $0.count("days").map(UInt64.init) ?? Node.shelfDays, preview: $0.flag("preview"))
            }) {
                if case .collected(let item) = $0 { .ok(item) } else { nil }
            }),
        Resource(
            .get, "/devices", id: "devices", "The keys that sign for members.", query: [memberQuery], answer: .list(.named("Device")),
            perform: asking({ .devices(member: $0.text("member")) }) { if case .devices(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .post, "/device-requests", id: "requestDevice",
            "Asks that the key of a local person may sign for somebody who is a member already: a line for the other node.",
            body: [Property("member", name)], statuses: [201], answer: .named("DeviceRequest"),
            perform: asking({ .requestDevice(member: $0.need("member")) }) {
                if case .deviceRequest(let item) = $0 { .created(item) } else { nil }
            }),
        Resource(
            .post, "/devices", id: "addDevice", "Grants a device request, on the node of the person's first key.",
            body: [Property("request", token), acting], statuses: [201], answer: .named("Act"),
            perform: asking({ .addDevice(request: $0.need("request"), by: $0.text("by")) }, act)),
        Resource(
            .delete, "/devices/{key}", id: "removeDevice", "A device's key signs no more.", query: [actingQuery], answer: .named("Act"),
            perform: asking({ .removeDevice(key: $0.segment("key"), by: $0.text("by")) }) {
                if case .acted(let item) = $0 { .ok(item) } else { nil }
            }),
    ]

    private static let act: @Sendable (Answer) throws -> Reply? = { answer in
        if case .acted(let item) = answer { .created(item) } else { nil }
    }

    // MARK: - Invitations

    private static let invitationResources = [
        Resource(
            .get, "/invitations", id: "invitations", "The invitations that were written, with who came in by them.",
            answer: .list(.named("Invitation")),
            perform: asking({ _ in .invitations }) { if case .invitations(let items) = $0 { .ok(items) } else { nil } }),
        Resource(
            .post, "/invitations", id: "invite", "Writes an invitation. What it answers is a secret.",
            body: [
                Property("site", name, "Whom it is for: a label in the invitation"),
                Property("role", .choice(Role.allCases.map(\.rawValue))),
                spaces, Property("until", .text(bytesMax: 64), "The last day of the membership"),
                .optional("useBy", .text(bytesMax: 64), "The last day on which it may be used; 14 days from now if nothing is said"),
                .optional("uses", .count(1...1_000_000), "How many may come in by it; one if nothing is said"),
                .optional("sponsor", name, "The member who answers for whoever comes in by it"), readOnly, acting,
            ], statuses: [201], answer: .named("Invited"),
            perform: asking({
                .invite(
                    InviteRequest(
                        siteName: $0.need("site"), role: Role(rawValue: $0.need("role")) ?? .guest, spaces: $0.texts("spaces"),
                        until: try $0.time("until") ?? Timestamp(milliseconds: 0), useBy: try $0.time("useBy"),
                        uses: UInt64($0.count("uses") ?? 1), by: $0.text("by"), sponsor: $0.text("sponsor"), readOnly: $0.flag("readOnly")))
            }) { if case .invited(let item) = $0 { .created(item) } else { nil } }),
        Resource(
            .delete, "/invitations/{id}", id: "closeInvitation", "Nobody comes in by an invitation any more.", query: [actingQuery],
            answer: .named("Act"),
            perform: asking({ .closeInvitation(id: $0.segment("id"), by: $0.text("by")) }) {
                if case .acted(let item) = $0 { .ok(item) } else { nil }
            }),
    ]

    // MARK: - Powers

    private static let standingRole = Schema.choice(StandingRole.allCases.map(\.rawValue))
    private static let readOnly = Property.optional("readOnly", .bool, "Of a guest: reads, and does not write")
    private static let grantProperties = [
        Property("member", name), Property("role", standingRole), .optional("level", .count(0...15), "Of an administrator, 2 or 3"), spaces,
        until, readOnly, acting,
    ]

    private static func grant(_ values: RequestValues) throws -> GrantRequest {
        GrantRequest(
            member: values.need("member"), role: StandingRole(rawValue: values.need("role")) ?? .guest,
            level: values.count("level").map { UInt8(clamping: $0) }, spaces: values.texts("spaces"), until: try values.time("until"),
            by: values.text("by"), readOnly: values.flag("readOnly"))
    }

    /// Half of it is refused: it would end more than was meant.
    private static func part(_ values: RequestValues) throws -> StandingChoice? {
        guard let role = values.text("role").flatMap(StandingRole.init(rawValue:)) else {
            guard values.text("space") != nil else { return nil }
            throw Refusal(
                .usage, what: "the field space goes with role", why: "alone, all of the membership would end", next: "say which role")
        }
        guard !values.flag("subtree") else {
            throw Refusal(
                .usage, what: "role and subtree do not go together", why: "one ends one role, the other all that they gave",
                next: "say one of them")
        }
        return StandingChoice(role: role, space: values.text("space"))
    }

    /// Of what may be previewed: 200 where nothing was done, 201 where it was.
    private static func reply(_ item: some Encodable, isPreview: Bool) -> Reply { isPreview ? .ok(item) : .created(item) }

    private static let powerResources = [
        Resource(
            .post, "/revocations", id: "revoke", "Ends a membership, or says what that would reach.",
            body: [
                Property("member", name), .optional("reason", .text(bytesMax: EntryLimits.registryBodyBytesMax)),
                .optional("forCause", .bool, "What was not seen by now cannot be brought back by anybody junior"),
                .optional("subtree", .bool, "With everybody whom the member let in or gave something to"),
                .optional("role", standingRole, "This role of theirs alone"), .optional("space", name, "With role: where"), preview, acting,
            ], statuses: [201, 200], answer: .named("Revocation"),
            perform: asking({
                .revoke(
                    target: $0.need("member"), reason: $0.text("reason"), forCause: $0.flag("forCause"), preview: $0.flag("preview"),
                    by: $0.text("by"), subtree: $0.flag("subtree"), part: try part($0))
            }) { if case .revoked(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil } }),
        Resource(
            .post, "/grants", id: "grant", "Gives a member a role.", body: grantProperties, statuses: [201], answer: .named("Granted"),
            perform: asking({ .grant(try grant($0)) }) { if case .granted(let item) = $0 { .created(item) } else { nil } }),
        Resource(
            .post, "/readmissions", id: "readmit", "Brings a removed member back, or says what that would override.",
            body: [Property("member", name), .optional("role", standingRole), spaces, until, preview, acting], statuses: [201, 200],
            answer: .named("Granted"),
            perform: asking({
                .readmit(
                    ReadmitRequest(
                        member: $0.need("member"), role: $0.text("role").flatMap { StandingRole(rawValue: $0) }, spaces: $0.texts("spaces"),
                        until: try $0.time("until"), preview: $0.flag("preview"), by: $0.text("by")))
            }) { if case .granted(let item) = $0 { reply(item, isPreview: item.ids.isEmpty) } else { nil } }),
        Resource(
            .post, "/departures", id: "leave", "Ends one's own membership, or this site's.",
            body: [.optional("asSite", .bool, "This site leaves, with its people"), preview, acting], statuses: [201, 200],
            answer: .named("Leaving"),
            perform: asking({ .leave(asSite: $0.flag("asSite"), preview: $0.flag("preview"), by: $0.text("by")) }) {
                if case .left(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil }
            }),
        Resource(
            .post, "/disavowals", id: "disavow", "Voids an entry and what follows it in its log.",
            body: [Property("id", name), preview, acting], statuses: [201, 200], answer: .named("Disavowal"),
            perform: asking({ .disavow(id: $0.need("id"), preview: $0.flag("preview"), by: $0.text("by")) }) {
                if case .disavowed(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil }
            }),
        Resource(
            .post, "/annulments", id: "annul", "Undoes a removal, a leave or a disavowal.", body: [Property("id", name), acting],
            statuses: [201], answer: .named("Act"), perform: asking({ .annul(id: $0.need("id"), by: $0.text("by")) }, act)),
        Resource(
            .post, "/recoveries", id: "recover", "Gives a member new keys, with the recovery key.",
            body: [
                Property("seed", name, "64 hexadecimal digits: the seed of the recovery key"), .optional("member", name),
                .optional(
                    "commitment", name, "64 hexadecimal digits: commitment to the next recovery key; without it the node draws that key"),
                .optional("takeBackFrom", name, "The first entry that a thief wrote"), preview,
            ], statuses: [201, 200], answer: .named("Recovered"),
            perform: asking({
                .recover(
                    RecoverRequest(
                        seed: $0.need("seed"), member: $0.text("member"), commitment: $0.text("commitment") ?? "",
                        takeBackFrom: $0.text("takeBackFrom"), preview: $0.flag("preview")))
            }) { if case .recovered(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil } }),
        Resource(
            .post, "/successions", id: "succeed", "A new identity stands for an old one whose keys are lost.",
            body: [Property("old", name), Property("new", name), preview, acting], statuses: [201, 200], answer: .named("Succession"),
            perform: asking({ .succeed(old: $0.need("old"), new: $0.need("new"), by: $0.text("by"), preview: $0.flag("preview")) }) {
                if case .succeeded(let item) = $0 { reply(item, isPreview: item.id.isEmpty) } else { nil }
            }),
        Resource(
            .get, "/root-keys", id: "root", "The root keys in force, and what they have signed.", answer: .named("RootStatus"),
            perform: asking({ _ in .rootStatus }) { if case .root(let item) = $0 { .ok(item) } else { nil } }),
        Resource(
            .post, "/root-keys/proposals", id: "proposeRoot", "Words an act for the holders of the root keys to sign.",
            body: [
                Property("act", .choice(["update", "grant", "revoke", "annul", "disavow"])),
                .optional("keys", .list(name, countMax: EntryLimits.rootKeysMax), "Of an update"),
                .optional("quorum", .count(1...Int64(EntryLimits.rootKeysMax)), "Of an update"),
                .optional("grant", .object(grantProperties), "Of a grant"), .optional("target", name, "Of a revocation"),
                .optional("forCause", .bool), .optional("subtree", .bool), .optional("id", name, "Of an annulment or a disavowal"),
            ], statuses: [201], answer: .named("RootProposal"),
            perform: asking({ .proposeRoot(try rootAct($0)) }) { if case .rootProposal(let item) = $0 { .created(item) } else { nil } }),
        Resource(
            .post, "/root-keys/readings", id: "showRoot", "What a proposal says, and how far it is.",
            body: [Property("proposal", token)], answer: .named("RootProposal"),
            perform: asking({ .showRoot(proposal: $0.need("proposal")) }) {
                if case .rootProposal(let item) = $0 { .ok(item) } else { nil }
            }),
        Resource(
            .post, "/root-keys/submissions", id: "submitRoot",
            "Adds signatures that were made elsewhere; when they suffice, the network takes the act.",
            body: [Property("proposal", token)], statuses: [201], answer: .named("RootProposal"),
            perform: asking({ .submitRoot(proposal: $0.need("proposal")) }) {
                if case .rootProposal(let item) = $0 { .created(item) } else { nil }
            }),
    ]

    private static func rootAct(_ values: RequestValues) throws -> RootAct {
        func need(_ name: String) throws -> String {
            guard let text = values.text(name) else {
                throw Refusal(
                    .usage, what: "the field \(name) is missing", why: "An act of this kind needs it.", next: "See /api/v1/openapi.json")
            }
            return text
        }
        switch values.need("act") {
        case "update": return .update(keys: values.texts("keys"), quorum: UInt64(values.count("quorum") ?? 1))
        case "revoke": return .revoke(target: try need("target"), forCause: values.flag("forCause"), subtree: values.flag("subtree"))
        case "annul": return .annul(id: try need("id"))
        case "disavow": return .disavow(id: try need("id"))
        default:
            let fields = values.body["grant"] ?? .object([])
            return .grant(try grant(RequestValues(path: [:], query: [:], body: fields, lastEventID: nil, channel: nil)))
        }
    }
}
