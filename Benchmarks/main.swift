import Foundation

/// What to measure is the first argument. Each measurement says its figures as a ratio to V, the Ed25519 verifications a
/// second on one core of the same run, so that machines can be compared.
let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "store":
    let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
    try StoreMeasurement(entryCount: count).run()
default:
    print("usage: bench store [COUNT]     storing and reading COUNT entries of 300 bytes (100000)")
    exit(2)
}
