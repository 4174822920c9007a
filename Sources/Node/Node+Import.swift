import EntenteModel
import EntenteReplica

/// Posts in bulk: what `import` brings. (Docs/Operating.md, "Moving posts")
extension Node {
    /// Writes posts one after the other; each is written or refused for itself, and all that are written are stored
    /// together before anybody hears of it.
    mutating func importPosts(
        _ posts: [ImportedPost], by: String?, at now: Now, using random: inout some RandomNumberGenerator, store: inout some ReplicaStore,
        effects: inout [Effect]
    ) throws(Stop) -> Answer {
        try checkClock()
        guard posts.count <= NodeLimits.importMax else {
            throw .refusal(
                Refusal(
                    .usage, what: "too many posts at once", why: "\(posts.count); at most \(NodeLimits.importMax) are taken",
                    next: "send them in several commands"))
        }
        // Who may not sign here at all is told so once, and not for each line.
        if let by { _ = try signer(by) }
        var outcomes: [ImportOutcome] = []
        for item in posts {
            do throws(Stop) {
                let answer = try post(
                    item.text, in: item.space, replyTo: item.replyTo, by: by ?? item.author, at: now, using: &random, store: &store,
                    effects: &effects)
                guard case .posted(let id) = answer else { preconditionFailure("a post that is not refused is posted") }
                outcomes.append(ImportOutcome(id: id, refusal: nil))
            } catch {
                guard case .refusal(let refusal) = error else { throw error }
                outcomes.append(ImportOutcome(id: nil, refusal: refusal))
            }
        }
        return .imported(outcomes)
    }
}
