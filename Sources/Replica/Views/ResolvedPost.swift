import EntenteCodec
import EntenteModel

/// A post as people see it: a pure function of the visible entries about it.
package struct ResolvedPost: Hashable, Sendable {
    /// A text that the post has or had.
    package struct Version: Hashable, Sendable {
        package enum Standing: UInt8, Hashable, Sendable {
            /// Another version has taken its place.
            case superseded = 0
            /// Written without knowledge of the one that counts: shown beside it.
            case concurrent = 1
            /// The text that counts.
            case current = 2
        }

        /// The edit's id, or the post's own.
        package let id: EntryID
        package let author: IdentityID
        package let timestamp: Timestamp
        package let shownTime: Timestamp
        package let text: String
        package let standing: Standing

        package init(id: EntryID, author: IdentityID, timestamp: Timestamp, shownTime: Timestamp, text: String, standing: Standing) {
            self.id = id
            self.author = author
            self.timestamp = timestamp
            self.shownTime = shownTime
            self.text = text
            self.standing = standing
        }
    }

    package struct Reaction: Hashable, Sendable {
        package let emoji: String
        /// Ascending.
        package let members: [IdentityID]

        package init(emoji: String, members: [IdentityID]) {
            self.emoji = emoji
            self.members = members
        }
    }

    /// A hiding that no unhiding has lifted.
    package struct Hiding: Hashable, Sendable {
        package let id: EntryID
        package let author: IdentityID
        package let timestamp: Timestamp

        package init(id: EntryID, author: IdentityID, timestamp: Timestamp) {
            self.id = id
            self.author = author
            self.timestamp = timestamp
        }
    }

    package let id: EntryID
    package let space: SpacePath
    package let author: IdentityID
    package let timestamp: Timestamp
    package let shownTime: Timestamp
    /// Nil for an erased post too: what it answered died with its body.
    package let replyTo: EntryID?
    /// The post's own text first, then the edits by (timestamp, id); empty for an erased post.
    package let versions: [Version]
    package let isErased: Bool
    /// Ascending by id.
    package let hidings: [Hiding]
    /// Ascending by the emoji's bytes.
    package let reactions: [Reaction]

    package init(
        id: EntryID, space: SpacePath, author: IdentityID, timestamp: Timestamp, shownTime: Timestamp, replyTo: EntryID?,
        versions: [Version], isErased: Bool, hidings: [Hiding], reactions: [Reaction]
    ) {
        self.id = id
        self.space = space
        self.author = author
        self.timestamp = timestamp
        self.shownTime = shownTime
        self.replyTo = replyTo
        self.versions = versions
        self.isErased = isErased
        self.hidings = hidings
        self.reactions = reactions
    }

    package var place: TimelinePlace { TimelinePlace(timestamp: timestamp, id: id) }
    package var isHidden: Bool { !hidings.isEmpty }
    package var isEdited: Bool { versions.count > 1 }
    package var text: String { versions.first { $0.standing == .current }?.text ?? "" }

    /// What must be the same bytes on every node with the same entries: everything but the local times. (V-20)
    package var canonicalBytes: [UInt8] {
        var writer = CBORWriter(reserving: 256)
        writer.array(8)
        writer.byteString(id.bytes)
        writer.byteString(author.bytes)
        writer.unsigned(timestamp.milliseconds)
        if let replyTo { writer.byteString(replyTo.bytes) } else { writer.null() }
        writer.bool(isErased)
        writer.array(versions.count)
        for version in versions {
            writer.array(4)
            writer.byteString(version.id.bytes)
            writer.unsigned(version.timestamp.milliseconds)
            writer.text(version.text)
            writer.unsigned(UInt64(version.standing.rawValue))
        }
        writer.array(hidings.count)
        for hiding in hidings {
            writer.array(2)
            writer.byteString(hiding.id.bytes)
            writer.byteString(hiding.author.bytes)
        }
        writer.array(reactions.count)
        for reaction in reactions {
            writer.array(2)
            writer.text(reaction.emoji)
            writer.array(reaction.members.count)
            for member in reaction.members { writer.byteString(member.bytes) }
        }
        return writer.bytes
    }
}
