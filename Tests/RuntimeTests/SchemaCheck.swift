import EntenteRuntime

/// Holds values against a schema of a document, strictly: a keyword that it does not know is a fault of the schema.
struct SchemaCheck {
    let document: JSONValue

    private static let keywords: Set<String> = [
        "type", "enum", "maxLength", "minimum", "maximum", "items", "maxItems", "properties", "required", "additionalProperties",
        "minProperties", "maxProperties", "description", "$ref",
    ]

    /// What is wrong with the value; empty for one that is what the schema says.
    func faults(of value: JSONValue, against schema: JSONValue, at place: String = "$") -> [String] {
        guard case .object(let fields) = schema else { return ["\(place): the schema is no object"] }
        let unknown = fields.map(\.name).filter { !Self.keywords.contains($0) }
        guard unknown.isEmpty else { return ["\(place): the schema has \(unknown)"] }
        if case .string(let reference) = schema["$ref"] {
            guard let target = resolve(reference) else { return ["\(place): \(reference) leads nowhere"] }
            return faults(of: value, against: target, at: place)
        }
        var out: [String] = []
        if case .array(let allowed) = schema["enum"], !allowed.contains(value) {
            out.append("\(place): \(value.text) is none of the words")
        }
        switch (schema["type"], value) {
        case (.string("string"), .string(let text)):
            if case .integer(let max) = schema["maxLength"], text.unicodeScalars.count > max { out.append("\(place): too long") }
        case (.string("integer"), .integer(let number)):
            if case .integer(let min) = schema["minimum"], number < min { out.append("\(place): \(number) is below \(min)") }
            if case .integer(let max) = schema["maximum"], number > max { out.append("\(place): \(number) is above \(max)") }
        case (.string("boolean"), .bool): break
        case (.string("array"), .array(let values)):
            if case .integer(let max) = schema["maxItems"], values.count > max { out.append("\(place): too many") }
            guard let items = schema["items"] else { return out + ["\(place): the schema does not say of what"] }
            for (index, value) in values.enumerated() { out += faults(of: value, against: items, at: "\(place)[\(index)]") }
        case (.string("object"), .object(let fields)): out += faults(of: fields, against: schema, at: place)
        default: out.append("\(place): \(value.kind) is not \(schema["type"]?.text ?? "?")")
        }
        return out
    }

    private func faults(of fields: [JSONValue.Field], against schema: JSONValue, at place: String) -> [String] {
        var out: [String] = []
        if case .integer(let min) = schema["minProperties"], fields.count < min { out.append("\(place): too few properties") }
        if case .integer(let max) = schema["maxProperties"], fields.count > max { out.append("\(place): too many properties") }
        if case .array(let required) = schema["required"] {
            for case .string(let name) in required where !fields.contains(where: { $0.name == name }) { out.append("\(place): no \(name)") }
        }
        for field in fields {
            if let property = schema["properties"]?[field.name] {
                out += faults(of: field.value, against: property, at: place + "." + field.name)
            } else if schema["additionalProperties"] == .bool(false) {
                out.append("\(place): \(field.name) is not in the schema")
            }
        }
        return out
    }

    func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        var value: JSONValue? = document
        for part in reference.dropFirst(2).split(separator: "/") { value = value?[String(part)] }
        return value
    }
}
