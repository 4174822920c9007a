import EntenteModel
import EntenteNode
import EntenteReplica
import EntenteSimulator
import Testing

/// What people say about what was said: edits, reactions, hidings.
@Suite struct OperationTests {
    @Test func `an edit supersedes the edits that its author knows of, and no others (E-52, E-56)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Bonjour", at: "Paris")
        let first = try network.edit(id, "Bonjour à tous", at: "Paris")
        #expect(first.supersedes == 0 && first.kind == "edit" && first.target == id && first.space == "everyone")
        let second = try network.edit(String(id.prefix(8)), "Bonjour à toutes et à tous", at: "Paris")
        #expect(second.supersedes == 1)
        network.pass(2000)
        let target = try #require(EntryID(hex: id))
        let expected = Operation.edit(
            target: target, text: "Bonjour à toutes et à tous", supersedes: [try #require(EntryID(hex: first.id))])
        #expect(try network.operation(second.id, at: "Brest") == expected)
        #expect(try network.stored(second.id, at: "Brest")?.entry.header.references == [target])
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }

    @Test func `only the author edits, and only a post that is shown`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Bonjour", at: "Paris")
        network.pass(2000)
        let before = network.entries(of: "Brest").count
        let refusal = network.refusal(of: .edit(id: id, text: "Bonsoir", by: nil), at: "Brest")
        #expect(refusal?.why == "only alice, who wrote it, does")
        #expect(network.refusal(of: .edit(id: id, text: "", by: nil), at: "Paris")?.code == .usage)
        let long = String(repeating: "é", count: NodeLimits.editTextBytesMax / 2 + 1)
        #expect(network.refusal(of: .edit(id: id, text: long, by: nil), at: "Paris")?.what == "the new text is too long")
        #expect(network.refusal(of: .edit(id: "abc", text: "x", by: nil), at: "Paris")?.code == .usage)
        #expect(network.refusal(of: .edit(id: String(repeating: "0", count: 64), text: "x", by: nil), at: "Paris")?.code == .notFound)
        let edit = try network.edit(id, String(long.dropLast()), at: "Paris")
        #expect(network.refusal(of: .edit(id: edit.id, text: "x", by: nil), at: "Paris")?.what.contains("is not a post") == true)
        #expect(network.entries(of: "Brest").count == before)
    }

    @Test func `a reaction counts once, is taken back, and can be given again (E-53)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Bonjour", at: "Paris")
        network.pass(2000)
        let first = try network.react(id, "👍", at: "Brest")
        #expect(first.supersedes == 0 && first.by.name == "bob")
        #expect(network.refusal(of: .react(id: id, emoji: "👍", undo: false, by: nil), at: "Brest")?.code == .refused)
        #expect(network.refusal(of: .react(id: id, emoji: "🎉", undo: true, by: nil), at: "Brest")?.code == .notFound)
        try network.react(id, "🎉", at: "Brest")
        let undone = try network.react(id, "👍", undo: true, at: "Brest")
        let target = try #require(EntryID(hex: id))
        let expected = Operation.reaction(
            target: target, emoji: "👍", supersedes: [try #require(EntryID(hex: first.id))], isTakenBack: true)
        network.pass(2000)
        #expect(try network.operation(undone.id, at: "Paris") == expected)
        #expect(try network.react(id, "👍", at: "Brest").supersedes == 0)
        for wrong in ["", "deux mots", String(repeating: "a", count: 65), "\u{1B}[2J"] {
            #expect(network.refusal(of: .react(id: id, emoji: wrong, undo: false, by: nil), at: "Brest")?.code == .usage)
        }
        network.expectAllClean()
    }

    @Test func `a steward hides a post and shows it again, and a member does not (E-54, E-55)`() throws {
        var network = Federation()
        try network.addBrest()
        let id = try network.post("Acheter une montre", at: "Brest")
        network.pass(2000)
        #expect(network.refusal(of: .hide(id: id, by: nil), at: "Brest")?.why.contains("steward") == true)
        #expect(network.refusal(of: .unhide(id: id, by: nil), at: "Paris")?.code == .notFound)
        let hiding = try network.hide(id, at: "Paris")
        #expect(network.refusal(of: .hide(id: id, by: nil), at: "Paris")?.what.contains("hidden already") == true)
        network.pass(2000)
        // Also where the views cannot be read, and the node answers by itself.
        #expect(try network.timeline(of: "Brest").map { [$0.text, $0.hiddenBy.first?.name] } == [["", "alice"]])
        let shown = try network.unhide(id, at: "Paris")
        #expect(shown.supersedes == 1)
        let expected = Operation.unhiding(
            target: try #require(EntryID(hex: id)), lifts: [try #require(EntryID(hex: hiding.id))])
        network.pass(2000)
        #expect(try network.operation(shown.id, at: "Brest") == expected)
        #expect(try network.timeline(of: "Brest").map { [$0.text, "\($0.hidden)"] } == [["Acheter une montre", "false"]])
        try network.edit(id, "Acheter une horloge", at: "Brest")
        #expect(
            network.refusal(of: .edit(id: id, text: "Acheter une horloge", by: nil), at: "Brest")?.why.contains("says that already") == true
        )
        #expect(try network.timeline(of: "Brest").map { [$0.text, "\($0.edited)"] } == [["Acheter une horloge", "true"]])
        network.pass(2000)
        // The words are where they were: hiding destroys nothing.
        #expect(network.holders(of: "montre") == ["Brest", "Paris"])
        network.expectEqualSums("Paris", "Brest")
        network.expectAllClean()
    }
}
