import EntenteCodec
import EntenteModel
import EntenteReplica
import EntenteRuntime
import EntenteStore
import Foundation
import Testing

@Suite struct FoundingTests {
    let folder = TemporaryFolder()
    var alice: NodeDirectory { folder.site }

    @Test func `a founding leaves a whole site, and nothing else`() throws {
        #expect(!alice.isFounded)
        let summary = try alice.foundedByAlice()
        #expect(alice.isFounded)
        #expect(
            Files.names(below: alice.path) == [
                "authored", "keys", "keys/agreement.key", "keys/members", "keys/members/alice.key", "keys/network.secret", "keys/site.key",
                "lock", "recovery", "recovery/README", "recovery/alice.key", "recovery/site.key", "replica.db", "root", "root/README",
                "root/root-1.key", "root/root-2.key", "root/root-3.key", "site.json",
            ])
        #expect(summary.rootKeyFiles == (1...3).map { [alice.path, "root", "root-\($0).key"].joined(separator: "/") })
        #expect(summary.recoveryKeyFiles == [alice.path + "/recovery/site.key", alice.path + "/recovery/alice.key"])
        let settings = try alice.settings()
        #expect(settings.networkName == "Réseau" && settings.networkID.description == summary.networkID)
        #expect(settings.siteName == "Siège" && settings.members == ["alice"] && settings.listenAddress == "127.0.0.1:0")
        let store = try alice.openForReading()
        #expect(try store.fact(.networkID) == settings.networkID.bytes.bytes)
    }

    @Test func `no other account can read what a site holds`() throws {
        try alice.foundedByAlice()
        #expect(Files.mode(alice.path) == 0o700)
        for name in Files.names(below: alice.path) {
            let path = alice.path + "/" + name
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            #expect(Files.mode(path) == (isFolder.boolValue ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func `a key is one line that says what it is for`() throws {
        try alice.foundedByAlice()
        for (file, purpose) in [
            ("keys/site.key", "site"), ("keys/agreement.key", "agreement"), ("keys/network.secret", "network-secret"),
            ("keys/members/alice.key", "member"), ("root/root-2.key", "root"), ("recovery/site.key", "site-recovery"),
            ("recovery/alice.key", "member-recovery"),
        ] {
            let words = try Files.text(alice.path + "/" + file).split(separator: " ")
            #expect(words.count == 3 && words[0] == "entente-key-1" && words[1] == purpose, "\(file)")
            #expect(words.last?.count == 65 && words.last?.last == "\n")
        }
    }

    @Test func `nothing is founded over a site that is there`() throws {
        try alice.foundedByAlice()
        let before = try Files.text(alice.path + "/keys/site.key")
        let failure = #expect(throws: OperatorFailure.self) { try alice.foundedByAlice() }
        #expect(failure?.code == 1 && failure?.what.contains("holds a site already") == true)
        #expect(try Files.text(alice.path + "/keys/site.key") == before)
    }

    @Test func `nothing is founded among other files, and they stay`() throws {
        try FileManager.default.createDirectory(atPath: alice.path, withIntermediateDirectories: true)
        try Files.write("de l'été", to: alice.path + "/photos.txt")
        let failure = #expect(throws: OperatorFailure.self) { try alice.foundedByAlice() }
        #expect(failure?.code == 1 && failure?.why.contains("photos.txt") == true)
        #expect(try Files.text(alice.path + "/photos.txt") == "de l'été")
        #expect(!alice.isFounded)
    }

    @Test func `a founding that was interrupted is begun anew`() throws {
        try alice.foundedByAlice()
        try Files.remove(alice.path + "/site.json")
        try Files.write("", to: alice.path + "/unfinished")
        #expect(throws: OperatorFailure.self) { try alice.settings() }
        try alice.foundedByAlice()
        #expect(try alice.settings().members == ["alice"])
        #expect(!Files.exists(alice.path + "/unfinished"))
    }

    @Test func `a site whose settings are lost is not founded over`() throws {
        try alice.foundedByAlice()
        try Files.remove(alice.path + "/site.json")
        #expect(throws: OperatorFailure.self) { try alice.foundedByAlice() }
        #expect(Files.exists(alice.path + "/replica.db") && Files.exists(alice.path + "/keys/site.key"))
        let failure = #expect(throws: OperatorFailure.self) { try alice.settings() }
        #expect(failure?.code == 3 && failure?.what.contains("no settings") == true)
    }

    @Test func `a founding that cannot be done leaves no folder behind`() throws {
        try Files.write("", to: folder.file("a-file"))
        let below = NodeDirectory(path: folder.file("a-file/data"))
        #expect(throws: OperatorFailure.self) { try below.foundedByAlice() }
        let wrong = NodeDirectory(path: folder.file("new/deep/data"))
        let failure = #expect(throws: OperatorFailure.self) {
            try wrong.found(network: "N", site: "S", member: "\u{1B}[2J", listen: "127.0.0.1:0", rootKeys: 3, rootQuorum: 2)
        }
        #expect(failure?.code == 2 && failure?.what.contains("\u{1B}") == false)
        #expect(!Files.exists(folder.file("new")))
    }

    @Test func `a quorum is more than half of the root keys`() {
        for (keys, quorum) in [(3, 1), (3, 4), (0, 0), (17, 9), (4, 2)] {
            let failure = #expect(throws: OperatorFailure.self) {
                try alice.found(network: "N", site: "S", member: "alice", listen: "127.0.0.1:0", rootKeys: keys, rootQuorum: quorum)
            }
            #expect(failure?.code == 2, "\(quorum) of \(keys)")
        }
        #expect(!Files.exists(alice.path))
    }

    @Test(arguments: ["../../etc/passwd", "site", "Zoë/é", ".", "", "日本", String(repeating: "ê", count: 64)])
    func `a member's name never leads out of the folder of keys`(name: String) throws {
        guard !name.isEmpty else {
            #expect(throws: OperatorFailure.self) {
                try alice.found(network: "N", site: "S", member: name, listen: "127.0.0.1:0", rootKeys: 1, rootQuorum: 1)
            }
            return
        }
        let summary = try alice.found(network: "N", site: "S", member: name, listen: "127.0.0.1:0", rootKeys: 1, rootQuorum: 1)
        #expect(Files.names(below: alice.path + "/keys/members").count == 1)
        #expect(Files.names(below: alice.path + "/recovery").count == 3)
        #expect(summary.recoveryKeyFiles.allSatisfy(Files.exists))
        #expect(Set(summary.recoveryKeyFiles).count == 2)
    }
}
