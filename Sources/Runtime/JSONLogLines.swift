import FoundationEssentials
import Glibc
import Logging

/// Writes each line of the log as one JSON object to standard error: `time`, `level`, `logger`, `message`, and what
/// belongs to the message.
package struct JSONLogLines: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    /// Where a line goes: a test gathers them.
    private let write: @Sendable (String) -> Void

    package init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void = Self.writeToStandardError) {
        self.label = label
        logLevel = level
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields: [JSONValue.Field] = [
            .init("time", .string(Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "Z")),
            .init("level", .string(event.level.rawValue)), .init("logger", .string(label)), .init("message", .string("\(event.message)")),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for key in all.keys.sorted() { if let value = all[key] { fields.append(.init(key, .string("\(value)"))) } }
        if let error = event.error { fields.append(.init("error", .string("\(error)"))) }
        write(JSONValue.object(fields).text)
    }

    /// One call of the system a line, so that lines of several threads do not mix.
    package static func writeToStandardError(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
