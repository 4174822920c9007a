import Foundation
import Testing

@testable import conformance

/// The evaluator against a transcription of the rules, on random worlds.
///
/// Every run looks at 3,000 small worlds and 240 larger ones. `ENTENTE_WORLDS` sets how many larger worlds of each style a
/// run looks at (and eight times as many small ones), `ENTENTE_SEED` the first seed. A failing world is shrunk and written to
/// `Worlds`: commit it with the mend.
@Suite struct AuthorityOracleTests {
    static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    static let worldsPerStyle = setting("ENTENTE_WORLDS") ?? 40
    static let smallWorldsPerStyle = setting("ENTENTE_WORLDS").map { $0 * 8 } ?? 500
    static let firstSeed = setting("ENTENTE_SEED") ?? 0

    @Test(
        "on random worlds the evaluator says what the rules say, in every order of arrival (A-1)",
        arguments: AuthorityWorldGenerator.Style.allCases)
    func oracle(_ style: AuthorityWorldGenerator.Style) {
        print("authority: \(Self.worldsPerStyle) worlds of style \(style.rawValue) from seed \(Self.firstSeed)")
        for seed in Self.firstSeed..<Self.firstSeed + Self.worldsPerStyle {
            let world = AuthorityWorldGenerator.world(seed: seed, style: style, acts: seed % 10 == 9 ? 60 : 26)
            // Every twentieth world after every arrival, every fortieth with real signatures.
            guard agrees(world, isThorough: seed % 20 == 0, isSigned: seed % 40 == 1) else { return }
        }
    }

    @Test("on thousands of small worlds too (A-1)", arguments: AuthorityWorldGenerator.Style.allCases)
    func smallWorlds(_ style: AuthorityWorldGenerator.Style) {
        for seed in Self.firstSeed..<Self.firstSeed + Self.smallWorldsPerStyle {
            let world = AuthorityWorldGenerator.world(seed: 1_000_000 + seed, style: style, acts: 9, isSmall: true)
            guard agrees(world, isThorough: seed % 50 == 0, isSigned: seed % 100 == 1, isShuffledOnly: true) else { return }
        }
    }

    private func agrees(_ world: AuthorityWorld, isThorough: Bool, isSigned: Bool, isShuffledOnly: Bool = false) -> Bool {
        let why = AuthorityComparison.disagreement(
            world, isThorough: isThorough, isSigned: isSigned, isShuffledOnly: isShuffledOnly && !isThorough)
        guard let why else { return true }
        Issue.record("world \(world.name): \(why); \(AuthorityComparison.keep(world))")
        return false
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
