import EntenteNode
import FoundationEssentials

/// What the local API answers where it does not do what it was asked: `{"error", "hint"}`, and why.
struct ErrorBody: Hashable, Codable, Sendable {
    /// What happened.
    var error: String
    /// What to type next.
    var hint: String
    var why: String
    /// The node's own kind of refusal.
    var code: Refusal.Code

    init(_ refusal: Refusal) {
        error = refusal.what
        hint = refusal.next
        why = refusal.why
        code = refusal.code
    }

    var refusal: Refusal { Refusal(code, what: error, why: why, next: hint) }

    /// The HTTP status of each kind. (Docs/Decisions/0007-local-api.md)
    static func status(of code: Refusal.Code) -> Int {
        switch code {
        case .refused: 409
        case .notFound: 404
        case .usage: 400
        case .unavailable: 503
        }
    }
}

/// JSON as the local API speaks it: keys sorted, so that equal answers are equal bytes.
enum APICoding {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("answers are text and whole numbers") }
        return Array(data)
    }

    /// Nil for what is no such value.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }
}
