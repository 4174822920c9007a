import ArgumentParser
import EntenteNode
import EntenteRuntime

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make what people read again, from what is stored: timeline, threads, names, search.",
        discussion: "Nothing is lost by it, and it may be interrupted: it goes on by itself where it was.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        var item = try await ask(begins: true)
        while item.state == .rebuilding || item.state == .behind {
            if item.state == .rebuilding, !site.json { Output.progress("\(item.done) of \(item.total) entries") }
            item = try await ask(begins: false)
        }
        if !site.json { Output.progress(nil) }
        guard item.state == .current else {
            throw OperatorFailure.unavailable(
                what: "the views cannot be made", why: item.why ?? "It is not known why.", next: site.typed("status"))
        }
        site.show(.fields(["state": .string(item.state.rawValue)]), ["What people read is made again."])
    }

    private func ask(begins: Bool) async throws -> ViewsItem {
        guard case .views(let item) = try await site.perform(.rebuildViews(begins: begins)) else { throw site.mismatch() }
        return item
    }
}
