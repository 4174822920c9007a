import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What hangs on an entry that lies beyond a cut.
@Suite struct OrphanTests {
    /// Bob administers from Brest, is removed while Brest is cut off, and lets Lyon in before he hears of it.
    private func lettingLyonIn() throws -> Federation {
        var story = Federation()
        try story.addBrest()
        _ = try story.grant("bob", .administrator)
        story.settle()
        story.part("Paris", "Brest")
        try story.revoke("bob")
        let invitation = try story.invite("Lyon", as: .site, from: "Brest", by: "bob").invitation
        try story.join("Lyon", "carol", by: invitation)
        story.part("Paris", "Lyon")
        try story.post("bonjour de Lyon", at: "Lyon")
        story.settle()
        story.reunite("Paris", "Brest")
        story.settle()
        return story
    }

    @Test func `sites agree about who came in by an invitation that lies beyond a cut (A-79, A-80)`() throws {
        var story = try lettingLyonIn()
        // Nantes comes later, and was never told what bob did.
        try story.join("Nantes", "nora", by: story.invite("Nantes", as: .site).invitation)
        story.settle()
        story.expectEqualSums("Paris", "Nantes")
        #expect(try story.sync("Nantes").waitingFor == [])
        #expect(try story.members(of: "Paris").map(\.name).sorted() == story.members(of: "Brest").map(\.name).sorted())
        story.expectEqualSums("Paris", "Brest")
        #expect(try story.sync("Paris").waitingFor == [])
        story.expectAllClean()
    }

    @Test func `whoever is taken back goes on in new logs, and what was held stays where it is (A-82)`() throws {
        var story = try lettingLyonIn()
        try story.join("Nantes", "nora", by: story.invite("Nantes", as: .site).invitation)
        _ = try story.readmit("bob")
        story.settle()
        try story.post("me revoilà", at: "Brest", by: "bob")
        story.settle()
        #expect(try story.texts(of: "Nantes") == ["me revoilà"] && story.texts(of: "Paris") == ["me revoilà"])
        for (a, b) in [("Paris", "Nantes"), ("Paris", "Brest")] { story.expectEqualSums(a, b) }
        let bob = try story.identity("bob")
        let lives = Set(story.entries(of: "Brest").filter { $0.entry.identity == bob }.map(\.entry.header.incarnation))
        #expect(lives.count == 2)
        // Of what he had done too late, Nantes has nothing.
        #expect(try !story.acts(.invite, at: "Nantes").contains { $0.author == bob })
        #expect(try story.acts(.invite, at: "Brest").contains { $0.author == bob })
        story.expectAllClean()
    }
}
