import EntenteModel
import EntenteReplica

extension Node {
    /// What this node keeps out for now, a line for each reason; and who of those that sign here would be kept out elsewhere.
    func gateWords(store: some ReplicaStore) throws(StoreFailure) -> [String] {
        var lines: [String] = []
        for reason in GateReason.allCases {
            let ids = replica.gate.ids(reason)
            guard let first = ids.first else { continue }
            let count = ids.count < GateLimits.rememberedMax ? "\(ids.count)" : "\(ids.count) or more"
            var names: [String] = []
            for author in Set(ids.compactMap { replica.gate.author(of: $0) }).sorted().prefix(NodeLimits.gateNamesMax) {
                names.append(try name(of: author, store: store))
            }
            let whose = names.isEmpty ? "" : " of \(names.joined(separator: ", "))"
            lines.append("\(count) kept out\(whose), \(first.short) among them: \(reason.words)")
        }
        return lines + roomWords
    }

    var isKeepingOut: Bool { GateReason.allCases.contains { !replica.gate.ids($0).isEmpty } }

    /// An entry that the gate keeps out, by its id or the first 8 or more digits of it.
    func whyGated(_ text: String, store: some ReplicaStore) throws(StoreFailure) -> WhyItem? {
        guard text.utf8.count >= EntryID.prefixDigitsMin else { return nil }
        for reason in GateReason.allCases {
            guard let id = replica.gate.ids(reason).first(where: { $0.description.hasPrefix(text.lowercased()) }) else { continue }
            let author = try replica.gate.author(of: id).map { (author) throws(StoreFailure) in try name(of: author, store: store) }
            return WhyItem(
                id: id.description, what: "an entry of \(author ?? "the root keys") that another site has",
                verdict: "it is kept out here for now, and the two sites are not in sync as long", counts: false,
                reasons: [ReasonItem(rule: "gate", words: reason.words, acts: [])])
        }
        return nil
    }

    /// Tells of what the gate has kept out and had not before.
    func noticeGated(_ acceptance: Acceptance, space: Space, effects: inout [Effect]) {
        for reason in GateReason.allCases {
            let count = acceptance.gated.count { $0.reason == reason }
            if count > 0 {
                effects.append(.notice(.notTaken(space: name(of: space), entries: count, reason: "kept out for now, \(reason.words)")))
            }
        }
    }
}
