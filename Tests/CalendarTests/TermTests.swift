import Calendar
import Contracts
import Testing

/// Periods are counted as the Civil Code counts them (民法典第二百零一条至第二百零三条).
struct TermTests {
    private func day(_ text: String) throws -> CivilDate {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        return try #require(CivilDate(year: parts[0], month: parts[1], day: parts[2]))
    }

    @Test(arguments: [
        ("2025-11-30", "P3M", "2026-02-28"), ("2023-11-30", "P3M", "2024-02-29"), ("2026-01-31", "P1M", "2026-02-28"),
        ("2026-03-02", "P3M", "2026-06-02"), ("2026-10-15", "P3M", "2027-01-15"), ("2026-12-01", "P1M", "2027-01-01"),
        ("2026-12-31", "P12M", "2027-12-31"), ("2026-03-02", "P30D", "2026-04-01"), ("2024-02-28", "P1D", "2024-02-29"),
    ])
    func `the first day is not counted, and a missing day is its month's last`(
        start: String,
        term: String,
        end: String
    ) throws {
        let period = Period(start: try day(start).start(in: .china), term: try #require(Term(term)))
        // Whatever day it is: days off are tried elsewhere.
        let rule = CountingRule(lastDay: .stays, closing: .midnight, basis: "x")
        let due = try #require(WorkCalendar.china.deadline(of: period, under: rule).dueAt)
        #expect(CivilDate(of: due).description == end)
    }

    @Test func `a period ends with the last moment of its last day in China`() throws {
        // 00:30 on 3 March in China is still 2 March in UTC.
        let start = try #require(Timestamp("2026-03-02T16:30:00Z"))
        let period = Period(start: start, term: Term(30, .days))
        let due = WorkCalendar.china.deadline(of: period, under: .civilCode).dueAt
        #expect(due?.description == "2026-04-02T15:59:59.999999Z")
        #expect(period.term.description == "P30D")
    }

    @Test func `days before 1970 and days that do not exist`() throws {
        let moment = try #require(Timestamp("1969-12-31T15:59:59.999999Z"))
        #expect(CivilDate(of: moment).description == "1969-12-31")
        let next = Timestamp(microseconds: moment.microseconds + 1)
        #expect(CivilDate(of: next).description == "1970-01-01")
        #expect(CivilDate(year: 2026, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2026, month: 13, day: 1) == nil)
    }

    @Test(arguments: [
        ("P3M", "P3M"), ("3m", "P3M"), ("P30D", "P30D"), ("30d", "P30D"), ("5wd", "5wd"), ("8wh", "8wh"),
    ])
    func `a term is read in both notations, and written as ISO 8601 where that has one`(text: String, written: String) {
        #expect(Term(text)?.description == written)
    }

    @Test(arguments: [
        "", "P", "3M", "P0M", "P-1M", "PM", "P3W", "P3.5M", "P99999D", "P+3M", "p3M", "5", "wd", "0wd", "5 wd", "5WD",
        "P5wd", "P5m", "-5d", "5.5wh", "٥d", "3651d",
    ])
    func `what is no term is refused`(text: String) {
        #expect(Term(text) == nil)
    }
}
