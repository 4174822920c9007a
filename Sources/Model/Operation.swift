/// The change that a content body carries. How it is written is in `Operation+Encoding.swift`.
package enum Operation: Hashable, Sendable {
    case post(text: String, replyTo: EntryID?)
    /// The name of the identity that signs, in the space where it is said.
    case profile(name: String)
    /// The name of the space.
    case spaceProfile(name: String)
    /// The new text of a post of the same author's. It takes the place of the post's own text and of the edits in
    /// `supersedes`; edits that do not know of each other stand side by side.
    case edit(target: EntryID, text: String, supersedes: [EntryID])
    /// One member's reaction to a post, or what takes it back. `supersedes` names the member's own earlier ones.
    case reaction(target: EntryID, emoji: String, supersedes: [EntryID], isTakenBack: Bool)
    /// The body of `target` is destroyed, on every node and for ever.
    case erasure(target: EntryID)
    /// A steward hides a post; an unhiding that names this entry shows it again.
    case hiding(target: EntryID)
    /// `lifts` names the hidings of `target` that end.
    case unhiding(target: EntryID, lifts: [EntryID])
    /// An administrator says that a new identity stands for an old one whose keys are lost: words for eyes, no right.
    case succession(old: IdentityID, new: IdentityID)

    package var kind: Kind {
        switch self {
        case .post: .post
        case .profile: .profile
        case .spaceProfile: .spaceProfile
        case .edit: .edit
        case .reaction: .reaction
        case .erasure: .erasure
        case .hiding: .hiding
        case .unhiding: .unhiding
        case .succession: .succession
        }
    }

    /// The entry that this one is about; nil for what stands by itself.
    package var target: EntryID? {
        switch self {
        case .edit(let target, _, _), .reaction(let target, _, _, _), .erasure(let target), .hiding(let target), .unhiding(let target, _):
            target
        case .post, .profile, .spaceProfile, .succession: nil
        }
    }
}
