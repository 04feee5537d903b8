import Contracts
import Testing

@testable import Reminders

/// What is heard in any order that the two owners allow comes to the same.
struct WatchTests {
    private typealias Step = @Sendable (inout Watch) -> Void

    private static let stages = RemindersWorld.stages
    private static let start = Timestamp("2026-03-02T03:20:00Z") ?? Timestamp(microseconds: 0)
    private static let suggestion = SuggestionID.make()
    private static let (first, second, third) = (AssignmentID.make(), AssignmentID.make(), AssignmentID.make())

    private static func leg(_ assignment: AssignmentID, from day: Int = 0, to end: Int) -> Leg {
        Leg(assignment, startedAt: start.days(day), dueAt: start.days(end))
    }

    private static func empty() -> Watch { Watch(suggestion: suggestion) }

    /// Every way to mix two sequences that keeps the order of each.
    private static func mixtures(_ one: [Step], _ other: [Step]) -> [[Step]] {
        guard let first = one.first else { return [other] }
        guard let second = other.first else { return [one] }
        return mixtures(Array(one.dropFirst()), other).map { [first] + $0 }
            + mixtures(one, Array(other.dropFirst())).map { [second] + $0 }
    }

    private struct Outcome: Hashable {
        let clocks: Set<RunningClock>
        let ends: Set<Watch.End>
        let closedAt: Timestamp?
    }

    @Test func `all orders of two rounds, a return and a withdrawal end alike`() throws {
        let routing: [Step] = [
            { watch in
                for id in [Self.first, Self.second] { watch.start(Self.leg(id, to: 30), round: 1, stages: Self.stages) }
            },
            { watch in
                watch.end(Self.second, at: Self.start.days(6), stages: Self.stages)
                watch.start(Self.leg(Self.third, from: 6, to: 36), round: 1, stages: Self.stages)
            },
        ]
        let replies: [Step] = [
            { $0.end(Self.second, at: Self.start.days(5), stages: Self.stages) },
            // The first leg's reply is late, the third's is not.
            { $0.end(Self.first, through: 1, at: Self.start.days(31), stages: Self.stages) },
            { $0.end(Self.third, through: 1, at: Self.start.days(32), stages: Self.stages) },
            { $0.start(Self.leg(Self.first, from: 40, to: 55), round: 2, stages: Self.stages) },
            { $0.end(Self.first, through: 2, at: Self.start.days(50), stages: Self.stages) },
            { $0.close(at: Self.start.days(52), stages: Self.stages) },
        ]
        let mixtures = Self.mixtures(routing, replies)
        #expect(mixtures.count == 28)
        let outcomes = Set(
            mixtures.map { steps in
                var watch = Self.empty()
                for step in steps { step(&watch) }
                return Outcome(clocks: Set(watch.clocks), ends: Set(watch.ends), closedAt: watch.closedAt)
            }
        )
        let outcome = try #require(outcomes.first)
        #expect(outcomes.count == 1)
        let found = Dictionary(uniqueKeysWithValues: outcome.clocks.map { ($0.id, $0) })
        func clock(_ id: AssignmentID, _ round: Int) throws -> RunningClock {
            try #require(found[RunningClock.ID(assignment: id, round: round)])
        }
        #expect(found.count == 4)
        // Of two ends the earlier counts: the return, not the withdrawal that followed.
        #expect(try clock(Self.second, 1).endedAt == Self.start.days(5))
        #expect(try clock(Self.first, 1).endedAt == Self.start.days(31))
        #expect(try clock(Self.first, 2).endedAt == Self.start.days(50))
        #expect(try clock(Self.third, 1).endedAt == Self.start.days(32))
        // The one late reply is still to be told of, whatever came after it; nothing else is.
        #expect(found.values.filter { $0.next != nil }.map(\.id) == [try clock(Self.first, 1).id])
        #expect(try clock(Self.first, 1).next?.stage == "overdue")
    }

    private static func moved(_ end: Int, edition: Int) -> Clock {
        Clock(startedAt: start, term: "P30D", dueAt: start.days(end), basis: "约定", calendar: edition)
    }

