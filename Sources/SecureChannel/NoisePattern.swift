/// A handshake pattern as tokens, read from its name: `XX`, `IKpsk2`, `XXpsk0+psk3`. (Noise §7, §9)
package struct NoisePattern: Hashable, Sendable {
    package enum Token: Hashable, Sendable { case e, s, ee, es, se, ss, psk }

    /// With its modifiers.
    package let name: String
    /// The initiator's static key is known to the responder beforehand.
    package let isInitiatorKnown: Bool
    /// The responder's static key is known to the initiator beforehand.
    package let isResponderKnown: Bool
    /// The tokens of each message; the initiator writes the first.
    package let messages: [[Token]]

    /// Nil for a name that is no interactive pattern of Noise §7.5, or has another modifier than ascending `psk` numbers.
    package init?(_ name: String) {
        guard let base = Self.fundamental.first(where: { name.hasPrefix($0.name) }) else { return nil }
        var messages = base.messages
        var previous = -1
        let modifiers = name.dropFirst(base.name.count)
        for modifier in modifiers.isEmpty ? [] : modifiers.split(separator: "+", omittingEmptySubsequences: false) {
            guard let place = (0...messages.count).first(where: { modifier == "psk\($0)" }), place > previous else { return nil }
            previous = place
            // psk0 begins the first message, pskN ends the N-th.
            if place == 0 { messages[0].insert(.psk, at: 0) } else { messages[place - 1].append(.psk) }
        }
        self.name = name
        isInitiatorKnown = base.name.hasPrefix("K")
        isResponderKnown = base.name.hasSuffix("K")
        self.messages = messages
    }

    /// Nil unless the name is `Noise_`, a pattern, and this suite.
    package init?(protocolName: String) {
        let parts = protocolName.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "Noise", parts[2] == Noise.suite else { return nil }
        self.init(String(parts[1]))
    }

    package var protocolName: String { "Noise_\(name)_\(Noise.suite)" }

    var presharedKeyCount: Int { messages.joined().count { $0 == .psk } }

    func needsStaticKey(_ role: ChannelRole) -> Bool {
        let own = messages.indices.filter { $0.isMultiple(of: 2) == (role == .initiator) }
        return isStaticKeyKnown(of: role) || own.contains { messages[$0].contains(.s) }
    }

    func isStaticKeyKnown(of role: ChannelRole) -> Bool { role == .initiator ? isInitiatorKnown : isResponderKnown }

    /// The twelve interactive patterns of Noise §7.5.
    private static let fundamental: [(name: String, messages: [[Token]])] = [
        ("NN", [[.e], [.e, .ee]]),
        ("NK", [[.e, .es], [.e, .ee]]),
        ("NX", [[.e], [.e, .ee, .s, .es]]),
        ("KN", [[.e], [.e, .ee, .se]]),
        ("KK", [[.e, .es, .ss], [.e, .ee, .se]]),
        ("KX", [[.e], [.e, .ee, .se, .s, .es]]),
        ("XN", [[.e], [.e, .ee], [.s, .se]]),
        ("XK", [[.e, .es], [.e, .ee], [.s, .se]]),
        ("XX", [[.e], [.e, .ee, .s, .es], [.s, .se]]),
        ("IN", [[.e, .s], [.e, .ee, .se]]),
        ("IK", [[.e, .es, .s, .ss], [.e, .ee, .se]]),
        ("IX", [[.e, .s], [.e, .ee, .se, .s, .es]]),
    ]
}
