import Contracts
import Foundation
import Rules
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
            next: Stages.Next(stage: stage, at: next.instant(dueAt: Self.dueAt)),
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
        #expect(decision.fires?.id == fires)
        #expect(decision.skips.map(\.id) == skips)
        #expect(decision.next?.stage == next)
        if let next = decision.next {
            #expect(next.at == Self.stages[next.stage]?.instant(dueAt: Self.dueAt))
        }
    }

    @Test func `who has not heard everything reminds and does not judge`() throws {
        let late = try decision(from: "P3D", daysToEnd: 0, judges: false)
        #expect(late.fires?.id == "P1D")
        #expect(late.skips.map(\.id) == ["P3D"])
        #expect(late.next?.stage == "overdue")
        #expect(try decision(from: "overdue", daysToEnd: -1, judges: false).fires == nil)
    }

    @Test func `the last moment is in time, the next microsecond is not`() {
        let next = Self.stages.end(dueAt: Self.dueAt)
        #expect(Self.stages.decision(dueAt: Self.dueAt, next: next, now: Self.dueAt).fires == nil)
        let after = Self.dueAt + .microseconds(1)
        #expect(Self.stages.decision(dueAt: Self.dueAt, next: next, now: after).fires?.isEnd == true)
    }

    @Test func `an end is judged when it has settled, a reminder comes at its instant`() throws {
        let settled = try Stages(json: RemindersWorld.shippedStages, settling: .seconds(60))
        #expect(settled.end(dueAt: Self.dueAt).at == Self.dueAt + .seconds(60))
        #expect(settled["P3D"]?.instant(dueAt: Self.dueAt) == Self.dueAt.days(-3))
    }

    @Test(arguments: [(30, "P10D"), (11, "P10D"), (10, "P3D"), (7, "P3D"), (3, "P1D"), (1, "overdue"), (0, "overdue")])
    func `a stage that would lie before a period's beginning is none of it`(days: Int, first: String) {
        let next = Self.stages.first(startedAt: Self.dueAt.days(-days), dueAt: Self.dueAt)
        #expect(next.stage == first)
    }

    @Test func `a stage that the rules no longer know stands for those from its instant on`() {
        let unknown = Stages.Next(stage: "P5D", at: Self.dueAt.days(-5))
        let before = Self.stages.decision(dueAt: Self.dueAt, next: unknown, now: Self.dueAt.days(-4))
        #expect(before.fires == nil)
        #expect(before.next?.stage == "P3D")
        let end = Stages.Next(stage: "missed", at: Self.dueAt + .seconds(5))
        #expect(Self.stages.decision(dueAt: Self.dueAt, next: end, now: Self.dueAt.days(1)).fires?.isEnd == true)
    }

    @Test func `every shipped stage says in two languages what it is, and what it rests on`() throws {
        #expect(Self.stages.ordered.map(\.id) == ["P10D", "P3D", "P1D", "overdue"])
        for stage in Self.stages.ordered {
            #expect(!stage.name.zh.isEmpty && !stage.name.en.isEmpty && !stage.basis.text.isEmpty)
            #expect(stage.authority.contains("依据待核") == (stage.basis.standing != .law))
        }
    }

    @Test func `faults of a file are all named`() throws {
        let basis = #""basis": {"standing": "custom", "text": "x"}, "name": {"zh": "x", "en": "x"}"#
        let text = """
            {"before": [{"id": "a", "term": "P3D", \(basis)}, {"id": "a", "term": "P3D", \(basis)},
                        {"id": "b c", "term": "P1M", \(basis)}],
             "overdue": {"id": "overdue", \(basis)}}
            """
        let faults = try #require(
            #expect(throws: Stages.Faults.self) { try Stages(json: Data(text.utf8), settling: .zero) }
        )
        #expect(
            faults.lines == [
                "/before/1/term: stands there twice", "/before/1/id: stands there twice",
                "/before/2/term: must be days", #""b c": an id has 1 to 32 letters, digits and hyphens"#,
            ]
        )
    }
}