    @Test
    func `an end that moves is that of the owner's last change in every order, also before the period was heard of`()
        throws
    {
        let id = RunningClock.ID(assignment: Self.first, round: 1)
        func move(_ end: Int, _ edition: Int) -> Step {
            let clock = Self.moved(end, edition: edition)
            return {
                $0.move(id, of: RemindersWorld.department, to: clock, change: edition - 1, stages: Self.stages)
            }
        }
        let begin: Step = { $0.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages) }
        let steps = [begin, move(33, 2), move(31, 3)]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            var watch = Self.empty()
            for index in order { steps[index](&watch) }
            let clock = try #require(watch.clocks.first)
            #expect(watch.clocks.count == 1 && clock.dueAt == Self.start.days(31), "\(order)")
            #expect(clock.next?.stage == "P10D" && clock.next?.at == Self.start.days(21), "\(order)")
        }
    }

    @Test func `stages that were told stay told when the end moves, and those ahead move with it`() throws {
        let id = RunningClock.ID(assignment: Self.first, round: 1)
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        #expect(watch.advance(to: Self.start.days(21), stages: Self.stages, judges: true).map(\.fired.id) == ["P10D"])
        func move(to end: Int, edition: Int) {
            let clock = Self.moved(end, edition: edition)
            watch.move(id, of: RemindersWorld.department, to: clock, change: edition, stages: Self.stages)
        }
        move(to: 40, edition: 2)
        // The tenth day before the new end comes and nobody is told a second time.
        #expect(watch.advance(to: Self.start.days(31), stages: Self.stages, judges: true).isEmpty)
        #expect(watch.clocks[0].next?.stage == "P3D" && watch.clocks[0].next?.at == Self.start.days(37))
        // Moved back so far that two stages have passed: the later one is told, the other is overtaken.
        move(to: 32, edition: 3)
        let notices = watch.advance(to: Self.start.days(31), stages: Self.stages, judges: true)
        #expect(notices.map(\.fired.id) == ["P1D"] && notices[0].skipped.map(\.id) == ["P3D"])
    }

    @Test func `a missed end stays missed when it moves, and a reply within the moved one does not undo it`() throws {
        let id = RunningClock.ID(assignment: Self.first, round: 1)
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        let told = watch.advance(to: Self.start.days(31), stages: Self.stages, judges: true)
        #expect(told.map(\.fired.isEnd) == [true])
        let later = Self.moved(33, edition: 2)
        watch.move(id, of: RemindersWorld.department, to: later, change: 1, stages: Self.stages)
        watch.end(Self.first, through: 1, at: Self.start.days(32), stages: Self.stages)
        #expect(watch.clocks[0].missed && watch.clocks[0].missedDueAt == Self.start.days(30))
        #expect(watch.clocks[0].dueAt == Self.start.days(33) && watch.clocks[0].next == nil)
        // A reply that turns out to have been in time before all that does.
        watch.end(Self.first, through: 1, at: Self.start.days(29), stages: Self.stages)
        #expect(!watch.clocks[0].missed)
    }

    @Test func `a start that comes a second time, or for an older round, overwrites nothing`() {
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, from: 40, to: 55), round: 2, stages: Self.stages)
        watch.start(Self.leg(Self.first, from: 41, to: 90), round: 2, stages: Self.stages)
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        let rounds = watch.clocks.sorted { $0.id.round < $1.id.round }
        #expect(rounds.map(\.dueAt) == [Self.start.days(30), Self.start.days(55)])
        // The older one is over since the newer has begun.
        #expect(rounds.map(\.endedAt) == [Self.start.days(40), nil])
    }

    @Test func `a reply in the last moment is in time, one a microsecond later is not`() {
        for (late, left) in [(Duration.zero, nil), (.microseconds(1), "overdue")] as [(Duration, String?)] {
            var watch = Self.empty()
            watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
            watch.end(Self.first, through: 1, at: Self.start.days(30) + late, stages: Self.stages)
            #expect(watch.clocks.map(\.next?.stage) == [left])
        }
    }

    @Test func `a late reply leaves the missed deadline to be told, once and without reminders`() {
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        watch.end(Self.first, through: 1, at: Self.start.days(33), stages: Self.stages)
        let notices = watch.advance(to: Self.start.days(34), stages: Self.stages, judges: true)
        #expect(notices.map(\.fired.id) == ["overdue"])
        #expect(notices.flatMap(\.skipped) == [])
        #expect(watch.clocks.map(\.missed) == [true])
        watch.close(at: Self.start.days(60), stages: Self.stages)
        #expect(watch.advance(to: Self.start.days(61), stages: Self.stages, judges: true) == [])
    }

    @Test func `a timely reply that is heard after the end was told takes the mark back and tells nothing more`() {
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        #expect(watch.advance(to: Self.start.days(31), stages: Self.stages, judges: true).count == 1)
        #expect(watch.clocks.map(\.missed) == [true])
        watch.end(Self.first, through: 1, at: Self.start.days(29), stages: Self.stages)
        #expect(watch.clocks.map(\.missed) == [false])
        #expect(watch.advance(to: Self.start.days(40), stages: Self.stages, judges: true) == [])
    }

    @Test func `of several ends the earliest counts, also when it is heard last`() {
        var watch = Self.empty()
        watch.start(Self.leg(Self.first, to: 30), round: 1, stages: Self.stages)
        watch.end(Self.first, at: Self.start.days(33), stages: Self.stages)
        #expect(watch.clocks.map(\.next?.stage) == ["overdue"])
        watch.end(Self.first, at: Self.start.days(28), stages: Self.stages)
        #expect(watch.clocks.map(\.next?.stage) == [nil])
        #expect(watch.clocks.map(\.endedAt) == [Self.start.days(28)])
    }
}
