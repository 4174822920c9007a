import EntenteModel

// What people ask about memberships and keys, and what they are answered. Names, not hashes, in what is for reading;
// the ids stand beside them.

/// The names for (level, rights, scope) that can be given to somebody who is there. (authority, section 1)
package enum StandingRole: String, Hashable, Sendable, Codable, CaseIterable {
    case administrator, steward, member, guest
    /// Who may void what others vouched for: given by root alone.
    case securityOfficer = "security-officer"
    /// A site or a partner comes in by invitation; by this one it comes back.
    case site, partner
}

/// One of the roles that a member has: by its name and, where there are several, its space.
package struct StandingChoice: Hashable, Sendable, Codable {
    package var role: StandingRole
    /// Name or id; nil: in every place.
    package var space: String?

    package init(role: StandingRole, space: String? = nil) {
        self.role = role
        self.space = space
    }
}

package struct GrantRequest: Hashable, Sendable, Codable {
    /// Name or id of whom it is for.
    package var member: String
    package var role: StandingRole
    /// Of an administrator, 2 or 3; nil: the most senior that may be given.
    package var level: UInt8?
    /// Names or ids; empty for the whole network, where the role may have that.
    package var spaces: [String]
    /// Nil: no end but that of whoever gives it.
    package var until: Timestamp?
    package var by: String?
    /// Of a guest: without the right to post. Nil is false, so that a script may leave it out.
    package var readOnly: Bool?

    package init(
        member: String, role: StandingRole, level: UInt8? = nil, spaces: [String] = [], until: Timestamp? = nil, by: String? = nil,
        readOnly: Bool? = nil
    ) {
        self.readOnly = readOnly
        self.member = member
        self.role = role
        self.level = level
        self.spaces = spaces
        self.until = until
        self.by = by
    }
}

package struct ReadmitRequest: Hashable, Sendable, Codable {
    package var member: String
    /// Nil: what the member had last.
    package var role: StandingRole?
    package var spaces: [String]
    package var until: Timestamp?
    /// Say what would be lifted and what may not be, and do nothing.
    package var preview: Bool
    package var by: String?

    package init(
        member: String, role: StandingRole? = nil, spaces: [String] = [], until: Timestamp? = nil, preview: Bool = false, by: String? = nil
    ) {
        self.member = member
        self.role = role
        self.spaces = spaces
        self.until = until
        self.preview = preview
        self.by = by
    }
}

/// One act of the registry in words.
package struct ActItem: Hashable, Sendable, Codable {
    package var id: String
    /// ISO 8601, as its author claims it.
    package var time: String
    /// Nil for the root keys.
    package var by: AuthorItem?
    /// "removed Yann from the whole network, for cause", without who and when.
    package var words: String
    /// It takes effect.
    package var inForce: Bool
}

package struct GrantedItem: Hashable, Sendable, Codable {
    package var member: AuthorItem
    package var role: String
    /// Names of the spaces; empty for the whole network.
    package var spaces: [String]
    package var until: String?
    /// The grants, one a space; empty for a preview.
    package var ids: [String]
    /// Removals and leaves that it overrides.
    package var overrides: [ActItem]
    /// Those that whoever gives it may not override, and that do not reach it, or in a part of its place alone.
    package var remaining: [ActItem]
    /// How many more could be overridden and are not, since a grant names only so many. They do not reach it either.
    package var unlisted: Int
    /// Whom the same removals keep out, and whom it does not take back.
    package var stillOut: [AuthorItem]
}

package struct LeavingItem: Hashable, Sendable, Codable {
    /// Empty for a preview.
    package var id: String
    package var member: AuthorItem
    /// What ends: roles with their spaces.
    package var ends: [String]
    /// Entries that stay.
    package var kept: Int
    /// Whom the member had let in: they stay.
    package var letIn: [AuthorItem]
    /// Nobody but the root keys could let anybody in any more.
    package var isLastAdministrator: Bool
}

/// An entry that is kept for review and not accepted.
package struct HeldItem: Hashable, Sendable, Codable {
    package var id: String
    package var author: AuthorItem
    /// Name of the space, or `registry`.
    package var space: String
    package var kind: String
    package var time: String
    /// Of a post.
    package var text: String?
    /// Of a registry entry: what it would do.
    package var words: String?
    package var heldSince: String
    package var keptUntil: String
    /// What keeps it out.
    package var because: [ActItem]
    /// Entries of the same log that would come with it: itself and those before.
    package var brings: Int
    /// Why it is held, in sentences without a capital and a full stop.
    package var reasons: [String]
    /// Somebody senior could bring it back by adopting it.
    package var isAdoptable: Bool
}

