import EntenteSimulator
import Testing

/// One seed, one trace; and many seeds, no violation.
@Suite struct RepeatabilityTests {
    /// Seeds that once failed, with the story that they told then. They stay.
    static let onceFailed: [(seed: UInt64, sites: Int, posts: Int)] = []

    private func trace(_ seed: UInt64, sites: Int, posts: Int) -> [String] {
        var lines: [String] = []
        var scenario = Scenario(seed: seed)
        scenario.world.onTrace = { lines.append($0) }
        scenario.play(siteCount: sites, posts: posts)
        return lines
    }

    @Test func `one seed gives one trace, line by line`() {
        let first = trace(7, sites: 3, posts: 15)
        #expect(first.count > 300)
        #expect(trace(7, sites: 3, posts: 15) == first)
    }

    @Test func `two seeds tell two stories`() {
        #expect(trace(8, sites: 2, posts: 3) != trace(9, sites: 2, posts: 3))
    }

    @Test(arguments: onceFailed) func `a seed that once failed does not fail again`(seed: UInt64, sites: Int, posts: Int) {
        var scenario = Scenario(seed: seed)
        scenario.play(siteCount: sites, posts: posts)
        #expect(scenario.world.violations == [])
    }

    /// As many seeds as fit eight seconds, and at least four: each with cut lines, failing commits and restarts.
    @Test func `no seed breaks a promise`() {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(8)
        var seed: UInt64 = 1000
        while seed < 1004 || seed < 1200 && clock.now < end {
            var scenario = Scenario(seed: seed)
            scenario.play(siteCount: 3 + Int(seed % 3), posts: 40)
            #expect(scenario.world.violations == [], "seed \(seed)")
            seed += 1
        }
    }
}
