import Calendar
import Contracts

/// When nobody is called or written to (免打扰): outside the working windows by which the pack counts.
///
/// What happens is recorded when it does. What reaches people by a gateway, and what is collected for them, waits for the next window,
/// at night, over midday and on days off.
struct QuietHours: Sendable {
    private let allows: @Sendable (Timestamp) -> Bool

    /// Nothing waits.
    static let none = Self { _ in true }

    /// Whoever is told waits until a moment of which it is said that it may be.
    init(isOpen: @escaping @Sendable (Timestamp) -> Bool) { allows = isOpen }

    /// Whether people may be told at a moment.
    func isOpen(at moment: Timestamp) -> Bool { allows(moment) }

    /// Whether a moment lies in a working window; the minute in which one closes is no longer in it.
    static func isWorking(
        at moment: Timestamp,
        by calendar: WorkCalendar,
        under rule: CountingRule = .civilCode
    ) -> Bool {
        let day = CivilDate(of: moment, in: calendar.zone)
        let minute = Int((moment - day.start(in: calendar.zone)).components.seconds / 60)
        return calendar.windows(of: day, under: rule).contains { $0.opens <= minute && minute < $0.closes }
    }
}
