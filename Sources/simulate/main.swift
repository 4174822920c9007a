import EntenteSimulator
import Glibc

/// Tells stories by seed: `simulate --seed 7 --sites 4 --posts 60 [--trace]`, or a range of seeds with `--seeds N`.
/// Prints one line a seed, with the digest of its trace: equal seeds give equal lines, in every process.
struct Options {
    var seed: UInt64 = 1
    var seeds: UInt64 = 1
    var sites = 4
    var posts = 60
    var traces = false

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--trace" {
                traces = true
                continue
            }
            guard let value = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
            switch name {
            case "--seed": seed = value
            case "--seeds" where (1...1_000_000).contains(value): seeds = value
            case "--sites" where (2...16).contains(value): sites = Int(value)
            case "--posts" where value <= 100_000: posts = Int(value)
            default: return nil
            }
        }
    }
}

func run() -> Int32 {
    guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
        print("usage: simulate [--seed N] [--seeds N] [--sites 2...16] [--posts N] [--trace]")
        return 2
    }
    var failedCount = 0
    for number in 0..<options.seeds {
        let seed = options.seed &+ number
        var scenario = Scenario(seed: seed)
        if options.traces { scenario.world.onTrace = { print($0) } }
        scenario.play(siteCount: options.sites, posts: options.posts)
        let world = scenario.world
        print("seed \(seed): \(world.eventCount) events, trace \(world.traceDigest)")
        for violation in world.violations { print("seed \(seed): VIOLATION \(violation)") }
        if !world.violations.isEmpty { failedCount += 1 }
    }
    return failedCount == 0 ? 0 : 1
}

exit(run())
