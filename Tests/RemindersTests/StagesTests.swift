import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Reminders

struct StagesTests {
    private static let stages = RemindersWorld.stages
    /// A period's last moment: 1 April 2026 in China, to the microsecond.
    private static let dueAt = Timestamp("2026-04-01T15:59:59.999999Z") ?? Timestamp(microseconds: 0)

    private func decision(from stage: String, daysToEnd: Int, judges: Bool = true) throws -> Stages.Decision {
        let next = try #require(Self.stages[stage])
        return Self.stages.decision(
            dueAt: Self.dueAt,
            next: Stages.Next(stage: stage, at: Self.stages.instant(of: next, dueAt: Self.dueAt)),
            now: Self.dueAt.days(-daysToEnd) + .seconds(1),
            judges: judges
        )
    }

    @Test(
        arguments: [
            // From which stage, how many days before the end, what fires, what is skipped, what is next.
            ("P10D", 11, nil, [], "P10D"),
            ("P10D", 10, "P10D", [], "P3D"),
            ("P10D", 4, "P10D", [], "P3D"),
            ("P10D", 3, "P3D", ["P10D"], "P1D"),
            ("P10D", 1, "P1D", ["P10D", "P3D"], "overdue"),
            ("P10D", 0, "overdue", ["P10D", "P3D", "P1D"], nil),
            ("P3D", 10, nil, [], "P3D"),
            ("P3D", 2, "P3D", [], "P1D"),
            ("P1D", 0, "overdue", ["P1D"], nil),
            ("overdue", 1, nil, [], "overdue"),
            ("overdue", 0, "overdue", [], nil),
            ("overdue", -300, "overdue", [], nil),
        ] as [(String, Int, String?, [String], String?)]
    )
    func `the latest stage that was reached fires, those it has overtaken are skipped`(
        from stage: String,
        daysToEnd: Int,
        fires: String?,
        skips: [String],
        next: String?
    ) throws {
        let decision = try decision(from: stage, daysToEnd: daysToEnd)
        #expect(decision.fires.map(\.stage.id) == [fires].compactMap { $0 })
        #expect(decision.fires.flatMap(\.overtaken).map(\.id) == skips)
        #expect(decision.next?.stage == next)
        if let next = decision.next {
            #expect(next.at == Self.stages[next.stage].map { Self.stages.instant(of: $0, dueAt: Self.dueAt) })
        }
    }

    @Test func `who has not heard everything reminds and does not judge`() throws {
        let late = try decision(from: "P3D", daysToEnd: 0, judges: false)
        // The end has come: nobody is told that days are left, and what it has overtaken is recorded.
        #expect(late.fires == [] && late.passed.map(\.id) == ["P3D", "P1D"])
        #expect(late.next?.stage == "overdue")
        #expect(try decision(from: "overdue", daysToEnd: -1, judges: false).fires == [])
    }

    @Test func `the last moment is in time, the next microsecond is not`() {
        let next = Self.stages.end(dueAt: Self.dueAt)
        #expect(Self.stages.decision(dueAt: Self.dueAt, next: next, now: Self.dueAt).fires == [])
        let after = Self.dueAt + .microseconds(1)
        #expect(Self.stages.decision(dueAt: Self.dueAt, next: next, now: after).fires.map(\.stage.isEnd) == [true])
    }

    @Test func `an end is judged when it has settled, a reminder comes at its instant`() throws {
        let settled = try Stages(pack: RemindersWorld.shippedStages, settling: .seconds(60))
        #expect(settled.end(dueAt: Self.dueAt).at == Self.dueAt + .seconds(60))
        let stage = try #require(Self.stages["P3D"])
        #expect(Self.stages.instant(of: stage, dueAt: Self.dueAt) == Self.dueAt.days(-3))
    }

    @Test(arguments: [(30, "P10D"), (11, "P10D"), (10, "P3D"), (7, "P3D"), (3, "P1D"), (1, "overdue"), (0, "overdue")])
    func `a stage that would lie before a period's beginning is none of it`(days: Int, first: String) {
        let next = Self.stages.first(startedAt: Self.dueAt.days(-days), dueAt: Self.dueAt)
        #expect(next.stage == first)
    }

