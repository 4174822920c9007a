import EntenteModel
import EntenteNode
import Glibc

/// The node's two clocks: milliseconds since this value was made, and the wall.
package struct RuntimeClock: Sendable {
    private let origin = ContinuousClock.now

    package init() {}

    package func now() -> Now {
        let passed = (ContinuousClock.now - origin).components
        let milliseconds = UInt64(max(0, passed.seconds)) * 1000 + UInt64(max(0, passed.attoseconds)) / 1_000_000_000_000_000
        return Now(instant: Instant(milliseconds: milliseconds), wall: Self.wall())
    }

    private static func wall() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: UInt64(max(0, time.tv_sec)) * 1000 + UInt64(max(0, time.tv_nsec)) / 1_000_000)
    }
}
