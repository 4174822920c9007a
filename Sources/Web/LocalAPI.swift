import EntenteNode
import EntenteRuntime
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The local API, version 1: a request finds its resource, is held against its schemas, and is answered.
/// (Specs/09-api.md)
///
///     curl --unix-socket DIR/node.sock http://node/api/v1/status
struct LocalAPI: HTTPResponder {
    typealias Context = LocalContext

    /// Bytes of a request's body: a post of the largest size, with its characters escaped.
    static let bodyBytesMax = 128 * 1024
    static let prefix = "/api/v1"
    static let commandPath = prefix + "/command"
    static let exportPath = "/export"

    let access: LocalAccess
    let events: EventHub
    let perform: @Sendable (Command) async -> Answer
    let export: @Sendable (ExportRequest) async throws(Refusal) -> ExportStream

    func respond(to request: Request, context: LocalContext) async throws -> Response {
        do {
            try await admit(context)
            return try await answer(request, context)
        } catch let failure as APIFailure {
            return failure.response
        } catch let refusal as Refusal {
            return APIFailure(refusal).response
        } catch let error as HTTPError where error.status == .contentTooLarge {
            return APIFailure(.bodyTooLarge, status: .contentTooLarge).response
        } catch is NIOTooManyBytesError {
            return APIFailure(.bodyTooLarge, status: .contentTooLarge).response
        } catch {
            context.logger.error("The local API cannot answer \(request.method): \(LogText.line("\(error)"))")
            return APIFailure(.ownFault, status: .internalServerError).response
        }
    }

    /// Lets in whom the credentials admit; everybody else is told so, and counted.
    private func admit(_ context: LocalContext) async throws(APIFailure) {
        let caller = await context.caller()
        guard !access.admits(caller) else { return }
        let (account, process) = (caller.map { "\($0.uid)" } ?? "?", caller.map { "\($0.process)" } ?? "?")
        let count = access.countRefusal()
        context.logger.warning("Refused the local API to account \(account), process \(process): \(count) so far.")
        throw APIFailure(.accountRefused, status: .forbidden)
    }

    private func answer(_ request: Request, _ context: LocalContext) async throws -> Response {
        let target = try RequestTarget(request.head.path ?? "/")
        let matches = Resource.all.compactMap { resource in target.segments.flatMap { resource.match($0) }.map { (resource, $0) } }
        guard !matches.isEmpty else { throw APIFailure(.nothing(at: target.path)) }
        guard let (resource, path) = matches.first(where: { $0.0.method.rawValue == request.method.rawValue }) else {
            let allowed = matches.map(\.0.method.rawValue).sorted().joined(separator: ", ")
            throw APIFailure(.method(request.method.rawValue, at: target.path, allowed), status: .methodNotAllowed, allow: allowed)
        }
        let values = RequestValues(
            path: path, query: try target.values(of: resource.query), body: try await Self.body(of: request, for: resource),
            lastEventID: request.headers[.lastEventID], channel: context.channel)
        switch try await resource.perform(values, self) {
        case .json(let status, let bytes): return Self.json(.init(code: status), bytes)
        case .events(let subscription, let cursor): return EventStream.response(subscription, from: cursor)
        case .lines(let stream): return ExportResponse.response(stream, over: context.channel)
        }
    }

    /// The request's body, which is what the resource says.
    private static func body(of request: Request, for resource: Resource) async throws -> JSONValue {
        var request = request
        let bytes = Array(try await request.collectBody(upTo: bodyBytesMax).readableBytesView)
        guard let schema = resource.body else {
            guard bytes.isEmpty else { throw APIFailure(.bodyNotTaken) }
            return .object([])
        }
        let body: JSONValue
        do {
            // Where every field may be left out, so may the body.
            body = bytes.isEmpty ? .object([]) : try JSONReader.read(bytes)
        } catch {
            throw APIFailure(.notJSON(error))
        }
        if let wrong = schema.wrong(body, at: Schema.body) { throw APIFailure(.wrong(wrong)) }
        return body
    }

    static func json(_ status: HTTPResponse.Status, _ body: [UInt8], allow: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if let allow { headers[.allow] = allow }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .eTag
}

/// A refusal on its way out, with the status that it has there.
struct APIFailure: Error {
    let status: HTTPResponse.Status
    let refusal: Refusal
    /// The methods that would be understood.
    let allow: String?

    init(_ refusal: Refusal, status: HTTPResponse.Status? = nil, allow: String? = nil) {
        self.status = status ?? .init(code: ErrorBody.status(of: refusal.code))
        self.refusal = refusal
        self.allow = allow
    }

    var response: Response { LocalAPI.json(status, APICoding.encode(ErrorBody(refusal)), allow: allow) }
}

extension Refusal {
    private static let document = "curl --unix-socket DIR/node.sock http://node/api/v1/openapi.json"

    fileprivate static let accountRefused = Refusal(
        .refused, what: "this account may not use the local API",
        why: "It is open to the account that the node runs under, to root, and to the group that api.group names.",
        next: "Ask whoever looks after the node to add this account to that group.")
    fileprivate static let bodyTooLarge = Refusal(
        .usage, what: "the body is too large", why: "It may have \(LocalAPI.bodyBytesMax) bytes.", next: "Send less at once.")
    fileprivate static let bodyNotTaken = Refusal(
        .usage, what: "the request has a body", why: "What it asks for takes none.", next: document)
    fileprivate static let ownFault = Refusal(
        .unavailable, what: "the request cannot be answered", why: "This is a fault of the program; its log has more.",
        next: "Report it, with the log: entente run --log-level debug")

    fileprivate static func nothing(at path: String) -> Refusal {
        let known = Resource.all.map { LocalAPI.prefix + $0.path }
        let nearest = Nearest.word(to: path, of: known).map { "The nearest is \($0)." } ?? "The API is below \(LocalAPI.prefix)."
        return Refusal(.notFound, what: "there is nothing at \(LogText.line(path))", why: nearest, next: document)
    }

    fileprivate static func method(_ method: String, at path: String, _ allowed: String) -> Refusal {
        Refusal(
            .usage, what: "\(LogText.line(path)) does not take \(LogText.line(method))", why: "It takes \(allowed).", next: document)
    }

    fileprivate static func notJSON(_ fault: JSONReader.Fault) -> Refusal {
        Refusal(.usage, what: "the body is no JSON", why: "Line \(fault.line): \(fault.reason).", next: document)
    }

    fileprivate static func wrong(_ wrong: Schema.Wrong) -> Refusal { Refusal(.usage, what: wrong.what, why: wrong.why, next: document) }
}
