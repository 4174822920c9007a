import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// A network is founded, alice lets bob in, removes him, and takes him back.
@Suite struct AuthorityStoryTests {
    typealias Symbol = AuthorityWorld.Symbol

    static let founding: [Symbol] = [
        Symbol(id: "G", kind: "genesis", key: "ROOT", seq: 0, hlc: 1, keys: ["R1", "R2", "R3"], m: 2),
        Symbol(id: "alice.id", kind: "id.create", key: "alice", ident: "alice.id", seq: 0, hlc: 2, commit: "alice.recovery"),
        Symbol(id: "bob.id", kind: "id.create", key: "bob", ident: "bob.id", seq: 0, hlc: 3, commit: "bob.recovery"),
        Symbol(
            id: "gAlice", kind: "grant", key: "ROOT", seq: 1, prev: "G", hlc: 4, auth: "ROOT", signers: ["R1", "R2"], subject: "alice.id",
            level: 1, rights: 15),
        Symbol(
            id: "gBob", kind: "grant", key: "alice", ident: "alice.id", seq: 1, prev: "alice.id", hlc: 5, auth: "gAlice",
            subject: "bob.id", level: 8, rights: 8),
        Symbol(id: "p1", kind: "post", key: "bob", ident: "bob.id", space: "x", seq: 0, hlc: 6, auth: "gBob"),
        Symbol(id: "p2", kind: "post", key: "bob", ident: "bob.id", space: "x", seq: 1, prev: "p1", hlc: 7, auth: "gBob"),
    ]

    func verdict(_ more: [Symbol]) throws -> AuthorityWorld.Verdict {
        try AuthorityConformance.judge(AuthorityWorld(name: "story", entries: Self.founding + more)).get()
    }

    @Test func `what a member wrote before a removal stays, and he is taken back by name`() throws {
        #expect(try verdict([]).issued == ["gAlice", "gBob", "p1", "p2"])
        let removal = Symbol(
            id: "r", kind: "remove", key: "alice", ident: "alice.id", seq: 2, prev: "gBob", hlc: 8, auth: "gAlice", subject: "bob.id",
            tips: ["p1"])
        #expect(try verdict([removal]).issued == ["gAlice", "gBob", "p1", "r"])
        #expect(try verdict([removal]).active == ["gAlice"])
        let again = Symbol(
            id: "g2", kind: "grant", key: "alice", ident: "alice.id", seq: 3, prev: "r", hlc: 9, auth: "gAlice", subject: "bob.id",
            level: 8, rights: 8, over: ["r"])
        #expect(try verdict([removal, again]).active == ["g2", "gAlice"])
    }
}
