import EntenteCodec
import EntenteCrypto
import Foundation

/// What `body` takes: of the clock on the wall, and of one core.
struct Cost {
    let wall: Double
    let processor: Double

    init(_ body: () throws -> Void) rethrows {
        let (wall, processor) = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_THREAD_CPUTIME_ID))
        try body()
        self.wall = Self.now(CLOCK_MONOTONIC) - wall
        self.processor = Self.now(CLOCK_THREAD_CPUTIME_ID) - processor
    }

    init(processor: Double, wall: Double) {
        self.processor = processor
        self.wall = wall
    }

    /// In seconds.
    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// SplitMix64: the same entries in every run. (Steele, Lea, Flood, OOPSLA 2014)
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// V: signatures of 200-byte messages verified in one second of one core, keys checked beforehand. The best of five.
func verificationsPerSecond() -> Double {
    var random = Seeded(state: 1)
    let key = SigningKey(using: &random)
    guard let verifier = VerifyingKey(key.publicKey) else { preconditionFailure("a key of our own verifies") }
    let message = [UInt8](randomCount: 200, using: &random)
    let signature = key.sign(message)
    let count = 4000
    let best = (0..<5).map { _ in
        Cost { for _ in 0..<count { precondition(verifier.verifies(signature, over: message)) } }.processor
    }.min()
    return Double(count) / (best ?? 1)
}

/// The rate by the time of one core, which other programs do not change, and as a ratio to V; then what the wall clock says.
func line(_ what: String, count: Int, _ cost: Cost, v: Double) {
    let rate = Double(count) / cost.processor
    let text = what.padding(toLength: 34, withPad: " ", startingAt: 0)
    let figures = String(
        format: "%9.0f/s %6.2f V %8.2f µs each;  on the wall %9.0f/s %6.2f V", rate, rate / v, 1e6 / rate,
        Double(count) / cost.wall, Double(count) / cost.wall / v)
    print(text, figures)
}
