import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// What people carry as a line of text: device requests and proposals to root.
@Suite struct TokenTests {
    let story = Story.whole

    @Test func `a device request reads back, and proves that its writer has the key (E-61)`() throws {
        let request = DeviceRequest(network: story.network, key: People.bob, host: People.site.device, name: "Bob")
        let read = try DeviceRequest(text: "  " + request.text + "\n")
        #expect(read == request && read.isProven)
        var stolen = request
        stolen.device = People.alice.device
        #expect(!stolen.isProven)
        var moved = request
        moved.host = People.alice.device
        #expect(!moved.isProven)
    }

    @Test func `a token that was cut short, altered or of another kind is told apart (E-60)`() {
        let text = DeviceRequest(network: story.network, key: People.bob, host: People.site.device, name: "Bob").text
        #expect(throws: TextToken.Fault.damaged) { try DeviceRequest(text: String(text.dropLast(3))) }
        #expect(throws: TextToken.Fault.damaged) { try DeviceRequest(text: String(text.prefix(40)) + "AAAA" + text.dropFirst(44)) }
        #expect(throws: TextToken.Fault.anotherKind) { try RootProposal(text: text) }
        #expect(throws: TextToken.Fault.anotherKind) { try DeviceRequest(text: "") }
        #expect(throws: TextToken.Fault.damaged) { try DeviceRequest(text: DeviceRequest.prefix) }
        let short = TextToken.text([0x80], prefix: DeviceRequest.prefix)
        #expect(throws: TextToken.Fault.malformed(.outOfRange)) { try DeviceRequest(text: short) }
    }

    @Test func `a proposal keeps its ids while one holder of a root key after the other signs`() throws {
        let act = story.entry("disavow")
        var proposal = RootProposal(
            network: story.network, entries: [Entry(header: act.header, headerBytes: act.headerBytes, quorum: [], in: story.network)])
        #expect(proposal.signers == [])
        proposal.sign(with: People.roots[1])
        var other = try RootProposal(text: proposal.text)
        other.sign(with: People.roots[0])
        other.sign(with: People.roots[0])
        #expect(other.signers == [People.roots[0], People.roots[1]].map { DeviceKey($0.publicKey) }.sorted())
        #expect(other.entries.map(\.id) == proposal.entries.map(\.id) && other.entries[0].id == act.id)
        #expect(proposal.joined(with: other)?.signers == other.signers)
        #expect(try RootProposal(text: other.text) == other)
    }

    @Test func `a proposal of nothing, of a founding entry or of a broken chain is none (E-62)`() throws {
        let act = story.entry("disavow")
        #expect(throws: TextToken.Fault.self) { try RootProposal(text: RootProposal(network: story.network, entries: []).text) }
        #expect(throws: TextToken.Fault.self) {
            try RootProposal(text: RootProposal(network: story.network, entries: [story.entry("genesis")]).text)
        }
        #expect(throws: TextToken.Fault.self) { try RootProposal(text: RootProposal(network: story.network, entries: [act, act]).text) }
    }
}
