import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// Ids, signatures, and the sets of signatures of the root log.
@Suite struct EntryTests {
    let story = Story.whole
    let elsewhere = NetworkID(Blake2b.hash256(Array("another network".utf8)))

    @Test func `the id of a device's entry is the hash of network, header and signature (E-28)`() throws {
        let post = story.entry("post")
        let signature = try #require(post.signature)
        let hashed = Array("entente/entry/1".utf8) + story.network.bytes.bytes + post.headerBytes + signature.bytes
        #expect(post.id == EntryID(Blake2b.hash256(hashed)))
    }

    @Test func `the id of a root entry is the hash of network and header, whoever signed (E-29)`() {
        let entry = story.entry("disavow")
        let hashed = Array("entente/entry/1".utf8) + story.network.bytes.bytes + entry.headerBytes
        #expect(entry.id == EntryID(Blake2b.hash256(hashed)))
        let bySomebodyElse = Entry(signing: entry.header, withRoot: [People.roots[2]], in: story.network)
        #expect(bySomebodyElse.id == entry.id && bySomebodyElse != entry)
    }

    @Test func `the signature is over domain, network and header (E-30)`() throws {
        let post = story.entry("post")
        let signed = Array("entente/sign/1".utf8) + story.network.bytes.bytes + post.headerBytes
        let key = try #require(VerifyingKey(People.alice.publicKey))
        let signature = try #require(post.signature)
        #expect(key.verifies(signature, over: signed))
        #expect(post.verifiesSignature(of: key, in: story.network))
    }

    @Test func `only the device that the header names has signed (E-30)`() throws {
        let post = story.entry("post")
        let bob = try #require(VerifyingKey(People.bob.publicKey))
        #expect(!post.verifiesSignature(of: bob, in: story.network))
        // Eve signs what Alice's header says, and the entry still names Alice.
        let forged = Entry(
            header: post.header, headerBytes: post.headerBytes,
            signature: People.eve.sign(Entry.signedBytes(post.headerBytes, in: story.network)), in: story.network)
        let alice = try #require(VerifyingKey(People.alice.publicKey))
        let eve = try #require(VerifyingKey(People.eve.publicKey))
        #expect(!forged.verifiesSignature(of: alice, in: story.network) && !forged.verifiesSignature(of: eve, in: story.network))
    }

    @Test func `the founding entry is hashed and signed under a null network, and names it (E-31)`() {
        let genesis = story.entry("genesis")
        let null = [UInt8](repeating: 0, count: 32)
        #expect(genesis.id == EntryID(Blake2b.hash256(Array("entente/entry/1".utf8) + null + genesis.headerBytes)))
        #expect(story.network == NetworkID(genesis.id.bytes))
        // Whoever reads it knows the network already, or does not: the entry is the same.
        for network in [NetworkID.null, story.network, elsewhere] {
            #expect(Entry(signing: genesis.header, withRoot: Array(People.roots.prefix(2)), in: network) == genesis)
            #expect(genesis.validRootSigners(among: People.roots.map(\.device), in: network).count == 2)
        }
    }

    @Test func `an entry of one network is none in another (E-32)`() throws {
        let alice = try #require(VerifyingKey(People.alice.publicKey))
        for told in story.told where told.name != "genesis" {
            var reader = CBORReader(told.entry.encoded)
            let read = try Entry(&reader, in: elsewhere)
            #expect(read.id != told.entry.id, "\(told.name)")
            #expect(!read.verifiesSignature(of: alice, in: elsewhere), "\(told.name)")
            #expect(read.validRootSigners(among: People.roots.map(\.device), in: elsewhere) == [], "\(told.name)")
        }
    }

    @Test func `every entry of the story is signed by whom it names`() throws {
        for told in story.told {
            if let device = told.entry.header.device {
                let key = try #require(VerifyingKey(device.bytes))
                #expect(told.entry.verifiesSignature(of: key, in: story.network), "\(told.name)")
            } else {
                let signers = told.entry.validRootSigners(among: People.roots.map(\.device), in: story.network)
                #expect(signers == People.roots.prefix(2).map(\.device), "\(told.name)")
            }
        }
    }

