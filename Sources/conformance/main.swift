import Foundation

/// The subcommands, one file each: a line here, and a type of its own that reads standard input to its end.
let subcommands: [(name: String, run: () -> Void)] = [
    ("authority", { AuthorityConformance.run() }),
    ("crypto", { CryptoConformance.run() }),
    ("negentropy", { NegentropyConformance.run() }),
]

let arguments = CommandLine.arguments.dropFirst()
if let subcommand = subcommands.first(where: { arguments.count == 1 && $0.name == arguments.first }) {
    subcommand.run()
} else if arguments.first == "model", let options = ModelCommand.Options(Array(arguments.dropFirst())) {
    // The one that reads nothing.
    exit(ModelCommand.run(options))
} else {
    let names = subcommands.map(\.name).joined(separator: "|")
    FileHandle.standardError.write(
        Data(
            """
            usage: conformance \(names): reads lines from standard input, answers on standard output
                   \(ModelCommand.usage)

            """.utf8))
    exit(2)
}
