import EntenteRuntime
import Hummingbird
import NIOCore

/// An export as lines of JSON. (Specs/09-api.md, "Export")
enum ExportResponse {
    static let media = "application/x-ndjson"

    /// An answer that is cut off, its last piece missing, where the export cannot go on or its reader takes nothing.
    static func response(_ stream: ExportStream, over channel: any Channel) -> Response {
        Response(
            status: .ok, headers: [.contentType: media, .cacheControl: "no-store"],
            body: .init { writer in
                while let lines = try await stream.next() {
                    // One state of the databases is kept for it meanwhile.
                    let cut = channel.eventLoop.scheduleTask(in: .milliseconds(RuntimeLimits.exportStallMilliseconds)) {
                        channel.close(promise: nil)
                    }
                    defer { cut.cancel() }
                    try await writer.write(ByteBuffer(bytes: lines))
                }
                try await writer.finish(nil)
            })
    }
}
