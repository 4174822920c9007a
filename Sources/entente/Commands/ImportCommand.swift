import ArgumentParser
import EntenteNode
import EntenteRuntime
import FoundationEssentials

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write posts from a file of JSON lines.",
        discussion: """
            One object a line: author, space and text, and if you like id, time and replyTo, as export prints them. Each post is \
            signed here and now: by the line's author, who has to be a member that signs on this site, or by --as for all. \
            replyTo names a post that is here, or the id of an earlier line. A line that is wrong is named with its number, \
            and does not hinder the others; the exit code is then 1. Lines that were written stay written.
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

    /// The part of a line that counts; other fields are passed over.
    private struct Line: Decodable {
        var id: String?
        var author: String?
        var space: String
        var time: String?
        var text: String
        var replyTo: String?
    }

    /// A line of an export with its entries that is no post: nobody can sign again what others have signed.
    private struct OtherLine: Decodable {
        var format: String?
        var entry: String?
        var end: Bool?

        var isOfExport: Bool { format != nil || entry != nil || end != nil }
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
                what: "\(file) cannot be read", why: "The system says error \(error.number), behind line \(number).",
                next: "Look at the file: ls -l \(Shell.word(file))")
        }
        try await flush(&progress)
        let counts = "\(PlainText.count(progress.written, "post", "posts")) written, \(progress.refused) refused."
        site.show(.fields(["written": .count(progress.written), "refused": .count(progress.refused)]), [counts])
        if progress.refused > 0 { throw ExitCode(ExitStatus.refused) }
    }

    private func take(_ line: LineReader.Line, _ number: Int, _ progress: inout Progress) async throws(OperatorFailure) {
        guard case .line(let bytes) = line else {
            return complain(number, "the line is longer than \(Self.lineBytesMax) bytes", &progress)
        }
        guard bytes.contains(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return }
        guard let parsed = try? JSONDecoder().decode(Line.self, from: Data(bytes)) else {
            if let other = try? JSONDecoder().decode(OtherLine.self, from: Data(bytes)), other.isOfExport { return }
            return complain(number, "it is no JSON object with the texts “space” and “text”", &progress)
        }
        guard let author = acting.member ?? parsed.author else {
            return complain(number, "it names no author, and --as was not given", &progress)
        }
        let text = dated && parsed.time != nil ? "[\(PlainText.minute(parsed.time ?? ""))] \(parsed.text)" : parsed.text
        // As it travels to the node, in JSON.
        let size = text.utf8.reduce(512) { $0 + ($1 < 0x20 || $1 == 0x7F ? 6 : [0x22, 0x2F, 0x5C].contains($1) ? 2 : 1) }
        guard text.utf8.count <= NodeLimits.textBytesMax, size <= Self.batchBytesMax else {
            return complain(number, "the text is longer than \(NodeLimits.textBytesMax) bytes, or full of control characters", &progress)
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
    private func flush(_ progress: inout Progress) async throws(OperatorFailure) {
        guard let first = progress.batch.first, let last = progress.batch.last else { return }
        let command = Command.importPosts(progress.batch.map(\.post), by: acting.member)
        let answer: Answer
        do {
            answer = try await site.perform(command)
        } catch {
            complain("lines \(first.number) to \(last.number) were not written, nor any behind them; \(progress.written) before were")
            throw error
        }
        guard case .imported(let outcomes) = answer, outcomes.count == progress.batch.count else { throw site.mismatch() }
        let batch = progress.batch
        progress.batch = []
        progress.batchBytes = 0
        for (pending, outcome) in zip(batch, outcomes) {
            if let id = outcome.id {
                progress.written += 1
                if let named = pending.id, progress.ids.count < Self.namedMax { progress.ids[named] = id }
            } else {
                complain(pending.number, outcome.refusal.map { "\($0.what): \($0.why)" } ?? "it was refused", &progress)
            }
        }
        if Output.isInteractive { complain("\(progress.written) written, up to line \(last.number)") }
    }

    private func complain(_ number: Int, _ why: String, _ progress: inout Progress) {
        progress.refused += 1
        site.json
            ? Output.complain(JSON.fields(["line": .count(number), "error": .string(why)]).line) : complain("line \(number): \(why)")
    }

    private func complain(_ text: String) { Output.complain(PlainText.line(text)) }
}
