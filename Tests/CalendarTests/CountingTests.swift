import Contracts
import Testing

@testable import Calendar

/// Cases by hand, each of which another product has got wrong in public.
struct CountingTests {
    private static let rule = CountingRule.civilCode

    private func moment(_ text: String) throws -> Timestamp {
        let parts = text.split(separator: " ")
        let day = try #require(CivilDate(iso: parts[0]))
        let clock = parts.count > 1 ? parts[1].split(separator: ":").compactMap { Int($0) } : [10, 0]
        return day.start(in: .china) + .seconds(clock[0] * 3_600 + clock[1] * 60)
    }

    /// The last day, or with the time where hours are counted.
    private func due(
        _ start: String,
        _ term: String,
        pauses: [(String, String)] = [],
        extensions: [Period.Extension] = [],
        restarts: [String] = [],
        in calendar: WorkCalendar = .china,
        under rule: CountingRule = rule
    ) throws -> String {
        let period = Period(
            start: try moment(start),
            term: try #require(Term(term)),
            pauses: try pauses.map { .init(from: try moment($0.0), until: try moment($0.1)) },
            extensions: extensions,
            restarts: try restarts.map(moment)
        )
        let due = try #require(calendar.deadline(of: period, under: rule).dueAt)
        let day = CivilDate(of: due)
        guard period.term.unit == .workingHours else { return day.description }
        let minutes = (due.microseconds - day.start(in: .china).microseconds) / 60_000_000
        return "\(day) \(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
    }

    @Test(arguments: [
        // Spring Festival 2026: off from 15 to 23 February, people work on the 14th and the 28th.
        ("2026-02-10", "5wd", "2026-02-24"), ("2026-02-13", "1wd", "2026-02-14"), ("2026-02-14", "1wd", "2026-02-24"),
        ("2026-02-24", "4wd", "2026-02-28"), ("2026-09-19", "1wd", "2026-09-20"), ("2025-09-26", "2wd", "2025-09-29"),
        // The last day is a day off: the first working day behind it.
        ("2026-01-31", "1m", "2026-02-28"), ("2026-01-15", "1m", "2026-02-24"), ("2026-07-01", "3m", "2026-10-08"),
        ("2025-11-30", "3m", "2026-02-28"), ("2026-02-10", "10d", "2026-02-24"), ("2026-02-10", "4d", "2026-02-14"),
        ("2026-05-01", "1d", "2026-05-06"), ("2024-02-08", "1wd", "2024-02-09"),
    ])
    func `days off and working weekends are counted as the notice says`(start: String, term: String, last: String)
        throws
    {
        #expect(try due(start, term) == last)
    }

    @Test func `working hours run within the windows of a day alone, noon's rest and midnight among what is outside`()
        throws
    {
        #expect(try due("2026-03-02 11:00", "2wh") == "2026-03-02 15:00", "over noon")
        #expect(try due("2026-03-02 23:59", "1wh") == "2026-03-03 9:30", "a minute before midnight")
        #expect(try due("2026-03-03 00:00", "1wh") == "2026-03-03 9:30", "and at it")
        #expect(try due("2026-03-06 16:30", "8wh") == "2026-03-09 17:30", "over a weekend, to the end of a window")
        #expect(try due("2026-02-14 16:30", "2wh") == "2026-02-24 9:30", "over Spring Festival")
    }

