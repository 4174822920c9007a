import EntenteCodec
import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteStore

/// Questions that are answered from the views, beside the node.
extension SiteNode {
    /// Answers what `Command.isAboutViews` says. The node is asked only of which spaces may be read.
    func answer(fromViews command: Command) async -> Answer {
        switch command {
        case .views(let digests): return await viewsItem(digests: digests, standing: await settle())
        case .rebuildViews(let begins):
            if begins { views.rebuild() }
            return await viewsItem(digests: false, standing: await views.settle(milliseconds: RuntimeLimits.viewsStepMilliseconds))
        default: break
        }
        let scope: ViewsScope
        switch await self.scope(of: command.space) {
        case .success(let found): scope = found
        case .failure(let refusal): return .refused(refusal)
        }
        _ = await settle()
        let answered = await views.read { views throws(StoreFailure) in try ViewsQuestion(views: views, scope: scope).answer(command) }
        switch answered {
        case .success(let answer?): return answer
        case .success(nil):
            // The node knows the newest posts without the views.
            if case .timeline = command { return await loop.perform(command) }
            return .refused(Self.withoutViews(views.standing))
        case .failure(let failure):
            if case .timeline = command { return await loop.perform(command) }
            return .refused(Self.withoutViews(.failed(failure)))
        }
    }

    /// What somebody may hear of: of one space, by name or id, or of all that the site may hold.
    func scope(of space: String?) async -> Result<ViewsScope, Refusal> {
        let all: [SpaceItem]
        switch await loop.perform(.listSpaces) {
        case .spaces(let items): all = items
        case .refused(let refusal): return .failure(refusal)
        default: return .failure(Self.withoutViews(.behind))
        }
        guard let space else { return .success(ViewsScope(all: all, one: nil)) }
        switch await loop.perform(.space(space)) {
        case .spaces(let items): return .success(ViewsScope(all: all, one: items.first))
        case .refused(let refusal): return .failure(refusal)
        default: return .failure(Self.withoutViews(.behind))
        }
    }

    /// Waits until what was written is in the views, within bounds.
    func settle() async -> ViewsFollower.Standing { await views.settle(milliseconds: RuntimeLimits.viewsMilliseconds) }

    /// Why what people read is not up to date; nil where it is, or is soon.
    var viewsTrouble: String? {
        switch views.standing {
        case .current, .behind: nil
        case .rebuilding(let done, let total): "they are being made again: \(done) of \(total) entries"
        case .failed(let failure): failure.sentence
        }
    }

    private func viewsItem(digests: Bool, standing: ViewsFollower.Standing) async -> Answer {
        var item =
            switch standing {
            case .current: ViewsItem(state: .current)
            case .behind: ViewsItem(state: .behind)
            case .rebuilding(let done, let total): ViewsItem(state: .rebuilding, done: done, total: total)
            case .failed(let failure): ViewsItem(state: .unavailable, why: failure.sentence)
            }
        guard digests else { return .views(item) }
        var names: [String: String] = [:]
        if case .spaces(let items) = await loop.perform(.listSpaces) {
            for space in items { names[space.id] = space.name }
        }
        let read = await views.read { [names] views throws(StoreFailure) in
            var out: [DigestItem] = []
            for space in try views.spaces() {
                let (digest, posts) = try views.digest(of: space)
                let id = space.description
                out.append(DigestItem(id: id, name: names[id] ?? String(id.suffix(32).prefix(8)), posts: posts, digest: digest.hex))
            }
            return out
        }
        switch read {
        case .success(let spaces): item.spaces = spaces ?? []
        case .failure(let failure): return .refused(Self.withoutViews(.failed(failure)))
        }
        return .views(item)
    }

    static func withoutViews(_ standing: ViewsFollower.Standing) -> Refusal {
        if case .failed(let failure) = standing {
            return Refusal(.unavailable, what: "what people read is not here", why: failure.sentence, next: "entente rebuild")
        }
        return Refusal(
            .unavailable, what: "what people read is not here yet", why: "It is being made from what is stored.",
            next: "Try again in a moment, or see how far it is: entente rebuild")
    }
}

extension Command {
    /// The one space that is asked about.
    fileprivate var space: String? {
        switch self {
        case .timeline(let space, _, _, _), .people(let space): space
        case .search(let request): request.space
        default: nil
        }
    }
}
