import Foundation
import Testing

@testable import Calendar

/// Notices of days off, in the two forms in which they go round.
struct HolidayNoticeTests {
    @Test(arguments: [
        (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
        (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
    ])
    func `a shipped year has the working days that can be counted in its notice`(year: Int, months: [Int]) throws {
        #expect(WorkCalendar.china.notices[year]?.papers.first?.hasPrefix("https://www.gov.cn/") == true)
        for (index, expected) in months.enumerated() {
            let first = try #require(CivilDate(year: year, month: index + 1, day: 1))
            let length = first.days(to: first.adding(months: 1))
            let working = (0..<length).count { WorkCalendar.china.standing(of: first.adding(days: $0)).isWorking }
            #expect(working == expected, "month \(index + 1)")
        }
    }

    private static let ics = """
        BEGIN:VCALENDAR\r
        VERSION:2.0\r
        BEGIN:VEVENT\r
        DTSTART;VALUE=DATE:20260215\r
        DTEND;VALUE=DATE:20260224\r
        SUMMARY;LANGUAGE=zh_CN:春节\r
         （休）\r
        END:VEVENT\r
        BEGIN:VEVENT\r
        DTSTART;VALUE=DATE:20260214\r
        SUMMARY:春节（班）\r
        END:VEVENT\r
        BEGIN:VEVENT\r
        DTSTART;VALUE=DATE:20250101\r
        SUMMARY:元旦（休）\r
        END:VEVENT\r
        END:VCALENDAR\r

        """

    @Test func `an iCalendar file says the same as the notice, and what is of another year is left out`() throws {
        let notice = try ICalendarNotice.read(Self.ics, year: 2026, paper: "a notice")
        #expect(notice.days.count == 10)
        #expect(notice.days[0] == .init(name: "春节", date: try #require(CivilDate(iso: "2026-02-14")), isOffDay: false))
        let shipped = try #require(WorkCalendar.china.notices[2026]).days.filter { $0.name == "春节" }
        #expect(notice.days == Array(shipped.prefix(notice.days.count)))
    }

    @Test(arguments: [
        ("BEGIN:VCALENDAR", "BEGIN:VCARD", "line 1: no BEGIN:VCALENDAR"), ("20260215", "2026021", "line 3: DTSTART"),
        ("20260224", "20260215", "line 3: DTEND"), ("20260224", "20270224", "line 3: DTEND"),
        ("（休）", "", "line 3: SUMMARY says neither"), ("20260214", "20260213", "2026-02-13 is a weekday"),
        ("20260214", "20260215", "2026-02-15 stands there twice"),
    ])
    func `what is wrong in a file is named by its line or its day`(old: String, new: String, words: String) throws {
        let text = Self.ics.replacing(old, with: new)
        let faults = #expect(throws: HolidayNotice.Faults.self) {
            try ICalendarNotice.read(text, year: 2026, paper: "a notice")
        }
        #expect(faults?.description.contains(words) == true, "\(String(describing: faults))")
    }

    @Test func `a notice of another version of a year takes the place of the first`() throws {
        let day = try #require(CivilDate(iso: "2026-07-15"))
        let other = try HolidayNotice(
            year: 2026,
            papers: ["a later notice"],
            days: [.init(name: "防台风", date: day, isOffDay: true)]
        )
        let calendar = WorkCalendar.china.adding(other)
        #expect(calendar.standing(of: day) == .holiday("防台风"))
        #expect(calendar.standing(of: try #require(CivilDate(iso: "2026-02-14"))) == .weekend)
        #expect(calendar.standing(of: try #require(CivilDate(iso: "2025-01-28"))) == .holiday("春节"))
    }

    @Test func `a calendar in which nobody works, or with windows that overlap, is refused with all that is wrong`() {
        let none = #expect(throws: WorkCalendar.Faults.self) {
            try WorkCalendar(name: "x", version: 1, week: Array(repeating: [], count: 7))
        }
        #expect(none?.lines.first == "nobody works on any day")
        let overlap = #expect(throws: WorkCalendar.Faults.self) {
            let windows: [WorkCalendar.Window] = [.init(opens: 540, closes: 720), .init(opens: 700, closes: 690)]
            return try WorkCalendar(name: "x", version: 1, week: [windows, [], [], [], [], [], []])
        }
        #expect(overlap?.lines.contains("day 1: 700 to 690 is no window") == true)
        #expect(overlap?.lines.contains("day 1: windows overlap or are out of order") == true)
    }
}