    @Test func `a pause across a holiday moves the end by the working days in it, and not by the holiday`() throws {
        let plain = try due("2026-02-10", "5wd")
        #expect(plain == "2026-02-24")
        // Off from the 15th to the 23rd: the pause holds the 14th and the 24th alone.
        #expect(try due("2026-02-10", "5wd", pauses: [("2026-02-13", "2026-02-24")]) == "2026-02-26")
        // Within the holiday it moves nothing.
        #expect(try due("2026-02-10", "5wd", pauses: [("2026-02-16", "2026-02-20")]) == plain)
        // Hours: three of Friday afternoon's, and none of the weekend's.
        #expect(try due("2026-03-06 14:00", "4wh") == "2026-03-09 9:00")
        #expect(
            try due("2026-03-06 14:00", "4wh", pauses: [("2026-03-06 14:30", "2026-03-08 12:00")]) == "2026-03-09 12:00"
        )
    }

    @Test func `a rule that changes after a pause counts the pause all the same`() throws {
        let pauses = [("2026-03-04", "2026-03-11")]
        #expect(try due("2026-03-02", "10wd", pauses: pauses) == "2026-03-23")
        #expect(try due("2026-03-02", "15wd", pauses: pauses) == "2026-03-30")
        #expect(try due("2026-03-02", "30d", pauses: pauses) == "2026-04-08")
        var stays = Self.rule
        stays.lastDay = .stays
        #expect(try due("2026-03-02", "33d", pauses: pauses) == "2026-04-13")
        #expect(try due("2026-03-02", "33d", pauses: pauses, under: stays) == "2026-04-11")
    }

    @Test func `a day off that is announced later moves what is running, and only that`() throws {
        let before = try WorkCalendar(name: "cn", version: 1)
        let notice = try HolidayNotice(
            year: 2026,
            papers: ["a notice"],
            days: [.init(name: "防台风", date: try #require(CivilDate(iso: "2026-07-15")), isOffDay: true)]
        )
        let after = before.adding(notice)
        #expect(try due("2026-07-13", "3wd", in: before) == "2026-07-16")
        #expect(try due("2026-07-13", "3wd", in: after) == "2026-07-17")
        #expect(try due("2026-07-06", "3wd", in: after) == "2026-07-09")
        #expect(try due("2026-07-13", "3wd", in: after.adding(notice)) == "2026-07-17", "again changes nothing")
    }

    @Test func `three months and three more are six from the start, and six in place of three are the same`() throws {
        let more = try #require(Term("3m"))
        #expect(try due("2025-11-30", "3m", extensions: [.by(more)]) == "2026-06-01", "30 May is a Saturday")
        #expect(try due("2025-11-30", "3m", extensions: [.to(try #require(Term("6m")))]) == "2026-06-01")
        #expect(try due("2026-03-02", "3m", extensions: [.by(try #require(Term("10wd")))]) == "2026-06-16")
        #expect(
            try due("2026-03-02", "5wd", extensions: [.by(try #require(Term("5wd")))])
                == (try due("2026-03-02", "10wd"))
        )
    }

    @Test func `what begins anew forgets what was before, pauses too`() throws {
        #expect(
            try due("2026-03-02", "5wd", pauses: [("2026-03-03", "2026-03-06")], restarts: ["2026-04-08"])
                == "2026-04-15"
        )
        #expect(
            try due("2026-03-02", "5wd", restarts: ["2026-04-08", "2026-03-20"]) == "2026-04-15",
            "the last one counts"
        )
    }

    @Test func `a first day, a missing day and hours are as a rule says, and the explanation says so`() throws {
        var rule = CountingRule.civilCode
        #expect(try due("2025-11-30", "3m", under: rule) == "2026-02-28")
        rule.missingDay = .nextDay
        #expect(try due("2025-11-30", "3m", under: rule) == "2026-03-02", "1 March, a Sunday")
        #expect(try due("2025-10-31", "1m", under: rule) == "2025-12-01")
        rule.firstDay = .counted
        #expect(try due("2025-11-30", "3m", under: rule) == "2026-02-28")
        #expect(try due("2026-03-02", "5wd", under: rule) == "2026-03-06")
        #expect(try due("2026-03-01", "1wd", under: rule) == "2026-03-02", "a Sunday counts as little as ever")
        #expect(try due("2026-03-02", "1d", under: rule) == "2026-03-02")
        #expect(try due("2026-03-02", "1m", under: rule) == "2026-04-01")
        // Months behind days follow from the last of them.
        #expect(try due("2026-03-02", "1d", extensions: [.by(Term(1, .months))], under: rule) == "2026-04-02")
        #expect(try due("2026-03-02 11:00", "2wh", under: rule) == "2026-03-02 15:00")
        rule.hours = [.init(opens: 540, closes: 720)]
        #expect(try due("2026-03-02 11:00", "2wh", under: rule) == "2026-03-03 10:00")
        let period = Period(start: try moment("2025-11-30"), term: Term(3, .months))
        let last = try #require(WorkCalendar.china.explanation(of: period, under: .civilCode).days.last)
        let words = last.words(counting: .months, under: .civilCode)
        #expect(words.zh == "第90日（该月没有30日，月末日为最后一日，民法典第二百零二条）")
        #expect(words.en == "day 90 (the month has no day 30: its last day instead, 民法典第二百零二条)")
    }

    @Test func `while a pause lasts there is no due date, and what is left is said`() throws {
        let start = try moment("2026-03-02")
        let since = try moment("2026-03-04")
        for (term, left) in [(Term(5, .workingDays), 3), (Term(30, .days), 28), (Term(8, .workingHours), 0)] {
            let deadline = WorkCalendar.china.deadline(
                of: Period(start: start, term: term, pauses: [.init(from: since, until: nil)]),
                under: Self.rule
            )
            guard left > 0 else {
                #expect(deadline.state == .running, "over before the pause")
                continue
            }
            #expect(deadline.dueAt == nil && deadline.state == .paused(since: since, left: left, term.unit))
        }
    }

    @Test func `an end set by hand stays, whatever pause, extension or calendar follows, until a new beginning`() throws
    {
        let set = try moment("2026-05-20 17:00")
        var period = Period(start: try moment("2026-03-02"), term: Term(5, .workingDays))
        period.fixed = .init(dueAt: set, by: "person:li", at: try moment("2026-03-03"))
        period.pauses = [.init(from: try moment("2026-03-04"), until: nil)]
        period.extensions = [.by(Term(30, .days))]
        let deadline = WorkCalendar.china.explanation(of: period, under: Self.rule)
        #expect(deadline.dueAt == set && deadline.state == .fixed(by: "person:li") && !deadline.isProvisional)
        period.restarts = [try moment("2026-03-10")]
        period.pauses = []
        #expect(WorkCalendar.china.deadline(of: period, under: Self.rule).state == .running)
    }

    @Test func `a year without a notice makes provisional what rests on its working days, and nothing else`() throws {
        func provisional(_ start: String, _ term: String) throws -> Bool {
            let period = Period(start: try moment(start), term: try #require(Term(term)))
            return WorkCalendar.china.deadline(of: period, under: Self.rule).isProvisional
        }
        #expect(try provisional("2026-12-28", "5wd"))
        #expect(try !provisional("2026-12-21", "5wd"))
        #expect(try provisional("2026-10-15", "3m"), "its last day is in 2027")
        #expect(try !provisional("2026-10-15", "2m"))
        #expect(try provisional("2026-12-31 17:00", "8wh"))
    }

    @Test func `every day is explained, in both languages, with the article`() throws {
        let period = Period(start: try moment("2026-02-12"), term: Term(3, .workingDays))
        let deadline = WorkCalendar.china.explanation(of: period, under: Self.rule)
        let words = deadline.days.map { $0.words(counting: .workingDays, under: Self.rule) }
        #expect(words.count == 13)
        #expect(words[0].zh == "开始的当日，不计入（民法典第二百零一条）")
        #expect(words[2].zh == "第2个工作日（春节调休上班）" && words[2].en == "working day 2 (a working weekend for 春节)")
        #expect(
            words[3].zh == "春节放假，不计（https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm）",
            "its notice is named"
        )
        #expect(words[12].zh == "第3个工作日")
        let month = WorkCalendar.china.explanation(
            of: Period(start: try moment("2026-01-15"), term: Term(1, .months)),
            under: Self.rule
        )
        let tail = month.days.suffix(10).map { $0.words(counting: .months, under: Self.rule).zh }
        #expect(
            tail[0].hasPrefix("末日为休息日（春节放假，https://www.gov.cn/") && tail[0].contains("），顺延") && tail[9] == "顺延后的最后一日"
        )
    }
}
