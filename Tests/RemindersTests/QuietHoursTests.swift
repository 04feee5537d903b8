import Calendar
import Contracts
import Testing

@testable import Reminders

/// When people are told, by the calendar of days off.
struct QuietHoursTests {
    @Test(
        arguments: [
            // Monday 2 March 2026 by Beijing's clock: night, before, within, midday, within, behind.
            ("2026-03-01T16:01:00Z", false), ("2026-03-02T00:29:59.999999Z", false), ("2026-03-02T00:30:00Z", true),
            ("2026-03-02T03:59:59.999999Z", true), ("2026-03-02T04:00:00Z", false), ("2026-03-02T06:00:00Z", true),
            ("2026-03-02T09:29:59.999999Z", true), ("2026-03-02T09:30:00Z", false),
            // A Saturday; the Saturday on which people work for the Spring Festival; a day of the festival.
            ("2026-03-07T02:00:00Z", false), ("2026-02-14T02:00:00Z", true), ("2026-02-17T02:00:00Z", false),
        ] as [(String, Bool)]
    )
    func `people are told in the working windows of working days alone`(moment: String, isOpen: Bool) throws {
        let moment = try #require(Timestamp(moment))
        #expect(QuietHours.isWorking(at: moment, by: .china) == isOpen)
        #expect(QuietHours.none.isOpen(at: moment))
    }
}
