import EntenteModel

/// What a person or a script asks of a node. (Specs: the command line; `--as` names the member who acts.)
package enum Command: Hashable, Sendable, Codable {
    case createSpace(name: String, by: String?)
    case listSpaces
    /// `replyTo`: an entry's id, all digits or its first 8 or more.
    case post(space: String, text: String, replyTo: String?, by: String?)
    /// A new text for one's own post. Here and below, `id` is an entry's id, all digits or its first 8 or more.
    case edit(id: String, text: String, by: String?)
    /// `undo`: takes the reaction back.
    case react(id: String, emoji: String, undo: Bool, by: String?)
    /// Destroys what an entry says, everywhere and for ever. `preview`: say what it would destroy, and do nothing.
    case erase(id: String, preview: Bool, by: String?)
    /// A steward hides a post, reversibly.
    case hide(id: String, by: String?)
    case unhide(id: String, by: String?)
    /// Newest last; of one space or of all. `before`: the id of a post, to which the answer leads up.
    /// `hidden`: with what stewards hide; nil is false, so that a script may leave it out.
    case timeline(space: String?, limit: Int, before: String? = nil, hidden: Bool? = nil)
    /// Posts, each written or refused for itself; `by` acts for all of them.
    case importPosts([ImportedPost], by: String?)
    /// One space that may be read here, by name or id.
    case space(String)
    /// The conversation that a post is in; `history`: with all texts that its posts had; `hidden`: with what stewards hide.
    case thread(post: String, history: Bool, limit: Int, hidden: Bool? = nil)
    case search(SearchRequest)
    /// Everybody who says a name in a space, or in any.
    case people(space: String?)
    /// How far the views are; with what must be equal on every node.
    case views(digests: Bool)
    /// Throws the views away, if `begins`, and says how far they are made again after a moment.
    case rebuildViews(begins: Bool)
    case members
    case invite(InviteRequest)
    /// Joins a network (the store is empty), or lets a further person join on this site. Answers when the site is
    /// admitted and has what it may hold, or says why not.
    case join(JoinRequest)
    /// `preview`: say what it would reach, and do nothing. `subtree`: of a person, with everybody whom that person let in
    /// or gave something to; a site always falls with its people.
    case revoke(
        target: String, reason: String?, forCause: Bool, preview: Bool, by: String?, subtree: Bool = false, part: StandingChoice? = nil)
    case peers
    case addPeer(address: String)
    case status
    /// Answers when in sync with every connected peer, at the latest after `milliseconds`.
    case sync(milliseconds: UInt64)

    case grant(GrantRequest)
    case readmit(ReadmitRequest)
    /// Ends one's own membership; `asSite`: this site's.
    case leave(asSite: Bool, preview: Bool, by: String?)
    /// What a member is and may, and why.
    case member(String)
    /// What happened to memberships and keys, oldest first: of one member, or of all.
    case history(member: String?, limit: Int)
    /// Entries that are kept for review: of one member, or of all.
    case held(member: String?, limit: Int)
    case adopt(id: String, by: String?)
    /// Destroys what has been on the shelf for so many days, `Node.shelfDays` at least.
    case collectShelf(days: UInt64, preview: Bool)
    case invitations
    /// Here and in what follows, `preview`: say what it would do, or why it would be refused, and do nothing; nil is false.
    case closeInvitation(id: String, by: String?, preview: Bool? = nil)
    case devices(member: String?)
    /// On the new node: asks that the key of this local member may sign for a person who is a member already.
    case requestDevice(member: String)
    /// On the node of the person's first key.
    case addDevice(request: String, by: String?, preview: Bool? = nil)
    /// `key`: the device, or its first 8 digits.
    case removeDevice(key: String, by: String?, preview: Bool? = nil)
    case recover(RecoverRequest)
    /// A new identity stands for an old one whose keys are lost.
    case succeed(old: String, new: String, by: String?, preview: Bool? = nil)
    case rootStatus
    case proposeRoot(RootAct)
    /// What a proposal says, and how far it is.
    case showRoot(proposal: String)
    /// Adds what was signed elsewhere; when it is complete, the network takes it.
    case submitRoot(proposal: String)
    /// Voids an entry and what follows it in its log, whoever vouched for it.
    case disavow(id: String, preview: Bool, by: String?)
    /// Undoes a removal, a leave or a disavowal.
    case annul(id: String, by: String?, preview: Bool? = nil)
    /// An entry's id, or a member.
    case why(String)
    /// One entry as it is stored, by its id or its first 8 digits.
    case entry(String)
    /// The heads of so many logs whose local number is above `after`: of one space, of `registry`, or of all.
    case heads(space: String?, after: Int64, limit: Int)

    /// True for what changes nothing: a node that cannot write answers it all the same.
    package var isReading: Bool {
        switch self {
        case .listSpaces, .space, .timeline, .thread, .search, .people, .views, .rebuildViews, .members, .peers, .status, .member,
            .history, .held, .invitations, .devices, .requestDevice, .rootStatus, .proposeRoot, .showRoot, .why, .entry, .heads:
            true
        case .revoke(_, _, _, let preview, _, _, _): preview
        case .readmit(let request): request.preview
        case .recover(let request): request.preview == true
        case .succeed(_, _, _, let preview), .closeInvitation(_, _, let preview), .addDevice(_, _, let preview),
            .removeDevice(_, _, let preview), .annul(_, _, let preview):
            preview == true
        case .leave(_, let preview, _), .disavow(_, let preview, _), .erase(_, let preview, _), .collectShelf(_, let preview): preview
        default: false
        }
    }
}