    @Test func `an inception's identity is its own id, and the root log has none (E-34)`() {
        let inception = story.entry("id.create of alice")
        #expect(inception.identity == IdentityID(inception: inception.id))
        #expect(story.entry("post").identity == inception.identity && story.entry("genesis").identity == nil)
    }

    @Test func `root signatures are merged by union, each valid one once, in any order (E-33)`() {
        let header = story.entry("disavow").header
        let keys = People.roots.map(\.device)
        func signed(_ signers: [Int]) -> Entry {
            Entry(signing: header, withRoot: signers.map { People.roots[$0] }, in: story.network)
        }
        let (first, second, all) = (signed([0, 1]), signed([2, 1]), signed([0, 1, 2]))
        #expect(first.joiningRootSignatures(of: second, among: keys, in: story.network) == all)
        #expect(second.joiningRootSignatures(of: first, among: keys, in: story.network) == all)
        #expect(all.joiningRootSignatures(of: all, among: keys, in: story.network) == all)
        #expect(all.rootSignatures.map(\.key) == keys)
    }

    @Test func `a signature that does not hold never stands in the place of one that does (E-33)`() throws {
        let header = story.entry("disavow").header
        let keys = People.roots.map(\.device)
        let honest = Entry(signing: header, withRoot: [People.roots[0]], in: story.network)
        // Eve writes the smallest signature that there is under the same key.
        let worthless = try #require(Signature([UInt8](repeating: 0, count: 64)))
        let forged = Entry(
            header: header, headerBytes: honest.headerBytes, quorum: [.init(key: keys[0], signature: worthless)], in: story.network)
        #expect(forged.id == honest.id)
        #expect(honest.joiningRootSignatures(of: forged, among: keys, in: story.network) == honest)
        #expect(forged.joiningRootSignatures(of: honest, among: keys, in: story.network) == honest)
    }

    @Test func `a stranger's valid signature is not kept among those of root (E-33)`() {
        let header = story.entry("disavow").header
        let keys = People.roots.map(\.device)
        let withEve = Entry(signing: header, withRoot: [People.roots[0], People.eve], in: story.network)
        #expect(withEve.validRootSigners(among: keys, in: story.network) == [keys[0]])
        let merged = withEve.joiningRootSignatures(of: withEve, among: keys, in: story.network)
        #expect(merged.rootSignatures.map(\.key) == [keys[0]])
    }

    @Test func `a root entry without any signature reads, and convinces nobody`() throws {
        let header = story.entry("disavow").header
        let entry = Entry(header: header, headerBytes: header.encoded, quorum: [], in: story.network)
        var reader = CBORReader(entry.encoded)
        #expect(try Entry(&reader, in: story.network) == entry)
        #expect(entry.validRootSigners(among: People.roots.map(\.device), in: story.network) == [])
    }

    @Test func `the merged founding entry keeps its id`() {
        let genesis = story.entry("genesis")
        let merged = genesis.joiningRootSignatures(
            of: Entry(signing: genesis.header, withRoot: [People.roots[2]], in: .null), among: People.roots.map(\.device), in: story.network
        )
        #expect(merged.id == genesis.id && merged.rootSignatures.count == 3)
    }

    @Test func `what a store gives back is the entry that it was given`() throws {
        for entry in story.told.map(\.entry) {
            #expect(try Entry(uncheckedHeaderBytes: entry.headerBytes, signatures: entry.signatures, id: entry.id) == entry)
            #expect(entry.headerBytes.starts(with: Header.beginning(of: entry.log, identity: entry.header.identity)))
        }
    }

    @Test func `a device's signature is none of root, and the other way round`() {
        let (post, root) = (story.entry("post"), story.entry("disavow"))
        #expect(throws: CBORError.self) {
            try Entry(uncheckedHeaderBytes: post.headerBytes, signatures: root.signatures, id: post.id)
        }
        #expect(throws: CBORError.self) {
            try Entry(uncheckedHeaderBytes: root.headerBytes, signatures: post.signatures, id: root.id)
        }
    }
}
