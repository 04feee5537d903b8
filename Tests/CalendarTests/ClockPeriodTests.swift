import Contracts
import Testing

@testable import Calendar

/// A clock that was told, as a period and in words.
struct ClockPeriodTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    private func clock() throws -> Clock {
        let start = try at("2026-03-02T10:00:00")
        return Clock(startedAt: start, term: "P3M", dueAt: start, basis: "b")
    }

    @Test func `every fact of a clock is a fact of its period`() throws {
        var clock = try clock()
        let (from, until, again) = (
            try at("2026-03-16T09:00:00"), try at("2026-03-23T09:00:00"), try at("2026-03-05T09:00:00")
        )
        clock.pauses = [Clock.Pause(from: from, until: until), Clock.Pause(from: until)]
        clock.extensions = [Clock.Extension(to: "P6M"), Clock.Extension(by: "10wd")]
        clock.restarts = [again]
        clock.fixed = Clock.Fixed(dueAt: until, by: "committee:chengjian", at: from)
        #expect(
            Period(clock)
                == Period(
                    start: clock.startedAt,
                    term: Term(3, .months),
                    pauses: [Period.Pause(from: from, until: until), Period.Pause(from: until, until: nil)],
                    extensions: [.to(Term(6, .months)), .by(Term(10, .workingDays))],
                    restarts: [again],
                    fixed: Period.Fixed(dueAt: until, by: "committee:chengjian", at: from)
                )
        )
        #expect(Period(try self.clock()) == Period(start: clock.startedAt, term: Term(3, .months)))
    }

    @Test func `a clock that says nothing readable is no period`() throws {
        for granted in [
            Clock.Extension(), Clock.Extension(by: "P1M", to: "P6M"), Clock.Extension(by: "soon"),
            Clock.Extension(to: "P0M"),
        ] {
            var clock = try clock()
            clock.extensions = [granted]
            #expect(Period(clock) == nil, "\(granted)")
        }
        var clock = try clock()
        clock.term = "later"
        #expect(Period(clock) == nil)
    }

    @Test func `who has decided it and what allows it is said, in the words and on each day`() throws {
        var clock = try clock()
        clock.term = "5wd"
        clock.pauses = [
            Clock.Pause(
                from: try at("2026-03-03T09:00:00"),
                until: try at("2026-03-05T09:00:00"),
                by: "committee:chengjian",
                basis: "甲条"
            )
        ]
        clock.extensions = [Clock.Extension(by: "2wd", grantedBy: "committee:chengjian", basis: "乙条")]
        (clock.restarts, clock.restartBasis) = ([try at("2026-02-26T09:00:00"), clock.startedAt], "丙条")
        let period = try #require(Period(clock))
        #expect(
            period.words().map(\.zh) == [
                "延长2个工作日（committee:chengjian，乙条）", "2026-03-03 起中止，2026-03-05 恢复（committee:chengjian，甲条）",
                "2026-02-26 起重新计算", "2026-03-02 起重新计算（丙条）",
            ]
        )
        #expect(period.words().first?.en == "extended by 2 working days (committee:chengjian, 乙条)")
        let days = WorkCalendar.china.explanation(of: period, under: .civilCode).days
        let words = days.map { $0.words(counting: .workingDays, under: .civilCode) }
        #expect(
            words.map(\.zh) == [
                "开始的当日，不计入（民法典第二百零一条）", "第1个工作日", "中止期间，不计（甲条）", "中止期间，不计（甲条）", "第2个工作日",
                "周末，不计", "周末，不计", "第3个工作日", "第4个工作日", "第5个工作日", "第1个工作日（延长期，乙条）", "第2个工作日（延长期，乙条）",
            ]
        )
        #expect(words[2].en == "the period stood still, not counted (甲条)")
        #expect(words[11].en == "working day 2 (time granted, 乙条)")
        // In all from the beginning: the days behind the term's own end are those that were granted.
        clock.extensions = [Clock.Extension(to: "7wd", basis: "丁条")]
        let whole = WorkCalendar.china.explanation(of: try #require(Period(clock)), under: .civilCode)
        #expect(whole.days.filter(\.isGranted).map { $0.date.description } == ["2026-03-12", "2026-03-13"])
        let summary = whole.summary(counting: .workingDays, under: .civilCode)
        #expect(summary.zh.hasSuffix("第3至5个工作日；2026-03-12/2026-03-13 第6至7个工作日（延长期，丁条）"))
    }

    @Test func `the words say what has happened, in both languages`() throws {
        var clock = try clock()
        #expect(Period(clock)?.words() == [])
        clock.extensions = [Clock.Extension(to: "P6M")]
        clock.pauses = [
            Clock.Pause(from: try at("2026-04-01T09:00:00")),
            Clock.Pause(from: try at("2026-03-16T09:00:00"), until: try at("2026-03-23T09:00:00")),
        ]
        #expect(
            Period(clock)?.words() == [
                Words(zh: "延长至共6个月", en: "extended to 6 months in all"),
                Words(
                    zh: "2026-03-16 起中止，2026-03-23 恢复",
                    en: "stood still from 2026-03-16, ran again on 2026-03-23"
                ),
                Words(zh: "2026-04-01 起中止", en: "stands still from 2026-04-01 on"),
            ]
        )
        clock.pauses = nil
        clock.extensions = [Clock.Extension(by: "P30D")]
        clock.restarts = [try at("2026-03-05T09:00:00")]
        clock.fixed = Clock.Fixed(
            dueAt: try at("2026-05-29T17:30:00"),
            by: "committee:chengjian",
            at: try at("2026-03-06T09:00:00")
        )
        let words = try #require(Period(clock)?.words())
        #expect(
            words.map(\.zh) == [
                "延长30日", "2026-03-05 起重新计算", "2026-03-06 由 committee:chengjian 定为 2026-05-29T17:30:00+08:00 止",
            ]
        )
        #expect(words.map(\.en).last == "set by committee:chengjian on 2026-03-06 to end at 2026-05-29T17:30:00+08:00")
    }
}
