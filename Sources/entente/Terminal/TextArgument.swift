import EntenteRuntime

/// A text that is given on the command line, or with `-` on standard input.
enum TextArgument {
    /// - Parameter limit: bytes of UTF-8 that the text may have.
    /// - Parameter next: what to type instead of an empty text.
    static func read(_ argument: String, limit: Int, next: String) throws(OperatorFailure) -> String {
        let tooLong = OperatorFailure.usage(
            what: "the text is too long", why: "It has at most 48 KiB (\(limit) bytes).", next: "Shorten it, or say the rest in a reply.")
        let text = argument == "-" ? try standardInput(limit: limit, tooLong: tooLong) : argument
        guard text.utf8.count <= limit else { throw tooLong }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw .usage(what: "there is nothing to say", why: "The text is empty.", next: next)
        }
        return text
    }

    private static func standardInput(limit: Int, tooLong: OperatorFailure) throws(OperatorFailure) -> String {
        // One more byte: the line break that ends most files is not part of the text.
        let input: [UInt8]?
        do { input = try BoundedInput.standard(limit: limit + 1) } catch {
            throw .usage(
                what: "standard input cannot be read", why: "The system says error \(error.number).",
                next: "Give the text on the command line.")
        }
        guard let bytes = input else { throw tooLong }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage(
                what: "standard input is not UTF-8 text", why: "A post is text.", next: "Convert it first, for example with iconv -t UTF-8")
        }
        return text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
