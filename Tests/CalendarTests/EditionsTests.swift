import Contracts
import Testing

@testable import Calendar

/// The calendar's editions, and how they travel.
struct EditionsTests {
    /// A notice as it may be published: New Year's Day with the weekend, and a working Saturday for it.
    static func notice() throws -> HolidayNotice {
        func day(_ text: String, _ isOff: Bool) throws -> HolidayNotice.Day {
            HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: text)), isOffDay: isOff)
        }
        return try HolidayNotice(
            year: 2027,
            papers: ["https://www.gov.cn/example-2027"],
            days: [
                try day("2027-01-01", true), try day("2027-01-02", true), try day("2027-01-03", true),
                try day("2027-01-09", false),
            ]
        )
    }

    @Test func `an edition comes back from its event as it was`() throws {
        let next = WorkCalendar.china.succeeded(by: try Self.notice())
        #expect(next.version == 2 && next.notices.keys.sorted() == [2024, 2025, 2026, 2027])
        let event = next.published(at: .now)
        let read = try EventCoding.decode(CalendarPublished.self, from: EventCoding.encode(event))
        #expect(try WorkCalendar(read) == next)
        #expect(try WorkCalendar(WorkCalendar.china.published(at: .now)) == .china)
    }

    @Test func `a notice makes days of its year certain, and those of others stay as they were`() throws {
        let next = WorkCalendar.china.succeeded(by: try Self.notice())
        let (eve, holiday) = (try #require(CivilDate(iso: "2026-12-31")), try #require(CivilDate(iso: "2027-01-01")))
        #expect(!WorkCalendar.china.isKnown(holiday) && WorkCalendar.china.standing(of: holiday).isWorking)
        #expect(next.isKnown(holiday) && !next.standing(of: holiday).isWorking)
        #expect(next.standing(of: eve) == WorkCalendar.china.standing(of: eve))
    }

    @Test func `an event with a date that is none is refused`() throws {
        var event = WorkCalendar.china.published(at: .now)
        event.years[0].days[0].date = "2024-02-30"
        #expect(throws: HolidayNotice.Faults.self) { try WorkCalendar(event) }
    }
}
