import Calendar
import Contracts
import Testing

@testable import Operator

/// What `ebinda status` says of the calendar of days off.
struct CalendarOutlookTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(iso: text)) }

    private func outlook(provisional: Int = 0, replies: Int = 1) -> CalendarOutlook {
        CalendarOutlook(
            calendar: .china,
            provisional: provisional,
            editions: [.reminders: 1, .routing: 1, .replies: replies]
        )
    }

    @Test func `a year with its notice wants nobody`() throws {
        let today = try day("2026-10-31")
        #expect(outlook().notes(on: today) == [] && outlook().concerns(on: today) == [])
    }

    @Test func `from November on the next year's notice is asked for, and no operator is called yet`() throws {
        let today = try day("2026-11-01")
        let notes = outlook().notes(on: today)
        #expect(notes.count == 1 && notes[0].contains("for 2027") && notes[0].contains("calendars import"))
        #expect(outlook().concerns(on: today) == [])
    }

    @Test func `provisional periods are counted, whatever the month`() throws {
        let notes = outlook(provisional: 7).notes(on: try day("2026-06-01"))
        #expect(notes.count == 1 && notes[0].contains("7 running periods") && notes[0].contains("2026"))
    }

    @Test func `a year that has begun without its notice calls an operator`() throws {
        let concerns = outlook().concerns(on: try day("2027-01-01"))
        #expect(concerns.count == 1 && concerns[0].contains("2027 has begun"))
    }

    @Test func `an owner that counts by an older edition is named`() throws {
        let notes = outlook(replies: 0).notes(on: try day("2026-06-01"))
        #expect(notes == ["replies: counts by edition 0 of the calendar, Reminders by 1"])
    }
}
