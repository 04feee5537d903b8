import Contracts
import Support
import Testing

@testable import Reminders

/// An end that was given anew is reminded of and can be missed like the first; the first breach stays the one that counts.
struct TurnTests {
    private static let start = Timestamp("2026-03-02T03:20:00Z") ?? Timestamp(microseconds: 0)
    private static let id = RunningClock.ID(assignment: .make(), round: 1)
    private static let stages = RemindersWorld.stages

    private static func clock(to end: Int, extensions: Int = 0, fixed: Bool = false) -> Clock {
        var clock = Clock(startedAt: start, term: "P30D", dueAt: start.days(end), basis: "约定")
        if extensions > 0 { clock.extensions = (0..<extensions).map { _ in Clock.Extension(by: "P30D") } }
        if fixed { clock.fixed = Clock.Fixed(dueAt: start.days(end), by: "committee:chengjian", at: start) }
        return clock
    }

    private static func watch() -> Watch {
        var watch = Watch(suggestion: .make())
        watch.start(Leg(id.assignment, startedAt: start, dueAt: start.days(30)), round: 1, stages: stages)
        return watch
    }

    private static func move(_ watch: inout Watch, _ clock: Clock, _ change: Int, stages: Stages = stages) {
        watch.move(id, of: RemindersWorld.department, to: clock, change: change, stages: stages)
    }

    private func told(_ watch: inout Watch, by day: Int, stages: Stages = stages) -> [String] {
        watch.advance(to: Self.start.days(day), stages: stages, judges: true).map(\.fired.id)
    }

    @Test func `an end is named by what has made it, and a pause or a new edition makes none`() throws {
        var clock = Self.clock(to: 30)
        #expect(Turn.name(of: clock) == Turn.first)
        clock.pauses = [Clock.Pause(from: Self.start)]
        (clock.calendar, clock.dueAt) = (7, Self.start.days(44))
        #expect(Turn.name(of: clock) == Turn.first)
        clock.extensions = [Clock.Extension(to: "P6M"), Clock.Extension(by: "P30D")]
        #expect(Turn.name(of: clock) == "e2")
        clock.restarts = [Self.start.days(3)]
        // The last microsecond of the day in China.
        let due = try #require(Timestamp("2026-06-01T15:59:59.999999Z"))
        clock.fixed = Clock.Fixed(dueAt: due, by: "committee:chengjian", at: Self.start)
        #expect(Turn.name(of: clock) == "e2-r1-f20260601")
        // Agreed on again in another hour of the same day: the same end.
        clock.fixed = Clock.Fixed(dueAt: due + .seconds(-3_600), by: "committee:chengjian", at: Self.start.days(1))
        #expect(Turn.name(of: clock) == "e2-r1-f20260601")
    }

    @Test func `an extension a day before the end brings every stage again before the new one`() {
        var watch = Self.watch()
        #expect(told(&watch, by: 20) == ["P10D"] && told(&watch, by: 27) == ["P3D"] && told(&watch, by: 29) == ["P1D"])
        Self.move(&watch, Self.clock(to: 120, extensions: 1), 1)
        #expect(watch.clocks[0].next == Stages.Next(stage: "P10D", at: Self.start.days(110)))
        #expect(told(&watch, by: 31) == [])
        let days = [110, 117, 119, 121]
        #expect(days.map { told(&watch, by: $0) } == [["P10D"], ["P3D"], ["P1D"], ["overdue"]])
        #expect(watch.clocks[0].missedDueAt == Self.start.days(120) && watch.clocks[0].missedTurn == "e1")
        // The calendar moves it, and that is no other end.
        Self.move(&watch, Self.clock(to: 122, extensions: 1), 2)
        #expect(watch.clocks[0].next == nil && told(&watch, by: 200) == [])
    }

