import ArgumentParser
import EntenteModel
import EntenteNode
import EntenteRuntime

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write posts from a file of JSON lines.",
        discussion: """
            One object a line: author, space and text, and if you like id, time and replyTo, as export prints them. Each post is \
            signed here and now: by the line's author, who has to be a member that signs on this site, or by --as for all. \
            replyTo names a post that is here, or the id of an earlier line. A line that is wrong is named with its number, \
            and does not hinder the others; the exit code is then 1. So is one with a field that no post has. Lines that were written stay written.
            """)

    /// Bytes of a line: a post of the largest size with its characters escaped.
    static let lineBytesMax = 131_072
    /// Bytes of lines in one command to the node, which is stored as one.
    static let batchBytesMax = 65_536
    /// Ids of earlier lines that replies can name.
    static let namedMax = 1_000_000

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Argument(help: "The file, or - for standard input.")
    var file: String

    @Flag(help: "Begin each text with the date that the line says.")
    var dated = false

    /// What a line may have. The names of export that are not read again, since an id is of one network alone, are among them.
    private static let fields: Set<String> = ["id", "author", "authorID", "space", "spaceID", "time", "text", "replyTo"]

    /// One line, read.
    private struct Line {
        var id: String?
        var author: String?
        var space: String
        var time: Timestamp?
        var text: String
        var replyTo: String?
    }

    /// Why a line is not written.
    private struct Wrong: Error {
        let reason: String
    }

    /// The line; nil for one of an export with its entries that is no post: nobody can sign again what others have signed.
    private static func parse(_ bytes: [UInt8]) throws(Wrong) -> Line? {
        let value: JSONValue
        do {
            value = try JSONReader.read(bytes)
        } catch {
            throw Wrong(reason: "it is no JSON object: \(error.reason)")
        }
        guard case .object(let fields) = value else { throw Wrong(reason: "it is no JSON object, but \(value.kind)") }
        if ["format", "entry", "end"].contains(where: { value[$0] != nil }) { return nil }
        if let other = fields.first(where: { !Self.fields.contains($0.name) }) {
            throw Wrong(reason: "no post has a field “\(other.name)”: there are \(Self.fields.sorted().joined(separator: ", "))")
        }
        func text(_ name: String) throws(Wrong) -> String? {
            switch value[name] {
            case .string(let text): return text
            case nil, .null: return nil
            case let other?: throw Wrong(reason: "“\(name)” has to be a text, and is \(other.kind)")
            }
        }
        guard let space = try text("space"), let words = try text("text") else {
            throw Wrong(reason: "it has to have the texts “space” and “text”")
        }
        var line = Line(space: space, text: words)
        if let time = try text("time") {
            guard let parsed = Timestamp(text: time) else {
                throw Wrong(reason: "“\(time)” is no time: it is written like 2026-11-27T08:30:00Z")
            }
            line.time = parsed
        }
        (line.id, line.author, line.replyTo) = (try text("id"), try text("author"), try text("replyTo"))
        return line
    }

    private struct Pending {
        let number: Int
        let id: String?
        let post: ImportedPost
    }

    private struct Progress {
        var written = 0
        var refused = 0
        var batch: [Pending] = []
        var batchBytes = 0
        /// Lines that are not written, to be told of in their order.
        var complaints: [(number: Int, why: String)] = []
        /// The ids of earlier lines, and of the posts that they became.
        var ids: [String: String] = [:]
    }

    func run() async throws {
        var progress = Progress()
        var number = 0
        do {
            var reader = try LineReader(file, limit: Self.lineBytesMax)
            while let line = try reader.next() {
                number += 1
                try await take(line, number, &progress)
            }
        } catch let error as BoundedInput.Unreadable {
            try await flush(&progress)
            throw OperatorFailure.usage(
                what: "\(file) cannot be read\(number > 0 ? " behind line \(number)" : "")", why: error.reason,
                next: "Look at the file: ls -l \(Shell.word(file))")
        }
        try await flush(&progress)
        let counts = "\(PlainText.count(progress.written, "post", "posts")) written, \(progress.refused) refused."
        site.show(.fields(["written": .count(progress.written), "refused": .count(progress.refused)]), [counts])
        if progress.refused > 0 { throw ExitCode(ExitStatus.refused) }
    }

    private func take(_ line: LineReader.Line, _ number: Int, _ progress: inout Progress) async throws(OperatorFailure) {
        guard case .line(let bytes) = line else {
            return try await complain(number, "the line is longer than \(Self.lineBytesMax) bytes", &progress)
        }
        guard bytes.contains(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return }
        let parsed: Line
        do throws(Wrong) {
            guard let line = try Self.parse(bytes) else { return }
            parsed = line
        } catch {
            return try await complain(number, error.reason, &progress)
        }
        guard let author = acting.member ?? parsed.author else {
            return try await complain(number, "it names no author, and --as was not given", &progress)
        }
        let text = dated ? (parsed.time.map { "[\(PlainText.minute($0.iso8601))] " } ?? "") + parsed.text : parsed.text
        // As it travels to the node, in JSON.
        let size = text.utf8.reduce(512) { $0 + ($1 < 0x20 || $1 == 0x7F ? 6 : [0x22, 0x2F, 0x5C].contains($1) ? 2 : 1) }
        guard text.utf8.count <= NodeLimits.textBytesMax, size <= Self.batchBytesMax else {
            return try await complain(
                number, "the text is longer than \(NodeLimits.textBytesMax) bytes, or full of control characters", &progress)
        }
        let isFull = progress.batchBytes + size > Self.batchBytesMax || progress.batch.count >= NodeLimits.importMax
        // A reply to a line that waits in the batch: that one has to have its id first.
        let namesPending = parsed.replyTo.map { named in progress.batch.contains { $0.id == named } } ?? false
        if isFull || namesPending { try await flush(&progress) }
        let replyTo = parsed.replyTo.map { progress.ids[$0] ?? $0 }
        progress.batch.append(
            Pending(
                number: number, id: parsed.id, post: ImportedPost(author: author, space: parsed.space, text: text, replyTo: replyTo)))
        progress.batchBytes += size
    }

    /// Sends what waits; when it returns, every line of it is stored or was complained of.
    /// Sends what waits; when it returns, every line of it is stored or was complained of.
    private func flush(_ progress: inout Progress) async throws(OperatorFailure) {
        if let first = progress.batch.first, let last = progress.batch.last {
            let command = Command.importPosts(progress.batch.map(\.post), by: acting.member)
            let answer: Answer
            do {
                answer = try await site.perform(command)
            } catch {
                tell(&progress)
                complain(
                    "lines \(first.number) to \(last.number) were not written, nor any behind them; \(progress.written) before were")
                throw error
            }
            guard case .imported(let outcomes) = answer, outcomes.count == progress.batch.count else { throw site.mismatch() }
            for (pending, outcome) in zip(progress.batch, outcomes) {
                if let id = outcome.id {
                    progress.written += 1
                    if let named = pending.id, progress.ids.count < Self.namedMax { progress.ids[named] = id }
                } else {
                    progress.complaints.append((pending.number, outcome.refusal.map { "\($0.what): \($0.why)" } ?? "it was refused"))
                }
            }
            progress.batch = []
            progress.batchBytes = 0
            if Output.isInteractive { complain("\(progress.written) written, up to line \(last.number)") }
        }
        tell(&progress)
    }

    /// Says what is wrong with lines, in their order.
    private func tell(_ progress: inout Progress) {
        progress.refused += progress.complaints.count
        for (number, why) in progress.complaints.sorted(by: { $0.number < $1.number }) {
            site.json
                ? Output.complain(JSON.fields(["line": .count(number), "error": .string(why)]).line) : complain("line \(number): \(why)")
        }
        progress.complaints = []
    }

    private func complain(_ number: Int, _ why: String, _ progress: inout Progress) async throws(OperatorFailure) {
        progress.complaints.append((number, why))
        if progress.complaints.count >= NodeLimits.importMax { try await flush(&progress) }
    }

    private func complain(_ text: String) { Output.complain(PlainText.line(text)) }
}
