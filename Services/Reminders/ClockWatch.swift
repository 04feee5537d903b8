import Contracts

/// Holds the database's clock against this process's own passing of time, so that a clock that leaps forward does not tell of
/// ends that have not come.
///
/// What was told cannot be taken back, and a period is days long: not to believe a leap for a quarter of an hour costs nobody
/// anything, and leaves an operator time to set the clock right. A leap back needs no guard: what was told is in the ledger.
struct ClockWatch: Sendable {
    /// The clock is ahead of where it can be.
    struct Leap: Error, CustomStringConvertible {
        /// By how much.
        let ahead: Duration
        var description: String {
            "the database's clock has leapt forward by \(ahead.components.seconds) s; nothing is told until it is put back or kept"
        }
    }

    /// No correction of a healthy clock is as large.
    static let tolerance: Duration = .seconds(3_600)
    /// From then on a clock that stays ahead is right, and the one before was wrong.
    static let patience: Duration = .seconds(900)

    private let patience: Duration
    /// The last moment that was believed, by both clocks.
    private var believed: (moment: Timestamp, at: ContinuousClock.Instant)?
    private var doubtedSince: ContinuousClock.Instant?

    /// Creates a watch that begins with this process's own clock: a service that is started again while the database's clock is ahead
    /// doubts it as one that has seen it leap.
    ///
    /// Where both read one clock nothing shows which is right, and the first moment is believed.
    ///
    /// - Parameter wall: what this process's own clock says.
    init(patience: Duration = Self.patience, wall: Timestamp = .now, at instant: ContinuousClock.Instant = .now) {
        self.patience = patience
        believed = (wall, instant)
    }

    /// Hears what the database's clock says.
    ///
    /// - Throws: ``Leap`` while it is not believed.
    mutating func hear(_ moment: Timestamp, at instant: ContinuousClock.Instant = .now) throws(Leap) {
        if let believed {
            let ahead = (moment - believed.moment) - believed.at.duration(to: instant)
            if ahead > Self.tolerance {
                let since = doubtedSince ?? instant
                doubtedSince = since
                if since.duration(to: instant) < patience { throw Leap(ahead: ahead) }
            }
        }
        believed = (moment, instant)
        doubtedSince = nil
    }
}
