import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What `sync`, `peers` and `status` say is so.
@Suite struct SyncTests {
    @Test func `a site that is alone is in sync with nobody, and says that it has no peer`() throws {
        let network = Federation()
        let answer = try network.sync("Paris")
        #expect(answer.inSync && answer.waitingFor == [] && answer.peers == 0)
        #expect(try network.peers(of: "Paris") == [])
    }

    @Test func `in sync means that every entry is on both sides (G-19)`() throws {
        var network = Federation()
        try network.addBrest()
        network.part("Paris", "Brest")
        for number in 0..<100 { try network.post("\(number)", at: "Paris") }
        network.reunite("Paris", "Brest")
        network.pass(1)
        let answer = try network.sync("Brest")
        #expect(answer.inSync && answer.peers == 1)
        network.expectEqualSums("Paris", "Brest")
        #expect(try network.texts(of: "Brest").count == 100)
    }

    @Test func `sync says with whom it is not in sync, and why`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addPeer("Brest", to: "Paris")
        network.settle()
        network.part("Paris", "Brest")
        network.pass(5000)
        let answer = try network.sync("Brest", within: 3000)
        #expect(!answer.inSync && answer.peers == 0)
        #expect(answer.waitingFor == ["\(network.world.address(of: 0)): not connected, no route"])
    }

    @Test func `sync says which space differs`() throws {
        var network = Federation()
        try network.addBrest()
        network.isolate("Brest")
        network.world.setSkew(Int64(20 * Federation.minute), of: 1)
        try network.post("en avance", at: "Brest")
        network.world.setSkew(0, of: 1)
        network.world.reuniteAll()
        network.settle()
        let answer = try network.sync("Paris", within: 3000)
        #expect(!answer.inSync && answer.peers == 1 && answer.waitingFor.count == 1)
        #expect(answer.waitingFor.first?.contains("differs in") == true)
    }

    @Test func `peers are shown with their names, their faults and when they were last in sync`() throws {
        var network = Federation()
        try network.addBrest()
        network.settle()
        let brest = try #require(try network.peers(of: "Paris").first)
        #expect(brest.site == "Brest" && brest.connected && brest.inSync && brest.lastFault == nil && brest.faults == 0)
        #expect(brest.lastExchange != nil && brest.address == network.world.address(of: 1))
        network.part("Paris", "Brest")
        network.pass(60_000)
        let gone = try #require(try network.peers(of: "Paris").first)
        #expect(gone.site == "Brest" && !gone.connected && !gone.inSync && gone.lastFault == "no route")
        #expect(gone.lastExchange == brest.lastExchange)
    }

    @Test func `status is the same on two sites that are in sync, but for whose it is`() throws {
        var network = Federation()
        try network.addBrest()
        try network.createSpace("chantier")
        try network.post("un", in: "chantier", at: "Paris")
        network.settle()
        let (paris, brest) = (try network.status(of: "Paris"), try network.status(of: "Brest"))
        #expect(paris.spaces == brest.spaces && paris.entries == brest.entries)
        #expect(paris.spaces.map(\.name).sorted() == ["chantier", "everyone", "registry"])
        #expect(paris.entries == paris.spaces.reduce(0) { $0 + $1.entries })
        #expect(paris.entries == UInt64(network.entries(of: "Paris").count))
        #expect(paris.network == brest.network && paris.networkID == brest.networkID)
        #expect(paris.site.name == "Paris" && brest.site.name == "Brest")
        #expect(paris.faults == 0 && brest.faults == 0)
        try network.post("deux", in: "chantier", at: "Paris")
        let after = try network.status(of: "Paris")
        #expect(zip(after.spaces, paris.spaces).filter { $0.0.fingerprint != $0.1.fingerprint }.map(\.0.name) == ["chantier"])
    }

    @Test func `an address that is none is not kept`() throws {
        let network = Federation()
        for address in ["", "paris", "paris:", ":7411", "paris:0", "paris:65536", "paris:07411x", "::1:7411", "a b:7411", "[::1:7411"] {
            #expect(network.refusal(of: .addPeer(address: address), at: "Paris")?.code == .usage, "\(address)")
        }
        #expect(try network.peers(of: "Paris") == [])
        for address in ["192.0.2.7:7411", "[2001:db8::1]:7411", "brest.example:1"] {
            try network.ask(.addPeer(address: address), of: "Paris")
        }
        #expect(try network.peers(of: "Paris").map(\.address) == ["192.0.2.7:7411", "[2001:db8::1]:7411", "brest.example:1"])
    }

    @Test func `two sites that dial each other keep one connection`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addPeer("Brest", to: "Paris")
        network.settle()
        for _ in 0..<5 {
            network.world.restart(0)
            network.world.restart(1)
            network.settle()
            let open = { (site: String) in try network.peers(of: site).filter(\.connected).map(\.inSync) }
            #expect(try open("Paris") == [true] && open("Brest") == [true])
            #expect(network.world.lineCount(0, 1) == 1)
        }
        #expect(try network.status(of: "Paris").faults == 0 && network.status(of: "Brest").faults == 0)
    }

    @Test func `with more sites than places each has its turn (G-59)`() throws {
        var network = Federation()
        let names = (0..<8).map { "Site\($0)" }
        for name in names { try network.join(name, name.lowercased(), by: network.invite(name, as: .site).invitation) }
        network.settle()
        // Three by dialling, and one that calls.
        network.world.tune(network["Paris"]) { $0.sessionsMax = 4 }
        network.settle()
        #expect(names.count { network.areConnected("Paris", $0) } <= 4)
        for turn in 0..<2 {
            try network.post("tour \(turn)", at: "Paris")
            network.pass(20 * Federation.minute)
            for name in names { #expect(try network.texts(of: name).contains("tour \(turn)"), "\(name)") }
        }
        // Nobody is blamed for it.
        #expect(try network.peers(of: "Paris").allSatisfy { $0.lastFault == nil } && network.status(of: "Paris").faults == 0)
    }

    @Test func `more spaces than fit one message are told in several, full ones too (G-60)`() throws {
        var network = Federation()
        try network.addBrest()
        // With the registry and the space for all there are 450.
        for number in 0..<448 { try network.createSpace("espace \(number)") }
        network.settle()
        #expect(network.store(of: "Brest").summaries().count == 450)
        network.expectEqualSums("Paris", "Brest")
        for number in 448..<451 {
            #expect(try network.sync("Paris").inSync && network.sync("Brest").inSync, "\(number)")
            try network.createSpace("espace \(number)")
            network.settle()
            network.expectEqualSums("Paris", "Brest")
        }
        #expect(try network.spaces(of: "Brest").count == 452)
        #expect(try network.status(of: "Paris").faults == 0 && network.status(of: "Brest").faults == 0)
    }

    @Test func `a session changes its keys by the clock, on both sides (S-21)`() throws {
        var network = Federation()
        try network.addBrest()
        network.settle()
        var changes: Set<String> = []
        network.world.onTrace = { line in
            // Such a frame has a length, a type and a tag, and nothing in it: 19 bytes.
            let words = line.split(separator: " ")
            for (index, word) in words.enumerated() where word == "send" && index + 2 < words.count && words[index + 2] == "19" {
                changes.insert(String(words[1]))
            }
        }
        network.pass(50 * Federation.minute)
        #expect(changes == [])
        network.pass(20 * Federation.minute)
        #expect(changes == ["Paris", "Brest"])
        try network.post("sous de nouvelles clés", at: "Brest")
        network.settle()
        #expect(try network.texts(of: "Paris") == ["sous de nouvelles clés"])
        #expect(network.world.lineCount(0, 1) == 1)
    }

    @Test func `a site that cannot be reached is dialled ever more rarely, and at once when it calls (G-45)`() throws {
        var network = Federation()
        try network.addBrest()
        try network.addPeer("Brest", to: "Paris")
        network.settle()
        var dials: [UInt64] = []
        network.part("Paris", "Brest")
        network.world.onTrace = { line in
            let words = line.split(separator: " ")
            if words[1] == "Paris", line.contains("dial \(network.world.address(of: 1))") { dials.append(UInt64(words[0]) ?? 0) }
        }
        network.pass(10 * Federation.minute)
        let waits = zip(dials.dropFirst(), dials).map { $0 - $1 }
        #expect(waits.count < 25 && waits.allSatisfy { $0 <= 61_000 })
        #expect(zip(waits.dropFirst(), waits).allSatisfy { $0 + 100 >= $1 })
        // Brest begins again, and calls: the line is up at once.
        network.reunite("Paris", "Brest")
        network.world.restart(1)
        network.pass(2000)
        #expect(network.areConnected("Paris", "Brest"))
    }
}
