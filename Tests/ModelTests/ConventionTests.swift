import EntenteCodec
import EntenteCrypto
import EntenteModel
import Foundation
import Testing

/// Specs/00-conventions.md.
@Suite struct ConventionTests {
    @Test func `numbers of fixed size have the most significant byte first (C-1)`() {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(0x0102_0304_0506_0708)
        #expect(bytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Bytes32(bytes + [UInt8](repeating: 0, count: 24))?.prefix64 == 0x0102_0304_0506_0708)
    }

    @Test func `ids are ordered by their bytes and written in lower case (C-2)`() throws {
        var random = Seeded(9)
        let ids = (0..<200).map { _ in [UInt8](randomCount: 32, using: &random) }
        let values = ids.compactMap { Bytes32($0) }
        #expect(values.sorted().map(\.bytes) == ids.sorted { $0.lexicographicallyPrecedes($1) })
        for value in values {
            #expect(value.hex == value.hex.lowercased() && value.hex.count == 64)
            #expect(Bytes32(hex: value.hex) == value && Bytes32(hex: value.hex.uppercased()) == value)
        }
        #expect(Bytes32(hex: String(repeating: "0", count: 63)) == nil && Bytes32(hex: String(repeating: "g", count: 64)) == nil)
        let halves = values.compactMap { Bytes16($0.bytes.prefix(16)) }
        #expect(halves.sorted().map(\.bytes) == ids.map { Array($0.prefix(16)) }.sorted { $0.lexicographicallyPrecedes($1) })
    }

    /// The domains of the table, in the specification's own order.
    private static let domains: [String] = lines.compactMap { line in
        line.firstMatch(of: /^\| `(entente\/[^`]+)` \|/).map { String($0.1) }
    }

    private static let lines: [Substring] = {
        let file = VectorTests.folder.deletingLastPathComponent().appendingPathComponent("00-conventions.md")
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
    }()

    @Test func `no domain is the beginning of another, and ours are in the table (C-3)`() {
        for domain in Self.domains {
            #expect(Self.domains.filter { $0.hasPrefix(domain) } == [domain])
        }
        for domain in [Domain.entry, Domain.signature, Domain.body, Domain.admission, Domain.recovery] {
            #expect(Self.domains.contains(String(decoding: domain, as: UTF8.self)))
        }
    }

    @Test func `the null network is 32 zero bytes (C-4)`() {
        #expect(NetworkID.null.bytes.bytes == [UInt8](repeating: 0, count: 32))
        #expect(Entry.signedBytes([], in: .null).count == Domain.signature.count + 32)
    }

    /// The first vector of RFC 8032, section 7.1; the hash is that of Python's hashlib.
    @Test func `keys, signatures and hashes are those of the standards (C-5)`() throws {
        let seed = try #require(Hex.decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        let key = try #require(SigningKey(seed: seed))
        #expect(key.publicKey.hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(
            Hex.encode(key.sign([]).bytes)
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        )
        #expect(Blake2b.hash256(Array("abc".utf8)).hex == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    }

    @Test func `sets leave in one order, in whichever they came (C-8)`() {
        let header = Story.whole.entry("disavow").header
        let forwards = Entry(signing: header, withRoot: People.roots, in: Story.whole.network)
        let backwards = Entry(signing: header, withRoot: People.roots.reversed(), in: Story.whole.network)
        #expect(forwards.encoded == backwards.encoded)
    }

    @Test func `the page of limits has the numbers of the sources (C-9)`() {
        let expected: [(String, Int)] = [
            ("CBORLimits.depthMax", CBORLimits.depthMax), ("CBORLimits.countMax", CBORLimits.countMax),
            ("EntryLimits.contentHeaderBytesMax", EntryLimits.contentHeaderBytesMax),
            ("EntryLimits.registryHeaderBytesMax", EntryLimits.registryHeaderBytesMax),
            ("EntryLimits.registryBodyBytesMax", EntryLimits.registryBodyBytesMax),
            ("EntryLimits.bodyBytesMax", EntryLimits.bodyBytesMax), ("EntryLimits.referencesMax", EntryLimits.referencesMax),
            ("EntryLimits.spaceDepthMax", EntryLimits.spaceDepthMax), ("EntryLimits.listMax", EntryLimits.listMax),
            ("EntryLimits.unknownBodyDepthMax", EntryLimits.unknownBodyDepthMax), ("EntryLimits.rootKeysMax", EntryLimits.rootKeysMax),
            ("EntryLimits.nameBytesMax", EntryLimits.nameBytesMax), ("EntryLimits.levelMax", Int(EntryLimits.levelMax)),
            ("EntryLimits.futureMillisecondsMax", Int(EntryLimits.futureMillisecondsMax)),
        ]
        var table: [String: Int] = [:]
        for line in Self.lines {
            guard let match = line.firstMatch(of: /^\| `([A-Za-z]+\.[A-Za-z]+)` \| ([0-9,]+) \|/) else { continue }
            table[String(match.1)] = Int(match.2.replacing(",", with: ""))
        }
        for (name, value) in expected { #expect(table[name] == value, "\(name)") }
    }
}
