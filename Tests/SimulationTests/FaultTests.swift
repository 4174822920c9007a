import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// Commits that fail, processes that end, lines that are cut: at any moment, and nothing that was promised is lost.
@Suite struct FaultTests {
    /// Paris and Brest, each with something that the other lacks, and all processes about to start.
    private static let apart: Snapshot? = {
        var network = Federation(seed: 11)
        do {
            try network.addBrest()
            network.isolate("Brest")
            for number in 0..<6 { try network.post("Paris \(number)", at: "Paris") }
            try network.createSpace("chantier")
            for number in 0..<6 { try network.post("Brest \(number)", at: "Brest") }
        } catch {
            return nil
        }
        return network.world.snapshot
    }()

    private func network() throws -> Federation {
        Federation(world: World(seed: 12, from: try #require(Self.apart)), sites: ["Paris": 0, "Brest": 1])
    }

    /// A short conversation, in which every post that was acknowledged is noted.
    private func talk(_ network: Federation) -> (acknowledged: [String], events: Int) {
        let from = network.world.eventCount
        var acknowledged: [String] = []
        for number in 0..<4 {
            let site = number % 2 == 0 ? "Paris" : "Brest"
            // A commit that fails takes the command with it: it is not answered, and nobody relies on it.
            let command = Command.post(space: "everyone", text: "suite \(number)", replyTo: nil, by: nil)
            if case .posted(let id) = network.world.ask(command, of: network[site], within: 700) { acknowledged.append(id) }
            network.pass(300)
        }
        network.pass(30_000)
        return (acknowledged, network.world.eventCount - from)
    }

    private func expectWhole(_ network: Federation, _ acknowledged: [String], _ what: String) throws {
        network.world.faults = .init()
        network.pass(Federation.minute)
        #expect(network.sums(of: "Paris") == network.sums(of: "Brest"), "\(what)")
        let said = try network.said(of: "Paris")
        #expect(try network.said(of: "Brest") == said, "\(what)")
        #expect(Set(said.map(\.id)).isSuperset(of: acknowledged), "\(what)")
        let texts = said.map(\.text)
        #expect(Set(texts).count == texts.count, "\(what): nothing twice")
        #expect((0..<6).allSatisfy { texts.contains("Paris \($0)") && texts.contains("Brest \($0)") }, "\(what)")
        network.expectAllClean()
    }

    @Test func `a commit may fail at any event`() throws {
        let events = talk(try network()).events
        #expect(events > 60)
        for event in stride(from: 1, through: events, by: 4) {
            let network = try network()
            network.world.faults.commitFailsAt = [event]
            try expectWhole(network, talk(network).acknowledged, "the commit of event \(event) fails")
        }
    }

    @Test func `a site may restart after any event`() throws {
        let events = talk(try network()).events
        for event in stride(from: 1, through: events, by: 4) {
            let network = try network()
            network.world.faults.restartsAt = [event]
            let acknowledged = talk(network).acknowledged
            // What is stored is stored, and only a command that was not taken yet is lost.
            #expect(acknowledged.count >= 3, "\(event)")
            try expectWhole(network, acknowledged, "a restart after event \(event)")
        }
    }

    @Test func `a post whose commit failed is neither answered nor anywhere, and the next one is`() throws {
        let network = try network()
        network.pass(30_000)
        let before = network.entries(of: "Paris").map(\.entry.id)
        let event = network.world.eventCount + 1
        network.world.faults.commitFailsAt = [event]
        let lost = network.world.ask(.post(space: "everyone", text: "perdu", replyTo: nil, by: nil), of: 0, within: 1000)
        #expect(lost == nil)
        #expect(network.entries(of: "Paris").map(\.entry.id) == before)
        network.world.faults = .init()
        try network.post("gardé", at: "Paris")
        network.settle()
        #expect(try network.texts(of: "Brest").suffix(1) == ["gardé"])
        #expect(try !network.texts(of: "Brest").contains("perdu"))
        network.expectEqualSums("Paris", "Brest")
    }

    @Test func `a commit that fails closes every connection of the site, and they come back`() throws {
        let network = try network()
        network.pass(30_000)
        #expect(network.areConnected("Paris", "Brest"))
        network.world.faults.commitFailsAt = [network.world.eventCount + 1]
        let connected = network.world.notices(of: 1).count
        _ = network.world.ask(.status, of: 0, within: 10)
        guard case .peerDisconnected = try #require(network.world.notices(of: 1).dropFirst(connected).first) else {
            Issue.record("Brest keeps its connection")
            return
        }
        network.world.faults = .init()
        network.pass(5000)
        #expect(network.areConnected("Paris", "Brest"))
    }

    // MARK: - Lines

    /// Paris has four logs of several kilobytes each that Brest lacks.
    private static let bulk: Snapshot? = {
        var network = Federation(seed: 13)
        do {
            try network.addBrest()
            for name in ["anna", "béa", "cléo"] {
                _ = try network.addPerson(name, to: "Paris", by: network.invite("Paris", as: .member).invitation)
            }
            network.settle()
            network.isolate("Brest")
            for name in ["alice", "anna", "béa", "cléo"] {
                for number in 0..<12 { try network.post("\(name) \(number) " + String(repeating: "é", count: 400), at: "Paris", by: name) }
            }
        } catch {
            return nil
        }
        return network.world.snapshot
    }()

    private func bulk() throws -> Federation {
        Federation(world: World(seed: 14, from: try #require(Self.bulk)), sites: ["Paris": 0, "Brest": 1])
    }

    @Test func `a line may be cut at any byte, and at most the run in flight is sent again`() throws {
        let whole = try bulk()
        whole.pass(15_000)
        let bytes = whole.world.byteCount
        #expect(try whole.texts(of: "Brest").count == 48)
        // A run of 12 posts, sealed, and what it takes to meet again and to compare.
        let runBytes: UInt64 = 12 * 1100
        let meetingBytes: UInt64 = 12_000
        for cut in stride(from: UInt64(100), to: bytes, by: 2777) {
            let network = try bulk()
            network.world.faults.cutAtByte = cut
            network.pass(15_000)
            #expect(try network.texts(of: "Brest").count == 48, "cut at \(cut)")
            #expect(network.sums(of: "Paris") == network.sums(of: "Brest"), "cut at \(cut)")
            #expect(network.world.byteCount <= bytes + runBytes + meetingBytes, "cut at \(cut): \(network.world.byteCount) of \(bytes)")
            network.expectAllClean()
        }
    }

    @Test func `what came whole before a line was cut is kept`() throws {
        let network = try bulk()
        let before = network.entries(of: "Brest").count
        // In the middle of the third log.
        network.world.faults.cutAtByte = 40_000
        network.pass(600)
        network.isolate("Brest")
        network.pass(2000)
        let kept = network.entries(of: "Brest").count - before
        #expect(kept >= 12 && kept < 48 && kept % 12 == 0, "\(kept)")
        network.expectAllClean()
    }

    @Test func `a run is stored whole or not at all`() throws {
        for cut in stride(from: UInt64(20_000), to: 60_000, by: 4111) {
            let network = try bulk()
            let before = network.entries(of: "Brest").count
            network.world.faults.cutAtByte = cut
            // Until the line is cut, and before anybody dials again.
            network.world.run(for: 15_000) { network.world.byteCount > cut }
            network.isolate("Brest")
            network.pass(100)
            #expect((network.entries(of: "Brest").count - before) % 12 == 0, "cut at \(cut)")
        }
    }
}