    @Test func `a stage that the rules no longer know stands for those from its instant on`() {
        let unknown = Stages.Next(stage: "P5D", at: Self.dueAt.days(-5))
        let before = Self.stages.decision(dueAt: Self.dueAt, next: unknown, now: Self.dueAt.days(-4))
        #expect(before.fires == [])
        #expect(before.next?.stage == "P3D")
        let end = Stages.Next(stage: "missed", at: Self.dueAt + .seconds(5))
        #expect(
            Self.stages.decision(dueAt: Self.dueAt, next: end, now: Self.dueAt.days(1)).fires.map(\.stage.isEnd) == [
                true
            ]
        )
    }

    @Test func `every shipped stage says in two languages what it is, what it rests on and whom it concerns`() throws {
        let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
        #expect(
            shipped.ordered.map(\.id) == [
                "30wd", "10wd", "3wd", "1wd", "overdue", "after-1wd", "after-5wd", "after-10wd", "after-20wd",
            ]
        )
        for stage in shipped.ordered {
            #expect(!stage.name.zh.isEmpty && !stage.name.en.isEmpty && !stage.basis.text.isEmpty)
            #expect(stage.authority.contains("依据待核") == (stage.basis.standing != .law))
            #expect(stage.tells.contains(.department))
            #expect(stage.tells.contains(.director) == ["after-5wd", "after-10wd", "after-20wd"].contains(stage.id))
        }
        #expect(
            shipped.ordered.map(\.level)
                == [.reminder, .reminder, .reminder, .reminder, .overdue, .urging, .circulated, .yellow, .red]
        )
    }

    @Test func `a stage in working days comes when its day's work begins, over holidays and working weekends`() throws {
        let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
        // Tuesday 24 February 2026, the first working day behind Spring Festival; 14 February is a working Saturday.
        let due = try #require(Timestamp("2026-02-24T15:59:59.999999Z"))
        func at(_ id: String) throws -> String {
            shipped.instant(of: try #require(shipped[id]), dueAt: due).description
        }
        #expect(try at("1wd") == "2026-02-14T00:30:00.000000Z")
        #expect(try at("3wd") == "2026-02-12T00:30:00.000000Z")
        #expect(try at("after-1wd") == "2026-02-25T00:30:00.000000Z")
        // 28 February is a working Saturday again.
        #expect(try at("after-5wd") == "2026-03-02T00:30:00.000000Z")
        // Another edition of the calendar moves them.
        var moved = shipped
        let holiday = HolidayNotice.Day(name: "假", date: try #require(CivilDate(iso: "2026-02-25")), isOffDay: true)
        let days = try #require(WorkCalendar.china.notices[2026]).days + [holiday]
        moved.calendar = WorkCalendar.china.succeeded(
            by: try HolidayNotice(year: 2026, papers: ["https://www.gov.cn/x"], days: days)
        )
        let stage = try #require(moved["after-1wd"])
        #expect(moved.instant(of: stage, dueAt: due).description == "2026-02-26T00:30:00.000000Z")
    }

    @Test func `a stage comes when the pack's own hours begin, where it counts by hours of its own`() throws {
        // Nine o'clock in Chongqing, where the calendar's offices open at half past eight.
        let pack = try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/chongqing.json"))
        let stages = try Stages(pack: pack, settling: .zero)
        let due = try #require(Timestamp("2026-02-24T23:59:59.999999+08:00"))
        func at(_ id: String) throws -> Timestamp { stages.instant(of: try #require(stages[id]), dueAt: due) }
        #expect(try at("after-1wd") == Timestamp("2026-02-25T09:00:00+08:00"))
        // The fourteenth is a working Saturday, with the same hours.
        #expect(try at("5wd") == Timestamp("2026-02-10T09:00:00+08:00"))
        let since = try #require(Timestamp("2026-03-02T10:00:00+08:00"))
        let standing = stages.decision(pausedSince: since, pause: 1, next: nil, now: since)
        #expect(standing.next?.at == Timestamp("2026-03-16T09:00:00+08:00"))
    }

    @Test func `the end is told however late, and of what follows it the latest`() throws {
        let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
        let due = try #require(Timestamp("2026-03-31T15:59:59.999999Z"))
        let next = Stages.Next(stage: "3wd", at: due.days(-4))
        let late = shipped.decision(dueAt: due, next: next, now: due.days(12))
        #expect(late.fires.map(\.stage.id) == ["overdue", "after-5wd"])
        #expect(late.fires.map { $0.overtaken.map(\.id) } == [["3wd", "1wd"], ["after-1wd"]])
        #expect(late.next?.stage == "after-10wd")
        // Answered late: the end is a fact, and nobody is urged.
        let answered = shipped.decision(dueAt: due, next: next, now: due.days(12), isOver: true)
        #expect(answered.fires.map(\.stage.id) == ["overdue"] && answered.next == nil)
    }

    @Test func `faults of a file are all named`() throws {
        let basis = #""basis": {"standing": "custom", "text": "x"}, "name": {"zh": "x", "en": "x"}"#
        let text = """
            {"stages": {"before": [{"id": "a", "term": "P3D", \(basis)}, {"id": "a", "term": "P3D", \(basis)},
                        {"id": "b c", "term": "P1M", \(basis)}, {"id": "d", "term": "2wd", \(basis)}],
             "overdue": {"id": "overdue", \(basis)},
             "after": [{"id": "e", "term": "P1D", \(basis)}, {"id": "f", "term": "1wd", "tells": [], \(basis)}]}}
            """
        let faults = try #require(
            #expect(throws: Stages.Faults.self) { try Stages(pack: Data(text.utf8), settling: .zero) }
        )
        #expect(
            faults.lines == [
                "/stages/before/1/term: stands there twice", "/stages/before/1/id: stands there twice",
                "/stages/before/2/term: must be days or working days",
                "/stages/before/3/term: must be of the unit of the others, or their order would change",
                "/stages/after/0/term: must be working days",
                "/stages/after/1/tells: must name somebody", #""b c": an id has 1 to 32 letters, digits and hyphens"#,
            ]
        )
    }
}
