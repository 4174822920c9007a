import EntenteModel
import EntenteNode

extension Setting {
    /// Every setting, by section. A further one is a line here and a row in Docs/Configuration.md.
    package static let all: [Setting] = [
        listen, advertise, inbound, strangers, strangerPatience, dialPatience, writeBytes, syncInterval, syncSilence, syncStall, sessions,
        dialDelay, registryEntries, permittedRoot, logLevel, logFormat, socket, group, subscribers, events, heartbeat, retry,
    ]

    static let listen = Setting(
        "network.listen", .address, standard: nil, words: "as founded or joined (`site.json`)",
        "Where this node listens for others; port 0 takes a free one")
    static let advertise = Setting(
        "network.advertise", .address, standard: nil, words: "where it listens",
        "Where others reach this node, if that is another address than the one it listens at")
    static let inbound = Setting(
        "network.inboundMax", .count(1...4096, unit: "connections"), standard: .count(RuntimeLimits.inboundMax),
        "Connections that others have opened, at a time")
    static let strangers = Setting(
        "network.strangersMax", .count(1...1024, unit: "connections"), standard: .count(RuntimeLimits.strangersMax),
        "Of these, connections that are no session yet; one more takes the place of the oldest")
    static let strangerPatience = Setting(
        "network.strangerMilliseconds", .count(1000...60_000, unit: "milliseconds"),
        standard: .count(Int(RuntimeLimits.strangerMilliseconds)), "How long a connection may take to become a session")
    static let dialPatience = Setting(
        "network.dialMilliseconds", .count(500...Int(NodeLimits.dialMilliseconds), unit: "milliseconds"),
        standard: .count(Int(NodeLimits.dialMilliseconds)),
        "How long a dial may take before it has failed")
    static let writeBytes = Setting(
        "network.writeBytesMax", .count(16_777_216...1_073_741_824, unit: "bytes"), standard: .count(RuntimeLimits.writeBytesMax),
        "Bytes that wait to be written to one peer before its connection is closed")
    static let syncInterval = Setting(
        "sync.intervalMilliseconds", .count(1000...30_000, unit: "milliseconds"),
        standard: .count(Int(NodeTuning.standard.antiEntropyMilliseconds)),
        "How often a session compares what both sides hold where nothing else is said")
    static let syncSilence = Setting(
        "sync.silenceMilliseconds", .count(65_000...3_600_000, unit: "milliseconds"),
        standard: .count(Int(NodeTuning.standard.silenceMilliseconds)), "A session from which nothing came for so long is closed")
    static let syncStall = Setting(
        "sync.stallMilliseconds", .count(10_000...3_600_000, unit: "milliseconds"),
        standard: .count(Int(NodeTuning.standard.stallMilliseconds)),
        "A session on which something is under way and does not get on for so long is closed, and dialled anew")
    static let sessions = Setting(
        "sync.sessionsMax", .count(2...4096, unit: "sessions"), standard: .count(NodeTuning.standard.sessionsMax),
        "Sessions at a time, those in a handshake included")
    static let dialDelay = Setting(
        "sync.dialDelayMilliseconds", .count(1000...3_600_000, unit: "milliseconds"),
        standard: .count(Int(NodeTuning.standard.dialDelayMax)),
        "The longest wait before an address that does not answer is dialled again")
    static let registryEntries = Setting(
        "gate.registryEntriesMax", .count(1024...16_777_216, unit: "entries"), standard: .count(NodeTuning.standard.registryEntriesMax),
        "Registry entries of a member who administers nothing; more are kept out for now")
    static let permittedRoot = Setting(
        "gate.permittedRoot", .entry, standard: nil, words: "none",
        "An entry of the root keys that may undo an epoch that this node has accepted")
    static let logLevel = Setting(
        "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), standard: .text("warning"),
        "How much the running node writes to standard error")
    static let logFormat = Setting(
        "log.format", .choice(["text", "json"]), standard: .text("text"), "Lines for people, or one JSON object a line")
    static let socket = Setting(
        "api.socket", .path, standard: nil, words: "`node.sock` in the data directory", "The local API's Unix socket")
    static let group = Setting(
        "api.group", .name, standard: nil, words: "none: the socket is 0600",
        "A group, by name or number, whose accounts may use the local API too: the socket is 0660 then")
    static let subscribers = Setting(
        "api.subscribersMax", .count(1...256, unit: "readers"), standard: .count(16), "Readers of the event stream, at a time")
    static let events = Setting(
        "api.eventsMax", .count(16...65_536, unit: "events"), standard: .count(1024),
        "Events that wait for one reader of the stream before it is cut off")
    static let heartbeat = Setting(
        "api.heartbeatMilliseconds", .count(100...300_000, unit: "milliseconds"), standard: .count(15_000),
        "How often the event stream says that it is alive")
    static let retry = Setting(
        "store.retryMilliseconds", .count(1000...3_600_000, unit: "milliseconds"), standard: .count(Int(RuntimeLimits.retryMilliseconds)),
        "How long a node that could not write waits before it tries again")
}

extension SiteConfiguration {
    // The settings as the runtime uses them.

    package var listenAddress: HostPort? { text(.listen).flatMap { HostPort($0) } }
    package var advertisedAddress: HostPort? { text(.advertise).flatMap { HostPort($0) } }
    package var logLevel: String { text(.logLevel) ?? "warning" }
    package var logsJSON: Bool { text(.logFormat) == "json" }
    /// Path of the local socket.
    package func socketPath(in directory: NodeDirectory) -> String { text(.socket) ?? directory.socketPath }
    /// Name or number.
    package var socketGroup: String? { text(.group) }
    package var subscribersMax: Int { count(.subscribers) }
    package var eventsMax: Int { count(.events) }
    package var heartbeatMilliseconds: UInt64 { UInt64(count(.heartbeat)) }
    var retryMilliseconds: UInt64 { UInt64(count(.retry)) }

    var connectionLimits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.inboundMax = count(.inbound)
        limits.strangersMax = count(.strangers)
        limits.strangerMilliseconds = Int64(count(.strangerPatience))
        limits.dialMilliseconds = Int64(count(.dialPatience))
        limits.writeBytesMax = count(.writeBytes)
        return limits
    }

    var tuning: NodeTuning {
        var tuning = NodeTuning.standard
        tuning.antiEntropyMilliseconds = UInt64(count(.syncInterval))
        tuning.silenceMilliseconds = UInt64(count(.syncSilence))
        tuning.stallMilliseconds = UInt64(count(.syncStall))
        tuning.sessionsMax = count(.sessions)
        tuning.dialDelayMax = UInt64(count(.dialDelay))
        tuning.registryEntriesMax = count(.registryEntries)
        tuning.permittedRoot = text(.permittedRoot).flatMap { EntryID(hex: $0) }
        return tuning
    }
}
