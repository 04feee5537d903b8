import Contracts
import Support
import Testing

@testable import Reminders

/// A period that stands still, runs again and is moved: what is told of it, in whatever order its changes are heard.
struct StandingStillTests {
    private static let stages = RemindersWorld.stages
    private static let start = Timestamp("2026-03-02T03:20:00Z") ?? Timestamp(microseconds: 0)
    private static let id = RunningClock.ID(assignment: .make(), round: 1)

    private static func clock(to end: Int, _ pauses: [Clock.Pause]? = nil) -> Clock {
        var clock = Clock(startedAt: start, term: "P30D", dueAt: start.days(end), basis: "约定")
        clock.pauses = pauses
        return clock
    }

    private static func watch() -> Watch {
        var watch = Watch(suggestion: .make())
        watch.start(Leg(id.assignment, startedAt: start, dueAt: start.days(30)), round: 1, stages: stages)
        return watch
    }

    private static func move(_ watch: inout Watch, _ clock: Clock, _ change: Int) {
        watch.move(id, of: RemindersWorld.department, to: clock, change: change, stages: stages)
    }

    private func told(_ watch: inout Watch, by day: Int) -> [String] {
        watch.advance(to: Self.start.days(day), stages: Self.stages, judges: true).map(\.fired.id)
    }

    @Test func `nothing is told while it stands still, and the stages that are left when it runs again`() {
        var watch = Self.watch()
        #expect(told(&watch, by: 21) == ["P10D"])
        Self.move(&watch, Self.clock(to: 30, [Clock.Pause(from: Self.start.days(22))]), 1)
        #expect(watch.clocks[0].next == nil && watch.clocks[0].pausedSince == Self.start.days(22))
        #expect(told(&watch, by: 90) == [], "two months behind the end that was counted last")
        let pause = Clock.Pause(from: Self.start.days(22), until: Self.start.days(90))
        Self.move(&watch, Self.clock(to: 98, [pause]), 2)
        // Eight days are left, as there were: the tenth before the end was told.
        #expect(watch.clocks[0].next == Stages.Next(stage: "P3D", at: Self.start.days(95)))
        #expect(told(&watch, by: 94) == [] && told(&watch, by: 95) == ["P3D"] && told(&watch, by: 99) == ["overdue"])
    }

    @Test func `an end that was missed stays missed when it is moved afterwards`() {
        var watch = Self.watch()
        #expect(told(&watch, by: 31).contains("overdue"))
        var later = Self.clock(to: 60)
        later.fixed = Clock.Fixed(dueAt: Self.start.days(60), by: "committee:chengjian", at: Self.start.days(32))
        Self.move(&watch, later, 1)
        watch.end(Self.id.assignment, through: 1, at: Self.start.days(50), stages: Self.stages)
        #expect(watch.clocks[0].missedDueAt == Self.start.days(30) && watch.clocks[0].dueAt == Self.start.days(60))
        #expect(told(&watch, by: 90) == [])
    }

    @Test func `an answer while it stands still is in time, whichever is heard first`() {
        let paused = Self.clock(to: 30, [Clock.Pause(from: Self.start.days(22))])
        for answeredFirst in [false, true] {
            var watch = Self.watch()
            func answer() { watch.end(Self.id.assignment, through: 1, at: Self.start.days(40), stages: Self.stages) }
            if answeredFirst { answer() }
            Self.move(&watch, paused, 1)
            if !answeredFirst { answer() }
            #expect(watch.clocks[0].next == nil && watch.clocks[0].held == nil && !watch.clocks[0].missed)
            #expect(told(&watch, by: 99) == [])
        }
    }

    @Test func `a leg that was answered before an end that has come nearer was not in time, and that is told`() {
        for changedFirst in [false, true] {
            var watch = Self.watch()
            if changedFirst { Self.move(&watch, Self.clock(to: 20), 1) }
            watch.end(Self.id.assignment, through: 1, at: Self.start.days(25), stages: Self.stages)
            if !changedFirst { Self.move(&watch, Self.clock(to: 20), 1) }
            #expect(told(&watch, by: 26) == ["overdue"], "\(changedFirst)")
        }
    }

    /// Changes as an owner tells them, numbered: pauses, their ends, more time, ends that move and ends that are set.
    private static func changes(_ generator: inout SeededGenerator) -> [Clock] {
        var (changes, day, end, pauses): ([Clock], Int, Int, [Clock.Pause]) = ([], 0, 30, [])
        var (extensions, fixed): (Int, Clock.Fixed?) = (0, nil)
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            day += Int.random(in: 1...3, using: &generator)
            if let open = pauses.last, open.until == nil {
                pauses[pauses.count - 1].until = start.days(day)
                end += Int((start.days(day) - open.from) / .seconds(86_400))
            } else if fixed == nil, Bool.random(using: &generator) {
                pauses.append(Clock.Pause(from: start.days(day)))
            } else if fixed == nil, Bool.random(using: &generator) {
                (extensions, end) = (extensions + 1, end + 30)
            } else if Bool.random(using: &generator) {
                end = Int.random(in: 1...90, using: &generator)
                fixed = Clock.Fixed(dueAt: start.days(end), by: "committee:chengjian", at: start.days(day))
            } else if fixed == nil {
                // As short as the first stage lies before the end, so that which one comes first changes as well.
                end += Int.random(in: -25...15, using: &generator)
            }
            var change = clock(to: max(end, 1), pauses.isEmpty ? nil : pauses)
            if extensions > 0 { change.extensions = (0..<extensions).map { _ in Clock.Extension(by: "P30D") } }
            change.fixed = fixed
            changes.append(change)
        }
        return changes
    }

    @Test
    func `changes give the same in every order of hearing, with repeats, before and after the beginning and the end`()
        throws
    {
        var generator = SeededGenerator(seed: 20_261_124)
        for round in 0..<2_000 {
            let changes = Self.changes(&generator)
            let answered = Bool.random(using: &generator) ? Int.random(in: 10...60, using: &generator) : nil
            var steps: [(inout Watch) -> Void] = []
            for (index, clock) in changes.enumerated() {
                for _ in 0..<2 { steps.append { Self.move(&$0, clock, index + 1) } }
            }
            steps.append {
                $0.start(
                    Leg(Self.id.assignment, startedAt: Self.start, dueAt: Self.start.days(30)),
                    round: 1,
                    stages: Self.stages
                )
            }
            if let answered {
                steps.append {
                    $0.end(Self.id.assignment, through: 1, at: Self.start.days(answered), stages: Self.stages)
                }
            }
            let suggestion = SuggestionID.make()
            let outcomes = Set(
                (0..<8).map { _ in
                    var watch = Watch(suggestion: suggestion)
                    for step in steps.shuffled(using: &generator) { step(&watch) }
                    return watch.clocks
                }
            )
            let clocks = try #require(outcomes.first)
            #expect(outcomes.count == 1, "round \(round)")
            let clock = try #require(clocks.first)
            #expect(clocks.count == 1 && clock.clock == changes.last, "round \(round)")
            if answered == nil { #expect((clock.next == nil) == (clock.pausedSince != nil), "round \(round)") }
        }
    }
}
