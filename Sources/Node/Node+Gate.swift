import EntenteModel
import EntenteReplica

extension Node {
    /// What this node keeps out for now, a line for each reason.
    var gateWords: [String] {
        GateReason.allCases.compactMap { reason in
            let ids = replica.gate.ids(reason)
            guard let first = ids.first else { return nil }
            let count = ids.count < GateLimits.rememberedMax ? "\(ids.count)" : "\(ids.count) or more"
            return "\(count) kept out, \(first.short) among them: \(reason.words)"
        }
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
