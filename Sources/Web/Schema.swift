import EntenteRuntime

/// What a JSON value has to be: requests are held against it, and the document of the API says it.
/// (JSON Schema 2020-12, as OpenAPI 3.1 uses it)
indirect enum Schema: Hashable, Sendable {
    /// Nil: any length.
    case text(bytesMax: Int? = nil)
    case choice([String])
    case count(ClosedRange<Int64>)
    case bool
    case list(Schema, countMax: Int? = nil)
    /// No other properties than these.
    case object([Property])
    /// One of `ItemSchemas.all`.
    case named(String)
    /// An object with exactly one property, of any name.
    case tagged
    /// Any object.
    case anyObject

    struct Property: Hashable, Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
        /// One sentence, without a full stop; empty where the name says it.
        let summary: String

        init(_ name: String, _ schema: Schema, _ summary: String = "", isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
            self.summary = summary
        }

        /// May be left out; null means the same.
        static func optional(_ name: String, _ schema: Schema, _ summary: String = "") -> Property {
            Property(name, schema, summary, isRequired: false)
        }
    }

    /// A number of things.
    static let any = Schema.count(0...Int64.max)

    // MARK: - Holding a value against it

    /// Why the value is not what it has to be; nil for one that is.
    ///
    /// - Parameter place: how the value is called: "space", "grant.member".
    func wrong(_ value: JSONValue, at place: String) -> Wrong? {
        switch (self, value) {
        case (.text(let bytesMax), .string(let text)):
            guard let bytesMax, text.utf8.count > bytesMax else { return nil }
            return Wrong("\(place) is too long", "It may have \(bytesMax) bytes.")
        case (.choice(let words), .string(let text)) where words.contains { $0.utf8.elementsEqual(text.utf8) }: return nil
        case (.count(let range), .integer(let count)):
            return range.contains(count) ? nil : Wrong("\(place) cannot be \(count)", "It is \(words).")
        case (.bool, .bool): return nil
        case (.list(let element, let countMax), .array(let values)):
            if let countMax, values.count > countMax { return Wrong("\(place) is too long", "It may have \(countMax) elements.") }
            for (index, value) in values.enumerated() {
                if let wrong = element.wrong(value, at: "\(place)[\(index)]") { return wrong }
            }
            return nil
        case (.object(let properties), .object(let fields)): return wrong(fields, properties, at: place)
        case (.named(let name), _): return ItemSchemas.all[name]?.wrong(value, at: place)
        case (.tagged, .object(let fields)) where fields.count == 1: return nil
        case (.anyObject, .object): return nil
        default: return Wrong("\(place) cannot be \(value.kind)", "It is \(words).")
        }
    }

    private func wrong(_ fields: [JSONValue.Field], _ properties: [Property], at place: String) -> Wrong? {
        let prefix = place == Self.body ? "" : place + "."
        for field in fields {
            guard let property = properties.first(where: { $0.name.utf8.elementsEqual(field.name.utf8) }) else {
                let names = properties.map(\.name)
                let nearest = Nearest.word(to: field.name, of: names).map { "The nearest one is \($0). " } ?? ""
                let known = names.isEmpty ? "There is none." : "There are \(names.joined(separator: ", "))."
                return Wrong("there is no field \(prefix)\(LogText.line(field.name))", nearest + known)
            }
            if field.value == .null, !property.isRequired { continue }
            if let wrong = property.schema.wrong(field.value, at: prefix + property.name) { return wrong }
        }
        for property in properties where property.isRequired {
            guard !fields.contains(where: { $0.name.utf8.elementsEqual(property.name.utf8) }) else { continue }
            return Wrong("the field \(prefix)\(property.name) is missing", "It is \(property.schema.words).")
        }
        return nil
    }

    /// How the whole of a request's body is called.
    static let body = "the body"

    struct Wrong: Hashable, Sendable {
        let what: String
        let why: String
        init(_ what: String, _ why: String) {
            self.what = what
            self.why = why
        }
    }

    private var words: String {
        switch self {
        case .text: "a text"
        case .choice(let words): words.joined(separator: ", ")
        case .count(let range):
            range.upperBound == .max ? "a number from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        case .bool: "true or false"
        case .list: "a list"
        case .tagged: "an object with one field"
        case .object, .named, .anyObject: "an object"
        }
    }

    // MARK: - Saying it

    var json: JSONValue {
        switch self {
        case .text(nil): .fields(["type": .string("string")])
        // In characters, of which there are never more than bytes.
        case .text(let bytesMax?): .fields(["type": .string("string"), "maxLength": .integer(Int64(bytesMax))])
        case .choice(let words): .fields(["type": .string("string"), "enum": .array(words.map(JSONValue.string))])
        case .count(let range):
            range.upperBound == .max
                ? .fields(["type": .string("integer"), "minimum": .integer(range.lowerBound)])
                : .fields([
                    "type": .string("integer"), "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
                ])
        case .bool: .fields(["type": .string("boolean")])
        case .list(let element, nil): .fields(["type": .string("array"), "items": element.json])
        case .list(let element, let countMax?):
            .fields(["type": .string("array"), "items": element.json, "maxItems": .integer(Int64(countMax))])
        case .object(let properties): Self.json(properties)
        case .named(let name): .fields(["$ref": .string("#/components/schemas/" + name)])
        case .tagged:
            .fields(["type": .string("object"), "minProperties": .integer(1), "maxProperties": .integer(1)])
        case .anyObject: .fields(["type": .string("object")])
        }
    }

    private static func json(_ properties: [Property]) -> JSONValue {
        .fields([
            "type": .string("object"),
            "properties": .object(
                properties.map { property in
                    guard !property.summary.isEmpty, case .object(let fields) = property.schema.json else {
                        return .init(property.name, property.schema.json)
                    }
                    return .init(property.name, .object(fields + [.init("description", .string(property.summary))]))
                }), "required": .array(properties.filter(\.isRequired).map { .string($0.name) }), "additionalProperties": .bool(false),
        ])
    }
}
