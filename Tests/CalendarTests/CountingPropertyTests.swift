import Contracts
import Support
import Testing

@testable import Calendar

/// Against a slow and obvious way of counting, and what must hold of any period.
@Suite(.timeLimit(.minutes(5)))
struct CountingPropertyTests {
    private static let rule = CountingRule.civilCode

    /// China's, and as many again by chance.
    private static func calendars(_ chance: inout SeededGenerator) -> [WorkCalendar] {
        (0..<20).flatMap { _ in [Calendars.china, Calendars.random(&chance, grid: 30)] }
    }

    /// Ten in the morning.
    private func morning(_ day: CivilDate, _ calendar: WorkCalendar) -> Timestamp {
        day.start(in: calendar.zone) + .seconds(36_000)
    }

    @Test(arguments: [2024, 2025, 2026], Term.Unit.allCases)
    func `from every day of a published year, terms of 1 to 120 end where a paper calendar says`(
        year: Int,
        unit: Term.Unit
    ) async throws {
        let calendar = Calendars.china
        let reference = ReferenceCounting(calendar: calendar)
        var start = try #require(CivilDate(year: year, month: 1, day: 1))
        var count = 0
        while start.year == year {
            // Others' tests want the thread as well.
            await Task.yield()
            let expected = reference.ends(of: 120, unit, from: morning(start, calendar))
            for (index, end) in expected.enumerated() {
                let period = Period(start: morning(start, calendar), term: Term(index + 1, unit))
                let due = calendar.deadline(of: period, under: Self.rule).dueAt
                guard due == end else {
                    Issue.record("\(period): \(String(describing: due)), and \(end) expected")
                    return
                }
                count += 1
            }
            start = start.adding(days: 1)
        }
        print("periods: \(year), \(unit): \(count) ends compared")
    }

    /// A period in which everything that can happen has happened, or some of it.
    private func period(
        _ count: Int,
        _ unit: Term.Unit,
        from start: Timestamp,
        _ chance: inout SeededGenerator
    ) -> Period {
        /// Half an hour is the step in which the slow way counts.
        func moment(_ days: Range<Int>) -> Timestamp {
            start + .seconds(Int.random(in: days.lowerBound * 48..<days.upperBound * 48, using: &chance) * 1_800)
        }
        func term(_ most: Int) -> Term {
            let unit = Term.Unit.allCases.randomElement(using: &chance) ?? .days
            return Term(Int.random(in: 1...(unit == .months ? 3 : most), using: &chance), unit)
        }
        var pauses = (0..<Int.random(in: 0...3, using: &chance)).map { _ in
            let from = moment(-20..<100)
            return Period.Pause(from: from, until: from + .seconds(Int.random(in: 1..<1_500, using: &chance) * 1_800))
        }
        if Int.random(in: 0..<6, using: &chance) == 0 { pauses.append(.init(from: moment(0..<60), until: nil)) }
        let extensions = (0..<Int.random(in: 0...2, using: &chance)).map { _ in
            Bool.random(using: &chance) ? Period.Extension.by(term(30)) : .to(term(120))
        }
        let restarts = Int.random(in: 0..<4, using: &chance) == 0 ? [moment(1..<40)] : []
        return Period(
            start: start,
            term: Term(count, unit),
            pauses: pauses.shuffled(using: &chance),
            extensions: extensions,
            restarts: restarts
        )
    }

    private func rule(_ chance: inout SeededGenerator) -> CountingRule {
        var rule = CountingRule(
            lastDay: Bool.random(using: &chance) ? .nextWorkingDay : .stays,
            closing: Bool.random(using: &chance) ? .midnight : .business,
            basis: "a test"
        )
        rule.firstDay = Int.random(in: 0..<4, using: &chance) == 0 ? .counted : .notCounted
        rule.missingDay = Int.random(in: 0..<4, using: &chance) == 0 ? .nextDay : .lastOfMonth
        if Int.random(in: 0..<4, using: &chance) == 0 {
            rule.hours = [.init(opens: 540, closes: 690), .init(opens: 780, closes: 1_020)]
        }
        return rule
    }

