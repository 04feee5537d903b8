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
        let read = try ICalendarNotice.read(Self.ics, year: 2026, paper: "a notice")
        #expect(read.skipped == ["1 events of other years"])
        let notice = read.notice
        #expect(notice.days.count == 10)
        #expect(notice.days[0] == .init(name: "春节", date: try #require(CivilDate(iso: "2026-02-14")), isOffDay: false))
        let shipped = try #require(WorkCalendar.china.notices[2026]).days.filter { $0.name == "春节" }
        #expect(notice.days == Array(shipped.prefix(notice.days.count)))
    }

    @Test(arguments: [
        ("BEGIN:VCALENDAR", "BEGIN:VCARD", "line 1: no BEGIN:VCALENDAR"), ("20260215", "2026021", "line 3: DTSTART"),
        ("20260224", "20260215", "line 3: DTEND"), ("20260224", "20270224", "line 3: DTEND"),
        ("20260214", "20260215", "2026-02-15 stands there twice, as a day off and as a working day"),
    ])
    func `what is wrong in a file is named by its line or its day`(old: String, new: String, words: String) throws {
        let text = Self.ics.replacing(old, with: new)
        let faults = #expect(throws: HolidayNotice.Faults.self) {
            try ICalendarNotice.read(text, year: 2026, paper: "a notice")
        }
        #expect(faults?.description.contains(words) == true, "\(String(describing: faults))")
    }

    /// holiday-cn as it goes round, its least usual years: days of December before, a notice that was corrected, days named twice over.
    @Test func `a day that a notice names needlessly is taken, and one that it names both ways is not`() throws {
        // 2020: the holiday was made longer, and the day on which work began again was named.
        let json = #"""
            {"year":2020,"papers":["a","b"],"days":[{"name":"春节","date":"2020-02-02","isOffDay":true},
            {"name":"春节","date":"2020-02-03","isOffDay":false},{"name":"元宵","date":"2020-02-02","isOffDay":true}]}
            """#
        let notice = try HolidayNotice(json: Data(json.utf8))
        let calendar = WorkCalendar.china.adding(notice)
        let (sunday, monday) = (
            try #require(CivilDate(iso: "2020-02-02")), try #require(CivilDate(iso: "2020-02-03"))
        )
        #expect(calendar.standing(of: sunday) == .holiday("春节") && calendar.standing(of: monday) == .working)
        let faults = #expect(throws: HolidayNotice.Faults.self) {
            try HolidayNotice(json: Data(json.replacing("02-03", with: "02-02").utf8))
        }
        #expect(faults?.lines == ["/days/1/isOffDay: 2020-02-02 stands there twice, as a day off and as a working day"])
    }

    @Test func `what a file says of no day off is skipped and named, and Apple's marks are read`() throws {
        let events = [
            ("20260214", "情人节", ""), ("20260217", "春节", "WORK-HOLIDAY"), ("20260228", "春节", "ALTERNATE-WORKDAY"),
            ("20260405", "清明（休）", ""), ("20251231", "元旦（休）", ""), ("20261231", "元旦（休）", ""), ("20251225", "圣诞（休）", ""),
        ]
        let text = events.map { day, summary, special in
            """
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:\(day)
            SUMMARY;LANGUAGE=zh_CN:\(summary)
            \(special.isEmpty ? "X-A:" : "X-APPLE-SPECIAL-DAY:\(special)")
            BEGIN:VALARM
            SUMMARY:班
            END:VALARM
            END:VEVENT

            """
        }.joined()
        let file = Data([0xEF, 0xBB, 0xBF] + Array("BEGIN:VCALENDAR\n\(text)END:VCALENDAR\n".utf8))
        let read = try NoticeFile.read(file, year: 2026, paper: "a notice")
        #expect(
            read.notice.days.map { "\($0.date) \($0.isOffDay)" } == [
                "2025-12-31 true", "2026-02-17 true", "2026-02-28 false", "2026-04-05 true",
            ]
        )
        #expect(
            read.skipped == [
                #"line 2: "情人节" is neither a day off (休) nor a working weekend (班)"#, "2 events of other years",
            ]
        )
        let json = Data(
            [0xEF, 0xBB, 0xBF]
                + Array(
                    #"{"year":2027,"papers":["a"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#.utf8
                )
        )
        #expect(try NoticeFile.read(json, year: nil, paper: nil).notice.days.count == 1)
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
