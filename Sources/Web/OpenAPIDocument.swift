import EntenteRuntime

/// The description of the local API as OpenAPI 3.1, made of the table of resources. (https://spec.openapis.org/oas/v3.1.0)
enum OpenAPIDocument {
    static let bytes = Array(json.text.utf8)

    static let json: JSONValue = .fields([
        "openapi": .string("3.1.0"),
        "info": .fields([
            "title": .string("Entente, local API"), "version": .string("1"),
            "description": .string(
                "HTTP over the Unix socket of a running node. Fields that are optional and not there mean none. Every error is an Error."),
        ]), "servers": .array([.fields(["url": .string(LocalAPI.prefix)])]), "paths": paths,
        "components": .fields([
            "schemas": .object(ItemSchemas.all.keys.sorted().map { .init($0, ItemSchemas.all[$0]?.json ?? .null) }),
            "responses": .fields([
                "Error": .fields([
                    "description": .string("What happened, why, and what to do next"),
                    "content": .fields([
                        "application/json": .fields(["schema": .fields(["$ref": .string("#/components/schemas/Error")])])
                    ]),
                ])
            ]),
        ]),
    ])

    private static var paths: JSONValue {
        var names: [String] = []
        for resource in Resource.all where !names.contains(resource.path) { names.append(resource.path) }
        return .object(
            names.map { path in
                .init(
                    path,
                    .object(
                        Resource.all.filter { $0.path == path }.map { .init($0.method.rawValue.lowercased(), operation($0)) }))
            })
    }

    private static func operation(_ resource: Resource) -> JSONValue {
        var fields: [JSONValue.Field] = [
            .init("operationId", .string(resource.id)), .init("summary", .string(resource.summary)),
        ]
        let parameters =
            resource.pathParameters.map { name in
                JSONValue.fields([
                    "name": .string(name), "in": .string("path"), "required": .bool(true), "schema": Schema.text().json,
                ])
            }
            + resource.query.map { parameter in
                JSONValue.fields([
                    "name": .string(parameter.name), "in": .string("query"), "required": .bool(false),
                    "description": .string(parameter.summary), "schema": parameter.schema.json,
                ])
            }
        if !parameters.isEmpty { fields.append(.init("parameters", .array(parameters))) }
        if let body = resource.body {
            fields.append(
                .init(
                    "requestBody",
                    .fields([
                        "required": .bool(true), "content": .fields(["application/json": .fields(["schema": body.json])]),
                    ])))
        }
        var responses = resource.statuses.map { status in
            JSONValue.Field(
                String(status),
                .fields([
                    "description": .string(status == 201 ? "Done, and on the disk" : "The answer"),
                    "content": .object([.init(resource.media, .fields(["schema": resource.answer.json]))]),
                ]))
        }
        responses.append(.init("default", .fields(["$ref": .string("#/components/responses/Error")])))
        fields.append(.init("responses", .object(responses)))
        return .object(fields)
    }
}
