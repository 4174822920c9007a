import ArgumentParser
import EntenteNode
import EntenteRuntime

struct PostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post", abstract: "Write a post; prints its id as soon as it is safely stored.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var acting: ActingOptions

    @Option(help: "The space, by name or id.")
    var space: String

    @Option(help: "The post that this one answers: its id, or the first 8 digits of it.")
    var replyTo: String?

    @Argument(help: "The text, or - for standard input.")
    var text: String

    func run() async throws {
        let command = Command.post(space: space, text: try body(), replyTo: replyTo, by: acting.member)
        guard case .posted(let id) = try await site.perform(command) else { throw site.mismatch() }
        site.show(.fields(["id": .string(id)]), [PlainText.line(id)])
    }

    private func body() throws(OperatorFailure) -> String {
        let body = text == "-" ? try standardInput() : text
        guard body.utf8.count <= NodeLimits.textBytesMax else { throw tooLong }
        guard body.contains(where: { !$0.isWhitespace }) else {
            throw .usage(
                what: "there is nothing to post", why: "The text is empty.",
                next: site.typed("post --space \(Shell.word(space)) 'Bonjour'"))
        }
        return body
    }

    private func standardInput() throws(OperatorFailure) -> String {
        // One more byte: the line break that ends most files is not part of the post.
        let input: [UInt8]?
        do { input = try BoundedInput.standard(limit: NodeLimits.textBytesMax + 1) } catch {
            throw .usage(
                what: "standard input cannot be read", why: "The system says error \(error.number).",
                next: "Give the text on the command line.")
        }
        guard let bytes = input else { throw tooLong }
        guard let body = String(validating: bytes, as: UTF8.self) else {
            throw .usage(
                what: "standard input is not UTF-8 text", why: "A post is text.", next: "Convert it first, for example with iconv -t UTF-8")
        }
        return body.last?.isNewline == true ? String(body.dropLast()) : body
    }

    private var tooLong: OperatorFailure {
        .usage(
            what: "the text is too long", why: "A post has at most 48 KiB (\(NodeLimits.textBytesMax) bytes).",
            next: "Shorten it, or post it in parts with --reply-to.")
    }
}
