/// What an entry does. Below 32 in the registry, from 32 on in a content space; an unknown kind is stored and forwarded.
package struct Kind: Hashable, Sendable, Comparable {
    package let code: UInt64
    package init(code: UInt64) { self.code = code }

    /// The first code of the kinds that live in content spaces.
    package static let firstContentCode: UInt64 = 32

    package static let genesis = Kind(code: 1)
    package static let rootUpdate = Kind(code: 2)
    package static let spaceCreate = Kind(code: 3)
    package static let grant = Kind(code: 4)
    package static let invite = Kind(code: 5)
    package static let admit = Kind(code: 6)
    package static let remove = Kind(code: 7)
    package static let vouch = Kind(code: 8)
    package static let disavow = Kind(code: 9)
    package static let annul = Kind(code: 10)
    package static let leave = Kind(code: 11)
    package static let identityCreate = Kind(code: 12)
    package static let keyAdd = Kind(code: 13)
    package static let keyRemove = Kind(code: 14)
    package static let keyVouch = Kind(code: 15)
    package static let keyRecover = Kind(code: 16)

    package static let post = Kind(code: 32)
    package static let profile = Kind(code: 33)
    package static let spaceProfile = Kind(code: 34)
    package static let edit = Kind(code: 35)
    package static let reaction = Kind(code: 36)
    package static let erasure = Kind(code: 37)
    package static let hiding = Kind(code: 38)
    package static let unhiding = Kind(code: 39)
    package static let succession = Kind(code: 40)

    package var isContent: Bool { code >= Self.firstContentCode }

    package static func < (a: Kind, b: Kind) -> Bool { a.code < b.code }

    /// The name that people and the harness use; `kind-N` for one that this version does not know.
    package var name: String {
        switch self {
        case .genesis: "genesis"
        case .rootUpdate: "root.update"
        case .spaceCreate: "space.create"
        case .grant: "grant"
        case .invite: "invite"
        case .admit: "admit"
        case .remove: "remove"
        case .vouch: "vouch"
        case .disavow: "disavow"
        case .annul: "annul"
        case .leave: "leave"
        case .identityCreate: "id.create"
        case .keyAdd: "key.add"
        case .keyRemove: "key.remove"
        case .keyVouch: "key.vouch"
        case .keyRecover: "key.recover"
        case .post: "post"
        case .profile: "profile"
        case .spaceProfile: "space.profile"
        case .edit: "edit"
        case .reaction: "reaction"
        case .erasure: "erasure"
        case .hiding: "hiding"
        case .unhiding: "unhiding"
        case .succession: "succession"
        default: "kind-\(code)"
        }
    }
}

/// What a capability allows, as bits. (Specs/03-authority.md, section 1)
package struct Rights: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Grant, remove, vouch, annul.
    package static let admin = Rights(rawValue: 1)
    /// Remove and vouch inside the scope.
    package static let steward = Rights(rawValue: 2)
    /// Invite, and remove what descends from it.
    package static let invite = Rights(rawValue: 4)
    package static let post = Rights(rawValue: 8)
    package static let disavow = Rights(rawValue: 16)

    /// Root has exactly these five.
    package static let root: Rights = [.admin, .steward, .invite, .post, .disavow]
    package static let administrator: Rights = [.admin, .steward, .invite, .post]
    package static let site: Rights = [.invite, .post]
}
