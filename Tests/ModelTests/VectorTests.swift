import EntenteCodec
import EntenteCrypto
import EntenteModel
import Foundation
import Testing

/// Specs/vectors/encoding.json and entry.json are what the generator makes, byte for byte.
///
/// `ENTENTE_WRITE_VECTORS=1 swift test --filter VectorTests` writes them anew; the difference is then for a person to read.
@Suite struct VectorTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Specs/vectors")
    static let isWriting = ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] == "1"

    @Test(arguments: ["encoding.json", "entry.json"])
    func `regenerating the vectors gives the same bytes`(name: String) throws {
        let text = name == "entry.json" ? Vectors.entry : Vectors.encoding
        let file = Self.folder.appendingPathComponent(name)
        if Self.isWriting { try Data(text.utf8).write(to: file) }
        let written = try Data(contentsOf: file)
        #expect(written == Data(text.utf8), "\(name) differs: write it anew with ENTENTE_WRITE_VECTORS=1 and read the difference")
    }

    @Test(arguments: ["encoding.json", "entry.json"])
    func `a reject says its reason and the sentence that it breaks, and has a name of its own`(name: String) throws {
        let text = name == "entry.json" ? Vectors.entry : Vectors.encoding
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let rejected = try #require(object["reject"] as? [[String: Any]])
        #expect(rejected.allSatisfy { !(($0["why"] as? String) ?? "").isEmpty && !(($0["sentence"] as? String) ?? "").isEmpty })
        #expect(Set(rejected.compactMap { $0["name"] as? String }).count == rejected.count)
    }

    /// The structures with a case that has no `why`, and those with one that has.
    private static func structures(of text: String) throws -> (accepted: Set<String>, rejected: Set<String>) {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        var (accepted, rejected): (Set<String>, Set<String>) = ([], [])
        for case let cases as [[String: Any]] in object.values {
            for item in cases {
                guard let structure = item["structure"] as? String else { continue }
                if item["why"] is String { rejected.insert(structure) } else { accepted.insert(structure) }
            }
        }
        return (accepted, rejected)
    }

    /// A new kind has no vectors until somebody writes them. How many there are is counted in Tests/MetaTests.
    @Test func `every kind of the program is accepted somewhere and refused somewhere, and so is every body of content`() throws {
        let (accepted, rejected) = try Self.structures(of: Vectors.entry)
        let kinds = Set(Structure.kinds.map(Structure.of) + Structure.kinds.compactMap(Structure.ofBody) + [Structure.unknownAct])
        #expect(kinds.subtracting(accepted).sorted() == [] && kinds.subtracting(rejected).sorted() == [])
    }

    @Test func `a device request or a proposal is what its vector says, or refused for its reason (E-60, E-61, E-62)`() {
        for item in CarriedCases.deviceRequests { #expect(CarriedCases.whyNoDeviceRequest(item.text) == item.why, "\(item.name)") }
        for item in CarriedCases.rootProposals { #expect(CarriedCases.whyNoRootProposal(item.text) == item.why, "\(item.name)") }
    }

    @Test func `the vectors of a way in say what is wrong with the wrong ones (G-57)`() {
        for item in WayIn.all { #expect(WayIn.fault(item.entries, in: Story.whole.network) == item.why, "\(item.name)") }
    }

    @Test func `an imposture reads, and no signature of it holds (C-3, E-30, E-31, E-32)`() throws {
        for imposture in Impostures.all {
            var reader = CBORReader(imposture.entry.encoded)
            let read = try Entry(&reader, in: imposture.network)
            if let device = read.header.device {
                let key = try #require(VerifyingKey(device.bytes))
                #expect(!read.verifiesSignature(of: key, in: imposture.network), "\(imposture.name)")
            } else {
                #expect(read.validRootSigners(among: People.roots.map(\.device), in: imposture.network) == [], "\(imposture.name)")
            }
        }
    }
}
