import EntenteNode
import EntenteRuntime
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The local API, version 1: commands in, answers out, JSON both. (Docs/Decisions/0007-local-api.md)
///
///     curl --unix-socket DIR/node.sock http://node/api/v1/status
struct LocalAPI: Sendable {
    /// Bytes of a request's body: a post of the largest size, with its characters escaped.
    static let bodyBytesMax = 128 * 1024
    static let commandPath = "/api/v1/command"
    /// Entries of a timeline where the request names no number.
    private static let timelineLimit = 50

    let access: LocalAccess
    let perform: @Sendable (Command) async -> Answer

    init(access: LocalAccess, perform: @escaping @Sendable (Command) async -> Answer) {
        self.access = access
        self.perform = perform
    }

    func router() -> Router<LocalContext> {
        let router = Router(context: LocalContext.self)
        router.add(middleware: ErrorsAsJSON())
        router.add(middleware: CallersOnly(access: access))
        router.post("/api/v1/command") { request, _ in
            var request = request
            let body = try await request.collectBody(upTo: Self.bodyBytesMax)
            guard let command = APICoding.decode(Command.self, from: Array(body.readableBytesView)) else {
                throw Refusal(
                    .usage, what: "the body is no command", why: "It is not the JSON of one, or a field is missing.",
                    next: "See Docs/Decisions/0007-local-api.md for the commands.")
            }
            return try Self.response(await perform(command))
        }
        router.get("/api/v1/status") { _, _ in try Self.items(await perform(.status)) }
        router.get("/api/v1/members") { _, _ in try Self.items(await perform(.members)) }
        router.get("/api/v1/peers") { _, _ in try Self.items(await perform(.peers)) }
        router.get("/api/v1/spaces") { _, _ in try Self.items(await perform(.listSpaces)) }
        router.get("/api/v1/timeline") { request, _ in
            let parameters = request.uri.queryParameters
            let limit = try parameters["limit"].map { text in
                guard let limit = Int(text), limit > 0 else {
                    throw Refusal(.usage, what: "limit=\(text) is no number of posts", why: "It is 1 or more.", next: "?limit=50")
                }
                return limit
            }
            let command = Command.timeline(space: parameters["space"].map(String.init), limit: limit ?? Self.timelineLimit)
            return try Self.items(await perform(command))
        }
        return router
    }

    /// An answer as it is, or its refusal as an error.
    private static func response(_ answer: Answer) throws -> Response {
        if case .refused(let refusal) = answer { throw refusal }
        return json(.ok, APICoding.encode(answer))
    }

    /// What an answer holds, without its name: for eyes and scripts.
    private static func items(_ answer: Answer) throws -> Response {
        switch answer {
        case .status(let item): json(.ok, APICoding.encode(item))
        case .members(let items): json(.ok, APICoding.encode(items))
        case .peers(let items): json(.ok, APICoding.encode(items))
        case .spaces(let items): json(.ok, APICoding.encode(items))
        case .timeline(let items): json(.ok, APICoding.encode(items))
        case .refused(let refusal): throw refusal
        default: json(.ok, APICoding.encode(answer))
        }
    }

    fileprivate static func json(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// Whatever goes wrong is answered as `{"error", "hint"}`.
private struct ErrorsAsJSON: RouterMiddleware {
    typealias Context = LocalContext

    func handle(
        _ request: Request, context: LocalContext, next: (Request, LocalContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            return LocalAPI.json(.init(code: ErrorBody.status(of: refusal.code)), APICoding.encode(ErrorBody(refusal)))
        } catch let forbidden as CallersOnly.Forbidden {
            return LocalAPI.json(.forbidden, APICoding.encode(ErrorBody(forbidden.refusal)))
        } catch let error as HTTPError {
            let refusal =
                switch error.status {
                case .notFound:
                    Refusal(
                        .notFound, what: "there is nothing at \(request.uri.path)", why: "The API is below /api/v1.",
                        next: "curl --unix-socket DIR/node.sock http://node/api/v1/status")
                case .contentTooLarge:
                    Refusal(
                        .usage, what: "the body is too large", why: "It may have \(LocalAPI.bodyBytesMax) bytes.",
                        next: "Send less at once.")
                default:
                    Refusal(
                        .usage, what: "the request was not understood", why: error.body ?? "\(error.status)", next: "See /api/v1/status.")
                }
            return LocalAPI.json(error.status, APICoding.encode(ErrorBody(refusal)))
        }
    }
}