    @Test(arguments: 0..<10)
    func `in a thousand calendars by chance, with all that can happen to a period, both ways of counting agree`(
        part: Int
    ) async throws {
        var chance = SeededGenerator(seed: UInt64(20_261_129 + part))
        var (ended, still, terms) = (0, 0, Set<Int>())
        for index in 0..<100 {
            await Task.yield()
            let (calendar, rule) = (Calendars.random(&chance, grid: 30), self.rule(&chance))
            let reference = ReferenceCounting(calendar: calendar, rule: rule)
            let first = try #require(CivilDate(year: 2024, month: 1, day: 1))
            for unit in Term.Unit.allCases {
                for _ in 0..<2 {
                    let day = first.adding(days: Int.random(in: 0..<700, using: &chance))
                    let start = day.start(in: calendar.zone) + .seconds(Int.random(in: 0..<48, using: &chance) * 1_800)
                    // A hundred and twenty months are of the test of published years.
                    let count = Int.random(in: 1...(unit == .months ? 12 : 120), using: &chance)
                    let period = self.period(count, unit, from: start, &chance)
                    terms.insert(count)
                    let (deadline, expected) = (
                        calendar.explanation(of: period, under: rule), reference.outcome(of: period)
                    )
                    #expect(deadline.dueAt == expected.end, "calendar \(part)/\(index), \(rule), \(period)")
                    #expect(deadline.dueAt == calendar.deadline(of: period, under: rule).dueAt)
                    #expect(deadline.state == calendar.deadline(of: period, under: rule).state)
                    guard deadline.dueAt != nil else {
                        still += 1
                        if case .paused(_, let left, _) = deadline.state { #expect(left == expected.left) }
                        continue
                    }
                    ended += 1
                    check(deadline, expected, "calendar \(part)/\(index), \(rule), \(period)")
                }
            }
        }
        #expect(ended > 300 && still > 20 && terms.count > 60)
        print("periods: part \(part): \(ended) ended, \(still) stand still, \(terms.count) lengths")
    }

    /// The days of an explanation add up to the term, each day stands there once, and none is left out.
    private func check(_ deadline: Deadline, _ expected: ReferenceCounting.Outcome, _ comment: Comment) {
        var (days, time) = (0, Int64(0))
        for day in deadline.days {
            switch day.verdict {
            case .counted, .last: days += 1
            case .worked(let worked): time += worked
            case .start, .off, .paused, .carried: break
            }
        }
        #expect(days == expected.days && time == Int64(expected.hours) * 3_600_000_000, comment)
        let dates = deadline.days.map(\.date)
        #expect(zip(dates, dates.dropFirst()).allSatisfy { $0 == $1 || $0.adding(days: 1) == $1 }, comment)
    }

    @Test func `working hours end at the minute that a clock on the wall would show`() throws {
        var chance = SeededGenerator(seed: 7)
        for index in 0..<60 {
            let calendar = Calendars.random(&chance)
            let start =
                try #require(CivilDate(year: 2025, month: 3, day: 1)).start(in: calendar.zone)
                + .seconds(Int.random(in: 0..<(30 * 1_440), using: &chance) * 60)
            let pauses = (0..<Int.random(in: 0...3, using: &chance)).map { _ in
                let from = start + .seconds(Int.random(in: -600..<6_000, using: &chance) * 60)
                return from..<(from + .seconds(Int.random(in: 1..<3_000, using: &chance) * 60))
            }
            let hours = Int.random(in: 1...16, using: &chance)
            let period = Period(
                start: start,
                term: Term(hours, .workingHours),
                pauses: pauses.map { .init(from: $0.lowerBound, until: $0.upperBound) }
            )
            let deadline = calendar.explanation(of: period, under: Self.rule)
            let expected = ReferenceCounting(calendar: calendar).end(from: start, hours: hours, pauses: pauses)
            #expect(deadline.dueAt == expected, "calendar \(index), \(period)")
            let worked = deadline.days.reduce(Int64(0)) {
                if case .worked(let time) = $1.verdict { $0 + time } else { $0 }
            }
            #expect(worked == Int64(hours) * 3_600_000_000)
        }
    }

    @Test func `a pause in two pieces is the pause in one, in whatever order they are told`() async {
        var chance = SeededGenerator(seed: 11)
        let calendars = Self.calendars(&chance)
        for index in 0..<500 {
            let calendar = calendars[index % calendars.count]
            await Task.yield()
            let start = morning(
                CivilDate(year: 2025, month: 1, day: 1)!.adding(days: Int.random(in: 0..<300, using: &chance)),
                calendar
            )
            let from = start + .seconds(Int.random(in: 0..<4_000_000, using: &chance))
            let (first, second) = (
                Int.random(in: 1..<2_000_000, using: &chance), Int.random(in: 1..<2_000_000, using: &chance)
            )
            let (middle, until) = (from + .seconds(first), from + .seconds(first + second))
            for unit in Term.Unit.allCases {
                let term = Term(Int.random(in: 1...60, using: &chance), unit)
                func due(_ pauses: [Period.Pause]) -> Timestamp? {
                    calendar.deadline(of: Period(start: start, term: term, pauses: pauses), under: Self.rule).dueAt
                }
                let whole = due([.init(from: from, until: until)])
                #expect(whole == due([.init(from: from, until: middle), .init(from: middle, until: until)]))
                #expect(whole == due([.init(from: middle, until: until), .init(from: from, until: middle)]))
                #expect(whole == due([.init(from: from, until: until), .init(from: from, until: middle)]), "within it")
            }
        }
    }

    @Test func `a later start, a longer term, a longer pause never end earlier`() async {
        var chance = SeededGenerator(seed: 13)
        let calendars = Self.calendars(&chance)
        for index in 0..<2_000 {
            let calendar = calendars[index % calendars.count]
            await Task.yield()
            let day = CivilDate(year: 2024, month: 1, day: 1)!.adding(days: Int.random(in: 0..<900, using: &chance))
            let start = day.start(in: calendar.zone) + .seconds(Int.random(in: 0..<86_400, using: &chance))
            let later = start + .seconds(Int.random(in: 0..<500_000, using: &chance))
            let pause = Period.Pause(
                from: start + .seconds(50_000),
                until: start + .seconds(Int.random(in: 50_001..<900_000, using: &chance))
            )
            for unit in Term.Unit.allCases {
                let count = Int.random(in: 1...(unit == .months ? 12 : 119), using: &chance)
                func due(_ start: Timestamp, _ count: Int, _ pauses: [Period.Pause] = []) -> Timestamp {
                    calendar.deadline(
                        of: Period(start: start, term: Term(count, unit), pauses: pauses),
                        under: Self.rule
                    ).dueAt!
                }
                let plain = due(start, count)
                #expect(plain > start)
                #expect(due(later, count) >= plain)
                #expect(due(start, count + 1) >= plain)
                let paused = due(start, count, [pause])
                #expect(paused >= plain)
                #expect(due(start, count, [.init(from: pause.from, until: pause.until! + .seconds(90_000))]) >= paused)
            }
        }
    }
}
