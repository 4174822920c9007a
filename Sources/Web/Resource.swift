import EntenteModel
import EntenteNode
import EntenteRuntime
import HTTPTypes
import NIOCore

/// One thing that can be asked of the local API. The table of them is the router, the check of what comes in, and the
/// document that is served: none of the three can say something else than the others. (Specs/09-api.md)
struct Resource: Sendable {
    enum Method: String, Sendable { case get = "GET", post = "POST", delete = "DELETE" }

    struct Parameter: Hashable, Sendable {
        let name: String
        let schema: Schema
        let summary: String

        init(_ name: String, _ schema: Schema, _ summary: String) {
            self.name = name
            self.schema = schema
            self.summary = summary
        }
    }

    let method: Method
    /// Below `/api/v1`; a segment in braces stands for any text.
    let path: String
    /// Its name in the document.
    let id: String
    let summary: String
    /// Of the query; all of them may be left out.
    let query: [Parameter]
    /// Nil: it takes no body.
    let body: Schema?
    /// The statuses of an answer that is no error, the usual one first.
    let statuses: [Int]
    let answer: Schema
    let media: String
    let perform: @Sendable (RequestValues, LocalAPI) async throws -> Reply

    init(
        _ method: Method, _ path: String, id: String, _ summary: String, query: [Parameter] = [], body: [Schema.Property]? = nil,
        bodySchema: Schema? = nil, statuses: [Int] = [200], answer: Schema, media: String = "application/json",
        perform: @escaping @Sendable (RequestValues, LocalAPI) async throws -> Reply
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.summary = summary
        self.query = query
        self.body = bodySchema ?? body.map { .object($0) }
        self.statuses = statuses
        self.answer = answer
        self.media = media
        self.perform = perform
    }

    /// Names of the segments in braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The texts of the segments in braces, if the segments are this resource's.
    func match(_ segments: [String]) -> [String: String]? {
        let own = path.split(separator: "/")
        guard own.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(own, segments) {
            if part.hasPrefix("{") {
                values[String(part.dropFirst().dropLast())] = segment
            } else if !part.utf8.elementsEqual(segment.utf8) {
                return nil
            }
        }
        return values
    }
}

/// What an answer is before it is written.
enum Reply: Sendable {
    case json(status: Int, [UInt8])
    case events(EventSubscription, from: String?)
    case lines(ExportStream)

    static func ok(_ value: some Encodable) -> Reply { .json(status: 200, APICoding.encode(value)) }
    static func created(_ value: some Encodable) -> Reply { .json(status: 201, APICoding.encode(value)) }
}

/// What came with a request: every value is of its schema already.
struct RequestValues: Sendable {
    let path: [String: String]
    let query: [String: JSONValue]
    let body: JSONValue
    /// `Last-Event-ID`, of a reader of the stream that comes again.
    let lastEventID: String?
    /// The connection that it came on; nil for values that are part of others.
    let channel: (any Channel)?

    /// A segment of the path; the table names it, so it is there.
    func segment(_ name: String) -> String { path[name] ?? "" }

    private func value(_ name: String) -> JSONValue? { body[name] ?? query[name] }

    func text(_ name: String) -> String? {
        guard case .string(let text) = value(name) else { return nil }
        return text
    }

    /// Of a field that the schema requires.
    func need(_ name: String) -> String { text(name) ?? "" }

    func count(_ name: String) -> Int? {
        guard case .integer(let count) = value(name) else { return nil }
        return Int(count)
    }

    func flag(_ name: String) -> Bool { value(name) == .bool(true) }

    /// Of the query, where a flag is a word.
    func isTrue(_ name: String) -> Bool { text(name) == "true" }

    func texts(_ name: String) -> [String] {
        guard case .array(let values) = value(name) else { return [] }
        return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    /// A date, as people write it; of a day, its first or its last moment.
    func time(_ name: String, day moment: Timestamp.DayMoment = .last) throws -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let time = Timestamp(text: text, day: moment) else {
            throw Refusal(
                .usage, what: "\(name) cannot be “\(LogText.line(text))”", why: "It is a date: YYYY-MM-DD, or ISO 8601 with a zone.",
                next: "For example 2030-12-31")
        }
        return time
    }
}
