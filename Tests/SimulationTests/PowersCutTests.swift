import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What lies beyond a removal stays where it is, whatever the way out.
@Suite struct PowersCutTests {
    /// The texts of all posts that a site has stored, shown or not.
    private func stored(at site: String, in story: Federation) -> [String] {
        story.entries(of: site).compactMap { stored in
            guard case .present(let body) = stored.body,
                case .post(let text, _) = Operation(kind: stored.entry.header.kind, body: body.bytes)
            else { return nil }
            return text
        }
    }

    /// Brest takes one log from the studio, 150 entries before the removal and 150 after it, of which it has not heard.
    private func removal() throws -> Federation {
        var story = Federation()
        try story.addBrest()
        try story.addStudio()
        try story.addPeer("Brest", to: "Studio")
        story.settle()
        for number in 0..<150 { try story.post("avant \(number)", in: "chantier", at: "Studio") }
        story.settle()
        story.part("Paris", "Brest")
        story.part("Paris", "Studio")
        try story.revoke("Studio")
        for number in 0..<150 { try story.post("trop tard \(number)", in: "chantier", at: "Studio") }
        story.settle()
        #expect(stored(at: "Brest", in: story).count == 300)
        return story
    }

    private func expectNothingBeyond(_ site: String, in story: Federation, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let texts = stored(at: site, in: story)
        #expect(texts.count == 150 && texts.allSatisfy { $0.hasPrefix("avant") }, "\(site)", sourceLocation: sourceLocation)
        #expect(try story.texts(of: site, in: "chantier").count == 150, "\(site)", sourceLocation: sourceLocation)
    }

    @Test func `neither directly nor in a run, to a newcomer, through a third site or after a repair is anything beyond a cut given away`()
        throws
    {
        var story = try removal()
        story.reunite("Paris", "Brest")
        story.settle()
        try expectNothingBeyond("Paris", in: story)
        #expect(try story.texts(of: "Brest", in: "chantier").count == 150)
        story.expectEqualSums("Paris", "Brest")

        // A newcomer takes the whole log, as runs, from Brest alone.
        let invitation = try story.invite("Lyon", as: .site).invitation
        story.settle()
        var lyon = try Invitation(text: invitation)
        lyon.bootstrap = [story.door(of: "Brest")]
        try story.join("Lyon", "carol", by: lyon.text)
        story.settle()
        story.part("Paris", "Lyon")
        try expectNothingBeyond("Lyon", in: story)

        // Nantes hears of it through Lyon, which has it from Brest.
        var nantes = try Invitation(text: try story.invite("Nantes", as: .site).invitation)
        story.settle()
        nantes.bootstrap = [story.door(of: "Lyon")]
        try story.join("Nantes", "nora", by: nantes.text)
        story.settle()
        try expectNothingBeyond("Nantes", in: story)

        // Everybody starts again and compares everything.
        for site in ["Brest", "Lyon", "Nantes", "Paris"] { story.world.restart(story[site]) }
        story.settle()
        for site in ["Lyon", "Nantes", "Paris"] { try expectNothingBeyond(site, in: story) }
        #expect(try story.sync("Brest").inSync && story.sync("Lyon").inSync)
        story.expectEqualSums("Brest", "Lyon")
        story.expectAllClean()
    }

    @Test func `what is adopted in the middle of a log reaches every site, and what follows it does not`() throws {
        let story = try removal()
        story.reunite("Paris", "Brest")
        story.settle()
        let held = try story.held("dave", at: "Brest")
        #expect(held.count == 150)
        let middle = try #require(held.first { $0.text == "trop tard 49" })
        #expect(middle.brings == 50)
        _ = try story.grant("bob", .administrator)
        story.settle()
        #expect(try story.adopt(middle.id, at: "Brest", by: "bob").entries == 50)
        story.settle()
        let texts = stored(at: "Paris", in: story)
        #expect(texts.count == 200 && texts.contains("trop tard 49") && !texts.contains("trop tard 50"))
        #expect(try story.held("dave", at: "Brest").count == 100)
        story.expectEqualSums("Paris", "Brest")
        story.expectAllClean()
    }
}
