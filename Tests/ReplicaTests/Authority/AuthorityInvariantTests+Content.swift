import EntenteCodec
import EntenteModel
import EntenteReplica
import Testing

@testable import conformance

/// The invariants of keys and content.
extension AuthorityInvariantTests {
    @Test("no post counts for an identity but by a key of its own, and no authority changes the keys (I13)")
    func authenticity() {
        var exercised = Exercised()
        forEachWorld(seeds: 8) { world, random in
            // Eve writes as others: with her key under their names, and in their logs with a signature that is not theirs.
            var forged = world
            for (number, post) in world.entries.filter({ $0.kind == "post" }).enumerated() {
                var forgery = post
                forgery.id = "forgery\(number)"
                if number.isMultiple(of: 2) {
                    (forgery.key, forgery.seq, forgery.prev, forgery.sig) = ("eve", 0, nil, nil)
                } else {
                    forgery.sig = false
                }
                forged.entries.append(forgery)
            }
            let judged = JudgedWorld(forged)
            let before = judged.verdict
            let keyActs = before.keyops.compactMap { judged[$0] }
            for post in before.issued.compactMap({ judged[$0] }) where post.kind == "post" {
                // Keys that the identity's own entries name: its first, those it added, and those of its recoveries.
                let own = keyActs.filter { $0.ident == post.ident && ["key.add", "key.recover"].contains($0.kind) }
                let keys = [post.ident.flatMap { judged[$0] }?.key] + own.map(\.newkey) + own.filter { $0.kind == "key.recover" }.map(\.key)
                #expect(keys.contains(post.key), "\(world.name): \(post.id)")
                #expect(isCommitted(post, in: judged), "\(world.name): \(post.id)")
                if post.key != post.ident.flatMap({ judged[$0] })?.key { exercised.note("posts by a device, or after a recovery") }
                if post.sig == false { exercised.note("posts by the signature of a later one") }
            }
            let forgedOnes = world.entries.filter { $0.kind == "post" && judged.issued.contains($0.id) }
            exercised.note("forgeries of posts that count", forgedOnes.count)

            let alone = silencing(forged) { entry in
                !entry.isContent && !entry.isRootLog && !entry.kind.hasPrefix("key.") && entry.kind != "id.create"
            }
            #expect(verdict(alone).keyops == before.keyops, "\(world.name)")
            if !before.keyops.isEmpty, before.issued.contains(where: { judged[$0].map { Self.reachingKinds.contains($0.kind) } ?? false }) {
                exercised.note("worlds with key entries and acts that reach far")
            }
        }
        exercised.expect("posts by a device, or after a recovery", atLeast: 10)
        exercised.expect("posts by the signature of a later one", atLeast: 5)
        exercised.expect("forgeries of posts that count", atLeast: 50)
        exercised.expect("worlds with key entries and acts that reach far", atLeast: 20)
    }

    /// Its own signature holds, or that of a later one in its log, linked to it.
    private func isCommitted(_ post: Symbol, in judged: JudgedWorld) -> Bool {
        if post.sig != false { return true }
        return judged.world.entries.contains { later in
            later.prev == post.id && later.key == post.key && later.space == post.space && later.ident == post.ident
                && later.seq == post.seq + 1 && isCommitted(later, in: judged)
        }
    }

    @Test("what is kept of a branch under one capability is a prefix (A-50, I14)")
    func prefixClosure() {
        var exercised = Exercised()
        forEachWorld([.cuts, .keys, .organisation, .chaos], seeds: 16) { world, _ in
            let judged = JudgedWorld(world)
            let authority = judged.authority
            let headers = Dictionary(judged.entries.made.map { ($0.name, $0.entry.header) }, uniquingKeysWith: { first, _ in first })
            // What can count at all under its capability, as far as it alone says.
            func canCount(_ entry: Symbol) -> Bool {
                guard entry.isContent else { return judged.id(entry.id).map { authority.contains($0) } ?? false }
                return entry.kind == "post" && headers[entry.id].map { authority.standing(ofContent: $0) == .wellFormed } == true
            }
            // A content entry by what is shown; a registry act by what is cut: what else keeps it out is its own.
            func isKept(_ entry: Symbol) -> Bool {
                entry.isContent ? judged.issued.contains(entry.id) : judged.id(entry.id).map { !authority.isCut($0) } ?? false
            }
            for last in world.entries where last.auth != nil && !last.isRootLog && canCount(last) {
                var next = last.prev.flatMap { judged[$0] }
                while let here = next {
                    next = here.prev.flatMap { judged[$0] }
                    // Leaves are cut by other stops than the rest; elsewhere one capability is stopped by place.
                    let isAlike =
                        here.auth == last.auth && here.ident == last.ident && here.scope == last.scope
                        && (here.kind == "leave") == (last.kind == "leave") && (here.kind == "admit") == (last.kind == "admit")
                    guard isAlike, canCount(here) else { continue }
                    let place = last.isContent ? "content" : "registry"
                    if isKept(last) {
                        #expect(isKept(here), "\(world.name): \(here.id) before \(last.id)")
                        if judged[here.id]?.auth.flatMap(judged.id).map({ !authority.stops($0, at: .network).isEmpty }) ?? false {
                            exercised.note("pairs kept of a stopped capability, \(place)")
                            if world.entries.filter({ $0.prev == here.id }).count > 1 {
                                exercised.note("pairs kept around a fork, \(place)")
                            }
                        }
                    } else if isKept(here) {
                        exercised.note("pairs with an end between them, \(place)")
                    }
                }
            }
        }
        exercised.expect("pairs with an end between them, content", atLeast: 12)
        exercised.expect("pairs with an end between them, registry", atLeast: 10)
        exercised.expect("pairs kept around a fork, content", atLeast: 3)
        exercised.expect("pairs kept of a stopped capability, content", atLeast: 5)
        exercised.expect("pairs kept of a stopped capability, registry", atLeast: 4)
    }
}
