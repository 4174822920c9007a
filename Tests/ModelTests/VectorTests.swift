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
    func `a vector file is JSON with at least as many rejected cases as accepted ones`(name: String) throws {
        let text = name == "entry.json" ? Vectors.entry : Vectors.encoding
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let accepted = try #require(object["accept"] as? [[String: Any]])
        let rejected = try #require(object["reject"] as? [[String: Any]])
        #expect(!accepted.isEmpty && rejected.count >= accepted.count)
        #expect(rejected.allSatisfy { !(($0["why"] as? String) ?? "").isEmpty && !(($0["sentence"] as? String) ?? "").isEmpty })
        #expect(Set(rejected.compactMap { $0["name"] as? String }).count == rejected.count)
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
