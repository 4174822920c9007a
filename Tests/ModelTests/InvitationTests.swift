import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// The token that brings a site in.
@Suite struct InvitationTests {
    static let token: Invitation = {
        let story = Story.whole
        return Invitation(
            network: story.network, networkName: "Réseau d’essai", secret: [UInt8](repeating: 0x5E, count: 32),
            bootstrap: [
                .init(address: "paris.example:4711", node: People.site.device), .init(address: "[::1]:4711", node: People.bob.device),
            ], rootEpoch: story.id("genesis"), issuerHead: story.id("invite"), invitations: [story.id("invite")],
            keySeed: People.invitation.seed, role: "site", siteName: "Brest", until: Timestamp(milliseconds: 1_800_000_000_000),
            useBy: Timestamp(milliseconds: 1_760_000_000_000), uses: 3)
    }()

    /// Texts that are no token, each with its fault.
    static let refused: [(name: String, text: String, fault: Invitation.Fault)] = {
        let text = token.text
        let bytes = token.encoded
        func checked(_ bytes: [UInt8]) -> String {
            let sum = Blake2b.hash256(Array("entente/invitation/1".utf8), bytes).bytes.prefix(8)
            return Invitation.prefix + Base64URL.encode(bytes + sum)
        }
        func changed(_ change: (inout Invitation) -> Void) -> String {
            var copy = token
            change(&copy)
            return copy.text
        }
        let middle = text.index(text.startIndex, offsetBy: 100)
        let spilled = (1...3).map { count in changed { $0.siteName = String(repeating: "n", count: count) } }.compactMap(
            \.spillingLastLetter)[0]
        return [
            ("nothing", "", .notAnInvitation),
            ("another line", "https://example.org/", .notAnInvitation),
            ("a later version", text.replacing("invitation-1:", with: "invitation-2:"), .notAnInvitation),
            ("too much text", Invitation.prefix + String(repeating: "A", count: 16 * 1024), .notAnInvitation),
            ("only the beginning", Invitation.prefix, .damaged),
            ("cut short", String(text.dropLast(3)), .damaged),
            ("one letter changed", text.replacingCharacters(at: middle), .damaged),
            ("a letter that base64url does not have", text.replacing("A", with: "+", maxReplacements: 1), .damaged),
            ("padding", text + "==", .damaged),
            ("bits of the last letter that are not used", spilled, .damaged),
            ("wrapped by a mailer", String(text.prefix(76)) + "\r\n" + text.dropFirst(76), .damaged),
            ("a byte behind it", checked(bytes + [0]), .malformed(.trailingBytes)),
            ("twelve items", checked([0x8C] + bytes.dropFirst().dropLast()), .malformed(.outOfRange)),
            ("a length that is not the shortest", checked([0x98, 0x0D] + bytes.dropFirst()), .malformed(.notShortest)),
            ("no invitations", changed { $0.invitations = [] }, .malformed(.notCanonical)),
            ("17 nodes to call", changed { $0.bootstrap = Array(repeating: $0.bootstrap[0], count: 17) }, .malformed(.tooLong(limit: 16))),
            (
                "an address of 257 bytes", changed { $0.bootstrap[0].address = String(repeating: "a", count: 257) },
                .malformed(.tooLong(limit: 256))
            ),
            ("a role of 17 bytes", changed { $0.role = String(repeating: "r", count: 17) }, .malformed(.tooLong(limit: 16))),
            ("a site's name of 129 bytes", changed { $0.siteName = String(repeating: "n", count: 129) }, .malformed(.tooLong(limit: 128))),
            ("a secret of 31 bytes", changed { $0.secret.removeLast() }, .malformed(.outOfRange)),
            ("a seed of 33 bytes", changed { $0.keySeed.append(0) }, .malformed(.tooLong(limit: 32))),
            ("an end of 64 bits", changed { $0.until = Timestamp(milliseconds: .max) }, .malformed(.outOfRange)),
            ("a last use of 64 bits", changed { $0.useBy = Timestamp(milliseconds: .max) }, .malformed(.outOfRange)),
        ]
    }()

    @Test func `a token reads back, with whatever white space a mailer puts around it (E-42)`() throws {
        let text = Self.token.text
        #expect(text.hasPrefix("entente-invitation-1:") && text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        for around in [text, "  \n" + text + "\r\n", "\t" + text + " \u{2014} Alice"] {
            #expect(try Invitation(text: around) == Self.token)
        }
    }

    @Test func `what is no token is refused, and a damaged one is told from another text (E-42, E-43)`() {
        for item in Self.refused {
            #expect(throws: item.fault, "\(item.name)") { try Invitation(text: item.text) }
        }
    }

    @Test func `the largest token that its fields allow is read (E-42)`() throws {
        var token = Self.token
        token.networkName = String(repeating: "n", count: 128)
        token.siteName = token.networkName
        token.role = String(repeating: "r", count: 16)
        token.bootstrap = (0..<16).map { .init(address: String(repeating: "a", count: 256), node: People.key("node \($0)").device) }
        token.invitations = (0..<128).map { EntryID(Blake2b.hash256([$0])) }.sorted()
        token.uses = .max
        #expect(token.text.utf8.count <= Invitation.textMax)
        #expect(try Invitation(text: token.text) == token)
    }

    @Test(arguments: 0..<4)
    func `a token that was tampered with is never another one (E-43)`(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<300 {
            var bytes = Array(Self.token.text.utf8)
            bytes.tamper(using: &random)
            guard let text = String(validating: bytes, as: UTF8.self), let read = try? Invitation(text: text) else { continue }
            #expect(read == Self.token)
        }
    }
}

extension String {
    /// Base64url whose last letter has bits that are not used, with one of them set; nil where it has none.
    var spillingLastLetter: String? {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let count = split(separator: ":").last?.count ?? 0
        guard count % 4 > 1, let last, let place = letters.firstIndex(of: last) else { return nil }
        return dropLast() + String(letters[letters.index(after: place)])
    }

    /// With the letter there replaced by another one of the same alphabet.
    fileprivate func replacingCharacters(at index: Index) -> String {
        String(self[..<index]) + (self[index] == "B" ? "C" : "B") + self[self.index(after: index)...]
    }
}
