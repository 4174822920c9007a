import FoundationEssentials
import Logging

/// Where a site's node writes what it notices.
package enum SiteLog: Sendable {
    /// To wherever the program has told the logging system to write.
    case system
    /// To standard error: beside the answer of a single command.
    case standardError(Logger.Level)

    /// What a command that is soon done says of itself: what `ENTENTE_LOG` asks for, or errors alone.
    package static var command: SiteLog {
        .standardError(level(ProcessInfo.processInfo.environment["ENTENTE_LOG"]) ?? .error)
    }

    /// A level by its name, in any case of letters; nil for another word.
    package static func level(_ name: String?) -> Logger.Level? { name.flatMap { Logger.Level(rawValue: $0.lowercased()) } }

    package func logger(_ label: String) -> Logger {
        switch self {
        case .system: Logger(label: label)
        case .standardError(let level):
            Logger(label: label) { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
        }
    }
}
