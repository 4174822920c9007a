import Foundation

/// What to measure is the first argument. Each measurement says its figures as a ratio to V, the Ed25519 verifications a
/// second on one core of the same run, so that machines can be compared.
let arguments = CommandLine.arguments.dropFirst()
let count = arguments.dropFirst().first.flatMap { Int($0) }
switch arguments.first {
case "store": try StoreMeasurement(entryCount: count ?? 100_000).run()
case "catchup": try CatchUpMeasurement(entryCount: count ?? 50_000).run()
case "views": try ViewsMeasurement(postCount: count ?? 100_000).run()
case "authority":
    var measurement = AuthorityMeasurement(peopleCount: count ?? 100_000)
    measurement.run()
default:
    print(
        """
        usage: bench store [COUNT]      storing and reading COUNT entries of 300 bytes (100000)
               bench catchup [COUNT]    a site that was away fetches COUNT posts of 300 bytes from another (50000)
               bench views [COUNT]      views of COUNT posts, made from scratch and asked (100000)
               bench authority [COUNT]  the registry of COUNT people, ten entries each (100000)
        """)
    exit(2)
}
