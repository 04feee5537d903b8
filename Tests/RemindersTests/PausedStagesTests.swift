import Contracts
import Foundation
import Support
import Testing

@testable import Reminders

/// Who is told that a period stands still, and how often.
struct PausedStagesTests {
    private static let start = Timestamp("2026-03-02T03:20:00Z") ?? Timestamp(microseconds: 0)
    private static let id = RunningClock.ID(assignment: .make(), round: 1)
    private let stages: Stages

    init() throws {
        stages = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
    }

    private func watch() -> Watch {
        var watch = Watch(suggestion: .make())
        watch.start(
            Leg(Self.id.assignment, startedAt: Self.start, dueAt: Self.start.days(60)),
            round: 1,
            stages: stages
        )
        return watch
    }

    private func move(_ watch: inout Watch, end: Int, _ pauses: [Clock.Pause], _ change: Int) {
        var clock = Clock(startedAt: Self.start, term: "P60D", dueAt: Self.start.days(end), basis: "约定")
        clock.pauses = pauses
        watch.move(Self.id, of: RemindersWorld.department, to: clock, change: change, stages: stages)
    }

    private func told(_ watch: inout Watch, at moment: Timestamp) -> [Watch.Notice] {
        watch.advance(to: moment, stages: stages, judges: true)
    }

    @Test func `every ten working days the committee and the office are told, when the day's work begins`() throws {
        var watch = watch()
        // Monday 9 March; ten working days later is Monday the 23rd, and ten more the 7th of April, behind Qingming (清明).
        move(&watch, end: 60, [Clock.Pause(from: Self.start.days(7))], 1)
        let first = try #require(Timestamp("2026-03-23T00:30:00Z"))
        let second = try #require(Timestamp("2026-04-07T00:30:00Z"))
        #expect(watch.clocks[0].next == Stages.Next(stage: "paused-1-1", at: first))
        #expect(told(&watch, at: first + .seconds(-1)) == [])
        let notice = try #require(told(&watch, at: first).first)
        #expect(notice.fired.id == "paused-1-1" && notice.skipped == [] && !notice.fired.isEnd)
        #expect(notice.fired.tells == [.committee, .office] && notice.fired.name.zh.contains("中止"))
        #expect(watch.clocks[0].next == Stages.Next(stage: "paused-1-2", at: second))
        #expect(told(&watch, at: first) == [], "once")
        #expect(told(&watch, at: second).map(\.fired.id) == ["paused-1-2"])
    }

    @Test func `who has slept tells the latest, and records those before it as overtaken`() {
        var watch = watch()
        move(&watch, end: 60, [Clock.Pause(from: Self.start.days(7))], 1)
        let notices = told(&watch, at: Self.start.days(7 + 75))
        // Fifty-one working days behind the 9th of March: five times ten.
        #expect(notices.map(\.fired.id) == ["paused-1-5"])
        #expect(notices[0].skipped.map(\.id) == (1...4).map { "paused-1-\($0)" })
    }

    @Test func `when it runs again the stage that was left comes, and a second pause is counted by itself`() {
        var watch = watch()
        let waiting = watch.clocks[0].next?.stage
        move(&watch, end: 60, [Clock.Pause(from: Self.start.days(7))], 1)
        #expect(watch.clocks[0].held == waiting)
        #expect(told(&watch, at: Self.start.days(40)).map(\.fired.id) == ["paused-1-2"])
        let over = Clock.Pause(from: Self.start.days(7), until: Self.start.days(41))
        move(&watch, end: 94, [over], 2)
        #expect(watch.clocks[0].next?.stage == waiting && watch.clocks[0].held == nil)
        move(&watch, end: 94, [over, Clock.Pause(from: Self.start.days(42))], 3)
        #expect(watch.clocks[0].next?.stage == "paused-2-1")
        // Heard again, and recounted meanwhile: what was told is not forgotten.
        #expect(told(&watch, at: Self.start.days(60)).map(\.fired.id) == ["paused-2-1"])
        move(&watch, end: 95, [over, Clock.Pause(from: Self.start.days(42))], 4)
        #expect(watch.clocks[0].next?.stage == "paused-2-2")
    }

    @Test func `an answer while it stands still ends that too, and rules without the stage tell nothing`() {
        var watch = watch()
        move(&watch, end: 60, [Clock.Pause(from: Self.start.days(7))], 1)
        watch.end(Self.id.assignment, at: Self.start.days(10), stages: stages)
        #expect(watch.clocks[0].next == nil && told(&watch, at: Self.start.days(90)) == [])

        var plain = Watch(suggestion: .make())
        plain.start(
            Leg(Self.id.assignment, startedAt: Self.start, dueAt: Self.start.days(60)),
            round: 1,
            stages: RemindersWorld.stages
        )
        var clock = Clock(startedAt: Self.start, term: "P60D", dueAt: Self.start.days(60), basis: "约定")
        clock.pauses = [Clock.Pause(from: Self.start.days(7))]
        plain.move(Self.id, of: RemindersWorld.department, to: clock, change: 1, stages: RemindersWorld.stages)
        #expect(plain.clocks[0].next == nil && plain.clocks[0].held == "P10D")
    }

    @Test func `a file whose stage of pauses is at fault is refused with every fault`() throws {
        let basis = #""basis": {"standing": "custom", "text": "x"}, "name": {"zh": "x", "en": "x"}"#
        let text = """
            {"stages": {"before": [{"id": "p-1", "term": "P3D", \(basis)}], "overdue": {"id": "overdue", \(basis)},
             "paused": {"id": "p", "every": "P10D", "tells": [], \(basis)}}}
            """
        let faults = try #require(
            #expect(throws: Stages.Faults.self) { try Stages(pack: Data(text.utf8), settling: .zero) }
        )
        #expect(
            faults.lines == [
                "/stages/paused/every: must be working days", "/stages/paused/id: begins another stage's id, or is it",
                "/stages/paused/tells: must name somebody",
            ]
        )
    }
}
