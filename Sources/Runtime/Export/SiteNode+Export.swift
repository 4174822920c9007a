import EntenteNode
import EntenteReplica

extension SiteNode {
    /// An export of what the site may hold, or of one space of it: all that was stored before it was asked, as it is at one
    /// moment.
    package func export(_ request: ExportRequest) async throws(Refusal) -> ExportStream {
        let scope: ViewsScope
        switch await self.scope(of: request.space) {
        case .success(let found): scope = found
        case .failure(let refusal): throw refusal
        }
        let newest: FeedNumber
        switch await exports.newest() {
        case .success(let number): newest = number
        case .failure(let failure): throw Self.withoutViews(.failed(failure))
        }
        for _ in 0..<RuntimeLimits.exportTriesMax {
            let standing = await settle()
            switch standing {
            case .current, .behind: break
            case .rebuilding, .failed: throw Self.withoutViews(standing)
            }
            switch await exports.open(scope, withEntries: request.withEntries, notBefore: newest) {
            case .opened(let stream): return stream
            case .behind: continue
            case .refused:
                throw Refusal(
                    .unavailable, what: "there is no room for another export",
                    why: "\(RuntimeLimits.exportsMax) are being read, or the node is ending.", next: "Try again when one of them is done.")
            case .failed(let failure): throw Self.withoutViews(.failed(failure))
            }
        }
        throw Refusal(
            .unavailable, what: "nothing was exported: more comes in than what people read can follow",
            why: "An export is of one moment, and what people read was behind each time.", next: "entente sync, then export again")
    }
}
