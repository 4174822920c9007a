import EntenteModel
import EntenteNode
import EntenteRuntime
import Foundation
import Testing

@testable import EntenteWeb

/// The local API as curl sees it: a real node, a real socket. (Specs/09-api.md)
@Suite(.serialized) struct LocalAPITests {
    /// One question: its operation in the document, and the status that it has to have.
    struct Question {
        let operation: String
        let path: String
        let body: String?
        let status: Int
        init(_ operation: String, _ path: String, _ body: String? = nil, _ status: Int = 200) {
            self.operation = operation
            self.path = path
            self.body = body
            self.status = status
        }
    }

    /// What the document says of an operation.
    struct Operation {
        let method: String
        let path: String
        let responses: JSONValue
    }

    static func operations(of document: JSONValue) throws -> [String: Operation] {
        guard case .object(let paths) = document["paths"] else { throw RawAnswer.NoJSON(text: "no paths") }
        var operations: [String: Operation] = [:]
        for path in paths {
            guard case .object(let methods) = path.value else { continue }
            for method in methods {
                guard case .string(let id) = method.value["operationId"], let responses = method.value["responses"] else { continue }
                #expect(operations[id] == nil, "\(id) is there twice")
                operations[id] = Operation(method: method.name.uppercased(), path: path.name, responses: responses)
            }
        }
        return operations
    }

