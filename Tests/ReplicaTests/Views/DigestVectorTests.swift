import Foundation
import Testing

/// Specs/vectors/views.json: made here, read by whoever writes another implementation.
@Suite struct DigestVectorTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Specs/vectors/views.json")

    /// `ENTENTE_WRITE_VECTORS=1 swift test --filter DigestVectorTests` writes the file.
    @Test func `making the vectors again gives the same bytes`() throws {
        let text = DigestVectors.text
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] != nil { try Data(text.utf8).write(to: Self.path) }
        #expect(try Data(contentsOf: Self.path) == Data(text.utf8))
    }

    @Test func `no order in which entries come is in the digest, and no mistake has that of the right reading (V-20, V-21)`() {
        for item in DigestVectors.cases {
            var reversed = item.village
            reversed.reverse()
            #expect(DigestVectors.Reading(reversed).digest == item.digest, "\(item.name)")
        }
        #expect(Set(DigestVectors.cases.map(\.digest)).count == DigestVectors.cases.count)
        for mistake in DigestVectors.mistakes {
            #expect(DigestVectors.digest(mistake) != DigestVectors.cases[mistake.of].digest, "\(mistake.why)")
        }
    }
}
