import EntenteRuntime
import Hummingbird
import NIOCore

/// Events as text: Server-Sent Events. (WHATWG HTML, section 9.2)
enum EventStream {
    /// How long a reader that lost the stream is to wait before it comes again, in milliseconds.
    private static let retryMilliseconds = 2000

    static func response(_ subscription: EventSubscription, from cursor: String?) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: .init { writer in
                try await writer.write(ByteBuffer(string: "retry: \(retryMilliseconds)\n\n"))
                try await subscription.follow(from: cursor) { events in
                    try await writer.write(ByteBuffer(string: events.isEmpty ? ": alive\n\n" : events.map(text).joined()))
                }
                try await writer.finish(nil)
            })
    }

    /// JSON has no line break, so one line of data is enough.
    static func text(_ event: SiteEvent) -> String {
        let id = event.cursor.map { "id: \($0)\n" } ?? ""
        return id + "event: \(event.name.rawValue)\ndata: \(event.data.text)\n\n"
    }
}
