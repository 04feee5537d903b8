import Glibc

/// A point on the system's monotonic clock (CLOCK_MONOTONIC), in nanoseconds: never set, never stepped back.
///
/// Deadlines and leases inside a process are kept on it, so that a change of the wall clock moves none of them.
package struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since an unspecified start.
    package let nanoseconds: UInt64

    /// Creates a point from nanoseconds on the monotonic clock.
    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    package static var now: Self {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Self(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// The point `duration` later; a negative duration gives the point itself.
    package static func + (time: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return time }
        return Self(
            nanoseconds: time.nanoseconds &+ UInt64(seconds) * 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
        )
    }

    /// The time from `earlier` to `later`; zero when `later` is not later.
    package static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds > earlier.nanoseconds ? Int64(later.nanoseconds - earlier.nanoseconds) : 0)
    }

    /// Whether one point lies before another.
    package static func < (earlier: Self, later: Self) -> Bool {
        earlier.nanoseconds < later.nanoseconds
    }

    /// Milliseconds from now until this point, rounded up, as `poll(2)` takes them; 0 when it has passed.
    package func millisecondsFromNow() -> Int32 {
        let now = Self.now.nanoseconds
        guard nanoseconds > now else { return 0 }
        return Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
    }
}
