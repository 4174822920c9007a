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
} else {
    let names = subcommands.map(\.name).joined(separator: "|")
    FileHandle.standardError.write(Data("usage: conformance \(names): reads lines from standard input, answers on standard output\n".utf8))
    exit(2)
}
