import EntenteNode
import EntenteRuntime
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a running node through its local socket.
struct LocalClient: Sendable {
    /// Bytes of an answer: a thousand posts of the largest size, with their characters escaped.
    private static let answerBytesMax = 256 * 1024 * 1024
    /// How long the way to the socket may take, in milliseconds.
    private static let connectMilliseconds: Int64 = 5_000
    /// The longest wait for an answer, in milliseconds, whatever is asked for: a week.
    private static let waitMillisecondsMax: UInt64 = 7 * 86_400_000

    enum Failure: Error, Hashable {
        /// Nobody listens at the socket.
        case notRunning
        /// The node went away before it had answered.
        case interrupted
        case timedOut
        /// It answers what no node of this version answers.
        case strange
    }

    let socket: LocalSocket

    init(socketPath: String) { socket = LocalSocket(path: socketPath) }

    /// The node's answer; a refusal is one too.
    ///
    /// - Parameter milliseconds: gives up after so long.
    func perform(_ command: Command, milliseconds: UInt64) async throws(Failure) -> Answer {
        let answer: LocalResponse
        do {
            answer = try await post(APICoding.encode(command), to: LocalAPI.commandPath, milliseconds: milliseconds)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .interrupted
        }
        if answer.status == 200, let answer = APICoding.decode(Answer.self, from: answer.body) { return answer }
        guard let error = APICoding.decode(ErrorBody.self, from: answer.body) else { throw .strange }
        return .refused(error.refusal)
    }

    /// What a resource streams, piece by piece as it comes. Throws where the answer does not come to its end.
    ///
    /// - Parameter take: takes a piece; nothing more is read until it returns.
    /// - Returns: nil, or why the node refused: then no piece was taken.
    func stream(_ path: String, take: ([UInt8]) -> Void) async throws(Failure) -> Refusal? {
        let channel: NIOAsyncChannel<HTTPClientResponsePart, Never>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton.any())
                .connectTimeout(.milliseconds(Self.connectMilliseconds))
                .connect(unixDomainSocketPath: socket.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel<HTTPClientResponsePart, Never>(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw .notRunning
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: ["Host": "node", "Connection": "close"])
        channel.channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        do {
            return try await channel.executeThenClose { inbound in
                var status: UInt = 0
                var error: [UInt8] = []
                for try await part in inbound {
                    switch part {
                    case .head(let head): status = head.status.code
                    case .body(let piece) where status == 200: take(Array(piece.readableBytesView))
                    case .body(let piece):
                        error += piece.readableBytesView
                        guard error.count <= LocalAPI.bodyBytesMax else { throw Failure.strange }
                    case .end:
                        if status == 200 { return nil }
                        guard let body = APICoding.decode(ErrorBody.self, from: error) else { throw Failure.strange }
                        return body.refusal
                    }
                }
                throw Failure.interrupted
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .interrupted
        }
    }

    private func post(_ body: [UInt8], to path: String, milliseconds: UInt64) async throws -> LocalResponse {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: LocalResponse.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.milliseconds(Self.connectMilliseconds))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(LocalResponseHandler(promise, bytesMax: Self.answerBytesMax))
                    }
                }
                .connect(unixDomainSocketPath: socket.path).get()
        } catch {
            promise.fail(Failure.notRunning)
            throw Failure.notRunning
        }
        let timeout = loop.scheduleTask(in: .milliseconds(Int64(min(milliseconds, Self.waitMillisecondsMax)))) {
            promise.fail(Failure.timedOut)
            channel.close(promise: nil)
        }
        defer {
            timeout.cancel()
            channel.close(promise: nil)
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path,
            headers: [
                "Host": "node", "Content-Type": "application/json", "Content-Length": String(body.count), "Connection": "close",
            ])
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return try await promise.futureResult.get()
    }
}

struct LocalResponse: Sendable {
    let status: UInt
    let body: [UInt8]
}

/// Gathers one response, and says so when it is whole.
private final class LocalResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<LocalResponse>
    private let bytesMax: Int
    private var status: UInt = 0
    private var body: [UInt8] = []

    init(_ promise: EventLoopPromise<LocalResponse>, bytesMax: Int) {
        self.promise = promise
        self.bytesMax = bytesMax
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status.code
        case .body(let part):
            guard body.count + part.readableBytes <= bytesMax else {
                promise.fail(LocalClient.Failure.strange)
                return context.close(promise: nil)
            }
            body += part.readableBytesView
        case .end: promise.succeed(LocalResponse(status: status, body: body))
        }
    }

    // The first of these counts; a promise that was kept stays so.
    func channelInactive(context: ChannelHandlerContext) { promise.fail(LocalClient.Failure.interrupted) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(LocalClient.Failure.interrupted)
        context.close(promise: nil)
    }
}