/// What was destroyed of the shelf, or would be.
package struct CollectedItem: Hashable, Sendable, Codable {
    package struct Part: Hashable, Sendable, Codable {
        package var author: AuthorItem
        package var entries: Int
    }
    /// What had been held since before it.
    package var heldBefore: String
    package var entries: Int
    /// Of headers and texts.
    package var bytes: Int
    /// By author, in the order of their ids.
    package var parts: [Part]
    /// True where there is more than is done at once: ask again.
    package var more: Bool

    /// Takes in what was destroyed next.
    package mutating func add(_ next: CollectedItem) {
        entries += next.entries
        bytes += next.bytes
        more = next.more
        for part in next.parts {
            if let index = parts.firstIndex(where: { $0.author == part.author }) {
                parts[index].entries += part.entries
            } else {
                parts.append(part)
            }
        }
    }
}

package struct AdoptedItem: Hashable, Sendable, Codable {
    package var id: String
    package var author: AuthorItem
    package var space: String
    /// Entries that came with it, itself included.
    package var entries: Int
    /// The vouch.
    package var vouch: String
}

package struct InvitationItem: Hashable, Sendable, Codable {
    package var id: String
    /// Of a file that leads into several spaces, the entries for each, this one included.
    package var ids: [String]
    package var role: String
    package var spaces: [String]
    package var by: AuthorItem?
    package var issued: String
    package var useBy: String?
    package var until: String?
    /// 0 for any number.
    package var uses: UInt64
    package var used: Int
    /// `open`, `used up`, `expired`, `closed`, `contested` (more came in than it has uses), `void`.
    package var state: String
    package var cameIn: [AuthorItem]
    package var closedBy: [ActItem]
    /// The member who answers for whoever comes in by it, as its writer says.
    package var sponsor: AuthorItem?

    /// "the invitation of a guest into Chantier, by Alice, to come by 2030-12-31, 2 of 3 uses left (1a2b3c4d)".
    package var words: String {
        let places = spaces.isEmpty ? "the whole network" : spaces.joined(separator: ", ")
        let left = uses > UInt64(used) ? uses - UInt64(used) : 0
        let uses = uses == 0 ? "for any number of uses" : "\(left) of \(uses) \(uses == 1 ? "use" : "uses") left"
        let day = useBy.map { "to come by \($0.prefix(10))" } ?? "to come on any day"
        return "the invitation of a \(role) into \(places), by \(by?.name ?? "the root keys"), \(day), \(uses) (\(id.prefix(8)))"
    }
}

package struct CapabilityItem: Hashable, Sendable, Codable {
    package var id: String
    package var role: String
    package var level: Int
    package var rights: [String]
    package var spaces: [String]
    /// Who gave it, or invited; nil for the root keys.
    package var by: AuthorItem?
    package var since: String
    package var until: String?
    /// `active`, `provisional`, `ended`, `stopped`, `void`.
    package var state: String
    package var stoppedBy: [ActItem]
    /// The invitation by which the member came in.
    package var invitation: String?
}

package struct DeviceItem: Hashable, Sendable, Codable {
    package var key: String
    /// `primary`, `device`, `recovery` (a recovery key that was used).
    package var kind: String
    /// The site on whose node it signs.
    package var site: String?
    package var inForce: Bool
    /// The key is on this node.
    package var isHere: Bool
    package var member: AuthorItem
}

/// Two entries of one log with one sequence number: somebody signed two pasts.
package struct ForkItem: Hashable, Sendable, Codable {
    package var member: AuthorItem
    package var space: String
    package var device: String
    package var sequence: UInt64
    package var branches: Int
    /// The last entry of each branch that is here.
    package var heads: [String]
}

package struct MemberDetailItem: Hashable, Sendable, Codable {
    package var member: MemberItem
    package var capabilities: [CapabilityItem]
    package var devices: [DeviceItem]
    /// Removals and leaves that reached the member, with what each stopped.
    package var removals: [RemovalEffectItem]
    /// Entries of the member that are held here.
    package var held: Int
    package var forks: [ForkItem]
    /// The identity that this one stands for now, as an administrator said.
    package var successorOf: AuthorItem?
    package var succeededBy: AuthorItem?
}

package struct RemovalEffectItem: Hashable, Sendable, Codable {
    package var act: ActItem
    /// Roles with their spaces that it stops.
    package var stops: [String]
    /// Entries of the member that are kept nevertheless.
    package var kept: Int
}

