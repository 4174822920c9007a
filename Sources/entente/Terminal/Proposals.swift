import EntenteModel
import EntenteNode
import EntenteRuntime

/// Proposals to the root keys, in files that their holders pass around.
enum Proposals {
    static func read(_ file: String) throws(OperatorFailure) -> String {
        try Token.read(file, prefix: RootProposal.prefix, "proposal to the root keys")
    }

    /// How far a proposal is, as a site sees it.
    static func item(_ text: String, _ site: SiteOptions) async throws(OperatorFailure) -> RootProposalItem {
        guard case .rootProposal(let item) = try await site.perform(.showRoot(proposal: text)) else { throw site.mismatch() }
        return item
    }

    static func propose(_ act: RootAct, out: String, _ site: SiteOptions) async throws(OperatorFailure) {
        if out == "-" {
            let item = try await ask(act, site)
            return site.show(json(item, file: nil), [item.proposal])
        }
        var file = try SecretFile(creating: out)
        let item = try await ask(act, site)
        try file.keep(item.proposal + "\n")
        site.show(
            json(item, file: out),
            lines(item) + [
                "Wrote it to \(PlainText.line(out)). Each holder types: entente root sign \(Shell.word(out)) --key KEY-FILE",
                "Then submit it: " + site.typed("root submit \(Shell.word(out))"),
            ])
    }

    private static func ask(_ act: RootAct, _ site: SiteOptions) async throws(OperatorFailure) -> RootProposalItem {
        guard case .rootProposal(let item) = try await site.perform(.proposeRoot(act)) else { throw site.mismatch() }
        return item
    }

    static func json(_ item: RootProposalItem, file: String?) -> JSON {
        .fields([
            "file": .text(file), "proposal": file == nil ? .string(item.proposal) : .null, "words": .texts(item.words),
            "signed": .texts(item.signed), "needed": .count(item.needed), "isComplete": .bool(item.isComplete),
            "accepted": .texts(item.accepted),
        ])
    }

    static func lines(_ item: RootProposalItem) -> [String] {
        let isTaken = !item.accepted.isEmpty
        var lines = [isTaken ? "The root keys have:" : "The root keys would have:"] + item.words.map { "  " + PlainText.line($0) }
        lines += Answers.section("Signed by:", item.signed.map(PlainText.short))
        if isTaken { return lines + ["The network has taken it."] }
        let needed = "\(item.needed) of the root keys in force have to sign it"
        return lines + [item.isComplete ? "Enough have signed." : needed + "; \(item.signed.count) of all keys have so far."]
    }
}
