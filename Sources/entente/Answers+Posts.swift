import EntenteNode

/// Posts, as several commands show them.
extension Answers {
    static func post(_ item: TimelineItem) -> JSON {
        var fields: [JSON.Field] = [
            .init("id", .string(item.id)), .init("space", .string(item.space)), .init("author", author(item.author)),
            .init("time", .string(item.time)), .init("text", .string(item.text)), .init("replyTo", .text(item.replyTo)),
            .init("edited", .bool(item.edited)), .init("erased", .bool(item.erased)), .init("hidden", .bool(item.hidden)),
            .init("hiddenBy", .array(item.hiddenBy.map(author))),
            .init(
                "reactions",
                .array(item.reactions.map { .fields(["emoji": .string($0.emoji), "by": .array($0.by.map(Answers.author))]) })),
            .init("concurrent", .array(item.concurrent.map(version))),
        ]
        if let history = item.history { fields.append(.init("history", .array(history.map(version)))) }
        if let more = item.more { fields.append(.init("more", .bool(more))) }
        return .object(fields)
    }

    private static func version(_ item: VersionItem) -> JSON {
        .fields([
            "id": .string(item.id), "author": author(item.author), "time": .string(item.time), "text": .string(item.text),
            "standing": .string(item.standing),
        ])
    }

    /// - Parameters:
    ///   - depth: how far it is indented, for a conversation.
    ///   - hidden: whether it was asked for with what stewards hide.
    static func postLines(_ item: TimelineItem, depth: Int = 0, hidden: Bool = false) -> [String] {
        let indent = String(repeating: "  ", count: min(depth, 20))
        var title = "\(indent)\(PlainText.minute(item.time))  \(PlainText.line(item.space))  \(PlainText.line(item.author.name))"
        title += "  (\(PlainText.short(item.id))"
        if let replyTo = item.replyTo { title += ", answers \(PlainText.short(replyTo))" }
        if item.edited { title += ", edited" }
        title += ")"
        let inner = indent + "    "
        var lines = [title]
        if item.hidden {
            let names = item.hiddenBy.map { PlainText.line($0.name) }.joined(separator: ", ")
            lines.append(inner + "[hidden by \(names.isEmpty ? "a steward" : names)]")
        }
        if item.erased { lines.append(inner + "[erased]") }
        if !item.erased, !item.hidden || hidden { lines.append(PlainText.block(item.text, indent: inner)) }
        for version in item.concurrent {
            lines.append(inner + "or, written at the same time:")
            lines.append(PlainText.block(version.text, indent: inner + "  "))
        }
        for version in item.history ?? [] where version.standing == "superseded" {
            lines.append(inner + "before, \(PlainText.minute(version.time)):")
            lines.append(PlainText.block(version.text, indent: inner + "  "))
        }
        if !item.reactions.isEmpty {
            lines.append(inner + item.reactions.map { "\(PlainText.line($0.emoji)) \($0.by.count)" }.joined(separator: "  "))
        }
        return lines
    }

    /// A conversation, each answer below what it answers and further in.
    static func threadLines(_ items: [TimelineItem], hidden: Bool = false) -> [String] {
        var answers: [String: [Int]] = [:]
        let ids = Set(items.map(\.id))
        var waiting: [(index: Int, depth: Int)] = []
        for (index, item) in items.enumerated() {
            if let parent = item.replyTo, ids.contains(parent) {
                answers[parent, default: []].append(index)
            } else {
                waiting.append((index, 0))
            }
        }
        waiting.reverse()
        var lines: [String] = []
        while let next = waiting.popLast() {
            lines += postLines(items[next.index], depth: next.depth, hidden: hidden)
            for answer in (answers[items[next.index].id] ?? []).reversed() { waiting.append((answer, next.depth + 1)) }
        }
        return lines
    }
}
