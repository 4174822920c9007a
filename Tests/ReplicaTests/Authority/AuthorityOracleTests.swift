import Foundation
import Testing

@testable import conformance

/// The evaluator against a transcription of the rules, on random worlds.
///
/// `ENTENTE_WORLDS` sets how many worlds of each style a run looks at, `ENTENTE_SEED` the first seed. A failing world is
/// shrunk and written to `Worlds`: commit it with the mend.
@Suite struct AuthorityOracleTests {
    static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    static let worldsPerStyle = setting("ENTENTE_WORLDS") ?? 120
    static let firstSeed = setting("ENTENTE_SEED") ?? 0

    @Test(
        "on random worlds the evaluator says what the rules say, in every order of arrival (A-1)",
        arguments: AuthorityWorldGenerator.Style.allCases)
    func oracle(_ style: AuthorityWorldGenerator.Style) {
        print("authority: \(Self.worldsPerStyle) worlds of style \(style.rawValue) from seed \(Self.firstSeed)")
        for seed in Self.firstSeed..<Self.firstSeed + Self.worldsPerStyle {
            let world = AuthorityWorldGenerator.world(seed: seed, style: style, acts: seed % 10 == 9 ? 60 : 26)
            // Every twentieth world after every arrival, every hundredth with real signatures.
            if let why = AuthorityComparison.disagreement(world, isThorough: seed % 20 == 0, isSigned: seed % 100 == 1) {
                Issue.record("world \(world.name): \(why); \(AuthorityComparison.keep(world))")
                return
            }
        }
    }

    @Test func `a world that once failed does not fail again`() throws {
        let files =
            (try? FileManager.default.contentsOfDirectory(at: AuthorityComparison.worldsFolder, includingPropertiesForKeys: nil)) ?? []
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "json" {
            let world = try AuthorityWorld(json: String(contentsOf: file, encoding: .utf8))
            #expect(AuthorityComparison.disagreement(world, isThorough: true) == nil, "\(file.lastPathComponent)")
            #expect(world.verdict == AuthorityOracle(world).verdict)
        }
    }
}
