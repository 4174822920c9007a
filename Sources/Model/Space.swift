import EntenteCodec

/// Where a space lies: the ids from the outermost space to it, at most four. The empty path is the whole network.
package struct SpacePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let components: [SpaceID]

    package static let network = SpacePath(unchecked: [])

    private init(unchecked components: [SpaceID]) { self.components = components }

    /// Nil for more than `EntryLimits.spaceDepthMax` components.
    package init?(_ components: [SpaceID]) {
        guard components.count <= EntryLimits.spaceDepthMax else { return nil }
        self.components = components
    }

    package var isNetwork: Bool { components.isEmpty }

    /// True if this path is `other` or lies below it, compared component by component. (authority: `inside`)
    package func lies(in other: SpacePath) -> Bool { components.starts(with: other.components) }

    /// The path of a space below this one, or nil where that is too deep.
    package func appending(_ id: SpaceID) -> SpacePath? { SpacePath(components + [id]) }

    package static func < (a: SpacePath, b: SpacePath) -> Bool { a.components.lexicographicallyPrecedes(b.components) }

    /// The components in hexadecimal, separated by `/`; empty for the whole network.
    package var description: String { components.map(\.description).joined(separator: "/") }

    package init(_ reader: inout CBORReader) throws(CBORError) {
        var components: [SpaceID] = []
        for _ in 0..<(try reader.array(max: EntryLimits.spaceDepthMax)) { components.append(SpaceID(try reader.bytes16())) }
        self.components = components
    }

    package func encode(to writer: inout CBORWriter) {
        writer.array(components.count)
        for component in components { writer.byteString(component.bytes) }
    }
}

/// Where an entry belongs: the registry, or a space of content.
package enum Space: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Holds memberships and is replicated everywhere.
    case registry
    /// A path of at least one component.
    case content(SpacePath)

    /// The path against which scopes are compared; nil for the registry, whose entries say their scope themselves.
    package var path: SpacePath? {
        if case .content(let path) = self { path } else { nil }
    }

    package static func < (a: Space, b: Space) -> Bool {
        switch (a, b) {
        case (.registry, .registry), (.content, .registry): false
        case (.registry, .content): true
        case (.content(let a), .content(let b)): a < b
        }
    }

    package var description: String { path?.description ?? "registry" }

    package init(_ reader: inout CBORReader) throws(CBORError) {
        if try reader.nullIfPresent() {
            self = .registry
            return
        }
        let path = try SpacePath(&reader)
        guard !path.isNetwork else { throw .outOfRange }
        self = .content(path)
    }

    package func encode(to writer: inout CBORWriter) {
        switch self {
        case .registry: writer.null()
        case .content(let path): path.encode(to: &writer)
        }
    }
}

/// What names a log: one space, one device, one life of its database.
package struct LogKey: Hashable, Sendable, Comparable {
    package let space: Space
    /// Nil for the root log, which is in the registry and has several signers.
    package let device: DeviceKey?
    package let incarnation: UInt64

    package init(space: Space, device: DeviceKey?, incarnation: UInt64) {
        self.space = space
        self.device = device
        self.incarnation = incarnation
    }

    package static let root = LogKey(space: .registry, device: nil, incarnation: 0)
    package var isRoot: Bool { device == nil }

    package static func < (a: LogKey, b: LogKey) -> Bool {
        if a.space != b.space { return a.space < b.space }
        let (first, second) = (a.device?.bytes ?? .zero, b.device?.bytes ?? .zero)
        return first == second ? a.incarnation < b.incarnation : first < second
    }
}

extension SpacePath {
    /// From what `description` gives; nil for anything else, and for the whole network.
    package init?(hex text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let components = parts.compactMap { part in Hex.decode(String(part)).flatMap { Bytes16($0) }.map(SpaceID.init) }
        guard components.count == parts.count, !text.isEmpty else { return nil }
        self.init(components)
    }
}
