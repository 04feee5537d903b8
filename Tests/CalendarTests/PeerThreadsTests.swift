import Contracts
import Testing

@testable import Calendar

/// What other products got wrong about periods, a test a thread; the numbers are those of their issue trackers.
struct PeerThreadsTests {
    private static let calendar = WorkCalendar.china

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    private func due(_ period: Period, in calendar: WorkCalendar = Self.calendar) throws -> String {
        let due = try #require(calendar.deadline(of: period, under: .civilCode).dueAt)
        return FixedZone.china.text(of: due)
    }

    @Test func `a pause survives a change of the rule (GLPI 6902)`() throws {
        let start = try at("2026-03-02T10:00:00")
        let pause = Period.Pause(from: try at("2026-03-04T09:00:00"), until: try at("2026-03-09T09:00:00"))
        let paused = Period(start: start, term: Term(10, .workingDays), pauses: [pause])
        // 5, 6 and 9 March stood still: three working days more than the sixteenth.
        #expect(try due(paused) == "2026-03-19T23:59:59+08:00")
        // The pack's next version says fifteen, for what runs too: as if it had always said so.
        var changed = paused
        changed.term = Term(15, .workingDays)
        #expect(try due(changed) == "2026-03-26T23:59:59+08:00")
        #expect(try due(Period(start: start, term: Term(18, .workingDays))) == "2026-03-26T23:59:59+08:00")
    }

    @Test func `a pause over a holiday gives back the working days alone (GLPI 24481)`() throws {
        let start = try at("2026-02-09T10:00:00")
        // From the day before Spring Festival's nine days off to the first working day behind it.
        let pause = Period.Pause(from: try at("2026-02-13T12:00:00"), until: try at("2026-02-24T12:00:00"))
        let period = Period(start: start, term: Term(10, .workingDays), pauses: [pause])
        let plain = Period(start: start, term: Term(10, .workingDays))
        // 14 and 24 February would have counted.
        #expect(try due(plain) == "2026-02-28T23:59:59+08:00")
        #expect(try due(period) == "2026-03-03T23:59:59+08:00")
    }

    @Test func `time on hold that ends on a day off is not added to a day off (Frappe 1554, 2449)`() throws {
        let start = try at("2026-04-27T10:00:00")
        // Until the second of the five days off around 1 May.
        let pause = Period.Pause(from: try at("2026-04-28T15:00:00"), until: try at("2026-05-02T11:00:00"))
        let period = Period(start: start, term: Term(3, .workingDays), pauses: [pause])
        #expect(try due(period) == "2026-05-07T23:59:59+08:00")
        let hours = Period(start: start, term: Term(8, .workingHours), pauses: [pause])
        let last = try #require(Self.calendar.deadline(of: hours, under: .civilCode).dueAt)
        #expect(Self.calendar.standing(of: CivilDate(of: last)).isWorking)
    }

    @Test func `a period ends at midnight, to the microsecond, whenever its day began (Zammad 3180, GLPI 22678)`()
        throws
    {
        for time in ["00:00:00", "00:00:00.000001", "10:00:00", "23:59:59.999999"] {
            for (term, end) in [(Term(1, .days), "2026-03-03"), (Term(1, .workingDays), "2026-03-03")] {
                let period = Period(start: try at("2026-03-02T\(time)"), term: term)
                let last = try #require(Self.calendar.deadline(of: period, under: .civilCode).dueAt)
                #expect(last == (try at("\(end)T23:59:59.999999")), "\(time)")
            }
        }
    }

    @Test func `hours run through several windows a day, and never in a break (Frappe 2212, Chatwoot 14009)`() throws {
        for (start, hours, end) in [
            ("2026-03-02T11:30:00", 1, "2026-03-02T14:30:00+08:00"),
            ("2026-03-02T12:30:00", 1, "2026-03-02T15:00:00+08:00"),
            ("2026-03-02T17:00:00", 1, "2026-03-03T09:00:00+08:00"),
            ("2026-03-06T17:30:00", 7, "2026-03-09T17:30:00+08:00"),
        ] {
            #expect(try due(Period(start: try at(start), term: Term(hours, .workingHours))) == end, "\(start)")
        }
    }

    @Test func `a new holiday moves what runs, from its own beginning (Alaveteli 7292)`() throws {
        let holiday = HolidayNotice.Day(name: "假", date: try #require(CivilDate(iso: "2026-03-05")), isOffDay: true)
        let days = try #require(Self.calendar.notices[2026]).days + [holiday]
        let notice = try HolidayNotice(year: 2026, papers: ["https://www.gov.cn/x"], days: days)
        let period = Period(start: try at("2026-03-02T10:00:00"), term: Term(5, .workingDays))
        #expect(try due(period) == "2026-03-09T23:59:59+08:00")
        #expect(try due(period, in: Self.calendar.succeeded(by: notice)) == "2026-03-10T23:59:59+08:00")
        // One that was over by then stays where it was.
        let over = Period(start: try at("2026-02-25T10:00:00"), term: Term(3, .workingDays))
        #expect(try due(over) == (try due(over, in: Self.calendar.succeeded(by: notice))))
    }

    @Test func `an extension counts from where the law says, and a pause beside it is not lost (righttoknow 102)`()
        throws
    {
        let start = try at("2025-11-30T10:00:00")
        let long = Period(start: start, term: Term(3, .months), extensions: [.to(Term(6, .months))])
        // Six months from the start are 30 May, a Saturday, so that Monday is the last; not three from the end of February.
        #expect(try due(long) == "2026-06-01T23:59:59+08:00")
        let pause = Period.Pause(from: try at("2026-03-02T10:00:00"), until: try at("2026-03-12T10:00:00"))
        let both = Period(start: start, term: Term(3, .months), pauses: [pause], extensions: [.to(Term(6, .months))])
        #expect(try due(both) == "2026-06-09T23:59:59+08:00")
    }

    @Test func `an end that somebody has set stays when all else changes, and says by whom (GLPI 17186)`() throws {
        let fixed = Period.Fixed(
            dueAt: try at("2026-03-20T12:00:00"),
            by: "person:1",
            at: try at("2026-03-03T10:00:00")
        )
        var period = Period(start: try at("2026-03-02T10:00:00"), term: Term(5, .workingDays), fixed: fixed)
        period.pauses = [Period.Pause(from: try at("2026-03-04T10:00:00"), until: try at("2026-03-18T10:00:00"))]
        period.term = Term(30, .days)
        let deadline = Self.calendar.deadline(of: period, under: .civilCode)
        #expect(deadline.dueAt == fixed.dueAt && deadline.state == .fixed(by: "person:1"))
    }

    @Test func `the days say why, so that nobody wonders about two more (Zammad 390)`() throws {
        let period = Period(start: try at("2026-02-10T10:00:00"), term: Term(5, .workingDays))
        let deadline = Self.calendar.explanation(of: period, under: .civilCode)
        let words = deadline.summary(counting: .workingDays, under: .civilCode)
        #expect(
            words.zh.components == [
                "2026-02-10 开始的当日，不计入（民法典第二百零一条）", "2026-02-11/2026-02-13 第1至3个工作日",
                "2026-02-14 第4个工作日（春节调休上班）",
                "2026-02-15/2026-02-23 春节放假，不计（https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm）",
                "2026-02-24 第5个工作日",
            ]
        )
    }
}

extension String {
    /// The phrases of a summary.
    fileprivate var components: [String] { split(separator: "；").map(String.init) }
}
