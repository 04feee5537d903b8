import Contracts
import Support
import Testing

@testable import Calendar

/// Against a slow and obvious way of counting, and what must hold of any period.
@Suite(.timeLimit(.minutes(5)))
struct CountingPropertyTests {
    private static let rule = CountingRule.civilCode
    private static let dayUnits: [Term.Unit] = [.days, .workingDays]

    /// Ten in the morning.
    private func morning(_ day: CivilDate, _ calendar: WorkCalendar) -> Timestamp {
        day.start(in: calendar.zone) + .seconds(36_000)
    }

    @Test(arguments: [2024, 2025, 2026], dayUnits)
    func `from every day of a published year, terms of 1 to 120 end where a paper calendar says`(
        year: Int,
        unit: Term.Unit
    ) async throws {
        let calendar = Calendars.china
        let reference = ReferenceCounting(calendar: calendar)
        var start = try #require(CivilDate(year: year, month: 1, day: 1))
        while start.year == year {
            // Others' tests want the thread as well.
            await Task.yield()
            for count in 1...120 {
                let due = calendar.deadline(
                    of: Period(start: morning(start, calendar), term: Term(count, unit)),
                    under: Self.rule
                ).dueAt
                let expected = reference.lastDay(from: start, count, unit).end(in: calendar.zone)
                guard due == expected else {
                    Issue.record(
                        "\(start) \(count)\(unit.rawValue): \(String(describing: due)), and \(expected) expected"
                    )
                    return
                }
            }
            start = start.adding(days: 1)
        }
    }

    @Test func `in a thousand calendars by chance, with pauses and extensions, both ways of counting agree`()
        async throws
    {
        var chance = SeededGenerator(seed: 20_261_129)
        for index in 0..<1_000 {
            await Task.yield()
            let calendar = Calendars.random(&chance)
            let reference = ReferenceCounting(calendar: calendar)
            let start = try #require(CivilDate(year: 2024, month: 1, day: 1)).adding(
                days: Int.random(in: 0..<700, using: &chance)
            )
            for unit in Self.dayUnits {
                let (count, more) = (Int.random(in: 1...120, using: &chance), Int.random(in: 0...30, using: &chance))
                let ranges = (0..<Int.random(in: 0...3, using: &chance)).map { _ in
                    let from = start.adding(days: Int.random(in: -20...100, using: &chance))
                    return from...from.adding(days: Int.random(in: 0...40, using: &chance))
                }
                let period = Period(
                    start: morning(start, calendar),
                    term: Term(count, unit),
                    pauses: ranges.map {
                        .init(from: morning($0.lowerBound, calendar), until: morning($0.upperBound, calendar))
                    },
                    extensions: more == 0 ? [] : [.by(Term(more, unit))]
                )
                let deadline = calendar.explanation(of: period, under: Self.rule)
                let last = reference.lastDay(
                    from: start,
                    count + more,
                    unit,
                    pauses: ranges.filter { $0.upperBound > start }.map { max($0.lowerBound, start)...$0.upperBound }
                )
                #expect(deadline.dueAt == last.end(in: calendar.zone), "calendar \(index), \(period)")
                let counted = deadline.days.filter { if case .counted = $0.verdict { true } else { false } }.count
                let carriedAway = deadline.days.contains { if case .last = $0.verdict { true } else { false } } ? 1 : 0
                #expect(counted + carriedAway == count + more, "the days of the explanation add up, calendar \(index)")
                #expect(deadline == calendar.explanation(of: period, under: Self.rule))
                #expect(deadline.dueAt == calendar.deadline(of: period, under: Self.rule).dueAt)
            }
        }
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
        let calendar = Calendars.china
        for _ in 0..<500 {
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
        let calendar = Calendars.china
        for _ in 0..<2_000 {
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
