import EntenteModel
import EntenteReplica

extension Node {
    /// The commands about memberships and keys.
    mutating func performPowers(
        _ command: Command, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        switch command {
        case .grant(let request): return try grant(request, at: now, store: &store, effects: &effects)
        case .readmit(let request): return try readmit(request, at: now, store: &store, effects: &effects)
        case .leave(let asSite, let preview, let by):
            return try leave(asSite: asSite, preview: preview, by: by, at: now, store: &store, effects: &effects)
        case .adopt(let id, let by): return try adopt(id, by: by, at: now, store: &store, effects: &effects)
        case .collectShelf(let days, let preview):
            return try collectShelf(days: days, preview: preview, at: now, store: &store, effects: &effects)
        case .closeInvitation(let id, let by, let preview):
            return try closeInvitation(id, by: by, preview: preview == true, at: now, store: &store, effects: &effects)
        case .addDevice(let request, let by, let preview):
            return try addDevice(request, by: by, preview: preview == true, at: now, store: &store, effects: &effects)
        case .removeDevice(let key, let by, let preview):
            return try removeDevice(key, by: by, preview: preview == true, at: now, store: &store, effects: &effects)
        case .recover(let request): return try recover(request, at: now, store: &store, effects: &effects)
        case .succeed(let old, let new, let by, let preview):
            return try succeed(
                old, by: new, acting: by, preview: preview == true, at: now, using: &random, store: &store, effects: &effects)
        case .submitRoot(let proposal): return try submitRoot(proposal, at: now, store: &store, effects: &effects)
        case .disavow(let id, let preview, let by):
            return try disavow(id, preview: preview, by: by, at: now, store: &store, effects: &effects)
        case .annul(let id, let by, let preview):
            return try annul(id, by: by, preview: preview == true, at: now, store: &store, effects: &effects)
        default: return try answerPowers(command, at: now, store: store)
        }
    }

    /// The questions among them.
    private func answerPowers(_ command: Command, at now: Now, store: some ReplicaStore) throws(Stop) -> Answer {
        switch command {
        case .member(let text): return .member(try memberDetail(text, at: now.wall, store: store))
        case .history(let member, let limit): return .history(try history(of: member, limit: limit, at: now.wall, store: store))
        case .held(let member, let limit): return .held(try held(member: member, limit: limit, at: now.wall, store: store))
        case .invitations:
            return .invitations(try storing { () throws(StoreFailure) in try invitationItems(at: now.wall, store: store) })
        case .devices(let member): return .devices(try devices(of: member, at: now.wall, store: store))
        case .requestDevice(let member): return try requestDevice(member)
        case .rootStatus: return .root(try rootStatus(store: store))
        case .proposeRoot(let act): return .rootProposal(try proposeRoot(act, at: now, store: store))
        case .showRoot(let proposal): return .rootProposal(try showRoot(proposal, at: now, store: store))
        case .why(let text): return .why(try why(text, at: now.wall, store: store))
        default: preconditionFailure("every other command is performed before it comes here")
        }
    }
}