package struct DeviceRequestItem: Hashable, Sendable, Codable {
    /// One line, to be typed on the node of a device that signs already. No secret.
    package var request: String
    package var member: String
    package var device: String
}

package struct RecoverRequest: Hashable, Sendable, Codable {
    /// 64 hexadecimal digits: the seed of the recovery key.
    package var seed: String
    /// The local member whose key is the new primary one. A site's recovery key serves no command yet.
    package var member: String?
    /// Commitment to the next recovery key: 64 hexadecimal digits. Empty: the runtime draws that key into a file.
    package var commitment: String
    /// The first entry that a thief wrote: what follows it is taken back. Nil: nothing is.
    package var takeBackFrom: String?
    /// Say what it would do, or why it would be refused, and do nothing. Nil is false.
    package var preview: Bool?

    package init(seed: String, member: String?, commitment: String, takeBackFrom: String? = nil, preview: Bool? = nil) {
        self.preview = preview
        self.seed = seed
        self.member = member
        self.commitment = commitment
        self.takeBackFrom = takeBackFrom
    }
}

package struct RecoveredItem: Hashable, Sendable, Codable {
    /// Empty for a preview.
    package var id: String
    package var member: AuthorItem
    /// Keys that sign no more.
    package var retired: [String]
    /// Logs of theirs whose entries stay.
    package var keptLogs: Int
    /// The file of the next recovery key, on the node's machine.
    package var recoveryKeyFile: String?
    /// Entries that become void, as far as they are here.
    package var takenBack: Int
}

package struct SuccessionItem: Hashable, Sendable, Codable {
    package var old: AuthorItem
    package var new: AuthorItem
    /// Roles with their spaces that the new one was given.
    package var granted: [String]
    /// Those of the old one that whoever acts may not give.
    package var missing: [String]
    /// The entry that says so; empty for a preview.
    package var id: String
}

/// What several holders of root keys are to sign.
package enum RootAct: Hashable, Sendable, Codable {
    /// New root keys (64 hexadecimal digits each) and how many of them must sign.
    case update(keys: [String], quorum: UInt64)
    case grant(GrantRequest)
    /// `subtree`: with everybody whom the member let in or gave something to.
    case revoke(target: String, forCause: Bool, subtree: Bool)
    case annul(id: String)
    case disavow(id: String)
}

package struct RootProposalItem: Hashable, Sendable, Codable {
    /// One line, to be passed from one holder of a root key to the next. No secret.
    package var proposal: String
    package var words: [String]
    /// Root keys whose signature is on it.
    package var signed: [String]
    /// Signatures that are asked for, of the keys in force.
    package var needed: Int
    package var isComplete: Bool
    /// The ids of its entries, once the network has them.
    package var accepted: [String]
}

package struct RootStatusItem: Hashable, Sendable, Codable {
    package var keys: [String]
    package var quorum: Int
    /// The entry that set them.
    package var epoch: String
    package var acts: [ActItem]
    /// Acts with enough signatures that another one with the same predecessor keeps out: the holders have signed two
    /// futures.
    package var rivals: [ActItem]
}

package struct WhyItem: Hashable, Sendable, Codable {
    package var id: String
    /// What it is: "a post by Yann in Chantier", "Alice removed Yann", "the member Yann".
    package var what: String
    /// The answer in one line.
    package var verdict: String
    /// It counts: a visible post, an act in force, a member in good standing.
    package var counts: Bool
    package var reasons: [ReasonItem]
}

package struct ReasonItem: Hashable, Sendable, Codable {
    /// Name of the rule: `capability`, `stopped`, `kept`, `disavowed`, `annulled`, `key`, `sealed`, `uses`, `form`,
    /// `end`, `root`, `fork`, `gate`.
    package var rule: String
    package var words: String
    package var acts: [ActItem]
}

/// Somebody who came in by an invitation, or has a standing, that a removed member gave.
package struct LetInItem: Hashable, Sendable, Codable {
    package var member: AuthorItem
    package var role: String
    /// False for one that falls with the removal.
    package var stays: Bool
}

/// How many entries of those who are removed stay in a space.
package struct KeptItem: Hashable, Sendable, Codable {
    package var space: String
    package var entries: Int
}

package struct DisavowalItem: Hashable, Sendable, Codable {
    /// Empty for a preview.
    package var id: String
    package var author: AuthorItem
    package var space: String
    /// Entries that become void, as far as they are here.
    package var entries: Int
    package var first: String
}
