import EntenteNode
import EntenteRuntime
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

    /// The HTTP status of each kind. (Specs/09-api.md)
    static func status(of code: Refusal.Code) -> Int {
        switch code {
        case .refused: 409
        case .notFound: 404
        case .usage: 400
        case .unavailable: 503
        }
    }
}

/// What became of one post of an import: the id of its entry, or why it was refused.
struct ImportedItem: Hashable, Codable, Sendable {
    var id: String?
    var error: ErrorBody?

    init(_ outcome: ImportOutcome) {
        id = outcome.id
        error = outcome.refusal.map(ErrorBody.init)
    }
}

extension Command {
    /// The command that a value is. Throws for a value that is none, and for fields that a command does not have.
    static func strictly(from value: JSONValue) throws(Refusal) -> Command {
        let wrong = { (why: String) in
            Refusal(
                .usage, what: "the body is no command", why: why,
                next: "Use the resources: curl --unix-socket DIR/node.sock http://node/api/v1/openapi.json")
        }
        guard let command = APICoding.decode(Command.self, from: Array(value.text.utf8)),
            let known = try? JSONReader.read(APICoding.encode(command))
        else { throw wrong("It is not the JSON of one, or a field is missing.") }
        // Swift's decoder passes over what it does not know; what it knew is what it writes again.
        if let unknown = value.firstName(notIn: known) { throw wrong("There is no field \(LogText.line(unknown)).") }
        return command
    }
}

extension JSONValue {
    /// A name that the other value does not have in the same place, unless its value is null.
    fileprivate func firstName(notIn other: JSONValue) -> String? {
        switch (self, other) {
        case (.object(let fields), _):
            for field in fields where field.value != .null {
                guard let counterpart = other[field.name] else { return field.name }
                if let name = field.value.firstName(notIn: counterpart) { return name }
            }
            return nil
        case (.array(let values), .array(let others)):
            return zip(values, others).lazy.compactMap { $0.firstName(notIn: $1) }.first
        default: return nil
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
