import EntenteModel

/// The names under which cases of the vectors are counted: of each structure some are accepted, and at least as many refused.
enum Structure {
    /// An entry of a content space, whatever its kind: its header has one form.
    static let contentEntry = "content entry"
    /// An act of the registry of a kind that no version knows yet.
    static let unknownAct = "unknown act"

    /// All kinds that have a name, so that a new one asks for its vectors.
    static let kinds = (0..<256).map { Kind(code: $0) }.filter { $0.name != "kind-\($0.code)" }

    /// Of an entry.
    static func of(_ kind: Kind) -> String {
        kind.isContent ? contentEntry : kinds.contains(kind) ? kind.name : unknownAct
    }

    /// Of a content body, as Specs/02-entry.md calls its form; nil for what has none.
    static func ofBody(_ kind: Kind) -> String? {
        guard kind.isContent, kinds.contains(kind) else { return nil }
        return kind == .spaceProfile ? "space-body" : kind.name + "-body"
    }
}