package struct InviteRequest: Hashable, Sendable, Codable {
    /// Whom it is for: a label in the invitation, not in the registry.
    package var siteName: String
    package var role: Role
    /// Names or ids of spaces; empty for the whole network (a site alone may have that; people get their site's spaces).
    package var spaces: [String]
    /// End of the membership.
    package var until: Timestamp
    /// Last moment at which the invitation may be used; nil: 14 days from now, or `until` if that is sooner.
    package var useBy: Timestamp?
    /// How many may come in by it; 0 is not allowed.
    package var uses: UInt64
    package var by: String?
    /// The member who answers for the newcomer, by name or id.
    package var sponsor: String?
    /// Of a guest: without the right to post. Nil is false, so that a script may leave it out.
    package var readOnly: Bool?

    package init(
        siteName: String, role: Role, spaces: [String], until: Timestamp, useBy: Timestamp?, uses: UInt64, by: String?,
        sponsor: String? = nil, readOnly: Bool? = nil
    ) {
        self.sponsor = sponsor
        self.readOnly = readOnly
        self.siteName = siteName
        self.role = role
        self.spaces = spaces
        self.until = until
        self.useBy = useBy
        self.uses = uses
        self.by = by
    }
}

/// The names for (level, rights, scope) that can be invited. (authority, section 1)
package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    case site, partner, member, guest
}

package struct JoinRequest: Hashable, Sendable, Codable {
    /// The invitation, as text.
    package var invitation: String
    package var siteName: String
    package var memberName: String
    /// Commitments to the recovery keys that the runtime has written to files: 64 hexadecimal digits each.
    package var siteRecovery: String
    package var memberRecovery: String
    /// Give up after so long without being admitted.
    package var milliseconds: UInt64

    package init(
        invitation: String, siteName: String, memberName: String, siteRecovery: String, memberRecovery: String, milliseconds: UInt64
    ) {
        self.invitation = invitation
        self.siteName = siteName
        self.memberName = memberName
        self.siteRecovery = siteRecovery
        self.memberRecovery = memberRecovery
        self.milliseconds = milliseconds
    }
}

/// What a node answers to a command.
package enum Answer: Hashable, Sendable, Codable {
    case spaceCreated(SpaceItem)
    case spaces([SpaceItem])
    case posted(id: String)
    /// Something was said about a post: an edit, a reaction, a hiding, an unhiding.
    case operated(OperationItem)
    case erased(ErasureItem)
    /// One outcome a post, in their order.
    case imported([ImportOutcome])
    case timeline([TimelineItem])
    case thread([TimelineItem])
    case found([TimelineItem])
    case people([PersonItem])
    case views(ViewsItem)
    case members([MemberItem])
    case invited(InvitedItem)
    case joined(JoinedItem)
    case revoked(RevocationItem)
    case peers([PeerItem])
    case peerAdded(address: String)
    case status(StatusItem)
    case synced(SyncItem)
    case granted(GrantedItem)
    case left(LeavingItem)
    case member(MemberDetailItem)
    case history([ActItem])
    case held([HeldItem])
    case adopted(AdoptedItem)
    case collected(CollectedItem)
    case invitations([InvitationItem])
    case devices([DeviceItem])
    case deviceRequest(DeviceRequestItem)
    case recovered(RecoveredItem)
    case succeeded(SuccessionItem)
    case root(RootStatusItem)
    case rootProposal(RootProposalItem)
    case disavowed(DisavowalItem)
    case why(WhyItem)
    case entry(EntryItem)
    case heads([HeadItem])
    /// An act of the registry was written; its id is empty for a preview.
    case acted(ActItem)
    case refused(Refusal)
}

/// Why a command was not done. Nothing was changed.
package struct Refusal: Error, Hashable, Sendable, Codable {
    package enum Code: String, Hashable, Sendable, Codable {
        /// Exit code 1.
        case refused, notFound
        /// Exit code 2.
        case usage
        /// Exit code 3.
        case unavailable
    }

    package var code: Code
    package var what: String
    package var why: String
    /// What to type next.
    package var next: String

    package init(_ code: Code, what: String, why: String, next: String) {
        self.code = code
        self.what = what
        self.why = why
        self.next = next
    }
}

