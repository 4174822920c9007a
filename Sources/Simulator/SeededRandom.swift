/// SplitMix64: one seed, one sequence, everywhere. (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014.) Keys that are drawn from it are for simulated worlds alone.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 up to but not including `bound`, which is at least 1.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// True once in `n` times on average.
    package mutating func oneIn(_ n: Int) -> Bool { below(n) == 0 }
}
