import Contracts
import Testing

@testable import Reminders

/// Whether a database's clock is believed, also by a service that was started while it was ahead.
struct ClockWatchTests {
    private static let wall = Timestamp("2026-03-02T03:20:00Z") ?? Timestamp(microseconds: 0)

    private static func watch(_ instant: ContinuousClock.Instant) -> ClockWatch {
        ClockWatch(patience: .seconds(900), wall: wall, at: instant)
    }

    @Test func `a service that is started while the clock is ahead doubts it as long as one that has seen it leap`() {
        let begin = ContinuousClock.now
        var watch = Self.watch(begin)
        let ahead = Self.wall + .seconds(86_400)
        #expect(throws: ClockWatch.Leap.self) { try watch.hear(ahead, at: begin) }
        #expect(throws: ClockWatch.Leap.self) {
            try watch.hear(ahead + .seconds(899), at: begin.advanced(by: .seconds(899)))
        }
        #expect(throws: Never.self) { try watch.hear(ahead + .seconds(900), at: begin.advanced(by: .seconds(900))) }
        #expect(throws: Never.self) { try watch.hear(ahead + .seconds(901), at: begin.advanced(by: .seconds(901))) }
    }

    @Test func `clocks that differ by less than an hour, or that are behind, are believed at once`() {
        for difference in [-86_400, -1, 0, 3_600] {
            let begin = ContinuousClock.now
            var watch = Self.watch(begin)
            #expect(throws: Never.self) { try watch.hear(Self.wall + .seconds(difference), at: begin) }
        }
    }
}