package struct SpaceItem: Hashable, Sendable, Codable {
    package var id: String
    /// A short id where the name is not known here.
    package var name: String
    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

package struct AuthorItem: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

package struct ReactionItem: Hashable, Sendable, Codable {
    package var emoji: String
    package var by: [AuthorItem]
    package init(emoji: String, by: [AuthorItem]) {
        self.emoji = emoji
        self.by = by
    }
}

package struct TimelineItem: Hashable, Sendable, Codable {
    package var id: String
    package var space: String
    package var author: AuthorItem
    /// The earlier of the author's claim and of first sight here: ISO 8601, UTC, with milliseconds.
    package var time: String
    package var text: String
    package var replyTo: String?
    package var edited: Bool
    package var erased: Bool
    package var reactions: [ReactionItem]
    /// True while a steward hides it; its text is empty here, unless hidden posts were asked for.
    package var hidden = false
    /// Who hides it.
    package var hiddenBy: [AuthorItem] = []
    /// Edits that were written without knowledge of the one that is shown.
    package var concurrent: [VersionItem] = []
    /// All texts that the post had, its own first; nil where that was not asked for.
    package var history: [VersionItem]?
    /// In a conversation: true where an answer to it, or what it answers, is left out because of the limit. Nil elsewhere.
    package var more: Bool?

    package init(
        id: String, space: String, author: AuthorItem, time: String, text: String, replyTo: String?, edited: Bool, erased: Bool,
        reactions: [ReactionItem], hidden: Bool = false, hiddenBy: [AuthorItem] = [], concurrent: [VersionItem] = [],
        history: [VersionItem]? = nil, more: Bool? = nil
    ) {
        self.id = id
        self.space = space
        self.author = author
        self.time = time
        self.text = text
        self.replyTo = replyTo
        self.edited = edited
        self.erased = erased
        self.reactions = reactions
        self.hidden = hidden
        self.hiddenBy = hiddenBy
        self.concurrent = concurrent
        self.history = history
        self.more = more
    }
}

package struct MemberItem: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    /// `site` or `person`.
    package var kind: String
    package var role: String
    /// Names of the spaces; empty for the whole network.
    package var spaces: [String]
    package var until: String?
    /// `active`, `provisional`, `ended` (past its day), `removed`, `left`, `pending`.
    package var state: String
    /// The site whose node the person signs on.
    package var site: String?
    /// Entries of the member that are held here.
    package var held: Int
    /// Logs that the member's keys have forked.
    package var forks: Int
}

package struct InvitedItem: Hashable, Sendable, Codable {
    /// The invitation as one line of text: a secret.
    package var invitation: String
    package var id: String
    package var role: String
    package var until: String
    package var useBy: String
    package var uses: UInt64
}

package struct JoinedItem: Hashable, Sendable, Codable {
    package var network: String
    package var site: AuthorItem
    package var member: AuthorItem
    package var spaces: [String]
    /// True until somebody senior has vouched for the admission.
    package var provisional: Bool
}

package struct RevocationItem: Hashable, Sendable, Codable {
    /// The removal's id; empty for a preview.
    package var id: String
    /// Whom it reaches: members of whom nothing is accepted from here on. Who keeps a standing is among `spares`.
    package var reaches: [AuthorItem]
    /// Whom it does not reach, each with the reason.
    package var spares: [String]
    /// Entries of theirs that are kept.
    package var kept: Int
    /// Invitations that are closed with it.
    package var invitations: [String]
    package var forCause: Bool
    /// The roles, with their spaces, that end.
    package var ends: [String]
    /// The kept entries by space.
    package var keptBySpace: [KeptItem]
    /// Whom the member had let in or given something to.
    package var letIn: [LetInItem]
    /// Who acts.
    package var by: AuthorItem?
    /// What whoever acts may not have thought of.
    package var warnings: [String]
    /// The invitations that are closed, as they are before it.
    package var closes: [InvitationItem]
}

package struct PeerItem: Hashable, Sendable, Codable {
    /// Name of the site, or a short key where it is not known; nil until the peer has answered.
    package var site: String?
    package var address: String
    package var connected: Bool
    package var inSync: Bool
    package var lastExchange: String?
    package var lastFault: String?
    package var faults: UInt64
}

package struct SpaceStatusItem: Hashable, Sendable, Codable {
    package var name: String
    package var entries: UInt64
    package var logs: UInt64
    /// Hexadecimal; equal on two sites that hold the same.
    package var fingerprint: String
    /// Bodies that are not here though nothing erased them; at most 256 are counted.
    package var missing: UInt64
}

package struct StatusItem: Hashable, Sendable, Codable {
    package var network: String
    package var networkID: String
    package var site: AuthorItem
    package var entries: UInt64
    package var spaces: [SpaceStatusItem]
    package var peers: [PeerItem]
    /// Faults of strangers and of peers since the start.
    package var faults: UInt64
    /// Set where the node has stopped writing, and why.
    package var readOnly: String?
    /// Set where what people read is not up to date, and why.
    package var views: String?
    /// Logs that were forked: evidence that somebody signed two pasts.
    package var forks: [ForkItem]
    /// What this node keeps out for now, each with its reason.
    package var gate: [String]
}

package struct SyncItem: Hashable, Sendable, Codable {
    package var inSync: Bool
    /// Peers with whom this site is not in sync, or of whom it does not know, each with the reason.
    package var waitingFor: [String]
    package var peers: Int
}