    @Test func `every operation of the document is asked of a real node, and answers what the document says (L-1, L-2, L-3, L-12)`()
        async throws
    {
        let siege = try await LocalAPINode()
        let document = try await siege.ask("GET", "/api/v1/openapi.json").json()
        #expect(document["openapi"] == .string("3.1.0"))
        let check = SchemaCheck(document: document)
        let operations = try Self.operations(of: document)
        var asked: Set<String> = []

        @discardableResult
        func ask(_ operation: String, _ path: String, _ body: String? = nil, _ status: Int = 200) async throws -> RawAnswer {
            let question = Question(operation, path, body, status)
            let stated = try #require(operations[operation], "the document has no \(operation)")
            let answer = try await siege.ask(stated.method, "/api/v1" + path, body)
            #expect(answer.status == status, "\(operation): \(String(decoding: answer.body, as: UTF8.self))")
            #expect(answer.headers["content-type"] == "application/json" && answer.headers["content-length"] == "\(answer.body.count)")
            var response = try #require(stated.responses[String(answer.status)] ?? stated.responses["default"])
            if case .string(let reference) = response["$ref"] { response = try #require(check.resolve(reference)) }
            #expect(answer.status < 400 || stated.responses[String(answer.status)] == nil)
            let schema = try #require(response["content"]?["application/json"]?["schema"])
            #expect(check.faults(of: try answer.json(), against: schema) == [], "\(question)")
            if answer.status < 400 { asked.insert(operation) }
            return answer
        }

        try await ask("status", "/status")
        try await ask("createSpace", "/spaces", #"{"name": "Chantier"}"#, 201)
        try await ask("spaces", "/spaces")
        let first = try await ask("post", "/posts", #"{"space": "everyone", "text": "Bonjour \u00e0 tous"}"#, 201).text("id")
        let second = try await ask(
            "post", "/posts", "{\"space\": \"everyone\", \"text\": \"Suite\", \"replyTo\": \"\(first)\", \"by\": null}", 201
        ).text("id")
        guard case .array(let all) = try await ask("timeline", "/timeline?space=everyone&limit=10").json() else {
            throw RawAnswer.NoJSON(text: "")
        }
        #expect(all.map { $0["id"] } == [.string(first), .string(second)])
        guard case .array(let before) = try await ask("timeline", "/timeline?before=\(second)&limit=1").json() else {
            throw RawAnswer.NoJSON(text: "")
        }
        #expect(before.map { $0["text"] } == [.string("Bonjour à tous")])
        guard case .array(let thread) = try await ask("thread", "/threads/\(second)?history=true").json() else {
            throw RawAnswer.NoJSON(text: "")
        }
        #expect(thread.map { $0["id"] } == [.string(first), .string(second)] && thread[0]["history"] == .array([]))
        guard case .array(let found) = try await ask("search", "/search?words=BONJOUR%20a&author=alice&since=2020-01-01").json() else {
            throw RawAnswer.NoJSON(text: "")
        }
        #expect(found.map { $0["id"] } == [.string(first)])
        // A day is all of it, from its first moment to its last.
        guard case .string(let time) = found.first?["time"] else { throw RawAnswer.NoJSON(text: "no time") }
        let day = time.prefix(10)
        for query in ["since=\(day)", "until=\(day)", "since=\(day)&until=\(day)"] {
            #expect(try await ask("search", "/search?words=bonjour&\(query)").json() == .array(found), "\(query)")
        }
        try await ask("people", "/people?space=everyone")
        #expect(try await ask("views", "/views").json()["state"] == .string("current"))
        try await ask("rebuild", "/views", "{}")
        let entry = try await ask("entry", "/entries/\(second.prefix(12))").json()
        #expect(entry["replyTo"] == .string(first) && entry["visible"] == .bool(true) && entry["kind"] == .string("post"))
        guard case .array(let heads) = try await ask("heads", "/heads?space=registry").json() else { throw RawAnswer.NoJSON(text: "") }
        #expect(!heads.isEmpty && heads.allSatisfy { $0["space"] == .string("registry") })
        try await ask("heads", "/heads?after=1&limit=1")
        try await ask("edit", "/posts/\(second)/edits", #"{"text": "Suite et fin"}"#, 201)
        try await ask("react", "/posts/\(first)/reactions", #"{"emoji": "👍"}"#, 201)
        try await ask("react", "/posts/\(first)/reactions", #"{"emoji": "👍", "undo": true}"#, 201)
        try await ask("hide", "/posts/\(first)/hidings", "{}", 201)
        for (query, texts) in [("false", [""]), ("true", ["Bonjour à tous"])] {
            for (operation, path) in [("timeline", "/timeline?limit=1&before=\(second)&"), ("thread", "/threads/\(first)?limit=1&")] {
                guard case .array(let items) = try await ask(operation, "\(path)hidden=\(query)").json() else {
                    throw RawAnswer.NoJSON(text: "")
                }
                #expect(items.map { $0["text"] } == texts.map { JSONValue?.some(.string($0)) }, "\(operation) \(query)")
            }
        }
        #expect(try await ask("search", "/search?words=bonjour").json() == .array([]))
        #expect(try await ask("search", "/search?words=bonjour&hidden=true").json() != .array([]))
        try await ask("unhide", "/posts/\(first)/unhidings", "{}", 201)
        let third = try await ask("post", "/posts", #"{"space": "everyone", "text": "De trop"}"#, 201).text("id")
        try await ask("erase", "/posts/\(third)/erasures", #"{"preview": true}"#)
        try await ask("erase", "/posts/\(third)/erasures", "{}", 201)
        try await ask("why", "/why/\(first)")
        try await ask("why", "/why/alice")
        try await ask("members", "/members")
        try await ask("member", "/members/alice")
        try await ask("addPeer", "/peers", #"{"address": "127.0.0.1:1"}"#, 201)
        try await ask("peers", "/peers")
        try await ask("sync", "/sync", #"{"milliseconds": 1}"#)
        try await ask("history", "/history?limit=100&member=alice")
        try await ask("held", "/held")
        try await ask("devices", "/devices?member=alice")
        try await ask("command", "/command", #"{"timeline": {"limit": 5}}"#)
        try await ask("document", "/openapi.json")
        let two = #"{"posts": [{"space": "everyone", "text": "un"}, {"space": "x", "text": "deux"}], "by": "alice"}"#
        try await ask("import", "/import", two, 201)
        try await ask("import", "/import", #"{"posts": [{"space": "x", "text": "deux", "author": "alice"}]}"#)
        let export = try await siege.ask("GET", "/api/v1/export?entries=true")
        #expect(export.status == 200 && export.headers["content-type"] == "application/x-ndjson")
        #expect(operations["export"]?.responses["200"]?["content"]?["application/x-ndjson"] != nil)
        var kinds: Set<String> = []
        for line in try export.chunks().split(separator: UInt8(ascii: "\n")) {
            let value = try JSONReader.read(Array(line))
            let kind = value["format"] != nil ? "first" : value["entry"] != nil ? "entry" : value["end"] != nil ? "last" : "post"
            kinds.insert(kind)
            let schema = JSONValue.fields(["$ref": .string("#/components/schemas/Export-" + kind)])
            #expect(check.faults(of: value, against: schema) == [], "\(String(decoding: line, as: UTF8.self))")
        }
        #expect(kinds == ["first", "entry", "post", "last"])
        asked.insert("export")
        let stream = try StreamReader(siege.socket)
        #expect(try await stream.next()?.name == "hello")
        #expect(operations["events"]?.responses["200"]?["content"]?["text/event-stream"] != nil)
        asked.insert("events")

        let invitation = try await ask(
            "invite", "/invitations", #"{"site": "Siège", "role": "member", "until": "2035-12-31", "spaces": ["everyone"]}"#, 201)
        try await ask("invitations", "/invitations")
        let joining = "{\"invitation\": \"\(try invitation.text("invitation"))\", \"name\": \"bob\", \"site\": \"Siège\"}"
        try await ask("join", "/members", joining, 201)
        try await ask("post", "/posts", #"{"space": "everyone", "text": "Salut", "by": "bob"}"#, 201)
        let unused = try await ask(
            "invite", "/invitations", #"{"site": "Siège", "role": "guest", "until": "2035-12-31", "spaces": ["everyone"]}"#, 201)
        try await ask("closeInvitation", "/invitations/\(try unused.text("id"))?by=alice")
        try await ask("grant", "/grants", #"{"member": "bob", "role": "steward", "spaces": ["everyone"]}"#, 201)
        try await ask("leave", "/departures", #"{"preview": true, "by": "bob"}"#)
        try await ask("revoke", "/revocations", #"{"member": "bob", "preview": true}"#)
        let removal = try await ask("revoke", "/revocations", #"{"member": "bob", "reason": "départ"}"#, 201).text("id")
        try await ask("readmit", "/readmissions", #"{"member": "bob", "preview": true}"#)
        try await ask("readmit", "/readmissions", #"{"member": "bob", "until": "2035-12-31"}"#, 201)
        try await ask("root", "/root-keys")
        let proposal = try await ask("proposeRoot", "/root-keys/proposals", #"{"act": "revoke", "target": "bob"}"#, 201)
        try await ask("showRoot", "/root-keys/readings", "{\"proposal\": \"\(try proposal.text("proposal"))\"}")
        try await ask("submitRoot", "/root-keys/submissions", "{\"proposal\": \"\(try proposal.text("proposal"))\"}", 201)

        // A further key of alice's, and its end.
        let request = try await ask("requestDevice", "/device-requests", #"{"member": "erin"}"#, 201).text("request")
        try await ask("addDevice", "/devices", "{\"request\": \"\(request)\"}", 201)
        guard case .array(let devices) = try await ask("devices", "/devices?member=alice").json(), devices.count == 2 else {
            throw RawAnswer.NoJSON(text: "no two keys")
        }
        guard case .string(let added) = devices.first(where: { $0["kind"] == .string("device") })?["key"] else {
            throw RawAnswer.NoJSON(text: "\(devices)")
        }
        try await ask("removeDevice", "/devices/\(added)")
        // Dora administers, and ends somebody's membership; alice is senior to her, and takes that back.
        for name in ["carol", "dora"] {
            let invitation = try await ask(
                "invite", "/invitations", #"{"site": "Siège", "role": "member", "until": "2035-12-31", "spaces": ["everyone"]}"#, 201
            ).text("invitation")
            try await ask("join", "/members", "{\"invitation\": \"\(invitation)\", \"name\": \"\(name)\", \"site\": \"Siège\"}", 201)
        }
        try await ask("grant", "/grants", #"{"member": "dora", "role": "administrator"}"#, 201)
        let rash = try await ask("revoke", "/revocations", #"{"member": "carol", "by": "dora"}"#, 201).text("id")
        try await ask("annul", "/annulments", "{\"id\": \"\(rash)\", \"by\": \"alice\"}", 201)
        try await ask("succeed", "/successions", #"{"old": "carol", "new": "dora", "by": "alice"}"#, 201)
        // Root makes her the security officer.
        let granting = #"{"act": "grant", "grant": {"member": "alice", "role": "security-officer"}}"#
        var officer = try await ask("proposeRoot", "/root-keys/proposals", granting, 201).text("proposal")
        let keys = siege.folder.site.path + "/root"
        for number in 1...2 {
            officer = try Node.signRoot(officer, with: try CarriedKey.root(keys + "/root-\(number).key")).text
        }
        try await ask("submitRoot", "/root-keys/submissions", "{\"proposal\": \"\(officer)\"}", 201)
        let wrong = try await ask("post", "/posts", #"{"space": "everyone", "text": "Faux", "by": "dora"}"#, 201).text("id")
        try await ask("disavow", "/disavowals", "{\"id\": \"\(wrong)\", \"preview\": true}")
        try await ask("disavow", "/disavowals", "{\"id\": \"\(wrong)\", \"by\": \"alice\"}", 201)
        let seed = try CarriedKey.recovery(siege.folder.site.path + "/recovery/alice.key").seed
        try await ask("recover", "/recoveries", "{\"seed\": \"\(seed)\", \"member\": \"alice\"}", 201)
        try await ask("post", "/posts", #"{"space": "everyone", "text": "Sous la nouvelle clé", "by": "alice"}"#, 201)

        try await ask("collectHeld", "/held/collections", #"{"preview": true}"#)
        try await ask("collectHeld", "/held/collections", #"{"days": 120}"#)
        try await ask("collectHeld", "/held/collections", #"{"days": 89}"#, 400)
        // What would end all of somebody's roles where one is meant is refused, on this way too.
        try await ask("revoke", "/revocations", #"{"member": "bob", "space": "everyone"}"#, 400)
        try await ask("revoke", "/revocations", #"{"member": "bob", "role": "administrator", "subtree": true}"#, 400)
        // Nothing is held here: that takes two sites. (SitesTests)
        let refused = ["adopt"]
        try await ask("annul", "/annulments", "{\"id\": \"\(removal)\", \"by\": \"bob\"}", 409)
        try await ask("requestDevice", "/device-requests", #"{"member": "bob"}"#, 409)
        try await ask("addDevice", "/devices", #"{"request": "none"}"#, 409)
        try await ask("adopt", "/held/\(first)/adoption", nil, 409)
        try await ask("removeDevice", "/devices/\(String(repeating: "0", count: 64))", nil, 404)
        let zeros = String(repeating: "00", count: 32)
        try await ask("recover", "/recoveries", "{\"seed\": \"\(zeros)\", \"commitment\": \"\(zeros)\"}", 409)
        try await ask("succeed", "/successions", #"{"old": "bob", "new": "nobody"}"#, 404)

        let unasked = Set(operations.keys).subtracting(asked).subtracting(refused)
        #expect(unasked == [], "operations that nothing asked")
        #expect(await siege.end() == nil)
    }

    @Test func `an import writes each post for itself, and says of each what became of it (L-19)`() async throws {
        let siege = try await LocalAPINode()
        func imported(_ body: String, _ status: Int) async throws -> [JSONValue] {
            let answer = try await siege.ask("POST", "/api/v1/import", body)
            #expect(answer.status == status, "\(String(decoding: answer.body, as: UTF8.self))")
            guard case .array(let items) = try answer.json() else { return [] }
            return items
        }
        let first = try await imported(
            #"{"posts": [{"author": "alice", "space": "everyone", "text": "un"}, {"author": "eve", "space": "everyone", "text": "non"},"#
                + #" {"author": "alice", "space": "everyone", "text": "deux"}]}"#, 201)
        #expect(first.map { $0["id"] == nil } == [false, true, false] && first.map { $0["error"] == nil } == [true, false, true])
        #expect(first[1]["error"]?["code"] == .string("notFound"))
        guard case .string(let id) = first[2]["id"] else { throw RawAnswer.NoJSON(text: "no id") }
        // Who acts for all comes before what each says.
        let second = try await imported(
            #"{"by": "alice", "posts": [{"author": "eve", "space": "everyone", "text": "trois", "replyTo": ""# + id + #""}]}"#, 201)
        #expect(second.count == 1)
        #expect(try await imported(#"{"by": "alice", "posts": [{"space": "nowhere", "text": "perdu"}]}"#, 200).count == 1)
        let many = Array(repeating: #"{"space": "everyone", "text": "trop"}"#, count: 257).joined(separator: ",")
        _ = try await imported("{\"by\": \"alice\", \"posts\": [\(many)]}", 400)
        guard case .array(let all) = try await siege.ask("GET", "/api/v1/timeline").json() else { throw RawAnswer.NoJSON(text: "") }
        #expect(all.map { $0["text"] } == ["un", "deux", "trois"].map(JSONValue.string) && all[2]["replyTo"] == .string(id))
        #expect(await siege.end() == nil)
    }

    @Test func `an export that the node's end cuts off has no last chunk (L-21)`() async throws {
        let siege = try await LocalAPINode()
        for number in 0..<40 {
            let text = String(repeating: "\(number) ", count: 10_000)
            #expect(try await siege.ask("POST", "/api/v1/posts", "{\"space\": \"everyone\", \"text\": \"\(text)\"}").status == 201)
        }
        let whole = try await siege.ask("GET", "/api/v1/export")
        #expect(try whole.chunks().count(where: { $0 == UInt8(ascii: "\n") }) == 40)
        // More than what a socket holds: the rest waits for whoever reads.
        let slow = try RawConnection(siege.socket)
        try slow.send(RawConnection.request("GET", "/api/v1/export?entries=true", nil))
        let first = try await blocking { try slow.read() }
        #expect(await siege.end() == nil)
        let rest = try await blocking { try slow.readToEnd() }
        let answer = try RawAnswer(first + rest)
        #expect(answer.status == 200)
        #expect(throws: RawAnswer.CutOff.self) { try answer.chunks() }
    }

    @Test func `the document and the table of resources have the same paths and methods (L-12)`() throws {
        let document = try JSONReader.read(OpenAPIDocument.bytes)
        let stated = Set(try Self.operations(of: document).values.map { "\($0.method) \($0.path)" })
        #expect(stated == Set(Resource.all.map { "\($0.method.rawValue) \($0.path)" }))
        #expect(stated.count == Resource.all.count)
        // Two resources never answer one request.
        for resource in Resource.all {
            let segments = resource.path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }
            #expect(Resource.all.count { $0.method == resource.method && $0.match(segments) != nil } == 1, "\(resource.path)")
        }
        for name in ItemSchemas.all.keys {
            #expect(
                String(decoding: OpenAPIDocument.bytes, as: UTF8.self).contains("/schemas/\(name)\"") || name == "Error"
                    || name.hasPrefix("Event-") || name.hasPrefix("Export-"))
        }
    }

    /// Each with the status and a word of the error.
    static let wrongRequests: [(String, String, String?, Int, String)] = [
        ("GET", "/", nil, 404, "nothing at"), ("GET", "/api/v1", nil, 404, "nothing at"), ("GET", "/api/v1/", nil, 404, "nothing at"),
        ("GET", "/api/v2/status", nil, 404, "nothing at"), ("GET", "/api/v1/statsu", nil, 404, "/api/v1/status"),
        ("GET", "/api/v1/status/", nil, 404, "nothing at"), ("GET", "/api/v1//status", nil, 404, "nothing at"),
        ("GET", "/api/v1/members/%FF", nil, 404, "nothing at"), ("GET", "/api/v1/members/%2", nil, 404, "nothing at"),
        ("GET", "/api/v1/../v1/status", nil, 404, "nothing at"), ("GET", "/api/v1/members/nobody", nil, 404, "nobody"),
        ("GET", "/api/v1/entries/00000000", nil, 404, "00000000"),
        ("DELETE", "/api/v1/status", nil, 405, "It takes GET"), ("PUT", "/api/v1/posts", "{}", 405, "It takes POST"),
        ("PATCH", "/api/v1/peers", "{}", 405, "It takes GET, POST"), ("OPTIONS", "/api/v1/invitations/x", nil, 405, "It takes DELETE"),
        ("GET", "/api/v1/timeline?limit=0", nil, 400, "limit cannot be 0"), ("GET", "/api/v1/timeline?limit=1001", nil, 400, "limit"),
        ("GET", "/api/v1/timeline?limit=many", nil, 400, "limit"), ("GET", "/api/v1/timeline?limit=", nil, 400, "limit"),
        ("GET", "/api/v1/timeline?limit=1&limit=2", nil, 400, "twice"), ("GET", "/api/v1/timeline?lmit=1", nil, 400, "lmit"),
        ("GET", "/api/v1/timeline?space=%FF", nil, 400, "cannot be read"), ("GET", "/api/v1/status?x=1", nil, 400, "There is none"),
        ("GET", "/api/v1/timeline?space=nowhere", nil, 404, "nowhere"), ("GET", "/api/v1/heads?after=-1", nil, 400, "after"),
        ("GET", "/api/v1/status", "{}", 400, "has a body"),
        ("POST", "/api/v1/posts", nil, 400, "space is missing"), ("POST", "/api/v1/posts", "", 400, "space is missing"),
        ("POST", "/api/v1/posts", "{", 400, "no JSON"), ("POST", "/api/v1/posts", "[]", 400, "a list"),
        ("POST", "/api/v1/posts", #"{"space": "everyone"}"#, 400, "text is missing"),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "text": null}"#, 400, "text cannot be null"),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "text": 7}"#, 400, "text cannot be a number"),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "text": "a", "txet": "b"}"#, 400, "nearest one is text"),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "space": "everyone", "text": "a"}"#, 400, "twice"),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "text": ""}"#, 400, ""),
        ("POST", "/api/v1/posts", #"{"space": "everyone", "text": "a", "by": "eve"}"#, 404, "eve"),
        ("POST", "/api/v1/import", #"{"posts": [{"space": "everyone", "text": "a"}]}"#, 400, "posts[0].author"),
        ("POST", "/api/v1/import", #"{"posts": [{"text": "a"}], "by": "alice"}"#, 400, "posts[0].space"),
        ("POST", "/api/v1/import", #"{"by": "alice"}"#, 400, "posts is missing"),
        ("GET", "/api/v1/export?space=nowhere", nil, 404, "nowhere"), ("GET", "/api/v1/export?entries=yes", nil, 400, "entries"),
        ("POST", "/api/v1/invitations", #"{"site": "S", "role": "king", "until": "2030-12-31"}"#, 400, "role"),
        ("POST", "/api/v1/invitations", #"{"site": "S", "role": "site", "until": "soon"}"#, 400, "until"),
        ("POST", "/api/v1/invitations", #"{"site": "S", "role": "site", "until": "2030-12-31", "uses": 0}"#, 400, "uses"),
        ("POST", "/api/v1/peers", #"{"address": "nowhere"}"#, 400, "nowhere"),
        ("POST", "/api/v1/command", #"{"status": {}, "peers": {}}"#, 400, "one field"),
        ("POST", "/api/v1/command", #"{"nonsense": {}}"#, 400, "no command"),
        ("POST", "/api/v1/command", #"{"timeline": {"limit": 5, "lmit": 6}}"#, 400, "lmit"),
    ]

    @Test func `what is not understood is refused, with a status, what, why and what to do (L-4, L-5, L-6, L-7, L-8)`() async throws {
        let siege = try await LocalAPINode()
        for (method, path, body, status, word) in Self.wrongRequests {
            let answer = try await siege.ask(method, path, body)
            #expect(answer.status == status, "\(method) \(path) \(body ?? "")")
            #expect(answer.headers["content-type"] == "application/json")
            guard case .object(let fields) = try answer.json() else { throw RawAnswer.NoJSON(text: path) }
            #expect(Set(fields.map(\.name)) == ["error", "hint", "why", "code"])
            for field in fields { #expect(field.value != .string(""), "\(method) \(path): \(field.name)") }
            let text = try answer.json().text
            #expect(word.isEmpty || text.contains(word), "\(method) \(path): \(text)")
            #expect((answer.headers["allow"] != nil) == (status == 405))
        }
        // The answer to HEAD has no body, so it says only what would be taken.
        let head = try await siege.ask("HEAD", "/api/v1/peers")
        #expect(head.status == 405 && head.headers["allow"] == "GET, POST")
        #expect(await siege.end() == nil)
    }

    @Test func `a body that is too large is refused before it is read whole, and the node goes on (L-9)`() async throws {
        let siege = try await LocalAPINode()
        let large = String(repeating: "a", count: LocalAPI.bodyBytesMax)
        let answer = try await siege.ask("POST", "/api/v1/posts", "{\"space\": \"everyone\", \"text\": \"\(large)\"}")
        #expect(answer.status == 413 && answer.headers["content-type"] == "application/json")
        #expect(try answer.text("error").contains("too large"))
        // The largest post, each of its characters escaped, is taken.
        let text = String(repeating: "\\n", count: NodeLimits.textBytesMax - 1) + "b"
        #expect(try await siege.ask("POST", "/api/v1/posts", "{\"space\": \"everyone\", \"text\": \"\(text)\"}").status == 201)
        let long = String(repeating: "x", count: 10_000)
        #expect(try await siege.ask("GET", "/api/v1/members/\(long)").status == 400)
        #expect(try await siege.ask("GET", "/api/v1/status").status == 200)
        #expect(await siege.end() == nil)
    }

    @Test func `a segment of the path may be any text, percent-encoded (L-5)`() async throws {
        let siege = try await LocalAPINode()
        #expect(try await siege.ask("GET", "/api/v1/members/%61lice").status == 200)
        let answer = try await siege.ask("GET", "/api/v1/members/%C3%A9t%C3%A9%2F2026")
        let text = try answer.json().text
        #expect(answer.status == 404 && text.contains("été/2026"))
        #expect(await siege.end() == nil)
    }

    @Test func `what cannot be told apart from garbage does not stop the node`() async throws {
        let siege = try await LocalAPINode()
        for text in [
            "", "\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}", "GET /api/v1/status HTTP/9.9\r\n\r\n",
            "POST /api/v1/posts HTTP/1.1\r\nHost: n\r\nContent-Length: 99999999999\r\n\r\n",
        ] {
            let connection = try RawConnection(siege.socket)
            try connection.send(text)
        }
        #expect(try await siege.ask("GET", "/api/v1/status").status == 200)
        #expect(await siege.end() == nil)
    }

    @Test func `the owner, root and the group pass, and nobody else (L-10)`() {
        let alone = LocalAccess(owner: 1000)
        let shared = LocalAccess(owner: 1000, group: 50)
        func caller(_ uid: UInt32, _ groups: UInt32...) -> LocalCaller { LocalCaller(process: 1, uid: uid, groups: groups) }
        for access in [alone, shared] {
            #expect(access.admits(caller(1000, 1000)) && access.admits(caller(0, 0)))
            #expect(!access.admits(caller(1001, 1000)) && !access.admits(caller(1001)) && !access.admits(nil))
        }
        #expect(shared.admits(caller(1001, 1001, 7, 50)) && shared.admits(caller(1001, 50)))
        #expect(!alone.admits(caller(1001, 50)))
        #expect(alone.refusedCount == 0 && alone.countRefusal() == 1 && alone.refusedCount == 1)
    }

    @Test func `the system says who is at the other end (L-10)`() throws {
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        let caller = try #require(LocalCaller(at: pair[0]))
        #expect(caller.uid == getuid() && caller.process == getpid() && caller.groups.first == getgid())
        let count = getgroups(0, nil)
        var groups = [gid_t](repeating: 0, count: Int(count))
        #expect(getgroups(count, &groups) == count)
        #expect(Set(caller.groups.dropFirst()) == Set(groups))
        #expect(LocalCaller(at: -1) == nil)
    }
}