    @Test func `a date that is set behind a breach is reminded of and can be missed, and the breach stays the first`() {
        for answered in [nil, 55, 65] as [Int?] {
            var watch = Self.watch()
            #expect(told(&watch, by: 31) == ["overdue"] && watch.clocks[0].next == nil)
            Self.move(&watch, Self.clock(to: 60, fixed: true), 1)
            #expect([50, 57, 59].map { told(&watch, by: $0) } == [["P10D"], ["P3D"], ["P1D"]])
            if let answered {
                watch.end(Self.id.assignment, through: 1, at: Self.start.days(answered), stages: Self.stages)
            }
            let isLate = answered.map { $0 > 60 } ?? true
            #expect(told(&watch, by: 66) == (isLate ? ["overdue"] : []), "\(answered ?? 0)")
            #expect(watch.clocks[0].missedDueAt == Self.start.days(30) && watch.clocks[0].next == nil)
            // A reply that turns out to have been in time before all that takes both back.
            watch.end(Self.id.assignment, through: 1, at: Self.start.days(29), stages: Self.stages)
            #expect(!watch.clocks[0].missed && watch.clocks[0].missedTurn == nil)
        }
    }

    @Test func `behind the red card nothing is left, and a date that is set then is watched all the same`() throws {
        let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
        var watch = Watch(suggestion: .make())
        watch.start(
            Leg(Self.id.assignment, startedAt: Self.start, dueAt: Self.start.days(30)),
            round: 1,
            stages: shipped
        )
        #expect(told(&watch, by: 100, stages: shipped) == ["overdue", "after-20wd"])
        #expect(watch.clocks[0].next == nil && watch.clocks[0].held == nil)
        Self.move(&watch, Self.clock(to: 180, fixed: true), 1, stages: shipped)
        #expect(watch.clocks[0].next?.stage == "30wd")
        #expect(told(&watch, by: 181, stages: shipped) == ["overdue"])
        #expect(watch.clocks[0].missedDueAt == Self.start.days(30))
    }

    @Test func `of a date that is set near at most the latest stage is told, and the others are recorded`() {
        var watch = Self.watch()
        #expect(told(&watch, by: 31) == ["overdue"])
        Self.move(&watch, Self.clock(to: 34, fixed: true), 1)
        let notices = watch.advance(to: Self.start.days(32), stages: Self.stages, judges: true)
        #expect(notices.map(\.fired.id) == ["P3D"] && notices[0].skipped.map(\.id) == ["P10D"])
        #expect(watch.clocks[0].next?.stage == "P1D")
    }

    @Test
    func `what an end that is not judged yet has overtaken is recorded when the end is told, and never otherwise`() {
        for answered in [nil, 29, 31] as [Int?] {
            var watch = Self.watch()
            #expect(told(&watch, by: 20) == ["P10D"])
            #expect(watch.advance(to: Self.start.days(31), stages: Self.stages, judges: false) == [])
            #expect(watch.clocks[0].next?.stage == "overdue" && watch.clocks[0].held == "P3D")
            if let answered {
                watch.end(Self.id.assignment, through: 1, at: Self.start.days(answered), stages: Self.stages)
            }
            let notices = watch.advance(to: Self.start.days(32), stages: Self.stages, judges: true)
            #expect(notices.map(\.fired.id) == (answered == 29 ? [] : ["overdue"]))
            // Of what was answered nobody would have been reminded.
            #expect(notices.flatMap(\.skipped).map(\.id) == (answered == nil ? ["P3D", "P1D"] : []))
            #expect(watch.clocks[0].held == nil)
        }
    }

    @Test func `an end that moves while it waits to be judged is reminded of again from the stage that was left`() {
        var watch = Self.watch()
        #expect(told(&watch, by: 20) == ["P10D"])
        _ = watch.advance(to: Self.start.days(31), stages: Self.stages, judges: false)
        Self.move(&watch, Self.clock(to: 40), 1)
        #expect(
            watch.clocks[0].next == Stages.Next(stage: "P3D", at: Self.start.days(37)) && watch.clocks[0].held == nil
        )
    }
}
